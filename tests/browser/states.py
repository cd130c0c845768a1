"""One test of a page on several states of it: `@states()` for all of them, `@states(DESKTOP, PHONE)` for these."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """How somebody looks at a page. `browser`: options of a context. `is_rtl`: people write from right to left."""

    name: str
    browser: Mapping[str, Any] = field(default_factory=dict)
    is_rtl: bool = False

    def __str__(self) -> str:
        return self.name


_LARGE = {"viewport": {"width": 1280, "height": 800}}
_SMALL = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
_ZOOMED = {"viewport": {"width": 640, "height": 400}, "device_scale_factor": 2}

DESKTOP = State(name="desktop", browser=_LARGE)
PHONE = State(name="phone", browser=_SMALL)
DARK = State(name="dark", browser={**_LARGE, "color_scheme": "dark"})
RTL = State(name="rtl", browser=_LARGE, is_rtl=True)
CONTRAST = State(name="contrast", browser={**_LARGE, "forced_colors": "active"})
ZOOM = State(name="zoom", browser=_ZOOMED)
"""200 %: the same window, half as many of the page's own pixels."""

STATES = (DESKTOP, PHONE, DARK, RTL, CONTRAST, ZOOM)


def states(*these: State) -> Callable[[F], F]:
    """The fixtures of a tab follow `state`."""
    decorate: Callable[[F], F] = pytest.mark.parametrize("state", these or STATES, ids=str)
    return decorate

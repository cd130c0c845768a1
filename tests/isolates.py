"""Names stand between directional isolates, which nobody sees: texts as they are read."""

from __future__ import annotations

from typing import Any

from bot.isolates import FIRST_STRONG_ISOLATE, POP_DIRECTIONAL_ISOLATE
from bot.text import Texts

_UNSEEN = dict.fromkeys(map(ord, (FIRST_STRONG_ISOLATE, POP_DIRECTIONAL_ISOLATE)))


def as_read(text: str) -> str:
    return text.translate(_UNSEEN)


class AsRead(Texts):
    """The catalogues, for tests of what a sentence says."""

    def _worded(self, *args: Any, **kwargs: Any) -> str:
        return as_read(super()._worded(*args, **kwargs))

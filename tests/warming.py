"""A process whose children, which are killed by the dozen, find everything loaded: a start costs a third then."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable


def warm_up(live: Callable[[], object]) -> None:
    """Lives once, in this process, what its children will live: whatever is loaded or compiled late is so now."""
    live()
    settle()
    assert threading.active_count() == 1, "a fork copies only the thread that forks"


def settle() -> None:
    """No child needs to look through what is here, and few live long enough to make garbage that matters."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000)

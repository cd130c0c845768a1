"""A process whose children, which are killed by the dozen, find everything loaded: a start costs a third then."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable


def warm_up(live: Callable[[], object]) -> None:
    """Lives once, in this process, what its children will live: whatever is loaded or compiled late is so now."""
    live()
    gc.collect()
    gc.freeze()  # no child needs to look through what is here
    assert threading.active_count() == 1, "a fork copies only the thread that forks"

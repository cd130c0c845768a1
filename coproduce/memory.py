"""Words and keys in the memory of this process: no core dump holds them.

Python cannot keep pages out of swap: it copies and moves what it holds, so that `mlock` on one buffer keeps no copy of
it. docs/operating.md says what an operator does about swap.
"""

from __future__ import annotations

import ctypes
import resource
import sys
from contextlib import suppress
from typing import Final

PR_SET_DUMPABLE: Final = 4
"""prctl(2). Where dumps are piped to a program (systemd-coredump, apport) the kernel does not ask for RLIMIT_CORE."""


def keep_private() -> None:
    """Call it before a key or a word is read. Where the system refuses, the process goes on as it was."""
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        # also: other processes of the same user read neither /proc/<pid>/mem nor environ, nor attach a debugger
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)

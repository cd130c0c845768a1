"""The memory of a process that holds keys and words: no dump of it is made."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

STARTED = """
import ctypes, resource, sys
from pathlib import Path
from unittest.mock import patch
from coproduce.config import PlayOptions, Settings

_, most = resource.getrlimit(resource.RLIMIT_CORE)  # a test before this one may have lowered it for good
resource.setrlimit(resource.RLIMIT_CORE, (most, most))
if sys.argv[1] == "run":
    from coproduce import running
    running.run(Settings())
else:
    from coproduce import play
    play.play(Settings(), PlayOptions(script=Path("/no/such/file"), until_revealed=True))
dumpable = ctypes.CDLL(None).prctl(3, 0, 0, 0, 0) if sys.platform == "linux" else 0
print(*resource.getrlimit(resource.RLIMIT_CORE), dumpable)
"""


@pytest.mark.process
@pytest.mark.parametrize("command", ["run", "play"])
def test_a_process_that_holds_words_leaves_no_core_dump(command: str) -> None:
    """Neither in a file (the limit) nor to a program that takes dumps (Linux asks only whether it is dumpable)."""
    call = [sys.executable, "-c", STARTED, command]
    done = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.split()[-3:] == ["0", "0", "0"], done.stderr

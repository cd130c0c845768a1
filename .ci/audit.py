"""Are faults known in the libraries that we pin? Asks the database that pip-audit asks, for a minute at most.

`python .ci/audit.py PIP_AUDIT LOCK_FILE`. Where that database cannot be reached it says that it skipped, and exits 0: a
machine without a network can still check everything else. Exits 1 only for a fault that is known.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

WITHIN = 60.0
"""Seconds."""

# the lock file names all that is needed, with hashes: nothing is resolved, downloaded or installed
OPTIONS = ("--require-hashes", "--disable-pip", "--progress-spinner", "off", "--timeout", "10", "--format", "json")


def main(audit: str, lock: str) -> int:
    try:
        done = subprocess.run(
            [audit, *OPTIONS, "--requirement", lock], capture_output=True, text=True, timeout=WITHIN, check=False
        )
        packages: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except (OSError, subprocess.TimeoutExpired, ValueError, KeyError, TypeError):
        return _skipped("it did not answer")
    faults = [(one, fault) for one in packages for fault in one.get("vulns", ())]
    for one, fault in faults:
        fixed = ", ".join(fault.get("fix_versions", ())) or "no release yet"
        print(f"{lock}: {one['name']} {one['version']}: {fault['id']} (mended in: {fixed})", file=sys.stderr)
    asked = sum("skip_reason" not in one for one in packages)
    if not faults and not asked:
        return _skipped("it knew none of the packages")
    print(f"pip-audit: {len(faults)} known faults in {asked} of {len(packages)} packages")
    return 1 if faults else 0


def _skipped(why: str) -> int:
    print(f"pip-audit: skipped, for its database cannot be reached ({why})")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

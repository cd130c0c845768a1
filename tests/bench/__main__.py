"""`python -m tests.bench [--only NAME …] [--write]`: measures, prints the table, and fails where a target is missed."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog

from coproduce.app import leave_alone_what_is_loaded
from tests.bench.acking import acking
from tests.bench.answering import answering
from tests.bench.closing import closing
from tests.bench.crowding import crowding
from tests.bench.on_discord import OnDiscord
from tests.bench.on_slack import OnSlack
from tests.bench.pacing import pacing
from tests.bench.platforms import Measured
from tests.bench.ratios import Finding, table
from tests.bench.replying import replying
from tests.bench.report import write_down
from tests.bench.revealing import revealing

PLATFORMS: Sequence[Measured] = (OnSlack(), OnDiscord())

BENCHES: Mapping[str, Callable[[Path], Awaitable[Sequence[Finding]]]] = {
    "replies": replying,
    "reveal": revealing,
    "closing": closing,
    "crowd": crowding,
    **{
        f"{platform.title.lower()}-{name}": partial(bench, platform)
        for platform in PLATFORMS
        for name, bench in {"acks": acking, "answers": answering, "pace": pacing}.items()
    },
}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measures the hot paths, as ratios.")
    parser.add_argument("--only", action="append", choices=sorted(BENCHES), help="this one alone (may be repeated)")
    parser.add_argument("--write", action="store_true", help="put the table into docs/benchmarks.md")
    asked = parser.parse_args(arguments)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    leave_alone_what_is_loaded()  # as `coproduce run` does
    findings = [finding for name in asked.only or BENCHES for finding in _run(name)]
    print(table(findings))
    if asked.write:
        write_down(findings)
    missed = [finding.what for finding in findings if not finding.holds]
    for what in missed:
        print(f"missed: {what}", file=sys.stderr)
    return 1 if missed else 0


def _run(name: str) -> Sequence[Finding]:
    """Each in a folder of its own: what one leaves on the disk is not the other's."""
    print(f"{name} …", end=" ", file=sys.stderr, flush=True)
    begun = time.perf_counter()
    with TemporaryDirectory(prefix="coproduce-bench-") as folder:
        findings = asyncio.run(_awaited(BENCHES[name](Path(folder))))
    print(f"{time.perf_counter() - begun:.0f} s", file=sys.stderr)
    return findings


async def _awaited(findings: Awaitable[Sequence[Finding]]) -> Sequence[Finding]:
    return await findings


if __name__ == "__main__":
    raise SystemExit(main())

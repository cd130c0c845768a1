"""The results as a page of the documentation, with the machine that they were measured on."""

from __future__ import annotations

from collections.abc import Sequence

from tests.bench.ratios import Finding


def write_down(findings: Sequence[Finding]) -> None:
    raise NotImplementedError

"""What was measured, against its floor: pairs of seconds, their ratios, and whether the target holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median

Shown = Callable[[float], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One measurement and its floor, taken one right after the other: what slows one slows the other."""

    measured: float
    floor: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`as_speed`: read as floor / measured, at least the target; else as measured / floor, at most the target."""

    what: str
    floor_is: str
    pairs: Sequence[Pair]
    target: float
    as_speed: bool = False
    by_worst: bool = False  # judged by the worst pair, not by the middle one: what must never be
    shown: Shown  # seconds of one pair -> what people read

    @property
    def ratios(self) -> list[float]:
        return sorted(
            pair.floor / pair.measured if self.as_speed else pair.measured / pair.floor for pair in self.pairs
        )

    @property
    def ratio(self) -> float:
        return self._judged(self.ratios)

    @property
    def holds(self) -> bool:
        return self.ratio >= self.target if self.as_speed else self.ratio <= self.target

    def _judged(self, seconds: Iterable[float]) -> float:
        return max(seconds) if self.by_worst else median(seconds)

    @property
    def cells(self) -> tuple[str, ...]:
        ratios = self.ratios
        return (
            self.what,
            self.shown(self._judged(pair.measured for pair in self.pairs)),
            f"{self.shown(median(pair.floor for pair in self.pairs))} ({self.floor_is})",
            f"{self.ratio:.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})",
            f"at least {self.target:g}" if self.as_speed else f"at most {self.target:g}",
            "yes" if self.holds else "NO",
        )


HEADS = ("What", "Measured", "Floor", "Ratio (lowest to highest)", "Target", "Holds")


def table(findings: Sequence[Finding]) -> str:
    """As Markdown that can be read as it is."""
    rows = [HEADS, *(finding.cells for finding in findings)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(HEADS))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def a_second(count: int) -> Shown:
    return lambda seconds: f"{count / seconds:,.0f} a second"


def in_seconds(seconds: float) -> str:
    return f"{seconds:.3f} s"


def each_of(count: int) -> Shown:
    return lambda seconds: f"{seconds / count * 1000:.2f} ms"


def p99(seconds: Sequence[float]) -> float:
    return sorted(seconds)[int(len(seconds) * 0.99)]

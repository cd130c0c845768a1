"""What the bot does next in a round, in sentences, by its own account: the round's plan, and what is owed for later."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from adapters.playground.page.desk import Due
from bot.messages import Line, MessageKind, line
from bot.reveal.small_groups import status_rows
from bot.rounds import Phase, Round
from bot.rules import schedule
from bot.rules.moves import nudge_at
from bot.rules.reminding import zones
from bot.settings import RoundSettings
from storage.outbox.store import Later

TOLD = frozenset({MessageKind.QUESTION, MessageKind.INVITATION, MessageKind.NEXT_STEPS})
"""Messages that wait for a time of their own and that tell nothing about one person. "Remind me tomorrow" would."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """`counts`: for somebody who is told how many have answered, as the organiser is by the status card."""

    settings: RoundSettings
    now: datetime
    counts: bool = False

    def of(self, round_: Round, owed: Iterable[Later]) -> list[Due]:
        """Earliest first."""
        found = [*self._planned(round_), *self._owed(owed)]
        return sorted((due for due in found if due.at > self.now), key=lambda due: due.at)

    def _planned(self, round_: Round) -> Iterator[Due]:
        match round_.phase:
            case Phase.COLLECTING if round_.closes_at and round_.opened_at:
                yield from self._reminders(round_, round_.opened_at, round_.closes_at)
                if round_.nudged_at is None:
                    yield Due(at=nudge_at(round_), text=line("play.due.nudge"))
                yield Due(at=round_.closes_at, text=line("play.due.close", service=round_.service))
            case Phase.REVEALED if round_.ends_at:
                yield Due(at=round_.ends_at, text=line("play.due.end", service=round_.service))
            case _:
                return

    def _reminders(self, round_: Round, opened_at: datetime, closes_at: datetime) -> Iterator[Due]:
        each = [
            frozenset(schedule.reminders_in(zone, opened_at, closes_at, self.settings))
            for zone in zones(round_).values()
        ]
        for at in round_.remind_at:
            if any(at in moments for moments in each):
                yield Due(at=at, text=self._reminder(round_, is_for_all=all(at in moments for moments in each)))

    def _reminder(self, round_: Round, *, is_for_all: bool) -> Line:
        """Where a part of the people is reminded, a number would tell of them alone."""
        if self.counts and is_for_all and round_.unanswered and status_rows(round_) is not None:
            return line("play.due.reminder", count=round_.unanswered)
        return line("play.due.reminders")

    def _owed(self, owed: Iterable[Later]) -> Iterator[Due]:
        for each in owed:
            if each.kind in TOLD:
                yield Due(at=each.at, text=line(f"play.due.{each.kind}"))

"""What people are told of how long their data is kept: also of what is destroyed, which backups still hold."""

from __future__ import annotations

from collections.abc import Sequence

from bot.messages import Line, Passage, line
from bot.promises import organiser_of
from bot.rounds import Round
from bot.settings import RoundSettings

DESTROYED = frozenset(
    {
        "confirm.cancel",
        "confirm.decline.draft",
        "confirm.decline.sealed",
        "confirm.end",
        "confirm.withdraw.draft",
        "confirm.withdraw.late",
        "confirm.withdraw.sealed",
        "confirm.withdraw.voice",
        "form.hide.sure",
        "message.announcement.cancelled",
        "message.called_off.told",
        "message.cancelled.destroyed",
        "message.removed.destroyed",
        "said.being_destroyed",
        "said.cancelled",
        "said.declined_destroyed",
        "said.destroyed",
        "said.taken_down",
        "status.cancelled",
    }
)
"""Sentences that promise that words are destroyed."""


def with_backups(content: Sequence[Line | Passage], settings: RoundSettings) -> tuple[Line | Passage, ...]:
    """The content; where it promises that words are destroyed, also for how long backups hold them."""
    promises = any(isinstance(part, Line) and part.key in DESTROYED for part in content)
    return (*content, *_backups(settings)) if promises else tuple(content)


def _backups(settings: RoundSettings) -> tuple[Line, ...]:
    days = settings.backup_keep.days
    return (line("data.backups", count=days),) if days else ()


def data_lines(round_: Round, settings: RoundSettings) -> tuple[Line, ...]:
    """What a data-protection officer asks: why, who is responsible, whom to ask, how long, and who else carries it."""
    responsible = settings.responsible
    asks = (
        line("data.responsible", responsible=responsible)
        if responsible
        else line("data.ask", name=round_.contact or organiser_of(round_))
    )
    return (
        line("data.why"),
        asks,
        line("data.kept", kept=settings.retention),
        *_backups(settings),
        line("data.chat", platform=round_.workspace.platform.capitalize()),
    )

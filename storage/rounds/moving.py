"""Moves of rounds that are not loaded: one statement for many, and the table of moves is asked all the same."""

from __future__ import annotations

from sqlalchemy import Update, update

from bot.rounds import Phase
from bot.rules.moves import sources_of
from storage.database import tables as t
from storage.rounds.loading import written


def moving(to: Phase) -> Update:
    """Of those rounds (to be narrowed down) that the table lets go there."""
    return update(t.round_).where(written(t.round_.c.phase, *sources_of(to))).values(phase=to)

"""What people are promised before they write, in the same words on every surface: who asks, and who will read."""

from __future__ import annotations

from bot.messages import Line, line
from bot.people import Place, Reach
from bot.rounds import Round


def organiser_of(round_: Round) -> str:
    """The name of whoever asks."""
    ordered = sorted(round_.organisers, key=lambda one: not one.is_first)
    return ordered[0].name if ordered else ""


def readers(place: Place, reach: Reach) -> list[Line]:
    """Who reads the answers once they are open. Anybody of the workspace may join a public channel later."""
    key = "message.question.readers_public" if reach.is_public else "message.question.readers"
    lines = [line(key, place=place, count=reach.readers)]
    if reach.outsiders:
        lines.append(line("message.question.outsiders", count=reach.outsiders))
    return lines

"""In which order one person reads the voices one at a time: people unlike them first."""

from __future__ import annotations

from collections.abc import Iterable

from bot.reveal.small_groups import shown_in
from bot.rounds import Perspective, Round


def one_at_a_time(round_: Round, voices: Iterable[Perspective], group: str | None) -> tuple[Perspective, ...]:
    """Other groups before `group`, the reader's own; leaders last, whoever reads; late voices after all others.

    Within a group the order of the reveal. `group` None: the reader was not asked, and reads in that order.
    """
    merged = round_.statement.merged if round_.statement else {}
    own = shown_in(group, merged) if group is not None else None
    leaders = round_.leaders.name if round_.leaders else None

    def place(voice: Perspective) -> tuple[bool, bool, bool, int]:
        is_own = group is not None and voice.group == own
        return voice.is_late, voice.group is not None and voice.group == leaders, is_own, voice.position

    return tuple(sorted(voices, key=place))

"""Pure: how large a group is as its members are told, and what follows when it becomes smaller than that.

Nothing here depends on who has answered: the organiser must not learn it by changing the cast.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from bot.acts import Said
from bot.messages import MessageKind, Owed
from bot.people import Way, Why
from bot.rounds import Attribution, Phase, Round, Seat, SeatId
from bot.rules.moves import Decision, smaller_due
from bot.rules.schedule import cast_fixed_at


def listed(seat: Seat) -> str:
    """The group that the organiser asked this person into last; where they have sealed, they may not have agreed."""
    return seat.listed_in or seat.group


def counted(seat: Seat) -> str:
    """The group they were first asked as: until the reveal they are counted there, so that no move changes a count."""
    return seat.counted_in or seat.group


def is_sure(seat: Seat) -> bool:
    """Is one of their group whatever they press: still here, can be asked, and was never moved."""
    return seat.is_here and seat.unreachable is None and seat.counted_in is None


def is_written_to(seat: Seat) -> bool:
    """Gets what is told in private."""
    return seat.way is Way.PRIVATE and seat.unreachable is None


def sure(round_: Round) -> Mapping[str, int]:
    """Group -> people who are certainly in it."""
    return Counter(seat.group for seat in round_.seats if is_sure(seat))


def told(round_: Round, seat: Seat, others: int) -> int:
    """How many people this person is told are in their group: never more than they were told before.

    `others`: who are certainly in it (`sure`), this person among them only where `is_sure`.
    """
    before = _told_before(round_, seat)
    size = _size(seat, others)
    return size if before is None else min(size, before)


def _size(seat: Seat, others: int) -> int:
    return others if is_sure(seat) else others + 1


def _told_before(round_: Round, seat: Seat) -> int | None:
    """The fewest they were told so far. None: they were told only what is so now, or nothing yet."""
    since = seat.asked_at
    if seat.group != counted(seat):
        since = max((change.at for change in round_.changes if change.group == seat.group), default=since)
    itself = int(seat.group != counted(seat))  # not counted among those who were there before
    sizes = (size + itself for group, size, until in round_.sizes if group == seat.group and since and until >= since)
    return min(sizes, default=None)


def noted(before: Round, after: Round, now: datetime) -> Round:
    """`after` a change of the cast, with what people were told until now, and since when it is untrue for some."""
    if after.attribution is Attribution.NAMED or after.phase is not Phase.COLLECTING:
        return after
    was, becomes = sure(before), sure(after)
    untold = {seat.group for seat in told_untruly(before)}  # of these, what came in between was told to nobody
    groups = [group.name for group in before.groups if was[group.name] != becomes[group.name]]
    sizes = tuple((group, was[group], now) for group in groups if group not in untold)
    changed = replace(after, sizes=(*before.sizes, *sizes))
    since = (before.smaller_since or now) if told_untruly(changed) else None
    return replace(changed, smaller_since=since)


def told_untruly(round_: Round) -> tuple[Seat, ...]:
    """Those who were told of more people than there are in their group by now, where it matters to them."""
    sizes, leaders = sure(round_), round_.leaders

    def is_untrue(seat: Seat) -> bool:
        before, size = _told_before(round_, seat), _size(seat, sizes[seat.group])
        matters = size < round_.small_group or (leaders is not None and seat.group == leaders.name)
        return seat.is_here and matters and before is not None and size < before

    return tuple(seat for seat in round_.seats if is_untrue(seat))


def still_told(round_: Round) -> Mapping[str, int]:
    """Group -> people who went, or were moved, and whom the others have not been told of yet."""
    sizes = sure(round_)
    last = {group: size for group, size, _ in round_.sizes}
    return {group: last[group] - sizes[group] for group in {seat.group for seat in told_untruly(round_)}}


def tell_smaller(round_: Round, now: datetime) -> Decision:
    """One message to each whose telling is untrue, but to those who said no: they have nothing to take back."""
    found = told_untruly(round_)
    sizes = sure(round_)
    told_now = tuple((group, sizes[group], now) for group in dict.fromkeys(seat.group for seat in found))
    changed = replace(
        round_,
        sizes=(*round_.sizes, *told_now),
        smaller_since=None,
        smaller_told_at=now if found else round_.smaller_told_at,
    )
    owed = tuple(
        Owed(
            key=f"{round_.code}:{MessageKind.SMALLER_GROUP}:{seat.account}:{round_.version}",
            kind=MessageKind.SMALLER_GROUP,
            to=seat.address,
            seat_id=seat.id,
            seat_of=str(seat.account),
        )
        for seat in found
        if not seat.declined_at and is_written_to(seat)
    )
    return Decision(outcome=Said(content=()), round_=changed, owed=owed)


def may_close_at(round_: Round) -> datetime | None:
    """Not closed early before those who were told have had time to take their answers back. None: at any time."""
    told_at = smaller_due(round_) or round_.smaller_told_at
    if told_at is None or round_.opened_at is None or round_.closes_at is None:
        return None
    return told_at + (round_.closes_at - cast_fixed_at(round_.opened_at, round_.closes_at))


def cannot_be_asked(round_: Round, id_: SeatId, why: Why, now: datetime) -> Decision:
    """The chat does not deliver to this person: the others of their group have one less among them."""
    seats = tuple(replace(seat, unreachable=why) if seat.id == id_ else seat for seat in round_.seats)
    return Decision(outcome=Said(content=()), round_=noted(round_, replace(round_, seats=seats), now))

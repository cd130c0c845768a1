"""Prepare: turns sealed replies into voices that are unlinked from their writers, and lists the messages to enqueue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bot.answers import Seen
from bot.messages import MessageKind, Owed, Reveal
from bot.reveal.commitments import lot, root_of
from bot.reveal.labels import EVERYONE, reading_order
from bot.reveal.outgoing import in_venue, late_pages, status_card
from bot.reveal.plans import Arranged, Opened, PagesOf
from bot.reveal.reading_time import minutes_to_read
from bot.reveal.small_groups import joined_by_moves, merged, shown_in
from bot.rounds import Attribution, GroupCount, Perspective, Round, Seat, Statement, Venue
from bot.rules.moves import next_due

NewId = Callable[[], str]


def arrange(
    round_: Round,
    opened: Sequence[Opened],
    *,
    now: datetime,
    new_id: NewId,
    plan: PagesOf,
    invite_at: datetime,
) -> Arranged:
    """The round as it will be revealed. `opened`: every reply that was sealed in time, in any order.

    The phase stays CLOSED until a headline stands. Where nobody replied in time, the headline says so: late replies
    may still come.
    """
    joined = merged(round_.groups, _unsigned_counts(round_, opened), round_.small_group)
    root = root_of(reply.commitment for reply in opened)
    statement = _statement(round_, opened, joined)
    prepared = replace(
        round_,
        statement=statement,
        root=root,
        prepared_at=now,
        waits_since=None,
        venues=_planned(round_),
        seats=_cut_loose(round_, opened),
    )
    voices = _voices(round_, opened, joined, root, new_id)
    owed = _owed(prepared, prepared.venues, voices, plan, invite_at)
    if round_.stood_at and round_.stood_root != root:  # other pages stand there: an edit would mix people's words up
        owed = tuple(one for one in owed if one.kind in (MessageKind.HEADLINE, MessageKind.HEADLINE_DONE))
    return Arranged(
        perspectives=voices,
        owed=owed,
        round_=replace(prepared, due_at=next_due(prepared)),
        touch=_status_cards(round_),
    )


def arrange_again(
    round_: Round, voices: Sequence[Perspective], *, now: datetime, plan: PagesOf, invite_at: datetime
) -> Arranged:
    """Messages to enqueue for venues chosen after the round was prepared, once their writers had a day to take back."""
    chosen = [venue for venue in round_.venues if venue.opens_at and venue.opens_at <= now]
    planned = replace(round_, waits_since=None, venues=_planned(round_, chosen))
    return Arranged(
        perspectives=(),
        owed=_owed(planned, chosen, voices, plan, invite_at),
        round_=replace(planned, due_at=next_due(planned)),
        touch=_status_cards(round_),
    )


def _planned(round_: Round, venues: Sequence[Venue] | None = None) -> tuple[Venue, ...]:
    """`venues`: None means all venues."""
    return tuple(
        replace(venue, opens_at=None) if venues is None or venue in venues else venue for venue in round_.venues
    )


def _owed(
    round_: Round, venues: Sequence[Venue], voices: Sequence[Perspective], plan: PagesOf, invite_at: datetime
) -> tuple[Owed, ...]:
    reveal = reveal_of(round_, voices)
    minutes = minutes_to_read(voices)
    owed: list[Owed] = []
    for venue in venues:
        owed += in_venue(round_, venue, plan(reveal, venue), minutes=minutes, invite_at=invite_at)
    return tuple(owed)


def _status_cards(round_: Round) -> tuple[str, ...]:
    return tuple(status_card(round_, organiser.account) for organiser in round_.organisers)


def arrange_late(
    round_: Round,
    opened: Sequence[Opened],
    existing: Sequence[Perspective],
    *,
    new_id: NewId,
    plan: PagesOf,
) -> Arranged:
    """Late replies as voices of their own, after all others; never mixed into the sealed set.

    Call it with the signed ones as they come, and with the unsigned ones together at the end: these lose their
    group where fewer than `small_group` of it are among them.
    """
    first = max((voice.position for voice in existing), default=-1) + 1
    voices = _late_voices(round_, opened, first, new_id)
    before = [voice for voice in existing if voice.is_late]
    new = {voice.position for voice in voices}
    owed: list[Owed] = []
    for venue in round_.venues:
        planned = plan(reveal_of(round_, (*before, *voices)), venue)
        owed += late_pages(round_, venue, [page for page in planned if page.voices & new])
    kept = replace(round_, seats=_cut_loose(round_, opened))
    return Arranged(perspectives=voices, owed=tuple(owed), round_=kept, touch=_status_cards(round_))


def reveal_of(round_: Round, perspectives: Sequence[Perspective]) -> Reveal:
    """A prepared round and its voices as they are read. The round must have been prepared."""
    voices = tuple(sorted(perspectives, key=lambda voice: voice.position))
    return Reveal(
        code=round_.code,
        service=round_.service,
        groups=reading_order(round_.groups),
        perspectives=voices,
        statement=round_.statement or Statement(groups=()),
        root=round_.root or root_of(()),
        leaders=round_.leaders.name if round_.leaders else None,
    )


# voices -----------------------------------------------------------------------------------------------------


def is_signed(round_: Round, reply: Opened) -> bool:
    return round_.attribution is Attribution.NAMED or reply.answers.sign


def _unsigned_counts(round_: Round, opened: Sequence[Opened]) -> Mapping[str, int]:
    return Counter(reply.seat.group for reply in opened if not is_signed(round_, reply))


def _voices(
    round_: Round, opened: Sequence[Opened], joined: Mapping[str, str], root: str, new_id: NewId
) -> tuple[Perspective, ...]:
    order = _order(round_)

    def place(reply: Opened) -> tuple[int, str]:
        return order[shown_in(reply.seat.group, joined)], lot(root, reply.commitment)

    return tuple(
        _voice(round_, reply, at, shown_in(reply.seat.group, joined), new_id)
        for at, reply in enumerate(sorted(opened, key=place))
    )


def _order(round_: Round) -> Mapping[str | None, int]:
    """Sort position of each group. Voices without a shown group come after the others and before the leaders."""
    leaders = round_.leaders.name if round_.leaders else None
    names: list[str | None] = [name for name in reading_order(round_.groups) if name != leaders]
    return {name: at for at, name in enumerate([*names, None, *([leaders] if leaders else [])])}


def _late_voices(round_: Round, opened: Sequence[Opened], first: int, new_id: NewId) -> tuple[Perspective, ...]:
    joined = round_.statement.merged if round_.statement else {}
    few = {group for group, n in _unsigned_counts(round_, opened).items() if n < round_.small_group}
    order = _order(round_)
    root = round_.root or ""

    def shown(reply: Opened) -> str | None:
        hides = reply.seat.group in few and not is_signed(round_, reply)
        return None if hides else shown_in(reply.seat.group, joined)

    placed = sorted(opened, key=lambda reply: (order[shown(reply)], lot(root, reply.commitment)))
    return tuple(
        replace(_voice(round_, reply, first + at, shown(reply), new_id), seen=reply.answers.seen or Seen.BEFORE)
        for at, reply in enumerate(placed)
    )


def _voice(round_: Round, reply: Opened, at: int, group: str | None, new_id: NewId) -> Perspective:
    signed = is_signed(round_, reply)
    return Perspective(
        id=new_id(),
        position=at,
        group=group,
        name=reply.seat.name if signed else None,
        seat_id=reply.seat.id if signed else None,
        answers=reply.answers,
        commitment=reply.commitment,
    )


# the statement ----------------------------------------------------------------------------------------------


def _statement(round_: Round, opened: Sequence[Opened], joined: Mapping[str, str]) -> Statement:
    """Counts merged groups together: separate counts would tell readers how many voices of each to look for."""
    replied = {reply.seat.account for reply in opened}
    signed = {reply.seat.account for reply in opened if is_signed(round_, reply)}
    rows = _counted_together(round_, joined)
    of = {name: row for row in rows for name in row}
    seats_of: dict[tuple[str, ...], list[Seat]] = {row: [] for row in rows}
    for seat in round_.seats:  # includes removed people: they were asked, and their sealed replies are published
        seats_of[of[shown_in(seat.group, joined) or EVERYONE]].append(seat)
    counts = tuple(
        GroupCount(
            group=names[0],
            others=names[1:],
            asked=len(seats),
            reached=sum(seat.is_reached or seat.account in replied for seat in seats),
            replied=sum(seat.account in replied for seat in seats),
            declined=sum(seat.declined_at is not None and seat.account not in replied for seat in seats),
            signed=sum(seat.account in signed for seat in seats),
        )
        for names, seats in seats_of.items()
    )
    return Statement(groups=counts, changes=round_.changes, merged=joined)


def _counted_together(round_: Round, joined: Mapping[str, str]) -> list[tuple[str, ...]]:
    """Shown groups, in reading order; in one row those that people were moved between, whether they agreed or not."""
    moves = {} if round_.attribution is Attribution.NAMED else joined_by_moves(round_.changes)
    rows: list[set[str]] = []
    for name in reading_order(round_.groups):
        shown = {shown_in(each, joined) or EVERYONE for each in moves.get(name, {name})}
        met = [row for row in rows if row & shown]
        rows = [row for row in rows if row not in met] + [shown.union(*met)]
    order = [shown_in(name, joined) or EVERYONE for name in reading_order(round_.groups)]
    return sorted((tuple(sorted(row, key=order.index)) for row in rows), key=lambda row: order.index(row[0]))


def _cut_loose(round_: Round, opened: Sequence[Opened]) -> tuple[Seat, ...]:
    """Under GROUP, makes the seat of an unsigned writer identical to the seat of somebody who did not reply."""
    if round_.attribution is Attribution.NAMED:
        return round_.seats
    replied = {reply.seat.account for reply in opened}
    signed = {reply.seat.account for reply in opened if is_signed(round_, reply)}
    return tuple(_blanked(seat, seat.account in replied, seat.account in signed) for seat in round_.seats)


def _blanked(seat: Seat, has_replied: bool, has_signed: bool) -> Seat:
    """Clears revision and reminder settings of every seat: clearing only some would show which ones had replied."""
    return replace(
        seat,
        revision=0,
        snoozed_until=None,
        stopped_at=None,
        replied_at=seat.replied_at if has_signed else None,
        drafted_at=None if has_replied else seat.drafted_at,
    )

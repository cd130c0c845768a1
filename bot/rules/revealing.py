"""Pure: between the close and the reveal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.acts import Actor, Refused, Said
from bot.days import days_off_from
from bot.errors import NotAllowed, Sealed
from bot.messages import Fact, MessageKind, Op, Owed, line
from bot.people import Account, Address, Place, Reach
from bot.reveal.outgoing import headline_cards, invitations
from bot.rounds import Phase, Round, Seat, Venue
from bot.rules.groups import is_written_to
from bot.rules.moves import ASK_AGAIN, Decision, move, next_due
from bot.rules.opening import private
from bot.rules.setting_up import must_open, must_organise, must_run
from bot.settings import RoundSettings

MORNING = time(9)
"""When the invitation to talk comes, in the round's own zone."""

TO_TAKE_BACK = timedelta(hours=24)
"""What writers have before the reveal in a channel they were not told of at the text box."""

REFUSALS = frozenset({"archived", "not_member", "gone", "not_allowed"})
"""Reasons of `Unreachable` that have a sentence of their own; any other is told in the platform's own words."""


def is_wider(round_: Round, now_read_by: Mapping[Address, Reach]) -> bool:
    """Could people read at the reveal whom nobody was told of at the text box?"""
    return any(
        now_read_by[venue.address].is_wider_than(venue.told) for venue in round_.venues if venue.address in now_read_by
    )


def hold_back(round_: Round, now: datetime) -> Decision:
    """The reveal waits for an organiser's word. Where nobody has replied there is nothing to hold back."""
    nothing = Decision(outcome=Said(content=()))
    is_planned = round_.prepared_at is not None and round_.opens_at is None
    if round_.phase is not Phase.CLOSED or is_planned or round_.held_back_at or round_.reveal_agreed_at:
        return nothing
    if not _has_replies(round_):
        return nothing
    held = replace(round_, held_back_at=now, waits_since=None)
    owed = (*_ask_organisers(round_), *tell_asked(round_, "wider", round_.venues[0].place))
    return replace(nothing, round_=held, owed=owed, audit=("held_back",), touch_all=True)


def _has_replies(round_: Round) -> bool:
    """Once prepared, the seats no longer tell; the statement does."""
    if round_.statement:
        return any(group.replied for group in round_.statement.groups)
    return any(seat.replied_at for seat in round_.seats)


def _ask_organisers(round_: Round, **why: Fact) -> tuple[Owed, ...]:
    """A message of its own each time: an edited card notifies nobody."""
    return tuple(
        Owed(
            key=f"{round_.code}:{MessageKind.HELD_BACK}:{organiser.account}:{round_.version}",
            kind=MessageKind.HELD_BACK,
            to=private(organiser),
            args=why,
        )
        for organiser in round_.organisers_here
    )


def tell_asked(round_: Round, why: str, place: Place) -> tuple[Owed, ...]:
    """That the reveal waits, once for each reason; to everybody who was asked, so that it tells nobody who replied."""
    until = (round_.closed_at or round_.created_at) + round_.late_for
    return tuple(
        Owed(
            key=f"{round_.code}:{MessageKind.WITHHELD}:{seat.account}:{why}",
            kind=MessageKind.WITHHELD,
            to=seat.address,
            seat_id=seat.id,
            args={"why": why, "place": place, "until": until},
        )
        for seat in _asked(round_)
    )


def _asked(round_: Round) -> tuple[Seat, ...]:
    """Also those who were removed: what they had sealed opens too, and to leave out the others would tell who had."""
    return tuple(seat for seat in round_.seats if is_written_to(seat))


def agree(round_: Round, actor: Actor, now: datetime) -> Decision:
    """The organiser lets it go ahead; twice is once."""
    must_run(round_, actor)
    said = Said(content=(line("said.reveal_agreed"),))
    if round_.phase is not Phase.CLOSED or round_.held_back_at is None:
        return Decision(outcome=said)
    agreed = replace(round_, held_back_at=None, reveal_agreed_at=now)
    return Decision(outcome=said, round_=agreed, audit=("reveal_agreed",), touch_all=True)


def stands(round_: Round, now: datetime) -> Decision:
    """A headline stands in a venue: from this moment on words may be read, and the time for late replies begins."""
    nothing = Decision(outcome=Said(content=()))
    if round_.phase is not Phase.CLOSED:
        return nothing
    stood_at = round_.stood_at or now
    moved = move(round_, Phase.REVEALED)
    opened = replace(moved, revealed_at=stood_at, ends_at=stood_at + round_.late_for, waits_since=None)
    return replace(nothing, round_=opened, touch_all=True)


def completed(round_: Round) -> Decision:
    """The headline is complete: everybody hears of it. Owed no sooner, or it would hold up what else they are owed."""
    return Decision(outcome=Said(content=()), owed=opened_to_people(round_))


def opened_to_people(round_: Round) -> tuple[Owed, ...]:
    """The same message to everybody who was asked, so that it tells nobody who replied."""
    return tuple(
        Owed(
            key=f"{round_.code}:{MessageKind.OPENED}:{seat.account}:0",
            kind=MessageKind.OPENED,
            to=seat.address,
            seat_id=seat.id,
        )
        for seat in _asked(round_)
    )


def refused(round_: Round, lane: str, reason: str, now: datetime) -> Decision:
    """A channel does not take the headline, and it stands in no other: the organisers and all who were asked hear."""
    nothing = Decision(outcome=Said(content=()))
    if round_.stood_at:  # it stood before the database was restored, and was not found: it is not posted again
        return stands(round_, now)
    old = next((venue for venue in round_.venues if venue.address.lane == lane), None)
    if round_.phase is not Phase.CLOSED or old is None:
        return nothing
    new = replace(old, refused_at=now, refusal=reason)
    why, place = refusal_of(new), old.place
    return replace(
        nothing,
        round_=replace(round_, venues=tuple(new if venue == old else venue for venue in round_.venues)),
        owed=(*_ask_organisers(round_, why=why, place=place, reason=reason), *tell_asked(round_, why, place)),
        touch_all=True,
        audit=("refused",),
    )


def refusal_of(venue: Venue) -> str:
    """The key of its sentence."""
    return venue.refusal if venue.refusal and venue.refusal in REFUSALS else "other"


def ask_again(round_: Round, now: datetime) -> Decision:
    """Once a day while a reveal waits: a refused channel is tried again (which tells, where it is refused again)."""
    nothing = Decision(outcome=Said(content=()))
    if round_.held_back_at and now >= round_.held_back_at + ASK_AGAIN:
        return replace(nothing, round_=replace(round_, held_back_at=now), owed=_ask_organisers(round_))
    venue = round_.refused_venue
    if venue and venue.refused_at and now >= venue.refused_at + ASK_AGAIN:
        tried = tuple(replace(each, refused_at=None) for each in round_.venues)
        return replace(nothing, round_=replace(round_, venues=tried), free_lanes=True)
    return replace(nothing, round_=replace(round_, due_at=next_due(round_)))


def choose_venue(round_: Round, actor: Actor, to: Address, reach: Reach | None, now: datetime) -> Decision:
    """Another channel for a reveal that waits, with no reader whom nobody was told of; and a day to take back."""
    old = waiting_venue(round_, actor, now)
    if to == old.address:
        return _no("refused.venue.same")
    if reach is None or not (reach.may_post and reach.may_thread and reach.may_attach):
        return _no("refused.channel")
    if reach.is_public or reach.outsiders or reach.readers > old.told.readers:
        return _no("refused.venue.wider", count=old.told.readers)
    new = Venue(address=to, told=reach, opens_at=now + TO_TAKE_BACK)
    facts = {"place": new.place, "count": reach.readers, "opens_at": now + TO_TAKE_BACK}
    told = tuple(
        Owed(
            key=f"{round_.code}:{MessageKind.NEW_VENUE}:{seat.account}:{round_.version}",
            kind=MessageKind.NEW_VENUE,
            to=seat.address,
            seat_id=seat.id,
            args=facts,
        )
        for seat in _asked(round_)
    )
    moved = replace(
        round_,
        venues=tuple(new if venue == old else venue for venue in round_.venues),
        held_back_at=None,
        reveal_agreed_at=None,
    )
    return Decision(
        outcome=Said(content=(line("said.venue", place=new.place, opens_at=now + TO_TAKE_BACK),)),
        round_=moved,
        owed=told,
        unplan=old.address,
        touch_all=True,
        audit=("venue",),
    )


def waiting_venue(round_: Round, actor: Actor, now: datetime) -> Venue:
    """The one another channel may take the place of. Raises NotAllowed where none waits, or for somebody else."""
    must_open(round_, actor, now)
    if round_.phase is Phase.CLOSED:
        held = round_.venues[0] if round_.held_back_at and round_.venues else None
        if found := round_.refused_venue or round_.chosen_venue or held:
            return found
    raise NotAllowed(why="no_venue_waits")


def _no(key: str, **facts: Fact) -> Decision:
    because = line(key, **facts)
    return Decision(outcome=Refused(because=because, fields={"channel": because}))


def platform_waits(round_: Round, since: datetime, code: str) -> Decision:
    """A closed round whose platform does not answer: its card says so."""
    nothing = Decision(outcome=Said(content=()))
    if round_.phase is not Phase.CLOSED or round_.waits_since:
        return nothing
    return replace(nothing, round_=replace(round_, waits_since=since, waits_for=code), touch_all=True)


def export(round_: Round, actor: Actor, now: datetime) -> Decision:
    """The report as files, to the organiser who asks, privately."""
    must_organise(round_, actor)
    if not round_.phase.is_open:
        raise Sealed(code=round_.code)
    account = actor.account
    owed = Owed(
        key=f"{round_.code}:report:{account}:{int(now.timestamp())}",
        kind=MessageKind.REPORT,
        op=Op.ATTACH,
        to=Address(platform=account.platform, workspace=account.workspace, user=account.user),
    )
    return Decision(outcome=Said(content=(line("said.export"),)), owed=(owed,), audit=("exported",))


def heard(round_: Round, has_read: Callable[[Account], bool]) -> Decision:
    """One more person has read all answers. Where everybody who was asked has, the invitation to talk is due now.

    `has_read`: also of whoever says so now. Raises NotAllowed before the reveal.
    """
    must_be_open(round_)
    are_all = all(has_read(seat.account) for seat in round_.seats if seat.is_here and seat.unreachable is None)
    return Decision(
        outcome=Said(content=()),
        round_=replace(round_, heard=round_.heard + 1),
        touch=headline_cards(round_),
        hasten=invitations(round_) if are_all else (),
    )


def must_be_open(round_: Round) -> None:
    """Raises NotAllowed while the answers are sealed."""
    if not round_.phase.is_open:
        raise NotAllowed(why="not_revealed")


def asked_to_hide(round_: Round, *, position: int, mark: str) -> tuple[Owed, ...]:
    """One card a voice to each organiser who is here. Neither its key nor its facts tell who asks."""
    return tuple(
        Owed(
            key=f"{round_.code}:{MessageKind.HIDING}:{position}:{organiser.account}",
            kind=MessageKind.HIDING,
            to=private(organiser),
            args={"position": position, "voice": mark},
            is_card=True,
        )
        for organiser in round_.organisers_here
    )


def invite_at(round_: Round, now: datetime, settings: RoundSettings) -> datetime:
    """The next working morning in the round's zone; at once where the whole round is shorter than a day."""
    if round_.opened_at and round_.closes_at and round_.closes_at - round_.opened_at < timedelta(hours=24):
        return now
    zone = ZoneInfo(round_.time_zone)
    day = now.astimezone(zone).date() + timedelta(days=1)
    day += timedelta(days=days_off_from(day, settings))
    return datetime.combine(day, MORNING, zone).astimezone(now.tzinfo)

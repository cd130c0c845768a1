"""Pure: who takes part may change while answers are taken; announced, counted, audited."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import replace
from datetime import datetime

from bot.acts import Actor, Confirm, Refused, Said
from bot.messages import MessageKind, Owed, control, line
from bot.people import Account, Cast, Invites, Member, Standing, Way, Why, told_apart
from bot.rounds import Change, ChangeKind, Header, Organiser, Phase, Round, Seat
from bot.rules import schedule
from bot.rules.answering import AFTER_CLOSE, agreed, must_be_here
from bot.rules.groups import counted, listed, noted
from bot.rules.moves import Decision, SeatDecision
from bot.rules.opening import asked_first, private, question, status_card
from bot.rules.running import must_collect, to_seat, to_venues
from bot.rules.setting_up import ALL_PRIVATE, must_organise, must_run

GONE = frozenset({Why.DEACTIVATED, Why.UNKNOWN, Why.STRANGER})
"""Reasons for which a message does not reach an organiser that mean: they are not here any more."""


def add(round_: Round, actor: Actor, group: str, cast: Cast, now: datetime, invites: Invites = ALL_PRIVATE) -> Decision:
    """Asks more people. Somebody in another group moves and keeps their draft; who has sealed is asked first.

    Nothing here depends on whether somebody had answered. Those who cannot be asked are named, and stop nobody else.
    """
    must_organise(round_, actor)
    must_collect(round_, now)
    if _is_late(round_, now):
        return Decision(outcome=Refused(because=line("refused.add.too_late")))
    if group not in {each.name for each in round_.groups}:
        known = "\n".join(each.name for each in round_.groups)
        return Decision(outcome=Refused(because=line("refused.unknown_group", typed=group, known=known)))
    cast = told_apart(cast, {seat.account: seat.name for seat in round_.seats})
    members = tuple({member.account: member for found in cast.found.values() for member in found}.values())
    if cast.missing and not members:
        first = cast.missing[0]
        return Decision(outcome=Refused(because=line(f"refused.missing.{first.why.value}", name=first.name)))
    if not members:
        return Decision(outcome=Refused(because=line("refused.add.nobody")))
    seats = list(round_.seats)
    asked = [(seat, change) for member in members for seat, change in _seat_in(seats, member, group, now, invites)]
    if not asked:
        return Decision(outcome=Refused(because=line("refused.add.already", name=members[0].name, group=group)))
    changed = replace(round_, seats=tuple(seats), changes=(*round_.changes, *(change for _, change in asked)))
    left_out = dict.fromkeys(missing.name for missing in cast.missing)
    return Decision(
        outcome=_asked(group, [change for _, change in asked], tuple(left_out)),
        round_=noted(round_, changed, now),
        owed=(
            *(question(round_, seat, round_.version) for seat, _ in asked if Way.PRIVATE in (seat.way, invites.way)),
            *_announced(round_, group, [change.kind for _, change in asked]),
        ),
        touch_all=True,
        audit=("added",),
    )


def move(round_: Round, actor: Actor, into: int, user: str, now: datetime, invites: Invites = ALL_PRIVATE) -> Decision:
    """The organiser's answer to "not right?": as `add` of somebody who is here. `into`: which group of the round."""
    must_organise(round_, actor)
    seat = next((each for each in round_.seats if each.account.user == user and each.is_here), None)
    if seat is None or into >= len(round_.groups):
        return Decision(outcome=Refused(because=line("refused.not_in_round")))
    member = Member(account=seat.account, name=seat.name, locale=seat.locale, tz=seat.tz)
    return add(round_, actor, round_.groups[into].name, Cast(found={user: (member,)}), now, invites)


def _is_late(round_: Round, now: datetime) -> bool:
    """Too close to the deadline for anybody to think about what changed."""
    opened_at, closes_at = round_.opened_at, round_.closes_at
    return bool(opened_at and closes_at and now >= schedule.cast_fixed_at(opened_at, closes_at))


def _asked(group: str, changes: Sequence[Change], left_out: tuple[str, ...]) -> Said:
    """The same sentences whether those who move had answered or not."""
    content = [line("said.added", count=len(changes), group=group)]
    if any(change.came_from for change in changes):
        content.append(line("said.added.moved"))
    if left_out:
        content.append(line("said.left_out", names="\n".join(left_out)))
    return Said(content=tuple(content))


def _announced(round_: Round, group: str, kinds: Sequence[ChangeKind]) -> tuple[Owed, ...]:
    owed: list[Owed] = []
    for kind in dict.fromkeys(kinds):
        what = {"what": kind.value, "group": group, "count": kinds.count(kind)}
        owed += to_venues(round_, MessageKind.CAST_CHANGED, what, of=kind.value if owed else "")
    return tuple(owed)


def _seat_in(
    seats: list[Seat], member: Member, group: str, now: datetime, invites: Invites
) -> Iterator[tuple[Seat, Change]]:
    """Puts one member into the group, in place. Nothing: they are listed there already."""
    for n, seat in enumerate(seats):
        if seat.account == member.account:
            before = listed(seat)
            if not seat.is_here or before != group:
                seats[n] = _moved(seat, group)
                kind = ChangeKind.MOVED if seat.is_here else ChangeKind.ADDED
                came_from = before if before != group else None
                yield seats[n], Change(kind=kind, at=now, group=group, came_from=came_from)
            return
    new = Seat(account=member.account, name=member.name, group=group, locale=member.locale, tz=member.tz)
    seat = asked_first(new, invites, now)
    seats.append(seat)
    yield seat, Change(kind=ChangeKind.ADDED, at=now, group=group)


def _moved(seat: Seat, group: str) -> Seat:
    """What they sealed stays where it was written for until they agree. So does a "no": it is not told."""
    here = replace(seat, removed_at=None, unreachable=None, revision=seat.revision + 1)
    if group != listed(seat):
        here = replace(here, listed_in=group, counted_in=counted(seat))
    if not seat.replied_at:
        return replace(here, group=group, moving_to=None)
    return replace(here, moving_to=group if group != seat.group else None)


def moved(header: Header, seat: Seat, choice: str, now: datetime) -> SeatDecision:
    """The writer's own press: their sealed answer moves with them, or both stay."""
    must_be_here(seat)
    if header.phase is not Phase.COLLECTING or header.closes_at is None or now >= header.closes_at:
        return SeatDecision(outcome=Refused(because=line("refused.closed.move")))
    again = (control("answer", header.code, "change"),)
    if seat.moving_to is None:
        because = line("refused.nothing_to_move", group=seat.group)
        return SeatDecision(outcome=Refused(because=because, controls=again))
    group = seat.moving_to if choice == "yes" else seat.group
    said = Said(content=(line(f"said.moved.{choice}", group=group),), controls=again)
    if group == seat.group:
        return SeatDecision(outcome=said, seat=replace(seat, moving_to=None))
    return SeatDecision(outcome=said, seat=agreed(seat))


def remove(round_: Round, actor: Actor, user: str, now: datetime) -> Decision:
    """Ends the asking of one person. What they never sealed goes; what they sealed stays, and opens under its group.

    Nothing here depends on whether they had answered: the organiser must not learn it.
    """
    must_organise(round_, actor)
    must_collect(round_, now)
    seat = next((s for s in round_.seats if s.account.user == user and s.is_here), None)
    if seat is None or seat.id is None:
        return Decision(outcome=Refused(because=line("refused.not_in_round")))
    group = listed(seat)
    if len([s for s in round_.seats if listed(s) == group and s.is_here]) == 1:
        return Decision(outcome=Refused(because=line("refused.last_of_group", group=group)))
    gone = replace(
        seat, removed_at=now, drafted_at=None, snoozed_until=None, moving_to=None, revision=seat.revision + 1
    )
    changed = replace(
        round_,
        seats=tuple(gone if each.account == seat.account else each for each in round_.seats),
        changes=(*round_.changes, Change(kind=ChangeKind.REMOVED, at=now, group=group)),
    )
    changed = noted(round_, changed, now)
    if changed.smaller_since and _is_late(round_, now):
        return Decision(outcome=Refused(because=line("refused.remove_too_late")))
    announced = to_venues(round_, MessageKind.CAST_CHANGED, {"what": "removed", "group": group, "count": 1})
    return Decision(
        outcome=Said(content=(line("said.removed", name=seat.name),)),
        round_=changed,
        owed=(to_seat(round_, seat, MessageKind.REMOVED), *announced),
        touch_all=True,
        audit=("removed",),
        destroy_drafts_of=(seat.id,),
    )


def share(round_: Round, actor: Actor, cast: Cast) -> Decision:
    """Makes somebody co-organiser: they see progress, never content. Twice is once."""
    must_run(round_, actor)
    if cast.missing:
        first = cast.missing[0]
        return Decision(outcome=Refused(because=line(f"refused.missing.{first.why.value}", name=first.name)))
    members = [member for found in cast.found.values() for member in found]
    if len(members) != 1:
        return Decision(outcome=Refused(because=line("refused.share_needs_one")))
    member = members[0]
    said = Said(content=(line("said.shared", name=member.name),))
    if round_.is_run_by(member.account):
        return Decision(outcome=said)
    if member.standing is Standing.GUEST:
        return Decision(outcome=Refused(because=line("refused.guest")))
    if member.standing is Standing.UNKNOWN:
        return Decision(outcome=Refused(because=line("refused.unknown_person")))
    organiser = Organiser(account=member.account, name=member.name)
    shared = replace(round_, organisers=(*round_.organisers, organiser))
    owed = (status_card(shared, organiser),) if round_.opened_at else ()
    return Decision(outcome=said, round_=shared, owed=owed, audit=("shared",))


def organisers_left(round_: Round, gone: Set[Account], now: datetime) -> Decision:
    """As the platform knows them: these have left, or their accounts are closed; the others have not."""
    organisers = tuple(
        replace(one, gone_at=(one.gone_at or now) if one.account in gone else None) for one in round_.organisers
    )
    return Decision(outcome=Said(content=()), round_=replace(round_, organisers=organisers))


def organiser_left(round_: Round, lane: str, now: datetime) -> Decision:
    """Whoever this conversation was with; of the others nothing is known by it."""
    left = {one.account for one in round_.organisers if one.gone_at or private(one).lane == lane}
    return organisers_left(round_, left, now)


def came_back(round_: Round, account: Account) -> Round:
    """Whoever acts is there."""
    organisers = tuple(replace(one, gone_at=None) if one.account == account else one for one in round_.organisers)
    return round_ if organisers == round_.organisers else replace(round_, organisers=organisers)


def wrong_group(round_: Round, seat: Seat, name: str, *, confirmed: bool) -> SeatDecision:
    """[Wrong group?]: when they have agreed, tells the organisers who asks to be moved, and out of which group.

    `round_` may be a shell.
    """
    must_be_here(seat)
    if round_.phase is not Phase.COLLECTING:
        first = (control("late", round_.code),) if round_.phase in AFTER_CLOSE else ()
        return SeatDecision(outcome=Refused(because=line("refused.closed.wrong"), controls=first))
    told = "\n".join(one.name for one in round_.organisers)
    if not confirmed:
        asks = line("confirm.wrong", group=seat.group, names=told)
        return SeatDecision(outcome=Confirm(content=(asks,), yes=control("confirm", round_.code, "wrong")))
    owed = tuple(
        Owed(
            key=f"{round_.code}:wrong_group:{seat.account}:{organiser.account}:{listed(seat)}",
            kind=MessageKind.WRONG_GROUP,
            to=private(organiser),
            args={"name": name, "group": listed(seat), "user": seat.account.user},
        )
        for organiser in round_.organisers
    )
    said = Said(
        content=(line("said.wrong", group=seat.group, names=told),),
        controls=(control("answer", round_.code, "change" if seat.has_words else ""),),
    )
    return SeatDecision(outcome=said, owed=owed)

"""Pure: who takes part may change while answers are taken; announced, counted, audited."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace
from datetime import datetime

from bot.acts import Actor, Refused, Said
from bot.messages import MessageKind, Owed, line
from bot.people import Account, Cast, Member, Standing, Why
from bot.rounds import Change, ChangeKind, Organiser, Round, Seat
from bot.rules import schedule
from bot.rules.answering import must_be_here
from bot.rules.moves import Decision, SeatDecision
from bot.rules.opening import private, question, status_card
from bot.rules.running import must_collect, to_seat, to_venues
from bot.rules.setting_up import must_organise, must_run

GONE = frozenset({Why.DEACTIVATED, Why.UNKNOWN, Why.STRANGER})
"""Reasons for which a message does not reach an organiser that mean: they are not here any more."""


def add(round_: Round, actor: Actor, group: str, cast: Cast, now: datetime) -> Decision:
    """Asks more people; somebody already in another group is moved and keeps their draft.

    Those who cannot be asked are named, and stop nobody else from being added.
    """
    must_organise(round_, actor)
    must_collect(round_, now)
    if round_.opened_at and round_.closes_at and now >= schedule.cast_fixed_at(round_.opened_at, round_.closes_at):
        return Decision(outcome=Refused(because=line("refused.add.too_late")))
    if group not in {each.name for each in round_.groups}:
        known = ", ".join(each.name for each in round_.groups)
        return Decision(outcome=Refused(because=line("refused.unknown_group", typed=group, known=known)))
    members = tuple({member.account: member for found in cast.found.values() for member in found}.values())
    if cast.missing and not members:
        first = cast.missing[0]
        return Decision(outcome=Refused(because=line(f"refused.missing.{first.why.value}", name=first.name)))
    if not members:
        return Decision(outcome=Refused(because=line("refused.add.nobody")))
    seats = list(round_.seats)
    owed: list[Owed] = []
    changes = list(round_.changes)
    for member in members:
        kind = _seat_in(seats, member, group)
        if kind:
            changes.append(Change(kind=kind, at=now, group=group))
            seat = next(each for each in seats if each.account == member.account)
            owed.append(question(round_, seat, round_.version))
    if not owed:
        return Decision(outcome=Refused(because=line("refused.add.already", name=members[0].name, group=group)))
    changed = replace(round_, seats=tuple(seats), changes=tuple(changes))
    told = to_venues(round_, MessageKind.CAST_CHANGED, {"what": "added", "group": group, "count": len(owed)})
    left_out = dict.fromkeys(missing.name for missing in cast.missing)
    not_asked = (line("said.left_out", names="\n".join(left_out)),) if left_out else ()
    said = Said(content=(line("said.added", count=len(owed), group=group), *not_asked))
    return Decision(outcome=said, round_=changed, owed=(*owed, *told), touch_all=True, audit=("added",))


def _seat_in(seats: list[Seat], member: Member, group: str) -> ChangeKind | None:
    """Puts one member into the group, in place. None: they sit there already."""
    for n, seat in enumerate(seats):
        if seat.account == member.account:
            if seat.is_here and seat.group == group:
                return None
            kind = ChangeKind.MOVED if seat.is_here else ChangeKind.ADDED
            seats[n] = replace(
                seat,
                group=group,
                asked_at=seat.asked_at if seat.is_here else None,
                removed_at=None,
                declined_at=None,
                unreachable=None,
                revision=seat.revision + 1,
            )
            return kind
    seats.append(Seat(account=member.account, name=member.name, group=group, locale=member.locale, tz=member.tz))
    return ChangeKind.ADDED


def remove(round_: Round, actor: Actor, user: str, now: datetime) -> Decision:
    """Ends the asking of one person. What they never sealed goes; what they sealed stays, and opens under its group.

    Nothing here depends on whether they had answered: the organiser must not learn it.
    """
    must_organise(round_, actor)
    must_collect(round_, now)
    seat = next((s for s in round_.seats if s.account.user == user and s.is_here), None)
    if seat is None or seat.id is None:
        return Decision(outcome=Refused(because=line("refused.not_in_round")))
    if len([s for s in round_.seats if s.group == seat.group and s.is_here]) == 1:
        return Decision(outcome=Refused(because=line("refused.last_of_group", group=seat.group)))
    gone = replace(seat, removed_at=now, drafted_at=None, snoozed_until=None, revision=seat.revision + 1)
    changed = replace(
        round_,
        seats=tuple(gone if each.account == seat.account else each for each in round_.seats),
        changes=(*round_.changes, Change(kind=ChangeKind.REMOVED, at=now, group=seat.group)),
    )
    told = to_venues(round_, MessageKind.CAST_CHANGED, {"what": "removed", "group": seat.group, "count": 1})
    return Decision(
        outcome=Said(content=(line("said.removed", name=seat.name),)),
        round_=changed,
        owed=(to_seat(round_, seat, MessageKind.REMOVED), *told),
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


def wrong_group(round_: Round, seat: Seat, name: str) -> SeatDecision:
    """ "Not right?": tells the organisers who asks to be moved; only they can do it. `round_` may be a shell."""
    must_be_here(seat)
    owed = tuple(
        Owed(
            key=f"{round_.code}:wrong_group:{seat.account}:{organiser.account}:{seat.group}",
            kind=MessageKind.WRONG_GROUP,
            to=private(organiser),
            args={"name": name, "group": seat.group, "user": seat.account.user},
        )
        for organiser in round_.organisers
    )
    return SeatDecision(outcome=Said(content=(line("said.wrong", group=seat.group),)), owed=owed)

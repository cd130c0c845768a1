"""Pure: from the press of Open to the questions going out."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot import when
from bot.acts import Actor, Refused, Said
from bot.messages import Line, MessageKind, Owed, Pace, line
from bot.people import Address, Standing
from bot.questions import questions
from bot.rounds import GROUPS, Group, LookedUp, Organiser, Phase, Round, Seat, Venue
from bot.rules.moves import Decision, move
from bot.rules.schedule import reminders
from bot.rules.setting_up import (
    group_refs,
    mistakes,
    must_be_draft,
    must_run,
    place,
    preview_card,
)
from bot.settings import RoundSettings


def press_open(round_: Round, actor: Actor, now: datetime, settings: RoundSettings, pace: Pace) -> Decision:
    """Owes the announcement. Nobody is asked before it stands; pressing twice opens once."""
    must_run(round_, actor)
    if round_.phase is Phase.COLLECTING or round_.opening_at:
        return Decision(outcome=Said(content=(line("said.opening", code=round_.code),)))
    must_be_draft(round_)
    wrong = mistakes(round_, now, settings)
    if wrong:
        return Decision(outcome=Refused(because=line("refused.setup"), fields=wrong))
    found, venue_at = round_.setup.looked_up, place(round_)
    if found is None or found.of != round_.setup.edition or venue_at is None:
        card = preview_card(round_, actor)
        return Decision(outcome=Refused(because=line("refused.not_previewed")), owed=(card,), touch=(card.key,))
    obstacle = _obstacle(round_, found, actor, now, settings, pace)
    if obstacle or found.reach is None or round_.closes_at is None:
        return Decision(outcome=Refused(because=obstacle or line("refused.channel")))
    closes_at = opening_deadline(round_, round_.closes_at, now)
    venue = Venue(address=venue_at, told=found.reach)
    announcement = Owed(
        key=f"{round_.code}:announcement:{venue_at.lane}:{round_.version}",
        kind=MessageKind.ANNOUNCEMENT,
        to=venue_at,
        is_card=True,
    )
    return Decision(
        outcome=Said(content=(line("said.opening", code=round_.code),)),
        round_=replace(
            round_,
            opening_at=now,
            closes_at=closes_at,
            remind_at=reminders(now, closes_at, settings),
            venues=(venue,),
        ),
        owed=(announcement,),
        audit=("opening",),
    )


def _obstacle(
    round_: Round, found: LookedUp, actor: Actor, now: datetime, settings: RoundSettings, pace: Pace
) -> Line | None:
    """Why this set-up cannot be opened, if anything."""
    named = {ref for group, given in group_refs(round_.setup.fields).items() for ref in given}
    for missing in found.missing:
        if missing.ref in named:
            return line(f"refused.missing.{missing.why.value}", name=missing.name)
    if found.twice:
        return line("refused.person_twice", name=found.twice[0])
    for name, members in found.cast.items():
        if not members:
            return line("refused.empty.group", group=name)
    reach = found.reach
    if reach is None or not (reach.may_post and reach.may_thread and reach.may_attach):
        return line("refused.channel")
    people = sum(len(members) for members in found.cast.values())
    if people > settings.largest and actor.standing is not Standing.ADMIN:
        return line("refused.too_many", count=people, largest=settings.largest)
    return _too_slow(round_, people, now, pace)


def _too_slow(round_: Round, people: int, now: datetime, pace: Pace) -> Line | None:
    """Asking everybody may take a quarter of the round at most: the last one asked must have time to think."""
    if not pace.posts_a_minute_in_one_workspace or round_.closes_at is None:
        return None
    needed = timedelta(minutes=people / pace.posts_a_minute_in_one_workspace)
    if needed * 4 <= round_.closes_at - now:
        return None
    return line("refused.too_slow", count=people, needed=needed * 4)


def announced(round_: Round, now: datetime) -> Decision:
    """The announcement stands: everybody is asked."""
    done = Said(content=(line("said.opened", code=round_.code),))
    found = round_.setup.looked_up
    if round_.phase is not Phase.DRAFT or not (round_.opening_at and round_.closes_at and found):
        return Decision(outcome=done)
    closes_at = opening_deadline(round_, round_.closes_at, now)
    groups = tuple(
        Group(name=name, is_leaders=name == "leaders", asks_as=name if name in GROUPS else "citizens")
        for name in found.cast
    )
    seats = tuple(
        Seat(account=m.account, name=m.name, group=name, locale=m.locale, tz=m.tz, asked_at=now)
        for name, members in found.cast.items()
        for m in members
    )
    opened = replace(
        move(round_, Phase.COLLECTING),
        opened_at=now,
        opening_at=None,
        closes_at=closes_at,
        groups=groups,
        seats=seats,
        questions=questions(groups, round_.stage, round_.locale),
        remind_at=tuple(at + (closes_at - round_.closes_at) for at in round_.remind_at),
    )
    owed = (*(question(opened, seat) for seat in seats), *(status_card(opened, o) for o in opened.organisers))
    return Decision(outcome=done, round_=opened, owed=owed, audit=("opened",))


def opening_deadline(round_: Round, shown: datetime, now: datetime) -> datetime:
    """`in 3 days` counts from the opening; a time of day stays what the preview showed."""
    ahead = when.ahead(round_.setup.one("closes_at"))
    return shown if ahead is None else now + ahead


def announcement_refused(round_: Round, reason: str, now: datetime) -> Decision:
    """It could not be posted: a DRAFT again, and the organisers are told what to do."""
    back = replace(round_, opening_at=None, venues=(), setup=replace(round_.setup, looked_up=None))
    owed = tuple(
        Owed(
            key=f"{round_.code}:not_opened:{organiser.account}:{round_.version}",
            kind=MessageKind.NOT_OPENED,
            to=private(organiser),
            args={"reason": reason},
        )
        for organiser in round_.organisers
    )
    return Decision(outcome=Refused(because=line("refused.channel")), round_=back, owed=owed, audit=("not_opened",))


def question(round_: Round, seat: Seat, n: int = 0) -> Owed:
    """The one message that asks one person."""
    return Owed(
        key=f"{round_.code}:question:{seat.account}:{n}",
        kind=MessageKind.QUESTION,
        to=seat.address,
        seat_id=seat.id,
        seat_of=str(seat.account),
    )


def status_card(round_: Round, organiser: Organiser) -> Owed:
    return Owed(
        key=f"{round_.code}:status:{organiser.account}:0",
        kind=MessageKind.STATUS,
        to=private(organiser),
        is_card=True,
    )


def private(organiser: Organiser) -> Address:
    account = organiser.account
    return Address(platform=account.platform, workspace=account.workspace, user=account.user)

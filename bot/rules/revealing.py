"""Pure: between the close and the reveal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.acts import Actor, Said
from bot.days import days_off_from
from bot.errors import Sealed
from bot.messages import MessageKind, Op, Owed, line
from bot.people import Address, Reach
from bot.rounds import Phase, Round
from bot.rules.moves import Decision
from bot.rules.opening import private
from bot.rules.setting_up import must_run
from bot.settings import RoundSettings

MORNING = time(9)
"""When the invitation to talk comes, in the round's own zone."""


def is_wider(round_: Round, now_read_by: Mapping[Address, Reach]) -> bool:
    """Could people read at the reveal whom nobody was told of at the text box?"""
    return any(
        now_read_by[venue.address].is_wider_than(venue.told) for venue in round_.venues if venue.address in now_read_by
    )


def hold_back(round_: Round, now: datetime) -> Decision:
    """The reveal waits for an organiser's word. Where nobody has replied there is nothing to hold back."""
    nothing = Decision(outcome=Said(content=()))
    if round_.phase is not Phase.CLOSED or round_.prepared_at or round_.held_back_at or round_.reveal_agreed_at:
        return nothing
    if not any(seat.replied_at for seat in round_.seats):
        return nothing
    owed = tuple(
        Owed(key=f"{round_.code}:held_back:{o.account}:0", kind=MessageKind.HELD_BACK, to=private(o))
        for o in round_.organisers
    )
    return replace(nothing, round_=replace(round_, held_back_at=now), owed=owed, audit=("held_back",), touch_all=True)


def agree(round_: Round, actor: Actor, now: datetime) -> Decision:
    """The organiser lets it go ahead; twice is once."""
    must_run(round_, actor)
    said = Said(content=(line("said.reveal_agreed"),))
    if round_.phase is not Phase.CLOSED or round_.held_back_at is None:
        return Decision(outcome=said)
    agreed = replace(round_, held_back_at=None, reveal_agreed_at=now)
    return Decision(outcome=said, round_=agreed, audit=("reveal_agreed",), touch_all=True)


def export(round_: Round, actor: Actor, now: datetime) -> Decision:
    """The report as files, to the organiser who asks, privately."""
    must_run(round_, actor)
    if round_.phase not in (Phase.REVEALED, Phase.ENDED):
        raise Sealed(code=round_.code)
    account = actor.account
    owed = Owed(
        key=f"{round_.code}:report:{account}:{int(now.timestamp())}",
        kind=MessageKind.REPORT,
        op=Op.ATTACH,
        to=Address(platform=account.platform, workspace=account.workspace, user=account.user),
    )
    return Decision(outcome=Said(content=(line("said.export"),)), owed=(owed,), audit=("exported",))


def invite_at(round_: Round, now: datetime, settings: RoundSettings) -> datetime:
    """The next working morning in the round's zone; at once where the whole round is shorter than a day."""
    if round_.opened_at and round_.closes_at and round_.closes_at - round_.opened_at < timedelta(hours=24):
        return now
    zone = ZoneInfo(round_.time_zone)
    day = now.astimezone(zone).date() + timedelta(days=1)
    day += timedelta(days=days_off_from(day, settings))
    return datetime.combine(day, MORNING, zone).astimezone(now.tzinfo)

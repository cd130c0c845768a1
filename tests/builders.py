"""Builders of valid values for tests. Pass only the fields that the test is about."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.acts import Act, Actor, Write
from bot.answers import Answers, Level
from bot.messages import MessageKind, Owed
from bot.people import Account, Address, Reach, Workspace
from bot.rounds import ActId, Group, Organiser, Phase, Question, Round, RoundCode, RoundId, Seat, Venue

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

PLATFORM = "play"
HERE = Workspace(platform=PLATFORM, id="T")
CHANNEL = Address(platform=PLATFORM, workspace="T", channel="repairs")

LEADERS = Group(name="leaders", is_leaders=True, asks_as="leaders")
FRONTLINE = Group(name="frontline", asks_as="frontline")
CITIZENS = Group(name="citizens", asks_as="citizens")

_numbers = itertools.count(1)


def account(user: str = "sam") -> Account:
    return Account(platform=PLATFORM, workspace="T", user=user)


def actor(user: str = "sam", **changes: Any) -> Actor:
    return replace(Actor(account=account(user), name=user.title()), **changes)


def act(user: str = "sam", *, at: datetime = NOON, id: str = "") -> Act:
    """An act with a new id, unless `id` is given."""
    return Act(id=ActId(id or f"act-{next(_numbers)}"), actor=actor(user), at=at)


def write(user: str, answers: Answers, *, at: datetime = NOON, seal: bool = True, id: str = "") -> Write:
    act_id = ActId(id or f"act-{next(_numbers)}")
    return Write(id=act_id, actor=actor(user), at=at, answers=answers, seal=seal)


def answers(personal: str = "Less walking", **changes: Any) -> Answers:
    return replace(
        Answers(personal=personal, others="Mum can call", intentions="To save money", barriers="No signal\nOld phones"),
        **changes,
    )


def seat(user: str, group: str = "frontline", **changes: Any) -> Seat:
    return replace(Seat(account=account(user), name=user.title(), group=group, asked_at=NOON), **changes)


def venue(address: Address = CHANNEL, **changes: Any) -> Venue:
    return replace(
        Venue(address=address, told=Reach(name="repairs", readers=84, members=frozenset({"sam"}))), **changes
    )


def organiser(user: str = "sam", **changes: Any) -> Organiser:
    return replace(Organiser(account=account(user), name=user.title(), is_first=True), **changes)


def draft(code: str = "R-7F3K", **changes: Any) -> Round:
    """A draft as the `new` command creates it. The store assigns the id."""
    return replace(
        Round(
            id=RoundId(0),
            code=RoundCode(code),
            workspace=HERE,
            phase=Phase.DRAFT,
            created_at=NOON,
            service="Repairs online",
            organisers=(organiser(),),
        ),
        **changes,
    )


def collecting(*seats: Seat, code: str = "R-7F3K", **changes: Any) -> Round:
    """Opened at noon for three days."""
    opened = draft(
        code,
        phase=Phase.COLLECTING,
        groups=(CITIZENS, FRONTLINE, LEADERS),
        questions=tuple(_question(group) for group in (CITIZENS, FRONTLINE, LEADERS)),
        venues=(venue(),),
        seats=seats,
        opened_at=NOON,
        closes_at=NOON + 3 * DAY,
    )
    return replace(opened, **changes)


def _question(group: Group) -> Question:
    text = "What would this change for you?"
    return Question(group=group.name, level=Level.PERSONAL, text=text, hint="A normal week", locale="en")


def owed(key: str, kind: MessageKind = MessageKind.CAST_CHANGED, to: Address = CHANNEL, **changes: Any) -> Owed:
    return replace(Owed(key=key, kind=kind, to=to), **changes)


def question(code: str, user: str, **changes: Any) -> Owed:
    who = account(user)
    to = Address(platform=who.platform, workspace=who.workspace, user=who.user)
    card = owed(f"{code}:question:{who}:0", MessageKind.QUESTION, to, seat_of=str(who), is_card=True)
    return replace(card, **changes)


def status_card(code: str = "R-7F3K", user: str = "sam") -> Owed:
    to = Address(platform=PLATFORM, workspace="T", user=user)
    return owed(f"{code}:status:{account(user)}:0", MessageKind.STATUS, to, is_card=True)

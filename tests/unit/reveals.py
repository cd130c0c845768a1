"""Rounds with replies, for the tests of reveal and report. Each builds only what a test is about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

from bot.answers import Answers, Level, Receipt, Seen
from bot.messages import Page, Reveal
from bot.people import Account, Address, Reach, Workspace
from bot.reveal import Arranged, Opened, arrange, arrange_late, commitment, pages
from bot.rounds import (
    Attribution,
    Group,
    Organiser,
    Perspective,
    Phase,
    Question,
    Round,
    RoundCode,
    RoundId,
    Seat,
    SeatId,
    Venue,
    VenueId,
)

NOW = datetime(2026, 12, 4, 17, 0, 5, tzinfo=UTC)
TOMORROW = datetime(2026, 12, 7, 9, 0, tzinfo=UTC)
GROUPS = (
    Group(name="leaders", is_leaders=True, asks_as="leaders"),
    Group(name="frontline", asks_as="frontline"),
    Group(name="citizens", asks_as="citizens"),
)


def account(user: str) -> Account:
    return Account(platform="playground", workspace="W", user=user)


def seat(id: int, group: str, name: str = "") -> Seat:
    return Seat(
        id=SeatId(id),
        account=account(f"u{id}"),
        name=name or f"Person {id}",
        group=group,
        asked_at=NOW - timedelta(days=5),
        revision=1,
    )


def reply(of: Seat, answers: Answers | str = "", *, sign: bool = False) -> Opened:
    written = answers if isinstance(answers, Answers) else Answers(personal=answers or f"me {of.id}", sign=sign)
    nonce = Receipt(f"K7QD-3M9X-TT2A-{of.id:04d}")
    return Opened(
        seat=replace(of, replied_at=NOW - timedelta(hours=1)),
        answers=written,
        nonce=nonce,
        commitment=commitment(nonce, written),
    )


def a_round(
    seats: Iterable[Seat] = (),
    *,
    groups: tuple[Group, ...] = GROUPS,
    attribution: Attribution = Attribution.GROUP,
    venues: int = 1,
) -> Round:
    return Round(
        id=RoundId(1),
        code=RoundCode("R-7F3K"),
        workspace=Workspace(platform="playground", id="W"),
        phase=Phase.CLOSED,
        created_at=NOW - timedelta(days=6),
        service="Repairs online",
        proposal="Report repairs on your phone instead of calling.",
        attribution=attribution,
        groups=groups,
        seats=tuple(seats),
        organisers=(Organiser(account=account("sam"), name="Sam", is_first=True),),
        venues=tuple(
            Venue(
                id=VenueId(n),
                address=Address(platform="playground", workspace="W", channel=f"C{n}"),
                told=Reach(name="repairs"),
            )
            for n in range(1, venues + 1)
        ),
        questions=tuple(
            Question(group=group.name, level=level, text=f"Question {level.value}?", hint="A hint.", locale="en")
            for group in groups
            for level in Level
        ),
        opened_at=NOW - timedelta(days=5),
        closes_at=NOW,
        closed_at=NOW,
    )


def cast(*groups: tuple[str, int]) -> list[Seat]:
    """Seats, numbered from 1: `cast(("citizens", 4), ("leaders", 2))`."""
    ids = count(1)
    return [seat(next(ids), group) for group, size in groups for _ in range(size)]


def plan(longest: int = 4_000) -> Callable[[Reveal, Venue], Sequence[Page]]:
    return lambda reveal, venue: pages(reveal, longest=longest)


def arranged(round_: Round, opened: Sequence[Opened], longest: int = 4_000) -> Arranged:
    ids = (f"{n:032x}" for n in count(1))
    return arrange(round_, opened, now=NOW, new_id=lambda: next(ids), plan=plan(longest), invite_at=TOMORROW)


def arranged_late(round_: Round, opened: Sequence[Opened], existing: Sequence[Perspective]) -> Arranged:
    ids = (f"{n:032x}" for n in count(900))
    return arrange_late(round_, opened, existing, new_id=lambda: next(ids), plan=plan())


def late_reply(of: Seat, text: str, seen: Seen | None = None, *, sign: bool = False) -> Opened:
    return reply(of, Answers(personal=text, seen=seen, sign=sign))


def revealed(round_: Round) -> Round:
    return replace(round_, phase=Phase.REVEALED, revealed_at=NOW + timedelta(seconds=2))

"""What a stakeholder presses reads the round's shell and one seat: as much in a round of 400 as in one of 4."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from bot.acts import Act, Answer, Check, Decline, More, Read, Snooze, StopReminders, Withdraw, Write, Wrong
from bot.answers import Answers
from bot.errors import NotAllowed, UnknownRound
from bot.people import Account
from bot.rounds import ActId, RoundCode
from bot.service import Dependencies, Service
from bot.settings import RoundSettings
from storage.database import rows
from tests.builders import NOON, PLATFORM, account, actor, collecting, seat
from tests.contract.stores import Stores, sql_stores, stores
from tests.world import VirtualClock

__all__ = ["stores"]

CODE = RoundCode("R-7F3K")

PRESSES: tuple[tuple[type[Act], dict[str, Any]], ...] = (
    (Answer, {}),
    (More, {}),
    (Read, {}),
    (Snooze, {"choice": "3h"}),
    (StopReminders, {}),
    (Wrong, {}),
    (Write, {"answers": Answers(personal="half"), "seal": False}),
    (Write, {"answers": Answers(personal="whole")}),
    (Answer, {}),
    (Check, {"receipt": "K7QD-3M9X-TT2A-9WPE"}),
    (Withdraw, {}),
    (Decline, {}),
)


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[str]]:
    """How many statements SQLite ran, and how many seats were made of rows."""
    count: Counter[str] = Counter()
    make = rows.seat

    def seat_of(row: rows.Row) -> object:
        count["seats"] += 1
        return make(row)

    def watch(connection: Any, _: object) -> None:
        connection.set_trace_callback(
            lambda text: count.update(["statements"] * text.startswith(("SEL", "UPD", "INS")))
        )

    event.listen(Engine, "connect", watch)
    monkeypatch.setattr(rows, "seat", seat_of)
    try:
        yield count
    finally:
        event.remove(Engine, "connect", watch)
        monkeypatch.undo()


async def pressed(folder: Path, people: int, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int, int]]:
    """Per press: what it is, statements, seats."""
    found = []
    with counted(monkeypatch) as count:
        async with sql_stores(folder / f"{people}.db") as (stores, _):
            await stores.keep_round(collecting(*(seat(f"u{n}") for n in range(people)), code=CODE))
            deps = Dependencies(
                rounds=stores.rounds,
                replies=stores.replies,
                platforms={},
                clock=VirtualClock(),
                settings=RoundSettings(),
                woken=lambda: None,
            )
            service = Service(deps)
            for n, (kind, more) in enumerate(PRESSES):
                count.clear()
                await service.do(kind(id=ActId(f"press-{n}"), actor=actor("u1"), at=NOON, code=CODE, **more))
                found.append((kind.__name__, count["statements"], count["seats"]))
    return found


async def test_no_press_of_a_stakeholder_reads_more_in_a_larger_round(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = await pressed(tmp_path, 4, monkeypatch)
    assert all(statements > 0 for _, statements, _ in few)
    assert await pressed(tmp_path, 400, monkeypatch) == few


async def test_ones_own_seat_comes_with_the_round_and_the_size_of_its_group(stores: Stores) -> None:
    gone = seat("bob", removed_at=NOON)
    round_ = await stores.keep_round(collecting(seat("ann"), gone, seat("cem"), seat("dan", "citizens"), code=CODE))
    own = await stores.rounds.own_seat(round_.code, account("ann"))
    assert own.seat == round_.seat_of(account("ann"))
    assert own.round_.seats == (own.seat,)
    assert own.round_.questions == round_.questions
    assert own.round_.organisers == round_.organisers
    assert own.group_size == 2


async def test_whoever_has_no_seat_is_told_so_and_strangers_learn_of_no_round(stores: Stores) -> None:
    round_ = await stores.keep_round(collecting(seat("ann"), code=CODE))
    with pytest.raises(NotAllowed) as refused:
        await stores.rounds.own_seat(round_.code, account("eve"))
    assert refused.value.facts == {"why": "not_asked"}
    with pytest.raises(UnknownRound):
        await stores.rounds.own_seat(round_.code, Account(platform=PLATFORM, workspace="elsewhere", user="ann"))

"""Somebody who is erased is gone from everywhere: also from what is kept about others."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from bot.acts import Said
from bot.messages import MessageKind, Owed, line
from bot.people import Address, Member, Missing, Reach, Why
from bot.rounds import RoundCode
from bot.rules.moves import Decision
from bot.setups import LookedUp, Setup
from coproduce import exits, operating
from storage.rounds.people import kept_of
from tests.builders import (
    HOUR,
    NOON,
    account,
    act,
    answers,
    collecting,
    draft,
    question,
    seat,
    venue,
)
from tests.contract.stores import DONE, Stores, deciding, kept_as, sql_stores, stores
from tests.contract.test_only_reading import settings_of
from tests.contract.test_restoring import House

__all__ = ["stores"]

CODE, PLANNED = RoundCode("R-7F3K"), RoundCode("R-9K2M")
GONE, STAYS = "U0QUASIMODO", "U0ESMERALDA"
NAME, OTHER = "Quasi Modo", "Esme Ralda"


def member(user: str, name: str) -> Member:
    return Member(account=account(user), name=name)


def to(user: str) -> Address:
    return Address(platform="play", workspace="T", user=user)


def looked_up() -> LookedUp:
    return LookedUp(
        of=3,
        cast={"citizens": (member(GONE, NAME), member(STAYS, OTHER)), "leaders": (member(STAYS, OTHER),)},
        missing=(Missing(ref=GONE, name=NAME, why=Why.BOT), Missing(ref="U0X", name="X", why=Why.BOT)),
        reach=Reach(name="repairs", members=frozenset({GONE, STAYS})),
        twice=(NAME, OTHER),
    )


def setup() -> Setup:
    return Setup(fields={"citizens": (GONE, STAYS), "co_organiser": (GONE,)}, edition=3, looked_up=looked_up())


def told_to_others() -> list[Owed]:
    """What is owed to organisers, and names somebody."""
    return [
        Owed(
            key=f"{CODE}:wrong_group:{account(GONE)}:{account('sam')}:citizens",
            kind=MessageKind.WRONG_GROUP,
            to=to("sam"),
            args={"name": NAME, "group": "citizens", "user": GONE},
        ),
        Owed(
            key=f"{CODE}:stuck:@sam:8.1",
            kind=MessageKind.STUCK,
            to=to("sam"),
            args={"what": "question", "channel": "", "user": GONE, "reason": "x"},
        ),
        Owed(
            key=f"{CODE}:wrong_group:{account(STAYS)}:{account('sam')}:citizens",
            kind=MessageKind.WRONG_GROUP,
            to=to("sam"),
            args={"name": OTHER, "group": "citizens", "user": STAYS},
        ),
    ]


async def somebody_known_everywhere(stores: Stores) -> None:
    told = venue(told=Reach(name="repairs", readers=84, members=frozenset({GONE, STAYS})))
    people = collecting(seat(GONE, name=NAME), seat(STAYS, name=OTHER), setup=setup(), venues=(told,))
    round_ = await stores.keep_round(people, question(CODE, GONE), question(CODE, STAYS), *told_to_others())
    await stores.replies.keep(CODE, account(GONE), act(GONE), answers(), kept_as("reply"))
    told_about = Said(content=(line("said.removed", name=NAME),))
    await stores.rounds.change(round_.id, act("sam", id="naming").id, lambda _: Decision(outcome=told_about), NOON)
    planned = await stores.rounds.start(draft(PLANNED), act("sam"))
    await stores.rounds.change(planned.id, None, deciding(replace(planned, setup=setup())), NOON)


async def _only_named(stores: Stores) -> None:
    """By somebody who sets a round up, and as a reader of its channel."""
    planned = await stores.rounds.start(draft(PLANNED), act("sam"))
    told = venue(told=Reach(name="repairs", members=frozenset({GONE, STAYS})))
    await stores.rounds.change(planned.id, None, deciding(replace(planned, setup=setup(), venues=(told,))), NOON)


async def test_an_erased_person_is_in_no_setup_and_others_stay(stores: Stores) -> None:
    await somebody_known_everywhere(stores)
    assert (await stores.replies.erase(account(GONE), NOON)).found
    for code in (CODE, PLANNED):
        left = (await stores.rounds.get(code)).setup
        assert left.fields == {"citizens": (STAYS,), "co_organiser": ()}
        assert left.edition == 3
        assert left.looked_up == LookedUp(
            of=3,
            cast={"citizens": (member(STAYS, OTHER),), "leaders": (member(STAYS, OTHER),)},
            missing=(Missing(ref="U0X", name="X", why=Why.BOT),),
            reach=Reach(name="repairs", members=frozenset({STAYS})),
            twice=(OTHER,),
        )


async def test_somebody_named_only_in_the_boxes_of_a_setup_is_erased(stores: Stores) -> None:
    planned = await stores.rounds.start(draft(PLANNED), act("sam"))
    only_typed = Setup(fields={"citizens": (GONE, STAYS)}, edition=3)
    await stores.rounds.change(planned.id, None, deciding(replace(planned, setup=only_typed)), NOON)
    assert (await stores.replies.erase(account(GONE), NOON)).found
    assert (await stores.rounds.get(PLANNED)).setup.fields == {"citizens": (STAYS,)}


async def test_an_erased_person_is_no_reader_of_a_channel_and_others_stay(stores: Stores) -> None:
    await somebody_known_everywhere(stores)
    await stores.replies.erase(account(GONE), NOON)
    (where,) = (await stores.rounds.get(CODE)).venues
    assert where.told.members == {STAYS}
    assert where.told.readers == 84


async def test_no_message_to_others_names_an_erased_person(stores: Stores) -> None:
    await somebody_known_everywhere(stores)
    await stores.replies.erase(account(GONE), NOON)
    owed_now = {message.key for message in await stores.outbox.ready(NOON, set())}
    assert owed_now == {question(CODE, STAYS).key, told_to_others()[2].key}, "their lanes go on with what is left"


async def test_an_act_that_named_an_erased_person_is_answered_anew(stores: Stores) -> None:
    await somebody_known_everywhere(stores)
    await stores.replies.erase(account(GONE), NOON)
    round_ = await stores.rounds.get(CODE)
    again = await stores.rounds.change(round_.id, act("sam", id="naming").id, deciding(), NOON)
    assert not again.is_new
    assert again.outcome == DONE


async def test_somebody_who_is_only_named_can_be_erased(stores: Stores) -> None:
    await _only_named(stores)
    assert (await stores.replies.erase(account(GONE), NOON)).found
    assert not (await stores.replies.erase(account(GONE), NOON)).found
    left = await stores.rounds.get(PLANNED)
    assert left.setup.fields["citizens"] == (STAYS,)
    assert left.venues[0].told.members == {STAYS}


# the file ---------------------------------------------------------------------------------------------------


def everything_in(file: Path) -> str:
    """Every value of every table, and every byte of the file and its log."""
    with closing(sqlite3.connect(file)) as opened:
        rows = "\n".join(opened.iterdump())
    beside = [file, *file.parent.glob(f"{file.name}-*")]
    raw = b"".join(path.read_bytes() for path in beside if path.exists() and not path.name.endswith("-shm"))
    return rows + raw.decode("latin-1")


@pytest.mark.parametrize("known", [somebody_known_everywhere, _only_named])
async def test_no_table_and_no_byte_of_the_file_holds_an_erased_person(known: object, tmp_path: Path) -> None:
    file = tmp_path / "house.db"
    async with sql_stores(file) as (stores, database):
        await known(stores)  # type: ignore[operator]
        assert NAME in everything_in(file)
        erased = await stores.replies.erase(account(GONE), NOON)
        assert erased.is_final
        left = everything_in(file)
        for trace in (GONE, NAME, json.dumps(NAME), GONE.lower()):
            assert trace not in left
        assert STAYS in left
        assert await database.read(lambda db: kept_of(db, account(GONE))) is None


async def test_who_is_only_named_does_not_come_back_with_a_backup(tmp_path: Path) -> None:
    house = House(tmp_path)
    async with house.open() as (stores, _):
        await _only_named(stores)
        await stores.rounds.beat(NOON)
        restore = house.backup()
        await stores.replies.erase(account(GONE), NOON)
        await stores.rounds.beat(NOON + HOUR)
    restore()
    async with house.open() as (stores, _):
        assert GONE not in everything_in(house.file)
        assert (await stores.rounds.get(PLANNED)).setup.fields["citizens"] == (STAYS,)


def test_the_command_erases_somebody_who_is_only_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "house.db"

    async def fill() -> None:
        async with sql_stores(file) as (stores, _):
            await _only_named(stores)

    asyncio.run(fill())
    settings = settings_of(tmp_path)
    assert operating.erase(settings, f"play:T/{GONE}", yes=True) == exits.DONE
    assert GONE not in everything_in(file)
    assert operating.erase(settings, f"play:T/{GONE}", yes=True) == exits.FAILED
    assert "Nothing is kept of" in capsys.readouterr().out

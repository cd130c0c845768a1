"""Values as older releases wrote them, with marks in their JSON, mean the same after the migration."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.acts import Confirm, Outcome, Refused, Said
from bot.messages import control, line
from bot.people import Member, Missing, Reach, Standing, Why
from bot.rounds import Change, ChangeKind, GroupCount, Phase, RoundCode, Statement
from bot.setups import LookedUp
from storage.migrations import migrate
from storage.rounds.acts import act_key
from storage.settings import url_of
from tests.builders import NOON, account, act
from tests.contract.stores import deciding, sql_stores
from tests.schemas.__main__ import code_of

DUMP = Path(__file__).parents[1] / "schemas" / "0001.sql"
AT = {"$at": NOON.isoformat()}
HOUR = {"$for": 3600.0}
CODE = code_of(Phase.COLLECTING)
REACH = {"$": "Reach", "name": "repairs", "readers": 84, "members": ["ann", "sam"]}
MEMBER = {
    "$": "Member",
    "account": {"$": "Account", "platform": "play", "workspace": "T", "user": "ann"},
    "name": "Ann",
    "standing": "guest",
}
SHAPES: Mapping[str, tuple[str, Any]] = {
    "remind_at": ("round", [AT]),
    "changes": ("round", [{"$": "Change", "kind": "later", "at": AT, "until": AT}]),
    "statement": (
        "round",
        {
            "$": "Statement",
            "groups": [{"$": "GroupCount", "group": "citizens", "asked": 4, "reached": 4, "replied": 3, "declined": 1}],
            "merged": {"$": "", "frontline": "citizens"},
        },
    ),
    "fields": ("setup", {"$at": ["ann"], "citizens": ["ann", "bob"]}),
    "looked_up": (
        "setup",
        {
            "$": "LookedUp",
            "of": 2,
            "cast": {"$at": [MEMBER], "citizens": []},
            "missing": [{"$": "Missing", "ref": "x", "name": "X", "why": "bot"}],
            "reach": REACH,
            "twice": ["Ann"],
        },
    ),
    "told": ("venue", REACH),
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "old.db"
    with closing(sqlite3.connect(made)) as old:
        old.executescript(DUMP.read_text(encoding="utf-8"))
    return made


def write(file: Path, table: str, column: str, shape: Any, where: str) -> None:
    with closing(sqlite3.connect(file)) as old, old:
        done = old.execute(f"UPDATE {table} SET {column} = ? WHERE {where}", [json.dumps(shape)])
        assert done.rowcount


async def test_a_round_of_an_older_release_is_the_same_round(file: Path) -> None:
    for column, (table, shape) in SHAPES.items():
        key = "id" if table == "round" else "round_id"
        write(file, table, column, shape, f"{key} = (SELECT id FROM round WHERE code = '{CODE}')")
    migrate(url_of(file))
    async with sql_stores(file, new=False) as (stores, _):
        round_ = await stores.rounds.get(CODE)
    reach = Reach(name="repairs", readers=84, members=frozenset({"ann", "sam"}))
    assert round_.remind_at == (NOON,)
    assert round_.changes == (Change(kind=ChangeKind.LATER, at=NOON, until=NOON),)
    assert round_.statement == Statement(
        groups=(GroupCount(group="citizens", asked=4, reached=4, replied=3, declined=1),),
        merged={"$": "", "frontline": "citizens"},
    )
    assert round_.setup.fields == {"$at": ("ann",), "citizens": ("ann", "bob")}
    assert round_.setup.looked_up == LookedUp(
        of=2,
        cast={"$at": (Member(account=account("ann"), name="Ann", standing=Standing.GUEST),), "citizens": ()},
        missing=(Missing(ref="x", name="X", why=Why.BOT),),
        reach=reach,
        twice=("Ann",),
    )
    assert round_.venues[0].told == reach


async def test_a_message_of_an_older_release_says_the_same(file: Path) -> None:
    write(file, "message", "args", {"at": AT, "wait": HOUR, "name": "Ann", "parts": [[None, 1]]}, "state = 'owed'")
    migrate(url_of(file))
    async with sql_stores(file, new=False) as (stores, _):
        for message in await stores.outbox.ready(NOON + timedelta(days=9), set()):
            assert message.args == {"at": NOON, "wait": timedelta(hours=1), "name": "Ann", "parts": [[None, 1]]}


LINE = {"$": "Line", "key": "said.opened", "facts": {"at": AT, "wait": HOUR, "name": "Ann", "count": 3}}
TOLD = line("said.opened", at=NOON, wait=timedelta(hours=1), name="Ann", count=3)
BUTTON = {"$": "Control", "verb": "confirm", "code": "R-7F3K", "argument": "close"}
PRESS = control("confirm", RoundCode("R-7F3K"), "close")


@pytest.mark.parametrize(
    ("shape", "outcome"),
    [
        ({"$": "Said", "content": [LINE], "controls": [BUTTON]}, Said(content=(TOLD,), controls=(PRESS,))),
        (
            {"$": "Refused", "because": LINE, "fields": {"closes_at": LINE}, "tz": "Asia/Tokyo"},
            Refused(because=TOLD, fields={"closes_at": TOLD}, tz="Asia/Tokyo"),
        ),
        ({"$": "Confirm", "content": [LINE], "yes": BUTTON}, Confirm(content=(TOLD,), yes=PRESS)),
        ({"$": "SomethingElse"}, Said(content=(line("said.done"),))),  # worked out anew
    ],
)
async def test_a_repeated_act_of_an_older_release_gets_the_same_answer(
    shape: Any, outcome: Outcome, file: Path
) -> None:
    known = act("sam", id="known").id
    with closing(sqlite3.connect(file)) as old, old:
        row = [act_key(known), NOON.isoformat(" "), json.dumps(shape), CODE]
        old.execute("INSERT INTO act (id, at, outcome, round_id) SELECT ?, ?, ?, id FROM round WHERE code = ?", row)
    migrate(url_of(file))
    async with sql_stores(file, new=False) as (stores, _):
        round_ = await stores.rounds.get(CODE)
        again = await stores.rounds.change(round_.id, known, deciding(), NOON)
        assert not again.is_new
        assert again.outcome == outcome

"""Drafts of an older release keep the user groups that were chosen in them."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from bot.rounds import Phase
from storage.migrations import migrate
from storage.settings import url_of
from tests.contract.stores import sql_stores
from tests.schemas.__main__ import code_of

DUMP = Path(__file__).parents[1] / "schemas" / "0011.sql"


async def test_user_groups_stand_among_people_and_groups_of_other_names_for_none_of_ours(
    tmp_path: Path,
) -> None:
    file = tmp_path / "old.db"
    fields = {"leaders": ["U1"], "leaders_groups": ["S1"], "citizens_groups": ["S2"], "frontline": ["U2"]}
    with closing(sqlite3.connect(file)) as old, old:
        old.executescript(DUMP.read_text(encoding="utf-8"))
        old.execute("UPDATE setup SET fields = ?", (json.dumps({**fields, "frontline_groups": []}),))
        (first,) = old.execute("SELECT round_id FROM round_group LIMIT 1").fetchone()
        other = "INSERT INTO round_group VALUES (?, 9, 'Cooks', 0, 'citizens')"
        old.execute(other, (first,))
    migrate(url_of(file))
    async with sql_stores(file, new=False) as (stores, _):
        kept = (await stores.rounds.get(code_of(Phase.DRAFT))).setup.fields
    with closing(sqlite3.connect(file)) as new:
        stands_for = dict(new.execute("SELECT name, asks_as FROM round_group"))
    assert (stands_for["Cooks"], stands_for["leaders"]) == ("", "leaders")
    assert dict(kept) == {"leaders": ("U1", "S1"), "citizens": ("S2",), "frontline": ("U2",)}

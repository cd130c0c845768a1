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


async def test_user_groups_of_an_older_draft_stand_among_the_people_of_their_group(tmp_path: Path) -> None:
    file = tmp_path / "old.db"
    fields = {"leaders": ["U1"], "leaders_groups": ["S1"], "citizens_groups": ["S2"], "frontline": ["U2"]}
    with closing(sqlite3.connect(file)) as old, old:
        old.executescript(DUMP.read_text(encoding="utf-8"))
        old.execute("UPDATE setup SET fields = ?", (json.dumps({**fields, "frontline_groups": []}),))
    migrate(url_of(file))
    async with sql_stores(file, new=False) as (stores, _):
        kept = (await stores.rounds.get(code_of(Phase.DRAFT))).setup.fields
    assert dict(kept) == {"leaders": ("U1", "S1"), "citizens": ("S2",), "frontline": ("U2",)}

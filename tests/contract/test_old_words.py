"""Words that an earlier release sealed: they open, and their receipts verify, in this one."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest

from bot.rounds import Phase, RoundCode
from storage.migrations import migrate
from tests.builders import account
from tests.contract.stores import CLOSE, sql_stores

SCHEMAS = Path(__file__).parents[1] / "schemas"


@pytest.mark.parametrize("dump", sorted(SCHEMAS.glob("*.sql")), ids=lambda dump: str(dump.stem))
async def test_a_receipt_of_an_earlier_release_finds_its_words_after_the_reveal(dump: Path, tmp_path: Path) -> None:
    file = tmp_path / "old.db"
    _load(dump, file)
    migrate(f"sqlite:///{file}")
    code = RoundCode(f"R-{Phase.COLLECTING.value.upper()}")
    async with sql_stores(file, new=False) as (stores, _):
        own = await stores.replies.own(code, account("ann"))
        assert own is not None
        assert own.receipt is not None
        round_ = await stores.rounds.get(code)
        await stores.rounds.close([round_.id], CLOSE)
        await stores.deliver_all(CLOSE)
        await stores.reveal(round_)
        found = await stores.replies.find(code, own.receipt)
    assert found is not None
    boxes = {"personal": "in time", "others": "", "intentions": "", "barriers": ""}
    boxes |= {name: getattr(own.answers, name) for name in boxes}
    plain = json.dumps(boxes, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert found.commitment == sha256((own.receipt.replace("-", "") + plain).encode()).hexdigest()


def _load(dump: Path, file: Path) -> None:
    with closing(sqlite3.connect(file)) as old:
        old.executescript(dump.read_text(encoding="utf-8"))

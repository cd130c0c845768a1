"""What stores promise of requests to hide a voice: reasons are whole, sealed, gone with the voice. Never who asked."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.errors import Sealed
from bot.messages import MessageKind, Op, Owed
from bot.people import Address
from bot.ports import MOST_REQUESTS
from bot.rounds import ActId, Round, RoundCode
from storage.database import tables as t
from storage.words.keys import rotate
from storage.words.restoring import open_ledger
from storage.words.seal import Seal
from tests.builders import CHANNEL, DAY, HOUR, NOON, account, act, answers, collecting, owed, seat
from tests.contract.stores import CLOSE, KEYS, Stores, kept_as, sql_stores, stores

__all__ = ["stores"]

CODE = RoundCode("R-7F3K")
SAM = Address(platform=CHANNEL.platform, workspace=CHANNEL.workspace, user="sam")
REASON = "  It names *my* street,\n<b>and</b> “me” 😀 "


def card(round_: Round) -> tuple[Owed, ...]:
    key = f"{round_.code}:hiding:0:sam"
    return (replace(owed(key, MessageKind.HIDING), to=SAM, args={"position": 0, "voice": "F1"}, is_card=True),)


async def _revealed(stores: Stores) -> Round:
    round_ = await stores.keep_round(collecting(seat("ann"), seat("bob"), seat("lea", "leaders")))
    for user in ("ann", "bob"):
        await stores.replies.keep(CODE, account(user), act(user), answers(user, sign=user == "bob"), kept_as("reply"))
    await stores.rounds.close([round_.id], CLOSE)
    return await stores.reveal(await stores.rounds.get(CODE))


async def _ask(stores: Stores, reason: str = REASON, *, position: int = 0, id: str = "ask-1") -> bool:
    return await stores.replies.ask_to_hide(CODE, position, reason, card, CLOSE + HOUR, ActId(id))


async def _requests(stores: Stores, round_: Round, position: int = 0) -> tuple[str, ...]:
    (voice,) = await stores.replies.voices(round_.id, [position])
    return voice.requests


async def test_nobody_can_ask_before_the_reveal(stores: Stores) -> None:
    await stores.keep_round(collecting(seat("ann")))
    with pytest.raises(Sealed):
        await _ask(stores)


async def test_each_reason_is_kept_whole_and_the_same_act_counts_once(stores: Stores) -> None:
    round_ = await _revealed(stores)
    assert await _ask(stores)
    assert await _ask(stores)
    assert await _requests(stores, round_) == (REASON,)
    assert await _ask(stores, "Me too", id="ask-2")
    assert await _requests(stores, round_) == (REASON, "Me too")
    assert not any(voice.requests for voice in await stores.replies.perspectives(round_.id))
    assert not await _ask(stores, position=7, id="ask-3")


async def test_a_voice_has_no_more_requests_than_one_message_shows(stores: Stores) -> None:
    round_ = await _revealed(stores)
    asked = [await _ask(stores, f"Reason {n}", id=f"ask-{n}") for n in range(MOST_REQUESTS + 2)]
    assert asked == [*[True] * MOST_REQUESTS, False, False]
    assert len(await _requests(stores, round_)) == MOST_REQUESTS


async def test_the_card_is_owed_once_and_shows_each_further_request(stores: Stores) -> None:
    await _revealed(stores)
    await _ask(stores)
    await stores.deliver_all(CLOSE + HOUR)
    await stores.show_all(CLOSE + HOUR)
    assert not await stores.outbox.cards(CLOSE + 2 * HOUR)
    await _ask(stores, "Me too", id="ask-2")
    (due,) = await stores.outbox.cards(CLOSE + 2 * HOUR)
    assert (due.message.kind, due.message.op) == (MessageKind.HIDING, Op.POST)
    assert not await stores.outbox.ready(CLOSE + 2 * HOUR, set())


@pytest.mark.parametrize("how", ["hidden", "taken down", "erased"])
async def test_the_reasons_go_with_the_voice_and_the_card_says_so(stores: Stores, how: str) -> None:
    round_ = await _revealed(stores)
    signed = next(one for one in await stores.replies.perspectives(round_.id) if one.name)
    await _ask(stores, position=signed.position)
    await stores.deliver_all(CLOSE + HOUR)
    await stores.show_all(CLOSE + HOUR)
    match how:
        case "hidden":
            assert await stores.replies.hide(CODE, signed.position, "a name", lambda *_: (), CLOSE + HOUR)
        case "taken down":
            await stores.replies.take_down(CODE, account("bob"), lambda *_: (), CLOSE + HOUR)
        case _:
            await stores.replies.erase(account("bob"), CLOSE + HOUR)
    assert await _requests(stores, round_, signed.position) == ()
    assert not await _ask(stores, position=signed.position, id="ask-2")
    if how != "erased":
        assert [due.message.kind for due in await stores.outbox.cards(CLOSE + 2 * HOUR)] == [MessageKind.HIDING]


async def test_neither_the_reason_nor_who_asked_nor_the_hour_is_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "test.db"
    async with sql_stores(file) as (stores, database):
        round_ = await _revealed(stores)
        await _ask(stores, "It names my street")
        acts = await database.read(lambda db: db.execute(select(t.act).where(t.act.c.round_id == round_.id)).all())
        assert {row.at for row in acts} == {None}
        assert not any(row.outcome or row.done for row in acts)
        rows = await database.read(lambda db: db.execute(select(t.hiding)).all())
        assert {*rows[0]._mapping} == {"id", "round_id", "position", "wrapped", "key_version", "ciphertext"}
        sealed = bytes(rows[0].ciphertext)
        await stores.replies.hide(CODE, 0, "a name", lambda *_: (), CLOSE + HOUR)
        held = b"".join(part.read_bytes() for part in (file, file.with_name("test.db-wal")) if part.exists())
    assert b"my street" not in held
    assert sealed[:24] not in held


async def test_a_new_master_key_wraps_the_reasons_too(tmp_path: Path) -> None:
    file = tmp_path / "test.db"
    async with sql_stores(file) as (stores, database):
        round_ = await _revealed(stores)
        await _ask(stores)
        await rotate(database, Seal({2: b"n" * 32, **KEYS}))
    async with sql_stores(file, {2: b"n" * 32}, new=False) as (stores, _):
        assert await _requests(stores, round_) == (REASON,)


async def test_a_restored_backup_brings_no_reason_back_whose_voice_is_gone(tmp_path: Path) -> None:
    file, key_file = tmp_path / "test.db", tmp_path / "key"
    async with sql_stores(file) as (stores, database):
        await open_ledger(database, Seal(KEYS), key_file, NOON, 30 * DAY)
        round_ = await _revealed(stores)
        await _ask(stores)
        backup = "\n".join(dump(file))
        assert await stores.replies.hide(CODE, 0, "a name", lambda *_: (), CLOSE + HOUR)
    restored = tmp_path / "restored.db"
    with closing(sqlite3.connect(restored)) as copy:
        copy.executescript(backup)
    async with sql_stores(restored, new=False) as (stores, database):
        assert await _requests(stores, round_) == (REASON,)
        await open_ledger(database, Seal(KEYS), key_file, CLOSE + 2 * HOUR, 30 * DAY)
        assert await _requests(stores, round_) == ()
        assert not await database.read(lambda db: db.execute(select(t.hiding)).all())


def dump(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as database:
        return list(database.iterdump())

"""What the database file tells: no words, nothing that was destroyed, and not who of a group replied."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import exc, insert, select, text, update

from bot.answers import Receipt
from bot.errors import KeyWrong
from bot.messages import MessageKind
from bot.rounds import Phase, Round, RoundCode
from bot.rules.moves import Decision
from storage.database import tables as t
from storage.database.database import Database
from tests.builders import DAY, NOON, account, act, answers, collecting, owed, question, seat, status_card
from tests.contract.stores import CLOSE, DONE, Stores, arrange, deciding, kept_as, sql_stores

CODE = RoundCode("R-7F3K")
SECRET = "Only my neighbour should know this"


@dataclass(frozen=True, kw_only=True)
class Desk:
    stores: Stores
    database: Database
    file: Path

    @property
    def content(self) -> bytes:
        """All of the file, and of its log."""
        parts = (self.file, self.file.with_name(self.file.name + "-wal"))
        return b"".join(part.read_bytes() for part in parts if part.exists())

    async def sealed(self) -> set[bytes]:
        """Every ciphertext and wrapped key of the seats."""
        envelopes = await self.database.read(lambda db: db.execute(select(t.envelope.c.ciphertext)).scalars().all())
        keys = await self.database.read(lambda db: db.execute(select(t.seat.c.wrapped)).scalars().all())
        return {bytes(one) for one in (*envelopes, *keys) if one}

    def holds_any(self, needles: set[bytes]) -> bool:
        held = self.content
        return any(needle[at : at + 24] in held for needle in needles for at in range(0, len(needle) - 24, 24))


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    file = tmp_path / "test.db"
    async with sql_stores(file) as (stores, database):
        yield Desk(stores=stores, database=database, file=file)


async def _with_a_reply(desk: Desk, *extra: str) -> tuple[Round, Receipt]:
    round_ = await desk.stores.keep_round(collecting(*(seat(user) for user in ("ann", *extra))), status_card())
    held = await desk.stores.replies.keep(CODE, account("ann"), act("ann"), answers(SECRET), kept_as("reply"))
    assert held.receipt
    return round_, held.receipt


async def test_no_word_and_no_receipt_is_ever_in_the_file(desk: Desk) -> None:
    _, receipt = await _with_a_reply(desk)
    assert desk.holds_any(await desk.sealed())  # else this test looks in the wrong place
    for needle in (SECRET, receipt, receipt.replace("-", "")):
        assert needle.encode() not in desk.content


async def test_an_older_envelope_put_back_by_hand_does_not_open(desk: Desk) -> None:
    await _with_a_reply(desk)
    old = await desk.database.read(lambda db: db.execute(select(t.envelope.c.ciphertext)).scalar())
    await desk.stores.replies.keep(CODE, account("ann"), act("ann"), answers("new"), kept_as("reply"))
    await desk.database.write(lambda db: db.execute(update(t.envelope).values(ciphertext=old)).close())
    with pytest.raises(KeyWrong):
        await desk.stores.replies.own(CODE, account("ann"))


async def test_withdrawn_words_leave_no_byte(desk: Desk) -> None:
    await _with_a_reply(desk)
    was = await desk.sealed()
    assert (await desk.stores.take_back(CODE, account("ann"), act("ann"))).is_final
    assert not desk.holds_any(was)


async def test_replaced_words_leave_no_byte_once_scrubbed(desk: Desk) -> None:
    await _with_a_reply(desk)
    was = await desk.database.read(lambda db: db.execute(select(t.envelope.c.ciphertext)).scalars().all())
    await desk.stores.replies.keep(CODE, account("ann"), act("ann"), answers("new"), kept_as("reply"))
    assert await desk.stores.replies.scrub()
    assert not desk.holds_any(set(was))


async def test_the_reveal_leaves_no_byte_of_the_envelopes(desk: Desk) -> None:
    round_, receipt = await _with_a_reply(desk, "bob")
    was = await desk.sealed()
    await desk.stores.rounds.close([round_.id], CLOSE)
    await desk.stores.reveal(await desk.stores.rounds.get(CODE))
    assert not desk.holds_any(was)
    assert receipt.encode() not in desk.content
    assert SECRET.encode() not in desk.content  # perspectives are sealed at rest, too


async def test_cancelling_leaves_no_byte(desk: Desk) -> None:
    round_, _ = await _with_a_reply(desk)
    was = await desk.sealed()
    rule = lambda before: Decision(  # noqa: E731
        outcome=DONE, round_=replace(before, phase=Phase.CANCELLED), destroy_all_words=True
    )
    await desk.stores.rounds.change(round_.id, None, rule, NOON)
    assert not desk.holds_any(was)


async def test_a_destroyed_round_leaves_no_byte_and_an_erased_person_no_name(desk: Desk) -> None:
    round_, _ = await _with_a_reply(desk, "quasimodo")
    was = await desk.sealed()
    person = round_.seats[1].person_id
    assert person is not None
    assert b"quasimodo" in desk.content
    await desk.stores.replies.erase(person, CLOSE)
    assert b"quasimodo" not in desk.content.lower()
    assert (await desk.stores.replies.destroy(round_.id)).is_final
    assert not desk.holds_any(was)


async def test_a_taken_down_perspective_leaves_no_byte(desk: Desk) -> None:
    round_, receipt = await _with_a_reply(desk, "bob")
    await desk.stores.rounds.close([round_.id], CLOSE)
    await desk.stores.reveal(await desk.stores.rounds.get(CODE))
    was = await desk.database.read(lambda db: db.execute(select(t.perspective.c.ciphertext)).scalars().all())
    assert (await desk.stores.replies.take_down(CODE, receipt, lambda *_: (), CLOSE)).is_final
    assert not desk.holds_any({bytes(one) for one in was})


async def test_destroying_waits_for_a_reader_and_says_when_it_could_not(desk: Desk) -> None:
    await _with_a_reply(desk)
    with desk.database._readers._engine.connect() as reader:  # a reader that does not finish
        reader.execute(text("SELECT count(*) FROM seat")).all()
        erased = await desk.stores.take_back(CODE, account("ann"), act("ann"))
        assert not erased.is_final
    assert await desk.stores.replies.scrub()


async def test_after_the_close_the_file_does_not_tell_who_of_a_group_replied(desk: Desk) -> None:
    """Ann replied, late and with an edit; Bob was reminded and never did. Their rows must look alike."""
    stores = desk.stores
    round_ = await stores.keep_round(
        collecting(seat("ann"), seat("bob"), seat("cem")),
        *(question(CODE, user) for user in ("ann", "bob", "cem")),
        status_card(),
    )
    await stores.deliver_all(NOON)
    for user in ("ann", "cem"):
        await stores.replies.keep(CODE, account(user), act(user, at=NOON), answers("draft"), kept_as("draft"))
        await stores.replies.keep(CODE, account(user), act(user, at=NOON), answers(user), kept_as("reply"))
        await stores.replies.keep(CODE, account(user), act(user, at=NOON), answers(f"{user}!"), kept_as("reply"))
    bob = round_.seats[1]
    reminder = owed("reminder", MessageKind.REMINDER, bob.address, seat_id=bob.id)
    await stores.rounds.change(round_.id, act().id, deciding(None, reminder), NOON + DAY)
    await stores.deliver_all(NOON + DAY)
    await stores.rounds.close([round_.id], CLOSE)
    await stores.replies.prepare(round_.id, arrange, CLOSE)
    later = [owed(f"opened:{seat.name}", MessageKind.OPENED, seat.address, seat_id=seat.id) for seat in round_.seats]
    await stores.rounds.change(round_.id, None, deciding(None, *later), CLOSE)
    await stores.deliver_all(CLOSE)
    await stores.show_all(CLOSE)  # the posts before it say where to look
    ann, bob_now = [await _told_of(desk, user) for user in ("ann", "bob")]
    assert ann == bob_now


async def _told_of(desk: Desk, user: str) -> list[object]:
    """Everything in the file that hangs on this person's seat or name, but for what tells one person from another."""

    def read(db: Any) -> list[object]:
        whose = db.execute(select(t.account).where(t.account.c.user == user)).one()
        mine = db.execute(select(t.seat).where(t.seat.c.account_id == whose.id)).one()
        messages = db.execute(select(t.message).where(t.message.c.user == user).order_by(t.message.c.id)).all()
        envelopes = db.execute(select(t.envelope).where(t.envelope.c.seat_id == mine.id)).all()
        apart = {"id", "account_id", "person_id", "name", "key", "lane", "user", "seat_id", "posted_id"}
        rows = [mine, *messages, *envelopes]
        return [{name: value for name, value in row._mapping.items() if name not in apart} for row in rows]

    return await desk.database.read(read)


async def test_acts_keep_no_order_no_hour_and_no_seat_after_the_close(desk: Desk) -> None:
    round_, _ = await _with_a_reply(desk, "bob")
    await desk.stores.rounds.close([round_.id], CLOSE)
    await desk.stores.reveal(await desk.stores.rounds.get(CODE))
    found = await desk.database.read(lambda db: db.execute(select(t.act)).all())
    assert len(found) == 1
    row = found[0]
    assert (row.at, row.outcome, row.done) == (None,) * 3
    with pytest.raises(exc.OperationalError):  # not even the order in which they came
        await desk.database.read(lambda db: db.execute(text("SELECT rowid FROM act")).all())


async def test_errors_of_the_database_show_no_values(desk: Desk) -> None:
    row = {"key": SECRET, "wrapped": b"", "key_version": 1, "ciphertext": b""}
    await desk.database.write(lambda db: db.execute(insert(t.vault), row).close())
    with pytest.raises(exc.IntegrityError) as caught:
        await desk.database.write(lambda db: db.execute(insert(t.vault), row).close())
    assert SECRET not in str(caught.value)

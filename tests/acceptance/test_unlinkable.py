"""After the close of a round in which only groups are shown, the stolen file ties no unsigned words to anybody.

Each attack is tried on what a thief finds, and seen to succeed on a build that was weakened on purpose.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import Connection, delete, select, update

from bot.acts import Decline, Extend, Snooze, StopReminders, Taken, Withdraw, Write
from bot.answers import Answers
from bot.courier import retries
from bot.reveal import Opened, arranging
from bot.rounds import RoundCode, RoundId, SeatId
from bot.rules import revealing
from storage.database import database, engines
from storage.database import tables as t
from storage.outbox import enqueueing, live_messages
from storage.words import seal, shredding
from storage.words.seal import Seal, Wrapped, read_key_file
from tests.acceptance import loot
from tests.acceptance.loot import Loot, steal
from tests.acceptance.silent import START, Engine, engine
from tests.acceptance.stage import rows

GROUPS: Mapping[str, Sequence[str]] = {
    "leaders": ("lea", "leo", "liv"),
    "frontline": ("fay", "fin", "flo", "fox", "fry"),
    "citizens": ("cal", "cam", "cat", "cid", "cor", "cyd", "coe"),
}
REPLIED = ("lea", "leo", "fay", "flo", "fox", "cal", "cat", "cor", "cyd")
SIGNED = ("fox",)
BEGAN = ("cam",)
"""Wrote and never sealed: the words are kept for them, and so it stays known (ADR 2)."""

LENGTH = timedelta(days=5)
NO_CODE = RoundCode("")


@dataclass
class Story:
    """A round as it was played: what a thief must not find in it."""

    engine: Engine
    code: RoundCode = NO_CODE
    moments: dict[str, datetime] = field(default_factory=dict)
    captured: dict[str, bytes] = field(default_factory=dict)

    async def at(self, what: str) -> None:
        """Nobody else does anything in this minute."""
        await self.engine.pass_time(timedelta(minutes=7, seconds=13))
        self.moments[what] = self.engine.clock.now()

    async def answer(self, user: str, text: str = "", *, sign: bool = False) -> None:
        await self.at(f"{user} answers")
        receipt = await self.engine.answer(self.code, user, text, sign=sign)
        bare = receipt.replace("-", "")
        self.captured |= {f"receipt of {user}": receipt.encode(), f"bare receipt of {user}": bare.encode()}

    async def do(self, act: Any, user: str, **more: Any) -> None:
        await self.at(f"{user}: {act.__name__}")
        await self.engine.do(act, user, code=self.code, **more)

    def capture(self) -> None:
        """All that lies in the envelopes' stead, and the keys that open them."""
        masters = Seal(read_key_file(self.engine.key_file))
        sealed = "SELECT seat_id, kind, revision, ciphertext FROM envelope"
        for seat_id, kind, revision, ciphertext in rows(self.engine.file, sealed):
            of = f"{kind} {revision} of seat {seat_id}"
            self.captured |= {f"words: {of}": ciphertext[12:], f"nonce: {of}": ciphertext[:12]}
        wrapped = "SELECT id, round_id, wrapped, key_version FROM seat WHERE wrapped IS NOT NULL"
        for seat_id, round_id, key, version in rows(self.engine.file, wrapped):
            bare = masters.unwrap(Wrapped(version=version, key=key), f"{round_id}|{seat_id}")
            self.captured |= {f"wrapped key of seat {seat_id}": key, f"key of seat {seat_id}": bare}


async def play(story: Story) -> None:
    """People come and go as they do; the round is revealed."""
    engine = story.engine
    await engine.pass_time(timedelta(seconds=5))
    story.code = await engine.open("sam", GROUPS, closes_at=("in 4 days",))
    await story.answer("cor", "short")
    await story.answer("fay", "a rather longer text than that of others, " * 3)
    await story.do(Decline, "cid")
    await story.do(Decline, "cyd")
    await story.answer("lea")
    await story.do(Snooze, "fin", choice="3h")
    await story.do(Write, "cam", answers=Answers(personal="half a thought"), seal=False)
    story.capture()
    await engine.pass_time(timedelta(minutes=3))
    later = (engine.clock.now() + LENGTH).isoformat()
    await engine.do(Extend, "sam", code=story.code, when=later, confirmed=True)
    await engine.pass_time(timedelta(days=1))
    await story.answer("cyd", "thought again after all")
    await story.do(Write, "cal", answers=Answers(personal="first"), seal=False)
    await story.answer("cal")
    await story.answer("cal", "and once more")
    await story.do(StopReminders, "cal")
    await story.answer("cat")
    await story.do(StopReminders, "fry")
    await story.answer("liv")
    await story.do(Withdraw, "liv", agreed=Taken.SEALED, revision=1)
    await story.answer("flo")
    await story.do(Write, "flo", answers=Answers(personal="x" * 3_001))
    await story.answer("leo")
    await story.answer("fox", sign=True)
    await story.answer("cor", "not so short any more")
    await engine.pass_time(timedelta(days=2))
    story.capture()
    await engine.pass_time(LENGTH)


async def end(story: Story) -> None:
    """Some write late, unsigned or only in a draft; the round ends."""
    engine = story.engine
    for user, late in (("cid", True), ("cor", True), ("fin", True), ("coe", False), ("lea", False)):
        await story.do(Write, user, answers=Answers(personal=f"{user} comes late"), late=late)
    await story.do(StopReminders, "cat")
    story.capture()
    await engine.pass_time(timedelta(days=9))


def stolen(engine: Engine, when: str = "now") -> Loot:
    return steal(engine.file, engine.file.parent / f"stolen {when}")


Attack = Callable[[Loot, Story], list[str]]

ATTACKS: Mapping[str, Attack] = {
    "rows of people of one group that differ": lambda found, story: loot.unlike(found, (*SIGNED, *BEGAN)),
    "where rows lie in their pages": lambda found, story: loot.moved(found),
    "acts that differ": lambda found, story: loot.acts_unlike(found),
    "messages in an order of their own": lambda found, story: loot.out_of_order(found),
    "values that join words to people": lambda found, story: loot.joined(found, SIGNED),
    "minutes in which somebody acted": lambda found, story: loot.times_of(found, story.moments),
    "bytes of envelopes, keys and receipts": lambda found, story: loot.bytes_of(found, story.captured),
    "lengths of sealed words": lambda found, story: loot.lengths(found),
    "free pages": lambda found, story: loot.left_over(found),
}


def _finds(found: Loot, story: Story) -> dict[str, list[str]]:
    return {name: finds for name, attack in ATTACKS.items() if (finds := attack(found, story))}


async def test_the_file_ties_no_unsigned_words_to_anybody_after_the_reveal_and_after_the_end(tmp_path: Path) -> None:
    async with engine(tmp_path) as bot:
        story = Story(bot)
        await play(story)
        revealed = stolen(bot)
        drafts = {what for what in story.captured if "draft" in what}
        assert len(revealed.ask("SELECT * FROM perspective")) == len(REPLIED)
        assert _finds(revealed, story) == {}
        assert len(drafts) == 4  # of cam and cal, with their nonces: they were looked for, too
        await end(story)
        ended = stolen(bot, "in the end")
        late = ended.ask("SELECT * FROM perspective WHERE seen IS NOT NULL")
        assert len(late) == 3
        assert _finds(ended, story) == {}
        assert loot.unlike(ended, SIGNED) == []  # nor who began and never sealed


async def test_before_the_close_the_same_attacks_find_a_great_deal(tmp_path: Path) -> None:
    """They are no dummies."""
    async with engine(tmp_path) as bot:
        story = Story(bot)
        story.code = await bot.open("sam", GROUPS)
        for user in ("cor", "cal", "fay", "leo"):
            await story.answer(user)
        story.capture()
        found = stolen(bot)
        assert _finds(found, story).keys() >= {
            "rows of people of one group that differ",
            "where rows lie in their pages",
            "acts that differ",
            "minutes in which somebody acted",
            "bytes of envelopes, keys and receipts",
        }


def _listed(folder: Path) -> bytes:
    """Of what a restored backup must not bring back: beside the key, outside of the database."""
    return b"".join(file.read_bytes() for file in folder.glob("*.destroyed"))


async def test_taking_down_by_receipt_leaves_a_date_and_no_hour_anywhere(tmp_path: Path) -> None:
    """Else whoever knows who was at their desk knows whose words they were."""
    async with engine(tmp_path) as bot:
        story = Story(bot)
        story.code = await bot.open("sam", GROUPS)
        receipt = await bot.answer(story.code, "cal")
        for user in ("cor", "cat", "fay", "leo"):
            await bot.answer(story.code, user)
        await bot.pass_time(timedelta(days=4))
        await story.do(Withdraw, "cal", receipt=receipt)
        kept = stolen(bot)
        (gone,) = kept.ask("SELECT * FROM perspective WHERE withdrawn_at IS NOT NULL")
        hour = story.moments["cal: Withdraw"].strftime("%H:%M").encode()
        told = [
            row for table, row in kept.rows() if table in ("perspective", "act", "audit") and hour in str(row).encode()
        ]
        beside = _listed(tmp_path)
    assert gone["withdrawn_at"].endswith("00:00:00.000000")
    assert told == []
    assert beside, "it is listed"
    assert gone["commitment"].encode() not in beside  # encrypted; of its entries only the day is kept: `test_ledger`


# builds that were weakened on purpose ----------------------------------------------------------------------------

Weaken = Callable[[pytest.MonkeyPatch], None]


def _keeps(column: str) -> Weaken:
    """Everything is cut from everybody's seat but this."""

    def weaken(patch: pytest.MonkeyPatch) -> None:
        cut = shredding.cut

        def forgetful(connection: Connection, id_: RoundId, *more: Any) -> None:
            kept = select(t.seat.c.id, t.seat.c[column]).where(t.seat.c.round_id == id_)
            before = connection.execute(kept).all()
            cut(connection, id_, *more)
            for seat, value in before:
                connection.execute(update(t.seat).where(t.seat.c.id == seat).values({column: value}))

        patch.setattr(shredding, "cut", forgetful)

    return weaken


def _does_nothing(module: Any, name: str) -> Weaken:
    return lambda patch: patch.setattr(module, name, lambda *_, **__: None)


def _signs_for_them(patch: pytest.MonkeyPatch) -> None:
    """The name is left off, the seat is not."""
    voice = arranging._voice
    patch.setattr(arranging, "_voice", lambda round_, reply, *more: replace(voice(round_, reply, *more), name="x",
                                                                            seat_id=reply.seat.id))  # fmt: skip


def _marks_words_with_their_writer(patch: pytest.MonkeyPatch) -> None:
    voice = arranging._voice
    patch.setattr(
        arranging,
        "_voice",
        lambda round_, reply, *more: replace(voice(round_, reply, *more), id=f"{round_.code}-{reply.seat.account}"),
    )


def _keeps_envelopes(patch: pytest.MonkeyPatch) -> None:
    """And their keys: else they could not be opened any more, and that would be noticed."""
    for name in ("words_of", "all_words"):
        patch.setattr(shredding, name, lambda *_: None)
    patch.setattr(retries, "FIRST_BACK_OFF", timedelta(hours=6))  # else cards that cannot be made are tried each minute


def _keeps_keys(patch: pytest.MonkeyPatch) -> None:
    def of_some(connection: Connection, seats: Sequence[SeatId]) -> None:
        connection.execute(delete(t.envelope).where(t.envelope.c.seat_id.in_(seats)))

    def of_all(connection: Connection, id_: RoundId) -> None:
        seats = select(t.seat.c.id).where(t.seat.c.round_id == id_)
        connection.execute(delete(t.envelope).where(t.envelope.c.seat_id.in_(seats)))

    patch.setattr(shredding, "words_of", of_some)
    patch.setattr(shredding, "all_words", of_all)


def _deletes_lightly(patch: pytest.MonkeyPatch) -> None:
    light = tuple(pragma for pragma in engines.PRAGMAS if "secure_delete" not in pragma)
    patch.setattr(engines, "PRAGMAS", (*light, "secure_delete = OFF"))


def _never_scrubs(patch: pytest.MonkeyPatch) -> None:
    async def scrub(self: object) -> bool:
        return True

    patch.setattr(database.Database, "scrub", scrub)


def _leaves_the_log(patch: pytest.MonkeyPatch) -> None:
    """Whatever was written last stays in the log: nothing is written into the file."""
    _never_scrubs(patch)
    patch.setattr(engines, "PRAGMAS", (*engines.PRAGMAS, "wal_autocheckpoint = 0"))


def _pads_nothing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(seal, "_padded", lambda text: text + b"\x80")


def _tells_people_in_another_order(patch: pytest.MonkeyPatch) -> None:
    to_people = revealing.opened_to_people

    def told(round_: Any) -> Any:
        return sorted(to_people(round_), key=lambda owed: -owed.seat_id if owed.seat_id else 0)

    patch.setattr(revealing, "opened_to_people", told)


DIFFER = "rows of people of one group that differ"
BYTES = "bytes of envelopes, keys and receipts"
MINUTES = "minutes in which somebody acted"

WEAKENED: Mapping[str, tuple[Weaken, set[str]]] = {
    "keeps who answered, and when": (_keeps("replied_at"), {DIFFER, MINUTES}),
    "keeps who said no": (_keeps("declined_at"), {DIFFER}),
    "keeps who stopped reminders": (_keeps("stopped_at"), {DIFFER}),
    "keeps how often they edited": (_keeps("revision"), {DIFFER}),
    "keeps who was reminded": (_does_nothing(enqueueing, "forget_who_was_missing"), {DIFFER}),
    "keeps whose messages were edited": (_does_nothing(live_messages, "make_alike"), {DIFFER}),
    "keeps what acts did": (_does_nothing(shredding, "blank_acts"), {"acts that differ"}),
    "leaves rows where they are": (_does_nothing(shredding, "_lay_anew"), {"where rows lie in their pages"}),
    "keeps the seat of words": (_signs_for_them, {"values that join words to people"}),
    "marks words with their writer": (_marks_words_with_their_writer, {"values that join words to people"}),
    "keeps envelopes": (_keeps_envelopes, {BYTES}),
    "keeps keys": (_keeps_keys, {BYTES}),
    "deletes lightly": (_deletes_lightly, {BYTES, "free pages"}),
    "leaves the log": (_leaves_the_log, {BYTES}),
    "pads nothing": (_pads_nothing, {"lengths of sealed words"}),
    "tells people in another order": (_tells_people_in_another_order, {"messages in an order of their own"}),
}


@pytest.mark.parametrize("weakness", WEAKENED)
async def test_each_attack_succeeds_on_a_build_weakened_on_purpose(
    weakness: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weaken, attacks = WEAKENED[weakness]
    weaken(monkeypatch)
    async with engine(tmp_path) as bot:
        story = Story(bot)
        await play(story)
        found = stolen(bot)
        assert {name for name in attacks if ATTACKS[name](found, story)} == attacks


# orders, over many rounds ----------------------------------------------------------------------------------------

MANY = tuple(f"p{n}" for n in range(10))
ROUNDS = 10
TOO_MUCH = 0.6
"""Of the mean of so many rank correlations, whose standard deviation is 1 / sqrt(9 * 10) by chance."""


async def _orders(bot: Engine, rounds: int) -> dict[str, float]:
    """How much the order of voices follows the order in which their writers replied, or are seated; over all rounds."""
    found: dict[str, list[float]] = {"replied": [], "seated": [], "replied, by the ids of voices": []}
    for n in range(rounds):
        code = await bot.open(f"sam{n}", {"leaders": ("lea", "leo"), "frontline": ("fay",), "citizens": MANY})
        order = Random(n).sample(MANY, len(MANY))
        for user in order:
            await bot.answer(code, user)
            bot.clock.set(bot.clock.now() + timedelta(minutes=3))
        await bot.pass_time(timedelta(days=4))
        voices = await bot.kept.replies.perspectives((await bot.kept.rounds.get(code)).id)
        lying = f"SELECT perspective.id FROM perspective JOIN round ON round_id = round.id WHERE code = '{code}'"
        assert [one for (one,) in rows(bot.file, f"{lying} ORDER BY perspective.rowid")] == [one.id for one in voices]
        writers = [one.answers.personal.split(" ")[0] for one in voices]
        by_id = [voice.answers.personal.split(" ")[0] for voice in sorted(voices, key=lambda voice: voice.id)]
        places = list(range(len(MANY)))
        found["replied"].append(loot.correlation(places, [order.index(user) for user in writers]))
        found["seated"].append(loot.correlation(places, [MANY.index(user) for user in writers]))
        found["replied, by the ids of voices"].append(loot.correlation(places, [order.index(user) for user in by_id]))
    return {name: abs(sum(values)) / len(values) for name, values in found.items()}


async def test_the_order_of_voices_follows_no_order_of_their_writers(tmp_path: Path) -> None:
    async with engine(tmp_path) as bot:
        found = await _orders(bot, ROUNDS)
    assert {name: mean for name, mean in found.items() if mean > TOO_MUCH} == {}


@pytest.mark.parametrize("order", ["replied", "seated"])
async def test_an_order_that_is_not_drawn_by_lot_is_found(
    order: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = arranging._voices

    def in_order(round_: Any, opened: Sequence[Opened], *more: Any) -> Any:
        return drawn(round_, sorted(opened, key=lambda one: one.seat.replied_at or START), *more)

    monkeypatch.setattr(arranging, "lot", lambda *_: "")  # what is left is the order in which they come
    if order == "replied":
        monkeypatch.setattr(arranging, "_voices", in_order)
    async with engine(tmp_path) as bot:
        found = await _orders(bot, 2)
    assert found[order] > TOO_MUCH

"""After the close no byte of the files tells who did what, and when; and no destroyed key or envelope is left.

SQLite copies rows when it splits and joins pages. What it does not need any more stays in unallocated bytes of a page,
where no UPDATE and no DELETE reaches it: a thief who reads the pages byte by byte finds it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select

from bot.acts import Said
from bot.messages import line
from bot.rounds import Round, RoundCode, RoundId
from bot.rules.moves import Decision
from storage.database import tables as t
from storage.database.database import Database
from storage.rounds.acts import act_key
from tests.builders import NOON, account, act, answers, collecting, question, seat, status_card
from tests.contract.stores import CLOSE, Stores, kept_as, sql_stores

ROUNDS, AT_ONCE, PEOPLE = 30, 3, 6
PLANS = (("reply",), ("draft", "reply"), ("draft", "draft", "reply", "reply"))
LONGEST_PAUSE = 3_600_000_000
"""Microseconds between two acts."""

ROW = 64
"""Bytes behind an act's digest in which the rest of its row lies."""

PIECE = 16
"""Bytes that are nowhere by chance."""

BLOCK = PIECE // 2


@dataclass
class Known:
    """What a thief looks for: of one round, as it was before the close."""

    round_: Round
    times: dict[str, list[datetime]] = field(default_factory=dict)  # user -> when they wrote
    digests: list[bytes] = field(default_factory=list)
    envelopes: set[bytes] = field(default_factory=set)
    keys: set[bytes] = field(default_factory=set)


def carve(content: bytes, known: Known) -> Counter[str]:
    """How much of each kind is found."""
    found: Counter[str] = Counter()
    for times in known.times.values():
        spelt = [
            at.strftime(form).encode() for at in times for form in ("%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S.%f")
        ]
        found["writers whose hour is told"] += any(text in content for text in spelt)
    for digest in known.digests:
        found["acts that tell what was done"] += any(
            kind in row for kind in (b"reply", b"draft", b"late") for row in _behind(content, digest)
        )
    blocks = {content[at : at + BLOCK] for at in range(0, len(content), BLOCK)}
    found["envelopes"] = sum(_holds(content, blocks, envelope) for envelope in known.envelopes)
    found["keys"] = sum(_holds(content, blocks, key) for key in known.keys)
    return +found


def _behind(content: bytes, digest: bytes) -> list[bytes]:
    rows, at = [], content.find(digest)
    while at >= 0:
        rows.append(content[at + len(digest) : at + len(digest) + ROW])
        at = content.find(digest, at + 1)
    return rows


def _holds(content: bytes, blocks: set[bytes], needle: bytes) -> bool:
    """The beginning lies among other rows; the rest, on pages of its own, is looked at here and there.

    `blocks`: of the content. Wherever a piece lies, it holds one of them whole: most pieces need no search.
    """
    starts = [*range(0, min(len(needle) - PIECE, 512), PIECE), *range(512, len(needle) - PIECE, 1_024)]
    pieces = (needle[at : at + PIECE] for at in starts)
    return any(
        any(piece[at : at + BLOCK] in blocks for at in range(BLOCK)) and piece in content  # some block, then all of it
        for piece in pieces
    )


def content_of(file: Path) -> bytes:
    parts = (file, file.with_name(file.name + "-wal"))
    return b"".join(part.read_bytes() for part in parts if part.exists())


async def _capture(database: Database, known: Sequence[Known]) -> None:
    of_round = {one.round_.id: one for one in known}
    envelopes = select(t.seat.c.round_id, t.envelope.c.ciphertext).join_from(t.seat, t.envelope)
    for id_, ciphertext in await database.read(lambda db: db.execute(envelopes).all()):
        if id_ in of_round:
            of_round[id_].envelopes.add(bytes(ciphertext))
    keys = select(t.seat.c.round_id, t.seat.c.wrapped).where(t.seat.c.wrapped.is_not(None))
    for id_, wrapped in await database.read(lambda db: db.execute(keys).all()):
        if id_ in of_round:
            of_round[id_].keys.add(bytes(wrapped))


async def _act(stores: Stores, rng: Random, one: Known, user: str, kind: str, at: datetime) -> None:
    press = act(user, at=at, id=f"press-{rng.random()}")  # where rows lie depends on it
    if kind == "organiser":  # what they are told is long: rows of very different lengths are moved often
        told = Said(content=(line("said.preview", names="x" * rng.randrange(100, 1_500)),))
        await stores.rounds.change(one.round_.id, press.id, lambda _: Decision(outcome=told), NOON)
        return
    one.times.setdefault(user, []).append(at)
    one.digests.append(act_key(press.id))
    words = answers("some words " * rng.randrange(1, 270))
    await stores.replies.keep(one.round_.code, account(user), press, words, kept_as(kind))
    await stores.show_all(at)  # their message says so at once, and its row holds the time of the edit


async def _begin(stores: Stores, n: int) -> Known:
    code, users = RoundCode(f"R-{2000 + n}"), [f"p{n}x{k}" for k in range(PEOPLE)]
    seats = (seat(user) for user in users)
    owed = (*(question(code, user) for user in users), status_card(code))
    return Known(await stores.keep_round(collecting(*seats, code=code), *owed))


def _in_any_order(rng: Random, known: Sequence[Known]) -> list[tuple[Known, str, str]]:
    """Each person writes once or more, in their own order; organisers act in between."""
    todo = [(one, user.account.user, list(rng.choice(PLANS))) for one in known for user in one.round_.seats]
    todo += [(one, "sam", ["organiser"] * 4) for one in known]
    steps = []
    while todo:
        one = rng.choice(todo)
        steps.append((one[0], one[1], one[2].pop(0)))
        todo = [each for each in todo if each[2]]
    return steps


async def play(file: Path, rng: Random) -> tuple[Counter[str], int]:
    """What was found of rounds that were closed, and how many people wrote."""
    found: Counter[str] = Counter()
    async with sql_stores(file) as (stores, database):
        for first in range(0, ROUNDS, AT_ONCE):
            known = [await _begin(stores, first + n) for n in range(AT_ONCE)]
            await stores.deliver_all(NOON)
            at = NOON
            for one, user, kind in _in_any_order(rng, known):
                at += timedelta(microseconds=rng.randrange(LONGEST_PAUSE))
                await _act(stores, rng, one, user, kind, at)
                await _capture(database, known)
            for one in known:
                await stores.rounds.close([RoundId(one.round_.id)], CLOSE)
                await stores.reveal(await stores.rounds.get(one.round_.code))
                found += carve(content_of(file), one)
    return found, ROUNDS * PEOPLE


@pytest.mark.parametrize("seed", [3, 5])
async def test_no_byte_tells_after_the_close_who_wrote_and_when(seed: int, tmp_path: Path) -> None:
    found, people = await play(tmp_path / "carved.db", Random(seed))
    print(f"of {people} writers: {dict(found) or 'nothing'}")  # noqa: T201
    assert found == {}


async def test_before_the_close_the_same_search_finds_keys_and_envelopes(tmp_path: Path) -> None:
    """It is no dummy."""
    file, rng = tmp_path / "open.db", Random(1)
    async with sql_stores(file) as (stores, database):
        one = await _begin(stores, 1)
        for user in ("p1x0", "p1x1"):
            await _act(stores, rng, one, user, "reply", NOON + timedelta(hours=1 + len(one.digests)))
        await _capture(database, [one])
        found = carve(content_of(file), one)
    assert found == {"writers whose hour is told": 2, "envelopes": 2, "keys": 2}

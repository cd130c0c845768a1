"""A copy of the database from before the close, beside the published words: sizes of sealed words tell nobody's.

The thief has both, and no key. They order the writers by the size of what each had sealed, the voices by the length
of their words, and guess that the first is the first.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from bot.answers import LARGEST_ANSWER, Answers
from bot.rounds import RoundCode, RoundId
from tests.builders import account, act, collecting, question, seat
from tests.contract.stores import CLOSE, Stores, kept_as, sql_stores

SHARED = Path(__file__).parents[3] / "shared" / "data"
ROUNDS, PEOPLE = 30, 6
CHANCE = ROUNDS
"""A guess in an order drawn by lot names one writer a round, on average; the variance is 1 a round as well."""

NOISE = 3 * ROUNDS**0.5
MANY = 20_000


@pytest.fixture(scope="module")
def statements() -> Sequence[str]:
    if not SHARED.is_dir():
        pytest.skip("the folder of real statements is not beside the project")
    files = ("statements.jsonl", "statements_sharealike.jsonl")
    lines = (line for name in files for line in (SHARED / name).read_text("utf-8").splitlines())
    return [json.loads(line)["text"] for line in lines]


def drawn(rng: Random, statements: Sequence[str]) -> Answers:
    """Boxes of no, one or several statements."""
    boxes = [" ".join(rng.choices(statements, k=rng.choice((0, 1, 1, 2, 4))))[:LARGEST_ANSWER] for _ in range(4)]
    return Answers(personal=boxes[0] or "Yes.", others=boxes[1], intentions=boxes[2], barriers=boxes[3])


@dataclass
class Copy:
    """What a thief has of one round: sizes of the sealed words by person, and how much the log grew when they wrote."""

    sizes: dict[str, int]
    grown: dict[str, int]


def _sizes(file: Path, code: RoundCode) -> dict[str, int]:
    sealed = (
        "SELECT account.user, envelope.kind, length(envelope.ciphertext) FROM envelope "
        "JOIN seat ON seat.id = envelope.seat_id JOIN account ON account.id = seat.account_id "
        "JOIN round ON round.id = seat.round_id WHERE round.code = ?"
    )
    with closing(sqlite3.connect(file)) as copy:
        return {f"{user} {kind}": size for user, kind, size in copy.execute(sealed, [code])}


def _log(file: Path) -> int:
    log = file.with_name(file.name + "-wal")
    return log.stat().st_size if log.exists() else 0


async def _written(stores: Stores, file: Path, n: int, texts: dict[str, Answers], kinds: Sequence[str]) -> Copy:
    code = RoundCode(f"R-{2000 + n}")
    await stores.keep_round(collecting(*map(seat, texts), code=code), *(question(code, user) for user in texts))
    grown = {}
    for user in Random(n).sample(list(texts), len(texts)):
        for kind in kinds:
            before = _log(file)
            await stores.replies.keep(code, account(user), act(user), texts[user], kept_as(kind))
            grown[user] = _log(file) - before
            await stores.replies.scrub()
    return Copy(sizes={key.split()[0]: size for key, size in _sizes(file, code).items()}, grown=grown)


def _guessed(rng: Random, told: dict[str, int], lengths: dict[str, int]) -> int:
    """How many are named rightly. Whom the thief cannot tell apart stand in an order drawn by lot."""
    by_size = sorted(rng.sample(list(told), len(told)), key=lambda user: told[user])
    by_length = sorted(lengths, key=lambda user: lengths[user])
    return sum(one == other for one, other in zip(by_size, by_length, strict=True))


@pytest.mark.parametrize("kinds", [("reply",), ("draft",), ("draft", "reply")], ids=" then ".join)
async def test_sizes_name_no_more_writers_than_chance(
    kinds: Sequence[str], statements: Sequence[str], tmp_path: Path
) -> None:
    rng, named, by_log = Random(6), 0, 0
    file = tmp_path / "copied.db"
    async with sql_stores(file) as (stores, _):
        for n in range(ROUNDS):
            texts = {f"p{n}x{k}": drawn(rng, statements) for k in range(PEOPLE)}
            copy = await _written(stores, file, n, texts, kinds)
            lengths = {user: len("".join(words.of(level) for level in words.covers)) for user, words in texts.items()}
            named += _guessed(rng, copy.sizes, lengths)
            by_log += _guessed(rng, copy.grown, lengths)
    print(f"of {ROUNDS * PEOPLE} writers {named} named by sizes, {by_log} by the log; by chance {CHANCE}")  # noqa: T201
    assert abs(named - CHANCE) <= NOISE
    assert abs(by_log - CHANCE) <= NOISE


async def test_published_voices_have_the_size_of_replies(statements: Sequence[str], tmp_path: Path) -> None:
    rng, file = Random(7), tmp_path / "published.db"
    async with sql_stores(file) as (stores, _):
        texts = {f"p{k}": drawn(rng, statements) for k in range(PEOPLE)}
        sizes = set((await _written(stores, file, 0, texts, ("reply",))).sizes.values())
        round_ = await stores.rounds.get(RoundCode("R-2000"))
        await stores.rounds.close([RoundId(round_.id)], CLOSE)
        await stores.reveal(await stores.rounds.get(round_.code))
        with closing(sqlite3.connect(file)) as copy:
            published = {size for (size,) in copy.execute("SELECT length(ciphertext) FROM perspective")}
    assert len(sizes) == 1
    assert published == sizes


def test_all_replies_of_real_statements_have_one_size(statements: Sequence[str]) -> None:
    from storage.words.seal import is_long

    rng = Random(8)
    assert not any(is_long(drawn(rng, statements)) for _ in range(MANY))

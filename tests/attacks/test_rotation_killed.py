"""`key rotate` killed at every step of it: all words stay readable, and it can be done again to its end."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from bot.rounds import RoundCode
from coproduce import exits, operating
from coproduce.app import Storage, open_storage, open_to_read
from coproduce.config import Settings
from storage.words.seal import read_key_file
from tests.builders import NOON, account, act, answers, collecting, seat
from tests.contract.made_before import made_before, storage_in
from tests.contract.stores import CLOSE, Stores, kept_as

ROOT = Path(__file__).parents[2]
USERS = ("ann", "bob", "cem")
SEALED, OPEN = RoundCode("R-9K2M"), RoundCode("R-7F3K")


def settings_of(folder: Path) -> Settings:
    return Settings(storage=storage_in(folder))


async def filled(folder: Path) -> None:
    """Sealed words and drafts, opened words, and a secret of an adapter: all that keys are wrapped for."""
    kept = await open_storage(settings_of(folder), NOON)
    stores = Stores(rounds=kept.rounds, replies=kept.replies, outbox=kept.outbox, vault=kept.vault)
    for code in (SEALED, OPEN):
        await stores.keep_round(collecting(*(seat(user) for user in USERS), code=code))
        for user in USERS:
            kind = "draft" if user == "cem" and code == SEALED else "reply"
            await stores.replies.keep(code, account(user), act(user), answers(f"{user} in {code}"), kept_as(kind))
    await stores.rounds.close([(await stores.rounds.get(OPEN)).id], CLOSE)
    await stores.reveal(await stores.rounds.get(OPEN))
    await stores.vault.put("token", b"secret")
    await kept.close()


async def all_of_it(kept: Storage) -> set[str]:
    try:
        own = [await kept.replies.own(SEALED, account(user)) for user in USERS]
        voices = await kept.replies.perspectives((await kept.rounds.get(OPEN)).id)
        secret = await kept.vault.get("token") or b""
    finally:
        await kept.close()
    words = {one.answers.personal for one in own if one} | {one.answers.personal for one in voices}
    return words | {secret.decode()}


ALL = {f"{user} in {code}" for user in USERS for code in (SEALED, OPEN)} | {"secret"}


async def readable(folder: Path) -> set[str]:
    """With the keys that are there."""
    return await all_of_it(await open_to_read(settings_of(folder)))


@pytest.mark.process
@pytest.mark.slow
def test_key_rotate_killed_at_every_step_leaves_every_word_readable_and_can_be_repeated(tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    whole.mkdir()
    made_before(whole)
    asyncio.run(filled(whole))
    assert asyncio.run(readable(whole)) == ALL
    call = [sys.executable, "-m", "tests.attacks.rotating", str(tmp_path)]
    done = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == exits.DONE, done.stderr
    steps = sorted((one for one in tmp_path.iterdir() if one != whole), key=lambda one: int(one.name))
    assert len(steps) > 20, "it died nowhere"
    for step in steps:
        assert asyncio.run(readable(step)) == ALL, f"killed at step {step.name}"
    seen = {frozenset(read_key_file(step / "play.key")) for step in steps}
    assert seen == {frozenset({1}), frozenset({1, 2})}, "killed before and after the new key was there"
    for step in steps[:: max(1, len(steps) // 12)]:
        _repeated(step)


def _repeated(step: Path) -> None:
    """Then the newest key alone opens everything."""
    assert operating.key_rotate(settings_of(step)) == exits.DONE, f"repeated after step {step.name}"
    file = step / "play.key"
    file.write_text(file.read_text().splitlines()[0] + "\n")
    assert asyncio.run(readable(step)) == ALL, f"by the newest key, after step {step.name}"

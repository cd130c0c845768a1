"""The list beside the key tells whoever copies it neither who took something back, nor how many, nor who said no."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bot.errors import KeyWrong
from bot.rounds import RoundCode, Seat
from bot.rules.moves import SeatDecision
from coproduce import exits, operating
from storage.words.seal import add_key
from tests.attacks.home import CODE, Home, sealed
from tests.builders import HOUR, NOON, account, act, collecting, seat
from tests.contract.stores import DONE

OTHER = RoundCode("R-9K2M")
USERS = tuple(f"user{number}" for number in range(30))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def content(home: Home) -> bytes:
    return b"".join(file.read_bytes() for file in home.keys.glob("*.destroyed"))


def no(_: object, seat: Seat) -> SeatDecision:
    return SeatDecision(outcome=DONE, seat=replace(seat, declined_at=NOON), destroy_words=True)


async def test_who_said_no_and_had_written_nothing_is_not_on_it(home: Home) -> None:
    async with home.open() as (stores, _):
        await sealed(stores, "ann")
        await stores.keep_round(collecting(*(seat(user) for user in USERS), code=OTHER))
        before = content(home)
        for user in USERS:
            await stores.rounds.change_seat(OTHER, account(user), act(user).id, no, NOON)
        assert content(home) == before


async def test_its_length_and_its_lines_are_the_same_however_many_took_something_back(tmp_path: Path) -> None:
    lengths = set()
    for count in (0, 1, 30):
        folder = tmp_path / str(count)
        folder.mkdir()
        home = Home(folder)
        async with home.open() as (stores, _):
            await sealed(stores, *USERS)
            for user in USERS[:count]:
                await stores.take_back(CODE, account(user), act(user))
        lines = content(home).split(b"\n")
        lengths.add((len(lines), *{len(line) for line in lines if line}))
    assert len(lengths) == 1
    assert lengths.pop()[0] > 2


async def test_nothing_in_it_can_be_read_without_the_key(home: Home) -> None:
    async with home.open() as (stores, _):
        round_ = await sealed(stores, *USERS)
        for user in USERS[:5]:
            await stores.take_back(CODE, account(user), act(user))
        await stores.replies.erase(account("user7"), NOON)
        await stores.rounds.close([round_.id], NOON + 90 * HOUR)
    assert not set(content(home)) & set(b'{}":,-')  # an entry is JSON, and what is encrypted is base64


def test_after_a_rotation_the_old_key_opens_nothing_of_it(home: Home) -> None:
    async def fill() -> None:
        async with home.open() as (stores, _):
            await sealed(stores, "ann")
            await stores.take_back(CODE, account("ann"), act("ann"))

    async def start() -> None:
        async with home.open():
            pass

    asyncio.run(fill())
    assert operating.key_rotate(home.settings) == exits.DONE
    key_file = home.settings.storage.key_file
    newest, _ = key_file.read_text().splitlines()
    key_file.write_text(f"{newest}\n")
    asyncio.run(start())
    assert newest.startswith("2:")
    assert {line[:13] for line in content(home).split(b"\n") if line} == {b"0000000000002"}


def test_a_list_under_a_key_that_is_gone_starts_nothing(home: Home) -> None:
    """Its entries cannot be read: what was destroyed could come back."""

    async def start() -> None:
        async with home.open():
            pass

    asyncio.run(start())
    key_file = home.settings.storage.key_file
    key_file.unlink()
    add_key(key_file)
    with pytest.raises(KeyWrong):
        asyncio.run(start())


async def test_no_two_copies_of_it_tell_which_lines_are_entries(home: Home) -> None:
    """At each start all is encrypted anew: what changed from one backup to the next is everything."""
    async with home.open() as (stores, _):
        await sealed(stores, "ann")
        await stores.take_back(CODE, account("ann"), act("ann"))
    before = set(content(home).split(b"\n"))
    async with home.open():
        pass
    assert set(content(home).split(b"\n")) & before == {b""}

"""`coproduce play` as a page: what one finds, what the clock does, and how it begins and ends."""

from __future__ import annotations

import asyncio
import os
import pty
import re
import signal
import sys
from collections.abc import Awaitable
from pathlib import Path

import pytest

from coproduce.playing.notes import NOTES, Notes
from tests.acceptance.page_played import ADDRESS, CLEAN, Visitor, free_port, served, start, visiting

pytestmark = [pytest.mark.process, pytest.mark.slow]

PAUSED = re.compile(r'data-clock-do="pause" [^>]*aria-pressed="true"')
CANARY = "Quillwort in the night"
QUICK = 'service = "Repairs"\ncloses_in = "1s"\nlate_for = "1s"\n' + "".join(
    f'[[people]]\nname = "{name}"\ngroup = "{group}"\nat = "0s"\npersonal = "{name} says so. And more."\n'
    for name, group in (("Ann", "leaders"), ("Bob", "frontline"), ("Cy", "citizens"))
)


async def test_the_two_minutes(tmp_path: Path) -> None:
    async with served(tmp_path) as playing, visiting(playing) as one:
        joy, sam = "Joy Santos", "Sam Reed"
        assert one.first == one.people[joy]
        assert "6 of 9 have answered; you can read none." in await one.steps(sam)
        assert "of 9" not in await one.steps(joy)
        assert "reminder to 3 people" in await one.due(sam)
        assert "reminder to those" in await one.due(joy)
        assert "people" not in await one.due(joy)

        form = await one.post(f"/as/{one.first}/press", control=_control(await one.get(f"/as/{one.first}")))
        assert "After twelve hours I can talk for two minutes" in form["form"]
        assert "calmer" not in form["form"]
        others = await one.steps("Edith Moore")
        edith = await one.session.get(f"{playing.base}/as/{one.people['Edith Moore']}/events?after=0")
        while not (await edith.content.readuntil(b"\n\n")).startswith(b"event: due"):
            pass
        await one.answer(joy, personal=CANARY, others="Less walking", intentions="The inspection", barriers="None")
        assert "7 of 9 have answered; you can read none." in await one.steps(sam)
        assert "It is sent, Joy Santos" in await one.steps(joy)
        await one.until(lambda: _in("we have your answers", one.sees(joy)))  # though the clock stands
        assert await one.steps("Edith Moore") == others  # nobody else is told that she answered
        assert "reminder to 2 people" in await one.due(sam)
        told = edith.content.read_nowait().decode()
        assert not [line for line in told.splitlines() if line and not line.startswith(":")]
        edith.close()

        assert "is not there" in await one.held(CANARY.upper())
        assert "stands in" in await one.held("Joy Santos")  # it does find what is there
        assert "at least 4" in await one.held("a")

        await one.sees(sam)
        await one.clock("next")  # the reminder of Tuesday, and Katya wrote on the way
        assert "8 of 9" in await one.steps(sam)
        assert "17:00" in await one.sees(joy)
        assert "reminder to 1 person" in await one.due(sam)

        await one.clock("deadline")
        await one.until(lambda: _in(CANARY, one.sees("Edith Moore")))
        assert "the channel is asked to talk" in await one.due(joy)
        assert "It stands in the file of the chat" in await one.held(CANARY)
        assert "The answers are open" in await one.steps(joy)
        open_page = await one.session.get(f"{playing.base}/as/{one.first}/events")
        assert await playing.end() == 0
        assert await open_page.content.read() is not None  # the server ended it


async def test_it_goes_on_another_day_and_nothing_is_done_twice(tmp_path: Path) -> None:
    port = str(free_port())
    words = ("--db", "play.db", "--port", port)
    async with served(tmp_path, *words) as playing, visiting(playing) as one:
        await one.clock("next")
        assert "7 of 9" in await one.steps("Sam Reed")
        await one.clock("fast")
        before = await one.due("Sam Reed")
        second = await start(tmp_path, "--no-open", *words[:2], "--port", str(free_port()))
        _, said = await second.communicate()
        assert (second.returncode, playing.address in said.decode()) == (1, True)
        playing.process.send_signal(signal.SIGKILL)
        await playing.process.wait()
        address, cookie = playing.address, one.session.cookie_jar
        async with served(tmp_path, *words) as again:
            assert again.address == address
            one.playing = again
            assert len(list(cookie)) == 1
            assert "7 of 9" in await one.steps("Sam Reed")
            assert await one.due("Sam Reed") == before
            assert PAUSED.search(await one.get(f"/as/{one.people['Sam Reed']}"))
            await one.clock("deadline")
            katyas = "Nobody answers the phone between seven and half past."
            await one.until(lambda: _in(katyas, one.sees("Edith Moore")))
            assert (await one.sees("Edith Moore")).count(katyas) == 1
            assert await again.end() == 0


async def test_a_start_that_was_cut_off_is_begun_anew_and_other_peoples_files_are_left_alone(tmp_path: Path) -> None:
    cut_off = await start(tmp_path, "--no-open", "--port", "0", "--db", "play.db")
    journal = tmp_path / "play.chat.jsonl"
    async with asyncio.timeout(30):
        while not await asyncio.to_thread(_has, journal, b'"what": "entry"'):
            pass
    cut_off.kill()
    await cut_off.wait()
    async with served(tmp_path, "--db", "play.db") as playing, visiting(playing) as one:
        assert len(one.people) == 10
        assert "6 of 9" in await one.steps("Sam Reed")
        await _out_of_order(one)
    (tmp_path / "quick.toml").write_text(QUICK, encoding="utf-8")
    (tmp_path / "mine.db").write_bytes(b"mine")
    for words in (("--db", "mine.db"), ("--db", "play.db", "--script", "quick.toml")):
        refused = await start(tmp_path, "--no-open", "--port", "0", *words)
        _, said = await refused.communicate()
        assert (refused.returncode, words[1] in said.decode()) == (2, True)
    assert (tmp_path / "mine.db").read_bytes() == b"mine"


async def _out_of_order(one: Visitor) -> None:
    """The steps, and the clock that runs while one does nothing."""
    sam = "Sam Reed"
    await one.held()
    await one.sees(sam)
    await one.clock("fast")
    await one.until(lambda: _goes_on(one, sam))
    await one.clock("pause")
    await one.clock("deadline")
    await one.until(lambda: _in("Start your own round", one.steps(sam)))
    # what was half written was never sent
    assert "After twelve hours" not in await one.sees("Edith Moore")


def _has(file: Path, words: bytes) -> bool:
    return file.exists() and words in file.read_bytes()


async def test_a_port_that_is_taken_and_one_that_another_playground_has(tmp_path: Path) -> None:
    async with served(tmp_path) as playing:
        port = playing.base.rsplit(":", 1)[-1]
        beside = await start(tmp_path, "--no-open", "--port", port)
        _, said = await beside.communicate()
        assert beside.returncode == 1
        assert playing.address in said.decode()
        assert await playing.end(signal.SIGINT) == 0
    holder = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    taken = str(holder.sockets[0].getsockname()[1])
    left_behind = tmp_path / "coproduce-killed"
    left_behind.mkdir()
    Notes(file=left_behind / NOTES, address=f"http://127.0.0.1:{taken}/?token=old").save()
    refused = await start(tmp_path, "--no-open", "--port", taken, env={**CLEAN, "TMPDIR": str(tmp_path)})
    _, said = await refused.communicate()
    holder.close()
    assert refused.returncode == 1
    assert f"port {taken}" in said.decode()
    assert "--port" in said.decode()


async def test_without_a_terminal_it_plays_to_the_reveal_and_says_how_to_see_the_page(tmp_path: Path) -> None:
    (tmp_path / "quick.toml").write_text(QUICK, encoding="utf-8")
    process = await start(tmp_path, "--script", "quick.toml", env={**CLEAN, "DISPLAY": ":0", "BROWSER": "true"})
    said, told = await process.communicate()
    assert process.returncode == 0
    assert "Ann says so" in said.decode()
    assert "--no-open" in told.decode()


async def test_in_a_terminal_it_opens_a_browser(tmp_path: Path) -> None:
    (tmp_path / "quick.toml").write_text(QUICK, encoding="utf-8")
    program, opened = tmp_path / "seen", tmp_path / "opened"
    program.write_text(
        f'#!/bin/sh\necho "$1" > {opened}; kill -INT $PPID; exec sleep 60 <&- >&- 2>&-\n', encoding="utf-8"
    )
    program.chmod(0o755)
    env = {**CLEAN, "BROWSER": f"{program} %s"}
    master, slave = pty.openpty()
    words = ("-m", "coproduce", "play", "--script", "quick.toml", "--port", "0")
    process = await asyncio.create_subprocess_exec(
        sys.executable, *words, cwd=tmp_path, env=env, stdin=slave, stdout=slave, stderr=slave
    )
    os.close(slave)
    reading = asyncio.create_task(asyncio.to_thread(_read, master))
    try:
        async with asyncio.timeout(30):
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
    said = await reading
    address, shown = opened.read_text(encoding="utf-8").strip(), ADDRESS.search(said)
    assert shown
    assert address.split("?")[0] == shown[0].split("?")[0]
    assert shown[0].split("=")[1] not in address  # the command line of a browser can be read by others


async def _goes_on(one: Visitor, name: str) -> bool:
    """The clock does."""
    shown = re.search(r'"now-time"[^>]*>([^<]+)<', await one.get(f"/as/{one.people[name]}"))
    assert shown
    return "09:30" not in shown[1]


async def _in(words: str, page: Awaitable[str]) -> bool:
    return words in await page


def _read(master: int) -> str:
    said = b""
    try:
        while part := os.read(master, 65536):
            said += part
    except OSError:  # its last reader is gone
        pass
    return said.decode(errors="replace")


def _control(page: str) -> str:
    at = page.index("coproduce:answer:R-")
    return page[at : at + len("coproduce:answer:R-XXXX")]

"""Real people's words, through the real stack: every one in reveal and report, verbatim; none anywhere before."""

from __future__ import annotations

import asyncio
import csv
import html
import io
import json
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest

from adapters.playground.playing import script as scripts
from adapters.playground.playing.statements import take_words
from bot.answers import LARGEST_ANSWER
from bot.text import Texts
from coproduce import operating
from coproduce.config import PlayOptions, Settings
from coproduce.exits import DONE
from coproduce.play import perform
from tests.contract.chat import CITIZENS, FRONTLINE, Sheet, receipt_of, says
from tests.contract.playground_chat import playground
from tests.contract.team import Team

OWN = Path(__file__).parent / "corpus" / "own.jsonl"
SHARED = Path(__file__).parents[3] / "shared" / "data"
PEOPLE = 200
GROUPS = ("citizens", "frontline", "leaders")
TELLING = 25
"""Characters from which on a text cannot stand anywhere by chance."""


def _shared_words(folder: Path) -> Path:
    """One statement each of 200 people: of every feature of the index some, then those that come first."""
    if not SHARED.is_dir():
        pytest.skip("the folder of real statements is not beside the project")
    files = ("statements.jsonl", "statements_sharealike.jsonl")
    rows = [json.loads(line) for name in files for line in (SHARED / name).read_text("utf-8").splitlines()]
    by_id = {row["id"]: row for row in rows}
    features: dict[str, list[str]] = {}
    with (SHARED / "edge_cases.csv").open(encoding="utf-8", newline="") as index:
        for row in csv.DictReader(index):
            features.setdefault(row["feature"], []).append(row["id"])
    rare_first = sorted(features.values(), key=len)
    in_turn = (by_id[id_] for turn in zip_longest(*rare_first) for id_ in turn if id_ in by_id)
    chosen: dict[str, dict[str, Any]] = {}
    for row in [*in_turn, *rows]:
        if len(chosen) < PEOPLE and row["text"] not in {each["text"] for each in chosen.values()}:
            chosen.setdefault(row["person_id"], row)
    file = folder / "words.jsonl"
    lines = (json.dumps({key: row[key] for key in ("text", "person_id", "lang")}) for row in chosen.values())
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


def _script(folder: Path, words: Path) -> Path:
    people = "".join(
        f'[[people]]\nname = "P{n}"\ngroup = "{GROUPS[n % len(GROUPS)]}"\nat = "1s"\n'
        for n, _ in enumerate(take_words(words))
    )
    file = folder / "script.toml"
    file.write_text(
        f'service = "Words"\ncloses_in = "10m"\nlate_for = "5s"\nwords = "{words}"\n{people}', encoding="utf-8"
    )
    return file


def _settings(folder: Path) -> Settings:
    settings = Settings()
    kept = settings.storage.model_copy(update={"url": f"sqlite:///{folder}/play.db", "key_file": folder / "play.key"})
    return replace(settings, storage=kept, rounds=replace(settings.rounds, largest=1_000))


async def _told(folder: Path, words: Path, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """All that anybody was shown."""
    file = _script(folder, words)
    options = PlayOptions(script=file, until_revealed=True, json=True, db=folder / "play.db")
    played = await perform(_settings(folder), options, scripts.read(file), Texts.load(), skip_over=timedelta())
    assert played == DONE
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def _reports(folder: Path) -> dict[str, str]:
    with sqlite3.connect(folder / "play.db") as database:
        (code,) = database.execute("SELECT code FROM round").fetchone()
    assert operating.export(_settings(folder), code, ("html", "md", "csv", "json"), folder / "out") == DONE
    return {file.suffix[1:]: file.read_bytes().decode("utf-8") for file in (folder / "out").iterdir()}


def _strings(told: Any) -> Iterator[str]:
    if isinstance(told, str):
        yield told
    for each in told.values() if isinstance(told, dict) else told if isinstance(told, list) else ():
        yield from _strings(each)


def _read(markup: str) -> str:
    """What a reader sees of a page of HTML, every character of it."""
    return html.unescape(re.sub(r"<[^>]*>", "", markup))


async def _check(folder: Path, words: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written = [reply["personal"] for reply in take_words(words)]
    held = [text for text in written if len(text) <= LARGEST_ANSWER]
    told = await _told(folder, words, capsys)
    opened = next(n for n, one in enumerate(told) if one["kind"] == "headline")
    before = "\n".join(one["text"] for one in told[:opened])
    assert not [text for text in written if len(text) >= TELLING and text in before]

    pages = [one["text"] for one in told[opened:] if one["kind"] == "page" and one["place"] == "channel"]
    assert not [text for text in held if not any(text in page for page in pages)]
    refused = [one for one in told if one["kind"] == "refused"]
    assert len(refused) == len(written) - len(held)
    everything = "\n".join(one["text"] for one in told)
    assert not [text for text in written if len(text) > LARGEST_ANSWER and text in everything]

    reports = await asyncio.to_thread(_reports, folder)
    in_json = list(_strings(json.loads(reports["json"])))
    assert not [text for text in held if text not in in_json]
    seen = _read(reports["html"])
    assert not [text for text in held if text not in seen]
    assert not [text for text in held if text not in reports["md"]]
    cells = {cell for row in csv.reader(io.StringIO(reports["csv"], newline="")) for cell in row}
    assert not [text for text in held if text not in cells and f"'{text}" not in cells]


async def test_every_word_of_a_small_corpus_of_our_own_comes_out_verbatim_and_none_before(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await _check(tmp_path, OWN, capsys)


async def test_the_words_of_200_real_people_come_out_verbatim_and_none_before(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await _check(tmp_path, _shared_words(tmp_path), capsys)


async def test_words_beyond_the_limit_are_refused_kindly_and_are_not_lost(tmp_path: Path) -> None:
    long = "I have a lot to say. " * 150
    assert len(long) > LARGEST_ANSWER
    async with playground(tmp_path) as chat:
        team = Team(chat)
        await team.open()
        await chat.press(FRONTLINE[0], "answer")
        refused = await chat.fill(FRONTLINE[0], {"personal": long})
        assert says(refused, "refused.kept_as_draft")
        again = await chat.press(FRONTLINE[0], "answer")
        assert isinstance(again, Sheet)
        assert again.values["personal"] == (long,)
        assert receipt_of(await chat.fill(FRONTLINE[0], {"personal": long[:LARGEST_ANSWER]}))


SIGNS = (
    "\U0001f469\u200d\U0001f469\u200d\U0001f467", "e\u0301", "\u05e9\u05dc\u05d5\u05dd ", "\u4f60\u597d\u3002",
    "a line\n\n  ", "\u0915\u094d\u0937", "\U0001f1ec\U0001f1e7", "x\r\ny ", "no end ", "\u200f(5)\u200e ",
)  # fmt: skip
HEADINGS = {"personal": "For me", "others": "For others around me", "barriers": "What could go wrong"}


def _joined(pages: list[str]) -> dict[str, str]:
    """One voice, from all the messages that it stands in: box -> words."""
    told: dict[str, str] = {}
    for page in pages:
        body = re.sub(r"^Part \d+ of \d+\n", "", page.partition("\n")[2])
        heads = [(body.index(f"{head}\n"), name, head) for name, head in HEADINGS.items() if f"{head}\n" in body]
        for (at, name, head), end in zip_longest(heads, [at - 1 for at, *_ in heads[1:]]):
            told[name] = told.get(name, "") + body[at + len(head) + 1 : end]
    return told


async def test_words_that_fill_several_messages_join_to_what_was_written(tmp_path: Path) -> None:
    async with playground(tmp_path) as chat:
        team = Team(chat)
        await team.open()
        written = []
        for n, person in enumerate(CITIZENS + FRONTLINE):
            boxes = {
                name: (SIGNS[(n + k) % 10] + SIGNS[(3 * n + k + 1) % 10] + str(n)) * 600
                for k, name in enumerate(HEADINGS)
            }
            written.append({name: text[:LARGEST_ANSWER] for name, text in boxes.items()})
            await team.answer(person, **written[-1])
        await team.reveal()
        voices: dict[str, list[str]] = {}
        for page in team.pages():
            voices.setdefault(page.partition("\n")[0], []).append(page)
        assert all(len(pages) > 1 for pages in voices.values())
        told = [_joined(pages) for pages in voices.values()]
        assert sorted(told, key=str) == sorted(written, key=str)

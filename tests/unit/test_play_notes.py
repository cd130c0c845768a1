"""What the playground remembers beside its database."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.playground.playing.script import read
from bot.text import Texts
from coproduce.config import PlayOptions, Settings
from coproduce.exits import WRONG
from coproduce.play import EXAMPLE
from coproduce.playing.notes import notes_beside, notes_of, read_notes
from coproduce.playing.serving import serve


def test_of_a_database_that_was_removed_the_notes_tell_no_round(tmp_path: Path) -> None:
    db = tmp_path / "play.db"
    db.touch()
    notes = read_notes(notes_beside(db))
    notes.code, notes.opened_at, notes.clock = "R-ABCD", "2026-11-18T10:00:00+00:00", "2026-11-24T09:30:00+00:00"
    notes.done, notes.steps, notes.address = {"Ruth": 1}, ["held"], "http://127.0.0.1:8080/?token=abc"
    notes.save()
    assert notes_of(db).is_ready

    db.unlink()
    after = notes_of(db)

    assert not after.is_ready
    assert (after.opened_at, after.done, after.steps) == ("", {}, [])
    assert (after.token, after.address) == (notes.token, notes.address)


async def test_a_database_whose_chat_is_gone_is_not_opened_and_it_is_said_which_file_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script, db = read(EXAMPLE), tmp_path / "play.db"
    db.touch()
    notes = read_notes(notes_beside(db))
    notes.code, notes.script = "R-ABCD", " ".join((script.service, *(one.name for one in script.players)))
    notes.save()
    options = PlayOptions(port=0, db=db, no_open=True)
    assert await serve(Settings(), options, script, Texts.load()) == WRONG
    assert "play.chat.jsonl" in capsys.readouterr().err
    assert not db.read_bytes()

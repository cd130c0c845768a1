"""A script is played through people's hands, and what everybody saw is told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.playground.playing import script as scripts
from bot.text import Texts
from coproduce.config import PlayOptions, Settings
from coproduce.exits import DONE, FAILED, WRONG
from coproduce.play import perform, play
from tests.isolates import as_read

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
KEYS = ["at", "place", "person", "kind", "id", "edit", "text"]


async def _perform(file: Path, *, json: bool = True) -> int:
    options = PlayOptions(script=file, until_revealed=True, json=json)
    return await perform(Settings(), options, scripts.read(file), Texts.load(), skip_over=timedelta())


def _told(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


async def _played(file: Path, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    assert await _perform(file) == DONE
    return _told(capsys.readouterr().out)


def _script(folder: Path, people: str, head: str = "") -> Path:
    file = folder / "s.toml"
    file.write_text(f'service = "Repairs"\ncloses_in = "10s"\nlate_for = "5s"\n{head}\n{people}', encoding="utf-8")
    return file


def _person(name: str, group: str, at: str = "1s", more: str = "") -> str:
    when = f'at = "{at}"\n' if at else ""
    return f'[[people]]\nname = "{name}"\ngroup = "{group}"\n{when}personal = "{name} says so"\n{more}\n'


THREE = _person("Ann", "leaders") + _person("Bob", "frontline") + _person("Cy", "citizens")


@pytest.mark.parametrize("name", ["repairs-online", "ward"])
async def test_the_examples_play_to_their_end(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    script = scripts.read(EXAMPLES / f"{name}.toml")
    told = await _played(EXAMPLES / f"{name}.toml", capsys)
    assert all(list(one) == KEYS for one in told)
    assert [datetime.fromisoformat(one["at"]) for one in told] == sorted(
        datetime.fromisoformat(one["at"]) for one in told
    )
    for n, one in enumerate(told):  # an edit names what it replaces, and nothing else comes twice
        assert one["edit"] == (one["id"] in {earlier["id"] for earlier in told[:n]})
    assert any(one["edit"] for one in told)
    asked = Counter(one["person"] for one in told if one["kind"] == "question" and not one["edit"])
    assert asked == dict.fromkeys((player.name for player in script.players), 1)
    revealed = next(n for n, one in enumerate(told) if one["kind"] == "headline")
    before, after = ("\n".join(one["text"] for one in part) for part in (told[:revealed], told[revealed:]))
    for player in script.players:
        newest: dict[str, str] = {}
        for deed in player.deeds:
            newest = {} if deed.do in ("withdraw", "decline") else {**newest, **deed.boxes}
        for text in newest.values():
            for line in text.split("\n"):
                assert line in after
                assert line not in before
    # conversations do not wait for each other: a private notice may come last
    assert told[-1]["place"] == "channel" or told[-1]["kind"] in ("status", "opened", "older")


async def test_no_form_in_the_transcript_shows_what_somebody_wrote_in_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    people = THREE + 'then = [{at = "4s", do = "edit", others = "too"}]'
    told = await _played(_script(tmp_path, people), capsys)
    forms = [one for one in told if one["kind"] == "form" and one["person"] == "Cy"]
    assert len(forms) == 4  # two to write in, and two with the receipt
    assert not any("Cy says so" in one["text"] for one in forms)
    assert any("Cy says so" in one["text"] for one in told if one["kind"] == "page")


async def test_an_edit_replaces_a_withdrawal_destroys_and_the_organiser_may_take_part(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    people = (
        _person("Sam Reed", "leaders")
        + _person("Bob", "frontline", more='then = [{at = "3s", do = "edit", personal = "Bob thought again"}]')
        + _person("Cy", "citizens", more='then = [{at = "3s", do = "withdraw"}]')
        + _person("Dee", "citizens", at="", more='then = [{at = "3s", do = "decline"}]')
    )
    told = await _played(_script(tmp_path, people), capsys)
    pages = [one["text"] for one in told if one["kind"] == "page"]
    assert len(pages) == 2
    assert any("Bob thought again" in page for page in pages)
    everything = "\n".join(one["text"] for one in told)
    assert not any(words in everything for words in ("Bob says so", "Cy says so", "Dee says so"))
    assert "1 chose not to answer" in everything


async def test_a_late_one_goes_first_and_comes_out_at_the_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = await _played(_script(tmp_path, THREE + _person("Dee", "citizens", at="12s")), capsys)
    (late,) = [one for one in told if one["kind"] == "late_page"]
    assert "Dee says so" in late["text"]
    assert late["at"] > next(one["at"] for one in told if one["kind"] == "headline")


async def test_words_that_are_too_long_are_refused_kindly_and_the_round_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    long = _person("Dee", "citizens").replace("Dee says so", "x" * 3_001)
    told = await _played(_script(tmp_path, THREE + long), capsys)
    assert [one["kind"] for one in told if one["person"] == "Dee" and one["kind"] == "refused"] == ["refused"]
    assert len([one for one in told if one["kind"] == "page"]) == 3


async def test_groups_of_any_name_take_part(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    people = THREE + "".join(_person(name, "night shift") for name in ("N1", "N2", "N3"))
    told = await _played(_script(tmp_path, people), capsys)
    assert len([one for one in told if one["kind"] == "page"]) == 6


async def test_groups_are_called_what_the_script_calls_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = 'citizens_name = "tenants"\nfrontline_name = "ward staff"\n'
    told = await _played(_script(tmp_path, THREE, names), capsys)
    asked = [as_read(one["text"]) for one in told if one["kind"] == "question"]
    assert [text for text in asked if "asked as: tenants" in text]
    assert [text for text in asked if "asked as: ward staff" in text]


async def test_a_round_nobody_answers_ends_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    people = "".join(_person(name, group, at="") for name, group in
                     (("Ann", "leaders"), ("Bob", "frontline"), ("Cy", "citizens")))  # fmt: skip
    told = await _played(_script(tmp_path, people), capsys)
    assert "headline_done" in [one["kind"] for one in told]


async def test_a_set_up_the_bot_refuses_ends_with_what_the_organiser_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await _perform(_script(tmp_path, _person("Ann", "leaders"))) == FAILED
    said = capsys.readouterr().err
    assert "There is nobody among the" in said


async def test_the_transcript_ends_with_the_channel_its_threads_indented(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await _perform(_script(tmp_path, THREE), json=False) == DONE
    out = as_read(capsys.readouterr().out)
    inboxes, channel = out.split("\n#general\n")
    assert "What Ann sees" in inboxes
    assert "says so" not in inboxes
    assert "\n    Cy says so\n" in channel


def test_a_wrong_script_is_refused_with_its_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = _script(tmp_path, THREE, 'colour = "red"')
    assert play(Settings(), PlayOptions(script=file, until_revealed=True)) == WRONG
    assert f"{file}: colour: nobody reads this key" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.process
def test_the_command_plays_in_real_time_and_leaves_nothing_behind(tmp_path: Path) -> None:
    file = _script(tmp_path, THREE).rename(tmp_path / "real.toml")
    file.write_text(file.read_text().replace('"10s"', '"3s"'))
    words = [sys.executable, "-m", "coproduce", "play", "--script", str(file), "--until-revealed", "--json"]
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(words, capture_output=True, text=True, cwd=tmp_path, env=environment, timeout=60, check=False)
    assert done.returncode == DONE, done.stderr
    assert {"question", "page", "invitation"} <= {one["kind"] for one in _told(done.stdout)}
    assert "3 of 3" in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["real.toml"]


async def test_whoever_answered_can_still_say_no_in_a_script(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Once the answer is held, the message has no such button any more."""
    people = _person("Ann", "leaders") + _person("Bob", "frontline")
    people += _person("Cy", "citizens", more='then = [{at = "8s", do = "decline"}]')
    told = await _played(_script(tmp_path, people), capsys)
    of_cy = [one["kind"] for one in told if one["person"] == "Cy"]
    assert [kind for kind in of_cy if kind in ("question", "held", "declined")] == ["question", "held", "declined"]
    assert not any("Cy says so" in one["text"] for one in told)


async def test_the_transcript_shows_the_questions_of_a_form_and_not_only_its_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await _perform(_script(tmp_path, THREE), json=False) == DONE
    inbox = as_read(capsys.readouterr().out).split("What Cy sees")[1].split("\nWhat ")[0]
    for question in ("What would this change for you?", "Why do you think", "What could go wrong?"):
        assert question in inbox
    assert "Cy says so" not in inbox.split("\n#general\n")[0]


def test_without_the_example_it_says_which_script_to_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("coproduce.play.EXAMPLE", tmp_path / "not there.toml")
    assert play(Settings(), PlayOptions(script=None, until_revealed=False)) == WRONG
    assert "--script" in capsys.readouterr().err


def test_the_help_tells_of_the_page_and_of_how_to_do_without() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "coproduce", "play", "--help"], capture_output=True, text=True, check=True
    ).stdout
    assert {"--port", "--no-open", "--db", "--script", "--until-revealed"} <= set(told.split())

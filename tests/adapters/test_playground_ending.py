"""The end of a played round: whatever is owed by then is delivered, status cards included."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic

import pytest

from tests.adapters.test_playground_play import EXAMPLES, THREE, _person, _played
from tests.contract.chat import says


def _script(folder: Path, late_for: str, people: str = THREE) -> Path:
    file = folder / "s.toml"
    file.write_text(f'service = "Repairs"\ncloses_in = "10s"\nlate_for = "{late_for}"\n{people}', encoding="utf-8")
    return file


@pytest.mark.parametrize(("late_for", "is_true"), [("1h", "status.revealed"), ("5s", "status.ended")])
async def test_the_last_status_card_says_what_is_true_at_the_end(
    late_for: str, is_true: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    late = "" if late_for == "1h" else _person("Dee", "citizens", at="12s")
    told = await _played(_script(tmp_path, late_for, THREE + late), capsys)
    card = [one["text"] for one in told if one["kind"] == "status"][-1]
    assert says(card, is_true)


@pytest.mark.parametrize("example", ["repairs-online", "ward"])
async def test_the_last_status_card_of_each_example_says_that_the_answers_are_open(
    example: str, capsys: pytest.CaptureFixture[str]
) -> None:
    told = await _played(EXAMPLES / f"{example}.toml", capsys)
    card = [one["text"] for one in told if one["kind"] == "status"][-1]
    assert says(card, "status.revealed") or says(card, "status.ended")


async def test_what_comes_on_a_later_morning_is_delivered_without_waiting_for_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The invitation to talk of a round of more than a day comes on the next working morning."""
    file = _script(tmp_path, "5s")
    file.write_text(file.read_text().replace('"10s"', '"2d"').replace('"5s"', '"7d"'))
    began = monotonic()
    told = await _played(file, capsys)
    assert monotonic() - began < 30
    headline = next(datetime.fromisoformat(one["at"]) for one in told if one["kind"] == "headline_done")
    invitation = next(datetime.fromisoformat(one["at"]) for one in told if one["kind"] == "invitation")
    assert invitation - headline > timedelta(hours=1)
    assert says([one["text"] for one in told if one["kind"] == "status"][-1], "status.revealed")

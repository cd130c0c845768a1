"""The page on privacy names every table, and its numbers are those of the settings."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from bot.alarm import HOUSEKEEPING
from bot.messages import control
from bot.service.housekeeping import DRAFTS_KEPT
from bot.settings import RoundSettings
from coproduce.config import Settings
from storage.database.tables import METADATA
from tests.saying import TEXTS

PAGE = (Path(__file__).parents[2] / "docs" / "privacy.md").read_text(encoding="utf-8")
ROUNDS = RoundSettings()


def _rows(heading: str) -> list[list[str]]:
    """The cells of the table below a heading, without its head."""
    below = PAGE.split(f"### {heading}\n")[1].split("\n#")[0]
    rows = [line.strip("|").split(" | ") for line in below.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def test_every_table_of_the_database_has_a_row_that_says_what_it_holds_and_until_when() -> None:
    rows = _rows("In the database")
    named = [name for row in rows for name in re.findall(r"`(\w+)`", row[0])]
    assert sorted(named) == sorted(METADATA.tables)
    assert all(len(row) == 3 and row[1] and row[2] for row in rows)


@pytest.mark.parametrize(
    ("setting", "days"),
    [("retention", ROUNDS.retention.days), ("backup_keep", Settings().storage.backup_keep)],
)
def test_each_time_is_the_default_of_its_setting(setting: str, days: int) -> None:
    told = re.findall(rf"`{setting}`\s+\((\d+) days\)", PAGE)
    assert told
    assert {int(one) for one in told} == {days}


def test_the_other_numbers_are_those_of_the_code() -> None:
    assert f"`small_group` ({ROUNDS.small_group})" in PAGE
    assert f"set-up for {DRAFTS_KEPT.days} days" in PAGE
    assert (HOUSEKEEPING, "looks once a day" in PAGE) == (timedelta(days=1), True)


@pytest.mark.parametrize("button", ["decline", "stop", "snooze", "withdraw", "hiding"])
def test_the_ways_to_leave_are_called_what_the_buttons_are_called(button: str) -> None:
    label = TEXTS.label(control(button))
    assert f"**{label}**" in PAGE

"""What people typed comes through a spreadsheet as they typed it."""

from __future__ import annotations

import csv
import io

import pytest

from bot.answers import Answers
from bot.report import files, report
from bot.report.tables import inert
from bot.text import Texts
from tests.unit.reveals import TOMORROW, a_round, arranged, cast, reply, revealed

VALUES = (
    *("007", "3/4", "1E5", "1e-5", "12:30", "1,000", "1.5", "50%", "0", "1-2", "2026-12-01", "٣", "TRUE", "false"),
    *("-1", "+44", ".5", "4 Dec", "Dec 4", "DEC1", "4. Dez 2026", "Friday, December 4, 2026", "$ 5", "(5)", "5 pm"),
    *("1 1/2", " 007 ", "2026-12-01T10:00:00Z", "=1+1", "@SUM(1)"),
)
PLAIN = ("No time", "3 of us fear that nobody will answer the phone", "", "It went well in 2026, and then it did not")


def content(words: str, name: str = "csv") -> bytes:
    seats = cast(("citizens", 4), ("leaders", 3))
    made = arranged(a_round(seats), [reply(one, Answers(personal=words, sign=True)) for one in seats])
    (file,) = files(report(revealed(made.round_), made.perspectives, TOMORROW), [name], Texts.load())
    return file.content


@pytest.mark.parametrize("typed", VALUES)
def test_a_value_is_a_text_and_exact_without_its_apostrophe(typed: str) -> None:
    assert inert(typed) == f"'{typed}"
    rows = list(csv.DictReader(io.StringIO(content(typed).decode("utf-8-sig"), newline="")))
    assert {row["personal"] for row in rows} == {f"'{typed}"}


@pytest.mark.parametrize("typed", PLAIN)
def test_words_that_no_spreadsheet_changes_stand_as_they_are(typed: str) -> None:
    assert inert(typed) == typed


def test_the_file_says_that_it_is_utf_8() -> None:
    told = content("Ärger")
    assert told.startswith(b"\xef\xbb\xbf")
    assert not content("Ärger", "json").startswith(b"\xef")


def test_codes_and_commitments_are_never_changed() -> None:
    rows = list(csv.DictReader(io.StringIO(content("a").decode("utf-8-sig"), newline="")))
    assert not [row for row in rows if row["code"].startswith("'") or row["commitment"].startswith("'")]
    assert all("\u2068" in row["label"] for row in rows)
    assert not [row for row in rows if "\u2068" in row["name"]]

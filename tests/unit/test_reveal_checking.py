"""Commitments, the root and the lot: what `docs/checking.md` promises anybody can recompute."""

from __future__ import annotations

import hashlib
import io
import re
from contextlib import redirect_stdout
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answers import Answers, Receipt, Seen
from bot.report import files, report
from bot.reveal import commitment, lot, root_of
from bot.text import Texts
from tests.unit.reveals import NOW, a_round, arranged, cast, reply, revealed

ROOT = Path(__file__).parents[2]
RECEIPT = Receipt("K7QD-3M9X-TT2A-9WPE")
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


def recipes() -> list[str]:
    return re.findall(r"```python\n(.*?)```", (ROOT / "docs/checking.md").read_text(encoding="utf-8"), re.S)


def run(code: str) -> str:
    out = io.StringIO()
    with redirect_stdout(out):
        exec(code, {})
    return out.getvalue().strip()


def test_the_four_lines_of_the_documentation_recompute_a_commitment() -> None:
    first = recipes()[0]
    assert len(first.strip().splitlines()) == 4
    written = Answers(personal="Less waiting.", intentions="To save money.", barriers="No signal\nOld phones")
    assert run(first) == commitment(RECEIPT, written)


def test_the_report_prints_the_same_four_lines() -> None:
    def code(text: str) -> list[str]:
        return [line for line in text.strip().splitlines() if not line.startswith("mine")]

    assert code((ROOT / "bot/templates/check.txt").read_text(encoding="utf-8")) == code(recipes()[0])


@given(WORDS, WORDS, WORDS, WORDS)
def test_the_recipe_holds_for_any_words(personal: str, others: str, intentions: str, barriers: str) -> None:
    mine = {"personal": personal, "others": others, "intentions": intentions, "barriers": barriers}
    code = re.sub(r"mine = .*", lambda _: f"mine = {mine!a}", recipes()[0])
    assert run(code) == commitment(
        RECEIPT, Answers(personal=personal, others=others, intentions=intentions, barriers=barriers)
    )


def test_the_second_recipe_checks_root_and_order_of_a_real_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seats = cast(("citizens", 6), ("frontline", 5), ("leaders", 3))
    shown = arranged(a_round(seats), [reply(one) for one in seats])
    made = report(revealed(shown.round_), shown.perspectives, NOW + timedelta(days=1))
    [file] = files(made, ["json"], Texts.load())
    (tmp_path / file.name).write_bytes(file.content)
    monkeypatch.chdir(tmp_path)
    code = recipes()[1].replace('open("coproduce-R-7F3K.json", encoding="utf-8")', "OPENED")
    with (tmp_path / "coproduce-R-7F3K.json").open(encoding="utf-8") as opened:
        out = io.StringIO()
        with redirect_stdout(out):
            exec(code, {"OPENED": opened})
    assert out.getvalue().split() == ["True", "True"]


def test_a_receipt_may_be_typed_without_hyphens_and_in_small_letters() -> None:
    written = Answers(personal="x")
    assert commitment(Receipt(" k7qd3m9x tt2a9wpe "), written) == commitment(RECEIPT, written)


def test_words_are_not_normalised() -> None:
    assert commitment(RECEIPT, Answers(personal="\u00e9")) != commitment(RECEIPT, Answers(personal="e\u0301"))


def test_signing_and_what_was_seen_are_not_words() -> None:
    plain = Answers(personal="x")
    assert commitment(RECEIPT, plain) == commitment(RECEIPT, Answers(personal="x", sign=True, seen=Seen.ALL))


def test_a_lone_surrogate_does_not_keep_a_round_from_opening() -> None:
    assert re.fullmatch("[0-9a-f]{64}", commitment(RECEIPT, Answers(personal="\ud800")))


def test_each_box_counts_where_it_stands() -> None:
    boxed = (Answers(personal="x"), Answers(others="x"), Answers(intentions="x"), Answers(barriers="x"))
    found = {commitment(RECEIPT, one) for one in boxed}
    assert len(found) == 4


def test_the_root_is_the_same_in_whatever_order_replies_are_opened() -> None:
    assert root_of(["b", "a"]) == root_of(["a", "b"]) == hashlib.sha256(b"ab").hexdigest()


def test_the_lot_depends_on_everybody() -> None:
    assert lot(root_of(["a", "b"]), "a") != lot(root_of(["a", "c"]), "a")

"""The report: whole words in every format, acting nowhere; refused while sealed; stubs where words went."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.answers import Answers, Level, Seen
from bot.errors import Sealed
from bot.report import FORMATS, Report, files, report
from bot.report.markdown import escaped, fenced
from bot.report.tables import inert
from bot.report.words import runs, spoken
from bot.rounds import Attribution, Change, ChangeKind, Perspective, Phase
from bot.text import Texts
from tests.unit.reveals import (
    NOW,
    a_round,
    arranged,
    arranged_late,
    cast,
    late_reply,
    reply,
    revealed,
)

TEXTS = Texts.load()
LATER = NOW + timedelta(days=1)
NASTY = (
    "<script>alert(1)</script>",
    "</blockquote></article><h1>I am the report</h1>",
    "# heading\n- list\n> quote\n    code\n\n***\n[link](http://example.org) ![picture](x) <b>bold</b> &amp; `code`",
    "```\n````\nfence\n`````",
    "<!channel> <@U123> @here @everyone https://example.org",
    '=HYPERLINK("http://example.org")',
    "'=quoted",
    "  +1",
    "\tindented  and spaced  \nsecond line   ",
    "שלום, אני גרה בקומה 3 (English) ואין לי טלפון.",
    "\u202eturned round",
    "{{ 7 * 7 }} {% raw %} {service}",
    "line\r\nwindows\rold mac",
    "一句中文。",
    "👩‍👩‍👧 e\u0301 \u200f",
)
WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=80)


def of(*written: Answers) -> tuple[Report, tuple[Perspective, ...]]:
    """A revealed round in which citizens wrote these."""
    seats = cast(("citizens", len(written)))
    made = arranged(a_round(seats), [reply(one, text) for one, text in zip(seats, written, strict=True)])
    return report(revealed(made.round_), made.perspectives, LATER), made.perspectives


def rendered(shown: Report, name: str) -> str:
    [file] = files(shown, [name], TEXTS)
    return file.content.decode()


class Page(HTMLParser):
    """What a reader of the HTML finds: the passages, the headings, every element."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.passages: list[str] = []
        self.runs: list[tuple[str | None, str | None]] = []
        self.headings: list[int] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.is_within = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.elements.append((tag, found))
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "blockquote":
            self.is_within = True
            self.passages.append("")
            self.runs.append((found.get("dir"), found.get("lang")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "blockquote":
            self.is_within = False

    def handle_data(self, data: str) -> None:
        if self.is_within:
            self.passages[-1] += data


def fences(markdown: str) -> list[str]:
    """What stands in fences, read as CommonMark does."""
    found, lines, closing = [], markdown.split("\n"), ""
    held: list[str] = []
    for line in lines:
        opening = re.fullmatch(r"(`{3,})(text|python)", line)
        if not closing and opening:
            closing, held = opening[1], []
        elif closing and re.fullmatch(rf"`{{{len(closing)},}}", line):
            closing = ""
            found.append("\n".join(held))
        elif closing:
            held.append(line)
    return found


# words ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", NASTY)
def test_words_are_whole_in_html_and_act_on_nothing(text: str) -> None:
    shown, _ = of(Answers(personal=text))
    page = Page(rendered(shown, "html"))
    assert text in page.passages
    assert not {tag for tag, _ in page.elements} & {"script", "img", "b", "form", "iframe", "link"}
    assert page.headings.count(1) == 1
    assert all((found.get("href") or "#").startswith("#") for _, found in page.elements)


def test_a_carriage_return_survives_a_browser() -> None:
    shown, _ = of(Answers(personal="line\r\nwindows\rold mac"))
    assert "line&#13;\nwindows&#13;old mac" in rendered(shown, "html")


@pytest.mark.parametrize("text", NASTY)
def test_words_are_whole_in_markdown_and_stand_in_a_fence(text: str) -> None:
    shown, _ = of(Answers(personal=text))
    assert text in fences(rendered(shown, "md"))


@settings(deadline=None, max_examples=40)
@given(WORDS, WORDS)
def test_any_words_come_back_from_every_format(personal: str, others: str) -> None:
    written = Answers(personal=f"{personal}x", others=f"{others}x")
    shown, _ = of(written)
    for box in (written.personal, written.others):
        assert box in Page(rendered(shown, "html")).passages
        assert box in fences(rendered(shown, "md"))
    [voice] = json.loads(rendered(shown, "json"))["voices"]
    assert voice["words"] == {level.value: written.of(level) for level in Level}
    [row] = csv.DictReader(io.StringIO(rendered(shown, "csv").removeprefix("\ufeff"), newline=""))
    assert row["personal"].removeprefix("'") == written.personal


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "'=1", "  =1", "\n=1", "＝1"])
def test_no_cell_is_a_formula_and_taking_one_apostrophe_off_is_exact(text: str) -> None:
    assert inert(text) == f"'{text}"


@given(WORDS)
def test_a_cell_is_exact_once_its_apostrophe_is_off(text: str) -> None:
    assert inert(text).removeprefix("'") == text


@given(WORDS)
def test_a_fence_is_longer_than_any_within(text: str) -> None:
    assert fences(fenced(text)) == [text]


def test_names_are_no_markup_either() -> None:
    assert escaped("# *Ann*\n<b>") == r"\# \*Ann\* \<b\>"
    assert escaped("- see http://example.org") == r"\- see http\://example.org"
    assert escaped("Jo Lim-Day: R-7F3K (2)") == "Jo Lim-Day: R-7F3K (2)"
    seats = cast(("citizens", 3))
    seats[0] = replace(seats[0], name="<img src=x> **Ann**")
    made = arranged(a_round(seats), [reply(one, sign=True) for one in seats])
    shown = report(revealed(made.round_), made.perspectives, LATER)
    assert "<img" not in rendered(shown, "html")
    assert r"\*\*Ann\*\*" in rendered(shown, "md")


def test_a_lone_surrogate_does_not_stop_a_report() -> None:
    shown, _ = of(Answers(personal="half \ud83d"))
    for name in FORMATS:
        assert b"\\ud83d" in files(shown, [name], TEXTS)[0].content


# reading ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "direction", "language"),
    [
        ("שלום לכולם, English", "rtl", "he"),
        ("j שלום לכולם", "rtl", "he"),
        ("مرحبا بكم", "rtl", "und-Arab"),
        ("Hello", "ltr", ""),
        ("123", "auto", ""),
        ("一句中文", "ltr", "zh"),
        ("これは文です", "ltr", "ja"),
    ],
)
def test_words_run_their_own_way(text: str, direction: str, language: str) -> None:
    assert (runs(text), spoken(text)) == (direction, language)


def test_a_passage_says_how_it_runs() -> None:
    shown, _ = of(Answers(personal="שלום"))
    page = Page(rendered(shown, "html"))
    assert page.runs[page.passages.index("שלום")] == ("rtl", "he")


def test_the_page_can_be_read_by_everybody() -> None:
    shown, _ = of(Answers(personal="a", others="b", intentions="c", barriers="d\ne"), Answers(personal="f"))
    page = Page(rendered(shown, "html"))
    assert page.headings[0] == 1
    assert all(after <= before + 1 for before, after in zip(page.headings, page.headings[1:], strict=False))
    assert ("html", {"lang": "en", "dir": "ltr"}) in page.elements
    ids = [found["id"] for _, found in page.elements if "id" in found]
    assert len(ids) == len(set(ids))
    links = [found.get("href") or "" for tag, found in page.elements if tag == "a"]
    assert links[0] == "#voices"
    assert {link.removeprefix("#") for link in links} <= set(ids)
    assert all("scope" in found for tag, found in page.elements if tag == "th")


def test_the_page_fetches_nothing_and_runs_nothing() -> None:
    shown, _ = of(Answers(personal="a"))
    page = Page(rendered(shown, "html"))
    [policy] = [found["content"] for _, found in page.elements if found.get("http-equiv")]
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert not any({"src", "onclick", "style"} & found.keys() for _, found in page.elements)


# contents ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("phase", [Phase.DRAFT, Phase.COLLECTING, Phase.CLOSED, Phase.CANCELLED])
def test_there_is_no_report_while_sealed(phase: Phase) -> None:
    with pytest.raises(Sealed):
        report(replace(a_round(), phase=phase), [], NOW)


def test_the_report_says_how_the_answers_came_about() -> None:
    seats = cast(("citizens", 4), ("frontline", 3), ("leaders", 2))
    changes = (
        Change(kind=ChangeKind.LATER, at=NOW, until=NOW),
        Change(kind=ChangeKind.REMOVED_REPLY, at=NOW, group="frontline"),
    )
    made = arranged(replace(a_round(seats), changes=changes), [reply(one) for one in seats[:-1]])
    round_ = revealed(made.round_)
    late = arranged_late(round_, [late_reply(seats[-1], "late", Seen.ALL, sign=True)], made.perspectives)
    shown = report(round_, [*made.perspectives, *late.perspectives], LATER)
    rows = [(row.asked, row.reached, row.replied, row.late) for row in shown.rows]
    assert rows == [(4, 4, 4, 0), (3, 3, 3, 0), (2, 2, 1, 1)]
    text = rendered(shown, "md")
    assert "the deadline was moved later, to Fri, 4 Dec 2026, 17:00:05" in text.replace("\\", "")
    assert "The answer was destroyed; the bot has shown it to nobody" in text
    assert "Late answer 1, leader: \u2068Person 9\u2069 (LATE1)" in text
    assert "I had read all of the answers" in text


def test_a_round_in_which_nothing_changed_says_so() -> None:
    shown, _ = of(Answers(personal="a"))
    assert "Nothing changed after opening." in rendered(shown, "html")


def test_small_groups_are_told_of() -> None:
    seats = cast(("citizens", 1), ("frontline", 4), ("leaders", 1))
    made = arranged(a_round(seats), [reply(one) for one in seats])
    text = rendered(report(revealed(made.round_), made.perspectives, LATER), "html")
    assert "Fewer than 3 of the citizens answered without signing." in text
    assert "Frontline and others, 1 of 5" in text


def test_under_named_nothing_is_said_of_small_groups() -> None:
    seats = cast(("citizens", 1), ("leaders", 1))
    made = arranged(a_round(seats, attribution=Attribution.NAMED), [reply(one) for one in seats])
    text = rendered(report(revealed(made.round_), made.perspectives, LATER), "html")
    assert "All answered under their own name." in text
    assert "Fewer than" not in text


def test_barriers_are_listed_by_group_with_who_named_them() -> None:
    seats = cast(("citizens", 3), ("leaders", 1))
    written = Answers(barriers="No signal\n\n  Old phones ")
    made = arranged(a_round(seats), [reply(one, written if one.id == 1 else "x") for one in seats])
    shown = report(revealed(made.round_), made.perspectives, LATER)
    code = next(voice.code for voice in shown.voices if voice.said(Level.BARRIERS))
    assert [named for _, named in shown.barriers] == [(("No signal", code), ("  Old phones ", code)), ()]


def test_intentions_stand_side_by_side_leaders_first() -> None:
    seats = cast(("citizens", 3), ("frontline", 3), ("leaders", 2))
    made = arranged(a_round(seats), [reply(one, Answers(intentions=f"why {one.group}")) for one in seats])
    [contrast] = report(revealed(made.round_), made.perspectives, LATER).contrasts
    assert [{text for _, text in column.words} for column in contrast.columns] == [
        {"why leaders"},
        {"why citizens"},
        {"why frontline"},
    ]


def test_what_a_group_says_of_itself_stands_beside_what_others_say_of_it() -> None:
    seats = cast(("citizens", 3), ("frontline", 3), ("leaders", 2))
    both = {one.id: Answers(personal=f"I, {one.group}", others=f"they, {one.group}") for one in seats}
    made = arranged(a_round(seats), [reply(one, both[one.id]) for one in seats])
    shown = report(revealed(made.round_), made.perspectives, LATER)
    assert [[column.words[0][1] for column in contrast.columns] for contrast in shown.contrasts] == [
        ["I, citizens", "they, frontline", "they, leaders"],
        ["I, frontline", "they, leaders"],
    ]


@pytest.mark.parametrize("name", list(FORMATS))
@pytest.mark.parametrize(
    ("became", "said"),
    [({"withdrawn_at": LATER}, "Taken down by the person who wrote it"), ({"hidden": "names Bo"}, "names Bo")],
)
def test_words_that_went_are_gone_from_every_format(name: str, became: dict[str, object], said: str) -> None:
    seats = cast(("citizens", 3), ("leaders", 3))
    canary = Answers(personal="canary", others="canary", intentions="canary", barriers="canary", sign=True)
    made = arranged(a_round(seats), [reply(one, canary if one.id == 2 else Answers(intentions="w")) for one in seats])
    voices = [replace(one, **became) if one.name else one for one in made.perspectives]  # type: ignore[arg-type]
    shown = report(revealed(made.round_), voices, LATER)
    text = rendered(shown, name)
    assert "canary" not in text
    assert "Person 2" not in text
    assert said in text
    assert all(one.commitment in text for one in voices)


def test_the_checks_stand_in_the_report() -> None:
    shown, voices = of(Answers(personal="a"), Answers(personal="b"))
    text = rendered(shown, "md")
    assert [digest for digest, _ in shown.commitments] == sorted(one.commitment for one in voices)
    assert shown.root in text
    assert "import hashlib, json" in text


def test_a_round_in_which_nobody_replied_has_a_report_that_says_so() -> None:
    made = arranged(a_round(cast(("citizens", 3))), [])
    shown = report(revealed(made.round_), [], LATER)
    for name in FORMATS:
        rendered(shown, name)
    assert "Nobody had answered when the round closed." in rendered(shown, "html")


def test_files_are_named_by_the_round_and_say_what_they_are() -> None:
    shown, _ = of(Answers(personal="a"))
    made = files(shown, ["html", "md", "csv", "json"], TEXTS)
    assert [(file.name, file.media_type) for file in made] == [
        ("coproduce-R-7F3K.html", "text/html"),
        ("coproduce-R-7F3K.md", "text/markdown"),
        ("coproduce-R-7F3K.csv", "text/csv"),
        ("coproduce-R-7F3K.json", "application/json"),
    ]


def test_a_report_shows_no_words_by_itself() -> None:
    shown, _ = of(Answers(personal="canary", barriers="canary", intentions="canary"))
    assert "canary" not in repr(shown)

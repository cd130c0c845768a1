"""The answers as they open: every word whole, every change told, nothing that counts left out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.answers import Answers, Seen
from bot.compose import statement_lines
from bot.messages import MessageKind, Page, Part, line
from bot.reveal import minutes_to_read
from bot.rounds import Change, ChangeKind, GroupCount, Perspective, Phase, Statement
from tests.builders import DAY, NOON
from tests.unit.messages import TEXTS, a_round, read, read_page

COUNTS = (
    GroupCount(group="citizens", asked=4, reached=4, replied=4, declined=0),
    GroupCount(group="frontline", asked=6, reached=5, replied=5, declined=1),
    GroupCount(group="leaders", asked=2, reached=2, replied=2, declined=0),
)


def voice(position: int = 0, words: Answers | None = None, **changes: Any) -> Perspective:
    return replace(
        Perspective(
            id="0",
            position=position,
            group="frontline",
            name=None,
            seat_id=None,
            answers=words or Answers(personal="Less walking", barriers="No signal\nOld phones"),
            commitment="c",
        ),
        **changes,
    )


def part(box: str, start: int = 0, end: int = 9_999, of: int = 0) -> Part:
    return Part(heading=line(f"page.box.{box}"), voice=of, box=box, start=start, end=end)


def page(*parts: Part, kind: MessageKind = MessageKind.PAGE) -> Page:
    return Page(kind=kind, title=line("page.label.group", group="frontline", n=3, total=6), parts=parts)


def told(statement: Statement) -> str:
    return " ".join(TEXTS.line(each) for each in statement_lines(statement))


def test_a_voice_is_one_message_in_its_own_words() -> None:
    shown = read_page(page(part("personal"), part("barriers")), voice())
    assert [(each.heading, each.text, each.is_theirs) for each in shown.paragraphs] == [
        ("", "Frontline 3 of 6", False),
        ("For me", "Less walking", True),
        ("What could go wrong", "1. No signal\n2. Old phones", True),
    ]


def test_a_signed_voice_carries_its_name_at_its_head() -> None:
    signed = replace(page(), title=line("page.label.group_signed", group="citizens", n=1, total=4, name="Ann"))
    assert read_page(signed, voice()).text == "Citizen 1 of 4: Ann"


def test_a_long_voice_continues_where_it_was_cut() -> None:
    long = voice(words=Answers(personal="one two three"))
    first, second = read_page(page(part("personal", 0, 8)), long), read_page(page(part("personal", 8, 13)), long)
    assert first.paragraphs[1].text + second.paragraphs[1].text == "one two three"


def test_barriers_keep_their_numbers_over_a_cut() -> None:
    long = voice(words=Answers(barriers="No signal\nOld phones\nNo time"))
    assert read_page(page(part("barriers", 10, 28)), long).paragraphs[1].text == "2. Old phones\n3. No time"
    assert read_page(page(part("barriers", 3, 20)), long).paragraphs[1].text == "signal\n2. Old phones"


@pytest.mark.parametrize("own", ["1. No signal\n2. Old phones", "- No signal\n- Old phones", "Just one", "a\n" * 13])
def test_barriers_with_marks_of_their_own_are_left_as_they_are(own: str) -> None:
    assert read_page(page(part("barriers")), voice(words=Answers(barriers=own))).paragraphs[1].text == own


def test_a_voice_that_was_taken_down_leaves_a_stub() -> None:
    gone = voice(withdrawn_at=NOON, words=Answers())
    shown = read_page(page(part("personal"), part("barriers")), gone)
    assert [each.text for each in shown.paragraphs] == [
        "Frontline 3 of 6",
        "Taken down by the person who wrote it.",
    ]


def test_a_hidden_voice_says_why() -> None:
    shown = read_page(page(part("personal")), voice(hidden="It names a neighbour"))
    assert "It names a neighbour" in shown.text
    assert "Less walking" not in shown.text


def test_words_that_cannot_be_found_are_a_stub_too() -> None:
    assert "Taken down" in read_page(page(part("personal"))).text


def test_side_by_side_only_the_voice_that_is_gone_is_a_stub() -> None:
    beside = page(
        Part(heading=line("page.column.want", group="leaders")),
        replace(part("personal", of=0), heading=line("page.label.late", n=1)),
        replace(part("personal", of=1), heading=line("page.label.late", n=2)),
        kind=MessageKind.CONTRASTS,
    )
    shown = read_page(beside, voice(0, withdrawn_at=NOON), voice(1))
    assert [each.text for each in shown.paragraphs] == [
        "Frontline 3 of 6",
        "Leaders say what they want",
        "Late answer 1",
        "Taken down by the person who wrote it.",
        "Less walking",
    ]


def test_a_late_voice_says_what_its_writer_had_read() -> None:
    late = page(Part(heading=line("page.late.some")), part("personal"), kind=MessageKind.LATE_PAGE)
    assert "I had read some of the answers." in read_page(late, voice(seen=Seen.SOME)).text


def test_the_headline_says_how_the_set_came_about() -> None:
    round_ = replace(a_round(), phase=Phase.REVEALED, statement=Statement(groups=COUNTS))
    shown = read(MessageKind.HEADLINE_DONE, round_, args={"minutes": 5}).text
    for sentence in (
        "Repairs online: the answers are open. (R-7F3K)",
        "11 of 12 answered in time.",
        "Citizens: 4 of 4",
        "Frontline: 5 of 6",
        "1 could not be reached.",
        "1 chose not to answer.",
        "Nothing changed after opening.",
        "about 5 minutes",
        "those who lead it come last",
        "drawn by lot",
    ):
        assert sentence in shown


def test_the_headline_opens_before_it_counts() -> None:
    round_ = replace(a_round(), phase=Phase.CLOSED, statement=Statement(groups=COUNTS))
    assert read(MessageKind.HEADLINE, round_).text == "Repairs online: opening the answers of 11 people …"
    empty = replace(round_, statement=Statement(groups=()))
    told = "Repairs online: the round has closed, and nobody had answered in time."
    assert read(MessageKind.HEADLINE, empty).text == told


def test_where_nobody_answered_in_time_the_headline_says_until_when_one_still_can() -> None:
    empty = replace(a_round(), phase=Phase.REVEALED, statement=Statement(groups=()), ends_at=NOON + DAY)
    told = read(MessageKind.HEADLINE_DONE, empty).text
    assert "nobody had answered in time" in told
    assert "Late answers are taken until Wed, 2 Dec 2026, 12:00" in told
    assert "are open" not in told


@pytest.mark.parametrize("kind", list(ChangeKind))
def test_every_change_after_opening_is_told(kind: ChangeKind) -> None:
    change = Change(kind=kind, at=NOON, group="citizens", until=NOON + DAY)
    changed = told(Statement(groups=COUNTS, changes=(change,)))
    assert "Nothing changed" not in changed
    assert len(statement_lines(Statement(groups=COUNTS, changes=(change,)))) == 7


def test_people_who_came_are_counted_a_group_at_a_time() -> None:
    changes = tuple(
        Change(kind=ChangeKind.ADDED, at=NOON, group=group) for group in ("citizens", "leaders", "citizens")
    )
    changed = told(Statement(groups=COUNTS, changes=changes))
    assert "2 people were added to the citizens" in changed
    assert "1 person was added to the leaders" in changed


def test_merged_groups_are_told() -> None:
    assert "Too few of the citizens" in told(Statement(groups=COUNTS, merged={"citizens": "frontline"}))
    assert "Too few answered" in told(Statement(groups=COUNTS, merged={"citizens": "", "frontline": ""}))


@pytest.mark.parametrize(
    ("words", "minutes"),
    [("", 0), ("word", 1), ("word " * 160, 1), ("word " * 161, 2), ("维修" * 200, 2), ("word " * 1600, 10)],
)
def test_reading_time_counts_a_hundred_and_sixty_words_a_minute(words: str, minutes: int) -> None:
    assert minutes_to_read([voice(words=Answers(others=words))]) == minutes

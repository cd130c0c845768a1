"""Cutting and paging at their bounds: what fits is not cut, and what does not is cut where it hurts least."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.answers import Answers, Level, Seen
from bot.messages import MessageKind, Page, Reveal
from bot.reveal import codes, labels, pages
from bot.reveal.arranging import reveal_of
from bot.reveal.contrasts import contrasts
from bot.reveal.cutting import cut
from bot.reveal.labels import reading_order
from bot.reveal.reading_time import minutes_to_read
from bot.rounds import Group, Perspective, Statement
from tests.unit.reveals import a_round, arranged, cast

LONGEST = 1_001


def voice(at: int, answers: Answers, group: str | None = "frontline", **changes: object) -> Perspective:
    made = Perspective(
        id=str(at), position=at, group=group, name=None, seat_id=None, answers=answers, commitment="", seen=answers.seen
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def reveal(*voices: Perspective, **statement: object) -> Reveal:
    shown = arranged(a_round(cast(("frontline", 1))), [])
    told = replace(shown.round_, statement=Statement(groups=(), **statement))  # type: ignore[arg-type]
    return reveal_of(told, voices)


# where a text is cut ------------------------------------------------------------------------------------------


def test_what_fits_exactly_is_not_cut() -> None:
    assert cut("0123456789", 0, 10, len) == 10
    assert cut("a word or two", 0, 13, len) == 13
    assert cut("0123456789", 0, 9, len) == 9
    assert cut("0123456789", 4, 6, len) == 10
    assert cut("0123456789", 4, 5, len) == 9


@pytest.mark.parametrize("room", [0, 1])
def test_a_cut_always_goes_on_by_one_character(room: int) -> None:
    assert cut("abc", 1, room, len) == 2


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("abcde\nfghijklm", 0, 6),  # just over half of ten
        ("abcd\nefghijklm", 0, 10),  # just half: the message would be left half empty
        ("xxabcde\nfghijklm", 2, 8),
        ("xxabcd\nefghijklm", 2, 12),
        ("abcdefghi\njklm", 0, 10),
        ("abcdefghij\nklm", 0, 10),
        ("abc efg\nhi jklm", 0, 8),  # a line's end before the later end of a word
        ("ab. cde. f g hi", 0, 9),  # a sentence's end before the later end of a word
        ("abcdef\ng. ijklm", 0, 7),  # a line's end before the later end of a sentence
    ],
)
def test_a_cut_stands_in_the_later_half_at_the_end_that_hurts_least(text: str, start: int, end: int) -> None:
    assert cut(text, start, 10, len) == end


def test_a_cut_counts_as_the_platform_does() -> None:
    def escaped(text: str) -> int:
        return len(text) + 4 * text.count("&")

    assert cut("&&&&&&&&", 0, 20, escaped) == 4
    assert cut("ab&&&&&&", 0, 20, escaped) == 5
    assert cut("&&&&", 0, 20, escaped) == 4


def test_a_measure_that_is_not_steady_is_never_exceeded() -> None:
    def jumping(text: str) -> int:
        return len(text) + 3 * (len(text) == 9)

    assert jumping("x" * cut("x" * 30, 0, 9, jumping)) <= 9


# what stands on a page ----------------------------------------------------------------------------------------


def parts_of(page: Page) -> list[tuple[str, int]]:
    """Box and length of all that stands there."""
    return [(part.box, part.end - part.start) for part in page.parts if part.voice is not None]


def on_pages(personal: int, others: int) -> list[list[tuple[str, int]]]:
    written = Answers(personal="x" * personal, others="y" * others)
    return [parts_of(page) for page in pages(reveal(voice(0, written)), longest=LONGEST)]


def _alone() -> int:
    """Characters of one box that fill a page."""
    return max(size for size in range(LONGEST) if size and len(on_pages(size, 0)) == 1)


def test_a_box_that_fits_whole_on_the_next_page_goes_there_whole() -> None:
    full = _alone()
    beside = max(size for size in range(1, full) if len(on_pages(100, size)) == 1)
    assert on_pages(100, beside) == [[("personal", 100), ("others", beside)]]
    for size in (beside + 1, full):
        assert on_pages(100, size) == [[("personal", 100)], [("others", size)]]


def test_a_box_longer_than_any_page_begins_where_a_third_of_a_page_is_left() -> None:
    full = _alone()
    assert full % 3 == 0, "choose LONGEST so that a third of a page is a whole number"
    beside = max(size for size in range(1, full) if len(on_pages(100, size)) == 1)
    before = 100 + beside - full // 3
    first, *rest = on_pages(before, full + 1)
    assert first == [("personal", before), ("others", full // 3)]
    assert sum(size for page in rest for _, size in page) == full + 1 - full // 3
    assert on_pages(before + 1, full + 1)[0] == [("personal", before + 1)]


def test_a_page_holds_as_much_as_the_platform_takes_with_room_for_each_line() -> None:
    def with_facts(text: str) -> int:
        return 2 * len(text)

    full = _alone()
    written = Answers(personal="x" * (full // 2 + 20))
    assert len(pages(reveal(voice(0, written)), longest=LONGEST, measure=with_facts)) == 2
    assert (
        len(
            pages(
                reveal(voice(0, replace(written, personal="x" * (full // 2 - 20)))), longest=LONGEST, measure=with_facts
            )
        )
        == 1
    )


def test_contrasts_are_shown_up_to_so_many_people_and_late_ones_do_not_count() -> None:
    voices = [voice(0, Answers(intentions="a"), "citizens"), voice(1, Answers(intentions="b"), "leaders")]
    late = voice(2, Answers(personal="late", seen=Seen.SOME))
    kinds = [page.kind for page in pages(reveal(*voices, late), longest=LONGEST, contrasts_up_to=2)]
    assert kinds == [MessageKind.PAGE, MessageKind.PAGE, MessageKind.CONTRASTS, MessageKind.LATE_PAGE]
    assert MessageKind.CONTRASTS not in [
        page.kind for page in pages(reveal(*voices), longest=LONGEST, contrasts_up_to=1)
    ]


def test_each_groups_own_post_says_whose_it_is_and_how_many_speak() -> None:
    many = [voice(at, Answers(personal="x"), "citizens" if at < 8 else None) for at in range(21)]
    headings = [page for page in pages(reveal(*many), longest=LONGEST) if page.kind is MessageKind.HEADING]
    assert [(page.under, dict(page.title.facts)) for page in headings] == [
        ("citizens", {"group": "citizens", "count": 8}),
        ("everyone", {"group": "everyone", "count": 13}),
    ]


# what stands side by side -------------------------------------------------------------------------------------


def test_leaders_intentions_stand_beside_what_every_other_group_believes() -> None:
    shown = contrasts(
        reveal(
            voice(0, Answers(intentions="save"), "citizens"),
            voice(1, Answers(intentions="  "), "frontline"),
            voice(2, Answers(intentions="grow"), "leaders"),
            voice(3, Answers(intentions="late", seen=Seen.ALL), "frontline"),
        )
    )
    (intentions,) = [one for one in shown if one.kind == "intentions"]
    assert [(column.heading.key, column.heading.facts["group"], column.voices) for column in intentions.columns] == [
        ("page.column.want", "leaders", (2,)),
        ("page.column.believe", "citizens", (0,)),
    ]
    assert dict(intentions.title.facts) == {"group": "leaders"}


def test_each_group_stands_beside_what_those_read_after_it_say_of_it() -> None:
    shown = contrasts(
        reveal(
            voice(0, Answers(personal="mine"), "citizens"),
            voice(1, Answers(personal="ours", others="theirs"), "frontline"),
            voice(2, Answers(others="all of them"), "leaders"),
        )
    )
    told = [(one.title.facts["group"], [(c.heading.facts["group"], c.level) for c in one.columns]) for one in shown]
    assert told == [
        ("citizens", [("citizens", Level.PERSONAL), ("frontline", Level.OTHERS), ("leaders", Level.OTHERS)]),
        ("frontline", [("frontline", Level.PERSONAL), ("leaders", Level.OTHERS)]),
    ]


def test_groups_that_are_shown_together_are_called_so_wherever_they_stand() -> None:
    voices = (
        voice(0, Answers(personal="mine", intentions="save"), "citizens"),
        voice(1, Answers(others="theirs", intentions="grow"), "leaders"),
        voice(2, Answers(personal="late", seen=Seen.NONE), "citizens"),
    )
    joined = reveal(*voices, merged={"frontline": "citizens"})
    found = pages(joined, longest=LONGEST)
    assert [page.title.key for page in found if page.kind is MessageKind.PAGE] == [
        "page.label.group_joined",
        "page.label.group",
    ]
    columns = [column.heading.key for one in contrasts(joined) for column in one.columns]
    assert columns == [
        "page.column.want",
        "page.column.believe_joined",
        "page.column.of_themselves_joined",
        "page.column.of_others",
    ]
    beside = [
        part.heading.key
        for page in found
        if page.kind is MessageKind.CONTRASTS
        for part in page.parts
        if part.heading and part.voice == 0
    ]
    assert beside == ["page.label.group_joined"] * 2


@pytest.mark.parametrize("gone", [{"hidden": "names somebody"}, {"withdrawn_at": "2026-12-01"}])
def test_a_voice_that_cannot_be_read_stands_beside_nothing(gone: dict[str, object]) -> None:
    shown = contrasts(
        reveal(
            voice(0, Answers(personal="mine"), "citizens", **gone),
            voice(1, Answers(others="theirs"), "frontline"),
        )
    )
    assert shown == ()


# what voices are called ---------------------------------------------------------------------------------------


def test_groups_stand_citizens_frontline_others_leaders() -> None:
    names = ("leaders", "Night shift", "frontline", "Cooks", "citizens")
    groups = [Group(name=name, is_leaders=name == "leaders", asks_as=name if name.islower() else "") for name in names]
    assert reading_order(groups) == ("citizens", "frontline", "Night shift", "Cooks", "leaders")


def test_late_voices_are_counted_by_themselves_and_named_where_they_signed() -> None:
    found = labels(
        [
            voice(0, Answers(), "citizens"),
            voice(1, Answers(), "citizens", name="Cal"),
            voice(2, Answers(seen=Seen.NONE), None),
            voice(3, Answers(seen=Seen.NONE), "citizens", name="Cara"),
            voice(4, Answers(), None),
        ]
    )
    assert [(found[at].key, dict(found[at].facts)) for at in range(5)] == [
        ("page.label.group", {"group": "citizens", "n": 1, "total": 2}),
        ("page.label.group_signed", {"group": "citizens", "n": 2, "total": 2, "name": "Cal"}),
        ("page.label.late", {"n": 1}),
        ("page.label.late_group_signed", {"n": 2, "group": "citizens", "name": "Cara"}),
        ("page.label.group", {"group": "everyone", "n": 1, "total": 1}),
    ]


def test_codes_are_as_short_as_tells_the_groups_of_a_round_apart() -> None:
    voices = [
        voice(0, Answers(), "citizens"),
        voice(1, Answers(), "carers"),
        voice(2, Answers(), "carers"),
        voice(3, Answers(), None),
        voice(4, Answers(), "shift 1"),
        voice(5, Answers(seen=Seen.NONE), "carers"),
    ]
    found = codes(voices, ("citizens", "carers", "shift 1", "shift 12"))
    assert [found[at] for at in range(6)] == ["CI1", "CA1", "CA2", "E1", "SHIFT 1-1", "LATE1"]


# how long it takes to read ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("", 0),
        ("word", 1),
        ("word " * 160, 1),
        ("word " * 161, 2),
        ("wörd " * 160, 1),
        ("字" * 266, 1),
        ("字" * 267, 2),
    ],
)
def test_reading_takes_a_minute_for_each_160_words_begun(text: str, minutes: int) -> None:
    assert minutes_to_read([voice(0, Answers(personal=text))]) == minutes


def test_every_box_of_every_voice_takes_time_to_read() -> None:
    box = "word " * 40
    four = Answers(personal=box, others=box, intentions=box, barriers=box)
    assert minutes_to_read([voice(0, four), voice(1, four)]) == 2

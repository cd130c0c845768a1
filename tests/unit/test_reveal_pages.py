"""Pages: one person, one message; long ones continue; not one character lost, added or split."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.answers import Answers, Level, Seen
from bot.messages import MessageKind, Page, Reveal, args_of, page_of
from bot.reveal import codes, labels, pages
from bot.reveal.arranging import reveal_of
from bot.reveal.cutting import cut, is_between
from bot.rounds import Perspective
from tests.unit.reveals import a_round, arranged, cast, reply

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
CLUSTERS = (
    "a",
    " ",
    "\n",
    ". ",
    "。",
    "e\u0301",
    "\r\n",
    FAMILY,
    "\U0001f44d\U0001f3fd",
    "\U0001f1e9\U0001f1ea",
    "1\ufe0f\u20e3",
    "\u05e9\u05c1\u05b8",
    "ש\u200f",
    "क्ष",
    "\u1112\u1161\u11ab",
    "<&>",
    "字",
)
"""What people see as one character each (or, the plain ones, as several)."""

CLUSTERED = st.lists(st.sampled_from(CLUSTERS), max_size=120)
ANY = st.text(st.characters(), max_size=600)


def revealing(*written: Answers, groups: tuple[str, ...] = ()) -> Reveal:
    """Voices of the frontline, in the order given."""
    voices = tuple(
        Perspective(
            id=str(at),
            position=at,
            group=groups[at] if groups else "frontline",
            name=None,
            seat_id=None,
            answers=one,
            commitment="",
            seen=one.seen,
        )
        for at, one in enumerate(written)
    )
    shown = arranged(a_round(cast(("frontline", 1))), [])
    return reveal_of(shown.round_, voices)


def joined(made: tuple[Page, ...], voice: int, box: Level, text: str) -> str:
    parts = [part for page in made if page.kind is not MessageKind.CONTRASTS for part in page.parts]
    return "".join(text[part.start : part.end] for part in parts if part.voice == voice and part.box == box.value)


def escaping(text: str) -> int:
    """Counts as a platform that escapes does."""
    return sum(5 if char in "<>&" else 2 if ord(char) > 0xFFFF else 1 for char in text)


@settings(deadline=None)
@given(ANY, ANY, st.integers(500, 900), st.sampled_from([len, escaping]))
def test_no_character_is_lost_or_added(personal: str, others: str, longest: int, measure: object) -> None:
    count = escaping if measure is escaping else len
    made = pages(revealing(Answers(personal=personal, others=others)), measure=count, longest=longest)
    for level, text in ((Level.PERSONAL, personal), (Level.OTHERS, others)):
        assert joined(made, 0, level, text) == (text if text.strip() else "")


@settings(deadline=None)
@given(st.lists(ANY, min_size=4, max_size=4), st.integers(500, 900))
def test_no_message_is_longer_than_the_platform_takes(boxes: list[str], longest: int) -> None:
    written = Answers(personal=boxes[0], others=boxes[1], intentions=boxes[2], barriers=boxes[3])
    for page in pages(revealing(written), measure=escaping, longest=longest):
        shown = sum(escaping(written.of(Level(part.box))[part.start : part.end]) for part in page.parts if part.box)
        assert shown <= longest


@given(CLUSTERED, st.integers(12, 60))
def test_a_cut_never_splits_what_people_see_as_one_character(clusters: list[str], room: int) -> None:
    text, ends, at = "".join(clusters), set[int](), 0
    for cluster in clusters:
        at += len(cluster)
        ends.update(range(at - len(cluster), at + 1) if cluster.isascii() and cluster != "\r\n" else {at})
    start = 0
    while start < len(text):
        start = cut(text, start, room, len)
        assert start in ends


@pytest.mark.parametrize("cluster", [one for one in CLUSTERS if len(one) > 1 and not one.isascii()])
def test_known_clusters_hold_together(cluster: str) -> None:
    assert not any(is_between(f"x{cluster}y", at) for at in range(2, len(cluster) + 1))
    assert is_between(f"x{cluster}y", 1)
    assert is_between(f"x{cluster}y", len(cluster) + 1)


def test_flags_are_cut_between_not_within() -> None:
    two = "\U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7"
    assert [is_between(two, at) for at in range(1, 4)] == [False, True, False]


def test_a_heap_of_marks_longer_than_a_message_is_cut_all_the_same() -> None:
    assert cut("e" + "\u0301" * 500, 0, 100, len) == 100


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Twelve chars\nto be cut off", "Twelve chars\n"),
        ("A sentence ends. Another one goes on and on", "A sentence ends. "),
        ("这是第一句话完了就到这里啊。这是第二句话还要继续说下去", "这是第一句话完了就到这里啊。"),
        ("only words without any end go on here", "only words without "),
        ("abcdefghijklmnopqrstuvwxyz", "abcdefghijklmnopqrst"),
    ],
)
def test_cuts_prefer_ends_of_lines_sentences_and_words(text: str, first: str) -> None:
    assert text[: cut(text, 0, 20, len)] == first


def test_a_short_voice_is_one_message() -> None:
    [page] = pages(revealing(Answers(personal="Yes.", others="No.", barriers="Rain\nSnow")), longest=4_000)
    assert page.kind is MessageKind.PAGE
    assert page.title.key == "page.label.group"
    assert dict(page.title.facts) == {"group": "frontline", "n": 1, "total": 1}
    assert [part.heading.key for part in page.parts if part.heading] == [
        "page.box.personal",
        "page.box.others",
        "page.box.barriers",
    ]


def test_a_long_voice_says_which_part_of_it_this_is() -> None:
    made = pages(revealing(Answers(personal="word " * 200)), longest=1_000)
    told = [page.parts[0].heading for page in made]
    assert len(made) == 2
    assert [(one.key, dict(one.facts)) for one in told if one] == [
        ("page.part", {"part": 1, "parts": 2}),
        ("page.part", {"part": 2, "parts": 2}),
    ]


def test_two_people_never_share_a_message_before_the_contrasts() -> None:
    made = pages(revealing(*(Answers(personal=f"I am {n}") for n in range(5))), longest=4_000)
    assert [page.voices for page in made] == [{n} for n in range(5)]


def test_up_to_20_voices_stand_in_one_thread_and_above_each_group_has_its_own() -> None:
    few = pages(revealing(*(Answers(personal="x") for _ in range(20))), longest=4_000)
    assert {page.under for page in few} == {""}
    many = pages(revealing(*(Answers(personal="x") for _ in range(21))), longest=4_000)
    assert many[0].kind is MessageKind.HEADING
    assert {page.under for page in many} == {"frontline"}


def test_leaders_say_what_they_want_and_others_what_they_believe() -> None:
    made = pages(
        revealing(Answers(intentions="a"), Answers(intentions="b"), groups=("citizens", "leaders")), longest=4_000
    )
    headings = [page.parts[0].heading for page in made if page.kind is MessageKind.PAGE]
    assert [one.key for one in headings if one] == ["page.box.intentions", "page.box.intentions_of_leaders"]


def test_contrasts_come_after_the_voices_and_only_for_few_people() -> None:
    two = revealing(Answers(intentions="a"), Answers(intentions="b"), groups=("citizens", "leaders"))
    assert [page.kind for page in pages(two, longest=4_000)][-1] is MessageKind.CONTRASTS
    assert all(page.kind is MessageKind.PAGE for page in pages(two, longest=4_000, contrasts_up_to=1))


def test_contrasts_show_whole_words_however_long() -> None:
    text = "because of this and that, " * 100
    two = revealing(Answers(intentions=text), Answers(intentions="b"), groups=("citizens", "leaders"))
    made = [page for page in pages(two, longest=1_000) if page.kind is MessageKind.CONTRASTS]
    parts = [part for page in made for part in page.parts if part.voice == 0]
    assert "".join(text[part.start : part.end] for part in parts) == text


def test_a_heading_never_stands_alone_at_the_foot_of_a_message() -> None:
    written = [Answers(intentions="a " * 150) for _ in range(6)]
    two = revealing(*written, groups=("citizens",) * 3 + ("leaders",) * 3)
    for page in pages(two, longest=1_000):
        assert page.parts[-1].voice is not None


def test_late_voices_have_pages_of_their_own_marked_by_what_was_read() -> None:
    made = pages(revealing(Answers(personal="in time"), Answers(personal="x", seen=Seen.SOME)), longest=4_000)
    late = made[-1]
    assert late.kind is MessageKind.LATE_PAGE
    assert late.title.key == "page.label.late_group"
    assert late.parts[0].heading is not None
    assert late.parts[0].heading.key == "page.late.some"


@settings(deadline=None)
@given(st.lists(ANY, min_size=1, max_size=3))
def test_a_page_survives_being_stored(texts: list[str]) -> None:
    for page in pages(revealing(*(Answers(personal=text) for text in texts)), longest=600):
        stored = json.loads(json.dumps(args_of(page)))
        assert page_of(stored) == page


def test_a_stored_page_holds_no_words() -> None:
    [page] = pages(revealing(Answers(personal="canary")), longest=4_000)
    assert "canary" not in json.dumps(args_of(page))


# labels and codes -------------------------------------------------------------------------------------------


def test_numbers_follow_reading_order_within_the_shown_group() -> None:
    seats = cast(("citizens", 4), ("frontline", 3), ("leaders", 2))
    shown = arranged(a_round(seats), [reply(one) for one in seats])
    told = labels(shown.perspectives)
    assert [dict(told[at].facts) for at in (0, 3, 4, 8)] == [
        {"group": "citizens", "n": 1, "total": 4},
        {"group": "citizens", "n": 4, "total": 4},
        {"group": "frontline", "n": 1, "total": 3},
        {"group": "leaders", "n": 2, "total": 2},
    ]
    assert [codes(shown.perspectives, ["leaders", "frontline", "citizens"])[at] for at in (0, 6, 8)] == [
        "C1",
        "F3",
        "L2",
    ]


def test_a_voice_that_was_taken_down_keeps_its_number_and_loses_its_name() -> None:
    seats = cast(("citizens", 4))
    shown = arranged(a_round(seats), [reply(one, sign=True) for one in seats])
    assert labels(shown.perspectives)[1].key == "page.label.group_signed"
    gone = replace(shown.perspectives[1], hidden="names somebody")
    told = labels([shown.perspectives[0], gone, *shown.perspectives[2:]])
    assert told[1].key == "page.label.group"
    assert dict(told[1].facts) == {"group": "citizens", "n": 2, "total": 4}


def test_groups_with_the_same_first_letter_get_codes_that_differ() -> None:
    both = revealing(Answers(personal="x"), Answers(personal="y"), groups=("citizens", "carers"))
    assert codes(both.perspectives, ["citizens", "carers"]) == {0: "CI1", 1: "CA1"}

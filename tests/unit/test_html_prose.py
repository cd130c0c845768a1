"""Sentences and people's words as HTML: each reader's own times, and words that are never anything but words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.html.prose import Reader, paragraphs_html, prose_html, read_out
from adapters.html.shapes import Channel, Moment, Paragraph, Piece
from bot.isolates import isolated
from tests.unit.html_parsed import Element, parsed

LONDON = Reader("en-GB", "Europe/London")
AT = datetime(2026, 12, 4, 17, tzinfo=UTC)

ANY = st.text(st.characters(codec=None))
"""Any text, with lone surrogates and all that is not to be seen."""

NASTY = st.sampled_from(
    ["</p>", "<!--", "-->", "<script>", "\u2068", "\u2069\u2069", "\u202e", "&amp;", '"', "'", "\0"]
)
WORDS = st.lists(ANY | NASTY, max_size=6).map("".join)
BY_PARSERS = str.maketrans({"\0": "\u2400", **{chr(code): "\ufffd" for code in range(0xD800, 0xE000)}})


def ours(*pieces: Piece, heading: tuple[Piece, ...] = ()) -> Paragraph:
    return Paragraph(pieces=pieces, heading=heading)


def theirs(words: str, locale: str | None = None) -> Paragraph:
    return Paragraph(pieces=(words,), is_theirs=True, locale=locale)


def shown(*paragraphs: Paragraph, reader: Reader = LONDON, level: int = 3, is_titled: bool = False) -> Element:
    return parsed(paragraphs_html(paragraphs, reader, level=level, is_titled=is_titled))


def moment(at: datetime = AT, style: str = "", text: str = "as worded") -> Moment:
    return Moment(at=at, style=style, text=text)


@pytest.mark.parametrize(
    ("reader", "written"),
    [
        (LONDON, "Fri 4 Dec, 17:00"),
        (Reader("en-US", "America/New_York"), "Fri, Dec 4, 12:00\u202fPM"),
        (Reader("de", "Asia/Tokyo"), "Sat 5 Dec, 02:00"),
        (Reader(None, "Nowhere/Land"), "Fri 4 Dec, 17:00"),
    ],
    ids=["london", "new york", "no catalogue", "unknown zone"],
)
def test_a_time_is_written_for_the_reader(reader: Reader, written: str) -> None:
    time = shown(ours("It closes ", moment(), "."), reader=reader).one("time")
    assert time.text.replace(" ", " ") == written
    assert time.attributes["datetime"] == "2026-12-04T17:00:00+00:00"


@pytest.mark.parametrize(
    "at",
    [
        datetime(2026, 12, 4, 17),  # noqa: DTZ001 - of a shape that came without a zone
        AT.astimezone(timezone(timedelta(hours=1, seconds=28))),
    ],
    ids=["no zone", "a zone with seconds"],
)
def test_html_is_told_the_time_in_utc(at: datetime) -> None:
    assert shown(ours(moment(at))).one("time").attributes["datetime"] == "2026-12-04T17:00:00+00:00"


@pytest.mark.parametrize(
    "strange",
    [
        moment(style="fortnightly"),
        moment(datetime.max.replace(tzinfo=timezone(-timedelta(hours=5)))),
        moment(datetime.min.replace(tzinfo=timezone(timedelta(hours=5)))),
    ],
    ids=["style", "last day", "first day"],
)
def test_a_time_that_cannot_be_written_stands_as_it_was_worded(strange: Moment) -> None:
    assert shown(ours(strange)).text == "as worded"


def test_a_channel_stands_under_its_name() -> None:
    channel = shown(ours("All of ", Channel(id="C1", name="repairs<b>"), " will read it.")).one("bdi")
    assert channel.text == "#repairs<b>"
    assert "C1" not in paragraphs_html([ours(Channel(id="C1", name="x"))], LONDON)


def test_peoples_words_keep_their_line_breaks_their_language_and_their_direction() -> None:
    words = "שלום לכולם\n  two\r\nשלוש "
    quote = shown(theirs(words, "he-IL")).one("blockquote")
    assert quote.text == words
    assert (quote.attributes["lang"], quote.attributes["dir"]) == ("he", "rtl")
    assert shown(theirs("12:30", "no language")).one("blockquote").attributes["dir"] == "auto"
    assert "lang" not in shown(theirs("12:30", "no language")).one("blockquote").attributes


def test_no_address_in_peoples_words_becomes_a_link() -> None:
    words = "see https://example.org, mail me@example.org, call 0800 000 111, #repairs, @ann, <!channel>"
    tree = shown(theirs(words), ours(words))
    assert [one.tag for one in tree] == ["", "blockquote", "p"]
    assert tree.one("blockquote").text == words == tree.one("p").text


def test_a_heading_has_the_level_that_the_caller_gives() -> None:
    assert shown(ours("x", heading=("Ann",)), level=4).one("h4").text == "Ann"
    assert shown(ours("x", heading=("Ann",)), level=9).one("h6").text == "Ann"
    titled = shown(ours("Repairs online"), ours("x", heading=("Ann",)), level=3, is_titled=True)
    assert (titled.one("h3").text, titled.one("h4").text) == ("Repairs online", "Ann")
    assert not [one for one in titled.all("p") if one.text == "Repairs online"]


def test_an_empty_paragraph_leaves_no_element() -> None:
    assert shown(ours(), theirs("x"), Paragraph(pieces=(), is_theirs=True)).outline == [
        ("", ()),
        ("blockquote", ("class", "dir")),
    ]


def test_names_keep_their_direction_to_themselves_without_invisible_marks() -> None:
    tree = shown(ours(f"{isolated('דנה')} asks {isolated('Ann')}.", moment()))
    assert [one.text for one in tree.all("bdi")] == ["דנה", "Ann"]
    assert not set(tree.text) & set("\u2066\u2067\u2068\u2069")
    assert tree.one("p").attributes["dir"] == "auto"  # which leaves out the names


def test_a_name_that_is_a_channel_stands_in_its_isolate() -> None:
    tree = shown(ours("In \u2068", Channel(id="C1", name="דיור"), "\u2069 now."))
    (outer, inner) = tree.all("bdi")
    assert outer.children == [inner]
    assert tree.text == "In #דיור now."


@pytest.mark.parametrize("odd", ["\u2068\u2068x", "x\u2069\u2069", "\u2069x\u2068", "\u2066x\u2069", "\u2068" * 300])
def test_isolates_that_do_not_match_open_and_close_nothing_else(odd: str) -> None:
    tree = shown(ours(odd), ours("after"))
    assert [one.text for one in tree.all("p")] == ["x" if "x" in odd else "", "after"]


def test_what_is_read_aloud_is_what_is_seen() -> None:
    told = [
        ours(f"{isolated('Sam')} asks until ", moment(), " in ", Channel(id="C1", name="repairs"), heading=("News",)),
        theirs("as\u2068 it is"),
    ]
    assert read_out(told, LONDON).replace(" ", " ") == (
        "News\nSam asks until Fri 4 Dec, 17:00 in #repairs\nas\u2068 it is"
    )


@given(words=WORDS)
def test_nobodys_words_break_out_of_their_place(words: str) -> None:
    quiet = shown(theirs("x y"), ours("x", heading=("x",))).outline
    tree = shown(theirs(words or "x"), ours("x", heading=("x",)))
    (quote,) = tree.all("blockquote")
    assert quote.text == (words or "x").translate(BY_PARSERS)
    assert [tag for tag, _ in tree.outline] == [tag for tag, _ in quiet]


@given(name=WORDS, locale=WORDS)
def test_no_name_breaks_out_of_our_sentence(name: str, locale: str) -> None:
    pieces: tuple[Piece, ...] = (isolated(name), moment(style="?", text=name), Channel(id=name, name=name))
    tree = parsed(
        paragraphs_html([Paragraph(pieces=pieces, heading=pieces, locale=locale), theirs("12", locale)], LONDON)
    )
    assert {one.tag for one in tree} == {"", "h3", "p", "bdi", "time", "blockquote"}
    assert {name for one in tree for name in one.attributes} <= {"class", "dir", "lang", "datetime"}
    str(paragraphs_html([ours(name)], LONDON)).encode()


@given(told=st.lists(WORDS, max_size=8))
def test_any_sentence_leaves_each_element_closed(told: list[str]) -> None:
    tree = parsed(f"<p>{prose_html(tuple(told), LONDON)}</p>")
    assert {one.tag for one in tree} <= {"", "p", "bdi"}


def test_huge_words_are_drawn_whole() -> None:
    words = "word & <word>\n" * 50_000
    assert shown(theirs(words)).one("blockquote").text == words

"""Messages and outcomes on Slack: within every limit after escaping, and nothing that people wrote acts."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.slack import markup, views
from bot.acts import Confirm, Refused, Said
from bot.answers import Answers
from bot.messages import Control, Line, MessageKind, Passage, Post, Reveal, control, line
from bot.reveal import pages
from bot.rounds import Perspective, RoundCode, Statement
from bot.text import Texts
from tests.unit.slack_rules import as_they_stand, escaped, fits, in_markup, parts

TEXTS = Texts.load()
CODE = RoundCode("R-7F3K")
AT = datetime(2026, 12, 4, 17, tzinfo=UTC)
NASTY = "<!channel> <@U123> <http://evil.example|here> & *bold* _it_ `code` :tada: @here #general"


def page(*passages: Passage, title: str = "Ann") -> Post:
    first = line("page.label.late_signed", n=1, name=title)
    return Post(kind=MessageKind.PAGE, content=(first, *passages))


def of_one(text: str) -> Reveal:
    """A reveal of one voice."""
    voice = Perspective(
        id="0", position=0, group="citizens", name=None, seat_id=None, answers=Answers(personal=text), commitment="c"
    )
    return Reveal(
        code=CODE,
        service="Repairs online",
        groups=("citizens",),
        perspectives=(voice,),
        statement=Statement(groups=()),
        root="r",
        leaders="leaders",
    )


def test_words_of_people_stand_in_plain_text_and_unfold() -> None:
    told = views.message(page(Passage(text=NASTY, heading=line("page.box.personal"))), TEXTS)
    fits(told.blocks)
    assert NASTY in as_they_stand(told.blocks)
    assert "evil" not in in_markup(told.blocks)
    (words,) = [block for block in told.blocks if block.get("expand")]
    assert words["text"] == {"type": "plain_text", "text": NASTY, "emoji": False}


def test_names_in_our_sentences_do_not_act() -> None:
    told = views.message(page(title=NASTY), TEXTS)
    assert in_markup(told.blocks) == ""
    assert f"\u2068{NASTY}\u2069" in as_they_stand(told.blocks)


def test_the_text_for_screen_readers_holds_the_same_words_escaped() -> None:
    told = views.message(page(Passage(text=NASTY, heading=line("page.box.personal"))), TEXTS)
    assert markup.escape(NASTY) in told.text
    assert "<" not in told.text
    assert "For me" in told.text


def test_times_are_shown_in_each_readers_zone_and_written_out_for_ears() -> None:
    post = Post(kind=MessageKind.STATUS, content=(line("status.collecting", closes_at=AT),))
    told = views.message(post, TEXTS)
    (date,) = [part for part in parts(told.blocks) if part["type"] == "date"]
    assert date["timestamp"] == int(AT.timestamp())
    assert date["format"] == "{date_long} {time}"
    assert date["fallback"] == "Fri, 4 Dec 2026, 17:00"
    assert told.text == "It closes Fri, 4 Dec 2026, 17:00."


def test_seconds_are_not_rounded() -> None:
    assert "{time_secs}" in markup.moment(AT.replace(second=7), "", "17:00:07")


def test_a_weekday_alone_is_written() -> None:
    assert markup.moment(AT, "weekday", "Friday") == "Friday"


@pytest.mark.parametrize("mark", ["<", "&", "a", "😀", "ß"])
def test_three_thousand_of_any_character_fit_and_none_is_lost(mark: str) -> None:
    text = mark * 3_000
    assert "".join(markup.pieces(text)) == text
    assert all(markup.measure(piece) <= 3_000 for piece in markup.pieces(text))


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=st.sampled_from("ab <>&\n*_`~|é字😀"), min_size=1, max_size=3_000))
def test_any_voice_fits_its_pages_and_is_whole(text: str) -> None:
    if not text.strip():
        return
    for cut in pages(of_one(text), measure=markup.measure, longest=markup.LONGEST_TEXT):
        content: list[Line | Passage] = [cut.title]
        for part in cut.parts:
            if part.voice is None:
                content += [part.heading] if part.heading else []
            else:
                content.append(Passage(text=text[part.start : part.end], heading=part.heading))
        told = views.message(Post(kind=cut.kind, content=tuple(content)), TEXTS)
        fits(told.blocks)
        assert len(told.text) <= 4_000
        assert not told.text.endswith(" …") or text.rstrip().endswith("…")


def test_more_pieces_than_blocks_become_one_rich_text() -> None:
    many = [Passage(text=f"word {n} <!here>", heading=line("page.label.late", n=n)) for n in range(40)]
    told = views.message(page(*many), TEXTS)
    fits(told.blocks)
    assert len(told.blocks) < 10
    assert "word 39 <!here>" in as_they_stand(told.blocks)


def test_refused_with_its_layout_it_goes_out_plain_with_its_buttons() -> None:
    post = Post(kind=MessageKind.QUESTION, content=(line("message.nudge.begun", service=NASTY),), is_plain=True)
    assert views.message(post, TEXTS).blocks == ()
    with_button = Post(kind=post.kind, content=post.content, controls=(control("answer", CODE),), is_plain=True)
    told = views.message(with_button, TEXTS)
    fits(told.blocks)
    assert in_markup(told.blocks) == ""


def test_buttons_carry_the_promised_ids() -> None:
    controls = (control("answer", CODE), control("snooze", CODE, "3h"))
    told = views.message(Post(kind=MessageKind.QUESTION, content=(), controls=controls), TEXTS)
    fits(told.blocks)
    (row,) = told.blocks
    assert [button["action_id"] for button in row["elements"]] == [
        "coproduce:answer:R-7F3K",
        "coproduce:snooze:R-7F3K:3h",
    ]


def test_buttons_that_look_alike_say_which_round_they_mean() -> None:
    controls = tuple(control("answer", RoundCode(code)) for code in ("R-7F3K", "R-8G4M"))
    (told,) = views.said(Said(content=(line("said.home.waiting"),), controls=controls), TEXTS)
    assert [button["text"]["text"] for button in told.blocks[-1]["elements"]] == ["Answer (R-7F3K)", "Answer (R-8G4M)"]


def test_more_buttons_than_a_row_holds_go_on_in_the_next() -> None:
    controls = tuple(Control(verb="status", code=RoundCode(f"R-{n + 2222}")) for n in range(40))
    (told,) = views.said(Said(content=(line("said.home.running"),), controls=controls), TEXTS)
    fits(told.blocks)
    assert [len(block["elements"]) for block in told.blocks[1:]] == [25, 15]


def test_a_long_word_comes_in_several_messages() -> None:
    said = Said(content=tuple(Passage(text="<" * 3_000) for _ in range(3)))
    told = views.said(said, TEXTS)
    assert len(told) > 1
    for part in told:
        fits(part.blocks)
        assert len(part.text) <= 4_000


def test_a_refusal_says_what_is_wrong_with_each_box() -> None:
    refused = Refused(because=line("refused.setup"), fields={"service": line("refused.empty.service")})
    (told,) = views.said(refused, TEXTS)
    assert "Give it a short name." in as_they_stand(told.blocks)


def test_what_cannot_be_undone_asks_first() -> None:
    confirm = Confirm(content=(line("confirm.end", code=CODE),), yes=control("confirm", CODE, "close"))
    (told,) = views.said(confirm, TEXTS)
    fits(told.blocks)
    assert told.blocks[-1]["elements"][0]["action_id"] == "coproduce:confirm:R-7F3K:close"


def test_metadata_holds_a_mark_and_no_words() -> None:
    assert views.metadata("k") == {"event_type": "coproduce_message", "event_payload": {"key": "k"}}


def test_a_shortened_text_is_never_cut_inside_an_entity() -> None:
    for length in range(10, 30):
        assert not markup.shortened_markup("&amp;" * 20, length).rstrip(" …").endswith(("&", "&a", "&am", "&amp"))


def test_what_was_typed_is_read_as_it_was_typed() -> None:
    assert markup.typed("add frontline <!subteam^S12|@team> <@U1|sam> &amp; &lt;x&gt;") == (
        "add frontline <@S12|@team> <@U1|sam> & <x>"
    )


@given(st.text(alphabet=st.sampled_from("a<>&"), max_size=200))
def test_escaping_counts_as_it_is_measured(text: str) -> None:
    assert markup.measure(text) == len(markup.escape(text)) == escaped(text)

"""Messages and outcomes on Discord: within every limit after escaping, and never cut where people's words are read."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.discord import markup, views
from adapters.discord.markup import LONGEST_CONTENT, length
from bot.acts import Said
from bot.answers import Answers
from bot.errors import Rejected
from bot.forms import LONGEST_REQUEST
from bot.messages import Control, MessageKind, Passage, Post, Reveal, control, line
from bot.ports import MOST_REQUESTS
from bot.reveal import pages
from bot.rounds import Perspective, RoundCode, Statement
from bot.text import Texts
from tests.unit.discord_rules import acts, shown

TEXTS = Texts.load()
CODE = RoundCode("R-7F3K")
AT = datetime(2026, 12, 4, 17, tzinfo=UTC)
NASTY = "@everyone <@123456789012345678> [here](http://evil.example) *bold* _it_ `code` :tada: ||x||\n# big\n- one"


def page(*passages: Passage, title: str = "Ann", kind: MessageKind = MessageKind.PAGE) -> Post:
    first = line("page.label.late_signed", n=1, name=title)
    return Post(kind=kind, content=(first, *passages))


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


def fits(told: views.Told) -> None:
    assert 0 < length(told.content) <= LONGEST_CONTENT
    assert len(told.components) <= 5
    for row in told.components:
        assert 1 <= len(row["components"]) <= 5
        assert all(len(each["label"]) <= 80 and len(each["custom_id"]) <= 100 for each in row["components"])


def ids(told: views.Told) -> list[str]:
    return [each["custom_id"] for row in told.components for each in row["components"]]


def test_all_reasons_for_hiding_a_voice_stand_whole_in_one_message() -> None:
    reasons = [f"{n}: {'why it should go, in many words ' * 5}"[:LONGEST_REQUEST] for n in range(MOST_REQUESTS)]
    told = line("message.hiding.told", service="Repairs online", voice="F3", count=MOST_REQUESTS)
    passages = (Passage(text=reason, heading=line("message.hiding.reason")) for reason in reasons)
    card = Post(kind=MessageKind.HIDING, content=(told, *passages, line("message.hiding.what_to_do")))
    content = shown(views.message(card, TEXTS).content)
    assert len({len(reason) for reason in reasons}) == 1
    assert all(reason.strip() in content for reason in reasons)


def test_words_of_people_stand_to_the_letter_and_act_as_nothing() -> None:
    told = views.message(page(Passage(text=NASTY, heading=line("page.box.personal"))), TEXTS)
    fits(told)
    assert NASTY in shown(told.content)
    assert not acts(told.content.replace("**", ""))


def test_names_in_our_sentences_do_not_act_and_keep_their_direction() -> None:
    name = "*bob* :tada: <#1>"
    told = views.message(page(title=name), TEXTS)
    assert f"\u2068{name}\u2069" in shown(told.content)
    assert not acts(told.content.replace("**", ""))


def test_nothing_notifies_or_unfolds() -> None:
    payload = views.message(page(), TEXTS).payload
    assert payload["allowed_mentions"] == {"parse": []}
    assert payload["flags"] & 4
    assert "embeds" not in payload


@settings(max_examples=40)
@given(st.lists(st.sampled_from(["word ", "*", "\\", "😀", ":", "\n- ", "ض", "https://x "]), max_size=900).map("".join))
def test_a_reveal_is_never_cut_and_each_page_fits(text: str) -> None:
    found = pages(of_one(text), measure=markup.measure, longest=markup.LONGEST_PAGE)
    read = ""
    for each in found:
        words = [
            Passage(text=text[part.start : part.end], heading=part.heading)
            for part in each.parts
            if part.voice is not None
        ]
        heads = [part.heading for part in each.parts if part.voice is None and part.heading]
        told = views.message(Post(kind=each.kind, content=(each.title, *heads, *words)), TEXTS)
        fits(told)
        read += "".join(passage.text for passage in words)
        assert all(passage.text.strip() in shown(told.content) for passage in words)
    assert read.strip() == text.strip()


def test_words_of_the_reveal_that_do_not_fit_are_refused_and_not_cut() -> None:
    with pytest.raises(Rejected):
        views.message(page(Passage(text="x" * 2_500)), TEXTS)


def test_a_question_with_three_long_texts_keeps_all_of_our_sentences() -> None:
    texts = [Passage(text=sign * 600, heading=line("message.question.planned")) for sign in "*_~"]
    last = line("message.question.who", organiser="Ann", code=CODE)
    told = views.message(Post(kind=MessageKind.QUESTION, content=(*texts, last)), TEXTS)
    fits(told)
    assert shown(told.content).endswith("R-7F3K.")
    assert [shown(told.content).count(sign) > 200 for sign in "*_~"] == [True, True, True]
    assert not acts(told.content.replace("**", ""))


def test_a_list_of_a_thousand_names_is_cut_at_its_end() -> None:
    names = "\n".join(f"Person *{n}*" for n in range(1_000))
    told = views.message(Post(kind=MessageKind.STATUS, content=(line("refused.cannot_be_asked", names=names),)), TEXTS)
    fits(told)
    assert told.content.endswith("…")


def test_what_somebody_is_shown_at_once_is_split_and_nothing_of_it_is_lost() -> None:
    text = "".join(f"{n} words *here*. " for n in range(400))
    told = views.said(Said(content=(Passage(text=text),), controls=(control("home"),)), TEXTS)
    assert len(told) > 2
    for each in told:
        fits(each)
    assert "".join(shown(each.content) for each in told) == text
    assert [bool(each.components) for each in told] == [False] * (len(told) - 1) + [True]


def test_buttons_stand_in_rows_of_five_with_the_ids_of_the_surface() -> None:
    controls = tuple(control("answer", RoundCode(f"R-7F3{n}")) for n in range(7))
    told = views.message(
        Post(
            kind=MessageKind.QUESTION, content=(line("message.reminder.missing", service="Repairs"),), controls=controls
        ),
        TEXTS,
    )
    fits(told)
    assert ids(told) == [each.id for each in controls]
    assert [len(row["components"]) for row in told.components] == [5, 2]
    labels = [each["label"] for row in told.components for each in row["components"]]
    assert len(set(labels)) == 7, "buttons that look alike bear the code of their round"


def test_the_same_button_stands_once() -> None:
    twice: tuple[Control, ...] = (control("home"), control("home"))
    post = Post(kind=MessageKind.STATUS, content=(line("message.reminder.missing", service="Repairs"),), controls=twice)
    assert ids(views.message(post, TEXTS)) == ["coproduce:home:"]


def test_a_plain_message_has_the_same_words_and_no_emphasis() -> None:
    post = page(Passage(text=NASTY, heading=line("page.box.personal")))
    plain = Post(kind=post.kind, content=post.content, is_plain=True)
    assert not acts(views.message(plain, TEXTS).content)


def test_the_numbers_of_buttons_mark_a_message_and_are_read_back() -> None:
    controls = tuple(control("answer", RoundCode(f"R-7F3{n}")) for n in range(7))
    content = (line("message.reminder.missing", service="Repairs"),)
    told = views.message(Post(kind=MessageKind.QUESTION, content=content, controls=controls), TEXTS)
    marked = told.marked(views.mark("AAAAAAAAAAAAAAAAAAAAAA"))
    assert views.mark_of(marked.components) == views.mark("AAAAAAAAAAAAAAAAAAAAAA")
    numbers = [one["id"] for row in marked.components for one in (row, *row["components"])]
    assert len(set(numbers)) == 9
    assert max(numbers) < 2**31
    assert views.mark_of(told.components) == 0
    assert views.mark("A") != views.mark("B")
    assert marked.content == told.content

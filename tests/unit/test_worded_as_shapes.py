"""Worded messages as shapes: times and channels stay data, and people's own words are one piece of text."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from adapters.html import worded
from adapters.html.shapes import Channel, Moment, Paragraph, as_json, of_json, plain, renamed
from bot.acts import Field, FieldKind, Form, FormKind, Refused, ShowForm
from bot.messages import MessageKind, Passage, Post, line
from bot.people import Address, Place
from bot.rounds import RoundCode
from bot.text import Texts

TEXTS = Texts.load()
AT = datetime(2026, 12, 4, 17, tzinfo=UTC)
PLACE = Place(address=Address(platform="playground", workspace="play", channel="C1"), name="repairs")
OPENS = line("message.new_venue.told", service="Repairs", place=PLACE, opens_at=AT, count=3)


def _post(*content: object, **more: object) -> Post:
    return Post(kind=MessageKind.PAGE, content=content, **more)  # type: ignore[arg-type]


def test_the_times_and_channels_of_a_sentence_are_data_and_it_reads_as_the_bot_worded_it() -> None:
    post = _post(OPENS, locale="de-AT", tz="Europe/Vienna")
    (told,) = worded.paragraphs(TEXTS, post)
    (when,) = (piece for piece in told.pieces if isinstance(piece, Moment))
    (where,) = (piece for piece in told.pieces if isinstance(piece, Channel))
    assert (when.at, where) == (AT, Channel(id="C1", name="repairs"))
    assert when.text in TEXTS.post(post).text
    assert told.text == TEXTS.post(post).text
    (new,) = renamed((told,), {"C1": "mending"})
    assert new.text == told.text.replace("repairs", "mending")
    assert of_json(tuple[Paragraph, ...], as_json((told,))) == (told,)


@pytest.mark.parametrize(
    "hostile", ["\ue000\ue002C1\ue003secret\ue000", "\ue000\ue0012026-01-01\ue003x\ue003y\ue000", "\ue000"]
)
def test_no_name_and_no_word_of_anybody_is_read_as_a_time_or_a_channel(hostile: str) -> None:
    named = Place(address=PLACE.address, name=f"a{hostile}b")
    sentence = line("message.new_venue.told", service=hostile, place=named, opens_at=AT, count=3)
    words = Passage(text=hostile, heading=line("play.inbox", name=hostile), locale="fr")
    ours, theirs = worded.paragraphs(TEXTS, _post(sentence, words))
    pieces = [type(piece) for piece in ours.pieces if not isinstance(piece, str)]
    assert sorted(kind.__name__ for kind in pieces) == ["Channel", "Moment"]
    assert (theirs.pieces, theirs.is_theirs, theirs.locale) == ((hostile,), True, "fr")
    assert all(isinstance(piece, str) for piece in theirs.heading)


def test_the_labels_of_a_form_may_be_the_organisers_own_words_in_their_language() -> None:
    fields = (
        Field(
            name="personal",
            kind=FieldKind.TEXT,
            label=Passage(text="Was \ue000 heißt das?", locale="de"),
            hint=Passage(text="Kurz.", locale="de"),
            error=line("refused.time_empty"),
            choices=(("a", line("form.save")),),
        ),
        Field(name="others", kind=FieldKind.TEXT, label=line("form.save")),
    )
    form = Form(
        kind=FormKind.ANSWER,
        code=RoundCode("R-7F3K"),
        page="",
        fields=fields,
        title=OPENS,
        submit=line("form.save"),
        notes=(Passage(text="K7QD"), OPENS),
    )
    sheet = worded.sheet(TEXTS, ShowForm(form=form, locale="de"))
    own, ours = sheet.boxes
    assert own.label == Paragraph(pieces=("Was \ue000 heißt das?",), is_theirs=True, locale="de")
    assert own.hint == Paragraph(pieces=("Kurz.",), is_theirs=True, locale="de")
    assert not ours.label.is_theirs
    assert ours.hint is None
    assert plain(own.error).startswith("Say when")
    assert any(isinstance(piece, Channel) for piece in sheet.title)
    assert [note.is_theirs for note in sheet.notes] == [True, False]
    assert of_json(type(sheet), as_json(sheet)) == sheet


def test_a_refusal_says_what_is_wrong_at_which_box() -> None:
    refused = Refused(because=line("refused.time_empty"), fields={"closes_at": line("refused.time_empty")})
    told = worded.message(TEXTS, refused)
    assert plain(told.errors["closes_at"]) == told.paragraphs[0].text

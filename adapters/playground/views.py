"""Pure: messages, outcomes and forms as they cross the line to the chat."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from adapters.html import worded
from adapters.html.shapes import Paragraph, as_json, plain, text_of
from adapters.playground.chat.wire import Json
from bot import forms
from bot.acts import Confirm, Outcome, Refused, Said, ShowForm
from bot.messages import File, Post
from bot.text import Texts


def message(post: Post, texts: Texts) -> Json:
    """What `post` and `edit` of the chat take."""
    return {"kind": post.kind.value, **_told(worded.message(texts, post))}


def answer(outcome: Outcome, texts: Texts) -> Json:
    """What somebody is shown for what they did."""
    match outcome:
        case ShowForm():
            return {"show": "form", "form": as_json(worded.sheet(texts, outcome))}
        case Said(receipt=receipt) if receipt:
            form = forms.receipt_shown(outcome, receipt)
            return answer(ShowForm(form=form, locale=outcome.locale, tz=outcome.tz), texts)
        case Said():
            return {"show": "said", **_told(worded.message(texts, outcome))}
        case Refused():
            return _refused(worded.message(texts, outcome))
        case Confirm():
            return {"show": "confirm", **_told(worded.message(texts, outcome))}


def attachment(files: Iterable[File], texts: Texts) -> Json:
    """The lines above shared files."""
    lines = (Paragraph(pieces=(f"{texts.line(file.title)} ({file.name})",)) for file in files)
    return {"paragraphs": as_json(tuple(lines)), "controls": []}


def _told(message: worded.Message) -> Json:
    return {"paragraphs": as_json(message.paragraphs), "controls": as_json(message.buttons)}


def _refused(message: worded.Message) -> Json:
    """Below the sentence stands what is wrong with each box, where that is not the same sentence."""
    said = text_of(message.paragraphs)
    errors = dict.fromkeys(message.errors.values())
    more = tuple(Paragraph(pieces=error) for error in errors if plain(error) not in said)
    told = replace(message, paragraphs=(*message.paragraphs, *more))
    return {"show": "refused", **_told(told), "errors": {name: as_json(at) for name, at in message.errors.items()}}

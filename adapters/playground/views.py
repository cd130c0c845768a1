"""Pure: messages, outcomes and forms as the chat shows them. It has no markup: people's words stand as they are.

Channels are left out of our sentences and listed as `mentions`: where in the text, which channel, and its last known
name. The chat fills in the name that the channel has when it is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from adapters.playground.chat.wire import Json
from bot import forms
from bot.acts import Confirm, Outcome, Refused, Said, ShowForm
from bot.messages import File, Post
from bot.people import Place
from bot.text import Button, Paragraph, Texts, Worded, WordedField, WordedForm

_MARK, _REST = "\ue000", "\ue001"
_MENTION = re.compile(f"{_MARK}(.*?){_REST}(.*?){_MARK}")


def message(post: Post, texts: Texts) -> Json:
    """What `post` and `edit` of the chat take."""
    worded = texts.post(post, escape=_escape, named=_named)
    return {"kind": post.kind.value, **_told(worded.paragraphs), "controls": _buttons(worded.buttons)}


def answer(outcome: Outcome, texts: Texts) -> Json:
    """What somebody is shown for what they did."""
    match outcome:
        case ShowForm():
            worded = texts.form(outcome)
            notes = texts.form(outcome, escape=_escape, named=_named).notes
            return {"show": "form", "form": _form(worded, notes), **_read_out(worded, notes)}
        case Said(receipt=receipt) if receipt:
            form = forms.receipt_shown(outcome, receipt)
            return answer(ShowForm(form=form, locale=outcome.locale, tz=outcome.tz), texts)
        case Said():
            return _shown("said", texts.outcome(outcome, escape=_escape, named=_named))
        case Refused():
            return _shown("refused", texts.outcome(outcome, escape=_escape, named=_named))
        case Confirm():
            return _shown("confirm", texts.outcome(outcome, escape=_escape, named=_named))


def attachment(files: Iterable[File], texts: Texts) -> str:
    """The line above shared files."""
    return "\n".join(f"{texts.line(file.title)} ({file.name})" for file in files)


def _named(place: Place) -> str:
    channel = place.address.channel
    return f"{_MARK}{channel}{_REST}{_escape(place.name)}{_MARK}" if channel else f"#{_escape(place.name)}"


def _escape(fact: str) -> str:
    """No name looks like a mention."""
    return fact.replace(_MARK, "").replace(_REST, "")


def _told(paragraphs: Iterable[Paragraph], *more: str) -> Json:
    """Paragraphs, and further sentences of ours, as lines of one text; and where it mentions channels."""
    parts = [part for one in paragraphs for part in ((one.heading, True), (one.text, not one.is_theirs))]
    text, mentions = "", list[tuple[int, str, str]]()
    for part, is_ours in (*parts, *((part, True) for part in more)):
        if not part:
            continue
        text, at = f"{text}\n" if text else text, 0
        for found in _MENTION.finditer(part) if is_ours else ():
            text += part[at : found.start()]
            mentions.append((len(text), found[1], found[2]))
            at = found.end()
        text += part[at:]
    return {"text": text, "mentions": mentions}


def _shown(show: str, worded: Worded) -> Json:
    """A refusal says below its sentence what is wrong with each box, where that is not the same sentence."""
    errors = [text for text in dict.fromkeys(worded.errors.values()) if text not in worded.text]
    return {
        "show": show,
        **_told(worded.paragraphs, *errors),
        "controls": _buttons(worded.buttons),
        "errors": {name: _told((), text) for name, text in worded.errors.items()},
    }


def _buttons(buttons: Iterable[Button]) -> list[Json]:
    return [{"id": one.id, "label": one.label} for one in buttons]


def _form(worded: WordedForm, notes: Iterable[Paragraph]) -> Json:
    return {
        "kind": worded.form.kind.value,
        "code": worded.form.code,
        "page": worded.form.page,
        "title": worded.title,
        "notes": [_told([note]) for note in notes],
        "boxes": [_box(box) for box in worded.boxes],
        "submit": worded.submit,
    }


def _box(box: WordedField) -> Json:
    return {
        "name": box.field.name,
        "kind": box.field.kind.value,
        "label": box.label,
        "hint": box.hint,
        "values": list(box.field.values),
        "choices": [list(choice) for choice in box.choices],
        "optional": box.field.optional,
        "longest": box.field.longest,
        "error": box.error,
    }


def _read_out(worded: WordedForm, notes: Iterable[Paragraph]) -> Json:
    """A form as text, without the person's own words in its boxes and without the receipt among its notes."""
    lines: list[str] = []
    for box in worded.boxes:
        lines += [line for line in (box.label, box.hint, box.error) if line]
        lines += [f"( ) {label}" for _, label in box.choices]
    ours = (Paragraph(text=worded.title), *(note for note in notes if not note.is_theirs))
    return _told(ours, *lines, f"[{worded.submit}]")

"""Pure: messages, outcomes and forms as the chat shows them. It has no markup: people's words stand as they are."""

from __future__ import annotations

from collections.abc import Iterable

from adapters.playground.chat.wire import Json
from bot import forms
from bot.acts import Confirm, Outcome, Refused, Said, ShowForm
from bot.messages import File, Post
from bot.text import Button, Texts, Worded, WordedField, WordedForm


def message(post: Post, texts: Texts) -> Json:
    """What `post` and `edit` of the chat take."""
    worded = texts.post(post)
    return {"kind": post.kind.value, "text": worded.text, "controls": _buttons(worded.buttons)}


def answer(outcome: Outcome, texts: Texts) -> Json:
    """What somebody is shown for what they did."""
    match outcome:
        case ShowForm():
            worded = texts.form(outcome)
            return {"show": "form", "form": _form(worded), "text": _read_out(worded)}
        case Said(receipt=receipt) if receipt:
            form = forms.receipt_shown(outcome, receipt)
            return answer(ShowForm(form=form, locale=outcome.locale, tz=outcome.tz), texts)
        case Said():
            return _shown("said", texts.outcome(outcome))
        case Refused():
            return _shown("refused", texts.outcome(outcome))
        case Confirm():
            return _shown("confirm", texts.outcome(outcome))


def attachment(files: Iterable[File], texts: Texts) -> str:
    """The line above shared files."""
    return "\n".join(f"{texts.line(file.title)} ({file.name})" for file in files)


def _shown(show: str, worded: Worded) -> Json:
    """A refusal says below its sentence what is wrong with each box, where that is not the same sentence."""
    errors = [text for text in dict.fromkeys(worded.errors.values()) if text not in worded.text]
    return {
        "show": show,
        "text": "\n".join([worded.text, *errors]),
        "controls": _buttons(worded.buttons),
        "errors": dict(worded.errors),
    }


def _buttons(buttons: Iterable[Button]) -> list[Json]:
    return [{"id": one.id, "label": one.label} for one in buttons]


def _form(worded: WordedForm) -> Json:
    return {
        "kind": worded.form.kind.value,
        "code": worded.form.code,
        "page": worded.form.page,
        "title": worded.title,
        "notes": [note.text for note in worded.notes],
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


def _read_out(worded: WordedForm) -> str:
    """A form as text, without the person's own words in its boxes and without the receipt."""
    lines = [worded.title, *(note.text for note in worded.notes if not note.is_theirs)]
    for box in worded.boxes:
        lines += [line for line in (box.label, box.hint, box.error) if line]
        lines += [f"( ) {label}" for _, label in box.choices]
    return "\n".join([*lines, f"[{worded.submit}]"])

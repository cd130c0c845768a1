"""Pure: what an outcome looks like to the one who acted: a form, or private messages with buttons."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from adapters.discord import forms, mistakes, panel, views, zones
from adapters.discord.forms import NOTHING, Before, Place
from adapters.discord.markup import LONGEST_CONTENT, length, shortened
from adapters.discord.panel import Panel
from adapters.discord.views import Told
from bot.acts import LATE, Confirm, Form, FormKind, Outcome, Refused, Said, ShowForm
from bot.messages import Control, Line, Passage, control, line
from bot.rounds import RoundCode
from bot.text import Texts, WordedField
from bot.written_in import NAME as WRITTEN_IN

Json = dict[str, Any]

WRITE: Final = "write"
"""Argument of the button that leads from the notices to the form; behind it what was chosen: `write:some:de`."""

IN: Final = "in"
"""Argument of the choice of a language: `in:de`."""

HIDE: Final = "hide:"
"""Argument of `confirm`, with the mark of the voice behind it: the reason is kept as it was typed."""

LONGEST_PLACEHOLDER = 150

_RECEIPT = re.compile(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){3}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """One form, or one message and more."""

    modal: Json | None = None
    messages: tuple[Told, ...] = ()


def screen(
    outcome: Outcome | Panel,
    texts: Texts,
    now: datetime,
    *,
    argument: str = "",
    may_open: bool,
    sent: Place | None = None,
) -> Screen:
    """`argument`: of the button that was pressed. `may_open`: a form can still be shown. `sent`: the form that was."""
    match outcome:
        case Panel():
            return _panel(panel.panel(outcome.shown, now, outcome.told), texts)
        case ShowForm() if outcome.form.kind is FormKind.SETUP and outcome.form.page != zones.VERB:
            return _setup(outcome, texts, now, may_open=may_open)
        case ShowForm() if outcome.form.kind is FormKind.ANSWER:
            before = _chosen(argument)
            if may_open and argument.partition(":")[0] == WRITE:
                return Screen(modal=forms.modal(outcome, texts, before=before, has_notes=False))
            return _notices(outcome, texts, before)
        case ShowForm() if may_open:
            return Screen(modal=forms.modal(outcome, texts))
        case ShowForm():
            return _messages(_before(outcome, sent), texts)
        case Refused() if sent and (again := _reopens(sent, outcome)):
            return _messages(replace(outcome, controls=(again, *outcome.controls)), texts)
        case _:
            return _messages(outcome, texts)


def _setup(shown: ShowForm, texts: Texts, now: datetime, *, may_open: bool) -> Screen:
    page = shown.form.page
    if not (may_open and panel.is_part(page)):
        return _panel(panel.panel(shown, now), texts)
    return Screen(modal=forms.modal(panel.part(shown), texts))


def _panel(shown: tuple[Said, str], texts: Texts) -> Screen:
    """The parts in one row, the way on below it; the next thing to do stands out."""
    said, next_thing = shown
    *before, last = views.said(said, texts)
    buttons = [_standing_out(button, next_thing) for row in last.components for button in row["components"]]
    parts = [button for button in buttons if panel.is_way_to_a_part(button["custom_id"])]
    ways_on = [button for button in buttons if button not in parts]
    rows = tuple({"type": views.ROW, "components": row} for row in (parts, ways_on))
    return Screen(messages=(*before, replace(last, components=rows)))


def _standing_out(button: Json, next_thing: str) -> Json:
    return {**button, "style": views.PRIMARY} if button["custom_id"] == next_thing else button


def _messages(outcome: Said | Refused | Confirm, texts: Texts) -> Screen:
    told = views.said(outcome, texts)
    receipt = outcome.receipt if isinstance(outcome, Said) else None
    return Screen(messages=tuple(_with_receipt(told, receipt, outcome.locale, texts) if receipt else told))


def _with_receipt(told: Sequence[Told], receipt: str, locale: str, texts: Texts, *asks: Line | Passage) -> list[Told]:
    """In a box from which it can be copied, above the buttons and what they ask."""
    *before, last = told
    asked = "\n".join(each.content for each in views.said(Said(content=asks, locale=locale), texts)) if asks else ""
    box = f"**{texts.line(line('form.receipt.label'), locale)}**\n```\n{receipt}\n```{asked}"
    if length(last.content) + length(box) + 1 <= LONGEST_CONTENT:
        return [*before, replace(last, content=f"{last.content}\n{box}")]
    return [*before, Told(content=last.content), Told(content=box, components=last.components)]


def _chosen(argument: str) -> Before:
    what, first, second = [*argument.split(":"), "", ""][:3]
    if what == IN:
        return Before(language=first)
    return Before(seen=first, language=second) if what == WRITE else NOTHING


def _notices(shown: ShowForm, texts: Texts, before: Before) -> Screen:
    """What an answer's writer must know and may choose before the form, which has no room for it."""
    form = shown.form
    boxes = {box.field.name: box for box in texts.form(shown).boxes}
    seen, language = boxes.get("seen"), boxes.get(WRITTEN_IN)
    if language is not None and not before.language:
        before = replace(before, language=next(iter(language.field.values), ""))
    asks = [box.field.label for box in (language, seen) if box is not None]
    write = control("answer", form.code, _write("", before))
    receipts = [note.text for note in form.notes if isinstance(note, Passage) and _RECEIPT.fullmatch(note.text)]
    notes = [note for note in form.notes if not (isinstance(note, Passage) and note.text in receipts)]
    said = Said(
        content=(_bold(form.title), *notes, *forms.cut_off(shown, texts), *(() if receipts else asks)),
        controls=() if seen is not None else (write,),
        locale=shown.locale,
        tz=shown.tz,
    )
    rows: list[Json] = []
    if language is not None:
        rows.append(_select(shown, language, IN, lambda tag: f"{IN}:{tag}", before.language))
    if seen is not None:
        rows.append(_select(shown, seen, "seen", lambda read: _write(read, before)))
    told = views.said(said, texts, items=len(notes))
    for receipt in receipts:
        told = _with_receipt(told, receipt, shown.locale, texts, *asks)
    *others, last = told
    return Screen(messages=(*others, replace(last, components=(*rows, *last.components))))


def _bold(title: Line) -> Passage:
    return Passage(text="", heading=title)


def _write(seen: str, before: Before) -> str:
    return f"{WRITE}:{seen}:{before.language}" if before.language else f"{WRITE}:{seen}" if seen else WRITE


def _select(shown: ShowForm, box: WordedField, name: str, argument: Callable[[str], str], chosen: str = "") -> Json:
    """A menu of one box. What is chosen of it is pressed at once: its values are ids of buttons."""
    verb = "late" if shown.form.page == LATE else "answer"
    options: list[Json] = [
        {
            "label": shortened(label, forms.LONGEST_OPTION, str),
            "value": control(verb, shown.form.code, argument(value)).id,
            "default": bool(chosen) and value == chosen,
        }
        for value, label in box.choices
    ]
    select: Json = {
        "type": forms.STRING_SELECT,
        "custom_id": control(verb, shown.form.code, name).id,
        "placeholder": shortened(box.label, LONGEST_PLACEHOLDER, str),
        "options": options,
    }
    return {"type": views.ROW, "components": [select]}


def _before(shown: ShowForm, sent: Place | None) -> Said:
    """What stands above a form that cannot be shown now, what is wrong in it, and the button that opens it."""
    form = shown.form
    wrong: tuple[Line | Passage, ...] = tuple(box.error for box in form.fields if box.error)
    if form.kind is FormKind.HIDE and form.page:  # its voice was found
        wrong = tuple(_reason(form))
    return Said(
        content=(_bold(form.title), *form.notes, *wrong),
        controls=_opens(form, sent),
        locale=shown.locale,
        tz=shown.tz,
    )


def _reason(form: Form) -> Iterator[Passage]:
    """As it was typed: it will stand in the place of the voice."""
    for box in form.fields:
        if box.name == "reason" and isinstance(box.label, Line):
            yield Passage(text="".join(box.values), heading=box.label)


def _opens(form: Form, sent: Place | None) -> tuple[Control, ...]:
    to_form = mistakes.again(sent) if sent else None
    if to_form is None:
        return (control(_verb(form), form.code if form.code else None),)
    sure = control("confirm", form.code, f"{HIDE}{form.page}")
    return (sure, to_form) if form.kind is FormKind.HIDE and form.page else (to_form,)


def _verb(form: Form) -> str:
    return zones.VERB if form.page == zones.VERB else mistakes.OPENED_BY[form.kind]


def _reopens(sent: Place, refused: Refused) -> Control | None:
    """The way back to the form that was refused, unless the refusal leads elsewhere."""
    if refused.controls and not (refused.fields and mistakes.opened_by(sent)):
        return None
    if sent.kind == FormKind.ANSWER:
        verb = "late" if sent.page == LATE else "answer"
        return control(verb, RoundCode(sent.code), _write(sent.before.seen, sent.before), wording=WRITE)
    return mistakes.again(sent)

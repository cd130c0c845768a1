"""Pure: what an outcome looks like to the one who acted: a form, or private messages with buttons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from adapters.discord import forms, panel, views, zones
from adapters.discord.forms import Place
from adapters.discord.markup import LONGEST_CONTENT, length, shortened
from adapters.discord.panel import Panel
from adapters.discord.views import Told
from bot.acts import LATE, Confirm, FormKind, Outcome, Refused, Said, ShowForm
from bot.messages import Control, Line, Passage, control, line
from bot.rounds import Receipt, RoundCode
from bot.text import Texts

Json = dict[str, Any]

WRITE: Final = "write"
"""Argument of the button that leads from the notices to the form; of a late answer with what was read before."""

LONGEST_PLACEHOLDER = 150
LONGEST_ID = 100

_AGAIN = {
    FormKind.EXTEND: "extend",
    FormKind.HIDE: "hide",
    FormKind.HIDING: "hiding",
    FormKind.VENUE: "venue",
    FormKind.RECEIPT_CHECK: "check",
    FormKind.RECEIPT_WITHDRAW: "withdraw",
}
"""Form -> the verb of the button that opens it: a form cannot answer a form."""


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
        case ShowForm() if outcome.form.page == zones.VERB:
            modal = forms.modal(outcome, texts) if may_open else None
            return Screen(modal=modal, messages=() if may_open else _messages(_before(outcome), texts).messages)
        case Panel():
            return _messages(panel.panel(outcome.shown, now, outcome.told), texts)
        case ShowForm() if outcome.form.kind is FormKind.SETUP:
            return _setup(outcome, texts, now, may_open=may_open)
        case ShowForm() if outcome.form.kind is FormKind.ANSWER:
            if may_open and argument.startswith(WRITE):
                seen = argument.partition(":")[2]
                return Screen(modal=forms.modal(outcome, texts, seen=seen, has_notes=False))
            return _notices(outcome, texts)
        case ShowForm() if may_open:
            return Screen(modal=forms.modal(outcome, texts))
        case ShowForm():
            return _messages(_before(outcome), texts)
        case Refused() if sent and not outcome.controls and (again := _reopens(sent)):
            return _messages(replace(outcome, controls=(again,)), texts)
        case _:
            return _messages(outcome, texts)


def _setup(shown: ShowForm, texts: Texts, now: datetime, *, may_open: bool) -> Screen:
    page = shown.form.page
    if not (may_open and panel.is_part(page)):
        return _messages(panel.panel(shown, now), texts)
    part = forms.part(shown, panel.boxes(page))
    return Screen(modal=forms.modal(panel.empty(part) if page == panel.MORE else part, texts, has_notes=False))


def _messages(outcome: Said | Refused | Confirm, texts: Texts) -> Screen:
    told = views.said(outcome, texts)
    receipt = outcome.receipt if isinstance(outcome, Said) else None
    return Screen(messages=tuple(_with_receipt(told, receipt, outcome.locale, texts) if receipt else told))


def _with_receipt(told: Sequence[Told], receipt: Receipt, locale: str, texts: Texts) -> list[Told]:
    """In a box from which it can be copied, above the buttons."""
    *before, last = told
    box = f"**{texts.line(line('form.receipt.label'), locale)}**\n```\n{receipt}\n```"
    if length(last.content) + length(box) + 1 <= LONGEST_CONTENT:
        return [*before, replace(last, content=f"{last.content}\n{box}")]
    return [*before, Told(content=last.content), Told(content=box, components=last.components)]


def _notices(shown: ShowForm, texts: Texts) -> Screen:
    """What an answer's writer must know, before the form, which has no room for it."""
    form = shown.form
    is_late = form.page == LATE
    asks = [box.label for box in form.fields if box.name == "seen"] if is_late else []
    said = Said(
        content=(form.title, *form.notes, *forms.cut_off(shown, texts), *asks),
        controls=() if is_late else (control("answer", form.code, WRITE),),
        locale=shown.locale,
        tz=shown.tz,
    )
    *before, last = views.said(said, texts)
    if is_late:
        last = replace(last, components=(*last.components, _what_was_read(shown, texts)))
    return Screen(messages=(*before, last))


def _what_was_read(shown: ShowForm, texts: Texts) -> Json:
    """A select; what is chosen opens the form."""
    box = next(box for box in texts.form(shown).boxes if box.field.name == "seen")
    options = [
        {"label": shortened(label, forms.LONGEST_OPTION, str), "value": _late(shown.form.code, value)}
        for value, label in box.choices
    ]
    select = {
        "type": forms.STRING_SELECT,
        "custom_id": control("late", shown.form.code, "seen").id,
        "placeholder": shortened(box.label, LONGEST_PLACEHOLDER, str),
        "options": options,
    }
    return {"type": views.ROW, "components": [select]}


def _late(code: RoundCode, seen: str) -> str:
    return control("late", code, f"{WRITE}:{seen}").id


def _before(shown: ShowForm) -> Said:
    """What stands above a form that cannot be shown now, what is wrong in it, and the button that opens it."""
    form = shown.form
    wrong: tuple[Line | Passage, ...] = tuple(box.error for box in form.fields if box.error)
    return Said(content=(form.title, *form.notes, *wrong), controls=(_opens(shown),), locale=shown.locale, tz=shown.tz)


def _opens(shown: ShowForm) -> Control:
    form = shown.form
    if form.page == zones.VERB:
        return control(zones.VERB)
    typed = {box.name: (box.values or ("",))[0] for box in form.fields}
    if form.kind is FormKind.HIDE and form.page:  # its voice was found: pressed with its reason, the button hides it
        sure = control("hide", form.code, f"{form.page} {typed['reason']}", wording="sure")
        if length(sure.id) <= LONGEST_ID:
            return sure
    return control(_AGAIN[form.kind], form.code, typed.get("voice", "") if form.kind is not FormKind.EXTEND else "")


def _reopens(sent: Place) -> Control | None:
    kind = FormKind(sent.kind) if sent.kind in tuple(FormKind) else None
    return control(_AGAIN[kind], RoundCode(sent.code)) if kind in _AGAIN else None

"""What was typed into a small form and was not taken, kept until it is put right: in the memory of the process only.

The button that opens the form again carries none of it: a receipt or somebody's reason never stands in an id, as chats
keep messages. After a restart it is gone, and the form says so.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from adapters.discord import zones
from adapters.discord.forms import Place
from bot.acts import FormKind, Outcome, Refused, ShowForm
from bot.messages import Control, Line, control, line
from bot.rounds import RoundCode
from bot.setups import Fields

AGAIN: Final = "again"
"""Verb of the button that opens a form with what was typed, as a form cannot answer a form. Its argument is the verb
that opens it empty."""

OPENED_BY: Mapping[str, str] = {
    FormKind.EXTEND: "extend",
    FormKind.HIDE: "hide",
    FormKind.HIDING: "hiding",
    FormKind.VENUE: "venue",
    FormKind.RECEIPT_CHECK: "check",
    FormKind.RECEIPT_WITHDRAW: "withdraw",
}
"""Small form -> the verb of the button that opens it."""

KEPT_FOR: Final = timedelta(hours=1)
MOST: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    fields: Fields = field(repr=False)
    errors: Mapping[str, Line]
    at: datetime


class Mistakes:
    """One for each person, round and form."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str, str], Mistake] = OrderedDict()

    def note(self, user: str, sent: Place, fields: Fields, outcome: object, at: datetime) -> None:
        """Keeps what was sent where the outcome asks for it once more; forgets it where it was taken."""
        verb = opened_by(sent)
        if verb is None:
            return
        self._drop_old(at)
        key = (user, verb, sent.code)
        self._kept.pop(key, None)
        if isinstance(outcome, Refused | ShowForm):
            self._kept[key] = Mistake(fields=fields, errors=_errors(outcome), at=at)
        while len(self._kept) > MOST:
            self._kept.popitem(last=False)

    def of(self, user: str, verb: str, code: str, now: datetime) -> Mistake | None:
        self._drop_old(now)
        return self._kept.get((user, verb, code))

    def _drop_old(self, now: datetime) -> None:
        """They stand in the order in which they came."""
        while self._kept and now - next(iter(self._kept.values())).at >= KEPT_FOR:
            self._kept.popitem(last=False)


def opened_by(sent: Place) -> str | None:
    """The verb of the button that opens this small form. None: it is none."""
    return zones.VERB if sent.page == zones.VERB else OPENED_BY.get(sent.kind)


def again(sent: Place) -> Control | None:
    """The button that opens it with what was typed."""
    verb = opened_by(sent)
    return control(AGAIN, RoundCode(sent.code) if sent.code else None, verb) if verb else None


def put_right(outcome: Outcome, mistake: Mistake | None) -> Outcome:
    """The form with what was typed, and what is wrong at its box."""
    if not isinstance(outcome, ShowForm):
        return outcome
    form = outcome.form
    if mistake is None:
        return replace(outcome, form=replace(form, notes=(line("form.again.gone"), *form.notes)))
    boxes = tuple(
        replace(box, values=mistake.fields.get(box.name, box.values), error=mistake.errors.get(box.name))
        for box in form.fields
    )
    return replace(outcome, form=replace(form, fields=boxes))


def _errors(outcome: Refused | ShowForm) -> Mapping[str, Line]:
    if isinstance(outcome, Refused):
        return outcome.fields
    return {box.name: box.error for box in outcome.form.fields if box.error}

"""The pages of an answer: each is kept as a sealed draft, the last one seals. Words live in local variables only."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime

from adapters.slack.modals import Place
from bot import commands
from bot.acts import Act, Actor, Answer, Form, Outcome, Refused, Said, ShowForm
from bot.messages import Line
from bot.rounds import ActId, Fields, RoundCode

Do = Callable[[Act | Refused], Awaitable[Outcome]]


@dataclass(frozen=True, slots=True, kw_only=True)
class NextPage:
    """Kept; the form goes on."""

    shown: ShowForm
    step: int


async def turn(place: Place, fields: Fields, *, id: ActId, actor: Actor, at: datetime, do: Do) -> Outcome | NextPage:
    """A page was sent. What the others hold is read from what is kept: a window cannot carry words along."""
    code, is_late = RoundCode(place.code), place.page == "late"
    own = await do(Answer(id=ActId(f"{id}:own"), actor=actor, at=at, code=code, late=is_late))
    form = own.form if isinstance(own, ShowForm) else None
    stored = _stored(form) if form else {}
    merged = {**stored, **fields}
    is_draft = not place.is_last
    if is_draft and form and form.page == place.page and not _differ(stored, merged):
        return _next(own, merged, place)  # what is sealed stays sealed: it was only looked at
    written = commands.filled(place.kind, place.code, place.page, merged, id=id, actor=actor, at=at, draft=is_draft)
    outcome = await do(written)
    if is_draft and _is_kept(outcome, is_late=is_late):
        return _next(own, merged, place)
    return outcome


def _next(own: Outcome, merged: Fields, place: Place) -> Outcome | NextPage:
    if not isinstance(own, ShowForm):
        return own
    boxes = tuple(replace(box, values=_said(merged, box.name) or box.values) for box in own.form.fields)
    return NextPage(shown=replace(own, form=replace(own.form, fields=boxes)), step=place.step + 1)


def _stored(form: Form) -> Fields:
    return {box.name: box.values for box in form.fields}


def _differ(stored: Fields, merged: Fields) -> bool:
    return any(_said(stored, name) != _said(merged, name) for name in merged)


def _said(fields: Fields, name: str) -> tuple[str, ...]:
    return tuple(value for value in fields.get(name, ()) if value)


def _is_kept(outcome: Outcome, *, is_late: bool) -> bool:
    """As a draft; a page of the late form as one for later. That a round closed meanwhile is told."""
    if not isinstance(outcome, Said) or not outcome.content:
        return False
    first = outcome.content[0]
    return isinstance(first, Line) and first.key in ("said.draft", *(("said.kept_late",) if is_late else ()))

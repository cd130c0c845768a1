"""Checks outcomes and posts: every sentence is in the catalogue, has all its facts, and every button is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bot.acts import Act, Confirm, Outcome, Refused, Said, ShowForm
from bot.commands import Perhaps, pressed
from bot.messages import Control, Line, Passage, Post
from bot.rounds import ActId, RoundCode
from bot.text import Wordless
from tests.builders import NOON, actor
from tests.isolates import AsRead

TEXTS = AsRead.load()


def faults_of(shown: Outcome | Post) -> list[str]:
    """The faults of an outcome or a post; normally none."""
    return [*_of_lines(shown), *(fault for one in _controls(shown) for fault in _of_control(one))]


def _of_lines(shown: Outcome | Post) -> Iterator[str]:
    for line in _lines(shown):
        facts: Mapping[str, object] = line.facts
        for name, fact in facts.items():
            if fact is None:
                yield f"{line.key}: {name} is nothing"
        try:
            TEXTS.line(line)
        except Wordless as error:
            yield f"{line.key}: no such sentence, or it lacks a fact: {dict(error.facts)}"


def _of_control(control: Control) -> Iterator[str]:
    try:
        TEXTS.label(control)
    except Wordless:
        yield f"{control.verb}: a button without a label"
    act = pressed(control.id, id=ActId("1"), actor=actor(), at=NOON)
    if isinstance(act, Refused) and act.because.key == "refused.stale_button":
        yield f"{control.id}: nobody knows this button"


def _lines(shown: Outcome | Post) -> Iterator[Line]:
    match shown:
        case ShowForm(form=form):
            yield from (form.title, form.submit)
            yield from _of_content(form.notes)
            for box in form.fields:
                yield from _of_content(tuple(part for part in (box.label, box.hint, box.error) if part))
                yield from (label for _, label in box.choices)
        case Refused():
            yield from (shown.because, *shown.fields.values())
        case _:
            yield from _of_content(shown.content)


def _of_content(content: tuple[Line | Passage, ...]) -> Iterator[Line]:
    for part in content:
        if isinstance(part, Line):
            yield part
        elif part.heading:
            yield part.heading


def _controls(shown: Outcome | Post) -> tuple[Control, ...]:
    match shown:
        case Said() | Refused() | Post():
            return shown.controls
        case Confirm():
            return (shown.yes,)
        case ShowForm():
            return ()


__all__ = ["TEXTS", "faults_of"]


def settled(found: Act | Refused | Perhaps, *own: RoundCode) -> Act | Refused:
    """What a typed command means to somebody who has these rounds."""
    if not isinstance(found, Perhaps):
        return found
    return next((act for code, act in found.meant if code in own), found.otherwise)

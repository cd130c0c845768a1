"""Pure: the set-up as a private panel that shows which parts are done, with a form for each part.

Everything that is typed is kept by the engine: the panel is made anew of it each time, and holds nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from adapters.discord.reading import ROLE
from bot import when
from bot.acts import Form, FormKind, Refused, Said, ShowForm
from bot.messages import Control, Line, Passage, control, line
from bot.rounds import GROUPS
from bot.setups import Fields

WHO: Final = tuple(reversed(GROUPS))

PARTS: Mapping[str, tuple[str, ...]] = {
    "what": ("service", "proposal", "decided", "still_open", "stage"),
    "who": (*WHO, "co_organiser", "contact"),
    "when": ("channel", "closes_at", "time_zone", "attribution"),
    "names": ("next_steps", "leaders_name", "frontline_name", "citizens_name"),
}
"""Argument of `setup` -> the boxes of its form, in order."""

MORE: Final = "more"
"""A form that adds people: a select holds 25."""

IN_SERVER: Final = frozenset({"who", "when", MORE})
"""Parts with menus of people or channels."""

NEEDED: Mapping[str, frozenset[str]] = {
    "what": frozenset({"service", "proposal"}),
    "who": frozenset(WHO),
    "when": frozenset({"channel", "closes_at"}),
}
"""What a part must hold to be done. The fourth may stay empty."""

CLOSES: Final = "closes"
"""`setup:<code>:closes:<ISO time>`: the deadline that was read back is right."""

FULL = 25

_AGREED = "+00:00"


def is_way_to_a_part(button: str) -> bool:
    """By its id."""
    return button.rpartition(":")[2] in PARTS


def is_part(page: str) -> bool:
    return page in PARTS or page == MORE


def boxes(page: str) -> tuple[str, ...]:
    return WHO if page == MORE else PARTS[page]


def part(shown: ShowForm) -> ShowForm:
    """The boxes of the part that the form's label names. The one that adds people shows nobody who is named already."""
    form = shown.form
    of = {box.name: box for box in form.fields}
    fields = tuple(of[name] for name in boxes(form.page) if name in of)
    if form.page == MORE:
        fields = tuple(replace(box, values=()) for box in fields)
    title = line("control.setup.more" if form.page == MORE else f"control.setup.part_{form.page}")
    notes = (line("form.setup.note_when"),) if form.page == "when" else ()
    return replace(shown, form=replace(form, fields=fields, title=title, notes=notes))


def in_private(shown: ShowForm) -> Said | ShowForm:
    """Menus of people and channels are empty in a private conversation: where to fill such a form in is told."""
    form = shown.form
    if form.kind is FormKind.VENUE:
        return replace(shown, form=replace(form, notes=(*form.notes, line("form.venue.in_the_server", code=form.code))))
    if form.kind is FormKind.SETUP and form.page in IN_SERVER:
        return Said(content=(line("panel.in_the_server"),), locale=shown.locale, tz=shown.tz)
    return shown


def joined(page: str, fields: Fields, before: Fields) -> Fields:
    """What is saved: people beyond the 25 that a select can show stay named, and the form that adds removes nobody."""
    if page not in (MORE, "who"):
        return fields
    unseen = 0 if page == MORE else FULL
    kept = {name: before.get(name, ())[unseen:] for name in WHO if name in fields}
    people = {name: tuple(dict.fromkeys((*others, *fields[name]))) for name, others in kept.items()}
    if page == "who":
        people = {name: tuple(dict.fromkeys((*fields[name], *kept[name]))) for name in kept}
    return {**fields, **people}


def values(form: Form) -> Fields:
    return {box.name: tuple(value for value in box.values if value) for box in form.fields}


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """The outcome of a part that was sent. `told`: what is not right with it."""

    shown: ShowForm
    told: Refused | None = None


def panel(shown: ShowForm, now: datetime, told: Refused | None = None) -> tuple[Said, str]:
    """What is done, what is wrong, and the way on; and the id of the button that comes next.

    `told`: why the part that was just sent is not right.
    """
    form = shown.form
    typed = values(form)
    errors = {**{box.name: box.error for box in form.fields if box.error}, **(told.fields if told else {})}
    closes_at = _closes_at(typed, now, shown.tz) if "closes_at" not in errors else None
    is_agreed = closes_at is not None and _is_agreed(typed["closes_at"][0])
    done = {name: _is_done(name, typed, errors) and (name != "when" or is_agreed) for name in PARTS}
    is_ready = all(done[name] for name in NEEDED)
    content: list[Line | Passage] = [
        Passage(text="", heading=_title(form, typed)),
        line("panel.ready" if is_ready else "panel.fill_in"),
    ]
    content += [line(f"panel.{'done' if is_done else 'open'}.{name}") for name, is_done in done.items()]
    content += _people(typed)
    before_mistakes = len(content)
    if told and not told.fields:
        content.append(told.because)
    content += _mistakes(form, errors)
    if closes_at is not None:
        content.insert(
            before_mistakes, line("panel.closes" if is_agreed else "panel.closes_right", closes_at=closes_at)
        )
    ways_on = tuple(_ways_on(form, typed, None if is_agreed else closes_at, is_ready=is_ready))
    said = Said(content=tuple(content), controls=ways_on, locale=shown.locale, tz=shown.tz)
    return said, _next_of(ways_on, done)


def _next_of(ways_on: Sequence[Control], done: Mapping[str, bool]) -> str:
    """The form of the first part that lacks something; of the third only the agreement may be lacking; then [Open]."""
    lacks = next((part for part in NEEDED if not done[part]), None)
    agreement = next((way for way in ways_on if way.argument.startswith(f"{CLOSES}:")), None)
    if lacks == "when" and agreement is not None:
        return agreement.id
    return next(way.id for way in ways_on if way.argument == lacks or (lacks is None and way.verb == "open"))


def _title(form: Form, typed: Fields) -> Line:
    service = typed.get("service", ())
    if service:
        return line("panel.title", service=service[0], code=form.code)
    return line("panel.untitled", code=form.code)


def _is_done(part: str, typed: Fields, errors: Mapping[str, Line]) -> bool:
    if any(name in errors for name in PARTS[part]):
        return False
    if part not in NEEDED:
        return any(typed.get(name) for name in PARTS[part])
    return all(typed.get(name) for name in NEEDED[part])


def _mistakes(form: Form, errors: Mapping[str, Line]) -> Iterator[Line | Passage]:
    """Each below the name of its box, where the form has that box."""
    labels = {box.name: box.label for box in form.fields if isinstance(box.label, Line)}
    for name, error in errors.items():
        if name in labels:
            yield Passage(text="", heading=labels[name])
        yield error


def _people(typed: Fields) -> Iterator[Line]:
    counts = {name: len(typed.get(name, ())) for name in WHO}
    if any(counts.values()):
        roles = sum(ref.startswith(ROLE) for name in WHO for ref in typed.get(name, ()))
        yield line("panel.people", **counts, roles=roles)


def _ways_on(form: Form, typed: Fields, closes_at: datetime | None, *, is_ready: bool) -> Iterator[Control]:
    for name in PARTS:
        yield control("setup", form.code, name, wording=f"part_{name}")
    if closes_at:
        yield _agree(form, closes_at)
    if is_ready:
        yield control("preview", form.code)
        yield control("open", form.code)
    if any(typed.get(name) for name in WHO):
        yield control("setup", form.code, MORE)
    yield control("cancel", form.code)


def _agree(form: Form, at: datetime) -> Control:
    return control("setup", form.code, f"{CLOSES}:{at.astimezone(UTC).isoformat(timespec='seconds')}", wording="agree")


def agreed(argument: str) -> Fields | None:
    """`closes:<ISO time>` as the box that it fills in."""
    name, _, at = argument.partition(":")
    return {"closes_at": (at,)} if name == CLOSES and _is_agreed(at) else None


def _is_agreed(typed: str) -> bool:
    """Written by [Yes], with an offset; the engine's own proposal ends in Z, and nobody has agreed to it yet."""
    return typed.endswith(_AGREED) and _exact(typed) is not None


def _exact(typed: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(typed)
    except ValueError:
        return None
    return at if at.tzinfo else None


def _closes_at(typed: Fields, now: datetime, tz: str) -> datetime | None:
    written = (typed.get("closes_at") or ("",))[0]
    if not written or (exact := _exact(written)):
        return exact if written else None
    zone = (typed.get("time_zone") or (tz,))[0]
    read = when.read(written, now=now, tz=zone if when.is_zone(zone) else tz)
    return read if isinstance(read, datetime) else None

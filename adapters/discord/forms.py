"""Pure: forms as Discord's modals of at most five parts. What was filled in is read by `reading.filled`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from adapters.discord.markup import escape, fact, moment, named, ours, shortened
from adapters.discord.reading import ROLE
from bot.acts import LATE, FieldKind, Form, FormKind, ShowForm
from bot.forms import ONE_PERSON
from bot.messages import Passage
from bot.setups import Fields
from bot.text import Texts, WordedField
from bot.when.zones import is_zone, zone_of
from bot.written_in import NAME as WRITTEN_IN

Json = dict[str, Any]

MOST_PARTS = 5
LONGEST_TITLE = 45
LONGEST_LABEL = 45
LONGEST_HINT = 100
LONGEST_OPTION = 100
LONGEST_ID = 100
LONGEST_NOTES = 3_600
LONGEST_INPUT = 4_000
MOST_CHOSEN = 25
"""https://docs.discord.com/developers/components/reference"""

TEXT_DISPLAY, TEXT_INPUT, LABEL = 10, 4, 18
STRING_SELECT, USER_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT = 3, 5, 7, 8
SHORT, PARAGRAPH = 1, 2
ROOMS: Final = (0, 5)
"""Types of channels in which a round can be: text and announcement."""

BEFORE_THE_FORM = frozenset({"seen", WRITTEN_IN})
"""Asked in the private message that leads to the form, which has no room for them."""

_IN = "in="


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What the writer of an answer chose before the form; empty: nothing."""

    seen: str = ""  # of a late answer: what was read before
    language: str = ""  # in which it is written

    @property
    def fields(self) -> Fields:
        chosen = {"seen": self.seen, WRITTEN_IN: self.language}
        return {name: (value,) for name, value in chosen.items() if value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Which form a modal is: its `custom_id`, which is not secret and holds no words."""

    kind: str
    code: str
    page: str = ""
    before: Before = Before()  # of an answer: what its writer chose before the form

    @property
    def id(self) -> str:
        language = f"{_IN}{self.before.language}:" if self.before.language else ""
        seen = f":{self.before.seen}" if self.before.seen else ""
        return f"coproduce:{self.kind}:{self.code}:{language}{self.page}{seen}"

    @classmethod
    def read(cls, id: str) -> Place:
        """Parses a `custom_id`; an empty place if the form is not ours."""
        ours, kind, code, rest = [*id.split(":", 3), "", "", "", ""][:4]
        if ours != "coproduce":
            return cls(kind="", code="")
        if kind != FormKind.ANSWER:
            return cls(kind=kind, code=code, page=rest)
        language, seen = "", ""
        if rest.startswith(_IN):
            language, _, rest = rest.removeprefix(_IN).partition(":")
        if rest.startswith(f"{LATE}:"):
            rest, _, seen = rest.partition(":")
        return cls(kind=kind, code=code, page=rest, before=Before(seen=seen, language=language))


NOTHING = Before()


def modal(shown: ShowForm, texts: Texts, *, before: Before = NOTHING, has_notes: bool = True) -> Json:
    """The answer to an interaction that opens the form. `has_notes` False: they stand in the message before it."""
    boxes = [_written(box, shown) for box in texts.form(shown).boxes if box.field.name not in BEFORE_THE_FORM]
    parts = [_label(box) for box in boxes]
    notes = _notes(shown, texts) if has_notes and len(parts) < MOST_PARTS else ""
    return {
        "custom_id": _place(shown.form, before).id,
        "title": shortened(texts.form(shown).title, LONGEST_TITLE, str),
        "components": [*([{"type": TEXT_DISPLAY, "content": notes}] if notes else []), *parts][:MOST_PARTS],
    }


def _place(form: Form, before: Before) -> Place:
    """A group's name that is too long is left out: the engine takes a form that does not name it."""
    place = Place(kind=form.kind.value, code=form.code, page=form.page, before=before)
    return place if len(place.id) <= LONGEST_ID else replace(place, page="")


def cut_off(shown: ShowForm, texts: Texts) -> Iterator[Passage]:
    """Questions and hints that are too long for a form, in full."""
    for box in texts.form(shown).boxes:
        if len(box.label) > LONGEST_LABEL or len(box.hint) > LONGEST_HINT:
            yield Passage(text="\n".join(text for text in (box.label, box.hint) if text))


def _notes(shown: ShowForm, texts: Texts) -> str:
    worded = texts.form(shown, escape=fact, moment=moment, named=named)
    lines = [escape(note.text) if note.is_theirs else ours(note.text) for note in worded.notes]
    return shortened("\n".join(lines), LONGEST_NOTES, str)


def _written(box: WordedField, shown: ShowForm) -> WordedField:
    """A time that a machine wrote, as people write it, in the zone that stands beside it."""
    if box.field.kind is not FieldKind.TIME or not box.field.values:
        return box
    zone = next((each.values[0] for each in shown.form.fields if each.name == "time_zone" and each.values), shown.tz)
    try:
        at = datetime.fromisoformat(box.field.values[0])
    except ValueError:
        return box
    if at.tzinfo is None:
        return box
    typed = f"{at.astimezone(zone_of(zone if is_zone(zone) else shown.tz)):%Y-%m-%d %H:%M}"
    return replace(box, field=replace(box.field, values=(typed,)))


def _label(box: WordedField) -> Json:
    hint = f"⚠ {box.error}" if box.error else box.hint
    label: Json = {
        "type": LABEL,
        "label": shortened(box.label, LONGEST_LABEL, str) or box.field.name,
        "component": {**_element(box), "custom_id": box.field.name, "required": not box.field.optional},
    }
    return {**label, "description": shortened(hint, LONGEST_HINT, str)} if hint else label


def _element(box: WordedField) -> Json:
    values = [value for value in box.field.values if value]
    match box.field.kind:
        case FieldKind.LINE | FieldKind.TEXT | FieldKind.TIME:
            return _input(box, values[0] if values else "")
        case FieldKind.CHOICE:
            return {
                "type": STRING_SELECT,
                "options": [
                    {"label": shortened(label, LONGEST_OPTION, str), "value": value, "default": value in values}
                    for value, label in box.choices
                ],
            }
        case FieldKind.PEOPLE:
            return _people(box.field.name in ONE_PERSON, values)
        case FieldKind.CHANNEL:
            chosen = [{"id": value, "type": "channel"} for value in values[:1]]
            channels: Json = {"type": CHANNEL_SELECT, "channel_types": list(ROOMS)}
            return {**channels, "default_values": chosen} if chosen else channels


def _input(box: WordedField, typed: str) -> Json:
    """What was typed before is never cut: where another chat let it grow longer, the box holds that."""
    longest = min(max(box.field.longest, len(typed)), LONGEST_INPUT)
    style = PARAGRAPH if box.field.kind is FieldKind.TEXT else SHORT
    element: Json = {"type": TEXT_INPUT, "style": style, "max_length": longest}
    return {**element, "value": typed[:longest]} if typed else element


def _people(is_one: bool, chosen: Sequence[str]) -> Json:
    most = 1 if is_one else MOST_CHOSEN
    element: Json = {
        "type": USER_SELECT if is_one else MENTIONABLE_SELECT,
        "min_values": 0,
        "max_values": most,
    }
    defaults = [
        {"id": ref.removeprefix(ROLE), "type": "role" if ref.startswith(ROLE) else "user"}
        for ref in chosen[:most]
        if not (is_one and ref.startswith(ROLE))
    ]
    return {**element, "default_values": defaults} if defaults else element

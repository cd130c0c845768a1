"""Boxes of forms as components, each compared with that of GOV.UK Frontend (design-system.service.gov.uk).

What is the same in all: one label for each box, the hint below it, then what is wrong, then the box; hint and error
tied to the box by `aria-describedby`; no placeholder. What differs stands in the docstring of each component.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count

from markupsafe import Markup

from adapters.html.prose import Reader, prose_html, read_out, text_html, words_html
from adapters.html.shapes import Box, Choice, Paragraph, Prose, Sheet
from bot.acts import FieldKind, FormKind
from bot.formats import zone
from bot.forms import ONE_PERSON
from bot.messages import line
from bot.text import Texts
from bot.when.zones import is_zone

NOT_SPELLED = frozenset({"receipt", "voice", "time_zone", "closes_at"})
"""Boxes for what stands in no dictionary."""

NOTHING = Markup()


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    id: str
    value: str
    label: Markup
    is_chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One component, ready to be placed by the macro of `boxes.html` that is named so."""

    component: str
    id: str
    name: str
    label: Markup
    optional: Markup = NOTHING
    hint: Markup = NOTHING
    error: Markup = NOTHING
    limit: Markup = NOTHING
    longest: int = 0
    value: str = ""
    options: tuple[Option, ...] = ()
    empty: Markup = NOTHING  # the option of a select that chooses nothing; or said where there is nothing to choose
    is_spelled: bool = True

    @property
    def described_by(self) -> str:
        told = (("hint", self.hint), ("error", self.error), ("limit", self.limit))
        return " ".join(f"{self.id}-{what}" for what, text in told if text)

    @property
    def target(self) -> str:
        """Where the list of errors leads to: the first element that takes the focus."""
        return self.options[0].id if self.component in ("radios", "checkboxes") and self.options else self.id


class Boxes:
    """Draws the boxes of one form for one reader."""

    def __init__(
        self, sheet: Sheet, reader: Reader, texts: Texts, options: Mapping[str, Sequence[Choice]], scope: str
    ) -> None:
        self._sheet, self._reader, self._texts, self._options = sheet, reader, texts, options
        self.scope, self._ids = scope, count(1)

    def part(self, box: Box) -> Part:
        part = Part(
            component="line",
            id=f"{self.scope}-{next(self._ids)}",
            name=box.name,
            label=words_html(box.label, self._reader, "span"),
            optional=self._say("html.optional") if box.optional and self._is_said_of(box) else NOTHING,
            hint=words_html(box.hint, self._reader, "span") if box.hint else NOTHING,
            error=prose_html(box.error, self._reader),
            is_spelled=box.name not in NOT_SPELLED,
        )
        match box.kind:
            case FieldKind.TEXT:
                return self._text(part, box)
            case FieldKind.CHOICE:
                return self._radios(part, box)
            case FieldKind.PEOPLE if box.name not in ONE_PERSON:
                return self._checkboxes(part, box)
            case FieldKind.PEOPLE | FieldKind.CHANNEL:
                return self._select(part, box)
            case _:
                return self._line(part, box)

    def _line(self, part: Part, box: Box) -> Part:
        """Text input.

        Taken from GOV.UK: `type="text"`, label above, `aria-describedby` in the order hint, error. Differs:
        `aria-invalid` where something is wrong, as speech then says so at the box itself; `dir="auto"`, as people
        write right to left; `autocomplete="off"`, as what is written is about a service and not about the writer. A
        time is text too and has one box where GOV.UK's date input has three: people write "in 5 days". A text with a
        line break gets a textarea, as an input would drop the break.
        """
        if self._sheet.kind == FormKind.RECEIPT:
            return self._receipt(part, box)
        typed = self._as_typed(box)
        component = "text" if "\n" in typed or "\r" in typed else "line"
        return replace(part, component=component, value=typed, longest=box.longest)

    def _receipt(self, part: Part, box: Box) -> Part:
        """A value to copy.

        GOV.UK shows a reference number in a panel, as text. Here it is a `readonly` input, from which it can be
        selected by keyboard and by finger without a script.
        """
        return replace(part, component="receipt", value="".join(box.values), optional=NOTHING)

    def _text(self, part: Part, box: Box) -> Part:
        """Textarea with a character limit.

        Taken from GOV.UK: the limit is told below the box and tied to it, a script counts near it, and no `maxlength`
        cuts what is typed or pasted: too much is an error and nothing is lost. Differs: characters are counted as code
        points, as the engine counts them (GOV.UK counts UTF-16 code units, so that an emoji is two); the limit is read
        out after hint and error; a single line tells no limit, as nobody comes near it.
        """
        limit = self._say("html.longest", count=box.longest) if box.longest else NOTHING
        value = "".join(box.values[:1])
        return replace(part, component="text", value=value, longest=box.longest, limit=limit)

    def _radios(self, part: Part, box: Box) -> Part:
        """Radios in a fieldset.

        Taken from GOV.UK: the legend is the question, hint and error are tied to the fieldset, the first radio is what
        the list of errors leads to. Differs: the fieldset is a `radiogroup`, as only that may be `aria-invalid`.
        """
        return replace(part, component="radios", options=self._chosen(part, box.choices, box.values))

    def _checkboxes(self, part: Part, box: Box) -> Part:
        """People as checkboxes in a fieldset.

        Taken from GOV.UK: checkboxes in place of a select with `multiple`, which people cannot work. Differs: an empty
        value is sent along, as else nothing would be sent when the last person is taken out; somebody who is no
        longer to be chosen stays in the list while they are named; `aria-invalid` is on each checkbox, as a group
        may not have it; a long list scrolls in itself.
        """
        found = self._chosen(part, self._offered(box), box.values)
        return replace(part, component="checkboxes", options=found, empty=NOTHING if found else self._nothing)

    def _select(self, part: Part, box: Box) -> Part:
        """Select, for a channel or one person.

        Taken from GOV.UK: the first option is empty and says what to do. Differs: it says "Nobody" where one person
        may be named and need not be; GOV.UK advises radios, but there may be hundreds of channels.
        """
        offered = [replace(one, label=(self._text_of(one.label),)) for one in self._offered(box)]
        found = self._chosen(part, offered, box.values[:1])
        empty = self._say("html.nobody" if box.kind == FieldKind.PEOPLE else "html.choose") if found else self._nothing
        return replace(part, component="select", options=found, empty=empty)

    @property
    def _nothing(self) -> Markup:
        return self._say("html.no_choice")

    def _offered(self, box: Box) -> Sequence[Choice]:
        offered = [*(box.choices or self._options.get(box.name) or self._options.get(box.kind) or ())]
        known = {one.value for one in offered}
        lost = dict.fromkeys(value for value in box.values if value and value not in known)
        return [*offered, *(Choice(value=value, label=(value,)) for value in lost)]

    def _chosen(self, part: Part, offered: Sequence[Choice], values: Sequence[str]) -> tuple[Option, ...]:
        return tuple(
            Option(
                id=f"{part.id}-{at}",
                value=one.value,
                label=prose_html(one.label, self._reader),
                is_chosen=one.value in values,
            )
            for at, one in enumerate(offered, 1)
        )

    def _text_of(self, prose: Prose) -> str:
        """For an option of a select, which holds text only."""
        return read_out([Paragraph(pieces=prose)], self._reader)

    def _as_typed(self, box: Box) -> str:
        """A time that a machine wrote, as people write it, in the zone that stands beside it."""
        typed = "".join(box.values[:1])
        if box.kind != FieldKind.TIME:
            return typed
        beside = next((each.values[0] for each in self._sheet.boxes if each.name == "time_zone" and each.values), "")
        try:
            at = datetime.fromisoformat(typed)
            local = at.astimezone(zone(beside if is_zone(beside) else self._reader.tz)) if at.tzinfo else None
        except (ValueError, OverflowError):
            return typed
        return f"{local:%Y-%m-%d %H:%M}" if local else typed

    @property
    def is_all_optional(self) -> bool:
        """All that is written in an answer may stay empty: it is said once, above the boxes."""
        return self._sheet.kind == FormKind.ANSWER and all(
            box.optional for box in self._sheet.boxes if box.kind == FieldKind.TEXT
        )

    def _is_said_of(self, box: Box) -> bool:
        """A radio that is chosen stays chosen. Of a group of people the engine says only when all are known."""
        match box.kind:
            case FieldKind.CHOICE:
                return not any(one.value in box.values for one in box.choices)
            case FieldKind.PEOPLE:
                return box.name in ONE_PERSON
            case FieldKind.TEXT:
                return not self.is_all_optional
            case _:
                return True

    def _say(self, key: str, **facts: int) -> Markup:
        return text_html(self._texts.line(line(key, **facts), self._sheet.locale))

"""The forms that are open in the chat: how they are read out, and how they are filled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from adapters.html import shapes
from adapters.html.shapes import Box, Choice, Paragraph, Prose, Sheet, as_json, of_json
from adapters.playground.chat.wire import Json, TurnedDown

KEPT = ("answer", "setup")
"""Kinds of form whose words the bot keeps before they are sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSheet:
    """A form that is open before somebody, with what they typed."""

    id: str
    sheet: Sheet
    channel: str = ""  # where it was opened

    def as_json(self) -> Json:
        return {**as_json(self.sheet), "id": self.id}

    @classmethod
    def of_json(cls, told: Json) -> OpenSheet:
        """Where it was opened is not told."""
        return cls(id=told["id"], sheet=of_json(Sheet, told))

    def box(self, name: str) -> Box:
        """The set-up takes groups of any name; no other form takes a box it does not show. Raises TurnedDown."""
        known = {box.name: box for box in self.sheet.boxes}
        if name in known:
            return known[name]
        if self.sheet.kind != "setup" or not name.startswith("group:"):
            raise TurnedDown("no_such_box", box=name, form=list(known))
        return Box(name=name, kind="people", label=Paragraph(pieces=(name,)), optional=True)

    def filled(self, typed: Mapping[str, Sequence[str]]) -> OpenSheet:
        """With these values; boxes that are not named keep theirs. Raises TurnedDown."""
        names = dict.fromkeys((*(box.name for box in self.sheet.boxes), *typed))
        boxes = (self.box(name) for name in names)
        filled = (replace(one, values=tuple(typed[one.name])) if one.name in typed else one for one in boxes)
        return self._with(filled)

    def marked(self, errors: Mapping[str, Prose]) -> OpenSheet:
        return self._with(replace(box, error=errors.get(box.name, ())) for box in self.sheet.boxes)

    def _with(self, boxes: Iterator[Box]) -> OpenSheet:
        return replace(self, sheet=replace(self.sheet, boxes=tuple(boxes)))


def renamed(sheet: Sheet, names: Mapping[str, str]) -> Sheet:
    """With the channels under the names that they have now. `names`: id -> name."""
    return replace(
        sheet,
        title=shapes.renamed_in(sheet.title, names),
        notes=shapes.renamed(sheet.notes, names),
        boxes=tuple(_renamed(box, names) for box in sheet.boxes),
    )


def _renamed(box: Box, names: Mapping[str, str]) -> Box:
    (label, *hint) = shapes.renamed((box.label, *((box.hint,) if box.hint else ())), names)
    choices = (Choice(value=one.value, label=shapes.renamed_in(one.label, names)) for one in box.choices)
    told = replace(box, label=label, hint=hint[0] if hint else None, choices=tuple(choices))
    return replace(told, error=shapes.renamed_in(box.error, names))


def blank(sheet: Sheet) -> Sheet:
    """Without the person's own words in its boxes and without the receipt among its notes."""
    notes = tuple(note for note in sheet.notes if not note.is_theirs)
    return replace(sheet, notes=notes, boxes=tuple(replace(box, values=()) for box in sheet.boxes))


def read_out(sheet: Sheet) -> tuple[Paragraph, ...]:
    """A blank form as somebody reads it from top to bottom."""
    return (
        Paragraph(pieces=sheet.title),
        *sheet.notes,
        *(part for box in sheet.boxes for part in _box_lines(box)),
        Paragraph(pieces=(f"[{sheet.submit}]",)),
    )


def _box_lines(box: Box) -> Iterator[Paragraph]:
    yield box.label
    if box.hint is not None:
        yield box.hint
    yield Paragraph(pieces=box.error)
    for choice in box.choices:
        yield Paragraph(pieces=("( ) ", *choice.label))

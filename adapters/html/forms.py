"""Forms as accessible HTML: native elements that work without a script. Their look is in `static/forms.css`.

Compared with GOV.UK Frontend (design-system.service.gov.uk). Taken for the form as a whole: `novalidate`, no `required`
and no `maxlength`, so that there is one way to show an error and it is ours. The boxes: `boxes.py`.

List of errors. Taken: on top, with a heading, in an element with `role="alert"` inside the one that takes the focus,
each error a link to its box, or to the first choice of a group. Differs: the name of the box stands before the error,
as our errors ("This is too long: …") do not name it; it stands below the title, which names the dialog; `tabindex`
and `autofocus` are in the HTML, so that it takes the focus without a script too.

Buttons. Taken: the main one first, the others after it, so that Enter in a box presses the main one. Differs: no link
that looks like a button, and none that is ever disabled.

Fieldset. Taken: boxes that belong together stand in one, and a heading in its legend.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from adapters.html.boxes import Boxes, Part
from adapters.html.prose import Reader, heading_tag, paragraphs_html, prose_html, text_html
from adapters.html.shapes import Choice, Paragraph, Sheet
from bot.acts import FormKind
from bot.formats import direction
from bot.messages import line
from bot.setups import Fields
from bot.text import Texts

NOTES_ABOVE = 2
"""Notes above the boxes of an answer; the others stand below them, before it is sent."""

SAID = ("problem", "error", "left", "over", "all_optional")
"""Sentences of the form as a whole, below `html` in the catalogue."""

NO_OPTIONS: Mapping[str, Sequence[Choice]] = {}
NOTHING_HIDDEN: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Submit:
    """One more button that sends the form, beside its own. It is told by `name` and `value`."""

    name: str
    value: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Boxes that belong together, under a heading. `name`: in `data-step`; `boxes`: their names."""

    name: str
    title: str
    boxes: tuple[str, ...]
    notes: tuple[Paragraph, ...] = ()


def form_html(
    sheet: Sheet,
    reader: Reader,
    *,
    action: str,
    texts: Texts,
    hidden: Mapping[str, str] = NOTHING_HIDDEN,
    options: Mapping[str, Sequence[Choice]] = NO_OPTIONS,
    steps: Sequence[Step] = (),
    buttons: Sequence[Submit] = (),
    level: int = 2,
    scope: str = "",
) -> Markup:
    """A form that is sent by POST to `action`; `filled` reads what is sent.

    `hidden`: name -> value, sent along. `options`: who and what can be chosen, by the name of a box or by its kind
    ("people", "channel"). `steps`: groups of boxes; those that no step names stand behind them. `level`: of the title.
    `scope`: begins the ids, so that two forms of one kind can stand on one page.
    """
    scope = scope or f"form-{sheet.kind}"
    boxes = Boxes(sheet, reader, texts, options, scope)
    notes, notes_below = _notes(sheet, steps)
    groups = [_group(at, step, sheet, boxes) for at, step in enumerate(steps, 1)]
    stepped = {name for step in steps for name in step.boxes}
    rest = [boxes.part(box) for box in sheet.boxes if box.name not in stepped]
    parts = [*(part for group in groups for part in group.parts), *rest]
    said = {name: texts.line(line(f"html.{name}"), sheet.locale) for name in SAID}
    paragraphs = partial(paragraphs_html, reader=reader, level=level + 1)
    return Markup(  # noqa: S704 - made by a template that escapes
        _template().render(
            sheet=sheet,
            direction=direction(sheet.locale),
            title=prose_html(sheet.title, reader),
            action=action,
            scope=scope,
            hidden=hidden,
            tag=heading_tag(level),
            tag_below=heading_tag(level + 1),
            **said,
            is_all_optional=boxes.is_all_optional,
            errors=[part for part in parts if part.error],
            notes=paragraphs(notes),
            notes_below=paragraphs(notes_below),
            paragraphs=paragraphs,
            groups=groups,
            rest=rest,
            buttons=buttons,
        )
    )


def filled(pairs: Iterable[tuple[str, str]], without: Iterable[str] = ()) -> Fields:
    """What was sent, as the engine takes it: box -> values. `without`: names of `hidden` and of buttons.

    A box in which nothing was chosen is there, and empty: what is missing stays as it was.
    """
    fields: dict[str, list[str]] = {}
    left_out = frozenset(without)
    for name, value in pairs:
        if name not in left_out:
            fields.setdefault(name, []).extend([one_break(value)] if value else [])
    return {name: tuple(values) for name, values in fields.items()}


def one_break(text: str) -> str:
    """Browsers send a line break as CR LF; the engine counts it as one character."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    step: Step
    id: str
    parts: tuple[Part, ...]


def _group(at: int, step: Step, sheet: Sheet, boxes: Boxes) -> _Group:
    parts = tuple(boxes.part(box) for box in sheet.boxes if box.name in step.boxes)
    return _Group(step=step, id=f"{boxes.scope}-step-{at}", parts=parts)


def _notes(sheet: Sheet, steps: Sequence[Step]) -> tuple[Sequence[Paragraph], Sequence[Paragraph]]:
    """Above the boxes, and below them; without those of the steps."""
    in_steps = [note for step in steps for note in step.notes]
    notes = [note for note in sheet.notes if note not in in_steps]
    above = NOTES_ABOVE if sheet.kind == FormKind.ANSWER else len(notes)
    return notes[:above], notes[above:]


@cache
def _template() -> Template:
    drawing = Environment(
        loader=PackageLoader("adapters.html"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalized,
    )
    return drawing.get_template("form.html")


def _finalized(value: object) -> object:
    """Each text that a template shows is escaped so that a parser gives it back unchanged."""
    return text_html(value) if type(value) is str else value

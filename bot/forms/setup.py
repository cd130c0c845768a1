"""The form that sets a round up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.acts import Field, FieldKind, Form, FormKind
from bot.answers import LARGEST_ANSWER
from bot.forms.limits import LONGEST_LINE, NO_ERRORS
from bot.messages import Line, line
from bot.rounds import GROUPS, Round

ONE_PERSON = frozenset({"co_organiser"})
"""Boxes for people in which one can be named at most."""

LONGEST_STEPS = 500
"""Maximum characters of what happens with the answers: it stands in full in the question and in the headline."""

BEFORE_PEOPLE = ("service", "proposal", "decided", "still_open", "stage")
AFTER_PEOPLE = ("channel", "closes_at", "time_zone", "attribution", "co_organiser", "contact", "next_steps")
NAMES_OF_GROUPS = tuple(f"{name}_name" for name in reversed(GROUPS))
OPTIONAL = frozenset({"decided", "still_open", "contact", "co_organiser", "time_zone", "next_steps", *NAMES_OF_GROUPS})
OTHER_GROUP = "group:"
"""Prefix of the field names for groups other than the three default groups."""

_KINDS: Mapping[str, FieldKind] = {
    "proposal": FieldKind.TEXT,
    "decided": FieldKind.TEXT,
    "still_open": FieldKind.TEXT,
    "next_steps": FieldKind.TEXT,
    "stage": FieldKind.CHOICE,
    "leaders": FieldKind.PEOPLE,
    "frontline": FieldKind.PEOPLE,
    "citizens": FieldKind.PEOPLE,
    "co_organiser": FieldKind.PEOPLE,
    "channel": FieldKind.CHANNEL,
    "closes_at": FieldKind.TIME,
    "attribution": FieldKind.CHOICE,
}

LONGEST: Mapping[str, int] = {"next_steps": LONGEST_STEPS}

_STAGES = tuple((stage, line(f"stage.{stage}")) for stage in ("design", "delivery", "evaluation"))
_ATTRIBUTIONS = tuple((kind, line(f"form.setup.attribution_choice.{kind}")) for kind in ("group", "named"))


SETUP_NOTES = tuple(line(f"form.setup.note_{about}") for about in ("what", "who", "when"))


def setup_form(
    round_: Round, page: str, errors: Mapping[str, Line] = NO_ERRORS, *, closes_at: datetime | None = None
) -> Form:
    """The whole set-up, as filled in so far; a platform may show it in parts. `page`: the platform's own label.

    `closes_at`: where none was chosen yet."""
    names = (*BEFORE_PEOPLE, *_people_fields(round_), *AFTER_PEOPLE)
    return Form(
        kind=FormKind.SETUP,
        code=round_.code,
        page=page,
        title=line("form.setup.title"),
        notes=SETUP_NOTES,
        fields=tuple(_setup_field(round_, name, errors.get(name), closes_at) for name in names),
        submit=line("form.save"),
    )


def marked(form: Form, errors: Mapping[str, Line]) -> Form:
    """The form with these errors at its boxes."""
    return replace(form, fields=tuple(replace(field, error=errors.get(field.name)) for field in form.fields))


def _people_fields(round_: Round) -> tuple[str, ...]:
    """Fields of the three default groups, of other groups in the set-up, and of what the three are called here."""
    others = sorted(name for name in round_.setup.fields if name.startswith(OTHER_GROUP))
    return (*reversed(GROUPS), *others, *NAMES_OF_GROUPS)


def _setup_field(round_: Round, name: str, error: Line | None, closes_at: datetime | None) -> Field:
    is_other = name.startswith(OTHER_GROUP)
    key = "form.setup.other_group" if is_other else f"form.setup.{name}"
    kind = FieldKind.PEOPLE if is_other else _KINDS.get(name, FieldKind.LINE)
    return Field(
        name=name,
        kind=kind,
        label=Line(key=f"{key}.label", facts={"group": name.removeprefix(OTHER_GROUP)}),
        hint=Line(key=f"{key}.hint"),
        values=round_.setup.fields.get(name) or _preset(round_, name, closes_at),
        choices={"stage": _STAGES, "attribution": _ATTRIBUTIONS}.get(name, ()),
        optional=name in OPTIONAL or kind is FieldKind.PEOPLE,
        error=error,
        longest=LONGEST.get(name, LARGEST_ANSWER if kind is FieldKind.TEXT else LONGEST_LINE),
    )


def _preset(round_: Round, name: str, closes_at: datetime | None) -> tuple[str, ...]:
    presets = {
        "stage": round_.stage.value,
        "attribution": round_.attribution.value,
        "time_zone": round_.time_zone,
        **({"closes_at": _whole_minute(closes_at)} if closes_at else {}),
    }
    return (presets[name],) if name in presets else ()


def _whole_minute(at: datetime) -> str:
    """Rounds up to a whole minute, in the format that every platform's picker reads."""
    return (at.astimezone(UTC) + timedelta(seconds=59)).strftime("%Y-%m-%dT%H:%M:00Z")

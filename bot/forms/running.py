"""Forms of a round that runs or is open to read: to hide a voice, another channel, a later deadline."""

from __future__ import annotations

from collections.abc import Mapping

from bot.acts import Field, FieldKind, Form, FormKind
from bot.forms.limits import LONGEST_LINE, NO_ERRORS
from bot.messages import Line, line
from bot.rounds import (
    Round,
    Venue,
)

LONGEST_REASON = 500
"""Maximum characters of the reason for hiding a voice, which is shown instead of the voice."""

LONGEST_REQUEST = 140
"""Maximum characters of the reason of somebody who asks for it: ten of them stand whole in one message everywhere."""

Example = tuple[str, str]
"""A mark as voices of this round have it, and the group that it is of."""

EXAMPLE = ("F3", "frontline")


def hide_form(
    round_: Round,
    voice: str = "",
    reason: str = "",
    errors: Mapping[str, Line] = NO_ERRORS,
    *,
    agreed: str = "",
    label: Line | None = None,
    example: Example = EXAMPLE,
) -> Form:
    """Which voice becomes a stub, and the reason that stands there instead.

    `label`: of the voice that was found by its mark. Sent back then, the form hides the voice `agreed`.
    """
    asks = (line("form.hide.sure", voice=agreed), label) if label else (line("form.hide.note"),)
    return Form(
        kind=FormKind.HIDE,
        code=round_.code,
        page=agreed,
        title=line("form.hide.title"),
        notes=asks,
        fields=_voice_and_reason("hide", example, voice, reason, errors),
        submit=line("form.hide.submit_sure" if label else "form.hide.submit"),
    )


def hiding_form(round_: Round, voice: str = "", example: Example = EXAMPLE) -> Form:
    """Asks the organisers to hide a voice, and says what they read of it."""
    return Form(
        kind=FormKind.HIDING,
        code=round_.code,
        title=line("form.hiding.title"),
        notes=(line("form.hiding.note"), line("form.hiding.note_time")),
        fields=_voice_and_reason("hiding", example, voice, "", NO_ERRORS, LONGEST_REQUEST),
        submit=line("form.hiding.submit"),
    )


def _voice_and_reason(
    form: str, example: Example, voice: str, reason: str, errors: Mapping[str, Line], longest: int = LONGEST_REASON
) -> tuple[Field, ...]:
    mark, group = example
    boxes = (("voice", FieldKind.LINE, voice), ("reason", FieldKind.TEXT, reason))
    return tuple(
        Field(
            name=name,
            kind=kind,
            label=line(f"form.{form}.{name}.label"),
            hint=line(f"form.{form}.{name}.hint", example=mark, group=group),
            values=(typed,) if typed else (),
            error=errors.get(name),
            longest=LONGEST_LINE if kind is FieldKind.LINE else longest,
        )
        for name, kind, typed in boxes
    )


def venue_form(round_: Round, old: Venue) -> Form:
    """The form to choose another channel for a delayed reveal. `old`: the channel that it was planned for."""
    return Form(
        kind=FormKind.VENUE,
        code=round_.code,
        title=line("form.venue.title"),
        notes=(line("form.venue.note", place=old.place, count=old.told.readers), line("form.venue.note_told")),
        fields=(
            Field(
                name="channel",
                kind=FieldKind.CHANNEL,
                label=line("form.venue.channel.label"),
                hint=line("form.venue.channel.hint"),
            ),
        ),
        submit=line("form.venue.submit"),
    )


def extend_form(round_: Round, typed: str = "", error: Line | None = None) -> Form:
    """Moves the deadline of a round that is collecting."""
    notes = [line("form.extend.note_earlier")]
    if round_.closes_at:
        notes.insert(0, line("form.extend.note", closes_at=round_.closes_at))
    return Form(
        kind=FormKind.EXTEND,
        code=round_.code,
        title=line("form.extend.title"),
        notes=tuple(notes),
        fields=(
            Field(
                name="closes_at",
                kind=FieldKind.TIME,
                label=line("form.extend.closes_at.label"),
                hint=line("form.extend.closes_at.hint"),
                values=(typed,) if typed else (),
                error=error,
                longest=LONGEST_LINE,
            ),
        ),
        submit=line("form.extend.submit"),
    )

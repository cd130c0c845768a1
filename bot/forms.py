"""Pure: the forms people fill in. The only place where somebody sees their own words before the reveal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.acts import LATE, WRITTEN_AS, Field, FieldKind, Form, FormKind, Said
from bot.messages import Line, Passage, line
from bot.rounds import (
    GROUPS,
    LARGEST_ANSWER,
    Answers,
    Attribution,
    Level,
    Phase,
    Question,
    Receipt,
    Round,
    RoundCode,
    Seat,
    Seen,
    Venue,
)

NO_ERRORS: Mapping[str, Line] = {}

LONGEST_REASON = 500
"""Maximum characters of the reason for hiding a voice, which is shown instead of the voice."""

LONGEST_STEPS = 500
"""Maximum characters of what happens with the answers: it stands in full in the question and in the headline."""

LONGEST_LINE = 150
"""Maximum characters of a single-line box (a name, a contact or a time)."""

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


def answer_form(
    round_: Round,
    seat: Seat,
    own: Answers | None,
    *,
    group_size: int,
    receipt: Receipt | None = None,
    is_long: bool = False,
    late: bool = False,
    errors: Mapping[str, Line] = NO_ERRORS,
) -> Form:
    """The four boxes, with what this person wrote so far.

    `group_size`: how many they are told are in their group. `receipt`: of what is sealed here. `is_long`: what they
    wrote is so long that its size can tell whose it is. `late`: after the close.
    """
    written = own or Answers()
    fields = [_box(question, written, errors) for question in asked(round_, seat)]
    long = (line("form.answer.note_long"),) if is_long else ()
    if round_.attribution is Attribution.GROUP:
        fields.append(_sign(written, errors.get("sign")))
    if late and round_.phase is not Phase.CLOSED:
        fields.append(_seen(written, errors.get("seen")))
    return Form(
        kind=FormKind.ANSWER,
        code=round_.code,
        page=LATE if late else f"{WRITTEN_AS}{seat.group}",
        title=line("form.answer.title", service=round_.service),
        notes=(*_notes(round_, seat, group_size, late=late), *long, *_receipt_note(receipt)),
        fields=tuple(fields),
        submit=line("form.answer.submit_late" if late else "form.answer.submit"),
    )


def asked(round_: Round, seat: Seat) -> tuple[Question, ...]:
    """This seat's questions as they were frozen, in its language where the round has it."""
    mine = [question for question in round_.questions if question.group == seat.group]
    language = (seat.locale or round_.locale).replace("_", "-").split("-")[0]
    order = list(Level)
    spoken = [question for question in mine if question.locale == language] or [
        question for question in mine if question.locale == mine[0].locale
    ]
    return tuple(sorted(spoken, key=lambda question: order.index(question.level)))


def _box(question: Question, written: Answers, errors: Mapping[str, Line]) -> Field:
    name = question.level.value
    text = written.of(question.level)
    return Field(
        name=name,
        kind=FieldKind.TEXT,
        label=Passage(text=question.text, locale=question.locale),
        hint=Passage(text=question.hint, locale=question.locale),
        values=(text,) if text else (),
        optional=True,
        error=errors.get(name),
        longest=LARGEST_ANSWER,
    )


def _sign(written: Answers, error: Line | None) -> Field:
    return Field(
        name="sign",
        kind=FieldKind.CHOICE,
        label=line("form.answer.sign.label"),
        values=("name" if written.sign else "group",),
        choices=(("group", line("form.answer.sign.group")), ("name", line("form.answer.sign.name"))),
        optional=True,
        error=error,
    )


def _seen(written: Answers, error: Line | None) -> Field:
    return Field(
        name="seen",
        kind=FieldKind.CHOICE,
        label=line("form.answer.seen.label"),
        values=(written.seen.value,) if written.seen else (),
        choices=tuple(
            (seen.value, line(f"form.answer.seen.{seen.value}")) for seen in (Seen.NONE, Seen.SOME, Seen.ALL)
        ),
        error=error,
    )


def _notes(round_: Round, seat: Seat, group_size: int, *, late: bool) -> tuple[Line, ...]:
    is_named = round_.attribution is Attribution.NAMED
    notes = [line("form.answer.note_named" if is_named else "form.answer.note_group", group=seat.group)]
    if not is_named:
        notes += _small_group_note(round_, seat, group_size)
    notes.append(line("form.answer.note_no_names"))
    notes += _when_notes(round_, late=late)
    notes += [line("form.answer.note_copies"), line("form.answer.note_empty")]
    if round_.contact:
        notes.append(line("form.answer.note_contact", contact=round_.contact))
    return tuple(notes)


def _receipt_note(receipt: Receipt | None) -> tuple[Line | Passage, ...]:
    """The receipt is a Passage, because its text is left out of `repr`."""
    if receipt is None:
        return ()
    return line("form.answer.note_receipt"), Passage(text=receipt)


def _small_group_note(round_: Round, seat: Seat, count: int) -> list[Line]:
    """The notice to members of a small group. Leaders always get theirs, because leaders are never merged."""
    leaders = round_.leaders
    if leaders and leaders.name == seat.group:
        return [line("form.answer.note_leaders", leaders=seat.group, count=count)]
    if 0 < count < round_.small_group:
        return [line("form.answer.note_small", count=count)]
    return []


def _when_notes(round_: Round, *, late: bool) -> list[Line]:
    if not late and round_.closes_at:
        sealed = line("form.answer.note_sealed", closes_at=round_.closes_at)
        return [sealed, line("form.answer.note_change")]
    opened = round_.phase is not Phase.CLOSED
    notes = [line("form.answer.note_late" if opened else "form.answer.note_late_closed")]
    if round_.attribution is Attribution.GROUP:
        notes.append(line("form.answer.note_late_unsigned"))
    return notes


def receipt_shown(said: Said, receipt: Receipt) -> Form:
    """Shows a receipt in a box, from which phones can copy it. The outcome's sentences are the notes."""
    return Form(
        kind=FormKind.RECEIPT,
        code=next(control.code for control in said.controls if control.code),
        title=line("form.receipt.shown.title"),
        notes=said.content,
        fields=(
            Field(
                name="receipt",
                kind=FieldKind.LINE,
                label=line("form.receipt.label"),
                hint=line("form.receipt.shown.hint"),
                values=(receipt,),
                optional=True,
                longest=LONGEST_LINE,
            ),
        ),
        submit=line("form.receipt.shown.submit"),
    )


def receipt_form(kind: FormKind, code: RoundCode, typed: str = "", error: Line | None = None) -> Form:
    """The form to type a receipt. `kind`: RECEIPT_CHECK or RECEIPT_WITHDRAW."""
    verb = "check" if kind is FormKind.RECEIPT_CHECK else "withdraw"
    notes = (line("form.receipt.note"),)
    return Form(
        kind=kind,
        code=code,
        title=line(f"form.receipt.{verb}.title"),
        notes=(*notes, line("form.receipt.withdraw.note")) if verb == "withdraw" else notes,
        fields=(
            Field(
                name="receipt",
                kind=FieldKind.LINE,
                label=line("form.receipt.label"),
                hint=line("form.receipt.hint"),
                values=(typed,) if typed else (),
                error=error,
                longest=LONGEST_LINE,
            ),
        ),
        submit=line(f"form.receipt.{verb}.submit"),
    )


def hide_form(
    round_: Round,
    voice: str = "",
    reason: str = "",
    errors: Mapping[str, Line] = NO_ERRORS,
    *,
    agreed: str = "",
    label: Line | None = None,
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
        fields=_voice_and_reason("hide", voice, reason, errors),
        submit=line("form.hide.submit_sure" if label else "form.hide.submit"),
    )


def hiding_form(round_: Round, voice: str = "") -> Form:
    """Asks the organisers to hide a voice, and says what they read of it."""
    return Form(
        kind=FormKind.HIDING,
        code=round_.code,
        title=line("form.hiding.title"),
        notes=(line("form.hiding.note"), line("form.hiding.note_time")),
        fields=_voice_and_reason("hiding", voice, "", NO_ERRORS),
        submit=line("form.hiding.submit"),
    )


def _voice_and_reason(form: str, voice: str, reason: str, errors: Mapping[str, Line]) -> tuple[Field, ...]:
    boxes = (("voice", FieldKind.LINE, voice), ("reason", FieldKind.TEXT, reason))
    return tuple(
        Field(
            name=name,
            kind=kind,
            label=line(f"form.{form}.{name}.label"),
            hint=line(f"form.{form}.{name}.hint"),
            values=(typed,) if typed else (),
            error=errors.get(name),
            longest=LONGEST_LINE if kind is FieldKind.LINE else LONGEST_REASON,
        )
        for name, kind, typed in boxes
    )


def venue_form(round_: Round, old: Venue) -> Form:
    """The form to choose another channel for a delayed reveal. `old`: the channel that it was planned for."""
    return Form(
        kind=FormKind.VENUE,
        code=round_.code,
        title=line("form.venue.title"),
        notes=(
            line("form.venue.note", place=old.place, count=old.told.readers),
            line("form.venue.note_told"),
        ),
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

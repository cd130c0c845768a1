"""The form for an answer. The only place where somebody sees their own words before the reveal."""

from __future__ import annotations

from collections.abc import Mapping

from bot.acts import LATE, WRITTEN_AS, Field, FieldKind, Form, FormKind
from bot.answers import LARGEST_ANSWER, Answers, Level, Receipt, Seen
from bot.forms.limits import NO_ERRORS
from bot.messages import Line, Passage, line
from bot.promises import organiser_of, readers
from bot.rounds import Attribution, Phase, Question, Round, Seat
from bot.written_in import written_in


def answer_form(
    round_: Round,
    seat: Seat,
    own: Answers | None,
    *,
    group_size: int,
    receipt: Receipt | None = None,
    is_long: bool = False,
    late: bool = False,
    language: str | None = None,
    errors: Mapping[str, Line] = NO_ERRORS,
) -> Form:
    """The four boxes, with what this person wrote so far.

    `group_size`: how many they are told are in their group. `receipt`: of what is sealed here. `is_long`: what they
    wrote is so long that its size can tell whose it is. `late`: after the close. `language`: their own.
    """
    written = own or Answers()
    fields = [_box(question, written, errors) for question in asked(round_, seat)]
    fields += written_in(language, round_.locale, written)
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
    notes += [told for venue in round_.venues[:1] for told in readers(venue.place, venue.told)]
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
        organiser = organiser_of(round_)
        return [
            line("form.answer.note_sooner", closes_at=round_.closes_at, organiser=organiser),
            line("form.answer.note_sealed", organiser=organiser),
            line("form.answer.note_change"),
        ]
    opened = round_.phase is not Phase.CLOSED
    notes = [line("form.answer.note_late" if opened else "form.answer.note_late_closed")]
    if round_.attribution is Attribution.GROUP:
        notes.append(line("form.answer.note_late_unsigned"))
    return notes

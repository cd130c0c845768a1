"""The box "I write in": asked only of people whose own language is not that of the round."""

from __future__ import annotations

from bot.acts import Field, FieldKind
from bot.answers import Answers
from bot.formats import language_name, written_language
from bot.messages import line

NAME = "written_in"


def written_in(own: str | None, round_locale: str, written: Answers) -> list[Field]:
    """`own`: the language that the chat says this person uses. Nothing is preset: the words themselves often tell."""
    theirs, ours = written_language(own or ""), written_language(round_locale)
    if not theirs or theirs == ours:
        return []
    tags = dict.fromkeys((*((written.written_in,) if written.written_in else ()), theirs, ours))
    return [
        Field(
            name=NAME,
            kind=FieldKind.CHOICE,
            label=line("form.answer.written_in.label"),
            values=(written.written_in,) if written.written_in else (),
            choices=tuple((tag, line("form.answer.written_in.choice", language=language_name(tag))) for tag in tags),
            optional=True,
        )
    ]

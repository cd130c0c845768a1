"""Forms that show a receipt, or ask for one."""

from __future__ import annotations

from bot.acts import Field, FieldKind, Form, FormKind, Said
from bot.answers import Receipt
from bot.forms.limits import LONGEST_LINE
from bot.messages import Line, line
from bot.rounds import RoundCode


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

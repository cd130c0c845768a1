"""Acts that came without the code of a round: which one is meant."""

from __future__ import annotations

from collections.abc import Mapping

from bot.acts import (
    Act,
    Add,
    Answer,
    Cancel,
    Check,
    CloseRound,
    Confirm,
    Decline,
    Export,
    Extend,
    Hide,
    Outcome,
    Refused,
    Remind,
    Remove,
    Said,
    Share,
    ShowReceipt,
    Status,
    Withdraw,
)
from bot.errors import NotAllowed
from bot.messages import BY_CODE, LONGEST_CONTROL, Line, control, line
from bot.ports import RoundLine

VERBS: Mapping[type[Act], str] = {
    Answer: "answer",
    Check: "check",
    Withdraw: "withdraw",
    ShowReceipt: "receipt",
    Decline: "decline",
    Status: "status",
    Extend: "extend",
    CloseRound: "close",
    Cancel: "cancel",
    Export: "export",
    Remind: "remind",
    Add: "add",
    Remove: "remove",
    Share: "share",
    Hide: "hide",
}
"""The button that says which round was meant, for acts that came without a code."""

ASK_FIRST = (Remind, Add, Remove, Share, Hide)
"""What changes a round at once: where the round was only guessed, they are asked first. The others show it before."""


class Guessed(NotAllowed):
    """An act without a code that would change the one round that it can mean."""

    code = "guessed"

    def __init__(self, found: RoundLine) -> None:
        super().__init__()
        self.round = found


class Unclear(NotAllowed):
    """An act without a code, and not exactly one round that it can mean."""

    code = "unclear"

    def __init__(self, rounds: tuple[RoundLine, ...]) -> None:
        super().__init__()
        self.rounds = rounds


def which(unclear: Unclear, act: Act) -> Outcome:
    """Asks which round is meant, or says that there is none. The buttons carry what was typed."""
    if not unclear.rounds:
        return Refused(because=line("refused.no_round"), controls=(control("home"), control("help")))
    verb, argument = VERBS.get(type(act), "status"), carried_by(act)
    lines = [_named("said.which.round", "said.which.unnamed", each) for each in unclear.rounds]
    choices = tuple(control(verb, each.code, argument, BY_CODE) for each in unclear.rounds)
    if any(len(choice.id) > LONGEST_CONTROL for choice in choices):
        return Said(content=(*lines, line("said.which.again", verb=verb, code=unclear.rounds[0].code)))
    return Said(content=(line("said.which"), *lines), controls=choices)


def guessed(guess: Guessed, act: Act) -> Outcome:
    """Asks before something is done to a round that nobody named."""
    of = guess.round
    yes = control(VERBS[type(act)], of.code, carried_by(act), BY_CODE)
    if len(yes.id) > LONGEST_CONTROL:
        again = line("said.which.again", verb=yes.verb, code=of.code)
        return Said(content=(_named("said.which.round", "said.which.unnamed", of), again))
    return Confirm(content=(_named("confirm.guessed", "confirm.guessed.unnamed", of),), yes=yes)


def _named(key: str, unnamed: str, each: RoundLine) -> Line:
    """A set-up may have no name so far."""
    return line(key, code=each.code, service=each.service) if each.service else line(unnamed, code=each.code)


def carried_by(act: Act) -> str:
    """What was typed behind the verb, but for the round. Never a receipt: chats keep what a button holds."""
    match act:
        case Add():
            return " ".join([act.group, *(f"<@{one}>" for one in act.people)])
        case Remove() | Share():
            return f"<@{act.person}>"
        case Hide():
            return f"{act.voice} {act.reason}".strip()
        case Extend():
            return act.when
        case _:
            return ""

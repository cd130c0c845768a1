"""What people press, as acts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from bot.acts import (
    Act,
    Actor,
    AgreeReveal,
    Answer,
    AskToHide,
    Cancel,
    Check,
    ChooseVenue,
    CloseRound,
    Decline,
    Export,
    Extend,
    HaveRead,
    Help,
    Hide,
    Home,
    ListRounds,
    More,
    Move,
    MoveChoice,
    Moved,
    New,
    OpenRound,
    OpenSetup,
    Preview,
    Read,
    Refused,
    Rehearse,
    Remind,
    Retry,
    ShowReceipt,
    Snooze,
    Status,
    StopReminders,
    Taken,
    Withdraw,
    Wrong,
)
from bot.commands.codes import shown_code
from bot.commands.refusals import Common, refused
from bot.commands.typed import CARRIED, carried
from bot.rounds import ActId, RoundCode

LATER_BUTTONS = frozenset({"language", "weigh"})

_AGREED = re.compile(r"(?P<what>voice)|(?:(?P<late>late):)?(?P<revision>\d{1,9})")
"""Behind `confirm:…:withdraw:`: the revision of the seat that it was asked about, or the voice that is published."""
_INTO = re.compile(r"(?P<group>\d{1,3}):(?P<person>.+)")  # behind `move:`
_POSITION = re.compile(r"[0-9]{1,6}")  # of a voice, behind `read:`
_CHANGE = "change"
"""Behind `answer:`, below a receipt or a state: it was shown before they were asked anything else. Other arguments are
of pages that lead to the form."""
_JUST = "just"  # behind `read:`: without an answer first


def pressed(control_id: str, *, id: ActId, actor: Actor, at: datetime) -> Act | Refused:
    """`coproduce:<verb>:<code>[:<argument>]` as an act."""
    parts = control_id.split(":", 3)
    code = shown_code(parts[2]) if len(parts) > 2 and parts[2] else None
    if len(parts) < 3 or parts[0] != "coproduce" or (parts[2] and code is None):
        return refused(actor, "refused.stale_button")
    verb, argument = parts[1], parts[3] if len(parts) > 3 else ""
    if verb in LATER_BUTTONS:
        return refused(actor, "refused.button_later")
    common = Common(id=id, actor=actor, at=at)
    if verb == "new":
        return New(**common, service=argument)
    if verb in _ANYWHERE:
        return _ANYWHERE[verb](**common)
    if verb in CARRIED and code and argument:
        found = carried(verb, code, argument, common)
        if not isinstance(found, Hide) or found.reason:  # a voice alone opens the form
            return found
    if verb == "answer" and code:
        return Answer(**common, code=code, is_told=argument not in ("", _CHANGE))
    if verb in _WITHOUT_ARGUMENT and code:
        return _WITHOUT_ARGUMENT[verb](**common, code=code)
    return _pressed_with(verb, code, argument, common)


# the buttons ----------------------------------------------------------------------------------------------

_ANYWHERE: Mapping[str, type[Act]] = {"home": Home, "help": Help, "list": ListRounds}

_WITHOUT_ARGUMENT: Mapping[str, type[Act]] = {
    "receipt": ShowReceipt,
    "decline": Decline,
    "stop": StopReminders,
    "wrong": Wrong,
    "more": More,
    "heard": HaveRead,
    "rehearse": Rehearse,
    "preview": Preview,
    "open": OpenRound,
    "status": Status,
    "remind": Remind,
    "extend": Extend,
    "close": CloseRound,
    "cancel": Cancel,
    "retry": Retry,
    "venue": ChooseVenue,
    "export": Export,
}


def _pressed_with(verb: str, code: RoundCode | None, argument: str, common: Common) -> Act | Refused:
    match verb, argument:
        case ("late", _):
            return Answer(**common, code=code, late=True)
        case ("withdraw", _):
            return Withdraw(**common, code=code, receipt=argument, is_pressed=True)
        case ("check", _):
            return Check(**common, code=code, receipt=argument)
        case ("moved" | "move" | "hide" | "hiding" | "read", _):
            return _about_somebody(verb, code, argument, common)
        case ("snooze", "" | "3h" | "tomorrow" | "last_day"):
            return Snooze(**common, code=code, choice=argument)
        case ("setup", _):
            return OpenSetup(**common, code=code, page=argument)
        case ("without", _):
            return OpenRound(**common, code=code, without=True)
        case ("replace", _):
            return OpenSetup(**common, code=code, page="who")
        case ("confirm", _):
            return _confirmed(code, argument, common)
        case _:
            return refused(common["actor"], "refused.stale_button")


def _about_somebody(verb: str, code: RoundCode | None, argument: str, common: Common) -> Act | Refused:
    match verb:
        case "hide":
            return Hide(**common, code=code, voice=argument, agreed="")
        case "hiding":
            return AskToHide(**common, code=code, voice=argument)
        case "read" if argument == _JUST:
            return Read(**common, code=code, is_agreed=True)
        case "read" if not argument or _POSITION.fullmatch(argument):
            return Read(**common, code=code, voice=int(argument) if argument else None)
        case "moved" if argument in tuple(MoveChoice):
            return Moved(**common, code=code, choice=MoveChoice(argument))
        case "move" if found := _INTO.fullmatch(argument):
            return Move(**common, code=code, into=int(found["group"]), person=found["person"])
        case _:
            return refused(common["actor"], "refused.stale_button")


def _confirmed(code: RoundCode | None, argument: str, common: Common) -> Act | Refused:
    """`confirm:close`, `confirm:extend:<the time that was shown back>` …: said yes to."""
    verb, _, rest = argument.partition(":")
    match verb:
        case "new" if code is None:
            return New(**common, channel=rest, is_another=True)
        case "wrong":
            return Wrong(**common, code=code, confirmed=True)
        case "close":
            return CloseRound(**common, code=code, confirmed=True)
        case "cancel":
            return Cancel(**common, code=code, confirmed=True)
        case "extend" if rest:
            return Extend(**common, code=code, when=rest, confirmed=True)
        case "reveal":
            return AgreeReveal(**common, code=code)
        case "decline" if rest.isascii() and rest.isdecimal():
            return Decline(**common, code=code, revision=int(rest))
        case "withdraw" if agreed := _AGREED.fullmatch(rest):
            revision = int(agreed["revision"] or 0)
            what = Taken(agreed["what"] or agreed["late"] or Taken.SEALED)
            return Withdraw(**common, code=code, agreed=what, revision=revision)
        case _:
            return refused(common["actor"], "refused.stale_button")

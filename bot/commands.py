"""What people type, press and fill in, as acts: the one grammar of all platforms."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import get_close_matches
from typing import TypedDict

from bot.acts import (
    LATE,
    PAGES,
    Act,
    Actor,
    Add,
    AgreeReveal,
    Answer,
    Cancel,
    Check,
    ChooseVenue,
    CloseRound,
    Decline,
    Export,
    Extend,
    FormKind,
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
    Remove,
    Retry,
    SaveSetup,
    Share,
    ShowReceipt,
    Snooze,
    Status,
    StopReminders,
    Taken,
    Withdraw,
    Write,
    Wrong,
    written_as,
)
from bot.messages import Fact, control, line
from bot.rounds import ActId, Answers, Fields, RoundCode, Seen

LATER = frozenset({"invite", "link", "join", "weigh", "barriers", "act", "settings"})
"""Verbs that are promised and not in this release."""

LATER_BUTTONS = frozenset({"language", "heard", "weigh"})

_MARK = "[2-9A-HJ-NP-Z]{4,6}"
"""Of every release: new codes have no vowels."""

_CODE = re.compile(rf"(?P<prefix>R[- ]?)?(?P<mark>{_MARK})", re.IGNORECASE)
_LIKE_A_CODE = re.compile(r"R-?[0-9A-Z]{3,8}", re.IGNORECASE)
_RECEIPT = re.compile(r"(?:[2-9A-Z]{4}[- ]?){3}[2-9A-Z]{4}", re.IGNORECASE)
_PERSON = re.compile(r"<@!?([\w./:-]+)(?:\|[^>]*)?>")
_AGREED = re.compile(r"(?P<what>voice)|(?:(?P<late>late):)?(?P<revision>\d{1,9})")
"""Behind `confirm:…:withdraw:`: the revision of the seat that it was asked about, or the voice that is published."""
_INTO = re.compile(r"(?P<group>\d{1,3}):(?P<person>.+)")  # behind `move:`
_NOT_CODES = frozenset({"next", "week", "days", "half", "past", "me", "us", "team"})


class _Common(TypedDict):
    id: ActId
    actor: Actor
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Command:
    """What stood behind the verb."""

    common: _Common
    code: RoundCode | None
    rest: str  # all that is neither verb nor code
    channel: str


def typed(text: str, *, id: ActId, actor: Actor, at: datetime, channel: str = "") -> Act | Refused:
    """`/coproduce <text>` as an act. Nothing typed is an answer, and at most its first word is said back."""
    verb, _, rest = text.strip().partition(" ")
    verb = verb.lower() or "home"
    common = _Common(id=id, actor=actor, at=at)
    if verb in LATER:
        return refused(actor, "refused.verb_later", verb=verb)
    if verb not in _VERBS:
        near = get_close_matches(verb, _VERBS, n=1, cutoff=0.5)
        return refused(actor, "refused.unknown_verb", typed=verb[:30], nearest=near[0] if near else "help")
    code: RoundCode | None = None
    if verb != "new":
        code, rest = _code_of(rest.strip(), names_a_round=verb in _ROUND_FIRST)
        if code is None and _LIKE_A_CODE.fullmatch(rest.partition(" ")[0]):
            return refused(actor, "refused.code_shape", typed=rest.partition(" ")[0])
    return _VERBS[verb](_Command(common=common, code=code, rest=rest.strip(), channel=channel))


def pressed(control_id: str, *, id: ActId, actor: Actor, at: datetime) -> Act | Refused:
    """`coproduce:<verb>:<code>[:<argument>]` as an act."""
    parts = control_id.split(":", 3)
    code = _shown_code(parts[2]) if len(parts) > 2 and parts[2] else None
    if len(parts) < 3 or parts[0] != "coproduce" or (parts[2] and code is None):
        return refused(actor, "refused.stale_button")
    verb, argument = parts[1], parts[3] if len(parts) > 3 else ""
    if verb in LATER_BUTTONS:
        return refused(actor, "refused.button_later")
    common = _Common(id=id, actor=actor, at=at)
    if verb == "new":
        return New(**common, service=argument)
    if verb in _ANYWHERE:
        return _ANYWHERE[verb](**common)
    if verb in _WITHOUT_ARGUMENT and code:
        return _WITHOUT_ARGUMENT[verb](**common, code=code)
    return _pressed_with(verb, code, argument, common)


def filled(
    kind: FormKind | str,
    code: str,
    page: str,
    fields: Fields,
    *,
    id: ActId,
    actor: Actor,
    at: datetime,
    draft: bool = False,
) -> Act | Refused:
    """A form as it was sent. `draft`: keep the words, do not seal them."""
    common = _Common(id=id, actor=actor, at=at)
    known = _shown_code(code)
    if known is None or kind not in tuple(FormKind):
        return refused(actor, "refused.stale_form")
    match FormKind(kind):
        case FormKind.SETUP:
            return _filled_setup(known, page, fields, common)
        case FormKind.ANSWER:
            return _filled_answer(known, page, fields, common, seal=not draft)
        case FormKind.EXTEND:
            return _filled_time(known, _one(fields, "closes_at").strip(), common)
        case FormKind.HIDE:
            voice, reason = (_one(fields, name).strip() for name in ("voice", "reason"))
            return Hide(**common, code=known, voice=voice, reason=reason)
        case FormKind.VENUE:
            return _filled_channel(known, _one(fields, "channel").strip(), common)
        case FormKind.RECEIPT:  # it was read, and sent back
            return Home(**common)
        case FormKind.RECEIPT_CHECK | FormKind.RECEIPT_WITHDRAW as by_receipt:
            return _filled_receipt(Check if by_receipt is FormKind.RECEIPT_CHECK else Withdraw, known, fields, common)


def answers_of(fields: Fields) -> Answers:
    """The answer form, or one page of it. A box that the page does not show is empty here (`Write.boxes`)."""
    seen = _one(fields, "seen")
    return Answers(
        personal=_one(fields, "personal"),
        others=_one(fields, "others"),
        intentions=_one(fields, "intentions"),
        barriers=_one(fields, "barriers"),
        sign=_one(fields, "sign") == "name",
        seen=Seen(seen) if seen in (Seen.NONE, Seen.SOME, Seen.ALL) else None,
    )


def read_code(text: str) -> RoundCode | None:
    """`r 7f3k`, `R7F3K`, `7f3k` -> `R-7F3K`; None where it cannot be one."""
    found = _CODE.fullmatch(text.strip())
    return RoundCode(f"R-{found['mark'].upper()}") if found else None


def refused(actor: Actor, key: str, **facts: Fact) -> Refused:
    help_ = (control("home"), control("help"))
    return Refused(because=line(key, **facts), controls=help_, locale=actor.locale or "en", tz=actor.tz or "UTC")


# the verbs that are typed ---------------------------------------------------------------------------------


def _add(command: _Command) -> Act | Refused:
    people = tuple(_PERSON.findall(command.rest))
    group = " ".join(_PERSON.sub(" ", command.rest).replace(",", " ").split())
    actor = command.common["actor"]
    if not people:
        return refused(actor, "refused.add_needs_people")
    if not group:
        return refused(actor, "refused.add_needs_group")
    return Add(**command.common, code=command.code, group=group, people=people)


def _remove(command: _Command) -> Act | Refused:
    people = _PERSON.findall(command.rest)
    if len(people) != 1:
        return refused(command.common["actor"], "refused.remove_needs_one")
    return Remove(**command.common, code=command.code, person=people[0])


def _share(command: _Command) -> Act | Refused:
    people = _PERSON.findall(command.rest)
    if len(people) != 1:
        return refused(command.common["actor"], "refused.share_needs_one")
    return Share(**command.common, code=command.code, person=people[0])


def _hide(command: _Command) -> Act | Refused:
    voice, _, reason = command.rest.partition(" ")
    return Hide(**command.common, code=command.code, voice=voice, reason=reason.strip())


def _check(command: _Command) -> Act | Refused:
    return Check(**command.common, code=command.code, receipt=command.rest)


def _withdraw(command: _Command) -> Act | Refused:
    return Withdraw(**command.common, code=command.code, receipt=command.rest)


_Typed = Callable[[_Command], Act | Refused]

_VERBS: Mapping[str, _Typed] = {
    "home": lambda command: Home(**command.common),
    "help": lambda command: Help(**command.common),
    "list": lambda command: ListRounds(**command.common),
    "new": lambda command: New(**command.common, service=command.rest, channel=command.channel),
    "answer": lambda command: Answer(**command.common, code=command.code),
    "check": _check,
    "withdraw": _withdraw,
    "status": lambda command: Status(**command.common, code=command.code),
    "remind": lambda command: Remind(**command.common, code=command.code),
    "extend": lambda command: Extend(**command.common, code=command.code, when=command.rest),
    "close": lambda command: CloseRound(**command.common, code=command.code),
    "cancel": lambda command: Cancel(**command.common, code=command.code),
    "add": _add,
    "remove": _remove,
    "share": _share,
    "hide": _hide,
    "export": lambda command: Export(**command.common, code=command.code),
}

VERBS = tuple(_VERBS)

_ROUND_FIRST = frozenset({"answer", "status", "remind", "close", "cancel", "export"})
"""Verbs behind which nothing but a round can stand."""


def _code_of(text: str, *, names_a_round: bool) -> tuple[RoundCode | None, str]:
    """(code, rest). Four letters without `R-` are a code only where they cannot be something else."""
    for length in (2, 1):  # "r 7f3k" is one code in two words
        words = text.split(None, length)
        head, rest = " ".join(words[:length]), (words[length] if len(words) > length else "")
        found = _CODE.fullmatch(head)
        if len(words) < length or found is None or (length == 2 and not found["prefix"]):
            continue
        is_plain = found["prefix"] or any(mark.isdigit() for mark in found["mark"])
        may_be = names_a_round or (len(head) == 4 and bool(rest) and head.lower() not in _NOT_CODES)
        if (is_plain or may_be) and not _RECEIPT.fullmatch(text):
            return RoundCode(f"R-{found['mark'].upper()}"), rest
    return None, text


# the buttons ----------------------------------------------------------------------------------------------

_ANYWHERE: Mapping[str, type[Act]] = {"home": Home, "help": Help, "list": ListRounds}

_WITHOUT_ARGUMENT: Mapping[str, type[Act]] = {
    "answer": Answer,  # its argument `write` only says which page it stands on
    "receipt": ShowReceipt,
    "decline": Decline,
    "stop": StopReminders,
    "wrong": Wrong,
    "more": More,
    "read": Read,
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


def _pressed_with(verb: str, code: RoundCode | None, argument: str, common: _Common) -> Act | Refused:
    match verb, argument:
        case ("late", _):
            return Answer(**common, code=code, late=True)
        case ("withdraw", _):
            return Withdraw(**common, code=code, receipt=argument, is_pressed=True)
        case ("check", _):
            return Check(**common, code=code, receipt=argument)
        case ("moved" | "move", _):
            return _moving(verb, code, argument, common)
        case ("snooze", "" | "3h" | "tomorrow" | "last_day"):
            return Snooze(**common, code=code, choice=argument)
        case ("setup", "" | "what" | "who" | "when"):
            return OpenSetup(**common, code=code, page=argument or "what")
        case ("without", _):
            return OpenRound(**common, code=code, without=True)
        case ("replace", _):
            return OpenSetup(**common, code=code, page="who")
        case ("confirm", _):
            return _confirmed(code, argument, common)
        case _:
            return refused(common["actor"], "refused.stale_button")


def _moving(verb: str, code: RoundCode | None, argument: str, common: _Common) -> Act | Refused:
    if verb == "moved" and argument in tuple(MoveChoice):
        return Moved(**common, code=code, choice=MoveChoice(argument))
    if verb == "move" and (found := _INTO.fullmatch(argument)):
        return Move(**common, code=code, into=int(found["group"]), person=found["person"])
    return refused(common["actor"], "refused.stale_button")


def _confirmed(code: RoundCode | None, argument: str, common: _Common) -> Act | Refused:
    """`confirm:close`, `confirm:extend:<the time that was shown back>` …: said yes to."""
    verb, _, rest = argument.partition(":")
    match verb:
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


def _shown_code(text: str) -> RoundCode | None:
    """A code that we wrote ourselves."""
    return RoundCode(text) if re.fullmatch(f"R-{_MARK}", text) else None


# the forms ------------------------------------------------------------------------------------------------


def _one(fields: Fields, name: str) -> str:
    values = fields.get(name, ())
    return values[0] if values else ""


def _filled_answer(code: RoundCode, page: str, fields: Fields, common: _Common, *, seal: bool) -> Write:
    told = Write(**common, answers=answers_of(fields), boxes=frozenset(fields), seal=seal, written_as=written_as(page))
    return replace(told, code=code, late=page == LATE)


def _filled_setup(code: RoundCode, page: str, fields: Fields, common: _Common) -> Act | Refused:
    if page not in PAGES:
        return refused(common["actor"], "refused.stale_form")
    return SaveSetup(**common, code=code, page=page, fields=fields)


def _filled_time(code: RoundCode, when: str, common: _Common) -> Act | Refused:
    if not when:
        return _empty(common["actor"], "closes_at", "refused.time_empty")
    return Extend(**common, code=code, when=when)


def _filled_channel(code: RoundCode, channel: str, common: _Common) -> Act | Refused:
    if not channel:
        return _empty(common["actor"], "channel", "refused.empty.channel")
    return ChooseVenue(**common, code=code, channel=channel)


def _filled_receipt(
    act: type[Check] | type[Withdraw], code: RoundCode, fields: Fields, common: _Common
) -> Act | Refused:
    receipt = _one(fields, "receipt").strip()
    if not receipt:
        return _empty(common["actor"], "receipt", "refused.receipt_empty")
    return act(**common, code=code, receipt=receipt)


def _empty(actor: Actor, name: str, key: str) -> Refused:
    return Refused(because=line(key), fields={name: line(key)}, locale=actor.locale or "en", tz=actor.tz or "UTC")

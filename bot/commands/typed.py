"""What people type behind `/coproduce`, as acts. Nothing is dropped: what is not understood is refused by name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import get_close_matches

from bot import when
from bot.acts import (
    Act,
    Actor,
    Add,
    Answer,
    Cancel,
    Check,
    CloseRound,
    Export,
    Extend,
    Help,
    Hide,
    Home,
    ListRounds,
    New,
    Refused,
    Remind,
    Remove,
    Share,
    Status,
    Withdraw,
)
from bot.commands.codes import Found, bare, codes_in, looks_like_one
from bot.commands.mentions import PERSON, readable, unquoted
from bot.commands.refusals import Common, refused
from bot.isolates import without_isolates
from bot.rounds import ActId, RoundCode

LATER = frozenset({"invite", "link", "join", "weigh", "barriers", "act", "settings"})
"""Verbs that are promised and not in this release."""

LONGEST_ECHO = 30
"""Characters that are said back of a word that was not understood."""

SMALL = frozenset(
    {"from", "of", "for", "in", "to", "on", "at", "a", "the", "my", "this", "it", "round", "code", "please", "now"}
    | {"and", "with", "into", "by", "via"}
)
"""Words beside a code or a name that say nothing."""

LEADING = frozenset({"from", "of", "for", "in", "on", "with", "the", "round"})
"""Words that lead to a code, and go with it."""

OF_TIME = frozenset({"next", "week", "weeks", "days", "half", "past", "eve"})
"""Words of times that are no time by themselves."""

EVERYBODY = frozenset({"all", "everyone", "everybody", "them", "people"})

_WORD = re.compile(r"<[@#!][^>]*>|\S+")
_RECEIPT = re.compile(r"(?:[2-9A-Z]{4}[-\s]*){3}[2-9A-Z]{4}", re.IGNORECASE)
_VOICE = re.compile(r"(?:\S+\s+){0,8}?\S*?\d{1,4}(?:\s+(?:of|/)\s+\d+)?(?=$|[\s:;,.!?])")
"""A mark, or what a group is called and a number. `F3`, `W-2`, `Ward staff 2 of 4`"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Perhaps:
    """A command with words that are codes only for somebody who has such a round: the first that they have counts."""

    actor: Actor
    meant: tuple[tuple[RoundCode, Act | Refused], ...]
    otherwise: Act | Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class _Command:
    """What stood behind the verb."""

    common: Common
    verb: str
    words: tuple[str, ...]
    code: RoundCode | None = None

    @property
    def text(self) -> str:
        return " ".join(self.words)

    @property
    def people(self) -> tuple[str, ...]:
        return tuple(found[1] for word in self.words if (found := PERSON.fullmatch(word.strip(",;."))))

    def without_people(self) -> tuple[str, ...]:
        return tuple(word for word in self.words if not PERSON.fullmatch(word.strip(",;.")))

    def refused(self, key: str, **facts: str) -> Refused:
        return refused(self.common["actor"], key, **facts)


_Meaning = Callable[[_Command], Act | Refused]


def typed(text: str, *, id: ActId, actor: Actor, at: datetime, channel: str = "") -> Act | Refused | Perhaps:
    """`/coproduce <text>` as an act. Nothing typed is an answer, and of what was typed at most a word is said back."""
    text = without_isolates(text)
    words = tuple(_WORD.findall(text))
    verb = bare(words[0]).lower() if words else "home"
    common = Common(id=id, actor=actor, at=at)
    if verb in LATER:
        return refused(actor, "refused.verb_later", verb=verb)
    if verb not in VERBS:
        near = get_close_matches(verb, VERBS, n=1, cutoff=0.5)
        return refused(actor, "refused.unknown_verb", typed=_echo(verb), nearest=near[0] if near else "help")
    if verb == "new":  # all that follows is the name, a code too
        return New(**common, service=unquoted(readable(text.strip()[len(words[0]) :])), channel=channel)
    return _with_round(_Command(common=common, verb=verb, words=words[1:]))


def _with_round(command: _Command) -> Act | Refused | Perhaps:
    receipt = _receipt_words(command) if command.verb in _BY_RECEIPT else ()
    found = [each for each in codes_in(command.words) if not set(each.words) & set(receipt)]
    certain = list({each.code: each for each in found if each.is_certain}.values())
    if len(certain) > 1 and command.verb != "hide":
        return command.refused("refused.two_codes", first=certain[0].code, second=certain[1].code)
    if certain:
        return _meaning(command, certain[0])
    almost = next((word for word in _before_free_text(command) if looks_like_one(word)), None)
    if almost is not None:
        return command.refused("refused.code_shape", typed=_echo(bare(almost)))
    otherwise = _meaning(command, None)
    meant = tuple((each.code, _meaning(command, each)) for each in found if _may_stand(command, each))
    return Perhaps(actor=command.common["actor"], meant=meant, otherwise=otherwise) if meant else otherwise


def _meaning(command: _Command, found: Found | None) -> Act | Refused:
    code = found.code if found else None
    taken = _taken(command.words, code) if found and found.is_certain else set(found.words) if found else set()
    words = tuple(word for at, word in enumerate(command.words) if at not in taken)
    return _VERBS[command.verb](replace(command, words=words, code=code))


def _taken(words: Sequence[str], code: RoundCode | None) -> set[int]:
    """Where this code stands, and the small words that lead to it: `in round R-7F3K`."""
    taken = {at for each in codes_in(words) if each.is_certain and each.code == code for at in each.words}
    for at in sorted(taken):
        before = at - 1
        while before >= 0 and bare(words[before]).lower() in LEADING:
            taken.add(before)
            before -= 1
    return taken


def _may_stand(command: _Command, found: Found) -> bool:
    """In free text a plain word is no code, but where it begins or ends it, and never where the whole is a time."""
    if command.verb not in _WITH_FREE_TEXT:
        return True
    word = bare(command.words[found.words[-1]]).lower()
    if command.verb == "extend" and (word in OF_TIME or _is_time(command)):
        return False
    outer = {0} if command.verb == "hide" else {0, len(command.words) - 1}
    return bool(set(found.words) & outer)


def _is_time(command: _Command) -> bool:
    common = command.common
    read = when.read(command.text, now=common["at"], tz=common["actor"].tz or "UTC")
    return not isinstance(read, when.Unreadable)


def _before_free_text(command: _Command) -> Sequence[str]:
    return command.words[:2] if command.verb in ("hide", "extend") else command.words


def carried(verb: str, code: RoundCode, argument: str, common: Common) -> Act | Refused:
    """What was typed without a round, now that it is known which one is meant."""
    return _VERBS[verb](_Command(common=common, verb=verb, words=tuple(_WORD.findall(argument)), code=code))


# the verbs --------------------------------------------------------------------------------------------------


def _left(words: Iterable[str], allowed: frozenset[str] = SMALL) -> str | None:
    """The first word that nothing was made of."""
    return next((word for word in words if bare(word) and bare(word).lower() not in allowed), None)


def _echo(word: str) -> str:
    return readable(word)[:LONGEST_ECHO]


def _alone(make: Callable[..., Act], allowed: frozenset[str] = SMALL) -> _Meaning:
    """A verb behind which nothing but a round may stand."""

    def meaning(command: _Command) -> Act | Refused:
        left = _left(command.words, allowed)
        if left is not None:
            return _not_understood(command, left)
        return make(**command.common, code=command.code)

    return meaning


def _not_understood(command: _Command, left: str) -> Refused:
    return command.refused("refused.left_over", typed=_echo(left), verb=command.verb)


def _answer(command: _Command) -> Act | Refused:
    if _left(command.words) is not None:  # nothing of it is said back: somebody may have typed their answer
        return command.refused("refused.answer_in_command")
    return Answer(**command.common, code=command.code)


def _add(command: _Command) -> Act | Refused:
    if not command.people:
        return command.refused("refused.add_needs_people")
    words = [word.strip(",;") for word in command.without_people()]
    while words and (not bare(words[0]) or bare(words[0]).lower() in SMALL):
        words.pop(0)
    while words and (not bare(words[-1]) or bare(words[-1]).lower() in SMALL):
        words.pop()
    group = unquoted(" ".join(word for word in words if word))
    if not group:
        return command.refused("refused.add_needs_group")
    return Add(**command.common, code=command.code, group=group, people=command.people)


def _one_person(make: type[Remove | Share], key: str) -> _Meaning:
    def meaning(command: _Command) -> Act | Refused:
        if len(command.people) != 1:
            return command.refused(key)
        left = _left(command.without_people())
        if left is not None:
            return _not_understood(command, left)
        return make(**command.common, code=command.code, person=command.people[0])

    return meaning


def _extend(command: _Command) -> Act | Refused:
    words = list(command.words)
    while words and bare(words[0]).lower() in {"to", "until", "till", "for", "round"}:
        words.pop(0)
    return Extend(**command.common, code=command.code, when=" ".join(words))


def _hide(command: _Command) -> Act | Refused:
    text = command.text
    found = _VOICE.match(text)
    voice = found[0] if found else (command.words[0] if command.words else "")
    reason = text[len(voice) :].lstrip(" :;,-")
    return Hide(**command.common, code=command.code, voice=bare(voice), reason=unquoted(readable(reason)))


def _receipt_words(command: _Command) -> tuple[int, ...]:
    """Which words are the receipt: four groups of four stand at the end, or at the beginning."""
    words = [bare(word) for word in command.words]
    for at, word in enumerate(words):
        if _RECEIPT.fullmatch(word):
            return (at,)
    for first in (len(words) - 4, 0):
        if first >= 0 and _RECEIPT.fullmatch("-".join(words[first : first + 4])):
            return tuple(range(first, first + 4))
    return ()


def _by_receipt(make: type[Check | Withdraw]) -> _Meaning:
    def meaning(command: _Command) -> Act | Refused:
        at = set(_receipt_words(command))
        others = [word for n, word in enumerate(command.words) if n not in at]
        left = _left(others, SMALL | {"receipt"})
        if at and left is not None:
            return _not_understood(command, left)
        receipt = " ".join(bare(word) for n, word in enumerate(command.words) if n in at) or (left or "")
        return make(**command.common, code=command.code, receipt=receipt)

    return meaning


_VERBS: Mapping[str, _Meaning] = {
    "home": _alone(lambda code, **common: Home(**common)),
    "help": _alone(lambda code, **common: Help(**common), SMALL | {"me"}),
    "list": _alone(lambda code, **common: ListRounds(**common), SMALL | {"rounds", "all"}),
    "answer": _answer,
    "check": _by_receipt(Check),
    "withdraw": _by_receipt(Withdraw),
    "status": _alone(Status),
    "remind": _alone(Remind, SMALL | EVERYBODY),
    "extend": _extend,
    "close": _alone(CloseRound),
    "cancel": _alone(Cancel),
    "add": _add,
    "remove": _one_person(Remove, "refused.remove_needs_one"),
    "share": _one_person(Share, "refused.share_needs_one"),
    "hide": _hide,
    "export": _alone(Export),
}

VERBS = (*_VERBS, "new")

CARRIED = frozenset({"extend", "add", "remove", "share", "hide", "remind"})
"""Verbs of the buttons that ask which round is meant: behind the code they carry what was typed."""

_BY_RECEIPT = frozenset({"check", "withdraw"})
_WITH_FREE_TEXT = frozenset({"extend", "add", "hide"})

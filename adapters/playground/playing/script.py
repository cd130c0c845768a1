"""Scripts: who takes part in a played round, what they write, and when they speak. Reads and checks them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from adapters.playground.playing.statements import take_words
from bot.errors import NotUtf8
from bot.forms import NAMES_OF_GROUPS
from bot.messages import Fact, Line, line
from bot.rounds import GROUPS, Attribution, Stage
from bot.settings import length
from bot.utf8 import read_utf8

ORGANISER = "Sam Reed"
CHANNEL = "general"
BOXES = ("personal", "others", "intentions", "barriers")
DEEDS = ("edit", "withdraw", "decline")

ROUND_KEYS = (
    "service", "proposal", "decided", "still_open", "contact", "stage", "attribution", "locale", "time_zone",
    "next_steps", *NAMES_OF_GROUPS,
    "closes_in", "late_for", "words", "organiser", "channel", "people",
)  # fmt: skip
PERSON_KEYS = ("name", "group", "at", *BOXES, "sign", "then", "locale", "time_zone")
DEED_KEYS = ("at", "do", *BOXES, "sign")

SETUP_BOXES = frozenset({"service", "proposal", "decided", "still_open", "stage", "contact", "channel", "closes_at",
                         "time_zone", "attribution", "co_organiser", "next_steps", *NAMES_OF_GROUPS})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong with a script: where, and a sentence of the catalogue that says what is expected."""

    file: Path
    key: str
    line: Line


class ScriptWrong(Exception):
    """The script cannot be played. It says all that is wrong with it."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What somebody does, from the opening. `boxes` holds only what they write."""

    at: timedelta
    do: str  # reply, edit, withdraw, decline
    boxes: Mapping[str, str] = field(default_factory=dict, repr=False)
    sign: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Player:
    name: str
    group: str
    deeds: tuple[Deed, ...]  # in the order in which they happen; none: never heard of
    locale: str = "en"
    time_zone: str = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    service: str
    closes_in: timedelta
    players: tuple[Player, ...]
    fields: Mapping[str, str]  # other boxes of the set-up
    late_for: timedelta | None = None
    locale: str = "en"
    time_zone: str = "UTC"
    organiser: str = ORGANISER
    channel: str = CHANNEL

    @property
    def last_at(self) -> timedelta:
        return max((deed.at for player in self.players for deed in player.deeds), default=timedelta())

    @property
    def has_late_ones(self) -> bool:
        return self.last_at >= self.closes_in

    @property
    def groups(self) -> Mapping[str, tuple[str, ...]]:
        names = dict.fromkeys(player.group for player in self.players)
        return {group: tuple(one.name for one in self.players if one.group == group) for group in names}


def read(file: Path) -> Script:
    """Raises ScriptWrong."""
    try:
        told = tomllib.loads(read_utf8(file))
    except NotUtf8 as error:
        raise ScriptWrong([Problem(file=file, key="", line=_not_utf8(error))]) from None
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ScriptWrong([Problem(file=file, key="", line=line("play.wrong.file", why=str(error)))]) from None
    reading = _Reading(file)
    script = reading.script(told)
    if reading.problems or script is None:
        raise ScriptWrong(reading.problems)
    return script


def _not_utf8(error: NotUtf8) -> Line:
    return line("play.wrong.not_utf8", **error.facts)


def _plain(name: str) -> str:
    """A group's name as it is compared."""
    return " ".join(name.split()).casefold()


class _Reading:
    """Goes through a whole script and collects what is wrong with it."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.problems: list[Problem] = []

    def script(self, told: Mapping[str, Any]) -> Script | None:
        self._known(told, ROUND_KEYS, "")
        service = self._text(told, "service", "", must=True)
        closes_in = self._time(told, "closes_in", "", must=True)
        late_for = self._time(told, "late_for", "")
        fields = {
            name: self._text(told, name, "")
            for name in ("decided", "still_open", "contact", "next_steps", *NAMES_OF_GROUPS)
        }
        fields["proposal"] = self._text(told, "proposal", "") or service
        fields["stage"] = self._choice(told, "stage", "", tuple(Stage))
        fields["attribution"] = self._choice(told, "attribution", "", tuple(Attribution))
        words = self._text(told, "words", "")
        locale, zone = self._text(told, "locale", "") or "en", self._zone(told, "")
        people = told.get("people")
        if not isinstance(people, list) or not people or not all(isinstance(one, dict) for one in people):
            self._wrong("people", "people")
            return None
        if words:
            people = self._fill_in(people, self._file.parent / words)
        players = [self._player(one, f"people[{n}]", locale, zone) for n, one in enumerate(people, 1)]
        kinds = {_plain(word): kind for kind in GROUPS for word in (kind, fields[f"{kind}_name"]) if word}
        players = [replace(one, group=kinds.get(_plain(one.group), one.group)) for one in players]
        self._nobody_twice(players)
        return Script(
            service=service,
            closes_in=closes_in or timedelta(),
            players=tuple(players),
            fields={name: value for name, value in fields.items() if value},
            late_for=late_for,
            locale=locale,
            time_zone=zone,
            organiser=self._text(told, "organiser", "") or ORGANISER,
            channel=(self._text(told, "channel", "") or CHANNEL).removeprefix("#"),
        )

    def _player(self, told: Mapping[str, Any], where: str, locale: str, zone: str) -> Player:
        self._known(told, PERSON_KEYS, where)
        group = self._text(told, "group", where, must=True)
        if group in SETUP_BOXES:
            self._wrong(f"{where}.group", "group_taken", group=group)
        deeds: list[Deed] = []
        if (at := self._time(told, "at", where)) is not None:
            deeds.append(Deed(at=at, do="reply", boxes=self._boxes(told, where), sign=self._sign(told, where)))
        then = told.get("then", [])
        if not isinstance(then, list) or not all(isinstance(one, dict) for one in then):
            self._wrong(f"{where}.then", "then")
            then = []
        deeds += [self._deed(one, f"{where}.then[{n}]") for n, one in enumerate(then, 1)]
        return Player(
            name=self._text(told, "name", where, must=True),
            group=group,
            deeds=tuple(sorted(deeds, key=lambda deed: deed.at)),
            locale=self._text(told, "locale", where) or locale,
            time_zone=self._zone(told, where) if "time_zone" in told else zone,
        )

    def _deed(self, told: Mapping[str, Any], where: str) -> Deed:
        self._known(told, DEED_KEYS, where)
        do = self._choice(told, "do", where, DEEDS, must=True)
        at = self._time(told, "at", where, must=True) or timedelta()
        return Deed(at=at, do=do, boxes=self._boxes(told, where), sign=self._sign(told, where))

    def _boxes(self, told: Mapping[str, Any], where: str) -> dict[str, str]:
        """Only those that are there: an edit leaves the others as they are."""
        boxes = {name: self._text(told, name, where) for name in BOXES[:3] if name in told}
        barriers = told.get("barriers")
        if isinstance(barriers, str):
            boxes["barriers"] = barriers
        elif isinstance(barriers, list) and all(isinstance(one, str) for one in barriers):
            boxes["barriers"] = "\n".join(barriers)
        elif barriers is not None:
            self._wrong(f"{where}.barriers", "barriers")
        return boxes

    def _fill_in(self, people: list[dict[str, Any]], file: Path) -> list[dict[str, Any]]:
        """Who replies and wrote nothing gets the words of the next person in the file."""
        try:
            found = take_words(file)
        except OSError as error:
            self._wrong("words", "words_file", file=str(file), why=error.strerror or "")
            return people
        except NotUtf8 as error:
            self.problems.append(Problem(file=self._file, key="words", line=_not_utf8(error)))
            return people
        except ValueError as error:
            self._wrong("words", "words_line", file=str(file), why=str(error))
            return people
        filled = []
        wordless = sum(1 for one in people if _has_no_words(one))
        if wordless > len(found):
            self._wrong("words", "words_few", file=str(file), count=len(found), needed=wordless)
            return people
        rest = iter(found)
        for one in people:
            words = next(rest) if _has_no_words(one) else {}
            filled.append({**words, **one})
        return filled

    def _nobody_twice(self, players: list[Player]) -> None:
        names = [player.name for player in players]
        for n, name in enumerate(names, 1):
            if name and name in names[: n - 1]:
                self._wrong(f"people[{n}].name", "twice", name=name)

    # single values

    def _known(self, told: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
        for key in told:
            if key not in known:
                near = get_close_matches(key, known, n=1, cutoff=0.0)[0]
                self._wrong(_join(where, key), "unknown_key", nearest=near)

    def _text(self, told: Mapping[str, Any], key: str, where: str, *, must: bool = False) -> str:
        value = told.get(key, "")
        if not isinstance(value, str):
            self._wrong(_join(where, key), "text")
            return ""
        if must and not value.strip():
            self._wrong(_join(where, key), "missing")
        return value

    def _choice(
        self, told: Mapping[str, Any], key: str, where: str, choices: tuple[str, ...], *, must: bool = False
    ) -> str:
        value = self._text(told, key, where, must=must)
        if value and value not in choices:
            self._wrong(_join(where, key), "choice", choices="\n".join(choices))
        return value

    def _zone(self, told: Mapping[str, Any], where: str) -> str:
        zone = self._text(told, "time_zone", where)
        if zone and zone not in available_timezones():
            self._wrong(_join(where, "time_zone"), "zone")
        return zone or "UTC"

    def _sign(self, told: Mapping[str, Any], where: str) -> bool | None:
        sign = told.get("sign")
        if sign is None or isinstance(sign, bool):
            return sign
        self._wrong(f"{where}.sign", "sign")
        return None

    def _time(self, told: Mapping[str, Any], key: str, where: str, *, must: bool = False) -> timedelta | None:
        value = self._text(told, key, where, must=must)
        if not value.strip():
            return None
        try:
            return length(value)
        except ValueError:
            self._wrong(_join(where, key), "time")
            return None

    def _wrong(self, key: str, what: str, **facts: Fact) -> None:
        self.problems.append(Problem(file=self._file, key=key, line=line(f"play.wrong.{what}", **facts)))


def _join(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key


def _has_no_words(told: Mapping[str, Any]) -> bool:
    return bool(told.get("at")) and not any(told.get(box) for box in BOXES)

"""Pure: groups and voices, as people write them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from bot.isolates import without_isolates
from bot.reveal.labels import EVERYONE, LATE_CODE, codes, letters_of
from bot.rounds import Group, Perspective

SHORTEST = 3
"""Letters from which on the beginning of a group's name is enough."""

_FORM = re.compile(r"\w{0,2}|\s+workers?")
"""What may stand behind a name of ours: `citizens`, `frontline workers`."""

_VOICE = re.compile(r"(?P<of>.*?)[\s-]*(?P<n>\d{1,4})(?:\s*(?:of|/)\s*\d+)?")


def group_meant(typed: str, groups: Sequence[Group]) -> str | None:
    """`Frontline`, `frontline workers`, `citizen` -> the group that it can be; None where none or several.

    What a group is called here counts before the word of ours that it stands for."""
    wanted = _plain(typed)
    for known in ({group.name: group.name for group in groups}, {group.asks_as: group.name for group in groups}):
        for word, name in known.items():
            if word and _plain(word) == wanted:
                return name
    words = {(word, group.name) for group in groups for word in (group.name, group.asks_as) if word}
    fits = {name for word, name in words if _begins(_plain(word), wanted)}
    return fits.pop() if len(fits) == 1 else None


def _begins(word: str, wanted: str) -> bool:
    """Not where a number would be part of the name (`Unit 4 staff 2`), nor where other words follow it."""
    if len(wanted) < SHORTEST:
        return False
    is_short = word.startswith(wanted) and not re.search(r"\d", word[len(wanted) :])
    return is_short or (wanted.startswith(word) and _FORM.fullmatch(wanted[len(word) :]) is not None)


def voice_meant(typed: str, voices: Iterable[Perspective], groups: Sequence[Group]) -> int | None:
    """The position of the voice that `F3`, `f 3`, `Frontline 3`, `frontline worker 3 of 5` or `late answer 2` names."""
    names = [group.name for group in groups]
    marks = codes(voices, names)
    typed = without_isolates(typed)
    for plain in (_unspaced, _joined):
        named = [position for position, mark in marks.items() if plain(mark) == plain(typed)]
        if len(named) == 1:
            return named[0]
    found = _VOICE.fullmatch(typed.strip())
    if found is None:
        return None
    of, n = _plain(found["of"]), found["n"]
    group = EVERYONE if of == "voice" else group_meant(of, groups)
    is_late = of in ("late", "late answer", "late answers")
    letters = LATE_CODE if is_late else letters_of((*names, EVERYONE)).get(group or "", "")
    mark = _joined(f"{letters}-{n}")
    return next((position for position, each in marks.items() if _joined(each) == mark), None)


def _plain(text: str) -> str:
    return " ".join(without_isolates(text).split()).casefold()


def _unspaced(text: str) -> str:
    return re.sub(r"\s", "", text).casefold()


def _joined(text: str) -> str:
    """A mark without white space or hyphens: `F-3` is `F3`."""
    return _unspaced(text).replace("-", "")

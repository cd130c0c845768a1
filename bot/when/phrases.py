"""What is typed, cut into a day and an hour."""

from __future__ import annotations

import re
from dataclasses import dataclass

MOST_WORDS = 12

_FILLERS = frozenset({"at", "on", "by", "until", "till", "before", "the", "@"})

_END_OF_DAY = re.compile(r"\b(?:eod|cob|cop|end of (?:the )?day|close of (?:business|play))\b")
_IN_THE = re.compile(r"\bin the (morning|afternoon|evening)\b|\bat (night)\b")
_PART = re.compile(r"\b(morning|afternoon|evening|night)\b")
_TODAY_PART = re.compile(r"\bthis (morning|afternoon|evening)\b|\b(?:to(night)|tonite)\b")
_PERIOD = re.compile(
    r"(?:(?:the )?end of )?(?:the |this |next )?(?P<next>next )?(?P<what>week|weekend|month|year)(?: end)?"
    r"|(?P<short>eow|eom|eoy)|end of (?P<name>[a-z]+)"
)


@dataclass(frozen=True, slots=True)
class Phrase:
    words: str
    part: str = ""  # of the day: "morning", "night", "end"
    has_at: bool = False

    @property
    def splits(self) -> tuple[tuple[str, str], ...]:
        """Every way to cut it into a day and an hour, either first; the day may be left out ("")."""
        parts = self.words.split()
        is_number = self.words.isdecimal() and len(parts[0]) != 4 and not self.part
        ways = [] if is_number else [("", self.words)]
        for cut in range(1, len(parts)):
            one, other = " ".join(parts[:cut]), " ".join(parts[cut:])
            ways += [(one, other), (other, one)]
        return tuple(ways)


def phrase(words: str) -> Phrase | None:
    """None where it names two parts of a day, or is too long to be a time."""
    words = re.sub(r"[,()]", " ", words)
    found: list[str] = []

    def kept(match: re.Match[str], instead: str) -> str:
        found.append(next((each for each in match.groups() if each), "night" if "ton" in match[0] else "end"))
        return f" {instead} "

    words = _TODAY_PART.sub(lambda match: kept(match, "today"), words)
    for pattern in (_END_OF_DAY, _IN_THE, _PART):
        words = pattern.sub(lambda match: kept(match, ""), words)
    parts = words.split()
    if len(found) > 1 or len(parts) > MOST_WORDS:
        return None
    bare = " ".join(part for part in parts if part not in _FILLERS)
    return Phrase(words=bare, part=found[0] if found else "", has_at="at" in parts)


def is_period(words: str) -> bool:
    """`end of the month`, `next week`: longer than a day."""
    return bool(_PERIOD.fullmatch(words))

"""The hour of a time: `17:00`, `5pm`, `17h30`, `1700`, `12 noon`, `half past five`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time

from bot.when import words

EARLIEST_UNASKED = 8
"""An hour below this without am or pm ("Friday at 5", "5:30") may be meant for the evening: we ask."""

_HALF = r"(?: ?(?P<half>a\.?m\.?|p\.?m\.?))?"
_MINUTES = r"[:.h](?P<minute>\d\d)(?:[:.](?P<second>\d\d))?(?: ?(?:h|hrs|hours|uhr))?"
_CLOCK = re.compile(rf"(?P<hour>\d\d?)(?:{_MINUTES})?{_HALF}")
_WHOLE = re.compile(rf"(?P<hour>\d\d?)(?: ?(?:h|uhr)| o'? ?clock){_HALF}")
_COMPACT = re.compile(rf"(?P<hour>\d\d?)(?P<minute>\d\d)(?: ?(?:h|hrs|hours))?{_HALF}")
_SPOKEN = re.compile(r"(?P<how>half past|quarter past|quarter to) (?P<hour>[a-z]+|\d\d?)")
_NOON = re.compile(r"(?:12(?:[:.]00)? ?)?(?:noon|midday)")
_MIDNIGHT = re.compile(r"(?:12(?:[:.]00)? ?)?midnight")

_PARTS = {
    "morning": (range(1, 12), range(0)),
    "afternoon": (range(12, 19), range(0)),
    "evening": (range(16, 24), range(1)),
    "night": (range(14, 24), range(5)),
    "end": (range(12, 24), range(1)),
}
"""Part of a day -> its hours on that day, and on the next one: Friday night at one is on Saturday."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    hour: int  # 24 is the end of the day
    minute: int = 0
    second: int = 0
    half: str = ""  # am, pm; noon and midnight have theirs
    is_bare: bool = False  # no minutes, no am or pm: "5"
    is_padded: bool = False  # "05:30" is of the 24-hour clock
    is_compact: bool = False  # "1700"

    @property
    def may_be_evening(self) -> bool:
        return not self.half and not self.is_padded and 0 < self.hour < EARLIEST_UNASKED

    @property
    def is_midnight(self) -> bool:
        return not (self.hour or self.minute or self.second)

    @property
    def typed(self) -> str:
        return f"{self.hour:02}:{self.minute:02}"

    def options(self, part: str = "") -> tuple[tuple[int, time], ...]:
        """All that it may mean: how many days later, and the time of that day. `part`: of the day ("night")."""
        if part:
            return self._of(part)
        if self.may_be_evening:
            return ((0, self._time(self.hour)), (0, self._time(self.hour + 12)))
        return ((self.hour // 24, self._time(self.hour % 24)),)

    def _of(self, part: str) -> tuple[tuple[int, time], ...]:
        same_day, next_day = _PARTS[part]
        is_open = not self.half and 1 <= self.hour <= 12
        hours = sorted({self.hour % 12, self.hour % 12 + 12}) if is_open else [self.hour % 24]
        found = [(0, self._time(hour)) for hour in hours if hour in same_day]
        return (*found, *((1, self._time(hour)) for hour in hours if hour in next_day))

    def _time(self, hour: int) -> time:
        return time(hour, self.minute, self.second)


def clock(text: str) -> Clock | None:
    if _NOON.fullmatch(text):
        return Clock(hour=12, half="pm")
    if _MIDNIGHT.fullmatch(text):
        return Clock(hour=0, half="am")
    if found := _SPOKEN.fullmatch(text):
        return _spoken(found)
    first, _, rest = text.partition(" ")
    if (count := words.number(first)) is not None and not first.isdecimal():
        text = f"{count} {rest}".strip()
    is_compact = bool(found := _COMPACT.fullmatch(text))
    found = found or _CLOCK.fullmatch(text) or _WHOLE.fullmatch(text)
    return _clock(found.groupdict(), is_compact=is_compact) if found else None


def _clock(found: dict[str, str | None], *, is_compact: bool) -> Clock | None:
    hour, minute, second = (int(found.get(name) or 0) for name in ("hour", "minute", "second"))
    half = (found["half"] or "").replace(".", "")
    if half and not 1 <= hour <= 12:
        return None
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    if minute > 59 or second > 59 or hour > 24 or (hour == 24 and (minute or second or not found.get("minute"))):
        return None
    is_bare = not half and found.get("minute") is None
    is_padded = not is_bare and len(found["hour"] or "") == 2 and (found["hour"] or "").startswith("0")
    return Clock(
        hour=hour,
        minute=minute,
        second=second,
        half=half,
        is_bare=is_bare,
        is_padded=is_padded,
        is_compact=is_compact,
    )


def _spoken(found: re.Match[str]) -> Clock | None:
    hour = words.number(found["hour"])
    if hour is None or not 1 <= hour <= 12:
        return None
    if found["how"] == "quarter to":
        return Clock(hour=hour - 1 or 12, minute=45)
    return Clock(hour=hour, minute=30 if found["how"] == "half past" else 15)

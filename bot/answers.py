"""What one person writes, and what they get for it: types only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType, NoReturn
from unicodedata import category

Receipt = NewType("Receipt", str)  # "K7QD-3M9X-TT2A-9WPE": the 80-bit nonce of one sealing, in base 32

LARGEST_ANSWER = 3_000
"""Characters in one box: the least that a platform takes in a text input, so that one round fits all."""

_UNSEEN = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf"})


class Level(StrEnum):
    PERSONAL = "personal"
    OTHERS = "others"
    INTENTIONS = "intentions"
    BARRIERS = "barriers"


class Seen(StrEnum):
    """What the writer of a late reply says they had read. BEFORE is set by the bot for replies written while CLOSED."""

    BEFORE = "before"
    NONE = "none"
    SOME = "some"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What one person wrote: the only value that holds words before the reveal. Its `repr` shows none of them.

    `barriers` is the box as typed, one barrier a line. `sign` is meaningless under NAMED. `covers` names the boxes
    that were asked: the commitment is made over these, so that a box of a later release invalidates no receipt."""

    personal: str = ""
    others: str = ""
    intentions: str = ""
    barriers: str = ""
    sign: bool = False
    seen: Seen | None = None  # late replies only
    covers: tuple[Level, ...] = tuple(Level)
    written_in: str = ""  # the language that its writer named (BCP 47)

    def __repr__(self) -> str:
        return "Answers(…)"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("answers are not pickled")

    @property
    def is_empty(self) -> bool:
        """Only blanks, line ends and zero-width characters."""
        return all(category(sign) in _UNSEEN for level in Level for sign in self.of(level))

    def of(self, level: Level) -> str:
        return str(getattr(self, level.value))

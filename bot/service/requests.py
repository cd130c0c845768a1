"""Who has asked for what in this process: kept in memory only, so that no disk ever links a person to a request."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Set
from contextlib import contextmanager

from bot.people import Account
from bot.rounds import RoundCode

MOST_OPEN = 5
"""Voices of one round that one person may ask to hide before any of these requests is answered."""


class Requests:
    """Requests to hide a voice, by round and account. A restart forgets them: a person then counts once more."""

    def __init__(self) -> None:
        self._asked: defaultdict[tuple[RoundCode, Account], set[int]] = defaultdict(set)

    def is_known(self, code: RoundCode, account: Account, position: int) -> bool:
        return position in self._asked.get((code, account), ())

    def are_too_many(self, code: RoundCode, account: Account, readable: Set[int]) -> bool:
        """A request is answered once its voice can no longer be read."""
        return len(self._asked.get((code, account), set()) & readable) >= MOST_OPEN

    @contextmanager
    def making(self, code: RoundCode, account: Account, position: int) -> Iterator[None]:
        """Remembered before it is stored, so that two presses at once are one request; forgotten if that fails."""
        self._asked[code, account].add(position)
        try:
            yield
        except BaseException:
            self._asked[code, account].discard(position)
            raise

"""The list beside the key: what a restored backup must not bring back, outside the database.

A backup holds words that were destroyed after it was made, and rounds that have gone on since. Each destroying, and
each close and reveal, is an entry here. Entries are numbered, and the database holds the number of the last one that it
knows (`identity.listed`): a database that knows fewer was restored from a backup, and the others are replayed.

An entry is durable before its transaction commits, and confirmed, durably, before anybody hears of it. Where the
transaction fails it is struck out before anybody hears of that.
"""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from threading import RLock
from typing import Final

from sqlalchemy import Connection, bindparam, update

from bot.errors import KeyFolderUnwritable, ListUnwritable
from bot.people import Account
from storage.database import tables as t
from storage.database.files import opener
from storage.words.ledger_lines import LINE, Entry, line_of, lines_of, read
from storage.words.seal import Seal

CAME: Final = "came"
"""`what` of an entry that tells how far a round has come. It is listed where that can be: no round waits for it."""

REPLACED: Final = "replaced"
"""… that what somebody sealed gave way to what they sealed then. The last one of a seat says all."""

LISTED: Final = update(t.identity).values(listed=bindparam("number"))

FEWEST: Final = 64
"""Lines of a list. A fuller one is twice as long: its length tells no number of entries."""

_NOTES: Final = "destroyed"

__all__ = ["CAME", "LISTED", "REPLACED", "Entry", "Ledger", "must_be_writable", "note", "taken_notes", "who"]

log = logging.getLogger(__name__)


def note(connection: Connection, **entry: str | int) -> None:
    """To be listed when the transaction of this connection commits."""
    connection.info.setdefault(_NOTES, []).append(entry)


def taken_notes(connection: Connection) -> Sequence[Entry]:
    """What was noted in the transaction so far; it is forgotten here."""
    notes: list[Entry] = connection.info.pop(_NOTES, [])
    return notes


def who(account: Account) -> str:
    """An account as the list holds it: enough to know it again, not to read it off."""
    return sha256(str(account).encode()).hexdigest()


def today() -> date:
    return datetime.now(UTC).date()


class Ledger:
    """One file for the list, one for the last sign of life; both named after the key and the database.

    The list has a fixed number of lines of one length, each encrypted; those without an entry are encrypted blanks. The
    first two lines take turns in holding the number up to which entries are confirmed.
    """

    def __init__(
        self, key_file: Path, database: str, seal: Seal, keep: timedelta, today: Callable[[], date] = today
    ) -> None:
        """`keep`: how old a backup may be; entries go when they are older. Call `load` before anything else."""
        self._list = key_file.with_name(f"{key_file.name}.{database}.destroyed")
        self._alive = key_file.with_name(f"{key_file.name}.{database}.alive")
        self._place = f"list|{database}"
        self._seal = seal
        self._keep = keep
        self._today = today
        self._lock = RLock()  # the writer thread lists, the heartbeat forgets
        self._lines: list[Entry | None] = []  # None: blank
        self._pending: list[int] = []  # lines of the transaction that is about to commit
        self._struck: list[int] = []  # lines that are blank here, and perhaps not yet on the disk
        self._turn = 0
        self.confirmed = 0
        self.last = 0

    # at the start

    def load(self) -> None:
        """Raises KeyMissing, KeyWrong. A damaged line was never acknowledged: the write of it broke off."""
        damaged = 0
        entries: list[Entry] = []
        for line in lines_of(self._list.read_bytes()) if self._list.exists() else ():
            found = read(line, self._seal, self._place)
            damaged += found is None and bool(line.strip())
            if found and "confirmed" in found:
                self.confirmed = max(self.confirmed, int(found["confirmed"]))
                self.last = max(self.last, int(found["last"]))
            elif found and "what" in found:
                entries.append(found)
        if damaged:
            log.warning("list_damaged", extra={"lines": damaged})
        self._lines = [*sorted(entries, key=lambda entry: int(entry["n"]))]
        self.last = max([self.last, self.confirmed, *(int(entry["n"]) for entry in entries)])

    def must_be_writable(self) -> None:
        """Makes a file in the key's folder and removes it. Raises KeyFolderUnwritable."""
        must_be_writable(self._list.parent)

    def unknown_to(self, listed: int, *, restored: bool) -> Sequence[Entry]:
        """Entries that a database does not know which knows those up to `listed`. `restored`: it is surely a backup.

        Nobody was told of entries that are not confirmed. Where nothing else speaks for a restore, the bot was killed
        before their transaction committed: they are struck out, and their writers still have what they wrote.
        """
        unknown = [entry for entry in self._lines if entry and int(entry["n"]) > listed]
        if not restored and all(int(entry["n"]) > self.confirmed for entry in unknown):
            if unknown:
                self._lines = [entry for entry in self._lines if entry and int(entry["n"]) <= listed]
                self._write_anew()
            return []
        # those of the earlier release have no number, and are compared with what is there
        unnumbered = [entry for entry in self._lines if entry and entry["n"] == 0] if listed == 0 else []
        return unnumbered + unknown

    def settle(self) -> None:
        """The database knows all entries from here on. Those that no backup needs go; all are encrypted anew."""
        with self._lock:
            self.confirmed = self.last
            self._write_anew()

    def rewrap(self, seal: Seal) -> None:
        """The key was rotated: all is encrypted under the newest one."""
        with self._lock:
            self._seal = seal
            self._write_anew()

    def tells(self, round_id: int, phase: str) -> bool:
        """Is it listed that the round has come there?"""
        return any(
            entry is not None and entry["what"] == CAME and (entry["round"], entry["phase"]) == (round_id, phase)
            for entry in self._lines
        )

    # around a commit

    def enter(self, connection: Connection, entries: Sequence[Entry]) -> None:
        """Just before the commit of a transaction that destroyed something. Durable when it returns.

        Raises ListUnwritable: then nothing may be destroyed.
        """
        number = self.last + 1
        connection.execute(LISTED, {"number": number})
        with self._lock:
            self.last = number
            # a day only: nobody shall tell by the hour who was at their desk
            dated = [{"n": number, "at": self._today().isoformat(), **entry} for entry in entries]
            try:
                self._enter(dated)
            except OSError as error:
                _complain(error)
                self.strike()
                if any(entry["what"] != CAME for entry in entries):
                    raise ListUnwritable from None

    def _enter(self, entries: Sequence[Entry]) -> None:
        if not os.access(self._list.parent, os.W_OK | os.X_OK, effective_ids=True):
            raise PermissionError(errno.EACCES)
        free = [at for at, entry in enumerate(self._lines) if entry is None][: len(entries)]
        if len(free) < len(entries):
            self._pending = list(range(len(self._lines), len(self._lines) + len(entries)))
            self._lines += entries
            self._write_anew()
            return
        self._pending = free
        for at, entry in zip(free, entries, strict=True):
            self._lines[at] = entry
        self._write(free)

    def confirm(self) -> None:
        """After the commit, before anybody hears of it. Does not raise: the next start learns it from the database."""
        with self._lock:
            if not self._pending:
                return
            self._pending = []
            self.confirmed = self.last
            try:
                self._write([], is_confirming=True)
            except OSError as error:
                _complain(error)

    def strike(self) -> None:
        """The transaction was rolled back: its entries go before anybody hears of that. Does not raise."""
        with self._lock:
            if not self._pending:
                return
            self._struck += self._pending
            for at in self._pending:
                self._lines[at] = None
            self._pending = []
            try:
                self._write([])
            except OSError as error:  # the next write tries it again
                _complain(error)

    # signs of life

    def beat(self, now: datetime) -> None:
        """May be called from several threads: the heartbeat, and a platform that begins or ceases to listen."""
        beside = self._alive.with_name(self._alive.name + ".new")
        with self._lock:
            with open(_opened_anew(beside), "w", encoding="ascii") as file:
                file.write(now.isoformat())
            beside.replace(self._alive)

    def last_beat(self) -> datetime | None:
        try:
            return datetime.fromisoformat(self._alive.read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            return None

    def forget(self, now: datetime) -> None:
        """What no backup needs any more goes. `now` must be trusted: by a clock that is ahead too much would go."""
        with self._lock:
            if self._lines and not self._pending and self._drop_before(now.date() - self._keep):
                self._write_anew()

    def _drop_before(self, oldest: date) -> bool:
        last = {entry["seat"]: entry["n"] for entry in self._lines if entry and entry["what"] == REPLACED}
        kept = [
            entry
            for entry in self._lines
            if entry
            and date.fromisoformat(str(entry["at"])) >= oldest
            and (entry["what"] != REPLACED or last[entry["seat"]] == entry["n"])
        ]
        if len(kept) == len(self._lines) - self._lines.count(None):
            return False
        self._lines = [*kept]
        return True

    # lines

    def _write(self, lines: Sequence[int], *, is_confirming: bool = False) -> None:
        """These lines in place, durably, and those struck out before that."""
        try:
            descriptor = os.open(self._list, os.O_WRONLY | os.O_NOFOLLOW)
        except FileNotFoundError:
            self._write_anew()
            return
        try:
            if os.fstat(descriptor).st_size != self._size:
                self._write_anew()
                return
            for at in (*self._struck, *lines):
                os.pwrite(descriptor, self._line(self._lines[at]), (at + 2) * LINE)
            if is_confirming:
                self._turn = 1 - self._turn
                os.pwrite(descriptor, self._line(self._state()), self._turn * LINE)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        self._struck = []

    def _write_anew(self) -> None:
        """The whole list, durably: a kill leaves the old one or the new one."""
        size = FEWEST
        while size < len(self._lines) + 2:
            size *= 2
        self._lines += [None] * (size - 2 - len(self._lines))
        beside = self._list.with_name(self._list.name + ".new")
        with open(_opened_anew(beside), "wb") as file:
            for entry in (self._state(), self._state(), *self._lines):
                file.write(self._line(entry))
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._list)
        folder = os.open(self._list.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        self._struck = []

    @property
    def _size(self) -> int:
        return (len(self._lines) + 2) * LINE

    def _state(self) -> Entry:
        return {"confirmed": self.confirmed, "last": self.last}

    def _line(self, entry: Entry | None) -> bytes:
        return line_of(entry or {}, self._seal, self._place)


def _complain(error: OSError) -> None:
    log.error("list_unwritable", extra={"error": type(error).__name__, "errno": error.errno})


def must_be_writable(folder: Path) -> None:
    """Raises KeyFolderUnwritable."""
    probe = folder / f".coproduce-{os.getpid()}.try"
    try:
        os.close(_opened_anew(probe))
        probe.unlink()
    except OSError:
        raise KeyFolderUnwritable(folder=str(folder.absolute())) from None


def _opened_anew(file: Path) -> int:
    return opener(str(file), os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW)

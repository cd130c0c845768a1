"""A stolen database file, and what somebody who holds it can try. Knows SQLite, and nothing of our code but names."""

from __future__ import annotations

import re
import sqlite3
import struct
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Row = dict[str, Any]

OWN = frozenset({"id", "seat_id", "account_id", "person_id", "after_id", "anchor_id", "posted_id", "user", "name"})
"""Columns that tell one person from another for everybody alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    user: str
    seat: int
    account: int
    person: int
    group: str

    def is_in(self, table: str, row: Row) -> bool:
        numbers = {"seat_id": self.seat, "account_id": self.account, "person_id": self.person}
        own = {"seat": self.seat, "account": self.account, "person": self.person}
        return (
            any(row.get(column) == number for column, number in numbers.items())
            or row.get("id") == own.get(table, object())
            or any(isinstance(value, str) and self._named_in(value) for value in row.values())
        )

    def _named_in(self, text: str) -> bool:
        # most texts name nobody, and that is told far quicker
        return self.user in text.lower() and re.search(rf"\b{self.user}\b", text, re.IGNORECASE) is not None


@dataclass(frozen=True, slots=True)
class Loot:
    """The file and its log as they were found, and a copy to ask."""

    content: bytes
    log: bytes
    copy: Path
    people: Sequence[Person] = field(default_factory=tuple)

    @property
    def raw(self) -> bytes:
        return self.content + self.log

    def ask(self, query: str) -> list[Row]:
        with closing(sqlite3.connect(self.copy)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(query).fetchall()]

    def tables(self) -> list[str]:
        return [row["name"] for row in self.ask("SELECT name FROM sqlite_master WHERE type = 'table'")]

    def rows(self) -> Iterator[tuple[str, Row]]:
        for table in self.tables():
            for row in self.ask(f'SELECT * FROM "{table}"'):
                yield table, row


def steal(file: Path, into: Path) -> Loot:
    """What lies on the disk, while the bot runs. Only the copy is opened, and its log written into it."""
    log = file.with_name(file.name + "-wal")
    content, logged = file.read_bytes(), log.read_bytes() if log.exists() else b""
    into.mkdir()
    copy = into / "stolen.db"
    copy.write_bytes(content)
    copy.with_name("stolen.db-wal").write_bytes(logged)
    with closing(sqlite3.connect(copy)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    loot = Loot(content, logged, copy)
    found = loot.ask(
        "SELECT account.user, seat.id, seat.account_id, seat.person_id, seat.group_name FROM seat "
        "JOIN account ON account.id = seat.account_id ORDER BY seat.id"
    )
    people = [
        Person(
            user=row["user"],
            seat=row["id"],
            account=row["account_id"],
            person=row["person_id"],
            group=row["group_name"],
        )
        for row in found
    ]
    return Loot(content, logged, copy, people)


# what is told of each person ------------------------------------------------------------------------------------


def unlike(loot: Loot, but: Sequence[str] = ()) -> list[str]:
    """Everything by which two people of one group differ in any table: columns, and how many rows of which kind.

    `but`: people whose difference was published, or is known and said.
    """
    told: dict[str, Counter[str]] = defaultdict(Counter)
    found: list[str] = []
    for table, row in loot.rows():
        named = [person for person in loot.people if person.is_in(table, row)]
        if len(named) == 1:
            told[named[0].user].update(_masked(table, row, named[0]))
        elif named:
            found += _told_of_some(loot, table, row, {person.user for person in named})
    for group in {person.group for person in loot.people}:
        alike = [person.user for person in loot.people if person.group == group and person.user not in but]
        for user in alike[1:]:
            differs = (told[user] - told[alike[0]]) + (told[alike[0]] - told[user])
            found += [f"{user} / {alike[0]}: {what}" for what in differs]
    return found


def _masked(table: str, row: Row, person: Person) -> Iterator[str]:
    kind = row.get("kind", "")
    for column, value in row.items():
        if column not in OWN:
            shown = re.sub(rf"\b{person.user}\b", "<me>", str(value), flags=re.IGNORECASE)
            yield f"{table}({kind}).{column}={shown}"


def _told_of_some(loot: Loot, table: str, row: Row, named: set[str]) -> Iterator[str]:
    """A row that names several people must name everybody of their group."""
    for group in {person.group for person in loot.people if person.user in named}:
        missing = {person.user for person in loot.people if person.group == group} - named
        if missing:
            yield f"{table} names {sorted(named)} and not {sorted(missing)}: {row}"


def moved(loot: Loot, table: str = "seat") -> list[str]:
    """Rows that do not lie in the order of their ids: each was written anew, the last one furthest down its page."""
    found: list[str] = []
    for page, cells, holes in leaves(loot.copy, table):
        offsets = [at for _, at in sorted(cells)]
        if offsets != sorted(offsets, reverse=True):
            found.append(f"{table}, page {page}: {cells}")
        if holes:
            found.append(f"{table}, page {page}: holes at {holes}")
    return found


def acts_unlike(loot: Loot) -> list[str]:
    """Acts of one round that can be told apart, other than by a digest."""
    shapes = {tuple(sorted((k, str(v)) for k, v in row.items() if k != "id")) for row in loot.ask("SELECT * FROM act")}
    by_round = Counter(dict(shape)["round_id"] for shape in shapes)
    return [f"acts of round {round_} differ: {shapes}" for round_, count in by_round.items() if count > 1]


def out_of_order(loot: Loot) -> list[str]:
    """Messages that everybody got, but not in the order of their seats: in which other order, and why?"""
    by_kind: dict[str, list[int]] = defaultdict(list)
    seats = {person.seat for person in loot.people}
    for row in loot.ask("SELECT kind, seat_id FROM message WHERE seat_id IS NOT NULL ORDER BY id"):
        by_kind[row["kind"]].append(row["seat_id"])
    return [f"{kind}: {order}" for kind, order in by_kind.items() if set(order) <= seats and order != sorted(order)]


# what ties a perspective ----------------------------------------------------------------------------------------


def joined(loot: Loot, but: Sequence[str] = ()) -> list[str]:
    """Values of a perspective that stand in a row of somebody's, in either direction."""
    signed = {person.seat for person in loot.people if person.user in but}
    found: list[str] = []
    values: dict[object, str] = {}
    for voice in loot.ask("SELECT rowid AS row, * FROM perspective"):
        if voice["seat_id"] in signed:
            continue
        if voice["seat_id"] is not None or voice["name"] is not None:
            found.append(f"voice {voice['position']} names {voice['seat_id']} {voice['name']}")
        for column in ("id", "commitment", "wrapped", "ciphertext"):
            if voice[column] is not None:
                values[voice[column]] = f"voice {voice['position']}.{column}"
                if isinstance(voice[column], bytes):
                    values[voice[column][:12]] = f"nonce of voice {voice['position']}"
        found += [
            f"voice {voice['position']}.{column} names {person.user}"
            for column, value in voice.items()
            for person in loot.people
            if isinstance(value, str) and person._named_in(value)
        ]
    for table, row in loot.rows():
        if table != "perspective":
            for column, value in row.items():
                head = value[:12] if isinstance(value, bytes) else value
                found += [f"{table}.{column} is {values[one]}" for one in {value, head} if one in values]
    return found


def times_of(loot: Loot, moments: Mapping[str, Any]) -> list[str]:
    """Minutes in which somebody acted, in any column or byte. `moments`: what happened -> when (nobody else acted)."""
    found: list[str] = []
    raw = loot.raw
    for what, at in moments.items():
        spellings = [at.strftime(form).encode() for form in ("%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y%m%d%H%M")]
        epoch = int(at.timestamp())
        spellings += [str(epoch)[:8].encode(), struct.pack(">I", epoch)[:4], struct.pack("<I", epoch)[:4]]
        found += [f"{what}: {spelling!r}" for spelling in spellings if spelling in raw]
    return found


def bytes_of(loot: Loot, captured: Mapping[str, bytes]) -> list[str]:
    """Pieces of what was there before the close."""
    wanted: dict[int, dict[bytes, list[str]]] = defaultdict(lambda: defaultdict(list))
    for what, needle in captured.items():
        size = min(len(needle), 16)
        for at in range(0, len(needle) - size + 1, size):
            wanted[size][needle[at : at + size]].append(what)
    found: set[str] = set()
    raw = loot.raw
    for size, pieces in wanted.items():  # once over the file for all of them: there are thousands
        for piece in {raw[at : at + size] for at in range(len(raw) - size + 1)} & pieces.keys():
            found.update(pieces[piece])
    return [what for what in captured if what in found]


def lengths(loot: Loot) -> list[str]:
    """How long the sealed words of each voice are: one length for all says nothing of anybody."""
    found = Counter(len(row["ciphertext"]) for row in loot.ask("SELECT ciphertext FROM perspective WHERE seen IS NULL"))
    return [f"lengths of voices: {dict(found)}"] if len(found) > 1 else []


def left_over(loot: Loot) -> list[str]:
    """Free pages that hold anything."""
    size, free = _free_pages(loot.copy)
    content = loot.copy.read_bytes()
    return [f"free page {n}" for n in free if content[(n - 1) * size : n * size].strip(b"\0")]


def correlation(one: Sequence[float], other: Sequence[float]) -> float:
    """Spearman's, of two orders without ties."""
    n = len(one)
    ranks = [[sorted(order).index(value) for value in order] for order in (one, other)]
    squares: float = sum((a - b) ** 2 for a, b in zip(*ranks, strict=True))
    return 1 - 6 * squares / (n * (n * n - 1))


# pages (sqlite.org/fileformat2.html) ----------------------------------------------------------------------------

Leaf = tuple[int, list[tuple[int, int]], list[tuple[int, int]]]


def leaves(file: Path, table: str) -> Iterator[Leaf]:
    """Of a rowid table: page, [(rowid, where it lies)], [(hole, its size)]."""
    with closing(sqlite3.connect(file)) as connection:
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    yield from _leaves(file.read_bytes(), size, root)


def _leaves(content: bytes, size: int, number: int) -> Iterator[Leaf]:
    page = content[(number - 1) * size : number * size]
    kind, hole, count = page[0], *struct.unpack(">HH", page[1:5])
    is_interior = kind == 5
    first = 12 if is_interior else 8
    cells = struct.unpack(f">{count}H", page[first : first + 2 * count])
    if is_interior:
        children = [struct.unpack(">I", page[at : at + 4])[0] for at in cells]
        for child in [*children, struct.unpack(">I", page[8:12])[0]]:
            yield from _leaves(content, size, child)
        return
    holes = []
    while hole:
        following, length = struct.unpack(">HH", page[hole : hole + 4])
        holes.append((hole, length))
        hole = following
    yield number, [(_rowid(page, at), at) for at in cells], holes


def _rowid(page: bytes, at: int) -> int:
    _, at = _number(page, at)
    return _number(page, at)[0]


def _number(page: bytes, at: int) -> tuple[int, int]:
    value = 0
    for n in range(8):
        value = value << 7 | page[at + n] & 0x7F
        if not page[at + n] & 0x80:
            return value, at + n + 1
    return value << 8 | page[at + 8], at + 9


def _free_pages(file: Path) -> tuple[int, list[int]]:
    """Leaves of the free list; its trunks hold nothing but their numbers."""
    content = file.read_bytes()
    size = struct.unpack(">H", content[16:18])[0]
    size = 65_536 if size == 1 else size
    free: list[int] = []
    trunk = struct.unpack(">I", content[32:36])[0]
    while trunk:
        page = content[(trunk - 1) * size : trunk * size]
        trunk, count = struct.unpack(">II", page[:8])
        free += struct.unpack(f">{count}I", page[8 : 8 + 4 * count])
    return size, free

"""What the server holds, as it stands in its files: rows, read by a connection that cannot write, and raw bytes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from adapters.playground.page.desk import Cell, SearchedFile, Table
from bot.messages import Fact, Line, line
from storage.database import looking
from storage.database.looking import TableContent

SHOWN = 60
"""Rows of a table that are shown; all are searched."""

LONGEST = 200
"""Characters of a value that are shown; all are searched."""

BEGINNING = 16
"""Bytes of ciphertext that are shown."""

SHORTEST = 4
"""Characters that can be searched for. Shorter ones stand in any ciphertext by chance."""

CHUNK = 1 << 20

EXPLAINED = ("envelope", "seat", "round", "perspective")
"""Tables that come first: where words are, whose they are, and which round."""


@dataclass(frozen=True, slots=True)
class Files:
    """The bot's: the database, and its log. The chat's own: everything that was posted in it."""

    database: Path
    chat: Path

    @property
    def of_the_bot(self) -> list[Path]:
        return [self.database, self.database.with_name(f"{self.database.name}-wal")]


class Search:
    """Finds words as they are typed, in any case, and also where they stand as JSON."""

    def __init__(self, words: str) -> None:
        self.words = words.strip()
        folded = self.words.casefold()
        told = {folded, json.dumps(folded)[1:-1].casefold(), self.words.lower()} if self.is_long_enough else set()
        self._texts = told
        self._bytes = {one.encode("utf-8", "surrogatepass") for one in (*told, self.words)} if told else set()

    @property
    def is_long_enough(self) -> bool:
        return len(self.words) >= SHORTEST

    def is_in(self, value: object) -> bool:
        if isinstance(value, bytes):
            return self.count(value) > 0
        folded = str(value).casefold()
        return any(one in folded for one in self._texts)

    def count(self, content: bytes) -> int:
        lower = content.lower()
        return max((max(content.count(one), lower.count(one)) for one in self._bytes), default=0)

    def in_file(self, file: Path) -> int:
        """Read in parts that overlap."""
        if not self._bytes:
            return 0
        longest = max(len(one) for one in self._bytes)
        found, kept = 0, b""
        with file.open("rb") as content:
            while part := content.read(CHUNK):
                found += self.count(kept + part) - self.count(kept)
                kept = (kept + part)[-(longest - 1) :]
        return found


def tables(database: str, search: Search) -> tuple[Table, ...]:
    """All tables that have rows. `database`: its URL."""
    found = sorted(looking.tables(database), key=_place)
    return tuple(_table(content, search) for content in found if content.rows)


def searched(files: Files, search: Search) -> tuple[SearchedFile, ...]:
    bots = [_file(file, search) for file in files.of_the_bot if file.exists()]
    chats = [replace(_file(file, search), is_of_the_chat=True) for file in (files.chat,) if file.exists()]
    return (*bots, *chats)


def count(tables: Iterable[Table]) -> int:
    """Cells in which the words were found. Rows that are marked come first: none is left out."""
    return sum(cell.is_found for table in tables for row in table.rows for cell in row)


def note(search: Search, tables: Sequence[Table], files: Sequence[SearchedFile], *, is_open: bool) -> Line:
    """What is honest to say of it. `is_open`: the answers are open."""
    bots = [file for file in files if not file.is_of_the_chat]
    facts: dict[str, Fact] = {
        "rows": sum(len(table.rows) + table.more for table in tables),
        "size": sum(file.size for file in bots),
        "words": search.words,
    }
    if not search.words:
        return line("play.held.open", **facts) if is_open else line("play.held.sealed", **facts)
    if not search.is_long_enough:
        return line("play.held.short", count=SHORTEST)
    in_rows, in_files = count(tables), sum(file.found for file in bots)
    if in_rows or in_files:
        return line("play.held.found", **facts, count=max(in_rows, in_files))
    if any(file.found for file in files):
        return line("play.held.only_chat", **facts)
    return line("play.held.not_there", **facts)


def _file(file: Path, search: Search) -> SearchedFile:
    return SearchedFile(name=file.name, size=file.stat().st_size, found=search.in_file(file))


def _place(content: TableContent) -> tuple[int, str]:
    name = content.name
    return (EXPLAINED.index(name) if name in EXPLAINED else len(EXPLAINED), name)


def _table(content: TableContent, search: Search) -> Table:
    """Rows in which the words stand come first."""
    columns = content.columns
    rows = [
        tuple(_cell(value, key in content.binary, search) for key, value in zip(columns, row, strict=True))
        for row in content.rows
    ]
    rows.sort(key=lambda row: not any(cell.is_found for cell in row))
    return Table(name=content.name, columns=columns, rows=tuple(rows[:SHOWN]), more=len(rows[SHOWN:]))


def _cell(value: object, is_sealed: bool, search: Search) -> Cell:
    is_found = value is not None and search.is_in(value)
    match value:
        case None:
            return Cell(text="")
        case bytes():
            beginning = value[:BEGINNING].hex(" ", 2)
            return Cell(text=beginning, is_sealed=is_sealed, size=len(value), is_found=is_found)
        case _:
            told = str(value)
            return Cell(text=told if len(told) <= LONGEST else f"{told[:LONGEST]}…", is_found=is_found)

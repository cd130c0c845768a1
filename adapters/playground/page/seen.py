"""What the templates of the page are given. All of it is one person's: their channels, their language, their times."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import quote, urlencode

from markupsafe import Markup

from adapters.html.prose import Reader, paragraphs_html, read_out, time_html, written
from adapters.html.shapes import Button, Moment, renamed
from adapters.playground.chat.state import Channel, Entry, Kind, Person
from adapters.playground.page.eyes import Eyes
from bot.formats import zone
from bot.isolates import without_isolates
from bot.messages import Fact, Line, line
from bot.text import TITLED, Texts

INBOX = "inbox"
TINTS = 8
HEADINGS = 4
"""Level of the first heading in an entry: above are the page's, the place's and the entry's own, or its thread's."""

ANSWERS = frozenset({Kind.SAID, Kind.REFUSED, Kind.CONFIRM, Kind.FAILED})
"""Kinds of entry that answer what somebody did."""

REPORT = "text/html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """`tint`: 0 to 7, the same each time for the same name."""

    id: str
    name: str
    initials: str
    tint: int
    is_me: bool
    href: str
    group: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenFile:
    id: str
    name: str
    href: str
    is_report: bool
    size: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenEntry:
    """`author`: None is the bot. `thread`: the entry that it answers. `show`: of an answer to what I did, its kind."""

    id: str
    place: str
    thread: str | None
    kind: str
    show: str
    author: Face | None
    at: Markup
    day: str
    day_text: str
    html: Markup = field(repr=False)
    said: str = field(repr=False)
    buttons: tuple[Button, ...]
    files: tuple[SeenFile, ...]
    is_ephemeral: bool
    is_edited: bool
    replies: tuple[SeenEntry, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenPlace:
    """`name`: of a channel, without `#`; of the inbox, empty."""

    id: str
    name: str
    is_inbox: bool
    href: str
    entries: tuple[SeenEntry, ...] = ()
    unread: int = 0


@dataclass(frozen=True, slots=True)
class Sight:
    """One person's chat as the templates take it."""

    eyes: Eyes
    texts: Texts
    group_of: Callable[[str], Line | None]

    @property
    def me(self) -> Face:
        return self.face(self.eyes.me)

    @property
    def reader(self) -> Reader:
        return Reader(self.eyes.me.locale, self.eyes.me.tz)

    def people(self) -> tuple[Face, ...]:
        return tuple(self.face(one) for one in self.eyes.people.values() if one.reads)

    def face(self, person: Person) -> Face:
        shown = without_isolates(person.name)
        return Face(
            id=person.id,
            name=shown,
            initials=_initials(shown),
            tint=hashlib.sha256(person.name.encode("utf-8", "surrogatepass")).digest()[0] % TINTS,
            is_me=person.id == self.eyes.me.id,
            href=href(person.id),
            group=self.worded(group) if (group := self.group_of(person.id)) else "",
        )

    def places(self, *, with_entries: bool = True) -> tuple[SeenPlace, ...]:
        """Channels first, the inbox last."""
        found = [self._channel(one) for one in self.eyes.channels.values()]
        inbox = SeenPlace(id=INBOX, name="", is_inbox=True, href=href(self.eyes.me.id, INBOX))
        if not with_entries:
            return (*found, inbox)
        seen: dict[str, list[SeenEntry]] = {place.id: [] for place in (*found, inbox)}
        for entry in self.roots():
            seen.get(entry.place, seen[INBOX]).append(entry)
        return tuple(replace(place, entries=tuple(seen[place.id])) for place in (*found, inbox))

    def roots(self) -> Iterator[SeenEntry]:
        """The entries that answer no other, each with those that answer it, in the order of the chat."""
        answers: dict[str, list[Entry]] = {}
        roots: list[Entry] = []
        for entry in self.eyes.entries.values():
            if entry.thread in self.eyes.entries and entry.thread is not None:
                answers.setdefault(entry.thread, []).append(entry)
            else:
                roots.append(entry)
        for entry in roots:
            yield self.entry(entry, answers.get(entry.id, ()))

    def one(self, id: str) -> SeenEntry | None:
        """An entry that stands there now, without those that answer it."""
        entry = self.eyes.entries.get(id)
        return self.entry(entry) if entry is not None else None

    def entry(self, entry: Entry, answers: Iterable[Entry] = ()) -> SeenEntry:
        is_reply = entry.thread in self.eyes.entries
        paragraphs = renamed(entry.paragraphs, {one.id: one.name for one in self.eyes.channels.values()})
        return SeenEntry(
            id=entry.id,
            place=self.place_of(entry),
            thread=entry.thread if is_reply else None,
            kind=entry.kind,
            show=entry.kind if entry.is_ephemeral and entry.kind in ANSWERS else "",
            author=self._author(entry),
            at=self.time(entry.at, "time"),
            day=entry.at.astimezone(zone(self.eyes.me.tz)).date().isoformat(),
            day_text=self.text_time(entry.at, "day"),
            html=paragraphs_html(
                paragraphs,
                self.reader,
                level=HEADINGS,
                is_titled=entry.kind in TITLED and not entry.is_ephemeral,
            ),
            said=read_out(paragraphs, self.reader),
            buttons=entry.controls,
            files=tuple(self._file(entry, id) for id in entry.files),
            is_ephemeral=entry.is_ephemeral,
            is_edited=entry.edited_at is not None,
            replies=tuple(self.entry(one) for one in answers),
        )

    def place_of(self, entry: Entry) -> str:
        """Where it is shown: an answer to what somebody did in a channel stands there, for them alone."""
        return entry.channel if entry.channel in self.eyes.channels and entry.channel is not None else INBOX

    def time(self, at: datetime, style: str) -> Markup:
        return time_html(at, self.text_time(at, style))

    def text_time(self, at: datetime, style: str) -> str:
        """To the minute that has begun."""
        at = at.replace(second=0, microsecond=0)
        return written(Moment(at=at, style=style, text=at.isoformat(timespec="minutes")), self.reader)

    def say(self, key: str, **facts: Fact) -> str:
        """Our own sentence: `key` is below `playground` in the catalogue."""
        return self.texts.line(line(f"playground.{key}", **facts), self.eyes.me.locale, self.eyes.me.tz)

    def worded(self, told: Line) -> str:
        """A sentence of others, as plain text."""
        return without_isolates(self.texts.line(told, self.eyes.me.locale, self.eyes.me.tz))

    def size(self, size: int) -> str:
        """Of a file."""
        kilobytes = max(1, round(size / 1000))
        return self.say("size", kilobytes=kilobytes)

    def _channel(self, channel: Channel) -> SeenPlace:
        return SeenPlace(
            id=channel.id, name=without_isolates(channel.name), is_inbox=False, href=href(self.eyes.me.id, channel.id)
        )

    def _author(self, entry: Entry) -> Face | None:
        author = self.eyes.people.get(entry.author or "")
        return self.face(author) if author is not None else None

    def _file(self, entry: Entry, id: str) -> SeenFile:
        told = self.eyes.files[id]
        address = f"{href(self.eyes.me.id)}/files/{quote(id, safe='')}/{quote(told['name'], safe='', errors='replace')}"
        is_report = told["media_type"].partition(";")[0] == REPORT
        size = self.size(told["size"])
        return SeenFile(id=id, name=told["name"], href=address, is_report=is_report, size=size)


def href(person: str, place: str = "") -> str:
    """Of somebody's page, open at a place."""
    address = f"/as/{quote(person, safe='', errors='replace')}"
    return f"{address}?{urlencode({'place': place}, errors='replace')}" if place else address


def _initials(name: str) -> str:
    parts = [part for part in name.split() if part[:1].isalnum()] or [name.strip() or "?"]
    ends = [parts[0], parts[-1]] if len(parts) > 1 else parts
    return "".join(part[0] for part in ends).upper()

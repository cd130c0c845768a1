"""What the chat keeps: people, channels, and everything that stands in them. A fold over its events."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from adapters.html.shapes import Button, Paragraph, Sheet, as_json, of_json, renamed, text_of
from adapters.html.shapes import Channel as Named
from adapters.playground.chat import sheets
from adapters.playground.chat.hands import Hands

Json = dict[str, Any]
Event = Mapping[str, Any]
"""One thing that happened, as a line of the journal: `{"what": "entry", …}`."""


class Kind(StrEnum):
    """Kinds of entry that are the chat's own; all others are the bot's to name."""

    SAID = "said"
    REFUSED = "refused"
    CONFIRM = "confirm"
    FORM = "form"
    FAILED = "failed"  # a press got no answer
    MESSAGE = "message"  # somebody's own, to everybody in a channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    id: str
    name: str
    tz: str = "UTC"
    locale: str = "en"
    standing: str = "member"  # member, guest, admin, bot, deactivated, stranger (of another organisation)

    @property
    def reads(self) -> bool:
        return self.standing not in ("bot", "deactivated")


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    id: str
    name: str
    members: tuple[str, ...] = ()
    is_public: bool = True
    lets_bot_in: bool = True
    is_archived: bool = False  # nobody can post


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of a channel or of somebody's private conversation with the bot.

    With a `person` and a `channel`: what one person is shown for what they did in that channel.
    """

    id: str
    at: datetime
    kind: str
    paragraphs: tuple[Paragraph, ...] = field(repr=False)
    channel: str | None = None
    person: str | None = None  # the only one who sees it
    author: str | None = None  # None: the bot
    controls: tuple[Button, ...] = ()
    files: tuple[str, ...] = ()
    thread: str | None = None  # the entry that it answers
    key: str | None = None  # the bot's own mark: kept and searched, never compared
    is_ephemeral: bool = False
    edited_at: datetime | None = None

    @property
    def text(self) -> str:
        """As the bot worded it, as lines."""
        return text_of(self.paragraphs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file. It is read nowhere until an entry shares it."""

    id: str
    name: str
    media_type: str
    content: str = field(repr=False)  # base64

    @property
    def size(self) -> int:
        """Bytes."""
        return len(b64decode(self.content))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Something shown to a person. `person` None: shown to everybody in the channel."""

    at: datetime
    place: str  # channel, inbox
    person: str | None
    kind: str
    paragraphs: tuple[Paragraph, ...] = field(repr=False)
    controls: tuple[Button, ...] = ()
    entry: str | None = None  # or the form; the same in an edit
    thread: str | None = None
    is_edit: bool = False

    @property
    def text(self) -> str:
        return text_of(self.paragraphs)


@dataclass(slots=True, kw_only=True)
class State:
    """The state of the chat. Changed by `apply` alone, so that every receiver of the events holds the same state."""

    people: dict[str, Person] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    entries: dict[str, Entry] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)
    shown: list[Shown] = field(default_factory=list)  # in order
    hands: Hands = field(default_factory=Hands)
    events: int = 0

    def apply(self, event: Event) -> None:
        self.events += 1
        match event["what"]:
            case "person":
                person = Person(**event["person"])
                self.people[person.id] = person
            case "channel":
                self._change_channel(channel_of(event["channel"]))
            case "entry":
                self._enter(entry_of(event["entry"]))
            case "edit":
                self._edit(event)
            case "remove":
                self.entries.pop(event["id"], None)
            case "form":
                self._open(event)
            case "upload":
                upload = Upload(**event["upload"])
                self.uploads[upload.id] = upload
            case "clock":
                self.hands = Hands.of_json(event["hands"])
            case unknown:
                raise ValueError(f"the journal holds an event this release does not know: {unknown}")

    def standing_for(self, person: str) -> Iterator[Entry]:
        """What this person can read now, in the order in which it was posted."""
        for entry in self.entries.values():
            if self.sees(person, entry):
                yield entry

    def sees(self, person: str, entry: Entry) -> bool:
        if entry.person is not None:
            return entry.person == person
        return entry.channel is not None and self.may_read(person, entry.channel)

    def may_read(self, person: str, channel: str) -> bool:
        return channel in self.channels and person in self.channels[channel].members

    def find(self, key: str, since: datetime) -> Iterator[Entry]:
        return (entry for entry in self.entries.values() if entry.key == key and entry.at >= since)

    def person(self, ref: str) -> Person | None:
        """By id, else by name."""
        return self.people.get(ref) or next((one for one in self.people.values() if one.name == ref), None)

    def channel(self, ref: str) -> Channel | None:
        """By id, else by name, with or without its `#`."""
        name = ref.removeprefix("#")
        return self.channels.get(ref) or next((one for one in self.channels.values() if one.name == name), None)

    @property
    def names(self) -> dict[str, str]:
        """Channel id -> the name that it has now."""
        return {channel.id: channel.name for channel in self.channels.values()}

    def current(self, paragraphs: tuple[Paragraph, ...]) -> tuple[Paragraph, ...]:
        """With the channels in them under the names that they have now."""
        return renamed(paragraphs, self.names)

    def _change_channel(self, channel: Channel) -> None:
        was = self.channels.get(channel.id)
        self.channels[channel.id] = channel
        if was is None or was.name != channel.name:
            for entry in list(self.entries.values()):
                if (now := self.current(entry.paragraphs)) != entry.paragraphs:
                    self.entries[entry.id] = replace(entry, paragraphs=now)

    def _enter(self, told: Entry) -> None:
        entry = replace(told, paragraphs=self.current(told.paragraphs))
        self.entries[entry.id] = entry
        self.shown.append(_shown(entry, entry.at))

    def _edit(self, event: Event) -> None:
        """An edit that changes nothing leaves the entry as it stood."""
        if (old := self.entries.get(event["id"])) is None:
            return
        at = datetime.fromisoformat(event["at"])
        kind = old.kind if event.get("is_card") else event["kind"]
        paragraphs, controls = self.current(paragraphs_of(event)), _buttons(event["controls"])
        if (kind, paragraphs, controls) == (old.kind, old.paragraphs, old.controls):
            return
        new = replace(old, kind=kind, paragraphs=paragraphs, controls=controls, edited_at=at)
        self.entries[new.id] = new
        if (new.text, new.controls) != (old.text, old.controls):
            self.shown.append(replace(_shown(new, at), kind=event["kind"], is_edit=True))

    def _open(self, event: Event) -> None:
        read = sheets.read_out(of_json(Sheet, event["form"])) if "form" in event else paragraphs_of(event)
        shown = Shown(
            at=datetime.fromisoformat(event["at"]),
            place="inbox",
            person=event["person"],
            kind=Kind.FORM,
            paragraphs=self.current(read),
            entry=event.get("id"),
        )
        self.shown.append(shown)


def _shown(entry: Entry, at: datetime) -> Shown:
    return Shown(
        at=at,
        place="inbox" if entry.person else "channel",
        person=entry.person,
        kind=entry.kind,
        paragraphs=entry.paragraphs,
        controls=entry.controls,
        entry=entry.id,
        thread=entry.thread,
    )


def entry_json(entry: Entry) -> Json:
    told = {each.name: getattr(entry, each.name) for each in fields(entry)}
    return {
        **told,
        "at": entry.at.isoformat(),
        "edited_at": entry.edited_at.isoformat() if entry.edited_at else None,
        "paragraphs": as_json(entry.paragraphs),
        "controls": [asdict(one) for one in entry.controls],
    }


def entry_of(told: Mapping[str, Any]) -> Entry:
    known = {each.name for each in fields(Entry)}
    edited = told["edited_at"]
    return Entry(
        **{
            **{name: value for name, value in told.items() if name in known},
            "at": datetime.fromisoformat(told["at"]),
            "edited_at": datetime.fromisoformat(edited) if edited else None,
            "paragraphs": paragraphs_of(told),
            "controls": _buttons(told["controls"]),
            "files": tuple(told["files"]),
        }
    )


def channel_of(told: Mapping[str, Any]) -> Channel:
    return Channel(**{**told, "members": tuple(told["members"])})


def paragraphs_of(told: Mapping[str, Any]) -> tuple[Paragraph, ...]:
    """Also of a journal that kept one text, and where in it channels are named: at, id, last known name."""
    if "paragraphs" in told:
        return of_json(tuple[Paragraph, ...], told["paragraphs"])
    pieces, at, text = list[str | Named](), 0, str(told.get("unnamed") or told["text"])
    for place, id, name in told.get("mentions", ()):
        pieces += [text[at:place], Named(id=id, name=name)]
        at = place
    return (Paragraph(pieces=tuple(piece for piece in (*pieces, text[at:]) if piece != "")),)


def _buttons(told: Sequence[Mapping[str, str]]) -> tuple[Button, ...]:
    return tuple(Button(**one) for one in told)

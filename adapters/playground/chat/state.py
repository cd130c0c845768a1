"""What the chat keeps: people, channels, and everything that stands in them. A fold over its events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

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
class Button:
    id: str
    label: str


Mention = tuple[int, str, str]
"""Where a channel's name stands in a text, the channel's id, and its name in case the chat does not know it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of a channel or of somebody's private conversation with the bot."""

    id: str
    at: datetime
    kind: str
    text: str
    channel: str | None = None
    person: str | None = None
    controls: tuple[Button, ...] = ()
    files: tuple[str, ...] = ()
    thread: str | None = None  # the entry that it answers
    key: str | None = None  # the bot's own mark: kept and searched, never compared
    is_ephemeral: bool = False
    edited_at: datetime | None = None
    mentions: tuple[Mention, ...] = ()
    unnamed: str = ""  # the text without the channels that it mentions


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file. It is read nowhere until an entry shares it."""

    id: str
    name: str
    media_type: str
    content: str  # base64


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Something shown to a person. `person` None: shown to everybody in the channel."""

    at: datetime
    place: str  # channel, inbox
    person: str | None
    kind: str
    text: str
    controls: tuple[Button, ...] = ()
    entry: str | None = None
    thread: str | None = None
    is_edit: bool = False


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
                channel = Channel(**{**event["channel"], "members": tuple(event["channel"]["members"])})
                self.channels[channel.id] = channel
                self._rename(channel.id)
            case "entry":
                self._enter(entry_of(event["entry"]))
            case "edit":
                self._edit(event)
            case "remove":
                self.entries.pop(event["id"], None)
            case "form":
                self._show(datetime.fromisoformat(event["at"]), event["person"], Kind.FORM, event["text"])
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
            if entry.person == person or (entry.channel and self.may_read(person, entry.channel)):
                yield entry

    def may_read(self, person: str, channel: str) -> bool:
        return person in self.channels[channel].members

    def find(self, key: str, since: datetime) -> Iterator[Entry]:
        return (entry for entry in self.entries.values() if entry.key == key and entry.at >= since)

    def person(self, ref: str) -> Person | None:
        """By id, else by name."""
        return self.people.get(ref) or next((one for one in self.people.values() if one.name == ref), None)

    def channel(self, ref: str) -> Channel | None:
        """By id, else by name, with or without its `#`."""
        name = ref.removeprefix("#")
        return self.channels.get(ref) or next((one for one in self.channels.values() if one.name == name), None)

    def read(self, text: str, mentions: Iterable[Sequence[Any]] = ()) -> str:
        """A text with the channels that it mentions, under the names that they have now."""
        for at, id, name in reversed(list(mentions)):
            known = self.channels.get(id)
            text = f"{text[:at]}#{known.name if known else name}{text[at:]}"
        return text

    def _rename(self, channel: str) -> None:
        for entry in list(self.entries.values()):
            if any(id == channel for _, id, _ in entry.mentions):
                self.entries[entry.id] = replace(entry, text=self.read(entry.unnamed, entry.mentions))

    def _enter(self, entry: Entry) -> None:
        self.entries[entry.id] = entry
        self.shown.append(_shown(entry, entry.at))

    def _edit(self, event: Event) -> None:
        if (old := self.entries.get(event["id"])) is None:
            return
        at = datetime.fromisoformat(event["at"])
        controls = tuple(Button(**one) for one in event["controls"])
        kind = old.kind if event.get("is_card") else event["kind"]
        mentions = mentions_of(event.get("mentions", ()))
        text = self.read(event["text"], mentions)
        told = replace(old, text=text, mentions=mentions, unnamed=event["text"] if mentions else "")
        new = replace(told, kind=kind, controls=controls, edited_at=at)
        self.entries[new.id] = new
        if (new.text, new.controls) != (old.text, old.controls):
            self.shown.append(replace(_shown(new, at), kind=event["kind"], is_edit=True))

    def _show(self, at: datetime, person: str, kind: str, text: str) -> None:
        self.shown.append(Shown(at=at, place="inbox", person=person, kind=kind, text=text))


def _shown(entry: Entry, at: datetime) -> Shown:
    return Shown(
        at=at,
        place="channel" if entry.channel else "inbox",
        person=entry.person,
        kind=entry.kind,
        text=entry.text,
        controls=entry.controls,
        entry=entry.id,
        thread=entry.thread,
    )


def mentions_of(told: Iterable[Sequence[Any]]) -> tuple[Mention, ...]:
    return tuple((at, id, name) for at, id, name in told)


def entry_json(entry: Entry) -> Json:
    told = asdict(entry)
    told["at"] = entry.at.isoformat()
    told["edited_at"] = entry.edited_at.isoformat() if entry.edited_at else None
    return told


def entry_of(told: Mapping[str, Any]) -> Entry:
    edited = told["edited_at"]
    return Entry(
        **{
            **told,
            "at": datetime.fromisoformat(told["at"]),
            "edited_at": datetime.fromisoformat(edited) if edited else None,
            "controls": tuple(Button(**one) for one in told["controls"]),
            "files": tuple(told["files"]),
            "mentions": mentions_of(told.get("mentions", ())),
        }
    )

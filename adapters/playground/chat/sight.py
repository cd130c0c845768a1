"""What one person sees of the chat, and is told of what happens in it. Nothing else may reach their page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace

from adapters.playground.chat.state import Channel, Entry, Event, Person, State, entry_json
from adapters.playground.chat.wire import Json


class Sight:
    """Follows the events in order. `number` counts what was told to this person, so it tells nothing about others."""

    def __init__(self, person: str) -> None:
        self._me = person
        self._people: dict[str, Person] = {}
        self._channels: dict[str, Channel] = {}
        self._entries: dict[str, Entry] = {}
        self._is_away = False  # the account is closed
        self.number = 0

    def take(self, event: Event, state: State) -> list[Json]:
        """What they are told of an event. `state`: after it."""
        me = state.people.get(self._me)
        was_away, self._is_away = self._is_away, me is not None and not me.reads
        if self._is_away:
            return []
        told = []
        for one in self._everything(state) if was_away else self._told(event, state):
            self.number += 1
            told.append({"event": one, "number": self.number})
        return told

    def seen(self, state: State) -> Json:
        """All that they see now."""
        entries = list(self._entries.values())
        return {
            "me": asdict(state.people[self._me]),
            "people": [_public(person) for person in state.people.values()],
            "channels": [asdict(channel) for channel in self._channels.values()],
            "entries": [_entry(entry) for entry in entries],
            "files": {id: told for entry in entries for id, told in _files(entry, state).items()},
            "hands": state.hands.as_json(),
            "number": self.number,
        }

    def _told(self, event: Event, state: State) -> Iterator[Json]:
        match event["what"]:
            case "person":
                yield from self._person(state.people[event["person"]["id"]])
            case "channel":
                yield from self._channel(state.channels[event["channel"]["id"]], state)
            case "entry":
                yield from self._entry(event["entry"]["id"], state)
            case "edit" | "remove":
                yield from self._entry(event["id"], state)
            case "clock":
                yield {"what": "clock", "hands": state.hands.as_json()}
            case _:
                return  # an upload is seen where an entry shares it; a form is told by whoever opens it

    def _everything(self, state: State) -> Iterator[Json]:
        """What has changed for them while they were away."""
        for person in state.people.values():
            yield from self._person(person)
        for channel in state.channels.values():
            yield from self._channel(channel, state)
        for id in dict.fromkeys((*self._entries, *state.entries)):
            yield from self._entry(id, state)
        yield {"what": "clock", "hands": state.hands.as_json()}

    def _person(self, person: Person) -> Iterator[Json]:
        is_me = person.id == self._me
        known = person if is_me else Person(id=person.id, name=person.name, standing=person.standing)
        if self._people.get(person.id) != known:
            self._people[person.id] = known
            yield {"what": "person", "person": asdict(person) if is_me else _public(person)}

    def _channel(self, channel: Channel, state: State) -> Iterator[Json]:
        is_member, was = state.may_read(self._me, channel.id), self._channels.pop(channel.id, None)
        if is_member:
            self._channels[channel.id] = channel
            if channel != was:
                yield {"what": "channel", "channel": asdict(channel)}
        elif was is not None:
            yield {"what": "left", "channel": channel.id}
        # its entries have come or gone with it, and others may name it
        for id in dict.fromkeys((*self._entries, *(state.entries if is_member and was is None else ()))):
            yield from self._entry(id, state)

    def _entry(self, id: str, state: State) -> Iterator[Json]:
        now, was = state.entries.get(id), self._entries.get(id)
        if now is None or not state.sees(self._me, now):
            if was is not None:
                del self._entries[id]
                yield {"what": "remove", "id": id}
        elif was is None or now != was:
            self._entries[id] = now
            what = "entry" if was is None else "edit"
            yield {"what": what, "entry": _entry(now), "files": _files(now, state)}


def _public(person: Person) -> Json:
    return {"id": person.id, "name": person.name, "standing": person.standing}


def _entry(entry: Entry) -> Json:
    """Without the bot's own mark."""
    told = entry_json(replace(entry, key=None))
    del told["key"]
    return told


def _files(entry: Entry, state: State) -> Json:
    known = {id: state.uploads[id] for id in entry.files if id in state.uploads}
    return {id: {"name": one.name, "media_type": one.media_type, "size": one.size} for id, one in known.items()}

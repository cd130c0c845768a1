"""The calls of the bot. As strict as a real platform: it deduplicates nothing and tolerates no malformed call."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from adapters.html.shapes import Button, Paragraph, of_json, text_of
from adapters.playground.chat.faults import Fault, How
from adapters.playground.chat.state import Channel, Entry, Upload, entry_json
from adapters.playground.chat.team import LONGEST_MESSAGE, Team, token
from adapters.playground.chat.wire import Json, TurnedDown


class BotCalls:
    def __init__(self, team: Team) -> None:
        self._team = team
        self._ops: dict[str, Callable[..., Json]] = {
            "post": self._post,
            "find": self._find,
            "edit": self._edit,
            "remove": self._remove,
            "upload": self._upload,
            "share": self._share,
            "people": self._people,
            "channel": self._channel,
        }

    async def serve(self, op: str, what: Json) -> Json:
        if op not in self._ops:
            raise TurnedDown("no_such_op", op=op)
        fault = self._team.faults.strike(op, what)
        if fault is not None:
            await _before(fault)
        answer = self._ops[op](**what)
        if fault is not None and fault.how is How.LOSE_ANSWER:
            raise TurnedDown("no_answer")
        return answer

    def _post(self, **what: Any) -> Json:
        return {"id": self._enter(**what).id}

    def _find(self, key: str, since: str, channel: str | None = None, person: str | None = None, **_: Any) -> Json:
        for entry in self._team.state.find(key, datetime.fromisoformat(since)):
            if (entry.channel, entry.person) == (channel, person):
                return {"id": entry.id}
        return {"id": None}

    def _edit(self, id: str, kind: str, paragraphs: list[Json], controls: list[Json], is_card: bool = False) -> Json:
        """A card stays the message that it was posted as, whatever it shows."""
        self._read(paragraphs)
        self._team.record(
            {
                "what": "edit",
                "id": id,
                "kind": kind,
                "paragraphs": paragraphs,
                "controls": controls,
                "is_card": is_card,
                "at": self._team.now.isoformat(),
            }
        )
        return {}

    def _remove(self, id: str) -> Json:
        self._team.record({"what": "remove", "id": id, "at": self._team.now.isoformat()})
        return {}

    def _upload(self, name: str, media_type: str, content: str) -> Json:
        upload = Upload(id=f"F{token()}", name=name, media_type=media_type, content=content)
        self._team.record({"what": "upload", "upload": asdict(upload)})
        return {"id": upload.id}

    def _share(self, files: list[str], **what: Any) -> Json:
        if missing := [file for file in files if file not in self._team.state.uploads]:
            raise TurnedDown("rejected", reason="no_such_file", files=missing)
        return {"id": self._enter(**what, files=tuple(files)).id}

    def _people(self, refs: list[str]) -> Json:
        found = ((ref, self._team.state.people.get(ref)) for ref in refs)
        return {"people": {ref: asdict(person) for ref, person in found if person is not None}}

    def _channel(self, channel: str) -> Json:
        found = self._known(channel)
        readers = [self._team.state.people[one] for one in found.members if one in self._team.state.people]
        readers = [person for person in readers if person.reads]
        return {
            "name": found.name,
            "is_public": found.is_public,
            "takes_posts": found.lets_bot_in and not found.is_archived,
            "members": [person.id for person in readers],
            "outsiders": sum(person.standing == "stranger" for person in readers),
        }

    def _enter(
        self,
        *,
        kind: str,
        paragraphs: list[Json],
        key: str,
        controls: list[Json],
        channel: str | None = None,
        person: str | None = None,
        thread: str | None = None,
        files: tuple[str, ...] = (),
    ) -> Entry:
        read = self._read(paragraphs)
        if channel is not None:
            self._may_post_in(self._known(channel))
        if person is not None:
            self._may_write_to(person)
        entry = Entry(
            id=f"M{token()}",
            at=self._team.now,
            kind=kind,
            paragraphs=read,
            channel=channel,
            person=person,
            controls=tuple(Button(**one) for one in controls),
            files=files,
            thread=thread,
            key=key,
        )
        self._team.record({"what": "entry", "entry": entry_json(entry)})
        return entry

    def _read(self, told: list[Json]) -> tuple[Paragraph, ...]:
        try:
            paragraphs = of_json(tuple[Paragraph, ...], told)
        except ValueError:
            raise TurnedDown("rejected", reason="no_paragraphs") from None
        text = text_of(paragraphs)
        if len(text) > LONGEST_MESSAGE:
            raise TurnedDown("rejected", reason="too_long")
        if not text.strip():
            raise TurnedDown("rejected", reason="no_text")
        return paragraphs

    def _known(self, channel: str) -> Channel:
        found = self._team.state.channels.get(channel)
        if found is None:
            raise TurnedDown("unreachable", why="unknown", reason="gone")
        return found

    def _may_post_in(self, channel: Channel) -> None:
        if channel.is_archived:
            raise TurnedDown("unreachable", why="refused", reason="archived")
        if not channel.lets_bot_in:
            raise TurnedDown("unreachable", why="refused", reason="not_member")

    def _may_write_to(self, person: str) -> None:
        found = self._team.state.people.get(person)
        if found is None:
            raise TurnedDown("unreachable", why="unknown")
        if found.standing in ("bot", "deactivated", "stranger"):
            raise TurnedDown("unreachable", why=found.standing)


async def _before(fault: Fault) -> None:
    """Applies a fault that strikes before the call is executed."""
    match fault.how:
        case How.SLOW:
            await asyncio.sleep(fault.seconds)
        case How.REJECT:
            raise TurnedDown("rejected", reason=fault.reason or "refused_by_hand")
        case How.UNREACHABLE:
            raise TurnedDown("unreachable", why="refused")
        case How.LATER:
            raise TurnedDown("later", after=fault.seconds, everywhere=fault.everywhere)
        case How.REVOKE:
            raise TurnedDown("revoked")
        case How.LOSE_POST:
            raise TurnedDown("no_answer")
        case How.LOSE_ANSWER | How.TWICE:
            return

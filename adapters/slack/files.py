"""Attaches files in steps that are stored: each is uploaded unshared first, then all are shared with the conversation.

What Slack refuses of one file holds up no other: it is left out. A step holds an entry for each file so far: its id, or
Slack's code behind a "!" where it was refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import aiohttp

from adapters.slack import views
from adapters.slack.calls import FULL_PAGE, Calls, Failed
from bot.errors import Later, Rejected, Unknown, Unreachable
from bot.messages import File, LeftOut, Posted, Step
from bot.text import Texts

UPLOADED = "uploaded"
APART = "apart"
"""Marks a step in which sharing all files together was refused: each is shared by itself, and marked "+" when it is."""

NOTHING = Step(name=UPLOADED, value="[]")
REFUSED, SHARED = "!", "+"
BUSY, BROKEN = 429, 500
WHEN_BUSY = 30.0
_GONE = frozenset({"file_not_found", "file_deleted", "file_is_deleted"})
_NO_MESSAGE = frozenset({"message_not_found", "cant_delete_message", "is_inactive", "channel_not_found"})
_FILE = re.compile(r"F[A-Z0-9]+(,F[A-Z0-9]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Uploads:
    calls: Calls
    texts: Texts

    async def next(self, files: Sequence[File], done: Step | None) -> Step | None:
        """Uploads the first file that was not tried yet. Returns None when all were tried."""
        entries = _entries(done)
        if len(entries) >= len(files):
            return None
        try:
            entries.append(await self._upload(files[len(entries)]))
        except (Rejected, Unreachable) as no:
            entries.append(REFUSED + no.reason)
        return _step(UPLOADED, entries)

    async def share(self, files: Sequence[File], done: Step, channel: str, thread: str | None) -> Step | Posted:
        """Shares all in one message; if that is refused, each in its own.

        Not a second time: the files tell where they are, or the conversation does. Raises Rejected where none is left.
        """
        entries = _entries(done)
        waiting = [entry for entry in entries if entry[0] not in (REFUSED, SHARED)]
        if not waiting:
            return _posted(files, entries, channel)
        together = waiting[:1] if done.name == APART else waiting
        try:
            await self._share(together, files, entries, channel, thread)
        except (Rejected, Unreachable) as no:
            if len(together) > 1:
                return _step(APART, entries)
            return _step(APART, [REFUSED + no.reason if entry in together else entry for entry in entries])
        shared = [SHARED + entry if entry in together else entry for entry in entries]
        return _step(APART, shared) if len(together) < len(waiting) else _posted(files, shared, channel)

    async def remove(self, at: Posted) -> None:
        """Deletes the files and the message that shares them, which would else say that a file was deleted.

        What is gone already is no error. The message is deleted first: afterwards no file says where it was."""
        ids = at.id.split(",")
        for id_ in ids:
            for message in await self._shares(id_, at.place):
                with suppress(Failed):
                    await self.calls.call("chat_delete", may_fail=_NO_MESSAGE, channel=at.place, ts=message)
        for id_ in ids:
            with suppress(Failed):
                await self.calls.call("files_delete", may_fail=_GONE, file=id_)

    async def _upload(self, file: File) -> str:
        title = self.texts.line(file.title)
        alt: dict[str, Any] = {"alt_txt": title[:1_000]} if file.media_type.startswith("image/") else {}
        content = file.content or b"\n"
        told = await self.calls.call("files_getUploadURLExternal", filename=file.name, length=len(content), **alt)
        await self._put(str(told["upload_url"]), content)
        return str(told["file_id"])

    async def _share(
        self, ids: Sequence[str], files: Sequence[File], entries: Sequence[str], channel: str, thread: str | None
    ) -> None:
        if await self._is_shared(ids[0], channel) or await self._stands(ids[0], channel, thread):
            return
        shared = [(entry, file) for entry, file in zip(entries, files, strict=True) if entry in ids]
        await self.calls.call(
            "files_completeUploadExternal",
            files=[{"id": id_, "title": self.texts.line(file.title)} for id_, file in shared],
            channel_id=channel,
            initial_comment=views.attachment([file for _, file in shared], self.texts),
            thread_ts=thread,
        )

    async def _is_shared(self, id_: str, channel: str) -> bool:
        return bool(await self._shares(id_, channel))

    async def _shares(self, id_: str, channel: str) -> list[str]:
        """The messages of that channel that share this file, as `files.info` reports them so far."""
        try:
            told = await self.calls.call("files_info", may_fail=_GONE, file=id_)
        except Failed:
            return []
        file: Mapping[str, Any] = told.get("file") or {}
        shares: Mapping[str, Any] = file.get("shares") or {}
        found = [share for places in shares.values() for share in places.get(channel, ())]
        return list(dict.fromkeys(str(share["ts"]) for share in found))

    async def _stands(self, id_: str, channel: str, thread: str | None) -> bool:
        """Does a message of the conversation share it? `files.info` may report that late."""
        seen = 0
        try:
            async for message in self.calls.history(channel, thread):
                if id_ in _files_of(message):
                    return True
                seen += 1
                if seen >= FULL_PAGE and not thread:  # the newest come first, and it was shared a moment ago
                    return False
        except Failed:
            return False
        return False

    async def _put(self, url: str, content: bytes) -> None:
        """Uploads to the given URL. Nothing is shared yet, so an interrupted upload is repeated."""
        session = self.calls.client.session
        if session is None:
            raise Rejected("no_session")
        try:
            async with session.post(url, data=content) as answer:
                if answer.status == BUSY:
                    raise Later(float(answer.headers.get("Retry-After", WHEN_BUSY)))
                if answer.status >= BROKEN:
                    raise Unknown
                if answer.status >= 400:
                    raise Rejected(f"upload_{answer.status}")
        except (aiohttp.ClientError, TimeoutError, OSError):
            raise Unknown from None


def _entries(done: Step | None) -> list[str]:
    return list(json.loads(done.value)) if done else []


def _step(name: str, entries: Sequence[str]) -> Step:
    return Step(name=name, value=json.dumps(entries))


def _posted(files: Sequence[File], entries: Sequence[str], channel: str) -> Posted:
    left_out = tuple(
        LeftOut(name=file.name, reason=entry[1:])
        for entry, file in zip(entries, files, strict=True)
        if entry[0] == REFUSED
    )
    shared = [entry[1:] for entry in entries if entry[0] == SHARED]
    if not shared:
        raise Rejected(left_out[0].reason if left_out else "no_file")
    return Posted(place=channel, id=",".join(shared), left_out=left_out)


def _files_of(message: Mapping[str, Any]) -> list[str]:
    return [file["id"] for file in message.get("files") or ()]


def are_files(at: Posted) -> bool:
    return _FILE.fullmatch(at.id) is not None

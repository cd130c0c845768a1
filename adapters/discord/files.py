"""Attaches files, as many in one message as it takes. What Discord refuses of one file holds up no other.

A step holds an entry for each file so far: the id of its message, or Discord's code behind a "!" where it was refused.
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import discord
from discord.http import handle_message_parameters

from adapters.discord import views
from adapters.discord.calls import Calls
from adapters.discord.markup import nonce
from bot.errors import Rejected, Unreachable
from bot.messages import File, LeftOut, Posted, PostKey, Step
from bot.people import Address
from bot.text import Texts

LARGEST_FILE = 10 * 1024 * 1024
LARGEST_MESSAGE = 24 * 1024 * 1024
"""Bytes. A request takes 25 MiB. https://docs.discord.com/developers/resources/message"""

MOST_FILES = 10
LONGEST_DESCRIPTION = 1_024

ATTACHED = "attached"
APART = "apart"
"""Marks a step in which all files together were refused: each is posted by itself."""

REFUSED = "!"
TOO_LARGE = "too_large"


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    calls: Calls
    texts: Texts

    async def next(
        self, files: Sequence[File], channel: str, to: Address, key: PostKey, done: Step | None
    ) -> Step | Posted:
        """Posts what fits in the next message. Raises Rejected where no file is left."""
        entries: list[str] = list(json.loads(done.value)) if done else []
        if len(entries) >= len(files):
            return _posted(files, entries, channel)
        is_apart = done is not None and done.name == APART
        name = done.name if done else ATTACHED
        first = len(entries)
        if len(files[first].content) > LARGEST_FILE:
            return _step(name, [*entries, REFUSED + TOO_LARGE])
        together = list(files[first : first + 1]) if is_apart else _together(files[first:])
        try:
            id_ = await self._post(together, channel, to, f"{key}:{first}{':apart' if is_apart else ''}")
        except (Rejected, Unreachable) as no:
            if len(together) > 1:
                return _step(APART, entries)
            return _step(name, [*entries, REFUSED + no.reason])
        return _step(name, [*entries, *([id_] * len(together))])

    async def _post(self, files: Sequence[File], channel: str, to: Address, key: str) -> str:
        how: dict[str, Any] = {"channel_id": channel, "workspace": to.workspace, "scope": to.lane}
        shown = [
            discord.File(
                io.BytesIO(file.content or b"\n"),
                filename=file.name,
                description=self.texts.line(file.title)[:LONGEST_DESCRIPTION],
            )
            for file in files
        ]
        with handle_message_parameters(
            content=views.attachment(files, self.texts),
            files=shown,
            nonce=nonce(key),
            flags=discord.MessageFlags(suppress_embeds=True),
            allowed_mentions=discord.AllowedMentions.none(),
        ) as parts:
            made = await self.calls.mapping("POST", "/channels/{channel_id}/messages", parts=parts, **how)
        return str(made["id"])


def _together(files: Sequence[File]) -> list[File]:
    """As many of the next ones as one message takes."""
    found: list[File] = []
    size = 0
    for file in files[:MOST_FILES]:
        size += len(file.content)
        if len(file.content) > LARGEST_FILE or size > LARGEST_MESSAGE:
            break
        found.append(file)
    return found


def _step(name: str, entries: Sequence[str]) -> Step:
    return Step(name=name, value=json.dumps(entries))


def _posted(files: Sequence[File], entries: Sequence[str], channel: str) -> Posted:
    left_out = tuple(
        LeftOut(name=file.name, reason=entry[1:])
        for entry, file in zip(entries, files, strict=True)
        if entry[0] == REFUSED
    )
    stand = list(dict.fromkeys(entry for entry in entries if entry[0] != REFUSED))
    if not stand:
        raise Rejected(left_out[0].reason if left_out else "no_file")
    return Posted(place=channel, id=",".join(stand), left_out=left_out)

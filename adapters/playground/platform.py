"""Outbound: the engine's messages are delivered over the link."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from adapters.playground import views
from adapters.playground.chat.team import LONGEST_MESSAGE, WORKSPACE
from adapters.playground.chat.wire import Cut, Json, TurnedDown
from adapters.playground.link import Link
from bot.errors import DeliveryError, Later, Rejected, Revoked, Unknown, Unreachable
from bot.messages import File, MessageKind, Pace, Page, Post, Posted, PostKey, Reveal, Step
from bot.people import Account, Address, Cast, Member, Missing, Reach, Standing, Way, Why, Workspace
from bot.reveal import pages
from bot.rounds import Venue
from bot.text import Texts

NAME = "playground"

WAIT_WHEN_DOWN = 1.0
"""Seconds."""


class PlaygroundPlatform:
    """`bot.ports.Platform`."""

    name = NAME
    invites = Way.PRIVATE
    pace = Pace(longest_message=LONGEST_MESSAGE)

    def __init__(self, link: Link, texts: Texts) -> None:
        self._link = link
        self._texts = texts

    def plan(self, reveal: Reveal, venue: Venue) -> Sequence[Page]:
        return pages(reveal, longest=self.pace.longest_message)

    async def post(self, message: Post, to: Address, key: PostKey, thread: Posted | None = None) -> Posted:
        told = views.message(message, self._texts)
        made = await self._ask("post", to, **told, **_place(to), key=key, thread=_id(thread))
        return _posted(made["id"], to)

    async def find(
        self,
        to: Address,
        key: PostKey,
        since: datetime,
        thread: Posted | None = None,
        what: Post | Sequence[File] | None = None,
    ) -> Posted | None:
        found = await self._ask("find", to, **_place(to), key=key, since=since.isoformat())
        return _posted(found["id"], to) if found["id"] else None

    async def show(self, card: Post, at: Posted, to: Address) -> Posted:
        await self._ask("edit", to, id=at.id, is_card=True, **views.message(card, self._texts))
        return at

    async def amend(self, at: Posted, message: Post | None, to: Address) -> Posted:
        if message is None:
            await self._ask("remove", to, id=at.id)
        else:
            await self._ask("edit", to, id=at.id, **views.message(message, self._texts))
        return at

    async def attach(
        self, files: Sequence[File], to: Address, key: PostKey, thread: Posted | None, done: Step | None
    ) -> Step | Posted:
        """Each file is uploaded unshared, in a step of its own; the last step shares them all."""
        uploaded: list[str] = json.loads(done.value) if done else []
        if len(uploaded) < len(files):
            file = files[len(uploaded)]
            content = base64.b64encode(file.content).decode()
            made = await self._ask("upload", to, name=file.name, media_type=file.media_type, content=content)
            return Step(name="uploaded", value=json.dumps([*uploaded, made["id"]]))
        told = {"kind": MessageKind.REPORT.value, **views.attachment(files, self._texts), "files": uploaded}
        made = await self._ask("share", to, **told, **_place(to), key=key, thread=_id(thread))
        return _posted(made["id"], to)

    async def people(self, workspace: Workspace, refs: Sequence[str], since: datetime | None = None) -> Cast:
        """There are no groups here: each reference is one person's id."""
        told = (await self._ask("people", None, refs=list(refs)))["people"]
        found: dict[str, tuple[Member, ...]] = {}
        missing: list[Missing] = []
        for ref in dict.fromkeys(refs):
            why = _why_not(told.get(ref))
            if why is not None:
                name = told[ref]["name"] if ref in told else ref
                missing.append(Missing(ref=ref, name=name, why=why, account=account(ref, workspace.id)))
            else:
                found[ref] = (_member(told[ref], workspace),)
        return Cast(found=found, missing=tuple(missing))

    async def reach(self, address: Address) -> Reach:
        told = await self._ask("channel", address, channel=address.channel)
        lets_in = told["takes_posts"]
        return Reach(
            name=told["name"],
            may_post=lets_in,
            may_thread=lets_in,
            may_attach=lets_in,
            readers=len(told["members"]),
            outsiders=told["outsiders"],
            is_public=told["is_public"],
            members=frozenset(told["members"]),
        )

    async def time_there(self) -> datetime | None:
        return self._link.now()

    async def _ask(self, op: str, to: Address | None, **what: Any) -> Json:
        """Raises what `bot.ports.Platform` promises."""
        try:
            return await self._link.ask(op, **what)
        except Cut:
            raise Unknown from None
        except TurnedDown as no:
            raise _as_error(no, to) from None


def _as_error(no: TurnedDown, to: Address | None) -> DeliveryError:
    match no.code:
        case "later":
            return Later(no.facts["after"], "" if no.facts["everywhere"] or to is None else to.lane)
        case "down":
            return Later(WAIT_WHEN_DOWN)
        case "unreachable":
            return Unreachable(Why(no.facts["why"]), no.facts.get("reason", ""))
        case "revoked":
            return Revoked(Workspace(platform=NAME, id=WORKSPACE))
        case "no_answer":
            return Unknown()
        case _:
            return Rejected(no.facts.get("reason", no.code))


def _place(to: Address) -> Json:
    return {"channel": to.channel} if to.channel else {"person": to.user}


def _posted(id: str, to: Address) -> Posted:
    return Posted(place=to.channel or to.user or "", id=id)


def _id(thread: Posted | None) -> str | None:
    return thread.id if thread else None


def _why_not(person: Json | None) -> Why | None:
    if person is None:
        return Why.UNKNOWN
    return Why(person["standing"]) if person["standing"] in ("bot", "deactivated", "stranger") else None


def _member(person: Json, workspace: Workspace) -> Member:
    return Member(
        account=account(person["id"], workspace.id),
        name=person["name"],
        standing=standing(person),
        locale=person["locale"],
        tz=person["tz"],
    )


def account(person: str, workspace: str = WORKSPACE) -> Account:
    return Account(platform=NAME, workspace=workspace, user=person)


def standing(person: Json) -> Standing:
    """Somebody of another organisation is a guest here."""
    known = person["standing"]
    return Standing(known) if known in tuple(Standing) else Standing.GUEST

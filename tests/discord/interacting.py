"""How the bot answers what people do: one answer within three seconds, and more by a token that lives 15 minutes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from tests.discord import payloads, rules
from tests.discord.messaging import INVALID_BODY, Messaging, numbered
from tests.discord.requests import Request
from tests.discord.world import APP, TOKEN_LIVES, Form, Interaction, Json, Message, Refused, World

ANSWER_WITHIN = 3.0

PING, COMMAND, PRESS, AUTOCOMPLETE, SUBMIT = 1, 2, 3, 4, 5
"""Kinds of interactions."""

PONG, MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, CHOICES, FORM = 1, 4, 5, 6, 7, 8, 9
"""Kinds of answers."""

FITS: Mapping[int, frozenset[int]] = {
    COMMAND: frozenset({MESSAGE, DEFERRED, FORM}),
    PRESS: frozenset({MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, FORM}),
    AUTOCOMPLETE: frozenset({CHOICES}),
    SUBMIT: frozenset({MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE}),
}
UNKNOWN_INTERACTION = (404, 10062, "Unknown interaction")
UNKNOWN_WEBHOOK = (404, 10015, "Unknown Webhook")
TOKEN_IS_OLD = (401, 50027, "Invalid Webhook Token")

Answer = tuple[int, Any]


class Interacting:
    def __init__(self, world: World, messaging: Messaging) -> None:
        self._world = world
        self._all = messaging
        self._waiting: dict[str, asyncio.Event] = {}
        self.choices: dict[str, list[Json]] = {}  # by interaction
        self.handlers: Mapping[str, Callable[[Request], Awaitable[Answer]]] = {
            "POST /interactions/{}/{}/callback": self._callback,
            "POST /webhooks/{}/{}": self._follow_up,
            "GET /webhooks/{}/{}/messages/@original": self._original,
            "PATCH /webhooks/{}/{}/messages/@original": self._edit,
            "DELETE /webhooks/{}/{}/messages/@original": self._delete,
            "GET /webhooks/{}/{}/messages/{}": self._original,
            "PATCH /webhooks/{}/{}/messages/{}": self._edit,
            "DELETE /webhooks/{}/{}/messages/{}": self._delete,
        }

    def begin(self, type: int, user: str, channel: str, message: Message | None = None) -> Interaction:
        id = self._world.fresh()
        made = Interaction(
            id=id,
            token=f"token-{id}-{'x' * 40}",
            type=type,
            user=user,
            channel=channel,
            born=self._world.now(),
            begun=time.monotonic(),
            message=message,
        )
        self._world.interactions[made.token] = made
        self._waiting[made.id] = asyncio.Event()
        return made

    async def until_answered(self, made: Interaction, gone: Callable[[], Awaitable[None]] | None = None) -> bool:
        """Within three seconds of its delivery, or Discord tells the person that it failed.

        `gone`: returns when the bot is dead, for which nobody waits three seconds."""
        waits: list[asyncio.Future[Any]] = [asyncio.create_task(self._waiting[made.id].wait())]
        waits += [asyncio.ensure_future(gone())] if gone else []
        within = max(0.0, made.begun + ANSWER_WITHIN - time.monotonic())
        await asyncio.wait(waits, timeout=within, return_when=asyncio.FIRST_COMPLETED)
        for one in waits:
            one.cancel()
        made.is_late = not self._waiting[made.id].is_set()
        return not made.is_late

    def note_lost(self, request: Request) -> None:
        """The bot does not hear that it has answered: that it tries again is no fault."""
        if made := self._world.interactions.get(request.ids.get("token", "")):
            made.is_repeated = True

    # the answer

    def _is_over(self, made: Interaction) -> bool:
        """Three seconds by any clock; in tests of whole rounds the double's stands still."""
        return made.is_late or time.monotonic() - made.begun > ANSWER_WITHIN

    async def _callback(self, request: Request) -> Answer:
        made = self._world.interactions.get(request.ids["token"])
        if made is None or made.id != request.ids["id"]:
            raise Refused(*UNKNOWN_INTERACTION)
        if made.answered:
            if not made.is_repeated:
                self._all.complain("40060: an interaction was answered twice")
            raise Refused(400, 40060, "Interaction has already been acknowledged.")
        if self._is_over(made):
            if not made.is_repeated:
                self._all.complain("late answer: an interaction was answered after its three seconds")
            raise Refused(*UNKNOWN_INTERACTION)
        kind, told = request.told["type"], request.told.get("data") or {}
        if kind not in FITS[made.type] or (kind in (UPDATE, DEFERRED_UPDATE) and made.message is None):
            self._all.complain(f"answer {kind} to an interaction of type {made.type}")
            raise Refused(*INVALID_BODY)
        await self._answer(made, kind, told, request)
        made.answered = kind
        self._waiting[made.id].set()
        self._world.changed()
        return self._resource(made, kind) if request.query.get("with_response") in ("1", "true") else (204, None)

    async def _answer(self, made: Interaction, kind: int, told: Json, request: Request) -> None:
        where = request.kind
        match kind:
            case 4:
                is_private = bool((told.get("flags") or 0) & rules.EPHEMERAL)
                self._all.check(where, told, request.files, is_private=is_private)
                made.original = await self._keep(made, told, request, is_private=is_private)
            case 5:
                is_private = bool((told.get("flags") or 0) & rules.EPHEMERAL)
                message = self._all.make(made.channel, {}, {}, interaction=made.id)
                message.only_for = made.user if is_private else ""
                message.flags |= rules.LOADING
                made.is_loading, made.original = True, message
                self._world.messages.append(message)
                self._world.by_id[message.id] = message
            case 6 | 7:
                assert made.message is not None
                made.original = made.message
                if kind == UPDATE:
                    is_private = bool(made.message.only_for)
                    self._all.check(where, told, request.files, is_private=is_private, is_edit=True)
                    await self._all.change(made.message, told, request.files)
                    self._world.appear(made.user, message=made.message, interaction=made.id)
            case 8:
                self._choices(made, told)
            case _:
                self._open(made, told, where)
        if made.type == SUBMIT:
            self._world.forms.pop(made.user, None)  # whatever answers it, the form closes

    def _open(self, made: Interaction, told: Json, where: str) -> None:
        wrong = [*rules.wrong_form(told), *self._all.seal.leaks(told, made.user)]
        wrong += self._all.seal.leaks({"custom_id": told["custom_id"], "title": told["title"]})
        for one in wrong:
            self._all.complain(f"{where}: {one}")
        if wrong:
            raise Refused(*INVALID_BODY)
        told["components"] = numbered(told["components"])
        form = Form(user=made.user, body=told, interaction=made.id, message=made.message)
        made.is_form_open = True
        self._world.forms[made.user] = form
        self._world.appear(made.user, form=form, interaction=made.id)

    def _choices(self, made: Interaction, told: Json) -> None:
        choices = told.get("choices") or []
        for leak in self._all.seal.leaks(choices):
            self._all.complain(f"autocomplete: {leak}")
        if len(choices) > 25 or any(not 1 <= len(str(one["name"])) <= 100 for one in choices):
            self._all.complain(f"autocomplete: {len(choices)} choices")
            raise Refused(*INVALID_BODY)
        self.choices[made.id] = choices

    async def _keep(self, made: Interaction, told: Json, request: Request, *, is_private: bool) -> Message:
        only_for = made.user if is_private else ""
        message = self._all.make(made.channel, told, request.files, only_for=only_for, interaction=made.id)
        return await self._all.keep(message)

    def _resource(self, made: Interaction, kind: int) -> Answer:
        told: Json = {"interaction": {"id": made.id, "type": made.type}}
        shown = made.original if kind in (MESSAGE, DEFERRED, UPDATE) else None
        if shown:
            told["interaction"] |= {
                "response_message_id": shown.id,
                "response_message_loading": made.is_loading,
                "response_message_ephemeral": bool(shown.only_for),
            }
            told["resource"] = {"type": kind, "message": payloads.message(self._world, shown)}
        return 200, told

    # by its token

    def _by_token(self, request: Request) -> Interaction:
        made = self._world.interactions.get(request.ids["token"])
        if made is None or request.ids["id"] != APP or not made.answered:
            self._all.complain(f"{request.kind}: no answered interaction has this token")
            raise Refused(*UNKNOWN_WEBHOOK)
        if self._world.now() - made.born > TOKEN_LIVES:
            self._all.complain(f"{request.kind}: a token older than 15 minutes was used")
            raise Refused(*TOKEN_IS_OLD)
        return made

    async def _follow_up(self, request: Request) -> Answer:
        made, told = self._by_token(request), request.told
        if made.is_loading and made.original:
            return await self._fill_in(made, made.original, request)
        is_private = bool((told.get("flags") or 0) & rules.EPHEMERAL)
        self._all.check(request.kind, told, request.files, is_private=is_private)
        message = await self._keep(made, told, request, is_private=is_private)
        return 200, payloads.message(self._world, message)

    async def _fill_in(self, made: Interaction, loading: Message, request: Request) -> Answer:
        """The first follow-up after a deferred answer takes its place; who sees it was settled by then."""
        is_private = bool(loading.only_for)
        self._all.check(request.kind, request.told, request.files, is_private=is_private)
        made.is_loading = False
        self._world.remove(loading)
        told = self._all.make(made.channel, request.told, request.files, interaction=made.id)
        told.id, told.only_for = loading.id, loading.only_for
        made.original = await self._all.keep(told)
        return 200, payloads.message(self._world, told)

    def _message(self, request: Request) -> tuple[Interaction, Message]:
        made = self._by_token(request)
        id = request.ids["message"]
        found = made.original if id == "@original" else self._world.by_id.get(id)
        is_its = found is not None and (found is made.original or found.interaction == made.id or found is made.message)
        if found is None or not is_its or found.id not in self._world.by_id:
            raise Refused(404, 10008, "Unknown Message")
        return made, found

    async def _original(self, request: Request) -> Answer:
        return 200, payloads.message(self._world, self._message(request)[1])

    async def _edit(self, request: Request) -> Answer:
        made, message = self._message(request)
        if made.is_loading and message is made.original:
            return await self._fill_in(made, message, request)
        is_private = bool(message.only_for)
        self._all.check(request.kind, request.told, request.files, is_private=is_private, is_edit=True)
        await self._all.change(message, request.told, request.files)
        self._world.appear(made.user, message=message, interaction=made.id)
        return 200, payloads.message(self._world, message)

    async def _delete(self, request: Request) -> Answer:
        self._world.remove(self._message(request)[1])
        return 204, None

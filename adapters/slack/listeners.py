"""Inbound: what people do in Slack becomes an act, and its outcome is shown to them. Same for both modes."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.response import BoltResponse

from adapters.slack import answering, markup, modals, setting_up
from adapters.slack.answering import NextPage
from adapters.slack.modals import CALLBACK, Place
from adapters.slack.platform import SlackPlatform
from adapters.slack.reading import act_id, from_command, from_event, from_press, from_submission, verb_of
from adapters.slack.responder import Asked, Responder
from adapters.slack.users import SlackUsers
from bot import commands
from bot.acts import Act, Actor, FormKind, Home, Outcome, Refused, SaveSetup, Typed
from bot.commands import Perhaps
from bot.errors import where
from bot.messages import Line
from bot.ports import Clock, Service
from bot.service.doing import Translate, do, do_as
from bot.service.in_flight import InFlight

log = logging.getLogger(__name__)

Body = Mapping[str, Any]

WITHIN = 2.0
"""Seconds in which a submission must be committed; else the form shows an error and keeps the words. Slack allows 3."""

SOON = 0.8
"""Seconds after which a loading window is opened. A trigger expires after three."""

OPENS_A_FORM = frozenset({"new", "setup", "replace"})
MAY_OPEN_A_FORM = frozenset(
    {"answer", "late", "extend", "check", "withdraw", "receipt", "hide", "hiding", "venue", "read", *OPENS_A_FORM}
)


class Listeners:
    def __init__(
        self,
        service: Service,
        platform: SlackPlatform,
        people: SlackUsers,
        responder: Responder,
        clock: Clock,
        in_flight: InFlight,
    ) -> None:
        self._service = service
        self._platform = platform
        self._people = people
        self._responder = responder
        self._clock = clock
        self._in_flight = in_flight

    def join(self, app: AsyncApp) -> None:
        """Registers with bolt; `app` runs with `process_before_response`."""
        app.command(re.compile(r".*"))(self.command)
        app.action(re.compile(rf"^{CALLBACK}:"))(self.press)
        app.action(re.compile(r".*"))(self.nothing)
        app.view(CALLBACK)(self.submission)
        app.options(re.compile(r"_groups$"))(self.groups)
        app.event("app_home_opened")(self.home)
        app.event("message")(self.typed)
        app.error(failed)

    # acts without words: acknowledged first

    async def command(self, ack: AsyncAck, body: Body) -> None:
        await ack()
        asked, at = from_command(body), self._clock.now()
        text = markup.typed(str(body.get("text") or ""))
        channel = str(body.get("channel_id") or "")
        place = channel if channel.startswith(("C", "G")) else ""

        def translate(actor: Actor) -> Act | Refused | Perhaps:
            return commands.typed(text, id=act_id(asked.id), actor=actor, at=at, channel=place)

        self._take(asked, translate, text.strip().partition(" ")[0].lower())

    async def press(self, ack: AsyncAck, body: Body) -> None:
        await ack()
        asked, control, at = from_press(body), str(body["actions"][0]["action_id"]), self._clock.now()
        view: Body = body.get("view") or {}
        if answering.leads_back(control, Place.read(str(view.get("private_metadata") or ""))):
            if self._in_flight.is_new(asked.id):
                self._in_flight.start(self._back(asked, view))
            return

        def translate(actor: Actor) -> Act | Refused:
            return commands.pressed(control, id=act_id(asked.id), actor=actor, at=at)

        self._take(asked, translate, verb_of(control))

    async def nothing(self, ack: AsyncAck) -> None:
        """A choice inside a form. It is read when the form is submitted."""
        await ack()

    async def typed(self, ack: AsyncAck, body: Body) -> None:
        """An ordinary message to the bot. Its text is not read."""
        await ack()
        event = body["event"]
        if event.get("channel_type") != "im" or event.get("subtype") or event.get("bot_id") or "user" not in event:
            return
        asked, at = from_event(body), self._clock.now()
        self._take(asked, lambda actor: Typed(id=act_id(asked.id), actor=actor, at=at), "")

    async def home(self, ack: AsyncAck, body: Body) -> None:
        await ack()
        if body["event"].get("tab") != "home":
            return
        asked, at = from_event(body), self._clock.now()

        async def publish() -> None:
            outcome = await self._outcome(asked, lambda actor: Home(id=act_id(asked.id), actor=actor, at=at))
            await self._responder.home(outcome, asked.user)

        self._in_flight.start(publish())

    async def groups(self, ack: AsyncAck, body: Body) -> None:
        """The options of an external select that match what was typed so far."""
        wanted = str(body.get("value") or "").lower()

        def fits(names: Mapping[str, str]) -> bool:
            return any(wanted in name.lower() for name in names.values())

        found = await self._people.groups.at_hand(WITHIN, fits)
        fitting = [(id_, name) for id_, name in sorted(found.items(), key=lambda one: one[1]) if wanted in name.lower()]
        await ack(options=modals.group_options(fitting))

    # forms: what was written is kept before they are told so

    async def submission(self, ack: AsyncAck, body: Body, view: Body) -> None:
        asked, names = from_submission(body), modals.names_of(view)
        if Place.read(str(view.get("private_metadata") or "")).kind == FormKind.RECEIPT:
            await ack(response_action="clear")  # it was read
            return
        task = self._in_flight.start(self._filled(asked, view))
        done, _ = await asyncio.wait({task}, timeout=WITHIN)
        if not done:
            locale, tz = self._people.locale(asked.user), "UTC"
            slow = Refused(because=Line(key="window.slow"), locale=locale, tz=tz)
            self._in_flight.start(self._late(task, asked))
            await self._refuse(ack, slow, names)
            return
        match task.result():
            case NextPage() as page:
                await ack(response_action="update", view=await self._responder.view(page.shown, page.step))
            case Refused() as refused:
                await self._refuse(ack, refused, names)
            case outcome:
                await ack(response_action="update", view=await self._responder.view(outcome))

    async def _refuse(self, ack: AsyncAck, refused: Refused, names: tuple[str, ...]) -> None:
        if names:
            await ack(response_action="errors", errors=self._responder.errors(refused, names))
        else:
            await ack(response_action="update", view=self._responder.word(refused))

    async def _late(self, task: asyncio.Task[Outcome | NextPage], asked: Asked) -> None:
        """The act finished after the form showed an error for being slow: the outcome replaces the form."""
        match await task:
            case NextPage() as page:
                await self._responder.replace(asked, page.shown, page.step)
            case Refused():
                return  # it stands there still, with all that was typed
            case outcome:
                await self._responder.replace(asked, outcome)

    async def _back(self, asked: Asked, view: Body) -> None:
        match await self._filled(asked, view, is_back=True):
            case NextPage() as page:
                await self._responder.replace(asked, page.shown, page.step)
            case outcome:
                await self._responder.replace(asked, outcome)

    async def _filled(self, asked: Asked, view: Body, *, is_back: bool = False) -> Outcome | NextPage:
        place, fields, at = Place.read(str(view.get("private_metadata") or "")), modals.filled(view), self._clock.now()
        actor = await self._people.actor(asked.user, asked.name)
        id_ = act_id(asked.id)
        if place.kind == FormKind.ANSWER:
            turn = answering.turn_back if is_back else answering.turn
            return await turn(place, fields, id=id_, actor=actor, at=at, do=self._do)
        act = commands.filled(place.kind, place.code, place.page, fields, id=id_, actor=actor, at=at)
        return await setting_up.turn(act, self._do) if isinstance(act, SaveSetup) else await self._do(act)

    # doing

    def _take(self, asked: Asked, translate: Translate, verb: str) -> None:
        if self._in_flight.is_new(asked.id):
            self._in_flight.start(self._answer(asked, translate, verb))

    async def _answer(self, asked: Asked, translate: Translate, verb: str) -> None:
        task = asyncio.create_task(self._outcome(asked, translate))
        loading = ""
        if verb in MAY_OPEN_A_FORM and asked.trigger and not asked.view:
            patience = 0.0 if verb in OPENS_A_FORM else SOON
            await asyncio.wait({task}, timeout=patience)
            if not task.done():
                loading = await self._responder.open_loading(asked)
        await self._responder.show(await task, asked, loading)

    async def _outcome(self, asked: Asked, translate: Translate) -> Outcome:
        who = self._people.actor(asked.user, asked.name)
        return await do_as(self._service, self._platform, who, translate, self._people.locale(asked.user))

    async def _do(self, act: Act | Refused | Perhaps) -> Outcome:
        return await do(self._service, self._platform, act)


async def failed(error: Exception) -> BoltResponse:
    """Prints nothing of bolt's own warnings and errors, because they contain what people sent."""
    if isinstance(error, BoltUnhandledRequestError):
        return BoltResponse(status=200, body="")
    log.error("listener_failed", extra={"error": where(error)})
    return BoltResponse(status=500, body="")

"""Inbound: what people do on Discord becomes an act, and its outcome is shown to them.

There is one way in: no view or form is kept in memory, so buttons and open forms work after a restart and months later.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import discord

from adapters.discord import mistakes, panel, reading, screens, tree, zones
from adapters.discord.calls import NAME
from adapters.discord.forms import Place
from adapters.discord.mistakes import Mistakes
from adapters.discord.organisers import Organisers
from adapters.discord.panel import Panel
from adapters.discord.people import DiscordPeople
from adapters.discord.platform import DiscordPlatform
from adapters.discord.reading import Asked, Kind, act_id
from adapters.discord.responder import Responder
from adapters.discord.screens import Screen
from adapters.discord.setting_up import SettingUp
from adapters.discord.zones import Zones
from bot import commands
from bot.acts import (
    Act,
    Actor,
    FormKind,
    Home,
    ListRounds,
    New,
    OpenRound,
    Outcome,
    Preview,
    Refused,
    Said,
    ShowForm,
    Typed,
)
from bot.commands import Perhaps
from bot.errors import DeliveryError
from bot.messages import Control, control, line
from bot.people import Account, Address
from bot.ports import Clock, Service
from bot.rounds import RoundCode
from bot.service.doing import do, failed
from bot.service.in_flight import InFlight
from bot.setups import Fields
from bot.text import Texts

log = logging.getLogger(__name__)

Translate = Callable[[Actor], Act | Refused | Perhaps]
Shown = Outcome | Panel

PATIENCE = 1.8
"""Seconds after which an answer is deferred. Discord allows 3 from the press, the way to us included."""

COMPLETED_WITHIN = 1.8
"""Seconds for the choices of an option; later, nobody sees them."""

_TYPED = (discord.MessageType.default, discord.MessageType.reply)


class Listeners:
    def __init__(
        self,
        service: Service,
        platform: DiscordPlatform,
        responder: Responder,
        people: DiscordPeople,
        organisers: Organisers,
        zones: Zones,
        texts: Texts,
        clock: Clock,
        in_flight: InFlight,
    ) -> None:
        self._service = service
        self._platform = platform
        self._responder = responder
        self._people = people
        self._organisers = organisers
        self._zones = zones
        self._texts = texts
        self._clock = clock
        self._in_flight = in_flight
        self._setting_up = SettingUp(self._do, zones)
        self._mistakes = Mistakes()

    async def interaction(self, interaction: discord.Interaction) -> None:
        """Taken once, although Discord may send it again after a resume."""
        if self._in_flight.is_stopping or interaction.type.value not in tuple(Kind):
            return
        asked, at = reading.asked(interaction), self._clock.now()
        if self._in_flight.is_new(asked.id):
            data: Mapping[str, Any] = interaction.data or {}
            self._in_flight.start(self._taken(asked, data, at))

    async def message(self, message: discord.Message) -> None:
        """An ordinary message to the bot. Its text is not read."""
        is_ours = message.guild is not None or message.author.bot or message.type not in _TYPED
        if is_ours or self._in_flight.is_stopping or not self._in_flight.is_new(str(message.id)):
            return
        asked = Asked(
            id=str(message.id), kind=Kind.PRESS, user=str(message.author.id), name=message.author.display_name
        )
        self._in_flight.start(self._typed(asked, self._clock.now()))

    async def _taken(self, asked: Asked, data: Mapping[str, Any], at: datetime) -> None:
        self._people.heard(asked.user, asked.locale)
        match asked.kind:
            case Kind.COMPLETING:
                await self._completing(asked, data, at)
            case Kind.FORM:
                await self._sent(asked, data, at)
            case Kind.COMMAND if data.get("name") == tree.NAME:
                await self._command(asked, data, at)
            case Kind.PRESS:
                await self._press(asked, data, at)
            case _:
                return  # another command of the same application

    # without words

    async def _command(self, asked: Asked, data: Mapping[str, Any], at: datetime) -> None:
        await self._show(asked, self._typed_command(asked, data, at), at)

    async def _typed_command(self, asked: Asked, data: Mapping[str, Any], at: datetime) -> Shown:
        """A round may be typed by its name: Discord offers choices, and takes whatever is typed."""
        verb, typed, known = reading.verb(data), reading.option(data, tree.ROUND), {}
        is_code = commands.read_code(typed) is not None
        if typed and (not is_code or typed.isalpha()):
            code = tree.named(await self._listed(asked, at), verb, typed)
            known = {tree.ROUND: code} if code else {}
            is_like_one = is_code or typed.upper().startswith("R-")
            if not code and not is_like_one and tree.ROUND in tree.VERBS[verb]:
                return Refused(because=line("refused.round_by_name"), locale=asked.locale or "en")
        text = reading.command(data, **known)

        def translate(actor: Actor) -> Act | Refused | Perhaps:
            return commands.typed(text, id=act_id(asked.id), actor=actor, at=at, channel=asked.channel)

        return await self._outcome(asked, None, translate)

    async def _listed(self, asked: Asked, at: datetime) -> Shown:
        return await self._outcome(asked, None, lambda actor: ListRounds(id=act_id(asked.id), actor=actor, at=at))

    async def _press(self, asked: Asked, data: Mapping[str, Any], at: datetime) -> None:
        pressed = reading.control(data)
        verb, code, argument = reading.parts(pressed)
        agreed = panel.agreed(argument) if verb == "setup" else None
        outcome: Coroutine[Any, Any, Shown]
        if verb == zones.VERB:
            outcome = self._zone(asked)
        elif verb == mistakes.AGAIN:
            outcome = self._again(asked, code, argument, at)
        elif verb == "confirm" and argument.startswith(screens.HIDE):
            outcome = self._hidden(asked, code, argument.removeprefix(screens.HIDE), at)
        elif agreed is not None:
            outcome = self._saved(asked, Place(kind=FormKind.SETUP, code=code, page="when"), agreed, at)
        else:

            def translate(actor: Actor) -> Act | Refused:
                return commands.pressed(pressed, id=act_id(asked.id), actor=actor, at=at)

            outcome = self._outcome(asked, RoundCode(code) if code else None, translate)
        await self._show(asked, outcome, at, argument)

    async def _show(self, asked: Asked, outcome: Coroutine[Any, Any, Shown], at: datetime, argument: str = "") -> None:
        def present(outcome: Shown, at_once: bool) -> Screen:
            return self._screen(asked, outcome, at, argument=argument, may_open=at_once)

        await self._responder.answer(asked, self._in_flight.start(outcome), present, PATIENCE)

    def _screen(self, asked: Asked, outcome: Shown, at: datetime, **how: Any) -> Screen:
        """Somebody waits for a word: where an outcome cannot be shown, they are told that it went wrong."""
        if not asked.guild and isinstance(outcome, ShowForm):
            outcome = panel.in_private(outcome)
        try:
            return screens.screen(outcome, self._texts, at, **how)
        except Exception as error:
            return screens.screen(failed(error, asked.locale, None, act=asked.id), self._texts, at, may_open=False)

    async def _completing(self, asked: Asked, data: Mapping[str, Any], at: datetime) -> None:
        option, typed = reading.completing(data)
        if option != tree.ROUND:
            await self._responder.complete(asked, tree.groups(self._texts, typed, asked.locale))
            return
        try:
            async with asyncio.timeout(COMPLETED_WITHIN):
                listed = await self._listed(asked, at)
        except TimeoutError:
            return
        await self._responder.complete(asked, tree.rounds(listed, reading.verb(data), typed))

    async def _typed(self, asked: Asked, at: datetime) -> None:
        """Typed text is never an answer: the form's button comes back, as an ordinary message."""
        outcome = await self._outcome(asked, None, lambda actor: Typed(id=act_id(asked.id), actor=actor, at=at))
        to = Address(platform=NAME, workspace="", user=asked.user)
        try:
            for n, told in enumerate(screens.screen(outcome, self._texts, at, may_open=False).messages):
                await self._platform.tell(told, to, f"{asked.id}:{n}")
        except DeliveryError as error:
            log.warning("not_shown", extra={"act": asked.id, "error": error.code})

    # forms

    async def _sent(self, asked: Asked, data: Mapping[str, Any], at: datetime) -> None:
        """What was written is kept before its writer is told so."""
        place = Place.read(str(data["custom_id"]))
        fields = {**reading.filled(data), **place.before.fields}

        def present(outcome: Shown, at_once: bool) -> Screen | None:
            if at_once and place.kind == FormKind.ANSWER and _is_fault(outcome):
                log.warning("form_left_open", extra={"act": asked.id})
                return None  # without an answer Discord keeps the form open, with all that was typed
            return self._screen(asked, outcome, at, may_open=False, sent=place)

        outcome = self._in_flight.start(self._noted(asked, place, fields, at))
        await self._responder.answer(asked, outcome, present, PATIENCE)

    async def _noted(self, asked: Asked, place: Place, fields: Fields, at: datetime) -> Shown:
        outcome = await self._saved(asked, place, fields, at)
        self._mistakes.note(asked.user, place, fields, outcome, at)
        return outcome

    async def _again(self, asked: Asked, code: str, opened_by: str, at: datetime) -> Shown:
        """The small form that was refused, with what was typed."""
        if opened_by == zones.VERB:
            outcome: Shown = await self._zone(asked)
        else:
            is_known = opened_by in mistakes.OPENED_BY.values()
            id_ = f"coproduce:{opened_by if is_known else mistakes.AGAIN}:{code}"
            outcome = await self._outcome(
                asked, RoundCode(code), lambda actor: commands.pressed(id_, id=act_id(asked.id), actor=actor, at=at)
            )
        typed = self._mistakes.of(asked.user, opened_by, code, at)
        return outcome if isinstance(outcome, Panel) else mistakes.put_right(outcome, typed)

    async def _hidden(self, asked: Asked, code: str, voice: str, at: datetime) -> Shown:
        """It was shown which voice it is, and its hiding agreed to."""
        typed = self._mistakes.of(asked.user, FormKind.HIDE, code, at)
        if typed is not None:
            return await self._noted(asked, Place(kind=FormKind.HIDE, code=code, page=voice), typed.fields, at)
        again = control("hide", RoundCode(code), voice)
        return Refused(because=line("refused.reason_gone"), controls=(again,), locale=asked.locale or "en")

    async def _saved(self, asked: Asked, place: Place, fields: Fields, at: datetime) -> Shown:
        try:
            actor = await self._actor(asked, RoundCode(place.code) if place.code else None)
            if place.page == zones.VERB:
                return await self._chosen(fields, actor)
            id_ = act_id(asked.id)
            if place.kind == FormKind.SETUP:
                return await self._setting_up.save(place, fields, id=id_, actor=actor, at=at)
        except Exception as error:
            return failed(error, asked.locale, None, act=asked.id)
        return await self._do(commands.filled(place.kind, place.code, place.page, fields, id=id_, actor=actor, at=at))

    async def _zone(self, asked: Asked) -> Outcome:
        try:
            return zones.form(await self._actor(asked, None))
        except Exception as error:
            return failed(error, asked.locale, None, act=asked.id)

    async def _chosen(self, fields: Fields, actor: Actor) -> Outcome:
        zone = zones.chosen(fields)
        if zone is not None:
            await self._zones.choose(actor.account.user, zone)
        return zones.said(zone, actor)

    # doing

    async def _outcome(self, asked: Asked, code: RoundCode | None, translate: Translate) -> Shown:
        try:
            actor = await self._actor(asked, code)
            act = translate(actor)
            if not asked.guild and isinstance(act, Home | ListRounds | Typed):
                act = _of_all_servers(act)
            if isinstance(act, New) and (refused := await self._organisers.refused(asked, actor)):
                return refused
        except Exception as error:
            return failed(error, asked.locale, None, act=asked.id)
        outcome = await self._do(act)
        match act:
            case Home() if isinstance(outcome, Said):
                return replace(outcome, controls=(*_to_panels(outcome), control(zones.VERB)))
            case New() if isinstance(outcome, Said):
                return replace(outcome, controls=_to_panels(outcome))
            case Preview() | OpenRound():
                return await self._setting_up.with_panel(outcome, act)
            case _:
                return outcome

    async def _do(self, act: Act | Refused | Perhaps) -> Outcome:
        if isinstance(act, Act) and (refused := await self._organisers.left(act)):
            return refused
        return await do(self._service, self._platform, act)

    async def _actor(self, asked: Asked, code: RoundCode | None) -> Actor:
        return Actor(
            account=await self._account(asked, code),
            name=asked.name,
            standing=asked.standing,
            locale=asked.locale,
            tz=await self._zones.of(asked.user),
        )

    async def _account(self, asked: Asked, code: RoundCode | None) -> Account:
        """A private conversation belongs to no server: the account is the one that has a part in the round."""
        if asked.guild:
            return Account(platform=NAME, workspace=asked.guild, user=asked.user)
        known = await self._service.accounts(NAME, asked.user, code)
        return known[0] if known else Account(platform=NAME, workspace="", user=asked.user)


def _of_all_servers(act: Act) -> Act:
    """In a private conversation rounds of each server count, not of the one of the newest round alone."""
    return replace(act, actor=replace(act.actor, account=replace(act.actor.account, workspace="")))


def _to_panels(said: Said) -> tuple[Control, ...]:
    """A draft is carried on in its panel, and not in the form of the first part."""
    return tuple(replace(one, argument="") if one.verb == "setup" else one for one in said.controls)


def _is_fault(outcome: Shown) -> bool:
    """Something went wrong on our side, so nothing of the form is kept."""
    return isinstance(outcome, Refused) and outcome.because.key.startswith("error.")

"""Inbound: what people do in the chat becomes an act, and its outcome is shown to them."""

from __future__ import annotations

from typing import Any

from adapters.playground import views
from adapters.playground.chat.wire import Json
from adapters.playground.link import Link
from adapters.playground.platform import PlaygroundPlatform, account, standing
from bot import commands
from bot.acts import Act, Actor, Outcome, Refused, SaveSetup, ShowForm, Typed
from bot.commands import Perhaps
from bot.ports import Clock, Service
from bot.rounds import ActId
from bot.service.doing import do, failed, set_up
from bot.setups import Fields
from bot.text import Texts


class Listeners:
    def __init__(self, link: Link, platform: PlaygroundPlatform, service: Service, texts: Texts, clock: Clock) -> None:
        self._link = link
        self._platform = platform
        self._service = service
        self._texts = texts
        self._clock = clock

    def start(self) -> None:
        self._link.listen(self._take)

    async def stop(self) -> None:
        """Takes no more acts, and finishes those in flight."""
        self._link.deafen()
        await self._link.finish()

    async def _take(self, told: Json) -> Json:
        try:
            return views.answer(await self._done(told), self._texts)
        except Exception as error:  # somebody waits for a word; what went wrong is ours to find out
            return views.answer(_failed(told, error), self._texts)

    async def _done(self, told: Json) -> Outcome:
        act = self._act(told, _actor(told["actor"]))
        outcome = await self._do(act)
        is_sent = not told.get("keep", False)
        if (
            is_sent and isinstance(act, SaveSetup) and isinstance(outcome, ShowForm)
        ):  # the whole set-up is one form here
            return await set_up(act, outcome, self._do)
        return outcome

    async def _do(self, act: Act | Refused | Perhaps) -> Outcome:
        return await do(self._service, self._platform, act)

    def _act(self, told: Json, actor: Actor) -> Act | Refused | Perhaps:
        id, at = ActId(f"playground:{told['id']}"), self._clock.now()
        match told["by"]:
            case "command":
                return commands.typed(told["text"], id=id, actor=actor, at=at, channel=told["channel"])
            case "press":
                return commands.pressed(told["control"], id=id, actor=actor, at=at)
            case "fill":
                fields = _fields(told["fields"])
                if fields is None:
                    return commands.refused(actor, "refused.stale_form")
                form, draft = (told["kind"], told["code"], told["page"]), bool(told.get("keep", False))
                return commands.filled(*form, fields, id=id, actor=actor, at=at, draft=draft)
            case _:
                return Typed(id=id, actor=actor, at=at)


def _fields(told: Any) -> Fields | None:
    """None: no form of ours gives such things."""
    if not isinstance(told, dict) or not all(isinstance(values, list) for values in told.values()):
        return None
    if not all(isinstance(value, str) for values in told.values() for value in values):
        return None
    return {name: tuple(values) for name, values in told.items()}


def _failed(told: Json, error: Exception) -> Refused:
    """What the chat sent cannot be read."""
    person = told.get("actor")
    locale, tz = (person.get("locale"), person.get("tz")) if isinstance(person, dict) else (None, None)
    return failed(error, locale, tz, by=told.get("by"))


def _actor(person: Json) -> Actor:
    return Actor(
        account=account(person["id"]),
        name=person["name"],
        standing=standing(person),
        locale=person["locale"],
        tz=person["tz"],
    )

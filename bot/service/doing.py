"""What every adapter does around `Service.do`: looks up who acts and who is named, and has a sentence for a failure."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TypeVar

from bot import forms
from bot.acts import Act, Actor, Add, ChooseVenue, Outcome, Preview, Refused, SaveSetup, Share, ShowForm
from bot.commands import Perhaps
from bot.errors import CoproduceError, DeliveryError, Later, Unreachable, where
from bot.messages import Line
from bot.people import Account, Address, Cast, Standing, Why, Workspace
from bot.ports import Platform, Service

log = logging.getLogger(__name__)

ACTOR_WITHIN = 8.0
"""Seconds for the second look-up of whoever acts. They see that something is under way."""

CAST_WITHIN = 90.0
"""Seconds for looking up people named in a command, rate limits included."""

Translate = Callable[[Actor], Act | Refused | Perhaps]
Pause = Callable[[float], Awaitable[None]]
Found = TypeVar("Found")


async def do(service: Service, platform: Platform, act: Act | Refused | Perhaps) -> Outcome:
    """Never raises: somebody waits for a word; what went wrong is ours to find out.

    May take as long as the look-ups: acknowledge before, or have an answer ready for whoever waits.
    """
    if isinstance(act, Perhaps):
        act = await _settled(service, act)
    if isinstance(act, Refused):
        return act
    try:
        return await service.do(await _looked_up(platform, await _with_standing(platform, act)))
    except Exception as error:
        return failed(error, act.actor.locale, act.actor.tz, act=act.id)


async def do_as(
    service: Service, platform: Platform, who: Awaitable[Actor], translate: Translate, locale: str | None = None
) -> Outcome:
    """As `do`, where it must be looked up first who acts. `locale`: for the sentence where that fails."""
    try:
        act = translate(await who)
    except Exception as error:
        return failed(error, locale, None)
    return await do(service, platform, act)


async def patiently(look_up: Callable[[], Awaitable[Found]], seconds: float, pause: Pause = asyncio.sleep) -> Found:
    """Tries again after each rate limit that ends within the time. Raises TimeoutError, and what `look_up` raises."""
    async with asyncio.timeout(seconds):
        while True:
            try:
                return await look_up()
            except Later as later:
                if later.after >= seconds:
                    raise
                await pause(later.after)


async def set_up(saved: SaveSetup, shown: ShowForm, done: Callable[[Act], Awaitable[Outcome]]) -> Outcome:
    """What follows when the last part of a set-up was saved: the preview; or the form, with all that is wrong marked.

    `shown`: what saving it gave. `done`: takes an act, as `do`."""
    outcome = await done(Preview(id=saved.id, actor=saved.actor, at=saved.at, code=saved.code))
    if not isinstance(outcome, Refused) or not outcome.fields:
        return outcome
    return replace(shown, form=forms.marked(shown.form, outcome.fields))


async def _settled(service: Service, perhaps: Perhaps) -> Act | Refused:
    """A word counts as a code where the person has such a round; where that cannot be known, what follows says so."""
    try:
        for code, act in perhaps.meant:
            if await service.is_of(perhaps.actor.account, code):
                return act
    except Exception as error:
        return failed(error, perhaps.actor.locale, perhaps.actor.tz)
    return perhaps.otherwise


def failed(error: Exception, locale: str | None, tz: str | None, **facts: object) -> Refused:
    """`facts` are logged where the fault is ours; ids, never words."""
    if not isinstance(error, CoproduceError):
        log.error("act_failed", extra={**facts, "error": where(error)})
    code = error.code if isinstance(error, CoproduceError) else CoproduceError.code
    return Refused(because=Line(key=f"error.{code}"), locale=locale or "en", tz=tz or "UTC")


async def _with_standing(platform: Platform, act: Act) -> Act:
    """Looks the actor up again where the act depends on their standing, and the adapter could not tell it in time."""
    if not act.needs_standing or act.actor.standing is not Standing.UNKNOWN:
        return act
    cast = await _cast(platform, act.actor.account, (act.actor.account.user,), ACTOR_WITHIN)
    return replace(act, actor=_known(act.actor, cast)) if cast else act


def _known(actor: Actor, cast: Cast) -> Actor:
    members = (member for found in cast.found.values() for member in found)
    member = next((member for member in members if member.account == actor.account), None)
    if member is not None:
        locale, tz = member.locale or actor.locale, member.tz or actor.tz
        return replace(actor, name=member.name, standing=member.standing, locale=locale, tz=tz)
    is_stranger = any(each.account == actor.account and each.why is Why.STRANGER for each in cast.missing)
    return replace(actor, standing=Standing.GUEST) if is_stranger else actor


async def _looked_up(platform: Platform, act: Act) -> Act:
    """Who is named, or who reads a channel, is known before the engine is asked: it waits for no platform."""
    account = act.actor.account
    match act:
        case ChooseVenue() if act.channel:
            place = Address(platform=account.platform, workspace=account.workspace, channel=act.channel)
            with suppress(Unreachable):
                return replace(act, reach=await platform.reach(place))
        case Add():
            return replace(act, cast=await _cast(platform, account, act.people, CAST_WITHIN))
        case Share():
            return replace(act, cast=await _cast(platform, account, (act.person,), CAST_WITHIN))
        case _:
            pass
    return act


async def _cast(platform: Platform, account: Account, refs: Sequence[str], seconds: float) -> Cast | None:
    """None: the platform did not tell in time."""
    workspace = Workspace(platform=account.platform, id=account.workspace)
    try:
        return await patiently(lambda: platform.people(workspace, refs), seconds)
    except (TimeoutError, DeliveryError) as error:
        log.warning("people_not_looked_up", extra={"error": type(error).__name__})
        return None

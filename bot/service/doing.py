"""What every adapter does around `Service.do`: says who is named before, and has a sentence ready where it fails."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from bot import forms
from bot.acts import Act, Add, ChooseVenue, Outcome, Preview, Refused, SaveSetup, Share, ShowForm
from bot.commands import Perhaps
from bot.errors import CoproduceError, Unreachable, where
from bot.messages import Line
from bot.people import Address, Cast, Workspace
from bot.ports import Platform, Service

log = logging.getLogger(__name__)

People = Callable[[Sequence[str]], Awaitable[Cast | None]]


async def do(
    service: Service, platform: Platform, act: Act | Refused | Perhaps, people: People | None = None
) -> Outcome:
    """Never raises: somebody waits for a word; what went wrong is ours to find out.

    `people`: looks up those whom an act names; by default `Platform.people`, which may raise.
    """
    if isinstance(act, Perhaps):
        act = await _settled(service, act)
    if isinstance(act, Refused):
        return act
    try:
        return await service.do(await _looked_up(platform, act, people))
    except Exception as error:
        return failed(error, act.actor.locale, act.actor.tz, act=act.id)


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


async def _looked_up(platform: Platform, act: Act, people: People | None) -> Act:
    """Who somebody is, or who reads a channel, is known before the engine is asked: it waits for no platform."""
    account = act.actor.account
    if isinstance(act, ChooseVenue) and act.channel:
        place = Address(platform=account.platform, workspace=account.workspace, channel=act.channel)
        with suppress(Unreachable):
            return replace(act, reach=await platform.reach(place))
    if not isinstance(act, Add | Share):
        return act
    named = act.people if isinstance(act, Add) else (act.person,)
    if people is not None:
        return replace(act, cast=await people(named))
    workspace = Workspace(platform=account.platform, id=account.workspace)
    return replace(act, cast=await platform.people(workspace, named))

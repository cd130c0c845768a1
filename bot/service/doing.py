"""What every adapter does around `Service.do`: says who is named before, and has a sentence ready where it fails."""

from __future__ import annotations

import logging
from dataclasses import replace

from bot.acts import Act, Add, Outcome, Refused, Share
from bot.errors import CoproduceError, where
from bot.messages import Line
from bot.people import Workspace
from bot.ports import Platform, Service

log = logging.getLogger(__name__)


async def do(service: Service, platform: Platform, act: Act | Refused) -> Outcome:
    """Never raises: somebody waits for a word; what went wrong is ours to find out."""
    if isinstance(act, Refused):
        return act
    try:
        return await service.do(await _with_cast(platform, act))
    except Exception as error:
        return failed(error, act.actor.locale, act.actor.tz, act=act.id)


def failed(error: Exception, locale: str | None, tz: str | None, **facts: object) -> Refused:
    """`facts` are logged where the fault is ours; ids, never words."""
    if not isinstance(error, CoproduceError):
        log.error("act_failed", extra={**facts, "error": where(error)})
    code = error.code if isinstance(error, CoproduceError) else CoproduceError.code
    return Refused(because=Line(key=f"error.{code}"), locale=locale or "en", tz=tz or "UTC")


async def _with_cast(platform: Platform, act: Act) -> Act:
    """Who they are must be known before the engine is asked: it waits for no platform."""
    if not isinstance(act, Add | Share):
        return act
    named = act.people if isinstance(act, Add) else (act.person,)
    workspace = Workspace(platform=act.actor.account.platform, id=act.actor.account.workspace)
    return replace(act, cast=await platform.people(workspace, named))

"""A bot with a database of its own, on a platform that is the real one; and one round as three people live it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot import acts
from bot.acts import Actor, Outcome, Said, ShowForm
from bot.answers import Answers
from bot.people import Account, Standing, Workspace
from bot.rounds import ActId, RoundCode
from bot.settings import DeliverySettings, RoundSettings
from bot.setups import Fields
from bot.text import Texts
from coproduce.app import Bot, open_storage
from coproduce.clock import SystemClock
from coproduce.config import Settings
from coproduce.platforms import adapter
from storage.settings import StorageSettings

OPEN_FOR = timedelta(seconds=90)
NASTY = "<!here> @everyone & <https://example.org|a link> *not bold* ||not hidden|| :tada: @channel"


class Real:
    """Acts as the platform would bring them, and the bot that takes them."""

    def __init__(self, workspace: Workspace, bot: Bot) -> None:
        self._workspace = workspace
        self._bot = bot
        self._acts = 0

    async def do(self, kind: type[acts.Act], user: str, **what: Any) -> Outcome:
        self._acts += 1
        now = datetime.now(UTC)
        account = Account(platform=self._workspace.platform, workspace=self._workspace.id, user=user)
        actor = Actor(account=account, name=user, standing=Standing.ADMIN)
        id = ActId(f"live:{now.timestamp()}:{self._acts}")
        return await self._bot.service.do(kind(id=id, actor=actor, at=now, **what))

    async def until_idle(self) -> None:
        await self._bot.idle()

    async def until(self, at: datetime) -> None:
        await asyncio.sleep(max((at - datetime.now(UTC)).total_seconds(), 0))
        await self._bot.idle()


@asynccontextmanager
async def real_bot(
    folder: Path, name: str, settings: Settings, workspace: Callable[[Any], Awaitable[str]]
) -> AsyncIterator[tuple[Real, Any]]:
    """With the platform's own `Platform`. `settings`: with the platform's section; `workspace`: finds its id."""
    texts, clock = Texts.load(), SystemClock()
    storage = StorageSettings(url=f"sqlite:///{folder / 'live.db'}", key_file=folder / "live.key")
    rounds = RoundSettings(shortest=timedelta(seconds=1), quiet_hours=None, remind=(), late_for=timedelta(seconds=1))
    settings = replace(settings, storage=storage, rounds=rounds)
    kept = await open_storage(settings)
    at = adapter(name, settings, texts, clock)
    platform = await at.enter()
    bot = Bot(kept, {name: platform}, clock, texts, rounds=rounds, delivery=DeliverySettings())
    await bot.start()
    await at.listen(bot.service, bot.vault)
    try:
        yield Real(Workspace(platform=name, id=await workspace(platform)), bot), platform
    finally:
        await at.stop()
        await bot.stop()
        await at.leave()
        await kept.close()


async def one_round(real: Real, channel: str, leader: str, frontline: str, citizen: str) -> list[str]:
    """Returns what they wrote, once it is revealed."""
    shown = await real.do(acts.New, leader, service="coproduce: a live trial", channel=channel)
    assert isinstance(shown, ShowForm)
    code, closes_at = shown.form.code, datetime.now(UTC) + OPEN_FOR
    await _set_up(real, leader, code, channel, closes_at, leaders=leader, frontline=frontline, citizens=citizen)
    await real.do(acts.OpenRound, leader, code=code)
    await real.until_idle()
    written = []
    for user in (leader, frontline, citizen):
        written.append(f"{user}: {NASTY}")
        held = await real.do(acts.Write, user, code=code, answers=Answers(personal=written[-1]))
        assert isinstance(held, Said)
        assert held.receipt
    await real.until(closes_at + timedelta(seconds=10))
    return written


async def _set_up(real: Real, user: str, code: RoundCode, channel: str, closes_at: datetime, **groups: str) -> None:
    pages: dict[str, Fields] = {
        "what": {
            "service": ("coproduce: a live trial",),
            "proposal": (f"To see whether it works. {NASTY}",),
            "stage": ("design",),
        },
        "who": {group: (person,) for group, person in groups.items()},
        "when": {
            "channel": (channel,),
            "closes_at": (closes_at.strftime("%Y-%m-%dT%H:%M:%SZ"),),
            "attribution": ("group",),
        },
    }
    for page, fields in pages.items():
        await real.do(acts.SaveSetup, user, code=code, page=page, fields=fields)
    await real.do(acts.Preview, user, code=code)
    await real.until_idle()

"""Which platforms pass events on, and what follows when one did not: deadlines move, and no round closes meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

import structlog

from bot.acts import Said
from bot.rounds import Phase, Round, RoundId
from bot.rules import running as rules
from bot.rules import schedule
from bot.rules.moves import GRACE, Decision
from bot.service.dependencies import Dependencies
from bot.settings import RoundSettings

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outage:
    """A platform passes no events on. `since` None: it never did."""

    since: datetime | None
    is_counted: bool = False  # also if it was short: the process was down


class Listening:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps
        self._outages: dict[str, _Outage] = {}
        self._began: datetime | None = None
        self._lock = asyncio.Lock()

    async def start(self, now: datetime) -> None:
        """The process starts: each platform counts as down until it passes events on, and none of its rounds closes."""
        self._began = now
        for platform in self._deps.platforms:
            heard_at = await self._deps.rounds.last_heard(platform)
            if heard_at and heard_at > now:
                # written by a clock that was ahead: how long nobody was heard is unknown, and nobody who could not
                # answer shall lose by it
                heard_at = now - schedule.LOOKING_BACK
            self._outages[platform] = _Outage(since=heard_at, is_counted=True)
        await self.heed(now)

    async def heed(self, now: datetime) -> bool:
        """Checks which platforms pass events on. Called every second and before any close. True: one is back."""
        is_back = False
        async with self._lock:
            for platform in self._deps.platforms:
                if self._deps.listens(platform) and self._knows_the_time:
                    is_back |= await self._back(platform, now)
                elif platform not in self._outages:
                    self._outages[platform] = _Outage(since=now)
                    await self._deps.rounds.beat(now, [platform])
        return is_back

    async def arrived(self, platform: str) -> bool:
        """An act arrived, so its platform passes events on. True: it was down until now."""
        if platform not in self._outages or not self._knows_the_time:
            return False
        async with self._lock:
            return await self._back(platform, self._deps.clock.now())

    async def beat(self, now: datetime) -> None:
        """The heartbeat, with the platforms that are up: after a crash it tells since when people could not answer."""
        await self.heed(now)
        if self._knows_the_time:
            await self._deps.rounds.beat(now, [each for each in self._deps.platforms if each not in self._outages])

    @property
    def _knows_the_time(self) -> bool:
        """False from a start on until a platform has told its time: by a wrong clock a restart would look like days."""
        doubt = self._deps.clock.doubt
        return doubt is None or doubt.is_known

    async def moved(self, by: timedelta) -> None:
        """The bot's clock was set: times noted by the old one are carried over, so that the jump is no downtime.

        Before `start` has read the last heartbeat nothing is: it tells how long the process was down.
        """
        if self._began is None:
            return
        async with self._lock:
            self._began += by
            for platform, outage in self._outages.items():
                if not outage.is_counted and outage.since is not None:
                    self._outages[platform] = replace(outage, since=outage.since + by)
                    await self._deps.rounds.beat(outage.since + by, [platform])
        await self.beat(self._deps.clock.now())

    async def _back(self, platform: str, now: datetime) -> bool:
        outage = self._outages.get(platform)
        if outage is None:
            return False
        if outage.since is not None and (outage.is_counted or now - outage.since > schedule.BLIP):
            await self.opened(platform, outage.since, now)
        # last: after a crash before this line, the next start moves the deadlines that are left
        await self._deps.rounds.beat(now, [platform])
        del self._outages[platform]
        return True

    async def opened(self, platform: str, away_since: datetime, ready: datetime) -> None:
        """People can answer again. A deadline moves if they could not answer in the last stretch before it."""
        for id_ in await self._deps.rounds.closing_between(away_since, ready + schedule.LOOKING_BACK):
            settings = self._deps.settings
            rule = partial(_after_outage, platform=platform, away_since=away_since, ready=ready, settings=settings)
            try:
                await self._deps.rounds.change(id_, None, rule, ready)
            except Exception as fault:  # the other deadlines must move all the same
                log.error("round_failed", round=id_, fault=type(fault).__name__)
        self._deps.woken()

    async def held(self, due: Sequence[RoundId], now: datetime) -> set[RoundId]:
        """Rounds that must not close yet, because one of their platforms is down and the longest hold is not over."""
        held: set[RoundId] = set()
        for id_ in due if self._outages else ():
            try:
                round_ = await self._deps.rounds.shell(id_)
            except Exception as fault:  # the close itself loads no round
                log.error("round_failed", round=id_, fault=type(fault).__name__)
                continue
            is_closing = round_.phase is Phase.COLLECTING and round_.closes_at and round_.closes_at + GRACE <= now
            if not (is_closing and round_.closes_at and platforms_of(round_) & self._outages.keys()):
                continue
            if now < max(round_.closes_at, self._began or round_.closes_at) + schedule.HELD_AT_MOST:
                held.add(id_)
            else:
                await self._deps.rounds.change(id_, None, lambda r: rules.closed_unheard(r, now), now)
        return held


def platforms_of(round_: Round) -> set[str]:
    """Platforms whose people take part: those of its workspace and of its venues."""
    return {round_.workspace.platform, *(venue.address.platform for venue in round_.venues)}


def _after_outage(
    round_: Round, *, platform: str, away_since: datetime, ready: datetime, settings: RoundSettings
) -> Decision:
    if platform in platforms_of(round_) and round_.opened_at and round_.closes_at:
        watched = schedule.watch_from(round_.opened_at, round_.closes_at)
        if away_since < round_.closes_at and ready > watched:
            return rules.after_downtime(round_, ready, ready, settings)
    return Decision(outcome=Said(content=()))

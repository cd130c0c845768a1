"""What the clock does: it closes rounds, and attends to each that is due. One that fails is tried again later."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import structlog

from bot.errors import DeliveryError
from bot.rounds import Phase, Round, RoundId
from bot.rules import revealing as reveal_rules
from bot.rules import running as rules
from bot.rules.moves import GRACE, LONGEST_GRACE
from bot.service import revealing
from bot.service.dependencies import Dependencies
from bot.service.housekeeping import keep_house
from bot.service.listening import Listening

AT_ONCE = 10_000
"""Rounds of one query: all of them are closed before the first is prepared."""

PATIENCE = timedelta(minutes=3)
"""How long a closed round waits for its platform before its organisers are told."""

FIRST_BACK_OFF = timedelta(seconds=1)
LONGEST_BACK_OFF = timedelta(minutes=1)
"""Of a round that failed: doubled with each failure in a row."""

log = structlog.get_logger(__name__)


class Waking:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps
        self._listening = Listening(deps)
        self._waiting: dict[RoundId, datetime] = {}  # rounds whose platform does not answer, and since when
        self._failures: Counter[RoundId] = Counter()  # in a row

    async def start(self, now: datetime) -> None:
        """The process starts: each platform counts as down until it passes events on."""
        await self._listening.start(now)

    async def heed(self, now: datetime) -> bool:
        """Checks which platforms pass events on. Called every second. True: one is back."""
        return await self._listening.heed(now)

    async def arrived(self, platform: str) -> bool:
        """An act arrived from there. True: the platform was down until now."""
        return await self._listening.arrived(platform)

    async def beat(self, now: datetime) -> None:
        """The heartbeat."""
        await self._listening.beat(now)

    async def moved(self, by: timedelta) -> None:
        """The bot's clock was set by that much: the jump is no downtime."""
        await self._listening.moved(by)

    async def tick(self, now: datetime) -> None:
        """Everything that is due at `now`: first all closes, then the rest. A round that fails delays no other.

        Nothing while the clock is in doubt, reminders included: they would count the hours wrongly.
        """
        await self.heed(now)
        if self._deps.clock.doubt is not None:
            return
        seen: set[RoundId] = set()
        while due := [each for each in await self._deps.rounds.due(now, AT_ONCE) if each not in seen]:
            seen |= set(due)
            held = await self._listening.held(due, now)
            closing = [each for each in due if each not in held]
            waiting = await self._writing(now)
            ready = [each for each in closing if each not in waiting]
            await self._deps.rounds.close(ready, now)
            if waiting:
                await self._deps.intake.drain(LONGEST_GRACE.total_seconds())
                await self._deps.rounds.close([each for each in closing if each in waiting], now)
            for each in due:
                await self._attend(each, now)
            self._deps.woken()

    async def _writing(self, now: datetime) -> set[RoundId]:
        """Rounds whose close waits for words that are being sent, for `LONGEST_GRACE` at most."""
        waiting: set[RoundId] = set()
        for code, account in self._deps.intake.writers:
            found = await self._deps.rounds.seat(code, account)
            last = found and (found[0].ends_at if found[0].phase is Phase.REVEALED else found[0].closes_at)
            if found and last and now < last + LONGEST_GRACE:
                waiting.add(found[0].id)
        return waiting

    async def _attend(self, id_: RoundId, now: datetime) -> None:
        """A round that fails is put off, for longer each time, and delays no other."""
        round_: Round | None = None
        trouble = ""
        try:
            round_ = await self._deps.rounds.shell(id_)
            await self._see_to(round_, now)
        except DeliveryError as error:
            trouble = error.code
            log.warning("round_waits", round=id_, why=trouble)
        except Exception as fault:
            log.error("round_failed", round=id_, fault=type(fault).__name__)
        else:
            self._failures.pop(id_, None)
            self._waiting.pop(id_, None)
            return
        await self._put_off(id_, round_, trouble, now)

    async def _put_off(self, id_: RoundId, round_: Round | None, trouble: str, now: datetime) -> None:
        """Raises where storage itself fails: then no round can be attended to."""
        if trouble:
            try:
                await self._note_waiting(id_, trouble, now)
            except Exception as fault:
                log.error("round_failed", round=id_, fault=type(fault).__name__)
        self._failures[id_] += 1
        until = now + min(FIRST_BACK_OFF * 2 ** (self._failures[id_] - 1), LONGEST_BACK_OFF)
        if round_ and round_.phase is Phase.COLLECTING and round_.closes_at:
            until = min(until, max(round_.closes_at + GRACE, now + FIRST_BACK_OFF))  # the close must not be late
        await self._deps.rounds.put_off(id_, until, now)

    async def _see_to(self, round_: Round, now: datetime) -> None:
        match round_.phase:
            case Phase.COLLECTING:
                settings = self._deps.settings
                await self._deps.rounds.change(round_.id, None, lambda r: rules.remind_due(r, now, settings), now)
            case Phase.CLOSED:
                await revealing.prepare(self._deps, round_, now)
            case Phase.REVEALED:
                await revealing.release(self._deps, round_, now)
            case _:
                await self._deps.rounds.change(round_.id, None, revealing.settled, now)

    async def _note_waiting(self, id_: RoundId, code: str, now: datetime) -> None:
        """Tells the organisers of a closed round that has waited for its platform for `PATIENCE`."""
        since = self._waiting.setdefault(id_, now)
        if now - since >= PATIENCE:
            await self._deps.rounds.change(id_, None, lambda r: reveal_rules.platform_waits(r, since, code), now)

    async def housekeeping(self, now: datetime) -> None:
        """Once a day. Not while the clock is in doubt: a year ahead, everything would be old."""
        if self._deps.clock.doubt is None:
            await keep_house(self._deps, now)

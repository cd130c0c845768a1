"""What the clock does: closes, prepares, reminds, ends; and what being away before a deadline means."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

import structlog

from bot.acts import Said
from bot.errors import DeliveryError, Unknown, Unreachable
from bot.messages import Page, Reveal
from bot.people import Address, Reach
from bot.reveal import arrange, arrange_again, arrange_late
from bot.reveal.plans import Arranged, Opened
from bot.rounds import Perspective, Phase, Round, RoundId, Venue
from bot.rules import casting, revealing, schedule
from bot.rules import running as rules
from bot.rules.moves import GRACE, LONGEST_GRACE, Decision, move, next_due
from bot.service.dependencies import Dependencies
from bot.settings import RoundSettings

AT_ONCE = 10_000
"""Rounds looked at in one go: all of them are closed before the first is prepared."""

A_BATCH = 100
"""Rounds that are forgotten between two looks."""

PATIENCE = timedelta(minutes=3)
"""How long a closed round waits for its platform before its organisers hear of it."""

DRAFTS_KEPT = timedelta(days=30)
"""A set-up that nobody has touched for so long is forgotten."""

FIRST_REST = timedelta(seconds=1)
LONGEST_REST = timedelta(minutes=1)
"""Of a round that failed, until it is tried again; doubled with each failure in a row."""

NOTHING = Decision(outcome=Said(content=()))

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Deaf:
    """A platform whose events do not arrive. `since` None: they never did."""

    since: datetime | None
    is_counted: bool = False  # however short: after a start


class Waking:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps
        self._waiting: dict[RoundId, datetime] = {}  # rounds whose platform does not answer, and since when
        self._failures: Counter[RoundId] = Counter()  # in a row
        self._deaf: dict[str, _Deaf] = {}  # platforms whose events do not arrive
        self._began: datetime | None = None
        self._one_at_a_time = asyncio.Lock()

    # who listens

    async def start(self, now: datetime) -> None:
        """The process begins: a platform listens when it says so, and until then nothing of it closes."""
        self._began = now
        for platform in self._deps.platforms:
            heard_at = await self._deps.rounds.last_heard(platform)
            self._deaf[platform] = _Deaf(since=heard_at, is_counted=True)
        await self.heed(now)

    async def heed(self, now: datetime) -> bool:
        """Looks which platforms listen. Called every second, and before anything closes. True: one listens again."""
        is_back = False
        async with self._one_at_a_time:
            for platform in self._deps.platforms:
                if self._deps.listens(platform):
                    is_back |= await self._back(platform, now)
                elif platform not in self._deaf:
                    self._deaf[platform] = _Deaf(since=now)
                    await self._deps.rounds.beat(now, [platform])
        return is_back

    async def arrived(self, platform: str) -> bool:
        """An act came: its platform listens, before `heed` has seen it. True: it did not until now."""
        if platform not in self._deaf:
            return False
        async with self._one_at_a_time:
            return await self._back(platform, self._deps.clock.now())

    async def beat(self, now: datetime) -> None:
        """The heartbeat, with the platforms that listen: after a kill it tells since when people could not answer."""
        await self.heed(now)
        await self._deps.rounds.beat(now, [each for each in self._deps.platforms if each not in self._deaf])

    async def _back(self, platform: str, now: datetime) -> bool:
        deaf = self._deaf.get(platform)
        if deaf is None:
            return False
        if deaf.since is not None and (deaf.is_counted or now - deaf.since > schedule.BLIP):
            await self.opened(platform, deaf.since, now)
        # only now: after a kill in the middle of it the deadlines that are left are moved, too
        await self._deps.rounds.beat(now, [platform])
        del self._deaf[platform]
        return True

    async def opened(self, platform: str, away_since: datetime, ready: datetime) -> None:
        """People can answer again. Where they could not in the last stretch before a deadline, it moves."""
        for id_ in await self._deps.rounds.closing_between(away_since, ready + schedule.LOOKING_BACK):
            rule = partial(
                _after_downtime, platform=platform, away_since=away_since, ready=ready, settings=self._deps.settings
            )
            try:
                await self._deps.rounds.change(id_, None, rule, ready)
            except Exception as fault:  # one round's trouble never keeps another's deadline from moving
                log.error("round_failed", round=id_, fault=type(fault).__name__)
        self._deps.woken()

    async def _held(self, due: Sequence[RoundId], now: datetime) -> set[RoundId]:
        """Rounds that must not close yet: a platform of theirs does not listen, and they were not held for too long."""
        held: set[RoundId] = set()
        for id_ in due if self._deaf else ():
            try:
                round_ = await self._deps.rounds.shell(id_)
            except Exception as fault:  # the close itself loads no round
                log.error("round_failed", round=id_, fault=type(fault).__name__)
                continue
            is_closing = round_.phase is Phase.COLLECTING and round_.closes_at and round_.closes_at + GRACE <= now
            if not (is_closing and round_.closes_at and platforms_of(round_) & self._deaf.keys()):
                continue
            if now < max(round_.closes_at, self._began or round_.closes_at) + schedule.HELD_AT_MOST:
                held.add(id_)
            else:
                await self._deps.rounds.change(id_, None, lambda r: rules.closed_unheard(r, now), now)
        return held

    # what is due

    async def tick(self, now: datetime) -> None:
        """All that is due at `now`: first every close, then the rest, one round's trouble never another's."""
        await self.heed(now)
        seen: set[RoundId] = set()
        while due := [each for each in await self._deps.rounds.due(now, AT_ONCE) if each not in seen]:
            seen |= set(due)
            held = await self._held(due, now)
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
        """Rounds that words are on their way to, unless they have waited long enough."""
        waiting: set[RoundId] = set()
        for code, account in self._deps.intake.writers:
            found = await self._deps.rounds.seat(code, account)
            last = found and (found[0].ends_at if found[0].phase is Phase.REVEALED else found[0].closes_at)
            if found and last and now < last + LONGEST_GRACE:
                waiting.add(found[0].id)
        return waiting

    async def _attend(self, id_: RoundId, now: datetime) -> None:
        """One round's trouble never holds up another: a round that fails is put off, for longer each time."""
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
        """Raises where storage itself fails: then nothing can be done for any round."""
        if trouble:
            try:
                await self._note_waiting(id_, trouble, now)
            except Exception as fault:
                log.error("round_failed", round=id_, fault=type(fault).__name__)
        self._failures[id_] += 1
        until = now + min(FIRST_REST * 2 ** (self._failures[id_] - 1), LONGEST_REST)
        if round_ and round_.phase is Phase.COLLECTING and round_.closes_at:
            until = min(until, max(round_.closes_at + GRACE, now + FIRST_REST))  # the close is never late for it
        await self._deps.rounds.put_off(id_, until, now)

    async def _see_to(self, round_: Round, now: datetime) -> None:
        match round_.phase:
            case Phase.COLLECTING:
                settings = self._deps.settings
                await self._deps.rounds.change(round_.id, None, lambda r: rules.remind_due(r, now, settings), now)
            case Phase.CLOSED:
                await self._prepare(round_, now)
            case Phase.REVEALED:
                await self._release(round_, now)
            case _:
                await self._deps.rounds.change(round_.id, None, _settle, now)

    async def _note_waiting(self, id_: RoundId, code: str, now: datetime) -> None:
        """Once a closed round has waited for its platform for some minutes, its organisers are told."""
        since = self._waiting.setdefault(id_, now)
        if now - since >= PATIENCE:
            await self._deps.rounds.change(id_, None, lambda r: revealing.platform_waits(r, since, code), now)

    async def _prepare(self, round_: Round, now: datetime) -> None:
        if round_.held_back_at or round_.refused_venue:
            await self._deps.rounds.change(round_.id, None, lambda r: revealing.ask_again(r, now), now)
            return
        is_chosen = round_.opens_at is not None and round_.opens_at <= now  # its day to take back is over
        if not is_chosen and (round_.prepared_at or round_.opens_at):
            await self._deps.rounds.change(round_.id, None, _settle, now)
            return
        if not round_.reveal_agreed_at and revealing.is_wider(round_, await self._readers(round_)):
            asked = await self._deps.rounds.change(round_.id, None, lambda r: revealing.hold_back(r, now), now)
            if asked.round_.held_back_at:
                return
        if round_.prepared_at:
            await self._deps.replies.plan_again(round_.id, partial(self._arranged_again, now), now)
        else:
            await self._deps.replies.prepare(round_.id, partial(self._arranged, now), now)

    def _arranged(self, now: datetime, round_: Round, opened: Sequence[Opened]) -> Arranged:
        return arrange(
            round_,
            opened,
            now=now,
            new_id=self._deps.new_id,
            plan=self._pages,
            invite_at=revealing.invite_at(round_, now, self._deps.settings),
        )

    def _arranged_again(self, now: datetime, round_: Round, voices: Sequence[Perspective]) -> Arranged:
        invite_at = revealing.invite_at(round_, now, self._deps.settings)
        return arrange_again(round_, voices, now=now, plan=self._pages, invite_at=invite_at)

    def _pages(self, reveal: Reveal, venue: Venue) -> Sequence[Page]:
        """Raises Unknown where the venue's platform is not configured: the round waits for it."""
        platform = self._deps.platforms.get(venue.address.platform)
        if platform is None:
            raise Unknown
        return platform.plan(reveal, venue)

    async def _readers(self, round_: Round) -> dict[Address, Reach]:
        """Who reads each venue now. A venue the bot was thrown out of holds up no other."""
        found: dict[Address, Reach] = {}
        for venue in round_.venues:
            platform = self._deps.platforms.get(venue.address.platform)
            if platform is None:
                continue
            try:
                found[venue.address] = await platform.reach(venue.address)
            except Unreachable:
                log.warning("venue_unreachable", round=round_.id, venue=venue.id)
        return found

    async def _release(self, round_: Round, now: datetime) -> None:
        """Signed late replies as they come; the others together when the round ends."""
        await self.release_late(round_, now, signed=True)
        if round_.ends_at and round_.ends_at <= now:
            # in one transaction with the end: a late reply is among them, or it is told that it comes too late
            await self.release_late(round_, now, signed=False)
            await self._deps.rounds.change(round_.id, None, rules.ended, now)
        else:
            await self._deps.rounds.change(round_.id, None, _settle, now)

    async def release_late(self, round_: Round, now: datetime, *, signed: bool) -> None:
        existing = await self._deps.replies.perspectives(round_.id)

        def plan(round_: Round, opened: Sequence[Opened]) -> Arranged:
            arranged = arrange_late(round_, opened, existing, new_id=self._deps.new_id, plan=self._pages)
            return arranged if signed else replace(arranged, round_=move(arranged.round_, Phase.ENDED))

        await self._deps.replies.release_late(round_.id, plan, now, signed=signed)

    async def housekeeping(self, now: datetime) -> None:
        """Daily: what is older than its keeping goes, and what was deleted is wiped from the file."""
        rounds = self._deps.rounds
        await self._forget(partial(rounds.over_since, now - self._deps.settings.retention))
        await self._forget(partial(rounds.idle_drafts, now - DRAFTS_KEPT))
        await self._deps.replies.scrub()
        for id_ in await rounds.in_play():
            await self._look_for_organisers(id_, now)

    async def _forget(self, find: Callable[[int], Awaitable[Sequence[RoundId]]]) -> None:
        while old := await find(A_BATCH):
            for id_ in old:
                await self._deps.replies.destroy(id_)

    async def _look_for_organisers(self, id_: RoundId, now: datetime) -> None:
        """Whether anybody is left to run it. Where the platform does not answer, tomorrow is soon enough."""
        round_ = await self._deps.rounds.shell(id_)
        platform = self._deps.platforms.get(round_.workspace.platform)
        if platform is None:
            return
        try:
            found = await platform.people(round_.workspace, [one.account.user for one in round_.organisers])
        except DeliveryError as trouble:
            log.info("organisers_unknown", round=id_, why=trouble.code)
            return
        left = {missing.ref for missing in found.missing if missing.why in casting.GONE}
        gone = frozenset(one.account for one in round_.organisers if one.account.user in left)
        if gone != {one.account for one in round_.organisers if one.gone_at}:
            await self._deps.rounds.change(id_, None, lambda r: casting.organisers_left(r, gone, now), now)


def platforms_of(round_: Round) -> set[str]:
    """Whose people take part: those of its workspace, and of each channel that it is open in."""
    return {round_.workspace.platform, *(venue.address.platform for venue in round_.venues)}


def _after_downtime(
    round_: Round, *, platform: str, away_since: datetime, ready: datetime, settings: RoundSettings
) -> Decision:
    if platform in platforms_of(round_) and round_.opened_at and round_.closes_at:
        watched = schedule.watch_from(round_.opened_at, round_.closes_at)
        if away_since < round_.closes_at and ready > watched:
            return rules.after_downtime(round_, ready, ready, settings)
    return NOTHING


def _settle(round_: Round) -> Decision:
    """Nothing to do: saving it computes `due_at` anew."""
    return replace(NOTHING, round_=replace(round_, due_at=next_due(round_)))

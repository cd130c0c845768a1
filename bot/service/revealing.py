"""What the clock does with a closed round: prepare its reveal, and release the replies that came late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

import structlog

from bot.acts import Said
from bot.errors import Unknown, Unreachable
from bot.messages import Page, Reveal
from bot.people import Address, Reach
from bot.reveal import arrange, arrange_again, arrange_late
from bot.reveal.plans import Arranged, Opened
from bot.rounds import Perspective, Phase, Round, Venue
from bot.rules import next_steps, revealing
from bot.rules import running as rules
from bot.rules.moves import Decision, move, next_due
from bot.service.dependencies import Dependencies

log = structlog.get_logger(__name__)


async def prepare(deps: Dependencies, round_: Round, now: datetime) -> None:
    if round_.held_back_at or round_.refused_venue:
        await deps.rounds.change(round_.id, None, lambda r: revealing.ask_again(r, now), now)
        return
    # another channel was chosen, and the day in which people may take back their words is over
    is_chosen = round_.opens_at is not None and round_.opens_at <= now
    if not is_chosen and (round_.prepared_at or round_.opens_at):
        await deps.rounds.change(round_.id, None, settled, now)
        return
    if not round_.reveal_agreed_at and revealing.is_wider(round_, await _readers(deps, round_)):
        asked = await deps.rounds.change(round_.id, None, lambda r: revealing.hold_back(r, now), now)
        if asked.round_.held_back_at:
            return
    plan = partial(_pages, deps)
    invite_at = partial(revealing.invite_at, now=now, settings=deps.settings)

    def arranged(round_: Round, opened: Sequence[Opened]) -> Arranged:
        at = invite_at(round_)
        made = arrange(round_, opened, now=now, new_id=deps.new_id, plan=plan, invite_at=at)
        return replace(made, owed=(*made.owed, *next_steps.reminders(round_, now, deps.settings)))

    def arranged_again(round_: Round, voices: Sequence[Perspective]) -> Arranged:
        return arrange_again(round_, voices, now=now, plan=plan, invite_at=invite_at(round_))

    if round_.prepared_at:
        await deps.replies.plan_again(round_.id, arranged_again, now)
    else:
        await deps.replies.prepare(round_.id, arranged, now)


def _pages(deps: Dependencies, reveal: Reveal, venue: Venue) -> Sequence[Page]:
    """Raises Unknown where the venue's platform is not configured: the round waits for it."""
    platform = deps.platforms.get(venue.address.platform)
    if platform is None:
        raise Unknown
    return platform.plan(reveal, venue)


async def _readers(deps: Dependencies, round_: Round) -> dict[Address, Reach]:
    """Who reads each venue now. A venue that the bot cannot read is left out."""
    found: dict[Address, Reach] = {}
    for venue in round_.venues:
        platform = deps.platforms.get(venue.address.platform)
        if platform is None:
            continue
        try:
            found[venue.address] = await platform.reach(venue.address)
        except Unreachable:
            log.warning("venue_unreachable", round=round_.id, venue=venue.id)
    return found


async def release(deps: Dependencies, round_: Round, now: datetime) -> None:
    """Signed late replies as they come; unsigned ones together when the round ends."""
    await _release_late(deps, round_, now, signed=True)
    if round_.ends_at and round_.ends_at <= now:
        # in one transaction with the end, so that every late reply is either released or refused as too late
        await _release_late(deps, round_, now, signed=False)
        await deps.rounds.change(round_.id, None, rules.ended, now)
    else:
        await deps.rounds.change(round_.id, None, settled, now)


async def _release_late(deps: Dependencies, round_: Round, now: datetime, *, signed: bool) -> None:
    existing = await deps.replies.perspectives(round_.id)

    def plan(round_: Round, opened: Sequence[Opened]) -> Arranged:
        arranged = arrange_late(round_, opened, existing, new_id=deps.new_id, plan=partial(_pages, deps))
        return arranged if signed else replace(arranged, round_=move(arranged.round_, Phase.ENDED))

    await deps.replies.release_late(round_.id, plan, now, signed=signed)


def settled(round_: Round) -> Decision:
    """Changes nothing but `due_at`, which is computed anew."""
    return Decision(outcome=Said(content=()), round_=replace(round_, due_at=next_due(round_)))

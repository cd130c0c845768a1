"""What is done once a day: old rounds are deleted, deleted data is wiped, organisers who left are noted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

import structlog

from bot.errors import DeliveryError
from bot.rounds import RoundId
from bot.rules import casting
from bot.service.dependencies import Dependencies

log = structlog.get_logger(__name__)

BATCH = 100
"""Rounds that are deleted between two queries."""

DRAFTS_KEPT = timedelta(days=30)
"""A draft that nobody has acted on for so long is deleted."""


async def keep_house(deps: Dependencies, now: datetime) -> None:
    """Deletes what is older than the retention, and wipes what was deleted from the database file."""
    rounds = deps.rounds
    await _delete(deps, partial(rounds.over_since, now - deps.settings.retention))
    await _delete(deps, partial(rounds.idle_drafts, now - DRAFTS_KEPT))
    await deps.replies.scrub()
    for id_ in await rounds.in_play():
        await _note_who_left(deps, id_, now)


async def _delete(deps: Dependencies, find: Callable[[int], Awaitable[Sequence[RoundId]]]) -> None:
    while old := await find(BATCH):
        for id_ in old:
            await deps.replies.destroy(id_)


async def _note_who_left(deps: Dependencies, id_: RoundId, now: datetime) -> None:
    """Marks organisers whose account is gone. If the platform does not answer, tomorrow is soon enough."""
    round_ = await deps.rounds.shell(id_)
    platform = deps.platforms.get(round_.workspace.platform)
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
        await deps.rounds.change(id_, None, lambda r: casting.organisers_left(r, gone, now), now)

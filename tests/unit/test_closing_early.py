"""Closing early against the promise: those missing hear of it at once, whatever happens to the bot meanwhile."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.acts import CloseRound
from bot.messages import MessageKind
from tests.saying import TEXTS
from tests.world import World, memory_stores

MINUTE = timedelta(minutes=1)
ALL = ("lea", "fay", "finn", "cal", "cara")


@pytest.mark.parametrize("down_for", [timedelta(seconds=1), timedelta(hours=2)])
async def test_those_missing_hear_of_an_early_close_by_a_new_post_also_after_a_kill(down_for: timedelta) -> None:
    world = World(memory_stores()[0])
    await world.start()
    code = await world.open()
    for user in ("lea", "cal", "fay"):
        await world.write(user, code, "words")
    await world.pass_time(MINUTE)
    before = {user: len(world.inbox(user)) for user in ALL}
    await world.do(CloseRound, "olga", code=code, confirmed=True)
    await world.crash()
    world.clock.set(world.clock.now() + down_for)
    await world.start()
    await world.pass_time(5 * MINUTE)
    for user in ("finn", "cara"):
        new = [one for one in world.inbox(user)[before[user] :] if one.kind is not MessageKind.QUESTION]
        assert (MessageKind.CLOSED_EARLY in {one.kind for one in new}) is (down_for < 5 * MINUTE)
        told = "\n".join(TEXTS.post(one.load).text for one in new)  # type: ignore[arg-type]
        assert "has closed the round" in told
        assert "early" in told
        assert any(control.verb == "late" for one in new for control in one.load.controls)  # type: ignore[union-attr]
    channel = "\n".join(TEXTS.post(one.load).text for one in world.channel(MessageKind.HEADLINE))  # type: ignore[arg-type]
    assert not any(name in channel for name in ("Finn", "Cara"))
    await world.crash()

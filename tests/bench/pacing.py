"""What a platform's pace allows, and how long the bot takes: on a clock that is moved, so that nobody waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from adapters.playground.chat.hands import Hands
from bot.messages import MessageKind, Pace, Post, Posted, PostKey
from bot.people import Address
from bot.rules.moves import GRACE
from tests.bench.platforms import Measured
from tests.bench.ratios import Finding, Pair
from tests.bench.replying import replied
from tests.bench.town import CLOSE, CODE, OPENED_AT, Instant, Town, round_of, town, users_of
from tests.builders import question

MINUTES = 5 / 3
"""Of messages, by what a platform allows: more than may go at once."""

VOICES = 200
TARGET = 1.1
ENOUGH = timedelta(hours=1)


class Paced(Instant):
    """As quick as a platform lets a bot be, and no quicker."""

    def __init__(self, pace: Pace) -> None:
        super().__init__()
        self.pace = pace
        self.in_conversation: Counter[str] = Counter()

    async def post(self, message: Post, to: Address, key: PostKey, thread: Posted | None = None) -> Posted:
        self.in_conversation[to.lane] += 1
        return await super().post(message, to, key, thread)


async def pacing(platform: Measured, folder: Path) -> list[Finding]:
    a_minute, pause = platform.pace.posts_a_minute_in_one_workspace, _pause(platform)
    asked = round(a_minute * MINUTES)
    return [
        Finding(
            what=f"{platform.title}: {asked:,} messages to as many people, whom the bot wrote to before",
            floor_is=f"{a_minute:,} a minute",
            pairs=[await _asking(platform, asked, folder / "asking.db")],
            target=TARGET,
            shown=_seconds,
        ),
        Finding(
            what=f"{platform.title}: a reveal of {VOICES} voices in one channel",
            floor_is=f"one message in {pause:g} s",
            pairs=[await _opening(platform, folder / "opening.db")],
            target=TARGET,
            shown=_seconds,
        ),
    ]


async def _asking(platform: Measured, asked: int, file: Path) -> Pair:
    chat, users = Paced(replace(platform.pace, new_conversations_an_hour=0)), users_of(asked)
    async with town(file, chat=chat) as here:
        begun = _stopped(here, OPENED_AT + timedelta(hours=1))
        await here.keep(round_of(users, CODE), *(question(CODE, user) for user in users))
        took = await _moved_until(here, lambda: chat.posted[MessageKind.QUESTION] == asked) - begun
    return Pair(measured=took.total_seconds(), floor=asked / chat.pace.posts_a_minute_in_one_workspace * 60)


async def _opening(platform: Measured, file: Path) -> Pair:
    chat, users = Paced(platform.pace), users_of(VOICES)
    async with town(file, chat=chat) as here:
        _stopped(here, OPENED_AT + timedelta(hours=1))
        await here.keep(round_of(users, CODE))
        await replied(here, [(CODE, user) for user in users], 8)
        begun = _stopped(here, CLOSE + GRACE)
        took = await _moved_until(here, lambda: chat.posted[MessageKind.REPORT] == 1) - begun
        lane, count = chat.in_conversation.most_common(1)[0]
        assert count >= VOICES, lane
    return Pair(measured=took.total_seconds(), floor=count * _pause(platform))


def _pause(platform: Measured) -> float:
    return platform.pace.seconds_between_posts_in_one_conversation


def _stopped(here: Town, at: datetime) -> datetime:
    here.clock.show(Hands(stopped_at=at))
    return at


async def _moved_until(here: Town, is_done: Callable[[], bool]) -> datetime:
    """From one moment at which something is due to the next."""
    end = here.clock.now() + ENOUGH
    while True:
        next_at = await here.bot.idle()
        if is_done():
            return here.clock.now()
        assert next_at is not None
        assert here.clock.now() < next_at < end, next_at
        _stopped(here, next_at)


def _seconds(seconds: float) -> str:
    return f"{seconds:.0f} s"

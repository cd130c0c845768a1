"""What the courier works with, handed in once by the composition root."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.messages import File, Message, Post
from bot.ports import Clock, Outbox, Platform, RoundRecords, Shown
from bot.rounds import Perspective, Round


class Compose(Protocol):
    """`bot.compose.compose`."""

    def __call__(
        self, message: Message, round_: Round, voices: Sequence[Perspective] = (), *, now: datetime
    ) -> Post: ...


Files = Callable[[Round, Sequence[Perspective]], Sequence[File]]
"""The report of a revealed round, in the formats that are attached. Pure; called in a thread."""

PlainText = Callable[[Post], str]
"""A post as plain text (`bot.text`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CourierDependencies:
    outbox: Outbox
    rounds: RoundRecords
    replies: Shown
    platforms: Mapping[str, Platform]
    clock: Clock
    look_after: timedelta  # from a call without an answer until the platform is searched for the message
    compose: Compose
    files: Files
    plain_text: PlainText
    calls_in_a_workspace: int = 8  # in flight at once
    calls_on_a_platform: int = 64

"""A set-up as it is typed, and what the platform said of the people and places in it: types only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.people import Invites, Member, Missing, Reach

Fields = Mapping[str, tuple[str, ...]]
"""A form as it was filled in: field name -> values (one value is a tuple of one; an empty box may be absent)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedUp:
    """What the platform said about the set-up of this version: the preview is made of it, opening needs it."""

    of: int  # `Setup.edition` it answers
    cast: Mapping[str, tuple[Member, ...]]  # group -> members, each person once
    missing: tuple[Missing, ...]
    reach: Reach | None  # None: the channel is unknown or closed to the bot
    twice: tuple[str, ...] = ()  # names of people who stand in two groups
    invites: Invites = field(default_factory=Invites)  # known when it opens
    opening_at: datetime | None = None  # `Round.opening_at` of the opening it was looked up for; None: for a preview


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """The set-up form as typed so far; kept also where it is wrong."""

    fields: Fields = field(default_factory=dict)
    edition: int = 0  # one more each time boxes are saved
    looked_up: LookedUp | None = None

    def one(self, name: str) -> str:
        values = self.fields.get(name, ())
        return values[0].strip() if values else ""

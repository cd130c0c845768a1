"""What the engine needs of the world: each port with what it promises and raises.

An implementation must pass the contract suite of its port (`tests/contract/`). All times are aware UTC.
"""

from bot.ports.outbox import Outbox
from bot.ports.outside import AGREES_WITHIN, Clock, Doubt, Platform, Service, Vault
from bot.ports.rounds import (
    Bookmark,
    ChangeResult,
    HeardRule,
    OwnSeat,
    Readings,
    RoundLine,
    RoundRecords,
    Rounds,
    SeatChangeResult,
    Timetable,
)
from bot.ports.words import (
    MOST_REQUESTS,
    Erased,
    Held,
    Housekeeping,
    KeepRule,
    Openings,
    Own,
    OwnWords,
    Replies,
    RequestsOwed,
    Shown,
    TakenDown,
    Voices,
)

__all__ = [
    "AGREES_WITHIN",
    "MOST_REQUESTS",
    "Bookmark",
    "ChangeResult",
    "Clock",
    "Doubt",
    "Erased",
    "HeardRule",
    "Held",
    "Housekeeping",
    "KeepRule",
    "Openings",
    "Outbox",
    "Own",
    "OwnSeat",
    "OwnWords",
    "Platform",
    "Readings",
    "Replies",
    "RequestsOwed",
    "RoundLine",
    "RoundRecords",
    "Rounds",
    "SeatChangeResult",
    "Service",
    "Shown",
    "TakenDown",
    "Timetable",
    "Vault",
    "Voices",
]

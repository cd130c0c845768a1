"""What the engine needs of the world: each port with what it promises and raises.

An implementation must pass the contract suite of its port (`tests/contract/`). All times are aware UTC.
"""

from bot.ports.outbox import Outbox
from bot.ports.outside import Clock, Platform, Service, Vault
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
    TakenDown,
    Voices,
)

__all__ = [
    "MOST_REQUESTS",
    "Bookmark",
    "ChangeResult",
    "Clock",
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
    "TakenDown",
    "Timetable",
    "Vault",
    "Voices",
]

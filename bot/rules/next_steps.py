"""Pure: what happens with the answers after the reveal, and who is reminded of the days that were named for it."""

from __future__ import annotations

from datetime import UTC, datetime, time

from bot import when
from bot.days import after_rest
from bot.messages import MessageKind, Owed
from bot.rounds import Organiser, Round
from bot.rules.opening import private
from bot.settings import RoundSettings
from bot.when.zones import is_zone, zone_of

MOST_DAYS = 3
"""Days of which organisers are reminded, at most: more are a calendar, and no promise."""

MORNING = time(9)


def reminders(round_: Round, now: datetime, settings: RoundSettings) -> tuple[Owed, ...]:
    """For each organiser in the morning of each day that is still to come, by their own clock, when they are awake."""
    if not round_.next_steps or round_.opened_at is None:
        return ()
    owed: list[Owed] = []
    for organiser in round_.organisers_here:
        zone = zone_of(_zone_name(round_, organiser))
        named = when.days_named(round_.next_steps, today=round_.opened_at.astimezone(zone).date())
        for day in named[:MOST_DAYS]:
            morning = datetime.combine(day, MORNING, zone).astimezone(UTC)
            at = after_rest(morning, zone, settings, days_off=False)
            if morning > now and at is not None:
                owed.append(
                    Owed(
                        key=f"{round_.code}:{MessageKind.NEXT_STEPS}:{organiser.account}:{day.isoformat()}",
                        kind=MessageKind.NEXT_STEPS,
                        to=private(organiser),
                        not_before=at,
                    )
                )
    return tuple(owed)


def _zone_name(round_: Round, organiser: Organiser) -> str:
    """Where the organiser is: as the platform told of their seat; else the round's zone, which they chose."""
    seat = round_.seat_of(organiser.account)
    return seat.tz if seat and seat.tz and is_zone(seat.tz) else round_.time_zone

"""Pure: who is asked, reminded and nudged when, each by the clock of their own zone.

Seats are grouped by zone, so that a round of a thousand people wakes a few times for each zone and not for each seat.
`Round.remind_at` holds those moments, of all zones together; which zones are meant by one is computed when it comes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo

from bot.messages import MessageKind, Owed
from bot.rounds import Phase, Round, Seat
from bot.rules import schedule
from bot.rules.groups import is_written_to
from bot.rules.moves import Decision, nudge_at
from bot.settings import RoundSettings
from bot.when.zones import is_zone, zone_of

ONCE_AN_HOUR = timedelta(hours=1)


def zone_name(round_: Round, seat: Seat) -> str:
    """Where that person is: the round's zone where the platform does not tell."""
    return seat.tz if seat.tz and is_zone(seat.tz) else round_.time_zone


def zones(round_: Round) -> dict[str, tzinfo]:
    names = {zone_name(round_, seat) for seat in round_.seats if seat.is_here}
    return {name: zone_of(name) for name in sorted(names)}


# the plan -----------------------------------------------------------------------------------------------------


def planned(round_: Round, settings: RoundSettings, now: datetime) -> tuple[datetime, ...]:
    """When the alarm must look for reminders after `now`, in any zone: earliest first, each once."""
    found = {at for zone in zones(round_).values() for at in _moments(round_, zone, settings) if at > now}
    return tuple(sorted(found))


def still_planned(round_: Round, settings: RoundSettings, now: datetime) -> tuple[datetime, ...]:
    """The same for a plan that runs: a moment that is near and was taken out of it stays out."""
    known = frozenset(round_.remind_at)
    return tuple(at for at in planned(round_, settings, now) if at in known or at - now > ONCE_AN_HOUR)


def merged_by_hand(round_: Round, settings: RoundSettings, now: datetime) -> tuple[datetime, ...]:
    """What is still planned once everybody is reminded by hand: nothing for an hour, but the last one of each zone."""
    opened_at, closes_at = _span(round_)
    kept: set[datetime] = set()
    for zone in zones(round_).values():
        moments = schedule.reminders_in(zone, opened_at, closes_at, settings)
        kept |= {at for at in moments if at in moments[-1:] or at - now >= ONCE_AN_HOUR}
        kept |= set(_nudge_apart(round_, zone, settings))
    return tuple(at for at in still_planned(round_, settings, now) if at in kept)


def _moments(round_: Round, zone: tzinfo, settings: RoundSettings) -> tuple[datetime, ...]:
    opened_at, closes_at = _span(round_)
    reminders = schedule.reminders_in(zone, opened_at, closes_at, settings)
    return (*reminders, *_nudge_apart(round_, zone, settings))


def _nudge_apart(round_: Round, zone: tzinfo, settings: RoundSettings) -> tuple[datetime, ...]:
    """When this zone is nudged, where that is not the round's own moment, of which `nudged_at` keeps account."""
    at = schedule.nudged_in(zone, nudge_at(round_), *_span(round_), settings)
    return () if at == nudge_at(round_) else (at,)


def _span(round_: Round) -> tuple[datetime, datetime]:
    if round_.opened_at is None or round_.closes_at is None:
        raise ValueError(f"{round_.code} does not run")
    return round_.opened_at, round_.closes_at


# what is due --------------------------------------------------------------------------------------------------


def reminded_now(
    round_: Round, settings: RoundSettings, since: datetime, now: datetime
) -> Callable[[Seat], datetime | None]:
    """When the reminder of a seat goes out that fell due between the two. None: none did, or it comes too late."""
    span = _span(round_)
    found: dict[str, datetime | None] = {}
    for name, zone in zones(round_).items():
        if any(since <= at <= now for at in schedule.reminders_in(zone, *span, settings)):
            found[name] = schedule.reminded_from(now, zone, *span, settings)
    return lambda seat: found.get(zone_name(round_, seat))


def reminded_by_hand(round_: Round, settings: RoundSettings, now: datetime) -> Callable[[Seat], datetime]:
    """At once; for whom it is night in the morning, if that is in time. On a day off, too: a person asked for it."""
    span = _span(round_)
    found = {name: schedule.nudged_in(zone, now, *span, settings) for name, zone in zones(round_).items()}
    return lambda seat: max(found[zone_name(round_, seat)], now)


def nudged_now(
    round_: Round, settings: RoundSettings, since: datetime | None, now: datetime, *, is_base: bool
) -> tuple[Seat, ...]:
    """Who has unsealed words and hears so now: `is_base` at the round's own moment, `since` at that of their zone.

    Whoever began after the nudge of their evening is awake, whatever the hour: they hear it with the others.
    """
    base, span = nudge_at(round_), _span(round_)
    at = {name: schedule.nudged_in(zone, base, *span, settings) for name, zone in zones(round_).items()}

    def is_due(seat: Seat) -> bool:
        own = at[zone_name(round_, seat)]
        if own != base and since is not None and since <= own <= now:
            return True
        began_later = own < base and seat.drafted_at is not None and seat.drafted_at > own
        return is_base and (own == base or began_later)

    return tuple(seat for seat in round_.seats if seat.has_unsealed and is_written_to(seat) and is_due(seat))


# questions ----------------------------------------------------------------------------------------------------


def in_their_morning(round_: Round, owed: Iterable[Owed], settings: RoundSettings, now: datetime) -> tuple[Owed, ...]:
    """Questions to people for whom it is night wait for its end, if the round leaves them the time."""
    span = _span(round_)
    at = {name: schedule.asked_from(now, zone, *span, settings) for name, zone in zones(round_).items()}
    names = {str(seat.account): zone_name(round_, seat) for seat in round_.seats if seat.is_here}

    def waits(one: Owed) -> Owed:
        asked_at = at.get(names.get(one.seat_of or "", ""), now)
        is_held = one.kind is MessageKind.QUESTION and asked_at > now
        return replace(one, not_before=asked_at) if is_held else one

    return tuple(waits(one) for one in owed)


def joined(decision: Decision, settings: RoundSettings, now: datetime) -> Decision:
    """People were added: they are asked by their own clock, and the plan knows their zones."""
    round_ = decision.round_
    if round_ is None or round_.phase is not Phase.COLLECTING:
        return decision
    overdue = tuple(at for at in round_.remind_at if at <= now)
    planned_anew = replace(round_, remind_at=(*overdue, *still_planned(round_, settings, now)))
    return replace(decision, round_=planned_anew, owed=in_their_morning(planned_anew, decision.owed, settings, now))

"""Pure: what organisers do to a running round, and what the clock does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from bot.acts import Actor, Confirm, Refused, Said
from bot.errors import NotAllowed
from bot.messages import Fact, Line, MessageKind, Owed, control, line
from bot.people import Way
from bot.reveal.small_groups import status_rows
from bot.rounds import (
    Attribution,
    Change,
    ChangeKind,
    Phase,
    Round,
    Seat,
)
from bot.rules import reaching, reminding, schedule
from bot.rules.groups import is_written_to, may_close_at, tell_smaller
from bot.rules.moves import GRACE, Decision, move, nudge_at, smaller_due
from bot.rules.opening import private, status_card
from bot.rules.reminding import ONCE_AN_HOUR
from bot.rules.setting_up import must_open, must_organise, must_run, tried_again
from bot.settings import RoundSettings


def must_collect(round_: Round, now: datetime) -> None:
    """Raises NotAllowed unless answers are being taken at this moment."""
    if round_.phase is not Phase.COLLECTING or round_.closes_at is None or now >= round_.closes_at:
        raise NotAllowed(why="not_collecting")


def missing(round_: Round) -> tuple[Seat, ...]:
    return tuple(seat for seat in round_.seats if seat.is_missing)


# what organisers do -------------------------------------------------------------------------------------------


def remind(round_: Round, actor: Actor, now: datetime, settings: RoundSettings) -> Decision:
    """Privately, those still missing; once an hour at most, counted from the last reminder.

    For whom it is night it waits for the morning, where that is before the deadline.
    """
    must_organise(round_, actor)
    must_collect(round_, now)
    if round_.reminded_at and now - round_.reminded_at < ONCE_AN_HOUR:
        return Decision(outcome=Refused(because=line("refused.reminded", again=round_.reminded_at + ONCE_AN_HOUR)))
    here = reaching.asked_in_channel(round_)
    said_here = (line("said.reminded_channel", place=round_.venues[0].place),) if here else ()
    if len(here) == sum(seat.is_here for seat in round_.seats):
        return Decision(outcome=Said(content=said_here))
    goes_out = reminding.reminded_by_hand(round_, settings, now)
    owed = _reminders(round_, now, goes_out)
    # no number, and no other answer where there is nobody: with a removal before it, it would tell of one person
    content = [line("said.reminded")]
    if any(goes_out(seat) > now for seat in round_.seats if seat.is_here):  # whether they answered or not
        content.append(line("said.reminded_morning"))
    content += said_here
    reminded = replace(round_, reminded_at=now, remind_at=reminding.merged_by_hand(round_, settings, now))
    return Decision(outcome=Said(content=tuple(content)), round_=reminded, owed=owed, audit=("reminded",))


def _reminders(round_: Round, now: datetime, goes_out: Callable[[Seat], datetime | None]) -> tuple[Owed, ...]:
    """To those who were asked; whoever is still being asked has nothing to be reminded of."""
    asked = [seat for seat in missing(round_) if seat.asked_at]
    wanted = [seat for seat in asked if not seat.stopped_at and is_written_to(seat)]
    owed: list[Owed] = []
    for seat in wanted:
        at = goes_out(seat)
        if at is not None and not _is_put_off(round_, seat, at):
            reminder = to_seat(round_, seat, MessageKind.REMINDER)
            owed.append(replace(reminder, not_before=at) if at > now else reminder)
    return tuple(owed)


def _is_put_off(round_: Round, seat: Seat, at: datetime) -> bool:
    """Whoever put it off is reminded then, and by no other in the hour that follows.

    Not where the deadline has moved to before that moment: they would hear nothing at all.
    """
    until = seat.snoozed_until
    return until is not None and at < until + ONCE_AN_HOUR and not (round_.closes_at and until >= round_.closes_at)


def to_seat(round_: Round, seat: Seat, kind: MessageKind, **args: Fact) -> Owed:
    """A private message to one stakeholder, numbered by the version of the round it was decided on."""
    return Owed(
        key=f"{round_.code}:{kind}:{seat.account}:{round_.version}",
        kind=kind,
        to=seat.address,
        seat_id=seat.id,
        seat_of=str(seat.account),
        args=args,
    )


def to_venues(
    round_: Round, kind: MessageKind, args: Mapping[str, Fact] | None = None, *, of: str = ""
) -> tuple[Owed, ...]:
    """`of`: tells several of one kind apart."""
    return tuple(
        Owed(
            key=f"{round_.code}:{kind}:{venue.id}:{round_.version}{of}",
            kind=kind,
            to=venue.address,
            args=dict(args or {}),
        )
        for venue in round_.venues
    )


def extend(
    round_: Round, actor: Actor, until: datetime, now: datetime, settings: RoundSettings, *, confirmed: bool
) -> Decision:
    """Later with notice to all; earlier only while everybody still has 48 hours. The time is shown back first."""
    must_run(round_, actor)
    must_collect(round_, now)
    closes_at = round_.closes_at or now
    if until == closes_at:
        return Decision(outcome=Refused(because=line("refused.same_deadline", closes_at=closes_at)))
    if until < closes_at and until - now < schedule.NOTICE:
        return Decision(outcome=Refused(because=line("refused.too_early", earliest=now + schedule.NOTICE)))
    if not confirmed:
        asks = line("confirm.extend", service=round_.service, closes_at=until, was=closes_at)
        yes = control("confirm", round_.code, f"extend:{until.isoformat()}")
        return Decision(outcome=Confirm(content=(asks,), yes=yes))
    kind = ChangeKind.LATER if until > closes_at else ChangeKind.EARLIER
    moved = replace(
        round_,
        closes_at=until,
        nudged_at=None,
        changes=(*round_.changes, Change(kind=kind, at=now, until=until)),
    )
    moved = replace(moved, remind_at=reminding.planned(moved, settings, now))
    said = Said(content=(line("said.extended", closes_at=until),))
    return Decision(outcome=said, round_=moved, owed=_tell_deadline(moved), touch_all=True, audit=("extended",))


def _tell_deadline(round_: Round) -> tuple[Owed, ...]:
    told = [s for s in round_.seats if s.is_here and not s.declined_at and is_written_to(s)]
    in_private = tuple(to_seat(round_, seat, MessageKind.DEADLINE_MOVED) for seat in told)
    in_channel = to_venues(round_, MessageKind.CHANNEL_DEADLINE) if reaching.asked_in_channel(round_) else ()
    return (*in_private, *in_channel)


def close_early(round_: Round, actor: Actor, now: datetime, *, confirmed: bool) -> Decision:
    """The deadline becomes now: what is still on its way in counts, as at every close. Those missing are told."""
    must_run(round_, actor)
    must_collect(round_, now)
    if not confirmed:
        return Decision(outcome=Confirm(content=_asks_to_close(round_), yes=control("confirm", round_.code, "close")))
    earliest = may_close_at(round_)
    if earliest and now < earliest:
        return Decision(outcome=Refused(because=line("refused.close_smaller", earliest=earliest)))
    closing = replace(
        round_,
        closes_at=now,
        remind_at=(),
        nudged_at=round_.nudged_at or now,
        changes=(*round_.changes, Change(kind=ChangeKind.CLOSED_EARLY, at=now)),
    )
    told = (seat for seat in missing(round_) if seat.asked_at and is_written_to(seat))
    return Decision(
        outcome=Said(content=(line("said.closing"),)),
        round_=closing,
        owed=tuple(to_seat(round_, seat, MessageKind.CLOSED_EARLY) for seat in told),
        touch_all=True,
        audit=("closed_early",),
    )


def _asks_to_close(round_: Round) -> tuple[Line, ...]:
    """How many are missing, and how many of them have begun: never who."""
    asks = line("confirm.close", code=round_.code)
    count = round_.unanswered
    if status_rows(round_) is None:
        missing = [line("confirm.close_uncounted"), line("confirm.close_begun_untold")]
    elif not count:
        return line("confirm.close_missing", count=count), asks
    else:
        begun = sum(seat.is_missing and seat.drafted_at is not None for seat in round_.seats)
        may_tell = _may_tell_begun(round_, begun, count)
        of = "confirm.close_begun_one" if count == 1 else "confirm.close_begun"
        told = line(of, begun=begun) if may_tell else line("confirm.close_begun_untold")
        missing = [line("confirm.close_missing", count=count), told]
    return *missing, line("confirm.close_told"), asks


def _may_tell_begun(round_: Round, begun: int, missing: int) -> bool:
    """Not once somebody was taken off, whose draft went: the number from before would tell of it.

    Where those missing are named, not where the number tells of each of them.
    """
    if not all(seat.is_here for seat in round_.seats):
        return False
    return round_.attribution is Attribution.GROUP or 0 < begun < missing


def end_early(round_: Round, actor: Actor, now: datetime, *, confirmed: bool) -> Decision:
    """`close` on a revealed round: no more late replies."""
    must_run(round_, actor)
    if round_.phase is not Phase.REVEALED:
        raise NotAllowed(why="not_collecting")
    if not confirmed:
        asks = line("confirm.end", code=round_.code)
        return Decision(outcome=Confirm(content=(asks,), yes=control("confirm", round_.code, "close")))
    return Decision(outcome=Said(content=(line("said.ending"),)), round_=replace(round_, ends_at=now), audit=("ended",))


def cancel(round_: Round, actor: Actor, now: datetime, *, confirmed: bool) -> Decision:
    """Ends the round unrevealed and destroys what was written. Everybody who was asked hears of it."""
    must_run(round_, actor)
    if round_.phase.is_open:
        return Decision(outcome=Refused(because=line("refused.cancel.revealed")))
    if round_.revealing_at and round_.phase is Phase.CLOSED:
        return Decision(outcome=Refused(because=line("refused.cancel.revealing")))
    if round_.phase is Phase.CANCELLED:
        return Decision(outcome=Said(content=(line("said.cancelled"),)))
    if not confirmed:
        asks = line("confirm.cancel", code=round_.code)
        return Decision(outcome=Confirm(content=(asks,), yes=control("confirm", round_.code, "cancel")))
    cancelled = replace(move(round_, Phase.CANCELLED), opening_at=None, remind_at=(), ends_at=now)
    told = tuple(
        to_seat(round_, seat, MessageKind.CANCELLED)
        for seat in round_.seats
        if seat.is_here and seat.way is Way.PRIVATE
    )
    called_off = to_venues(round_, MessageKind.CALLED_OFF) if round_.opened_at else ()
    return Decision(
        outcome=Said(content=(line("said.cancelled"),)),
        round_=cancelled,
        owed=(*told, *called_off),
        touch_all=True,
        audit=("cancelled",),
        destroy_all_words=True,
    )


def retry(round_: Round, actor: Actor, now: datetime) -> Decision:
    """Tries conversations that stand still again, the channel of a refused reveal among them."""
    must_open(round_, actor, now)
    tried = tuple(replace(venue, refused_at=None) for venue in round_.venues)
    return Decision(
        outcome=Said(content=(line("said.retry"),)),
        round_=replace(round_, venues=tried),
        free_lanes=True,
        touch_all=tried != round_.venues,
        audit=("retried",),
    )


def card_again(round_: Round, actor: Actor) -> Decision:
    """The status card of an organiser who took no private messages: perhaps they do by now."""
    cards = tuple(status_card(round_, one).key for one in round_.organisers if one.account == actor.account)
    return Decision(outcome=Said(content=()), round_=tried_again(round_, actor.account), again=cards)


def hidden(voice: str) -> Decision:
    """Said and audited, once the words are gone."""
    return Decision(outcome=Said(content=(line("said.hidden", voice=voice),)), audit=("hidden",), touch_all=True)


# what the clock does ------------------------------------------------------------------------------------------


def remind_due(round_: Round, now: datetime, settings: RoundSettings) -> Decision:
    """The reminders and nudges whose time has come; several that are overdue are one."""
    nothing = Decision(outcome=Said(content=()))
    if round_.phase is not Phase.COLLECTING or round_.closes_at is None:
        return nothing
    owed: tuple[Owed, ...] = ()
    changed = round_
    since = round_.remind_at[0] if round_.remind_at and round_.remind_at[0] <= now else None
    is_base = round_.nudged_at is None and nudge_at(round_) <= now
    if since is not None:
        if now < round_.closes_at:
            owed = _reminders(round_, now, reminding.reminded_now(round_, settings, since, now))
            if reaching.reminds_channel(round_, settings, since, now):
                owed += to_venues(round_, MessageKind.CHANNEL_REMINDER)
        coming = reminding.still_planned(round_, settings, now)
        changed = replace(changed, remind_at=coming, reminded_at=now if owed else round_.reminded_at)
    if is_base:
        changed = replace(changed, nudged_at=now)
    if (since is not None or is_base) and now < round_.closes_at:
        nudged = reminding.nudged_now(round_, settings, since, now, is_base=is_base)
        owed += tuple(to_seat(round_, seat, MessageKind.NUDGE) for seat in nudged)
        owed = tuple(each for each in owed if not _is_nudged_too(each, owed))
    smaller_at = smaller_due(changed)
    touch: tuple[str, ...] = ()
    if smaller_at and smaller_at <= now:
        smaller = tell_smaller(changed, now)
        changed, owed = smaller.round_ or changed, (*owed, *smaller.owed)
        touch = tuple(status_card(changed, organiser).key for organiser in changed.organisers)
    return nothing if changed == round_ else replace(nothing, round_=changed, owed=owed, touch=touch)


def _is_nudged_too(each: Owed, owed: tuple[Owed, ...]) -> bool:
    """One private message at a time: the nudge says what the reminder would have said."""
    nudged = {other.seat_of for other in owed if other.kind is MessageKind.NUDGE}
    return each.kind is MessageKind.REMINDER and each.seat_of in nudged


def after_downtime(round_: Round, ready: datetime, now: datetime, settings: RoundSettings) -> Decision:
    """People could not answer before the deadline: it moves, at most twice, and cards and statement say so."""
    nothing = Decision(outcome=Said(content=()))
    if round_.phase is not Phase.COLLECTING or round_.opened_at is None or round_.closes_at is None:
        return nothing
    if any(change.kind is ChangeKind.CLOSED_EARLY for change in round_.changes):  # final, and everybody was told so
        return nothing
    if round_.moved_for_downtime >= schedule.MOST_MOVES:
        return nothing
    until = max(round_.closes_at, schedule.moved_deadline(round_.opened_at, round_.closes_at, ready))
    if until <= round_.closes_at:
        return nothing
    moved = replace(
        round_,
        closes_at=until,
        moved_for_downtime=round_.moved_for_downtime + 1,
        changes=(*round_.changes, Change(kind=ChangeKind.DOWNTIME, at=now, until=until)),
    )
    moved = replace(moved, remind_at=reminding.planned(moved, settings, now))
    return replace(nothing, round_=moved, owed=_tell_deadline(moved), touch_all=True, audit=("downtime",))


def closed_unheard(round_: Round, now: datetime) -> Decision:
    """It was held for as long as may be, and closes although its platform does not listen: the statement says so."""
    nothing = Decision(outcome=Said(content=()))
    is_told = any(change.kind is ChangeKind.UNHEARD for change in round_.changes)
    if round_.phase is not Phase.COLLECTING or is_told:
        return nothing
    changes = (*round_.changes, Change(kind=ChangeKind.UNHEARD, at=now))
    return replace(nothing, round_=replace(round_, changes=changes), touch_all=True, audit=("closed_unheard",))


def waits_for_clock(round_: Round, latest: datetime) -> bool:
    """Would it close, or would answers of it open, if it were `latest`?"""
    match round_.phase:
        case Phase.COLLECTING:
            return round_.closes_at is not None and round_.closes_at + GRACE <= latest
        case Phase.CLOSED:
            return True
        case Phase.REVEALED:
            return round_.ends_at is not None and round_.ends_at <= latest
        case _:
            return False


def clock_held(round_: Round, now: datetime) -> Decision:
    """Its organisers hear that it waits for the clock: once a day at most, however often the bot starts."""
    owed = tuple(
        Owed(
            key=f"{round_.code}:{MessageKind.CLOCK_HELD}:{organiser.account}:{now.date()}",
            kind=MessageKind.CLOCK_HELD,
            to=private(organiser),
        )
        for organiser in round_.organisers_here
    )
    return Decision(outcome=Said(content=()), owed=owed, audit=("clock_held",))


def ended(round_: Round) -> Decision:
    """Late replies are over: every card says so. The release of the last ones has ended the round."""
    return Decision(outcome=Said(content=()), touch_all=True, audit=("ended",))

"""Pure: what one stakeholder may do with their own words, and when."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.acts import SNOOZES, Confirm, Refused, Said
from bot.answers import LARGEST_ANSWER, Answers, Level
from bot.errors import Closed, NotAllowed, UnknownRound
from bot.messages import Line, MessageKind, Owed, control, line
from bot.people import Account, Way
from bot.rounds import Header, Phase, Round, Seat
from bot.rules.moves import SeatDecision

EMPTY = "empty.answer"
"""Why an empty answer is not sealed."""

AFTER_CLOSE = (Phase.CLOSED, Phase.REVEALED)

MORNING = time(9)
"""When [Tomorrow] comes back."""


def kept_as(
    header: Header, seat: Seat, *, at: datetime | None, seal: bool, late: bool, written_as: str | None = None
) -> str:
    """Under what kind words are kept: 'reply', 'draft', 'late' or 'late_draft'.

    `written_as`: the group that the form named. What was written for another group than their writer is in by now is
    not sealed: they look at it once more.

    `at` is when they arrived by our clock; None while the clock is in doubt: then nothing is late that comes before the
    close. After the close the phase beats every clock. Raises Closed where no words are taken any more, NotAllowed for
    somebody who was taken off the round.
    """
    if not seat.is_here:
        raise NotAllowed(why="removed")
    if header.phase is Phase.COLLECTING and is_before(at, header.closes_at):
        return "reply" if seal and written_as in (None, seat.group) else "draft"
    if header.phase is Phase.COLLECTING:  # between the deadline and the close: too late to count, too early to be read
        return "late_draft"
    if header.phase in AFTER_CLOSE and (header.ends_at is None or is_before(at, header.ends_at)):
        return "late" if seal and late else "late_draft"
    raise Closed(phase=header.phase.value)


def is_before(at: datetime | None, end: datetime | None) -> bool:
    """Is an answer in time? `at` None: the clock is in doubt, and no answer counts as late."""
    return end is not None and (at is None or at < end)


def page_kept_as(
    header: Header,
    seat: Seat,
    whole: Answers,
    *,
    at: datetime | None,
    seal: bool,
    late: bool,
    written_as: str | None = None,
) -> str:
    """`kept_as` for words as they would stand: where something is wrong with them they are kept, and not sealed.

    Raises NotAllowed (EMPTY) where nothing is to be sealed.
    """
    is_right = not mistakes(whole, seal=seal)
    kind = kept_as(header, seat, at=at, seal=seal and is_right, late=late, written_as=written_as)
    if seal and whole.is_empty:
        raise NotAllowed(why=EMPTY)
    return kind


def goes_on_from(phase: Phase, revisions: Mapping[str, int]) -> str | None:
    """Which of the kinds a seat has (kind -> revision) a page is merged with, and its writer is shown: the newest.

    Not a reply that is being published: what stands in a seat beside it would tell whose it is.
    """
    known = {kind: n for kind, n in revisions.items() if kind != "reply" or phase is Phase.COLLECTING}
    return max(known, key=lambda kind: known[kind]) if known else None


def merged(before: Answers | None, page: Answers, boxes: Set[str] | None) -> Answers:
    """What a page showed is as the page says; the rest stays."""
    if before is None or boxes is None:
        return page
    names = (*(level.value for level in Level), "sign", "seen", "written_in")
    return replace(page, **{name: getattr(before, name) for name in names if name not in boxes})


def says_nothing(answers: Answers) -> bool:
    """No words, and no choice: a part of a form that was sent as it came."""
    return answers.is_empty and not answers.sign and answers.seen is None


def mistakes(answers: Answers, *, seal: bool) -> dict[str, Line]:
    """Box -> what is wrong with it. The words are kept as a draft all the same."""
    wrong = {
        level.value: line("refused.too_long", longest=LARGEST_ANSWER, count=len(answers.of(level)))
        for level in Level
        if len(answers.of(level)) > LARGEST_ANSWER
    }
    wrong |= {level.value: line("refused.broken_character") for level in Level if not _is_text(answers.of(level))}
    if seal and answers.is_empty:
        wrong[Level.PERSONAL.value] = line("refused.empty.answer")
    return wrong


def boxes_filled(answers: Answers) -> int:
    return sum(bool(answers.of(level).strip()) for level in Level)


def _is_text(words: str) -> bool:
    """Half a character (a lone surrogate) cannot be shown to anybody: no platform takes it."""
    return not any("\ud800" <= char <= "\udfff" for char in words)


def decline(header: Header, seat: Seat, revision: int | None, now: datetime, *, in_doubt: bool = False) -> SeatDecision:
    """[I'd rather not answer]: no reminders, and what was written is destroyed. Where something was, it is asked first.

    `revision`: of the seat when it was asked. Where it has moved on since, nothing is destroyed.
    `in_doubt`: the clock may be wrong, and nothing that comes before the close is late.
    """
    must_be_here(seat)
    closes_at = header.closes_at
    if header.phase is not Phase.COLLECTING or not closes_at or not is_before(None if in_doubt else now, closes_at):
        return SeatDecision(outcome=Refused(because=line("refused.closed.decline")))
    again = (control("answer", header.code),)
    if not seat.has_words and seat.declined_at:
        said = Said(content=(line("said.declined", closes_at=closes_at),), controls=again)
        return SeatDecision(outcome=said)
    if seat.has_words and revision is None:
        asks = line("confirm.decline.sealed" if seat.replied_at else "confirm.decline.draft")
        yes = control("confirm", header.code, f"decline:{seat.revision}")
        return SeatDecision(outcome=Confirm(content=(asks,), yes=yes))
    if seat.has_words and revision != seat.revision:
        controls = (control("decline", header.code), *again)
        return SeatDecision(outcome=Refused(because=line("refused.changed_since"), controls=controls))
    changed = replace(
        agreed(seat),
        declined_at=now,
        replied_at=None,
        drafted_at=None,
        snoozed_until=None,
        revision=seat.revision + 1,
    )
    key = "said.declined_destroyed" if seat.has_words else "said.declined"
    said = Said(content=(line(key, closes_at=closes_at),), controls=again)
    return SeatDecision(outcome=said, seat=changed, destroy_words=seat.has_words, touch_status=True)


def snooze(header: Header, seat: Seat, choice: str, now: datetime, tz: str) -> SeatDecision:
    """Later: no reminder before then, and one at that time. Only what comes before the close is offered."""
    must_be_here(seat)
    if header.phase is not Phase.COLLECTING or not header.closes_at:
        return SeatDecision(outcome=Refused(because=line("refused.closed.snooze")))
    closes_at = header.closes_at
    if seat.way is Way.CHANNEL:
        because = line("refused.snooze.channel", closes_at=closes_at)
        return SeatDecision(outcome=Refused(because=because, controls=(control("answer", header.code),)))
    possible = {each: until for each in SNOOZES if now < (until := snoozed_until(each, now, closes_at, tz)) < closes_at}
    choices = tuple(control("snooze", header.code, each) for each in possible)
    if choice not in SNOOZES and possible:
        return SeatDecision(outcome=Said(content=(line("said.snooze.choose"),), controls=choices))
    if choice not in possible:
        because = line("refused.snooze.too_late", closes_at=closes_at)
        return SeatDecision(outcome=Refused(because=because, controls=(control("answer", header.code), *choices)))
    until = possible[choice]
    changed = replace(seat, snoozed_until=until, revision=seat.revision + 1)
    others = ("answer", "snooze") if seat.stopped_at else ("answer", "snooze", "stop")
    said = Said(
        content=(line("said.snoozed", until=until, closes_at=closes_at),),
        controls=tuple(control(verb, header.code) for verb in others),
    )
    reminder = Owed(
        key=f"{header.code}:{MessageKind.REMINDER}:{seat.account}:{int(until.timestamp())}",
        kind=MessageKind.REMINDER,
        to=seat.address,
        seat_id=seat.id,
        not_before=until,
    )
    return SeatDecision(outcome=said, seat=changed, owed=(reminder,))


def snoozed_until(choice: str, now: datetime, closes_at: datetime, tz: str) -> datetime:
    match choice:
        case "3h":
            return now + timedelta(hours=3)
        case "tomorrow":
            zone = ZoneInfo(tz)
            tomorrow = now.astimezone(zone).date() + timedelta(days=1)  # 24 hours may be two days when clocks change
            return datetime.combine(tomorrow, MORNING, zone).astimezone(now.tzinfo)
        case _:
            return closes_at - timedelta(hours=24)


def stop_reminders(header: Header, seat: Seat, now: datetime) -> SeatDecision:
    """After the close there are none to stop, and nothing is kept: who pressed here had mostly answered."""
    must_be_here(seat)
    is_open = header.phase is Phase.COLLECTING
    changed = replace(seat, stopped_at=now, snoozed_until=None, revision=seat.revision + 1) if is_open else None
    said = Said(content=(line("said.stopped"),), controls=(control("answer", header.code),))
    return SeatDecision(outcome=said, seat=changed)


def agreed(seat: Seat) -> Seat:
    """In the group that they were asked to move to: they agreed, or have nothing sealed any more that could stay."""
    if seat.moving_to is None:
        return seat
    return replace(seat, group=seat.moving_to, moving_to=None)


def no_seat(round_: Round, account: Account) -> NotAllowed:
    """What to raise where this account has no seat. Only people of the same workspace may know that a round exists."""
    return NotAllowed(why="not_asked") if round_.is_at_home(account) else UnknownRound(code=round_.code)


def must_be_here(seat: Seat) -> None:
    if not seat.is_here:
        raise NotAllowed(why="removed")

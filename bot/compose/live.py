"""The one live message that each person has for a round, as their seat and the round stand now.

Edited in place, so it tells no time at which somebody wrote; from the close on it says the same to everybody.
"""

from __future__ import annotations

from bot.compose.scene import Content, Scene, Shown
from bot.messages import Control, MessageKind, control, line
from bot.promises import organiser_of
from bot.rounds import ChangeKind, Phase, Round, Seat


def kind_of(scene: Scene) -> MessageKind:
    """What the row of a question shows."""
    round_, seat = scene.round_, scene.seat
    if scene.message.args.get("is_older"):
        return MessageKind.OLDER
    if not seat.is_here and not round_.phase.is_open:
        return MessageKind.REMOVED
    match round_.phase:
        case Phase.CANCELLED:
            return MessageKind.CANCELLED
        case Phase.REVEALED | Phase.ENDED:
            return MessageKind.OPENED
        case Phase.CLOSED:
            return MessageKind.CLOSED
        case _ if round_.closes_at and round_.closes_at <= scene.now:
            return MessageKind.CLOSED
        case _ if seat.replied_at and seat.moving_to:
            return MessageKind.MOVE
        case _ if seat.replied_at:
            return MessageKind.HELD
        case _ if seat.declined_at:
            return MessageKind.DECLINED
        case _:
            return MessageKind.QUESTION


def state_controls(round_: Round, seat: Seat, *, may_stop: bool = False) -> tuple[Control, ...]:
    """What this person can do now. `may_stop`: also somebody missing is offered to stop the reminders."""
    code = round_.code
    stop = () if seat.stopped_at else (control("stop", code),)
    if seat.replied_at:
        asks = ("yes", "stay") if seat.moving_to else ()
        move = tuple(control("moved", code, choice) for choice in asks)
        return (*move, control("answer", code, "change"), control("withdraw", code), *stop, control("receipt", code))
    asked = tuple(control(verb, code) for verb in ("answer", "snooze", "decline", "wrong", "more"))
    return (*asked, *stop) if may_stop else asked


def held(scene: Scene) -> Shown:
    """No receipt stands in it: chats keep messages, and a receipt ties its writer to their words."""
    round_ = scene.round_
    content: Content = [line("message.held.held", service=round_.service)]
    if round_.closes_at:
        content.append(line("message.held.until", closes_at=round_.closes_at, organiser=organiser_of(round_)))
    content.append(line("message.question.group", group=scene.seat.group))
    return Shown(content=content, controls=state_controls(round_, scene.seat))


def declined(scene: Scene) -> Shown:
    content: Content = [
        line("message.declined.told", service=scene.round_.service),
        line("message.declined.mistake", closes_at=scene.round_.closes_at or scene.now),
    ]
    return Shown(content=content, controls=scene.controls("answer"))


def closed(scene: Scene) -> Shown:
    """The same to everybody, so that it tells nobody who replied."""
    round_ = scene.round_
    told = line(
        "message.closed.early" if is_closed_early(round_) else "message.closed.told",
        service=round_.service,
        organiser=organiser_of(round_),
    )
    return Shown(content=[told, line("message.closed.answered"), line("message.closed.late")], controls=late(round_))


def is_closed_early(round_: Round) -> bool:
    return any(change.kind is ChangeKind.CLOSED_EARLY for change in round_.changes)


def late(round_: Round) -> tuple[Control, ...]:
    return (control("late", round_.code), control("withdraw", round_.code, wording="down"))


def older(scene: Scene) -> Shown:
    return Shown(content=[line("message.older.below", service=scene.round_.service)])

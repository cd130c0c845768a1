"""What one stakeholder is told, privately."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.answers import Level
from bot.compose.kept import data_lines
from bot.compose.live import is_closed_early, late, state_controls
from bot.compose.scene import (
    Content,
    Scene,
    Shown,
    audience,
    buttons,
    is_leaders,
    is_named,
    place_in,
    place_of,
    proposal,
    sizes,
    was_answered,
)
from bot.forms import asked
from bot.messages import Control, Passage, control, line
from bot.promises import organiser_of, readers
from bot.rounds import ChangeKind, Phase, Round, Seat
from bot.rules.groups import sure, told
from bot.settings import RoundSettings

MINUTES = timedelta(minutes=10)
"""What four short boxes take."""


def question(scene: Scene) -> Shown:
    """The one message that asks. It carries answer, decline and snooze: a promise."""
    round_, seat = scene.round_, scene.seat
    content = asking(round_, seat.group, scene.now, told(round_, seat, sure(round_)[seat.group]))
    if seat.counted_in:
        content.insert(1, line("message.question.moved", organiser=organiser_of(round_), group=seat.group))
    if kept := int(scene.message.args.get("kept", 0)):
        content.insert(1, line("message.question.kept", kept=kept, boxes=len(Level)))
    return Shown(content=content, controls=state_controls(round_, seat))


def asking(round_: Round, group: str, now: datetime, size: int | None = None) -> Content:
    """What everybody of one group is told before they write. `size`: None before the opening."""
    content: Content = [line("message.question.asks", organiser=organiser_of(round_), service=round_.service)]
    if round_.closes_at and round_.closes_at - now > MINUTES:
        content.append(line("message.question.time", needed=MINUTES, closes_at=round_.closes_at))
    elif round_.closes_at:
        content.append(line("message.question.until", closes_at=round_.closes_at))
    content.append(line("message.question.sooner", organiser=organiser_of(round_)))
    content += proposal(round_)
    content.append(line("message.question.group", group=group))
    content.append(line("message.question.sealed", organiser=organiser_of(round_)))
    content += readers(place_of(round_), audience(round_))
    content.append(line("message.question.shown_named" if is_named(round_) else "message.question.shown", group=group))
    content += _small(round_, group, sizes(round_).get(group, 0) if size is None else size)
    if round_.contact:
        content.append(line("form.answer.note_contact", contact=round_.contact))
    return content


def _small(round_: Round, group: str, count: int) -> Content:
    """Members of small groups, and leaders, are told before they write how far their words lead to them."""
    if is_named(round_) or not count:
        return []
    if is_leaders(round_, group):
        return [line("form.answer.note_leaders", leaders=group, count=count)]
    return [line("form.answer.note_small", count=count)] if count < round_.small_group else []


def more(round_: Round, seat: Seat, settings: RoundSettings) -> Shown:
    """Everything about the round, the four questions and what is kept, for [More]."""
    content = proposal(round_, longest=100_000)
    content += [Passage(text=f"{each.text} {each.hint}", locale=each.locale) for each in asked(round_, seat)]
    content.append(line("message.question.who", organiser=organiser_of(round_), code=round_.code))
    content += data_lines(round_, settings)
    if round_.contact:
        content.append(line("form.answer.note_contact", contact=round_.contact))
    return Shown(content=content, controls=buttons(round_, "answer", "snooze", "decline", "wrong"))


def reminder(scene: Scene) -> Shown:
    round_ = scene.round_
    content: Content = [line("message.reminder.missing", service=round_.service)]
    if round_.closes_at and round_.closes_at > scene.now:
        left = round_.closes_at - scene.now
        content.append(line("message.reminder.left", left=left, closes_at=round_.closes_at))
    content.append(line("message.question.sealed", organiser=organiser_of(round_)))
    return Shown(content=content, controls=state_controls(round_, scene.seat, may_stop=True))


def nudge(scene: Scene) -> Shown:
    """Words are here that are not sealed: begun, or changed since they were."""
    round_ = scene.round_
    closes_at = round_.closes_at or scene.now
    is_edit = scene.seat.replied_at is not None
    content: Content = [
        line("message.nudge.edited" if is_edit else "message.nudge.begun", service=round_.service),
        line("message.nudge.old_counted" if is_edit else "message.nudge.not_counted", closes_at=closes_at),
    ]
    return Shown(content=content, controls=state_controls(round_, scene.seat, may_stop=True))


def deadline_moved(scene: Scene) -> Shown:
    round_ = scene.round_
    closes_at = round_.closes_at or scene.now
    content: Content = [
        line(f"message.deadline_moved.{how_moved(round_).value}", service=round_.service, closes_at=closes_at),
        line("message.deadline_moved.change"),
    ]
    if scene.seat.replied_at and scene.seat.moving_to:
        content.append(line("message.move.still", into=scene.seat.moving_to))
    return Shown(content=content, controls=state_controls(round_, scene.seat))


def how_moved(round_: Round) -> ChangeKind:
    """The deadline, when it was moved last."""
    kinds = (ChangeKind.LATER, ChangeKind.EARLIER, ChangeKind.DOWNTIME)
    return next((change.kind for change in reversed(round_.changes) if change.kind in kinds), ChangeKind.LATER)


def closed_early(scene: Scene) -> Shown:
    """To those missing."""
    round_ = scene.round_
    content: Content = [
        line("message.closed_early.told", organiser=organiser_of(round_), service=round_.service),
        line("message.closed_early.late"),
    ]
    return Shown(content=content, controls=late(round_))


def cancelled(scene: Scene) -> Shown:
    round_ = scene.round_
    told = line("message.cancelled.told", organiser=organiser_of(round_), service=round_.service)
    return Shown(content=[told, line("message.cancelled.destroyed")])


def removed(scene: Scene) -> Shown:
    """The same to everybody: it does not tell who had answered."""
    round_ = scene.round_
    told = line("message.removed.told", organiser=organiser_of(round_), service=round_.service)
    content: Content = [
        told,
        line("message.removed.destroyed"),
        line("message.removed.kept"),
        line("message.removed.mistake", organiser=organiser_of(round_)),
    ]
    is_gone = round_.phase is Phase.CANCELLED  # what they sealed is destroyed with all else
    is_open = round_.phase.is_open
    verbs = ("withdraw", "hiding") if is_open else ("withdraw", "receipt")
    return Shown(content=content, controls=() if is_gone else scene.controls(*verbs))


def smaller_group(scene: Scene) -> Shown:
    """What they were told of the size of their group is no longer true."""
    round_, seat = scene.round_, scene.seat
    content: Content = [
        line("message.smaller_group.told", service=round_.service),
        *_small(round_, seat.group, told(round_, seat, sure(round_)[seat.group])),
        line("message.smaller_group.take_back"),
    ]
    return Shown(content=content, controls=state_controls(round_, seat))


def move(scene: Scene) -> Shown:
    """Only who has sealed is asked. Until they press, their answer stays where it was written for."""
    return Shown(content=moving(scene.round_, scene.seat), controls=state_controls(scene.round_, scene.seat))


def moving(round_: Round, seat: Seat) -> Content:
    into = seat.moving_to or seat.group
    return [
        line("message.move.asks", service=round_.service, organiser=organiser_of(round_), group=seat.group, into=into),
        line("message.move.stays", group=seat.group),
        line("message.move.moves", into=into),
        *_small(round_, into, sure(round_)[into] + 1),
        line("message.move.untold", organiser=organiser_of(round_)),
    ]


def withheld(scene: Scene) -> Shown:
    """The reveal waits, and why. The same to everybody who was asked, so that it tells nobody who replied."""
    args, code = scene.message.args, scene.round_.code
    content: Content = [
        line("message.withheld.told", service=scene.round_.service),
        line(f"message.withheld.{args['why']}", place=place_in(args)),
        line("message.withheld.unread", organiser=organiser_of(scene.round_)),
        line("message.withheld.admin", until=args["until"], code=code),
    ]
    return Shown(content=content, controls=scene.controls("withdraw"))


def new_venue(scene: Scene) -> Shown:
    """The reveal will stand elsewhere. The same to everybody who was asked."""
    args, service = scene.message.args, scene.round_.service
    facts = {"place": place_in(args), "count": int(args["count"]), "opens_at": args["opens_at"]}
    content: Content = [
        line("message.new_venue.told", service=service, **facts),
        line("message.new_venue.take_back", **facts),
    ]
    return Shown(content=content, controls=scene.controls("withdraw"))


def opened(scene: Scene) -> Shown:
    """The same to everybody who was asked, so that it tells nobody who replied."""
    round_ = scene.round_
    is_over = round_.phase is Phase.ENDED  # no late answer is taken any more
    if not was_answered(round_):
        nobody: Content = [line("message.opened.nobody", service=round_.service), *_early(round_)]
        nobody += [] if is_over else [line("message.opened.still")]
        return Shown(content=nobody, controls=open_controls(round_))
    content: Content = [line("message.opened.open", service=round_.service, place=place_of(round_)), *_early(round_)]
    content += [] if is_over else [line("message.opened.late")]
    content.append(line("message.opened.receipt"))
    return Shown(content=content, controls=open_controls(round_))


def open_controls(round_: Round) -> tuple[Control, ...]:
    """What somebody who was asked can do once the answers are open; the same for everybody."""
    is_over = round_.phase is Phase.ENDED
    if not was_answered(round_):
        return () if is_over else buttons(round_, "late")
    verbs = ("read",) if is_over else ("read", "late")
    down = control("withdraw", round_.code, wording="down")
    return (*buttons(round_, *verbs, "check"), down, *buttons(round_, "hiding"))


def _early(round_: Round) -> Content:
    """The news of an early close is dropped at the close: whoever did not get it in time reads it at the reveal."""
    return [line("message.opened.early", organiser=organiser_of(round_))] if is_closed_early(round_) else []

"""What the channel is told, but for the reveal itself."""

from __future__ import annotations

from bot.compose import live
from bot.compose.people import how_moved, open_controls
from bot.compose.scene import Content, Scene, Shown, audience, proposal, sizes, was_answered
from bot.messages import Control, Line, line
from bot.people import Way
from bot.promises import organiser_of
from bot.rounds import Phase, Round
from bot.rules.reaching import asked_in_channel
from bot.rules.revealing import refusal_of


def announcement(scene: Scene) -> Shown:
    """The rehearsal of the channel: only when it stands are people asked. Kept up to date until the end."""
    round_ = scene.round_
    count = sum(sizes(round_).values())
    asks = line("message.announcement.asks", organiser=organiser_of(round_), service=round_.service, count=count)
    content: Content = [asks, *proposal(round_)]
    content += _state(round_)
    is_open = round_.phase in (Phase.DRAFT, Phase.COLLECTING)
    return Shown(content=content, controls=scene.controls("answer", "help") if is_open else _later(scene))


def _later(scene: Scene) -> tuple[Control, ...]:
    """What the others find in their own conversation, for those who have none."""
    round_ = scene.round_
    if not asked_in_channel(round_) or round_.phase is Phase.CANCELLED:
        return ()
    return live.late(round_) if round_.phase is Phase.CLOSED else open_controls(round_)


def _state(round_: Round) -> Content:
    match round_.phase:
        case Phase.DRAFT | Phase.COLLECTING:
            return _until(round_)
        case Phase.CLOSED:
            return _closed(round_)
        case Phase.REVEALED | Phase.ENDED:
            return [line("message.announcement.opened" if was_answered(round_) else "message.announcement.nobody")]
        case Phase.CANCELLED:
            return [line("message.announcement.cancelled")]


def _closed(round_: Round) -> Content:
    """Where people are asked here: why the answers wait, and where they will open, as others hear it in private."""
    if not asked_in_channel(round_):
        waits = round_.held_back_at or round_.refused_venue or round_.opens_at
        return [_waits() if waits else line("message.announcement.closed")]
    chosen = round_.chosen_venue
    if refused := round_.refused_venue:
        return [_waits(), line(f"message.withheld.{refusal_of(refused)}", place=refused.place)]
    if round_.held_back_at:
        return [_waits(), *(line("message.withheld.wider", place=venue.place) for venue in round_.venues[:1])]
    if chosen and chosen.opens_at:
        at = chosen.opens_at
        elsewhere = line("message.announcement.elsewhere", place=chosen.place, count=chosen.told.readers, opens_at=at)
        return [elsewhere, line("message.new_venue.take_back", opens_at=at)]
    return [_waits() if round_.opens_at else line("message.announcement.closed")]


def _waits() -> Line:
    return line("message.announcement.waits")


def _until(round_: Round) -> Content:
    reach = audience(round_)
    content: Content = []
    if round_.closes_at:
        until = "until_here" if _asks_here(round_) else "until"
        content.append(line(f"message.announcement.{until}", closes_at=round_.closes_at, code=round_.code))
    content.append(line("message.announcement.sealed", count=reach.readers))
    if any(change.until for change in round_.changes):
        content.append(line("message.announcement.moved"))
    content.append(line("message.announcement.lost"))
    return content


def _asks_here(round_: Round) -> bool:
    """Is anybody asked by the announcement alone?"""
    found = round_.setup.looked_up
    if round_.phase is Phase.DRAFT and found is not None:
        return found.invites.way is Way.CHANNEL or bool(found.invites.fresh)
    return bool(asked_in_channel(round_))


def reminder(scene: Scene) -> Shown:
    """The last one, to whoever is asked here. It names nobody."""
    round_ = scene.round_
    closes_at = round_.closes_at or scene.now
    left = line(
        "message.channel_reminder.left", service=round_.service, left=closes_at - scene.now, closes_at=closes_at
    )
    return Shown(content=[left, line("message.channel_reminder.unsent")], controls=scene.controls("answer"))


def deadline_moved(scene: Scene) -> Shown:
    """To whoever is asked here, as those hear it who are written to in private."""
    round_ = scene.round_
    closes_at = round_.closes_at or scene.now
    moved = line(f"message.channel_deadline.{how_moved(round_).value}", service=round_.service, closes_at=closes_at)
    return Shown(content=[moved, line("message.deadline_moved.change")], controls=scene.controls("answer"))


def cast_changed(scene: Scene) -> Shown:
    """Whoever is asked here is told to look for themselves how many are in their group: when it became smaller for
    certain depends on who has answered."""
    args = scene.message.args
    what = str(args["what"]) if args["what"] in ("removed", "moved") else "added"
    told = line(
        f"message.cast_changed.{what}",
        organiser=organiser_of(scene.round_),
        service=scene.round_.service,
        group=str(args["group"]),
        count=int(args["count"]),
    )
    may_be_smaller = what != "added" and bool(asked_in_channel(scene.round_))
    look = (line("message.cast_changed.look"),) if may_be_smaller else ()
    return Shown(content=[told, *look], controls=scene.controls("answer") if look else ())


def called_off(scene: Scene) -> Shown:
    round_ = scene.round_
    told = line("message.called_off.told", organiser=organiser_of(round_), service=round_.service)
    return Shown(content=[told])


def invitation(scene: Scene) -> Shown:
    """Next working morning: now people may talk."""
    content: Content = [
        line("message.invitation.talk", service=scene.round_.service),
        line("message.invitation.surprised"),
        line("message.invitation.harder"),
        line("message.invitation.barrier"),
    ]
    return Shown(content=content)

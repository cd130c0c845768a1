"""What the channel is told, but for the reveal itself."""

from __future__ import annotations

from bot.compose import live
from bot.compose.people import open_controls
from bot.compose.scene import Content, Scene, Shown, audience, proposal, sizes, was_answered
from bot.messages import Control, line
from bot.people import Way
from bot.promises import organiser_of
from bot.rounds import Phase, Round
from bot.rules.reaching import asked_in_channel


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
            waits = round_.held_back_at or round_.refused_venue or round_.opens_at
            return [line("message.announcement.waits" if waits else "message.announcement.closed")]
        case Phase.REVEALED | Phase.ENDED:
            return [line("message.announcement.opened" if was_answered(round_) else "message.announcement.nobody")]
        case Phase.CANCELLED:
            return [line("message.announcement.cancelled")]


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
    return Shown(content=[left], controls=scene.controls("answer"))


def cast_changed(scene: Scene) -> Shown:
    args = scene.message.args
    what = str(args["what"]) if args["what"] in ("removed", "moved") else "added"
    told = line(
        f"message.cast_changed.{what}",
        organiser=organiser_of(scene.round_),
        service=scene.round_.service,
        group=str(args["group"]),
        count=int(args["count"]),
    )
    return Shown(content=[told])


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

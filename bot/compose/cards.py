"""What organisers see, privately: live status, and what needs them. Counts, never words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.compose.scene import (
    Content,
    Scene,
    Shown,
    buttons,
    is_named,
    place_in,
    place_of,
    steps,
    was_answered,
    why_refused,
)
from bot.errors import HistoryClosed, Revoked, Unknown
from bot.messages import Control, Line, MessageKind, Passage, control, line
from bot.people import Address, Place
from bot.reveal import status_rows
from bot.rounds import GROUPS, ChangeKind, Group, GroupCount, Phase, Round, Seat
from bot.rules.groups import counted
from bot.rules.reaching import asked_in_channel
from bot.rules.revealing import refusal_of

# the live status ------------------------------------------------------------------------------------


def status(scene: Scene) -> Shown:
    return status_of(scene.round_)


def status_of(round_: Round) -> Shown:
    """Who was reached and how many answered, per group; names of those still missing only under NAMED."""
    title = line("status.title" if round_.service else "status.untitled", service=round_.service, code=round_.code)
    content: Content = [title, *_state(round_)]
    if any(change.kind is ChangeKind.UNHEARD for change in round_.changes):
        content.append(line("status.unheard"))
    if round_.phase is not Phase.DRAFT:
        content += _counts(round_)
    if round_.phase is Phase.COLLECTING:
        content += _being_asked(round_)
        content += _still_missing(round_)
        content += _unreachable(round_)
        content += _in_channel(round_)
        if round_.reminded_at:
            content.append(line("status.reminded", at=round_.reminded_at))
    return Shown(content=content, controls=_verbs(round_))


def _state(round_: Round) -> list[Line]:
    match round_.phase:
        case Phase.DRAFT:
            return [line("status.opening" if round_.opening_at else "status.draft")]
        case Phase.COLLECTING if round_.closes_at:
            return [line("status.collecting", closes_at=round_.closes_at)]
        case Phase.CLOSED:
            return _waits(round_)
        case Phase.REVEALED if round_.ends_at:
            return [line("status.revealed" if was_answered(round_) else "status.nobody", ends_at=round_.ends_at)]
        case Phase.ENDED:
            return [line("status.ended")]
        case Phase.CANCELLED:
            return [line("status.cancelled")]
        case Phase.COLLECTING | Phase.REVEALED:
            return []


def _waits(round_: Round) -> list[Line]:
    """What a closed round waits for."""
    refused, chosen = round_.refused_venue, round_.chosen_venue
    if refused:
        return _refused(refusal_of(refused), refused.place, refused.refusal or "")
    if round_.held_back_at:
        return [line("status.held_back", place=place_of(round_))]
    if round_.waits_since:
        return [line(_WAITS.get(round_.waits_for or "", "status.waits"), since=round_.waits_since)]
    if chosen and chosen.opens_at:
        return [line("status.new_venue", place=chosen.place, opens_at=chosen.opens_at)]
    return [line("status.closed")]


_WAITS = {Unknown.code: "status.waits_unheard", Revoked.code: "status.waits_outside"}


def _refused(why: str, place: Place | str, reason: str) -> list[Line]:
    """What has a sentence of its own says what to do about it; of all else it is told why the chat refuses it."""
    told = line(f"status.refused.{why}", place=place)
    return [told, why_refused(reason)] if why == "other" else [told]


def _counts(round_: Round) -> list[Line]:
    """As they stand; after the close as the statement froze them: the seats no longer tell."""
    if round_.statement:
        shown = round_.statement.groups
        if round_.phase is Phase.CLOSED:
            return _together(round_, shown)
        return [_frozen(each, merged=round_.statement.merged) for each in shown]
    rows = status_rows(round_)
    if rows is None:
        return [line("status.uncounted", asked=len(round_.seats))]
    return [_count(round_, row) for row in rows]


def _count(round_: Round, names: Sequence[str]) -> Line:
    """Of groups that are counted together, also whoever was removed: they were asked."""
    seats = [seat for seat in round_.seats if counted(seat) in names]
    return _row(
        names,
        asked=len(seats),
        # whoever is named as not reached is not counted as reached because they answered all the same
        reached=sum(seat.is_reached and not seat.unreachable for seat in seats),
        replied=sum(seat.replied_at is not None for seat in seats),
        declined=sum(seat.declined_at is not None for seat in seats),
    )


def _row(names: Sequence[str], **counts: int) -> Line:
    if len(names) == 1:
        return line("status.group", group=names[0], **counts)
    return line("status.together", groups="\n".join(names), **counts)


def _frozen(*counts: GroupCount, merged: Mapping[str, str] | None = None) -> Line:
    """Rows of the statement as one. `merged`: small groups, and the one that each is shown and counted with."""
    groups = [name for each in counts for name in (each.group, *each.others)]
    joined = [small for small, into in (merged or {}).items() if into in groups]
    return _row(
        [*groups, *joined],
        asked=sum(each.asked for each in counts),
        reached=sum(each.reached for each in counts),
        replied=sum(each.replied for each in counts),
        declined=sum(each.declined for each in counts),
    )


def _together(round_: Round, counts: Sequence[GroupCount]) -> list[Line]:
    """While the reveal waits. Which groups could be told apart is no longer known, so all are one line."""
    if is_named(round_):
        return [_frozen(each) for each in counts]
    asked = sum(each.asked for each in counts)
    return [_frozen(*counts) if asked >= round_.small_group else line("status.uncounted", asked=asked)]


def _being_asked(round_: Round) -> list[Line]:
    """While the questions are on their way."""
    count = sum(seat.is_here and not seat.is_reached and not seat.unreachable for seat in round_.seats)
    return [line("status.being_asked", count=count)] if count else []


def _still_missing(round_: Round) -> list[Line]:
    if not is_named(round_):
        return [] if round_.unanswered else [line("status.all_in")]
    missing = [seat.name for seat in round_.seats if seat.is_missing]
    return [line("status.missing", names="\n".join(missing))] if missing else [line("status.all_in")]


def _unreachable(round_: Round) -> list[Line]:
    lost: list[Seat] = [seat for seat in round_.seats if seat.is_here and seat.unreachable]
    lines = [line(f"status.unreachable.{seat.unreachable}", name=seat.name) for seat in lost]
    return [*lines, line("status.unreachable.what_to_do", code=round_.code)] if lost else []


def _in_channel(round_: Round) -> list[Line]:
    """Those who take no private messages. Nothing is to be done about it: they are asked by the announcement."""
    names = [seat.name for seat in asked_in_channel(round_) if seat.dm_closed_at]
    if not names:
        return []
    return [line("status.in_channel", count=len(names), place=place_of(round_), names="\n".join(names))]


def _verbs(round_: Round) -> tuple[Control, ...]:
    match round_.phase:
        case Phase.DRAFT:
            return buttons(round_, "setup:what", "setup:who", "setup:when", "preview", "cancel")
        case Phase.COLLECTING:
            return buttons(round_, "remind", "extend", "close", "cancel")
        case Phase.CLOSED:
            return buttons(round_, *_ways_on(round_), *(() if round_.revealing_at else ("cancel",)))
        case Phase.REVEALED | Phase.ENDED:
            return buttons(round_, "read") if was_answered(round_) else ()
        case Phase.CANCELLED:
            return buttons(round_, "new")


def _ways_on(round_: Round) -> tuple[str, ...]:
    """What an organiser can do about a reveal that waits."""
    if round_.refused_venue:
        return ("retry", "venue")
    if round_.held_back_at:
        return ("confirm:reveal", "venue")
    return ("venue",) if round_.opens_at else ()


# what needs the organiser -----------------------------------------------------------------------------


def not_opened(scene: Scene) -> Shown:
    args, service = scene.message.args, scene.round_.service
    if because := args.get("because"):
        found = Line(key=str(because), facts=dict(args["facts"]))
        told: Content = [line("message.not_opened.looked_again", service=service), found]
        return Shown(content=told, controls=scene.controls("setup:who", "setup:when", "preview"))
    told = [line("message.not_opened.told", service=service), line("message.not_opened.what_to_do")]
    return Shown(content=told, controls=scene.controls("setup:when", "preview"))


def held_back(scene: Scene) -> Shown:
    """The reveal waits for them: a channel refuses it (`why`), or its audience grew."""
    round_, args = scene.round_, scene.message.args
    told = line("message.held_back.told", service=round_.service)
    if why := args.get("why"):
        where = round_.refused_venue.place if round_.refused_venue else place_in(args)
        refused = _refused(str(why), where, str(args["reason"]))
        return Shown(content=[told, *refused], controls=scene.controls("retry", "venue"))
    wider = line("status.held_back", place=place_of(round_))
    content: Content = [told, wider, line("message.held_back.what_to_do")]
    cancel = () if round_.revealing_at else scene.controls("cancel")
    return Shown(content=content, controls=(*scene.controls("confirm:reveal", "venue"), *cancel))


def stuck(scene: Scene) -> Shown:
    """Says where and why. Whose private message it is would tell who has not answered."""
    round_, args = scene.round_, scene.message.args
    place, why = _where(scene), why_refused(str(args["reason"]))
    if args["reason"] == HistoryClosed.code and place:
        told = line("message.stuck.unseen.told", service=round_.service, place=place)
        return Shown(content=[told, line("message.stuck.unseen.what_to_do")])
    if args["what"] == MessageKind.REPORT and place:
        told = line("message.stuck.report.told", service=round_.service, place=place)
        return Shown(content=[told, why, line("message.stuck.report.what_to_do")], controls=scene.controls("export"))
    if place:
        told = line("message.stuck.told.channel", service=round_.service, place=place)
    else:
        told = line("message.stuck.told.private", service=round_.service)
    return Shown(content=[told, why, line("message.stuck.what_to_do")], controls=scene.controls("retry"))


def _where(scene: Scene) -> Place | None:
    """The channel that takes no message; None: it is somebody's private conversation."""
    to, channel = scene.message.to, str(scene.message.args["channel"])
    if not channel:
        return None
    known = (venue.place for venue in scene.round_.venues if venue.address.channel == channel)
    elsewhere = Address(platform=to.platform, workspace=to.workspace, channel=channel)
    return next(known, Place(address=elsewhere, name=channel))


def paused(scene: Scene) -> Shown:
    args = scene.message.args
    told = line("message.paused.told", service=scene.round_.service, since=args["since"], until=args["until"])
    return Shown(content=[told])


def clock_held(scene: Scene) -> Shown:
    service = scene.round_.service
    return Shown(content=[line("message.clock_held.told", service=service), line("message.clock_held.what_to_do")])


def next_steps(scene: Scene) -> Shown:
    """The morning of a day that was named in what happens with the answers."""
    round_ = scene.round_
    return Shown(content=[line("message.next_steps.told", service=round_.service), *steps(round_)])


def wrong_group(scene: Scene) -> Shown:
    args = scene.message.args
    name, group = str(args["name"]), str(args["group"])
    content: Content = [
        line("message.wrong_group.told", name=name, group=group, service=scene.round_.service),
    ]
    into = [(n, one) for n, one in enumerate(scene.round_.groups) if one.name != group]
    moves = tuple(_into(scene.round_, f"{n}:{args['user']}", one) for n, one in into)
    how = (
        line("message.wrong_group.what_to_do") if moves else line("message.wrong_group.by_hand", code=scene.round_.code)
    )
    return Shown(content=[*content, how], controls=moves)


def _into(round_: Round, argument: str, group: Group) -> Control:
    is_ours = group.name in GROUPS
    return control("move", round_.code, argument, group.name if is_ours else "into", "" if is_ours else group.name)


def hiding(scene: Scene) -> Shown:
    """People ask that one voice be hidden: how many, and their reasons whole. Never who."""
    args, service = scene.message.args, scene.round_.service
    voice = str(args["voice"])
    asked = scene.voices[0] if scene.voices else None
    if asked is None or not asked.is_readable:
        key = "message.hiding.hidden" if asked is not None and asked.hidden is not None else "message.hiding.gone"
        return Shown(content=[line(key, service=service, voice=voice)])
    content: Content = [line("message.hiding.told", service=service, voice=voice, count=len(asked.requests))]
    content += [Passage(text=reason, heading=line("message.hiding.reason")) for reason in asked.requests]
    content.append(line("message.hiding.what_to_do"))
    return Shown(content=content, controls=scene.controls(f"hide:{voice}"))

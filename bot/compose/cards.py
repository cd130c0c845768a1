"""What organisers see, privately: preview, live status, and what needs them. Counts, never words."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from bot.compose.people import asking
from bot.compose.scene import (
    Content,
    Scene,
    Shown,
    buttons,
    is_leaders,
    is_named,
    place_in,
    place_of,
    steps,
    was_answered,
)
from bot.days import DAY, days_off_from, holiday, is_day_off, is_quiet
from bot.messages import Control, Line, MessageKind, Passage, control, line
from bot.people import Address, Place, Reach
from bot.questions import hint_line, label_line, leaders_of
from bot.reveal import status_rows
from bot.rounds import GROUPS, ChangeKind, Group, GroupCount, Level, Phase, Round, Seat
from bot.rules import setup_groups
from bot.rules.groups import counted
from bot.rules.revealing import refusal_of
from bot.rules.setting_up import unreachable
from bot.setups import LookedUp

WEEKEND = 2
"""Days off after a deadline that nobody needs to be told of."""

# the preview ----------------------------------------------------------------------------------------


def preview(scene: Scene) -> Shown:
    """Made of what the platform said; open to press only where nothing stands in the way."""
    round_, found = scene.round_, scene.round_.setup.looked_up
    title = line("message.preview.title", service=round_.service, code=round_.code)
    change = scene.controls("setup:what", "setup:who", "setup:when")
    if found is None or found.of != round_.setup.edition:
        return Shown(content=[title, line("message.preview.looking")], controls=change)
    obstacles, cannot = _obstacles(found), unreachable(round_)
    content: Content = [title, *_cast(round_, found), *_missing(found), *obstacles, *_readers(round_, found)]
    content += [*_small_groups(round_, found), *_deadline(scene)]
    content.append(line("message.preview.named" if is_named(round_) else "message.preview.unnamed"))
    if cannot and not obstacles:
        content.append(line("message.preview.without", count=sum(len(group) for group in cannot.values())))
    content.append(line("message.preview.cannot_open" if obstacles else "message.preview.rehearse"))
    first = scene.controls("replace") if found.missing else ()
    last = () if obstacles else scene.controls("without" if cannot else "open")
    return Shown(content=content, controls=(*first, *scene.controls("rehearse"), *change, *last))


def _cast(round_: Round, found: LookedUp) -> Content:
    counts = {name: len(members) for name, members in found.cast.items()}
    content: Content = [line("message.preview.people", count=sum(counts.values()))]
    content += [line("message.preview.group", group=name, count=count) for name, count in counts.items()]
    return content


def _missing(found: LookedUp) -> list[Line]:
    """Who cannot be asked, each once, however many groups they are in."""
    each = {(missing.why, missing.account or missing.ref): missing.name for missing in found.missing}
    return [line(f"refused.missing.{why.value}", name=name) for (why, _), name in each.items()]


def _obstacles(found: LookedUp) -> list[Line]:
    """What stops everybody from opening it."""
    lines = [line("refused.person_twice", name=name) for name in found.twice]
    lines += [line("refused.empty.group", group=name) for name, members in found.cast.items() if not members]
    reach = found.reach
    if reach is None or not (reach.may_post and reach.may_thread and reach.may_attach):
        lines.append(line("refused.channel"))
    return lines


def _readers(round_: Round, found: LookedUp) -> list[Line]:
    reach = found.reach
    if reach is None:
        return []
    lines = [line("message.preview.readers", place=place_of(round_), count=reach.readers)]
    if reach.outsiders:
        lines.append(line("message.preview.outsiders", count=reach.outsiders))
    if reach.is_public:
        lines.append(line("message.preview.public"))
    outside = _outside(found, reach)
    if outside:
        lines.append(line("message.preview.outside", count=outside, place=place_of(round_)))
    return lines


def _outside(found: LookedUp, reach: Reach) -> int:
    """How many will be asked who do not read the channel; 0 also where the platform does not tell."""
    people = [member.account.user for members in found.cast.values() for member in members]
    return sum(user not in reach.members for user in people) if reach.members else 0


def _small_groups(round_: Round, found: LookedUp) -> list[Line]:
    """As it was looked up, also once it is open: who is in which group then tells who agreed to move."""
    if is_named(round_):
        return []
    lines: list[Line] = []
    for group, count in ((name, len(members)) for name, members in found.cast.items()):
        if is_leaders(round_, group):
            lines += [line("message.preview.leaders", group=group, count=count)] if count else []
        elif 0 < count < round_.small_group:
            lines.append(line("message.preview.small", group=group, count=count))
    return lines


def _deadline(scene: Scene) -> list[Line]:
    round_, settings = scene.round_, scene.settings
    if round_.closes_at is None:
        return []
    lines = [line("message.preview.closes", closes_at=round_.closes_at)]
    local = round_.closes_at.astimezone(ZoneInfo(scene.tz))
    if name := holiday(local.date(), settings.country):
        lines.append(line("message.preview.holiday", name=name))
    elif is_day_off(local.date(), settings):
        lines.append(line("message.preview.day_off", closes_at=round_.closes_at))
    elif (off := days_off_from(local.date() + DAY, settings)) > WEEKEND:
        lines.append(line("message.preview.before_days_off", closes_at=round_.closes_at, count=off))
    elif is_quiet(local.time(), settings):
        lines.append(line("message.preview.quiet", closes_at=round_.closes_at))
    return lines


def rehearsal(scene: Scene) -> Shown:
    """What each group will receive, questions included."""
    round_ = scene.round_
    groups = round_.groups or setup_groups.groups(round_.setup.fields)
    wanted = scene.message.args.get("group")
    content: Content = [line("message.rehearsal.intro")]
    for group in groups:
        if not wanted or group.name == wanted:
            content.append(line("message.rehearsal.group", group=group.name))
            content += asking(round_, group.name, scene.now)
            content += _questions(round_, group, groups)
    return Shown(content=content, controls=scene.controls("preview", "open"))


def _questions(round_: Round, group: Group, groups: Sequence[Group]) -> Content:
    content: Content = []
    for level in Level:
        content.append(label_line(group, level, round_.stage, leaders_of(groups)))
        content.append(hint_line(group, level, round_.stage))
    return content


# the live status ------------------------------------------------------------------------------------


def status(scene: Scene) -> Shown:
    return status_of(scene.round_)


def status_of(round_: Round) -> Shown:
    """Who was reached and how many answered, per group; names of those still missing only under NAMED."""
    title = line("status.title", service=round_.service, code=round_.code)
    content: Content = [title, *_state(round_)]
    if any(change.kind is ChangeKind.UNHEARD for change in round_.changes):
        content.append(line("status.unheard"))
    if round_.phase is not Phase.DRAFT:
        content += _counts(round_)
    if round_.phase is Phase.COLLECTING:
        content += _being_asked(round_)
        content += _still_missing(round_)
        content += _unreachable(round_)
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
            return [_waits(round_)]
        case Phase.REVEALED if round_.ends_at:
            return [line("status.revealed" if was_answered(round_) else "status.nobody", ends_at=round_.ends_at)]
        case Phase.ENDED:
            return [line("status.ended")]
        case Phase.CANCELLED:
            return [line("status.cancelled")]
        case Phase.COLLECTING | Phase.REVEALED:
            return []


def _waits(round_: Round) -> Line:
    """What a closed round waits for."""
    refused, chosen = round_.refused_venue, next((venue for venue in round_.venues if venue.opens_at), None)
    if refused:
        reason = refused.refusal or ""
        return line(f"status.refused.{refusal_of(refused)}", place=refused.place, reason=reason)
    if round_.held_back_at:
        return line("status.held_back", place=place_of(round_))
    if round_.waits_since:
        return line("status.waits", since=round_.waits_since, reason=round_.waits_for or "")
    if chosen and chosen.opens_at:
        return line("status.new_venue", place=chosen.place, opens_at=chosen.opens_at)
    return line("status.closed")


def _counts(round_: Round) -> list[Line]:
    """As they stand; after the close as the statement froze them: the seats no longer tell."""
    if round_.statement:
        shown = round_.statement.groups
        return _together(round_, shown) if round_.phase is Phase.CLOSED else [_frozen(each) for each in shown]
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


def _frozen(*counts: GroupCount) -> Line:
    """Rows of the statement as one."""
    return _row(
        [name for each in counts for name in (each.group, *each.others)],
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


def _verbs(round_: Round) -> tuple[Control, ...]:
    match round_.phase:
        case Phase.DRAFT:
            return buttons(round_, "setup:what", "setup:who", "setup:when", "preview", "cancel")
        case Phase.COLLECTING:
            return buttons(round_, "remind", "extend", "close", "cancel")
        case Phase.CLOSED:
            return buttons(round_, *_ways_on(round_), *(() if round_.revealing_at else ("cancel",)))
        case Phase.REVEALED | Phase.ENDED:
            return buttons(round_, "read")
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
        refused = line(f"status.refused.{why}", place=where, reason=str(args["reason"]))
        return Shown(content=[told, refused], controls=scene.controls("retry", "venue"))
    wider = line("status.held_back", place=place_of(round_))
    content: Content = [told, wider, line("message.held_back.what_to_do")]
    cancel = () if round_.revealing_at else scene.controls("cancel")
    return Shown(content=content, controls=(*scene.controls("confirm:reveal", "venue"), *cancel))


def stuck(scene: Scene) -> Shown:
    """Says where and why, in the chat's own word. Whose private message it is would tell who has not answered."""
    round_, args = scene.round_, scene.message.args
    place, reason = _where(scene), str(args["reason"])
    if args["what"] == MessageKind.REPORT and place:
        told = line("message.stuck.report.told", service=round_.service, place=place, reason=reason)
        return Shown(content=[told, line("message.stuck.report.what_to_do", code=round_.code)])
    if place:
        told = line("message.stuck.told.channel", service=round_.service, place=place, reason=reason)
    else:
        told = line("message.stuck.told.private", service=round_.service, reason=reason)
    return Shown(content=[told, line("message.stuck.what_to_do")], controls=scene.controls("retry"))


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
        line("message.wrong_group.what_to_do", code=scene.round_.code),
    ]
    into = [(n, one) for n, one in enumerate(scene.round_.groups) if one.name != group]
    moves = (_into(scene.round_, f"{n}:{args['user']}", one) for n, one in into)
    return Shown(content=content, controls=tuple(moves))


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

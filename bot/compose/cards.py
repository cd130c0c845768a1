"""What organisers see, privately: preview, live status, and what needs them. Counts, never words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time
from zoneinfo import ZoneInfo

from bot.compose.people import asking
from bot.compose.scene import (
    Content,
    Scene,
    Shown,
    audience,
    buttons,
    is_leaders,
    is_named,
    sizes,
)
from bot.days import DAY, days_off_from, holiday, is_day_off
from bot.messages import Control, Line, line
from bot.people import Reach
from bot.questions import hint_line, label_line, leaders_of
from bot.rounds import Group, Level, LookedUp, Phase, Round, Seat

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
    obstacles = _obstacles(found)
    content: Content = [title, *_cast(round_, found), *obstacles, *_readers(found)]
    content += [*_small_groups(round_), *_deadline(scene)]
    content.append(line("message.preview.named" if is_named(round_) else "message.preview.unnamed"))
    content.append(line("message.preview.cannot_open" if obstacles else "message.preview.rehearse"))
    first = scene.controls("replace") if found.missing else ()
    last = () if obstacles else scene.controls("open")
    return Shown(content=content, controls=(*first, *scene.controls("rehearse"), *change, *last))


def _cast(round_: Round, found: LookedUp) -> Content:
    counts = {name: len(members) for name, members in found.cast.items()}
    content: Content = [line("message.preview.people", count=sum(counts.values()))]
    content += [line("message.preview.group", group=name, count=count) for name, count in counts.items()]
    return content


def _obstacles(found: LookedUp) -> list[Line]:
    lines = [line(f"refused.missing.{missing.why.value}", name=missing.name) for missing in found.missing]
    lines += [line("refused.person_twice", name=name) for name in found.twice]
    lines += [line("refused.empty.group", group=name) for name, members in found.cast.items() if not members]
    reach = found.reach
    if reach is None or not (reach.may_post and reach.may_thread and reach.may_attach):
        lines.append(line("refused.channel"))
    return lines


def _readers(found: LookedUp) -> list[Line]:
    reach = found.reach
    if reach is None:
        return []
    lines = [line("message.preview.readers", place=reach.name, count=reach.readers)]
    if reach.outsiders:
        lines.append(line("message.preview.outsiders", count=reach.outsiders))
    if reach.is_public:
        lines.append(line("message.preview.public"))
    outside = _outside(found, reach)
    if outside:
        lines.append(line("message.preview.outside", count=outside, place=reach.name))
    return lines


def _outside(found: LookedUp, reach: Reach) -> int:
    """How many will be asked who do not read the channel; 0 also where the platform does not tell."""
    people = [member.account.user for members in found.cast.values() for member in members]
    return sum(user not in reach.members for user in people) if reach.members else 0


def _small_groups(round_: Round) -> list[Line]:
    if is_named(round_):
        return []
    lines: list[Line] = []
    for group, count in sizes(round_).items():
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
    elif settings.quiet_hours and _is_within(local.time(), *settings.quiet_hours):
        lines.append(line("message.preview.quiet", closes_at=round_.closes_at))
    return lines


def _is_within(at: time, since: time, until: time) -> bool:
    """True between the two, over midnight where `since` is the later one."""
    return since <= at < until if since < until else at >= since or at < until


def rehearsal(scene: Scene) -> Shown:
    """What each group will receive, questions included."""
    round_ = scene.round_
    groups = round_.groups or tuple(
        Group(name=name, is_leaders=name == "leaders", asks_as=name) for name in sizes(round_)
    )
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
    if round_.phase is not Phase.DRAFT:
        content += _counts(round_)
    if round_.phase is Phase.COLLECTING:
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
            is_held = round_.held_back_at and not round_.reveal_agreed_at
            return [line("status.held_back" if is_held else "status.closed")]
        case Phase.REVEALED if round_.ends_at:
            return [line("status.revealed", ends_at=round_.ends_at)]
        case Phase.ENDED:
            return [line("status.ended")]
        case Phase.CANCELLED:
            return [line("status.cancelled")]
        case Phase.COLLECTING | Phase.REVEALED:
            return []


def _counts(round_: Round) -> list[Line]:
    """As they stand; after the close as the statement froze them: the seats no longer tell."""
    if round_.statement:
        return [
            line(
                "status.group",
                group=each.group,
                asked=each.asked,
                reached=each.reached,
                replied=each.replied,
                declined=each.declined,
            )
            for each in round_.statement.groups
        ]
    return [_count(round_, group) for group in round_.groups]


def _count(round_: Round, group: Group) -> Line:
    seats = [seat for seat in round_.seats if seat.group == group.name]  # also whoever was removed: they were asked
    return line(
        "status.group",
        group=group.name,
        asked=len(seats),
        reached=sum(seat.unreachable is None for seat in seats),
        replied=sum(seat.replied_at is not None for seat in seats),
        declined=sum(seat.declined_at is not None for seat in seats),
    )


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
        case Phase.CLOSED if round_.held_back_at and not round_.reveal_agreed_at:
            return buttons(round_, "confirm:reveal", "cancel")
        case Phase.CLOSED:
            return buttons(round_, "cancel")
        case Phase.REVEALED | Phase.ENDED:
            return buttons(round_, "read")
        case Phase.CANCELLED:
            return buttons(round_, "new")


# what needs the organiser -----------------------------------------------------------------------------


def not_opened(scene: Scene) -> Shown:
    told = line("message.not_opened.told", service=scene.round_.service)
    return Shown(
        content=[told, line("message.not_opened.what_to_do")], controls=scene.controls("setup:when", "preview")
    )


def held_back(scene: Scene) -> Shown:
    round_ = scene.round_
    content: Content = [
        line("message.held_back.told", service=round_.service, place=audience(round_).name),
        line("message.held_back.what_to_do"),
    ]
    return Shown(content=content, controls=scene.controls("confirm:reveal", "cancel"))


def stuck(scene: Scene) -> Shown:
    told = line("message.stuck.told", service=scene.round_.service)
    return Shown(content=[told, line("message.stuck.what_to_do")], controls=scene.controls("retry"))


def wrong_group(scene: Scene) -> Shown:
    args = scene.message.args
    name, group = str(args["name"]), str(args["group"])
    content: Content = [
        line("message.wrong_group.told", name=name, group=group, service=scene.round_.service),
        line("message.wrong_group.what_to_do", code=scene.round_.code),
    ]
    return Shown(content=content)

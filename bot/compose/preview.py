"""What organisers see before they open a round: the preview, and what each group will receive."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from bot.answers import Level
from bot.compose.people import asking
from bot.compose.scene import (
    Content,
    Scene,
    Shown,
    is_leaders,
    is_named,
    place_of,
)
from bot.days import DAY, days_off_from, holiday, is_day_off, is_quiet
from bot.messages import Line, Passage, line
from bot.people import Reach
from bot.promises import readers
from bot.questions import hint_line, label_line, leaders_of
from bot.rounds import Group, Phase, Round
from bot.rules import setup_groups
from bot.rules.setting_up import unreachable
from bot.setups import LookedUp

WEEKEND = 2
"""Days off after a deadline that nobody needs to be told of."""


def preview(scene: Scene) -> Shown:
    """Made of what the platform said; open to press only where nothing stands in the way."""
    round_, found = scene.round_, scene.round_.setup.looked_up
    title = line("message.preview.title", service=round_.service, code=round_.code)
    if round_.phase is not Phase.DRAFT:
        return Shown(content=[title, line("message.preview.over", code=round_.code)])
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
    lines = readers(place_of(round_), reach)
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
            content.append(Passage(text="", heading=line("message.rehearsal.group", group=group.name)))
            content += asking(round_, group.name, scene.now)
            content += _questions(round_, group, groups)
    return Shown(content=content, controls=scene.controls("preview", "open"))


def _questions(round_: Round, group: Group, groups: Sequence[Group]) -> Content:
    content: Content = []
    for level in Level:
        content.append(Passage(text="", heading=label_line(group, level, round_.stage, leaders_of(groups))))
        content.append(hint_line(group, level, round_.stage))
    return content

"""The answers, as they open in the channel: headline, voices, contrasts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from bot.answers import Level
from bot.compose.scene import Content, Scene, Shown, steps, was_answered, why_refused
from bot.messages import Line, Part, Passage, control, line, page_of
from bot.reveal import heading_of
from bot.rounds import Change, ChangeKind, Perspective, Round, Statement

MOST_NUMBERED = 12
"""Barriers. Pages are cut without counting the numbers; more of them might not fit."""

_OWN_MARK = re.compile(r"\s*(?:\d{1,3}[.):]|[-*•–—·])\s")


def headline(scene: Scene) -> Shown:
    statement = scene.round_.statement or Statement(groups=())
    count = sum(group.replied for group in statement.groups)
    return Shown(content=[line("message.headline.opening", service=scene.round_.service, count=count)])


def headline_done(scene: Scene) -> Shown:
    """The headline completed: how this set of voices came about, and how to read it."""
    round_ = scene.round_
    statement = round_.statement or Statement(groups=())
    leaders = round_.leaders.name if round_.leaders else None
    if not was_answered(round_):
        nobody: Content = [line("message.headline_done.nobody", service=round_.service, code=round_.code)]
        nobody += [*statement_lines(statement, leaders), *steps(round_)]
        nobody += [line("message.headline_done.still", ends_at=round_.ends_at)] if round_.ends_at else []
        return Shown(content=nobody)
    content: Content = [line("message.headline_done.open", service=round_.service, code=round_.code)]
    content += statement_lines(statement, leaders)
    if minutes := scene.message.args.get("minutes"):
        content.append(line("message.headline_done.read_first", count=int(minutes)))
    content += [line("message.headline_done.order"), *steps(round_)]
    if round_.heard:
        content.append(line("message.headline_done.heard", count=round_.heard))
    return Shown(content=content, controls=(control("read", round_.code, wording="one"), *scene.controls("heard")))


def statement_lines(statement: Statement, leaders: str | None = None) -> list[Line]:
    """The independence statement in sentences. `leaders`: what they are called; None where there are none."""
    asked = sum(group.asked for group in statement.groups)
    reached = sum(group.reached for group in statement.groups)
    replied = sum(group.replied for group in statement.groups)
    lines = [line("statement.in_time", replied=replied, count=asked)]
    lines += [
        line(
            "statement.together",
            groups="\n".join((group.group, *group.others)),
            replied=group.replied,
            asked=group.asked,
        )
        if group.others
        else line(
            "statement.group_joined" if group.group in statement.merged.values() else "statement.group",
            group=group.group,
            replied=group.replied,
            asked=group.asked,
        )
        for group in statement.groups
    ]
    if reached < asked:
        lines.append(line("statement.unreached", count=asked - reached))
    if declined := sum(group.declined for group in statement.groups):
        lines.append(line("statement.declined", count=declined))
    lines += change_lines(statement)
    lines += _merged(statement, leaders)
    return lines


def change_lines(statement: Statement) -> list[Line]:
    """Every change after the opening; people who came and went are counted, a group at a time."""
    changes = statement.changes
    if not changes:
        return [line("statement.unchanged")]
    counted = Counter((change.kind, change.group) for change in changes)
    told: list[Line] = []
    for change in changes:
        count = counted.pop((change.kind, change.group), 0)
        match change.kind:
            case ChangeKind.LATER | ChangeKind.EARLIER | ChangeKind.DOWNTIME:
                told.append(line(f"change.{change.kind.value}", at=change.at, until=change.until or change.at))
            case ChangeKind.CLOSED_EARLY:
                missing = sum(each.asked - each.replied - each.declined for each in statement.groups)
                told.append(line("change.closed_early", at=change.at, count=missing))
            case ChangeKind.UNHEARD:
                told.append(line("change.unheard", at=change.at))
            case ChangeKind.ADDED | ChangeKind.MOVED | ChangeKind.REMOVED | ChangeKind.REMOVED_REPLY:
                told += _cast_change(change, count)
    return told


def _cast_change(change: Change, count: int) -> list[Line]:
    if not count:  # told with the first of its kind
        return []
    return [line(f"change.{change.kind.value}", group=change.group or "everyone", count=count)]


def _merged(statement: Statement, leaders: str | None) -> list[Line]:
    if "" in statement.merged.values():
        return [line("statement.no_groups", leaders=leaders) if leaders else line("statement.no_groups_at_all")]
    return [line("statement.merged", group=small, into=into) for small, into in statement.merged.items()]


def heading(scene: Scene) -> Shown:
    return Shown(content=[page_of(scene.message.args).title])


def page(scene: Scene) -> Shown:
    """One voice, or what stands side by side; a voice that was taken down or hidden is a stub."""
    cut = page_of(scene.message.args)
    voices = {voice.position: voice for voice in scene.voices}
    is_one_voice = len(cut.voices) == 1
    content: Content = [cut.title]
    told: set[int] = set()
    for part in cut.parts:
        if part.voice is None:
            content += [part.heading] if part.heading else []
            continue
        voice = voices.get(part.voice)
        if voice is None or not voice.is_readable:
            if part.voice not in told:
                content += _stub(voice, None if is_one_voice else part.heading)
                told.add(part.voice)
            continue
        content.append(_passage(voice, part))
    return Shown(content=content)


def _stub(voice: Perspective | None, label: Line | None) -> Iterator[Line]:
    if label:
        yield label
    if voice is not None and voice.hidden is not None:
        yield line("page.stub.hidden", reason=voice.hidden)
    else:
        yield line("page.stub.withdrawn")


def _passage(voice: Perspective, part: Part) -> Passage:
    text = voice.answers.of(Level(part.box))
    shown = text[part.start : part.end]
    if part.box == Level.BARRIERS:
        shown = _numbered(text, part.start, shown)
    return Passage(text=shown, heading=part.heading, locale=voice.answers.written_in or None)


def _numbered(text: str, start: int, shown: str) -> str:
    """Barriers with their numbers, so that people can speak of "the third"; not where they have marks already."""
    lines = [each for each in text.split("\n") if each.strip()]
    if not 1 < len(lines) <= MOST_NUMBERED or all(_OWN_MARK.match(each) for each in lines):
        return shown
    before = text[:start]
    n = sum(1 for each in before.split("\n") if each.strip())
    is_midline = bool(before.rsplit("\n", 1)[-1].strip())
    numbered: list[str] = []
    for at, each in enumerate(shown.split("\n")):
        if not each.strip() or (at == 0 and is_midline):
            numbered.append(each)
            continue
        n += 1
        numbered.append(f"{n}. {each}")
    return "\n".join(numbered)


def one_voice(round_: Round, voice: Perspective, label: Line) -> Content:
    """A whole voice for the reader, without the limits of a message; a stub where it cannot be read."""
    if not voice.is_readable:
        return [label, *_stub(voice, None)]
    late: Content = [line(f"page.late.{voice.seen.value}")] if voice.seen else []
    leaders = round_.leaders.name if round_.leaders else None
    boxes = [
        _passage(voice, Part(heading=heading_of(level, voice, leaders), box=level, end=len(text)))
        for level in Level
        if (text := voice.answers.of(level)).strip()
    ]
    return [label, *late, *boxes]


def report(scene: Scene) -> Shown:
    """In place of files that were refused."""
    args = scene.message.args
    formats, why = str(args["formats"]), why_refused(str(args["reason"]))
    if formats:
        return Shown(content=[line("message.report.left_out", formats=formats), why])
    refused = line("message.report.refused.told")
    return Shown(content=[refused, why, line("message.report.refused.what_to_do", code=scene.round_.code)])

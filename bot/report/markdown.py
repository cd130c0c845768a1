"""A report as Markdown. People's words are in code fences: no markup in them is active, and copying them is exact."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from importlib.resources import files
from itertools import groupby
from operator import itemgetter

from bot.report.model import Report, Row, SideBySide, Voice
from bot.report.words import Words
from bot.text import Texts

_MARKUP = re.compile(r"([\\`*_\[\]<>&#|~!$^]|:(?=//)|(?<=www)\.|^[-+=]|(?<=^\d)[.)])")


def markdown(report: Report, texts: Texts) -> str:
    say = Words(texts=texts, round_=report.round_, escape=escaped)
    return "\n".join(_lines(report, say)) + "\n"


def escaped(text: str) -> str:
    """Escapes every character of an inline text that could be Markdown markup."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))


def fenced(text: str) -> str:
    """A fenced block; the fence is longer than any run of backticks in the words."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"


def _lines(report: Report, say: Words) -> Iterator[str]:
    round_ = report.round_
    yield f"# {say.key('report.title', service=round_.service)}"
    stage = say.key(f"stage.{round_.stage.value}")
    yield from ("", say.key("report.about_round", code=round_.code, stage=stage))
    yield from ("", say.key("report.made_at", at=report.made_at))
    for name in ("proposal", "decided", "still_open", "next_steps"):
        if text := str(getattr(round_, name)).strip():
            yield from ("", f"## {say.key(f'report.heading.{name}')}", "", fenced(text))
    yield from _came_about(report, say)
    yield from _voices(report, say)
    for contrast in report.contrasts:
        yield from _contrast(contrast, say)
    yield from _barriers(report, say)
    yield from _late(report, say)
    yield from _check(report, say)
    yield from _questions(report, say)


def _came_about(report: Report, say: Words) -> Iterator[str]:
    yield from ("", f"## {say.key('report.heading.statement')}", "")
    yield from (f"- {say(note)}" for note in report.notes)
    heads = [say.key(f"report.table.{name}") for name in ("group", *report.counts)]
    yield from ("", f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}")
    for row in report.rows:
        yield _cells(say(row.group), row, report.counts)
    yield from ("", f"### {say.key('report.heading.changes')}", "")
    yield from (f"- {say(change)}" for change in report.changes)


def _cells(title: str, row: Row, columns: Sequence[str]) -> str:
    return f"| {title} | {' | '.join(str(getattr(row, name)) for name in columns)} |"


def _voices(report: Report, say: Words) -> Iterator[str]:
    yield from ("", f"## {say.key('report.heading.voices')}")
    for section in report.sections:
        yield from ("", f"### {say(section.title)}")
        for voice in section.voices:
            yield from _voice(voice, say)


def _voice(voice: Voice, say: Words) -> Iterator[str]:
    yield from ("", f"#### {say(voice.label)} ({voice.code})", "")
    if voice.late:
        yield from (say(voice.late), "")
    if voice.stub:
        yield say(voice.stub)
    for box in voice.boxes:
        yield from (f"**{say(box.heading)}**", "", fenced(box.text), "")


def _contrast(contrast: SideBySide, say: Words) -> Iterator[str]:
    yield from ("", f"## {say(contrast.title)}")
    for column in contrast.columns:
        yield from ("", f"### {say(column.heading)}")
        for voice, text in column.words:
            yield from ("", f"**{say(voice.label)} ({voice.code})**", "", fenced(text))


def _barriers(report: Report, say: Words) -> Iterator[str]:
    yield from ("", f"## {say.key('report.heading.barriers')}")
    for section, barriers in report.barriers:
        yield from ("", f"### {say(section.title)}", "")
        for code, named in groupby(barriers, key=itemgetter(1)):
            # not as list items: a line break in somebody's words would end an indented fence
            yield from (f"{code}:", "", fenced("\n".join(text for text, _ in named)), "")
        if not barriers:
            yield say.key("report.voices.no_barriers")


def _late(report: Report, say: Words) -> Iterator[str]:
    if report.late:
        yield from ("", f"## {say.key('report.heading.late')}", "", say.key("report.voices.late_note"))
        for voice in report.late:
            yield from _voice(voice, say)


def _check(report: Report, say: Words) -> Iterator[str]:
    yield from ("", f"## {say.key('report.heading.check')}", "", say.key("report.check.receipt"))
    yield from ("", f"```python\n{recipe()}```", "", say.key("report.check.find"), "")
    yield from _digests(report.commitments)
    yield from ("", say.key("report.check.root"), "", f"{say.key('report.check.root_is')} `{report.root}`")
    yield from ("", say.key("report.check.order"))
    if report.late_commitments:
        yield from ("", say.key("report.check.late"), "", *_digests(report.late_commitments))
    yield from ("", f"## {say.key('report.heading.data')}", "", *(f"- {say(told)}" for told in report.data))
    yield from ("", f"## {say.key('report.heading.limits')}", "")
    yield from (f"- {say.key(f'report.limits.{limit}')}" for limit in LIMITS)


def _digests(commitments: tuple[tuple[str, str], ...]) -> Iterator[str]:
    yield from (f"- `{digest}` {code}" for digest, code in commitments)


def _questions(report: Report, say: Words) -> Iterator[str]:
    yield from ("", f"## {say.key('report.heading.questions')}")
    for group, questions in report.questions:
        yield from ("", f"### {say.key('report.table.group_name', group=group.name)}", "")
        for n, question in enumerate(questions, start=1):
            yield f"{n}. {escaped(question.text)} {escaped(question.hint)}".rstrip()


LIMITS = ("server", "typing", "style", "copies", "silence")


def recipe() -> str:
    """Four lines by which anybody recomputes a commitment; `docs/checking.md` shows the same."""
    return (files("bot") / "templates" / "check.txt").read_text(encoding="utf-8")

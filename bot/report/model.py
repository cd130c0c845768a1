"""A round as a report: one model, made once, that every format shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from bot.answers import Answers, Level
from bot.compose.kept import data_lines
from bot.compose.reveal import change_lines
from bot.errors import Sealed
from bot.messages import Line, Reveal, line
from bot.reveal import EVERYONE, codes, contrasts, heading_of, labels, of_group, reveal_of
from bot.rounds import Attribution, Group, GroupCount, Perspective, Question, Round, Statement
from bot.settings import RoundSettings

PAIR = (Level.PERSONAL, Level.OTHERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportBox:
    """One box of an answer, whole, as its writer left it."""

    level: Level
    heading: Line
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """One answer. `stub` instead of boxes (and no name) where it was taken down or hidden."""

    code: str
    label: Line
    group: str | None
    name: str | None
    boxes: tuple[ReportBox, ...]  # those with words in them
    answers: Answers  # exactly as sealed: what the commitment is made of
    stub: Line | None = None
    late: Line | None = None
    seen: str | None = None
    status: str = "open"  # or withdrawn, hidden
    commitment: str = ""

    @property
    def language(self) -> str:
        """That its writer named; empty: the words themselves have to tell."""
        return self.answers.written_in

    @property
    def pair(self) -> tuple[ReportBox, ...]:
        """What it would change for them and for others: read beside each other."""
        return tuple(box for box in self.boxes if box.level in PAIR)

    @property
    def rest(self) -> tuple[ReportBox, ...]:
        return tuple(box for box in self.boxes if box.level not in PAIR)

    def said(self, level: Level) -> str:
        return self.answers.of(level)


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """The voices of one group, as it is shown."""

    title: Line
    group: str | None
    voices: tuple[Voice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    heading: Line
    words: tuple[tuple[Voice, str], ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SideBySide:
    title: Line
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the independence statement."""

    group: Line
    asked: int = 0
    reached: int = 0
    replied: int = 0
    signed: int = 0
    declined: int = 0
    late: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    round_: Round
    made_at: datetime
    statement: Statement
    notes: tuple[Line, ...]  # how the answers came about
    rows: tuple[Row, ...]
    changes: tuple[Line, ...]
    sections: tuple[Section, ...]
    contrasts: tuple[SideBySide, ...]
    barriers: tuple[tuple[Section, tuple[tuple[str, str], ...]], ...] = field(repr=False)  # (line, code of voice)
    late: tuple[Voice, ...]
    commitments: tuple[tuple[str, str], ...]  # sorted, with the code of the voice
    late_commitments: tuple[tuple[str, str], ...]
    root: str
    questions: tuple[tuple[Group, tuple[Question, ...]], ...]
    data: tuple[Line, ...] = ()  # what is kept, how long, and whom to ask

    @property
    def counts(self) -> tuple[str, ...]:
        """The columns of the table; that of those who chose not to answer only where there are any."""
        columns = ("asked", "reached", "replied", "signed", "declined", "late")
        return tuple(name for name in columns if name != "declined" or any(row.declined for row in self.rows))

    @property
    def languages(self) -> Mapping[str, str]:
        """By the code of the voice."""
        return {voice.code: voice.language for voice in self.voices}

    @property
    def voices(self) -> tuple[Voice, ...]:
        return (*(voice for section in self.sections for voice in section.voices), *self.late)


def report(
    round_: Round, perspectives: Sequence[Perspective], now: datetime, settings: RoundSettings | None = None
) -> Report:
    """Raises Sealed before the reveal, and for a round that was cancelled."""
    if not round_.phase.is_open:
        raise Sealed(code=round_.code)
    reveal = reveal_of(round_, perspectives)
    voices = _voices(round_, reveal)
    sealed = [(one, voices[one.position]) for one in reveal.perspectives if not one.is_late]
    late = tuple(voices[one.position] for one in reveal.perspectives if one.is_late)
    sections = _sections(reveal, [voice for _, voice in sealed])
    return Report(
        round_=round_,
        made_at=now,
        statement=reveal.statement,
        notes=_notes(round_, reveal),
        rows=_rows(round_, reveal),
        changes=tuple(change_lines(reveal.statement)),
        sections=sections,
        contrasts=_side_by_side(reveal, voices),
        barriers=tuple((section, _barriers(section)) for section in sections),
        late=late,
        commitments=tuple(sorted((voice.commitment, voice.code) for _, voice in sealed)),
        late_commitments=tuple(sorted((voice.commitment, voice.code) for voice in late)),
        root=reveal.root,
        questions=tuple((group, _asked(round_, group)) for group in _in_order(round_, reveal)),
        data=data_lines(round_, settings or RoundSettings()),
    )


# voices -----------------------------------------------------------------------------------------------------


def _voices(round_: Round, reveal: Reveal) -> Mapping[int, Voice]:
    named = labels(reveal.perspectives, reveal.statement.merged)
    coded = codes(reveal.perspectives, [group.name for group in round_.groups])
    return {
        one.position: _voice(one, named[one.position], coded[one.position], reveal.leaders)
        for one in reveal.perspectives
    }


def _voice(one: Perspective, label: Line, code: str, leaders: str | None) -> Voice:
    boxes = (
        ReportBox(level=level, heading=heading_of(level, one, leaders), text=one.answers.of(level))
        for level in Level
        if one.is_readable and one.answers.of(level).strip()
    )
    return Voice(
        code=code,
        label=label,
        group=one.group,
        name=one.name if one.is_readable else None,
        boxes=tuple(boxes),
        answers=one.answers if one.is_readable else Answers(),
        stub=stub(one),
        late=line(f"page.late.{one.seen.value}") if one.seen else None,
        seen=one.seen.value if one.seen else None,
        status="withdrawn" if one.withdrawn_at else "hidden" if one.hidden is not None else "open",
        commitment=one.commitment,
    )


def stub(one: Perspective) -> Line | None:
    """What stands in the place of a voice that may no longer be read."""
    if one.withdrawn_at is not None:
        return line("page.stub.withdrawn")
    return line("page.stub.hidden", reason=one.hidden) if one.hidden is not None else None


def _sections(reveal: Reveal, sealed: Sequence[Voice]) -> tuple[Section, ...]:
    found = []
    for group, of_group_ in groupby(sealed, key=lambda voice: voice.group):
        voices = tuple(of_group_)
        title = of_group("page.group", group, reveal.statement.merged, count=len(voices))
        found.append(Section(title=title, group=group, voices=voices))
    return tuple(found)


def _barriers(section: Section) -> tuple[tuple[str, str], ...]:
    """One line somebody named each, with who: as typed, blank lines left out."""
    return tuple(
        (barrier, voice.code)
        for voice in section.voices
        for barrier in voice.said(Level.BARRIERS).split("\n")
        if barrier.strip()
    )


def _side_by_side(reveal: Reveal, voices: Mapping[int, Voice]) -> tuple[SideBySide, ...]:
    return tuple(
        SideBySide(
            title=contrast.title,
            columns=tuple(
                Column(
                    heading=column.heading,
                    words=tuple((voices[at], voices[at].said(column.level)) for at in column.voices),
                )
                for column in contrast.columns
            ),
        )
        for contrast in contrasts(reveal)
    )


# how it came about ------------------------------------------------------------------------------------------


def _notes(round_: Round, reveal: Reveal) -> tuple[Line, ...]:
    def note(name: str, **facts: str | int | datetime) -> Line:
        return line(f"report.statement.{name}", **facts)

    is_named = round_.attribution is Attribution.NAMED
    withdrawn = sum(one.withdrawn_at is not None for one in reveal.perspectives)
    hidden = sum(one.hidden is not None and one.withdrawn_at is None for one in reveal.perspectives)
    late = sum(one.is_late for one in reveal.perspectives)
    voices = [note("order"), note("whole")] if reveal.perspectives else [note("no_voices")]
    return (
        note("independent"),
        *([note("closed_at", at=round_.closes_at)] if round_.closes_at else []),
        *([note("opened_at", at=round_.revealed_at)] if round_.revealed_at else []),
        note("named") if is_named else note("unsigned"),
        *voices,
        *_together(round_, reveal.statement.merged),
        *([note("withdrawn", count=withdrawn)] if withdrawn else []),
        *([note("hidden", count=hidden)] if hidden else []),
        *([note("late_below", count=late)] if late else []),
    )


def _together(round_: Round, merged: Mapping[str, str]) -> tuple[Line, ...]:
    small = round_.small_group
    if any(not into for into in merged.values()):
        leaders = round_.leaders
        if leaders is None:
            return (line("report.statement.no_groups_at_all", small=small),)
        return (line("report.statement.no_groups", small=small, leaders=leaders.name),)
    return tuple(line("report.statement.joined", group=group, into=into, small=small) for group, into in merged.items())


def _rows(round_: Round, reveal: Reveal) -> tuple[Row, ...]:
    late: dict[str | None, int] = {}
    for one in reveal.perspectives:
        if one.is_late:
            late[one.group] = late.get(one.group, 0) + 1
    rows = [
        Row(
            group=_row_title(counted, reveal.statement.merged),
            asked=counted.asked,
            reached=counted.reached,
            replied=counted.replied,
            signed=counted.signed,
            declined=counted.declined,
            late=sum(late.pop(None if name == EVERYONE else name, 0) for name in (counted.group, *counted.others)),
        )
        for counted in reveal.statement.groups
    ]
    if late:
        rows.append(Row(group=line("report.table.no_group"), late=sum(late.values())))
    return tuple(rows)


def _row_title(counted: GroupCount, merged: Mapping[str, str]) -> Line:
    group = counted.group
    if counted.others:
        return line("report.table.group_together", groups="\n".join((group, *counted.others)))
    is_joined = group in merged.values()
    return line("report.table.group_joined" if is_joined else "report.table.group_name", group=group)


def _in_order(round_: Round, reveal: Reveal) -> list[Group]:
    by_name = {group.name: group for group in round_.groups}
    return [by_name[name] for name in reveal.groups]


def _asked(round_: Round, group: Group) -> tuple[Question, ...]:
    """In the language of the round; where it was worded in others only, in the first of them."""
    of = [question for question in round_.questions if question.group == group.name]
    locales = dict.fromkeys(question.locale for question in of)
    spoken = round_.locale if round_.locale in locales else next(iter(locales), "")
    order = list(Level)
    asked = (question for question in of if question.locale == spoken)
    return tuple(sorted(asked, key=lambda question: order.index(question.level)))

"""What each voice is called (`Citizen 1 of 4`) and its short code (`C1`), the same in chat and report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import count

from bot.messages import Line, line
from bot.rounds import Group, Perspective

EVERYONE = "everyone"
"""Group name used when no groups are shown. The catalogue lists it with the real groups."""

LATE_CODE = "LATE"


def reading_order(groups: Sequence[Group]) -> tuple[str, ...]:
    """Group names in reading order: citizens, frontline, others. Leaders come last: rank must not set the tone."""
    first = {"citizens": 0, "frontline": 1}
    return tuple(group.name for group in sorted(groups, key=lambda one: (one.is_leaders, first.get(one.asks_as, 2))))


def labels(perspectives: Iterable[Perspective], merged: Mapping[str, str] | None = None) -> Mapping[int, Line]:
    """By position. Numbers follow reading order within the shown group; late voices have their own."""
    voices = sorted(perspectives, key=lambda voice: voice.position)
    totals: dict[str | None, int] = {}
    for voice in voices:
        if not voice.is_late:
            totals[voice.group] = totals.get(voice.group, 0) + 1
    found: dict[int, Line] = {}
    counters: dict[str | None, int] = {}
    late = count(1)
    for voice in voices:
        if voice.is_late:
            found[voice.position] = _late_label(voice, next(late))
        else:
            n = counters[voice.group] = counters.get(voice.group, 0) + 1
            label = of_group("page.label.group", voice.group, merged or {}, n=n, total=totals[voice.group])
            found[voice.position] = _signed(voice, label)
    return found


def _late_label(voice: Perspective, n: int) -> Line:
    if voice.group is None:
        return _signed(voice, line("page.label.late", n=n))
    return _signed(voice, line("page.label.late_group", n=n, group=voice.group))


def _signed(voice: Perspective, label: Line) -> Line:
    if voice.name is None or not voice.is_readable:
        return label
    return Line(key=f"{label.key}_signed", facts={**label.facts, "name": voice.name})


def of_group(key: str, group: str | None, merged: Mapping[str, str], **facts: int) -> Line:
    """A line about a group as shown: `<key>`, or `<key>_joined` where small groups are shown with it."""
    is_joined = group is not None and group in merged.values()
    return line(f"{key}_joined" if is_joined else key, group=group or EVERYONE, **facts)


def unsigned(label: Line) -> Line:
    """The label without the writer's name, for a voice that was taken down."""
    facts = {name: fact for name, fact in label.facts.items() if name != "name"}
    return Line(key=label.key.removesuffix("_signed"), facts=facts)


def codes(perspectives: Iterable[Perspective], groups: Iterable[str]) -> Mapping[int, str]:
    """By position: `F3` is the third of frontline. `groups`: all of the round, so that a code never changes."""
    letters = letters_of((*groups, EVERYONE))
    found: dict[int, str] = {}
    counters: dict[str, int] = {}
    for voice in sorted(perspectives, key=lambda voice: voice.position):
        of = LATE_CODE if voice.is_late else letters[voice.group or EVERYONE]
        n = counters[of] = counters.get(of, 0) + 1
        found[voice.position] = f"{of}-{n}" if of[-1].isdigit() else f"{of}{n}"
    return found


def example_of_mark(groups: Sequence[Group], merged: Mapping[str, str]) -> tuple[str, str]:
    """A mark as voices of this round have it, and the group that it is of."""
    letters = letters_of((*(group.name for group in groups), EVERYONE))
    if "" in merged.values():
        return f"{letters[EVERYONE]}3", EVERYONE
    shown = [group for group in groups if group.name not in merged]
    chosen = min(shown, key=lambda group: group.asks_as != "frontline").name
    of = letters[chosen]
    return (f"{of}-3" if of[-1].isdigit() else f"{of}3"), chosen


def letters_of(names: Iterable[str]) -> Mapping[str, str]:
    """The shortest prefix of each name that no other has, of its letters and digits: a mark is typed and read out."""
    upper = {name: _signs(name).upper() or name.upper() for name in dict.fromkeys(names)}
    found: dict[str, str] = {}
    for name, letters in upper.items():
        others = [plain_of(other) for rest, other in upper.items() if rest != name]
        starts = (letters[:size] for size in range(1, len(letters) + 1))
        found[name] = next((s for s in starts if not any(o.startswith(plain_of(s)) for o in others)), letters)
    return found


def _signs(name: str) -> str:
    return "".join(sign for sign in name if sign.isalnum() or sign.isspace()).strip()


def plain_of(name: str) -> str:
    """Its letters and digits."""
    return "".join(sign for sign in name if sign.isalnum())

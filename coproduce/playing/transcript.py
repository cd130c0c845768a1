"""What people saw, as a transcript: to be read, or one JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import TextIO

from adapters.html.shapes import Button
from adapters.playground.chat.state import Entry, Kind, Shown, State
from bot.messages import line
from bot.text import Texts
from coproduce.terminal import escaped_in_json, inert, width

INDENT = "    "


def as_json(shown: Iterable[Shown], state: State, out: TextIO) -> None:
    """Everything that anybody was shown, edits included, in order. The keys are a promise (`docs/`)."""
    for one in shown:
        told = {
            "at": one.at.isoformat(),
            "place": one.place,
            "person": state.people[one.person].name if one.person else None,
            "kind": one.kind,
            "id": one.entry,
            "edit": one.is_edit,
            "text": one.text,
        }
        out.write(escaped_in_json(json.dumps(told, ensure_ascii=False)) + "\n")
    out.flush()


def as_read(shown: Iterable[Shown], state: State, texts: Texts, out: TextIO) -> None:
    """Each inbox, then the channel, as they stand at the end; threads are indented."""
    everything = list(shown)
    people = dict.fromkeys(one.person for one in everything if one.person)
    for person in people:
        title = texts.line(line("play.inbox", name=state.people[person].name))
        mine = [one for one in everything if one.person == person and not one.is_edit]
        _section(title, (_inbox_lines(one, state, texts) for one in mine), out)
    for channel in state.channels.values():
        entries = [one for one in state.entries.values() if one.channel == channel.id and one.person is None]
        began = {one.entry for one in everything}
        title = texts.line(line("play.channel", channel=channel.name))
        _section(title, (_entry_lines(one) for one in _by_thread([e for e in entries if e.id in began])), out)


def _section(title: str, blocks: Iterable[Iterator[str]], out: TextIO) -> None:
    title = inert(title)
    out.write(f"{title}\n{'=' * width(title)}\n\n")
    for block in blocks:
        text = inert("\n".join(block))
        if text:
            out.write(f"{text}\n\n")
    out.write("\n")


def _by_thread(entries: list[Entry]) -> Iterator[Entry]:
    """Each post, then what answers it."""
    for entry in entries:
        if entry.thread is None:
            yield entry
            yield from (answer for answer in entries if answer.thread == entry.id)


def _inbox_lines(one: Shown, state: State, texts: Texts) -> Iterator[str]:
    """As it reads now; a form as it opened, with its questions and without what somebody wrote in it."""
    if one.kind == Kind.FORM:
        yield texts.line(line("play.form"))
        yield from (f"{INDENT}{text}" for text in one.text.split("\n"))
    elif one.entry in state.entries:
        yield from _entry_lines(state.entries[one.entry])


def _entry_lines(entry: Entry) -> Iterator[str]:
    indent = INDENT if entry.thread else ""
    for text in entry.text.split("\n"):
        yield f"{indent}{text}".rstrip() if not text else f"{indent}{text}"
    if entry.controls:
        yield f"{indent}{_buttons(entry.controls)}"


def _buttons(controls: Iterable[Button]) -> str:
    return "  ".join(f"[{one.label}]" for one in controls)

"""Pure: messages and outcomes as content with rows of buttons. No embeds: notifications would preview them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from adapters.discord.markup import (
    LONGEST_BUTTON,
    LONGEST_CONTENT,
    escape,
    fact,
    length,
    moment,
    named,
    ours,
    pieces,
    shortened,
)
from bot.acts import Confirm, Refused, Said
from bot.errors import Rejected
from bot.messages import File, MessageKind, Post
from bot.text import TITLED, Button, Paragraph, Texts, Worded

Json = dict[str, Any]

WHOLE = frozenset({MessageKind.PAGE, MessageKind.LATE_PAGE, MessageKind.CONTRASTS})
"""Kinds that are never shortened: what does not fit is refused, and the courier sends it as a file."""

FIRST = frozenset({"answer", "late", "confirm", "again"})
"""Verbs whose button is shown as the primary one where it is the first."""

FIRST_ALONE = frozenset({"read", "retry", "setup"})
"""… and has no argument: with one it is a step of many, or a part of the set-up."""

MAIN = frozenset({"open"})
"""… wherever it stands."""

DESTROYS = frozenset({"cancel", "close", "withdraw", "decline", "hide"})
"""What ends or destroys something once it is confirmed."""

DANGEROUS = frozenset({"cancel"})
"""Verbs whose button is in the style of danger although they ask first: it stands among buttons of every day."""

ROW, BUTTON = 1, 2
PRIMARY, SECONDARY, DANGER = 1, 2, 4
MOST_IN_A_ROW = 5
MOST_BUTTONS = 25
LONGEST_ID = 100

NO_MENTIONS: Json = {"parse": []}
SUPPRESS_EMBEDS = 1 << 2

LEAST_MARK, LARGEST_MARK = 1_000, 2**31 - 100

LEAST = 60
"""Characters that a shortened paragraph keeps, before a whole message is cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a message consists of. `components`: rows of buttons."""

    content: str
    components: tuple[Json, ...] = ()

    @property
    def payload(self) -> Json:
        """The fields of a message that hold for a post, an edit and an answer; nothing in it notifies or unfolds."""
        return {
            "content": self.content,
            "components": list(self.components),
            "allowed_mentions": dict(NO_MENTIONS),
            "flags": SUPPRESS_EMBEDS,
        }

    def marked(self, mark: int) -> Told:
        """With numbers on its components by which it is found again, counted from `mark`."""
        number = count(mark)
        rows = ({**row, "id": next(number), "components": _numbered(row, number)} for row in self.components)
        return replace(self, components=tuple(rows))


def _numbered(row: Json, number: Iterator[int]) -> list[Json]:
    return [{**each, "id": next(number)} for each in row["components"]]


def mark(key: str) -> int:
    """A number of 30 bits. Discord returns the numbers of components in the history, which holds no nonce."""
    return LEAST_MARK + int.from_bytes(hashlib.sha256(key.encode()).digest()[:4]) % (LARGEST_MARK - LEAST_MARK)


def mark_of(components: Sequence[Json]) -> int:
    """The mark that a message bears. Zero: it bears none, as Discord counts from 1 what has no number."""
    first = int(components[0].get("id") or 0) if components else 0
    return first if first >= LEAST_MARK else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """A paragraph before it is rendered."""

    text: str
    is_theirs: bool = False
    is_bold: bool = False
    is_apart: bool = False  # an empty line stands before it
    is_item: bool = False  # of a list

    def render(self, text: str) -> str:
        shown = escape(text) if self.is_theirs else f"{'- ' if self.is_item else ''}{ours(text)}"
        return f"**{shown}**" if self.is_bold and shown.strip() else shown

    def within(self, longest: int) -> str:
        return shortened(self.text, longest, self.render)


def message(post: Post, texts: Texts) -> Told:
    """One message. Raises Rejected where people's words of the reveal do not fit."""
    worded = texts.post(post, escape=fact, moment=moment, named=named)
    lines = list(_lines(worded.paragraphs, is_titled=post.kind in TITLED, is_plain=post.is_plain))
    content = _joined([line.render(line.text) for line in lines], lines)
    if length(content) > LONGEST_CONTENT:
        if post.kind in WHOLE:
            raise Rejected("too_long")
        content = _shortened(lines)
    return Told(content=content or "…", components=tuple(_rows(worded.buttons)))


def said(outcome: Said | Refused | Confirm, texts: Texts, *, items: int = 0) -> list[Told]:
    """What somebody is shown at once: several messages where one would be too long, the buttons below the last.

    `items`: so many paragraphs behind the first are shown as a list."""
    worded = texts.outcome(outcome, escape=fact, moment=moment, named=named)
    lines = [*_lines(worded.paragraphs, items=items), *(_Line(text=text) for text in _errors(worded))]
    contents = list(_contents(lines)) or ["…"]
    *before, last = contents
    rows = tuple(_rows(worded.buttons))
    return [*(Told(content=each) for each in before), Told(content=last, components=rows)]


def buttons(outcome: Said | Refused | Confirm, texts: Texts) -> tuple[Json, ...]:
    """Its rows of buttons alone."""
    return tuple(_rows(texts.outcome(outcome).buttons))


def attachment(files: Iterable[File], texts: Texts) -> str:
    """The line above files."""
    return "\n".join(ours(f"{texts.line(file.title, escape=fact)} ({fact(file.name)})") for file in files)


def _lines(
    paragraphs: Sequence[Paragraph], *, is_titled: bool = False, is_plain: bool = False, items: int = 0
) -> Iterator[_Line]:
    """What has no heading stands apart from a section before it, which may be somebody's words."""
    is_in_section = False
    for at, one in enumerate(paragraphs):
        if one.heading:
            yield _Line(text=one.heading, is_bold=not is_plain, is_apart=at > 0)
        is_title = is_titled and at == 0 and not one.is_theirs and not is_plain
        is_apart = is_in_section and not one.heading
        is_item = 0 < at <= items and not one.is_theirs
        if one.text:
            yield _Line(text=one.text, is_theirs=one.is_theirs, is_bold=is_title, is_apart=is_apart, is_item=is_item)
        is_in_section = bool(one.heading and one.text) or (is_in_section and not is_apart)


def _joined(rendered: Sequence[str], lines: Sequence[_Line]) -> str:
    apart = ("\n\n" if line.is_apart else "\n" for line in lines)
    return "".join(before + shown for before, shown in zip(apart, rendered, strict=True)).strip("\n")


def _shortened(lines: Sequence[_Line]) -> str:
    """What people typed gives way first, each to the same length; then the end of the message."""

    def with_theirs_within(longest: int) -> str:
        return _joined([line.within(longest if line.is_theirs else LONGEST_CONTENT) for line in lines], lines)

    low, high = LEAST, LONGEST_CONTENT
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if length(with_theirs_within(middle)) <= LONGEST_CONTENT else (low, middle - 1)
    content = with_theirs_within(low)
    return content if length(content) <= LONGEST_CONTENT else _cut_off(lines)


def _cut_off(lines: Sequence[_Line]) -> str:
    rendered = [line.within(LEAST if line.is_theirs else LONGEST_CONTENT // 2) for line in lines]
    while len(rendered) > 1 and length(_joined(rendered, lines[: len(rendered)])) > LONGEST_CONTENT - 2:
        rendered.pop()
    return f"{_joined(rendered, lines[: len(rendered)])}\n…"


def _contents(lines: Sequence[_Line]) -> Iterator[str]:
    filled = ""
    for line in lines:
        whole = line.render(line.text)
        apart = "\n\n" if line.is_apart else "\n"
        if filled and length(filled) + len(apart) + length(whole) <= LONGEST_CONTENT:
            filled += apart + whole
            continue
        if filled:
            yield filled
        *full, filled = pieces(line.text, LONGEST_CONTENT, line.render) if line.text else ("",)
        yield from full
    if filled:
        yield filled


def _errors(worded: Worded) -> Iterator[str]:
    """The errors of the boxes, unless the sentence contains them already."""
    for text in dict.fromkeys(worded.errors.values()):
        if text not in worded.text:
            yield text


def _rows(buttons: Sequence[Button]) -> Iterator[Json]:
    """Rows of five; the code stands on those that would else look alike."""
    alike = Counter(button.label for button in buttons)
    unique = list({button.id: button for button in buttons}.values())[:MOST_BUTTONS]
    shown = [_button(button, is_alike=alike[button.label] > 1, is_first=at == 0) for at, button in enumerate(unique)]
    for at in range(0, len(shown), MOST_IN_A_ROW):
        yield {"type": ROW, "components": shown[at : at + MOST_IN_A_ROW]}


def _id(button: Button) -> str:
    """What a button cannot carry its reader types once more: it then leads to the form of its round."""
    return button.id if len(button.id) <= LONGEST_ID else ":".join(button.id.split(":")[:3])


def _button(button: Button, *, is_alike: bool, is_first: bool) -> Json:
    code = button.id.split(":")[2] if button.id.count(":") > 1 else ""
    label = f"{button.label} ({code})" if is_alike and code else button.label
    return {
        "type": BUTTON,
        "style": _style(button, is_first=is_first),
        "custom_id": _id(button),
        "label": shortened(label, LONGEST_BUTTON, str),
    }


def _style(button: Button, *, is_first: bool) -> int:
    argument = "".join(button.id.split(":", 3)[3:])
    if button.verb in DANGEROUS or (button.verb == "confirm" and argument.partition(":")[0] in DESTROYS):
        return DANGER
    stands_out = button.verb in FIRST or (button.verb in FIRST_ALONE and not argument)
    return PRIMARY if button.verb in MAIN or (is_first and stands_out) else SECONDARY

"""Pure: messages and outcomes as Block Kit. Limits are counted after escaping."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from adapters.slack.markup import (
    LONGEST_BUTTON,
    LONGEST_MESSAGE,
    LONGEST_SECTION,
    LONGEST_TEXT,
    MOST_BLOCKS,
    MOST_BUTTONS,
    elements,
    escape,
    measure,
    moment,
    named,
    pieces,
    shortened,
    shortened_markup,
    unescaped,
)
from bot.acts import Confirm, Refused, Said
from bot.messages import File, Post
from bot.text import TITLED, Button, Paragraph, Texts, Worded

Json = dict[str, Any]

EVENT = "coproduce_message"
"""The `event_type` of a message's metadata, by which it is found again. Metadata is read by all apps: never words."""

FIRST = frozenset({"answer", "open"})
"""Verbs whose button is shown as the primary one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a message consists of: `text` is what screen readers and notifications get."""

    text: str
    blocks: tuple[Json, ...] = ()

    @property
    def arguments(self) -> Json:
        """Without blocks the text itself is shown: as plain text, so that nothing in a name acts."""
        shown: Json = {"blocks": list(self.blocks)} if self.blocks else {"mrkdwn": False}
        return {"text": self.text, **shown}


def message(post: Post, texts: Texts) -> Told:
    """One message. As plain text where it was refused with its layout."""
    worded = texts.post(post, escape=escape, moment=moment, named=named)
    text = read_out(texts.post(post, escape=escape))
    if post.is_plain and not worded.buttons:
        return Told(text=text)
    if post.is_plain:
        return Told(text=text, blocks=(*_plain(text), *_actions(worded.buttons)))
    buttons = list(_actions(worded.buttons))
    blocks = list(_paragraphs(worded.paragraphs, is_titled=post.kind in TITLED))
    if len(blocks) + len(buttons) > MOST_BLOCKS:
        blocks = list(_compact(worded.paragraphs))
    return Told(text=text, blocks=(*_that_fit(blocks), *buttons))


def said(outcome: Said | Refused | Confirm, texts: Texts) -> list[Told]:
    """What somebody is shown at once: several messages where one would be too long."""
    worded = texts.outcome(outcome, escape=escape, moment=moment, named=named)
    text = read_out(texts.outcome(outcome, escape=escape))
    blocks = [*_paragraphs(worded.paragraphs), *_errors(worded), *_actions(worded.buttons)]
    parts = list(_messages(blocks))
    return [Told(text=text, blocks=tuple(part)) for part in parts]


def in_view(outcome: Said | Refused | Confirm, texts: Texts) -> list[Json]:
    """The same as the blocks of a form or of Home, which hold a hundred."""
    worded = texts.outcome(outcome, escape=escape, moment=moment, named=named)
    return [*_paragraphs(worded.paragraphs), *_errors(worded), *_actions(worded.buttons)][:100]


def buttons(outcome: Said | Refused | Confirm, texts: Texts) -> list[Json]:
    """Its buttons alone, for the foot of a form."""
    return list(_actions(texts.outcome(outcome).buttons))


def attachment(files: Iterable[File], texts: Texts) -> str:
    """The line above shared files."""
    return "\n".join(f"{texts.line(file.title, escape=escape)} ({escape(file.name)})" for file in files)


def metadata(key: str) -> Json:
    return {"event_type": EVENT, "event_payload": {"key": key}}


def read_out(worded: Worded) -> str:
    """The whole text for screen readers. Our lines are escaped already; people's words are escaped here."""
    lines: list[str] = []
    for one in worded.paragraphs:
        lines += [one.heading] if one.heading else []
        lines.append(escape(one.text) if one.is_theirs else one.text)
    return shortened_markup("\n".join(line for line in lines if line), LONGEST_TEXT) or "…"


def section(text: str, *, is_bold: bool = False) -> Json:
    """Sentences of ours, as markup: nothing in a name acts, and copying gives the name as it is written."""
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": list(elements(text, is_bold=is_bold))}],
    }


def theirs(text: str) -> Iterator[Json]:
    """People's words: shown whole, as they stand."""
    for piece in pieces(text):
        if piece.strip():
            yield {"type": "section", "expand": True, "text": {"type": "plain_text", "text": piece, "emoji": False}}


def lines(paragraphs: Iterable[Paragraph]) -> Iterator[Json]:
    """Our sentences, as many in one section as it holds."""
    filled = ""
    for one in paragraphs:
        text = shortened_markup(one.text, LONGEST_SECTION)
        if filled and len(filled) + 1 + len(text) > LONGEST_SECTION:
            yield section(filled)
            filled = ""
        filled = f"{filled}\n{text}" if filled else text
    if filled.strip():
        yield section(filled)


def _paragraphs(paragraphs: Sequence[Paragraph], *, is_titled: bool = False) -> Iterator[Json]:
    rest = list(paragraphs)
    if is_titled and rest and not rest[0].is_theirs:
        yield section(shortened_markup(rest.pop(0).text, LONGEST_SECTION), is_bold=True)
    for is_theirs, run in groupby(rest, key=lambda one: one.is_theirs):
        if not is_theirs:
            yield from lines(run)
            continue
        for one in run:
            if one.heading:
                yield section(shortened_markup(one.heading, LONGEST_SECTION), is_bold=True)
            yield from theirs(one.text)


def _compact(paragraphs: Sequence[Paragraph]) -> Iterator[Json]:
    """Where there are more pieces than a message has blocks: one rich text for each run of people's words."""
    for is_theirs, run in groupby(paragraphs, key=lambda one: one.is_theirs):
        if not is_theirs:
            yield from lines(run)
            continue
        parts: list[Json] = []
        for one in run:
            if one.heading:
                parts += elements(f"{one.heading}\n", is_bold=True)
            parts.append({"type": "text", "text": f"{one.text}\n"})
        yield {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": parts}]}


def _plain(text: str) -> Iterator[Json]:
    yield from theirs(unescaped(text))


def _errors(worded: Worded) -> Iterator[Json]:
    """The errors of the boxes, unless the sentence contains them already."""
    for text in dict.fromkeys(worded.errors.values()):
        if text not in worded.text:
            yield section(shortened_markup(text, LONGEST_SECTION))


def _actions(buttons: Sequence[Button]) -> Iterator[Json]:
    """Rows of buttons; the code stands on those that would else look alike."""
    alike = Counter(button.label for button in buttons)
    seen: set[str] = set()
    row: list[Json] = []
    for button in buttons:
        if button.id in seen:
            continue
        seen.add(button.id)
        code = button.id.split(":")[2] if button.id.count(":") > 1 else ""
        label = f"{button.label} ({code})" if alike[button.label] > 1 and code else button.label
        element: Json = {
            "type": "button",
            "action_id": button.id,
            "text": {"type": "plain_text", "text": shortened(label, LONGEST_BUTTON), "emoji": False},
        }
        if button.verb in FIRST and len(row) == 0:
            element["style"] = "primary"
        row.append(element)
    for at in range(0, len(row), MOST_BUTTONS):
        yield {"type": "actions", "elements": row[at : at + MOST_BUTTONS]}


def _that_fit(blocks: Sequence[Json]) -> Iterator[Json]:
    """Truncates what is too long, such as a list of a thousand names. Pages of the reveal are always shorter."""
    size = 0
    for block in blocks:
        size += _cost(block)
        if size > LONGEST_MESSAGE:
            yield section("…")
            return
        yield block


def _cost(block: Json) -> int:
    """The characters of a block's text, counted as escaped."""
    if block["type"] == "rich_text":
        parts = (part for one in block["elements"] for part in one["elements"])
        return sum(measure(part.get("text") or part.get("fallback") or "") for part in parts)
    return measure(block["text"]["text"]) if "text" in block else 0


def _messages(blocks: Iterable[Json]) -> Iterator[list[Json]]:
    filled: list[Json] = []
    size = 0
    for block in blocks:
        cost = _cost(block)
        if filled and (size + cost > LONGEST_MESSAGE or len(filled) == MOST_BLOCKS):
            yield filled
            filled, size = [], 0
        filled.append(block)
        size += cost
    if filled:
        yield filled

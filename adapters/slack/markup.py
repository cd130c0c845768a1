"""Pure: Slack's markup. Our sentences are mrkdwn. People's words are plain text: no link or mention in them works."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.people import Place
from bot.reveal.cutting import cut

LONGEST_SECTION = 3_000
"""Characters of one section, escaped. https://docs.slack.dev/reference/block-kit/blocks/section-block"""

LONGEST_TEXT = 4_000
"""Of a message's top-level `text`; more is cut off silently, and refused by chat.update."""

LONGEST_MESSAGE = 9_000
"""Of all blocks of one message: from about 11,000 on they are refused (msg_blocks_too_long)."""

MOST_BLOCKS = 50
LONGEST_TITLE = 24
LONGEST_LABEL = 2_000
LONGEST_BUTTON = 75
LONGEST_OPTION = 75
MOST_BUTTONS = 25

_DATES = {
    "": "{date_short_pretty} {clock}",
    "year": "{date_long} {clock}",
    "zone": "{date_long} {clock}",
    "day": "{date_long}",
    "time": "{clock}",
}
_TOKEN = re.compile(r"<(?:#(\w+)|!date\^(\d+)\^([^|]*)\|([^>]*))>")
_MARKS = re.compile(r"[*_~`]|:[a-z][\w+-]*:")
_GROUP = re.compile(r"<!subteam\^(\w+)")


def escape(text: str) -> str:
    """`&`, `<` and `>`, and nothing else, as Slack asks."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def measure(text: str) -> int:
    """Characters as Slack counts them: after escaping."""
    return len(text) + 4 * text.count("&") + 3 * (text.count("<") + text.count(">"))


def moment(at: datetime, style: str, written: str) -> str:
    """Slack's timestamp: each reader sees their own zone. `written` stands where it cannot be shown."""
    if style not in _DATES:
        return escape(written)
    clock = "{time_secs}" if at.second else "{time}"
    form = _DATES[style].replace("{clock}", clock)
    return f"<!date^{int(at.timestamp())}^{form}|{escape(written).replace('|', '/')}>"


def named(place: Place) -> str:
    """Slack's own mention: each reader sees the name that the channel has then."""
    return f"<#{place.address.channel}>" if place.address.channel else f"#{escape(place.name)}"


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel that a sentence mentions."""

    id: str


@dataclass(frozen=True, slots=True)
class Moment:
    """A time that a sentence mentions, in seconds, with Slack's template for it."""

    at: int
    form: str
    written: str


def has_marks(text: str) -> bool:
    """Would mrkdwn format part of it? Our own sentences have no marks: they come from names."""
    return _MARKS.search(_TOKEN.sub("", text)) is not None


def tokens(text: str) -> Iterator[str | Channel | Moment]:
    """One of our sentences cut into text and what `named` and `moment` put into it."""
    at = 0
    for found in _TOKEN.finditer(text):
        if text[at : found.start()]:
            yield text[at : found.start()]
        yield Channel(found[1]) if found[1] else Moment(int(found[2]), found[3], found[4])
        at = found.end()
    if text[at:]:
        yield text[at:]


def typed(text: str) -> str:
    """The text behind the command as it was typed, with user groups written like people."""
    return html.unescape(_GROUP.sub(r"<@\1", text))


def shortened(text: str, longest: int) -> str:
    """Truncated with an ellipsis; only for labels, and for the fallback text of screen readers."""
    if measure(text) <= longest:
        return text
    return text[: cut(text, 0, longest - 2, measure)].rstrip() + " …"


def shortened_markup(text: str, longest: int) -> str:
    """As `shortened`, for text that is escaped already; never cuts an entity in two."""
    if len(text) <= longest:
        return text
    return re.sub(r"&\w{0,3}$", "", text[: longest - 2]).rstrip() + " …"


def pieces(text: str, longest: int = LONGEST_SECTION) -> Iterator[str]:
    """The text in pieces that fit a section each; no character is lost."""
    start = 0
    while start < len(text):
        end = cut(text, start, longest, measure)
        yield text[start:end]
        start = end

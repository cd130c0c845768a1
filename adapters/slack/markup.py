"""Pure: Slack's markup. Our sentences are rich text, whose text elements are never parsed: mrkdwn has no escape for
`*`, `_`, `~`, backticks and `:emoji:`, so a name there could act. People's words are plain text."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from bot.isolates import FIRST_STRONG_ISOLATE, POP_DIRECTIONAL_ISOLATE
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
_TOKEN = re.compile(r"<!date\^(?P<at>\d+)\^(?P<form>[^|>]*)\|(?P<written>[^>]*)>|<#(?P<channel>\w+)>")
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


def elements(text: str, *, is_bold: bool = False) -> Iterator[dict[str, Any]]:
    """One of our sentences as elements of a rich text. A `<` in it is of `moment` or `named`: names are escaped."""
    style: dict[str, Any] = {"style": {"bold": True}} if is_bold else {}
    start = 0
    for token in _TOKEN.finditer(text):
        if before := text[start : token.start()]:
            yield {"type": "text", "text": unescaped(before), **style}
        yield {**_element(token), **style}
        start = token.end()
    if rest := text[start:]:
        yield {"type": "text", "text": unescaped(rest), **style}


def _element(token: re.Match[str]) -> dict[str, Any]:
    if channel := token["channel"]:
        return {"type": "channel", "channel_id": channel}
    written = unescaped(token["written"])
    return {"type": "date", "timestamp": int(token["at"]), "format": token["form"], "fallback": written}


def unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def typed(text: str) -> str:
    """The text behind the command as it was typed, with user groups written like people."""
    return html.unescape(_GROUP.sub(r"<@\1", text))


def shortened(text: str, longest: int) -> str:
    """Truncated with an ellipsis; only for labels, and for the fallback text of screen readers."""
    if measure(text) <= longest:
        return text
    return _closed(text[: cut(text, 0, longest - 3, measure)].rstrip()) + " …"


def shortened_markup(text: str, longest: int) -> str:
    """As `shortened`, for text that is escaped already; never cuts an entity in two."""
    if len(text) <= longest:
        return text
    return _closed(re.sub(r"&\w{0,3}$", "", text[: longest - 3]).rstrip()) + " …"


def _closed(text: str) -> str:
    """A name that was cut in two is still isolated."""
    is_open = text.rfind(FIRST_STRONG_ISOLATE) > text.rfind(POP_DIRECTIONAL_ISOLATE)
    return text + POP_DIRECTIONAL_ISOLATE if is_open else text


def pieces(text: str, longest: int = LONGEST_SECTION) -> Iterator[str]:
    """The text in pieces that fit a section each; no character is lost."""
    start = 0
    while start < len(text):
        end = cut(text, start, longest, measure)
        yield text[start:end]
        start = end

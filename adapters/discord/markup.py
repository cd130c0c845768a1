"""Pure: Discord's markup. All of a message is escaped; only timestamps and channels in our sentences are tokens.

Discord has no plain text: a backslash before a sign shows the sign. Lengths are counted as UTF-16 units after escaping,
which is never less than what Discord counts.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterator
from datetime import datetime

from bot.isolates import FIRST_STRONG_ISOLATE, POP_DIRECTIONAL_ISOLATE
from bot.people import Place
from bot.reveal.cutting import cut

LONGEST_CONTENT = 2_000
"""Of `content`. https://docs.discord.com/developers/resources/message"""

LONGEST_PAGE = 1_800
"""Of one message of the reveal: a tenth below the limit."""

LONGEST_THREAD_NAME = 100
LONGEST_BUTTON = 80

Render = Callable[[str], str]

_OPEN, _CLOSE = "\ue000", "\ue001"
_TOKEN = re.compile(f"{_OPEN}(?P<kind>[TC])(?P<id>-?\\d+)(?P<style>[a-zA-Z]?){_CLOSE}")
_HALF_TOKEN = re.compile(f"{_OPEN}[^{_CLOSE}]*$")
_STYLES = {"": "F", "year": "F", "zone": "F", "day": "D", "time": "t"}

_SIGNS = re.compile(
    r"[\\*_~`|<\[]"  # the backslash itself, emphasis, code, spoilers, tokens, named links
    r"|(?<=<)@|@(?=everyone|here)"
    r"|:(?=//|\S*:)"  # links, and names of emoji
    r"|(?<=discord)\.(?=gg/|com/|new/|gift/)|(?<=discordapp)\.(?=com/)",  # invites, which unfold without a scheme
    re.IGNORECASE,
)
_LINE = re.compile(r"^(?P<space>\s*)(?:(?P<sign>[#>+]|-(?=[\s#]))|(?P<number>\d+)\.(?=\s))", re.MULTILINE)
"""Headings, quotes and lists count at the start of a line."""

_ESCAPED = re.compile(r"\\([^0-9A-Za-z\s])")


def escape(text: str) -> str:
    """Shown to the letter, with nothing in it active. `text` begins a line."""
    signs = _SIGNS.sub(r"\\\g<0>", text)
    return _LINE.sub(lambda line: f"{line['space']}{_at_the_start(line)}", signs)


def _at_the_start(line: re.Match[str]) -> str:
    return f"{line['number']}\\." if line["number"] else f"\\{line['sign']}"


def measure(text: str) -> int:
    """UTF-16 units after escaping."""
    return length(escape(text))


def length(text: str) -> int:
    return len(text) + sum(sign > "\uffff" for sign in text)


def fact(text: str) -> str:
    """A fact of one of our sentences: no name looks like a token of ours."""
    return text.replace(_OPEN, "").replace(_CLOSE, "")


def moment(at: datetime, style: str, written: str) -> str:
    """Discord's timestamp: each reader sees their own zone. `written` stands where it has no such style."""
    if style not in _STYLES:
        return fact(written)
    unix = int(at.timestamp())
    if not at.second or style == "day":
        return f"{_OPEN}T{unix}{_STYLES[style]}{_CLOSE}"
    clock = f"{_OPEN}T{unix}T{_CLOSE}"
    return clock if style == "time" else f"{_OPEN}T{unix}D{_CLOSE} {clock}"


def named(place: Place) -> str:
    """Discord's own mention of a channel: each reader sees the name that it has then."""
    channel = place.address.channel or ""
    return f"{_OPEN}C{channel}{_CLOSE}" if channel.isdecimal() else f"#{fact(place.name)}"


def ours(text: str) -> str:
    """One of our sentences, worded with `fact`, `moment` and `named`."""
    return _TOKEN.sub(_token, escape(text))


def _token(token: re.Match[str]) -> str:
    return f"<#{token['id']}>" if token["kind"] == "C" else f"<t:{token['id']}:{token['style']}>"


def shortened(text: str, longest: int, render: Render) -> str:
    """`text` rendered, cut with an ellipsis where that is too long; only for what can be read in full elsewhere."""
    if length(render(text)) <= longest:
        return render(text)
    kept = _HALF_TOKEN.sub("", text[: cut(text, 0, longest - 3, lambda part: length(render(part)))]).rstrip()
    is_open = kept.rfind(FIRST_STRONG_ISOLATE) > kept.rfind(POP_DIRECTIONAL_ISOLATE)
    return f"{render(kept)}{POP_DIRECTIONAL_ISOLATE if is_open else ''} …"


def pieces(text: str, longest: int, render: Render) -> Iterator[str]:
    """The text rendered in pieces of at most so many; no character is lost."""
    start = 0
    while start < len(text):
        end = cut(text, start, longest, lambda part: length(render(part)))
        yield render(text[start:end])
        start = end


def nonce(key: str) -> str:
    """At most 25 characters, the same for the same key."""
    return base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest()[:16]).decode().rstrip("=")


def read_out(content: str) -> str:
    """A message's content as it is read, without emphasis."""
    return _ESCAPED.sub(r"\1", content.replace("**", ""))


def thread_name(content: str) -> str:
    """The name of the thread under this message: what its first line names, or the line itself."""
    first = read_out(content).strip().partition("\n")[0]
    _, opened, rest = first.partition(FIRST_STRONG_ISOLATE)
    inner = rest.partition(POP_DIRECTIONAL_ISOLATE)[0].strip() if opened else ""
    name = inner or first.strip() or "…"
    return name if length(name) <= LONGEST_THREAD_NAME else f"{name[: LONGEST_THREAD_NAME // 2]}…"

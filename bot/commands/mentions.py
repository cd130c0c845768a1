"""Mention tokens of chats (`<@U1|sam>`), and free text in which they become what people read."""

from __future__ import annotations

import re

PERSON = re.compile(r"<@[!&]?([\w./:-]+)(?:\|[^>]*)?>")
"""Somebody who is named, a group of a workspace or a role included."""

_TOKEN = re.compile(
    r"<(?P<sign>[@#!])[!&]?(?:subteam\^)?(?P<id>[\w./:-]+)(?:\|(?P<name>[^>]*))?>"
    r"|<(?P<link>(?:https?|mailto):[^|>\s]+)(?:\|(?P<label>[^>]*))?>"
)
_QUOTES = ("“”", "„“", "‘’", "«»", "‹›", '""', "''", "``")


def readable(text: str) -> str:
    """Free text without tokens: `about <@U1|ann> in <#C1|repairs>` -> `about @ann in #repairs`."""

    def read(token: re.Match[str]) -> str:
        if link := token["link"]:
            label = token["label"]
            plain = link.removeprefix("mailto:")
            return plain if not label or label in (link, plain) else f"{label} ({plain})"
        sign = "#" if token["sign"] == "#" else "@"
        return sign + (token["name"] or token["id"]).lstrip("@#")

    return _TOKEN.sub(read, text)


def unquoted(text: str) -> str:
    """Without white space and one pair of quotes round it all."""
    plain = text.strip()
    for pair in _QUOTES:
        if len(plain) > 2 and plain[0] == pair[0] and plain[-1] == pair[1] and pair[0] not in plain[1:-1]:
            return plain[1:-1].strip()
    return plain

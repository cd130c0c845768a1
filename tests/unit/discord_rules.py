"""What Discord's client makes of a content: a small model of its rules, apart from the adapter's own."""

from __future__ import annotations

import re

_ACTS = re.compile(
    r"""
    ^\s*(?:\#{1,3}\s|-\#\s|>\s|>>>|[-*+]\s|\d+\.\s)      # at the start of a line
    | \*[^*\s]|_[^_\s]|~~|\|\||`                          # emphasis, spoilers, code
    | \[[^\]]*\]\(                                        # named links
    | https?://\S | discord(?:app)?\.(?:gg|com/invite)/\S # links and invites
    | <(?:@[!&]?\d|\#\d|t:-?\d|a?:\w+:\d|/\w|https?:|id:) # tokens
    | :[^\s:]+:                                           # emoji by name
    """,
    re.VERBOSE | re.MULTILINE | re.IGNORECASE,
)
_ESCAPED = re.compile(r"\\([^0-9A-Za-z\s])")


def acts(content: str) -> bool:
    """Does anything in it act? Escaped signs are taken out first: none of them begins or ends anything."""
    return _ACTS.search(_ESCAPED.sub("\ue0ff", content)) is not None or _everyone(content)


def _everyone(content: str) -> bool:
    return re.search(r"(?<!\\)@(?:everyone|here)", content) is not None


def shown(content: str) -> str:
    """As it is read, where nothing in it acts."""
    return _ESCAPED.sub(r"\1", content)

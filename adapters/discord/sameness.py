"""Pure: is a message of the history the one that was to be sent? Discord's history holds no nonce.

A message with buttons bears the mark of its key in their numbers, also after an edit. One without reads the same: what
was posted twice within the time of the search would be taken for it. Files are known by their names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from adapters.discord import views
from adapters.discord.markup import read_out
from bot.errors import Rejected
from bot.messages import File, Post
from bot.text import Texts

Message = Mapping[str, Any]


def sameness(key: str, what: Post | Sequence[File] | None, texts: Texts) -> Callable[[Message], bool]:
    match what:
        case None:
            return _marked(key)
        case Post(controls=()):
            return _reading(what, texts)
        case Post():
            return _marked(key)
        case _:
            return _holding({file.name for file in what})


def _marked(key: str) -> Callable[[Message], bool]:
    wanted = views.mark(key)
    return lambda message: views.mark_of(message.get("components") or ()) == wanted


def _reading(post: Post, texts: Texts) -> Callable[[Message], bool]:
    """With or without emphasis: a message may have gone out plain."""
    try:
        wanted = _words(views.message(post, texts).content)
    except Rejected:
        return lambda message: False
    return lambda message: not message.get("components") and _words(str(message.get("content") or "")) == wanted


def _holding(names: set[str]) -> Callable[[Message], bool]:
    return lambda message: {str(one.get("filename")) for one in message.get("attachments") or ()} == names


def _words(content: str) -> list[str]:
    return read_out(content).split()

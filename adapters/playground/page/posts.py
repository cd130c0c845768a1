"""What somebody does on their page: it goes to the chat as theirs, and what they are shown for it comes back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from adapters.html.forms import filled, one_break
from adapters.playground.chat.wire import Cut, Json, TurnedDown
from adapters.playground.page.drawing import Drawing, about
from adapters.playground.page.eyes import Eyes
from adapters.playground.page.stream import entry_event
from bot.acts import FormKind

LONGEST = 256 * 1024
"""Bytes of what is sent. The answer form holds 12,000 characters at most, each of up to 12 bytes as it is encoded."""

MOST_FIELDS = 2_000
"""Pairs of name and value: a set-up names people, one a pair."""

BESIDE = ("form", "about", "do")
"""Names in a form that are none of its boxes."""

KINDS = frozenset(FormKind)
OPENS: dict[str, tuple[str, ...]] = {"answer": ("answer", "late")}
"""Kind of form -> verbs of the buttons that open it, where they are not called as it."""

SENTENCES = {
    "down": "away",
    "no_form_open": "form_gone",
    "no_such_box": "form_gone",
    "no_such_channel": "no_such_place",
    "no_such_entry": "no_such_place",
    "account_closed": "account_closed",
    "too_long": "too_long",
    "no_text": "no_text",
    "archived": "archived",
}
"""Why the chat turned something down -> `playground.refused.<key>`."""

_COMMAND = re.compile(r"\A\s*/coproduce\b\s*", re.IGNORECASE)

Pairs = Sequence[tuple[str, str]]


class Malformed(Exception):
    """Nothing that the page itself sends."""


@dataclass(frozen=True, slots=True)
class Posts:
    """One person's."""

    eyes: Eyes
    drawing: Drawing

    async def do(self, op: str, pairs: Pairs) -> dict[str, Any]:
        """`{"form", "entry", "error", "gone"}`. Raises Malformed."""
        doing = {
            "command": self._command,
            "press": self._press,
            "type": self._type,
            "say": self._say,
            "fill": self._fill,
            "keep": self._keep,
            "leave": self._leave,
        }[op]
        try:
            told = await doing(pairs)
        except Cut:
            return self._refused("away")
        except TurnedDown as no:
            return self._turned_down(no)
        return self._shown(told, is_of_form=op in ("fill", "keep"))

    async def _command(self, pairs: Pairs) -> Json:
        """With or without the name of the command itself."""
        sent = _of(pairs, ("text",), ("channel",))
        return await self.eyes.ask("command", **sent | {"text": _COMMAND.sub("", sent["text"], count=1)})

    async def _press(self, pairs: Pairs) -> Json:
        sent = _of(pairs, ("control",), ("channel",))
        return await self.eyes.ask("press", **sent)

    async def _type(self, pairs: Pairs) -> Json:
        """To the bot, in the inbox."""
        return await self.eyes.ask("type", text=_of(pairs, ("text",), ("channel",))["text"])

    async def _say(self, pairs: Pairs) -> Json:
        return await self.eyes.ask("say", **_of(pairs, ("channel", "text"), ("thread",)))

    async def _leave(self, pairs: Pairs) -> Json:
        return await self.eyes.ask("leave")

    async def _fill(self, pairs: Pairs) -> Json:
        return await self._send("keep" if ("do", "keep") in pairs else "fill", pairs)

    async def _keep(self, pairs: Pairs) -> Json:
        return await self._send("keep", pairs)

    async def _send(self, op: str, pairs: Pairs) -> Json:
        """A form that the chat does not have open any more is opened anew, and filled with what was typed."""
        beside = {name: value for name, value in pairs if name in BESIDE}
        if "form" not in beside:
            raise Malformed
        fields = {name: list(values) for name, values in filled(pairs, BESIDE).items()}
        try:
            return await self.eyes.ask(op, fields=fields, form=beside["form"])
        except TurnedDown as no:
            if no.code != "no_form_open":
                raise
        return await self.eyes.ask(op, fields=fields, form=await self._opened(beside.get("about", "")))

    async def _opened(self, about_: str) -> str:
        """The id of the form, opened again. Raises TurnedDown and Cut."""
        kind, _, code = about_.partition(":")
        for verb in OPENS.get(kind, (kind,)) if kind in KINDS else ():
            told = await self.eyes.ask("press", control=f"coproduce:{verb}:{code}")
            form = self.eyes.form
            if "form" in told and form is not None and form.id == told["form"]["id"] and about(form.sheet) == about_:
                return form.id
        raise TurnedDown("no_form_open")

    def _shown(self, told: Json, *, is_of_form: bool) -> dict[str, Any]:
        """A form that was sent comes back where something is wrong in it; the chat has told of it before it answers."""
        form = self.drawing.dialog(self.eyes.form) if is_of_form or "form" in told else ""
        entry = self.drawing.sight.one(told["entry"]["id"]) if "entry" in told else None
        seen = entry_event(self.drawing, entry, is_edit=False) if entry is not None else None
        return {"form": form or None, "entry": seen, "error": None}

    def _turned_down(self, no: TurnedDown) -> dict[str, Any]:
        code = no.facts.get("reason", no.code) if no.code == "rejected" else no.code
        if code not in SENTENCES:
            raise Malformed
        return {**self._refused(SENTENCES[code]), "gone": code == "no_form_open"}

    def _refused(self, key: str) -> dict[str, Any]:
        return {"form": None, "entry": None, "error": self.drawing.sight.say(f"refused.{key}")}


async def sent(request: web.Request) -> Pairs:
    """Raises Malformed, and HTTPRequestEntityTooLarge."""
    if request.content_type != "application/x-www-form-urlencoded":
        raise Malformed
    body = await request.clone(client_max_size=LONGEST).read()
    try:
        return parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError:
        raise Malformed from None


def _of(pairs: Pairs, needed: Iterable[str], optional: Iterable[str] = ()) -> dict[str, str]:
    """Each once at most, and nothing else. Line breaks are one character. Raises Malformed."""
    given = {name: one_break(value) for name, value in pairs}
    if len(given) != len(pairs) or not set(needed) <= set(given) <= {*needed, *optional}:
        raise Malformed
    return given

"""One press of one person: it becomes an act of the bot's, and what the bot makes of it is put before them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from adapters.html.shapes import Box, Button, Paragraph, Prose, Sheet, as_json, of_json
from adapters.playground.chat import sheets
from adapters.playground.chat.faults import How
from adapters.playground.chat.sheets import OpenSheet
from adapters.playground.chat.state import Entry, Kind, Person, entry_json, paragraphs_of
from adapters.playground.chat.team import Team, token
from adapters.playground.chat.wire import Cut, Json, TurnedDown

Fields = Mapping[str, Sequence[str]]


class Presses:
    """Each answers with what the person is shown for it: a form or an entry. `channel`: where they pressed.

    `marks_suffice`: what is wrong with the boxes of a form is read in the form, and not once more as an entry.
    """

    def __init__(self, team: Team, *, marks_suffice: bool = False) -> None:
        self._team = team
        self._marks_suffice = marks_suffice

    async def command(self, actor: Person, text: str, channel: str = "") -> Json:
        outcome = await self._outcome(actor, "command", text=self._mentions(text), channel=channel)
        return self._put_before(actor, outcome, channel)

    async def press(self, actor: Person, control: str, channel: str = "") -> Json:
        return self._put_before(actor, await self._outcome(actor, "press", control=control), channel)

    async def type(self, actor: Person, text: str) -> Json:
        return self._put_before(actor, await self._outcome(actor, "type", text=text), "")

    async def fill(self, actor: Person, fields: Fields, form: str | None = None) -> Json:
        """Boxes that are not named keep what the form showed in them."""
        filled = self._filled(actor, fields, form)
        outcome = await self._outcome(actor, "fill", **_sent(filled.sheet), keep=False)
        if outcome["show"] in (Kind.REFUSED, Kind.FAILED):
            return self._marked(actor, filled, outcome)
        if outcome["show"] != Kind.FORM and self._is_open(actor, filled):
            self._team.open_form(actor, None)
        return self._put_before(actor, outcome, filled.channel)

    async def keep(self, actor: Person, fields: Fields, form: str | None = None) -> Json:
        """As `fill`, but the words are only kept: the form stays open."""
        filled = self._filled(actor, fields, form)
        if filled.sheet.kind not in sheets.KEPT:
            raise TurnedDown("keeps_nothing", kind=filled.sheet.kind)
        outcome = await self._outcome(actor, "fill", **_sent(filled.sheet), keep=True)
        if outcome["show"] == Kind.FORM and _is_of(filled.sheet, shown := self._sheet(outcome)):
            kept = replace(filled, sheet=shown)
            self._team.open_form(actor, kept)
            return {"form": kept.as_json()}
        return self._marked(actor, filled, outcome)

    def leave(self, actor: Person) -> Json:
        self._team.open_form(actor, None)
        return {}

    def form(self, actor: Person) -> Json:
        """The form that is open before somebody, with what they typed."""
        shown = self._team.forms.get(actor.id)
        return {"form": shown.as_json() if shown else None}

    # to the bot and back

    async def _outcome(self, actor: Person, by: str, **made: Any) -> Json:
        if not actor.reads:
            raise TurnedDown("account_closed")
        act = {"id": token(), "by": by, "actor": asdict(actor), **made}
        try:
            return await self._deliver(act)
        except (Cut, TurnedDown, TimeoutError):
            said = Paragraph(pieces=(self._team.sentences["no_answer"],))
            return {"show": Kind.FAILED, "paragraphs": as_json((said,)), "controls": []}

    async def _deliver(self, act: Json) -> Json:
        """Raises Cut, TurnedDown, TimeoutError: the bot gave no answer."""
        bot = self._team.bot
        if bot is None or self._team.is_down:
            raise Cut
        fault = self._team.faults.strike("act", {"kind": act["by"], "person": act["actor"]["id"]})
        if fault is not None and fault.how is How.LOSE_POST:
            raise Cut
        async with asyncio.timeout(self._team.patience):
            if fault is not None and fault.how is How.TWICE:
                first, _ = await asyncio.gather(bot.ask("act", act=act), bot.ask("act", act=act))
            else:
                first = await bot.ask("act", act=act)
        if fault is not None and fault.how is How.LOSE_ANSWER:
            raise Cut
        return first

    # what they are shown for it

    def _put_before(self, actor: Person, outcome: Json, channel: str) -> Json:
        at = self._team.now
        if outcome["show"] == Kind.FORM:
            shown = OpenSheet(id=token(), sheet=self._sheet(outcome), channel=channel)
            blank = as_json(sheets.blank(shown.sheet))
            opened = {"what": "form", "id": shown.id, "at": at.isoformat(), "person": actor.id, "form": blank}
            self._team.record(opened)
            self._team.open_form(actor, shown)
            return {"form": shown.as_json()}
        entry = Entry(
            id=f"E{token()}",
            at=at,
            kind=outcome["show"],
            paragraphs=self._team.state.current(paragraphs_of(outcome)),
            person=actor.id,
            channel=channel if self._team.state.may_read(actor.id, channel) else None,
            controls=tuple(Button(**one) for one in outcome["controls"]),
            is_ephemeral=True,
        )
        self._team.record({"what": "entry", "entry": entry_json(entry)})
        return {"entry": entry_json(entry)}

    def _sheet(self, outcome: Json) -> Sheet:
        return sheets.renamed(of_json(Sheet, outcome["form"]), self._team.state.names)

    # forms

    def _filled(self, actor: Person, fields: Fields, form: str | None) -> OpenSheet:
        """What they typed stands in the form from now on, whatever becomes of it. Raises TurnedDown."""
        shown = self._team.forms.get(actor.id)
        if shown is None or form not in (None, shown.id):
            raise TurnedDown("no_form_open", person=actor.name)
        filled = shown.filled(fields)
        filled = filled.filled({box.name: self._chosen(box) for box in filled.sheet.boxes})
        self._team.open_form(actor, filled)
        return filled

    def _is_open(self, actor: Person, form: OpenSheet) -> bool:
        """Another may have been opened while the bot answered."""
        shown = self._team.forms.get(actor.id)
        return shown is not None and shown.id == form.id

    def _marked(self, actor: Person, form: OpenSheet, outcome: Json) -> Json:
        """A refused form, or one that got no answer, stays open with all that was typed."""
        errors = {name: of_json(Prose, told) for name, told in outcome.get("errors", {}).items()}
        if self._is_open(actor, form):
            marked = form.marked(errors)
            self._team.open_form(actor, marked)
            if self._marks_suffice and errors and errors.keys() <= {box.name for box in marked.sheet.boxes}:
                return {"form": marked.as_json()}
        return self._put_before(actor, outcome, form.channel)

    def _mentions(self, text: str) -> str:
        """`@Ann Lee` -> `<@U1>`; the longest name that fits."""
        names = {person.name: person.id for person in self._team.state.people.values()}
        if not names:
            return text
        longest_first = sorted(names, key=len, reverse=True)
        pattern = "|".join(re.escape(name) for name in longest_first)
        return re.sub(rf"@({pattern})(?!\w)", lambda found: f"<@{names[found[1]]}>", text)

    def _chosen(self, box: Box) -> list[str]:
        """Pickers hand over ids, whatever their owner reads on them."""
        state = self._team.state
        match box.kind:
            case "people":
                picked = ((value, state.person(value.removeprefix("@"))) for value in box.values)
                return [person.id if person else value for value, person in picked]
            case "channel":
                channels = ((value, state.channel(value)) for value in box.values)
                return [channel.id if channel else value for value, channel in channels]
            case _:
                return list(box.values)


def _sent(sheet: Sheet) -> Json:
    fields = {box.name: list(box.values) for box in sheet.boxes}
    return {"kind": sheet.kind, "code": sheet.code, "page": sheet.page, "fields": fields}


def _is_of(before: Sheet, after: Sheet) -> bool:
    return (before.kind, before.code) == (after.kind, after.code)

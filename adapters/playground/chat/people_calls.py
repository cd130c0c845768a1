"""What people may do in the chat, and what whoever runs it may do to it."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from adapters.playground.chat.faults import How
from adapters.playground.chat.state import Button, Channel, Entry, Kind, Person, entry_json, mentions_of
from adapters.playground.chat.team import Team, token
from adapters.playground.chat.wire import Cut, Json, TurnedDown


class PeopleCalls:
    def __init__(self, team: Team) -> None:
        self._team = team

    async def serve(self, op: str, what: Json) -> Json:
        match op:
            case "command" | "press" | "fill" | "type":
                return await self._hand(op, **what)
            case "clock":
                return await self._clock(**what)
            case _:
                return self._at_once(op, what)

    def _at_once(self, op: str, what: Json) -> Json:
        plain: dict[str, Callable[..., Json]] = {
            "person": self._person,
            "channel": self._channel,
            "form": self._form,
            "fault": self._fault,
            "mend": self._mend,
            "down": self._down,
            "up": self._up,
        }
        if op not in plain:
            raise TurnedDown("no_such_op", op=op)
        return plain[op](**what)

    # people's hands

    async def _hand(self, op: str, person: str, **what: Any) -> Json:
        """One press. The answer is what the person is shown for it: a form or an entry."""
        actor = self._team.person(person)
        if not actor.reads:
            raise TurnedDown("account_closed")
        made = getattr(self, f"_{op}")(actor, **what)
        act = {"id": token(), "by": op, "actor": asdict(actor), **made}
        try:
            outcome = await self._deliver(act)
        except (Cut, TurnedDown, TimeoutError):
            outcome = {"show": Kind.FAILED, "text": self._team.sentences["no_answer"], "controls": []}
        return self._put_before(actor, outcome, filled=op == "fill")

    def _command(self, actor: Person, text: str, channel: str | None = None) -> Json:
        del actor
        return {"text": self._mentions(text), "channel": self._channel_id(channel) or ""}

    def _press(self, actor: Person, control: str) -> Json:
        del actor
        return {"control": control}

    def _fill(self, actor: Person, fields: dict[str, list[str]], form: str | None = None) -> Json:
        """Boxes that are not named keep what the form showed in them."""
        shown = self._team.forms.get(actor.id)
        if shown is None or form not in (None, shown["id"]):
            raise TurnedDown("no_form_open", person=actor.name)
        boxes = {box["name"]: box for box in shown["boxes"]}
        for name in fields:
            if name not in boxes:
                boxes[name] = _another_group(shown, name)
        values = {name: fields.get(name, box["values"]) for name, box in boxes.items()}
        sent = {name: self._chosen(boxes[name]["kind"], value) for name, value in values.items()}
        for name, value in sent.items():
            boxes[name]["values"] = value  # a form that comes back still holds what was typed
        return {"kind": shown["kind"], "code": shown["code"], "page": shown["page"], "fields": sent}

    def _type(self, actor: Person, text: str) -> Json:
        del actor
        return {"text": text}

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

    def _put_before(self, actor: Person, outcome: Json, *, filled: bool) -> Json:
        if outcome["show"] == Kind.FORM:
            notes = [self._team.state.read(**note) for note in outcome["form"]["notes"]]
            form = {**outcome["form"], "notes": notes, "id": token()}
            self._team.forms[actor.id] = form
            read = {"what": "form", "at": self._team.now.isoformat(), "person": actor.id}
            self._team.record({**read, "text": self._team.state.read(outcome["text"], outcome["mentions"])})
            return {"form": form}
        if filled and (shown := self._team.forms.get(actor.id)) is not None:
            self._close_or_mark(actor, shown, outcome)
        entry = Entry(
            id=f"E{token()}",
            at=self._team.now,
            kind=outcome["show"],
            text=self._team.state.read(outcome["text"], outcome.get("mentions", ())),
            mentions=mentions_of(outcome.get("mentions", ())),
            unnamed=outcome["text"] if outcome.get("mentions") else "",
            person=actor.id,
            controls=tuple(Button(**one) for one in outcome["controls"]),
            is_ephemeral=True,
        )
        self._team.record({"what": "entry", "entry": entry_json(entry)})
        return {"entry": entry_json(entry)}

    def _close_or_mark(self, actor: Person, form: Json, outcome: Json) -> None:
        """A refused form, or one that got no answer, stays open with all that was typed."""
        if outcome["show"] not in (Kind.REFUSED, Kind.FAILED):
            del self._team.forms[actor.id]
            return
        errors = outcome.get("errors", {})
        for box in form["boxes"]:
            error = errors.get(box["name"])
            box["error"] = self._team.state.read(**error) if error else ""

    def _form(self, person: str) -> Json:
        """The form that is open before somebody, with what they typed."""
        return {"form": self._team.forms.get(self._team.person(person).id)}

    # who and where

    def _person(self, **told: Any) -> Json:
        """Adds somebody, or changes who is there already."""
        known = self._team.state.people.get(told.get("id", ""))
        person = replace(known, **told) if known else Person(**{"id": f"U{token()[:8]}", **told})
        self._team.record({"what": "person", "person": asdict(person)})
        return {"id": person.id}

    def _channel(self, members: list[str] | None = None, **told: Any) -> Json:
        known = self._team.state.channels.get(told.get("id", ""))
        if members is not None:
            told["members"] = tuple(self._team.person(member).id for member in members)
        channel = replace(known, **told) if known else Channel(**{"id": f"C{token()[:8]}", **told})
        self._team.record({"what": "channel", "channel": asdict(channel)})
        return {"id": channel.id}

    def _mentions(self, text: str) -> str:
        """`@Ann Lee` -> `<@U1>`; the longest name that fits."""
        names = {person.name: person.id for person in self._team.state.people.values()}
        if not names:
            return text
        longest_first = sorted(names, key=len, reverse=True)
        pattern = "|".join(re.escape(name) for name in longest_first)
        return re.sub(rf"@({pattern})(?!\w)", lambda found: f"<@{names[found[1]]}>", text)

    def _channel_id(self, ref: str | None) -> str | None:
        found = self._team.state.channel(ref) if ref else None
        return found.id if found else ref

    def _chosen(self, kind: str, values: Sequence[str]) -> list[str]:
        """Pickers hand over ids, whatever their owner reads on them."""
        match kind:
            case "people":
                picked = ((value, self._team.state.person(value.removeprefix("@"))) for value in values)
                return [person.id if person else value for value, person in picked]
            case "channel":
                return [self._channel_id(value) or value for value in values]
            case _:
                return list(values)

    # what goes wrong, and the clock

    def _fault(self, **told: Any) -> Json:
        self._team.faults.add(told)
        return {}

    def _mend(self) -> Json:
        self._team.faults.clear()
        return {}

    def _down(self) -> Json:
        self._team.is_down = True
        if self._team.bot is not None:
            self._team.bot.close()
        return {}

    def _up(self) -> Json:
        self._team.is_down = False
        return {}

    async def _clock(self, do: str, at: str | None = None, seconds: float = 0.0, rate: int = 1) -> Json:
        """stop, run (`rate` times as fast as the machine's), set (`at`), advance (`seconds`).

        Answers when the bot's clock stands there too.
        """
        team, machine = self._team, self._team.machine()
        hands = team.state.hands
        match do:
            case "stop":
                hands = hands.stop(machine)
            case "run":
                hands = hands.run(machine, rate)
            case "set" if at is not None:
                hands = hands.show(datetime.fromisoformat(at), machine)
            case "advance":
                hands = hands.show(hands.now(machine) + timedelta(seconds=seconds), machine)
            case "read":
                return {"now": team.now.isoformat()}
            case _:
                raise TurnedDown("no_such_op", op=f"clock {do}")
        team.record({"what": "clock", "hands": hands.as_json()})
        if team.bot is not None:
            with contextlib.suppress(Cut):  # it reads the clock when it comes back
                await team.bot.ask("clock", hands=hands.as_json())
        return {"now": team.now.isoformat()}


def _another_group(form: Json, name: str) -> Json:
    """The set-up takes groups of any name; no other form takes a box it does not show."""
    if form["kind"] != "setup" or not name.startswith("group:"):
        raise TurnedDown("no_such_box", box=name, form=[box["name"] for box in form["boxes"]])
    box: Json = {"name": name, "kind": "people", "label": name, "hint": "", "values": [], "choices": []}
    box |= {"error": "", "optional": True, "longest": 0}
    form["boxes"].append(box)
    return box

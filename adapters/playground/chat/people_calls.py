"""What any of the people may do in the chat, and what whoever runs it may do to it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from adapters.playground.chat.presses import Presses
from adapters.playground.chat.state import Channel, Person
from adapters.playground.chat.team import Team, token
from adapters.playground.chat.wire import Cut, Json, TurnedDown


class PeopleCalls:
    def __init__(self, team: Team) -> None:
        self._team = team
        self._presses = Presses(team)

    async def serve(self, op: str, what: Json) -> Json:
        match op:
            case "command" | "press" | "fill" | "keep" | "type":
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
            "leave": lambda person: self._presses.leave(self._team.person(person)),
            "fault": self._fault,
            "mend": self._mend,
            "down": self._down,
            "up": self._up,
        }
        if op not in plain:
            raise TurnedDown("no_such_op", op=op)
        return plain[op](**what)

    # people's hands

    async def _hand(self, op: str, person: str, channel: str | None = None, **what: Any) -> Json:
        """One press. The answer is what the person is shown for it: a form or an entry."""
        found = self._team.state.channel(channel) if channel else None
        place = {"channel": found.id if found else channel} if channel else {}
        answer: Json = await getattr(self._presses, op)(self._team.person(person), **place, **what)
        return answer

    def _form(self, person: str) -> Json:
        return self._presses.form(self._team.person(person))

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

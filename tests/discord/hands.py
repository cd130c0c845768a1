"""What people do in the double: commands, presses, selects, forms, messages; and whether they were answered in time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.discord import payloads, rules
from tests.discord.gateway import Gateway
from tests.discord.interacting import AUTOCOMPLETE, COMMAND, PRESS, SUBMIT, Interacting
from tests.discord.permissions import USE_APPLICATION_COMMANDS, VIEW_CHANNEL
from tests.discord.world import APP, BOT, GUILD, Channel, Form, Interaction, Json, Message, World

SUBCOMMAND, STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER = 1, 3, 4, 5, 6, 7, 8, 9, 10


@dataclass(frozen=True, slots=True)
class Ack:
    """What became of an act."""

    interaction: Interaction
    is_missing: bool = False  # Discord says "The application did not respond"

    @property
    def answer(self) -> int:
        return self.interaction.answered


class Hands:
    """`copies` of the next act reach the bot."""

    def __init__(
        self, world: World, complain: Callable[[str], None], interacting: Interacting, gateway: Gateway
    ) -> None:
        self._world = world
        self._complain = complain
        self._interacting = interacting
        self._gateway = gateway
        self.copies = 1
        self.may_be_late = False  # no answer is no fault: the bot is being killed
        self.missed: Callable[[], Awaitable[None]] | None = None  # called when one was not answered

    # commands

    async def slash(self, user: str, verb: str, options: Mapping[str, str] | None = None, channel: str = "") -> Ack:
        """`/coproduce <verb>`; of people, roles and channels the id."""
        command, sub = self._sub(verb)
        typed = dict(options or {})
        known = {one["name"]: one for one in sub.get("options") or ()}
        assert set(typed) <= set(known), f"{verb} takes {sorted(known)}"
        for name, one in known.items():
            assert name in typed or not one.get("required"), f"{verb} needs {name}"
        filled = [self._option(one, typed[name]) for name, one in known.items() if name in typed]
        ids = [one["value"] for one in filled if known[one["name"]]["type"] in (USER, CHANNEL, ROLE, MENTIONABLE)]
        data = self._command_data(command, verb, filled)
        if ids:
            data["resolved"] = self._resolved(ids)
        return await self._act(COMMAND, user, channel or self._world.current, data)

    async def complete(
        self, user: str, verb: str, option: str, typed: str, others: Mapping[str, str] | None = None
    ) -> Sequence[Json]:
        """What is offered for these letters."""
        command, sub = self._sub(verb)
        (asked,) = (one for one in sub["options"] if one["name"] == option)
        assert asked.get("autocomplete"), f"{verb} {option} is offered nothing"
        filled = [{"type": STRING, "name": name, "value": value} for name, value in (others or {}).items()]
        filled.append({"type": asked["type"], "name": option, "value": typed, "focused": True})
        ack = await self._act(AUTOCOMPLETE, user, self._world.current, self._command_data(command, verb, filled))
        return self._interacting.choices.get(ack.interaction.id, [])

    def _sub(self, verb: str) -> tuple[Json, Json]:
        every = [one for commands in self._world.commands.values() for one in commands]
        command = next((one for one in every if one["name"] == "coproduce"), None)
        assert command is not None, f"no such command: {[one['name'] for one in every]}"
        sub = next((one for one in command["options"] if one["name"] == verb), None)
        assert sub is not None, f"no {verb}: {[one['name'] for one in command['options']]}"
        return command, sub

    @staticmethod
    def _option(known: Json, value: str) -> Json:
        kind: int = known["type"]
        if choices := known.get("choices"):
            assert value in [str(one["value"]) for one in choices], f"{known['name']}: none of {choices}"
        as_sent: Any = int(value) if kind == INTEGER else value == "true" if kind == BOOLEAN else value
        if kind == STRING:
            assert known.get("min_length", 0) <= len(value) <= known.get("max_length", 6000)
        return {"type": kind, "name": known["name"], "value": as_sent}

    @staticmethod
    def _command_data(command: Json, verb: str, filled: Sequence[Json]) -> Json:
        told: Json = {"id": command["id"], "name": command["name"], "type": 1}
        if "guild_id" in command:
            told["guild_id"] = command["guild_id"]
        return told | {"options": [{"type": SUBCOMMAND, "name": verb, "options": list(filled)}]}

    # buttons and selects

    async def press(self, user: str, custom_id: str, message: Message) -> Ack:
        button = component_of(message.components, custom_id)
        assert not button.get("disabled"), f"{custom_id} cannot be pressed"
        data = {"component_type": rules.BUTTON, "custom_id": custom_id, "id": button.get("id", 1)}
        return await self._act(PRESS, user, message.channel, data, message)

    async def select(self, user: str, custom_id: str, message: Message, values: Sequence[str]) -> Ack:
        box = component_of(message.components, custom_id)
        least, most = box.get("min_values", 1), box.get("max_values", 1)
        assert (1 if least is None else least) <= len(values) <= (1 if most is None else most), f"{custom_id}: {values}"
        data = self._chosen(box, list(values))
        return await self._act(PRESS, user, message.channel, data | {"component_type": box["type"]}, message)

    def _chosen(self, box: Json, values: list[str]) -> Json:
        told: Json = {"custom_id": box["custom_id"], "values": values, "id": box.get("id", 1)}
        if box["type"] == rules.STRING_SELECT:
            known = {one["value"] for one in box["options"]}
            assert set(values) <= known, f"{box['custom_id']} offers {sorted(known)}"
        elif values:
            told["resolved"] = self._resolved(values)
        return told

    def _resolved(self, ids: Sequence[str]) -> Json:
        told: Json = {}
        for id in ids:
            if id in self._world.people:
                person = self._world.people[id]
                told.setdefault("users", {})[id] = payloads.user(person)
                if person.is_member and not person.is_deleted:
                    permissions = {"permissions": str(self._world.permissions(id))}
                    without_user = payloads.member(person, with_user=False)
                    told.setdefault("members", {})[id] = without_user | permissions
            elif id in self._world.roles:
                told.setdefault("roles", {})[id] = payloads.role(self._world.roles[id])
            else:
                told.setdefault("channels", {})[id] = self._place(self._world.channels[id], BOT)
        return told

    # forms

    async def submit(self, user: str) -> Ack:
        """The form that is open, as it is filled in. Discord keeps it open where it is not answered in time."""
        form = self._world.forms.get(user)
        assert form is not None, f"no form is open before {user}"
        sent = [self._sent(form, one) for one in form.body["components"]]
        ids = [id for one in sent for id in one.get("component", {}).get("values", ()) if id.isdigit()]
        data: Json = {"custom_id": form.body["custom_id"], "components": sent}
        known = [id for id in ids if id in {**self._world.people, **self._world.roles, **self._world.channels}]
        if known:
            data["resolved"] = self._resolved(known)
        channel = next(one for one in self._world.interactions.values() if one.id == form.interaction).channel
        return await self._act(SUBMIT, user, channel, data, form.message)

    @staticmethod
    def _sent(form: Form, part: Json) -> Json:
        """One part of a form; a box that nobody touched is sent as it was shown."""
        if part["type"] != rules.LABEL:
            return {"type": part["type"], "id": part["id"]}
        box = part["component"]
        told: Json = {"type": box["type"], "id": box["id"], "custom_id": box["custom_id"]}
        told |= form.state.get(box["custom_id"]) or untouched(box)
        return {"type": rules.LABEL, "id": part["id"], "component": told}

    def close(self, user: str) -> None:
        """Nobody is told."""
        self._world.forms.pop(user, None)

    # messages

    async def type(self, user: str, text: str) -> Message:
        """To the bot, as an ordinary message in its conversation."""
        channel = self._world.conversation(user)
        return await self.write(user, text, channel)

    async def write(self, user: str, text: str, channel: Channel) -> Message:
        message = Message(id=self._world.fresh(), channel=channel.id, author=user, content=text, born=self._world.now())
        self._world.messages.append(message)
        self._world.by_id[message.id] = message
        told = payloads.message(self._world, message)
        if not channel.recipient:
            told |= {"guild_id": GUILD, "member": payloads.member(self._world.people[user], with_user=False)}
        copies, self.copies = self.copies, 1
        for _ in range(copies):
            await self._gateway.dispatch("MESSAGE_CREATE", told)
        return message

    # pieces

    async def _act(self, type: int, user: str, channel: str, data: Json, message: Message | None = None) -> Ack:
        place = self._world.channel(channel)
        if not place.recipient:
            assert self._world.may(user, place, VIEW_CHANNEL), f"{user} does not see {place.name}"
            if type == COMMAND:
                assert self._world.may(user, place, USE_APPLICATION_COMMANDS), "may use no commands there"
        made = self._interacting.begin(type, user, channel, message)
        told = self._payload(made, place, data)
        copies, self.copies = self.copies, 1
        made.is_repeated = copies > 1
        for _ in range(copies):
            await self._gateway.dispatch("INTERACTION_CREATE", told)
        is_answered = await self._interacting.until_answered(made, self._gateway.until_gone if self.missed else None)
        if not is_answered and self.missed:
            await self.missed()
        if not is_answered and not self.may_be_late:
            self._complain(f"no answer: an interaction of type {type} was not answered in three seconds ({data})")
        return Ack(made, is_missing=not is_answered)

    def _payload(self, made: Interaction, place: Channel, data: Json) -> Json:
        person = self._world.people[made.user]
        told: Json = {
            "id": made.id,
            "application_id": APP,
            "type": made.type,
            "token": made.token,
            "version": 1,
            "data": data,
            "channel": self._place(place, made.user),
            "channel_id": place.id,
            "app_permissions": str(self._world.permissions(BOT, None if place.recipient else place)),
            "locale": person.locale,
            "entitlements": [],
            "authorizing_integration_owners": {"0": "0" if place.recipient else GUILD},
            "context": 1 if place.recipient else 0,
            "attachment_size_limit": 10 * 2**20,
        }
        if made.message:
            told["message"] = payloads.message(self._world, made.message)
        if place.recipient:
            return told | {"user": payloads.user(person)}
        permissions = {"permissions": str(self._world.permissions(made.user, place))}
        told |= {"guild_id": GUILD, "guild": {"id": GUILD, "locale": "en-US", "features": ["COMMUNITY"]}}
        return told | {"member": payloads.member(person) | permissions, "guild_locale": "en-US"}

    def _place(self, place: Channel, user: str) -> Json:
        told = payloads.channel(self._world, place)
        return told if place.recipient else told | {"permissions": str(self._world.permissions(user, place))}


def component_of(components: Sequence[Json], custom_id: str) -> Json:
    """Empty where it stands there no more."""
    return next((one for one in rules.inside(components) if one.get("custom_id") == custom_id), {})


def untouched(box: Json) -> Json:
    """What is sent of a box that nobody touched."""
    match box["type"]:
        case rules.TEXT_INPUT:
            return {"value": box.get("value") or ""}
        case rules.STRING_SELECT:
            return {"values": [one["value"] for one in box["options"] if one.get("default")]}
        case 21:  # radio group
            return {"value": next((one["value"] for one in box["options"] if one.get("default")), None)}
        case 22:  # checkboxes
            return {"values": [one["value"] for one in box["options"] if one.get("default")]}
        case 23:  # one checkbox
            return {"value": bool(box.get("default"))}
        case 19:  # files
            return {"values": []}
        case _:
            return {"values": [str(one["id"]) for one in box.get("default_values") or ()]}

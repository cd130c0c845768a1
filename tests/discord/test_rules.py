"""Each limit that Discord's own description lacks, seen biting."""

from __future__ import annotations

from typing import Any

import pytest

from tests.discord import rules
from tests.discord.rules import Json

BUTTON: Json = {"type": rules.BUTTON, "style": 1, "label": "Answer", "custom_id": "a"}
SELECT: Json = {"type": rules.STRING_SELECT, "custom_id": "s", "options": [{"label": "A", "value": "a"}]}
INPUT: Json = {"type": rules.TEXT_INPUT, "style": 1, "custom_id": "t"}


def row(*parts: Json) -> Json:
    return {"type": rules.ROW, "components": list(parts)}


def buttons(count: int) -> list[Json]:
    return [{**BUTTON, "custom_id": f"a{n}"} for n in range(count)]


def label(part: Json) -> Json:
    return {"type": rules.LABEL, "label": "What?", "component": part}


def message(**more: Any) -> Json:
    return {"content": "Hello", "allowed_mentions": {"parse": []}, **more}


def subcommands(count: int, **more: Any) -> list[Json]:
    options = [{"type": 1, "name": f"verb{n}", "description": "Does it"} for n in range(count)]
    return [{"name": "coproduce", "description": "Rounds", "options": options, **more}]


def options(*required: bool) -> list[Json]:
    told = [{"type": 3, "name": f"o{n}", "description": "One", "required": is_} for n, is_ in enumerate(required)]
    return [{"name": "coproduce", "description": "Rounds", "options": told}]


@pytest.mark.parametrize(
    ("told", "wrong"),
    [
        (message(components=[row(*buttons(6))]), "a row of"),
        (message(components=[row(BUTTON, SELECT)]), "a row of"),
        (message(components=[row(*buttons(1))] * 6), "6 rows"),
        (message(components=[row({**SELECT, "options": SELECT["options"] * 26})]), "options"),
        (message(components=[row({**SELECT, "max_values": 2})]), "max_values 2"),
        (message(components=[row({**BUTTON, "style": 5})]), "an address or a custom_id"),
        (message(flags=rules.COMPONENTS_V2), "beside components v2"),
        (message(content="", flags=rules.COMPONENTS_V2, components=[row(one) for one in buttons(21)]), "42 components"),
    ],
)
def test_a_message_that_discord_refuses_is_known(told: Json, wrong: str) -> None:
    assert wrong in "\n".join(rules.wrong_message(told))


@pytest.mark.parametrize(
    ("parts", "wrong"),
    [
        ([label({**INPUT, "custom_id": f"t{n}"}) for n in range(6)], "6 parts"),
        ([label(INPUT), label(INPUT)], "custom_id twice"),
        ([row(INPUT)], "a row in a form"),
        ([label({**SELECT, "disabled": True})], "disabled"),
        ([label({**SELECT, "min_values": 0})], "required, and min_values 0"),
        ([label({**INPUT, "max_length": 3, "value": "long"})], "value of 4"),
    ],
)
def test_a_form_that_discord_refuses_is_known(parts: list[Json], wrong: str) -> None:
    assert wrong in "\n".join(rules.wrong_form({"title": "Form", "custom_id": "f", "components": parts}))


@pytest.mark.parametrize(
    ("commands", "wrong"),
    [
        (subcommands(26), "more than 25"),
        (subcommands(1, name="Coproduce"), "name 'Coproduce'"),
        (subcommands(1, description="x" * 101), "description of 101"),
        (subcommands(25, description="x" * 8_000), "characters"),
        (options(False, True), "is required and stands after"),
    ],
)
def test_a_command_that_discord_refuses_is_known(commands: list[Json], wrong: str) -> None:
    assert wrong in "\n".join(rules.wrong_commands(commands))


def test_what_is_right_is_let_through() -> None:
    assert not list(rules.wrong_message(message(components=[row(*buttons(5)), row(SELECT)])))
    assert not list(rules.wrong_form({"title": "Form", "custom_id": "f", "components": [label(INPUT), label(SELECT)]}))
    assert not list(rules.wrong_commands([*subcommands(25), *options(True, False)[:0]]))
    assert not list(rules.wrong_manners(message(content="K7QD-3M9X-TT2A-9WPE"), is_private=True))

"""`/coproduce` with its subcommands: typed options become the text that one grammar reads."""

from __future__ import annotations

import pytest

from adapters.discord import tree
from bot import commands
from bot.acts import Act, Add, Answer, Extend, Help, Hide, Home, ListRounds, New, Remove, Said
from bot.messages import line
from bot.text import Texts
from tests.unit.discord_serving import CODE, on_discord

LISTED = Said(
    content=(
        line("said.list"),
        line("said.list.organiser", code="R-7F3K", service="Repairs online", phase="collecting"),
        line("said.list.asked", code="R-29CD", service="Bins", phase="collecting"),
        line("said.list.both", code="R-4GHJ", service="Repairs by phone", phase="draft"),
    )
)


def test_every_verb_that_people_can_type_is_a_subcommand_in_the_order_of_the_surface() -> None:
    assert set(commands.VERBS) - set(tree.VERBS) == {"withdraw"}  # it is a button there
    assert set(tree.VERBS) <= set(commands.VERBS)
    assert len(tree.VERBS) <= 25


def test_the_command_stands_in_servers_only_and_within_all_limits() -> None:
    command = tree.command(Texts.load())
    assert command["contexts"] == [0]
    assert len(str(command)) < 8_000
    for sub in command["options"]:
        assert 1 <= len(sub["description"]) <= 100
        asked = [option["required"] for option in sub.get("options", ())]
        assert asked == sorted(asked, reverse=True), "what must be given stands first"
        assert all(1 <= len(option["description"]) <= 100 for option in sub.get("options", ()))


@pytest.mark.parametrize(
    ("verb", "options", "act"),
    [
        ("home", {}, Home),
        ("help", {}, Help),
        ("list", {}, ListRounds),
        ("new", {"service": "Repairs online"}, New),
        ("answer", {"round": "7f3k"}, Answer),
        ("answer", {}, Answer),
        ("extend", {"round": CODE, "when": "fri 17:00"}, Extend),
        ("hide", {"round": CODE, "voice": "F3", "reason": "It names somebody"}, Hide),
    ],
)
async def test_a_subcommand_is_the_act_that_its_text_would_be(
    verb: str, options: dict[str, str], act: type[Act]
) -> None:
    async with on_discord() as there:
        await there.double.hands.slash(there.fay.id, verb, options)
        await there.finish()
        (done,) = there.serving.acts
        assert type(done) is act
        assert done.code == (CODE if "round" in options else None)
        assert done.actor.account == there.account()
        match done:
            case New():
                assert (done.service, done.channel) == ("Repairs online", there.channel.id)
            case Extend():
                assert done.when == "fri 17:00"
            case Hide():
                assert (done.voice, done.reason) == ("F3", "It names somebody")
            case _:
                pass


async def test_people_are_chosen_and_never_typed() -> None:
    async with on_discord() as there:
        cal = there.double.world.add_person("Cal Dunn")
        await there.double.hands.slash(there.fay.id, "add", {"round": CODE, "group": "ward staff", "people": cal.id})
        await there.double.hands.slash(there.fay.id, "remove", {"round": CODE, "person": cal.id})
        await there.finish()
        add, remove = there.serving.acts
        assert isinstance(add, Add)
        assert isinstance(remove, Remove)
        assert (add.group, add.people, remove.person) == ("ward staff", (cal.id,), cal.id)
        assert add.cast is not None, "who it is was looked up before"


@pytest.mark.parametrize(
    ("verb", "typed", "offered"),
    [
        ("status", "", ["R-7F3K", "R-4GHJ"]),
        ("status", "phone", ["R-4GHJ"]),
        ("answer", "", ["R-29CD", "R-4GHJ"]),
        ("answer", "r-29", ["R-29CD"]),
    ],
)
async def test_the_rounds_that_are_offered_are_ones_own(verb: str, typed: str, offered: list[str]) -> None:
    async with on_discord() as there:
        there.serving.gives = lambda act: LISTED
        choices = await there.double.hands.complete(there.fay.id, verb, "round", typed)
        assert [one["value"] for one in choices] == offered


@pytest.mark.parametrize("typed", ["Repairs online", " repairs ONLINE", "R-7F3K · Repairs online"])
async def test_a_round_can_be_typed_by_its_name_where_no_choice_was_taken(typed: str) -> None:
    async with on_discord() as there:
        there.serving.gives = lambda act: LISTED
        await there.double.hands.slash(there.fay.id, "extend", {"round": typed, "when": "fri 17:00"})
        await there.finish()
        done = there.serving.acts[-1]
        assert isinstance(done, Extend)
        assert (done.code, done.when) == (CODE, "fri 17:00")


@pytest.mark.parametrize("typed", ["Repairs", "Ward staff", "hello world"])
async def test_a_round_that_cannot_be_told_by_its_name_is_no_part_of_what_else_was_typed(typed: str) -> None:
    async with on_discord() as there:
        there.serving.gives = lambda act: LISTED
        await there.double.hands.slash(there.fay.id, "extend", {"round": typed, "when": "fri 17:00"})
        await there.finish()
        assert there.last() == Texts.load().line(line("refused.round_by_name"))
        assert not any(isinstance(act, Extend) for act in there.serving.acts)


async def test_what_somebody_writes_in_place_of_a_round_is_not_said_back() -> None:
    async with on_discord() as there:
        there.serving.gives = lambda act: LISTED
        await there.double.hands.slash(there.fay.id, "answer", {"round": "It is too far for me"})
        await there.finish()
        assert there.last() == Texts.load().line(line("refused.answer_in_command"))


async def test_the_default_groups_are_offered_and_another_can_be_typed() -> None:
    async with on_discord() as there:
        choices = await there.double.hands.complete(there.fay.id, "add", "group", "lead", {"round": CODE})
        assert [one["value"] for one in choices] == ["leaders"]


async def test_a_long_list_comes_in_several_private_messages() -> None:
    async with on_discord() as there:
        lines = [
            line("said.list.organiser", code="R-7F3K", service=f"{'Repairs ' * 10}{n}", phase="draft")
            for n in range(60)
        ]
        there.serving.gives = lambda act: Said(content=tuple(lines))
        await there.double.hands.slash(there.fay.id, "list")
        await there.finish()
        shown = there.private()
        assert len(shown) > 1
        assert all(len(one.content) <= 2_000 and one.only_for == there.fay.id for one in shown)
        assert sum(one.content.count("R-7F3K") for one in shown) == 60

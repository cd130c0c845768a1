"""A private conversation belongs to no workspace: whoever has a part in rounds of several sees all of them there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.acts import Act, Home, ListRounds, Said, Typed
from bot.people import Account, Workspace
from tests.builders import PLATFORM, act, collecting, seat
from tests.world import World, account_of


async def _asked_here_and_there(world: World) -> set[str]:
    """The codes of two rounds, in two workspaces, for each of which Fay's word is waited for."""
    here = await world.open()
    elsewhere = replace(
        collecting(replace(seat("fay"), account=account_of("fay@X"))),
        workspace=Workspace(platform=PLATFORM, id="X"),
        organisers=(),
        service="Night line",
    )
    return {here, (await world.stores.rounds.start(elsewhere, act("far"))).code}


@pytest.mark.parametrize("kind", [Home, Typed, ListRounds])
async def test_the_rounds_of_each_workspace_are_told_in_private(world: World, kind: type[Act]) -> None:
    codes = await _asked_here_and_there(world)
    told = world.act(kind, "fay")
    nowhere = Account(platform=PLATFORM, workspace="", user="fay")
    said = await world.service.do(replace(told, actor=replace(told.actor, account=nowhere)))
    assert isinstance(said, Said)
    named = {str(one.facts["code"]) for one in said.content if hasattr(one, "facts") and "code" in one.facts}
    answers = {one.code for one in said.controls if one.verb == "answer"}
    assert (named if kind is ListRounds else answers) == codes


@pytest.mark.parametrize("kind", [Home, Typed])
async def test_in_a_workspace_only_its_own_rounds_are_told(world: World, kind: type[Act]) -> None:
    await _asked_here_and_there(world)
    said = await world.do(kind, "fay@X")
    assert isinstance(said, Said)
    assert len([one for one in said.controls if one.verb == "answer"]) == 1

"""An organiser who takes no private messages: their cards cannot reach them, so they are told where they press."""

from __future__ import annotations

from bot.acts import OpenRound, Preview, Rehearse, Said, Status
from bot.messages import MessageKind
from bot.rounds import Phase, RoundCode
from tests.world import World, key_of


def keys(said: object) -> list[str]:
    assert isinstance(said, Said)
    return [line.key for line in said.content]  # type: ignore[union-attr]


async def draft_unseen(world: World) -> RoundCode:
    world.platform.dm_closed = {"olga"}
    return await world.draft()


async def test_whoever_could_not_get_the_preview_is_told_why_at_open_and_what_to_do(world: World) -> None:
    code = await draft_unseen(world)
    assert key_of(await world.press(OpenRound, "olga", code=code)) == "refused.organiser_dm_closed"
    assert key_of(await world.press(OpenRound, "olga", code=code)) == "refused.organiser_dm_closed"
    world.platform.dm_closed = set()
    await world.press(OpenRound, "olga", code=code)
    assert world.inbox("olga", MessageKind.PREVIEW)
    assert keys(await world.press(OpenRound, "olga", code=code)) == ["said.opening"]
    assert (await world.round_(code)).phase is Phase.COLLECTING


async def test_a_preview_that_was_refused_comes_when_it_is_asked_for_again(world: World) -> None:
    code = await draft_unseen(world)
    world.platform.dm_closed = set()
    await world.press(Preview, "olga", code=code)
    assert world.inbox("olga", MessageKind.PREVIEW)


async def test_whoever_closes_their_conversation_after_the_preview_opens_the_round_and_is_warned(world: World) -> None:
    code = await world.draft()
    world.platform.dm_closed = {"olga"}
    await world.press(Rehearse, "olga", code=code)
    said = await world.press(OpenRound, "olga", code=code)
    assert keys(said) == ["said.opening", "said.opening_dm_closed"]
    assert (await world.round_(code)).phase is Phase.COLLECTING


async def test_the_status_card_comes_once_the_organiser_lets_the_bot_write_and_asks(world: World) -> None:
    code = await world.draft()
    world.platform.dm_closed = {"olga"}
    await world.press(OpenRound, "olga", code=code)
    assert not world.inbox("olga", MessageKind.STATUS)
    await world.press(Status, "olga", code=code)
    assert not world.inbox("olga", MessageKind.STATUS)
    world.platform.dm_closed = set()
    await world.press(Status, "olga", code=code)
    assert world.inbox("olga", MessageKind.STATUS)

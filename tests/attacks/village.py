"""What an organiser who wants to know one person's answer does, and all that they are shown meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from bot import commands
from bot.acts import Act, Add, CloseRound, Home, Outcome, Refused, Remind, Remove, Status
from bot.rounds import RoundCode
from tests.builders import HERE
from tests.world import World, key_of, memory_stores

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
TO_THE_REVEAL = timedelta(days=5, minutes=1)
CITIZENS = ("cal", "cara", "cleo", "zoe")


async def a_world() -> World:
    made = World(memory_stores()[0])
    await made.start()
    return made


async def opened(world: World, *writers: str, **more: str) -> RoundCode:
    """Four citizens, two of the frontline, one leader; `writers` have sealed."""
    code = await world.open(**{"citizens": " ".join(CITIZENS), **more})
    for user in writers:
        await world.write(user, code, f"words of {user}")
    return code


async def move(world: World, code: RoundCode, user: str, group: str) -> Outcome:
    cast = await world.platform.people(HERE, [user])
    return await world.press(Add, "olga", code=code, group=group, people=(user,), cast=cast)


async def remove(world: World, code: RoundCode, *users: str) -> list[str]:
    return [key_of(await world.press(Remove, "olga", code=code, person=user)) for user in users]


async def press(world: World, user: str, id: str) -> Outcome:
    """A button, by what it carries."""
    common = world.act(Home, user)
    act = commands.pressed(id, id=common.id, actor=common.actor, at=common.at)
    assert not isinstance(act, Refused), act
    outcome = await world.service.do(act)
    await world.settle()
    return outcome


def live(world: World, user: str) -> list[str]:
    """The buttons of the one message that can be pressed, as it stands in their conversation with the bot."""
    (ids,) = [
        found
        for stood in world.inbox(user)
        if (found := [control.id for control in getattr(stood.load, "controls", ())])
    ]
    return ids


async def seen_by_the_organiser(world: World, code: RoundCode, *, presses: Sequence[type[Act]] = ()) -> list[str]:
    """What they are told for everything that they can press, their own conversation with the bot, and the channel."""
    told = [repr(await world.press(kind, "olga", code=code)) for kind in (presses or (Status, CloseRound, Remind))]
    told += [repr(one.load) for one in world.inbox("olga")]
    told += [repr(one.load) for one in world.channel()]
    return [each.replace(code, "CODE") for each in told]


async def voices(world: World, code: RoundCode) -> dict[str, str | None]:
    """Words -> the group under which they opened."""
    round_ = await world.round_(code)
    return {one.answers.personal: one.group for one in await world.stores.replies.perspectives(round_.id)}

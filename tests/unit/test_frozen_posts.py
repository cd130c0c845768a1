"""What is too old to be edited is posted anew, and is what people press from then on."""

from __future__ import annotations

from datetime import timedelta

from bot.acts import Status
from bot.messages import MessageKind, Post
from bot.people import Address
from tests.builders import CHANNEL
from tests.fake_platform import Stood
from tests.world import World, words_of

FIVE_DAYS = timedelta(days=5)


def standing(world: World, to: Address) -> list[Stood]:
    return [post for post in world.platform.standing(to) if post.load is not None]


def buttons(stood: Stood) -> list[str]:
    assert isinstance(stood.load, Post)
    return [control.verb for control in stood.load.controls]


async def test_a_live_message_follows_and_its_buttons_with_it(world: World) -> None:
    code = await world.open()
    fay = world.inbox("fay")[0].to
    world.platform.is_frozen = True
    await world.write("fay", code, "words")
    await world.pass_time(timedelta(minutes=1))
    (held,) = standing(world, fay)
    assert "withdraw" in buttons(held)
    await world.take_back("fay", code)
    await world.pass_time(timedelta(minutes=1))
    (asked,) = standing(world, fay)
    assert "decline" in buttons(asked)


async def test_news_takes_over_from_where_the_live_message_stands_and_posts_no_second_word_of_it(world: World) -> None:
    code = await world.open()
    fay = world.inbox("fay")[0].to
    world.platform.is_frozen = True
    await world.write("fay", code, "words")
    await world.pass_time(FIVE_DAYS * 2)
    kinds = [post.load.kind for post in standing(world, fay) if isinstance(post.load, Post)]
    assert kinds == [MessageKind.OLDER, MessageKind.OPENED]


async def test_status_announcement_and_headline_follow(world: World) -> None:
    code = await world.open()
    olga = world.inbox("olga", MessageKind.STATUS)[0].to
    world.platform.is_frozen = True
    await world.write("fay", code, "words")
    await world.pass_time(FIVE_DAYS + timedelta(hours=1))
    await world.press(Status, "olga", code=code)
    assert len([post for post in standing(world, olga) if post.kind is MessageKind.STATUS]) == 1
    (announcement,) = [post for post in standing(world, CHANNEL) if post.kind is MessageKind.ANNOUNCEMENT]
    assert "message.announcement.opened" in words_of(announcement.load)
    (headline,) = [post for post in standing(world, CHANNEL) if post.kind is MessageKind.HEADLINE]
    assert "read" in buttons(headline)

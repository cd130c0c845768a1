"""Whoever is asked by the announcement alone finds there what others hear in private, but not who has answered."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.acts import Add, Answer, ChooseVenue, Extend, MoveChoice, Moved, Remove, Said, ShowForm
from bot.commands import pressed
from bot.messages import TAKE_OVER, MessageKind
from bot.people import Reach, Way
from bot.rounds import RoundCode
from bot.service.doing import do
from tests.world import World, key_of, words_of

FIVE_DAYS, MINUTE = timedelta(days=5), timedelta(minutes=1)
QUIET = Reach(name="quiet", readers=12, is_public=False)
STATES = {MessageKind.HELD, MessageKind.MOVE, MessageKind.DECLINED, MessageKind.CLOSED, MessageKind.OLDER}
RECORD = Path(__file__).parents[2] / "docs/adr/0012-how-a-seat-is-reached.md"


def told(world: World) -> str:
    """All that stands in the channel."""
    return "\n".join(words_of(stood.load) for stood in world.channel())


async def by_channel(world: World) -> RoundCode:
    world.platform.invites = Way.CHANNEL
    return await world.open()


async def only_fay(world: World) -> RoundCode:
    world.platform.dm_closed = {"fay"}
    return await world.open()


@pytest.mark.parametrize("kind", sorted(TAKE_OVER | STATES))
def test_the_record_says_of_each_private_message_what_stands_for_it_in_the_channel_or_why_nothing(
    kind: MessageKind,
) -> None:
    rows = re.findall(r"^\| (.*?) \| (.{20,}) \|$", RECORD.read_text(encoding="utf-8"), re.MULTILINE)
    named = [name for names, _ in rows for name in re.findall(r"`(\w+)`", names)]
    assert named.count(kind.name) == 1


async def test_a_reveal_that_moves_elsewhere_is_told_in_the_announcement_with_the_way_to_take_back(
    world: World,
) -> None:
    code = await by_channel(world)
    await world.write("fay", code, "words")
    await world.write("cal", code, "words")
    world.platform.places["repairs"] = replace(world.platform.places["repairs"], outsiders=3)
    await world.pass_time(FIVE_DAYS + MINUTE)
    (announcement,) = world.channel(MessageKind.ANNOUNCEMENT)
    assert "message.withheld.wider" in words_of(announcement.load)
    assert key_of(await world.press(ChooseVenue, "olga", code=code, channel="quiet", reach=QUIET)) == "said.venue"
    await world.pass_time(MINUTE)
    (announcement,) = world.channel(MessageKind.ANNOUNCEMENT)
    assert "message.announcement.elsewhere" in words_of(announcement.load)
    assert f"withdraw\n{code}" in words_of(announcement.load)
    assert "fay" not in told(world).lower()


@pytest.mark.parametrize("does", ["moved", "removed"])
async def test_that_a_group_may_be_smaller_is_told_with_each_change_of_the_cast_whoever_has_answered(
    world: World, does: str
) -> None:
    heard = []
    for answers in (False, True):
        code = await by_channel(world)
        if answers:
            for user in ("cal", "cara", "fay"):
                await world.write(user, code, "words")
        before = len(world.channel(MessageKind.CAST_CHANGED))
        if does == "removed":
            await world.press(Remove, "olga", code=code, person="cara")
        else:
            add = world.act(Add, "olga", code=code, group="frontline", people=("cara",))
            await do(world.service, world.platform, add)
            if answers:
                await world.press(Moved, "cara", code=code, choice=MoveChoice.YES)
        await world.pass_time(timedelta(hours=2))
        changed = [words_of(one.load).replace(code, "") for one in world.channel(MessageKind.CAST_CHANGED)[before:]]
        assert "message.cast_changed.look" in changed[-1]
        heard.append(changed)
    assert heard[0] == heard[1]


async def test_where_nobody_is_asked_in_the_channel_a_change_of_the_cast_is_all_that_is_told_there(
    world: World,
) -> None:
    code = await world.open()
    await world.press(Remove, "olga", code=code, person="cara")
    await world.settle()
    assert "message.cast_changed.look" not in told(world)


async def test_the_reminder_in_the_channel_says_that_words_which_were_not_sent_do_not_count(world: World) -> None:
    await by_channel(world)
    await world.pass_time(FIVE_DAYS - timedelta(hours=1))
    (reminder,) = world.channel(MessageKind.CHANNEL_REMINDER)
    assert "message.channel_reminder.unsent" in words_of(reminder.load)


async def test_who_is_asked_in_the_channel_and_has_answered_is_asked_whether_they_move_when_they_press_answer(
    world: World,
) -> None:
    code = await only_fay(world)
    await world.write("fay", code, "words")
    add = world.act(Add, "olga", code=code, group="citizens", people=("fay",))
    await do(world.service, world.platform, add)
    asked = await world.press(Answer, "fay", code=code)
    assert isinstance(asked, Said)
    assert [one.id.split(":", 3)[1:] for one in asked.controls][:3] == [
        ["moved", code, "yes"],
        ["moved", code, "stay"],
        ["answer", code, "told"],
    ]
    assert isinstance(await world.press(Answer, "fay", code=code, is_told=True), ShowForm)
    assert key_of(await world.press(Moved, "fay", code=code, choice=MoveChoice.YES)) == "said.moved.yes"
    assert isinstance(await world.press(Answer, "fay", code=code), ShowForm)


@pytest.mark.parametrize(("argument", "is_told"), [("", False), ("change", False), ("told", True), ("write::de", True)])
async def test_a_button_that_was_shown_before_they_were_asked_to_move_leads_to_the_question(
    world: World, argument: str, is_told: bool
) -> None:
    """Below a receipt stands [Change my answers], which knows of nothing that came later."""
    code = await only_fay(world)
    await world.write("fay", code, "words")
    add = world.act(Add, "olga", code=code, group="citizens", people=("fay",))
    await do(world.service, world.platform, add)
    press = world.act(Answer, "fay", code=code)
    act = pressed(f"coproduce:answer:{code}:{argument}", id=press.id, actor=press.actor, at=press.at)
    assert isinstance(act, Answer)
    assert isinstance(await world.service.do(act), ShowForm if is_told else Said)


async def test_who_has_a_conversation_of_their_own_is_asked_there_and_gets_their_form_at_once(world: World) -> None:
    code = await world.open()
    await world.write("fay", code, "words")
    add = world.act(Add, "olga", code=code, group="citizens", people=("fay",))
    await do(world.service, world.platform, add)
    assert isinstance(await world.press(Answer, "fay", code=code), ShowForm)


async def test_a_deadline_that_moves_is_posted_where_people_are_asked_and_only_there(world: World) -> None:
    private = await world.open()
    await world.agree("olga", await world.press(Extend, "olga", code=private, when="in 6 days"))
    await world.settle()
    assert not world.channel(MessageKind.CHANNEL_DEADLINE)
    code = await by_channel(world)
    await world.agree("olga", await world.press(Extend, "olga", code=code, when="in 6 days"))
    await world.settle()
    (told_there,) = world.channel(MessageKind.CHANNEL_DEADLINE)
    assert "message.channel_deadline.later" in words_of(told_there.load)
    assert f"answer\n{code}" in words_of(told_there.load)


async def test_where_nobody_is_asked_in_the_channel_it_is_not_told_which_other_channel_was_chosen(world: World) -> None:
    code = await world.open()
    await world.write("fay", code, "words")
    await world.write("cal", code, "words")
    world.platform.places["repairs"] = replace(world.platform.places["repairs"], outsiders=3)
    await world.pass_time(FIVE_DAYS + MINUTE)
    await world.press(ChooseVenue, "olga", code=code, channel="quiet", reach=QUIET)
    await world.pass_time(MINUTE)
    (announcement,) = world.channel(MessageKind.ANNOUNCEMENT)
    assert "quiet" not in words_of(announcement.load)
    assert "message.announcement.waits" in words_of(announcement.load)

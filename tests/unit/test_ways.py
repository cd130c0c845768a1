"""How people are reached: in private, by the announcement, or by it until a conversation of their own is opened."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.acts import Answer, Extend, Refused, Remind, ShowForm, Snooze
from bot.errors import NoNewConversations, Unknown, Unreachable
from bot.messages import TAKE_OVER, MessageKind, Pace
from bot.people import Way
from bot.rounds import RoundCode, Seat
from bot.rules.moves import still_wanted
from tests.builders import NOON, collecting, seat
from tests.unit.couriers import World as Couriers
from tests.unit.couriers import person
from tests.world import TEXTS, World, key_of, words_of

FIVE_DAYS = timedelta(days=5)
HOUR = timedelta(hours=1)
EVERYBODY = ("lea", "fay", "finn", "cal", "cara")


async def seat_of(world: World, code: RoundCode, user: str) -> Seat:
    return next(seat for seat in (await world.round_(code)).seats if seat.account.user == user)


def status(world: World) -> str:
    return words_of(world.inbox("olga", MessageKind.STATUS)[0].load)


def written_to(world: World) -> set[str]:
    return {user for user in EVERYBODY if world.inbox(user)}


async def again(world: World) -> None:
    """Another process."""
    await world.crash()
    await world.start()


async def slowly(world: World, most: int) -> None:
    world.platform.pace = Pace(new_conversations_an_hour=most)
    await again(world)


# where the announcement asks everybody ------------------------------------------------------------------------


async def by_channel(world: World) -> RoundCode:
    world.platform.invites = Way.CHANNEL
    return await world.open()


async def test_a_round_that_asks_in_the_channel_writes_to_nobody_and_all_are_reached(world: World) -> None:
    code = await by_channel(world)
    seats = (await world.round_(code)).seats
    assert {seat.way for seat in seats} == {Way.CHANNEL}
    assert all(seat.is_reached and seat.asked_at == world.clock.now() for seat in seats)
    assert not written_to(world)
    (announcement,) = world.channel(MessageKind.ANNOUNCEMENT)
    assert "message.announcement.until_here" in words_of(announcement.load)
    assert f"coproduce:answer:{code}" in [control.id for control in announcement.load.controls]  # type: ignore[union-attr]
    assert isinstance(await world.press(Answer, "fay", code=code), ShowForm)


async def test_a_whole_round_is_held_in_the_channel_and_its_announcement_offers_what_comes_after(world: World) -> None:
    code = await by_channel(world)
    await world.write("fay", code, "words")
    await world.press(Extend, "olga", code=code, when="in 6 days")
    await world.pass_time(FIVE_DAYS * 2)
    assert not written_to(world)
    assert world.channel(MessageKind.HEADLINE)
    (announcement,) = world.channel(MessageKind.ANNOUNCEMENT)
    verbs = [control.verb for control in announcement.load.controls]  # type: ignore[union-attr]
    assert verbs == ["read", "late", "check", "withdraw", "hiding"]


async def test_whoever_is_not_named_and_presses_answer_is_told_so_kindly(world: World) -> None:
    code = await by_channel(world)
    refused = await world.press(Answer, "zoe", code=code)
    assert isinstance(refused, Refused)
    assert TEXTS.line(refused.because).startswith("You are not asked in this round.")


async def test_one_last_reminder_is_posted_in_the_channel_and_names_nobody(world: World) -> None:
    code = await by_channel(world)
    await world.write("fay", code, "words")
    await world.pass_time(FIVE_DAYS - HOUR)
    (reminder,) = world.channel(MessageKind.CHANNEL_REMINDER)
    assert reminder.at > world.clock.now() - timedelta(hours=48)
    assert not [user for user in EVERYBODY if user.title() in words_of(reminder.load)]
    assert not written_to(world)


async def test_no_reminder_is_posted_where_nobody_is_missing(world: World) -> None:
    code = await by_channel(world)
    for user in EVERYBODY:
        await world.write(user, code, "words")
    await world.pass_time(FIVE_DAYS - HOUR)
    assert not world.channel(MessageKind.CHANNEL_REMINDER)


async def test_a_reminder_in_the_channel_does_not_tell_whether_the_one_person_asked_there_has_answered(
    world: World,
) -> None:
    world.platform.dm_closed = {"fay"}
    code = await world.open()
    await world.write("fay", code, "words")
    await world.pass_time(FIVE_DAYS - HOUR)
    assert world.channel(MessageKind.CHANNEL_REMINDER)


async def test_an_organiser_who_reminds_by_hand_hears_that_the_channel_is_reminded_once(world: World) -> None:
    code = await by_channel(world)
    assert key_of(await world.press(Remind, "olga", code=code)) == "said.reminded_channel"
    assert (await world.round_(code)).reminded_at is None


async def test_whoever_gets_no_private_messages_cannot_be_reminded_later(world: World) -> None:
    code = await by_channel(world)
    assert key_of(await world.press(Snooze, "fay", code=code, choice="3h")) == "refused.snooze.channel"


# where one person takes no private messages -------------------------------------------------------------------


async def test_whoever_takes_no_private_messages_is_reached_by_the_announcement_and_the_organiser_is_told(
    world: World,
) -> None:
    world.platform.dm_closed = {"fay", "cal"}
    code = await world.open()
    await world.pass_time(timedelta(minutes=1))
    fay = await seat_of(world, code, "fay")
    assert (fay.way, fay.unreachable, fay.is_reached) == (Way.CHANNEL, None, True)
    assert "status.in_channel" in status(world)
    assert "Fay" in status(world)
    assert "status.unreachable" not in status(world)
    assert written_to(world) == {"lea", "finn", "cara"}


async def test_a_conversation_that_closes_midway_blocks_nothing_and_is_tried_no_more(world: World) -> None:
    code = await world.open()
    world.platform.dm_closed = {"fay"}
    await world.press(Extend, "olga", code=code, when="in 6 days")
    await world.agree("olga", await world.press(Extend, "olga", code=code, when="in 6 days"))
    assert (await seat_of(world, code, "fay")).way is Way.CHANNEL
    calls = world.platform.calls
    world.platform.dm_closed = set()
    before = len(world.inbox("fay"))
    await world.write("fay", code, "words")
    await world.pass_time(FIVE_DAYS * 2)
    assert world.platform.calls > calls
    assert len(world.inbox("fay")) == before
    assert world.inbox("finn", MessageKind.OPENED)


@pytest.mark.parametrize("kind", sorted(TAKE_OVER))
def test_only_a_first_question_is_sent_in_private_to_whoever_is_asked_in_the_channel(kind: MessageKind) -> None:
    round_ = collecting(seat("ann", way=Way.CHANNEL, drafted_at=NOON))
    (ann,) = round_.seats
    assert still_wanted(round_.header, ann, kind) is (kind is MessageKind.QUESTION)


@pytest.mark.parametrize("error", [Unreachable(reason="dm_closed"), NoNewConversations()])
async def test_a_question_that_cannot_be_looked_for_is_sent_again_and_given_up(error: Exception) -> None:
    world = Couriers()
    world.chat.faults["post"] = [Unknown(), Unreachable(reason="dm_closed")]
    world.chat.faults["find"] = [error] * 9
    async with world.running():
        world.owe("to ann", to=person("ann"))
        await world.settled()
        await world.settled(after=30)
        await world.settled(after=30)
    assert world.states("to ann") == ["given_up"]


# where new conversations are opened slowly --------------------------------------------------------------------


async def test_new_conversations_are_opened_a_few_an_hour_and_everybody_is_asked_at_once(world: World) -> None:
    await slowly(world, 2)
    code = await world.open()
    assert all(seat.is_reached for seat in (await world.round_(code)).seats)
    assert len(written_to(world)) == 2
    await world.pass_time(HOUR)
    assert len(written_to(world)) == 4
    await world.pass_time(HOUR)
    assert written_to(world) == set(EVERYBODY)
    assert {seat.way for seat in (await world.round_(code)).seats} == {Way.PRIVATE}


async def test_whoever_had_a_conversation_before_is_written_to_first_and_takes_no_turn(world: World) -> None:
    await world.open(leaders="lea", frontline="fay", citizens="cal")
    await slowly(world, 1)
    await world.pass_time(HOUR * 2)
    await world.open(leaders="leo", frontline="fay finn", citizens="cal cara")
    asked = [user for user in ("leo", "fay", "finn", "cal", "cara") if world.inbox(user, MessageKind.QUESTION)]
    assert {"fay", "cal"} < set(asked)
    assert len(asked) == 3


async def test_a_new_process_knows_what_the_last_one_opened_in_this_hour(world: World) -> None:
    await slowly(world, 2)
    await world.open()
    await again(world)
    await world.settle()
    assert len(written_to(world)) == 2


async def test_whoever_still_waits_for_a_conversation_gets_nothing_else_in_private(world: World) -> None:
    await slowly(world, 1)
    code = await world.open()
    (first,) = written_to(world)
    await world.agree("olga", await world.press(Extend, "olga", code=code, when="in 6 days"))
    await world.settle()
    assert written_to(world) == {first}
    assert world.inbox(first, MessageKind.DEADLINE_MOVED)


async def test_where_no_new_conversations_may_be_opened_the_others_are_asked_by_the_announcement(
    world: World,
) -> None:
    world.platform.begins = 3  # the organiser's, and two more
    code = await world.open()
    await world.pass_time(timedelta(minutes=1))
    seats = (await world.round_(code)).seats
    assert sorted(seat.way for seat in seats) == [Way.CHANNEL] * 3 + [Way.PRIVATE] * 2
    assert all(seat.is_reached and not seat.unreachable for seat in seats)
    assert "status.in_channel" not in status(world)
    world.platform.begins = None
    await world.pass_time(FIVE_DAYS * 2)
    assert len(written_to(world)) == 2

"""What people get for what they do, where nothing is refused."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.acts import (
    Add,
    AgreeReveal,
    Answer,
    Cancel,
    Check,
    CloseRound,
    Confirm,
    Decline,
    Export,
    Extend,
    Help,
    Hide,
    Home,
    ListRounds,
    More,
    New,
    OpenRound,
    Outcome,
    Read,
    Rehearse,
    Remove,
    Retry,
    Said,
    Share,
    ShowForm,
    Snooze,
    Status,
    StopReminders,
    Typed,
    Withdraw,
    Write,
    Wrong,
)
from bot.answers import Answers
from bot.errors import Later
from bot.messages import Line, MessageKind, State
from bot.people import Address, Reach
from bot.rounds import ChangeKind, Phase, RoundCode
from bot.service.intake import Intake
from tests.builders import HERE
from tests.fake_platform import Fault
from tests.fakes import MemoryStore
from tests.world import World, account_of, key_of, memory_stores, words_of

FIVE_DAYS = timedelta(days=5)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


class Village(World):
    store: MemoryStore

    def states(self, kind: MessageKind) -> list[State]:
        return [message.state for message in self.store.messages.values() if message.owed.kind is kind]


@pytest.fixture
async def world() -> AsyncIterator[Village]:
    stores, store = memory_stores()
    made = Village(stores)
    made.store = store
    await made.start()
    yield made
    await made.crash()


def keys_of(outcome: Outcome) -> list[str]:
    assert isinstance(outcome, (Said, Confirm)), outcome
    keys = [part.key for part in outcome.content if isinstance(part, Line)]
    return [key for key in keys if key != "data.backups"]  # it follows whatever promises to destroy


def buttons_of(outcome: Outcome) -> list[str]:
    assert isinstance(outcome, Said), outcome
    return [control.id for control in outcome.controls]


# looking ------------------------------------------------------------------------------------------------------


async def test_home_shows_what_waits_first_then_what_i_run(world: Village) -> None:
    assert keys_of(await world.do(Home, "fay")) == ["said.home.nothing"]
    draft = await world.draft()
    code = await world.open(leaders="olga")
    home = await world.do(Home, "olga")
    waiting, running = ["said.home.waiting", "said.home.asked.collecting"], "said.home.run."
    assert keys_of(home) == [*waiting, "said.home.running", f"{running}collecting", f"{running}draft"]
    assert buttons_of(home)[0] == f"coproduce:answer:{code}"
    assert f"coproduce:setup:{draft}:what" in buttons_of(home)


async def test_home_shows_a_draft_without_a_deadline_too(world: Village) -> None:
    await world.press(New, "olga")
    assert keys_of(await world.do(Home, "olga"))[-1] == "said.home.run.unnamed"


async def test_help_says_what_the_bot_does_and_who_sees_what(world: Village) -> None:
    assert "said.help.seal" in keys_of(await world.do(Help, "stan"))


async def test_the_list_tells_what_somebody_is_in_each_round(world: Village) -> None:
    assert keys_of(await world.do(ListRounds, "fay")) == ["said.list.none"]
    await world.open(leaders="olga")
    assert keys_of(await world.do(ListRounds, "fay")) == ["said.list", "said.list.asked"]
    assert keys_of(await world.do(ListRounds, "olga")) == ["said.list", "said.list.both"]


async def test_what_is_typed_is_no_answer_but_leads_to_the_form(world: Village) -> None:
    code = await world.open()
    typed = await world.do(Typed, "fay")
    assert keys_of(typed) == ["said.typed"]
    assert f"coproduce:answer:{code}" in buttons_of(typed)


async def test_more_and_read_tell_what_they_can(world: Village) -> None:
    code = await world.open()
    assert isinstance(await world.do(More, "fay", code=code), Said)
    await world.write("cal", code, "in time")
    await world.pass_time(FIVE_DAYS + MINUTE)
    assert keys_of(await world.do(Read, "fay", code=code, is_agreed=True)) == [
        *("said.read", "page.label.group"),
        *("said.read.last", "said.read.place"),
    ]


async def test_status_is_for_organisers_and_shows_no_words(world: Village) -> None:
    code = await world.open()
    await world.write("cal", code, "never shown here")
    assert "never shown here" not in words_of(await world.do(Status, "olga", code=code))


async def test_without_a_code_the_one_round_is_meant(world: Village) -> None:
    await world.open()
    assert key_of(await world.do(Answer, "fay")) == "form"
    assert key_of(await world.do(Write, "fay", answers=Answers(personal="no code"))) == "said.held"
    assert key_of(await world.do(Status, "olga")) == "status.title"
    assert key_of(await world.do(Decline, "cal")) == "said.declined"


# setting up ---------------------------------------------------------------------------------------------------


async def test_new_goes_on_with_a_draft_unless_a_service_is_named(world: Village) -> None:
    code = await world.draft()
    carried = await world.do(New, "olga")
    assert keys_of(carried) == ["said.carry_on"]
    assert f"coproduce:setup:{code}:what" in buttons_of(carried)
    another = await world.do(New, "olga", service="Another", channel="repairs")
    assert isinstance(another, ShowForm)
    assert another.form.code != code


async def test_the_rehearsal_shows_each_group_its_questions(world: Village) -> None:
    code = await world.draft()
    assert key_of(await world.press(Rehearse, "olga", code=code)) == "said.rehearsal"
    assert len(world.inbox("olga", MessageKind.REHEARSAL)) == 3


async def test_an_announcement_that_is_refused_makes_a_draft_again_and_says_so(world: Village) -> None:
    code = await world.draft()
    world.platform.fail(Fault.REJECTED)
    await world.press(OpenRound, "olga", code=code)
    assert (await world.round_(code)).phase is Phase.DRAFT
    assert len(world.inbox("olga", MessageKind.NOT_OPENED)) == 1
    assert not world.inbox("fay")
    assert key_of(await world.press(OpenRound, "olga", code=code)) == "refused.not_previewed"
    await world.pass_time(MINUTE)
    assert key_of(await world.press(OpenRound, "olga", code=code)) == "said.opening"
    assert len(world.inbox("fay", MessageKind.QUESTION)) == 1


async def test_open_pressed_again_while_it_opens_or_is_open_opens_once(world: Village) -> None:
    code = await world.draft()
    for _ in range(2):
        assert key_of(await world.do(OpenRound, "olga", code=code)) == "said.opening"
    await world.settle()
    assert key_of(await world.press(OpenRound, "olga", code=code)) == "said.opening"
    assert len(world.inbox("fay", MessageKind.QUESTION)) == 1


async def test_other_groups_than_the_three_are_asked_as_citizens(world: Village) -> None:
    code = await world.open(**{"group:Night shift": "zoe zed", "leaders": ""})
    round_ = await world.round_(code)
    assert [group.name for group in round_.groups] == ["citizens", "frontline", "Night shift"]
    mine, theirs = ([each.text for each in round_.questions if each.group == of] for of in ("Night shift", "citizens"))
    assert mine == theirs


# answering ----------------------------------------------------------------------------------------------------


async def test_snoozing_brings_one_reminder_at_that_time(world: Village) -> None:
    code = await world.open()
    assert key_of(await world.do(Snooze, "fay", code=code)) == "said.snooze.choose"
    assert key_of(await world.press(Snooze, "fay", code=code, choice="3h")) == "said.snoozed"
    await world.pass_time(3 * HOUR - MINUTE)
    assert not world.inbox("fay", MessageKind.REMINDER)
    await world.pass_time(2 * MINUTE)
    assert len(world.inbox("fay", MessageKind.REMINDER)) == 1


@pytest.mark.parametrize("choice", ["tomorrow", "last_day"])
async def test_snoozing_until_another_day_comes_back_then(world: Village, choice: str) -> None:
    code = await world.open()
    assert key_of(await world.press(Snooze, "fay", code=code, choice=choice)) == "said.snoozed"
    until = (await world.round_(code)).seat_of(account_of("fay"))
    assert until
    assert until.snoozed_until
    await world.pass_until(until.snoozed_until)
    assert len(world.inbox("fay", MessageKind.REMINDER)) == 1


async def test_who_stops_reminders_gets_none(world: Village) -> None:
    code = await world.open(closes_at="in 3 days")
    assert key_of(await world.do(StopReminders, "fay", code=code)) == "said.stopped"
    await world.pass_time(timedelta(days=3))
    assert not world.inbox("fay", MessageKind.REMINDER)
    assert len(world.inbox("finn", MessageKind.REMINDER)) == 3


async def test_words_begun_and_never_sealed_bring_one_nudge_and_no_reminder_beside_it(world: Village) -> None:
    code = await world.open(closes_at="in 3 days")
    await world.write("fay", code, "begun", seal=False)
    await world.pass_time(timedelta(days=3))
    assert len(world.inbox("fay", MessageKind.NUDGE)) == 1
    assert len(world.inbox("fay", MessageKind.REMINDER)) == 2
    assert len(world.inbox("finn", MessageKind.REMINDER)) == 3


async def test_who_is_in_the_wrong_group_is_told_to_the_organiser_once_a_group(world: Village) -> None:
    code = await world.open()
    for _ in range(2):
        assert key_of(await world.press(Wrong, "fay", code=code, confirmed=True)) == "said.wrong"
    assert len(world.inbox("olga", MessageKind.WRONG_GROUP)) == 1
    cast = await world.platform.people(HERE, ["fay"])
    await world.press(Add, "olga", code=code, group="citizens", people=("fay",), cast=cast)
    await world.press(Wrong, "fay", code=code, confirmed=True)
    assert len(world.inbox("olga", MessageKind.WRONG_GROUP)) == 2


async def test_after_the_reveal_somebody_may_go_first_or_just_read(world: Village) -> None:
    code = await world.open()
    await world.write("cal", code, "in time")
    await world.pass_time(FIVE_DAYS + MINUTE)
    assert key_of(await world.do(Answer, "fay", code=code)) == "said.can_go_first"
    assert key_of(await world.do(Answer, "fay", code=code, late=True)) == "form"


async def test_check_shows_where_my_words_stand_and_that_a_stub_is_one(world: Village) -> None:
    code = await world.open()
    held = await world.write("cal", code, "count me in")
    assert isinstance(held, Said)
    receipt = held.receipt or ""
    assert key_of(await world.do(Check, "cal", code=code)) == "form"
    assert key_of(await world.do(Check, "cal", code=code, receipt=receipt)) == "said.check.held"
    await world.pass_time(FIVE_DAYS + MINUTE)
    assert key_of(await world.do(Check, "cal", code=code, receipt=receipt)) == "said.check.published"
    assert key_of(await world.press(Withdraw, "cal", code=code)) == "form"
    assert key_of(await world.press(Withdraw, "cal", code=code, receipt=receipt)) == "said.taken_down"


async def test_a_hidden_voice_is_a_stub_to_its_writer_too(world: Village) -> None:
    code = await world.open()
    held = await world.write("lea", code, "names somebody")
    assert isinstance(held, Said)
    await world.pass_time(FIVE_DAYS + MINUTE)
    assert key_of(await world.press(Hide, "olga", code=code)) == "form"
    assert key_of(await world.press(Hide, "olga", code=code, voice="l1", reason="It names somebody")) == "said.hidden"
    assert key_of(await world.do(Hide, "olga", code=code, voice="L1", reason="Again")) == "refused.already_hidden"
    # its words are gone, and with them what a receipt could open
    assert key_of(await world.do(Check, "lea", code=code, receipt=held.receipt or "")) == "refused.receipt_gone"


# running ------------------------------------------------------------------------------------------------------


async def test_a_later_deadline_is_shown_back_then_told_to_everybody(world: Village) -> None:
    code = await world.open()
    asked = await world.do(Extend, "olga", code=code, when="in 7 days")
    assert keys_of(asked) == ["confirm.extend"]
    assert isinstance(asked, Confirm)
    until = asked.yes.argument.removeprefix("extend:")
    assert key_of(await world.press(Extend, "olga", code=code, when=until, confirmed=True)) == "said.extended"
    assert len(world.inbox("fay", MessageKind.DEADLINE_MOVED)) == 1
    assert key_of(await world.do(Extend, "olga", code=code)) == "form"


async def test_two_extensions_at_one_moment_are_told_twice(world: Village) -> None:
    code = await world.open()
    for days in (7, 8):
        until = (world.clock.now() + timedelta(days=days)).isoformat()
        await world.press(Extend, "olga", code=code, when=until, confirmed=True)
    assert len(world.inbox("fay", MessageKind.DEADLINE_MOVED)) == 2


async def test_an_earlier_deadline_leaves_everybody_48_hours(world: Village) -> None:
    code = await world.open()
    until = (world.clock.now() + timedelta(hours=49)).isoformat()
    assert key_of(await world.press(Extend, "olga", code=code, when=until, confirmed=True)) == "said.extended"
    assert [change.kind for change in (await world.round_(code)).changes] == [ChangeKind.EARLIER]


async def test_closing_and_ending_by_hand_are_confirmed(world: Village) -> None:
    code = await world.open()
    await world.write("cal", code, "in time")
    assert keys_of(await world.do(CloseRound, "olga", code=code))[-1] == "confirm.close"
    assert key_of(await world.press(CloseRound, "olga", code=code, confirmed=True)) == "said.closing"
    await world.pass_time(MINUTE)
    assert (await world.round_(code)).phase is Phase.REVEALED
    assert keys_of(await world.do(CloseRound, "olga", code=code)) == ["confirm.end"]
    assert key_of(await world.press(CloseRound, "olga", code=code, confirmed=True)) == "said.ending"
    assert (await world.round_(code)).phase is Phase.ENDED


async def test_calling_off_is_confirmed_told_and_may_be_said_twice(world: Village) -> None:
    code = await world.open()
    assert keys_of(await world.do(Cancel, "olga", code=code)) == ["confirm.cancel"]
    for _ in range(2):
        assert key_of(await world.press(Cancel, "olga", code=code, confirmed=True)) == "said.cancelled"
    assert len(world.inbox("fay", MessageKind.CANCELLED)) == 1
    assert len(world.channel(MessageKind.CALLED_OFF)) == 1


async def test_a_draft_is_called_off_without_a_word_to_anybody(world: Village) -> None:
    code = await world.draft()
    await world.press(Cancel, "olga", code=code, confirmed=True)
    assert not world.channel()


async def test_somebody_moved_is_asked_again_and_somebody_removed_may_come_back(world: Village) -> None:
    code = await world.open()
    fay = await world.platform.people(HERE, ["fay"])
    assert key_of(await world.press(Add, "olga", code=code, group="citizens", cast=fay)) == "said.added"
    assert key_of(await world.press(Remove, "olga", code=code, person="fay")) == "said.removed"
    assert key_of(await world.press(Add, "olga", code=code, group="frontline", cast=fay)) == "said.added"
    kinds = [change.kind for change in (await world.round_(code)).changes]
    assert kinds == [ChangeKind.MOVED, ChangeKind.REMOVED, ChangeKind.ADDED]
    assert len(world.inbox("fay", MessageKind.QUESTION)) == 3


async def test_somebody_new_is_asked_announced_and_counted(world: Village) -> None:
    code = await world.open()
    zoe = await world.platform.people(HERE, ["zoe"])
    assert key_of(await world.press(Add, "olga", code=code, group="citizens", cast=zoe)) == "said.added"
    assert len(world.inbox("zoe", MessageKind.QUESTION)) == 1
    assert len(world.channel(MessageKind.CAST_CHANGED)) == 1
    assert [change.kind for change in (await world.round_(code)).changes] == [ChangeKind.ADDED]


async def test_a_co_organiser_gets_the_status_card_and_runs_the_round(world: Village) -> None:
    code = await world.open()
    otto = await world.platform.people(HERE, ["otto"])
    for _ in range(2):
        assert key_of(await world.press(Share, "olga", code=code, cast=otto)) == "said.shared"
    assert len(world.inbox("otto", MessageKind.STATUS)) == 1
    assert isinstance(await world.do(Status, "otto", code=code), Said)
    unknown = await world.platform.people(HERE, ["robo"])
    assert key_of(await world.do(Share, "olga", code=code, cast=unknown)) == "refused.missing.bot"


async def test_the_report_is_sent_to_the_organiser_who_asks(world: Village) -> None:
    code = await world.open()
    await world.write("cal", code, "in time")
    await world.pass_time(FIVE_DAYS + MINUTE)
    assert isinstance(await world.press(Export, "olga", code=code), Said)
    assert any(isinstance(post.load, tuple) for post in world.inbox("olga"))


async def test_a_stuck_conversation_is_told_and_goes_on_when_the_organiser_says_so(world: Village) -> None:
    code = await world.open()
    await world.write("cal", code, "in time")
    await world.pass_time(FIVE_DAYS + timedelta(seconds=1))
    for nth in (1, 2, 3, 4):
        world.platform.fail(Fault.REJECTED, nth)
    await world.pass_time(MINUTE)
    assert not world.inbox("olga", MessageKind.STUCK)  # of a headline they are told with what to do
    assert len(world.inbox("olga", MessageKind.HELD_BACK)) == 1
    assert State.STUCK in world.states(MessageKind.HEADLINE)
    assert key_of(await world.press(Retry, "olga", code=code)) == "said.retry"
    assert world.states(MessageKind.HEADLINE) == [State.SENT]
    assert len(world.channel(MessageKind.PAGE)) == 1


# between the close and the reveal -----------------------------------------------------------------------------


async def grow_wider(world: World) -> None:
    world.platform.places["repairs"] = replace(world.platform.places["repairs"], outsiders=3)


async def test_an_audience_that_grew_holds_the_reveal_until_the_organiser_agrees(world: Village) -> None:
    code = await world.open()
    assert key_of(await world.press(AgreeReveal, "olga", code=code)) == "said.reveal_agreed"  # nothing to agree to yet
    await world.write("cal", code, "in time")
    await grow_wider(world)
    await world.pass_time(FIVE_DAYS + MINUTE)
    assert (await world.round_(code)).phase is Phase.CLOSED
    assert len(world.inbox("olga", MessageKind.HELD_BACK)) == 1
    await world.pass_time(timedelta(days=2))
    assert len(world.inbox("olga", MessageKind.HELD_BACK)) == 3  # reminded every day
    assert len(world.inbox("fay", MessageKind.WITHHELD)) == 1
    assert not world.channel(MessageKind.PAGE)
    assert key_of(await world.press(AgreeReveal, "olga", code=code)) == "said.reveal_agreed"
    assert len(world.channel(MessageKind.PAGE)) == 1


async def test_words_are_taken_back_also_while_the_reveal_is_held_back(world: Village) -> None:
    code = await world.open()
    for one in ("cal", "fay"):
        await world.write(one, code, f"words of {one}")
    await grow_wider(world)
    await world.pass_time(FIVE_DAYS + MINUTE)
    assert key_of(await world.take_back("cal", code)) == "said.destroyed"
    assert key_of(await world.press(Withdraw, "cal", code=code)) == "refused.nothing_to_take_back"
    await world.press(AgreeReveal, "olga", code=code)
    (page,) = world.channel(MessageKind.PAGE)
    assert "words of fay" in words_of(page.load)


async def test_where_nobody_replied_there_is_nothing_to_hold_back(world: Village) -> None:
    code = await world.open()
    await grow_wider(world)
    await world.pass_time(FIVE_DAYS + MINUTE)
    assert (await world.round_(code)).phase is Phase.REVEALED
    assert not world.inbox("olga", MessageKind.HELD_BACK)
    assert len(world.channel(MessageKind.HEADLINE)) == 1


async def test_a_late_answer_is_opened_also_where_nobody_answered_in_time(
    world: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = await world.open()

    async def says_later(address: Address) -> Reach:
        raise Later(30)

    with monkeypatch.context() as away:
        away.setattr(world.platform, "reach", says_later)
        await world.pass_time(FIVE_DAYS + MINUTE / 6)
        assert (await world.round_(code)).phase is Phase.CLOSED
        assert key_of(await world.write("cal", code, "a minute too late", late=True)) == "said.late_held"
    await world.pass_time(10 * MINUTE)
    assert (await world.round_(code)).phase is Phase.REVEALED
    await world.pass_time(timedelta(days=8))
    (page,) = world.channel(MessageKind.LATE_PAGE)
    assert "a minute too late" in words_of(page.load)


async def test_a_channel_that_is_gone_holds_up_no_close(world: Village) -> None:
    code = await world.open()
    await world.write("cal", code, "in time")
    world.platform.places.clear()
    await world.pass_time(FIVE_DAYS + MINUTE)
    assert (await world.round_(code)).phase is Phase.REVEALED


async def test_the_invitation_to_talk_comes_the_next_working_morning(world: Village) -> None:
    code = await world.open(closes_at="2026-12-04 17:00")  # a Friday
    await world.write("cal", code, "in time")
    await world.pass_time(FIVE_DAYS)
    assert not world.channel(MessageKind.INVITATION)
    await world.pass_time(FIVE_DAYS)
    [invitation] = world.channel(MessageKind.INVITATION)
    assert f"{invitation.at:%a %d %H}" == "Mon 07 09"


# intake -------------------------------------------------------------------------------------------------------


async def test_intake_counts_two_writes_of_one_person_as_one_writer_and_waits_for_both() -> None:
    taking = Intake()
    whose = (RoundCode("R-7F3K"), account_of("fay"))
    with taking.taking(*whose):
        with taking.taking(*whose):
            assert list(taking.writers) == [whose]
        assert list(taking.writers) == [whose]
        await taking.drain(0)
    assert list(taking.writers) == []
    await taking.drain(10)

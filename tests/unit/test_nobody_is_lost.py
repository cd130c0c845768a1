"""Each press says what happened and what can still be done; and nothing is passed on, or missed, by one slip."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot import commands
from bot.acts import (
    Act,
    Answer,
    AskToHide,
    Confirm,
    Decline,
    HaveRead,
    Home,
    New,
    Outcome,
    Read,
    Refused,
    Said,
    ShowForm,
    Snooze,
    Status,
    Write,
    Wrong,
)
from bot.answers import Answers
from bot.messages import Control, Line, MessageKind, Post
from bot.rounds import RoundCode
from tests.saying import TEXTS
from tests.world import World, key_of

FIVE_DAYS = timedelta(days=5)
MINUTE = timedelta(minutes=1)


async def press(world: World, user: str, control: Control) -> Outcome:
    told = world.act(Home, user)
    act = commands.pressed(control.id, id=told.id, actor=told.actor, at=told.at)
    assert isinstance(act, Act), act
    outcome = await world.service.do(act)
    await world.settle()
    return outcome


def said(outcome: Outcome) -> str:
    assert not isinstance(outcome, ShowForm), outcome
    return TEXTS.outcome(outcome).text.replace("\u2068", "").replace("\u2069", "")


def labels(outcome: Outcome) -> dict[str, Control]:
    assert isinstance(outcome, Said | Refused), outcome
    return {TEXTS.label(one): one for one in outcome.controls}


async def revealed(world: World) -> RoundCode:
    code = await world.open()
    await world.write("cal", code, "in time")
    await world.pass_time(FIVE_DAYS + MINUTE)
    return code


# [Wrong group?]


async def test_wrong_group_asks_before_anybody_is_told(world: World) -> None:
    code = await world.open()
    asked = await world.press(Wrong, "fay", code=code)
    assert isinstance(asked, Confirm)
    assert "Olga" in said(asked)
    assert "Fay" not in said(asked)
    assert not world.inbox("olga", MessageKind.WRONG_GROUP)
    done = await world.agree("fay", asked)
    assert key_of(done) == "said.wrong"
    assert "Olga" in said(done)
    assert list(labels(done)) == ["Answer"], "they need not wait"
    assert len(world.inbox("olga", MessageKind.WRONG_GROUP)) == 1


async def test_once_it_has_closed_wrong_group_says_that_nobody_moves_any_more(world: World) -> None:
    code = await world.open()
    asked = await world.press(Wrong, "fay", code=code)
    await world.pass_time(FIVE_DAYS + MINUTE)
    for outcome in (await world.press(Wrong, "fay", code=code), await world.agree("fay", asked)):
        assert key_of(outcome) == "refused.closed.wrong"
        assert "late" in labels(outcome)["Answer before reading"].id
    assert not world.inbox("olga", MessageKind.WRONG_GROUP)


# [Later], [I'd rather not answer], [Ask to hide a voice]


async def test_later_says_when_it_comes_back_and_what_can_be_done_before(world: World) -> None:
    code = await world.open()
    done = await world.press(Snooze, "fay", code=code, choice="tomorrow")
    assert list(labels(done)) == ["Answer", "Later", "Stop reminders"]
    again = await press(world, "fay", labels(done)["Later"])
    assert key_of(again) == "said.snooze.choose"


async def test_whoever_would_rather_not_answer_hears_until_when_they_still_can(world: World) -> None:
    code = await world.open()
    until = (await world.round_(code)).closes_at
    for words in ("", "begun"):
        if words:
            await world.write("finn", code, words, seal=False)
        user = "finn" if words else "fay"
        done = await world.agree(user, await world.press(Decline, user, code=code))
        assert isinstance(done, Said)
        assert done.content[0].facts["closes_at"] == until  # type: ignore[union-attr]
        assert isinstance(await press(world, user, labels(done)["Answer"]), ShowForm)
    card = world.inbox("fay")[-1]
    assert isinstance(card.load, Post)
    assert any(isinstance(one, Line) and one.facts.get("closes_at") == until for one in card.load.content)


async def test_whoever_asks_to_hide_a_voice_hears_what_follows_and_what_is_left_to_do(world: World) -> None:
    code = await revealed(world)
    done = await world.press(AskToHide, "cal", code=code, voice="E1", reason="it names me", is_filled=True)
    assert "call this back" in said(done)
    assert list(labels(done)) == ["Take mine down", "Read one at a time"]


# what was sent


async def test_what_was_sent_is_named_and_it_is_said_until_when_it_stays_closed(world: World) -> None:
    code = await world.open()
    round_ = await world.round_(code)
    done = await world.write("fay", code, "words")
    assert isinstance(done, Said)
    assert done.content[0].facts == {"service": round_.service, "closes_at": round_.closes_at}  # type: ignore[union-attr]


async def test_a_late_answer_is_named_too(world: World) -> None:
    code = await revealed(world)
    done = await world.write("fay", code, "words", late=True)
    assert (await world.round_(code)).service in said(done)


async def test_words_are_kept_and_said_to_be_where_the_round_cannot_be_read_just_then(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = await world.open()

    async def fails(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(world.stores.rounds, "own_seat", fails)
    done = await world.do(Write, "fay", code=code, answers=Answers(personal="words"))
    assert key_of(done) == "said.held.short"
    assert isinstance(done, Said)
    assert done.receipt


# reading


async def test_whoever_opens_the_answers_first_is_offered_to_go_first_and_asked_once(world: World) -> None:
    code = await revealed(world)
    asked, of_cal = [await world.press(Read, user, code=code) for user in ("fay", "cal")]
    assert key_of(asked) == "said.can_go_first"
    assert said(asked) == said(of_cal), "who had answered is not known any more"
    assert list(labels(asked)) == ["Answer before reading", "Just read"]
    assert isinstance(await press(world, "fay", labels(asked)["Answer before reading"]), ShowForm)
    assert key_of(await press(world, "fay", labels(asked)["Just read"])) == "said.read"
    assert key_of(await world.press(Read, "fay", code=code)) == "said.read", "never asked again"


async def test_whoever_has_handed_in_a_late_answer_is_not_asked(world: World) -> None:
    code = await revealed(world)
    await world.write("fay", code, "late", late=True)
    assert key_of(await world.press(Read, "fay", code=code)) == "said.read"


async def test_nobody_is_asked_where_no_answer_of_theirs_can_come(world: World) -> None:
    code = await revealed(world)
    assert list(labels(await world.press(Status, "olga", code=code))) == ["Read them"]
    assert key_of(await world.press(Read, "olga", code=code)) == "said.read", "runs it, and was not asked"
    assert key_of(await world.press(Read, "zoe", code=code)) == "said.read", "reads the channel"
    await world.press(HaveRead, "cal", code=code)
    assert key_of(await world.press(Read, "cal", code=code)) == "said.read", "has read all"
    await world.pass_time(timedelta(days=8))
    assert key_of(await world.press(Read, "fay", code=code)) == "said.read", "no late answer is taken any more"


@pytest.mark.parametrize("is_answered", [True, False])
async def test_once_no_late_answer_is_taken_nobody_is_told_that_they_can_still_go_first(
    world: World, is_answered: bool
) -> None:
    code = await world.open()
    if is_answered:
        await world.write("cal", code, "in time")
    await world.pass_time(FIVE_DAYS + MINUTE)
    assert "you can still" in await opened(world)
    await world.pass_time(timedelta(days=8))
    assert "you can still" not in await opened(world)
    assert "late answers are welcome" not in await opened(world)


async def opened(world: World) -> str:
    await world.pass_time(timedelta(hours=1))
    found = world.inbox("fay")[-1].load
    assert isinstance(found, Post)
    return TEXTS.post(found).text.lower()


async def test_the_form_of_whoever_has_not_answered_leads_straight_to_reading(world: World) -> None:
    code = await revealed(world)
    asked = await world.press(Answer, "fay", code=code)
    assert key_of(await press(world, "fay", labels(asked)["Just read"])) == "said.read"


# a set-up that was begun


async def test_a_set_up_that_was_begun_is_carried_on_or_a_new_one_is_started(world: World) -> None:
    begun = await world.press(New, "olga", service="Repairs online")
    assert isinstance(begun, ShowForm)
    asked = await world.press(New, "olga")
    assert "Carry on with “Repairs online”?" in said(asked) or 'Carry on with "Repairs online"?' in said(asked)
    assert list(labels(asked)) == ["Carry on", "Start a new one"]
    on = await press(world, "olga", labels(asked)["Carry on"])
    assert isinstance(on, ShowForm)
    assert on.form.code == begun.form.code
    new = await press(world, "olga", labels(asked)["Start a new one"])
    assert isinstance(new, ShowForm)
    assert new.form.code != begun.form.code


async def test_home_says_carry_on_for_what_was_begun(world: World) -> None:
    await world.press(New, "olga", service="Repairs online")
    home = await world.press(Home, "olga")
    assert "Carry on" in labels(home)
    assert "New round" in labels(home)


async def test_a_new_one_is_started_in_the_channel_of_the_first(world: World) -> None:
    await world.press(New, "olga", service="Repairs online")
    asked = await world.press(New, "olga", channel="repairs")
    new = await press(world, "olga", labels(asked)["Start a new one"])
    assert isinstance(new, ShowForm)
    assert (await world.round_(new.form.code)).setup.fields["channel"] == ("repairs",)

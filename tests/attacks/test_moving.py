"""The organiser moves one chosen writer, to know them by their new group or to learn whether they have answered."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from bot import commands
from bot.acts import Answer, Decline, Extend, Remind, Remove, Said, ShowForm, Status, Write, Wrong
from bot.messages import MessageKind
from bot.rounds import RoundCode
from tests.attacks.village import (
    DAY,
    MINUTE,
    TO_THE_REVEAL,
    a_world,
    live,
    move,
    opened,
    press,
    remove,
    seen_by_the_organiser,
    voices,
)
from tests.world import TEXTS, World, key_of


@pytest.fixture
async def world() -> AsyncIterator[World]:
    made = await a_world()
    yield made
    await made.crash()


def is_asked_to_move(world: World, user: str, code: RoundCode) -> bool:
    return f"coproduce:moved:{code}:yes" in live(world, user)


# what opens under which group -------------------------------------------------------------------------------------


async def test_who_has_sealed_and_says_nothing_opens_under_the_group_they_wrote_for(world: World) -> None:
    code = await opened(world, "cal", "cara", "cleo", "zoe")
    await move(world, code, "cal", "leaders")
    await world.pass_time(TO_THE_REVEAL)
    assert set((await voices(world, code)).values()) == {"citizens"}


async def test_closing_early_right_after_the_move_changes_nothing_of_it(world: World) -> None:
    code = await opened(world, "cal", "cara", "cleo", "zoe")
    await move(world, code, "cal", "leaders")
    await world.pass_time(2 * DAY)
    await press(world, "olga", f"coproduce:confirm:{code}:close")
    await world.pass_time(MINUTE)
    assert (await voices(world, code))["words of cal"] == "citizens"


@pytest.mark.parametrize(("choice", "group"), [("yes", "leaders"), ("stay", "citizens")])
async def test_their_own_press_decides(world: World, choice: str, group: str) -> None:
    code = await opened(world, "cal", "cara", "cleo", "zoe", "lea")
    await move(world, code, "cal", "leaders")
    assert is_asked_to_move(world, "cal", code)
    assert key_of(await press(world, "cal", f"coproduce:moved:{code}:{choice}")) == f"said.moved.{choice}"
    assert not is_asked_to_move(world, "cal", code)
    await world.pass_time(TO_THE_REVEAL)
    assert (await voices(world, code))["words of cal"] == group


async def test_the_receipt_that_was_given_before_the_move_stays_good(world: World) -> None:
    code = await opened(world, "cara", "cleo", "zoe", "lea")
    held = await world.write("cal", code, "words of cal")
    assert isinstance(held, Said)
    await move(world, code, "cal", "leaders")
    await press(world, "cal", f"coproduce:moved:{code}:yes")
    await world.pass_time(TO_THE_REVEAL)
    assert await world.stores.replies.find(code, held.receipt or "")  # type: ignore[arg-type]


async def test_a_changed_answer_stays_where_it_was_written_for_until_they_press(world: World) -> None:
    code = await opened(world, "cal", "cara", "cleo", "zoe")
    await move(world, code, "cal", "leaders")
    await world.write("cal", code, "second thoughts")
    assert is_asked_to_move(world, "cal", code)
    await world.pass_time(TO_THE_REVEAL)
    assert (await voices(world, code))["second thoughts"] == "citizens"


async def test_who_takes_their_answer_back_has_nothing_sealed_and_is_moved(world: World) -> None:
    code = await opened(world, "cal", "cara", "cleo", "zoe", "lea")
    await move(world, code, "cal", "leaders")
    await world.take_back("cal", code)
    assert not is_asked_to_move(world, "cal", code)
    shown = await world.do(Answer, "cal", code=code)
    assert isinstance(shown, ShowForm)
    assert "leader" in TEXTS.form(shown).notes[0].text
    await world.write("cal", code, "as a leader")
    await world.pass_time(TO_THE_REVEAL)
    assert (await voices(world, code))["as a leader"] == "leaders"


async def test_who_says_no_while_they_are_asked_is_moved_too(world: World) -> None:
    code = await opened(world, "cal", "cara", "cleo", "zoe", "lea")
    await move(world, code, "cal", "leaders")
    await world.agree("cal", await world.press(Decline, "cal", code=code))
    await world.write("cal", code, "after all")
    await world.pass_time(TO_THE_REVEAL)
    assert (await voices(world, code))["after all"] == "leaders"


async def test_drafts_and_people_who_have_not_written_move_at_once(world: World) -> None:
    code = await opened(world, "cara", "cleo", "zoe", "lea")
    await world.write("cal", code, "begun", seal=False)
    await move(world, code, "cal", "leaders")
    assert not is_asked_to_move(world, "cal", code)
    own = await world.stores.replies.own(code, world.act(Answer, "cal").actor.account)
    assert own
    assert own.answers.personal == "begun"
    await world.write("cal", code, "as a leader")
    await world.pass_time(TO_THE_REVEAL)
    assert (await voices(world, code))["as a leader"] == "leaders"


async def test_words_from_a_form_that_was_open_before_the_move_are_kept_and_not_sealed(world: World) -> None:
    """They were written as a citizen's: the form said so."""
    code = await opened(world, "cara", "cleo", "zoe", "lea")
    shown = await world.do(Answer, "cal", code=code)
    assert isinstance(shown, ShowForm)
    await move(world, code, "cal", "leaders")
    assert key_of(await fill(world, "cal", shown, "as a citizen")) == "refused.moved_since"
    again = await world.do(Answer, "cal", code=code)
    assert isinstance(again, ShowForm)
    assert again.form.fields[0].values == ("as a citizen",)
    assert key_of(await fill(world, "cal", again, "as a leader")) == "said.held"


async def fill(world: World, user: str, shown: ShowForm, words: str) -> Any:
    common = world.act(Answer, user)
    fields = {box.name: box.values for box in shown.form.fields} | {"personal": (words,)}
    of = {"id": common.id, "actor": common.actor, "at": common.at}
    act = commands.filled("answer", shown.form.code, shown.form.page, fields, **of)  # type: ignore[arg-type]
    assert isinstance(act, Write)
    return await world.service.do(act)


async def test_a_second_move_and_one_back_to_where_they_were_ask_anew(world: World) -> None:
    code = await opened(world, "cal", "cara", "cleo", "zoe", "lea")
    await move(world, code, "cal", "leaders")
    await move(world, code, "cal", "frontline")
    await press(world, "cal", f"coproduce:moved:{code}:yes")
    assert key_of(await move(world, code, "cal", "frontline")) == "refused.add.already"
    await move(world, code, "cal", "citizens")
    assert is_asked_to_move(world, "cal", code)
    await move(world, code, "cal", "frontline")
    assert not is_asked_to_move(world, "cal", code)
    await world.pass_time(TO_THE_REVEAL)
    assert (await voices(world, code))["words of cal"] != "leaders"


async def test_who_was_taken_off_and_is_asked_again_in_another_group_is_asked_first(world: World) -> None:
    code = await opened(world, "cal", "cara", "cleo", "zoe", "lea")
    await remove(world, code, "cal")
    await move(world, code, "cal", "leaders")
    assert is_asked_to_move(world, "cal", code)
    await world.pass_time(TO_THE_REVEAL)
    assert (await voices(world, code))["words of cal"] == "citizens"


async def test_a_press_after_the_close_or_of_an_old_button_changes_nothing(world: World) -> None:
    code = await opened(world, "cal", "cara", "cleo", "zoe", "lea")
    assert key_of(await press(world, "cal", f"coproduce:moved:{code}:yes")) == "refused.nothing_to_move"
    await move(world, code, "cal", "leaders")
    await press(world, "cal", f"coproduce:moved:{code}:stay")
    assert key_of(await press(world, "cal", f"coproduce:moved:{code}:stay")) == "refused.nothing_to_move"
    await world.pass_time(TO_THE_REVEAL)
    assert key_of(await press(world, "cal", f"coproduce:moved:{code}:yes")) == "refused.closed.move"


async def test_the_ask_is_news_that_takes_over_the_buttons_and_keeps_them_through_other_news(world: World) -> None:
    code = await opened(world, "cal", "cara", "cleo", "zoe", "lea")
    await move(world, code, "cal", "leaders")
    await world.pass_time(MINUTE)
    assert is_asked_to_move(world, "cal", code)  # `live` sees to it that one message alone can be pressed
    await world.agree("olga", await world.press(Extend, "olga", code=code, when="in 9 days"))
    await world.pass_time(MINUTE)
    assert is_asked_to_move(world, "cal", code)


# what the organiser can know --------------------------------------------------------------------------------------

Then = Callable[[World, RoundCode], Awaitable[object]]


async def _nothing(world: World, code: RoundCode) -> None: ...


async def _agrees(world: World, code: RoundCode) -> None:
    await press(world, "cal", f"coproduce:moved:{code}:yes")


async def _stays(world: World, code: RoundCode) -> None:
    await press(world, "cal", f"coproduce:moved:{code}:stay")


async def _changes(world: World, code: RoundCode) -> None:
    await world.write("cal", code, "changed")


async def _asks_for_another_group(world: World, code: RoundCode) -> None:
    await world.press(Wrong, "cal", code=code, confirmed=True)


@pytest.mark.parametrize("then", [_nothing, _agrees, _stays, _changes])
@pytest.mark.parametrize("group", ["leaders", "frontline"])
async def test_the_organiser_reads_the_same_whether_somebody_had_answered_or_not(then: Then, group: str) -> None:
    async def acts(world: World, code: RoundCode) -> list[str]:
        if "words of cal" in world.has_sealed:  # type: ignore[attr-defined]
            await then(world, code)
        return []

    await compare(acts, group)


async def test_they_read_the_same_after_every_move_that_follows() -> None:
    async def acts(world: World, code: RoundCode) -> list[str]:
        told = []
        for group in ("leaders", "frontline", "frontline", "citizens", "leaders"):
            told.append(repr(await move(world, code, "cal", group)))
            told += await seen_by_the_organiser(world, code, presses=(Status,))
        return told

    await compare(acts, "frontline")


async def test_they_read_the_same_when_they_take_somebody_off_whom_they_moved() -> None:
    async def acts(world: World, code: RoundCode) -> list[str]:
        told = [repr(await world.press(Remove, "olga", code=code, person="lea"))]  # all leaders but cal
        told.append(repr(await world.press(Remove, "olga", code=code, person="cal")))
        told.append(repr(await move(world, code, "cal", "citizens")))
        return [*told, *await seen_by_the_organiser(world, code)]

    await compare(acts, "leaders")


async def test_who_presses_not_right_is_told_of_under_the_group_that_the_organiser_gave_them() -> None:
    async def acts(world: World, code: RoundCode) -> list[str]:
        await world.press(Wrong, "cal", code=code, confirmed=True)
        return []

    await compare(acts, "leaders")


async def compare(acts: Callable[[World, RoundCode], Awaitable[list[str]]], group: str) -> None:
    """Two rounds in which as many have answered: in the one, cal has; in the other they have not."""
    read: list[list[str]] = []
    for writers in (("cal", "cleo", "fay"), ("cara", "cleo", "fay")):
        world = await a_world()
        code = await opened(world, *writers)
        world.has_sealed = {f"words of {user}" for user in writers}  # type: ignore[attr-defined]
        before = await seen_by_the_organiser(world, code, presses=(Status,))
        told = [repr(await move(world, code, "cal", group))]
        told += await seen_by_the_organiser(world, code, presses=(Status,))
        told += await acts(world, code)
        told += await seen_by_the_organiser(world, code)
        await world.pass_time(DAY)
        told += await seen_by_the_organiser(world, code, presses=(Status, Remind))
        read.append([each.replace(code, "CODE") for each in (*before, *told)])
        await world.crash()
    assert [pair for pair in zip(*read, strict=True) if pair[0] != pair[1]] == []


async def test_no_count_moves_with_somebody_who_is_moved(world: World) -> None:
    code = await opened(world, "cal", "cleo", "fay")
    before = repr(await world.do(Status, "olga", code=code))
    for user in ("cal", "cara"):
        await move(world, code, user, "frontline")
        assert repr(await world.do(Status, "olga", code=code)) == before


async def test_that_somebody_said_no_is_not_told_by_moving_them(world: World) -> None:
    code = await opened(world, "cal", "cleo", "fay")
    await world.press(Decline, "cara", code=code)
    before = repr(await world.do(Status, "olga", code=code))
    await move(world, code, "cara", "leaders")
    assert repr(await world.do(Status, "olga", code=code)) == before
    await remove(world, code, "cara")
    await move(world, code, "cara", "citizens")
    assert repr(await world.do(Status, "olga", code=code)) == before


async def test_status_tells_no_count_of_fewer_than_a_small_group(world: World) -> None:
    code = await opened(world, "cal")  # one leader, two of the frontline, four citizens
    told = await status(world, code)
    assert "Citizens: 4 asked, 4 reached, 1 answered" in told
    assert "Leaders" not in told
    assert "3 asked, 3 reached, 0 answered" in told
    for user in ("zed", "stan"):  # accounts of their own make the leaders no group of three
        await move(world, code, user, "leaders")
    told = await status(world, code)
    assert "Leaders" not in told
    assert "5 asked" in told


async def status(world: World, code: RoundCode) -> str:
    said = await world.do(Status, "olga", code=code)
    assert isinstance(said, Said)
    return TEXTS.outcome(said).text


async def test_nobody_is_told_apart_by_the_statement_after_the_reveal(world: World) -> None:
    """Whether cal stayed a citizen or had not answered: the statement counts the groups of a move together."""
    told = []
    for writers in (("cal", "cara", "cleo", "fay", "lea"), ("zoe", "cara", "cleo", "fay", "lea")):
        here = await a_world()
        code = await opened(here, *writers)
        await move(here, code, "cal", "leaders")
        await here.pass_time(TO_THE_REVEAL)
        statement = (await here.round_(code)).statement
        assert statement
        told.append([(each.group, each.asked, each.replied) for each in statement.groups])
        await here.crash()
    assert told[0] == told[1]


async def test_after_the_reveal_no_row_tells_who_had_been_asked_to_move_and_stayed() -> None:
    left = []
    for writers in (("cal", "cara", "cleo"), ("zoe", "cara", "cleo")):
        world = await a_world()
        code = await opened(world, *writers)
        await move(world, code, "cal", "leaders")
        await world.pass_time(TO_THE_REVEAL)
        round_ = await world.round_(code)
        seat = round_.seat_of(world.act(Answer, "cal").actor.account)
        store = world.stores.rounds._store  # type: ignore[attr-defined]
        messages = [
            (one.owed.kind, one.owed.key.replace(code, "CODE"), one.state, one.owed.is_card)
            for one in store.of_round(round_.id)
            if one.seat_id == (seat and seat.id)
        ]
        left.append((repr(seat).replace(code, "CODE"), messages))
        await world.crash()
    assert left[0] == left[1]


# the button in "not right?" ---------------------------------------------------------------------------------------


async def test_the_organisers_answer_to_not_right_is_the_same_act(world: World) -> None:
    code = await opened(world, "cal", "cara", "cleo", "zoe", "lea")
    await world.press(Wrong, "cal", code=code, confirmed=True)
    (asked,) = world.inbox("olga", MessageKind.WRONG_GROUP)
    ids = [control.id for control in asked.load.controls]  # type: ignore[union-attr]
    (to_leaders,) = [id for id in ids if TEXTS.label(control_of(asked, id)) == "To the leaders"]
    assert to_leaders.startswith(f"coproduce:move:{code}:")
    assert key_of(await press(world, "olga", to_leaders)) == "said.added"
    assert is_asked_to_move(world, "cal", code)
    assert key_of(await press(world, "olga", to_leaders)) == "refused.add.already"
    assert key_of(await press(world, "otto", to_leaders)) == "refused.not_organiser"


def control_of(stood: Any, id: str) -> Any:
    return next(control for control in stood.load.controls if control.id == id)

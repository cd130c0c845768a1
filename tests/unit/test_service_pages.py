"""An answer that is sent page by page: each page is kept before anything else is looked at."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.acts import Answer, Outcome, Refused, Said, ShowForm, Write
from bot.answers import Answers
from bot.rounds import RoundCode
from tests.world import World, key_of

FIVE_DAYS = timedelta(days=5)
MINUTE = timedelta(minutes=1)
BOXES = ("personal", "others", "intentions", "barriers")
WORDS = {box: f"{box} of fay" for box in BOXES}


async def turn(world: World, code: RoundCode, box: str, text: str, **more: Any) -> Outcome:
    """Sends the page of one box. The last one seals."""
    boxes = frozenset({box, "sign"} if box == BOXES[-1] else {box})
    page = Answers(**{box: text})  # type: ignore[arg-type]
    return await world.press(Write, "fay", code=code, answers=page, boxes=boxes, **{"seal": box == BOXES[-1], **more})


def values(shown: Outcome) -> dict[str, str]:
    assert isinstance(shown, ShowForm), shown
    return {field.name: "".join(field.values) for field in shown.form.fields if field.name in BOXES}


async def test_each_page_leads_to_the_form_with_all_that_is_kept_by_then(world: World) -> None:
    code = await world.open()
    for n, box in enumerate(BOXES[:-1]):
        shown = values(await turn(world, code, box, WORDS[box]))
        assert [shown[each] for each in BOXES[: n + 1]] == [WORDS[each] for each in BOXES[: n + 1]]
    assert key_of(await turn(world, code, "barriers", WORDS["barriers"])) == "said.held"
    assert values(await world.do(Answer, "fay", code=code)) == WORDS


async def test_an_empty_last_page_seals_what_the_others_hold(world: World) -> None:
    code = await world.open()
    await turn(world, code, "personal", "something")
    assert key_of(await turn(world, code, "barriers", "")) == "said.held"


async def test_four_empty_pages_are_no_answer(world: World) -> None:
    code = await world.open()
    for box in BOXES[:-1]:
        assert isinstance(await turn(world, code, box, ""), ShowForm)
    refused = await turn(world, code, "barriers", " ")
    assert key_of(refused) == "refused.empty.answer"
    assert isinstance(refused, Refused)
    assert refused.fields


async def test_what_is_wrong_on_another_page_does_not_stop_this_one_but_is_not_sealed(world: World) -> None:
    code = await world.open()
    assert key_of(await turn(world, code, "personal", "x" * 3_001)) == "refused.kept_as_draft"
    assert isinstance(await turn(world, code, "others", "fine"), ShowForm)
    refused = await turn(world, code, "barriers", "fine")
    assert isinstance(refused, Refused)
    assert list(refused.fields) == ["personal"]


async def test_the_last_page_just_after_the_deadline_keeps_what_came_in_time(world: World) -> None:
    code = await world.open()
    await world.write("cal", code, "in time")
    for box in BOXES[:-1]:
        await turn(world, code, box, WORDS[box])
    await world.pass_time(FIVE_DAYS + timedelta(seconds=2))
    assert key_of(await turn(world, code, "barriers", WORDS["barriers"])) == "said.kept_late"
    await world.pass_time(MINUTE)
    assert values(await world.do(Answer, "fay", code=code, late=True)) == WORDS


async def test_a_page_in_the_middle_just_after_the_deadline_says_so_and_keeps_all(world: World) -> None:
    code = await world.open()
    await world.write("cal", code, "in time")
    await turn(world, code, "personal", "in time too")
    await world.pass_time(FIVE_DAYS + timedelta(seconds=2))
    assert key_of(await turn(world, code, "others", "late")) == "said.kept_late"
    await world.pass_time(MINUTE)
    kept = values(await world.do(Answer, "fay", code=code, late=True))
    assert (kept["personal"], kept["others"]) == ("in time too", "late")


async def test_a_page_that_was_only_looked_at_just_after_the_deadline_says_that_all_stays_as_it_was(
    world: World,
) -> None:
    code = await world.open()
    await world.write("fay", code, "sealed")
    await world.pass_time(FIVE_DAYS + timedelta(seconds=2))
    assert key_of(await turn(world, code, "personal", "sealed")) == "said.unchanged"


async def test_pages_of_the_late_form_go_on_as_well(world: World) -> None:
    code = await world.open()
    await world.write("cal", code, "in time")
    await world.pass_time(FIVE_DAYS + MINUTE)
    for box in BOXES[:-1]:
        shown = await turn(world, code, box, WORDS[box], late=True)
        assert isinstance(shown, ShowForm)
        assert shown.form.page == "late"
    assert key_of(await turn(world, code, "barriers", WORDS["barriers"], late=True)) == "said.late_held"


async def test_where_the_next_page_cannot_be_made_what_was_kept_is_said_to_be_kept(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = await world.open()

    async def broken(*_: object) -> None:
        raise OSError("the disk")

    with monkeypatch.context() as patch:
        patch.setattr(world.stores.rounds, "own_seat", broken)
        shown = await turn(world, code, "personal", "kept all the same")
    assert key_of(shown) == "said.page_kept"
    assert isinstance(shown, Said)
    assert [control.id for control in shown.controls] == [f"coproduce:answer:{code}"]
    assert values(await world.do(Answer, "fay", code=code))["personal"] == "kept all the same"

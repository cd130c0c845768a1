"""A page is a partial write: it is merged over what its writer has, in the transaction that keeps it."""

from __future__ import annotations

import pytest

from bot.answers import Answers, Level, Seen
from bot.errors import NotAllowed
from bot.ports import Held, Own
from bot.rounds import Header, RoundCode, Seat
from tests.builders import account, act, collecting, seat
from tests.contract.stores import CLOSE, Stores, arrange, kept_as, stores

__all__ = ["stores"]

CODE = RoundCode("R-7F3K")
WHOLE = Answers(personal="personal", others="others", intentions="intentions", barriers="barriers")
PAGES = [Level.PERSONAL, Level.OTHERS, Level.INTENTIONS, Level.BARRIERS]


async def turn(stores: Stores, kind: str, *boxes: str, id: str = "", **words: str) -> Held:
    """One page: the boxes it shows (or those that `words` fill), and what stands in them."""
    page = Answers(**words)  # type: ignore[arg-type]
    shown = frozenset(boxes or words)
    return await stores.replies.keep(CODE, account("ann"), act("ann", id=id), page, kept_as(kind), boxes=shown)


async def own(stores: Stores) -> Own:
    found = await stores.replies.own(CODE, account("ann"))
    assert found is not None
    return found


async def test_pages_come_together_and_each_says_what_is_there_by_now(stores: Stores) -> None:
    await stores.keep_round(collecting(seat("ann")))
    kept = [await turn(stores, "draft", **{level: level.value}) for level in PAGES[:-1]]
    assert [held.kind for held in kept] == ["draft"] * 3
    assert kept[-1].answers == Answers(personal="personal", others="others", intentions="intentions")
    held = await turn(stores, "reply", "barriers", "sign", barriers="barriers")
    assert held.answers == WHOLE
    assert (await own(stores)).answers == WHOLE


async def test_a_page_after_the_deadline_destroys_nothing_that_was_written_in_time(stores: Stores) -> None:
    await stores.keep_round(collecting(seat("ann")))
    for level in PAGES[:-1]:
        await turn(stores, "draft", **{level: level.value})
    await turn(stores, "late_draft", barriers="barriers")
    assert ((await own(stores)).kind, (await own(stores)).answers) == ("late_draft", WHOLE)


async def test_a_page_over_a_sealed_answer_is_a_draft_of_all_of_it_and_leaves_it_sealed(stores: Stores) -> None:
    round_ = await stores.keep_round(collecting(seat("ann")))
    sealed = await stores.replies.keep(CODE, account("ann"), act(), WHOLE, kept_as("reply"))
    await turn(stores, "draft", others="something else")
    found = await own(stores)
    assert (found.kind, found.answers.personal, found.answers.others) == ("draft", "personal", "something else")
    assert found.receipt == sealed.receipt
    await stores.rounds.close([round_.id], CLOSE)
    await stores.reveal(round_)
    (voice,) = await stores.replies.perspectives(round_.id)
    assert voice.answers == WHOLE


@pytest.mark.parametrize("kind", ["reply", "draft"])
async def test_a_page_that_changes_nothing_was_only_looked_at(stores: Stores, kind: str) -> None:
    round_ = await stores.keep_round(collecting(seat("ann")))
    first = await stores.replies.keep(CODE, account("ann"), act(), WHOLE, kept_as(kind))
    before = (await stores.rounds.get(CODE)).seats
    looked = await turn(stores, "draft", personal="personal")
    assert (looked.changed, looked.answers) == (False, WHOLE)
    assert (await stores.rounds.get(CODE)).seats == before
    assert ((await own(stores)).kind, (await own(stores)).receipt) == (kind, first.receipt)
    assert round_.version == (await stores.rounds.get(CODE)).version


async def test_an_empty_first_page_leaves_no_draft(stores: Stores) -> None:
    await stores.keep_round(collecting(seat("ann")))
    assert not (await turn(stores, "draft", "personal", personal=" \n")).changed
    assert (await stores.rounds.get(CODE)).seats[0].drafted_at is None
    assert await stores.replies.own(CODE, account("ann")) is None


async def test_a_page_that_comes_again_does_not_undo_what_was_written_since(stores: Stores) -> None:
    await stores.keep_round(collecting(seat("ann")))
    first = await turn(stores, "draft", id="page", personal="old")
    await turn(stores, "draft", personal="new")
    again = await turn(stores, "draft", id="page", personal="old")
    assert (first.kind, again.kind) == ("draft", "draft")
    assert (again.answers.personal, (await own(stores)).answers.personal) == ("new", "new")


async def test_a_page_that_was_only_looked_at_does_not_undo_anything_either(stores: Stores) -> None:
    await stores.keep_round(collecting(seat("ann")))
    await turn(stores, "draft", personal="old")
    await turn(stores, "draft", id="looked", personal="old")
    await turn(stores, "draft", personal="new")
    assert (await turn(stores, "draft", id="looked", personal="old")).kind == "draft"
    assert (await own(stores)).answers.personal == "new"


async def test_the_last_page_that_comes_again_has_its_receipt_again(stores: Stores) -> None:
    await stores.keep_round(collecting(seat("ann")))
    await turn(stores, "draft", personal="personal")
    first = await turn(stores, "reply", id="last", barriers="barriers")
    again = await turn(stores, "reply", id="last", barriers="barriers")
    assert first.receipt is not None
    assert again.receipt == first.receipt


async def test_the_rule_judges_the_whole_and_not_the_page(stores: Stores) -> None:
    await stores.keep_round(collecting(seat("ann")))
    await turn(stores, "draft", personal="personal")
    judged: list[bool] = []

    def rule(header: Header, seat: Seat, whole: Answers) -> str:
        judged.append(whole.is_empty)
        return "reply"

    page = frozenset({"barriers"})
    held = await stores.replies.keep(CODE, account("ann"), act(), Answers(), rule, boxes=page)
    assert judged == [False]
    assert held.answers == Answers(personal="personal")


async def test_a_rule_that_refuses_a_page_leaves_what_was_there(stores: Stores) -> None:
    await stores.keep_round(collecting(seat("ann")))
    await turn(stores, "draft", personal="personal")

    def refuse(header: Header, seat: Seat, whole: Answers) -> str:
        raise NotAllowed(why="removed")

    with pytest.raises(NotAllowed):
        await stores.replies.keep(CODE, account("ann"), act(), Answers(others="x"), refuse, boxes=frozenset({"others"}))
    assert (await own(stores)).answers == Answers(personal="personal")


async def test_late_pages_are_merged_with_what_is_late_and_never_with_what_was_published(stores: Stores) -> None:
    round_ = await stores.closed(seat("ann"), seat("bob"))
    await turn(stores, "late_draft", personal="personal")
    await stores.replies.keep(CODE, account("bob"), act("bob"), WHOLE, kept_as("late"))
    held = await turn(stores, "late", "others", "seen", others="others")
    assert held.answers == Answers(personal="personal", others="others")
    await stores.replies.prepare(round_.id, arrange, CLOSE)
    changed = await turn(stores, "late_draft", intentions="intentions")
    assert changed.answers == Answers(personal="personal", others="others", intentions="intentions")


async def test_a_page_that_comes_between_close_and_reveal_takes_nothing_from_the_sealed_answer(stores: Stores) -> None:
    """What is published must not stand in a seat as well: it would tell whose it is."""
    round_ = await stores.keep_round(collecting(seat("ann")))
    await stores.replies.keep(CODE, account("ann"), act(), WHOLE, kept_as("reply"))
    await stores.rounds.close([round_.id], CLOSE)
    held = await turn(stores, "late_draft", others="more")
    assert held.answers == Answers(others="more")


async def test_what_a_page_does_not_show_keeps_its_choice_too(stores: Stores) -> None:
    await stores.closed(seat("ann"))
    signed = Answers(personal="x", sign=True, seen=Seen.SOME)
    await stores.replies.keep(CODE, account("ann"), act(), signed, kept_as("late_draft"))
    held = await turn(stores, "late_draft", personal="y")
    assert (held.answers.sign, held.answers.seen) == (True, Seen.SOME)

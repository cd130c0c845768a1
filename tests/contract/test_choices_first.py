"""A part of a form that holds only choices is kept as well: the words may come in a later part."""

from __future__ import annotations

from bot.answers import Answers, Seen
from tests.builders import account, act, collecting, seat
from tests.contract.stores import Stores, kept_as, stores
from tests.contract.test_replies_pages import CODE, own

__all__ = ["stores"]


async def test_choices_that_came_before_any_words_are_still_there_when_the_words_come(stores: Stores) -> None:
    await stores.keep_round(collecting(seat("ann")))
    choices, words = Answers(sign=True, seen=Seen.SOME), Answers(personal="Mine")
    first = frozenset({"sign", "seen"})
    await stores.replies.keep(CODE, account("ann"), act("ann"), choices, kept_as("late_draft"), boxes=first)
    boxes = frozenset({"personal", "others"})
    held = await stores.replies.keep(CODE, account("ann"), act("ann"), words, kept_as("late_draft"), boxes=boxes)
    found = (await own(stores)).answers
    assert (found.personal, found.sign, found.seen) == ("Mine", True, Seen.SOME)
    assert held.answers == found

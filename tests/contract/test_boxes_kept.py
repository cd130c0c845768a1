"""How far somebody has come: a number of boxes, told while nothing is sent."""

from __future__ import annotations

import pytest

from bot.answers import Answers
from bot.errors import UnknownRound
from bot.rounds import RoundCode
from tests.builders import account, act, collecting, seat
from tests.contract.stores import Stores, kept_as, stores

__all__ = ["stores"]

CODE = RoundCode("R-7F3K")
ANN = account("ann")


async def keep(stores: Stores, kind: str, **words: str) -> None:
    boxes = None if kind == "reply" else frozenset(words)
    await stores.replies.keep(CODE, ANN, act("ann", id=f"{kind}{words}"), Answers(**words), kept_as(kind), boxes=boxes)  # type: ignore[arg-type]


async def test_the_boxes_of_a_draft_are_counted_until_it_is_sent(stores: Stores) -> None:
    await stores.keep_round(collecting(seat("ann"), seat("bea")))
    assert await stores.replies.boxes_kept(CODE, ANN) == 0
    await keep(stores, "draft", personal="one")
    await keep(stores, "draft", barriers="two\nthree")
    await keep(stores, "draft", others=" ")
    assert await stores.replies.boxes_kept(CODE, ANN) == 2
    assert await stores.replies.boxes_kept(CODE, account("bea")) == 0
    await keep(stores, "reply", personal="one")
    assert await stores.replies.boxes_kept(CODE, ANN) == 0
    with pytest.raises(UnknownRound):
        await stores.replies.boxes_kept(RoundCode("R-7F3L"), ANN)

"""Questions that wait for somebody's morning, in every outbox."""

from __future__ import annotations

from dataclasses import replace

from bot.acts import Said
from bot.messages import MessageKind
from bot.people import Address
from bot.rounds import Round
from bot.rules.moves import Decision
from bot.rules.opening import question as asking
from tests.builders import HOUR, NOON, collecting, owed, question, seat
from tests.contract.stores import Stores, stores

__all__ = ["stores"]

FAY = Address(platform="play", workspace="T", user="fay")


async def test_a_question_takes_the_place_of_one_that_waits(stores: Stores) -> None:
    round_ = await stores.keep_round(
        collecting(seat("fay", asked_at=None)), question("R-7F3K", "fay", not_before=NOON + HOUR)
    )

    def moved(current: Round) -> Decision:
        anew = replace(asking(current, current.seats[0], 1), not_before=NOON + 2 * HOUR)
        return Decision(outcome=Said(content=()), owed=(anew,))

    await stores.rounds.change(round_.id, None, moved, NOON)
    assert not await stores.outbox.ready(NOON + HOUR, frozenset())
    (one,) = await stores.outbox.ready(NOON + 2 * HOUR, frozenset())
    assert one.key.endswith(":1")


async def test_who_waits_for_a_question_is_told_of_no_other_deadline(stores: Stores) -> None:
    round_ = await stores.keep_round(
        collecting(seat("fay", asked_at=None)),
        question("R-7F3K", "fay", not_before=NOON + HOUR),
    )

    def later(current: Round) -> Decision:
        told = owed("news", MessageKind.DEADLINE_MOVED, FAY, seat_id=current.seats[0].id)
        return Decision(outcome=Said(content=()), owed=(told,))

    await stores.rounds.change(round_.id, None, later, NOON)
    (news,) = await stores.outbox.ready(NOON, frozenset())
    assert await stores.outbox.claim(news.id, news.attempt, NOON) is None
    (one,) = await stores.outbox.ready(NOON + HOUR, frozenset())
    assert one.kind is MessageKind.QUESTION

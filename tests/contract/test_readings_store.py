"""How far people have read: over the real store and the fake."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.acts import Said
from bot.messages import MessageKind
from bot.people import Account
from bot.ports import Bookmark
from bot.rounds import Phase, Round
from bot.rules.moves import Decision
from tests.builders import NOON, account, act, answers, collecting, owed, seat
from tests.contract.stores import CLOSE, Stores, deciding, kept_as, stores

__all__ = ["stores"]

CAL, FAY = account("cal"), account("fay")


async def opened(stores: Stores) -> Round:
    round_ = await stores.closed(seat("cal"), seat("fay"))
    return await stores.reveal(round_)


def counted(*hasten: str) -> Callable[[Round, Callable[[Account], bool]], Decision]:
    def rule(round_: Round, has_read: Callable[[Account], bool]) -> Decision:
        are_all = all(has_read(one.account) for one in round_.seats)
        return Decision(
            outcome=Said(content=()),
            round_=replace(round_, heard=round_.heard + 1),
            hasten=hasten if are_all else (),
        )

    return rule


async def test_a_bookmark_is_of_one_person_and_one_round(stores: Stores) -> None:
    round_ = await opened(stores)
    assert await stores.rounds.bookmark(round_.id, CAL) is None
    await stores.rounds.turn_to(round_.id, CAL, 3)
    await stores.rounds.turn_to(round_.id, CAL, 5)
    assert await stores.rounds.bookmark(round_.id, CAL) == Bookmark(position=5)
    assert await stores.rounds.bookmark(round_.id, FAY) is None


async def test_somebody_who_has_read_all_is_counted_once_and_keeps_their_place(stores: Stores) -> None:
    round_ = await opened(stores)
    await stores.rounds.turn_to(round_.id, CAL, 1)
    assert await stores.rounds.read_all(round_.id, CAL, counted(), CLOSE)
    assert not await stores.rounds.read_all(round_.id, CAL, counted(), CLOSE)
    assert await stores.rounds.bookmark(round_.id, CAL) == Bookmark(position=1, is_done=True)
    await stores.rounds.turn_to(round_.id, CAL, 0)
    assert await stores.rounds.bookmark(round_.id, CAL) == Bookmark(position=0, is_done=True)
    assert await stores.rounds.read_all(round_.id, FAY, counted(), CLOSE)
    assert await stores.rounds.bookmark(round_.id, FAY) == Bookmark(is_done=True)
    assert (await stores.rounds.get(round_.id)).heard == 2


async def test_a_rule_that_raises_counts_nobody(stores: Stores) -> None:
    round_ = await opened(stores)

    def fails(round_: Round, has_read: Callable[[Account], bool]) -> Decision:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await stores.rounds.read_all(round_.id, CAL, fails, CLOSE)
    assert await stores.rounds.bookmark(round_.id, CAL) is None


async def test_what_waits_for_its_time_is_due_once_everybody_has_read_all(stores: Stores) -> None:
    round_ = await opened(stores)
    tomorrow = CLOSE + timedelta(days=1)
    later = owed("R-7F3K:invitation:1:0", MessageKind.INVITATION, not_before=tomorrow)
    await stores.rounds.change(round_.id, None, deciding(None, later), CLOSE)
    await stores.deliver_all(CLOSE)

    async def ready() -> list[str]:
        return [message.key for message in await stores.outbox.ready(CLOSE, set())]

    await stores.rounds.read_all(round_.id, CAL, counted(later.key), CLOSE)
    assert not await ready()
    await stores.rounds.read_all(round_.id, FAY, counted(later.key), CLOSE)
    assert await ready() == [later.key]


@pytest.mark.parametrize("who", ["fay", "zoe"])  # zoe was not asked: she reads the channel
async def test_how_far_somebody_has_read_goes_when_they_are_erased_and_the_count_stays(
    who: str, stores: Stores
) -> None:
    round_ = await opened(stores)
    await stores.rounds.turn_to(round_.id, CAL, 1)
    await stores.rounds.read_all(round_.id, account(who), counted(), CLOSE)
    assert (await stores.replies.erase(account(who), CLOSE)).found
    assert await stores.rounds.bookmark(round_.id, account(who)) is None
    assert await stores.rounds.bookmark(round_.id, CAL) == Bookmark(position=1)
    assert (await stores.rounds.get(round_.id)).heard == 1


async def test_how_far_people_have_read_goes_with_the_round(stores: Stores) -> None:
    round_ = await stores.keep_round(collecting(seat("cal")))
    await stores.replies.keep(round_.code, CAL, act("cal"), answers(), kept_as("reply"))
    await stores.rounds.turn_to(round_.id, CAL, 1)
    assert (round_.phase, NOON < CLOSE) == (Phase.COLLECTING, True)
    await stores.replies.destroy(round_.id)
    assert await stores.rounds.bookmark(round_.id, CAL) is None

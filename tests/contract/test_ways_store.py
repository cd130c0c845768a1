"""How people are reached, as it is stored; and which accounts of a user, or whom, the bot knows from rounds."""

from __future__ import annotations

import pytest

from bot.messages import GaveUp, Posted, Result, Sent
from bot.people import Account, Way, Why
from bot.rounds import Phase, Round, RoundCode, Seat
from tests.builders import HOUR, NOON, PLATFORM, account, collecting, organiser, question, seat, status_card
from tests.contract.stores import Stores, deciding, stores
from tests.contract.test_outbox_store_results import finish, ready

__all__ = ["stores"]

CODE = "R-7F3K"
DM_CLOSED = GaveUp(why=Why.REFUSED, reason="dm_closed")
SENT = Sent(posted=Posted(place="D1", id="1"))


def key(user: str) -> str:
    return question(CODE, user).key


async def asked(stores: Stores, *seats: Seat) -> Round:
    return await stores.keep_round(collecting(*seats), *(question(CODE, one.account.user) for one in seats))


async def seat_now(stores: Stores, user: str) -> Seat:
    return next(one for one in (await stores.rounds.get(RoundCode(CODE))).seats if one.account.user == user)


async def test_who_takes_no_private_messages_is_asked_in_the_channel(stores: Stores) -> None:
    await asked(stores, seat("ann", asked_at=None))
    await finish(stores, key("ann"), DM_CLOSED)
    ann = await seat_now(stores, "ann")
    assert (ann.way, ann.dm_closed_at, ann.asked_at, ann.unreachable) == (Way.CHANNEL, NOON, NOON, None)


async def test_once_a_question_stands_its_seat_is_reached_in_private(stores: Stores) -> None:
    await asked(stores, seat("ann", way=Way.CHANNEL, asked_at=NOON - HOUR, dm_closed_at=NOON - HOUR))
    await finish(stores, key("ann"), SENT)
    ann = await seat_now(stores, "ann")
    assert (ann.way, ann.dm_closed_at, ann.asked_at) == (Way.PRIVATE, None, NOON - HOUR)


@pytest.mark.parametrize(
    ("result", "left"), [(SENT, [key("bob")]), (GaveUp(why=None, reason="no_new_conversations"), [])]
)
async def test_where_no_conversation_may_be_opened_the_other_questions_are_dropped(
    stores: Stores, result: Result, left: list[str]
) -> None:
    await asked(stores, seat("ann", asked_at=None), seat("bob", way=Way.CHANNEL))
    await finish(stores, key("ann"), result)
    assert await ready(stores) == left


async def test_an_organiser_who_takes_no_private_messages_is_known_for_it(stores: Stores) -> None:
    await stores.keep_round(collecting(), status_card())
    await finish(stores, status_card().key, DM_CLOSED)
    (sam,) = (await stores.rounds.get(RoundCode(CODE))).organisers
    assert (sam.dm_closed_at, sam.gone_at) == (NOON, None)


async def test_what_was_given_up_is_owed_once_more(stores: Stores) -> None:
    round_ = await stores.keep_round(collecting(), status_card())
    await finish(stores, status_card().key, DM_CLOSED)
    assert not await ready(stores)
    decision = deciding(None, again=(status_card().key,))
    await stores.rounds.change(round_.id, None, decision, NOON)
    assert await ready(stores) == [status_card().key]
    await finish(stores, status_card().key, SENT)
    assert not await stores.outbox.orphans()


async def test_whom_a_question_reached_in_private_is_met(stores: Stores) -> None:
    await asked(stores, seat("ann"), seat("bob", way=Way.CHANNEL), seat("cy", asked_at=None))
    who = [account(user) for user in ("ann", "bob", "cy", "dan")]
    assert await stores.rounds.met(who) == {account("ann")}
    assert await stores.rounds.met([]) == set()


async def test_questions_of_the_last_hour_are_told_in_order(stores: Stores) -> None:
    await asked(stores, seat("ann", asked_at=None), seat("bob", asked_at=None))
    await finish(stores, key("bob"), SENT)
    assert await stores.outbox.asked_since(NOON) == [(seat("bob").address, NOON)]
    assert await stores.outbox.asked_since(NOON + HOUR) == []


async def test_the_accounts_of_a_user_are_those_of_the_round_or_of_rounds_in_play(stores: Stores) -> None:
    there = Account(platform=PLATFORM, workspace="OTHER", user="ann")
    await stores.keep_round(collecting(seat("ann"), code="R-AAAA", organisers=(organiser("ann"),)))
    await stores.keep_round(collecting(seat("ann", account=there), code="R-BBBB"))
    await stores.keep_round(collecting(seat("bob"), code="R-CCCC", phase=Phase.ENDED))
    rounds = stores.rounds
    assert list(await rounds.accounts(PLATFORM, "ann")) == [there, account("ann")]
    assert list(await rounds.accounts(PLATFORM, "ann", RoundCode("R-AAAA"))) == [account("ann")]
    assert list(await rounds.accounts(PLATFORM, "bob")) == []
    assert list(await rounds.accounts(PLATFORM, "bob", RoundCode("R-CCCC"))) == [account("bob")]
    assert list(await rounds.accounts("elsewhere", "ann")) == []
    assert list(await rounds.accounts(PLATFORM, "ann", RoundCode("R-NONE"))) == []

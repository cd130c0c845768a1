"""Whoever was asked to move: what the stores make of it when their words go, and when the links are cut."""

from __future__ import annotations

from dataclasses import replace

from bot.people import Why
from bot.rounds import RoundCode, Seat
from tests.builders import HOUR, NOON, account, act, answers, collecting, seat, write
from tests.contract.stores import CLOSE, Stores, arrange, deciding, kept_as, stores

__all__ = ["stores"]


async def asked_to_move(stores: Stores) -> RoundCode:
    round_ = await stores.keep_round(
        collecting(seat("ann", "citizens"), seat("bob", "citizens"), seat("cem", "leaders"))
    )
    await stores.replies.keep(round_.code, account("ann"), write("ann", answers()), answers(), kept_as("reply"))
    newest = await stores.rounds.get(round_.code)
    moved = [
        replace(one, moving_to="leaders", listed_in="leaders", counted_in="citizens") if one.name == "Ann" else one
        for one in newest.seats
    ]
    await stores.rounds.change(round_.id, None, deciding(replace(newest, seats=tuple(moved))), NOON)
    return round_.code


async def ann(stores: Stores, code: RoundCode) -> Seat:
    found = (await stores.rounds.get(code)).seat_of(account("ann"))
    assert found
    return found


async def test_what_is_asked_of_somebody_is_stored(stores: Stores) -> None:
    found = await ann(stores, await asked_to_move(stores))
    assert (found.group, found.moving_to, found.listed_in, found.counted_in) == (
        "citizens",
        "leaders",
        "leaders",
        "citizens",
    )


async def test_whoever_takes_their_answer_back_is_moved_and_whoever_edits_is_not(stores: Stores) -> None:
    code = await asked_to_move(stores)
    await stores.replies.keep(code, account("ann"), write("ann", answers("anew")), answers("anew"), kept_as("reply"))
    assert (await ann(stores, code)).group == "citizens"
    await stores.take_back(code, account("ann"), act("ann"))
    found = await ann(stores, code)
    assert (found.group, found.moving_to, found.replied_at) == ("leaders", None, None)


async def test_once_the_links_are_cut_nothing_tells_who_was_asked_and_stayed(stores: Stores) -> None:
    code = await asked_to_move(stores)
    round_ = await stores.rounds.get(code)
    await stores.rounds.close([round_.id], CLOSE)
    await stores.replies.prepare(round_.id, arrange, CLOSE)
    found = await ann(stores, code)
    assert (found.group, found.moving_to, found.listed_in, found.counted_in) == ("leaders", None, None, None)


async def test_people_are_told_of_those_who_can_be_asked_and_were_never_moved(stores: Stores) -> None:
    """And never of more than they were told before."""
    others = (
        seat("bob"),
        seat("cem", unreachable=Why.REFUSED),
        seat("dan", listed_in="frontline", counted_in="citizens"),
        seat("eve", removed_at=NOON),
    )
    round_ = await stores.keep_round(collecting(seat("ann"), *others))
    assert (await stores.rounds.own_seat(round_.code, account("ann"))).group_size == 2
    assert (await stores.rounds.own_seat(round_.code, account("dan"))).group_size == 3
    told = collecting(seat("ann"), *others, code="R-8F3K", sizes=(("frontline", 1, NOON + HOUR),))
    before = await stores.keep_round(told)
    assert before.sizes == told.sizes
    assert (await stores.rounds.own_seat(before.code, account("ann"))).group_size == 1

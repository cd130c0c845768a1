"""The order in which one person reads, and what follows once somebody has read all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.answers import Answers, Seen
from bot.errors import NotAllowed
from bot.people import Account, Why
from bot.reveal import one_at_a_time
from bot.rounds import Group, Perspective, Phase, Round, Seat, Statement
from bot.rules.revealing import heard
from tests.builders import NOON, collecting, seat

GROUPS = (
    Group(name="leaders", is_leaders=True),
    Group(name="citizens"),
    Group(name="frontline"),
    Group(name="carers"),
)


def the_round(*seats: Seat, merged: dict[str, str] | None = None) -> Round:
    statement = Statement(groups=(), merged=merged or {})
    return replace(collecting(*(seats or (seat("cal"),))), phase=Phase.REVEALED, groups=GROUPS, statement=statement)


def voices(*groups: str | None, late: int = 0) -> list[Perspective]:
    """In reveal order; the last `late` of them came late."""
    return [
        Perspective(
            id=str(at),
            position=at,
            group=group,
            name=None,
            seat_id=None,
            answers=Answers(),
            commitment="",
            seen=Seen.ALL if at >= len(groups) - late else None,
        )
        for at, group in enumerate(groups)
    ]


WHOLE = ("citizens", "citizens", "frontline", "carers", "leaders")


@pytest.mark.parametrize(
    ("group", "order"),
    [
        ("citizens", [2, 3, 0, 1, 4]),
        ("frontline", [0, 1, 3, 2, 4]),
        ("carers", [0, 1, 2, 3, 4]),
        ("leaders", [0, 1, 2, 3, 4]),  # they read themselves last, too
        (None, [0, 1, 2, 3, 4]),
    ],
)
def test_other_groups_come_before_ones_own_and_leaders_last(group: str | None, order: list[int]) -> None:
    assert [voice.position for voice in one_at_a_time(the_round(), voices(*WHOLE), group)] == order


def test_late_voices_come_after_all_others_in_the_same_order() -> None:
    found = one_at_a_time(the_round(), voices(*WHOLE, "citizens", "leaders", "frontline", late=3), "citizens")
    assert [voice.position for voice in found] == [2, 3, 0, 1, 4, 7, 5, 6]


def test_a_small_group_that_is_shown_with_another_is_read_with_it() -> None:
    round_ = the_round(merged={"carers": "frontline"})
    found = one_at_a_time(round_, voices("citizens", "frontline", "frontline", "leaders"), "carers")
    assert [voice.position for voice in found] == [0, 1, 2, 3]
    found = one_at_a_time(round_, voices("citizens", "frontline", "leaders"), "citizens")
    assert [voice.position for voice in found] == [1, 0, 2]


def test_where_no_groups_are_shown_leaders_still_come_last() -> None:
    round_ = the_round(merged=dict.fromkeys(("citizens", "frontline", "carers"), ""))
    found = one_at_a_time(round_, voices(None, None, "leaders"), "citizens")
    assert [voice.position for voice in found] == [0, 1, 2]


def test_the_invitation_comes_at_once_only_where_everybody_who_can_be_reached_has_read_all() -> None:
    cal, fay = seat("cal"), seat("fay")
    gone, lost = replace(seat("gus"), removed_at=NOON), replace(seat("lea"), unreachable=Why.REFUSED)
    round_ = the_round(cal, fay, gone, lost)

    def read_by(*readers: Seat) -> tuple[str, ...]:
        known: set[Account] = {one.account for one in readers}
        return heard(round_, known.__contains__).hasten

    assert not read_by(cal)
    assert not read_by(cal, gone, lost)
    assert read_by(cal, fay) == tuple(f"{round_.code}:invitation:{venue.id}:0" for venue in round_.venues)


def test_who_has_read_all_is_counted_and_each_headline_shows_it() -> None:
    decision = heard(the_round(), lambda _: False)
    assert decision.round_ is not None
    assert decision.round_.heard == 1
    assert decision.touch == tuple(f"R-7F3K:headline_done:{venue.id}:0" for venue in decision.round_.venues)
    assert not decision.audit, "nothing says who"


@pytest.mark.parametrize("phase", [Phase.DRAFT, Phase.COLLECTING, Phase.CLOSED, Phase.CANCELLED])
def test_nobody_has_read_what_is_sealed(phase: Phase) -> None:
    with pytest.raises(NotAllowed):
        heard(replace(the_round(), phase=phase), lambda _: True)

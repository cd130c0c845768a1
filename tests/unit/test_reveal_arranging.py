"""Prepare: who stands where, who is shown with whom, what is told, what is owed, and what the seats forget."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answers import Answers, Seen
from bot.messages import MessageKind, Op, Owed, page_of
from bot.people import Why
from bot.reveal import lot, take_down_owed
from bot.reveal.small_groups import merged
from bot.rounds import Attribution, Change, ChangeKind, Group, Phase, Round, Seat
from bot.rules import revealing
from tests.unit.reveals import (
    GROUPS,
    NOW,
    TOMORROW,
    a_round,
    arranged,
    arranged_late,
    cast,
    late_reply,
    reply,
    revealed,
)

THREE = (("leaders", 3), ("frontline", 3), ("citizens", 3))


def whole(*groups: tuple[str, int]) -> tuple[Round, list[Seat]]:
    seats = cast(*groups)
    return a_round(seats), seats


# order ------------------------------------------------------------------------------------------------------


def test_citizens_are_read_first_and_leaders_last() -> None:
    round_, seats = whole(*THREE)
    shown = arranged(round_, [reply(one) for one in seats]).perspectives
    assert [one.group for one in shown] == ["citizens"] * 3 + ["frontline"] * 3 + ["leaders"] * 3
    assert [one.position for one in shown] == list(range(9))


def test_other_groups_stand_as_set_up_before_the_leaders() -> None:
    groups = (GROUPS[0], Group(name="carers"), Group(name="board"), *GROUPS[1:])
    seats = cast(("leaders", 3), ("carers", 3), ("board", 3), ("frontline", 3), ("citizens", 3))
    shown = arranged(a_round(seats, groups=groups), [reply(one) for one in seats]).perspectives
    order = list(dict.fromkeys(one.group for one in shown))
    assert order == ["citizens", "frontline", "carers", "board", "leaders"]


def test_within_a_group_the_order_is_drawn_from_everybodys_words() -> None:
    round_, seats = whole(*THREE)
    made = arranged(round_, [reply(one) for one in seats])
    for group in ("citizens", "frontline", "leaders"):
        drawn = [lot(made.round_.root or "", one.commitment) for one in made.perspectives if one.group == group]
        assert drawn == sorted(drawn)


@given(st.permutations(range(9)))
def test_the_order_of_arrival_changes_nothing(order: list[int]) -> None:
    round_, seats = whole(*THREE)
    replies = [reply(one) for one in seats]
    assert arranged(round_, [replies[at] for at in order]) == arranged(round_, replies)


# who is named -----------------------------------------------------------------------------------------------


def test_only_who_signed_is_named() -> None:
    round_, seats = whole(("citizens", 4))
    shown = arranged(round_, [reply(one, sign=one.id == 2) for one in seats]).perspectives
    assert {(one.name, one.seat_id) for one in shown} == {(None, None), ("Person 2", 2)}


def test_under_named_everybody_is_named_and_no_group_is_too_small() -> None:
    seats = cast(("citizens", 1), ("leaders", 1))
    made = arranged(a_round(seats, attribution=Attribution.NAMED), [reply(one) for one in seats])
    assert [(one.group, one.name) for one in made.perspectives] == [("citizens", "Person 1"), ("leaders", "Person 2")]
    assert made.round_.seats[0].revision == 1


# small groups -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("unsigned", "together"),
    [
        ({"citizens": 3, "frontline": 3}, {}),
        ({"citizens": 2, "frontline": 5}, {"citizens": "frontline"}),
        ({"citizens": 2, "frontline": 5, "carers": 4}, {"citizens": "carers"}),
        ({"citizens": 1, "frontline": 5, "carers": 1}, {"citizens": "carers", "carers": "frontline"}),
        ({"citizens": 1, "frontline": 1}, {"citizens": "", "frontline": "", "carers": ""}),
        ({"citizens": 2}, {"citizens": "", "frontline": "", "carers": ""}),
        ({"citizens": 0, "frontline": 4}, {}),
        ({"leaders": 1, "citizens": 3}, {}),
        ({}, {}),
    ],
)
def test_small_groups_join_the_smallest_other(unsigned: dict[str, int], together: dict[str, str]) -> None:
    expected = dict(together)
    if expected.get("citizens") == "carers" and expected.get("carers") == "frontline":
        expected["citizens"] = "frontline"  # joined once more, with the group they had joined
    assert merged((*GROUPS, Group(name="carers")), unsigned, 3) == expected


@given(st.dictionaries(st.sampled_from(["citizens", "frontline", "carers"]), st.integers(0, 9)), st.integers(1, 5))
def test_no_shown_group_has_fewer_unsigned_than_small(unsigned: dict[str, int], small: int) -> None:
    together = merged((*GROUPS, Group(name="carers")), unsigned, small)
    shown = Counter[str]()
    for group, n in unsigned.items():
        shown[together.get(group, group)] += n
    assert all(n == 0 or n >= small for group, n in shown.items() if group)


def test_leaders_are_never_merged() -> None:
    round_, seats = whole(("leaders", 1), ("citizens", 4))
    shown = arranged(round_, [reply(one) for one in seats])
    assert [one.group for one in shown.perspectives] == ["citizens"] * 4 + ["leaders"]


def test_a_small_group_is_read_and_counted_with_the_one_it_joined() -> None:
    round_, seats = whole(("citizens", 1), ("frontline", 4), ("leaders", 2))
    made = arranged(round_, [reply(one) for one in seats])
    assert [one.group for one in made.perspectives] == ["frontline"] * 5 + ["leaders"] * 2
    statement = made.round_.statement
    assert statement is not None
    assert dict(statement.merged) == {"citizens": "frontline"}
    assert [(row.group, row.asked, row.replied) for row in statement.groups] == [("frontline", 5, 5), ("leaders", 2, 2)]
    titles = {page_of(owed.args).title.key for owed in made.owed if owed.kind is MessageKind.PAGE}
    assert titles == {"page.label.group", "page.label.group_joined"}


def test_where_all_are_few_no_groups_are_shown_but_the_leaders() -> None:
    round_, seats = whole(("citizens", 1), ("frontline", 1), ("leaders", 1))
    made = arranged(round_, [reply(one) for one in seats])
    assert [one.group for one in made.perspectives] == [None, None, "leaders"]
    statement = made.round_.statement
    assert statement is not None
    assert [(row.group, row.asked, row.replied) for row in statement.groups] == [("everyone", 2, 2), ("leaders", 1, 1)]


def test_who_signs_is_not_hidden_and_hides_nobody() -> None:
    round_, seats = whole(("citizens", 4), ("frontline", 4))
    signed = {1, 2}
    made = arranged(round_, [reply(one, sign=one.id in signed) for one in seats])
    assert {one.group for one in made.perspectives} == {"frontline"}


# the statement ----------------------------------------------------------------------------------------------


def test_the_statement_counts_asked_reached_replied_declined_and_signed() -> None:
    seats = cast(("citizens", 6))
    seats[0] = replace(seats[0], unreachable=Why.REFUSED, asked_at=None)
    seats[1] = replace(seats[1], declined_at=NOW)
    seats[2] = replace(seats[2], removed_at=NOW)
    changes = (Change(kind=ChangeKind.REMOVED, at=NOW, group="citizens"),)
    round_ = replace(a_round(seats), changes=changes)
    made = arranged(round_, [reply(one, sign=one.id == 6) for one in seats[2:]])  # one of them was removed afterwards
    statement = made.round_.statement
    assert statement is not None
    [row, *rest] = statement.groups
    assert (row.asked, row.reached, row.replied, row.declined, row.signed) == (6, 5, 4, 1, 1)
    assert all(other.asked == 0 for other in rest)
    assert statement.changes == changes


# the seats --------------------------------------------------------------------------------------------------


def test_under_group_a_seat_that_replied_looks_like_one_that_stayed_silent() -> None:
    seats = cast(("citizens", 5))
    replied = [replace(one, replied_at=NOW, drafted_at=NOW, snoozed_until=NOW, revision=4) for one in seats[:4]]
    made = arranged(a_round([*replied, seats[4]]), [reply(one) for one in replied])
    traces = {replace(one, id=None, account=seats[0].account, name="") for one in made.round_.seats}
    assert len(traces) == 1


def test_who_signed_keeps_when_they_replied() -> None:
    seats = [replace(one, replied_at=NOW) for one in cast(("citizens", 4))]
    made = arranged(a_round(seats), [reply(one, sign=one.id == 1) for one in seats])
    assert [one.replied_at for one in made.round_.seats] == [NOW, None, None, None]


def test_an_unsealed_draft_is_still_there_after_the_close() -> None:
    seats = cast(("citizens", 4))
    seats[3] = replace(seats[3], drafted_at=NOW)
    made = arranged(a_round(seats), [reply(one) for one in seats[:3]])
    assert made.round_.seats[3].drafted_at == NOW


# what is owed -----------------------------------------------------------------------------------------------


def lane(owed: tuple[Owed, ...], channel: str) -> list[Owed]:
    return [one for one in owed if one.to.channel == channel]


def test_a_venue_is_owed_headline_voices_contrasts_report_and_invitation_in_this_order() -> None:
    round_, seats = whole(("citizens", 3), ("leaders", 3))
    made = arranged(round_, [reply(one, Answers(intentions="why " * 60)) for one in seats])
    owed = lane(made.owed, "C1")
    assert [one.kind for one in owed] == [
        MessageKind.HEADLINE,
        *[MessageKind.PAGE] * 6,
        MessageKind.CONTRASTS,
        MessageKind.HEADLINE_DONE,
        MessageKind.REPORT,
        MessageKind.INVITATION,
    ]
    assert [one.key for one in owed[:2]] == ["R-7F3K:headline:1:0", "R-7F3K:page:1:0"]
    assert all(one.after == owed[0].key for one in owed[1:] if one.op is not Op.ATTACH)
    assert owed[-2].after == owed[-3].key  # files come last, and nothing comes after them
    assert [one.in_thread for one in owed] == [False, *[True] * 7, False, True, False]
    assert (owed[-3].op, owed[-2].op, owed[-1].not_before) == (Op.AMEND, Op.ATTACH, TOMORROW)
    assert owed[-3].args == {"minutes": 3}


def test_above_20_voices_each_group_has_its_post_and_thread() -> None:
    round_, seats = whole(("citizens", 11), ("leaders", 10))
    owed = lane(arranged(round_, [reply(one) for one in seats]).owed, "C1")
    headings = [one for one in owed if one.kind is MessageKind.HEADING]
    assert [one.in_thread for one in headings] == [False, False]
    threads = Counter(one.after for one in owed if one.kind is MessageKind.PAGE)
    assert threads == {headings[0].key: 11, headings[1].key: 10}
    assert MessageKind.CONTRASTS not in {one.kind for one in owed}


def test_every_venue_has_its_own_lane_and_keys() -> None:
    seats = cast(("citizens", 3))
    made = arranged(a_round(seats, venues=2), [reply(one) for one in seats])
    assert len({one.key for one in made.owed}) == len(made.owed)
    first, second = lane(made.owed, "C1"), lane(made.owed, "C2")
    assert [one.kind for one in first] == [one.kind for one in second]
    assert all(":2:" in (one.after or ":2:") for one in second)


def test_everybody_who_was_asked_hears_the_same_whether_they_replied_or_not() -> None:
    seats = cast(("citizens", 6))
    seats[4] = replace(seats[4], unreachable=Why.REFUSED)
    seats[5] = replace(seats[5], removed_at=NOW)
    heard = revealing.completed(arranged(a_round(seats), [reply(one) for one in seats[:3]]).round_).owed
    assert {one.kind for one in heard} == {MessageKind.OPENED}
    assert [one.seat_id for one in heard] == [1, 2, 3, 4, 6]  # also who was removed: what they sealed opens too
    assert heard[0].key == "R-7F3K:opened:playground:W/u1:0"
    assert {(one.after, str(one.args), one.op) for one in heard} == {(None, "{}", Op.POST)}


def test_nothing_owed_holds_words() -> None:
    round_, seats = whole(*THREE)
    made = arranged(round_, [reply(one, Answers(personal="canary", barriers="canary")) for one in seats])
    assert "canary" not in repr(made)


def test_the_round_stays_closed_until_something_is_claimed() -> None:
    round_, seats = whole(("citizens", 3))
    made = arranged(round_, [reply(one) for one in seats]).round_
    assert (made.phase, made.prepared_at, made.due_at) == (Phase.CLOSED, NOW, None)


def test_a_round_in_which_nobody_replied_is_revealed_with_no_voice() -> None:
    made = arranged(a_round(cast(("citizens", 3)), venues=2), [])
    assert made.round_.phase is Phase.CLOSED
    assert made.round_.statement is not None
    assert [(one.kind, one.to.channel) for one in made.owed if one.to.channel] == [
        (MessageKind.HEADLINE, "C1"),
        (MessageKind.HEADLINE_DONE, "C1"),
        (MessageKind.HEADLINE, "C2"),
        (MessageKind.HEADLINE_DONE, "C2"),
    ]
    assert made.touch == ("R-7F3K:status:playground:W/sam:0",)


# late voices ------------------------------------------------------------------------------------------------


def test_late_voices_come_after_all_others_with_labels_of_their_own() -> None:
    round_, seats = whole(("citizens", 4))
    made = arranged(round_, [reply(one) for one in seats[:3]])
    late = arranged_late(revealed(made.round_), [late_reply(seats[3], "x", sign=True)], made.perspectives)
    [voice] = late.perspectives
    assert (voice.position, voice.group, voice.name, voice.seen) == (3, "citizens", "Person 4", Seen.BEFORE)
    [owed] = late.owed
    assert (owed.kind, owed.key, owed.after, owed.in_thread) == (
        MessageKind.LATE_PAGE,
        "R-7F3K:late_page:1:3.0",
        "R-7F3K:headline:1:0",
        True,
    )


def test_a_second_batch_of_late_voices_goes_on_counting() -> None:
    round_, seats = whole(("citizens", 6))
    made = arranged(round_, [reply(one) for one in seats[:3]])
    first = arranged_late(revealed(made.round_), [late_reply(seats[3], "a", Seen.ALL, sign=True)], made.perspectives)
    both = (*made.perspectives, *first.perspectives)
    second = arranged_late(first.round_, [late_reply(seats[4], "b", Seen.NONE, sign=True)], both)
    [owed] = second.owed
    assert page_of(owed.args).title.facts["n"] == 2
    assert [one.position for one in second.perspectives] == [4]


def test_few_unsigned_late_voices_lose_their_group() -> None:
    round_, seats = whole(("citizens", 9), ("frontline", 6))
    made = arranged(round_, [reply(one) for one in (*seats[:4], *seats[9:13])])
    unsigned = [late_reply(one, f"late {one.id}", Seen.ALL) for one in (*seats[4:7], *seats[13:])]
    late = arranged_late(revealed(made.round_), unsigned, made.perspectives)
    assert [one.group for one in late.perspectives] == ["citizens"] * 3 + [None] * 2
    assert all(one.seat_id is None and one.name is None for one in late.perspectives)


def test_who_signed_a_late_voice_keeps_their_group() -> None:
    round_, seats = whole(("citizens", 6))
    made = arranged(round_, [reply(one) for one in seats[:4]])
    both = [late_reply(one, "late", Seen.ALL, sign=one.id == 5) for one in seats[4:]]
    late = arranged_late(revealed(made.round_), both, made.perspectives)
    assert [(one.group, one.name) for one in late.perspectives] == [("citizens", "Person 5"), (None, None)]


# taken down -------------------------------------------------------------------------------------------------


def test_a_voice_taken_down_owes_a_stub_for_each_post_that_holds_it_and_a_new_report() -> None:
    round_, seats = whole(("citizens", 3), ("leaders", 3))
    made = arranged(round_, [reply(one, Answers(intentions="why", sign=True)) for one in seats])
    standing = {
        one.key: None if one.kind is MessageKind.REPORT else page_of(one.args)
        for one in made.owed
        if one.kind in (MessageKind.PAGE, MessageKind.CONTRASTS, MessageKind.REPORT)
    }
    gone = replace(made.perspectives[1], withdrawn_at=NOW + timedelta(days=1))
    owed = take_down_owed(revealed(made.round_), gone, standing)
    assert [(one.op, one.key, one.after) for one in owed] == [
        (Op.AMEND, "R-7F3K:page:1:1:withdrawn.1", "R-7F3K:page:1:1"),
        (Op.AMEND, "R-7F3K:contrasts:1:6:withdrawn.1", "R-7F3K:contrasts:1:6"),
        (Op.AMEND, "R-7F3K:report:1:0:removed", "R-7F3K:report:1:0"),
        (Op.ATTACH, "R-7F3K:report:1:1", "R-7F3K:headline_done:1:0"),
    ]
    assert gone.name is not None
    assert gone.name not in str([one.args for one in owed])


def test_taking_down_a_voice_that_was_hidden_is_owed_too() -> None:
    round_, seats = whole(("citizens", 3))
    made = arranged(round_, [reply(one) for one in seats])
    standing = {one.key: page_of(one.args) for one in made.owed if one.kind is MessageKind.PAGE}
    voice = replace(made.perspectives[0], hidden="a name")
    hidden = take_down_owed(round_, voice, standing)
    taken = take_down_owed(round_, replace(voice, withdrawn_at=NOW), standing)
    assert not {one.key for one in hidden} & {one.key for one in taken}

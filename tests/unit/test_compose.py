"""What each message says: to stakeholders, to organisers, to the channel; never a word before the reveal."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.compose import RENDERINGS, more, status_of
from bot.messages import MessageKind, Post
from bot.people import Member, Reach, Why
from bot.rounds import Attribution, Change, ChangeKind, Phase, Round
from bot.settings import RoundSettings
from bot.setups import LookedUp, Setup
from bot.text import Worded
from tests.builders import DAY, HOUR, NOON, account, draft, organiser, seat, venue
from tests.unit.messages import TEXTS, TO_STAKEHOLDERS, a_round, read, verbs

REACH = Reach(name="repairs", readers=84, outsiders=3, members=frozenset({"f0", "f1"}))


def members(*users: str) -> tuple[Member, ...]:
    return tuple(Member(account=account(user), name=user.title()) for user in users)


def looked_up(**changes: object) -> Round:
    cast = {"citizens": members("c0", "c1", "c2"), "frontline": members("f0", "f1", "f2"), "leaders": members("l0")}
    found = replace(LookedUp(of=1, cast=cast, missing=(), reach=REACH), **changes)  # type: ignore[arg-type]
    friday = datetime(2026, 12, 4, 15, tzinfo=UTC)
    fields = {group: tuple(each.account.user for each in asked) for group, asked in cast.items()}
    return draft(setup=Setup(fields=fields, edition=1, looked_up=found), closes_at=friday, time_zone="Europe/London")


def worded(round_: Round) -> Worded:
    shown = status_of(round_)
    return TEXTS.post(Post(kind=MessageKind.STATUS, content=tuple(shown.content), controls=shown.controls))


def test_every_kind_of_message_says_something() -> None:
    assert RENDERINGS.keys() == set(MessageKind)


# to one stakeholder


def test_the_question_is_one_message_with_all_its_buttons() -> None:
    assert verbs(read(MessageKind.QUESTION)) == ["answer", "snooze", "decline", "wrong", "more"]


def test_the_question_says_who_asks_until_when_and_who_will_read() -> None:
    told = read(MessageKind.QUESTION, of=seat("f0", tz="America/New_York")).text
    assert "Sam asks what you think: Repairs online." in told
    assert "You have until Fri 4 Dec, 07:00 your time." in told
    assert "Report repairs on your phone" in told
    assert "You are asked as: frontline worker." in told
    assert "Until it closes the bot shows your words to nobody, not even Sam." in told
    assert "Only somebody who runs its server could look." in told
    assert "everyone in #repairs (84 people now), and anyone who joins later." in told
    assert 'as from "frontline worker", with no name unless you sign' in told


def test_the_question_says_that_outsiders_read_too() -> None:
    assert (
        "3 of them are from another organisation."
        in read(MessageKind.QUESTION, a_round(venues=(venue(told=REACH),))).text
    )


def test_under_named_the_question_says_that_names_are_shown() -> None:
    told = read(MessageKind.QUESTION, a_round(attribution=Attribution.NAMED)).text
    assert "with your name" in told
    assert "unless you sign" not in told


def test_a_long_proposal_is_cut_in_the_question_and_whole_behind_more() -> None:
    round_ = replace(a_round(), proposal="word " * 400)
    short, whole = read(MessageKind.QUESTION, round_), more(round_, round_.seats[0], RoundSettings())
    assert " …" in short.text
    assert any(getattr(part, "text", "") == "word " * 400 for part in whole.content)


def test_a_round_of_seconds_asks_for_no_ten_minutes() -> None:
    assert "10 minutes" in read(MessageKind.QUESTION).text
    assert (
        "10 minutes" not in read(MessageKind.QUESTION, replace(a_round(), closes_at=NOON + timedelta(seconds=20))).text
    )


def test_a_reminder_says_how_long_is_left_and_how_to_stop() -> None:
    told = read(MessageKind.REMINDER, now=NOON + 2 * DAY)
    assert "You have 1 day left, until Fri 4 Dec, 12:00 your time." in told.text
    assert verbs(told) == ["answer", "snooze", "decline", "wrong", "more", "stop"]


@pytest.mark.parametrize(
    ("kind", "said"),
    [(ChangeKind.LATER, "more time"), (ChangeKind.EARLIER, "sooner"), (ChangeKind.DOWNTIME, "could not be reached")],
)
def test_a_moved_deadline_says_why(kind: ChangeKind, said: str) -> None:
    round_ = a_round(changes=(Change(kind=kind, at=NOON, until=NOON + DAY), Change(kind=ChangeKind.ADDED, at=NOON)))
    assert said in read(MessageKind.DEADLINE_MOVED, round_).text


def test_opened_says_the_same_to_everybody() -> None:
    round_ = replace(a_round(), phase=Phase.REVEALED)
    one = read(MessageKind.OPENED, round_, of=seat("ann", "leaders", replied_at=NOON))
    other = read(MessageKind.OPENED, round_, of=seat("bo", "citizens"))
    assert one == other
    assert [button.label for button in one.buttons] == [
        "Read them",
        "Answer before reading",
        "Check mine",
        "Take mine down",
        "Ask to hide a voice",
    ]
    assert {button.id for button in one.buttons} >= {"coproduce:read:R-7F3K", "coproduce:withdraw:R-7F3K"}


@pytest.mark.parametrize("kind", TO_STAKEHOLDERS)
def test_names_with_markup_are_only_names(kind: MessageKind) -> None:
    round_ = replace(a_round(), organisers=(organiser(name="{code} <!channel>"),))
    assert "{closes_at}" not in read(kind, round_).text


# to the organiser


def test_the_preview_says_who_is_asked_and_who_reads() -> None:
    told = read(MessageKind.PREVIEW, looked_up())
    for sentence in (
        "7 people will be asked:",
        "Citizens: 3",
        "Once open: everyone in #repairs (84 people now), and anyone who joins later. Anybody in this workspace can.",
        "3 of them are from another organisation.",
        "5 people who are asked are not in #repairs",
        "There is one of the leaders: their words will be known as theirs.",
        "It closes Fri, 4 Dec 2026, 15:00 (Europe/London).",
    ):
        assert sentence in told.text
    assert verbs(told) == ["rehearse", "setup", "setup", "setup", "open"]


def test_the_preview_fills_in_when_people_were_looked_up() -> None:
    told = read(
        MessageKind.PREVIEW, replace(looked_up(), setup=Setup(edition=2, looked_up=looked_up().setup.looked_up))
    )
    assert "I am looking up the people" in told.text
    assert "open" not in verbs(told)


@pytest.mark.parametrize(
    ("obstacle", "said"),
    [
        ({"twice": ("Jo Lim",)}, "Jo Lim is in two groups."),
        ({"cast": {"citizens": ()}}, "There is nobody among the citizens yet."),
        ({"reach": None}, "I cannot post in that channel"),
        ({"reach": replace(REACH, may_thread=False)}, "I cannot post in that channel"),
    ],
)
def test_what_stands_in_the_way_is_told_and_nothing_can_be_opened(obstacle: dict[str, object], said: str) -> None:
    told = read(MessageKind.PREVIEW, looked_up(**obstacle))
    assert said in told.text
    assert not {"open", "without"} & set(verbs(told))


@pytest.mark.parametrize(
    ("closes_at", "warned"),
    [
        (datetime(2026, 12, 5, 15, tzinfo=UTC), "That is a Saturday"),
        (datetime(2026, 12, 4, 21, tzinfo=UTC), "outside working hours (21:00)"),
        (datetime(2026, 12, 4, 6, tzinfo=UTC), "outside working hours (06:00)"),
        (datetime(2026, 12, 4, 15, tzinfo=UTC), ""),
    ],
)
def test_an_odd_deadline_is_warned_of(closes_at: datetime, warned: str) -> None:
    told = read(MessageKind.PREVIEW, replace(looked_up(), closes_at=closes_at)).text
    assert warned in told
    assert ("Sure?" in told) is bool(warned)


@pytest.mark.parametrize(
    ("closes_at", "country", "warned"),
    [
        (datetime(2026, 12, 25, 15, tzinfo=UTC), "GB", "That is a public holiday: Christmas Day."),
        (datetime(2026, 12, 24, 15, tzinfo=UTC), "GB-SCT", "4 days off follow, and many people will be away."),
        (datetime(2026, 12, 24, 15, tzinfo=UTC), "", ""),
        (datetime(2026, 11, 30, 15, tzinfo=UTC), "GB-SCT", "That is a public holiday: Saint Andrew's Day."),
        (datetime(2026, 11, 30, 15, tzinfo=UTC), "GB-ENG", ""),
    ],
)
def test_a_deadline_on_or_before_holidays_is_warned_of(closes_at: datetime, country: str, warned: str) -> None:
    settings = RoundSettings(country=country)
    told = read(MessageKind.PREVIEW, replace(looked_up(), closes_at=closes_at), settings=settings).text
    assert warned in told
    assert ("Sure?" in told) is bool(warned)


def test_the_rehearsal_shows_every_group_its_questions() -> None:
    told = read(MessageKind.REHEARSAL, looked_up()).text
    assert "What would this change for you at work?" in told
    assert "What do you want from this?" in told
    one = read(MessageKind.REHEARSAL, looked_up(), args={"group": "citizens"}).text
    assert "at work" not in one


def test_the_status_counts_and_never_names_under_group() -> None:
    people = (seat("ann", "leaders", replied_at=NOON), seat("bo", "citizens"), seat("cy", declined_at=NOON))
    others = (*(seat(f"d{n}") for n in range(2)), *(seat(f"e{n}", "citizens") for n in range(3)))
    told = worded(a_round(*people, *others)).text
    assert "Together, citizens and leaders: 5 asked" not in told
    assert "Together, frontline workers and leaders: 4 asked, 4 reached, 1 answered, 1 chose not to answer" in told
    assert "Citizens: 4 asked, 4 reached, 0 answered" in told
    assert "Bo" not in told
    assert "Still missing: Bo" in worded(a_round(*people, attribution=Attribution.NAMED)).text


@pytest.mark.parametrize("attribution", list(Attribution))
def test_the_status_names_who_cannot_be_reached_and_what_to_do(attribution: Attribution) -> None:
    told = worded(a_round(seat("cy", unreachable=Why.REFUSED), attribution=attribution)).text
    assert "Cy: the chat would not deliver my message." in told
    assert "remove R-7F3K @name" in told


def test_the_status_card_has_the_buttons_of_its_phase() -> None:
    assert verbs(worded(a_round())) == ["remind", "extend", "close", "cancel"]
    closed = replace(a_round(), phase=Phase.CLOSED)
    assert verbs(worded(closed)) == ["cancel"]
    assert verbs(worded(replace(closed, revealing_at=NOON))) == []
    assert verbs(worded(replace(closed, held_back_at=NOON))) == ["confirm", "venue", "cancel"]
    refused = replace(closed, revealing_at=NOON, venues=(venue(refused_at=NOON, refusal="archived"),))
    assert verbs(worded(refused)) == ["retry", "venue"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"refused_at": NOON, "refusal": "archived"}, "#repairs is archived. Bring it back, or choose"),
        ({"refused_at": NOON, "refusal": "not_member"}, "I am no longer in #repairs. Invite me there"),
        ({"refused_at": NOON, "refusal": "gone"}, "I can no longer find #repairs."),
        ({"refused_at": NOON, "refusal": "not_allowed"}, "I may no longer post in #repairs."),
        ({"refused_at": NOON, "refusal": "msg_too_odd"}, "The chat gives only a code for it: msg_too_odd."),
        ({"opens_at": NOON + DAY}, "The answers open in #repairs on Wed, 2 Dec 2026, 12:00."),
    ],
)
def test_the_status_names_the_channel_and_the_reason_while_a_reveal_waits(changes: dict[str, Any], told: str) -> None:
    waiting = replace(a_round(), phase=Phase.CLOSED, venues=(venue(**changes),))
    assert told in worded(waiting).text


def test_the_status_says_when_the_chat_does_not_answer() -> None:
    waiting = replace(a_round(), phase=Phase.CLOSED, waits_since=NOON, waits_for="later")
    assert "since Tue 1 Dec, 12:00: it asks me to wait" in worded(waiting).text


@pytest.mark.parametrize("phase", list(Phase))
def test_the_status_says_something_in_every_phase(phase: Phase) -> None:
    round_ = replace(a_round(), phase=phase, ends_at=NOON + DAY)
    assert len(worded(round_).paragraphs) > 1


def test_a_held_back_reveal_asks_the_organiser() -> None:
    told = read(MessageKind.HELD_BACK, replace(a_round(), phase=Phase.CLOSED))
    assert told.buttons[0].id == "coproduce:confirm:R-7F3K:reveal"


# to the channel


def test_the_announcement_promises_the_seal_before_anybody_is_asked() -> None:
    told = read(MessageKind.ANNOUNCEMENT, replace(looked_up(), venues=(venue(),)))
    assert "Sam is asking 7 people what they think: Repairs online." in told.text
    assert "The bot shows the answers to nobody before it closes, not even to those who ask." in told.text


@pytest.mark.parametrize(
    ("phase", "said"),
    [
        (Phase.CLOSED, "The round has closed."),
        (Phase.REVEALED, "The answers are open."),
        (Phase.CANCELLED, "called off"),
    ],
)
def test_the_announcement_is_kept_up_to_date(phase: Phase, said: str) -> None:
    told = read(MessageKind.ANNOUNCEMENT, replace(a_round(), phase=phase))
    assert said in told.text
    assert told.buttons == ()


def test_the_announcement_says_that_the_deadline_moved() -> None:
    moved = a_round(changes=(Change(kind=ChangeKind.LATER, at=NOON, until=NOON + HOUR),))
    assert "has been moved" in read(MessageKind.ANNOUNCEMENT, moved).text


@pytest.mark.parametrize(("what", "said"), [("added", "has added 1 person"), ("removed", "has taken 1 of the")])
def test_a_changed_cast_is_announced_without_names(what: str, said: str) -> None:
    assert said in read(MessageKind.CAST_CHANGED, args={"what": what, "group": "citizens", "count": 1}).text

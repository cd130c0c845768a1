"""What people type, press and fill in means the same on every platform."""

from __future__ import annotations

from typing import Any

import pytest

from bot import commands
from bot.acts import (
    Act,
    Add,
    AgreeReveal,
    Answer,
    Cancel,
    Check,
    CloseRound,
    Decline,
    Extend,
    FormKind,
    Help,
    Home,
    ListRounds,
    More,
    New,
    OpenRound,
    OpenSetup,
    Preview,
    Read,
    Refused,
    Rehearse,
    Remind,
    Remove,
    Retry,
    SaveSetup,
    ShowReceipt,
    Snooze,
    Status,
    StopReminders,
    Taken,
    Withdraw,
    Write,
    Wrong,
)
from bot.answers import Seen
from bot.messages import control
from bot.rounds import ActId, RoundCode
from tests.builders import NOON, actor
from tests.isolates import AsRead
from tests.saying import settled

CODE, KWMP = RoundCode("R-7F3K"), RoundCode("R-KWMP")
TEXTS = AsRead.load()


def typed(text: str) -> Act | Refused:
    return settled(commands.typed(text, id=ActId("a"), actor=actor(), at=NOON, channel="repairs"), CODE, KWMP)


def pressed(control_id: str) -> Act | Refused:
    return commands.pressed(control_id, id=ActId("a"), actor=actor(), at=NOON)


def filled(kind: FormKind | str, page: str = "", code: str = CODE, draft: bool = False, **fields: str) -> Act | Refused:
    values = {name: (value,) for name, value in fields.items()}
    return commands.filled(kind, code, page, values, id=ActId("a"), actor=actor(), at=NOON, draft=draft)


def meant(kind: type[Act], **facts: Any) -> Act:
    return kind(id=ActId("a"), actor=actor(), at=NOON, **facts)


@pytest.mark.parametrize(
    ("text", "act"),
    [
        ("", meant(Home)),
        ("  HOME ", meant(Home)),
        ("help", meant(Help)),
        ("list", meant(ListRounds)),
        ("new", meant(New, channel="repairs")),
        ("new Repairs online", meant(New, service="Repairs online", channel="repairs")),
        ("new 7f3k repairs", meant(New, service="7f3k repairs", channel="repairs")),
        ("answer", meant(Answer)),
        ("answer R-7F3K", meant(Answer, code=CODE)),
        ("answer r-7f3k", meant(Answer, code=CODE)),
        ("answer 7f3k", meant(Answer, code=CODE)),
        ("answer R 7F3K", meant(Answer, code=CODE)),
        ("answer r7f3k", meant(Answer, code=CODE)),
        ("status KWMP", meant(Status, code=RoundCode("R-KWMP"))),
        ("remind 7f3k", meant(Remind, code=CODE)),
        ("close 7f3k", meant(CloseRound, code=CODE)),
        ("cancel 7f3k", meant(Cancel, code=CODE)),
        ("check", meant(Check)),
        ("check 7f3k", meant(Check, code=CODE)),
        ("check 7f3k K7QD-3M9X-TT2A-9WPE", meant(Check, code=CODE, receipt="K7QD-3M9X-TT2A-9WPE")),
        ("check K7QD-3M9X-TT2A-9WPE", meant(Check, receipt="K7QD-3M9X-TT2A-9WPE")),
        ("check K7QD 3M9X TT2A 9WPE", meant(Check, receipt="K7QD 3M9X TT2A 9WPE")),
        ("withdraw 7f3k K7QD-3M9X-TT2A-9WPE", meant(Withdraw, code=CODE, receipt="K7QD-3M9X-TT2A-9WPE")),
        ("extend R-7F3K fri 17:00", meant(Extend, code=CODE, when="fri 17:00")),
        ("extend 7f3k in 3 days", meant(Extend, code=CODE, when="in 3 days")),
        ("extend fri 17:00", meant(Extend, when="fri 17:00")),
        ("extend in 3 days", meant(Extend, when="in 3 days")),
        ("extend 2026-12-01 17:00", meant(Extend, when="2026-12-01 17:00")),
        ("extend kwmp fri 17:00", meant(Extend, code=RoundCode("R-KWMP"), when="fri 17:00")),
        ("add R-7F3K frontline <@U1>", meant(Add, code=CODE, group="frontline", people=("U1",))),
        ("add 7f3k Night shift <@U1|jo> <@!42>", meant(Add, code=CODE, group="Night shift", people=("U1", "42"))),
        ("add team <@U1>, <@U2>", meant(Add, group="team", people=("U1", "U2"))),
        ("remove 7f3k <@U1|Jo Lim>", meant(Remove, code=CODE, person="U1")),
    ],
)
def test_typed_commands_are_forgiving(text: str, act: Act) -> None:
    assert typed(text) == act


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("anser 7f3k", "refused.unknown_verb"),
        ("xyzzy", "refused.unknown_verb"),
        ("weigh 7f3k", "refused.verb_later"),
        ("share 7f3k", "refused.share_needs_one"),
        ("answer R-7O3K", "refused.code_shape"),
        ("answer R-1234", "refused.code_shape"),
        ("add 7f3k frontline", "refused.add_needs_people"),
        ("add 7f3k <@U1>", "refused.add_needs_group"),
        ("remove 7f3k", "refused.remove_needs_one"),
        ("remove 7f3k <@U1> <@U2>", "refused.remove_needs_one"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_to_do(text: str, key: str) -> None:
    found = typed(text)
    assert isinstance(found, Refused)
    assert found.because.key == key
    assert TEXTS.outcome(found).text


def test_an_unknown_verb_gets_the_nearest_one() -> None:
    found = typed("anser")
    assert isinstance(found, Refused)
    assert TEXTS.outcome(found).text == 'I don\'t know "anser". Did you mean "answer"?'


def test_at_most_the_first_word_of_what_was_typed_is_said_back() -> None:
    found = typed("My manager is a terrible person " + "x" * 500)
    assert isinstance(found, Refused)
    assert "manager" not in TEXTS.outcome(found).text


@pytest.mark.parametrize(
    ("control_id", "act"),
    [
        ("coproduce:answer:R-7F3K", meant(Answer, code=CODE)),
        ("coproduce:answer:R-7F3K:write", meant(Answer, code=CODE, is_told=True)),
        ("coproduce:late:R-7F3K", meant(Answer, code=CODE, late=True)),
        ("coproduce:decline:R-7F3K", meant(Decline, code=CODE)),
        (
            "coproduce:withdraw:R-7F3K:K7QD-3M9X-TT2A-9WPE",
            meant(Withdraw, code=CODE, receipt="K7QD-3M9X-TT2A-9WPE", is_pressed=True),
        ),
        ("coproduce:withdraw:R-7F3K", meant(Withdraw, code=CODE, is_pressed=True)),
        ("coproduce:receipt:R-7F3K", meant(ShowReceipt, code=CODE)),
        ("coproduce:confirm:R-7F3K:decline:3", meant(Decline, code=CODE, revision=3)),
        ("coproduce:confirm:R-7F3K:withdraw:3", meant(Withdraw, code=CODE, agreed=Taken.SEALED, revision=3)),
        ("coproduce:confirm:R-7F3K:withdraw:late:1", meant(Withdraw, code=CODE, agreed=Taken.LATE, revision=1)),
        ("coproduce:confirm:R-7F3K:withdraw:voice", meant(Withdraw, code=CODE, agreed=Taken.VOICE)),
        ("coproduce:check:R-7F3K", meant(Check, code=CODE)),
        ("coproduce:snooze:R-7F3K", meant(Snooze, code=CODE)),
        ("coproduce:snooze:R-7F3K:tomorrow", meant(Snooze, code=CODE, choice="tomorrow")),
        ("coproduce:stop:R-7F3K", meant(StopReminders, code=CODE)),
        ("coproduce:wrong:R-7F3K", meant(Wrong, code=CODE)),
        ("coproduce:new:", meant(New)),
        ("coproduce:home:", meant(Home)),
        ("coproduce:help:R-7F3K", meant(Help)),
        ("coproduce:more:R-7F3K", meant(More, code=CODE)),
        ("coproduce:read:R-7F3K", meant(Read, code=CODE)),
        ("coproduce:setup:R-7F3K:when", meant(OpenSetup, code=CODE, page="when")),
        ("coproduce:setup:R-7F3K", meant(OpenSetup, code=CODE, page="")),
        ("coproduce:replace:R-7F3K:U9", meant(OpenSetup, code=CODE, page="who")),
        ("coproduce:rehearse:R-7F3K", meant(Rehearse, code=CODE)),
        ("coproduce:preview:R-7F3K", meant(Preview, code=CODE)),
        ("coproduce:open:R-7F3K", meant(OpenRound, code=CODE)),
        ("coproduce:status:R-7F3K", meant(Status, code=CODE)),
        ("coproduce:remind:R-7F3K", meant(Remind, code=CODE)),
        ("coproduce:extend:R-7F3K", meant(Extend, code=CODE)),
        ("coproduce:close:R-7F3K", meant(CloseRound, code=CODE)),
        ("coproduce:cancel:R-7F3K", meant(Cancel, code=CODE)),
        ("coproduce:retry:R-7F3K", meant(Retry, code=CODE)),
        ("coproduce:confirm:R-7F3K:close", meant(CloseRound, code=CODE, confirmed=True)),
        ("coproduce:confirm:R-7F3K:cancel", meant(Cancel, code=CODE, confirmed=True)),
        ("coproduce:confirm:R-7F3K:reveal", meant(AgreeReveal, code=CODE)),
        (
            "coproduce:confirm:R-7F3K:extend:2026-12-04T17:00:00+00:00",
            meant(Extend, code=CODE, when="2026-12-04T17:00:00+00:00", confirmed=True),
        ),
    ],
)
def test_buttons_mean_what_they_meant_when_they_were_posted(control_id: str, act: Act) -> None:
    assert pressed(control_id) == act


@pytest.mark.parametrize(
    "control_id",
    [
        "",
        "coproduce",
        "coproduce:answer",
        "coproduce:answer:",
        "other:answer:R-7F3K",
        "coproduce:answer:7F3K",
        "coproduce:answer:R-7F3O",
        "coproduce:answer:R-7F3K'; drop table round",
        "coproduce:explode:R-7F3K",
        "coproduce:confirm:R-7F3K",
        "coproduce:confirm:R-7F3K:extend",
        "coproduce:snooze:R-7F3K:forever",
        "coproduce:language:R-7F3K",
        "coproduce:weigh:R-7F3K",
    ],
)
def test_forged_and_stale_buttons_are_refused(control_id: str) -> None:
    assert isinstance(pressed(control_id), Refused)


def test_every_button_that_is_made_can_be_pressed() -> None:
    verbs = ("answer", "decline", "stop", "wrong", "more", "read", "rehearse", "preview", "open", "status")
    for verb in (*verbs, "remind", "extend", "close", "cancel", "retry", "late", "withdraw", "check", "snooze"):
        made = control(verb, CODE)
        assert not isinstance(pressed(made.id), Refused)
        assert TEXTS.label(made)


def test_an_answer_form_becomes_words_to_seal() -> None:
    act = filled(FormKind.ANSWER, personal="Less walking", barriers="No signal\nOld phones", sign="name")
    assert isinstance(act, Write)
    assert (act.code, act.seal, act.late) == (CODE, True, False)
    assert (act.answers.personal, act.answers.others, act.answers.sign) == ("Less walking", "", True)
    assert act.answers.barriers == "No signal\nOld phones"


def test_a_page_that_was_only_saved_is_a_draft() -> None:
    act = filled(FormKind.ANSWER, draft=True, personal="Less")
    assert isinstance(act, Write)
    assert not act.seal


def test_a_late_form_says_what_its_writer_had_seen() -> None:
    act = filled(FormKind.ANSWER, page="late", personal="Me too", seen="some", sign="group")
    assert isinstance(act, Write)
    assert (act.late, act.answers.seen, act.answers.sign) == (True, Seen.SOME, False)


@pytest.mark.parametrize("claimed", ["before", "everything", ""])
def test_nobody_can_claim_to_have_written_before_the_reveal(claimed: str) -> None:
    act = filled(FormKind.ANSWER, page="late", personal="Me too", seen=claimed)
    assert isinstance(act, Write)
    assert act.answers.seen is None


def test_the_other_forms_become_their_acts() -> None:
    fields = {"service": ("Repairs",), "closes_at": ("fri 17:00",)}
    assert filled(FormKind.SETUP, page="what", service="Repairs", closes_at="fri 17:00") == meant(
        SaveSetup, code=CODE, page="what", fields=fields
    )
    assert filled("extend", closes_at=" fri 17:00 ") == meant(Extend, code=CODE, when="fri 17:00")
    assert filled("check", receipt="K7QD") == meant(Check, code=CODE, receipt="K7QD")
    assert filled("withdraw", receipt="K7QD") == meant(Withdraw, code=CODE, receipt="K7QD")


@pytest.mark.parametrize(
    ("kind", "page", "code"),
    [("poem", "", CODE), ("answer", "", "nonsense"), ("answer", "", "")],
)
def test_forms_that_we_never_showed_are_refused(kind: str, page: str, code: str) -> None:
    assert isinstance(filled(kind, page, code), Refused)


@pytest.mark.parametrize(("kind", "name"), [("extend", "closes_at"), ("check", "receipt"), ("withdraw", "receipt")])
def test_an_empty_box_that_is_needed_is_marked(kind: str, name: str) -> None:
    found = filled(kind)
    assert isinstance(found, Refused)
    assert found.fields.keys() == {name}

"""Nothing typed is dropped, and nothing is done on a guess."""

from __future__ import annotations

from typing import Any

import pytest

from bot import commands
from bot.acts import (
    Act,
    Add,
    Check,
    CloseRound,
    Export,
    Extend,
    FormKind,
    Hide,
    New,
    Refused,
    Remind,
    Remove,
    SaveSetup,
    Share,
    Status,
    Withdraw,
    Write,
)
from bot.commands import Perhaps
from bot.rounds import ActId, RoundCode
from tests.builders import NOON, actor
from tests.saying import settled

CODE = RoundCode("R-7F3K")
OTHER = RoundCode("R-9K2M")
LIKE_A_WORD = RoundCode("R-TEAM")
LIKE_A_DAY = RoundCode("R-24TH")


def typed(text: str, *own: RoundCode) -> Act | Refused:
    return settled(commands.typed(text, id=ActId("a"), actor=actor(), at=NOON, channel="repairs"), *own)


def meant(kind: type[Act], **facts: Any) -> Act:
    return kind(id=ActId("a"), actor=actor(), at=NOON, **facts)


@pytest.mark.parametrize(
    "written",
    [
        "R-7F3K",
        "(R-7F3K)",
        "[r-7f3k]",
        "<R-7F3K>",
        "`R-7F3K`",
        "“R-7F3K”",
        "'R-7F3K'",
        "*R-7F3K*",
        "R-7F3K.",
        "R-7F3K:",
        "R\u20117F3K",
        "R\u20137F3K",
        "R\u20147F3K",
        "R\u22127F3K",
        "R_7F3K",
        "R-\u200b7F3K",
        "\u200bR-7F3K\ufeff",
        "\u2068R-7F3K\u2069",
        "R 7F3K",
        "r7f3k",
        "\uff32-\uff17\uff26\uff13\uff2b",
        "round R-7F3K please",
        "of R-7F3K",
        "\n R-7F3K \n",
    ],
)
def test_a_code_counts_however_it_is_dressed(written: str) -> None:
    assert typed(f"status {written}") == meant(Status, code=CODE)
    assert typed(f"remind {written}") == meant(Remind, code=CODE)


@pytest.mark.parametrize(
    ("text", "act"),
    [
        ("remove <@U1> from R-7F3K", meant(Remove, code=CODE, person="U1")),
        ("remove <@U1|Bea> R-7F3K", meant(Remove, code=CODE, person="U1")),
        ("share with <@U1> R-7F3K", meant(Share, code=CODE, person="U1")),
        ("add <@U1> to frontline in R-7F3K", meant(Add, code=CODE, group="frontline", people=("U1",))),
        ("add R-7F3K Frontline workers <@U1>", meant(Add, code=CODE, group="Frontline workers", people=("U1",))),
        ("add R-7F3K “Ward staff” <@U1> and <@U2>", meant(Add, code=CODE, group="Ward staff", people=("U1", "U2"))),
        ("extend fri 17:00 R-7F3K", meant(Extend, code=CODE, when="fri 17:00")),
        ("extend R-7F3K to fri 17:00", meant(Extend, code=CODE, when="fri 17:00")),
        ("extend fri (R-7F3K) 17:00", meant(Extend, code=CODE, when="fri 17:00")),
        ("hide F3 in R-7F3K it names somebody", meant(Hide, code=CODE, voice="F3", reason="it names somebody")),
        ("hide R-7F3K citizen 3 of 5: it names", meant(Hide, code=CODE, voice="citizen 3 of 5", reason="it names")),
        ("hide R-7F3K f 3 it names", meant(Hide, code=CODE, voice="f 3", reason="it names")),
        ("status\u00a0R-7F3K", meant(Status, code=CODE)),
        ("STATUS\nR-7F3K", meant(Status, code=CODE)),
        ("close R-7F3K now", meant(CloseRound, code=CODE)),
        ("remind everybody of R-7F3K", meant(Remind, code=CODE)),
        ("check K7QD-3M9X-TT2A-9WPE R-7F3K", meant(Check, code=CODE, receipt="K7QD-3M9X-TT2A-9WPE")),
        ("withdraw R-7F3K K7QD—3M9X—TT2A—9WPE", meant(Withdraw, code=CODE, receipt="K7QD-3M9X-TT2A-9WPE")),
        ("new “Repairs online”", meant(New, service="Repairs online", channel="repairs")),
        ("new\u00a0Repairs  online", meant(New, service="Repairs  online", channel="repairs")),
        ("new Ask <#C1|repairs> about <@U1|ann>", meant(New, service="Ask #repairs about @ann", channel="repairs")),
        ("new See <https://x.org|x>", meant(New, service="See x (https://x.org)", channel="repairs")),
    ],
)
def test_what_was_typed_is_understood_whatever_its_order(text: str, act: Act) -> None:
    assert typed(text) == act


@pytest.mark.parametrize(
    ("text", "key", "echo"),
    [
        ("status R-7F3K tomorrow", "refused.left_over", "tomorrow"),
        ("remind R-7F3K <@U1|bea>", "refused.left_over", "@bea"),
        ("remove <@U1> from B", "refused.left_over", "B"),
        ("remove <@U1> R-7F3K today", "refused.left_over", "today"),
        ("share R-7F3K <@U1> tomorrow", "refused.left_over", "tomorrow"),
        ("close R-7F3K friday", "refused.left_over", "friday"),
        ("export R-7F3K pdf", "refused.left_over", "pdf"),
        ("home sweet", "refused.left_over", "sweet"),
        ("check K7QD-3M9X-TT2A-9WPE twice", "refused.left_over", "twice"),
        ("remind ZZ22", "refused.left_over", "ZZ22"),
        ("remind R-7O3K", "refused.code_shape", "R-7O3K"),
        ("status please (R-O0O0)", "refused.code_shape", "R-O0O0"),
        ("remove <@U1> from R-1234", "refused.code_shape", "R-1234"),
        ("answer R-7F3K I think it is bad", "refused.answer_in_command", None),
    ],
)
def test_what_is_left_over_is_refused_and_named(text: str, key: str, echo: str | None) -> None:
    found = typed(text)
    assert isinstance(found, Refused), found
    assert (found.because.key, found.because.facts.get("typed")) == (key, echo)


def test_two_rounds_in_one_command_are_refused() -> None:
    found = typed("status R-7F3K R-9K2M")
    assert isinstance(found, Refused)
    assert found.because.facts == {"first": CODE, "second": OTHER}
    assert typed("status R-7F3K (R-7F3K)") == meant(Status, code=CODE)


def test_a_word_is_a_code_only_where_the_asker_has_such_a_round() -> None:
    assert typed("add team <@U1>") == meant(Add, group="team", people=("U1",))
    assert typed("add team citizens <@U1>", LIKE_A_WORD) == meant(
        Add, code=LIKE_A_WORD, group="citizens", people=("U1",)
    )
    assert typed("export 9k2m", OTHER) == meant(Export, code=OTHER)
    refused = typed("export 9k2m", CODE)
    assert isinstance(refused, Refused)
    assert refused.because.facts["typed"] == "9k2m"


@pytest.mark.parametrize("when", ["24th dec 17:00", "tues 17:00", "2weeks", "weds 5pm", "next week", "fri 1700"])
def test_a_time_is_a_time_whatever_rounds_there_are(when: str) -> None:
    codes = [RoundCode(f"R-{word.upper()}") for word in when.split()]
    assert typed(f"extend {when}", *codes) == meant(Extend, when=when)
    assert typed(f"extend R-7F3K {when}", *codes) == meant(Extend, code=CODE, when=when)


def test_the_day_of_the_month_is_a_code_where_nothing_else_is_meant() -> None:
    assert typed("extend 24th fri 17:00", LIKE_A_DAY) == meant(Extend, code=LIKE_A_DAY, when="fri 17:00")


def test_nobody_has_to_be_asked_where_no_word_can_be_a_code() -> None:
    assert not isinstance(commands.typed("remind", id=ActId("a"), actor=actor(), at=NOON), Perhaps)


def test_mentions_in_what_organisers_write_become_what_people_read() -> None:
    fields = {"service": ("Ask <#C1|repairs>",), "proposal": ("As <@U1|ann> said",), "citizens": ("U1",)}
    saved = commands.filled(FormKind.SETUP, CODE, "what", fields, id=ActId("a"), actor=actor(), at=NOON)
    assert isinstance(saved, SaveSetup)
    assert saved.fields == {"service": ("Ask #repairs",), "proposal": ("As @ann said",), "citizens": ("U1",)}
    why = {"voice": ("F3",), "reason": ("<@U1|ann> is named",)}
    hide = commands.filled(FormKind.HIDE, CODE, "", why, id=ActId("a"), actor=actor(), at=NOON)
    assert isinstance(hide, Hide)
    assert hide.reason == "@ann is named"


def test_answers_stay_to_the_letter() -> None:
    words = {"personal": ("“Ask” <@U1|ann> in <#C1|repairs>\u200b ",)}
    written = commands.filled(FormKind.ANSWER, CODE, "", words, id=ActId("a"), actor=actor(), at=NOON)
    assert isinstance(written, Write)
    assert written.answers.personal == words["personal"][0]


@pytest.mark.parametrize(
    ("control", "act"),
    [
        ("coproduce:add:R-7F3K:Ward staff <@U1> <@U2>", meant(Add, code=CODE, group="Ward staff", people=("U1", "U2"))),
        ("coproduce:remove:R-7F3K:<@U1>", meant(Remove, code=CODE, person="U1")),
        ("coproduce:share:R-7F3K:<@U1>", meant(Share, code=CODE, person="U1")),
        ("coproduce:hide:R-7F3K:F3 as R-9K2M: bad", meant(Hide, code=CODE, voice="F3", reason="as R-9K2M: bad")),
        ("coproduce:extend:R-7F3K:fri 17:00", meant(Extend, code=CODE, when="fri 17:00")),
        ("coproduce:remind:R-7F3K", meant(Remind, code=CODE)),
    ],
)
def test_the_button_that_names_the_round_carries_what_was_typed(control: str, act: Act) -> None:
    assert commands.pressed(control, id=ActId("a"), actor=actor(), at=NOON) == act

"""Each refusal: one sentence, to the one who acted and to nobody else, with all they typed kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.acts import (
    Act,
    Add,
    AgreeReveal,
    Answer,
    Cancel,
    Check,
    CloseRound,
    Decline,
    Export,
    Extend,
    Hide,
    More,
    New,
    OpenRound,
    OpenSetup,
    Outcome,
    Preview,
    Read,
    Refused,
    Rehearse,
    Remind,
    Remove,
    Retry,
    Said,
    SaveSetup,
    Share,
    ShowForm,
    Snooze,
    Status,
    StopReminders,
    Withdraw,
    Write,
    Wrong,
)
from bot.answers import Answers
from bot.messages import MessageKind
from bot.people import Cast, Standing
from bot.rounds import Phase, RoundCode
from tests.builders import HERE
from tests.world import SETUP, TEXTS, World, key_of

FIVE_DAYS = timedelta(days=5)
MINUTE = timedelta(minutes=1)
UNKNOWN = RoundCode("R-ZZZZ")
GUEST = {"actor": {"standing": Standing.GUEST}}

OF_ORGANISERS: list[tuple[type[Act], dict[str, Any]]] = [
    (Status, {}),
    (Remind, {}),
    (Extend, {"when": "in 9 days"}),
    (Extend, {"when": "2027-01-01T12:00:00+00:00", "confirmed": True}),
    (CloseRound, {"confirmed": True}),
    (Cancel, {"confirmed": True}),
    (AgreeReveal, {}),
    (Retry, {}),
    (Add, {"group": "citizens", "people": ("zoe",), "cast": Cast(found={})}),
    (Remove, {"person": "fay"}),
    (Share, {"cast": Cast(found={})}),
    (Export, {}),
    (Hide, {"voice": "F1", "reason": "It names somebody"}),
    (SaveSetup, {"page": "what", "fields": {"service": ("Mine now",)}}),
    (OpenSetup, {}),
    (Preview, {}),
    (Rehearse, {}),
    (OpenRound, {}),
]
OF_STAKEHOLDERS: list[tuple[type[Act], dict[str, Any]]] = [
    (Answer, {}),
    (Write, {"answers": Answers(personal="Let me in")}),
    (Withdraw, {}),
    (Check, {"receipt": "K7QD-3M9X-TT2A-9WPE"}),
    (Decline, {}),
    (Snooze, {"choice": "3h"}),
    (StopReminders, {}),
    (Wrong, {}),
    (More, {}),
    (Read, {}),
]


async def refused(world: World, outcome: Outcome, key: str) -> None:
    """With a sentence that can be said, and nothing is sent to anybody for it."""
    assert isinstance(outcome, Refused), outcome
    assert key_of(outcome) == key
    assert TEXTS.line(outcome.because, outcome.locale, outcome.tz).strip()
    sent = world.platform.calls
    await world.settle()
    assert world.platform.calls == sent


# who ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "more"), [*OF_ORGANISERS, *OF_STAKEHOLDERS])
async def test_a_round_that_is_not_here_is_unknown(world: World, kind: type[Act], more: dict[str, Any]) -> None:
    await refused(world, await world.do(kind, "olga", code=UNKNOWN, **more), "error.unknown_round")


@pytest.mark.parametrize(("kind", "more"), [*OF_ORGANISERS, *OF_STAKEHOLDERS])
async def test_somebody_of_another_workspace_is_not_even_told_that_the_round_exists(
    world: World, kind: type[Act], more: dict[str, Any]
) -> None:
    code = await world.open()
    await refused(world, await world.do(kind, "olga@X", code=code, **more), "error.unknown_round")


@pytest.mark.parametrize("user", ["fay", "stan"])
@pytest.mark.parametrize(("kind", "more"), OF_ORGANISERS)
async def test_a_code_grants_nothing_to_those_who_do_not_run_the_round(
    world: World, kind: type[Act], more: dict[str, Any], user: str
) -> None:
    code = await world.open()
    before = await world.round_(code)
    await refused(world, await world.do(kind, user, code=code, **more), "refused.not_organiser")
    assert await world.round_(code) == before


@pytest.mark.parametrize(("kind", "more"), OF_STAKEHOLDERS)
async def test_somebody_who_was_not_asked_has_no_place_in_the_round(
    world: World, kind: type[Act], more: dict[str, Any]
) -> None:
    code = await world.open()
    outcome = await world.do(kind, "stan", code=code, **more)
    assert key_of(outcome) in ("refused.not_asked", "error.unknown_round")
    await refused(world, outcome, key_of(outcome))


@pytest.mark.parametrize(("kind", "more"), OF_STAKEHOLDERS)
async def test_somebody_who_was_taken_off_is_told_so(world: World, kind: type[Act], more: dict[str, Any]) -> None:
    code = await world.open()
    await world.press(Remove, "olga", code=code, person="fay")
    # what they sealed is theirs still: they may check it, take it back, and read where it opens
    theirs = {
        Withdraw: "refused.nothing_to_take_back",
        Check: "refused.receipt",
        Read: "refused.not_revealed",
    }
    await refused(world, await world.do(kind, "fay", code=code, **more), theirs.get(kind, "refused.removed"))


async def test_a_guest_starts_no_round(world: World) -> None:
    await refused(world, await world.do(New, "stan", service="Mine", **GUEST), "refused.guest")
    assert key_of(await world.do(New, "stan", service="Mine")) == "form"


async def test_a_guest_does_not_become_co_organiser(world: World) -> None:
    code = await world.open()
    zoe = world.platform.members["zoe"]
    cast = Cast(found={"zoe": (replace(zoe, standing=Standing.GUEST),)})
    await refused(world, await world.do(Share, "olga", code=code, cast=cast), "refused.guest")


async def test_without_a_code_and_a_round_there_is_nothing_that_could_be_meant(world: World) -> None:
    await refused(world, await world.do(Answer, "fay"), "refused.no_round")
    await refused(world, await world.do(Status, "fay"), "refused.no_round")


async def test_without_a_code_and_with_several_rounds_one_is_asked_which(world: World) -> None:
    first, second = await world.open(), await world.open()
    asked = await world.do(Answer, "fay")
    assert key_of(asked) == "said.which"
    assert isinstance(asked, Said)
    assert {control.code for control in asked.controls} == {first, second}
    assert {control.verb for control in asked.controls} == {"answer"}


# setting up ---------------------------------------------------------------------------------------------------

MISTAKES = [
    ("service", "", "refused.empty.service"),
    ("service", "x" * 101, "refused.too_long"),
    ("proposal", "", "refused.empty.proposal"),
    ("proposal", "x" * 3_001, "refused.too_long"),
    ("decided", "x" * 3_001, "refused.too_long"),
    ("still_open", "x" * 3_001, "refused.too_long"),
    ("contact", "x" * 3_001, "refused.too_long"),
    ("stage", "dreaming", "refused.stage"),
    ("leaders", "", "refused.empty.group"),
    ("frontline", "", "refused.empty.group"),
    ("citizens", "", "refused.empty.group"),
    ("citizens", "fay", "refused.twice"),
    ("channel", "", "refused.empty.channel"),
    ("closes_at", "", "refused.empty.closes_at"),
    ("closes_at", "soonish", "when.unreadable"),
    ("closes_at", "yesterday", "when.needs_day"),
    ("closes_at", "2020-01-01 12:00", "when.past"),
    ("closes_at", "in 9 minutes", "refused.too_short"),
    ("time_zone", "Mars/Base", "refused.time_zone"),
    ("attribution", "sometimes", "refused.attribution"),
]


@pytest.mark.parametrize(("box", "typed", "key"), MISTAKES)
async def test_a_mistake_in_the_set_up_is_told_at_its_box_and_everything_typed_is_kept(
    world: World, box: str, typed: str, key: str
) -> None:
    shown = await world.press(New, "olga")
    assert isinstance(shown, ShowForm)
    code = shown.form.code
    for page in ("what", "who", "when"):
        fields = {name: tuple(value.split(" ")) if page == "who" else (value,) for name, value in _on(page, box, typed)}
        saved = await world.do(SaveSetup, "olga", code=code, page=page, fields=fields)
        if box in fields:
            await refused(world, saved, "refused.setup")
            assert isinstance(saved, Refused)
            lines = list(saved.fields.values())
            assert key in [line.key for line in lines]
            assert all(TEXTS.line(line) for line in lines)
            reopened = await world.do(OpenSetup, "olga", code=code, page=page)
            assert isinstance(reopened, ShowForm)
            boxes = {field.name: field for field in reopened.form.fields}
            assert boxes[box].values == tuple(typed.split(" ") if page == "who" else [typed])
            assert any(field.error for field in boxes.values())
    await refused(world, await world.do(OpenRound, "olga", code=code), "refused.setup")
    await refused(world, await world.do(Preview, "olga", code=code), "refused.setup")


def _on(page: str, box: str, typed: str) -> list[tuple[str, str]]:
    on = {
        "what": ("service", "proposal", "decided", "still_open", "stage"),
        "who": ("leaders", "frontline", "citizens"),
        "when": ("channel", "closes_at", "time_zone", "attribution", "contact"),
    }[page]
    fields = {**SETUP, box: typed}
    return [(name, fields[name]) for name in on if name in fields]


@pytest.mark.parametrize(
    ("user", "why"), [("robo", "bot"), ("dee", "deactivated"), ("xena", "stranger"), ("nobody", "unknown")]
)
async def test_a_round_opens_without_somebody_only_where_that_was_pressed(world: World, user: str, why: str) -> None:
    code = await world.draft(citizens=f"cal {user}")
    await refused(world, await world.do(OpenRound, "olga", code=code), "refused.cannot_be_asked")
    found = (await world.round_(code)).setup.looked_up
    assert found
    assert [missing.why for missing in found.missing] == [why]
    assert (await world.round_(code)).phase is Phase.DRAFT


async def test_one_person_in_two_groups_by_way_of_a_user_group_keeps_the_round_from_opening(world: World) -> None:
    world.platform.teams["team"] = ("cara", "fay")
    code = await world.draft(citizens="cal team")
    await refused(world, await world.do(OpenRound, "olga", code=code), "refused.person_twice")


async def test_a_user_group_with_nobody_in_it_keeps_the_round_from_opening(world: World) -> None:
    world.platform.teams["team"] = ()
    code = await world.draft(citizens="team")
    await refused(world, await world.do(OpenRound, "olga", code=code), "refused.empty.group")


@pytest.mark.parametrize("what", ["may_post", "may_thread", "may_attach", "unknown"])
async def test_a_channel_that_cannot_take_a_reveal_keeps_the_round_from_opening(world: World, what: str) -> None:
    there = world.platform.places.pop("repairs")
    if what != "unknown":
        world.platform.places["repairs"] = replace(there, **{what: False})  # type: ignore[arg-type]
    code = await world.draft()
    await refused(world, await world.do(OpenRound, "olga", code=code), "refused.channel")


async def test_more_people_than_a_round_may_have_need_a_workspace_admin(world: World) -> None:
    world.tools = replace(world.tools, settings=replace(world.settings, largest=4))
    world.service._deps = world.tools
    code = await world.draft()
    await refused(world, await world.do(OpenRound, "olga", code=code), "refused.too_many")
    admin = {"standing": Standing.ADMIN}
    assert key_of(await world.do(OpenRound, "olga", code=code, actor=admin)) == "said.opening"


async def test_a_round_in_which_asking_everybody_does_not_fit_the_pace_does_not_open(world: World) -> None:
    world.platform.pace = replace(world.platform.pace, posts_a_minute_in_one_workspace=1)
    code = await world.draft(closes_at="in 19 minutes")
    await refused(world, await world.do(OpenRound, "olga", code=code), "refused.too_slow")
    code = await world.draft(closes_at="in 21 minutes")
    assert key_of(await world.do(OpenRound, "olga", code=code)) == "said.opening"


async def test_open_before_the_preview_is_there_waits_for_it(world: World) -> None:
    code = await world.draft()
    act = world.act(SaveSetup, "olga", code=code, page="what", fields={"proposal": ("Something new",)})
    await world.service.do(act)
    outcome = await world.do(OpenRound, "olga", code=code)
    assert key_of(outcome) == "refused.not_previewed"
    await world.settle()
    assert key_of(await world.do(OpenRound, "olga", code=code)) == "refused.not_previewed"  # the card rests 5 seconds
    await world.pass_time(timedelta(seconds=10))
    assert key_of(await world.press(OpenRound, "olga", code=code)) == "said.opening"


@pytest.mark.parametrize(
    ("kind", "more"), [(SaveSetup, {"page": "what", "fields": {}}), (OpenSetup, {}), (Preview, {}), (Rehearse, {})]
)
async def test_the_set_up_of_an_open_round_stands(world: World, kind: type[Act], more: dict[str, Any]) -> None:
    code = await world.open()
    await refused(world, await world.do(kind, "olga", code=code, **more), "refused.not_draft")


# answering ----------------------------------------------------------------------------------------------------


async def test_an_empty_answer_is_not_sealed(world: World) -> None:
    code = await world.open()
    outcome = await world.do(Write, "fay", code=code, answers=Answers(personal="  \n"))
    await refused(world, outcome, "refused.empty.answer")
    assert isinstance(outcome, Refused)
    assert list(outcome.fields) == ["personal"]


@pytest.mark.parametrize(
    ("box", "words", "key"),
    [
        ("personal", "x" * 3_001, "refused.too_long"),
        ("others", "x" * 3_001, "refused.too_long"),
        ("intentions", "x" * 3_001, "refused.too_long"),
        ("barriers", "x" * 3_001, "refused.too_long"),
        ("personal", "half a \ud83d", "refused.broken_character"),
    ],
)
async def test_what_cannot_be_sealed_is_kept_whole_as_a_draft(world: World, box: str, words: str, key: str) -> None:
    code = await world.open()
    typed: dict[str, Any] = {"others": "typed with care", box: words}
    outcome = await world.do(Write, "fay", code=code, answers=Answers(**typed))
    await world.settle()  # the message says what is kept
    await refused(world, outcome, "refused.kept_as_draft")
    assert isinstance(outcome, Refused)
    assert [line.key for line in outcome.fields.values()] == [key]
    shown = await world.do(Answer, "fay", code=code)
    assert isinstance(shown, ShowForm)
    values = {field.name: field.values for field in shown.form.fields}
    assert all(values[name] == (text,) for name, text in typed.items())
    await world.pass_time(FIVE_DAYS + MINUTE)
    assert not world.channel(MessageKind.PAGE)  # a draft is no reply


async def test_3000_characters_are_sealed(world: World) -> None:
    code = await world.open()
    assert key_of(await world.write("fay", code, "x" * 3_000)) == "said.held"


async def test_between_the_deadline_and_the_close_the_form_waits_a_moment(world: World) -> None:
    code = await world.open()
    await world.pass_time(FIVE_DAYS)
    await refused(world, await world.do(Answer, "fay", code=code), "refused.just_closed")


@pytest.mark.parametrize(("kind", "key"), [(Decline, "decline"), (Snooze, "snooze")])
async def test_after_the_close_there_is_nothing_to_decline_or_put_off(world: World, kind: type[Act], key: str) -> None:
    code = await world.open()
    await world.write("cal", code, "in time")
    await world.pass_time(FIVE_DAYS + MINUTE)
    await refused(world, await world.do(kind, "fay", code=code), f"refused.closed.{key}")


@pytest.mark.parametrize("choice", ["3h", "tomorrow", "last_day"])
async def test_nobody_is_put_off_beyond_the_deadline(world: World, choice: str) -> None:
    code = await world.open(closes_at="in 2 hours")
    await refused(world, await world.do(Snooze, "fay", code=code, choice=choice), "refused.snooze.too_late")


async def test_nothing_to_take_back_and_an_old_receipt_are_told_apart(world: World) -> None:
    code = await world.open()
    await refused(world, await world.do(Withdraw, "fay", code=code), "refused.nothing_to_take_back")
    first = await world.write("fay", code, "old")
    assert isinstance(first, Said)
    await world.write("fay", code, "new")
    receipt = first.receipt or ""
    await refused(world, await world.do(Withdraw, "fay", code=code, receipt=receipt), "refused.old_receipt")


async def test_a_receipt_of_nothing_is_not_found(world: World) -> None:
    code = await world.open()
    await world.write("cal", code, "in time")
    typed = "K7QD-3M9X-TT2A-9WPE"
    await refused(world, await world.do(Check, "fay", code=code, receipt=typed), "refused.receipt")
    await world.pass_time(FIVE_DAYS + MINUTE)
    await refused(world, await world.do(Check, "fay", code=code, receipt=typed), "refused.receipt_gone")
    await refused(world, await world.do(Withdraw, "fay", code=code, receipt="a typo"), "refused.receipt_gone")


async def test_nothing_can_be_read_before_the_reveal(world: World) -> None:
    code = await world.open()
    await refused(world, await world.do(Read, "fay", code=code), "refused.not_revealed")
    await refused(world, await world.do(Export, "olga", code=code), "error.sealed")
    await refused(world, await world.do(Hide, "olga", code=code, voice="F1", reason="?"), "error.sealed")


@pytest.mark.parametrize("kind", [Answer, Write])
async def test_a_cancelled_round_takes_no_words(world: World, kind: type[Act]) -> None:
    code = await world.open()
    await world.press(Cancel, "olga", code=code, confirmed=True)
    more = {"answers": Answers(personal="too late")} if kind is Write else {}
    said = "error.closed" if kind is Write else "refused.closed.answer"
    await refused(world, await world.do(kind, "fay", code=code, **more), said)


async def test_an_ended_round_takes_no_late_words(world: World) -> None:
    code = await world.open()
    await world.write("cal", code, "in time")
    await world.pass_time(timedelta(days=20))
    more = {"answers": Answers(personal="too late"), "late": True}
    await refused(world, await world.do(Write, "fay", code=code, **more), "error.closed")


# running ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("when", "key"),
    [
        ("soonish", "when.unreadable"),
        ("in 47 hours", "refused.too_early"),
        ("2020-01-01 12:00", "when.past"),
        ("in 5 days", "refused.same_deadline"),
    ],
)
async def test_a_deadline_that_cannot_be_is_refused(world: World, when: str, key: str) -> None:
    code = await world.open()
    await refused(world, await world.do(Extend, "olga", code=code, when=when), key)


async def test_a_button_without_a_time_zone_is_stale(world: World) -> None:
    code = await world.open()
    more = {"when": "2027-01-01T12:00:00", "confirmed": True}
    await refused(world, await world.do(Extend, "olga", code=code, **more), "refused.stale_button")


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        (Remind, {}),
        (Extend, {"when": "in 9 days"}),
        (Extend, {}),
        (CloseRound, {}),
        (Add, {"group": "citizens", "cast": Cast(found={})}),
        (Remove, {"person": "fay"}),
    ],
)
async def test_past_the_deadline_nothing_about_the_asking_can_change(
    world: World, kind: type[Act], more: dict[str, Any]
) -> None:
    code = await world.open()
    await world.write("cal", code, "in time")
    await world.pass_time(FIVE_DAYS)
    await refused(world, await world.do(kind, "olga", code=code, **more), "refused.not_collecting")


async def test_reminding_twice_within_an_hour_says_when_it_is_possible_again(world: World) -> None:
    code = await world.open()
    assert key_of(await world.press(Remind, "olga", code=code)) == "said.reminded"
    await refused(world, await world.do(Remind, "olga", code=code), "refused.reminded")
    await world.pass_time(timedelta(hours=1))
    assert key_of(await world.press(Remind, "olga", code=code)) == "said.reminded"


async def test_a_revealed_round_cannot_be_cancelled(world: World) -> None:
    code = await world.open()
    await world.write("cal", code, "in time")
    await world.pass_time(FIVE_DAYS + MINUTE)
    await refused(world, await world.do(Cancel, "olga", code=code, confirmed=True), "refused.cancel.revealed")


@pytest.mark.parametrize(
    ("group", "who", "key"),
    [
        ("nobodies", "zoe", "refused.unknown_group"),
        ("citizens", "robo", "refused.missing.bot"),
        ("citizens", "dee", "refused.missing.deactivated"),
        ("citizens", "xena", "refused.missing.stranger"),
        ("citizens", "who", "refused.missing.unknown"),
        ("citizens", "cal", "refused.add.already"),
    ],
)
async def test_who_cannot_be_added_is_named_with_the_reason(world: World, group: str, who: str, key: str) -> None:
    code = await world.open()
    cast = await world.platform.people(HERE, [who])
    outcome = await world.do(Add, "olga", code=code, group=group, people=(who,), cast=cast)
    await refused(world, outcome, key)


async def test_adding_needs_people(world: World) -> None:
    code = await world.open()
    nobody = Cast(found={})
    await refused(world, await world.do(Add, "olga", code=code, group="citizens"), "refused.unknown_person")
    await refused(world, await world.do(Add, "olga", code=code, group="citizens", cast=nobody), "refused.add.nobody")
    await refused(world, await world.do(Share, "olga", code=code), "refused.unknown_person")
    await refused(world, await world.do(Share, "olga", code=code, cast=nobody), "refused.share_needs_one")


async def test_nobody_is_added_so_late_that_they_have_no_time_to_think(world: World) -> None:
    code = await world.open()
    cast = await world.platform.people(HERE, ["zoe"])
    await world.pass_time(FIVE_DAYS - timedelta(hours=12))
    outcome = await world.do(Add, "olga", code=code, group="citizens", people=("zoe",), cast=cast)
    await refused(world, outcome, "refused.add.too_late")


async def test_the_last_of_a_group_and_somebody_who_is_not_here_cannot_be_removed(world: World) -> None:
    code = await world.open()
    await refused(world, await world.do(Remove, "olga", code=code, person="lea"), "refused.last_of_group")
    await refused(world, await world.do(Remove, "olga", code=code, person="stan"), "refused.not_in_round")


async def test_a_voice_that_is_not_there_or_hidden_already_cannot_be_hidden(world: World) -> None:
    code = await world.open()
    await world.write("fay", code, "names somebody")
    await world.pass_time(FIVE_DAYS + MINUTE)
    unknown = await world.do(Hide, "olga", code=code, voice="F9", reason="It names somebody")
    await refused(world, unknown, "refused.unknown_voice")
    form = await world.do(Hide, "olga", code=code, voice="F1", reason=" ")
    assert isinstance(form, ShowForm)
    assert any(field.error for field in form.form.fields)
    hidden = await world.press(Hide, "olga", code=code, voice="F1", reason="It names somebody")
    assert key_of(hidden) in ("said.hidden", "refused.unknown_voice")


async def test_a_round_of_a_chat_that_is_not_connected_says_so(world: World) -> None:
    code = await world.draft()
    world.service._deps = replace(world.tools, platforms={})
    await refused(world, await world.do(OpenRound, "olga", code=code), "refused.no_platform")


# replayed -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "user", "more"),
    [
        (Remind, "olga", {}),
        (Add, "olga", {"group": "nobodies", "cast": Cast(found={})}),
        (Remove, "olga", {"person": "lea"}),
        (Snooze, "fay", {"choice": "3h"}),
        (Decline, "fay", {}),
        (Write, "fay", {"answers": Answers(personal="once")}),
        (Extend, "olga", {"when": "2027-01-01T12:00:00+00:00", "confirmed": True}),
    ],
)
async def test_a_replayed_act_gets_the_same_answer_and_does_nothing(
    world: World, kind: type[Act], user: str, more: dict[str, Any]
) -> None:
    code = await world.open()
    act = world.act(kind, user, code=code, **more)
    first = await world.service.do(act)
    await world.settle()
    await world.pass_time(timedelta(minutes=2))
    before, sent = await world.round_(code), world.platform.calls
    again = await world.service.do(act)
    await world.settle()
    assert again == first
    assert await world.round_(code) == before
    assert world.platform.calls == sent

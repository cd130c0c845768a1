"""Whole screens read aloud: sentences that meet each other say one thing once, and names stay as they were typed."""

from __future__ import annotations

import re
import tomllib
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from adapters.discord.profiles import person_of
from adapters.slack.profiles import Home as SlackHome
from bot import commands, when
from bot.acts import (
    Add,
    AskToHide,
    CloseRound,
    Confirm,
    Hide,
    Home,
    ListRounds,
    New,
    Refused,
    Remind,
    Said,
    SaveSetup,
    ShowForm,
    Status,
    Typed,
    Write,
)
from bot.answers import Answers, Seen
from bot.messages import MessageKind, Post, control, line
from bot.people import Cast, Member, Workspace, told_apart
from bot.reveal import codes, voice_meant
from bot.rounds import ActId, Group, RoundCode
from bot.settings import RoundSettings
from bot.text import NAMES
from tests.builders import NOON, actor
from tests.fake_platform import Stood
from tests.isolates import as_read
from tests.unit.test_naming import voice
from tests.unit.test_plain_words import _texts
from tests.world import TEXTS, World, account_of, memory_stores

CALLED = {"leaders_name": "town board", "frontline_name": "ward staff", "citizens_name": "tenants"}
FEW = {"frontline": "fay", "citizens": "cal", "leaders": "lea"}
CATALOGUE = Path(__file__).parents[2] / "bot/locales/en.toml"


@pytest.fixture
async def world() -> AsyncIterator[World]:
    made = World(memory_stores()[0])
    await made.start()
    yield made
    await made.crash()


def read(stood: Stood) -> str:
    if isinstance(stood.load, Post):
        return as_read(TEXTS.post(stood.load).text)
    return "\n".join(as_read(file.content.decode()) for file in stood.load or ())


def groups(*names: str) -> list[Group]:
    kinds = ("citizens", "frontline", "leaders")
    return [
        Group(name=name, asks_as=kind, is_leaders=kind == "leaders") for name, kind in zip(names, kinds, strict=True)
    ]


# names ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("slot", sorted(NAMES - {"group", "groups", "into", "known", "leaders", "other"}))
@pytest.mark.parametrize("name", ["frontline", "everyone", "citizens"])
def test_a_service_or_person_called_like_one_of_our_groups_keeps_its_name(slot: str, name: str) -> None:
    catalogue = {**tomllib.loads(CATALOGUE.read_text(encoding="utf-8")), "probe": f"Of {{{slot}}}."}
    assert as_read(type(TEXTS)({"en": catalogue}).line(line("probe", **{slot: name}))) == f"Of {name}."


async def test_a_round_called_frontline_is_asked_about_by_that_name(world: World) -> None:
    await world.open(service="frontline")
    assert "Olga asks what you think: frontline." in read(world.inbox("fay", MessageKind.QUESTION)[0])


@pytest.mark.parametrize(
    "names",
    [
        ("ward staff", "ward sisters", "ward board"),
        ("*staff*", "3rd floor", "(board)"),
        ("co-op", "co op members", "coop board"),
        ("late shift", "late board", "latest"),
    ],
)
def test_each_mark_names_one_voice_and_is_letters_and_digits(names: tuple[str, str, str]) -> None:
    voices = [voice(at, name) for at, name in enumerate((names[0], names[1], names[1], names[2]))]
    marks = codes(voices, names)
    known = groups(*names)
    assert all(re.sub(r"[ -]", "", mark).isalnum() for mark in marks.values()), marks
    assert [voice_meant(mark, voices, known) for mark in marks.values()] == [0, 1, 2, 3]
    shown = [f"{names[0]} 1 of 1", f"{names[1]} 1 of 2", f"{names[1]} 2 of 2", f"{names[2]} 1 of 1"]
    assert [voice_meant(each, voices, known) for each in shown] == [0, 1, 2, 3]


def test_a_late_answer_is_found_also_where_a_group_is_called_late() -> None:
    voices = [voice(0, "late shift"), voice(1, "board"), voice(2, None, Seen.NONE)]
    known = groups("late shift", "staff", "board")
    assert [voice_meant(typed, voices, known) for typed in ("Late answer 1", "late 1", "LATE1")] == [2, 2, 2]


@pytest.mark.parametrize(("first", "second"), [("ward-staff", "Ward staff"), ("co-op", "*Coop*")])
async def test_two_groups_that_differ_by_no_letter_are_refused(world: World, first: str, second: str) -> None:
    code = await world.draft()
    fields = {"frontline_name": (first,), "leaders_name": (second,)}
    refused = await world.press(SaveSetup, "olga", code=code, page="", fields=fields)
    assert isinstance(refused, Refused)
    assert {name: told.key for name, told in refused.fields.items()} == {"leaders_name": "refused.group_name_taken"}


@pytest.mark.parametrize(
    ("typed", "mark"),
    [
        ("\u2068Ward staff\u2069 2 of 2: it names Bob", "Ward staff 2 of 2"),
        ("3rd floor 2, it names Bob", "3rd floor 2"),
        ("people who rent a flat 2 it names Bob", "people who rent a flat 2"),
        ("A&E staff 1 it names Bob", "A&E staff 1"),
        ("F3 it names Bob", "F3"),
        ("WARD ST1: it names Bob", "WARD ST1"),
    ],
)
def test_a_voice_is_typed_as_it_is_shown_whatever_its_group_is_called(typed: str, mark: str) -> None:
    act = commands.typed(f"hide R-7F3K {typed}", id=ActId("1"), actor=actor("fay"), at=NOON)
    assert isinstance(act, Hide)
    assert (act.voice, act.reason) == (mark, "it names Bob")


def test_names_copied_from_a_message_are_read_without_what_keeps_their_direction() -> None:
    act = commands.typed("add R-7F3K \u2068ward staff\u2069 <@U1>", id=ActId("1"), actor=actor("fay"), at=NOON)
    assert isinstance(act, Add)
    assert act.group == "ward staff"


# groups that are not called as ours -----------------------------------------------------------------------


async def test_where_few_answered_nothing_is_called_by_the_words_of_ours(world: World) -> None:
    code = await world.open(**CALLED, **FEW)
    for user in ("fay", "cal", "lea"):
        await world.write(user, code, f"{user} says so")
    await world.pass_time(timedelta(days=5, hours=1))
    shown = "\n".join(read(each) for each in world.channel())
    assert "only the town board are shown as a group" in shown
    assert "leaders" not in shown.lower()
    asked = await world.press(AskToHide, "fay", code=code)
    assert isinstance(asked, ShowForm)
    assert "such as E3: the third of the people." in as_read(TEXTS.form(asked).boxes[0].hint)


async def test_the_example_of_a_mark_is_one_of_this_round() -> None:
    world = World(memory_stores()[0], RoundSettings(small_group=1))
    await world.start()
    code = await world.open(**CALLED)
    await world.write("fay", code, "fay says so")
    await world.pass_time(timedelta(days=5, hours=1))
    for kind in (Hide, AskToHide):
        asked = await world.press(kind, "olga" if kind is Hide else "fay", code=code)
        assert isinstance(asked, ShowForm)
        assert as_read(TEXTS.form(asked).boxes[0].hint).endswith("such as W3: the third of the ward staff.")
    await world.crash()


async def test_a_line_about_several_groups_begins_with_a_capital(world: World) -> None:
    await world.open(**CALLED)
    assert "\nTogether, tenants, ward staff and town board: 5 asked" in read(world.inbox("olga", MessageKind.STATUS)[0])


# what closes sooner ---------------------------------------------------------------------------------------


async def test_nobody_is_promised_that_answers_stay_closed_until_an_hour_that_can_move(world: World) -> None:
    """Whoever asks can close sooner: where an hour is named, the promise is about the close and not about the hour."""
    code = await world.open()
    await world.write("fay", code, "fay says so")
    (held,) = (read(each) for each in world.inbox("fay", MessageKind.QUESTION))
    assert "Olga can close it sooner." in held
    assert "Until it closes the bot shows" in held
    await world.press(Remind, "olga", code=code)
    (reminder,) = (read(each) for each in world.inbox("cal", MessageKind.REMINDER))
    assert "Until it closes the bot shows your words to nobody, not even Olga." in reminder
    (announcement,) = (read(each) for each in world.channel(MessageKind.ANNOUNCEMENT))
    assert "The bot shows the answers to nobody before it closes" in announcement


async def test_closing_early_with_one_missing_says_it_of_one(world: World) -> None:
    code = await world.open()
    for user in ("lea", "fay", "finn", "cal"):
        await world.write(user, code, f"{user} says so")
    asks = await world.press(CloseRound, "olga", code=code)
    assert isinstance(asks, Confirm)
    told = as_read(TEXTS.outcome(asks).text)
    assert "1 person has not answered yet.\nThey have not begun to write." in told
    draft = Answers(personal="cara says so")
    await world.press(Write, "cara", code=code, answers=draft, seal=False)
    asks = await world.press(CloseRound, "olga", code=code)
    assert isinstance(asks, Confirm)
    told = as_read(TEXTS.outcome(asks).text)
    assert "1 person has not answered yet.\nThey have begun to write and have not sent it." in told


async def test_a_late_answer_whose_group_is_not_shown_is_not_headed_as_if_somebody_guessed(world: World) -> None:
    """A leader wrote what they want; "Why I think they want it" would be read as a guess about others."""
    code = await world.open()
    await world.write("fay", code, "fay says so")
    await world.pass_time(timedelta(days=5, hours=1))
    late = Answers(personal="mine", intentions="I want fewer visits")
    await world.press(Write, "lea", code=code, answers=late, late=True)
    await world.pass_time(timedelta(days=8))
    (page,) = (read(each) for each in world.channel(MessageKind.LATE_PAGE))
    assert "Why I think it is wanted\nI want fewer visits" in page


async def test_an_article_that_was_typed_before_a_groups_name_is_not_said_twice(world: World) -> None:
    code = await world.open(leaders_name="the town board", frontline_name="The ward staff")
    asked = read(world.inbox("fay", MessageKind.QUESTION)[0])
    assert "You are asked as: The ward staff." in asked
    for question in (await world.round_(code)).questions:
        assert "the the" not in as_read(question.text)
    said = TEXTS.line(line("page.contrast.intentions", group="the town board"))
    assert said == "What the town board want, and what others believe they want"
    assert TEXTS.line(line("page.group", group="the town board", count=2)) == "The town board (2)"


def test_of_two_with_one_name_and_one_handle_the_id_tells_which() -> None:
    """What Slack shows as a handle is chosen freely."""
    two = tuple(Member(account=account_of(user), name="Jo Lim", handle="jo") for user in ("u1", "u2"))
    ann = Member(account=account_of("u3"), name="Ｊｏ Ｌｉｍ", handle="ann")
    told = [one.name for one in told_apart(Cast(found={"u": (*two, ann)})).found["u"]]
    assert told == ["Jo Lim (@u1)", "Jo Lim (@u2)", "Ｊｏ Ｌｉｍ (@ann)"]


def test_a_day_without_a_year_that_has_just_passed_is_not_a_day_next_year() -> None:
    today = date(2026, 12, 1)
    assert when.days_named("The board met on 20 November; you hear by 15 January.", today=today) == (date(2027, 1, 15),)
    assert when.days_named("The board meets on 20 November 2027.", today=today) == (date(2027, 11, 20),)


def test_nobody_on_discord_reads_of_a_workspace() -> None:
    catalogue = tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))
    told = {key for key, text in _texts(catalogue) if "workspace" in text and not key.startswith(("cli.", "discord."))}
    own = {key for key, _ in _texts(catalogue["discord"])}
    assert told - own == {"error.org_wide_token"}
    assert not [key for key, text in _texts(catalogue["discord"]) if "workspace" in text]


def test_a_handle_that_is_the_name_again_is_none() -> None:
    told = {"name": "jlim", "profile": {"real_name": "Jo Lim", "display_name": "Jo Lim"}}
    assert SlackHome(workspace=Workspace(platform="slack", id="T1")).known("U1", told).member.handle == "jlim"


def test_two_of_one_name_on_discord_are_told_apart_by_the_name_that_they_log_in_with() -> None:
    told = {"nick": "Jo Lim", "user": {"id": "42", "global_name": "Jo", "username": "jo.lim_7"}}
    assert person_of(told).handle == "jo.lim_7"
    assert person_of({"user": {"id": "42"}}).handle == ""


# several at once ------------------------------------------------------------------------------------------


async def test_buttons_of_several_rounds_say_which_is_which(world: World) -> None:
    first = await world.open(service="Repairs online")
    await world.open(service="Handover")
    home = await world.press(Home, "fay")
    assert isinstance(home, Said)
    labels = [as_read(each.label) for each in TEXTS.outcome(home).buttons]
    assert {"Answer: Repairs online", "Answer: Handover"} <= set(labels)
    typed = await world.press(Typed, "fay")
    assert isinstance(typed, Said)
    assert "Answer: Handover" in [as_read(each.label) for each in TEXTS.outcome(typed).buttons]
    await world.write("fay", first, "fay says so")
    home = await world.press(Home, "fay")
    assert isinstance(home, Said)
    assert [as_read(each.label) for each in TEXTS.outcome(home).buttons] == ["Answer", "New round", "Help"]


async def test_set_ups_begun_with_and_without_a_name_can_be_told_apart(world: World) -> None:
    await world.press(New, "olga", service="Handover")
    await world.press(New, "olga", is_another=True)
    home = await world.press(Home, "olga")
    assert isinstance(home, Said)
    told = TEXTS.outcome(home)
    (code,) = re.findall(r"^(R-\w+): being set up, without a name so far$", as_read(told.text), re.M)
    assert [as_read(each.label) for each in told.buttons][:2] == [f"Carry on: {code}", "Carry on: Handover"]
    listed = await world.press(ListRounds, "olga")
    assert isinstance(listed, Said)
    assert f"{code}: being set up, without a name so far. You run it." in as_read(TEXTS.outcome(listed).text)
    status = await world.press(Status, "olga", code=code)
    assert isinstance(status, Said)
    assert as_read(TEXTS.outcome(status).text).startswith(f"A round without a name so far ({code})")
    unclear = await world.press(Status, "olga")
    assert isinstance(unclear, Said)
    assert f"{code}, without a name so far" in as_read(TEXTS.outcome(unclear).text)


async def test_where_nobody_answered_nothing_is_offered_to_read_and_nothing_said_of_answers(world: World) -> None:
    code = await world.open(leaders_name="the town board")
    await world.pass_time(timedelta(days=5, hours=1))
    status = await world.press(Status, "olga", code=code)
    assert isinstance(status, Said)
    assert "read" not in {each.verb for each in status.controls}
    (headline,) = (read(each) for each in world.channel(MessageKind.HEADLINE))
    assert "their answers" not in headline
    assert "0 of 5 answered" not in headline


def test_the_button_that_moves_somebody_says_an_article_once() -> None:
    button = control("move", RoundCode("R-7F3K"), "0:fay", "into", "the tenants")
    assert as_read(TEXTS.label(button)) == "To the tenants"


async def test_where_a_small_group_is_shown_with_another_its_row_says_so() -> None:
    """Else "Ward staff: 3 of 3" stands where two of them were asked."""
    world = World(memory_stores()[0], RoundSettings(small_group=2))
    await world.start()
    code = await world.open(**{**CALLED, "citizens": "cal", "frontline": "fay finn"})
    for user in ("fay", "finn", "cal", "lea"):
        await world.write(user, code, f"{user} says so")
    await world.pass_time(timedelta(days=5, hours=1))
    (headline,) = (read(each) for each in world.channel(MessageKind.HEADLINE))
    assert "Ward staff and others: 3 of 3" in headline
    status = await world.press(Status, "olga", code=code)
    assert isinstance(status, Said)
    assert "Together, ward staff and tenants: 3 asked, 3 reached, 3 answered" in as_read(TEXTS.outcome(status).text)
    await world.crash()

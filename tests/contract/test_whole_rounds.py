"""Whole rounds through people's hands and eyes. The same suite runs on every platform; no step of it knows one."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.contract.chat import (
    CITIZENS,
    EVERYBODY,
    FRONTLINE,
    LEADERS,
    ORGANISER,
    Chat,
    Fault,
    Seen,
    Sheet,
    receipt_of,
    says,
)
from tests.contract.platforms import PLATFORMS, chat_of
from tests.contract.team import GRACE, LENGTH, SETUP, Team, words_of

CAL, CARA, CLEO = CITIZENS
FAY, FINN, FLO = FRONTLINE
LEA, LEO = LEADERS


@pytest.fixture(params=PLATFORMS)
async def chat(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Chat]:
    async with chat_of(request, tmp_path) as chat:
        yield chat


@pytest.fixture
def team(chat: Chat) -> Team:
    return Team(chat)


# setting up ---------------------------------------------------------------------------------------------------


async def test_a_mistake_in_the_set_up_is_marked_and_everything_typed_is_kept(chat: Chat) -> None:
    await chat.command(ORGANISER, "new")
    await chat.fill(ORGANISER, {**SETUP, "closes_at": "in 1 minute", "decided": "Typed with care."})
    sheet = await chat.form(ORGANISER)
    assert sheet is not None
    assert list(sheet.errors) == ["closes_at"]
    assert any(sheet.values["closes_at"])
    again = await chat.command(ORGANISER, "new")
    assert isinstance(again, Seen)
    assert says(again, "said.carry_on")
    page = await chat.press(ORGANISER, "setup")
    assert isinstance(page, Sheet)
    assert page.values["decided"] == ("Typed with care.",)


@pytest.mark.parametrize(
    ("box", "typed", "sentence"),
    [
        ("service", "", "refused.empty.service"),
        ("proposal", "", "refused.empty.proposal"),
        ("leaders", [], "refused.empty.group"),
        ("closes_at", "", "refused.empty.closes_at"),
        ("closes_at", "in 1 minute", "refused.too_short"),
        ("closes_at", "soonish", "when.unreadable"),
        ("time_zone", "Mars/Base", "refused.time_zone"),
        ("proposal", "x" * 3_001, "refused.too_long"),
        ("citizens", [CAL, LEA], "refused.twice"),
    ],
)
async def test_each_mistake_has_a_sentence_of_its_own_at_its_box(
    chat: Chat, box: str, typed: str | list[str], sentence: str
) -> None:
    if not chat.takes(box, typed):
        pytest.skip("nobody can make this mistake here")
    await chat.command(ORGANISER, "new")
    await chat.fill(ORGANISER, {**SETUP, box: typed})
    sheet = await chat.form(ORGANISER)
    assert sheet is not None
    assert any(says(error, sentence) for error in sheet.errors.values()), sheet.errors
    assert not typed or set(sheet.values[box]) or box == "citizens"


@pytest.mark.parametrize(("name", "why"), [("Robo", "bot"), ("Dee Gone", "deactivated"), ("Stan Far", "stranger")])
async def test_who_cannot_be_asked_is_named_with_the_reason_and_the_round_opens_without_them(
    team: Team, name: str, why: str
) -> None:
    await team.set_up(citizens=[*CITIZENS, name])
    preview = team.newest(ORGANISER, "preview")
    assert says(preview, f"refused.missing.{why}")
    assert name in preview.text
    assert f"coproduce:replace:{team.code}" in preview.controls
    shown = await team.chat.press(ORGANISER, f"coproduce:open:{team.code}")
    assert says(shown, "refused.cannot_be_asked")
    await team.chat.settle()
    assert not team.all_seen(CAL, "question")
    await team.chat.press(ORGANISER, f"coproduce:without:{team.code}")
    await team.chat.settle()
    assert team.all_seen(CAL, "question")
    assert not team.all_seen(name, "question")
    assert name in team.newest(ORGANISER, "status").text


async def test_the_preview_says_who_is_asked_who_reads_and_when_it_closes(team: Team) -> None:
    await team.set_up()
    preview = team.newest(ORGANISER, "preview")
    for key in ("preview.people", "question.readers_public", "preview.leaders", "preview.closes", "preview.unnamed"):
        assert says(preview, f"message.{key}"), key


async def test_a_guest_cannot_start_a_round(chat: Chat) -> None:
    assert says(await chat.command("Gus Guest", "new Mine"), "refused.guest")


async def test_a_guest_may_take_part(team: Team) -> None:
    await team.open(citizens=[*CITIZENS, "Gus Guest"])
    await team.answer("Gus Guest")


async def test_opening_twice_asks_once(team: Team) -> None:
    await team.set_up()
    await team.chat.twice(ORGANISER)
    await team.chat.press(ORGANISER, "open")
    await team.chat.press(ORGANISER, f"coproduce:open:{team.code}")
    await team.chat.settle()
    assert [len(team.all_seen(person, "question")) for person in EVERYBODY] == [1] * len(EVERYBODY)
    assert len(team.all_seen(CAL, "announcement")) == 1


async def test_nobody_is_asked_where_the_announcement_cannot_stand(team: Team) -> None:
    await team.set_up()
    await team.chat.change_place(lets_bot_in=False)
    await team.chat.press(ORGANISER, "open")
    await team.chat.settle()
    assert not team.all_seen(CAL, "question")
    assert says(team.newest(ORGANISER, "not_opened"), "message.not_opened.told")
    await team.chat.change_place(lets_bot_in=True)
    await team.chat.press(ORGANISER, f"coproduce:preview:{team.code}")
    await team.chat.pass_time(timedelta(seconds=10))  # a card is looked up anew, and edited no more often than this
    await team.chat.press(ORGANISER, f"coproduce:open:{team.code}")
    await team.chat.settle()
    assert len(team.all_seen(CAL, "question")) == 1


async def test_the_question_carries_answer_decline_and_later(team: Team) -> None:
    await team.open()
    verbs = {control.split(":")[1] for control in team.newest(FAY, "question").controls}
    assert {"answer", "decline", "snooze"} <= verbs


# answering ----------------------------------------------------------------------------------------------------


async def test_a_sealed_answer_gets_a_receipt_and_stands_in_the_form_when_it_is_opened_again(team: Team) -> None:
    await team.open()
    shown = await team.write(FAY)
    assert says(shown, "said.held")
    sheet = await team.chat.press(FAY, "answer")
    assert isinstance(sheet, Sheet)
    assert sheet.values["personal"] == (words_of(FAY)["personal"],)


async def test_only_the_newest_words_exist(team: Team) -> None:
    await team.open()
    first = await team.answer(FAY, "before")
    second = await team.answer(FAY, "after")
    await team.everybody_answers(FAY)
    await team.reveal()
    assert first != second
    assert "after says" in "\n".join(team.pages())
    assert "before says" not in team.everything()


async def test_answers_taken_back_are_not_revealed(team: Team) -> None:
    await team.open()
    await team.everybody_answers()
    assert says(await team.press_and_agree(FAY, "withdraw"), "said.destroyed")
    await team.reveal()
    assert len(team.pages()) == len(EVERYBODY) - 1
    assert "Fay says" not in team.everything()


async def test_an_old_receipt_takes_nothing_back(team: Team) -> None:
    await team.open()
    old = await team.answer(FAY, "before")
    await team.answer(FAY, "after")
    shown = await team.chat.press(FAY, f"coproduce:withdraw:{team.code}:{old}")
    assert says(shown, "refused.old_receipt")


async def test_who_says_no_gets_no_reminders_and_may_change_their_mind(team: Team) -> None:
    await team.open()
    assert says(await team.chat.press(FAY, "decline"), "said.declined")
    await team.chat.command(ORGANISER, f"remind {team.code}")
    await team.a_moment()
    assert not team.all_seen(FAY, "reminder")
    assert team.all_seen(FINN, "reminder")
    await team.answer(FAY)


async def test_declining_after_an_answer_destroys_it(team: Team) -> None:
    await team.open()
    await team.everybody_answers()
    assert says(await team.press_and_agree(FAY, "decline"), "said.declined_destroyed")
    await team.reveal()
    assert "Fay says" not in team.everything()
    assert "1 chose not to answer" in "\n".join(seen.text for seen in team.channel())


async def test_an_empty_answer_is_refused_and_a_single_box_is_enough(team: Team) -> None:
    await team.open()
    await team.chat.press(FAY, "answer")
    assert says(await team.chat.fill(FAY, {"personal": "  "}), "refused.empty.answer")
    assert says(await team.chat.fill(FAY, {"barriers": "I don't know"}), "said.held")


async def test_an_answer_that_is_too_long_is_refused_kindly_and_kept_whole(team: Team) -> None:
    await team.open()
    long = "ü" * 3_001
    if not team.chat.takes("personal", long):
        pytest.skip("nobody can write so much here")
    await team.chat.press(FAY, "answer")
    assert says(await team.chat.fill(FAY, {"personal": long}), "refused.kept_as_draft")
    sheet = await team.chat.form(FAY)
    assert sheet is not None
    assert says(sheet.errors["personal"], "refused.too_long")
    again = await team.chat.command(FAY, "answer")
    assert isinstance(again, Sheet)
    assert again.values["personal"] == (long,)


async def test_3000_characters_are_revealed_whole(team: Team) -> None:
    await team.open()
    long = "".join(f"{n:05d} " for n in range(500))
    assert len(long) == 3_000
    await team.answer(FAY, personal=long, others=long, intentions=long, barriers=long)
    await team.everybody_answers(FAY)
    await team.reveal()
    text = "\n".join(team.pages())
    assert all(text.count(f"{n:05d} ") == 4 for n in range(500))


async def test_an_answer_that_reaches_the_bot_twice_counts_once(team: Team) -> None:
    await team.open()
    await team.chat.press(FAY, "answer")
    await team.chat.twice(FAY)
    shown = await team.chat.fill(FAY, words_of(FAY))
    check = await team.chat.command(FAY, f"check {team.code} {receipt_of(shown)}")
    assert says(check, "said.check.held")
    await team.everybody_answers(FAY)
    await team.reveal()
    assert len(team.pages()) == len(EVERYBODY)


async def test_typed_words_are_no_answer_but_get_a_button_to_the_form(team: Team) -> None:
    await team.open()
    shown = await team.chat.type(FAY, "I think it is a bad idea")
    assert isinstance(shown, Seen)
    assert says(shown, "said.typed")
    assert f"coproduce:answer:{team.code}" in shown.controls
    await team.reveal()
    assert "bad idea" not in team.everything()


async def test_a_lost_question_is_found_by_the_command_and_by_home(team: Team) -> None:
    await team.open()
    assert isinstance(await team.chat.command(FAY, "answer"), Sheet)
    home = await team.chat.command(FAY, "home")
    assert isinstance(home, Seen)
    assert f"coproduce:answer:{team.code}" in home.controls


async def test_each_group_is_asked_in_its_own_words(team: Team) -> None:
    await team.open()
    labels = []
    for person in (CAL, FAY, LEA):
        assert isinstance(await team.chat.command(person, "answer"), Sheet)
        labels.append((await team.chat.leaf(person)).labels["intentions"])
    assert labels[0] == labels[1] == "Why do you think the leaders want this?"
    assert labels[2] == "What do you want from this?"


async def test_leaders_are_told_before_writing_that_their_words_will_be_known_as_theirs(team: Team) -> None:
    await team.open()
    sheet = await team.chat.command(LEA, "answer")
    assert isinstance(sheet, Sheet)
    assert says(sheet, "form.answer.note_leaders")


# running ------------------------------------------------------------------------------------------------------


async def test_status_counts_and_never_tells_who_or_what(team: Team) -> None:
    await team.open()
    await team.answer(FAY)
    shown = await team.chat.command(ORGANISER, f"status {team.code}")
    assert isinstance(shown, Seen)
    assert says(shown, "status.group")
    assert "Fay" not in shown.text
    card = team.newest(ORGANISER, "status")
    assert "Fay" not in card.text


async def test_under_names_status_tells_who_is_missing(team: Team) -> None:
    await team.open(attribution="named")
    await team.answer(FAY)
    shown = await team.chat.command(ORGANISER, "status")
    assert isinstance(shown, Seen)
    assert "Finn Ode" in shown.text
    assert "Fay" not in shown.text


async def test_only_organisers_run_a_round(team: Team) -> None:
    await team.open()
    for verb in ("status", "remind", "close", "cancel", "extend"):
        shown = await team.chat.command(FAY, f"{verb} {team.code}" + (" in 4 days" if verb == "extend" else ""))
        assert says(shown, "refused.not_organiser"), verb


async def test_the_right_people_are_reminded_by_themselves_before_the_deadline(team: Team) -> None:
    await team.open()
    await team.answer(FAY)
    await team.chat.pass_time(LENGTH - timedelta(minutes=30))
    assert not team.all_seen(FAY, "reminder")
    assert team.all_seen(FINN, "reminder")


async def test_words_begun_and_never_sealed_bring_one_private_nudge(team: Team) -> None:
    await team.open()
    await team.chat.press(FAY, "answer")
    await team.chat.begin(FAY, {"personal": "Fay says: one thing, and more later."})
    await team.chat.pass_time(LENGTH - timedelta(minutes=30))
    assert len(team.all_seen(FAY, "nudge")) == 1
    assert not team.all_seen(FINN, "nudge")


async def test_a_later_deadline_is_shown_back_then_told_to_everybody(team: Team) -> None:
    await team.open()
    asks = await team.chat.command(ORGANISER, f"extend {team.code} in 5 days")
    assert says(asks, "confirm.extend")
    assert not team.all_seen(FAY, "deadline_moved")
    await team.chat.press(ORGANISER, "confirm")
    await team.a_moment()
    assert all(team.all_seen(person, "deadline_moved") for person in EVERYBODY)
    await team.reveal()
    assert not team.pages()
    await team.answer(FAY)
    await team.chat.pass_time(timedelta(days=2))
    assert len(team.pages()) == 1
    assert says("\n".join(seen.text for seen in team.channel()), "change.later")


async def test_closing_early_is_confirmed_and_opens_what_is_there(team: Team) -> None:
    await team.open()
    await team.everybody_answers(LEO)
    asks = await team.chat.command(ORGANISER, f"close {team.code}")
    assert isinstance(asks, Seen)
    assert "1 person has not answered" in asks.text
    await team.chat.press(ORGANISER, "confirm")
    await team.chat.pass_time(timedelta(minutes=1))
    assert len(team.pages()) == len(EVERYBODY) - 1
    assert "1 person was still missing." in "\n".join(seen.text for seen in team.channel())


async def test_a_cancelled_round_reveals_nothing_and_tells_everybody(team: Team) -> None:
    await team.open()
    await team.everybody_answers()
    await team.chat.command(ORGANISER, f"cancel {team.code}")
    await team.chat.press(ORGANISER, "confirm", "cancel")
    await team.a_moment()
    assert all(team.all_seen(person, "cancelled") for person in EVERYBODY)
    await team.reveal()
    assert not team.pages()
    assert "says:" not in team.everything()
    assert isinstance(await team.chat.press(FAY, f"coproduce:answer:{team.code}"), Seen)


async def test_somebody_added_is_asked_and_the_statement_says_so(team: Team) -> None:
    await team.open()
    shown = await team.chat.command(ORGANISER, f"add {team.code} frontline @Nell New")
    assert isinstance(shown, Seen)
    await team.chat.settle()
    assert len(team.all_seen("Nell New", "question")) == 1
    await team.answer("Nell New")
    await team.reveal()
    assert "1 person was added" in "\n".join(seen.text for seen in team.channel())


async def test_somebody_moved_to_another_group_keeps_what_they_wrote(team: Team) -> None:
    await team.open()
    await team.answer(FAY)
    await team.chat.command(ORGANISER, f"add {team.code} citizens @Fay Hall")
    sheet = await team.chat.command(FAY, "answer")
    assert isinstance(sheet, Sheet)
    assert sheet.values["personal"] == (words_of(FAY)["personal"],)


async def test_what_somebody_sealed_before_they_were_removed_opens_with_the_others(team: Team) -> None:
    await team.open()
    await team.everybody_answers(FINN)
    await team.chat.press(FINN, "answer")
    await team.chat.begin(FINN, {"personal": "Finn says: never sealed"})
    before = await team.chat.command(ORGANISER, f"status {team.code}")
    for person in (FAY, FINN):
        shown = await team.chat.command(ORGANISER, f"remove {team.code} @{person}")
        assert says(shown, "said.removed")
        assert says(await team.chat.command(person, f"answer {team.code}"), "refused.removed")
    assert await team.chat.command(ORGANISER, f"status {team.code}") == before
    await team.a_moment()
    assert len({team.newest(person, "removed").text for person in (FAY, FINN)}) == 1
    await team.reveal()
    assert "Fay says" in "\n".join(team.pages())
    assert "never sealed" not in team.everything()
    assert len(team.pages()) == len(EVERYBODY) - 1


async def test_whoever_was_removed_can_still_take_back_what_they_sealed(team: Team) -> None:
    await team.open()
    await team.everybody_answers()
    await team.chat.command(ORGANISER, f"remove {team.code} @Fay Hall")
    await team.chat.settle()
    assert says(await team.press_and_agree(FAY, "withdraw"), "said.destroyed")
    await team.reveal()
    assert "Fay says" not in team.everything()
    assert len(team.pages()) == len(EVERYBODY) - 1


# the reveal ---------------------------------------------------------------------------------------------------


async def test_nobody_sees_a_word_before_the_deadline(team: Team) -> None:
    await team.open()
    await team.everybody_answers()
    await team.chat.command(ORGANISER, f"status {team.code}")
    await team.chat.pass_time(LENGTH - timedelta(seconds=1))
    assert "says:" not in team.everything()
    await team.chat.pass_time(GRACE + timedelta(seconds=2))
    assert "says:" in team.everything()


async def test_one_person_is_one_message_citizens_first_leaders_last(team: Team) -> None:
    await team.open()
    await team.everybody_answers()
    await team.reveal()
    pages = team.pages()
    writers = [[one for one in EVERYBODY if f"{one.split()[0]} says" in page] for page in pages]
    assert all(len(found) == 1 for found in writers)
    groups = ["citizen" if w in CITIZENS else "frontline" if w in FRONTLINE else "leader" for (w,) in writers]
    assert groups == ["citizen"] * 3 + ["frontline"] * 3 + ["leader"] * 2
    assert all(seen.is_in_thread for seen in team.channel() if seen.kind == "page")


async def test_contrasts_come_after_all_voices_and_the_report_is_attached(team: Team) -> None:
    await team.open()
    await team.everybody_answers()
    await team.reveal()
    kinds = [seen.kind for seen in team.channel()]
    assert "contrasts" in kinds
    assert kinds.index("contrasts") > max(n for n, kind in enumerate(kinds) if kind == "page")
    files = [file for seen in team.channel() for file in seen.files]
    assert {file.rsplit(".", 1)[1] for file in files} == {"html", "md"}


async def test_only_those_who_sign_are_named(team: Team) -> None:
    await team.open()
    await team.everybody_answers(FAY)
    await team.answer(FAY, **words_of(FAY), sign="name")
    await team.reveal()
    named = [page for page in team.pages() if any(one in page.split("\n")[0] for one in EVERYBODY)]
    assert len(named) == 1
    assert "Fay Hall" in named[0].split("\n")[0]
    assert "Fay says" in named[0]


async def test_under_names_every_voice_has_its_name(team: Team) -> None:
    await team.open(attribution="named")
    await team.everybody_answers()
    await team.reveal()
    for page in team.pages():
        writer = next(one for one in EVERYBODY if f"{one.split()[0]} says" in page)
        assert writer in page.split("\n")[0]


async def test_a_small_group_is_shown_with_another_but_leaders_never(team: Team) -> None:
    await team.open(citizens=[CAL, CARA])
    await team.everybody_answers(CLEO)
    await team.reveal()
    titles = [page.split("\n")[0] for page in team.pages()]
    assert sum("Leader" in title for title in titles) == 2
    assert not any("Citizen" in title and "Frontline" not in title for title in titles)
    assert says("\n".join(seen.text for seen in team.channel()), "statement.merged")


async def test_members_of_a_small_group_are_told_before_writing(team: Team) -> None:
    await team.open(citizens=[CAL, CARA])
    sheet = await team.chat.command(CAL, "answer")
    assert isinstance(sheet, Sheet)
    assert says(sheet, "form.answer.note_small")


async def test_words_are_shown_as_they_were_written(team: Team) -> None:
    await team.open()
    words = "<!channel> @here *not bold* `x` [a](http://b.example)\n  שלום — 你好 <b>&amp;</b> \u202etext"
    await team.answer(FAY, personal=words)
    await team.everybody_answers(FAY)
    await team.reveal()
    assert any(words in page for page in team.pages())


async def test_a_round_without_answers_says_so_and_opens_nothing(team: Team) -> None:
    await team.open()
    await team.reveal()
    assert says("\n".join(seen.text for seen in team.channel()), "message.headline_done.nobody")
    assert not team.pages()


async def test_everybody_asked_hears_the_same_when_the_answers_open(team: Team) -> None:
    await team.open()
    await team.everybody_answers(LEO)
    await team.reveal()
    told = {(team.newest(person, "opened").text, team.newest(person, "opened").controls) for person in EVERYBODY}
    assert len(told) == 1


async def test_a_channel_grown_wider_holds_the_reveal_until_the_organiser_agrees(team: Team) -> None:
    await team.chat.change_place(is_public=False)
    await team.open()
    await team.everybody_answers()
    await team.chat.change_place(is_public=True)
    await team.reveal()
    assert not team.pages()
    assert says(team.newest(ORGANISER, "held_back"), "message.held_back.told")
    await team.chat.press(ORGANISER, "confirm", "reveal")
    await team.a_moment()
    assert len(team.pages()) == len(EVERYBODY)


# after --------------------------------------------------------------------------------------------------------


async def test_a_receipt_shows_that_words_are_in_unchanged(team: Team) -> None:
    await team.open()
    receipts = await team.everybody_answers()
    await team.reveal()
    shown = await team.chat.command(FAY, f"check {team.code} {receipts[FAY]}")
    assert says(shown, "said.check.published")
    assert says(await team.chat.command(FAY, f"check {team.code} 2222-2222-2222-2222"), "refused.receipt_gone")


async def test_words_taken_down_by_receipt_become_a_stub_everywhere(team: Team) -> None:
    await team.open()
    receipts = await team.everybody_answers()
    await team.reveal()
    before = len(team.pages())
    assert says(await team.chat.command(FAY, f"withdraw {team.code} {receipts[FAY]}"), "said.taken_down")
    await team.chat.settle()
    assert "Fay says" not in team.everything()
    assert len(team.pages()) == before
    assert says("\n".join(team.pages()), "page.stub.withdrawn")


async def test_nobody_can_take_down_the_words_of_others(team: Team) -> None:
    await team.open()
    await team.everybody_answers()
    await team.reveal()
    for person in (ORGANISER, FINN):
        shown = await team.chat.command(person, f"withdraw {team.code} 2222-2222-2222-2222")
        assert isinstance(shown, Seen)
    assert len(re.findall("Fay says: for me", "\n".join(team.pages()))) == 1


async def test_edit_and_decline_are_refused_after_the_reveal(team: Team) -> None:
    await team.open()
    await team.everybody_answers()
    await team.reveal()
    assert says(await team.chat.press(FAY, f"coproduce:decline:{team.code}"), "refused.closed.decline")
    shown = await team.chat.press(FAY, f"coproduce:answer:{team.code}")
    assert isinstance(shown, Seen)


async def test_a_signed_late_answer_comes_at_once_marked_as_late(team: Team) -> None:
    await team.open()
    await team.everybody_answers(LEO)
    await team.reveal()
    sheet = await team.chat.press(LEO, "late")
    assert isinstance(sheet, Sheet)
    shown = await team.chat.fill(LEO, {**words_of(LEO), "sign": "name", "seen": "none"})
    assert says(shown, "said.late_held")
    await team.chat.pass_time(timedelta(minutes=1))
    (late,) = [seen for seen in team.channel() if seen.kind == "late_page"]
    assert "Leo says" in late.text
    assert "Leo Kent" in late.text
    assert says(late, "page.late.none")


async def test_an_unsigned_late_answer_waits_for_the_end_of_the_round(team: Team) -> None:
    await team.open()
    await team.everybody_answers(LEO)
    await team.reveal()
    await team.chat.press(LEO, "late")
    await team.chat.fill(LEO, {**words_of(LEO), "seen": "all"})
    await team.chat.pass_time(timedelta(days=1))
    assert "Leo says" not in team.everything()
    await team.chat.pass_time(timedelta(days=7))
    (late,) = [seen for seen in team.channel() if seen.kind == "late_page"]
    assert "Leo says" in late.text
    assert "Leo Kent" not in late.text
    assert says(late, "page.late.all")


async def test_what_is_sent_after_the_close_is_kept_and_never_counted_as_in_time(team: Team) -> None:
    await team.open()
    await team.everybody_answers(LEO)
    await team.chat.press(LEO, "answer")
    await team.chat.pass_time(LENGTH + timedelta(seconds=1))
    shown = await team.chat.fill(LEO, words_of(LEO))
    assert says(shown, "said.kept_late")
    await team.chat.pass_time(timedelta(minutes=1))
    assert "Leo says" not in team.everything()
    sheet = await team.chat.press(LEO, "late")
    assert isinstance(sheet, Sheet)
    assert sheet.values["personal"] == (words_of(LEO)["personal"],)


# what nobody may do -------------------------------------------------------------------------------------------


async def test_codes_grant_nothing(team: Team) -> None:
    await team.open()
    for control in ("answer", "status", "close", "read"):
        shown = await team.chat.press("Nell New", f"coproduce:{control}:{team.code}")
        assert isinstance(shown, Seen), control
        assert not says(shown, "said.held")
    assert says(await team.chat.press(FAY, "coproduce:answer:R-ZZZZ"), "error.unknown_round")
    for forged in ("coproduce:answer:R-0000", "coproduce:nonsense:R-7F3K", "coproduce:confirm:R-7F3K:everything"):
        shown = await team.chat.press(FAY, forged)
        assert isinstance(shown, Seen)
    assert says(await team.chat.command(FAY, "status R-0OI1"), "refused.code_shape")


async def test_a_confirmation_forged_by_somebody_else_does_nothing(team: Team) -> None:
    await team.open()
    for verb in ("close", "cancel", "reveal"):
        assert says(await team.chat.press(FAY, f"coproduce:confirm:{team.code}:{verb}"), "refused.not_organiser")
    await team.answer(FAY)


# when things go wrong -----------------------------------------------------------------------------------------


async def test_a_lost_answer_leads_to_no_second_post_and_a_lost_post_to_one(team: Team) -> None:
    await team.set_up()
    await team.chat.fault(Fault.LOSE_ANSWER, kind="question", person=FAY)
    await team.chat.fault(Fault.LOSE_POST, kind="question", person=FINN)
    await team.chat.press(ORGANISER, "open")
    await team.chat.settle()
    await team.chat.pass_time(timedelta(minutes=2))
    assert [len(team.all_seen(person, "question")) for person in EVERYBODY] == [1] * len(EVERYBODY)


async def test_somebody_who_cannot_be_reached_is_named_to_the_organiser_and_holds_up_nobody(team: Team) -> None:
    await team.set_up()
    await team.chat.fault(Fault.UNREACHABLE, kind="question", person=FAY)
    await team.chat.press(ORGANISER, "open")
    await team.chat.settle()
    await team.chat.pass_time(timedelta(minutes=1))
    assert not team.all_seen(FAY, "question")
    assert all(team.all_seen(person, "question") for person in EVERYBODY if person != FAY)
    assert "Fay Hall" in team.newest(ORGANISER, "status").text


async def test_a_page_that_is_refused_stands_plainly_and_none_is_skipped(team: Team) -> None:
    await team.open()
    await team.everybody_answers()
    await team.chat.fault(Fault.REJECT, nth=2, kind="page")
    await team.reveal()
    assert len(team.pages()) == len(EVERYBODY)


async def test_a_chat_that_says_later_gets_everything_later_in_order(team: Team) -> None:
    await team.open()
    await team.everybody_answers()
    await team.chat.fault(Fault.LATER, nth=3, kind="page")
    await team.reveal()
    await team.chat.pass_time(timedelta(minutes=3))
    writers = [one for page in team.pages() for one in EVERYBODY if f"{one.split()[0]} says" in page]
    assert sorted(writers) == sorted(EVERYBODY)
    assert [one in LEADERS for one in writers] == [False] * 6 + [True] * 2


async def test_a_restart_in_the_middle_of_a_round_loses_and_repeats_nothing(team: Team) -> None:
    await team.open()
    receipt = await team.answer(FAY)
    await team.chat.restart()
    assert says(await team.chat.command(FAY, f"check {team.code} {receipt}"), "said.check.held")
    await team.everybody_answers(FAY)
    await team.reveal()
    await team.chat.restart()
    assert len(team.pages()) == len(EVERYBODY)
    assert [len(team.all_seen(person, "question")) for person in EVERYBODY] == [1] * len(EVERYBODY)


async def test_a_bot_that_was_away_at_the_deadline_moves_it_and_says_so(team: Team) -> None:
    await team.open()
    await team.chat.pass_time(LENGTH - timedelta(minutes=5))
    await team.chat.restart(away=timedelta(minutes=10))
    assert all(says(team.newest(person, "deadline_moved"), "message.deadline_moved.downtime") for person in EVERYBODY)
    await team.answer(FAY)
    await team.chat.pass_time(timedelta(minutes=16))
    assert len(team.pages()) == 1
    assert says("\n".join(seen.text for seen in team.channel()), "change.downtime")


async def test_a_co_organiser_sees_progress_and_may_close(team: Team) -> None:
    await team.open()
    shown = await team.chat.command(ORGANISER, f"share {team.code} @Nell New")
    assert says(shown, "said.shared")
    await team.chat.settle()
    assert "0 answered" in team.newest("Nell New", "status").text
    await team.everybody_answers()
    await team.chat.command("Nell New", f"close {team.code}")
    assert says(await team.chat.press("Nell New", "confirm"), "said.closing")


async def test_only_organisers_share_and_not_with_guests_or_bots(team: Team) -> None:
    await team.open()
    assert says(await team.chat.command(FAY, f"share {team.code} @Nell New"), "refused.not_organiser")
    assert says(await team.chat.command(ORGANISER, f"share {team.code} @Gus Guest"), "refused.guest")
    assert says(await team.chat.command(ORGANISER, f"share {team.code} @Robo"), "refused.missing.bot")
    assert says(await team.chat.command(ORGANISER, f"share {team.code}"), "refused.share_needs_one")


async def test_a_voice_that_does_harm_is_hidden_with_the_reason_in_its_place(team: Team) -> None:
    await team.open()
    await team.everybody_answers()
    assert says(await team.chat.command(ORGANISER, f"hide {team.code} F2 it names somebody"), "error.sealed")
    await team.reveal()
    second = [page for page in team.pages() if any(f"{one.split()[0]} says" in page for one in FRONTLINE)][1]
    writer = next(one.split()[0] for one in FRONTLINE if f"{one.split()[0]} says" in second)
    shown = await team.chat.command(ORGANISER, f"hide {team.code} F2 it names somebody")
    assert says(shown, "said.hidden")
    await team.chat.pass_time(timedelta(minutes=1))
    channel = "\n".join(seen.text for seen in team.channel())
    assert f"{writer} says" not in channel
    assert "it names somebody" in channel
    assert len(team.pages()) == len(EVERYBODY)
    assert says(await team.chat.command(ORGANISER, f"hide {team.code} F2 again"), "refused.already_hidden")
    assert says(await team.chat.command(ORGANISER, f"hide {team.code} X9 why"), "refused.unknown_voice")
    assert says(await team.chat.command(FAY, f"hide {team.code} F1 why"), "refused.not_organiser")


async def test_hiding_without_a_reason_asks_for_it_in_a_form(team: Team) -> None:
    await team.open()
    await team.everybody_answers()
    await team.reveal()
    sheet = await team.chat.command(ORGANISER, f"hide {team.code} L1")
    assert isinstance(sheet, Sheet)
    assert sheet.values["voice"] == ("L1",)
    assert says(await team.chat.fill(ORGANISER, {"reason": "It names a tenant."}), "said.hidden")


async def test_the_report_comes_to_the_organiser_alone_and_not_before_the_reveal(team: Team) -> None:
    await team.open()
    await team.everybody_answers()
    assert says(await team.chat.command(ORGANISER, f"export {team.code}"), "error.sealed")
    await team.reveal()
    assert says(await team.chat.command(ORGANISER, f"export {team.code}"), "said.export")
    await team.chat.pass_time(timedelta(minutes=1))
    inbox = [seen for seen in team.chat.seen(ORGANISER) if seen.place == "inbox"]
    assert any(seen.files for seen in inbox)
    assert says(await team.chat.command(FAY, f"export {team.code}"), "refused.not_organiser")

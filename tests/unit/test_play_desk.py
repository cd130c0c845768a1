"""Beside the chat of the playground: nobody is told there of others what the bot would not tell them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.playground.chat.team import WORKSPACE
from adapters.playground.page.desk import Guide, StepName
from adapters.playground.platform import NAME, account
from bot.messages import MessageKind, line
from bot.people import Workspace
from bot.rounds import Phase, Round, Seat
from bot.rules import schedule
from bot.rules.reminding import planned, zones
from bot.settings import RoundSettings
from bot.text import Texts
from coproduce.playing.browsers import can_open
from coproduce.playing.coming import Coming
from coproduce.playing.held import Files, Search, searched
from coproduce.playing.held import note as noted
from coproduce.playing.notes import Notes, read_notes
from coproduce.playing.steps import Steps
from storage.outbox.store import Later
from tests.builders import DAY, HOUR, NOON, collecting, seat

SETTINGS = RoundSettings()
TEXTS = Texts.load()
LATER = NOON + HOUR


def _seat(user: str, group: str = "frontline", zone: str = "Europe/London", **changes: object) -> Seat:
    return replace(seat(user, group, tz=zone, **changes), account=account(user))


def _round(*seats: Seat) -> Round:
    running = collecting(*seats, workspace=Workspace(platform=NAME, id=WORKSPACE))
    return replace(running, remind_at=planned(running, SETTINGS, NOON))


CREW = [_seat(user) for user in ("ann", "ben", "cat")]
OTHERS = [_seat(user, "citizens") for user in ("dan", "eve", "fay")]
LEADERS = [_seat(user, "leaders") for user in ("gil", "hal", "ida")]
EVERYBODY = (*CREW, *OTHERS, *LEADERS)


def _due(round_: Round, *, counts: bool, owed: tuple[Later, ...] = ()) -> list[str]:
    coming = Coming(settings=SETTINGS, now=LATER, counts=counts)
    return [TEXTS.line(due.text) for due in coming.of(round_, owed)]


def _guide(round_: Round | None, person: str) -> Guide:
    taken = frozenset({StepName.HELD.value})
    return Steps(round_=round_, you="ann", your_name="Ann", organiser="sam", organiser_name="Sam", taken=taken).told(
        person
    )


def _answered(*users: str) -> Round:
    return _round(*(replace(one, replied_at=LATER) if one.account.user in users else one for one in EVERYBODY))


# what is due


def test_what_is_due_comes_in_the_order_of_time_and_ends_with_the_close() -> None:
    coming = Coming(settings=SETTINGS, now=LATER).of(_answered(), ())
    assert [due.at for due in coming] == sorted(due.at for due in coming)
    assert coming[-1].at == NOON + 3 * DAY
    assert all(due.at > LATER for due in coming)


def test_an_organiser_reads_how_many_are_reminded_and_nobody_else_does() -> None:
    round_ = _answered("ann", "ben")
    assert any("reminder to 7 people" in due for due in _due(round_, counts=True))
    assert _due(round_, counts=False) == _due(_answered(), counts=False)


def test_where_a_zone_is_reminded_alone_no_number_tells_of_it() -> None:
    far = [replace(one, tz="Asia/Tokyo") if one.account.user == "ann" else one for one in EVERYBODY]
    round_ = _round(*far)
    coming = Coming(settings=SETTINGS, now=LATER, counts=True).of(round_, ())
    counted = {due.at for due in coming if due.text.key == "play.due.reminder"}
    uncounted = {due.at for due in coming if due.text.key == "play.due.reminders"}
    assert uncounted
    for zone in zones(round_).values():
        assert counted <= set(schedule.reminders_in(zone, NOON, NOON + 3 * DAY, SETTINGS))


def test_among_so_few_that_the_status_card_counts_nobody_no_reminder_is_counted() -> None:
    assert not any("people" in due for due in _due(_round(CREW[0], OTHERS[0]), counts=True))


def test_what_one_person_put_off_is_not_listed() -> None:
    at = LATER + HOUR
    owed = (Later(MessageKind.REMINDER, at), Later(MessageKind.INVITATION, at))
    assert [one for one in _due(_answered(), counts=True, owed=owed) if one not in _due(_answered(), counts=True)] == [
        TEXTS.line(line("play.due.invitation"))
    ]


# the steps


@given(st.sets(st.sampled_from([one.account.user for one in EVERYBODY])))
def test_nobody_reads_from_the_steps_whether_somebody_else_has_answered(users: set[str]) -> None:
    round_ = _answered(*users)
    for person in (*(one.account.user for one in EVERYBODY), "stranger"):
        mine = users & {person}
        assert _guide(round_, person) == _guide(_answered(*mine), person)
    counted = next(step for step in _guide(round_, "sam").steps if step.name is StepName.ORGANISER)
    assert TEXTS.line(counted.text) == f"{len(users)} of 9 have answered; you can read none."


def test_the_step_that_comes_next_is_the_first_that_is_left_for_this_person() -> None:
    def upcoming(round_: Round | None, person: str) -> list[StepName]:
        return [step.name for step in _guide(round_, person).steps if step.is_next]

    assert upcoming(_answered(), "ann") == [StepName.ANSWER]
    assert upcoming(_answered("ann"), "ann") == [StepName.ORGANISER]
    assert upcoming(_answered(), "sam") == [StepName.ORGANISER]
    closed = replace(_answered(), phase=Phase.CLOSED, closed_at=LATER)
    assert upcoming(closed, "ann") == [StepName.ORGANISER]
    assert not _guide(closed, "ann").is_over
    assert _guide(replace(closed, phase=Phase.REVEALED), "ann").is_over
    assert not _guide(None, "ann").is_over


def test_a_round_that_was_called_off_opens_no_answers_and_another_can_be_started() -> None:
    off = _guide(replace(_answered(), phase=Phase.CANCELLED), "sam")
    assert off.is_called_off
    assert not off.is_over
    told = {one.name: one.text.key for one in off.steps}
    assert {told[StepName.ORGANISER], told[StepName.DEADLINE]} == {"play.step.called_off"}


# what the server holds


@pytest.mark.parametrize(
    ("words", "content"),
    [
        ("Night shift", b"the night SHIFT ends"),
        ("café au lait", "Café au lait".encode()),
        ("café au lait", b'{"a": "caf\\u00e9 au lait"}'),
        ('say "no"', b'{"a": "say \\"no\\" to"}'),
        (" night ", b"the night"),
    ],
)
def test_words_are_found_however_they_are_written(words: str, content: bytes) -> None:
    assert Search(words).count(content) == 1
    assert not Search(words).count(content[::-1])


def test_words_are_found_across_the_parts_in_which_a_file_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "play.db"
    file.write_bytes(b"a needle and a needle")
    for chunk in range(1, 12):
        monkeypatch.setattr("coproduce.playing.held.CHUNK", chunk)
        assert Search("needle").in_file(file) == 2


def test_short_words_are_not_searched_for() -> None:
    search = Search("abc")
    assert not search.count(b"abc")
    assert "at least 4" in TEXTS.line(noted(search, (), (), is_open=False))


def test_the_log_of_the_database_is_searched_too_and_the_chats_file_is_told_apart(tmp_path: Path) -> None:
    files = Files(database=tmp_path / "play.db", chat=tmp_path / "chat.jsonl")
    (tmp_path / "play.db").write_bytes(b"")
    (tmp_path / "chat.jsonl").write_bytes(b"a needle")
    search = Search("needle")
    assert "in the file of the chat" in TEXTS.line(noted(search, (), searched(files, search), is_open=True))
    (tmp_path / "play.db-wal").write_bytes(b"a needle")
    found = searched(files, search)
    assert [(one.name, one.found, one.is_of_the_chat) for one in found] == [
        ("play.db", 0, False),
        ("play.db-wal", 1, False),
        ("chat.jsonl", 1, True),
    ]
    assert "stands in" in TEXTS.line(noted(search, (), found, is_open=False))


# the notes


def test_notes_are_ours_alone_and_come_back(tmp_path: Path) -> None:
    notes = Notes(file=tmp_path / "play.play.json", code="R-7F3K", clock=(NOON + timedelta(seconds=1)).isoformat())
    notes.done["Ann"] = 2
    notes.save()
    assert notes.file is not None
    assert notes.file.stat().st_mode & 0o077 == 0
    assert read_notes(notes.file) == replace(notes, is_known=True)
    assert read_notes(notes.file).shown() == NOON + timedelta(seconds=1)
    notes.file.write_text("{", encoding="utf-8")
    assert not read_notes(notes.file).is_known


# the browser


@pytest.mark.parametrize(
    ("chosen", "display", "is_terminal", "can"),
    [
        ("seen", "", True, True),
        ("seen", "", False, False),
        ("w3m", ":0", True, False),
        ("lynx", ":0", True, False),
        ("not-there", ":0", True, False),
        ("", "", True, False),
    ],
)
def test_a_page_is_opened_where_somebody_could_see_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chosen: str, display: str, is_terminal: bool, can: bool
) -> None:
    for name in ("seen", "w3m", "lynx"):
        (tmp_path / name).write_text("#!/bin/sh\n", encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("BROWSER", f"{tmp_path}/{chosen} %s" if chosen else "")
    monkeypatch.setenv("DISPLAY", display)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr("sys.stdout", SimpleNamespace(isatty=lambda: is_terminal))
    monkeypatch.setattr("webbrowser._tryorder", None)
    assert can_open() == can

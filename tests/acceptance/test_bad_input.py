"""What makes no sense, from people or from whoever forges them, is refused in a sentence, and changes nothing."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from unicodedata import category

import pytest

from adapters.html.shapes import Paragraph, of_json, text_of
from adapters.html.shapes import Sheet as Form
from adapters.playground.chat.sheets import read_out
from adapters.playground.chat.wire import TurnedDown
from bot import report
from bot.acts import Actor, Answer, Cancel, CloseRound, Refused, Status, Write
from bot.answers import Answers
from bot.people import Account, Standing
from bot.rounds import ActId, RoundCode
from bot.text import Texts
from coproduce.playing import transcript
from tests.acceptance.stage import Stage, rows, settings, staged
from tests.contract.chat import CITIZENS, EVERYBODY, FRONTLINE, LEADERS, ORGANISER, Seen, Sheet, receipt_of, says
from tests.contract.team import Team, words_of

CAL, CARA, CLEO = CITIZENS
FAY, FINN, FLO = FRONTLINE
LEA, LEO = LEADERS


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(tmp_path, settings()) as made:
        yield made


@pytest.fixture
def team(stage: Stage) -> Team:
    return Team(stage)


def who(stage: Stage, person: str) -> dict[str, Any]:
    return {"id": stage.people.id(person), "name": person, "standing": "member", "locale": "en", "tz": "UTC"}


async def forge(stage: Stage, person: str, **act: Any) -> dict[str, Any]:
    """An act as the chat would send it, made up. Returns what the bot shows for it."""
    forged = {"id": f"forged-{len(stage.tap.to_chat)}", "actor": who(stage, person), **act}
    answer = await stage.tap.ask_bot(forged)
    assert "yes" in answer, answer
    shown: dict[str, Any] = answer["yes"]
    return shown


def read(shown: dict[str, Any]) -> str:
    """What the bot shows, as somebody reads it."""
    if shown["show"] == "form":
        return text_of(read_out(of_json(Form, shown["form"])))
    return text_of(of_json(tuple[Paragraph, ...], shown["paragraphs"]))


def kept(stage: Stage) -> list[tuple[Any, ...]]:
    """All that a forgery could have changed."""
    rounds = rows(stage.database, "SELECT code, phase, closes_at, version FROM round ORDER BY id")
    seats = rows(stage.database, "SELECT id, revision, replied_at, declined_at, removed_at FROM seat ORDER BY id")
    envelopes = rows(stage.database, "SELECT seat_id, kind, revision FROM envelope ORDER BY seat_id, kind")
    return [*rounds, *seats, *envelopes]


CONTROLS = (
    "", ":", "::::", "coproduce", "coproduce:", "coproduce:answer", "coproduce:answer:", "coproduce::{code}",
    "slack:answer:{code}", "coproduce:Answer:{code}", "coproduce:answer:{code}\n", "coproduce:answer:r-7f3k",
    "coproduce:answer:../../etc/passwd", "coproduce:answer:R-0OI1", "coproduce:close:R-ZZZZ:close",
    "coproduce:confirm:{code}", "coproduce:confirm:{code}:", "coproduce:confirm:{code}:erase",
    "coproduce:confirm:{code}:extend", "coproduce:confirm:{code}:extend:tomorrow",
    "coproduce:confirm:{code}:extend:2026-12-09T09:00:00", "coproduce:confirm:{code}:extend:9999-99-99T99:99:99+00:00",
    "coproduce:confirm:{code}:close", "coproduce:confirm:{code}:cancel", "coproduce:confirm:{code}:reveal",
    "coproduce:snooze:{code}:forever", "coproduce:setup:{code}:why", "coproduce:replace:{code}:{code}",
    "coproduce:withdraw:{code}:2222-2222-2222-2222", "coproduce:withdraw:{code}:'; DROP TABLE seat; --",
    "coproduce:check:{code}:2222-2222-2222-2222", "coproduce:open:{code}", "coproduce:preview:{code}",
    "coproduce:rehearse:{code}", "coproduce:status:{code}", "coproduce:remind:{code}", "coproduce:retry:{code}",
    "coproduce:hide:{code}:F1", "coproduce:weigh:{code}", "coproduce:read:{code}", "coproduce:late:{code}:",
    "coproduce:\x00:{code}", "coproduce:answer:{code}:" + "x" * 100_000,
)  # fmt: skip


async def test_forged_buttons_do_nothing_and_are_answered_in_a_sentence(stage: Stage, team: Team) -> None:
    """Pressed by somebody asked, and by somebody who has nothing to do with the round."""
    await team.open()
    await team.answer(FAY)
    before = kept(stage)
    for person in (FINN, "Nell New"):
        for control in CONTROLS:
            shown = await forge(stage, person, by="press", control=control.replace("{code}", team.code))
            assert shown["show"] in ("refused", "said", "form"), control
            assert read(shown).strip(), control
            assert "error.unexpected" not in read(shown)
            assert not says(read(shown), "error.unexpected"), control
            if shown["show"] == "form":
                assert person == FINN  # their own form, empty
                assert not any(box["values"] for box in shown["form"]["boxes"] if box["kind"] == "text")
            assert "Fay says" not in read(shown)
    await team.chat.settle()
    assert kept(stage) == before


FORMS: tuple[Mapping[str, Any], ...] = (
    {"kind": "answer", "code": "R-ZZZZ", "page": "", "fields": {"personal": ["x"]}},
    {"kind": "answer", "code": "", "page": "", "fields": {"personal": ["x"]}},
    {"kind": "answer", "code": "r 7f3k", "page": "", "fields": {"personal": ["x"]}},
    {"kind": "answer", "code": "{code}", "page": "", "fields": {}},
    {"kind": "answer", "code": "{code}", "page": "", "fields": {"salary": ["x"], "": [""], "PERSONAL": ["x"]}},
    {"kind": "answer", "code": "{code}", "page": "", "fields": {"personal": []}},
    {"kind": "answer", "code": "{code}", "page": "", "fields": {"personal": ["", "second"]}},
    {"kind": "answer", "code": "{code}", "page": "", "fields": {"personal": [" \t\n\u2003\u00a0"]}},
    {"kind": "answer", "code": "{code}", "page": "", "fields": {"personal": ["\u200b\ufeff\u2060"]}},
    {"kind": "answer", "code": "{code}", "page": "", "fields": {"personal": [7]}},
    {"kind": "answer", "code": "{code}", "page": "", "fields": {"personal": [None]}},
    {"kind": "answer", "code": "{code}", "page": "", "fields": {"personal": [["x"]]}},
    {"kind": "answer", "code": "{code}", "page": "", "fields": {"personal": {"x": "y"}}},
    {"kind": "answer", "code": "{code}", "page": "", "fields": {"personal": None}},
    {"kind": "answer", "code": "{code}", "page": "", "fields": []},
    {"kind": "answer", "code": "{code}", "page": ""},
    {"kind": "answer", "code": 7, "page": 7, "fields": {}},
    {"kind": "setup", "code": "{code}", "page": "what", "fields": {"service": ["mine now"]}},
    {"kind": "setup", "code": "{code}", "page": "why", "fields": {"service": ["mine now"]}},
    {"kind": "extend", "code": "{code}", "page": "", "fields": {"closes_at": ["in 9 days"]}},
    {"kind": "extend", "code": "{code}", "page": "", "fields": {"closes_at": ["in 10**9 days"]}},
    {"kind": "check", "code": "{code}", "page": "", "fields": {"receipt": ["2222-2222-2222-2222"]}},
    {"kind": "withdraw", "code": "{code}", "page": "", "fields": {"receipt": ["2222-2222-2222-2222"]}},
    {"kind": "withdraw", "code": "{code}", "page": "", "fields": {"receipt": ["\ud800"]}},
    {"kind": "erase", "code": "{code}", "page": "", "fields": {}},
    {"kind": None, "code": None, "page": None, "fields": None},
)


async def test_garbage_forms_change_nothing_and_are_answered(stage: Stage, team: Team) -> None:
    await team.open()
    await team.answer(FAY)
    before = kept(stage)
    for person in (FINN, "Nell New"):
        for form in FORMS:
            given = {name: team.code if value == "{code}" else value for name, value in form.items()}
            shown = await forge(stage, person, by="fill", **given)
            assert shown["show"] == "refused", given
            assert read(shown).strip(), given
    await team.chat.settle()
    assert kept(stage) == before
    assert says(await team.write(FINN), "said.held")  # and they can still answer


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"by": "press"},
        {"by": "command", "text": None, "channel": ""},
        {"by": "dance"},
        {"by": "press", "control": ["a", "b"]},
        {"by": "press", "control": "coproduce:home:", "actor": {}},
        {"by": "press", "control": "coproduce:home:", "actor": {"id": "x", "name": "x", "standing": "king",
                                                                "locale": "tlh", "tz": "Mars/Base"}},
        {"by": "press", "control": "coproduce:home:", "actor": None},
    ],
)  # fmt: skip
async def test_an_act_that_no_chat_would_send_gets_an_answer(stage: Stage, told: dict[str, Any]) -> None:
    answer = await stage.tap.ask_bot({"id": "x", "actor": who(stage, FAY), **told})
    assert read(answer["yes"]).strip()


NONSENSE = (
    "answr", "stauts", "drop table", "\u0000", "answer R-0000", "answer R-ZZZZ", "extend", "hide", "share", "extend x",
    "add", "add citizens", "remove", "check \u202e", "é" * 5_000, "cancel R-ZZZZ", "<@U1>", "-", "withdraw 0000",
    "status\nstatus", "  ",
)  # fmt: skip


async def test_commands_of_nonsense_get_a_sentence(stage: Stage, team: Team) -> None:
    await team.open()
    before = kept(stage)
    for text in NONSENSE:
        for person in (FINN, "Nell New", "Gus Guest"):
            shown = await team.chat.command(person, text)
            assert isinstance(shown, Sheet) or shown.text.strip(), text
            assert not says(shown, "error.unexpected"), text
            assert not (isinstance(shown, Seen) and len(shown.text) > 4_000), text
    assert kept(stage) == before


async def test_a_mebibyte_in_every_box_is_refused_kindly_and_kept_whole(stage: Stage, team: Team) -> None:
    await team.open()
    huge = "häuser " * 150_000
    await team.chat.press(FAY, "answer")
    shown = await team.chat.fill(FAY, dict.fromkeys(("personal", "others", "intentions", "barriers"), huge))
    assert says(shown, "refused.kept_as_draft")
    sheet = await team.chat.command(FAY, "answer")
    assert isinstance(sheet, Sheet)
    assert sheet.values["barriers"] == (huge,)


CONTROL_CHARACTERS = (
    "a\x00b\x01c\x07d\x08e\x0bf\x0cg\x1b[31mh\x7fi\x85j\u2028k\u2029l\ufffem\ufdd0n\U000e0001o\r\np\rq\tr"
)


async def test_control_characters_come_out_as_they_went_in_and_act_on_nothing(stage: Stage, team: Team) -> None:
    await team.open()
    await team.answer(FAY, personal=CONTROL_CHARACTERS, others=" ", intentions="", barriers="x\x00y\nz")
    for person in (FINN, FLO, LEA, LEO):
        await team.answer(person)
    await team.reveal()
    assert sum(CONTROL_CHARACTERS in page for page in team.pages()) == 1
    round_ = await stage.kept.rounds.get(RoundCode(team.code))
    voices = await stage.kept.replies.perspectives(round_.id)
    shown = report.report(round_, voices, stage.now)
    files = {file.name.rsplit(".", 1)[1]: file.content.decode() for file in
             report.files(shown, ("html", "md", "csv", "json"), Texts.load())}  # fmt: skip
    assert CONTROL_CHARACTERS in [voice["words"]["personal"] for voice in json.loads(files["json"])["voices"]]
    cells = {cell for row in csv.reader(io.StringIO(files["csv"], newline="")) for cell in row}
    assert CONTROL_CHARACTERS in cells
    assert CONTROL_CHARACTERS in files["md"]
    assert "\x00" not in files["html"]  # a browser would drop it, and what stands there with it
    assert "a\u2400b\x01c" in files["html"]


async def test_words_do_not_act_on_the_terminal_of_who_watches_a_played_round(stage: Stage, team: Team) -> None:
    await team.open()
    await team.answer(FAY, personal=CONTROL_CHARACTERS)
    await team.reveal()
    out = io.StringIO()
    transcript.as_read(stage.people.state.shown, stage.people.state, Texts.load(), out)
    assert not [sign for sign in out.getvalue() if category(sign) == "Cc" and sign not in "\n\t"]
    assert "g\u241b[31mh" in out.getvalue()


async def test_a_box_of_nothing_but_blanks_does_not_spoil_the_check_by_receipt(stage: Stage, team: Team) -> None:
    """What the report says was written, with the receipt, makes the commitment that stands in it."""
    await team.open()
    receipt = await team.answer(FAY, personal="Mine", others=" \n\t", intentions="\u200b", barriers="one\n\n \ntwo\n")
    for person in (FINN, FLO, LEA, LEO):
        await team.answer(person)
    await team.reveal()
    round_ = await stage.kept.rounds.get(RoundCode(team.code))
    shown = report.report(round_, await stage.kept.replies.perspectives(round_.id), stage.now)
    (file,) = report.files(shown, ("json",), Texts.load())
    voices = json.loads(file.content)["voices"]
    (mine,) = [voice for voice in voices if voice["words"]["personal"] == "Mine"]
    canonical = json.dumps(mine["words"], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert sha256((receipt.replace("-", "") + canonical).encode()).hexdigest() == mine["commitment"]


async def test_everything_delivered_twice_counts_once(stage: Stage, team: Team) -> None:
    """Each press and form of a whole round reaches the bot twice at the same moment."""
    await team.set_up()
    for person in (ORGANISER, *EVERYBODY):
        await team.chat.twice(person)
    await team.chat.press(ORGANISER, "open")
    await team.chat.settle()
    assert [len(team.all_seen(person, "question")) for person in EVERYBODY] == [1] * len(EVERYBODY)
    receipts = {}
    for person in EVERYBODY:
        await team.chat.press(person, "answer")
        await team.chat.twice(person)
        receipts[person] = receipt_of(await team.chat.fill(person, words_of(person)))
    for person in (FAY, CAL):
        await team.chat.twice(person)
        await team.press_and_agree(person, "withdraw")
    await team.chat.twice(ORGANISER)
    await team.chat.command(ORGANISER, f"remind {team.code}")
    await team.chat.twice(ORGANISER)
    await team.chat.command(ORGANISER, f"add {team.code} frontline @Nell New")
    await team.chat.settle()
    assert [len(team.all_seen(person, "reminder")) for person in (FAY, CAL, FINN)] == [1, 1, 0]
    assert len(team.all_seen("Nell New", "question")) == 1
    await team.reveal()
    assert len(team.pages()) == len(EVERYBODY) - 2
    before = len(team.pages())
    await team.chat.twice(LEA)
    # one of the two is told that its words are gone: taking down by receipt leaves no act by which to know a repeat
    shown = await team.chat.command(LEA, f"withdraw {team.code} {receipts[LEA]}")
    assert says(shown, "said.taken_down") or says(shown, "refused.receipt_gone")
    await team.chat.settle()
    assert len(team.pages()) == before
    assert "Lea says" not in team.everything()


async def test_an_old_event_replayed_days_later_gets_the_answer_it_got_and_does_nothing(
    stage: Stage, team: Team
) -> None:
    await team.open()
    form = {"kind": "answer", "code": team.code, "page": "", "fields": {"personal": ["first"]}}
    told = {"id": "old", "by": "fill", "actor": who(stage, FAY), **form}
    first = (await stage.tap.ask_bot(told))["yes"]
    again = (await stage.tap.ask_bot(told))["yes"]
    assert read(again) == read(first)
    await team.answer(FAY, personal="second", others="", intentions="", barriers="")
    before = kept(stage)
    await stage.tap.ask_bot(told)
    assert kept(stage) == before
    await team.reveal()
    assert (await stage.tap.ask_bot(told))["yes"]["show"] == "refused"
    assert "second" in "\n".join(team.pages())
    assert "first" not in "\n".join(team.pages())


async def test_another_workspace_sees_and_changes_nothing(stage: Stage, team: Team) -> None:
    """A code is no key, and the same user id elsewhere is somebody else."""
    await team.open()
    await team.answer(FAY)
    before = kept(stage)
    code = RoundCode(team.code)
    for workspace, user in (("other", stage.people.id(FAY)), ("other", stage.people.id(ORGANISER)), ("play", "nobody")):
        account = Account(platform="playground", workspace=workspace, user=user)
        actor = Actor(account=account, name="Mallory", standing=Standing.ADMIN)
        acts: tuple[tuple[Any, dict[str, Any]], ...] = (
            (Answer, {}),
            (Write, {"answers": Answers(personal="x")}),
            (Status, {}),
            (CloseRound, {"confirmed": True}),
            (Cancel, {"confirmed": True}),
        )
        for n, (act, more) in enumerate(acts):
            id_ = ActId(f"{workspace}-{user}-{n}")
            shown = await stage.bot.service.do(act(id=id_, actor=actor, at=stage.now, code=code, **more))
            assert isinstance(shown, Refused), act
            assert workspace == "play" or shown.because.key == "error.unknown_round", act
    assert kept(stage) == before


async def test_the_chat_lets_nobody_fill_a_form_that_is_not_theirs(stage: Stage, team: Team) -> None:
    await team.open()
    await team.chat.press(FAY, "answer")
    with pytest.raises(TurnedDown):
        await stage.people.fill(FINN, {"personal": "x"})
    with pytest.raises(TurnedDown):
        await stage.people.fill(FAY, {"salary": "x"})


async def test_a_deadline_passes_while_somebody_writes_and_nothing_is_lost(stage: Stage, team: Team) -> None:
    await team.open()
    await team.answer(FAY)
    await team.chat.press(FINN, "answer")
    await stage.people.advance(timedelta(days=3, seconds=1))  # past the deadline, before the close
    shown = await team.chat.fill(FINN, words_of(FINN))
    assert says(shown, "said.kept_late")
    await team.reveal()
    assert "Finn says" not in team.everything()
    sheet = await team.chat.command(FINN, f"answer {team.code}")
    assert isinstance(sheet, Sheet)
    assert sheet.values["personal"] == (words_of(FINN)["personal"],)


async def test_a_guest_organises_nothing_however_they_ask(stage: Stage) -> None:
    guest = {"id": stage.people.id("Gus Guest"), "name": "Gus", "standing": "guest", "locale": "en", "tz": "UTC"}
    for act in (
        {"by": "command", "text": "new Mine", "channel": "place"},
        {"by": "press", "control": "coproduce:new:"},
    ):
        shown = await stage.tap.ask_bot({"id": f"guest-{act['by']}", "actor": guest, **act})
        assert says(read(shown["yes"]), "refused.guest")
    assert rows(stage.database, "SELECT * FROM round") == []

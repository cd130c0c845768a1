"""A secret in every field a stakeholder can fill is heard nowhere before the reveal, and never once it was taken back.

Looked for in every byte that leaves the bot or is kept by it, in every way of writing it that we know.
"""

from __future__ import annotations

import base64
import json
import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import insert

from adapters.html import worded
from adapters.playground.platform import PlaygroundPlatform
from bot.acts import Actor, Field, FieldKind, Form, FormKind, Said, ShowForm, Withdraw, Write
from bot.answers import Answers, Receipt
from bot.commands import forms as filled_forms
from bot.messages import MessageKind, Passage, Post, PostKey, line
from bot.people import Account, Address
from bot.ports import Held, Own
from bot.reveal import arrange
from bot.rounds import ActId, Perspective, RoundCode
from bot.rules import answering as answering_rules
from bot.service import answering, revealing
from coproduce.web import Health, listening
from storage.database import tables as t
from storage.words import envelopes
from tests.acceptance.canary import Canary, Ears, canary, everything_logged, hunt, spellings
from tests.acceptance.stage import Stage, settings, staged
from tests.contract.chat import CITIZENS, FRONTLINE, LEADERS, ORGANISER, Sheet, says
from tests.contract.team import LENGTH, Team

CAL, CARA, CLEO = CITIZENS
FAY, FINN, FLO = FRONTLINE
LEA, LEO = LEADERS
BOXES = ("personal", "others", "intentions", "barriers")
ROOT = Path(__file__).parents[2]
HTML = import_module("bot.report.html")
"""The module: the package has a function of that name."""


@dataclass
class Aviary:
    """Secrets by name, each with the person who may see it."""

    stage: Stage
    birds: dict[str, Canary] = field(default_factory=dict)
    receipts: list[str] = field(default_factory=list)

    def add(self, name: str, person: str, *, is_typed: bool = False) -> Canary:
        bird = self.birds[name] = canary(name, self.stage.people.id(person), is_typed=is_typed)
        return bird

    def fill(self, name: str, person: str) -> dict[str, str]:
        bird = self.add(name, person)
        return {box: bird.sings(box) for box in BOXES}

    def but(self, *names: str) -> list[Canary]:
        assert set(names) <= self.birds.keys()
        return [bird for name, bird in self.birds.items() if name not in names]


@dataclass
class Scene:
    stage: Stage
    team: Team
    ears: Ears
    aviary: Aviary

    def leaks(self, birds: Sequence[Canary]) -> list[str]:
        """Everywhere but in the writer's own form, and in what was said to them alone about what they typed."""
        found = hunt(self.ears.kept(), birds)
        for writer, is_typed in {(bird.writer, bird.is_typed) for bird in birds}:
            theirs = [bird for bird in birds if (bird.writer, bird.is_typed) == (writer, is_typed)]
            found += hunt(self.ears.said(but_to=theirs[0]), theirs)
        return found

    def run(self, *words: str) -> subprocess.CompletedProcess[bytes]:
        """A program of ours beside the bot; what it says is listened to as well."""
        config = self.ears.folder / "config.toml"
        config.write_text(
            f'[storage]\nurl = "sqlite:///{self.stage.database}"\nkey_file = "{self.stage.key_file}"\n'
            '[log]\nlevel = "debug"\n'
        )
        command = [sys.executable, "-m", "coproduce", *words, "--config", str(config)]
        temporary = {"TMPDIR": str(self.ears.folder), "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            command, capture_output=True, cwd=self.ears.folder, env={**os.environ, **temporary}, check=False, timeout=60
        )
        self.ears.heard[f"{' '.join(words)} ({len(self.ears.heard)})"] = done.stdout + done.stderr
        return done


@asynccontextmanager
async def scene(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    kept, logged = folder / "kept", folder / "logged"
    kept.mkdir()
    logged.mkdir()
    temporary = kept / "tmp"
    temporary.mkdir()
    with everything_logged(logged) as files:
        async with staged(kept, settings(shortest=timedelta(seconds=1))) as stage:
            monkeypatch.setattr(tempfile, "tempdir", str(temporary))
            yield Scene(stage, Team(stage), Ears(stage, files, kept), Aviary(stage))


# until the deadline ----------------------------------------------------------------------------------------------


async def write_everywhere(scene: Scene) -> None:
    """Every field, in every fate that words can have before the deadline."""
    team, stage, aviary = scene.team, scene.stage, scene.aviary
    await team.open()
    for name, person in (("edited away", FAY), ("sealed", FAY), ("withdrawn", FINN), ("declined", FLO),
                         ("of a leader", LEA), ("removed", LEO), ("unsealed draft", CARA)):  # fmt: skip
        words = aviary.fill(name, person)
        if name == "unsealed draft":
            await stage.bot.service.do(_draft(stage, person, team.code, words))
            await team.chat.press(person, "answer")  # shown to them in their form, and to nobody else
        else:
            aviary.receipts.append(await team.answer(person, **words))
    await team.press_and_agree(FINN, "withdraw")
    await team.press_and_agree(FLO, "decline")
    await team.chat.command(ORGANISER, f"remove {team.code} @{LEO}")
    await _too_long(scene)
    await _typed(scene)
    await _forged(scene)
    for verb in ("status", "list", "remind", "home", "export"):
        await team.chat.command(ORGANISER, f"{verb} {team.code}" if verb in ("status", "remind", "export") else verb)
    await team.chat.settle()


def _draft(stage: Stage, person: str, code: str, words: Mapping[str, str]) -> Write:
    found = stage.people.person(person)
    who = Actor(account=Account(platform="playground", workspace="play", user=found.id), name=found.name)
    answers = Answers(**words)  # type: ignore[arg-type]
    return Write(
        id=ActId(f"draft {person}"), actor=who, at=stage.now, code=RoundCode(code), answers=answers, seal=False
    )


async def _too_long(scene: Scene) -> None:
    team = scene.team
    words = scene.aviary.fill("too long", CAL)
    await team.chat.press(CAL, "answer")
    shown = await team.chat.fill(CAL, {box: (text * 50)[:9_000] for box, text in words.items()})
    assert says(shown, "refused.kept_as_draft")


async def _typed(scene: Scene) -> None:
    """What people type where it is no answer."""
    team, text = scene.team, scene.aviary.add("typed", CLEO, is_typed=True).sings().replace("\n", " ")
    await team.chat.type(CLEO, text)
    for verb in ("", "answer ", f"answer {team.code} ", "check ", f"withdraw {team.code} ", "status ", "add "):
        await team.chat.command(CLEO, verb + text)
    sheet = await team.chat.command(CLEO, f"check {team.code}")
    assert isinstance(sheet, Sheet)
    await team.chat.fill(CLEO, {"receipt": text})


async def _forged(scene: Scene) -> None:
    """Forms that no chat of ours would send: from outside the round, with fields nobody asked for."""
    stage, code = scene.stage, scene.team.code
    for n, (person, field_) in enumerate([("Nell New", "personal"), (CLEO, "sign"), (CLEO, "seen"), (CLEO, "salary")]):
        text = scene.aviary.add(f"forged {field_}", person).sings()
        who = {"id": stage.people.id(person), "name": person, "standing": "member", "locale": "en", "tz": "UTC"}
        form = {"kind": "answer", "code": code, "page": "", "fields": {field_: [text], "nothing": [text]}}
        await stage.tap.ask_bot({"id": f"forged-{n}", "by": "fill", "actor": who, **form})
        for kind, page in (("setup", "what"), ("extend", ""), ("check", ""), (text, text)):
            forged = {**form, "kind": kind, "page": page, "fields": {"closes_at": [text], "receipt": [text]}}
            await stage.tap.ask_bot({"id": f"forged-{n}-{kind[:5]}", "by": "fill", "actor": who, **forged})


async def test_before_the_deadline_words_are_heard_nowhere_but_by_their_writer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    async with scene(tmp_path, monkeypatch) as at:
        await write_everywhere(at)
        refused = at.run("export", at.team.code, "--out", str(at.ears.folder / "out"))
        assert refused.returncode == 3
        assert at.run("check").returncode == 1  # no chat that `run` knows is configured
        await at.team.chat.pass_time(LENGTH - timedelta(minutes=1))  # reminders and nudges go out
        at.ears.heard["standard output and error"] = "".join(capfd.readouterr()).encode()
        await _listen_at_the_web(at)
        assert at.leaks(at.aviary.but()) == []
        _receipts_are_heard_by_their_writers_alone(at)
        sheet = await at.team.chat.press(FAY, "answer")  # else all this would be for nothing
        assert isinstance(sheet, Sheet)
        assert at.aviary.birds["sealed"].plain in sheet.values["personal"][0]


async def _listen_at_the_web(at: Scene) -> None:
    """What the bot tells an operator who asks over HTTP."""
    stage = at.stage
    metrics = stage.bot.metrics
    health = Health(kept=stage.kept, clock=stage.clock, metrics=metrics, platforms={"playground": lambda: True})
    server = await listening(health.routes(), "127.0.0.1", 0)
    try:
        async with aiohttp.ClientSession(f"http://{server.addresses[0]}") as session:
            for path in ("/healthz", "/readyz", "/metrics"):
                async with session.get(path) as answer:
                    assert answer.status == 200
                    at.ears.heard[f"GET {path}"] = repr(answer.headers).encode() + await answer.read()
    finally:
        await server.cleanup()
    assert b'coproduce_acts_total{act="write",outcome="said"}' in at.ears.heard["GET /metrics"]


def _receipts_are_heard_by_their_writers_alone(at: Scene) -> None:
    """In their form: on its way to the chat, and in no message that the chat keeps."""
    places = at.ears.places()
    for receipt in at.aviary.receipts:
        for spelled in (receipt, receipt.replace("-", "")):
            heard = {place for place, content in places.items() if spelled.encode() in content}
            assert heard <= {"line to the chat"}
        assert not any(receipt in shown.text for shown in at.stage.people.state.shown)


# after the reveal ------------------------------------------------------------------------------------------------

PUBLISHED = ("sealed", "of a leader", "removed")  # what was sealed stays, whoever is removed


async def test_after_the_reveal_only_what_was_published_is_heard_and_none_of_it_in_a_log_or_in_the_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scene(tmp_path, monkeypatch) as at:
        team = at.team
        await write_everywhere(at)
        await team.reveal()
        assert len(team.pages()) == len(PUBLISHED)
        for name, person, page in (("late", CLEO, "late"), ("late and unsealed", FLO, "")):
            await _late(at, at.aviary.fill(name, person), person, page)
        assert at.run("export", team.code, "--out", str(tmp_path / "report")).returncode == 0
        for file in (tmp_path / "report").iterdir():
            at.ears.heard[f"report {file.suffix}"] = file.read_bytes()
        assert at.leaks(at.aviary.but(*PUBLISHED)) == []
        await team.chat.command(LEA, f"withdraw {team.code} {at.aviary.receipts[4]}")
        await team.chat.pass_time(timedelta(days=8))  # the round ends: the late voice is published
        at.ears.heard.clear()
        assert at.run("export", team.code, "--out", str(tmp_path / "again")).returncode == 0
        for file in (tmp_path / "again").iterdir():
            at.ears.heard[f"report {file.suffix}"] = file.read_bytes()
        assert at.leaks(at.aviary.but(*PUBLISHED, "late")) == []
        assert _stands(at, "of a leader") == set()
        assert _stands(at, "sealed") == _stands(at, "late") == {"channel", "report .md", "report .json", "report .csv",
                                                                "report .html"}  # fmt: skip
        kept = {place: content for place, content in at.ears.places().items() if _is_kept(place)}
        assert len(kept) > 5
        assert hunt(kept, at.aviary.but()) == []


async def _late(at: Scene, words: Mapping[str, str], person: str, page: str) -> None:
    who = at.stage.people.person(person)
    actor = {"id": who.id, "name": who.name, "standing": "member", "locale": "en", "tz": "UTC"}
    fields = {name: [text] for name, text in words.items()} | {"seen": ["none"]}
    form = {"kind": "answer", "code": at.team.code, "page": page, "fields": fields}
    await at.stage.tap.ask_bot({"id": f"late-{person}", "by": "fill", "actor": actor, **form})


def _is_kept(place: str) -> bool:
    return place.startswith("log as") or not place.startswith(("report", "line to", "journal", "what every", "export"))


def _stands(at: Scene, name: str) -> set[str]:
    """Where words of this name can be read now."""
    bird = at.aviary.birds[name]
    places = {"channel": "\n".join(seen.text for seen in at.team.channel()).encode()}
    places |= {place: text for place, text in at.ears.heard.items() if place.startswith("report")}
    return {place for place, content in places.items() if hunt({place: content}, [bird])}


# when things go wrong --------------------------------------------------------------------------------------------


def _quotes(*told: object) -> None:
    """An error of the worst kind: its message quotes what it was given."""
    raise RuntimeError(*(_all_of(one) for one in told))


def _all_of(told: object) -> object:
    if isinstance(told, Answers):
        return [told.personal, told.others, told.intentions, told.barriers]
    if isinstance(told, Post):
        return [part.text for part in told.content if isinstance(part, Passage)]
    if isinstance(told, list | tuple):
        return [_all_of(one) for one in told]
    return (getattr(told, "answers", None) and _all_of(told.answers)) or told  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("module", "name", "told"),
    [
        (filled_forms, "answers_of", "error.unexpected"),
        (answering_rules, "mistakes", "error.not_kept"),
        (envelopes, "words", "error.not_kept"),
        (envelopes, "close", "error.not_kept"),
        (answering, "_held", "error.unexpected"),
    ],
)
async def test_an_error_over_somebodys_words_is_told_to_them_and_quoted_in_no_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: Any, name: str, told: str
) -> None:
    async with scene(tmp_path, monkeypatch) as at:
        await at.team.open()
        words = at.aviary.fill(name, FAY)
        await at.team.chat.press(FAY, "answer")
        with monkeypatch.context() as broken:
            broken.setattr(module, name, lambda *given, **_: _quotes(*given))
            shown = await at.team.chat.fill(FAY, words)
        assert says(shown, told), shown
        assert at.leaks(at.aviary.but()) == []
        assert "RuntimeError" in at.ears.logs["json"].read_text()
        sheet = await at.team.chat.form(FAY)
        assert sheet is not None
        assert sheet.values["personal"] == (words["personal"],)  # nothing typed is lost
        assert says(await at.team.chat.fill(FAY, {}), "said.held")


async def test_an_error_over_a_form_that_shows_words_is_told_and_quoted_in_no_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scene(tmp_path, monkeypatch) as at:
        await at.team.open()
        await at.team.answer(FAY, **at.aviary.fill("sealed", FAY))
        with monkeypatch.context() as broken:
            broken.setattr(worded, "_box", lambda box: _quotes(box.field.values))
            shown = await at.team.chat.press(FAY, "answer")
        assert says(shown, "error.unexpected"), shown
        assert at.leaks(at.aviary.but()) == []
        assert "RuntimeError" in at.ears.logs["json"].read_text()


async def test_errors_while_answers_are_opened_and_posted_are_quoted_in_no_log_and_lose_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While they are arranged, when a page is posted, and when the report is written."""
    failed: list[str] = []

    def once(what: str, then: Callable[..., Any]) -> Callable[..., Any]:
        def call(*told: Any, **more: Any) -> Any:
            if what not in failed:
                failed.append(what)
                _quotes(*told)
            return then(*told, **more)

        return call

    async def post(self: PlaygroundPlatform, message: Post, *told: Any, **more: Any) -> Any:
        if message.kind is MessageKind.PAGE and "post" not in failed:
            failed.append("post")
            _quotes(message)
        return await posting(self, message, *told, **more)

    async with scene(tmp_path, monkeypatch) as at:
        await at.team.open()
        for person in (FAY, FINN, LEA):
            await at.team.answer(person, **at.aviary.fill(person, person))
        posting = PlaygroundPlatform.post
        monkeypatch.setattr(revealing, "arrange", once("arrange", arrange))
        monkeypatch.setattr(PlaygroundPlatform, "post", post)
        monkeypatch.setattr(HTML, "words", once("report", HTML.words))
        HTML._environment.cache_clear()
        try:
            await at.team.reveal()
            await at.team.chat.pass_time(timedelta(minutes=5))
        finally:
            monkeypatch.undo()
            HTML._environment.cache_clear()
        assert failed == ["arrange", "post", "report"]
        assert len(at.team.pages()) == 3
        assert any(seen.files for seen in at.team.channel())
        logged = {place: text for place, text in at.ears.places().items() if place.startswith("log as")}
        assert hunt(logged, at.aviary.but()) == []
        assert b"RuntimeError" in logged["log as json"]


def test_nothing_that_carries_words_shows_them_when_it_is_printed() -> None:
    bird = canary("printed", "U1")
    text, receipt = bird.sings(), Receipt(bird.plain)
    who = Actor(account=Account(platform="p", workspace="w", user="u"), name="Ann")
    act = {"id": ActId("1"), "actor": who, "at": None, "code": None}
    answers = Answers(personal=text, others=text, intentions=text, barriers=text)
    box = Field(name="personal", kind=FieldKind.TEXT, label=line("x"), values=(text,))
    form = Form(kind=FormKind.ANSWER, code=RoundCode("R-7F3K"), fields=(box,), title=line("x"), submit=line("x"))
    voice = Perspective(id="1", position=0, group=None, name=None, seat_id=None, answers=answers, commitment="c")
    carriers: list[object] = [
        answers,
        Write(**act, answers=answers),  # type: ignore[arg-type]
        Withdraw(**act, receipt=receipt),  # type: ignore[arg-type]
        ShowForm(form=form),
        Said(content=(Passage(text=text),), receipt=receipt),
        Post(kind=MessageKind.PAGE, content=(Passage(text=text),)),
        Held(kind="reply", receipt=receipt),
        Own(answers=answers, kind="reply", receipt=receipt),
        voice,
    ]
    for carrier in carriers:
        for shown in (repr(carrier), str(carrier), f"{carrier}", repr([carrier]), repr({"it": carrier})):
            assert hunt({"shown": shown.encode()}, [bird]) == [], type(carrier).__name__


# a program of its own --------------------------------------------------------------------------------------------


@pytest.mark.process
@pytest.mark.slow
def test_a_whole_program_at_its_most_talkative_says_nothing_of_what_was_taken_back(tmp_path: Path) -> None:
    """`coproduce play` as somebody runs it: standard output, standard error, and all files it keeps."""
    birds = {name: canary(name, name) for name in ("kept", "edited", "withdrawn", "declined", "leader", "long")}
    text = {name: json.dumps(bird.sings()) for name, bird in birds.items()}
    person = '[[people]]\nname = "{0}"\ngroup = "{1}"\nat = "{2}"\npersonal = {3}\nbarriers = [{3}]\n{4}\n'
    later = 'then = [{{ at = "2s", do = "{0}"{1} }}]'
    script = tmp_path / "script.toml"
    edit = f", personal = {text['kept']}, barriers = []"
    long = json.dumps(birds["long"].sings() * 40)
    script.write_text(
        'service = "Repairs"\ncloses_in = "3s"\nlate_for = "1s"\n'
        + person.format("Ann", "leaders", "1s", text["leader"], "")
        + person.format("Bob", "frontline", "1s", text["edited"], later.format("edit", edit))
        + person.format("Cy", "citizens", "1s", text["withdrawn"], later.format("withdraw", ""))
        + person.format("Dee", "citizens", "1s", text["declined"], later.format("decline", ""))
        + person.format("Eve", "citizens", "1s", long, ""),
        encoding="utf-8",
    )  # fmt: skip
    command = [sys.executable, "-m", "coproduce", "play", "--db", "play.db", "--script", str(script)]
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT), "COPRODUCE_LOG__LEVEL": "debug"}
    done = subprocess.run(
        [*command, "--until-revealed", "--json"],
        capture_output=True, cwd=tmp_path, env=environment, check=False, timeout=90,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()[-2_000:]
    told = [json.loads(told_line) for told_line in done.stdout.splitlines()]
    opened = next(n for n, one in enumerate(told) if one["kind"] == "headline")
    before = "\n".join(json.dumps(one, ensure_ascii=False) for one in told[:opened]).encode()
    files = {file.name: file.read_bytes() for file in tmp_path.iterdir() if file.is_file() and file != script}
    assert {"play.db", "play.chat.jsonl"} <= files.keys()
    assert hunt({"before the reveal": before, "standard error": done.stderr}, list(birds.values())) == []
    published = [birds.pop(name) for name in ("kept", "leader")]
    assert hunt({"standard output": done.stdout, **files}, list(birds.values())) == []
    assert hunt({name: content for name, content in files.items() if "chat" not in name}, published) == []
    assert hunt({"standard output": done.stdout}, published)
    assert b"chat_connected" in done.stderr  # it was talkative


# the ears themselves ---------------------------------------------------------------------------------------------


def test_every_spelling_is_heard_whatever_stands_around_it() -> None:
    bird = canary("loud", "U1")
    for word in (bird.plain, bird.rare):
        for how, needle in spellings(word):
            assert len(needle) >= 12, how
            assert hunt({"somewhere": b"x" * 7 + needle + b"y"}, [bird]), how
    whole = bird.sings().encode()
    for before in range(5):
        assert hunt({"base64": base64.b64encode(b"." * before + whole)}, [bird])
    assert hunt({"JSON": json.dumps({"a": bird.sings()}).encode()}, [bird])
    assert hunt({"in capitals": bird.sings().upper().encode()}, [bird])
    assert hunt({"nowhere": b"x" * 1_000}, [bird]) == []


async def _leak_by_log(at: Scene, text: str) -> None:
    logging.getLogger("bot.service").debug("kept %s", text)


async def _leak_to_the_channel(at: Scene, text: str) -> None:
    platform = PlaygroundPlatform(at.stage._link, at.stage._texts)
    post = Post(kind=MessageKind.PAGE, content=(Passage(text=text),))
    to = Address(platform="playground", workspace="play", channel="place")
    await platform.post(post, to, PostKey("k" * 22))


async def _leak_to_another(at: Scene, text: str) -> None:
    platform = PlaygroundPlatform(at.stage._link, at.stage._texts)
    post = Post(kind=MessageKind.STATUS, content=(Passage(text=text),))
    to = Address(platform="playground", workspace="play", user=at.stage.people.id(ORGANISER))
    await platform.post(post, to, PostKey("k" * 22))


async def _leak_into_the_database(at: Scene, text: str) -> None:
    row = {"round_id": 1, "at": at.stage.now, "what": text}
    await at.stage.kept.database.write(lambda db: db.execute(insert(t.audit), row).close())


async def _leak_into_a_temporary_file(at: Scene, text: str) -> None:
    with tempfile.NamedTemporaryFile("w", delete=False) as file:
        file.write(json.dumps(text))


@pytest.mark.parametrize(
    ("leak", "where"),
    [
        (_leak_by_log, {"log as json", "log as console"}),
        (_leak_to_the_channel, {"line to the chat", "journal of the chat", "what everybody sees"}),
        (_leak_to_another, {"line to the chat", "journal of the chat", "what everybody sees"}),
        (_leak_into_the_database, {"play.db-wal"}),
        (_leak_into_a_temporary_file, {"tmp"}),
    ],
)
async def test_a_secret_that_is_leaked_on_purpose_is_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, leak: Callable[..., Any], where: set[str]
) -> None:
    async with scene(tmp_path, monkeypatch) as at:
        await at.team.open()
        await at.team.answer(FAY, **at.aviary.fill("leaked", FAY))
        assert at.leaks(at.aviary.but()) == []
        await leak(at, at.aviary.birds["leaked"].sings())
        await at.team.chat.settle()
        heard = {found.partition(":")[0].partition("/")[0] for found in at.leaks(at.aviary.but())}
        assert heard == where


async def _shows(deps: object, act: Write, *_: object) -> Said:
    return Said(content=(Passage(text=act.answers.personal),))


@pytest.mark.parametrize("weakness", ["unsealed", "shown", "quoted"])
async def test_a_weakened_build_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, weakness: str) -> None:
    match weakness:
        case "unsealed":
            monkeypatch.setattr(envelopes, "close", lambda key, text, place: text)
        case "shown":
            monkeypatch.setattr(answering, "_held", _shows)
        case _:
            monkeypatch.setattr(answering, "where", str)
            monkeypatch.setattr(answering_rules, "mistakes", lambda *told, **_: _quotes(*told))
    async with scene(tmp_path, monkeypatch) as at:
        await at.team.open()
        await at.team.chat.press(FAY, "answer")
        await at.team.chat.fill(FAY, at.aviary.fill("leaked", FAY))
        birds = at.aviary.but()
        found = hunt(at.ears.places(), birds) if weakness == "shown" else at.leaks(birds)
        assert found

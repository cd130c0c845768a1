"""The command line: what is asked reaches the program, its answer is the exit code, and help teaches."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import structlog
from typer.testing import CliRunner

import coproduce
from coproduce import cli, logs
from coproduce.config import PlayOptions, Settings
from tests.logs_as_before import logs_as_before

COMMANDS = ("play", "run", "check", "migrate", "manifest", "export", "erase", "key new", "key rotate")


class Program(ModuleType):
    """Stands in for what the commands call: remembers what it was asked, answers with `code`."""

    code = 0

    def __init__(self) -> None:
        super().__init__("coproduce.operating")
        self.asked: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)

        def asked(settings: Settings, *words: Any, **more: Any) -> int:
            assert isinstance(settings, Settings)
            self.asked.append((name, words, more))
            return self.code

        return asked


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    with logs_as_before():
        yield


@pytest.fixture(autouse=True)
def program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Program:
    import os

    for name in os.environ:
        if name.startswith("COPRODUCE_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    fake = Program()
    for name in ("operating", "play", "running"):
        monkeypatch.setitem(sys.modules, f"coproduce.{name}", fake)
        monkeypatch.setattr(coproduce, name, fake, raising=False)
    return fake


def exit_code(monkeypatch: pytest.MonkeyPatch, *words: str) -> int | str | None:
    monkeypatch.setattr(sys, "argv", ["coproduce", *words])
    with pytest.raises(SystemExit) as left:
        cli.main()
    return left.value.code


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ("run", ("run", (), {})),
        ("check", ("check", (), {})),
        ("migrate", ("migrate", (), {})),
        ("manifest slack", ("print_manifest", ("slack",), {})),
        ("export R-7F3K", ("export", ("R-7F3K", ("html", "md", "csv", "json"), Path()), {})),
        (
            "export R-7F3K --format md,CSV --out far/away",
            ("export", ("R-7F3K", ("md", "csv"), Path("far/away")), {}),
        ),
        ("erase slack:T/U", ("erase", ("slack:T/U",), {"yes": False})),
        ("erase slack:T/U --yes", ("erase", ("slack:T/U",), {"yes": True})),
        ("key new", ("key_new", (), {})),
        ("key rotate", ("key_rotate", (), {})),
        ("play", ("play", (PlayOptions(),), {})),
        ("play --port 0 --db p.db", ("play", (PlayOptions(port=0, db=Path("p.db")),), {})),
        (
            "play --script s.toml --until-revealed --json",
            ("play", (PlayOptions(script=Path("s.toml"), until_revealed=True, json=True),), {}),
        ),
    ],
)
def test_what_is_asked_reaches_the_program(
    monkeypatch: pytest.MonkeyPatch, program: Program, words: str, asked: tuple[Any, ...]
) -> None:
    Path("s.toml").touch()
    assert exit_code(monkeypatch, *words.split()) == 0
    assert program.asked == [asked]


@pytest.mark.parametrize("code", [0, 1, 2, 3])
def test_what_the_program_returns_is_the_exit_code(
    monkeypatch: pytest.MonkeyPatch, program: Program, code: int
) -> None:
    program.code = code
    assert exit_code(monkeypatch, "export", "R-7F3K") == code


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("play --json", "--until-revealed"),
        ("play --until-revealed", "--script"),
        ("play --script nowhere.toml", "nowhere.toml"),
        ("play --port high", "--port"),
        ("export", "ROUND"),
        ("export R-7F3K --format pdf", "html, md, csv, json"),
        ("export R-7F3K --format ,", "html, md, csv, json"),
        ("rum", "run"),
    ],
)
def test_wrong_usage_exits_2_and_says_what_is_right(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    program: Program,
    words: str,
    told: str,
) -> None:
    assert exit_code(monkeypatch, *words.split()) == 2
    assert told in capsys.readouterr().err
    assert not program.asked


@pytest.mark.parametrize("command", [command for command in COMMANDS if command not in ("manifest", "export", "erase")])
def test_a_wrong_configuration_exits_2_before_anything_happens(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], program: Program, command: str
) -> None:
    Path("mine.toml").write_text('[rounds]\nshortes = "1s"\n')
    assert exit_code(monkeypatch, *command.split(), "--config", "mine.toml") == 2
    told = capsys.readouterr()
    assert told.err == "mine.toml: [rounds] shortes: there is no such key; the nearest known one is shortest\n"
    assert not told.out
    assert not program.asked


@pytest.mark.parametrize("command", ["", *COMMANDS, "key"])
def test_help_teaches(command: str) -> None:
    told = CliRunner().invoke(cli.program(), [*command.split(), "--help"])
    assert told.exit_code == 0
    assert len(told.output.split()) > 20
    assert command == "key" or "Exits 0: done." in told.output


def test_words_on_their_way_in_start_nothing_heavy() -> None:
    heavy = "{'sqlalchemy', 'discord', 'slack_sdk', 'aiohttp', 'alembic', 'babel'}"
    look = f"import sys, coproduce.cli; print(sorted({heavy} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


@pytest.mark.parametrize("module", ["operating", "running", "play"])
def test_no_sdk_of_a_platform_is_loaded_before_it_is_needed(module: str) -> None:
    look = f"import sys, coproduce.{module}; print(sorted({{'discord', 'slack_bolt', 'slack_sdk'}} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_logs_are_json_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    logs.start(logs.LogSettings())
    structlog.get_logger("bot.courier").info("sent", message=7)
    logging.getLogger("bot.alarm").warning("late", extra={"round": "R-7F3K"})
    out, err = capsys.readouterr()
    first, second = (json.loads(line) for line in err.splitlines())
    assert out == ""
    assert (first["event"], first["level"], first["logger"], first["message"]) == (
        "sent",
        "info",
        "bot.courier",
        7,
    )
    assert (second["event"], second["level"], second["round"]) == ("late", "warning", "R-7F3K")
    assert first["timestamp"].endswith("Z")


def test_platform_libraries_never_log_their_payloads(capsys: pytest.CaptureFixture[str]) -> None:
    logs.start(logs.LogSettings(level="debug"))
    for name in ("slack_bolt.App", "slack_sdk.web", "discord.gateway", "sqlalchemy.engine", "aiohttp.access", "any"):
        logging.getLogger(name).info("what somebody wrote")
    assert capsys.readouterr().err == ""


def test_a_trace_shows_no_local_variables(capsys: pytest.CaptureFixture[str]) -> None:
    for format in ("json", "console"):
        logs.start(logs.LogSettings.model_validate({"format": format}))
        try:
            words = "what somebody wrote"
            raise ValueError(len(words))
        except ValueError:
            structlog.get_logger().exception("failed")
        told = capsys.readouterr().err
        assert "ValueError: 19" in told
        assert "somebody wrote" not in told.replace('words = "what somebody wrote"', "")


def test_who_watches_a_terminal_sees_warnings_unless_they_asked_for_more() -> None:
    assert logs.quieter(logs.LogSettings()) == logs.LogSettings(level="warning", format="console")
    assert logs.quieter(logs.LogSettings(level="debug")) == logs.LogSettings(level="debug", format="console")

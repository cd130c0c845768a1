"""Names of files, people, workspaces and faults that would act on the terminal that shows them: ESC, overrides, NUL."""

from __future__ import annotations

import ast
import io
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from adapters.slack import checks
from adapters.slack.settings import SlackSettings
from bot.messages import line
from coproduce import cli, logs, operating
from coproduce.config import Settings
from coproduce.logs import LogSettings
from coproduce.sections import WebSettings
from storage.settings import StorageSettings, url_of
from tests.contract.made_before import made_before, storage_in
from tests.logs_as_before import logs_as_before

ROOT = Path(__file__).parents[2]
ACTING = "a\x1b[31mb\x1b]0;title\x07c\u202ed\u2066e\x9bf\x7fg"
SIGNS = frozenset("\x1b\x07\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\x9b\x7f\r\x00")


def acting_signs(text: str) -> set[str]:
    return {sign for sign in text if sign in SIGNS}


@pytest.fixture(params=["json", "console", "colours"])
def out(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What is logged."""
    written = io.StringIO()
    monkeypatch.setattr("sys.stderr", written)
    monkeypatch.setattr(written, "isatty", lambda: request.param == "colours", raising=False)
    with logs_as_before():
        logs.start(LogSettings.model_validate({"format": "json" if request.param == "json" else "console"}))
        yield written


class Acting(Exception):
    def __repr__(self) -> str:
        return ACTING


def without_colours(text: str) -> str:
    """What structlog itself colours with."""
    for code in (0, 1, 2, 31, 32, 33, 34, 35, 36):
        text = text.replace(f"\x1b[{code}m", "")
    return text


def test_no_field_of_a_log_line_acts_on_a_terminal(out: io.StringIO) -> None:
    acting = ACTING.replace("[31m", "[38m")  # one that nobody colours with
    log = structlog.get_logger("coproduce")
    log.warning("field", reason=acting)
    log.warning("nested", reason={"a": [acting], acting: 1})
    log.warning(acting)
    logging.getLogger("slack").warning("standard %s", acting, extra={"reason": acting, "many": [acting]})
    for logger in (log, logging.getLogger("asyncio")):
        try:
            raise Acting(acting) from ValueError(acting)
        except Acting:
            logger.exception("fault")
    written = without_colours(out.getvalue())
    assert written.count("fault") == 2
    assert not acting_signs(written), acting_signs(written)


def test_no_field_of_a_log_line_makes_another_line(out: io.StringIO) -> None:
    structlog.get_logger("coproduce").warning("stuck", reason="x\n2026-01-01T00:00:00Z [info     ] ready")
    assert len(out.getvalue().strip().splitlines()) == 1


@pytest.mark.process
@pytest.mark.parametrize(
    "words",
    [
        ["run", "--config", f"/no/{ACTING}"],
        ["play", "--script", f"/no/{ACTING}"],
        ["play", "--port", ACTING],
        [ACTING],
        ["check", ACTING],
        ["check", f"--{ACTING}"],
        ["export", ACTING],
        ["export", "R-2222", "--format", ACTING],
        ["export", "R-2222", "--out", f"/proc/{ACTING}"],
        ["erase", ACTING],
        ["manifest", ACTING],
        ["run", "--config", "not-utf8-\udcff\udcfe"],
        ["check", "--config", "{acting}.toml"],
    ],
)
def test_no_argument_acts_on_a_terminal_when_it_is_named_in_an_error(words: list[str], tmp_path: Path) -> None:
    config = tmp_path / f"{ACTING}.toml"
    config.write_text("[nonsense]\n")
    call = [sys.executable, "-m", "coproduce", *(word.replace("{acting}", str(tmp_path / ACTING)) for word in words)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COPRODUCE_")}
    environment["PYTHONPATH"] = str(ROOT)
    done = subprocess.run(call, cwd=tmp_path, capture_output=True, timeout=60, check=False, env=environment)
    told = (done.stdout + done.stderr).decode("utf-8")
    assert done.returncode in (1, 2), told
    assert told.strip()
    assert "Traceback" not in told
    assert not acting_signs(told), acting_signs(told)


def test_check_and_export_name_files_and_workspaces_without_acting(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def rows(*_: object) -> object:
        yield True, line("cli.check.platform.token", platform="slack", workspace=ACTING)
        yield False, line("cli.check.platform.refused", platform="slack", reason=ACTING)

    monkeypatch.setattr(checks, "rows", rows)
    house = tmp_path / ACTING
    house.mkdir()
    slack = SlackSettings.model_validate({"bot_token": "xoxb-1", "app_token": "xapp-1"})
    made = Settings(
        storage=StorageSettings(url=url_of(house / "a.db"), key_file=house / "a.key"),
        slack=slack,
        file=house / "c.toml",
    )
    operating.check(made)
    operating.export(made, "R-2222", ("json",), tmp_path)
    operating.key_new(made)
    operating.key_new(made)
    operating.migrate(made)
    operating.check(made)
    operating.export(made, ACTING, ("json",), tmp_path)
    operating.export(made, "R-2222", ("json",), tmp_path / ACTING)
    operating.erase(made, f"slack:{ACTING}/x", yes=True)
    operating.print_manifest(Settings(web=WebSettings(public_url=f"https://{ACTING}")), "slack")
    told = capsys.readouterr()
    assert "a\u241b[31mb" in told.out
    assert not acting_signs(told.out + told.err), acting_signs(told.out + told.err)


def test_a_fault_that_nobody_expected_does_not_act_on_a_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> int:
        raise RuntimeError(ACTING)

    made_before(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COPRODUCE_STORAGE__URL", storage_in(tmp_path).url)
    monkeypatch.setattr(operating, "migrate", fails)
    monkeypatch.setattr("sys.argv", ["coproduce", "migrate"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    told = capsys.readouterr().err
    assert ended.value.code == 1
    assert "RuntimeError: a\u241b[31mb" in told
    assert not acting_signs(told)


def test_every_word_for_a_terminal_goes_through_one_place() -> None:
    """`transcript` and `progress` make their own lines inert; what SQLite, aiohttp or people say comes in as text."""
    own = {"terminal.py", "transcript.py", "progress.py"}
    strays = [
        f"{path.name}:{node.lineno}"
        for path in (ROOT / "coproduce").glob("*.py")
        if path.name not in own
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in ("sys.stdout.write", "sys.stderr.write", "print", "typer.echo")
    ]
    assert not strays

"""Files that people write: a mark at the beginning does no harm, another encoding is named, secrets are trimmed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pydantic import BaseModel, SecretStr

from adapters.playground.playing import script
from adapters.playground.playing.script import ScriptWrong
from bot.text import Texts
from coproduce.complaints import ConfigWrong
from coproduce.config import _Sections, load
from storage.words.seal import add_key, read_key_file

SCRIPT = 'service = "Réparations"\ncloses_in = "20s"\n[[people]]\nname = "Zoë"\ngroup = "leaders"\nat = "2s"\n'
WORDS = '{"text": "Jé n\'ai pas", "person_id": 1}\n'


@pytest.fixture(autouse=True)
def _no_configuration_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in os.environ:
        if name.startswith("COPRODUCE_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def _config(content: bytes) -> None:
    Path("config.toml").write_bytes(content)
    load(Path("config.toml"))


def _script(content: bytes) -> None:
    Path("s.toml").write_bytes(content)
    script.read(Path("s.toml"))


def _words(content: bytes) -> None:
    Path("w.jsonl").write_bytes(content)
    Path("s.toml").write_text('words = "w.jsonl"\n' + SCRIPT, encoding="utf-8")
    script.read(Path("s.toml"))


CONFIG = '# für den Betrieb\n[rounds]\nlocale = "en"\n'
KINDS = [(_config, CONFIG, "config.toml"), (_script, SCRIPT, "s.toml"), (_words, WORDS, "w.jsonl")]


def _told(kind: object, content: bytes) -> str:
    with pytest.raises((ConfigWrong, ScriptWrong)) as wrong:
        kind(content)  # type: ignore[operator]
    if isinstance(wrong.value, ScriptWrong):
        return " ".join(f"{problem.file} {Texts.load().line(problem.line)}" for problem in wrong.value.problems)
    return str(wrong.value)


@pytest.mark.parametrize(("kind", "text", "file"), KINDS)
def test_a_file_may_begin_with_the_mark_of_utf_8(kind: object, text: str, file: str) -> None:
    kind(text.encode("utf-8-sig"))  # type: ignore[operator]
    kind(text.replace("\n", "\r\n").encode("utf-8-sig"))  # type: ignore[operator]


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16"])
@pytest.mark.parametrize(("kind", "text", "file"), KINDS)
def test_another_encoding_is_said_with_file_and_line(kind: object, text: str, file: str, encoding: str) -> None:
    told = _told(kind, text.encode(encoding))
    assert file in told
    assert "save it as UTF-8" in told
    assert "line 1" in told


def test_the_line_is_that_of_the_first_sign_that_is_not_utf_8() -> None:
    told = _told(_config, '[rounds]\nlocale = "en"\n# für\n'.encode("cp1252"))
    assert "config.toml, line 3" in told


def test_a_key_file_may_begin_with_a_mark_and_end_lines_as_windows_does() -> None:
    add_key(Path("k"))
    keys = read_key_file(Path("k"))
    Path("k").write_bytes(b"\xef\xbb\xbf" + Path("k").read_bytes().replace(b"\n", b" \r\n"))
    assert read_key_file(Path("k")) == keys


# secrets ------------------------------------------------------------------------------------------------------


def _secrets(model: type[BaseModel], above: str = "COPRODUCE_") -> dict[str, str]:
    """Variable -> field, of every secret that there is."""
    found: dict[str, str] = {}
    for name, info in model.model_fields.items():
        kind = info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            found |= _secrets(kind, f"{above}{name.upper()}__")
        elif "SecretStr" in str(kind):
            found[f"{above}{name.upper()}"] = name
    return found


GOOD = {
    "bot_token": "xoxb-1-a",
    "app_token": "xapp-1-a",
    "signing_secret": "5ec2e7",
    "token": "a.b-1.c_2",
    "key": "1:" + "A" * 43 + "=",
}
NOT_YET = {"client_id", "client_secret"}


@pytest.mark.parametrize("around", ["{}\n", "{}\r\n", " {} ", "\ufeff{}\u200b", "\t{}"])
def test_every_secret_is_trimmed(around: str, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = _secrets(_Sections)
    assert set(secrets.values()) == {*GOOD, *NOT_YET}
    for variable, name in secrets.items():
        monkeypatch.setenv(variable, around.format(GOOD.get(name, "")))
    read = load()
    assert read.key
    slack = read.slack
    assert {
        "bot_token": slack.bot_token.get_secret_value(),
        "app_token": slack.app_token.get_secret_value(),
        "signing_secret": slack.signing_secret.get_secret_value(),
        "token": read.discord.token.get_secret_value(),
        "key": read.key.get_secret_value(),
    } == GOOD
    assert slack.client_id == slack.client_secret == SecretStr("")


@pytest.mark.parametrize("inside", ["xoxb-1\n2", "xoxb-1 2", "xoxb-…"])
def test_a_token_that_no_header_can_carry_is_refused_and_not_shown(
    inside: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COPRODUCE_SLACK__BOT_TOKEN", inside)
    monkeypatch.setenv("COPRODUCE_SLACK__APP_TOKEN", "xapp-1")
    with pytest.raises(ConfigWrong) as wrong:
        load()
    (told,) = wrong.value.problems
    assert "COPRODUCE_SLACK__BOT_TOKEN: expected" in told
    assert inside not in told

"""The configuration: its defaults, who wins, and what somebody is told who got it wrong."""

from __future__ import annotations

import tomllib
from datetime import time, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.rounds import Attribution
from bot.settings import DeliverySettings, RoundSettings, length
from coproduce.complaints import ConfigWrong
from coproduce.config import Settings, known_keys, load

EXAMPLE = Path(__file__).parent.parent.parent / "config.example.toml"


@pytest.fixture(autouse=True)
def _no_configuration_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import os

    for name in os.environ:
        if name.startswith("COPRODUCE_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def written(text: str) -> Path:
    file = Path("config.toml")
    file.write_text(text, encoding="utf-8")
    return file


def problems(text: str) -> tuple[str, ...]:
    with pytest.raises(ConfigWrong) as wrong:
        load(written(text))
    return wrong.value.problems


def test_without_a_file_the_defaults_hold() -> None:
    assert load() == Settings()


def test_the_example_shows_every_key_with_its_default() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    assert "\n# port = " in text  # the one key without a default
    sections = tomllib.loads(text.replace("\n# port = ", "\nport = "))
    assert {name: tuple(keys) for name, keys in sections.items()} == known_keys()
    read = load(EXAMPLE)
    assert (read.storage, read.rounds, read.delivery, read.log) == (
        Settings().storage,
        RoundSettings(),
        DeliverySettings(),
        Settings().log,
    )
    assert read.file == EXAMPLE


def test_a_file_is_read() -> None:
    read = load(
        written("""
            [storage]
            url = "sqlite:///var/rounds.db"
            [rounds]
            shortest = "1s"
            default_length = "1h30m"
            remind = ["25%", "90s"]
            quiet_hours = ["21:30", "07:00"]
            working_days = ["Mon", "sat"]
            attribution = "named"
            late_for = "0s"
            [delivery]
            look_after = "1s"
        """)
    )
    assert read.storage.file == Path("var/rounds.db")
    assert read.rounds == RoundSettings(
        shortest=timedelta(seconds=1),
        default_length=timedelta(minutes=90),
        remind=(0.25, timedelta(seconds=90)),
        quiet_hours=(time(21, 30), time(7)),
        working_days=frozenset({0, 5}),
        attribution=Attribution.NAMED,
        late_for=timedelta(0),
    )
    assert read.delivery.look_after == timedelta(seconds=1)


def test_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COPRODUCE_ROUNDS__SHORTEST", "5s")
    monkeypatch.setenv("COPRODUCE_ROUNDS__REMIND", "10%, 1h")
    monkeypatch.setenv("COPRODUCE_ROUNDS__QUIET_HOURS", "")
    monkeypatch.setenv("COPRODUCE_ROUNDS__WORKING_DAYS", '["sun"]')
    read = load(written('[rounds]\nshortest = "1m"\nsmall_group = 4'))
    assert read.rounds == RoundSettings(
        shortest=timedelta(seconds=5),
        remind=(0.1, timedelta(hours=1)),
        quiet_hours=None,
        working_days=frozenset({6}),
        small_group=4,
    )


def test_what_is_said_of_discord_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COPRODUCE_DISCORD__TOKEN", " a.b-1.c_2\n")
    monkeypatch.setenv("COPRODUCE_DISCORD__ORGANISERS", "Facilitators, 123")
    text = '[discord]\napi_url = "http://127.0.0.1:8081/api/v10/"\nshards = 2\ninvite = "channel"'
    read = load(written(text)).discord
    assert read.is_configured
    assert read.token.get_secret_value() == "a.b-1.c_2"
    assert "a.b-1.c_2" not in repr(read)
    assert (read.api_url, read.shards, read.invite) == ("http://127.0.0.1:8081/api/v10", 2, "channel")
    assert read.organisers == ("Facilitators", "123")


def test_without_a_token_the_bot_is_not_on_discord() -> None:
    assert not load().discord.is_configured
    assert load(written("[discord]")).discord.api_url == "https://discord.com/api/v10"


def test_none_means_none() -> None:
    read = load(written("[rounds]\nremind = []\nquiet_hours = []"))
    assert read.rounds.remind == ()
    assert read.rounds.quiet_hours is None


def test_keys_come_from_the_environment_and_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COPRODUCE_KEY", "first-secret,second-secret")
    read = load()
    assert read.key == SecretStr("first-secret,second-secret")
    assert "first-secret" not in repr(read)
    assert "second-secret" not in repr(read)


def test_a_key_in_the_file_is_refused() -> None:
    assert problems('key = "first-secret"') == (
        "config.toml: there is no key `key`; "
        "known are [delivery], [discord], [log], [rounds], [slack], [storage], [web]",
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "[rounds]\nshortes = 1",
            "config.toml: [rounds] shortes: there is no such key; the nearest known one is shortest",
        ),
        (
            "[round]\nshortest = '1s'",
            "config.toml: there is no section [round]; the nearest known one is [rounds]",
        ),
        (
            "[log]\nlook_after = '1s'",
            "config.toml: [log] look_after: this key belongs to the section [delivery]",
        ),
        ("rounds = 3", "config.toml: rounds is a section: write [rounds] on a line, and its keys below it"),
        (
            "[slack]\nmode = 'http'\nbot_token = 'xoxb-1'",
            "config.toml: [slack] signing_secret: needed in http mode, and not given",
        ),
        (
            "[slack]\nbot_token = 'xapp-1'",
            "config.toml: [slack] bot_token: expected the bot token, which begins with xoxb-",
        ),
        (
            "[slack]\napp_token = 'xapp-1'",
            "config.toml: [slack] bot_token: needed in socket mode, and not given",
        ),
        (
            "[slack]\nclient_id = '1.2'",
            "config.toml: [slack] client_id: many workspaces by OAuth are not supported by this release yet: "
            "leave it empty, and set bot_token",
        ),
        (
            "[slack]\nmode = 'http'\nbot_token = 'xoxb-1'\nsigning_secret = 's'",
            "config.toml: [web] port: needed in http mode, and not given",
        ),
        ("[slack]\nmode = 'mail'", "config.toml: [slack] mode: expected 'socket' or 'http'"),
        (
            "[slack]\nbot_token = 'xoxb-1 2'",
            "config.toml: [slack] bot_token: expected one word of plain letters, digits and signs, "
            "as it is shown where you got it",
        ),
        (
            "[discord]\ntoken = 'a-client-secret'",
            "config.toml: [discord] token: expected the bot token: three parts with dots between",
        ),
        (
            "[discord]\ntoken = 'Bot a.b.c'",
            "config.toml: [discord] token: expected one word of plain letters, digits and signs, "
            "as it is shown where you got it",
        ),
        (
            "[discord]\napi_url = 'discord.com/api'",
            "config.toml: [discord] api_url: expected the address of the REST API, such as https://discord.com/api/v10",
        ),
        ("[discord]\nshards = -1", "config.toml: [discord] shards: expected a number of at least 0"),
        ("[discord]\ninvite = 'mail'", "config.toml: [discord] invite: expected 'dm' or 'channel'"),
        (
            "[discord]\norganisers = 3",
            'config.toml: [discord] organisers: expected a list of texts, such as ["a", "b"]',
        ),
        ("[web]\nport = 70000", "config.toml: [web] port: expected a number of at most 65535"),
        (
            "[web]\npublic_url = 'bot.example.org'",
            "config.toml: [web] public_url: expected the address at which the world reaches this server, "
            "such as https://bot.example.org",
        ),
        (
            "[storage]\nurl = 'postgresql://u:hidden@host/db'",
            "config.toml: [storage] url: PostgreSQL is not supported by this release yet: "
            "use a SQLite file, such as sqlite:///coproduce.db",
        ),
        (
            "[storage]\nurl = 'coproduce.db'",
            "config.toml: [storage] url: expected the URL of a SQLite file, such as sqlite:///coproduce.db",
        ),
        (
            "[storage]\nbackup_keep = -1",
            "config.toml: [storage] backup_keep: expected a number of at least 0",
        ),
        (
            "[rounds]\nshortest = 10",
            "config.toml: [rounds] shortest: expected a length such as 5d, 12h, 10m, 30s or 1h30m",
        ),
        (
            "[rounds]\nretention = '0d'",
            "config.toml: [rounds] retention: expected a length of more than nothing, "
            "such as 5d, 12h, 10m, 30s or 1h30m",
        ),
        (
            "[rounds]\nremind = ['120%']",
            "config.toml: [rounds] remind: expected a list of times before the deadline, "
            'such as ["50%", "24h", "3h"], or [] for none',
        ),
        (
            "[rounds]\nremind = 3",
            'config.toml: [rounds] remind: expected a list of texts, such as ["a", "b"]',
        ),
        (
            "[rounds]\nquiet_hours = ['20:00']",
            "config.toml: [rounds] quiet_hours: expected two different times, "
            'such as ["20:00", "08:00"], or [] for none',
        ),
        (
            "[rounds]\nquiet_hours = ['08:00', '08:00']",
            "config.toml: [rounds] quiet_hours: expected two different times, "
            'such as ["20:00", "08:00"], or [] for none',
        ),
        (
            "[rounds]\nquiet_hours = ['24:30', '08:00']",
            "config.toml: [rounds] quiet_hours: expected two times of day from 00:00 to 23:59, "
            'such as ["20:00", "08:00"]',
        ),
        (
            "[rounds]\nworking_days = ['monday']",
            "config.toml: [rounds] working_days: expected a list of at least one of mon, tue, wed, thu, fri, sat, sun",
        ),
        (
            "[rounds]\ntime_zone = 'London'",
            "config.toml: [rounds] time_zone: expected the name of a time zone, such as Europe/London",
        ),
        ("[rounds]\nattribution = 'all'", "config.toml: [rounds] attribution: expected 'named' or 'group'"),
        (
            "[rounds]\ncountry = 'England'",
            'config.toml: [rounds] country: expected a country whose holidays are known, such as GB or GB-SCT, or ""',
        ),
        ("[rounds]\nsmall_group = 'few'", "config.toml: [rounds] small_group: expected a whole number"),
        (
            "[rounds]\ntime_zone = 1",
            'config.toml: [rounds] time_zone: expected a text in quotes, such as "this"',
        ),
        ("[log]\nlevel = 'loud'", "config.toml: [log] level: expected 'debug', 'info', 'warning' or 'error'"),
        (
            "[rounds]\nshortest = '6d'",
            "config.toml: [rounds] default_length: expected a length of at least `shortest`",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place_and_what_is_expected(text: str, told: str) -> None:
    assert problems(text) == (told,)


def test_every_problem_is_said_at_once() -> None:
    assert len(problems("[rounds]\nshortes = 1\nremindd = 1\n[logs]\n[discords]")) == 4
    assert len(problems("[rounds]\nshortest = 1\nremind = 1\n[log]\nlevel = 1")) == 3


def test_a_language_without_a_catalogue_is_refused() -> None:
    (told,) = problems("[rounds]\nlocale = 'tlh'")
    assert told.startswith("config.toml: [rounds] locale: expected a language that coproduce speaks: ")


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        (
            "COPRODUCE_ROUNDS__SHORTEST",
            "soon",
            "COPRODUCE_ROUNDS__SHORTEST: expected a length such as 5d, 12h, 10m, 30s or 1h30m",
        ),
        (
            "COPRODUCE_ROUNDS__SHORTES",
            "1s",
            "COPRODUCE_ROUNDS__SHORTES: coproduce reads no such variable; "
            "the nearest known one is COPRODUCE_ROUNDS__SHORTEST",
        ),
        (
            "COPRODUCE_LOG_LEVEL",
            "info",
            "COPRODUCE_LOG_LEVEL: coproduce reads no such variable; the nearest known one is COPRODUCE_LOG__LEVEL",
        ),
        (
            "COPRODUCE_DISCORD__TOKEN",
            "xoxb",
            "COPRODUCE_DISCORD__TOKEN: expected the bot token: three parts with dots between",
        ),
    ],
)
def test_a_wrong_variable_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str) -> None:
    monkeypatch.setenv(name, value)
    assert problems("") == (told,)


def test_variables_of_others_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COPRODUCE_TEST_POSTGRES", "postgresql://")
    assert load() == Settings()


def test_a_file_that_was_named_must_exist() -> None:
    with pytest.raises(ConfigWrong, match=r"other.toml: there is no such file; config.example.toml shows every key"):
        load(Path("other.toml"))


def test_what_is_not_toml_is_said_with_its_line() -> None:
    (told,) = problems("[rounds]\nshortest = = 1")
    assert told.startswith("config.toml: this is not TOML: ")
    assert "line 2" in told


def test_a_file_of_other_bytes_is_to_be_saved_as_utf_8() -> None:
    file = Path("config.toml")
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigWrong, match=r"config.toml, line 1: .* save it as UTF-8"):
        load(file)


def test_a_password_in_the_url_is_never_repeated() -> None:
    assert "hidden" not in "".join(problems("[storage]\nurl = 'mysql://u:hidden@host/db'"))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30s", 30),
        ("10m", 600),
        ("1h30m", 5400),
        ("5d", 432_000),
        ("2w", 1_209_600),
        ("1d 2h", 93_600),
        ("0s", 0),
    ],
)
def test_lengths_are_read_as_people_write_them(text: str, seconds: int) -> None:
    assert length(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "5", "d", "5 days", "-1d", "1m1h", "1.5h", "5d?"])
def test_what_is_no_length_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected a length"):
        length(text)


def test_reminders_fall_due_before_the_deadline_longest_first() -> None:
    rounds = RoundSettings()
    assert rounds.reminders(timedelta(days=5)) == (
        timedelta(hours=60),
        timedelta(hours=24),
        timedelta(hours=3),
    )
    assert rounds.reminders(timedelta(days=2)) == (timedelta(hours=24), timedelta(hours=3))
    assert rounds.reminders(timedelta(hours=2)) == (timedelta(hours=1),)

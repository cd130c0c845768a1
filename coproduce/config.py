"""Configuration: a TOML file, then the environment, which wins; composed of the settings each room owns."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Protocol

from pydantic import AfterValidator, BaseModel, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from adapters.discord.settings import DiscordSettings
from adapters.slack.settings import SlackSettings
from bot.errors import NotUtf8
from bot.settings import DeliverySettings, RoundSettings
from bot.utf8 import read_utf8, trimmed
from coproduce.complaints import ConfigWrong, Sections, of_environment, of_file, of_values
from coproduce.logs import LogSettings
from coproduce.sections import DeliverySection, RoundSection, WebSettings
from storage.settings import StorageSettings

DEFAULT_FILE = Path("config.toml")
"""Read where it exists; any other file that is named must exist."""


class PlatformSettings(Protocol):
    """What the section of a platform tells the program; all else is the platform's own."""

    @property
    def is_configured(self) -> bool: ...

    @property
    def lacks(self) -> str:
        """The missing setting without which nobody could reach the bot, and why it is needed; empty: none is."""

    @property
    def takes_http(self) -> bool:
        """Does the platform send to our HTTP server?"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All an operator may set."""

    storage: StorageSettings = field(default_factory=StorageSettings)
    rounds: RoundSettings = field(default_factory=RoundSettings)
    delivery: DeliverySettings = field(default_factory=DeliverySettings)
    log: LogSettings = field(default_factory=LogSettings)
    slack: SlackSettings = field(default_factory=SlackSettings)
    discord: DiscordSettings = field(default_factory=DiscordSettings)
    web: WebSettings = field(default_factory=WebSettings)
    key: SecretStr | None = None  # `COPRODUCE_KEY`: master keys, a comma list of which the first wraps
    file: Path | None = None  # that they were read from

    @property
    def listed_keys(self) -> str | None:
        """The master keys of the environment; None: they are in `storage.key_file`."""
        return self.key.get_secret_value() if self.key else None

    @property
    def platforms(self) -> Mapping[str, PlatformSettings]:
        """The section of each platform."""
        return {"slack": self.slack, "discord": self.discord}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayOptions:
    """What `coproduce play` was asked for."""

    port: int = 8080
    db: Path | None = None
    script: Path | None = None
    until_revealed: bool = False
    json: bool = False
    no_open: bool = False


def _trimmed(value: SecretStr) -> SecretStr:
    return SecretStr(trimmed(value.get_secret_value()))


class _Sections(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="COPRODUCE_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )

    storage: StorageSettings = StorageSettings()
    slack: SlackSettings = SlackSettings()
    discord: DiscordSettings = DiscordSettings()
    web: WebSettings = WebSettings()
    rounds: RoundSection = RoundSection()
    delivery: DeliverySection = DeliverySection()
    log: LogSettings = LogSettings()
    key: Annotated[SecretStr, AfterValidator(_trimmed)] | None = None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return env_settings, init_settings  # which is the file


def load(file: Path = DEFAULT_FILE) -> Settings:
    """Read the configuration. Raises ConfigWrong with every problem found at once."""
    present = file if file != DEFAULT_FILE or file.exists() else None
    known = known_keys()
    data = _parsed(present) if present else {}
    problems = [*(of_file(data, present, known) if present else ()), *of_environment(os.environ, known)]
    if problems:
        raise ConfigWrong(problems)
    read = _validated(data, present)
    settings = Settings(
        storage=read.storage,
        rounds=read.rounds.settings(timedelta(days=read.storage.backup_keep)),
        delivery=read.delivery.settings(),
        log=read.log,
        slack=read.slack,
        discord=read.discord,
        web=read.web,
        key=read.key,
        file=present,
    )
    _check_together(settings)
    return settings


def known_keys() -> Sections:
    sections = {name: info.annotation for name, info in _Sections.model_fields.items()}
    return {
        name: tuple(section.model_fields)
        for name, section in sections.items()
        if isinstance(section, type) and issubclass(section, BaseModel)
    }


def _parsed(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(read_utf8(file))
    except FileNotFoundError:
        raise ConfigWrong([f"{file}: there is no such file; config.example.toml shows every key"]) from None
    except NotUtf8 as wrong:
        raise ConfigWrong([f"{file}, line {wrong.facts['line']}: this is not UTF-8 text: save it as UTF-8"]) from None
    except OSError as error:
        raise ConfigWrong([f"{file}: cannot be read: {type(error).__name__}"]) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigWrong([f"{file}: this is not TOML: {error}"]) from None


def _validated(data: dict[str, Any], file: Path | None) -> _Sections:
    try:
        return _Sections(**data)
    except ValidationError as error:
        raise ConfigWrong(of_values(error, file, os.environ)) from None
    except SettingsError as error:
        raise ConfigWrong([f"the environment cannot be read: {error}"]) from None


def _check_together(read: Settings) -> None:
    place = f"{read.file}: " if read.file else ""
    if read.rounds.default_length < read.rounds.shortest:
        raise ConfigWrong([f"{place}[rounds] default_length: expected a length of at least `shortest`"])
    for name, section in read.platforms.items():
        if section.lacks:
            raise ConfigWrong([f"{place}[{name}] {section.lacks}"])
        if section.takes_http and read.web.port is None:
            raise ConfigWrong([f"{place}[web] port: needed in http mode, and not given"])

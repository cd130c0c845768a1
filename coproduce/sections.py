"""The sections `[rounds]`, `[delivery]` and `[web]` as people write them; the engine gets plain values."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from importlib.resources import files
from typing import Annotated, Any
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_settings import NoDecode

from bot.days import holiday
from bot.rounds import Attribution
from bot.settings import DeliverySettings, Remind, RoundSettings, length, texts
from bot.utf8 import trimmed

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ROUNDS = RoundSettings()
_DELIVERY = DeliverySettings()


def _length(value: Any) -> Any:
    return length(value) if isinstance(value, str) else length("")


def _positive(value: timedelta) -> timedelta:
    if not value:
        raise ValueError("expected a length of more than nothing, such as 5d, 12h, 10m, 30s or 1h30m")
    return value


def _remind(value: Any) -> tuple[Remind, ...]:
    return tuple(_one_remind(text) for text in texts(value))


def _one_remind(text: str) -> Remind:
    percent = re.fullmatch(r"([1-9]\d?)\s*%", text)
    if percent:
        return int(percent[1]) / 100
    try:
        return _positive(length(text))
    except ValueError:
        raise ValueError(
            'expected a list of times before the deadline, such as ["50%", "24h", "3h"], or [] for none'
        ) from None


def _quiet_hours(value: Any) -> tuple[time, time] | None:
    times = texts(value)
    if not times:
        return None
    if len(times) != 2 or not all(re.fullmatch(r"\d\d:\d\d", text) for text in times) or times[0] == times[1]:
        raise ValueError('expected two different times, such as ["20:00", "08:00"], or [] for none')
    try:
        return time.fromisoformat(times[0]), time.fromisoformat(times[1])
    except ValueError:
        raise ValueError('expected two times of day from 00:00 to 23:59, such as ["20:00", "08:00"]') from None


def _working_days(value: Any) -> frozenset[int]:
    days = [text.lower() for text in texts(value)]
    if not days or not set(days) <= set(DAYS):
        raise ValueError(f"expected a list of at least one of {', '.join(DAYS)}")
    return frozenset(DAYS.index(day) for day in days)


def _time_zone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError("expected the name of a time zone, such as Europe/London")
    return value


def _locale(value: str) -> str:
    known = sorted(entry.name[:-5] for entry in (files("bot") / "locales").iterdir() if entry.name.endswith(".toml"))
    if value not in known:
        raise ValueError(f"expected a language that coproduce speaks: {', '.join(known)}")
    return value


def _country(value: str) -> str:
    try:
        holiday(datetime.now(UTC).date(), value)
    except LookupError:
        raise ValueError('expected a country whose holidays are known, such as GB or GB-SCT, or ""') from None
    return value


def _one_line(value: str) -> str:
    return " ".join(value.split())


Length = Annotated[timedelta, BeforeValidator(_length)]
SomeLength = Annotated[Length, AfterValidator(_positive)]


class RoundSection(BaseModel):
    """Keys as promised; `shortest` and the like are written as lengths (`10m`)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    time_zone: Annotated[str, AfterValidator(_time_zone)] = _ROUNDS.time_zone
    locale: Annotated[str, AfterValidator(_locale)] = _ROUNDS.locale
    default_length: SomeLength = _ROUNDS.default_length
    shortest: SomeLength = _ROUNDS.shortest
    remind: Annotated[tuple[Remind, ...], NoDecode, BeforeValidator(_remind)] = _ROUNDS.remind
    quiet_hours: Annotated[tuple[time, time] | None, NoDecode, BeforeValidator(_quiet_hours)] = _ROUNDS.quiet_hours
    working_days: Annotated[frozenset[int], NoDecode, BeforeValidator(_working_days)] = _ROUNDS.working_days
    attribution: Attribution = _ROUNDS.attribution
    small_group: Annotated[int, Field(ge=1)] = _ROUNDS.small_group
    late_for: Length = _ROUNDS.late_for
    retention: SomeLength = _ROUNDS.retention
    country: Annotated[str, AfterValidator(_country)] = _ROUNDS.country
    largest: Annotated[int, Field(ge=1)] = _ROUNDS.largest
    responsible: Annotated[str, AfterValidator(_one_line)] = _ROUNDS.responsible

    def settings(self, backup_keep: timedelta) -> RoundSettings:
        """`backup_keep`: of the section `[storage]`."""
        own = {name: getattr(self, name) for name in type(self).model_fields}
        return RoundSettings(**own, backup_keep=backup_keep)


class DeliverySection(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    look_after: Length = _DELIVERY.look_after

    def settings(self) -> DeliverySettings:
        return DeliverySettings(look_after=self.look_after)


def _public_url(value: str) -> str:
    value = trimmed(value)
    if value and not value.startswith(("https://", "http://")):
        raise ValueError("expected the address at which the world reaches this server, such as https://bot.example.org")
    return value.rstrip("/")


class WebSettings(BaseModel):
    """The one HTTP server: where it listens, and how it is reached from outside. Without a port nothing listens."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] | None = None
    public_url: Annotated[str, AfterValidator(_public_url)] = ""

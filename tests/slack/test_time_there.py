"""Slack's own time: the `Date` of whatever it answers, through the real SDK."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog

from adapters.slack import checks
from adapters.slack.settings import SlackSettings
from adapters.slack.workspace import SlackWorkspace
from bot.errors import Later
from bot.service import clock_watch
from bot.text import Texts
from coproduce.clock import SystemClock
from coproduce.config import Settings
from coproduce.running import serving
from coproduce.sections import WebSettings
from tests.contract.made_before import made_before, storage_in
from tests.slack.double import APP_TOKEN, BOT_TOKEN, SlackDouble, slack_double
from tests.slack.faults import Fault, How
from tests.slack.test_health import Figures, free_port, get, get_json

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def settings_for(double: SlackDouble) -> SlackSettings:
    told = {"bot_token": BOT_TOKEN, "app_token": APP_TOKEN, "api_url": double.api_url}
    return SlackSettings.model_validate(told)


@asynccontextmanager
async def entered(double: SlackDouble) -> AsyncIterator[SlackWorkspace]:
    workspace = SlackWorkspace(settings_for(double), Texts.load(), SystemClock())
    await workspace.enter()
    try:
        yield workspace
    finally:
        await workspace.leave()


def there(double: SlackDouble) -> datetime:
    return double.workspace.now() + double.ahead


async def test_each_answer_tells_the_time_there(monkeypatch: pytest.MonkeyPatch) -> None:
    async with slack_double() as double, entered(double) as workspace:
        double.ahead = -DAY
        told = await workspace.platform.time_there()
        assert told
        assert abs(told - there(double)) < 5 * SECOND
        assert told.tzinfo is UTC


async def test_a_refusal_tells_it_too() -> None:
    async with slack_double() as double, entered(double) as workspace:
        double.ahead = DAY
        double.revoked = True
        told = await workspace.platform.time_there()
        assert told
        assert abs(told - there(double)) < 5 * SECOND
        double.faults.add(Fault(method="api.test", how=How.RATE_LIMITED))
        told = await workspace.platform.time_there()
        assert told
        assert abs(told - there(double)) < 5 * SECOND


async def test_an_answer_without_a_date_tells_none() -> None:
    async with slack_double() as double, entered(double) as workspace:
        double.tells_time = False
        assert await workspace.platform.time_there() is None


async def test_where_slack_cannot_be_reached_it_is_not_known() -> None:
    async with slack_double() as double, entered(double) as workspace:
        await double._runner.cleanup()
        with pytest.raises(Later):
            await workspace.platform.time_there()


@dataclass
class Running:
    double: SlackDouble
    port: int

    async def until_ready_is(self, wanted: bool) -> None:
        async with asyncio.timeout(10):
            while (await get_json(self.port, "/readyz"))[1]["clock"] is not wanted:  # noqa: ASYNC110
                await asyncio.sleep(0.02)


@asynccontextmanager
async def run(folder: Path, ahead: timedelta) -> AsyncIterator[Running]:
    async with slack_double() as double:
        double.ahead = ahead
        made_before(folder)
        port = free_port()
        settings = Settings(storage=storage_in(folder), slack=settings_for(double), web=WebSettings(port=port))
        async with serving(settings, Texts.load(), SystemClock()) as is_up:
            assert is_up
            yield Running(double, port)


async def test_a_bot_whose_clock_is_off_is_not_ready_until_it_is_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock_watch, "LOOK_EVERY", 0.02)
    monkeypatch.setattr(clock_watch, "ASK_EVERY", 0.02)
    with structlog.testing.capture_logs() as logged:
        async with run(tmp_path, ahead=-DAY) as bot:
            assert await get_json(bot.port, "/readyz") == (503, {"database": True, "slack": True, "clock": False})
            figures = Figures((await get(bot.port, "/metrics"))[1])
            assert figures.of("coproduce_ready", part="clock") == 0
            assert abs(figures.of("coproduce_clock_off_seconds") - DAY.total_seconds()) < 5
            bot.double.ahead = timedelta()
            await bot.until_ready_is(True)
            assert (await get_json(bot.port, "/readyz"))[0] == 200
            assert Figures((await get(bot.port, "/metrics"))[1]).of("coproduce_clock_off_seconds") == 0
    events = [each["event"] for each in logged]
    assert "clock_held" in events
    assert events.count("clock_released") == 1


async def test_it_asks_no_more_than_once_at_a_start_where_the_clock_is_right(tmp_path: Path) -> None:
    async with run(tmp_path, ahead=timedelta()) as bot:
        await bot.until_ready_is(True)
        assert len(bot.double.calls_of("api.test")) == 1


@pytest.mark.parametrize(
    ("ahead", "is_right", "says"),
    [(0, True, "agrees"), (28, True, "28 seconds off"), (35, False, "35 seconds off"), (-90, False, "90 seconds off")],
)
async def test_check_says_how_far_the_clocks_are_apart(ahead: int, is_right: bool, says: str) -> None:
    async with slack_double(lambda: datetime.now(UTC).replace(microsecond=0)) as double:
        double.ahead = ahead * SECOND
        rows = [row async for row in checks.rows(settings_for(double), "")]
    texts = Texts.load()
    told = [(is_good, texts.line(each)) for is_good, each in rows if each.key.startswith("cli.check.platform.clock")]
    assert len(told) == 1
    (good, sentence) = told[0]
    assert good is is_right
    # a second more or less, for the header has whole ones
    near = [says.replace(str(abs(ahead)), str(abs(ahead) + n)) for n in (-1, 0, 1)] if ahead else [says]
    assert any(each in sentence for each in near)


async def test_check_says_where_no_time_is_told() -> None:
    async with slack_double() as double:
        double.tells_time = False
        rows = [row async for row in checks.rows(settings_for(double), "")]
    assert [(good, each.key) for good, each in rows if "clock" in each.key] == [
        (False, "cli.check.platform.clock_untold")
    ]

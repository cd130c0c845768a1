"""One process serves every platform that is configured, and one that fails leaves the others served."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from adapters.discord.settings import DiscordSettings
from adapters.slack.settings import SlackSettings
from bot.acts import Help, Said
from bot.errors import CoproduceError, Later, Revoked, Unknown
from bot.messages import Pace, line
from bot.people import Account, Workspace
from bot.ports import Platform, Service, Vault
from bot.rounds import ActId
from bot.text import Texts
from coproduce import connecting, operating, running
from coproduce.clock import SystemClock
from coproduce.config import Settings
from coproduce.exits import DONE, FAILED
from coproduce.platforms import PLATFORMS, Row
from coproduce.running import serving
from coproduce.sections import WebSettings
from tests.builders import NOON
from tests.builders import actor as some_actor
from tests.contract.made_before import made_before, storage_in
from tests.fake_platform import MemoryPlatform
from tests.slack.test_health import free_port, get_json

REVOKED = Revoked(Workspace(platform="", id="T"))


class MemoryAdapter:
    """A platform in memory, which fails as it is told."""

    pace = Pace()

    def __init__(self, name: str) -> None:
        self.name = name
        self.failures: list[Exception] = []  # of the next attempts to log in
        self.enters = asyncio.Event()
        self.enters.set()
        self.cannot_listen: Exception | None = None
        self.cannot_stop: Exception | None = None
        self.service: Service | None = None
        self.heard = asyncio.Event()
        self.done: list[str] = []
        self.rows: Sequence[Row] = ((True, line("cli.check.platform.socket", platform=name)),)

    async def enter(self) -> Platform:
        self.done.append("enter")
        await self.enters.wait()
        if self.failures:
            raise self.failures.pop(0)
        return MemoryPlatform(now=lambda: datetime.now(UTC), name=self.name)

    def when_let_in_again(self, returned: Callable[[Workspace], None]) -> None:
        self.returned = returned

    async def listen(self, service: Service, vault: Vault) -> None:
        if self.cannot_listen:
            raise self.cannot_listen
        self.service = service
        self.heard.set()

    @property
    def is_listening(self) -> bool:
        return self.heard.is_set()

    def routes(self) -> Sequence[web.RouteDef]:
        return [web.get(f"/{self.name}", self._answer)]

    async def _answer(self, request: web.Request) -> web.Response:
        return web.json_response({"name": self.name})

    async def stop(self) -> None:
        self.done.append("stop")
        if self.cannot_stop:
            raise self.cannot_stop

    async def leave(self) -> None:
        self.done.append("leave")

    async def checks(self, public_url: str) -> AsyncIterator[Row]:
        for row in self.rows:
            yield row
        if self.failures:
            raise self.failures.pop(0)

    def manifest(self, public_url: str) -> tuple[str, Sequence[str]]:
        return f"manifest of {self.name}", (f"why, on {self.name}",)

    async def answers(self) -> bool:
        """Is a person there served?"""
        assert self.service is not None
        account = Account(platform=self.name, workspace="T", user="ann")
        act = Help(id=ActId(f"{self.name}-1"), actor=some_actor("ann", account=account), at=NOON)
        return isinstance(await self.service.do(act), Said)


@pytest.fixture
def slack() -> MemoryAdapter:
    return MemoryAdapter("slack")


@pytest.fixture
def discord() -> MemoryAdapter:
    return MemoryAdapter("discord")


@pytest.fixture
def settings(slack: MemoryAdapter, discord: MemoryAdapter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for adapter in (slack, discord):
        monkeypatch.setitem(PLATFORMS, adapter.name, lambda *_, adapter=adapter: adapter)
    monkeypatch.setattr(connecting, "RETRY_AFTER", 0.01)
    monkeypatch.setattr(connecting, "OTHERS_WITHIN", 0.05)
    made_before(tmp_path)
    return Settings(
        storage=storage_in(tmp_path),
        web=WebSettings(port=free_port()),
        slack=SlackSettings.model_validate({"bot_token": "xoxb-1", "app_token": "xapp-1"}),
        discord=DiscordSettings.model_validate({"token": "a.b.c"}),
    )


@asynccontextmanager
async def up(settings: Settings) -> AsyncIterator[bool]:
    async with asyncio.timeout(20), serving(settings, Texts.load(), SystemClock()) as is_up:
        yield is_up


async def ready(settings: Settings) -> tuple[int, dict[str, object]]:
    return await get_json(settings.web.port or 0, "/readyz")


async def test_two_platforms_are_served_at_once(
    settings: Settings, slack: MemoryAdapter, discord: MemoryAdapter
) -> None:
    async with up(settings) as is_up:
        assert is_up
        assert await slack.answers()
        assert await discord.answers()
        assert await ready(settings) == (200, {"database": True, "slack": True, "discord": True, "clock": True})
        for name in ("slack", "discord"):
            assert await get_json(settings.web.port or 0, f"/{name}") == (200, {"name": name})
    assert slack.done == discord.done == ["enter", "stop", "leave"]


async def test_a_platform_that_refuses_the_bot_leaves_the_other_served(
    settings: Settings, slack: MemoryAdapter, discord: MemoryAdapter
) -> None:
    slack.failures = [REVOKED]
    with capture_logs() as logged:
        async with up(settings) as is_up:
            assert is_up
            assert await discord.answers()
            assert (await ready(settings))[0] == 503
            assert (await ready(settings))[1]["slack"] is False
    (refused,) = [told for told in logged if told["event"] == "platform_refused"]
    assert (refused["platform"], refused["error"]) == ("slack", "revoked")
    assert slack.done == ["enter"]
    assert discord.done == ["enter", "stop", "leave"]


async def test_a_platform_that_lets_the_bot_in_later_is_served_then(
    settings: Settings, slack: MemoryAdapter, discord: MemoryAdapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connecting, "RETRY_REFUSED_AFTER", 0.01)
    slack.failures = [REVOKED]
    async with up(settings):
        await slack.heard.wait()
        assert await slack.answers()


@pytest.mark.parametrize("silence", [Later(1), Unknown()])
async def test_while_a_platform_does_not_answer_the_other_is_served(
    silence: Exception, settings: Settings, slack: MemoryAdapter, discord: MemoryAdapter
) -> None:
    slack.failures, told = [silence] * 10_000, asyncio.Event()

    async def run() -> bool:
        async with serving(settings, Texts.load(), SystemClock(), told) as is_up:
            return is_up

    bot = asyncio.create_task(run())
    async with asyncio.timeout(20):
        await discord.heard.wait()
        assert await discord.answers()
        assert (await ready(settings))[1]["slack"] is False
        assert not bot.done()  # it is not ready before all platforms accept events
        slack.failures.clear()
        assert await bot
    assert slack.is_listening


async def test_a_platform_that_hangs_at_the_start_does_not_keep_the_other_waiting(
    settings: Settings, slack: MemoryAdapter, discord: MemoryAdapter
) -> None:
    slack.enters.clear()
    told = asyncio.Event()

    async def run() -> bool:
        async with serving(settings, Texts.load(), SystemClock(), told) as is_up:
            return is_up

    bot = asyncio.create_task(run())
    async with asyncio.timeout(20):
        await discord.heard.wait()
        told.set()
        assert not await bot
    assert discord.done == ["enter", "stop", "leave"]


@pytest.mark.parametrize("fault", [REVOKED, KeyError()])
async def test_where_every_platform_refuses_the_first_refusal_ends_the_bot(
    fault: Exception, settings: Settings, slack: MemoryAdapter, discord: MemoryAdapter
) -> None:
    slack.failures, discord.failures = [fault], [REVOKED]
    with pytest.raises(type(fault)):
        async with up(settings):
            pass
    assert slack.done == discord.done == ["enter"]


async def test_a_platform_whose_events_will_never_come_leaves_the_other_served(
    settings: Settings, slack: MemoryAdapter, discord: MemoryAdapter
) -> None:
    discord.cannot_listen = CoproduceError()
    async with up(settings) as is_up:
        assert is_up
        assert await slack.answers()
        assert (await ready(settings))[1]["discord"] is False
    assert discord.done == ["enter", "stop", "leave"]


async def test_a_platform_that_cannot_stop_keeps_no_other_from_stopping(
    settings: Settings, slack: MemoryAdapter, discord: MemoryAdapter
) -> None:
    slack.cannot_stop = OSError()
    async with up(settings):
        pass
    assert slack.done == discord.done == ["enter", "stop", "leave"]


async def test_only_what_is_configured_is_served(settings: Settings, slack: MemoryAdapter) -> None:
    discord = DiscordSettings()
    object.__setattr__(settings, "discord", discord)
    async with up(settings):
        assert (await ready(settings))[1].keys() == {"database", "slack", "clock"}


# commands of the operator ------------------------------------------------------------------------------------------


def test_check_has_rows_of_each_platform_also_where_one_fails(
    settings: Settings, slack: MemoryAdapter, capsys: pytest.CaptureFixture[str]
) -> None:
    assert operating.check(settings) == DONE
    slack.failures = [KeyError()]
    assert operating.check(settings) == FAILED
    rows = [row for row in capsys.readouterr().out.splitlines() if "slack" in row or "discord" in row]
    assert [row.split()[0] for row in rows] == ["ok", "ok", "ok", "WRONG", "ok"]


def test_without_a_platform_check_and_run_say_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = Settings(storage=storage_in(tmp_path))
    assert operating.check(settings) == FAILED
    assert "WRONG no chat is configured" in capsys.readouterr().out
    assert running.run(settings) == 2
    assert capsys.readouterr().err


def test_each_platform_has_a_manifest(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert operating.print_manifest(settings, "discord") == DONE
    told = capsys.readouterr()
    assert (told.out, told.err) == ("manifest of discord\n", "why, on discord\n")
    assert operating.print_manifest(settings, "mail") == 2
    assert capsys.readouterr().out == "There is a manifest for: slack, discord.\n"

"""What an operator and an administrator are told about Discord."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlparse

import pytest

from adapters.discord import checks, manifest
from adapters.discord.settings import DiscordSettings
from bot.text import Texts
from tests.builders import NOON
from tests.discord.double import DiscordDouble
from tests.discord.world import APP, TOKEN


@pytest.fixture
async def double() -> AsyncIterator[DiscordDouble]:
    made = DiscordDouble(lambda: NOON)
    await made.start()
    yield made
    await made.stop()


def _settings(double: DiscordDouble) -> DiscordSettings:
    return DiscordSettings.model_validate({"token": TOKEN, "api_url": double.api_url})


async def _told(double: DiscordDouble) -> dict[str, bool]:
    """The last part of each row's key -> is it right?"""
    return {said.key.rpartition(".")[2]: is_right async for is_right, said in checks.rows(_settings(double))}


async def test_all_is_checked_by_reading_alone(double: DiscordDouble) -> None:
    told = await _told(double)
    assert told.pop("clock_off") is False, "the double lives on another day"
    assert told == {"bot": True, "members": True, "servers": True, "gateway": True}
    assert all(call.request.startswith("GET ") for call in double.calls)
    assert not double.violations


async def test_a_token_that_is_refused_is_told_with_the_remedy(double: DiscordDouble) -> None:
    double.revoked = True
    assert await _told(double) == {"reset": False}


async def test_a_switch_that_is_off_in_the_portal_is_told(double: DiscordDouble) -> None:
    double.world.has_members_intent = False
    assert (await _told(double))["no_members"] is False


async def test_a_platform_that_does_not_answer_is_told(double: DiscordDouble) -> None:
    settings = _settings(double)
    await double.stop()
    rows = [(is_right, said.key) async for is_right, said in checks.rows(settings)]
    assert rows == [(False, "cli.check.platform.away")]


async def test_every_row_has_its_sentence(double: DiscordDouble) -> None:
    for is_removed in (False, True):
        double.world.is_in = not is_removed
        async for _, said in checks.rows(_settings(double)):
            assert Texts.load().line(said)


def test_the_invite_asks_for_exactly_what_is_explained() -> None:
    token = f"{base64.urlsafe_b64encode(APP.encode()).decode().rstrip('=')}.made.up"
    address, told = manifest.manifest(DiscordSettings.model_validate({"token": token}), Texts.load())
    asked = parse_qs(urlparse(address).query)
    assert asked["client_id"] == [APP]
    assert asked["scope"] == ["bot applications.commands"]
    assert int(asked["permissions"][0]) == sum(bit for bit, _ in manifest.PERMISSIONS.values())
    for name in (*manifest.SCOPES, *manifest.PERMISSIONS):
        assert any(each.strip().startswith(f"{name}: ") for each in told)


def test_without_a_token_the_invite_says_what_is_to_be_filled_in() -> None:
    address, told = manifest.manifest(DiscordSettings(), Texts.load())
    assert manifest.UNKNOWN_APPLICATION in address
    assert any(manifest.UNKNOWN_APPLICATION in each for each in told)

"""The manifest is complete, within Slack's limits, and each scope says what it is for."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.slack.manifest import COMMAND, SCOPES, manifest
from bot.messages import Line, line
from bot.text import Texts

TEXTS = Texts.load()
WORDS = {name: TEXTS.line(line(f"manifest.{name}")) for name in ("name", "command", "usage", "description", "long")}


@pytest.fixture(params=["", "https://bot.example.org"])
def made(request: pytest.FixtureRequest) -> dict[str, Any]:
    return manifest(WORDS, request.param)


def test_its_words_fit(made: dict[str, Any]) -> None:
    shown = made["display_information"]
    assert len(shown["name"]) <= 35
    assert len(shown["description"]) <= 140
    assert 175 <= len(shown["long_description"]) <= 4_000
    (command,) = made["features"]["slash_commands"]
    assert command["command"] == COMMAND
    assert len(command["command"]) <= 32


def test_people_typed_in_a_command_arrive_as_people(made: dict[str, Any]) -> None:
    assert made["features"]["slash_commands"][0]["should_escape"] is True


def test_nobody_types_to_the_bot(made: dict[str, Any]) -> None:
    home = made["features"]["app_home"]
    assert (home["messages_tab_enabled"], home["messages_tab_read_only_enabled"]) == (True, True)
    assert home["home_tab_enabled"] is True


def test_socket_mode_needs_no_address_and_http_names_it_everywhere() -> None:
    socket, http = manifest(WORDS), manifest(WORDS, "https://bot.example.org")
    assert socket["settings"]["socket_mode_enabled"] is True
    assert "url" not in str(socket)
    assert http["settings"]["socket_mode_enabled"] is False
    address = "https://bot.example.org/slack/events"
    assert http["settings"]["event_subscriptions"]["request_url"] == address
    assert http["settings"]["interactivity"]["request_url"] == address
    assert http["settings"]["interactivity"]["message_menu_options_url"] == address
    assert http["features"]["slash_commands"][0]["url"] == address


@pytest.mark.parametrize("scope", SCOPES)
def test_each_scope_says_what_it_is_for(scope: str) -> None:
    assert TEXTS.line(Line(key=SCOPES[scope]))


def test_what_the_events_need_is_asked_for(made: dict[str, Any]) -> None:
    scopes = set(made["oauth_config"]["scopes"]["bot"])
    assert "message.im" in made["settings"]["event_subscriptions"]["bot_events"]
    assert "im:history" in scopes
    assert {"app_uninstalled", "tokens_revoked"} <= set(made["settings"]["event_subscriptions"]["bot_events"])

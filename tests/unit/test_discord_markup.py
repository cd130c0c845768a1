"""Discord's markup: what people write is shown to the letter and acts as nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.discord import markup
from bot.people import Address, Place
from tests.unit.discord_rules import acts, shown

AT = datetime(2026, 12, 4, 17, tzinfo=UTC)

SIGNS = [*"\\*_~`|<>#-+@:/.[]() \n1aE\u2068ض😀", "everyone", "https://", "discord.gg/x", "1. ", "- ", "# "]
TRICKY = st.lists(st.sampled_from(SIGNS), max_size=30).map("".join)


@given(TRICKY)
def test_what_people_write_is_shown_to_the_letter(text: str) -> None:
    assert shown(markup.escape(text)) == text


@given(TRICKY)
def test_nothing_that_people_write_acts(text: str) -> None:
    assert not acts(markup.escape(text))


@pytest.mark.parametrize(
    "text",
    [
        "# heading",
        "  ## heading",
        "-# small",
        "> quote",
        ">>> all of it",
        "- item",
        "1. item",
        "*a* _b_ ~~c~~ ||d|| `e` __f__",
        "```py\ncode```",
        "[here](https://evil.example)",
        "https://evil.example/x",
        "<https://evil.example>",
        "discord.gg/abc",
        "<@123456789012345678> <@&1> <#1> <t:1:F> <:a:1> </x:1>",
        "@everyone and @here",
        ":tada:",
        "ends with a backslash \\",
    ],
)
def test_each_kind_of_markup_is_escaped(text: str) -> None:
    assert acts(text) or "\\" in text
    assert not acts(markup.escape(text))
    assert shown(markup.escape(text)) == text


def test_moments_and_channels_of_ours_are_tokens_and_names_are_not() -> None:
    place = Place(address=Address(platform="discord", workspace="1", channel="77"), name="ward-7")
    ours = f"Until {markup.moment(AT, 'year', 'x')} in {markup.named(place)} by {markup.fact('<t:1:F> <#1>')}"
    assert markup.ours(ours) == f"Until <t:{int(AT.timestamp())}:F> in <#77> by \\<t\\:1:F> \\<#1>"


def test_a_name_cannot_look_like_a_token_of_ours() -> None:
    assert markup.ours(markup.fact(markup.moment(AT, "", ""))) == f"T{int(AT.timestamp())}F"


def test_seconds_of_a_moment_are_shown() -> None:
    at = int(AT.timestamp()) + 5
    told = markup.ours(markup.moment(AT.replace(second=5), "", "x"))
    assert told == f"<t:{at}:D> <t:{at}:T>"


def test_a_nonce_has_at_most_25_characters() -> None:
    assert len(markup.nonce("x" * 200)) <= 25


def test_a_thread_is_named_after_what_the_first_line_names() -> None:
    assert markup.thread_name("\u2068Repairs \\*online\\*\u2069: opening 12 …\nmore") == "Repairs *online*"
    assert markup.thread_name("**Frontline: 12**") == "Frontline: 12"
    assert markup.length(markup.thread_name("x" * 300)) <= 100

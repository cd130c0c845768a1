"""Names with markup in them act as nothing in our own sentences."""

from __future__ import annotations

import re
from typing import Any

import pytest

from adapters.playground import views as playground_views
from adapters.slack import markup, views
from bot.acts import Said
from bot.messages import Line, MessageKind, Post, line
from bot.people import Address, Place
from bot.text import Texts
from tests.builders import NOON
from tests.unit.slack_rules import fits, in_markup

TEXTS = Texts.load()
NAMES = ["Bob *x*", "a_b_c", "~no~ `code`", "_it_", "Al :tada:"]
NOWHERE = Place(address=Address(platform="slack", workspace="T1"), name="a_b_c")
REPAIRS = Place(address=Address(platform="slack", workspace="T1", channel="C1"), name="a_b_c")


def sentences(name: str, place: Place) -> tuple[Line, ...]:
    return (
        line("message.withheld.archived", place=place),
        line("message.stuck.told.channel", service=name, place=place, reason=name),
        line("said.venue", place=place, opens_at=NOON),
        line("message.withheld.unread", organiser=name),
        line("said.removed", name=name),
    )


def in_rich_text(blocks: Any) -> str:
    rows = [row for one in blocks if one["type"] == "rich_text" for row in one["elements"]]
    return "".join(part.get("text", "") for row in rows for part in row["elements"])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", [MessageKind.STATUS, MessageKind.WITHHELD])  # with a title, and without one
def test_no_mark_in_a_name_is_in_a_place_where_slack_formats(name: str, kind: MessageKind) -> None:
    told = views.message(Post(kind=kind, content=sentences(name, REPAIRS)), TEXTS)
    fits(told.blocks)
    ours = re.sub(r"^\*(.*)\*$", r"\1", in_markup(told.blocks), flags=re.MULTILINE)  # the title is bold
    assert not set("*_~`").intersection(ours)
    assert ":tada:" not in in_markup(told.blocks)
    assert name in in_rich_text(told.blocks)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_said_at_once_formats_none_either(name: str) -> None:
    (told,) = views.said(Said(content=sentences(name, REPAIRS)), TEXTS)
    assert not set("*_~`").intersection(in_markup(told.blocks))


def test_beside_such_a_name_channels_and_times_are_still_slacks_own() -> None:
    told = views.message(Post(kind=MessageKind.STATUS, content=sentences("Bob *x* & <!here>", REPAIRS)), TEXTS)
    (block,) = [one for one in told.blocks if one["type"] == "rich_text" and "said" not in one][-1:]
    parts = [part for row in block["elements"] for part in row["elements"]]
    assert {"channel", "date", "text"} <= {part["type"] for part in parts}
    assert "Bob *x* & <!here>" in in_rich_text(told.blocks)


def test_a_plain_name_stays_in_one_section_of_our_own_markup() -> None:
    told = views.message(Post(kind=MessageKind.WITHHELD, content=sentences("Bob", REPAIRS)), TEXTS)
    assert [one["type"] for one in told.blocks] == ["section"]
    assert "<#C1>" in told.blocks[0]["text"]["text"]


def test_a_name_that_looks_like_a_mention_is_none_on_the_playground() -> None:
    forged = "\ue000place\ue001x\ue000"
    content = (line("said.removed", name=forged), line("said.venue", place=REPAIRS, opens_at=NOON))
    told = playground_views.message(Post(kind=MessageKind.STATUS, content=content), TEXTS)
    ((at, channel, name),) = told["mentions"]
    assert (channel, name) == ("C1", "a_b_c")
    assert "\ue000" not in told["text"]
    assert told["text"][:at].endswith("open in ")


def test_our_own_sentences_have_no_marks() -> None:
    assert not markup.has_marks("<#C1> closes <!date^1^{date_long} {time}|Fri_day> at 17:00:05 (a: b)")

"""Names of people, services, groups, channels, contacts and reasons: shown as written, isolated, acting as nothing."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.html.shapes import Channel, text_of
from adapters.html.worded import paragraphs
from adapters.slack import markup, views
from bot.acts import Said
from bot.messages import Fact, Line, MessageKind, Post, line
from bot.people import Address, Place
from bot.report import files, report
from bot.report.markdown import escaped
from bot.rounds import Attribution
from bot.text import Texts
from tests.builders import NOON
from tests.unit.reveals import TOMORROW, a_round, arranged, cast, reply, revealed
from tests.unit.slack_rules import fits, in_markup, parts

TEXTS = Texts.load()
AT = datetime(2026, 12, 4, 17, tzinfo=UTC)
HERE = Address(platform="slack", workspace="T1", channel="C1")

NAMES = (
    "Bob *x*",
    "_Dan_ :tada:",
    "~Eve~ `rm`",
    "שרה כהן",
    "عمر (3)",
    "<!channel> & <@U1|you> <#C9>",
    "<!date^1^{date}|now>",
    "[a](http://b.example) #1 <b>",
    "Ann\u2069\u2067 Lee",
)
SLOT = re.compile(r"\{(\w+)(?::([\w-]+))?\}")
NAMED = {"channel", "contact", "group", "groups", "into", "leaders", "name", "names", "organiser", "place", "reason"}
NAMED |= {"service"}
LENGTHS = {"left", "needed", "shortest", "longest", "closes_in"}
TIMES = {"at", "again", "after", "before", "closes_at", "earliest", "ends_at", "first", "opens_at", "other", "since"}
TIMES |= {"until", "was", "date"}
NAMELESS = ("cli.", "error.", "play.wrong.", "when.")


def _sentences(node: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for key, value in node.items():
        if isinstance(value, dict):
            yield from _sentences(value, f"{above}{key}.")
        elif isinstance(value, str):
            yield f"{above}{key}", value


def _with_names() -> Iterator[str]:
    """The keys of all sentences in which a name stands among words of ours."""
    catalogue = tomllib.loads((Path(__file__).parents[2] / "bot/locales/en.toml").read_text(encoding="utf-8"))
    for key, text in _sentences(catalogue):
        slots = {name for name, _ in SLOT.findall(text)}
        if slots & NAMED and not SLOT.fullmatch(text.removeprefix("#")) and not key.startswith(NAMELESS):
            yield re.sub(r"\.(one|other|zero|text)$", "", key) if not key.startswith("control.") else key


KEYS = tuple(dict.fromkeys(_with_names()))


def _said(key: str, name: str) -> Line:
    """The sentence with this name in each slot of a name, and something of its kind in each other."""
    catalogue = TEXTS._entry(key, "en")
    forms = [catalogue] if isinstance(catalogue, str) else [v for k, v in catalogue.items() if k != "plural"]
    plural = "" if isinstance(catalogue, str) else catalogue.get("plural", "count")
    facts: dict[str, Fact] = {plural: 3} if plural else {}
    for slot, style in (found for form in forms for found in SLOT.findall(form)):
        if slot not in facts:
            facts[slot] = _fact(slot, style, name)
    return Line(key=key, facts=facts)


def _fact(slot: str, style: str, name: str) -> Fact:
    if slot in NAMED:
        return f"{name}\n{name}" if style == "list" else name
    if slot in LENGTHS:
        return timedelta(hours=2)
    return AT if slot in TIMES or style in ("year", "zone", "time") else 3


def _isolated(name: str) -> str:
    return f"\u2068{_bare(name)}\u2069"


def test_there_are_many_sentences_with_names() -> None:
    assert len(KEYS) > 100


@pytest.mark.parametrize("key", KEYS)
def test_every_name_stands_as_written_between_isolates(key: str) -> None:
    for name in NAMES:
        said = TEXTS.line(_said(key, name))
        assert _isolated(name) in said or _isolated(f"#{name}") in said
        rest = said.replace(_isolated(name), "").replace(_isolated(f"#{name}"), "")
        assert not re.search("[\u2066-\u2069]", rest)


@pytest.mark.parametrize("key", KEYS)
def test_no_name_acts_in_any_sentence_on_slack(key: str) -> None:
    for name in NAMES:
        post = Post(kind=MessageKind.STATUS, content=(_said(key, name),))
        for told in (views.message(post, TEXTS), *views.said(Said(content=post.content), TEXTS)):
            fits(told.blocks)
            assert in_markup(told.blocks) == ""
            shown = list(parts(told.blocks))
            assert {part["type"] for part in shown} <= {"text", "date"}
            read = "".join(part.get("text") or part["fallback"] for part in shown)
            assert _isolated(name) in read or _isolated(f"#{name}") in read
            assert "<" not in told.text
    plain = Post(kind=MessageKind.STATUS, content=(_said(key, NAMES[0]),), is_plain=True)
    assert views.message(plain, TEXTS).arguments["mrkdwn"] is False


@pytest.mark.parametrize("key", KEYS)
def test_the_playground_shows_every_name_as_written(key: str) -> None:
    for name in NAMES:
        shown = text_of(paragraphs(TEXTS, Post(kind=MessageKind.STATUS, content=(_said(key, name),))))
        assert _isolated(name) in shown or _isolated(f"#{name}") in shown


def test_a_channel_is_a_mention_that_slack_makes_and_is_isolated_too() -> None:
    content = (line("message.opened.open", service="Bob *x*", place=Place(address=HERE, name="_old_")),)
    told = views.message(Post(kind=MessageKind.OPENED, content=content), TEXTS)
    shown = list(parts(told.blocks))
    at = [part["type"] for part in shown].index("channel")
    assert shown[at] == {"type": "channel", "channel_id": "C1"}
    assert shown[at - 1]["text"].endswith("\u2068")
    assert shown[at + 1]["text"].startswith("\u2069")
    assert "\u2068#_old_\u2069" in told.text


def test_a_name_that_looks_like_a_mention_is_none_on_the_playground() -> None:
    forged = "\ue000\ue002place\ue003x\ue000"
    content = (
        line("said.removed", name=forged),
        line("said.venue", place=Place(address=HERE, name="a_b_c"), opens_at=NOON),
    )
    name, place = paragraphs(TEXTS, Post(kind=MessageKind.STATUS, content=content))
    assert all(isinstance(piece, str) and "\ue000" not in piece for piece in name.pieces)
    at = place.pieces.index(Channel(id="C1", name="a_b_c"))
    assert str(place.pieces[at - 1]).endswith("open in \u2068")
    assert str(place.pieces[at + 1]).startswith("\u2069")


def test_a_name_that_is_all_of_a_title_needs_no_isolates() -> None:
    assert TEXTS.line(line("form.answer.title", service="שרה")) == "שרה"
    assert TEXTS.line(line("report.table.group_name", group="Night *shift*")) == "Night *shift*"


def test_a_name_that_is_cut_short_stays_isolated() -> None:
    told = TEXTS.line(line("message.held.until", organiser="א" * 60, closes_at=NOON))
    for longest in range(20, 80):
        for short in (markup.shortened(told, longest), markup.shortened_markup(told, longest)):
            assert short.count("\u2068") == short.count("\u2069")
            assert len(short) <= longest


def test_names_of_groups_that_have_words_of_ours_are_no_names() -> None:
    assert "\u2068" not in TEXTS.line(line("message.question.group", group="frontline"))


@pytest.mark.parametrize("name", NAMES)
def test_reports_show_names_as_written_in_every_format(name: str) -> None:
    seats = [replace(one, name=name) for one in cast(("citizens", 4), ("leaders", 3))]
    made = arranged(
        replace(a_round(seats, attribution=Attribution.NAMED), service=name), [reply(one, sign=True) for one in seats]
    )
    shown = report(revealed(made.round_), made.perspectives, TOMORROW)
    made_files = files(shown, ["html", "md", "csv", "json"], TEXTS)
    text = {one.name.rpartition(".")[2]: one.content.decode() for one in made_files}
    assert f"\u2068{escaped(_bare(name))}\u2069" in text["md"]
    assert f"\u2068{_in_html(_bare(name))}\u2069" in text["html"]
    assert _isolated(name).replace('"', '""') in text["csv"]
    assert _isolated(name) in text["json"]


def _bare(name: str) -> str:
    return re.sub("[\u2066-\u2069]", "", name)


def _in_html(name: str) -> str:
    return name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

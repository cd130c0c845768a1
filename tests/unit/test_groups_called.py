"""Groups are called what they are called here, as typed, in every sentence; the words of ours still find them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.acts import Add, OpenRound, Refused, Rehearse, SaveSetup, ShowForm, Wrong
from bot.forms import NAMES_OF_GROUPS
from bot.isolates import isolated
from bot.messages import MessageKind, Post, line
from bot.people import Cast, Member
from bot.reveal import group_meant, voice_meant
from bot.rounds import Group
from bot.settings import RoundSettings
from bot.text import Texts
from tests.fake_platform import Stood, members
from tests.isolates import as_read
from tests.unit.test_naming import voice
from tests.world import TEXTS, World, account_of, key_of, memory_stores

NAMES = {"leaders_name": "town board", "frontline_name": "ward  staff", "citizens_name": "tenants"}
CATALOGUE = tomllib.loads((Path(__file__).parents[2] / "bot/locales/en.toml").read_text(encoding="utf-8"))
CALLED = (
    Group(name="tenants", asks_as="citizens"),
    Group(name="ward staff", asks_as="frontline"),
    Group(name="town board", asks_as="leaders", is_leaders=True),
)


def read(stood: Stood) -> str:
    if isinstance(stood.load, Post):
        return as_read(TEXTS.post(stood.load).text)
    return "\n".join(as_read(file.content.decode()) for file in stood.load or ())


async def test_what_people_get_before_the_close_calls_the_groups_by_their_own_names(world: World) -> None:
    code = await world.draft(**NAMES)
    await world.press(Rehearse, "olga", code=code)
    (preview,) = (read(each) for each in world.inbox("olga", MessageKind.PREVIEW))
    assert "Tenants: 2" in preview
    assert "one of the town board" in preview
    rehearsal = "\n".join(read(each) for each in world.inbox("olga", MessageKind.REHEARSAL))
    assert "As ward staff" in rehearsal
    assert "Why do you think the town board want this?" in rehearsal
    assert key_of(await world.press(OpenRound, "olga", code=code)) == "said.opening"
    round_ = await world.round_(code)
    assert round_.groups == CALLED
    (asked,) = (read(each) for each in world.inbox("fay", MessageKind.QUESTION))
    assert "You are asked as: ward staff." in asked
    assert {each.text for each in round_.questions if each.group == "ward staff"} >= {
        f"Why do you think the {isolated('town board')} want this?"
    }


async def test_voices_and_counts_of_the_reveal_and_its_report_go_by_the_same_names() -> None:
    world = World(memory_stores()[0], RoundSettings(small_group=1))
    await world.start()
    code = await world.open(**NAMES)
    for user in ("cal", "cara", "fay", "finn", "lea"):
        await world.write(user, code, f"{user} says so")
    await world.pass_time(timedelta(days=5, hours=1))
    revealed = "\n".join(read(each) for each in world.channel())
    for told in ("Tenants: 2 of 2", "Ward staff: 2 of 2", "Town board: 1 of 1", "Ward staff 2 of 2", "## Tenants (2)"):
        assert told in revealed
    assert not re.search("citizens?|frontline|leaders?", revealed, re.I)
    await world.crash()
    assert revealed.index("Tenants") < revealed.index("Ward staff") < revealed.index("Town board")


@pytest.mark.parametrize("typed", ["tenants", "Tenants", "tenant", "citizens", "citizen"])
async def test_commands_know_a_group_by_its_own_name_and_by_the_word_of_ours(world: World, typed: str) -> None:
    world.platform.members |= members("eve")
    code = await world.open(**NAMES)
    cast = Cast(found={"eve": (Member(account=account_of("eve"), name="Eve"),)})
    said = await world.press(Add, "olga", code=code, group=typed, people=("eve",), cast=cast)
    assert key_of(said) == "said.added"
    assert [seat.group for seat in (await world.round_(code)).seats if seat.account.user == "eve"] == ["tenants"]


def test_voices_are_found_by_their_own_names_and_by_the_words_of_ours() -> None:
    voices = [voice(0, "tenants"), voice(1, "ward staff"), voice(2, "ward staff")]
    for typed in ("W2", "ward staff 2 of 2", "Frontline 2"):
        assert voice_meant(typed, voices, CALLED) == 2
    assert group_meant("leaders", CALLED) == "town board"


@pytest.mark.parametrize(
    ("typed", "field", "key"),
    [
        ({"citizens_name": "x" * 41}, "citizens_name", "refused.too_long"),
        ({"citizens_name": "***"}, "citizens_name", "refused.group_name"),
        ({"citizens_name": "Frontline Worker"}, "citizens_name", "refused.group_name_taken"),
        ({"citizens_name": "everyone"}, "citizens_name", "refused.group_name_taken"),
        ({"citizens_name": "staff", "leaders_name": "STAFF"}, "leaders_name", "refused.group_name_taken"),
        (
            {"citizens_name": "night", "group:Night": "eve"},
            "group:Night",
            "refused.group_name_taken",
        ),
    ],
)
async def test_a_name_that_cannot_be_is_told_at_its_box(
    world: World, typed: dict[str, str], field: str, key: str
) -> None:
    code = await world.draft()
    fields = {name: (value,) for name, value in typed.items()}
    refused = await world.press(SaveSetup, "olga", code=code, page="", fields=fields)
    assert isinstance(refused, Refused)
    assert {name: told.key for name, told in refused.fields.items()} == {field: key}
    assert all(TEXTS.line(told) for told in refused.fields.values())


async def test_a_name_of_our_own_words_for_the_same_group_or_none_is_fine(world: World) -> None:
    code = await world.draft()
    fields = {"frontline_name": ("Frontline workers",), "citizens_name": (" ",), "leaders_name": ("leaders",)}
    assert isinstance(await world.press(SaveSetup, "olga", code=code, page="", fields=fields), ShowForm)


async def test_somebody_in_the_wrong_group_can_be_moved_to_a_group_of_any_name(world: World) -> None:
    code = await world.open(**NAMES)
    await world.agree("fay", await world.press(Wrong, "fay", code=code))
    (card,) = world.inbox("olga", MessageKind.WRONG_GROUP)
    assert isinstance(card.load, Post)
    labels = [as_read(button.label) for button in TEXTS.post(card.load).buttons]
    assert labels == ["To the tenants", "To the town board"]


# the catalogue --------------------------------------------------------------------------------------------


def _sentences(node: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for key, value in node.items():
        if isinstance(value, dict):
            yield from _sentences(value, f"{above}{key}.")
        elif isinstance(value, str):
            yield f"{above}{key}", value


GROUP = r"\{(?:group|into|leaders|other)(?::[\w-]+)?\}"
SENTENCES = {key: text for key, text in _sentences(CATALOGUE) if re.search(GROUP, text) and not key.startswith("cli.")}
SINGULAR = re.compile(
    rf"\b(?:an?|each|every|another|one|this|1) {GROUP}|(?<!of the ){GROUP}(?:'s| (?:is|was|has|says)\b)",
    re.I,
)
"""What only a singular can stand in."""
BARE = re.compile(r"(?:: |\"|, |As )\{group:one\}(?:[.:,\"]| —|$)")
"""Where a singular of ours stands, a name of any number may stand too: behind a colon, in quotes, after a comma."""


def test_there_are_many_sentences_with_groups() -> None:
    assert len(SENTENCES) > 40


@pytest.mark.parametrize("key", SENTENCES)
def test_no_sentence_needs_a_singular_of_a_groups_own_name(key: str) -> None:
    text = SENTENCES[key]
    assert not SINGULAR.search(text), text
    assert len(re.findall(r"\{\w+:one\}", text)) == len(BARE.findall(text)), text


def test_a_groups_own_name_begins_with_a_capital_where_a_line_begins_with_it() -> None:
    said = Texts.load().line(line("page.label.group", group="ward staff", n=1, total=4))
    assert said == f"{isolated('Ward staff')} 1 of 4"
    assert TEXTS.line(line("page.group", group="ward staff", count=4)) == "Ward staff (4)"
    assert TEXTS.line(line("statement.group", group="ßeta", replied=1, asked=2)) == "ßeta: 1 of 2"


async def test_the_form_asks_what_each_group_is_called_and_keeps_what_was_typed(world: World) -> None:
    code = await world.draft(**NAMES)
    shown = await world.press(SaveSetup, "olga", code=code, page="", fields={"leaders_name": ("board  of\ntown",)})
    assert isinstance(shown, ShowForm)
    boxes = {box.name: box for box in shown.form.fields}
    assert all(boxes[name].optional for name in NAMES_OF_GROUPS)
    assert boxes["citizens_name"].values == ("tenants",)

"""A very long answer can be known by its length: its writer is told, in every way in which they see it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from random import Random

import pytest

from bot.acts import Answer, Outcome, Said, ShowForm, Write
from bot.answers import LARGEST_ANSWER, Answers
from tests.builders import account, act, answers, collecting, seat
from tests.contract.stores import Stores, kept_as, stores
from tests.world import World, memory_stores

__all__ = ["stores"]

CODE = collecting().code


def _box(rng: Random) -> str:
    """As many letters as a box takes, of which hardly any comes twice."""
    return "".join(chr(rng.randrange(0x4E00, 0x9FFF)) for _ in range(LARGEST_ANSWER))


def long() -> Answers:
    rng = Random(3)
    return Answers(personal=_box(rng), others=_box(rng), intentions=_box(rng), barriers=_box(rng))


@pytest.mark.parametrize("kind", ["draft", "reply"])
async def test_it_is_known_of_words_whether_they_are_very_long(stores: Stores, kind: str) -> None:
    await stores.keep_round(collecting(seat("ann")))
    for words, expected in ((long(), True), (answers("x" * LARGEST_ANSWER), False)):
        press = act("ann")
        held = await stores.replies.keep(CODE, account("ann"), press, words, kept_as(kind))
        again = await stores.replies.keep(CODE, account("ann"), press, words, kept_as(kind))
        own = await stores.replies.own(CODE, account("ann"))
        assert own
        assert (held.is_long, again.is_long, own.is_long) == (expected,) * 3
        assert own.answers == words


@pytest.fixture
async def world() -> AsyncIterator[World]:
    made = World(memory_stores()[0])
    await made.start()
    yield made
    await made.crash()


def told(shown: Outcome) -> set[str]:
    parts = shown.form.notes if isinstance(shown, ShowForm) else shown.content if isinstance(shown, Said) else ()
    return {getattr(part, "key", "") for part in parts}


async def test_who_writes_a_very_long_answer_is_told_when_they_seal_it_and_in_their_form(world: World) -> None:
    code = await world.open()
    assert "said.held.long" in told(await world.press(Write, "fay", code=code, answers=long()))
    assert "form.answer.note_long" in told(await world.do(Answer, "fay", code=code))
    assert "said.held.long" not in told(await world.press(Write, "fay", code=code, answers=answers()))
    assert "form.answer.note_long" not in told(await world.do(Answer, "fay", code=code))

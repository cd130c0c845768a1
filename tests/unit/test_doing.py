"""What every adapter does around the engine: who acts, who is named, and a sentence for whatever fails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import pytest

from bot.acts import Act, Actor, Add, Help, New, Outcome, Refused, Said
from bot.errors import Later, Unknown
from bot.people import Account, Cast, Member, Missing, Standing, Why, Workspace
from bot.rounds import ActId, RoundCode
from bot.service import doing
from bot.service.doing import do, do_as, patiently
from tests.builders import NOON, account, actor
from tests.fake_platform import MemoryPlatform

NOBODY_KNOWN = actor("ann", standing=Standing.UNKNOWN, locale="en", tz="Europe/London")


class Telling(MemoryPlatform):
    """Says of people what it was given, one answer a call."""

    answers: list[Cast | Exception]

    async def people(self, workspace: Workspace, refs: Sequence[str], since: datetime | None = None) -> Cast:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


class Engine:
    def __init__(self) -> None:
        self.acts: list[Act] = []

    async def do(self, act: Act) -> Outcome:
        self.acts.append(act)
        return Said(content=())

    async def is_of(self, account: Account, code: RoundCode) -> bool:
        return False

    async def accounts(self, platform: str, user: str, code: RoundCode | None = None) -> Sequence[Account]:
        return ()


def telling(*answers: Cast | Exception) -> Telling:
    made = Telling(now=lambda: NOON)
    made.answers = list(answers)
    return made


def found(standing: Standing) -> Cast:
    return Cast(found={"ann": (Member(account=account("ann"), name="Ann", standing=standing, tz="Asia/Tokyo"),)})


def new(who: Actor = NOBODY_KNOWN) -> New:
    return New(id=ActId("1"), actor=who, at=NOON)


async def test_who_is_unknown_is_looked_up_where_the_act_depends_on_it() -> None:
    engine = Engine()
    await do(engine, telling(found(Standing.ADMIN)), new())
    (act,) = engine.acts
    assert (act.actor.standing, act.actor.tz, act.actor.locale) == (Standing.ADMIN, "Asia/Tokyo", "en")


@pytest.mark.parametrize(("missing", "standing"), [(Why.STRANGER, Standing.GUEST), (Why.UNKNOWN, Standing.UNKNOWN)])
async def test_somebody_of_another_organisation_is_a_guest_and_nobody_known_stays_unknown(
    missing: Why, standing: Standing
) -> None:
    engine = Engine()
    cast = Cast(found={}, missing=(Missing(ref="ann", name="Ann", why=missing, account=account("ann")),))
    await do(engine, telling(cast), new())
    assert engine.acts[0].actor.standing is standing


async def test_nobody_is_looked_up_who_is_known_or_whose_standing_does_not_matter() -> None:
    engine, platform = Engine(), telling()
    await do(engine, platform, new(actor("ann")))
    await do(engine, platform, Help(id=ActId("2"), actor=NOBODY_KNOWN, at=NOON))
    assert [act.actor.standing for act in engine.acts] == [actor("ann").standing, Standing.UNKNOWN]


@pytest.mark.parametrize("silence", [Unknown(), Later(1_000.0)])
async def test_a_platform_that_does_not_tell_leaves_the_question_to_the_engine(silence: Exception) -> None:
    engine = Engine()
    await do(engine, telling(silence), new())
    add = Add(id=ActId("2"), actor=actor("ann"), at=NOON, group="citizens", people=("ben",))
    await do(engine, telling(silence), add)
    first, second = engine.acts
    assert first == new()
    assert isinstance(second, Add)
    assert second.cast is None


async def test_people_named_are_looked_up_past_a_rate_limit_that_ends_in_time() -> None:
    engine = Engine()
    add = Add(id=ActId("2"), actor=actor("ann"), at=NOON, group="citizens", people=("ann",))
    await do(engine, telling(Later(0.0), found(Standing.MEMBER)), add)
    assert engine.acts == [replace(add, cast=found(Standing.MEMBER))]


async def test_a_look_up_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doing, "ACTOR_WITHIN", 0.05)
    engine = Engine()
    await do(engine, telling(*[Later(0.0)] * 1_000_000), new())
    assert engine.acts == [new()]


async def test_a_limit_that_ends_too_late_is_not_waited_for() -> None:
    async def limited() -> None:
        raise Later(5.0)

    with pytest.raises(Later):
        await patiently(limited, 1.0)


async def test_whatever_fails_before_the_act_is_told_in_a_sentence() -> None:
    async def nobody() -> Actor:
        raise KeyError

    outcome = await do_as(Engine(), telling(), nobody(), new, "de")
    assert isinstance(outcome, Refused)
    assert (outcome.because.key, outcome.locale) == ("error.unexpected", "de")

"""Each race of a round, forced on a database: nobody sleeps, a gate in the store decides who comes first."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.acts import (
    Act,
    Add,
    AgreeReveal,
    Answer,
    Cancel,
    CloseRound,
    Decline,
    Extend,
    OpenRound,
    Outcome,
    Refused,
    Remind,
    Remove,
    Said,
    ShowForm,
    Taken,
    Withdraw,
    Write,
)
from bot.answers import Answers
from bot.messages import Line, MessageKind, Post, State
from bot.rounds import ChangeKind, Phase, RoundCode
from bot.rules import schedule
from bot.service import Dependencies, Waking
from bot.service.intake import Intake
from storage.database import tables as t
from storage.database.database import Database
from tests.builders import HERE
from tests.contract.stores import sql_stores
from tests.world import World, account_of, key_of, words_of

DEADLINE = timedelta(days=5)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


class Gate:
    """A port behind a gate: calls of one name wait until they are let through."""

    def __init__(self, port: object, name: str, *, after: bool = False) -> None:
        self._port, self._name, self._after = port, name, after
        self.reached = asyncio.Event()
        self.opened = asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        return self._gated(found) if name == self._name else found

    def _gated(self, call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def gated(*args: Any, **more: Any) -> Any:
            answer = await call(*args, **more) if self._after else None
            self.reached.set()
            await self.opened.wait()
            return answer if self._after else await call(*args, **more)

        return gated


class Watched(Intake):
    """Tells when a close has begun to wait for what is on its way in."""

    def __init__(self) -> None:
        super().__init__()
        self.is_waited_for = asyncio.Event()
        self.seconds: list[float] = []

    async def drain(self, seconds: float) -> None:
        self.seconds.append(seconds)
        self.is_waited_for.set()
        await super().drain(seconds)


class Town(World):
    """A world on a database, with doors that can be held."""

    database: Database
    code: RoundCode
    intake: Watched

    async def start(self) -> None:
        await super().start()
        self.intake = Watched()
        self.tools = replace(self.tools, intake=self.intake)
        self.service._deps = self.waking._deps = self.tools

    async def ticking_but_waiting(self) -> asyncio.Task[None]:
        """A tick that waits for what is on its way in."""
        tick = asyncio.create_task(self.waking.tick(self.clock.now()))
        waiting = asyncio.create_task(self.intake.is_waited_for.wait())
        await asyncio.wait({tick, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        assert not tick.done()
        return tick

    @asynccontextmanager
    async def held(self, work: Awaitable[Outcome], port: str, call: str, *, after: bool = False) -> AsyncIterator[Held]:
        """`work` has come as far as `call` (or past it); it goes on when the block ends."""
        gate = Gate(getattr(self.tools, port), call, after=after)
        self.service._deps = self.with_gate(port, gate)
        task = asyncio.ensure_future(work)
        await gate.reached.wait()
        self.service._deps = self.tools
        held = Held(task)
        try:
            yield held
        finally:
            gate.opened.set()
            held.outcome = await task

    def with_gate(self, port: str, gate: Gate) -> Dependencies:
        changes: dict[str, Any] = {port: gate}
        return replace(self.tools, **changes)

    async def count(self, kind: MessageKind, *states: State) -> int:
        where = [t.message.c.kind == kind, *([t.message.c.state.in_(states)] if states else [])]
        return await self.database.read(lambda db: db.execute(select(func.count()).where(*where)).scalar_one())

    async def phase(self) -> Phase:
        return (await self.round_(self.code)).phase

    async def closes_at(self) -> datetime:
        closes_at = (await self.round_(self.code)).closes_at
        assert closes_at
        return closes_at

    def revealed(self) -> str:
        pages = (*self.channel(MessageKind.PAGE), *self.channel(MessageKind.LATE_PAGE))
        return "\n".join(words_of(page.load) for page in pages)

    async def form_of(self, user: str, *, late: bool = True) -> str:
        shown = await self.do(Answer, user, code=self.code, late=late)
        assert isinstance(shown, ShowForm), key_of(shown)
        return words_of(shown)


class Held:
    def __init__(self, task: asyncio.Future[Outcome]) -> None:
        self.task = task
        self.outcome: Outcome | None = None


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with sql_stores(tmp_path / "test.db") as (stores, database):
        world = Town(stores)
        world.database = database
        await world.start()
        world.code = await world.open()
        yield world
        if world.is_up:
            await world.crash()


def write(town: Town, user: str, words: str, *, at: datetime | None = None, **more: Any) -> Awaitable[Outcome]:
    act = town.act(Write, user, code=town.code, answers=Answers(personal=words), **more)
    return town.service.do(replace(act, at=at or act.at))


# the deadline -------------------------------------------------------------------------------------------------


async def test_a_reply_that_arrived_before_the_deadline_and_commits_in_the_grace_counts(town: Town) -> None:
    closes_at = await town.closes_at()
    await town.pass_until(closes_at + 4 * SECOND)
    said = await write(town, "fay", "just in time", at=closes_at - SECOND)
    assert key_of(said) == "said.held"
    await town.pass_until(closes_at + MINUTE)
    assert "just in time" in town.revealed()


async def test_a_reply_that_arrived_at_the_deadline_is_a_late_draft(town: Town) -> None:
    await town.write("cal", town.code, "in time")
    closes_at = await town.closes_at()
    await town.pass_until(closes_at)
    assert key_of(await write(town, "fay", "a second too late")) == "said.kept_late"
    await town.pass_until(closes_at + MINUTE)
    assert "too late" not in town.revealed()
    assert "a second too late" in await town.form_of("fay")


async def test_the_close_waits_for_a_reply_that_is_on_its_way_in(town: Town) -> None:
    closes_at = await town.closes_at()
    await town.pass_until(closes_at - SECOND)
    async with town.held(write(town, "fay", "on a slow disk"), "replies", "keep") as reply:
        town.clock.set(closes_at + 6 * SECOND)
        tick = await town.ticking_but_waiting()
        assert await town.phase() is Phase.COLLECTING
    await tick
    assert key_of(reply.outcome) == "said.held"
    await town.settle()
    assert "on a slow disk" in town.revealed()


async def test_the_close_waits_for_no_reply_longer_than_15_seconds(town: Town) -> None:
    await town.write("cal", town.code, "in time")
    closes_at = await town.closes_at()
    await town.pass_until(closes_at - SECOND)
    async with town.held(write(town, "fay", "much too slow"), "replies", "keep") as reply:
        await town.jump(closes_at + 15 * SECOND)
        assert await town.phase() is Phase.REVEALED
        assert not town.intake.is_waited_for.is_set()
    assert key_of(reply.outcome) == "said.kept_late"
    await town.settle()
    assert "too slow" not in town.revealed()
    assert "much too slow" in await town.form_of("fay")


async def test_waiting_for_a_reply_ends_after_15_seconds_of_the_machine(town: Town) -> None:
    class Impatient(Watched):
        async def drain(self, seconds: float) -> None:
            self.seconds.append(seconds)  # … have passed

    town.intake = Impatient()
    town.tools = replace(town.tools, intake=town.intake)
    town.waking._deps = town.service._deps = town.tools
    closes_at = await town.closes_at()
    await town.pass_until(closes_at - SECOND)
    async with town.held(write(town, "fay", "hangs"), "replies", "keep"):
        town.clock.set(closes_at + 6 * SECOND)
        await town.waking.tick(town.clock.now())
        assert await town.phase() is not Phase.COLLECTING
    assert town.intake.seconds == [15]


async def test_after_the_close_the_phase_beats_every_clock(town: Town) -> None:
    await town.write("cal", town.code, "in time")
    closes_at = await town.closes_at()
    await town.pass_until(closes_at + 10 * SECOND)
    said = await write(town, "fay", "sent before, says the clock", at=closes_at - MINUTE)
    assert key_of(said) == "said.kept_late"
    await town.settle()
    assert "says the clock" not in town.revealed()
    assert "says the clock" in await town.form_of("fay")


async def test_an_ordinary_form_handed_in_after_the_close_is_a_late_draft_and_a_late_form_is_late(town: Town) -> None:
    await town.write("cal", town.code, "in time")
    await town.pass_until(await town.closes_at() + MINUTE)
    assert key_of(await write(town, "fay", "the old form")) == "said.kept_late"
    assert key_of(await write(town, "finn", "the late form", late=True)) == "said.late_held"
    await town.pass_time(timedelta(days=8))
    assert "the late form" in town.revealed()
    assert "the old form" not in town.revealed()


async def test_a_late_reply_of_somebody_who_replied_outlives_the_opening(town: Town) -> None:
    """The reveal waits for the organiser; meanwhile one who has replied adds a late reply."""
    await town.write("cal", town.code, "in time")
    town.platform.places["repairs"] = replace(town.platform.places["repairs"], outsiders=3)
    await town.pass_until(await town.closes_at() + MINUTE)
    assert (await town.round_(town.code)).held_back_at
    assert key_of(await town.write("cal", town.code, "and one thing more", late=True)) == "said.late_held"
    assert key_of(await town.write("fay", town.code, "kept for later", seal=False)) == "said.kept_late"
    await town.press(AgreeReveal, "olga", code=town.code)
    assert "in time" in town.revealed()
    assert "kept for later" in await town.form_of("fay")
    await town.pass_time(timedelta(days=8))
    assert "and one thing more" in town.revealed()


async def test_an_edit_that_arrives_in_the_grace_is_kept_beside_the_reply_that_counts(town: Town) -> None:
    await town.write("cal", town.code, "in time")
    closes_at = await town.closes_at()
    await town.pass_until(closes_at + SECOND)
    assert key_of(await write(town, "cal", "edited a second too late")) == "said.kept_late"
    await town.pass_until(closes_at + MINUTE)
    assert "in time" in town.revealed()
    assert "edited" not in town.revealed()
    assert "edited a second too late" in await town.form_of("cal")


async def test_a_draft_becomes_a_late_draft_at_the_close_and_answer_leads_to_it(town: Town) -> None:
    await town.write("cal", town.code, "in time")
    await town.write("fay", town.code, "begun and never sealed", seal=False)
    await town.pass_until(await town.closes_at() + MINUTE)
    assert "never sealed" not in town.revealed()
    assert "begun and never sealed" in await town.form_of("fay", late=False)


async def test_a_late_reply_on_its_way_in_when_the_round_ends_is_opened_or_refused_never_lost(town: Town) -> None:
    await town.write("cal", town.code, "in time")
    await town.pass_until(await town.closes_at() + MINUTE)
    ends_at = (await town.round_(town.code)).ends_at
    assert ends_at
    await town.pass_until(ends_at - SECOND)
    town.clock.set(ends_at)
    gate = Gate(town.stores.rounds, "change")  # the last ones are released; the cards are not told yet
    tick = asyncio.create_task(Waking(town.with_gate("rounds", gate)).tick(ends_at))
    await gate.reached.wait()
    said = await write(town, "fay", "at the last moment", at=ends_at - SECOND, late=True)
    gate.opened.set()
    await tick
    await town.settle()
    assert (key_of(said) == "said.late_held") == ("at the last moment" in town.revealed())


async def test_a_late_reply_that_arrives_at_the_end_comes_too_late(town: Town) -> None:
    await town.write("cal", town.code, "in time")
    await town.pass_until(await town.closes_at() + MINUTE)
    ends_at = (await town.round_(town.code)).ends_at
    assert ends_at
    town.clock.set(ends_at)
    assert key_of(await write(town, "fay", "at the end", late=True)) == "error.closed"


async def test_the_end_waits_for_a_late_reply_in_flight(town: Town) -> None:
    await town.write("cal", town.code, "in time")
    await town.pass_until(await town.closes_at() + MINUTE)
    ends_at = (await town.round_(town.code)).ends_at
    assert ends_at
    await town.pass_until(ends_at - SECOND)
    async with town.held(write(town, "fay", "late and slow", late=True), "replies", "keep") as reply:
        town.clock.set(ends_at)
        tick = await town.ticking_but_waiting()
        assert await town.phase() is Phase.REVEALED
    await tick
    assert key_of(reply.outcome) == "said.late_held"
    await town.settle()
    assert "late and slow" in town.revealed()


# closing by hand ----------------------------------------------------------------------------------------------


async def test_closing_early_waits_for_a_reply_in_flight(town: Town) -> None:
    work = write(town, "fay", "already on its way", at=town.clock.now() - SECOND)
    async with town.held(work, "replies", "keep") as reply:
        said = await town.do(CloseRound, "olga", code=town.code, confirmed=True)
        assert key_of(said) == "said.closing"
        town.clock.set(town.clock.now() + 6 * SECOND)
        tick = await town.ticking_but_waiting()
        assert await town.phase() is Phase.COLLECTING
    await tick
    await town.settle()
    assert key_of(reply.outcome) == "said.held"
    assert "already on its way" in town.revealed()


async def test_an_extension_that_comes_first_keeps_the_round_open(town: Town) -> None:
    closes_at = await town.closes_at()
    await town.pass_until(closes_at - SECOND)
    due = await town.stores.rounds.due(closes_at + 5 * SECOND, 10)
    await extended(town, closes_at + timedelta(days=1))
    assert await town.stores.rounds.close(due, closes_at + 5 * SECOND) == []
    assert await town.phase() is Phase.COLLECTING


async def test_an_extension_that_comes_second_is_refused(town: Town) -> None:
    closes_at = await town.closes_at()
    await town.pass_until(closes_at - SECOND)
    until = (closes_at + timedelta(days=1)).isoformat()
    work = town.do(Extend, "olga", code=town.code, when=until, confirmed=True)
    async with town.held(work, "rounds", "change") as extension:
        await town.jump(closes_at + 15 * SECOND)
        assert await town.phase() is not Phase.COLLECTING
    assert key_of(extension.outcome) == "refused.not_collecting"
    assert await town.closes_at() == closes_at


async def extended(town: Town, until: datetime) -> None:
    said = await town.press(Extend, "olga", code=town.code, when=until.isoformat(), confirmed=True)
    assert key_of(said) == "said.extended"


async def test_nobody_is_added_once_the_round_is_closed(town: Town) -> None:
    cast = await town.platform.people(HERE, ["zoe"])
    work = town.do(Add, "olga", code=town.code, group="citizens", people=("zoe",), cast=cast)
    async with town.held(work, "rounds", "change") as adding:
        await town.press(CloseRound, "olga", code=town.code, confirmed=True)
        await town.pass_time(MINUTE)
    assert key_of(adding.outcome) == "refused.not_collecting"
    await town.settle()
    assert not town.inbox("zoe")


# taking back --------------------------------------------------------------------------------------------------


async def test_a_withdrawal_that_comes_before_the_close_keeps_the_words_out(town: Town) -> None:
    await town.write("cal", town.code, "mine to keep")
    await town.write("fay", town.code, "stays")
    await town.pass_until(await town.closes_at() + SECOND)
    assert key_of(await town.take_back("cal", town.code)) == "said.destroyed"
    await town.pass_time(MINUTE)
    assert "mine to keep" not in town.revealed()
    assert "stays" in town.revealed()


async def test_a_withdrawal_overtaken_by_the_close_is_never_said_to_be_done(town: Town) -> None:
    await town.write("cal", town.code, "overtaken")
    asked = await town.do(Withdraw, "cal", code=town.code)
    async with town.held(town.agree("cal", asked), "replies", "withdraw") as withdrawal:
        await town.jump(await town.closes_at() + 5 * SECOND)
        await town.settle()
    assert isinstance(withdrawal.outcome, (Refused, ShowForm))
    assert "overtaken" in town.revealed()


async def test_a_withdrawal_delivered_again_does_not_take_what_was_written_since(town: Town) -> None:
    await town.write("cal", town.code, "first")
    act = town.act(Withdraw, "cal", code=town.code, agreed=Taken.SEALED, revision=1)
    assert key_of(await town.service.do(act)) == "said.destroyed"
    await town.write("cal", town.code, "second thoughts")
    assert key_of(await town.service.do(act)) == "said.destroyed"
    assert "second thoughts" in await town.form_of("cal", late=False)


async def test_a_press_with_nothing_to_take_back_delivered_again_takes_nothing_back(town: Town) -> None:
    act = town.act(Withdraw, "cal", code=town.code, agreed=Taken.SEALED, revision=1)
    assert key_of(await town.service.do(act)) == "refused.nothing_to_take_back"
    await town.write("cal", town.code, "written since")
    assert key_of(await town.service.do(act)) == "refused.nothing_to_take_back"
    assert "written since" in await town.form_of("cal", late=False)


async def test_an_edit_that_comes_before_the_withdrawal_stays(town: Town) -> None:
    await town.write("cal", town.code, "old words")
    asked = await town.do(Withdraw, "cal", code=town.code)
    async with town.held(town.agree("cal", asked), "replies", "withdraw") as withdrawal:
        assert key_of(await town.write("cal", town.code, "new words")) == "said.held"
    assert key_of(withdrawal.outcome) == "refused.changed_since"
    assert "new words" in await town.form_of("cal", late=False)


async def test_an_edit_that_comes_before_a_decline_that_was_agreed_to_stays(town: Town) -> None:
    await town.write("cal", town.code, "old words")
    asked = await town.do(Decline, "cal", code=town.code)
    async with town.held(town.agree("cal", asked), "rounds", "change_seat") as declining:
        assert key_of(await town.write("cal", town.code, "new words")) == "said.held"
    assert key_of(declining.outcome) == "refused.changed_since"
    assert "new words" in await town.form_of("cal", late=False)


async def test_taking_down_delivered_again_takes_no_later_words_down(town: Town) -> None:
    await town.write("cal", town.code, "signed words", sign=True)
    await town.pass_until(await town.closes_at() + MINUTE)
    act = town.act(Withdraw, "cal", code=town.code, agreed=Taken.VOICE)
    assert key_of(await town.service.do(act)) == "said.taken_down"
    await town.settle()
    await town.write("cal", town.code, "signed again, late", sign=True, late=True)
    assert key_of(await town.service.do(act)) == "said.taken_down"
    await town.settle()
    assert "signed again, late" in town.revealed()
    assert "signed words" not in town.revealed()


# cancel -------------------------------------------------------------------------------------------------------


async def test_cancel_between_the_close_and_the_reveal_destroys_everything(town: Town) -> None:
    await town.write("cal", town.code, "never to be seen")
    closes_at = await town.closes_at()
    await town.stores.rounds.close([(await town.round_(town.code)).id], closes_at + 5 * SECOND)
    await town.waking.tick(closes_at + 5 * SECOND)  # prepared, and nothing claimed yet
    assert (await town.round_(town.code)).prepared_at
    said = await town.press(Cancel, "olga", code=town.code, confirmed=True)
    assert key_of(said) == "said.cancelled"
    await town.pass_time(timedelta(days=30))
    assert await town.phase() is Phase.CANCELLED
    assert "never to be seen" not in town.revealed()
    assert not town.channel(MessageKind.HEADLINE)
    left = await town.database.read(lambda db: db.execute(select(func.count()).select_from(t.perspective)).scalar_one())
    assert left == 0


async def test_cancel_is_refused_once_the_first_message_of_the_reveal_is_claimed(town: Town) -> None:
    await town.write("cal", town.code, "open for good")
    work = town.do(Cancel, "olga", code=town.code, confirmed=True)
    async with town.held(work, "rounds", "change") as cancelling:
        await town.jump(await town.closes_at() + 5 * SECOND)
        assert await town.phase() is Phase.REVEALED
    assert key_of(cancelling.outcome) == "refused.cancel.revealed"
    assert await town.phase() is Phase.REVEALED


async def test_a_cancel_that_overtakes_the_opening_of_envelopes_opens_none(town: Town) -> None:
    await town.write("cal", town.code, "stays closed")
    closes_at = await town.closes_at()
    gate = Gate(town.stores.replies, "prepare")
    town.clock.set(closes_at + 5 * SECOND)
    tick = asyncio.create_task(Waking(town.with_gate("replies", gate)).tick(town.clock.now()))
    await gate.reached.wait()
    assert key_of(await town.do(Cancel, "olga", code=town.code, confirmed=True)) == "said.cancelled"
    gate.opened.set()
    await tick
    await town.settle()
    assert await town.phase() is Phase.CANCELLED
    assert not town.channel(MessageKind.HEADLINE)


async def test_a_page_on_its_way_when_the_round_is_cancelled_is_dropped_at_its_claim(town: Town) -> None:
    await town.write("cal", town.code, "held in the outbox")
    closes_at = await town.closes_at()
    await town.stores.rounds.close([(await town.round_(town.code)).id], closes_at + 5 * SECOND)
    await town.waking.tick(closes_at + 5 * SECOND)
    ready = await town.stores.outbox.ready(closes_at + 5 * SECOND, set())
    head = next(message for message in ready if message.kind is MessageKind.HEADLINE)
    await town.do(Cancel, "olga", code=town.code, confirmed=True)
    assert await town.stores.outbox.claim(head.id, head.attempt, closes_at + 5 * SECOND) is None
    assert await town.phase() is Phase.CANCELLED


# the cast -----------------------------------------------------------------------------------------------------


async def test_a_reply_that_comes_after_its_writer_was_removed_is_refused(town: Town) -> None:
    async with town.held(write(town, "fay", "no longer asked"), "replies", "keep") as reply:
        assert key_of(await town.press(Remove, "olga", code=town.code, person="fay")) == "said.removed"
    assert key_of(reply.outcome) == "refused.removed"
    await town.write("cal", town.code, "in time")
    await town.pass_until(await town.closes_at() + MINUTE)
    assert "no longer asked" not in town.revealed()


async def test_a_reply_that_comes_before_its_writer_is_removed_stays_and_tells_nothing(town: Town) -> None:
    work = town.do(Remove, "olga", code=town.code, person="fay")
    async with town.held(work, "rounds", "change") as removal:
        assert key_of(await town.write("fay", town.code, "just sealed")) == "said.held"
    assert key_of(removal.outcome) == "said.removed"
    round_ = await town.round_(town.code)
    assert [change.kind for change in round_.changes] == [ChangeKind.REMOVED]
    await town.pass_until(await town.closes_at() + MINUTE)
    assert "just sealed" in town.revealed()


# at once ------------------------------------------------------------------------------------------------------


async def test_of_two_edits_of_one_seat_at_once_the_last_committed_is_the_one_that_stands(town: Town) -> None:
    async with town.held(write(town, "fay", "first pressed"), "replies", "keep") as first:
        assert key_of(await town.write("fay", town.code, "second pressed")) == "said.held"
    assert key_of(first.outcome) == "said.held"
    await town.pass_until(await town.closes_at() + MINUTE)
    assert "first pressed" in town.revealed()
    assert "second pressed" not in town.revealed()


async def test_twenty_edits_of_one_seat_at_once_leave_one_reply(town: Town) -> None:
    said = await asyncio.gather(*(write(town, "fay", f"edit {n:02}") for n in range(20)))
    assert {key_of(each) for each in said} == {"said.held"}
    await town.pass_until(await town.closes_at() + MINUTE)
    assert town.revealed().count("edit ") == 1


async def test_open_pressed_twice_at_once_opens_once(tmp_path: Path) -> None:
    async with sql_stores(tmp_path / "test.db") as (stores, database):
        town = Town(stores)
        town.database = database
        await town.start()
        code = town.code = await town.draft()
        presses = (town.do(OpenRound, user, code=code) for user in ("olga", "olga"))
        said = await asyncio.gather(*presses)
        assert {key_of(each) for each in said} == {"said.opening"}
        await town.settle()
        assert len(town.channel(MessageKind.ANNOUNCEMENT)) == 1
        assert [len(town.inbox(user, MessageKind.QUESTION)) for user in ("lea", "fay", "cal")] == [1, 1, 1]
        await town.crash()


async def test_prepared_twice_at_once_is_prepared_once(town: Town) -> None:
    await town.write("cal", town.code, "once")
    closes_at = await town.closes_at() + 5 * SECOND
    await town.stores.rounds.close([(await town.round_(town.code)).id], closes_at)
    gate = Gate(town.stores.replies, "prepare")
    tick = asyncio.create_task(Waking(town.with_gate("replies", gate)).tick(closes_at))
    await gate.reached.wait()
    await town.waking.tick(closes_at)
    gate.opened.set()
    await tick
    town.clock.set(closes_at)
    await town.settle()
    assert town.revealed().count("once") == 1
    assert await town.count(MessageKind.HEADLINE) == 1
    assert await town.phase() is Phase.REVEALED


async def test_one_message_claimed_twice_at_once_is_claimed_once(town: Town) -> None:
    assert town.is_up
    await town.crash()
    await write(town, "cal", "claimed")
    await town.service.do(town.act(Remind, "olga", code=town.code))
    head = next(m for m in await town.stores.outbox.ready(town.clock.now(), set()) if m.kind is MessageKind.REMINDER)
    claims = await asyncio.gather(
        *(town.stores.outbox.claim(head.id, head.attempt, town.clock.now()) for _ in range(5))
    )
    assert sum(claim is not None for claim in claims) == 1


@pytest.mark.parametrize("kind", [Write, Remind, CloseRound, Withdraw])
async def test_the_same_act_twice_at_once_counts_once_and_is_answered_alike(town: Town, kind: type[Act]) -> None:
    await town.write("fay", town.code, "there before")
    more: dict[str, Any] = {"answers": Answers(personal="twice")} if kind is Write else {}
    more |= {"confirmed": True} if kind is CloseRound else {}
    more |= {"agreed": Taken.SEALED, "revision": 1} if kind is Withdraw else {}
    act = town.act(kind, "fay" if kind in (Write, Withdraw) else "olga", code=town.code, **more)
    first, second = await asyncio.gather(town.service.do(act), town.service.do(act))
    assert key_of(first) == key_of(second)
    assert isinstance(first, Said)
    await town.settle()
    seat = (await town.round_(town.code)).seat_of(account_of("fay"))
    assert seat
    assert seat.revision == (2 if kind in (Write, Withdraw) else 1)
    assert len(town.inbox("cal", MessageKind.REMINDER)) == (kind is Remind)
    changes = [change.kind for change in (await town.round_(town.code)).changes]
    assert changes == ([ChangeKind.CLOSED_EARLY] if kind is CloseRound else [])


# downtime -----------------------------------------------------------------------------------------------------


async def test_down_in_the_last_30_minutes_moves_the_deadline_to_15_minutes_after_intake_is_open(town: Town) -> None:
    closes_at = await town.closes_at()
    await town.pass_until(closes_at - 40 * MINUTE)
    await town.crash()
    town.clock.set(closes_at - 10 * MINUTE)
    await town.start()
    await town.settle()
    assert await town.closes_at() == closes_at + 5 * MINUTE
    round_ = await town.round_(town.code)
    assert [change.kind for change in round_.changes] == [ChangeKind.DOWNTIME]
    assert len(town.inbox("fay", MessageKind.DEADLINE_MOVED)) == 1
    await town.pass_time(10 * SECOND)  # a card is edited no more often than every 5 seconds
    for card in (town.channel(MessageKind.ANNOUNCEMENT)[0], town.inbox("olga", MessageKind.STATUS)[0]):
        assert isinstance(card.load, Post)
        facts = [line.facts.values() for line in card.load.content if isinstance(line, Line)]
        assert any(closes_at + 5 * MINUTE in each for each in facts)
    await town.write("fay", town.code, "after the old deadline")
    await town.pass_until(closes_at + 7 * MINUTE)
    assert "after the old deadline" in town.revealed()
    statement = (await town.round_(town.code)).statement
    assert statement
    assert [change.kind for change in statement.changes] == [ChangeKind.DOWNTIME]


async def test_down_over_the_deadline_moves_it_before_anything_closes(town: Town) -> None:
    closes_at = await town.closes_at()
    await town.pass_until(closes_at - MINUTE)
    await town.crash()
    town.clock.set(closes_at + timedelta(hours=3))
    await town.start()
    await town.settle()
    assert await town.phase() is Phase.COLLECTING
    assert await town.closes_at() == closes_at + timedelta(hours=3, minutes=15)


async def test_down_in_the_last_tenth_of_a_short_round_moves_it_by_a_tenth(tmp_path: Path) -> None:
    async with sql_stores(tmp_path / "test.db") as (stores, database):
        town = Town(stores)
        town.database = database
        await town.start()
        town.code = await town.open(closes_at="in 100 minutes")
        closes_at = await town.closes_at()
        await town.pass_until(closes_at - 20 * MINUTE)
        await town.crash()
        town.clock.set(closes_at - 11 * MINUTE)
        await town.start()
        assert await town.closes_at() == closes_at
        await town.pass_until(closes_at - 10 * MINUTE)
        await town.crash()
        town.clock.set(closes_at - 5 * MINUTE)
        await town.start()
        assert await town.closes_at() == closes_at + 5 * MINUTE
        await town.crash()


async def test_the_deadline_moves_for_downtime_twice_at_most(town: Town) -> None:
    moved = []
    for _ in range(3):
        closes_at = await town.closes_at()
        await town.pass_until(closes_at - 2 * MINUTE)
        await town.crash()
        town.clock.set(closes_at - MINUTE)
        await town.start()
        moved.append(await town.closes_at() > closes_at)
    assert moved == [True, True, False]
    assert schedule.MOST_MOVES == 2


async def test_down_after_the_deadline_only_moves_nothing(town: Town) -> None:
    await town.write("cal", town.code, "in time")
    closes_at = await town.closes_at()
    await town.pass_until(closes_at + SECOND)
    await town.crash()
    town.clock.set(closes_at + timedelta(hours=1))
    await town.start()
    await town.settle()
    assert await town.closes_at() == closes_at
    assert "in time" in town.revealed()


async def test_a_graceful_restart_outside_the_last_stretch_moves_nothing(town: Town) -> None:
    closes_at = await town.closes_at()
    await town.pass_until(closes_at - 31 * MINUTE)
    await town.stop()
    await town.start()
    await town.settle()
    assert await town.closes_at() == closes_at
    assert not (await town.round_(town.code)).changes
    assert not town.inbox("fay", MessageKind.DEADLINE_MOVED)

"""From the close to the headline: what is open, what waits, who hears of it, and who may do what about it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.acts import (
    Act,
    AgreeReveal,
    Cancel,
    Check,
    ChooseVenue,
    CloseRound,
    Export,
    Extend,
    HaveRead,
    Hide,
    New,
    Outcome,
    Read,
    Remind,
    Retry,
    Said,
    Share,
    ShowForm,
    Status,
    Withdraw,
)
from bot.answers import Receipt
from bot.errors import Later, Sealed, UnknownRound
from bot.messages import MessageKind
from bot.people import Address, Cast, Reach, Standing, Why
from bot.reveal import codes
from bot.rounds import ChangeKind, Phase, RoundCode
from tests.builders import CHANNEL, HOUR
from tests.contract.stores import Stores, sql_stores
from tests.fake_platform import members
from tests.world import World, key_of, memory_stores, words_of

FIVE_DAYS = timedelta(days=5)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
ADMIN: dict[str, Any] = {"actor": {"standing": Standing.ADMIN}}
QUIET = replace(CHANNEL, channel="quiet")


@pytest.fixture(params=["memory", "sql"])
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    if request.param == "memory":
        async for made in _in(memory_stores()[0]):
            yield made
        return
    async with sql_stores(tmp_path / "test.db") as (stores, _):
        async for made in _in(stores):
            yield made


async def _in(stores: Stores) -> AsyncIterator[World]:
    world = World(stores)
    world.platform.places["quiet"] = Reach(name="quiet", readers=12, is_public=False)
    world.platform.places["loud"] = Reach(name="loud", readers=12, is_public=True)
    await world.start()
    yield world
    await world.crash()


async def closed_behind_an_archived_channel(world: World, *writers: str) -> tuple[RoundCode, dict[str, Receipt]]:
    code = await world.open()
    receipts = {}
    for one in writers or ("cal", "fay"):
        held = await world.write(one, code, f"words of {one}", sign=one == "fay")
        assert isinstance(held, Said)
        assert held.receipt is not None
        receipts[one] = held.receipt
    world.platform.closed["repairs"] = "archived"
    await world.pass_time(FIVE_DAYS + MINUTE)
    return code, receipts


async def choose(world: World, code: RoundCode, channel: str, user: str = "olga", **more: Any) -> Outcome:
    reach = world.platform.places.get(channel)
    return await world.press(ChooseVenue, user, code=code, channel=channel, reach=reach, **more)


async def test_nothing_is_open_until_the_headline_stands(world: World) -> None:
    code, receipts = await closed_behind_an_archived_channel(world)
    waiting = await world.round_(code)
    assert (waiting.phase, waiting.revealed_at, waiting.ends_at) == (Phase.CLOSED, None, None)
    assert key_of(await world.do(Export, "olga", code=code)) == "error.sealed"
    assert key_of(await world.do(Hide, "olga", code=code, voice="F1", reason="why")) == "error.sealed"
    assert key_of(await world.do(Read, "fay", code=code)) == "refused.not_revealed"
    for one in ("fay", "cal"):  # in no envelope any more, and not open yet
        shown = await world.do(Check, one, code=code, receipt=receipts[one])
        assert key_of(shown) == "said.check.held"
        assert "words of" not in words_of(shown)
    assert key_of(await world.do(Check, "fay", code=code, receipt="2222-2222-2222-2222")) == "refused.receipt"
    with pytest.raises(Sealed):
        await world.stores.replies.perspectives(waiting.id)
    late = await world.write("lea", code, "late", late=True)
    assert key_of(late) == "said.late_held"
    assert not world.channel(MessageKind.PAGE)


async def test_late_for_begins_when_the_headline_stands(world: World) -> None:
    code, _ = await closed_behind_an_archived_channel(world)
    await world.pass_time(10 * DAY)
    assert (await world.round_(code)).phase is Phase.CLOSED
    world.platform.closed.clear()
    before = world.clock.now()
    await world.press(Retry, "olga", code=code)
    opened = await world.round_(code)
    assert (opened.phase, opened.revealed_at) == (Phase.REVEALED, before)
    assert opened.ends_at == before + opened.late_for
    assert len(world.channel(MessageKind.PAGE)) == 2


async def test_a_reveal_that_has_begun_is_not_cancelled(world: World) -> None:
    code, _ = await closed_behind_an_archived_channel(world)
    assert key_of(await world.press(Cancel, "olga", code=code, confirmed=True)) == "refused.cancel.revealing"
    assert (await world.round_(code)).phase is Phase.CLOSED


async def test_organisers_read_which_channel_and_why_and_everybody_asked_hears_the_same(world: World) -> None:
    code, _ = await closed_behind_an_archived_channel(world)
    [told] = world.inbox("olga", MessageKind.HELD_BACK)
    assert "status.refused.archived" in words_of(told.load)
    assert "repairs" in words_of(told.load)
    assert f"coproduce:retry:{code}" in words_of(told.load) or "retry" in words_of(told.load)
    status = await world.do(Status, "olga", code=code)
    assert isinstance(status, Said)
    assert [control.verb for control in status.controls] == ["retry", "venue"]
    assert not world.inbox("olga", MessageKind.STUCK)
    texts = {words_of(each.load) for one in ("cal", "cara", "fay", "finn", "lea")
             for each in world.inbox(one, MessageKind.WITHHELD)}  # fmt: skip
    counts = [len(world.inbox(one, MessageKind.WITHHELD)) for one in ("cal", "cara", "fay", "finn", "lea")]
    assert counts == [1] * 5
    assert len(texts) == 1
    assert "message.withheld.archived" in texts.pop()


async def test_a_refused_channel_is_tried_every_day_and_people_hear_once(world: World) -> None:
    code, _ = await closed_behind_an_archived_channel(world)
    await world.pass_time(3 * DAY)
    assert len(world.inbox("olga", MessageKind.HELD_BACK)) == 4
    assert len(world.inbox("cal", MessageKind.WITHHELD)) == 1
    world.platform.closed.clear()
    await world.pass_time(DAY)
    assert (await world.round_(code)).phase is Phase.REVEALED
    assert len(world.channel(MessageKind.HEADLINE)) == 1


async def test_another_channel_takes_the_reveal_after_a_day_to_take_back(world: World) -> None:
    code, receipts = await closed_behind_an_archived_channel(world)
    form = await world.do(ChooseVenue, "olga", code=code)
    assert isinstance(form, ShowForm)
    assert [field.name for field in form.form.fields] == ["channel"]
    assert key_of(await choose(world, code, "quiet")) == "said.venue"
    for one in ("cal", "cara", "fay", "finn", "lea"):
        [told] = world.inbox(one, MessageKind.NEW_VENUE)
        assert "quiet" in words_of(told.load)
    await world.pass_time(DAY - MINUTE)
    assert not world.platform.standing(QUIET)
    assert key_of(await world.take_back("fay", code)) == "said.taken_down"  # signed: by account
    by_hand = await world.press(Withdraw, "cal", code=code)
    assert isinstance(by_hand, ShowForm)  # unsigned: nobody knows whose it is but the receipt
    assert key_of(await world.press(Withdraw, "cal", code=code, receipt=receipts["cal"])) == "said.taken_down"
    await world.pass_time(2 * MINUTE)
    opened = await world.round_(code)
    assert opened.phase is Phase.REVEALED
    assert len(world.platform.standing(QUIET, MessageKind.HEADLINE)) == 1
    pages = world.platform.standing(QUIET, MessageKind.PAGE)
    assert len(pages) == 2
    assert all("page.stub.withdrawn" in words_of(page.load) for page in pages)
    assert not any("words of" in words_of(post.load) for post in world.platform.posts)
    assert len(world.inbox("lea", MessageKind.OPENED)) == 1
    assert not world.channel(MessageKind.HEADLINE)


async def test_what_is_not_taken_back_is_read_in_the_other_channel(world: World) -> None:
    code, _ = await closed_behind_an_archived_channel(world)
    await choose(world, code, "quiet")
    await world.pass_time(DAY + MINUTE)
    pages = [words_of(page.load) for page in world.platform.standing(QUIET, MessageKind.PAGE)]
    assert len(pages) == 2
    assert all(any(f"words of {one}" in page for page in pages) for one in ("cal", "fay"))
    place = await world.do(HaveRead, "cal", code=code)
    assert isinstance(place, Said)
    assert "quiet" in words_of(place.content)


@pytest.mark.parametrize(
    ("reach", "key"),
    [
        (Reach(name="loud", readers=12), "refused.venue.wider"),
        (Reach(name="mixed", readers=12, outsiders=1, is_public=False), "refused.venue.wider"),
        (Reach(name="full", readers=85, is_public=False), "refused.venue.wider"),
        (Reach(name="shut", readers=12, is_public=False, may_post=False), "refused.channel"),
        (None, "refused.channel"),
    ],
)
async def test_no_channel_is_taken_that_more_can_read_than_were_told(
    world: World, reach: Reach | None, key: str
) -> None:
    code, _ = await closed_behind_an_archived_channel(world)
    shown = await world.press(ChooseVenue, "olga", code=code, channel="elsewhere", reach=reach)
    assert key_of(shown) == key
    assert not world.inbox("cal", MessageKind.NEW_VENUE)


async def test_the_same_channel_is_no_other_and_one_is_chosen_only_where_a_reveal_waits(world: World) -> None:
    code, _ = await closed_behind_an_archived_channel(world)
    assert key_of(await choose(world, code, "repairs")) == "refused.venue.same"
    assert key_of(await choose(world, code, "quiet", "fay")) == "refused.not_organiser"
    world.platform.closed.clear()
    await world.press(Retry, "olga", code=code)
    assert key_of(await choose(world, code, "quiet")) == "refused.no_venue_waits"


async def test_whoever_chose_wrongly_chooses_again_and_the_day_begins_anew(world: World) -> None:
    code, _ = await closed_behind_an_archived_channel(world)
    world.platform.places["calm"] = Reach(name="calm", readers=9, is_public=False)
    await choose(world, code, "quiet")
    await world.pass_time(DAY / 2)
    assert key_of(await choose(world, code, "calm")) == "said.venue"
    await world.pass_time(DAY - MINUTE)
    assert (await world.round_(code)).phase is Phase.CLOSED
    await world.pass_time(2 * MINUTE)
    assert world.platform.standing(replace(CHANNEL, channel="calm"), MessageKind.HEADLINE)
    assert not world.platform.standing(QUIET)


async def test_a_chosen_channel_that_grew_meanwhile_holds_the_reveal(world: World) -> None:
    code, _ = await closed_behind_an_archived_channel(world)
    await choose(world, code, "quiet")
    world.platform.places["quiet"] = replace(world.platform.places["quiet"], is_public=True)
    await world.pass_time(DAY + MINUTE)
    assert (await world.round_(code)).held_back_at
    assert not world.platform.standing(QUIET)
    assert key_of(await world.press(AgreeReveal, "olga", code=code)) == "said.reveal_agreed"
    assert len(world.platform.standing(QUIET, MessageKind.PAGE)) == 2


async def test_a_reveal_held_back_for_its_readers_may_stand_elsewhere(world: World) -> None:
    code = await world.open()
    for one in ("cal", "fay"):
        await world.write(one, code, f"words of {one}")
    world.platform.places["repairs"] = replace(world.platform.places["repairs"], outsiders=3)
    await world.pass_time(FIVE_DAYS + MINUTE)
    [told] = world.inbox("cal", MessageKind.WITHHELD)
    assert "message.withheld.wider" in words_of(told.load)
    assert key_of(await choose(world, code, "quiet")) == "said.venue"
    assert key_of(await world.take_back("cal", code)) == "said.destroyed"  # still in its envelope
    await world.pass_time(DAY + MINUTE)
    [page] = world.platform.standing(QUIET, MessageKind.PAGE)
    assert "words of fay" in words_of(page.load)
    assert len(world.inbox("lea", MessageKind.OPENED)) == 1


async def test_taking_back_that_comes_twice_takes_nothing_that_was_written_in_between(world: World) -> None:
    code = await world.open()
    await world.write("cal", code, "in time")
    world.platform.places["repairs"] = replace(world.platform.places["repairs"], outsiders=3)
    await world.pass_time(FIVE_DAYS + MINUTE)
    act = world.act(Withdraw, "lea", code=code)
    assert key_of(await world.service.do(act)) == "refused.nothing_to_take_back"
    assert key_of(await world.write("lea", code, "late", late=True)) == "said.late_held"
    assert key_of(await world.service.do(act)).startswith("confirm.withdraw")  # asks, and takes nothing
    assert await world.stores.replies.own(code, act.actor.account)


async def test_after_late_for_any_admin_of_the_workspace_may_choose_the_channel(world: World) -> None:
    code, _ = await closed_behind_an_archived_channel(world)
    assert key_of(await choose(world, code, "quiet", "zoe", **ADMIN)) == "refused.not_organiser"
    await world.pass_time(7 * DAY)
    assert key_of(await choose(world, code, "quiet", "zoe")) == "refused.not_organiser"
    status = await world.do(Status, "zoe", code=code, **ADMIN)
    assert isinstance(status, Said)
    assert "venue" in [control.verb for control in status.controls]
    assert key_of(await world.do(Cancel, "zoe", code=code, **ADMIN)) == "refused.not_organiser"
    assert key_of(await choose(world, code, "quiet", "zoe", **ADMIN)) == "said.venue"
    far = await world.do(ChooseVenue, "far@X", code=code, **ADMIN)
    assert key_of(far) == "error.unknown_round"


# nobody in time -----------------------------------------------------------------------------------------------


async def test_nobody_in_time_is_an_ordinary_end_and_late_answers_come(world: World) -> None:
    code = await world.open()
    await world.pass_time(FIVE_DAYS + 3 * timedelta(seconds=1))
    assert key_of(await world.write("cal", code, "four seconds too late")) == "said.kept_late"
    await world.pass_time(MINUTE)
    opened = await world.round_(code)
    assert opened.phase is Phase.REVEALED
    [headline] = world.channel(MessageKind.HEADLINE)
    assert "message.headline_done.nobody" in words_of(headline.load)
    assert not world.channel(MessageKind.INVITATION)
    [told] = world.inbox("fay", MessageKind.OPENED)
    assert "message.opened.nobody" in words_of(told.load)
    own = await world.stores.replies.own(code, opened.seats[0].account)
    assert own is None or own.answers.personal  # nothing was destroyed
    assert key_of(await world.write("cal", code, "four seconds too late", late=True)) == "said.late_held"
    await world.pass_time(8 * DAY)
    [page] = world.channel(MessageKind.LATE_PAGE)
    assert "four seconds too late" in words_of(page.load)
    assert (await world.round_(code)).phase is Phase.ENDED


async def test_an_early_close_is_final_whatever_restarts(world: World) -> None:
    code = await world.open()
    await world.write("cal", code, "in time")
    await world.stores.rounds.beat(world.clock.now())
    world.clock.set(world.clock.now() + timedelta(seconds=20))
    await world.do(CloseRound, "olga", code=code, confirmed=True)
    closes_at = (await world.round_(code)).closes_at
    await world.crash()
    world.clock.set(world.clock.now() + timedelta(seconds=2))
    await world.start()
    again = await world.round_(code)
    assert again.closes_at == closes_at
    assert [change.kind for change in again.changes] == [ChangeKind.CLOSED_EARLY]
    assert key_of(await world.write("fay", code, "too late")) == "said.kept_late"
    await world.pass_time(MINUTE)
    assert (await world.round_(code)).phase is Phase.REVEALED


# no round without an end --------------------------------------------------------------------------------------


async def gone(world: World, *users: str) -> None:
    for user in users:
        world.platform.missing[user] = Why.DEACTIVATED
        world.platform.members.pop(user)
    await world.waking.housekeeping(world.clock.now())


async def test_where_no_organiser_is_left_an_admin_may_run_the_round(world: World) -> None:
    code = await world.open()
    acts: list[tuple[type[Act], dict[str, Any]]] = [
        (Status, {}),
        (Extend, {"when": "in 9 days"}),
        (CloseRound, {}),
        (Cancel, {}),
    ]
    for kind, more in acts:
        assert key_of(await world.do(kind, "zoe", code=code, **more, **ADMIN)) == "refused.not_organiser"
    await gone(world, "olga")
    for kind, more in acts:
        assert key_of(await world.do(kind, "zoe", code=code, **more)) == "refused.not_organiser"
        assert not key_of(await world.do(kind, "zoe", code=code, **more, **ADMIN)).startswith("refused"), kind
    assert key_of(await world.do(Remind, "zoe", code=code, **ADMIN)) == "refused.not_organiser"
    cast = Cast(found={"zed": tuple(members("zed").values())})
    assert key_of(await world.press(Share, "zoe", code=code, person="zed", cast=cast, **ADMIN)) == "said.shared"
    assert key_of(await world.do(Status, "zoe", code=code, **ADMIN)) == "refused.not_organiser"  # zed runs it now
    assert key_of(await world.do(Remind, "zed", code=code)) == "said.reminded"


async def test_a_message_that_finds_a_closed_account_marks_the_organiser(world: World) -> None:
    code, _ = await closed_behind_an_archived_channel(world)
    world.platform.missing["olga"] = Why.DEACTIVATED
    await world.pass_time(DAY)
    assert (await world.round_(code)).is_orphaned
    assert key_of(await choose(world, code, "quiet", "zoe", **ADMIN)) == "said.venue"


async def test_an_organiser_who_acts_again_is_back(world: World) -> None:
    code = await world.open()
    await gone(world, "olga")
    assert (await world.round_(code)).is_orphaned
    await world.press(Remind, "olga", code=code)
    assert not (await world.round_(code)).is_orphaned
    assert key_of(await world.do(Cancel, "zoe", code=code, **ADMIN)) == "refused.not_organiser"


async def test_a_platform_that_does_not_answer_marks_nobody(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    code = await world.open()

    async def later(*_: object) -> Cast:
        raise Later(60)

    monkeypatch.setattr(world.platform, "people", later)
    await world.waking.housekeeping(world.clock.now())
    assert not (await world.round_(code)).is_orphaned


async def test_a_closed_round_that_waits_for_its_platform_is_told_to_its_organisers(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = await world.open()
    await world.write("cal", code, "in time")

    async def says_later(address: Address) -> Reach:
        raise Later(30)

    with monkeypatch.context() as away:
        away.setattr(world.platform, "reach", says_later)
        await world.pass_time(FIVE_DAYS + MINUTE)
        assert not (await world.round_(code)).waits_since
        for _ in range(5):
            world.clock.set(world.clock.now() + MINUTE)
            await world.waking.tick(world.clock.now())
        await world.pass_time(timedelta(seconds=10))
        [card] = world.inbox("olga", MessageKind.STATUS)
        assert "status.waits" in words_of(card.load)
    await world.pass_time(10 * MINUTE)
    opened = await world.round_(code)
    assert (opened.phase, opened.waits_since) == (Phase.REVEALED, None)


async def test_a_set_up_that_nobody_touches_for_thirty_days_is_forgotten(world: World) -> None:
    shown = await world.press(New, "olga", service="Old idea")
    assert isinstance(shown, ShowForm)
    old = shown.form.code
    touched = await world.draft()
    world.clock.set(world.clock.now() + 20 * DAY)
    await world.press(Cancel, "olga", code=touched)  # asks first: it is touched, and goes on
    await world.waking.housekeeping(world.clock.now() + 11 * DAY)
    with pytest.raises(UnknownRound):
        await world.round_(old)
    assert (await world.round_(touched)).phase is Phase.DRAFT


async def test_new_with_the_name_of_a_draft_carries_on_with_it(world: World) -> None:
    first = await world.press(New, "olga", service="Repairs  online")
    again = await world.press(New, "olga", service="repairs online ")
    other = await world.press(New, "olga", service="Something else")
    assert isinstance(first, ShowForm)
    assert isinstance(again, ShowForm)
    assert isinstance(other, ShowForm)
    assert first.form.code == again.form.code != other.form.code


# the report ---------------------------------------------------------------------------------------------------


async def test_a_report_is_made_anew_once_however_many_voices_are_hidden_at_once(world: World) -> None:
    code = await world.open()
    for one in ("cal", "cara", "fay"):
        await world.write(one, code, f"words of {one}")
    await world.pass_time(FIVE_DAYS + HOUR)
    before = len(_reports(world))
    opened = await world.round_(code)
    marks = codes(await world.stores.replies.perspectives(opened.id), (group.name for group in opened.groups))
    await world.stop()  # nothing goes out while the voices are hidden one after the other
    for voice in marks.values():
        assert key_of(await world.do(Hide, "olga", code=code, voice=voice, reason="a name")) == "said.hidden"
    await world.start()
    await world.pass_time(HOUR)
    assert before == 1
    [report] = _reports(world)
    assert "words of" not in words_of(report.load)
    made = [post for post in world.platform.posts if isinstance(post.first, tuple) and post.to == CHANNEL]
    assert len(made) == 2  # the first, and one without all of them


def _reports(world: World) -> list[Any]:
    return [post for post in world.platform.standing(CHANNEL) if isinstance(post.load, tuple)]

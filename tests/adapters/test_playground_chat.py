"""The chat by itself: it keeps, it delivers once, and it helps nobody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.playground.chat.faults import How
from adapters.playground.chat.journal import Journal
from adapters.playground.chat.state import Entry
from adapters.playground.chat.wire import TurnedDown
from adapters.playground.playing.players import OpenForm, Players
from bot.acts import Field, FieldKind, Form, FormKind, Refused, SaveSetup, ShowForm, Typed
from bot.errors import Later, Rejected, Revoked, Unknown, Unreachable
from bot.messages import File, Line, MessageKind, Passage, Posted, PostKey, Step
from bot.people import Why, Workspace
from bot.rounds import RoundCode
from tests.adapters.playground import HEARD, Scene, playing, post

KEY = PostKey("abcdefghijklmnopqrstuv")
PLAY = Workspace(platform="playground", id="play")


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with playing(tmp_path) as made:
        yield made


async def test_a_post_in_the_channel_is_read_by_its_members_and_one_in_an_inbox_by_its_owner(scene: Scene) -> None:
    await scene.platform.post(post("for all"), scene.channel("repairs"), KEY)
    await scene.platform.post(post("for Ann"), scene.inbox("Ann"), KEY)
    await scene.people.wait_for("Ann", "page")
    assert [entry.text for entry in scene.people.sees("Ann")] == ["for all", "for Ann"]
    assert [entry.text for entry in scene.people.sees("Bob")] == ["for all"]


async def test_the_same_key_twice_stands_twice(scene: Scene) -> None:
    to = scene.channel("repairs")
    first = await scene.platform.post(post("one"), to, KEY)
    second = await scene.platform.post(post("one"), to, KEY)
    assert first != second


async def test_a_post_is_found_again_by_its_key_in_its_own_conversation(scene: Scene) -> None:
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    made = await scene.platform.post(post("one"), scene.inbox("Ann"), KEY)
    assert await scene.platform.find(scene.inbox("Ann"), KEY, long_ago) == made
    assert await scene.platform.find(scene.inbox("Bob"), KEY, long_ago) is None
    assert await scene.platform.find(scene.inbox("Ann"), KEY, datetime.now(UTC) + timedelta(hours=1)) is None


async def test_words_are_shown_as_they_are(scene: Scene) -> None:
    words = "<!channel> *bold* <@U1> \u2028 שלום [x](http://y) \ud800 `code`\n  two spaces"
    made = await scene.platform.post(post(words), scene.channel("repairs"), KEY)
    entry = await scene.people.wait_for("Bob", "page")
    assert (entry.id, entry.text) == (made.id, words)


async def test_an_edit_changes_the_post_in_place_and_a_removal_takes_it_away(scene: Scene) -> None:
    made = await scene.platform.post(post("first"), scene.inbox("Ann"), KEY)
    await scene.platform.show(post("second"), made, scene.inbox("Ann"))
    await scene.people.wait_until(lambda: [e.text for e in scene.people.sees("Ann")] == ["second"])
    await scene.platform.amend(made, None, scene.inbox("Ann"))
    await scene.people.wait_until(lambda: not scene.people.sees("Ann"))
    await scene.platform.amend(made, None, scene.inbox("Ann"))
    await scene.platform.amend(Posted(place="ann", id="never was"), post("x"), scene.inbox("Ann"))


async def test_files_are_uploaded_unshared_one_a_step_then_shared_together(scene: Scene) -> None:
    files = [File(name=f"r.{end}", media_type="text/x", content=b"\x00" + end.encode(), title=Line(key="form.save"))
             for end in ("md", "html")]  # fmt: skip
    to, step, steps = scene.channel("repairs"), None, 0
    while not isinstance(done := await scene.platform.attach(files, to, KEY, None, step), Posted):
        assert isinstance(done, Step)
        assert not scene.people.sees("Ann")
        step, steps = done, steps + 1
    entry = await scene.people.wait_for("Ann", "report")
    assert (steps, len(entry.files)) == (2, 2)
    assert "r.md" in entry.text


async def test_an_act_reaches_the_bot_once_with_who_did_it(scene: Scene) -> None:
    answered = await scene.people.type("Ann", "hello")
    assert isinstance(answered, Entry)
    assert (answered.kind, answered.text, answered.is_ephemeral) == ("said", "Heard.", True)
    (act,) = scene.service.acts
    assert isinstance(act, Typed)
    assert (act.actor.name, str(act.actor.account)) == ("Ann", "playground:play/ann")
    assert not [entry for entry in scene.people.sees("Bob") if entry.is_ephemeral]


async def test_while_the_bot_is_away_a_press_fails_and_is_never_delivered_later(scene: Scene) -> None:
    await scene.link.stop()
    answered = await scene.people.type("Ann", "hello")
    assert isinstance(answered, Entry)
    assert (answered.kind, answered.text) == ("failed", "The bot did not answer. Please press again.")
    await scene.link.start()
    await scene.people.type("Ann", "again")
    assert len(scene.service.acts) == 1


async def test_a_bot_that_dies_over_a_press_leaves_the_person_with_an_error(scene: Scene) -> None:
    scene.service.hold = asyncio.Event()
    pressing = asyncio.create_task(scene.people.type("Ann", "hello"))
    await scene.service.called.wait()
    await scene.link.stop()
    answered = await pressing
    scene.service.hold.set()
    assert isinstance(answered, Entry)
    assert answered.kind == "failed"


async def test_a_bot_that_takes_too_long_leaves_the_person_with_an_error(tmp_path: Path) -> None:
    async with playing(tmp_path, patience=0.05) as scene:
        scene.service.hold = asyncio.Event()
        answered = await scene.people.type("Ann", "hello")
        scene.service.hold.set()
        assert isinstance(answered, Entry)
        assert answered.kind == "failed"


async def test_an_act_may_be_delivered_twice_with_the_same_id(scene: Scene) -> None:
    await scene.people.fault("act", How.TWICE)
    await scene.people.type("Ann", "hello")
    await scene.people.type("Ann", "hello")
    first, second, third = scene.service.acts
    assert first.id == second.id != third.id


async def test_people_written_by_name_reach_the_bot_as_ids(scene: Scene) -> None:
    await scene.people.add_person("Ann Lee", id="annlee")
    await scene.people.command("Bob", "remove R-7F3K @Ann Lee")
    await scene.people.command("Bob", "remove R-7F3K @Ann, please")
    assert [getattr(act, "person", None) for act in scene.service.acts] == ["annlee", "ann"]


def _setup_form(error: Line | None = None) -> ShowForm:
    boxes = (
        Field(name="service", kind=FieldKind.LINE, label=Passage(text="What?"), values=("Rep",), error=error),
        Field(name="leaders", kind=FieldKind.PEOPLE, label=Passage(text="Who?")),
    )
    form = Form(
        kind=FormKind.SETUP,
        code=RoundCode("R-7F3K"),
        page="who",
        fields=boxes,
        title=Line(key="form.save"),
        submit=Line(key="form.save"),
    )
    return ShowForm(form=form)


async def test_a_form_is_filled_by_its_boxes_and_closes_when_it_was_taken(scene: Scene) -> None:
    scene.service.answers = lambda act: _setup_form()
    shown = await scene.people.command("Ann", "new")
    assert isinstance(shown, OpenForm)
    assert shown.boxes["service"].values == ("Rep",)
    scene.service.answers = lambda act: HEARD
    await scene.people.fill("Ann", {"leaders": ["Bob", "nobody"]})
    act = scene.service.acts[-1]
    assert isinstance(act, SaveSetup)
    assert act.fields == {"service": ("Rep",), "leaders": ("bob", "nobody")}
    assert await scene.people.form("Ann") is None
    with pytest.raises(TurnedDown):
        await scene.people.fill("Ann", {})


async def test_a_refused_form_stays_open_with_all_that_was_typed(scene: Scene) -> None:
    scene.service.answers = lambda act: _setup_form()
    await scene.people.command("Ann", "new")
    wrong = Line(key="refused.time_empty")
    scene.service.answers = lambda act: Refused(because=wrong, fields={"service": wrong})
    await scene.people.fill("Ann", {"service": "Typed with care"})
    form = await scene.people.form("Ann")
    assert form is not None
    assert form.boxes["service"].values == ("Typed with care",)
    assert form.boxes["service"].error.startswith("Say when")
    await scene.link.stop()
    await scene.people.fill("Ann", {"service": "Typed with more care"})
    form = await scene.people.form("Ann")
    assert form is not None
    assert form.boxes["service"].values == ("Typed with more care",)


async def test_what_somebody_writes_in_a_form_is_in_no_file_of_the_chat(scene: Scene, tmp_path: Path) -> None:
    scene.service.answers = lambda act: _setup_form()
    await scene.people.command("Ann", "new")
    await scene.people.fill("Ann", {"service": "a secret word"})
    assert "secret" not in (tmp_path / "chat.jsonl").read_text()
    assert all("Rep" not in shown.text for shown in scene.people.state.shown)


async def test_everything_survives_a_killed_chat(scene: Scene, tmp_path: Path) -> None:
    made = await scene.platform.post(post("still here"), scene.inbox("Ann"), KEY)
    await scene.people.stop_clock(datetime(2030, 1, 1, tzinfo=UTC))
    await scene.chat.kill()
    with (tmp_path / "chat.jsonl").open("a") as torn:
        torn.write('{"what": "entry", "ent')
    await scene.chat.start()
    people = await Players.connect(scene.chat.socket)
    try:
        assert [entry.id for entry in people.sees("Ann")] == [made.id]
        assert await people.now() == datetime(2030, 1, 1, tzinfo=UTC)
        await people.add_person("Dee")
    finally:
        await people.close()
    journal = Journal(tmp_path / "chat.jsonl")
    assert [event["person"]["name"] for event in journal.read() if event["what"] == "person"][-1] == "Dee"
    journal.close()


async def test_the_link_comes_back_by_itself_and_says_later_meanwhile(scene: Scene) -> None:
    await scene.people.down()
    await scene.link.until_down()
    with pytest.raises(Later):
        await scene.platform.post(post("x"), scene.inbox("Ann"), KEY)
    await scene.people.up()
    await scene.link.until_up()
    await scene.platform.post(post("y"), scene.inbox("Ann"), KEY)


@pytest.mark.parametrize(
    ("how", "raised"),
    [
        (How.REJECT, Rejected),
        (How.UNREACHABLE, Unreachable),
        (How.LATER, Later),
        (How.REVOKE, Revoked),
        (How.LOSE_ANSWER, Unknown),
        (How.LOSE_POST, Unknown),
    ],
)
async def test_faults_strike_the_nth_call_and_only_a_lost_answer_leaves_a_post(
    scene: Scene, how: How, raised: type[Exception]
) -> None:
    await scene.people.fault("post", how, nth=2, person="ann")
    await scene.platform.post(post("1"), scene.inbox("Ann"), KEY)
    await scene.platform.post(post("not counted"), scene.inbox("Bob"), KEY)
    with pytest.raises(raised):
        await scene.platform.post(post("2"), scene.inbox("Ann"), KEY)
    await scene.platform.post(post("3"), scene.inbox("Ann"), KEY)
    await scene.people.wait_until(lambda: "3" in [entry.text for entry in scene.people.sees("Ann")])
    texts = [entry.text for entry in scene.people.sees("Ann")]
    assert texts == (["1", "2", "3"] if how is How.LOSE_ANSWER else ["1", "3"])


async def test_later_names_the_conversation_or_everything(scene: Scene) -> None:
    await scene.people.fault("post", How.LATER, seconds=7)
    await scene.people.fault("post", How.LATER, seconds=8, everywhere=True)
    raised = []
    for _ in range(2):
        with pytest.raises(Later) as later:
            await scene.platform.post(post("x"), scene.inbox("Ann"), KEY)
        raised.append((later.value.after, later.value.scope))
    assert raised == [(7, scene.inbox("Ann").lane), (8, "")]


@pytest.mark.parametrize("standing", ["bot", "deactivated", "stranger"])
async def test_who_cannot_be_written_to_is_said_with_the_reason(scene: Scene, standing: str) -> None:
    await scene.people.change_person("Bob", standing=standing)
    cast = await scene.platform.people(PLAY, ["ann", "bob", "who"])
    assert [(one.ref, one.why) for one in cast.missing] == [("bob", Why(standing)), ("who", Why.UNKNOWN)]
    assert list(cast.found) == ["ann"]
    with pytest.raises(Unreachable) as unreachable:
        await scene.platform.post(post("x"), scene.inbox("Bob"), KEY)
    assert unreachable.value.why is Why(standing)


async def test_a_channel_says_who_reads_there_and_what_the_bot_may(scene: Scene) -> None:
    await scene.people.change_person("Cy", standing="stranger")
    reach = await scene.platform.reach(scene.channel("repairs"))
    assert (reach.readers, reach.outsiders, reach.may_post, reach.is_public) == (3, 1, True, True)
    await scene.people.change_channel("repairs", lets_bot_in=False, is_public=False)
    reach = await scene.platform.reach(scene.channel("repairs"))
    assert (reach.may_post, reach.is_public) == (False, False)
    with pytest.raises(Unreachable) as refusal:
        await scene.platform.post(post("x", MessageKind.ANNOUNCEMENT), scene.channel("repairs"), KEY)
    assert refusal.value.reason == "not_member"
    await scene.people.change_channel("repairs", lets_bot_in=True, is_archived=True)
    with pytest.raises(Unreachable) as refusal:
        await scene.platform.post(post("x", MessageKind.ANNOUNCEMENT), scene.channel("repairs"), KEY)
    assert refusal.value.reason == "archived"
    assert not (await scene.platform.reach(scene.channel("repairs"))).may_post


async def test_a_message_that_is_too_long_or_empty_is_refused(scene: Scene) -> None:
    for text in ("x" * 4_001, "  "):
        with pytest.raises(Rejected):
            await scene.platform.post(post(text), scene.inbox("Ann"), KEY)


async def test_the_clock_stops_moves_and_runs_and_the_bot_sees_it_at_once(scene: Scene) -> None:
    moves: list[datetime] = []
    scene.clock.watch(lambda: moves.append(scene.clock.now()))
    noon = datetime(2030, 1, 1, 12, tzinfo=UTC)
    await scene.people.stop_clock(noon)
    assert scene.clock.now() == noon
    await scene.people.advance(timedelta(hours=2))
    assert scene.clock.now() == noon + timedelta(hours=2)
    await scene.people.run_clock()
    assert noon + timedelta(hours=2) < scene.clock.now() < noon + timedelta(hours=3)
    assert len(moves) == 4


async def test_a_bot_that_comes_back_finds_its_clock_where_it_stood(scene: Scene) -> None:
    await scene.link.stop()
    noon = datetime(2030, 1, 1, 12, tzinfo=UTC)
    await scene.people.stop_clock(noon)
    assert scene.clock.now() != noon
    await scene.link.start()
    assert scene.clock.now() == noon

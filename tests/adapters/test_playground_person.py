"""One person's connection to the chat: it tells what this person sees, and does what this person does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from adapters.playground.chat.state import entry_of
from adapters.playground.chat.wire import Json, TurnedDown
from bot.acts import Act, Field, FieldKind, Form, FormKind, Outcome, Refused, Said, SaveSetup, ShowForm, Write
from bot.messages import File, Line, Passage, Post, Posted, PostKey, Step
from bot.people import Address, Place
from bot.rounds import RoundCode
from tests.adapters.one_person import OnePerson, page_of
from tests.adapters.playground import HEARD, Scene, playing, post
from tests.contract.chat import CITIZENS, EVERYBODY, FRONTLINE, LEADERS, ORGANISER
from tests.contract.playground_chat import playground
from tests.contract.team import Team

KEY = PostKey("abcdefghijklmnopqrstuv")


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with playing(tmp_path) as made:
        yield made


def _form(kind: FormKind = FormKind.ANSWER, error: Line | None = None, said: str = "") -> ShowForm:
    boxes = (Field(name="personal", kind=FieldKind.TEXT, label=Passage(text="What?"), values=(said,), error=error),)
    form = Form(
        kind=kind,
        code=RoundCode("R-7F3K"),
        page="",
        fields=boxes,
        title=Line(key="form.save"),
        submit=Line(key="form.save"),
    )
    return ShowForm(form=form)


def _as_told(outcome: Outcome, act: Act) -> Outcome:
    del act
    return outcome


async def _share(scene: Scene, to: Address, content: bytes) -> None:
    step: Step | Posted | None = None
    file = File(name="secret-report.html", media_type="text/html", content=content, title=Line(key="form.save"))
    while not isinstance(step, Posted):
        step = await scene.platform.attach([file], to, KEY, None, step)


def _texts(entries: list[Json]) -> list[str]:
    return [entry_of(entry).text for entry in entries]


async def test_nothing_of_one_person_crosses_the_connection_of_another(scene: Scene) -> None:
    async with page_of(scene.chat.socket, "Bob") as bob, page_of(scene.chat.socket, "ann") as ann:
        to = scene.inbox("Ann")
        made = await scene.platform.post(post("secret one"), to, KEY)
        await scene.platform.show(post("secret two"), made, to)
        await _share(scene, to, b"secret")
        scene.service.answers = lambda act: Said(content=(Passage(text="secret answer"),))
        await ann.ask("type", text="a secret question")
        await ann.ask("command", text="help", channel="C1")
        scene.service.answers = lambda act: _form(said="secret draft")
        form = (await ann.ask("press", control="coproduce:answer:R-7F3K", channel="C1"))["form"]
        wrong = Line(key="refused.time_empty")
        scene.service.answers = lambda act: Refused(because=wrong, fields={"personal": wrong})
        await ann.ask("fill", fields={"personal": ["secret words"]}, form=form["id"])
        await ann.ask("leave")
        await scene.platform.amend(made, None, to)
        await scene.people.change_person("Ann", tz="Asia/Tokyo", locale="de")
        assert await bob.heard() == []
        assert "secret" in await ann.everything()
        assert {"entry", "edit", "remove", "form", "person"} <= {one["what"] for one in await ann.heard()}
        async with page_of(scene.chat.socket, "Bob") as again:
            assert again.hello == bob.hello
            assert "secret" not in await again.everything()
            assert "Tokyo" not in await again.everything()


async def test_the_bots_own_marks_of_a_message_are_told_to_nobody(scene: Scene) -> None:
    async with page_of(scene.chat.socket, "Bob") as bob:
        await scene.platform.post(post("for all"), scene.channel("repairs"), KEY)
        assert _texts([one["entry"] for one in await bob.heard()]) == ["for all"]
        assert KEY not in await bob.everything()


async def test_a_file_is_read_by_who_can_read_what_shares_it_alone(scene: Scene) -> None:
    async with page_of(scene.chat.socket, "Ann") as ann, page_of(scene.chat.socket, "Bob") as bob:
        await _share(scene, scene.inbox("Ann"), b"secret")
        ((id, told),) = (await ann.heard())[-1]["files"].items()
        assert told == {"name": "secret-report.html", "media_type": "text/html", "size": 6}
        assert (await ann.ask("file", id=id))["content"] == "c2VjcmV0"
        for unseen in (id, "never"):
            with pytest.raises(TurnedDown, match="no_such_file"):
                await bob.ask("file", id=unseen)


async def test_who_joins_a_channel_is_told_what_stands_there_and_who_leaves_hears_no_more(scene: Scene) -> None:
    await scene.people.add_person("Dee", id="dee")
    made = await scene.platform.post(post("before"), scene.channel("repairs"), KEY)
    async with page_of(scene.chat.socket, "Dee") as dee:
        assert (dee.hello["channels"], dee.hello["entries"]) == ([], [])
        await scene.people.change_channel("repairs", members=["Ann", "Dee"])
        joined = await dee.heard()
        assert [one["what"] for one in joined] == ["channel", "entry"]
        assert _texts([joined[1]["entry"]]) == ["before"]
        await scene.people.change_channel("repairs", members=["Ann"])
        gone = (await dee.heard())[2:]
        assert gone == [{"what": "left", "channel": "C1"}, {"what": "remove", "id": made.id}]
        await scene.platform.post(post("after"), scene.channel("repairs"), KEY)
        await scene.people.change_channel("repairs", name="mending")
        assert (await dee.heard())[4:] == []
        with pytest.raises(TurnedDown, match="no_such_channel"):
            await dee.ask("say", channel="C1", text="still here?")


@pytest.mark.parametrize(
    ("op", "what", "why"),
    [
        ("type", {"text": "hello", "person": "bob"}, "bad_call"),
        ("press", {"control": "x", "person": "bob"}, "bad_call"),
        ("form", {"person": "bob"}, "bad_call"),
        ("type", {"text": None}, "bad_call"),
        ("say", {"channel": "C1", "text": ["hello"]}, "bad_call"),
        ("fill", {"form": "x", "fields": {"personal": "not a list"}}, "bad_call"),
        ("fill", {"form": "x", "fields": {"personal": [None]}}, "bad_call"),
        ("keep", {"form": "x", "fields": None}, "bad_call"),
        ("hello", {"role": "people"}, "hello_was_said"),
        ("hello", {"role": "bot"}, "hello_was_said"),
        ("hello", {"role": "person", "person": "bob"}, "hello_was_said"),
        ("clock", {"do": "read"}, "no_such_op"),
        ("fault", {"on": "*", "how": "reject"}, "no_such_op"),
        ("down", {}, "no_such_op"),
        ("person", {"name": "Eve"}, "no_such_op"),
        ("channel", {"id": "C1", "members": ["ann"]}, "no_such_op"),
        ("post", {"kind": "page"}, "no_such_op"),
        ("upload", {}, "no_such_op"),
    ],
)
async def test_nobody_acts_as_somebody_else_or_touches_the_chat_itself(
    scene: Scene, op: str, what: Json, why: str
) -> None:
    async with page_of(scene.chat.socket, "Ann") as ann:
        with pytest.raises(TurnedDown, match=why):
            await ann.ask(op, **what)
        await ann.ask("type", text="hello")
        assert [act.actor.name for act in scene.service.acts] == ["Ann"]


async def test_whose_account_is_closed_sees_and_does_nothing(scene: Scene) -> None:
    async with page_of(scene.chat.socket, "Ann") as ann:
        await scene.people.change_person("Ann", standing="deactivated")
        for op, what in (("type", {"text": "hello"}), ("say", {"channel": "C1", "text": "hello"}), ("leave", {})):
            with pytest.raises(TurnedDown, match="account_closed"):
                await ann.ask(op, **what)
        count = len(ann.told)
        await scene.platform.post(post("for members"), scene.channel("repairs"), KEY)
        with pytest.raises(TurnedDown, match="account_closed"):
            await ann.ask("form")
        assert len(ann.told) == count
        with pytest.raises(TurnedDown, match="account_closed"):
            async with page_of(scene.chat.socket, "Ann"):
                pass


async def test_numbers_count_what_one_person_was_told_also_after_the_chat_was_killed(scene: Scene) -> None:
    async with page_of(scene.chat.socket, "Bob") as bob:
        await scene.people.change_channel("repairs", members=["Ann", "Cy"])
        await scene.platform.post(post("not for Bob"), scene.channel("repairs"), KEY)
        await scene.people.change_channel("repairs", members=["Ann", "Bob"])
        await scene.platform.post(post("for Ann"), scene.inbox("Ann"), KEY)
        await scene.platform.post(post("for Bob"), scene.inbox("Bob"), KEY)
        await scene.people.advance(timedelta(hours=1))
        scene.service.answers = lambda act: _form()
        form = (await bob.ask("type", text="hello"))["form"]
        await bob.ask("leave")
        told = [(one["event"]["what"], one["number"] - bob.hello["number"]) for one in bob.told]
        assert told == [("left", 1), ("channel", 2), ("entry", 3), ("entry", 4), ("clock", 5), ("form", 5), ("form", 5)]
        assert bob.told[-2]["event"]["form"] == form
        last = bob.numbers()[-1]
    await scene.chat.kill()
    await scene.chat.start()
    async with page_of(scene.chat.socket, "Bob") as again:
        assert again.hello["number"] == last
        assert _texts(again.hello["entries"]) == ["not for Bob", "for Bob"]


async def test_a_card_that_is_edited_into_what_it_said_before_is_no_news(scene: Scene) -> None:
    async with page_of(scene.chat.socket, "Ann") as ann:
        made = await scene.platform.post(post("same"), scene.inbox("Ann"), KEY)
        told = await ann.heard()
        await scene.platform.show(post("same"), made, scene.inbox("Ann"))
        assert await ann.heard() == told


async def test_everybody_who_read_a_channels_old_name_reads_its_new_one(scene: Scene) -> None:
    place = Place(address=scene.channel("repairs"), name="repairs")
    told = Post(kind=post("x").kind, content=(Line(key="message.withheld.archived", facts={"place": place}),))
    async with page_of(scene.chat.socket, "Ann") as ann:
        await scene.platform.post(told, scene.inbox("Ann"), KEY)
        await scene.people.change_channel("repairs", name="mending")
        *_, channel, edit = await ann.heard()
        assert (channel["channel"]["name"], edit["what"]) == ("mending", "edit")
        assert "#mending" in entry_of(edit["entry"]).text


async def test_what_only_the_actor_sees_says_in_which_channel_they_pressed(scene: Scene) -> None:
    async with page_of(scene.chat.socket, "Ann") as ann, page_of(scene.chat.socket, "Bob") as bob:
        said = entry_of((await ann.ask("press", control="coproduce:read:R-7F3K", channel="C1"))["entry"])
        assert (said.channel, said.person, said.is_ephemeral) == ("C1", "ann", True)
        scene.service.answers = lambda act: _form()
        form = (await ann.ask("command", text="answer", channel="C1"))["form"]
        scene.service.answers = lambda act: HEARD
        said = entry_of((await ann.ask("fill", fields={}, form=form["id"]))["entry"])
        assert said.channel == "C1"
        assert await bob.heard() == []
        with pytest.raises(TurnedDown, match="no_such_channel"):
            await ann.ask("press", control="coproduce:read:R-7F3K", channel="C9")


async def test_what_people_say_to_each_other_is_read_in_the_channel_and_never_by_the_bot(scene: Scene) -> None:
    headline = await scene.platform.post(post("Talk here."), scene.channel("repairs"), KEY)
    await scene.people.change_channel("repairs", members=["Ann", "Bob"])
    async with page_of(scene.chat.socket, "Ann") as ann, page_of(scene.chat.socket, "Cy") as cy:
        first = entry_of((await ann.ask("say", channel="C1", text="/coproduce is *nice*", thread=headline.id))["entry"])
        answer = entry_of((await ann.ask("say", channel="C1", text="indeed", thread=first.id))["entry"])
        assert (first.author, first.kind, first.text, first.thread) == (
            "ann",
            "message",
            "/coproduce is *nice*",
            headline.id,
        )
        assert first.paragraphs[0].is_theirs
        assert answer.thread == headline.id
        assert await cy.heard() == []
        private = (await ann.ask("type", text="hi"))["entry"]["id"]
        scene.service.acts.clear()
        for what, why in (
            ({"text": "x" * 4_001}, "rejected"),
            ({"text": " \n"}, "rejected"),
            ({"text": "x", "thread": "M0"}, "no_such_entry"),
            ({"text": "x", "thread": private}, "no_such_entry"),
        ):
            with pytest.raises(TurnedDown, match=why):
                await ann.ask("say", channel="C1", **what)
        await scene.people.change_channel("repairs", is_archived=True)
        with pytest.raises(TurnedDown, match="rejected"):
            await ann.ask("say", channel="C1", text="x")
        assert scene.service.acts == []


async def test_what_is_kept_is_sent_as_a_draft_and_the_form_stays_open(scene: Scene) -> None:
    scene.service.answers = lambda act: _form(said="as kept")
    async with page_of(scene.chat.socket, "Ann") as ann, page_of(scene.chat.socket, "Ann") as other_tab:
        form = (await ann.ask("press", control="coproduce:answer:R-7F3K"))["form"]
        kept = (await ann.ask("keep", fields={"personal": ["half an ans"]}, form=form["id"]))["form"]
        act = scene.service.acts[-1]
        assert isinstance(act, Write)
        assert (act.answers.personal, act.seal) == ("half an ans", False)
        assert (kept["id"], kept["boxes"][0]["values"]) == (form["id"], ["as kept"])
        wrong = Line(key="refused.time_empty")
        scene.service.answers = lambda act: Refused(because=wrong, fields={"personal": wrong})
        marked = (await ann.ask("keep", fields={"personal": ["more"]}, form=form["id"]))["form"]
        assert (await ann.ask("form"))["form"] == marked
        assert (marked["id"], marked["boxes"][0]["values"]) == (form["id"], ["more"])
        assert marked["boxes"][0]["error"]
        assert (await other_tab.heard())[-1] != {"what": "form", "form": None}
        await ann.ask("leave")
        assert (await other_tab.heard())[-1] == {"what": "form", "form": None}
        with pytest.raises(TurnedDown, match="no_form_open"):
            await ann.ask("keep", fields={}, form=form["id"])


async def test_what_is_wrong_in_a_form_is_read_in_it_and_what_is_wrong_elsewhere_as_an_entry(
    scene: Scene,
) -> None:
    wrong = Line(key="refused.time_empty")
    async with page_of(scene.chat.socket, "Ann") as ann:
        for fields, shown in (({"personal": wrong}, "form"), ({"another": wrong}, "entry"), ({}, "entry")):
            scene.service.answers = lambda act: _form()
            form = (await ann.ask("press", control="coproduce:answer:R-7F3K"))["form"]
            refused = Refused(because=wrong, fields=fields)
            scene.service.answers = partial(_as_told, refused)
            for op in ("fill", "keep"):
                assert list(await ann.ask(op, fields={"personal": ["x"]}, form=form["id"])) == [shown]
            await ann.ask("leave")
        assert [one["entry"]["kind"] for one in await ann.heard() if one["what"] == "entry"] == ["refused"] * 4


async def test_a_form_of_which_nothing_is_kept_is_never_sent_by_keeping_it(scene: Scene) -> None:
    scene.service.answers = lambda act: _form(FormKind.HIDE)
    async with page_of(scene.chat.socket, "Ann") as ann:
        form = (await ann.ask("press", control="coproduce:hide:R-7F3K"))["form"]
        count = len(scene.service.acts)
        with pytest.raises(TurnedDown, match="keeps_nothing"):
            await ann.ask("keep", fields={"personal": ["x"]}, form=form["id"])
        assert len(scene.service.acts) == count


async def test_a_set_up_is_kept_without_a_preview(scene: Scene) -> None:
    scene.service.answers = lambda act: _form(FormKind.SETUP)
    async with page_of(scene.chat.socket, "Ann") as ann:
        form = (await ann.ask("command", text="new"))["form"]
        scene.service.acts.clear()
        await ann.ask("keep", fields={"personal": ["x"], "group:nurses": ["Bob"]}, form=form["id"])
        (act,) = scene.service.acts
        assert isinstance(act, SaveSetup)
        assert act.fields["group:nurses"] == ("bob",)


async def test_no_word_is_told_to_another_page_before_the_deadline(tmp_path: Path) -> None:
    async with playground(tmp_path) as chat:
        team = Team(chat)
        await team.open()
        socket, writer, others = chat.socket, FRONTLINE[0], (ORGANISER, CITIZENS[0], LEADERS[0])
        async with (
            page_of(socket, others[0]) as sam,
            page_of(socket, others[1]) as cal,
            page_of(socket, others[2]) as lea,
        ):
            async with page_of(socket, writer) as fay:
                form = await _pressed(fay, "answer")
                await fay.ask("keep", fields={"personal": ["wheelbarrow, half"]}, form=form["id"])
                again = await _pressed(fay, "answer")
                assert again["boxes"][0]["values"] == ["wheelbarrow, half"]
                await fay.ask("fill", fields={"personal": ["wheelbarrow"]}, form=again["id"])
            for person in EVERYBODY:
                if person != writer:
                    await team.answer(person)
            for page in (sam, cal, lea):
                assert "wheelbarrow" not in await page.everything()
            await team.reveal()
            await team.a_moment()
            for page in (sam, cal, lea):
                assert "wheelbarrow" in await page.everything()


async def _pressed(page: OnePerson, verb: str) -> Json:
    entries = (await _standing(page)).values()
    (id,) = {one.id for entry in entries for one in entry_of(entry).controls if one.id.split(":")[1] == verb}
    form: Json = (await page.ask("press", control=id))["form"]
    return form


async def _standing(page: OnePerson) -> dict[str, Json]:
    entries = {entry["id"]: entry for entry in page.hello["entries"]}
    for told in await page.heard():
        if told["what"] in ("entry", "edit"):
            entries[told["entry"]["id"]] = told["entry"]
        elif told["what"] == "remove":
            entries.pop(told["id"], None)
    return entries

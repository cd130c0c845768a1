"""How a person answers on Discord: notices, one form, and a word that only they see."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from adapters.discord import listeners
from adapters.discord.calls import NAME
from adapters.discord.forms import Before, Place
from bot.acts import LATE, Act, Answer, Decline, Field, FieldKind, Outcome, Refused, Said, ShowForm, Typed, Write
from bot.answers import Answers, Receipt, Seen
from bot.errors import NotKept
from bot.messages import control, line
from bot.people import Account
from bot.text import Texts
from bot.written_in import written_in
from tests.discord.world import GUILD, Message
from tests.unit.discord_serving import CODE, OnDiscord, answer_form, on_discord

RECEIPT = Receipt("K7QD-3M9X-TT2A-9WPE")
HELD = Said(content=(line("said.saved"),), receipt=RECEIPT)


def _held(act: Act) -> Outcome:
    return HELD if isinstance(act, Write) else answer_form()


async def _notices(there: OnDiscord) -> Message:
    await there.double.hands.slash(there.fay.id, "answer", {"round": CODE})
    return there.private()[-1]


async def _open(there: OnDiscord) -> None:
    await there.double.hands.press(there.fay.id, f"coproduce:answer:{CODE}:write", await _notices(there))


async def _write(there: OnDiscord, words: str = "Less walking") -> None:
    there.double.seal.keep(words, there.fay.id)
    there.double.world.forms[there.fay.id].state["personal"] = {"value": words}
    await there.double.hands.submit(there.fay.id)


async def test_the_notices_come_first_and_lead_to_one_form_of_all_boxes() -> None:
    async with on_discord() as there:
        there.serving.gives = lambda act: answer_form(personal="Less walking")
        notices = await _notices(there)
        assert "Please don't name other people." in notices.content
        assert "Less walking" not in notices.content
        await there.double.hands.press(there.fay.id, f"coproduce:answer:{CODE}:write", notices)
        boxes = {one["component"]["custom_id"]: one["component"] for one in there.form()["components"]}
        assert list(boxes) == ["personal", "others", "intentions", "barriers"]
        assert boxes["personal"]["value"] == "Less walking"


async def test_the_receipt_stands_in_the_private_answer_to_the_form_and_nowhere_else() -> None:
    async with on_discord() as there:
        there.serving.gives = _held
        await _open(there)
        await _write(there)
        await there.finish()
        assert f"```\n{RECEIPT}\n```" in there.last()
        assert all(one.only_for == there.fay.id for one in there.double.world.messages if RECEIPT in one.content)
        written = there.serving.acts[-1]
        assert isinstance(written, Write)
        assert written.answers.personal == "Less walking"
        assert (written.written_as, written.actor.account) == ("frontline", there.account())


async def test_a_slow_database_is_waited_for_and_then_the_writer_hears_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listeners, "PATIENCE", 0.02)
    async with on_discord() as there:
        there.serving.gives = _held
        await _open(there)
        there.serving.holds = asyncio.Event()
        await _write(there)  # answered in time: "thinking"
        assert str(RECEIPT) not in there.last()
        there.serving.holds.set()
        await there.finish()
        assert str(RECEIPT) in there.last()


async def test_a_form_asked_for_of_a_slow_database_comes_as_a_button_that_opens_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(listeners, "PATIENCE", 0.02)
    async with on_discord() as there:
        there.serving.gives = lambda act: answer_form()
        notices = await _notices(there)
        there.serving.holds = asyncio.Event()
        await there.double.hands.press(there.fay.id, f"coproduce:answer:{CODE}:write", notices)
        there.serving.holds.set()
        await there.finish()
        monkeypatch.setattr(listeners, "PATIENCE", 1.8)
        await there.double.hands.press(there.fay.id, f"coproduce:answer:{CODE}:write", there.private()[-1])
        assert there.form()["custom_id"] == f"coproduce:answer:{CODE}:as:frontline"


async def test_words_that_could_not_be_stored_stay_in_the_form() -> None:
    async with on_discord() as there:
        there.serving.gives = lambda act: answer_form()
        await _open(there)

        def full(act: Act) -> Outcome:
            raise NotKept

        there.serving.gives = full
        there.double.hands.may_be_late = True
        before = len(there.private())
        await _write(there)
        assert there.fay.id in there.double.world.forms
        assert len(there.private()) == before


async def test_an_answer_that_is_only_kept_as_a_draft_says_why_and_leads_back_to_it() -> None:
    async with on_discord() as there:
        wrong = Refused(
            because=line("refused.kept_as_draft"),
            fields={"personal": line("refused.too_long", longest=3_000, count=3_100)},
            controls=(control("answer", CODE),),
        )
        there.serving.gives = lambda act: wrong if isinstance(act, Write) else answer_form(personal="Less walking")
        await _open(there)
        await _write(there)
        await there.finish()
        assert "3,100" in there.last()
        await there.double.hands.press(there.fay.id, f"coproduce:answer:{CODE}", there.private()[-1])
        await there.double.hands.press(there.fay.id, f"coproduce:answer:{CODE}:write", there.private()[-1])
        assert there.form()["components"][0]["component"]["value"] == "Less walking"


def _late_form() -> ShowForm:
    shown = answer_form()
    seen = Field(
        name="seen",
        kind=FieldKind.CHOICE,
        label=line("form.answer.seen.label"),
        choices=tuple((each.value, line(f"form.answer.seen.{each.value}")) for each in Seen if each is not Seen.BEFORE),
    )
    sign = Field(
        name="sign",
        kind=FieldKind.CHOICE,
        label=line("form.answer.sign.label"),
        values=("group",),
        choices=(("group", line("form.answer.sign.group")), ("name", line("form.answer.sign.name"))),
    )
    fields = (*shown.form.fields, sign, seen)
    return replace(shown, form=replace(shown.form, page=LATE, fields=fields))


async def test_a_late_answer_says_what_was_read_before_the_form_and_has_room_for_all_else() -> None:
    async with on_discord() as there:
        there.serving.gives = lambda act: HELD if isinstance(act, Write) else _late_form()
        notices = await _notices(there)
        await there.double.hands.select(
            there.fay.id, f"coproduce:late:{CODE}:seen", notices, [f"coproduce:late:{CODE}:write:some"]
        )
        assert any(isinstance(act, Answer) and act.late for act in there.serving.acts)
        assert len(there.form()["components"]) == 5
        await _write(there)
        await there.finish()
        written = there.serving.acts[-1]
        assert isinstance(written, Write)
        assert (written.late, written.answers.seen) == (True, Seen.SOME)
        assert written.boxes == frozenset({"personal", "others", "intentions", "barriers", "sign", "seen"})


def _in_two_languages(shown: ShowForm) -> ShowForm:
    boxes = written_in("de", "en", Answers())
    words, rest = shown.form.fields[:4], shown.form.fields[4:]
    return replace(shown, form=replace(shown.form, fields=(*words, *boxes, *rest)))


async def test_the_language_is_chosen_before_the_form_and_goes_with_the_answer() -> None:
    async with on_discord() as there:
        there.serving.gives = lambda act: HELD if isinstance(act, Write) else _in_two_languages(answer_form())
        notices = await _notices(there)
        await there.double.hands.select(
            there.fay.id, f"coproduce:answer:{CODE}:in", notices, [f"coproduce:answer:{CODE}:in:de"]
        )
        await there.double.hands.press(there.fay.id, f"coproduce:answer:{CODE}:write::de", there.private()[-1])
        assert len(there.form()["components"]) == 4
        await _write(there)
        await there.finish()
        written = there.serving.acts[-1]
        assert isinstance(written, Write)
        assert (written.answers.written_in, written.written_as) == ("de", "frontline")


async def test_a_late_answer_in_another_language_says_both_before_the_form() -> None:
    async with on_discord() as there:
        there.serving.gives = lambda act: HELD if isinstance(act, Write) else _in_two_languages(_late_form())
        notices = await _notices(there)
        late = f"coproduce:late:{CODE}"
        await there.double.hands.select(there.fay.id, f"{late}:in", notices, [f"{late}:in:de"])
        await there.double.hands.select(there.fay.id, f"{late}:seen", there.private()[-1], [f"{late}:write:all:de"])
        assert there.form()["components"][-1]["component"]["custom_id"] == "sign"
        await _write(there)
        await there.finish()
        written = there.serving.acts[-1]
        assert isinstance(written, Write)
        assert (written.answers.written_in, written.answers.seen, written.late) == ("de", Seen.ALL, True)


@pytest.mark.parametrize(
    "place",
    [
        Place(kind="answer", code=CODE, page="as:ward staff: nights"),
        Place(kind="answer", code=CODE, page=LATE, before=Before(seen="some", language="de-AT")),
        Place(kind="answer", code=CODE, page="as:late", before=Before(language="de")),
        Place(kind="setup", code=CODE, page="what"),
    ],
)
def test_a_form_says_which_it_is_in_its_id(place: Place) -> None:
    assert Place.read(place.id) == place


async def test_two_people_fill_in_the_same_form_and_each_answers_for_themselves() -> None:
    async with on_discord() as there:
        there.serving.gives = _held
        cal = there.double.world.add_person("Cal Dunn")
        for person in (there.fay, cal):
            await there.double.hands.slash(person.id, "answer", {"round": CODE})
            await there.double.hands.press(person.id, f"coproduce:answer:{CODE}:write", there.private(person)[-1])
        for person in (cal, there.fay):
            there.double.world.forms[person.id].state["personal"] = {"value": f"Words of {person.name}"}
            await there.double.hands.submit(person.id)
        await there.finish()
        written = {act.actor.account: act.answers.personal for act in there.serving.acts if isinstance(act, Write)}
        assert written == {there.account(): "Words of Fay Hall", there.account(cal): "Words of Cal Dunn"}
        assert str(RECEIPT) in there.private(cal)[-1].content


async def test_what_discord_sends_twice_counts_once() -> None:
    async with on_discord() as there:
        there.double.hands.copies = 2
        await there.double.hands.slash(there.fay.id, "status", {"round": CODE})
        await there.finish()
        assert len(there.serving.acts) == 1
        assert len(there.private()) == 1


async def test_what_cannot_be_shown_is_answered_with_a_sentence() -> None:
    async with on_discord() as there:
        there.serving.gives = lambda act: Said(content=(line("said.no_such_sentence"),))
        await there.double.hands.slash(there.fay.id, "status", {"round": CODE})
        await there.finish()
        assert there.last() == Texts.load().line(line("error.wordless"))


async def test_what_is_typed_to_the_bot_is_answered_with_the_way_to_the_form() -> None:
    async with on_discord() as there:
        there.serving.gives = lambda act: Said(content=(line("said.typed"),), controls=(control("answer", CODE),))
        there.serving.known = (there.account(),)
        there.double.hands.copies = 2
        written = await there.double.hands.type(there.fay.id, "I think that it is too far")
        await there.double.world.wait_until(lambda: there.double.world.messages[-1].id != written.id)
        await there.finish()
        (act,) = there.serving.acts
        assert isinstance(act, Typed)
        answers = [one for one in there.double.world.messages if one.channel == written.channel and one is not written]
        assert [[b["custom_id"] for r in one.components for b in r["components"]] for one in answers] == [
            [f"coproduce:answer:{CODE}"]
        ]


async def test_a_press_in_a_private_conversation_counts_for_the_server_of_its_round() -> None:
    async with on_discord() as there:
        here = there.double.world.conversation(there.fay.id)
        asks = Said(content=(line("said.typed"),), controls=(control("decline", CODE),))
        there.serving.gives = lambda act: asks
        there.serving.known = (Account(platform=NAME, workspace="77", user=there.fay.id), there.account())
        await there.double.hands.type(there.fay.id, "hello")
        await there.double.world.wait_until(lambda: len(there.double.world.messages) == 2)
        await there.finish()
        await there.double.hands.press(there.fay.id, f"coproduce:decline:{CODE}", there.double.world.messages[-1])
        act = there.serving.acts[-1]
        assert isinstance(act, Decline)
        assert act.actor.account.workspace == "77"
        assert here.recipient == there.fay.id
        assert GUILD != "77"


async def test_what_is_typed_to_the_bot_is_answered_for_the_rounds_of_every_server() -> None:
    async with on_discord() as there:
        there.serving.gives = lambda act: Said(content=(line("said.typed"),), controls=(control("home"),))
        there.serving.known = (Account(platform=NAME, workspace="77", user=there.fay.id), there.account())
        await there.double.hands.type(there.fay.id, "hello")
        await there.double.world.wait_until(lambda: len(there.double.world.messages) == 2)
        await there.finish()
        await there.double.hands.press(there.fay.id, "coproduce:home:", there.double.world.messages[-1])
        assert [act.actor.account.workspace for act in there.serving.acts] == ["", ""]

"""Small forms on Discord, where one form cannot follow another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from bot import forms
from bot.acts import Act, Form, FormKind, Hide, Outcome, Refused, ShowForm
from bot.forms.running import LONGEST_REASON
from bot.messages import Control, control, line
from bot.text import Texts
from tests.builders import collecting, seat, venue
from tests.discord.rules import LABEL
from tests.discord.world import Json
from tests.unit.discord_serving import CODE, SAID, OnDiscord, on_discord

TEXTS = Texts.load().on("discord")
ROUND = collecting(seat("fay"), code=CODE)


def _hides(act: Act) -> Outcome:
    """As the engine: by form it is asked first."""
    assert isinstance(act, Hide)
    if not act.reason:
        return ShowForm(form=forms.hide_form(ROUND, act.voice))
    if act.agreed != "F3":
        return ShowForm(form=forms.hide_form(ROUND, "F3", act.reason, agreed="F3", label=line("said.saved")))
    return SAID


async def _shows(there: OnDiscord, button: Control) -> None:
    there.serving.gives = lambda act: replace(SAID, controls=(button,))
    await there.double.hands.slash(there.fay.id, "status", {"round": CODE})


async def _press(there: OnDiscord, id: str) -> None:
    message = there.private()[-1]
    assert id in str(message.components)
    await there.double.hands.press(there.fay.id, id, message)


async def _hide_by_form(there: OnDiscord, reason: str) -> None:
    await _shows(there, control("hide", CODE, "F3"))
    there.serving.gives = _hides
    await _press(there, f"coproduce:hide:{CODE}:F3")
    await _send(there, voice="F3", reason=reason)


async def _send(there: OnDiscord, **typed: str) -> None:
    there.double.world.forms[there.fay.id].state |= {name: {"value": value} for name, value in typed.items()}
    await there.double.hands.submit(there.fay.id)
    await there.finish()


def _box(there: OnDiscord, name: str) -> Json:
    labels: list[Json] = [one for one in there.form()["components"] if one["type"] == LABEL]
    (label,) = (one for one in labels if one["component"]["custom_id"] == name)
    return {**label, "value": label["component"].get("value", "")}


async def test_a_voice_is_hidden_by_form_for_as_long_a_reason_as_by_command_after_it_was_shown_and_agreed_to() -> None:
    async with on_discord() as there:
        words = "x" * LONGEST_REASON
        await _hide_by_form(there, words)
        assert words in there.last()
        assert words not in str(there.private()[-1].components)
        await _press(there, f"coproduce:confirm:{CODE}:hide:F3")
        await there.finish()
        done = there.serving.acts[-1]
        assert isinstance(done, Hide)
        assert (done.voice, done.reason, done.agreed) == ("F3", words, "F3")


async def test_a_reason_that_was_lost_by_a_restart_is_asked_for_once_more_and_nothing_is_hidden() -> None:
    async with on_discord() as there:
        await _hide_by_form(there, "It names somebody.")
        await _restart(there)
        before = len(there.serving.acts)
        await _press(there, f"coproduce:confirm:{CODE}:hide:F3")
        await there.finish()
        assert len(there.serving.acts) == before
        assert TEXTS.line(line("refused.reason_gone")) in there.last()
        await _press(there, f"coproduce:hide:{CODE}:F3")
        assert there.form()["custom_id"] == f"coproduce:hide:{CODE}:"


async def _restart(there: OnDiscord) -> None:
    await there.server.stop()
    await there.server.leave()
    server = there.another_server()
    await server.enter()
    await server.listen(there.serving, there.vault)


async def test_a_button_that_would_carry_too_much_carries_its_round_alone() -> None:
    async with on_discord() as there:
        await _shows(there, control("hide", CODE, f"F3 {'it names somebody ' * 10}"))
        await there.finish()
        assert f"'coproduce:hide:{CODE}'" in str(there.private()[-1].components)


WRONG = line("refused.receipt_gone")
SMALL: Mapping[str, tuple[Form, Mapping[str, str]]] = {
    "extend": (forms.extend_form(ROUND), {"closes_at": "soonish"}),
    "check": (forms.receipt_form(FormKind.RECEIPT_CHECK, CODE), {"receipt": "K7QD-3M9X-TT2A-9WPO"}),
    "withdraw": (forms.receipt_form(FormKind.RECEIPT_WITHDRAW, CODE), {"receipt": "K7QD-3M9X-TT2A-9WPO"}),
    "hide": (forms.hide_form(ROUND), {"voice": "Z9", "reason": "It names my neighbour."}),
    "hiding": (forms.hiding_form(ROUND), {"voice": "Z9", "reason": "It names my neighbour."}),
}


@pytest.mark.parametrize("verb", SMALL)
async def test_what_is_wrong_in_a_small_form_is_said_and_the_form_comes_back_with_what_was_typed(verb: str) -> None:
    form, typed = SMALL[verb]
    first = next(iter(typed))
    async with on_discord() as there:
        await _shows(there, control(verb, CODE))
        there.serving.gives = lambda act: ShowForm(form=form)
        await _press(there, f"coproduce:{verb}:{CODE}")
        there.serving.gives = lambda act: Refused(because=WRONG, fields={first: WRONG})
        await _send(there, **typed)
        assert TEXTS.line(WRONG) in there.last()
        assert not any(value in str(there.private()[-1].components) for value in typed.values())
        there.serving.gives = lambda act: ShowForm(form=form)
        await _press(there, f"coproduce:again:{CODE}:{verb}")
        assert {name: _box(there, name)["value"] for name in typed} == typed
        assert _box(there, first)["description"].startswith("⚠ ")
        assert _box(there, list(typed)[-1])["description"].startswith("⚠ ") is (len(typed) == 1)
        there.serving.gives = lambda act: SAID
        await _send(there, **typed)
        there.serving.gives = lambda act: ShowForm(form=form)
        await _shows(there, control(verb, CODE))
        there.serving.gives = lambda act: ShowForm(form=form)
        await _press(there, f"coproduce:{verb}:{CODE}")
        assert not _box(there, first)["value"]


async def test_a_channel_that_was_refused_is_chosen_still_when_the_form_comes_back() -> None:
    async with on_discord() as there:
        form = forms.venue_form(ROUND, venue())
        await _shows(there, control("venue", CODE))
        there.serving.gives = lambda act: ShowForm(form=form)
        await _press(there, f"coproduce:venue:{CODE}")
        there.double.world.forms[there.fay.id].state["channel"] = {"values": [there.channel.id]}
        there.serving.gives = lambda act: Refused(because=WRONG, fields={"channel": WRONG})
        await there.double.hands.submit(there.fay.id)
        await there.finish()
        there.serving.gives = lambda act: ShowForm(form=form)
        await _press(there, f"coproduce:again:{CODE}:venue")
        assert _box(there, "channel")["component"]["default_values"] == [{"id": there.channel.id, "type": "channel"}]


async def test_a_time_zone_that_is_none_comes_back_as_it_was_typed() -> None:
    async with on_discord() as there:
        await _shows(there, control("zone"))
        await _press(there, "coproduce:zone:")
        await _send(there, time_zone="Mars/Base")
        await _press(there, "coproduce:again::zone")
        assert _box(there, "time_zone")["value"] == "Mars/Base"


async def test_a_small_form_whose_words_were_lost_by_a_restart_says_so() -> None:
    async with on_discord() as there:
        await _shows(there, control("extend", CODE))
        there.serving.gives = lambda act: ShowForm(form=forms.extend_form(ROUND))
        await _press(there, f"coproduce:extend:{CODE}")
        there.serving.gives = lambda act: Refused(because=WRONG, fields={"closes_at": WRONG})
        await _send(there, closes_at="soonish")
        await _restart(there)
        there.serving.gives = lambda act: ShowForm(form=forms.extend_form(ROUND))
        await _press(there, f"coproduce:again:{CODE}:extend")
        notes = "".join(one.get("content", "") for one in there.form()["components"])
        assert TEXTS.line(line("form.again.gone")) in notes
        assert not _box(there, "closes_at")["value"]


async def test_what_one_person_typed_wrongly_is_shown_to_nobody_else() -> None:
    async with on_discord() as there:
        await _shows(there, control("extend", CODE))
        there.serving.gives = lambda act: ShowForm(form=forms.extend_form(ROUND))
        await _press(there, f"coproduce:extend:{CODE}")
        there.serving.gives = lambda act: Refused(because=WRONG, fields={"closes_at": WRONG})
        await _send(there, closes_at="soonish")
        message = there.private()[-1]
        finn = there.double.world.add_person("Finn Ode")
        there.serving.gives = lambda act: ShowForm(form=forms.extend_form(ROUND))
        await there.double.hands.press(finn.id, f"coproduce:again:{CODE}:extend", message)
        assert "soonish" not in str(there.form(finn))


async def test_a_channel_that_cannot_be_listed_in_a_direct_message_can_be_chosen_in_the_server() -> None:
    async with on_discord() as there:
        there.serving.known = (there.account(),)
        there.serving.gives = lambda act: replace(SAID, controls=(control("venue", CODE),))
        await there.double.hands.type(there.fay.id, "hello")
        await there.double.world.wait_until(lambda: len(there.double.world.messages) == 2)
        await there.finish()
        there.serving.gives = lambda act: ShowForm(form=forms.venue_form(ROUND, venue()))
        await there.double.hands.press(there.fay.id, f"coproduce:venue:{CODE}", there.double.world.messages[-1])
        assert f"/coproduce status {CODE}" in there.form()["components"][0]["content"]

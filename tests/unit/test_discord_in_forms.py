"""Small forms on Discord, where one form cannot follow another."""

from __future__ import annotations

from dataclasses import replace

from bot import forms
from bot.acts import Act, Extend, Hide, Outcome, Refused, ShowForm
from bot.messages import Control, control, line
from tests.builders import collecting, seat
from tests.unit.discord_serving import CODE, SAID, OnDiscord, on_discord

ROUND = collecting(seat("fay"), code=CODE)


def _hides(act: Act) -> Outcome:
    """As the engine: by form it is asked first."""
    assert isinstance(act, Hide)
    if not act.reason:
        return ShowForm(form=forms.hide_form(ROUND, act.voice))
    if act.agreed == "":
        return ShowForm(form=forms.hide_form(ROUND, "F3", act.reason, agreed="F3", label=line("said.saved")))
    return SAID


async def _shows(there: OnDiscord, button: Control) -> None:
    there.serving.gives = lambda act: replace(SAID, controls=(button,))
    await there.double.hands.slash(there.fay.id, "status", {"round": CODE})


async def _press(there: OnDiscord, id: str) -> None:
    message = there.private()[-1]
    assert id in str(message.components)
    await there.double.hands.press(there.fay.id, id, message)


async def test_a_voice_is_hidden_by_form_after_it_was_shown_and_agreed_to_whatever_the_form_lets_one_write() -> None:
    async with on_discord() as there:
        await _shows(there, control("hide", CODE, "F3"))
        there.serving.gives = _hides
        await _press(there, f"coproduce:hide:{CODE}:F3")
        reason = there.form()["components"][-1]["component"]
        assert reason["custom_id"] == "reason"
        words = "x" * reason["max_length"]
        there.double.world.forms[there.fay.id].state |= {"reason": {"value": words}, "voice": {"value": "F3"}}
        await there.double.hands.submit(there.fay.id)
        await there.finish()
        await _press(there, f"coproduce:hide:{CODE}:F3 {words}")
        await there.finish()
        done = there.serving.acts[-1]
        assert isinstance(done, Hide)
        assert (done.voice, done.reason, done.agreed) == ("F3", words, None)


async def test_a_button_that_would_carry_too_much_carries_its_round_alone() -> None:
    async with on_discord() as there:
        await _shows(there, control("hide", CODE, f"F3 {'it names somebody ' * 10}"))
        await there.finish()
        assert f"'coproduce:hide:{CODE}'" in str(there.private()[-1].components)


async def test_what_is_wrong_in_a_small_form_is_said_with_the_way_back_to_it() -> None:
    async with on_discord() as there:
        wrong = line("refused.time_empty")
        await _shows(there, control("extend", CODE))
        there.serving.gives = lambda act: (
            Refused(because=wrong, fields={"closes_at": wrong})
            if isinstance(act, Extend) and act.when
            else ShowForm(form=forms.extend_form(ROUND))
        )
        await _press(there, f"coproduce:extend:{CODE}")
        there.double.world.forms[there.fay.id].state["closes_at"] = {"value": "soonish"}
        await there.double.hands.submit(there.fay.id)
        await there.finish()
        await _press(there, f"coproduce:extend:{CODE}")
        assert there.form()["custom_id"] == f"coproduce:extend:{CODE}:"

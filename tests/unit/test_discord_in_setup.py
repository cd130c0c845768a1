"""Setting a round up on Discord: a private panel, a form for each part, and nothing that is kept in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from adapters.discord import listeners
from adapters.discord.calls import NAME
from bot import forms
from bot.acts import Act, New, OpenSetup, Outcome, Preview, Refused, Said, SaveSetup, ShowForm
from bot.messages import control, line
from bot.people import Workspace
from bot.rounds import Round
from bot.rules import setting_up as rules
from bot.settings import RoundSettings
from bot.text import Texts
from tests import builders
from tests.builders import NOON
from tests.discord.requests import Request
from tests.discord.world import APP, GUILD
from tests.unit.discord_serving import CODE, SAID, OnDiscord, on_discord

SETTINGS = RoundSettings()
TYPED = frozenset({"service", "proposal", "closes_at", "time_zone", "contact", "leaders_name", "next_steps"})


class Draft:
    """A draft as the engine keeps it; the rules are the engine's own."""

    def __init__(self) -> None:
        self.round_: Round = rules.new_draft(builders.actor(), "", "", NOON, SETTINGS)
        self.round_ = replace(self.round_, code=CODE)

    def gives(self, act: Act) -> Outcome:
        match act:
            case New():
                return self._form("")
            case OpenSetup():
                return self._form(act.page)
            case SaveSetup():
                self.round_ = replace(self.round_, organisers=(builders.organiser(account=act.actor.account),))
                decision = rules.save(self.round_, act, SETTINGS)
                self.round_ = decision.round_ or self.round_
                return decision.outcome if isinstance(decision.outcome, Refused) else self._form(act.page)
            case Preview():
                wrong = rules.mistakes(self.round_, act.at, SETTINGS)
                return Refused(because=line("refused.setup"), fields=wrong)
            case _:
                return Said(content=(line("said.saved"),))

    def _form(self, page: str) -> ShowForm:
        wrong = rules.seen_mistakes(self.round_, NOON, SETTINGS) if self.round_.setup.edition else {}
        closes_at = NOON + SETTINGS.default_length
        return ShowForm(form=forms.setup_form(self.round_, page, wrong, closes_at=closes_at))

    def named(self, group: str) -> Sequence[str]:
        return self.round_.setup.fields.get(group, ())


async def _panel(there: OnDiscord, draft: Draft) -> None:
    there.serving.gives = draft.gives
    await there.double.hands.slash(there.fay.id, "new")
    await there.finish()


async def _fill(there: OnDiscord, part: str, **values: Sequence[str]) -> None:
    """Opens the form of a part from the panel, and sends it."""
    panel = there.private()[-1]
    await there.double.hands.press(there.fay.id, f"coproduce:setup:{CODE}:{part}", panel)
    state = there.double.world.forms[there.fay.id].state
    for name, given in values.items():
        is_text = name in TYPED
        state[name] = {"value": given[0]} if is_text else {"values": list(given)}
    await there.double.hands.submit(there.fay.id)
    await there.finish()


async def test_the_panel_shows_what_is_done_and_each_part_has_a_form() -> None:
    async with on_discord() as there:
        draft = Draft()
        await _panel(there, draft)
        assert "○ 1 What" in there.last()
        await _fill(there, "what", service=["Repairs online"], proposal=["On your phone instead of by call"])
        assert "Set up: \u2068Repairs online\u2069 (R-7F3K)" in there.last()
        assert "✓ 1 What" in there.last()
        assert "○ 2 Who" in there.last()
        assert len(there.private()) == 1, "the panel is one message"


async def test_the_deadline_is_read_back_in_the_readers_own_time_and_agreed_to() -> None:
    async with on_discord() as there:
        draft = Draft()
        await _panel(there, draft)
        at = ["2026-12-18 17:00"]
        await _fill(there, "when", channel=[there.channel.id], closes_at=at, time_zone=["Europe/Berlin"])
        assert "Closes <t:1797609600:F>. Right?" in there.last()
        assert "○ 3 When" in there.last()
        agree = f"coproduce:setup:{CODE}:closes:2026-12-18T16:00:00+00:00"
        assert agree in str(there.private()[-1].components)
        await there.double.hands.press(there.fay.id, agree, there.private()[-1])
        await there.finish()
        assert "Closes <t:1797609600:F>." in there.last()
        assert "Right?" not in there.last()
        assert "✓ 3 When" in there.last()
        assert draft.round_.closes_at is not None
        assert draft.round_.closes_at.isoformat() == "2026-12-18T16:00:00+00:00"


async def test_a_time_that_nobody_understands_is_kept_and_shown_with_what_is_wrong() -> None:
    async with on_discord() as there:
        await _panel(there, Draft())
        await _fill(there, "when", channel=[there.channel.id], closes_at=["on the greek calends"])
        assert "I don't understand that time." in there.last()
        await there.double.hands.press(there.fay.id, f"coproduce:setup:{CODE}:when", there.private()[-1])
        boxes = {one["component"]["custom_id"]: one for one in there.form()["components"] if "component" in one}
        assert boxes["closes_at"]["component"]["value"] == "on the greek calends"
        assert boxes["closes_at"]["description"].startswith("⚠ I don't understand that time.")


async def test_people_are_named_by_role_by_select_and_by_several_selects() -> None:
    async with on_discord() as there:
        draft = Draft()
        crowd = [there.double.world.add_person(f"Person {n}").id for n in range(30)]
        role = there.double.world.add_role("ward staff", crowd[:2])
        await _panel(there, draft)
        await _fill(there, "who", leaders=[there.fay.id], frontline=[role.id], citizens=crowd[:25])
        assert list(draft.named("frontline")) == [f"role:{role.id}"]
        await _fill(there, "more", citizens=crowd[25:])
        assert list(draft.named("citizens")) == crowd
        assert list(draft.named("leaders")) == [there.fay.id]
        await _fill(there, "who")  # as it stands: the select shows 25, and nobody is lost
        assert list(draft.named("citizens")) == crowd
        assert list(draft.named("frontline")) == [f"role:{role.id}"]
        assert "✓ 2 Who" in there.last()


async def test_groups_are_named_and_next_steps_told_in_a_form_that_may_stay_empty() -> None:
    async with on_discord() as there:
        draft = Draft()
        await _panel(there, draft)
        await _fill(there, "names", leaders_name=["town board"], next_steps=["The board decides on 12 December."])
        assert draft.named("leaders_name") == ("town board",)
        assert "✓ 4 Names" in there.last()


async def test_a_draft_is_carried_on_in_its_panel() -> None:
    async with on_discord() as there:
        draft = Draft()
        carry_on = control("setup", CODE, "what", "carry_on")
        there.serving.gives = lambda act: (
            Said(content=(line("said.saved"),), controls=(carry_on,)) if isinstance(act, New) else draft.gives(act)
        )
        await there.double.hands.slash(there.fay.id, "new")
        await there.double.hands.press(there.fay.id, f"coproduce:setup:{CODE}", there.private()[-1])
        await there.finish()
        assert "○ 1 What" in there.last()


async def test_somebody_taken_out_of_a_select_is_not_asked() -> None:
    async with on_discord() as there:
        draft = Draft()
        await _panel(there, draft)
        await _fill(there, "who", leaders=[there.fay.id])
        await _fill(there, "who", leaders=[])
        assert list(draft.named("leaders")) == []


async def test_the_time_zone_is_remembered_for_the_person_and_proposed_the_next_time() -> None:
    async with on_discord() as there:
        await _panel(there, Draft())
        await _fill(there, "when", channel=[there.channel.id], time_zone=["Europe/Berlin"])
        await _panel(there, Draft())
        new = there.serving.acts[-1]
        assert isinstance(new, New)
        assert new.actor.tz == "Europe/Berlin"
        assert await there.vault.get(there.account().zone_key) == b"Europe/Berlin"


async def test_home_offers_to_choose_ones_time_zone_and_says_where_there_is_none_of_that_name() -> None:
    async with on_discord() as there:
        await there.double.hands.slash(there.fay.id, "home")
        for typed, told in (("Londonshire", "I don't know that time zone."), ("Europe/London", "is Europe/London now")):
            await there.double.hands.press(there.fay.id, "coproduce:zone:", there.private()[-1])
            there.double.world.forms[there.fay.id].state["time_zone"] = {"value": typed}
            await there.double.hands.submit(there.fay.id)
            await there.finish()
            assert told in there.last()
        await there.double.hands.slash(there.fay.id, "list")
        assert there.serving.acts[-1].actor.tz == "Europe/London"
        cast = await there.server.platform.people(Workspace(platform=NAME, id=GUILD), [there.fay.id])
        assert [member.tz for member in cast.found[there.fay.id]] == ["Europe/London"]


async def test_a_preview_of_what_is_not_ready_shows_the_panel_with_what_is_missing() -> None:
    async with on_discord() as there:
        draft = Draft()
        await _panel(there, draft)
        await _fill(there, "what", service=["Repairs online"], proposal=["On your phone"])
        draft.round_ = replace(draft.round_, setup=replace(draft.round_.setup, fields={"service": ("Repairs",)}))
        panel = there.private()[-1]
        panel.components.append(
            {"type": 1, "id": 90, "components": [{"type": 2, "id": 91, "custom_id": f"coproduce:preview:{CODE}"}]}
        )
        await there.double.hands.press(there.fay.id, f"coproduce:preview:{CODE}", panel)
        await there.finish()
        assert "○ 1 What" in there.last()
        assert "coproduce:setup:R-7F3K:what" in str(there.private()[-1].components)


async def test_the_panel_works_on_after_a_restart_of_the_bot() -> None:
    draft = Draft()
    async with on_discord() as there:
        await _panel(there, draft)
        panel = there.private()[-1]
        await there.server.stop()
        await there.server.leave()
        again = there.another_server()
        await again.enter()
        await again.listen(there.serving, there.vault)
        await _fill(there, "what", service=["Repairs online"], proposal=["On your phone"])
        await again._in_flight.finish(5.0)
        assert "✓ 1 What" in panel.content


@pytest.mark.parametrize(("named", "may"), [("Team leads", True), ("team LEADS", True), ("Others", False)])
async def test_rounds_are_started_by_members_of_the_roles_that_the_operator_names(named: str, may: bool) -> None:
    async with on_discord(organisers=[named]) as there:
        there.double.world.add_role("Team leads", [there.fay.id])
        there.double.world.add_role("Others")
        await _panel(there, Draft())
        assert any(isinstance(act, New) for act in there.serving.acts) is may
        assert ("Only people with one of these roles" in there.last()) is not may


async def test_a_round_started_from_home_in_a_private_conversation_needs_the_role_as_well() -> None:
    async with on_discord(organisers=["Team leads"]) as there:
        there.double.world.add_role("Team leads", [there.fay.id])
        cal = there.double.world.add_person("Cal Dunn")
        for person, may in ((there.fay, True), (cal, False)):
            there.serving.known = (there.account(person),)
            await there.double.hands.type(person.id, "hello")
            count = len(there.double.world.messages)
            await there.double.world.wait_until(lambda n=count: len(there.double.world.messages) > n)  # type: ignore[misc]
            await there.finish()
            message = there.double.world.messages[-1]
            message.components.append(
                {"type": 1, "id": 90, "components": [{"type": 2, "id": 91, "custom_id": "coproduce:new:"}]}
            )
            await there.double.hands.press(person.id, "coproduce:new:", message)
            await there.finish()
            assert any(isinstance(a, New) and a.actor.account.user == person.id for a in there.serving.acts) is may


@pytest.mark.parametrize("may", [True, False])
async def test_who_may_not_use_the_command_starts_no_round_by_a_button_either(may: bool) -> None:
    async with on_discord() as there:
        cal = there.double.world.add_person("Cal Dunn")  # the first person owns the server
        role = there.double.world.add_role("Team leads", [cal.id] if may else [])
        rules = [
            {"id": GUILD, "type": 1, "permission": False},
            {"id": role.id, "type": 1, "permission": True},
        ]

        async def permissions(request: Request) -> tuple[int, object]:
            return 200, [{"id": "1", "application_id": APP, "guild_id": GUILD, "permissions": rules}]

        rest = there.double.rest
        rest.handlers = {**rest.handlers, "GET /applications/{}/guilds/{}/commands/permissions": permissions}
        there.serving.gives = lambda act: replace(SAID, controls=(control("new"),))
        await there.double.hands.slash(cal.id, "home")
        await there.double.hands.press(cal.id, "coproduce:new:", there.private(cal)[-1])
        await there.finish()
        assert any(isinstance(act, New) for act in there.serving.acts) is may
        assert (Texts.load().line(line("refused.no_command")) == there.private(cal)[-1].content) is not may


async def test_a_slow_database_shows_the_panel_when_it_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listeners, "PATIENCE", 0.02)
    async with on_discord() as there:
        there.serving.holds = asyncio.Event()
        there.serving.gives = Draft().gives
        await there.double.hands.slash(there.fay.id, "new")
        there.serving.holds.set()
        await there.finish()
        assert "○ 1 What" in there.last()


@pytest.mark.parametrize(("part", "opens"), [("who", False), ("when", False), ("more", False), ("what", True)])
async def test_a_part_that_lists_people_or_channels_is_filled_in_in_the_server(part: str, opens: bool) -> None:
    """Discord fills its menus from the place where they stand: in a private conversation with nobody and no channel."""
    async with on_discord() as there:
        button = control("setup", CODE, part)
        there.serving.known = (there.account(),)
        there.serving.gives = lambda act: replace(SAID, controls=(button,))
        await there.double.hands.type(there.fay.id, "hello")
        await there.double.world.wait_until(lambda: len(there.double.world.messages) == 2)
        await there.finish()
        there.serving.gives = Draft().gives
        await there.double.hands.press(there.fay.id, button.id, there.double.world.messages[-1])
        await there.finish()
        assert (there.fay.id in there.double.world.forms) is opens
        assert opens or there.last() == Texts.load().on("discord").line(line("panel.in_the_server"))

"""The set-up: each part is saved by itself, and the panel is made anew of what the engine keeps."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime

from adapters.discord import panel, zones
from adapters.discord.forms import Place
from adapters.discord.panel import Panel
from adapters.discord.zones import Zones
from bot import commands
from bot.acts import Act, Actor, FormKind, OpenSetup, Outcome, Refused, SaveSetup, ShowForm
from bot.errors import where
from bot.rounds import ActId
from bot.setups import Fields

log = logging.getLogger(__name__)

Do = Callable[[Act | Refused], Awaitable[Outcome]]


class SettingUp:
    def __init__(self, do: Do, zones: Zones) -> None:
        self._do = do
        self._zones = zones

    async def save(self, sent: Place, fields: Fields, *, id: ActId, actor: Actor, at: datetime) -> Outcome | Panel:
        """Keeps what was typed, right or wrong, and shows the panel with what is wrong."""
        act = commands.filled(FormKind.SETUP, sent.code, sent.page, fields, id=id, actor=actor, at=at)
        if not isinstance(act, SaveSetup):
            return await self._do(act)
        if sent.page in (panel.MORE, "who"):
            before = await self._do(_look(act))
            if not isinstance(before, ShowForm):
                return before
            act = replace(act, fields=panel.joined(sent.page, act.fields, panel.values(before.form)))
        outcome = await self._do(act)
        await self._remember(actor, fields)
        return Panel(shown=outcome) if isinstance(outcome, ShowForm) else await self.with_panel(outcome, act)

    async def with_panel(self, outcome: Outcome, act: Act) -> Outcome | Panel:
        """Where boxes are wrong, the panel shows them with the way back to their forms."""
        if not (isinstance(outcome, Refused) and outcome.fields):
            return outcome
        shown = await self._do(_look(act))
        return Panel(shown=shown, told=outcome) if isinstance(shown, ShowForm) else outcome

    async def _remember(self, actor: Actor, fields: Fields) -> None:
        zone = zones.chosen(fields)
        if zone is None:
            return
        try:
            await self._zones.choose(actor.account.user, zone)
        except Exception as error:  # the round has its zone all the same
            log.error("zone_not_kept", extra={"error": where(error)})


def _look(act: Act) -> OpenSetup:
    return OpenSetup(id=act.id, actor=act.actor, at=act.at, code=act.code)

"""Which time zone somebody lives in: Discord tells none, so each person is asked once."""

from __future__ import annotations

import logging
from collections import OrderedDict
from dataclasses import replace
from typing import Final

from adapters.discord.calls import NAME
from bot.acts import Actor, Field, FieldKind, Form, FormKind, Outcome, Refused, Said, ShowForm
from bot.errors import where
from bot.messages import control, line
from bot.people import Account, Cast, Member
from bot.ports import Vault
from bot.rounds import RoundCode
from bot.setups import Fields
from bot.when import is_zone

log = logging.getLogger(__name__)

VERB: Final = "zone"
"""Of the button in `home`, and page of the form that it opens."""

BOX: Final = "time_zone"
LONGEST_ZONE = 50
REMEMBERED = 10_000


class Zones:
    """Kept in the vault, encrypted, under the person's id."""

    def __init__(self) -> None:
        self._vault: Vault | None = None
        self._known: OrderedDict[str, str | None] = OrderedDict()

    def keep_in(self, vault: Vault) -> None:
        """Before it, nobody's zone is known."""
        self._vault = vault

    async def of(self, user: str) -> str | None:
        """None also where it cannot be read now: nobody waits for a zone."""
        if user in self._known or self._vault is None:
            return self._known.get(user)
        try:
            kept = await self._vault.get(_key(user))
        except Exception as error:
            log.error("zone_not_read", extra={"error": where(error)})
            return None
        self._remember(user, kept.decode() if kept else None)
        return self._known[user]

    async def choose(self, user: str, zone: str) -> None:
        if self._known.get(user) == zone:
            return
        if self._vault is not None:
            await self._vault.put(_key(user), zone.encode())
        self._remember(user, zone)

    async def told(self, cast: Cast) -> Cast:
        """Everybody with the zone that they chose; the others are in the round's."""
        found = {ref: [await self._with_zone(member) for member in members] for ref, members in cast.found.items()}
        return replace(cast, found={ref: tuple(members) for ref, members in found.items()})

    async def _with_zone(self, member: Member) -> Member:
        zone = await self.of(member.account.user)
        return replace(member, tz=zone) if zone else member

    def _remember(self, user: str, zone: str | None) -> None:
        self._known[user] = zone
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)


def form(actor: Actor) -> ShowForm:
    asked = Field(
        name=BOX,
        kind=FieldKind.LINE,
        label=line("form.setup.time_zone.label"),
        hint=line("zone.hint"),
        values=(actor.tz,) if actor.tz else (),
        longest=LONGEST_ZONE,
    )
    form = Form(
        kind=FormKind.SETUP,
        code=RoundCode(""),
        page=VERB,
        fields=(asked,),
        title=line("zone.title"),
        submit=line("form.save"),
    )
    return ShowForm(form=form, locale=actor.locale or "en", tz=actor.tz or "UTC")


def chosen(fields: Fields) -> str | None:
    """The zone, if there is one of that name."""
    typed = (fields.get(BOX) or ("",))[0].strip()
    return typed if is_zone(typed) else None


def said(zone: str | None, actor: Actor) -> Outcome:
    locale, tz = actor.locale or "en", zone or actor.tz or "UTC"
    if zone is None:
        wrong = line("refused.time_zone")
        return Refused(because=wrong, fields={BOX: wrong}, locale=locale, tz=tz)
    return Said(content=(line("zone.chosen", zone=zone),), controls=(control("home"),), locale=locale, tz=tz)


def _key(user: str) -> str:
    return Account(platform=NAME, workspace="", user=user).zone_key

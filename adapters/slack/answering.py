"""The pages of an answer form. Each page is stored as an encrypted draft; the last one seals the reply."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from adapters.slack.modals import Place
from bot import commands
from bot.acts import Act, Actor, Outcome, Refused, ShowForm
from bot.rounds import ActId
from bot.setups import Fields

Do = Callable[[Act | Refused], Awaitable[Outcome]]


@dataclass(frozen=True, slots=True, kw_only=True)
class NextPage:
    """The page is stored; the form shows the next one."""

    shown: ShowForm
    step: int


async def turn(place: Place, fields: Fields, *, id: ActId, actor: Actor, at: datetime, do: Do) -> Outcome | NextPage:
    """Stores one page. The engine merges it with the draft: a modal cannot carry the words of its other pages."""
    is_draft = not place.is_last
    page = commands.filled(place.kind, place.code, place.page, fields, id=id, actor=actor, at=at, draft=is_draft)
    outcome = await do(page)
    if is_draft and isinstance(outcome, ShowForm):
        return NextPage(shown=outcome, step=place.step + 1)
    return outcome

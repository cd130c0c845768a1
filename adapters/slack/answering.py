"""The pages of an answer form. Each page is stored as an encrypted draft; the last one seals the reply."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from adapters.slack.modals import BACK, Place
from bot import commands
from bot.acts import Act, Actor, FormKind, Outcome, Refused, ShowForm
from bot.rounds import ActId
from bot.setups import Fields

Do = Callable[[Act | Refused], Awaitable[Outcome]]


@dataclass(frozen=True, slots=True, kw_only=True)
class NextPage:
    """The page is stored; the form shows the next one, or the one before."""

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


def leads_back(control: str, place: Place) -> bool:
    """Was it [Back] that was pressed, in a page of an answer? From elsewhere it opens the form."""
    return place.kind == FormKind.ANSWER and control == f"coproduce:answer:{place.code}:{BACK}"


async def turn_back(
    place: Place, fields: Fields, *, id: ActId, actor: Actor, at: datetime, do: Do
) -> Outcome | NextPage:
    """Stores the page as it stands, and shows the one before."""
    page = commands.filled(place.kind, place.code, place.page, fields, id=id, actor=actor, at=at, draft=True)
    outcome = await do(page)
    return NextPage(shown=outcome, step=max(place.step - 1, 0)) if isinstance(outcome, ShowForm) else outcome

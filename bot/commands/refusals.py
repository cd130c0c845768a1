"""What every act has, and how a refusal is made before the engine is asked."""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

from bot.acts import Actor, Refused
from bot.messages import Fact, control, line
from bot.rounds import ActId


class Common(TypedDict):
    id: ActId
    actor: Actor
    at: datetime


def refused(actor: Actor, key: str, **facts: Fact) -> Refused:
    help_ = (control("home"), control("help"))
    return Refused(because=line(key, **facts), controls=help_, locale=actor.locale or "en", tz=actor.tz or "UTC")

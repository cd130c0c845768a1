"""Delivers what is owed: once each, in order, within the platforms' pace."""

from bot.courier.delivering import Courier
from bot.courier.policy import WHEN_UNSEARCHABLE, Unseen

__all__ = ["WHEN_UNSEARCHABLE", "Courier", "Unseen"]

"""Use cases: an act in, an outcome out. `Service.do` is the only way in; `Waking` is what the clock does."""

from bot.service.clock_watch import ClockWatch
from bot.service.dependencies import Dependencies
from bot.service.service import Service
from bot.service.waking import Waking

__all__ = ["ClockWatch", "Dependencies", "Service", "Waking"]

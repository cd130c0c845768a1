"""Use cases: an act in, an outcome out. `Service.do` is the only way in; `Waking` is what the clock does."""

from bot.service.service import Service
from bot.service.tools import Tools
from bot.service.waking import Waking

__all__ = ["Service", "Tools", "Waking"]

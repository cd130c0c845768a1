"""What people type, press and fill in, as acts: the one grammar of all platforms."""

from bot.commands.codes import read_code
from bot.commands.controls import LATER_BUTTONS, pressed
from bot.commands.forms import answers_of, filled
from bot.commands.mentions import readable
from bot.commands.refusals import refused
from bot.commands.typed import LATER, VERBS, Perhaps, typed

__all__ = [
    "LATER",
    "LATER_BUTTONS",
    "VERBS",
    "Perhaps",
    "answers_of",
    "filled",
    "pressed",
    "read_code",
    "readable",
    "refused",
    "typed",
]

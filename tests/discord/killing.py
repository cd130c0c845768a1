"""The warm parent on Discord, as a program (`python -m tests.discord.killing`)."""

from __future__ import annotations

from datetime import timedelta

from adapters.discord import calls, listeners
from tests.acceptance.killing_chapters import CAST, ROUNDS
from tests.acceptance.killing_rounds import Killed, main
from tests.discord import interacting, messaging
from tests.discord.discord_chat import AT_ONCE
from tests.discord.killing_bot import count, make, moments_to_die_at
from tests.discord.killing_chat import KilledDiscord

DISCORD = Killed(
    chat=lambda folder: KilledDiscord(folder, ROUNDS, CAST), make=make, count=count, moments=moments_to_die_at
)

if __name__ == "__main__":
    vars(messaging)["NONCE_LIVES"] = timedelta()  # what stands is found by looking, and not by Discord's own memory
    interacting.ANSWER_WITHIN = 20.0  # a busy machine is no fault of the bot
    listeners.PATIENCE = listeners.COMPLETED_WITHIN = 10.0
    calls.A_SECOND = AT_ONCE
    main(DISCORD)

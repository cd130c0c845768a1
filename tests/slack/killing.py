"""The warm parent on Slack, as a program (`python -m tests.slack.killing`)."""

from __future__ import annotations

from tests.acceptance.killing_chapters import CAST, ROUNDS
from tests.acceptance.killing_rounds import Killed, main
from tests.slack.killing_bot import count, make, moments_to_die_at
from tests.slack.killing_chat import KilledSlack

SLACK = Killed(chat=lambda folder: KilledSlack(folder, ROUNDS, CAST), make=make, count=count, moments=moments_to_die_at)

if __name__ == "__main__":
    main(SLACK)

"""Messages as the outbox hands them out, and how a reader reads them, for the tests of wording."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.compose import compose
from bot.messages import Message, MessageId, MessageKind, Op, Page, State, args_of
from bot.questions import questions
from bot.rounds import Perspective, Round, Seat
from bot.settings import RoundSettings
from bot.text import Worded
from tests.builders import CHANNEL, NOON, collecting, seat
from tests.isolates import AsRead

TEXTS = AsRead.load()
TO_STAKEHOLDERS = (
    MessageKind.QUESTION,
    MessageKind.REMINDER,
    MessageKind.NUDGE,
    MessageKind.DEADLINE_MOVED,
    MessageKind.CANCELLED,
    MessageKind.REMOVED,
    MessageKind.OPENED,
)


def a_round(*seats: Seat, **changes: Any) -> Round:
    """Collecting, with its questions as the method words them."""
    people = seats or (
        seat("ann", "leaders"),
        seat("bo", "leaders"),
        *(seat(f"f{n}", "frontline") for n in range(6)),
        *(seat(f"c{n}", "citizens") for n in range(4)),
    )
    round_ = collecting(*people, proposal="Report repairs on your phone", time_zone="Europe/London", **changes)
    return replace(round_, questions=questions(round_.groups, round_.stage))


def message(kind: MessageKind, round_: Round, of: Seat | None = None, args: Mapping[str, Any] | None = None) -> Message:
    return Message(
        id=MessageId(1),
        key=f"{round_.code}:{kind}:x:0",
        round_id=round_.id,
        kind=kind,
        op=Op.POST,
        to=of.address if of else CHANNEL,
        state=State.SENDING,
        attempt=1,
        args=args or {},
        tried_at=None,
        step=None,
        posted=None,
        anchor=None,
        in_thread=False,
        is_card=False,
        header=round_.header,
        seat=of,
    )


def read(
    kind: MessageKind,
    round_: Round | None = None,
    *,
    of: Seat | None = None,
    args: Mapping[str, Any] | None = None,
    voices: Sequence[Perspective] = (),
    now: datetime = NOON,
    settings: RoundSettings | None = None,
) -> Worded:
    """What its reader sees."""
    round_ = round_ or a_round()
    of = of or (round_.seats[0] if kind in TO_STAKEHOLDERS else None)
    return TEXTS.post(compose(message(kind, round_, of, args), round_, voices, now=now, settings=settings))


def read_page(page: Page, *voices: Perspective) -> Worded:
    return read(page.kind, args=args_of(page), voices=voices)


def verbs(worded: Worded) -> list[str]:
    return [button.verb for button in worded.buttons]

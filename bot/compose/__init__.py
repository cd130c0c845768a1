"""What each message says now: from the round as it stands to a `Post`. Pure; no sentence is written here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from bot.compose import cards, channel, live, people, preview, reveal
from bot.compose.cards import status_of
from bot.compose.kept import data_lines, with_backups
from bot.compose.people import more
from bot.compose.reveal import one_voice, statement_lines
from bot.compose.scene import Scene, Shown
from bot.messages import Message, MessageKind, Post
from bot.rounds import Perspective, Round
from bot.settings import RoundSettings

__all__ = ["compose", "data_lines", "more", "one_voice", "statement_lines", "status_of", "with_backups"]


def compose(
    message: Message,
    round_: Round,
    voices: Sequence[Perspective] = (),
    *,
    now: datetime,
    settings: RoundSettings | None = None,
) -> Post:
    """`voices`: those the message shows (`page_of(message.args).voices`).

    `round_` needs its seats for PREVIEW, STATUS, REHEARSAL, ANNOUNCEMENT and QUESTION; else its shell will do.
    """
    scene = Scene(message=message, round_=round_, voices=tuple(voices), now=now, settings=settings or RoundSettings())
    kind = live.kind_of(scene) if message.kind is MessageKind.QUESTION else message.kind
    shown = RENDERINGS[kind](scene)
    return Post(
        kind=kind,
        content=with_backups(shown.content, scene.settings),
        controls=shown.controls,
        locale=scene.locale,
        tz=scene.tz,
    )


RENDERINGS: Mapping[MessageKind, Callable[[Scene], Shown]] = {
    MessageKind.PREVIEW: preview.preview,
    MessageKind.STATUS: cards.status,
    MessageKind.REHEARSAL: preview.rehearsal,
    MessageKind.NOT_OPENED: cards.not_opened,
    MessageKind.HELD_BACK: cards.held_back,
    MessageKind.STUCK: cards.stuck,
    MessageKind.PAUSED: cards.paused,
    MessageKind.CLOCK_HELD: cards.clock_held,
    MessageKind.WRONG_GROUP: cards.wrong_group,
    MessageKind.HIDING: cards.hiding,
    MessageKind.ANNOUNCEMENT: channel.announcement,
    MessageKind.CAST_CHANGED: channel.cast_changed,
    MessageKind.CALLED_OFF: channel.called_off,
    MessageKind.INVITATION: channel.invitation,
    MessageKind.CHANNEL_REMINDER: channel.reminder,
    MessageKind.CHANNEL_DEADLINE: channel.deadline_moved,
    MessageKind.NEXT_STEPS: cards.next_steps,
    MessageKind.HEADLINE: reveal.headline,
    MessageKind.HEADLINE_DONE: reveal.headline_done,
    MessageKind.HEADING: reveal.heading,
    MessageKind.PAGE: reveal.page,
    MessageKind.LATE_PAGE: reveal.page,
    MessageKind.CONTRASTS: reveal.page,
    MessageKind.REPORT: reveal.report,
    MessageKind.QUESTION: people.question,
    MessageKind.REMINDER: people.reminder,
    MessageKind.NUDGE: people.nudge,
    MessageKind.DEADLINE_MOVED: people.deadline_moved,
    MessageKind.CLOSED_EARLY: people.closed_early,
    MessageKind.CANCELLED: people.cancelled,
    MessageKind.REMOVED: people.removed,
    MessageKind.SMALLER_GROUP: people.smaller_group,
    MessageKind.WITHHELD: people.withheld,
    MessageKind.NEW_VENUE: people.new_venue,
    MessageKind.OPENED: people.opened,
    MessageKind.HELD: live.held,
    MessageKind.MOVE: people.move,
    MessageKind.DECLINED: live.declined,
    MessageKind.CLOSED: live.closed,
    MessageKind.OLDER: live.older,
}
"""One a kind; a test holds it complete."""

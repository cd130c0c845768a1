"""What becomes of a message that may stand or not, where the platform cannot be searched for it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from bot.messages import MessageKind


class Unseen(StrEnum):
    RESEND = "resend"
    GIVE_UP = "give_up"


WHEN_UNSEARCHABLE: Mapping[MessageKind, Unseen] = {
    # an organiser who reads something twice shrugs; one who never reads it leaves the round standing still
    MessageKind.PREVIEW: Unseen.RESEND,
    MessageKind.STATUS: Unseen.RESEND,
    MessageKind.REHEARSAL: Unseen.RESEND,
    MessageKind.NOT_OPENED: Unseen.RESEND,
    MessageKind.HELD_BACK: Unseen.RESEND,
    MessageKind.STUCK: Unseen.RESEND,
    MessageKind.PAUSED: Unseen.RESEND,
    MessageKind.CLOCK_HELD: Unseen.RESEND,
    MessageKind.WRONG_GROUP: Unseen.RESEND,
    MessageKind.HIDING: Unseen.RESEND,
    # without it nobody is asked at all
    MessageKind.ANNOUNCEMENT: Unseen.RESEND,
    # a promise to the channel: what changed, and how it ended, is told
    MessageKind.CAST_CHANGED: Unseen.RESEND,
    MessageKind.CALLED_OFF: Unseen.RESEND,
    # a voice that is there twice is a blemish that all can see; a voice left out is the one thing that must not be
    MessageKind.HEADLINE: Unseen.RESEND,
    MessageKind.HEADING: Unseen.RESEND,
    MessageKind.PAGE: Unseen.RESEND,
    MessageKind.CONTRASTS: Unseen.RESEND,
    MessageKind.HEADLINE_DONE: Unseen.RESEND,
    MessageKind.REPORT: Unseen.RESEND,
    MessageKind.LATE_PAGE: Unseen.RESEND,
    # people wait for it before they talk
    MessageKind.INVITATION: Unseen.RESEND,
    # both questions open the same form and one reply counts; somebody never asked has lost their voice without knowing
    MessageKind.QUESTION: Unseen.RESEND,
    # whoever was not asked knows of no deadline; to be reminded twice is what makes people press "stop"
    MessageKind.REMINDER: Unseen.GIVE_UP,
    # the last chance before words that were never sealed miss the reveal
    MessageKind.NUDGE: Unseen.RESEND,
    # to miss one of these is to believe something that is no longer true
    MessageKind.DEADLINE_MOVED: Unseen.RESEND,
    MessageKind.CANCELLED: Unseen.RESEND,
    MessageKind.CLOSED_EARLY: Unseen.RESEND,
    MessageKind.REMOVED: Unseen.RESEND,
    MessageKind.SMALLER_GROUP: Unseen.RESEND,
    MessageKind.WITHHELD: Unseen.RESEND,
    MessageKind.NEW_VENUE: Unseen.RESEND,
    MessageKind.OPENED: Unseen.RESEND,
    # a question is edited to these, and editing twice is editing once
    MessageKind.HELD: Unseen.RESEND,
    MessageKind.MOVE: Unseen.RESEND,
    MessageKind.DECLINED: Unseen.RESEND,
    MessageKind.CLOSED: Unseen.RESEND,
    MessageKind.OLDER: Unseen.RESEND,
}

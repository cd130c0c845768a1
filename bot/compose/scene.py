"""What a message is composed from, and who will read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.messages import Control, Line, Message, Passage, control, line
from bot.people import Address, Place, Reach
from bot.rounds import Attribution, Perspective, Round, Seat
from bot.rules.groups import listed
from bot.rules.setting_up import place
from bot.rules.setup_groups import groups
from bot.settings import RoundSettings

Content = list[Line | Passage]

SHORT = 600
"""Characters of a proposal that stand in a message; [More] shows the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    content: Content
    controls: tuple[Control, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    message: Message
    round_: Round
    voices: tuple[Perspective, ...]
    now: datetime
    settings: RoundSettings

    @property
    def locale(self) -> str:
        """The reader's: of their seat, of what the message was owed with, else the round's."""
        seat = self.message.seat
        return (seat.locale if seat else self.message.args.get("locale")) or self.round_.locale

    @property
    def tz(self) -> str:
        seat = self.message.seat
        return (seat.tz if seat else self.message.args.get("tz")) or self.round_.time_zone

    @property
    def seat(self) -> Seat:
        """Of the stakeholder this is for."""
        seat = self.message.seat
        if seat is None:
            raise ValueError(f"{self.message.kind} is for a stakeholder")
        return seat

    def controls(self, *verbs: str) -> tuple[Control, ...]:
        """Buttons of this round; an argument stands behind a colon (`setup:who`)."""
        return buttons(self.round_, *verbs)


def buttons(round_: Round, *verbs: str) -> tuple[Control, ...]:
    parts = (verb.partition(":") for verb in verbs)
    return tuple(control(verb, round_.code, argument) for verb, _, argument in parts)


def audience(round_: Round) -> Reach:
    """Who reads the answers, as it is told to people before they write."""
    if round_.venues:
        return round_.venues[0].told
    found = round_.setup.looked_up
    return (found.reach if found else None) or Reach(name="")


def place_of(round_: Round) -> Place:
    """The channel in which the answers open."""
    where = round_.venues[0].address if round_.venues else place(round_)
    elsewhere = Address(platform=round_.workspace.platform, workspace=round_.workspace.id)
    return Place(address=where or elsewhere, name=audience(round_).name)


def place_in(args: Mapping[str, object]) -> Place | str:
    """The channel that a message was owed with. Earlier releases stored only the name that it had."""
    found = args["place"]
    return found if isinstance(found, Place) else f"#{found}"


def sizes(round_: Round) -> dict[str, int]:
    """People a group, as the organiser listed them; before the opening as they were looked up."""
    found = round_.setup.looked_up
    if not round_.groups:
        return {name: len(members) for name, members in found.cast.items()} if found else {}
    here = [listed(seat) for seat in round_.seats if seat.is_here]
    return {group.name: here.count(group.name) for group in round_.groups}


def is_leaders(round_: Round, group: str) -> bool:
    return any(each.is_leaders and each.name == group for each in round_.groups or groups(round_.setup.fields))


def is_named(round_: Round) -> bool:
    return round_.attribution is Attribution.NAMED


def was_answered(round_: Round) -> bool:
    """In time, by anybody: as the statement froze it."""
    return round_.statement is None or any(group.replied for group in round_.statement.groups)


def steps(round_: Round) -> Content:
    """What happens with the answers: who decides, by when, when people hear."""
    text = round_.next_steps.strip()
    heading = line("message.question.next_steps")
    return [Passage(text=text, heading=heading, locale=round_.locale)] if text else []


def proposal(round_: Round, longest: int = SHORT) -> Content:
    """What is planned, decided and still open, each cut short where it is long; and what happens then."""
    parts = (
        (line("message.question.planned"), round_.proposal),
        (line("message.question.decided"), round_.decided),
        (line("message.question.still_open"), round_.still_open),
    )
    shown: Content = [
        Passage(text=_shortened(text, longest), heading=heading, locale=round_.locale)
        for heading, text in parts
        if text.strip()
    ]
    return [*shown, *steps(round_)]


def _shortened(text: str, longest: int) -> str:
    if len(text) <= longest:
        return text
    return text[:longest].rsplit(None, 1)[0] + " …"


REASONS = frozenset(
    {
        *("archived", "not_member", "gone", "not_allowed", "thread_not_found"),
        *("too_long", "too_large", "not_taken", "moderated", "files_off", "full", "upload"),
        "too_many_threads",
    }
)
"""Of `Rejected` and `Unreachable`: those that have a sentence."""

_UPLOAD = ("upload_", "no_session")


def why_refused(reason: str) -> Line:
    """Why a chat refuses a message, in words; of what is known to nobody the chat's own code."""
    if reason.startswith(_UPLOAD):
        return line("refusal.upload")
    known = "not_taken" if reason == "no_file" else reason
    return line(f"refusal.{known}") if known in REASONS else line("refusal.other", code=reason.removeprefix("http_"))

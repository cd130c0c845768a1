"""Acts (what people do) and outcomes (what they are shown). Adapters translate their platform to and from these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final

from bot import told
from bot.answers import Answers, Receipt
from bot.messages import Control, Line, Passage
from bot.people import Account, Cast, Reach, Standing
from bot.rounds import ActId, RoundCode
from bot.setups import Fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    account: Account
    name: str
    standing: Standing = Standing.MEMBER
    locale: str | None = None
    tz: str | None = None
    language: str | None = None  # of their chat, also where there is no catalogue for it

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", told.name(self.name, self.account.user))
        object.__setattr__(self, "language", told.language(self.language or self.locale))
        object.__setattr__(self, "locale", told.locale(self.locale))
        object.__setattr__(self, "tz", told.zone(self.tz))


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One press, command or form. `id` is the platform's id of that one press: a repeat gets the same answer."""

    id: ActId
    actor: Actor
    at: datetime  # our clock when it arrived
    code: RoundCode | None = None  # as typed or pressed; None: the one round it can mean

    needs_standing: ClassVar[bool] = False
    """Acts whose permission depends on the actor's standing. If it is UNKNOWN, the adapter looks it up again first."""


class OrganiserAct(Act):
    """What only those may do who run the round."""


# anybody


class Home(Act): ...


class Help(Act): ...


class ListRounds(Act): ...


class Typed(Act):
    """Something was typed to the bot. The act does not carry the text, because typed text is never an answer."""


# setting up


@dataclass(frozen=True, slots=True, kw_only=True)
class New(Act):
    needs_standing: ClassVar[bool] = True
    service: str = ""
    channel: str = ""  # where the command was typed, as the platform's id
    is_another: bool = False  # beside a set-up that was begun


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSetup(OrganiserAct):
    page: str = ""  # a label of the platform, given back in the form


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveSetup(OrganiserAct):
    """Keeps the boxes that were sent; the others stay as they are. `page`: as in `OpenSetup`."""

    page: str
    fields: Fields


class Preview(OrganiserAct): ...


class Rehearse(OrganiserAct): ...


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRound(OrganiserAct):
    needs_standing: ClassVar[bool] = True
    without: bool = False  # open the round without the people who cannot be asked


# answering


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Act):
    """Asks for my form."""

    late: bool = False  # pressed "answer before reading"
    is_told: bool = False  # they know what else waits for their word: whether they move to another group


@dataclass(frozen=True, slots=True, kw_only=True)
class Write(Act):
    """Words: a whole form, or one page of it. `seal` False: keep as a draft."""

    answers: Answers
    boxes: frozenset[str] | None = None  # those that the page showed; None: all. The others stay as they are
    seal: bool = True
    late: bool = False  # filled in the form for late replies (`Form.page` "late")
    written_as: str | None = None  # the group that the form named; None: it did not say


class Taken(StrEnum):
    """What a person confirmed to take back. Nothing else is destroyed."""

    SEALED = "sealed"  # words in envelopes before the close
    LATE = "late"  # words in envelopes after the close
    VOICE = "voice"  # words published with their name


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw(Act):
    receipt: str = field(default="", repr=False)  # as typed, or from an old button; empty: all own words
    is_pressed: bool = False  # the receipt came from an old button: ask for confirmation
    agreed: Taken | None = None  # None: ask for confirmation
    revision: int = 0  # of the seat when it was asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Check(Act):
    receipt: str = field(default="", repr=False)


class ShowReceipt(Act):
    """Show the receipt of the sealed answer again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decline(Act):
    revision: int | None = None  # of the seat when it was asked whether its words may be destroyed; None: asks first


SNOOZES: Final = ("3h", "tomorrow", "last_day")


@dataclass(frozen=True, slots=True, kw_only=True)
class Snooze(Act):
    choice: str = ""  # one of SNOOZES; "" : show the choices


class StopReminders(Act): ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong(Act):
    """The actor says that they were asked as the wrong group."""

    confirmed: bool = False


class MoveChoice(StrEnum):
    YES = "yes"
    STAY = "stay"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved(Act):
    """My answer is sealed, and I was asked to move to another group: does it move with me?"""

    choice: MoveChoice


class More(Act): ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Read(Act):
    """The answers, one at a time."""

    voice: int | None = None  # the position of the one to show; None: where this reader stopped
    is_agreed: bool = False  # pressed [Just read]: they do not want to go first


class HaveRead(Act):
    """I'm done reading."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskToHide(Act):
    """Asks the organisers to hide a voice. They are never told who asks."""

    voice: str = ""  # as in `Hide`; with no reason: show the form
    reason: str = field(default="", repr=False)
    is_filled: bool = False  # the form was sent


# running


class Status(OrganiserAct): ...


class Remind(OrganiserAct): ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Extend(OrganiserAct):
    when: str = ""  # empty: show the form
    confirmed: bool = False  # `confirm:extend:<ISO time>`: the time was shown back and agreed


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseRound(OrganiserAct):
    confirmed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel(OrganiserAct):
    confirmed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreeReveal(OrganiserAct):
    """The organiser releases a reveal that was held back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry(OrganiserAct):
    """Try a stuck conversation again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChooseVenue(OrganiserAct):
    """Another channel for a reveal that waits."""

    channel: str = ""  # the platform's id; empty: show the form
    reach: Reach | None = None  # looked up by the adapter, like `Add.cast`; None: the bot cannot see the channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Add(OrganiserAct):
    group: str = ""
    people: tuple[str, ...] = ()  # platform user ids
    cast: Cast | None = None  # looked up by the adapter: the engine never waits for a platform; None: it failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Move(OrganiserAct):
    """The answer to "not right?": somebody who is here is asked as another group."""

    into: int  # which group of the round
    person: str  # platform user id


@dataclass(frozen=True, slots=True, kw_only=True)
class Remove(OrganiserAct):
    person: str = ""  # platform user id


@dataclass(frozen=True, slots=True, kw_only=True)
class Share(OrganiserAct):
    """Makes somebody co-organiser."""

    person: str = ""  # platform user id
    cast: Cast | None = None  # as in `Add`


@dataclass(frozen=True, slots=True, kw_only=True)
class Hide(OrganiserAct):
    """After the reveal: one perspective becomes a stub with the reason."""

    voice: str = ""  # "F3": the third of frontline
    reason: str = ""
    agreed: str | None = None  # by form: the voice whose hiding was agreed to; "": ask first. None: typed in full


class Export(OrganiserAct):
    """The report as files, privately."""


# outcomes -----------------------------------------------------------------------------------------------------


class FieldKind(StrEnum):
    LINE = "line"
    TEXT = "text"
    CHOICE = "choice"
    PEOPLE = "people"
    CHANNEL = "channel"
    TIME = "time"  # typed, or a native picker


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One box. Label and hint are sentences of the catalogue, or the organiser's own wording (a Passage)."""

    name: str
    kind: FieldKind
    label: Line | Passage
    hint: Line | Passage | None = None
    values: tuple[str, ...] = field(default=(), repr=False)
    choices: tuple[tuple[str, Line], ...] = ()  # value, label
    optional: bool = False
    error: Line | None = None
    longest: int = 3_000


TOLD: Final = "told"
"""Argument of the button to the form below what else waits for somebody's word."""

LATE: Final = "late"
WRITTEN_AS: Final = "as:"
"""Pages of an answer's form: of a late reply; or, with the group behind it, of what is written as one of that group."""


def written_as(page: str) -> str | None:
    """The group that an answer's form names; None: it is of an older release, or of a late reply."""
    return page.removeprefix(WRITTEN_AS) if page.startswith(WRITTEN_AS) else None


class FormKind(StrEnum):
    SETUP = "setup"
    ANSWER = "answer"
    RECEIPT = "receipt"  # read-only: what is submitted is ignored
    RECEIPT_CHECK = "check"
    RECEIPT_WITHDRAW = "withdraw"
    EXTEND = "extend"
    HIDE = "hide"
    HIDING = "hiding"
    VENUE = "venue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    kind: FormKind
    code: RoundCode
    fields: tuple[Field, ...]
    title: Line
    notes: tuple[Line | Passage, ...] = ()  # shown above the boxes
    # given back: of the set-up the platform's own; of an answer "late", or its group; of `hide` the voice agreed to
    page: str = ""
    submit: Line


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowForm:
    form: Form
    locale: str = "en"
    tz: str = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Shown to the one who acted, and to nobody else."""

    content: tuple[Line | Passage, ...]
    controls: tuple[Control, ...] = ()
    locale: str = "en"
    tz: str = "UTC"
    receipt: Receipt | None = field(default=None, repr=False)  # to be shown in a form (`forms.receipt_shown`) only
    is_page: bool = False  # too long for a message: a window shows it where the platform has windows


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """One sentence that says what is wrong and what to do; `fields` names the boxes it is about."""

    because: Line
    fields: Mapping[str, Line] = field(default_factory=dict)
    controls: tuple[Control, ...] = ()
    locale: str = "en"
    tz: str = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirm:
    """Asks before something that cannot be undone; the control carries `confirm` and the verb."""

    content: tuple[Line | Passage, ...]
    yes: Control
    locale: str = "en"
    tz: str = "UTC"


Outcome = ShowForm | Said | Refused | Confirm

"""Forms that people send, as acts."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.acts import (
    LATE,
    Act,
    Actor,
    AskToHide,
    Check,
    ChooseVenue,
    Extend,
    FormKind,
    Hide,
    Home,
    Refused,
    SaveSetup,
    Withdraw,
    Write,
    written_as,
)
from bot.answers import Answers, Seen
from bot.commands.codes import shown_code
from bot.commands.mentions import readable
from bot.commands.refusals import Common, refused
from bot.formats import written_language
from bot.forms import NAMES_OF_GROUPS
from bot.messages import line
from bot.rounds import ActId, RoundCode
from bot.setups import Fields

FREE_TEXT = frozenset({"service", "proposal", "decided", "still_open", "contact", "next_steps", *NAMES_OF_GROUPS})
"""Boxes of the set-up in which mentions become what people read. People's own answers stay to the letter."""


LONGEST_TAG = 20
"""Characters of the tag of a language."""


def filled(
    kind: FormKind | str,
    code: str,
    page: str,
    fields: Fields,
    *,
    id: ActId,
    actor: Actor,
    at: datetime,
    draft: bool = False,
) -> Act | Refused:
    """A form as it was sent. `draft`: keep the words, do not seal them."""
    common = Common(id=id, actor=actor, at=at)
    known = shown_code(code)
    if known is None or kind not in tuple(FormKind):
        return refused(actor, "refused.stale_form")
    match FormKind(kind):
        case FormKind.SETUP:
            return _filled_setup(known, page, fields, common)
        case FormKind.ANSWER:
            return _filled_answer(known, page, fields, common, seal=not draft)
        case FormKind.EXTEND:
            return _filled_time(known, _one(fields, "closes_at").strip(), common)
        case FormKind.HIDE:
            voice, reason = _one(fields, "voice").strip(), readable(_one(fields, "reason")).strip()
            return Hide(**common, code=known, voice=voice, reason=reason, agreed=page)
        case FormKind.HIDING:
            voice, reason = (_one(fields, name) for name in ("voice", "reason"))
            return AskToHide(**common, code=known, voice=voice, reason=reason, is_filled=True)
        case FormKind.VENUE:
            return _filled_channel(known, _one(fields, "channel").strip(), common)
        case FormKind.RECEIPT:  # it was read, and sent back
            return Home(**common)
        case FormKind.RECEIPT_CHECK | FormKind.RECEIPT_WITHDRAW as by_receipt:
            return _filled_receipt(Check if by_receipt is FormKind.RECEIPT_CHECK else Withdraw, known, fields, common)


def answers_of(fields: Fields) -> Answers:
    """The answer form, or one page of it. A box that the page does not show is empty here (`Write.boxes`)."""
    seen = _one(fields, "seen")
    return Answers(
        personal=_one(fields, "personal"),
        others=_one(fields, "others"),
        intentions=_one(fields, "intentions"),
        barriers=_one(fields, "barriers"),
        sign=_one(fields, "sign") == "name",
        seen=Seen(seen) if seen in (Seen.NONE, Seen.SOME, Seen.ALL) else None,
        written_in=written_language(_one(fields, "written_in")[:LONGEST_TAG]),
    )


def _one(fields: Fields, name: str) -> str:
    values = fields.get(name, ())
    return values[0] if values else ""


def _filled_answer(code: RoundCode, page: str, fields: Fields, common: Common, *, seal: bool) -> Write:
    told = Write(**common, answers=answers_of(fields), boxes=frozenset(fields), seal=seal, written_as=written_as(page))
    return replace(told, code=code, late=page == LATE)


def _filled_setup(code: RoundCode, page: str, fields: Fields, common: Common) -> SaveSetup:
    texts = {name: tuple(map(readable, values)) for name, values in fields.items() if name in FREE_TEXT}
    return SaveSetup(**common, code=code, page=page, fields={**fields, **texts})


def _filled_time(code: RoundCode, when: str, common: Common) -> Act | Refused:
    if not when:
        return _empty(common["actor"], "closes_at", "refused.time_empty")
    return Extend(**common, code=code, when=when)


def _filled_channel(code: RoundCode, channel: str, common: Common) -> Act | Refused:
    if not channel:
        return _empty(common["actor"], "channel", "refused.empty.channel")
    return ChooseVenue(**common, code=code, channel=channel)


def _filled_receipt(
    act: type[Check] | type[Withdraw], code: RoundCode, fields: Fields, common: Common
) -> Act | Refused:
    receipt = _one(fields, "receipt").strip()
    if not receipt:
        return _empty(common["actor"], "receipt", "refused.receipt_empty")
    return act(**common, code=code, receipt=receipt)


def _empty(actor: Actor, name: str, key: str) -> Refused:
    return Refused(because=line(key), fields={name: line(key)}, locale=actor.locale or "en", tz=actor.tz or "UTC")

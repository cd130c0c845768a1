"""Use cases of one stakeholder. Words pass through here and are kept nowhere but sealed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import structlog

from bot import forms
from bot.acts import (
    TOLD,
    Act,
    Answer,
    Check,
    Confirm,
    Decline,
    FormKind,
    Moved,
    Outcome,
    Refused,
    Said,
    ShowForm,
    ShowReceipt,
    Snooze,
    StopReminders,
    Taken,
    Withdraw,
    Write,
    Wrong,
)
from bot.answers import Answers, Receipt
from bot.compose.live import state_controls
from bot.compose.people import moving
from bot.errors import CoproduceError, NotAllowed, NotKept, where
from bot.messages import Control, Line, control, line
from bot.people import Account, Way
from bot.ports import Erased, Held, Own, OwnSeat
from bot.reveal import labels, take_down_owed
from bot.rounds import Phase, Round, RoundCode, Seat
from bot.rules import answering as rules
from bot.rules import casting
from bot.rules.moves import SeatRule
from bot.service.dependencies import Dependencies, sentence

log = structlog.get_logger(__name__)


async def answer(deps: Dependencies, act: Answer) -> Outcome:
    """My form, with what I wrote so far."""
    mine = await deps.mine(act)
    round_ = mine.round_
    is_open = round_.phase is Phase.COLLECTING and rules.is_before(deps.arrived_at(act), round_.closes_at)
    if not is_open and round_.phase is Phase.COLLECTING:
        return Refused(because=line("refused.just_closed"))
    if not is_open and round_.phase not in rules.AFTER_CLOSE:
        to_read = (control("read", round_.code),) if round_.phase is Phase.ENDED else ()
        return Refused(because=line("refused.closed.answer"), controls=to_read)
    if _moves_here(mine.seat) and is_open and not act.is_told:
        return Said(content=tuple(moving(round_, mine.seat)), controls=_once_told(state_controls(round_, mine.seat)))
    own = await deps.replies.own(round_.code, act.actor.account)
    written = own.answers if own and (is_open or own.kind != "reply") else None
    if round_.phase is Phase.REVEALED and not act.late and written is None:
        choices = (control("late", round_.code), control("read", round_.code, "just"), control("hiding", round_.code))
        return Said(content=(line("said.can_go_first"),), controls=choices)
    form = forms.answer_form(
        round_,
        mine.seat,
        written,
        group_size=mine.group_size,
        receipt=own.receipt if own else None,
        is_long=bool(own and written and own.is_long),
        late=not is_open,
        language=act.actor.language,
    )
    return ShowForm(form=form)


async def write(deps: Dependencies, act: Write) -> Outcome:
    """Sealed before it is looked at: no refusal loses typing. Only "held" promises.

    Nothing of one's own is read before the words are on the disk: what a page does not show is merged in there.
    """
    code = act.code or (await deps.mine(act)).round_.code
    account = act.actor.account
    at = deps.arrived_at(act)
    rule = partial(rules.page_kept_as, at=at, seal=act.seal, late=act.late, written_as=act.written_as)
    try:
        with deps.intake.taking(code, account):
            held = await deps.replies.keep(code, account, act, act.answers, rule, boxes=act.boxes)
    except NotAllowed as refusal:
        if refusal.facts.get("why") != rules.EMPTY:
            raise
        return Refused(because=sentence(refusal), fields=rules.mistakes(Answers(), seal=True))
    except CoproduceError:
        raise
    except Exception as fault:  # after this line words are on the disk, and nobody may be told that they are not
        log.error("not_kept", act=act.id, error=where(fault))
        raise NotKept from None
    deps.woken()
    if held.kind in ("reply", "late"):  # of a repeat there may be no words left to look at
        return await _held(deps, act, code, held)
    wrong = rules.mistakes(held.answers, seal=act.seal)
    if not act.seal and act.boxes is not None:  # what is wrong elsewhere is marked where it stands
        wrong = {name: why for name, why in wrong.items() if name in act.boxes}
    if wrong:
        return Refused(because=line("refused.kept_as_draft"), fields=wrong, controls=(control("answer", code),))
    if act.seal and held.kind == "draft":  # nothing is wrong with it, but its writer is in another group by now
        return Refused(because=line("refused.moved_since"), controls=(control("answer", code),))
    is_page = not act.seal and act.boxes is not None
    if is_page and (held.kind == "draft" or (held.kind == "late_draft" and act.late)):
        return await _next_page(deps, act, code, held)
    return await _held(deps, act, code, held)


async def _next_page(deps: Dependencies, act: Write, code: RoundCode, held: Held) -> Outcome:
    """The form again, with all that is kept by now. Where that fails, what is kept is said to be kept."""
    try:
        mine = await deps.mine(act)
    except NotAllowed:
        raise
    except Exception as fault:  # whatever it is, the words are on the disk
        log.error("next_page_failed", fault=where(fault))
        again = control("late" if act.late else "answer", code)
        return Said(content=(line("said.page_kept"),), controls=(again,))
    is_late = held.kind == "late_draft"
    form = forms.answer_form(
        mine.round_,
        mine.seat,
        held.answers,
        group_size=mine.group_size,
        is_long=held.is_long,
        late=is_late,
        language=act.actor.language,
    )
    return ShowForm(form=form)


def _moves_here(seat: Seat) -> bool:
    """Are they asked whether they move, and have no conversation in which that stands?"""
    return seat.way is Way.CHANNEL and bool(seat.replied_at and seat.moving_to)


def _once_told(controls: Sequence[Control]) -> tuple[Control, ...]:
    """The way to the form, for somebody who has just read what else waits for their word."""
    form = control("answer", argument=TOLD, wording="change")
    return tuple(replace(form, code=one.code) if one.verb == "answer" else one for one in controls)


async def _held(deps: Dependencies, act: Write, code: RoundCode, held: Held) -> Outcome:
    again = control("answer", code, "change")
    long = (line("said.held.long"),) if held.is_long else ()
    match held.kind:
        case "reply":
            have = _have(held, await _name(deps, act, code), "said.held", "said.held.short")
            return Said(
                content=(have, *long, line("said.held.keep"), line("said.held.change")),
                controls=(again, control("withdraw", code), control("stop", code)),
                receipt=held.receipt,
            )
        case "late":
            signed = "signed" if held.answers.sign else "unsigned"
            return Said(
                content=(
                    _have(held, await _name(deps, act, code), "said.late_held", "said.late_held.short"),
                    line(f"said.late_held.{signed}"),
                    *long,
                    line("said.late_held.keep"),
                ),
                controls=(control("late", code, "change"), control("withdraw", code)),
                receipt=held.receipt,
            )
        case "late_draft" if not held.changed:
            return Said(content=(line("said.unchanged"),))
        case "late_draft":
            return Said(content=(line("said.kept_late"),), controls=(control("late", code),))
        case _:
            return Said(content=(line("said.draft"),), controls=(again,))


async def _name(deps: Dependencies, act: Write, code: RoundCode) -> str | None:
    """The service, where it can be read just now. An open round keeps its name: it is not read after each reply."""
    name = deps.names.get(code)
    if name is None:
        try:
            name = (await deps.mine(act, or_removed=True)).round_.service
        except Exception as fault:  # whatever it is, the words are on the disk
            log.error("round_not_read", fault=where(fault))
            return None
        deps.names.keep(code, name)
    return name


def _have(held: Held, service: str | None, key: str, short: str) -> Line:
    """That it is held, naming the service and the deadline; `short` where they are not known."""
    return line(key, service=service, closes_at=held.closes_at) if service and held.closes_at else line(short)


async def receipt(deps: Dependencies, act: ShowReceipt) -> Outcome:
    """Once more, for as long as what it belongs to is sealed."""
    code = (await deps.mine(act, or_removed=True)).round_.code
    own = await deps.replies.own(code, act.actor.account)
    if own is None or own.receipt is None:
        return Refused(because=line("refused.no_receipt"))
    controls = (control("withdraw", code), control("check", code))
    return Said(content=(line("said.receipt"),), controls=controls, receipt=own.receipt)


async def withdraw(deps: Dependencies, act: Withdraw) -> Outcome:
    """Takes mine back, when I have agreed to it: destroyed before the close, a stub after it."""
    mine = await deps.mine(act, or_removed=True)
    if act.agreed is not None:
        return await _taken_back(deps, act, mine.round_)
    round_, account, receipt = mine.round_, act.actor.account, Receipt(act.receipt)
    own = await deps.replies.own(round_.code, account)
    if own and (not receipt or await _is_of_mine(deps, mine, own, receipt)):
        return _asks(round_, mine.seat, own)
    if round_.prepared_at is None:
        if own is None:
            return Refused(because=line("refused.nothing_to_take_back"))
        return Refused(because=line("refused.old_receipt"), controls=(control("withdraw", round_.code),))
    if not receipt and await deps.replies.has_signed(round_.code, account):
        yes = control("confirm", round_.code, f"withdraw:{Taken.VOICE}")
        return Confirm(content=(line("confirm.withdraw.voice"),), yes=yes)
    if not receipt or act.is_pressed:
        return ShowForm(form=forms.receipt_form(FormKind.RECEIPT_WITHDRAW, round_.code, act.receipt))
    return await _take_down(deps, act, round_, receipt, "refused.receipt_gone")


async def _is_of_mine(deps: Dependencies, mine: OwnSeat, own: Own, receipt: Receipt) -> bool:
    """Once answers are published a receipt may name published words, while its owner also has a late draft."""
    if mine.round_.prepared_at:
        return own.bears(receipt)
    return await deps.replies.holds(mine.round_.code, mine.seat.account, receipt)


def _asks(round_: Round, seat: Seat, own: Own) -> Confirm:
    """What would go, bound to the revision that it is asked about."""
    if round_.prepared_at:  # from there on revisions count anew
        yes = control("confirm", round_.code, f"withdraw:{Taken.LATE}:{seat.revision}")
        return Confirm(content=(line("confirm.withdraw.late"),), yes=yes)
    asks = line("confirm.withdraw.sealed" if own.receipt else "confirm.withdraw.draft")
    return Confirm(content=(asks,), yes=control("confirm", round_.code, f"withdraw:{seat.revision}"))


async def _taken_back(deps: Dependencies, act: Withdraw, round_: Round) -> Outcome:
    account = act.actor.account
    if act.agreed is Taken.VOICE:
        return await _take_down(deps, act, round_, account, "refused.nothing_to_take_back")
    changed = Refused(because=line("refused.changed_since"), controls=(control("withdraw", round_.code),))
    if (act.agreed is Taken.LATE) is (round_.prepared_at is None):
        return changed
    erased = await deps.replies.withdraw(round_.code, account, act, act.revision)
    deps.woken()
    if erased.found:
        return _gone(round_, erased)
    return changed if erased.what == "changed" else Refused(because=line("refused.nothing_to_take_back"))


async def _take_down(deps: Dependencies, act: Act, round_: Round, by: Account | Receipt, gone: str) -> Outcome:
    """`gone`: what is said where there is no such voice."""
    down = await deps.replies.take_down(round_.code, by, take_down_owed, act.at, act.id)
    deps.woken()
    return Said(content=(line("said.taken_down"),)) if down.found else Refused(because=line(gone))


def _gone(round_: Round, erased: Erased) -> Outcome:
    done = "said.destroyed" if erased.is_final else "said.being_destroyed"
    again = "answer" if round_.phase is Phase.COLLECTING else "late"
    return Said(content=(line(done),), controls=(control(again, round_.code),))


async def check(deps: Dependencies, act: Check) -> Outcome:
    """Are my words in, unchanged?"""
    round_ = (await deps.mine(act, or_removed=True)).round_
    if not act.receipt:
        return ShowForm(form=forms.receipt_form(FormKind.RECEIPT_CHECK, round_.code))
    receipt = Receipt(act.receipt)
    if not round_.phase.is_open:
        is_mine = await deps.replies.holds(round_.code, act.actor.account, receipt)
        return Said(content=(line("said.check.held"),)) if is_mine else Refused(because=line("refused.receipt"))
    found = await deps.replies.find(round_.code, receipt)
    if found is None:
        return Refused(because=line("refused.receipt_gone"))
    named = labels(await deps.replies.perspectives(round_.id))[found.position]
    return Said(content=(line("said.check.published"), named, line("said.check.mark", commitment=found.commitment)))


async def decline(deps: Dependencies, act: Decline) -> Outcome:
    in_doubt = deps.clock.doubt is not None
    return await _on_seat(
        deps, act, lambda header, seat: rules.decline(header, seat, act.revision, act.at, in_doubt=in_doubt)
    )


async def snooze(deps: Dependencies, act: Snooze) -> Outcome:
    tz = act.actor.tz or deps.settings.time_zone
    return await _on_seat(deps, act, lambda header, seat: rules.snooze(header, seat, act.choice, act.at, tz))


async def stop(deps: Dependencies, act: StopReminders) -> Outcome:
    return await _on_seat(deps, act, lambda header, seat: rules.stop_reminders(header, seat, act.at))


async def _on_seat(deps: Dependencies, act: Act, rule: SeatRule) -> Outcome:
    code = act.code or (await deps.mine(act)).round_.code
    changed = await deps.rounds.change_seat(code, act.actor.account, act.id, rule, act.at)
    deps.woken()
    return changed.outcome


async def moved(deps: Dependencies, act: Moved) -> Outcome:
    return await _on_seat(deps, act, lambda header, seat: casting.moved(header, seat, act.choice, act.at))


async def wrong(deps: Dependencies, act: Wrong) -> Outcome:
    round_ = (await deps.mine(act)).round_
    return await _on_seat(
        deps, act, lambda _, seat: casting.wrong_group(round_, seat, seat.name, confirmed=act.confirmed)
    )

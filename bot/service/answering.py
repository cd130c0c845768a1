"""Use cases of one stakeholder. Words pass through here and are kept nowhere but sealed."""

from __future__ import annotations

from functools import partial

import structlog

from bot import forms
from bot.acts import (
    Act,
    Answer,
    Check,
    Decline,
    FormKind,
    Outcome,
    Refused,
    Said,
    ShowForm,
    Snooze,
    StopReminders,
    Withdraw,
    Write,
    Wrong,
)
from bot.errors import Closed, NotAllowed, where
from bot.messages import Control, Passage, control, line
from bot.ports import Erased, Held
from bot.reveal import labels, take_down_owed
from bot.rounds import Answers, Phase, Receipt, Round, RoundCode
from bot.rules import answering as rules
from bot.rules import casting
from bot.rules.moves import SeatRule
from bot.service.dependencies import Dependencies, sentence

log = structlog.get_logger(__name__)


async def answer(deps: Dependencies, act: Answer) -> Outcome:
    """My form, with what I wrote so far."""
    mine = await deps.mine(act)
    round_ = mine.round_
    is_open = round_.phase is Phase.COLLECTING and round_.closes_at is not None and act.at < round_.closes_at
    if not is_open and round_.phase is Phase.COLLECTING:
        return Refused(because=line("refused.just_closed"))
    if not is_open and round_.phase not in rules.AFTER_CLOSE:
        raise Closed(phase=round_.phase.value)
    own = await deps.replies.own(round_.code, act.actor.account)
    written = own.answers if own and (is_open or own.kind != "reply") else None
    if round_.phase is Phase.REVEALED and not act.late and written is None:
        choices = (control("late", round_.code), control("read", round_.code))
        return Said(content=(line("said.can_go_first"),), controls=choices)
    return ShowForm(form=forms.answer_form(round_, mine.seat, written, group_size=mine.group_size, late=not is_open))


async def write(deps: Dependencies, act: Write) -> Outcome:
    """Sealed before it is looked at: no refusal loses typing. Only "held" promises.

    Nothing of one's own is read before the words are on the disk: what a page does not show is merged in there.
    """
    code = act.code or (await deps.mine(act)).round_.code
    account = act.actor.account
    rule = partial(rules.page_kept_as, at=act.at, seal=act.seal, late=act.late)
    try:
        with deps.intake.taking(code, account):
            held = await deps.replies.keep(code, account, act, act.answers, rule, boxes=act.boxes)
    except NotAllowed as refusal:
        if refusal.facts.get("why") != rules.EMPTY:
            raise
        return Refused(because=sentence(refusal), fields=rules.mistakes(Answers(), seal=True))
    deps.woken()
    if held.receipt:
        return _held(code, held)
    wrong = rules.mistakes(held.answers, seal=act.seal)
    if not act.seal and act.boxes is not None:  # what is wrong elsewhere is marked where it stands
        wrong = {name: why for name, why in wrong.items() if name in act.boxes}
    if wrong:
        return Refused(because=line("refused.kept_as_draft"), fields=wrong, controls=(control("answer", code),))
    is_page = not act.seal and act.boxes is not None
    if is_page and (held.kind == "draft" or (held.kind == "late_draft" and act.late)):
        return await _next_page(deps, act, code, held)
    return _held(code, held)


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
    form = forms.answer_form(mine.round_, mine.seat, held.answers, group_size=mine.group_size, late=is_late)
    return ShowForm(form=form)


def _held(code: RoundCode, held: Held) -> Outcome:
    again = control("answer", code, "change")
    match held.kind:
        case "reply":
            return Said(
                content=(line("said.held"), *_shown(held.receipt), line("said.held.keep")),
                controls=(again, *_with_receipt(code, held.receipt), control("stop", code)),
                receipt=held.receipt,
            )
        case "late":
            signed = "signed" if held.answers.sign else "unsigned"
            return Said(
                content=(line("said.late_held"), *_shown(held.receipt), line(f"said.late_held.{signed}")),
                controls=(control("late", code, "change"), *_with_receipt(code, held.receipt)),
                receipt=held.receipt,
            )
        case "late_draft" if not held.changed:
            return Said(content=(line("said.unchanged"),))
        case "late_draft":
            return Said(content=(line("said.kept_late"),), controls=(control("late", code),))
        case _:
            return Said(content=(line("said.draft"),), controls=(again,))


def _shown(receipt: Receipt | None) -> tuple[Passage, ...]:
    """As a passage, which is never in a `repr` and never stored."""
    return (Passage(text=receipt, heading=line("said.receipt")),) if receipt else ()


def _with_receipt(code: RoundCode, receipt: Receipt | None) -> tuple[Control, ...]:
    return (control("withdraw", code, receipt),) if receipt else ()


async def withdraw(deps: Dependencies, act: Withdraw) -> Outcome:
    """Takes mine back: destroyed before the close, a stub after it."""
    round_ = (await deps.mine(act)).round_
    account, receipt = act.actor.account, Receipt(act.receipt)
    sealed = await deps.replies.withdraw(round_.code, account, act, receipt or None)
    deps.woken()
    if sealed.what == "perspective":  # this press came before, and took down what was published
        return Said(content=(line("said.taken_down"),))
    if sealed.found:
        return _gone(round_, sealed)
    if round_.prepared_at is None or sealed.what == "done":
        if sealed.what == "receipt":
            return Refused(because=line("refused.old_receipt"), controls=(control("withdraw", round_.code),))
        return Refused(because=line("refused.nothing_to_take_back"))
    # what was published, also beside a late answer
    down = await deps.replies.take_down(round_.code, receipt or account, take_down_owed, act.at, act.id)
    deps.woken()
    if down.found:
        return Said(content=(line("said.taken_down"),))
    if receipt:
        return Refused(because=line("refused.receipt_gone"))
    return ShowForm(form=forms.receipt_form(FormKind.RECEIPT_WITHDRAW, round_.code))


def _gone(round_: Round, erased: Erased) -> Outcome:
    done = "said.destroyed" if erased.is_final else "said.being_destroyed"
    again = "answer" if round_.phase is Phase.COLLECTING else "late"
    return Said(content=(line(done),), controls=(control(again, round_.code),))


async def check(deps: Dependencies, act: Check) -> Outcome:
    """Are my words in, unchanged?"""
    round_ = (await deps.mine(act)).round_
    if not act.receipt:
        return ShowForm(form=forms.receipt_form(FormKind.RECEIPT_CHECK, round_.code))
    receipt = Receipt(act.receipt)
    if round_.phase not in (Phase.REVEALED, Phase.ENDED):
        is_mine = await deps.replies.holds(round_.code, act.actor.account, receipt)
        return Said(content=(line("said.check.held"),)) if is_mine else Refused(because=line("refused.receipt"))
    found = await deps.replies.find(round_.code, receipt)
    if found is None:
        return Refused(because=line("refused.receipt_gone"))
    named = labels(await deps.replies.perspectives(round_.id))[found.position]
    return Said(content=(line("said.check.published"), named, line("said.check.mark", commitment=found.commitment)))


async def decline(deps: Dependencies, act: Decline) -> Outcome:
    return await _on_seat(deps, act, lambda header, seat: rules.decline(header, seat, act.at))


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


async def wrong(deps: Dependencies, act: Wrong) -> Outcome:
    round_ = (await deps.mine(act)).round_
    return await _on_seat(deps, act, lambda _, seat: casting.wrong_group(round_, seat, act.actor.name))

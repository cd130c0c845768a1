"""Use cases of the organiser while a round runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot import compose, forms, when
from bot.acts import (
    Act,
    Add,
    AgreeReveal,
    Cancel,
    ChooseVenue,
    CloseRound,
    Export,
    Extend,
    Move,
    Outcome,
    Refused,
    Remind,
    Remove,
    Retry,
    Said,
    Share,
    ShowForm,
    Status,
)
from bot.errors import NotAllowed
from bot.inviting import invites
from bot.messages import line
from bot.people import Account, Address, Invites
from bot.reveal import group_meant
from bot.rounds import Phase, Round
from bot.rules import casting, reminding, revealing
from bot.rules import running as rules
from bot.rules.moves import Decision, Rule
from bot.rules.setting_up import must_open, must_run, takes_no_messages
from bot.service.dependencies import Dependencies, May


async def status(deps: Dependencies, act: Status) -> Outcome:
    """Who was reached and how many replied; never what."""
    round_ = await deps.run_by(act, _may_open(act))
    if takes_no_messages(round_, act.actor.account):
        await deps.rounds.change(round_.id, None, lambda newest: rules.card_again(newest, act.actor), act.at)
        deps.woken()
    shown = compose.status_of(round_)
    return Said(content=tuple(shown.content), controls=shown.controls)


async def remind(deps: Dependencies, act: Remind) -> Outcome:
    return await _run(deps, act, lambda round_: rules.remind(round_, act.actor, act.at, deps.settings))


async def extend(deps: Dependencies, act: Extend) -> Outcome:
    found = await deps.run_by(act, _may_run(act))
    if not act.when:
        rules.must_collect(found, act.at)
        return ShowForm(form=forms.extend_form(found))
    if act.confirmed:
        until = _shown_back(act.when)
    else:
        read = when.read(act.when, now=act.at, tz=act.actor.tz or found.time_zone)
        if not isinstance(read, datetime):
            return Refused(because=read.line, fields={"closes_at": read.line})
        until = read
    return await _run(
        deps,
        act,
        lambda round_: rules.extend(round_, act.actor, until, act.at, deps.settings, confirmed=act.confirmed),
        _may_run(act),
    )


def _shown_back(written: str) -> datetime:
    """The time in a button of ours. Raises NotAllowed where somebody else wrote it."""
    try:
        until = datetime.fromisoformat(written)
    except ValueError:
        raise NotAllowed(why="stale_button") from None
    if until.tzinfo is None:
        raise NotAllowed(why="stale_button")
    return until


async def close(deps: Dependencies, act: CloseRound) -> Outcome:
    """Refused while the clock is in doubt: nobody could tell what was in time."""
    if deps.clock.doubt is not None:
        return Refused(because=line("refused.clock_held"))

    def rule(round_: Round) -> Decision:
        by_hand = rules.end_early if round_.phase is Phase.REVEALED else rules.close_early
        return by_hand(round_, act.actor, act.at, confirmed=act.confirmed)

    return await _run(deps, act, rule, _may_run(act))


async def cancel(deps: Dependencies, act: Cancel) -> Outcome:
    def rule(round_: Round) -> Decision:
        return rules.cancel(round_, act.actor, act.at, confirmed=act.confirmed)

    return await _run(deps, act, rule, _may_run(act))


async def agree_reveal(deps: Dependencies, act: AgreeReveal) -> Outcome:
    return await _run(deps, act, lambda round_: revealing.agree(round_, act.actor, act.at), _may_run(act))


async def retry(deps: Dependencies, act: Retry) -> Outcome:
    return await _run(deps, act, lambda round_: rules.retry(round_, act.actor, act.at), _may_open(act))


async def venue(deps: Dependencies, act: ChooseVenue) -> Outcome:
    """Another channel for a reveal that waits."""
    found = await deps.run_by(act, _may_open(act))
    if not act.channel:
        return ShowForm(form=forms.venue_form(found, revealing.waiting_venue(found, act.actor, act.at)))
    where = found.workspace
    to = Address(platform=where.platform, workspace=where.id, channel=act.channel)
    return await _run(
        deps, act, lambda round_: revealing.choose_venue(round_, act.actor, to, act.reach, act.at), _may_open(act)
    )


async def add(deps: Dependencies, act: Add) -> Outcome:
    cast = act.cast
    if cast is None:
        raise NotAllowed(why="unknown_person")

    members = [member.account for found in cast.found.values() for member in found]
    asked = await _invites(deps, act, list(dict.fromkeys(members)))

    def rule(round_: Round) -> Decision:
        group = group_meant(act.group, round_.groups) or act.group
        added = casting.add(round_, act.actor, group, cast, act.at, asked)
        return reminding.joined(added, deps.settings, act.at)

    return await _run(deps, act, rule)


async def move(deps: Dependencies, act: Move) -> Outcome:
    asked = await _invites(deps, act, ())

    def rule(round_: Round) -> Decision:
        moved = casting.move(round_, act.actor, act.into, act.person, act.at, asked)
        return reminding.joined(moved, deps.settings, act.at)

    return await _run(deps, act, rule)


async def _invites(deps: Dependencies, act: Act, accounts: Sequence[Account]) -> Invites:
    """By the platform that an organiser acts on: their rounds ask there."""
    platform = deps.platforms.get(act.actor.account.platform)
    return await invites(platform, deps.rounds, accounts) if platform else Invites()


async def remove(deps: Dependencies, act: Remove) -> Outcome:
    return await _run(deps, act, lambda round_: casting.remove(round_, act.actor, act.person, act.at))


async def share(deps: Dependencies, act: Share) -> Outcome:
    cast = act.cast
    if cast is None:
        raise NotAllowed(why="unknown_person")
    return await _run(deps, act, lambda round_: casting.share(round_, act.actor, cast), _may_run(act))


async def export(deps: Dependencies, act: Export) -> Outcome:
    return await _run(deps, act, lambda round_: revealing.export(round_, act.actor, act.at))


def _may_run(act: Act) -> May:
    return lambda round_: must_run(round_, act.actor)


def _may_open(act: Act) -> May:
    return lambda round_: must_open(round_, act.actor, act.at)


async def _run(deps: Dependencies, act: Act, rule: Rule, may: May | None = None) -> Outcome:
    """`may`: what somebody who is no organiser must pass."""
    found = await deps.run_by(act, may)
    return (await deps.change(found.id, act, rule)).outcome

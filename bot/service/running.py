"""Use cases of the organiser while a round runs."""

from __future__ import annotations

from datetime import datetime

from bot import compose, forms, when
from bot.acts import (
    Act,
    Add,
    AgreeReveal,
    Cancel,
    CloseRound,
    Extend,
    Outcome,
    Refused,
    Remind,
    Remove,
    Retry,
    Said,
    ShowForm,
    Status,
)
from bot.errors import NotAllowed
from bot.rounds import Phase, Round
from bot.rules import casting, revealing
from bot.rules import running as rules
from bot.rules.moves import Decision, Rule
from bot.service.tools import Tools


async def status(tools: Tools, act: Status) -> Outcome:
    """Who was reached and how many replied; never what."""
    round_ = await tools.run_by(act)
    shown = compose.status_of(round_)
    return Said(content=tuple(shown.content), controls=shown.controls)


async def remind(tools: Tools, act: Remind) -> Outcome:
    return await _run(tools, act, lambda round_: rules.remind(round_, act.actor, act.at))


async def extend(tools: Tools, act: Extend) -> Outcome:
    found = await tools.run_by(act)
    if not act.when:
        rules.must_collect(found, act.at)
        return ShowForm(form=forms.extend_form(found))
    if act.confirmed:
        until = datetime.fromisoformat(act.when)
        if until.tzinfo is None:
            raise NotAllowed(why="stale_button")
    else:
        read = when.read(act.when, now=act.at, tz=found.time_zone)
        if not isinstance(read, datetime):
            return Refused(because=read.line, fields={"closes_at": read.line})
        until = read
    return await _run(
        tools,
        act,
        lambda round_: rules.extend(round_, act.actor, until, act.at, tools.settings, confirmed=act.confirmed),
    )


async def close(tools: Tools, act: CloseRound) -> Outcome:
    def rule(round_: Round) -> Decision:
        by_hand = rules.end_early if round_.phase is Phase.REVEALED else rules.close_early
        return by_hand(round_, act.actor, act.at, confirmed=act.confirmed)

    return await _run(tools, act, rule)


async def cancel(tools: Tools, act: Cancel) -> Outcome:
    return await _run(tools, act, lambda round_: rules.cancel(round_, act.actor, act.at, confirmed=act.confirmed))


async def agree_reveal(tools: Tools, act: AgreeReveal) -> Outcome:
    return await _run(tools, act, lambda round_: revealing.agree(round_, act.actor, act.at))


async def retry(tools: Tools, act: Retry) -> Outcome:
    return await _run(tools, act, lambda round_: rules.retry(round_, act.actor))


async def add(tools: Tools, act: Add) -> Outcome:
    cast = act.cast
    if cast is None:
        raise NotAllowed(why="add_needs_people")
    return await _run(tools, act, lambda round_: casting.add(round_, act.actor, act.group, cast, act.at))


async def remove(tools: Tools, act: Remove) -> Outcome:
    return await _run(tools, act, lambda round_: casting.remove(round_, act.actor, act.person, act.at))


async def _run(tools: Tools, act: Act, rule: Rule) -> Outcome:
    found = await tools.run_by(act)
    return (await tools.change(found.id, act, rule)).outcome

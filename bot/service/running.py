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
    Export,
    Extend,
    Hide,
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
from bot.errors import NotAllowed, Sealed
from bot.messages import line
from bot.reveal import codes, take_down_owed
from bot.rounds import Phase, Round
from bot.rules import casting, revealing
from bot.rules import running as rules
from bot.rules.moves import Decision, Rule
from bot.service.dependencies import Dependencies


async def status(deps: Dependencies, act: Status) -> Outcome:
    """Who was reached and how many replied; never what."""
    round_ = await deps.run_by(act)
    shown = compose.status_of(round_)
    return Said(content=tuple(shown.content), controls=shown.controls)


async def remind(deps: Dependencies, act: Remind) -> Outcome:
    return await _run(deps, act, lambda round_: rules.remind(round_, act.actor, act.at))


async def extend(deps: Dependencies, act: Extend) -> Outcome:
    found = await deps.run_by(act)
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
        deps,
        act,
        lambda round_: rules.extend(round_, act.actor, until, act.at, deps.settings, confirmed=act.confirmed),
    )


async def close(deps: Dependencies, act: CloseRound) -> Outcome:
    def rule(round_: Round) -> Decision:
        by_hand = rules.end_early if round_.phase is Phase.REVEALED else rules.close_early
        return by_hand(round_, act.actor, act.at, confirmed=act.confirmed)

    return await _run(deps, act, rule)


async def cancel(deps: Dependencies, act: Cancel) -> Outcome:
    return await _run(deps, act, lambda round_: rules.cancel(round_, act.actor, act.at, confirmed=act.confirmed))


async def agree_reveal(deps: Dependencies, act: AgreeReveal) -> Outcome:
    return await _run(deps, act, lambda round_: revealing.agree(round_, act.actor, act.at))


async def retry(deps: Dependencies, act: Retry) -> Outcome:
    return await _run(deps, act, lambda round_: rules.retry(round_, act.actor))


async def add(deps: Dependencies, act: Add) -> Outcome:
    cast = act.cast
    if cast is None:
        raise NotAllowed(why="unknown_person")
    return await _run(deps, act, lambda round_: casting.add(round_, act.actor, act.group, cast, act.at))


async def remove(deps: Dependencies, act: Remove) -> Outcome:
    return await _run(deps, act, lambda round_: casting.remove(round_, act.actor, act.person, act.at))


async def share(deps: Dependencies, act: Share) -> Outcome:
    cast = act.cast
    if cast is None:
        raise NotAllowed(why="unknown_person")
    return await _run(deps, act, lambda round_: casting.share(round_, act.actor, cast))


async def export(deps: Dependencies, act: Export) -> Outcome:
    return await _run(deps, act, lambda round_: revealing.export(round_, act.actor, act.at))


async def hide(deps: Dependencies, act: Hide) -> Outcome:
    """One perspective becomes a stub with the reason; counted in the statement, audited."""
    round_ = await deps.run_by(act)
    if round_.phase not in (Phase.REVEALED, Phase.ENDED):
        raise Sealed(code=round_.code)
    if not act.voice or not act.reason.strip():
        wrong = {"reason": line("refused.empty.reason")} if act.voice else {}
        return ShowForm(form=forms.hide_form(round_, act.voice, act.reason, wrong))
    voices = await deps.replies.perspectives(round_.id)
    marks = codes(voices, (group.name for group in round_.groups))
    wanted = act.voice.upper().replace(" ", "")
    position = next((at for at, mark in marks.items() if mark.upper() == wanted), None)
    if position is None:
        known = line("refused.unknown_voice", example=next(iter(marks.values()), "F1"))
        return Refused(because=known, fields={"voice": known})
    done = await deps.replies.hide(round_.code, position, act.reason.strip(), take_down_owed, act.at)
    if not done:
        return Refused(because=line("refused.already_hidden"))
    return await _run(deps, act, lambda round_: rules.hidden(wanted))


async def _run(deps: Dependencies, act: Act, rule: Rule) -> Outcome:
    found = await deps.run_by(act)
    return (await deps.change(found.id, act, rule)).outcome

"""Use cases that only look: what waits for me, help, the list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from bot import compose
from bot.acts import Help, Home, ListRounds, More, Outcome, Said, Typed
from bot.messages import BY_NAME, Control, Line, control, line
from bot.people import Account
from bot.ports import RoundLine
from bot.rounds import Phase
from bot.service.dependencies import IN_PLAY, Dependencies

OVER = (Phase.ENDED, Phase.CANCELLED)


async def home(deps: Dependencies, act: Home) -> Outcome:
    """What waits for me first, then what I run, then New and Help."""
    found = [each for each in await _rounds_of(deps, act.actor.account) if each.phase not in OVER]
    waiting = [each for each in found if _waits(each)]
    running = [each for each in found if each.is_organiser]
    lines: list[Line] = [line("said.home.waiting" if waiting else "said.home.nothing")]
    lines += [_about("said.home.asked", each) for each in waiting]
    if running:
        lines.append(line("said.home.running"))
    lines += [_about("said.home.run", each) for each in running]
    drafts = [each for each in running if each.phase is Phase.DRAFT]
    begun = [each for each in running if each.phase is not Phase.DRAFT]
    buttons = (*_each("answer", waiting), *_each("setup", drafts, "what", "carry_on"), *_each("status", begun))
    return Said(content=tuple(lines), controls=(*buttons, control("new"), control("help")))


async def _rounds_of(deps: Dependencies, account: Account) -> Sequence[RoundLine]:
    """Of an account without a workspace, as in a chat's private conversation: in every one where they have a part."""
    if account.workspace:
        return await deps.rounds.of(account)
    everywhere = await deps.rounds.accounts(account.platform, account.user)
    return [each for one in everywhere for each in await deps.rounds.of(one)]


def _each(verb: str, rounds: Sequence[RoundLine], argument: str = "", wording: str = "") -> Iterator[Control]:
    """A button for each round. Where there are several, each names its own."""
    services = Counter(each.service for each in rounds)
    for each in rounds:
        if len(rounds) == 1:
            yield control(verb, each.code, argument, wording)
        else:
            name = each.service if each.service and services[each.service] == 1 else each.code
            yield control(verb, each.code, argument, BY_NAME, name)


def _waits(each: RoundLine) -> bool:
    seat = each.seat
    return each.phase is Phase.COLLECTING and seat is not None and seat.is_missing


def _about(key: str, each: RoundLine) -> Line:
    """One round in one line; a round without a deadline yet has none to show."""
    if each.phase is Phase.DRAFT and not each.service:
        return line(f"{key}.unnamed", code=each.code)
    if each.closes_at is None:
        return line(f"{key}.draft", code=each.code, service=each.service)
    return line(f"{key}.{each.phase.value}", code=each.code, service=each.service, closes_at=each.closes_at)


async def help_(deps: Dependencies, act: Help) -> Outcome:
    parts = ("what", "answer", "run", "type", "seal", "not", "urgent")
    return Said(content=tuple(line(f"said.help.{part}") for part in parts), controls=(control("home"), control("new")))


async def listed(deps: Dependencies, act: ListRounds) -> Outcome:
    found = await _rounds_of(deps, act.actor.account)
    if not found:
        return Said(content=(line("said.list.none"),), controls=(control("new"), control("help")))
    return Said(content=(line("said.list"), *(_listed(each) for each in found)), controls=(control("home"),))


def _listed(each: RoundLine) -> Line:
    if not each.service:
        return line("said.list.unnamed", code=each.code)
    role = "both" if each.is_organiser and each.seat else "organiser" if each.is_organiser else "asked"
    return line(f"said.list.{role}", code=each.code, service=each.service, phase=each.phase.value)


async def typed(deps: Dependencies, act: Typed) -> Outcome:
    """Typed text is never an answer: here is the form, and a word on who can read what was typed."""
    waiting = [each for each in await _rounds_of(deps, act.actor.account) if each.seat and each.phase in IN_PLAY]
    buttons = tuple(_each("answer", waiting[:5]))
    return Said(content=(line("said.typed"),), controls=(*buttons, control("home")))


async def more(deps: Dependencies, act: More) -> Outcome:
    own = await deps.mine(act)
    shown = compose.more(own.round_, own.seat, deps.settings)
    return Said(content=tuple(shown.content), controls=shown.controls)

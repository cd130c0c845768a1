"""Use cases of the organiser before the round opens."""

from __future__ import annotations

from bot import forms
from bot.acts import (
    Act,
    New,
    OpenRound,
    OpenSetup,
    Outcome,
    Preview,
    Refused,
    Rehearse,
    Said,
    SaveSetup,
    ShowForm,
)
from bot.errors import NotAllowed
from bot.messages import Control, Pace, control, line
from bot.people import Standing, Way
from bot.rounds import Phase, Round, RoundCode
from bot.rules import opening
from bot.rules import setting_up as rules
from bot.service.dependencies import Dependencies


async def new(deps: Dependencies, act: New) -> Outcome:
    """The form, or the draft begun."""
    if act.actor.standing is Standing.GUEST:
        return Refused(because=line("refused.guest"))
    if act.actor.standing is Standing.UNKNOWN:
        return Refused(because=line("refused.unknown_actor"), controls=(_again(act),))
    begun = [
        each for each in await deps.rounds.of(act.actor.account) if each.is_organiser and each.phase is Phase.DRAFT
    ]
    if begun and not act.service and not act.is_another:
        draft, another = begun[0], f"new:{act.channel}" if act.channel else "new"
        return Said(
            content=(line("said.carry_on", service=draft.service or draft.code),),
            controls=(control("setup", draft.code, "what", "carry_on"), control("confirm", argument=another)),
        )
    for draft in begun:
        if _name(draft.service) == _name(act.service):
            return await _carried_on(deps, draft.code, act)
    draft_ = rules.new_draft(act.actor, act.service, act.channel, act.at, deps.settings)
    round_ = await deps.rounds.start(draft_, act)
    return _form(deps, act, round_)


def _form(deps: Dependencies, act: Act, round_: Round, page: str = "") -> ShowForm:
    wrong = rules.seen_mistakes(round_, act.at, deps.settings) if round_.setup.edition else {}
    closes_at = act.at + deps.settings.default_length
    return ShowForm(form=forms.setup_form(round_, page, wrong, closes_at=closes_at))


def _name(service: str) -> str:
    """Of a service, however it is typed."""
    return " ".join(service.split()).casefold()


async def _carried_on(deps: Dependencies, code: RoundCode, act: New) -> Outcome:
    return _form(deps, act, await deps.rounds.get(code))


def _again(act: New) -> Control:
    """The same once more, with the name that was typed, where a button can hold it."""
    return control("new", argument=act.service if len(act.service) <= rules.LONGEST_NAME else "")


async def show(deps: Dependencies, act: OpenSetup) -> Outcome:
    round_ = await deps.run_by(act)
    rules.must_be_draft(round_)
    return _form(deps, act, round_, act.page)


async def save(deps: Dependencies, act: SaveSetup) -> Outcome:
    """Keeps what was sent, and shows the whole form again."""
    found = await deps.run_by(act)
    saved = await deps.change(found.id, act, lambda round_: rules.save(round_, act, deps.settings))
    if not isinstance(saved.outcome, Said):
        return saved.outcome
    return _form(deps, act, saved.round_, act.page)


async def preview(deps: Dependencies, act: Preview) -> Outcome:
    found = await deps.run_by(act)
    owed = await deps.rounds.change(
        found.id, None, lambda round_: rules.preview(round_, act.actor, act.at, deps.settings), act.at
    )
    deps.woken()
    return owed.outcome


async def rehearse(deps: Dependencies, act: Rehearse) -> Outcome:
    found = await deps.run_by(act)
    changed = await deps.change(
        found.id, act, lambda round_: rules.rehearse(round_, act.actor, int(act.at.timestamp()))
    )
    return changed.outcome


async def open_(deps: Dependencies, act: OpenRound) -> Outcome:
    found = await deps.run_by(act)
    platform = deps.platforms.get(found.workspace.platform)
    if platform is None:
        raise NotAllowed(why="no_platform")
    pace = Pace() if platform.invites is Way.CHANNEL else platform.pace
    changed = await deps.change(
        found.id,
        act,
        lambda round_: opening.press_open(round_, act.actor, act.at, deps.settings, pace, without=act.without),
    )
    return changed.outcome

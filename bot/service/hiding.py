"""Use cases about hiding one voice: anybody who was asked may ask for it, an organiser decides."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from bot import forms
from bot.acts import AskToHide, Hide, Outcome, Refused, Said, ShowForm
from bot.errors import Sealed
from bot.messages import Line, control, line
from bot.reveal import codes, example_of_mark, labels, take_down_owed, voice_meant
from bot.rounds import Perspective, Round
from bot.rules import revealing
from bot.rules import running as rules
from bot.rules.setting_up import must_run
from bot.service.dependencies import Dependencies


async def hide(deps: Dependencies, act: Hide) -> Outcome:
    """One perspective becomes a stub with the reason; counted in the statement, audited. By form it is asked first."""
    round_ = await deps.run_by(act, lambda round_: must_run(round_, act.actor))
    if not round_.phase.is_open:
        raise Sealed(code=round_.code)
    if not act.voice or not act.reason.strip():
        wrong = {"reason": line("refused.empty.reason")} if act.voice and act.agreed is None else {}
        return ShowForm(form=forms.hide_form(round_, act.voice, act.reason, wrong, example=_example(round_)))
    voices = await deps.replies.perspectives(round_.id)
    found = _marked(round_, voices, act.voice)
    if isinstance(found, Refused):
        return found
    mark, voice = found
    if not voice.is_readable:
        return Refused(because=line("refused.already_hidden"))
    if act.agreed is not None and act.agreed != mark:
        label = labels(voices)[voice.position]
        return ShowForm(
            form=forms.hide_form(round_, mark, act.reason, agreed=mark, label=label, example=_example(round_))
        )
    done = await deps.replies.hide(round_.code, voice.position, act.reason.strip(), take_down_owed, act.at)
    if not done:
        return Refused(because=line("refused.already_hidden"))
    return (await deps.change(round_.id, act, lambda _: rules.hidden(mark))).outcome


async def ask(deps: Dependencies, act: AskToHide) -> Outcome:
    """The organisers read that somebody asks, and why. Who asks is stored nowhere and told to nobody."""
    own = await deps.mine(act, or_removed=True)
    round_, account = own.round_, act.actor.account
    revealing.must_be_open(round_)
    if wrong := _incomplete(act):
        return Refused(because=next(iter(wrong.values())), fields=wrong)
    if not act.is_filled:
        return ShowForm(form=forms.hiding_form(round_, act.voice, _example(round_)))
    voices = await deps.replies.perspectives(round_.id)
    found = _marked(round_, voices, act.voice)
    if isinstance(found, Refused):
        return found
    mark, voice = found
    if not voice.is_readable:
        return Refused(because=line("refused.already_hidden"))
    if all(one.gone_at for one in round_.organisers):
        return Refused(because=line("refused.hiding.nobody", code=round_.code, voice=mark))
    left = (control("withdraw", round_.code, wording="down"), control("read", round_.code, wording="one"))
    said = Said(content=(line("said.hiding", voice=mark), line("said.hiding.then")), controls=left)
    if deps.requests.is_known(round_.code, account, voice.position):
        return said
    if deps.requests.are_too_many(round_.code, account, {one.position for one in voices if one.is_readable}):
        return Refused(because=line("refused.hiding.too_many"))
    owed = partial(revealing.asked_to_hide, position=voice.position, mark=mark)
    with deps.requests.making(round_.code, account, voice.position):
        kept = await deps.replies.ask_to_hide(round_.code, voice.position, act.reason, owed, act.at, act.id)
    deps.woken()
    return said if kept else Refused(because=line("refused.hiding.enough", voice=mark))


def _example(round_: Round) -> tuple[str, str]:
    return example_of_mark(round_.groups, round_.statement.merged if round_.statement else {})


def _incomplete(act: AskToHide) -> dict[str, Line]:
    if not act.is_filled:
        return {}
    if not act.voice.strip():
        return {"voice": line("refused.empty.voice")}
    if not act.reason.strip():
        return {"reason": line("refused.empty.hiding")}
    if len(act.reason) > forms.LONGEST_REQUEST:
        return {"reason": line("refused.too_long", longest=forms.LONGEST_REQUEST, count=len(act.reason))}
    return {}


def _marked(round_: Round, voices: Sequence[Perspective], typed: str) -> tuple[str, Perspective] | Refused:
    """The voice of that mark, in every form in which people see it."""
    marks = codes(voices, [group.name for group in round_.groups])
    position = voice_meant(typed, voices, round_.groups)
    for voice in voices:
        if voice.position == position:
            return marks[voice.position], voice
    unknown = line("refused.unknown_voice", example=next(iter(marks.values()), "F1"))
    return Refused(because=unknown, fields={"voice": unknown})

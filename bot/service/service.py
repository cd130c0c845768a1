"""The one way in: `do(act) -> outcome`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot import acts
from bot.acts import Act, Confirm, Outcome, Refused, Said, ShowForm
from bot.compose import with_backups
from bot.errors import NotAllowed
from bot.people import Account
from bot.rounds import RoundCode
from bot.service import answering, asking, hiding, reading, running, setting_up
from bot.service.dependencies import Dependencies, sentence
from bot.service.which_round import Guessed, Unclear, guessed, which
from bot.settings import RoundSettings

UseCase = Callable[[Dependencies, Any], Awaitable[Outcome]]

USE_CASES: Mapping[type[Act], UseCase] = {
    acts.Home: asking.home,
    acts.Help: asking.help_,
    acts.ListRounds: asking.listed,
    acts.Typed: asking.typed,
    acts.More: asking.more,
    acts.Read: reading.read,
    acts.HaveRead: reading.have_read,
    acts.New: setting_up.new,
    acts.OpenSetup: setting_up.show,
    acts.SaveSetup: setting_up.save,
    acts.Preview: setting_up.preview,
    acts.Rehearse: setting_up.rehearse,
    acts.OpenRound: setting_up.open_,
    acts.Answer: answering.answer,
    acts.Write: answering.write,
    acts.Withdraw: answering.withdraw,
    acts.Check: answering.check,
    acts.ShowReceipt: answering.receipt,
    acts.Decline: answering.decline,
    acts.Snooze: answering.snooze,
    acts.StopReminders: answering.stop,
    acts.Wrong: answering.wrong,
    acts.AskToHide: hiding.ask,
    acts.Moved: answering.moved,
    acts.Status: running.status,
    acts.Remind: running.remind,
    acts.Extend: running.extend,
    acts.CloseRound: running.close,
    acts.Cancel: running.cancel,
    acts.AgreeReveal: running.agree_reveal,
    acts.Retry: running.retry,
    acts.ChooseVenue: running.venue,
    acts.Add: running.add,
    acts.Move: running.move,
    acts.Remove: running.remove,
    acts.Share: running.share,
    acts.Hide: hiding.hide,
    acts.Export: running.export,
}


class Service:
    def __init__(self, deps: Dependencies, arrived: Callable[[str], Awaitable[None]] | None = None) -> None:
        """`arrived`: told of the platform before an act that came from it is done (`Waking.arrived`)."""
        self._deps = deps
        self._arrived = arrived

    async def do(self, act: Act) -> Outcome:
        """What the person who acted is shown, at once. Never waits for a platform.

        What nobody may do is an outcome (`Refused`), not an error; anything raised is a fault of ours.
        """
        if self._arrived is not None:
            await self._arrived(act.actor.account.platform)
        try:
            outcome = await USE_CASES[type(act)](self._deps, act)
        except Unclear as unclear:
            outcome = which(unclear, act)
        except Guessed as guess:
            outcome = guessed(guess, act)
        except NotAllowed as refusal:
            outcome = Refused(because=sentence(refusal))
        settings = self._deps.settings
        actor = act.actor
        outcome = _with_backups(outcome, settings)
        return replace(outcome, locale=actor.locale or settings.locale, tz=actor.tz or settings.time_zone)

    async def is_of(self, account: Account, code: RoundCode) -> bool:
        return any(each.code == code for each in await self._deps.rounds.of(account))

    async def accounts(self, platform: str, user: str, code: RoundCode | None = None) -> Sequence[Account]:
        return await self._deps.rounds.accounts(platform, user, code)


def _with_backups(outcome: Outcome, settings: RoundSettings) -> Outcome:
    match outcome:
        case Said() | Confirm():
            return replace(outcome, content=with_backups(outcome.content, settings))
        case ShowForm():
            return replace(outcome, form=replace(outcome.form, notes=with_backups(outcome.form.notes, settings)))
        case _:
            return outcome

"""What every use case works with, handed in once by the composition root; and finding the round an act means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import uuid4

from bot.acts import Act, Refused
from bot.errors import NotAllowed, UnknownRound
from bot.messages import Line, line
from bot.ports import ChangeResult, Clock, OwnSeat, Platform, Replies, RoundLine, Rounds
from bot.rounds import Phase, Round, RoundCode, RoundId
from bot.rules.casting import came_back
from bot.rules.moves import Decision, Rule
from bot.rules.setting_up import is_admin
from bot.service.intake import Intake
from bot.service.requests import Requests
from bot.service.which_round import ASK_FIRST, Guessed, Unclear
from bot.settings import RoundSettings

May = Callable[[Round], None]
"""A check of `bot.rules.setting_up`. Raises NotAllowed."""

IN_PLAY = (Phase.COLLECTING, Phase.CLOSED, Phase.REVEALED)


MOST_NAMES = 1_000
"""Names of rounds that are remembered."""


class Names:
    """What rounds are called, by their codes; forgotten when there are many."""

    def __init__(self) -> None:
        self._names: dict[RoundCode, str] = {}

    def get(self, code: RoundCode) -> str | None:
        return self._names.get(code)

    def keep(self, code: RoundCode, name: str) -> None:
        if len(self._names) >= MOST_NAMES:
            self._names.clear()
        self._names[code] = name


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependencies:
    rounds: Rounds
    replies: Replies
    platforms: Mapping[str, Platform]
    clock: Clock
    settings: RoundSettings
    woken: Callable[[], None]  # something changed: courier and alarm look again
    listens: Callable[[str], bool] = lambda platform: True  # do the events of that platform arrive now?
    new_id: Callable[[], str] = field(default=lambda: uuid4().hex)
    intake: Intake = field(default_factory=Intake)
    requests: Requests = field(default_factory=Requests)
    names: Names = field(default_factory=Names)

    def arrived_at(self, act: Act) -> datetime | None:
        """None while the clock is in doubt: no answer counts as late then."""
        return act.at if self.clock.doubt is None else None

    async def change(self, id: RoundId, act: Act, rule: Rule) -> ChangeResult:
        """One act on one round. A refusal is an outcome too: stored with the act, so that a repeat gets the same."""

        def guarded(round_: Round) -> Decision:
            here = came_back(round_, act.actor.account)
            try:
                decision = rule(here)
            except NotAllowed as refusal:
                decision = Decision(outcome=Refused(because=sentence(refusal)))
            return decision if decision.round_ or here == round_ else replace(decision, round_=here)

        changed = await self.rounds.change(id, act.id, guarded, act.at)
        self.woken()
        return changed

    async def mine(self, act: Act, *, or_removed: bool = False) -> OwnSeat:
        """The round this stakeholder means, and their seat in it; no other seat is loaded. Raises Unclear, NotAllowed.

        `or_removed`: also for somebody who was taken off the round: what they sealed is still theirs.
        """
        code = act.code or (await self._only(act, lambda each: each.seat is not None and each.phase in IN_PLAY)).code
        own = await self.rounds.own_seat(code, act.actor.account)
        if not own.seat.is_here and not or_removed:
            raise NotAllowed(why="removed")
        return own

    async def run_by(self, act: Act, may: May | None = None) -> Round:
        """The round this organiser means; `may` raises for whoever else may not.

        Raises Unclear, Guessed where the act would change a round that was not named, NotAllowed.
        """
        code = act.code or await self._guessed(act)
        round_ = await self.rounds.get(code)
        if not round_.is_run_by(act.actor.account):
            account = act.actor.account
            if may and is_admin(round_, act.actor):
                may(round_)
                return round_
            is_known = round_.is_at_home(account) or round_.seat_of(account)
            raise NotAllowed(why="not_organiser") if is_known else UnknownRound(code=code)
        return round_

    async def _guessed(self, act: Act) -> RoundCode:
        found = await self._only(act, lambda each: each.is_organiser and each.phase is not Phase.CANCELLED)
        if isinstance(act, ASK_FIRST):
            raise Guessed(found)
        return found.code

    async def _only(self, act: Act, fits: Callable[[RoundLine], bool]) -> RoundLine:
        found = [each for each in await self.rounds.of(act.actor.account) if fits(each)]
        if len(found) == 1:
            return found[0]
        raise Unclear(tuple(found))


def sentence(refusal: NotAllowed) -> Line:
    """`why` names the sentence; errors without one have their own (`error.<code>`)."""
    why = refusal.facts.get("why")
    return line(f"refused.{why}") if why else line(f"error.{refusal.code}")

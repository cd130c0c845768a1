"""What every use case works with, handed in once by the composition root; and finding the round an act means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import uuid4

from bot.acts import Act, Actor, Outcome, Refused, Said
from bot.errors import NotAllowed, UnknownRound
from bot.messages import Control, Line, control, line
from bot.ports import ChangeResult, Clock, Platform, Replies, RoundLine, Rounds
from bot.rounds import Phase, Round, RoundCode, RoundId, Seat
from bot.rules.moves import Decision, Rule
from bot.service.intake import Intake
from bot.settings import RoundSettings

IN_PLAY = (Phase.COLLECTING, Phase.CLOSED, Phase.REVEALED)


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

    async def change(self, id: RoundId, act: Act, rule: Rule) -> ChangeResult:
        """One act on one round. A refusal is an outcome too: stored with the act, so that a repeat gets the same."""

        def guarded(round_: Round) -> Decision:
            try:
                return rule(round_)
            except NotAllowed as refusal:
                return Decision(outcome=Refused(because=sentence(refusal)))

        changed = await self.rounds.change(id, act.id, guarded, act.at)
        self.woken()
        return changed

    async def mine(self, act: Act) -> tuple[Round, Seat]:
        """The round this stakeholder means, and their seat in it. Raises Unclear, NotAllowed."""
        code = act.code or await self._only(act, lambda each: each.seat is not None and each.phase in IN_PLAY)
        round_ = await self.rounds.get(code)
        seat = round_.seat_of(act.actor.account)
        if seat is None:
            raise NotAllowed(why="not_in_round") if _is_neighbour(round_, act.actor) else UnknownRound(code=code)
        if not seat.is_here:
            raise NotAllowed(why="removed")
        return round_, seat

    async def run_by(self, act: Act) -> Round:
        """The round this organiser means. Raises Unclear, NotAllowed."""
        code = act.code or await self._only(act, lambda each: each.is_organiser and each.phase is not Phase.CANCELLED)
        round_ = await self.rounds.get(code)
        if not round_.is_run_by(act.actor.account):
            is_known = _is_neighbour(round_, act.actor) or round_.seat_of(act.actor.account)
            raise NotAllowed(why="not_organiser") if is_known else UnknownRound(code=code)
        return round_

    async def _only(self, act: Act, fits: Callable[[RoundLine], bool]) -> RoundCode:
        found = [each for each in await self.rounds.of(act.actor.account) if fits(each)]
        if len(found) == 1:
            return found[0].code
        raise Unclear(tuple(found))


class Unclear(NotAllowed):
    """An act without a code, and not exactly one round that it can mean."""

    code = "unclear"

    def __init__(self, rounds: tuple[RoundLine, ...]) -> None:
        super().__init__()
        self.rounds = rounds


def sentence(refusal: NotAllowed) -> Line:
    """`why` names the sentence; errors without one have their own (`error.<code>`)."""
    why = refusal.facts.get("why")
    return line(f"refused.{why}") if why else line(f"error.{refusal.code}")


def which(unclear: Unclear, verb: str) -> Outcome:
    """Asks which round is meant, or says that there is none."""
    if not unclear.rounds:
        return Refused(because=line("refused.no_round"), controls=(control("home"), control("help")))
    lines = tuple(line("said.which.round", code=each.code, service=each.service) for each in unclear.rounds)
    choices: tuple[Control, ...] = tuple(control(verb, each.code) for each in unclear.rounds)
    return Said(content=(line("said.which"), *lines), controls=choices)


def _is_neighbour(round_: Round, actor: Actor) -> bool:
    """Of the same workspace: they may know that the round exists."""
    account = actor.account
    return (round_.workspace.platform, round_.workspace.id) == (account.platform, account.workspace)

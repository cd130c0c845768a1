"""The four steps of the first minutes, as they are told to one person."""

from __future__ import annotations

from dataclasses import dataclass, replace

from adapters.playground.page.desk import Guide, Step, StepName
from adapters.playground.platform import account
from bot.messages import Line, line
from bot.reveal.small_groups import status_rows
from bot.rounds import Phase, Round


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """`round_` None: it is no more. `you`: whom the page is opened as. `taken`: steps that only the page knows of."""

    round_: Round | None
    you: str
    your_name: str
    organiser: str
    organiser_name: str
    taken: frozenset[str]

    @property
    def _collecting(self) -> Round | None:
        return self.round_ if self.round_ is not None and self.round_.phase is Phase.COLLECTING else None

    def told(self, person: str) -> Guide:
        steps = (self._answer(person), self._run(person), self._look(), self._jump())
        # whether you have answered is told to nobody else: for them the answer is not what comes next
        left = [one for one in steps if not one.is_done and (one.name is not StepName.ANSWER or person == self.you)]
        told = tuple(replace(one, is_next=one in left[:1]) for one in steps)
        is_over = self.round_ is not None and self.round_.phase.is_open
        return Guide(steps=told, is_over=is_over, is_called_off=self._is_called_off)

    @property
    def _is_called_off(self) -> bool:
        return self.round_ is not None and self.round_.phase is Phase.CANCELLED

    def _over(self, step: str) -> Line:
        return line("play.step.called_off" if self._is_called_off else f"play.step.{step}.over")

    def _answer(self, person: str) -> Step:
        title, text, is_done, control = line("play.step.answer.title"), self._over("answer"), True, ""
        if self._collecting is not None:
            seat = self._collecting.seat_of(account(self.you))
            is_sent = seat is not None and (seat.replied_at is not None or seat.declined_at is not None)
            is_done = is_sent and person == self.you
            control = f"coproduce:answer:{self._collecting.code}"
            key = ("sent" if is_sent else "about") if person == self.you else "other"
            text = line(f"play.step.answer.{key}", name=self.your_name)
        return Step(name=StepName.ANSWER, title=title, text=text, is_done=is_done, person=self.you, control=control)

    def _run(self, person: str) -> Step:
        title, is_done = line("play.step.organiser.title"), StepName.ORGANISER in self.taken
        text = self._seen_by_organiser(person)
        return Step(name=StepName.ORGANISER, title=title, text=text, is_done=is_done, person=self.organiser)

    def _seen_by_organiser(self, person: str) -> Line:
        """How many have answered: to the organiser alone, where the status card tells it."""
        if (round_ := self._collecting) is None:
            return self._over("organiser")
        if person != self.organiser:
            return line("play.step.organiser.about", name=self.organiser_name)
        if status_rows(round_) is None:
            return line("play.step.organiser.uncounted")
        replied = sum(seat.replied_at is not None for seat in round_.seats)
        return line("play.step.organiser.counted", replied=replied, count=len(round_.seats))

    def _look(self) -> Step:
        title, text = line("play.step.held.title"), line("play.step.held.about")
        return Step(name=StepName.HELD, title=title, text=text, is_done=StepName.HELD in self.taken)

    def _jump(self) -> Step:
        is_done = self._collecting is None
        text = self._over("deadline") if is_done else line("play.step.deadline.about")
        return Step(name=StepName.DEADLINE, title=line("play.step.deadline.title"), text=text, is_done=is_done)

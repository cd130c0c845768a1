"""In-memory stores for engine tests. They pass the contract suite of the real stores, but do not encrypt."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time
from random import Random
from typing import Any

from bot.acts import Act, Outcome
from bot.answers import Answers, Receipt
from bot.errors import Closed, NotAllowed, Sealed, UnknownRound, Unreachable
from bot.messages import (
    TAKE_OVER,
    Again,
    CardDue,
    GaveUp,
    Message,
    MessageId,
    MessageKind,
    Op,
    Owed,
    Page,
    Posted,
    Refusal,
    Result,
    Sent,
    State,
    Step,
    lane_of,
    page_of,
)
from bot.people import Account, Address, PersonId, Way, Workspace
from bot.ports import (
    MOST_REQUESTS,
    Bookmark,
    ChangeResult,
    Erased,
    HeardRule,
    Held,
    KeepRule,
    Own,
    OwnSeat,
    RequestsOwed,
    RoundLine,
    SeatChangeResult,
    TakenDown,
)
from bot.reveal import Arranged, Opened, Plan, PlanAgain, commitment
from bot.rounds import ActId, Attribution, Header, Perspective, Phase, Round, RoundCode, RoundId, Seat, SeatId, VenueId
from bot.rules.answering import agreed, boxes_filled, goes_on_from, merged, no_seat, says_nothing
from bot.rules.casting import GONE, organiser_left
from bot.rules.erasing import is_key_of, is_told_of, names_in, reach_without, setup_without
from bot.rules.groups import listed, sure, told
from bot.rules.moves import (
    GRACE,
    REVEALING,
    Decision,
    Rule,
    SeatRule,
    begins_reveal,
    move,
    must_move,
    next_due,
    sources_of,
    still_wanted,
)
from bot.rules.opening import announced, announcement_refused
from bot.rules.reaching import not_delivered, organiser_dm_closed
from bot.rules.revealing import completed, refused, stands
from bot.settings import RoundSettings
from storage.database.serialization import pack_args, pack_outcome, unpack_args, unpack_outcome
from storage.outbox.enqueueing import ONLY_TO_SOME
from storage.rounds.codes import code
from storage.words.seal import is_long, new_receipt, read_receipt
from storage.words.shredding import day

UNFINISHED = (State.OWED, State.SENDING, State.STUCK)
READABLE = (Phase.REVEALED, Phase.ENDED)
DRAFTS = ("draft", "late_draft")
DRAFTS_OF = {"reply": DRAFTS, "late": DRAFTS, "late_draft": ("draft",), "draft": ("late_draft",)}


@dataclass(frozen=True, kw_only=True)
class Done:
    """A stored act."""

    round_id: RoundId
    at: datetime | None = None
    outcome: Any = None
    seat_id: SeatId | None = None
    kind: str | None = None
    revision: int = 0
    is_first: bool = False


@dataclass(frozen=True, kw_only=True)
class Words:
    revision: int
    answers: Answers
    receipt: Receipt | None


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A message."""

    id: MessageId
    round_id: RoundId
    owed: Owed
    seat_id: SeatId | None
    after: MessageId | None
    anchor: MessageId | None
    not_before: datetime
    state: State = State.OWED
    attempt: int = 0
    wanted: int = 0
    shown: int = 0
    tried_at: datetime | None = None
    step: Step | None = None
    posted: Posted | None = None
    reason: str = ""
    older: tuple[Posted, ...] = ()
    is_urgent: bool = False

    @property
    def is_stale(self) -> bool:
        return self.state is State.SENT and (self.wanted > self.shown or bool(self.older))

    @property
    def is_bulk(self) -> bool:
        return self.owed.kind is MessageKind.QUESTION and not self.is_urgent

    @property
    def lane(self) -> str:
        return lane_of(self.owed.to, self.round_id, self.owed.op)


@dataclass(kw_only=True)
class MemoryStore:
    """The contents of the database. All values are frozen, so a transaction copies only the containers."""

    rng: Random = field(default_factory=lambda: Random(1))
    rounds: dict[RoundId, Round] = field(default_factory=dict)
    people: dict[Account, PersonId] = field(default_factory=dict)
    acts: dict[ActId, Done] = field(default_factory=dict)
    words: dict[tuple[SeatId, str], Words] = field(default_factory=dict)
    perspectives: dict[RoundId, tuple[Perspective, ...]] = field(default_factory=dict)
    messages: dict[MessageId, Stored] = field(default_factory=dict)
    secrets: dict[str, bytes] = field(default_factory=dict)
    audits: list[str] = field(default_factory=list)
    alive_at: datetime | None = None
    readings: dict[tuple[RoundId, Account], Bookmark] = field(default_factory=dict)
    heard_at: dict[str, datetime] = field(default_factory=dict)  # platform -> when its events arrived
    given: int = 0

    @contextmanager
    def transaction(self) -> Iterator[None]:
        shelves = ("rounds", "people", "acts", "words", "perspectives", "messages", "secrets", "audits", "readings")
        before = {name: getattr(self, name).copy() for name in shelves}
        try:
            yield
        except BaseException:
            for name, shelf in before.items():
                setattr(self, name, shelf)
            raise

    def next_id(self) -> int:
        self.given += 1
        return self.given

    def round_of(self, ref: RoundCode | RoundId) -> Round:
        for round_ in self.rounds.values():
            if ref in (round_.id, round_.code):
                return round_
        raise UnknownRound(code=ref)

    def seat_of(self, ref: RoundCode, account: Account) -> tuple[Round, Seat]:
        round_ = self.round_of(ref)
        seat = round_.seat_of(account)
        if seat is None:
            raise UnknownRound(code=ref)
        return round_, seat

    def put_seat(self, id_: RoundId, seat: Seat) -> None:
        round_ = self.rounds[id_]
        self.rounds[id_] = replace(round_, seats=tuple(seat if one.id == seat.id else one for one in round_.seats))

    def hurry(self, id_: RoundId, at: datetime) -> None:
        """Makes the round due for the alarm: a late reply may be signed, and is then published at once."""
        round_ = self.rounds[id_]
        if round_.due_at and round_.due_at > at:
            self.rounds[id_] = replace(round_, due_at=at)

    def kinds_of(self, seat: Seat) -> dict[str, Words]:
        return {kind: words for (seat_id, kind), words in self.words.items() if seat_id == seat.id}

    # what a rule decided

    def decide(self, before: Round, decision: Decision, now: datetime) -> Round:
        after = decision.round_ or before
        if after.phase is not before.phase:
            must_move(before.phase, after.phase)
        if after != before:
            after = self.save(replace(after, version=before.version + 1))
        if after.phase is not before.phase:
            self.drop_pointless(after.id)
        self.owe(after, decision.owed, now)
        self.touch(after.id, decision.touch, every=decision.touch_all)
        for message in self.of_round(after.id):
            is_waiting = message.state is State.OWED and message.attempt == 0 and message.not_before > now
            if message.owed.key in decision.hasten and is_waiting:
                self.put(message, not_before=now)
        self._drop_or_try_again(after.id, decision, now)
        if decision.free_lanes:
            for message in self.of_round(after.id):
                if message.state is State.STUCK:
                    self.put(message, state=State.OWED, not_before=now)
        if decision.unplan:
            self.unplan(after.id, decision.unplan.lane)
        self.audits += decision.audit
        self.shred(after, decision, now)
        return self.rounds[after.id]

    def _drop_or_try_again(self, id_: RoundId, decision: Decision, now: datetime) -> None:
        for message in self.of_round(id_):
            is_unasked = message.owed.kind is MessageKind.QUESTION and message.seat_id in decision.unasked
            if is_unasked and message.state is State.OWED and message.attempt == 0:
                self.put(message, state=State.DROPPED)
            if message.owed.key in decision.again and message.state is State.GIVEN_UP:
                self.put(message, state=State.OWED, not_before=now)

    def unplan(self, id_: RoundId, lane: str) -> None:
        for message in self.of_round(id_):
            is_here = message.owed.to.lane == lane and message.owed.kind in (*REVEALING, MessageKind.INVITATION)
            if is_here and message.state in (State.OWED, State.STUCK):
                del self.messages[message.id]

    def save(self, round_: Round) -> Round:
        seats = tuple(self._stored_seat(seat) for seat in round_.seats)
        venues = tuple(
            replace(venue, id=venue.id if venue.id is not None else VenueId(self.next_id())) for venue in round_.venues
        )
        stored = replace(round_, seats=seats, venues=venues, due_at=next_due(round_))
        self.rounds[stored.id] = stored
        return stored

    def _stored_seat(self, seat: Seat) -> Seat:
        if seat.id is not None:
            return seat
        person = self.people.setdefault(seat.account, PersonId(self.next_id()))
        return replace(seat, id=SeatId(self.next_id()), person_id=person)

    def shred(self, round_: Round, decision: Decision, now: datetime) -> None:
        for seat in round_.seats:
            if seat.id is not None and seat.id in decision.destroy_drafts_of:
                for kind in DRAFTS:
                    self.words.pop((seat.id, kind), None)
                self.put_seat(round_.id, replace(seat, drafted_at=None))
        if decision.destroy_all_words:
            for seat in self.rounds[round_.id].seats:
                self.destroy_words(seat)
                self.put_seat(round_.id, replace(seat, drafted_at=None))
            if round_.phase not in READABLE:
                self.perspectives.pop(round_.id, None)
            self.cut(round_.id, now)

    def destroy_words(self, seat: Seat) -> None:
        for kind in self.kinds_of(seat):
            assert seat.id is not None
            del self.words[seat.id, kind]

    def cut(self, id_: RoundId, now: datetime) -> None:
        for act, done in self.acts.items():
            if done.round_id == id_:
                self.acts[act] = Done(round_id=id_)
        if self.rounds[id_].attribution is Attribution.GROUP:
            for seat in self.rounds[id_].seats:
                unsaid = replace(seat, replied_at=None, declined_at=None, snoozed_until=None, stopped_at=None)
                unmoved = replace(unsaid, moving_to=None, listed_in=None, counted_in=None)
                self.put_seat(id_, replace(unmoved, revision=0, group=listed(seat)))
            for message in self.of_round(id_):
                if message.owed.kind in ONLY_TO_SOME:
                    del self.messages[message.id]
                elif message.owed.kind is MessageKind.QUESTION and message.owed.is_card:
                    self.put(message, wanted=1, shown=0, is_urgent=False, not_before=now)

    # messages

    def of_round(self, id_: RoundId) -> list[Stored]:
        return [message for message in self.messages.values() if message.round_id == id_]

    def keyed(self, key: str) -> Stored | None:
        return next((message for message in self.messages.values() if message.owed.key == key), None)

    def put(self, message: Stored, **changes: Any) -> Stored:
        self.messages[message.id] = replace(message, **changes)
        return self.messages[message.id]

    def owe(self, round_: Round, owed: Sequence[Owed], now: datetime) -> None:
        seats = {str(seat.account): seat.id for seat in round_.seats}
        asked_anew = {one.seat_id: one.key for one in owed if one.kind is MessageKind.QUESTION and one.seat_id}
        for waiting in self.of_round(round_.id):
            is_unsent = waiting.state is State.OWED and waiting.attempt == 0
            is_question = waiting.owed.kind is MessageKind.QUESTION and waiting.seat_id in asked_anew
            if is_unsent and is_question and waiting.owed.key not in asked_anew.values():
                self.put(waiting, state=State.DROPPED)
        for one in owed:
            seat_id = seats[one.seat_of] if one.seat_of and not one.seat_id else one.seat_id
            after = self.keyed(one.after) if one.after else None
            if one.after and after is None:
                raise KeyError(one.after)
            if self.keyed(one.key):
                continue
            root = None if after is None else after.anchor if one.in_thread and after.owed.in_thread else after.id
            id_ = MessageId(self.next_id())
            self.messages[id_] = Stored(
                id=id_,
                round_id=round_.id,
                owed=replace(one, args=pack_args(one.args)),
                seat_id=seat_id,
                after=after.id if after else None,
                anchor=root,
                not_before=one.not_before or now,
                state=State.DROPPED if after and after.state in (State.DROPPED, State.GIVEN_UP) else State.OWED,
            )

    def touch(self, id_: RoundId, keys: Sequence[str] = (), *, every: bool = False, status: bool = False) -> None:
        for message in self.of_round(id_):
            wanted = every or message.owed.key in keys or (status and message.owed.kind is MessageKind.STATUS)
            if message.owed.is_card and wanted:
                self.put(message, wanted=message.wanted + 1)

    def drop_pointless(self, id_: RoundId) -> None:
        for stored in self.of_round(id_):
            message = self.message(stored)
            holds_up = stored.state is State.STUCK or (stored.state is State.OWED and stored.attempt > 0)
            if holds_up and not still_wanted(message.header, message.seat, message.kind):
                self.put(stored, state=State.DROPPED)
                self.drop_after(stored.id)

    def touch_live(self, id_: RoundId, seat: Seat, *, is_urgent: bool = True) -> None:
        for message in self.of_round(id_):
            if message.owed.kind is MessageKind.QUESTION and message.owed.is_card and message.seat_id == seat.id:
                self.put(message, wanted=message.wanted + 1, is_urgent=is_urgent or message.is_urgent)

    def live(self, of: Stored) -> Stored | None:
        """The live message of the same seat, if it is another message."""
        return next(
            (
                one
                for one in self.of_round(of.round_id)
                if one.owed.kind is MessageKind.QUESTION and one.owed.is_card and one.seat_id == of.seat_id
                if one.state is State.SENT and one.id != of.id
            ),
            None,
        )

    def stands(self, stored: Stored, posted: Posted, now: datetime) -> None:
        if stored.owed.kind not in TAKE_OVER or stored.seat_id is None:
            return
        live = self.live(stored)
        left = (*live.older, live.posted) if live and live.posted else ()
        if stored.owed.kind is MessageKind.QUESTION:
            for seat in self.rounds[stored.round_id].seats:
                if seat.id == stored.seat_id:
                    asked = replace(seat, asked_at=seat.asked_at or now, way=Way.PRIVATE, dm_closed_at=None)
                    self.put_seat(stored.round_id, asked)
            self.touch(stored.round_id, status=True)
            if live:
                self.put(live, owed=replace(live.owed, is_card=False), wanted=0, shown=0, older=(), is_urgent=False)
                self.put(self.messages[stored.id], older=left)
        elif live:
            shown = min(stored.shown, live.wanted)
            is_urgent = live.is_urgent and live.wanted > shown
            self.put(live, posted=posted, older=left, shown=shown, is_urgent=is_urgent, not_before=now)

    def drop_after(self, id_: MessageId) -> None:
        for message in list(self.messages.values()):
            if message.after == id_ and message.state is State.OWED:
                self.put(message, state=State.DROPPED)
                self.drop_after(message.id)

    def message(self, stored: Stored) -> Message:
        round_ = self.rounds[stored.round_id]
        anchor = self.messages.get(stored.anchor) if stored.anchor else None
        return Message(
            id=stored.id,
            key=stored.owed.key,
            round_id=stored.round_id,
            kind=stored.owed.kind,
            op=stored.owed.op,
            to=stored.owed.to,
            state=stored.state,
            attempt=stored.attempt,
            args=unpack_args(stored.owed.args),
            tried_at=stored.tried_at,
            step=stored.step,
            posted=stored.posted,
            anchor=anchor.posted if anchor else None,
            in_thread=stored.owed.in_thread,
            is_card=stored.owed.is_card,
            header=round_.header,
            seat=next((seat for seat in round_.seats if seat.id == stored.seat_id), None),
        )


class MemoryRounds:
    """The port `Rounds`."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    async def start(self, draft: Round, act: Act) -> Round:
        store = self._store
        if act.id in store.acts:
            return store.rounds[store.acts[act.id].round_id]
        tried, wanted = 0, draft.code or code(store.rng, 0)
        while any(round_.code == wanted for round_ in store.rounds.values()):
            tried += 1
            wanted = code(store.rng, tried)
        made = store.save(replace(draft, id=RoundId(store.next_id()), code=wanted))
        store.acts[act.id] = Done(round_id=made.id)
        return made

    async def get(self, ref: RoundCode | RoundId) -> Round:
        return self._store.round_of(ref)

    async def shell(self, id: RoundId) -> Round:
        round_ = self._store.round_of(id)
        return replace(round_, seats=(), setup=replace(round_.setup, looked_up=None))

    async def seat(self, ref: RoundCode, account: Account) -> tuple[Header, Seat] | None:
        round_ = self._store.round_of(ref)
        seat = round_.seat_of(account)
        return (round_.header, seat) if seat else None

    async def own_seat(self, ref: RoundCode, account: Account) -> OwnSeat:
        round_ = self._store.round_of(ref)
        seat = round_.seat_of(account)
        if seat is None:
            raise no_seat(round_, account)
        size = told(round_, seat, sure(round_)[seat.group])
        shell = replace(round_, seats=(seat,), setup=replace(round_.setup, looked_up=None))
        return OwnSeat(round_=shell, seat=seat, group_size=size)

    async def of(self, account: Account) -> Sequence[RoundLine]:
        lines = [
            RoundLine(
                code=round_.code,
                service=round_.service,
                phase=round_.phase,
                closes_at=round_.closes_at,
                is_organiser=round_.is_run_by(account),
                seat=round_.seat_of(account),
            )
            for round_ in sorted(self._store.rounds.values(), key=lambda round_: -round_.id)
            if round_.is_run_by(account) or round_.seat_of(account)
        ]
        return lines[:50]

    async def accounts(self, platform: str, user: str, ref: RoundCode | None = None) -> Sequence[Account]:
        in_play = (Phase.COLLECTING, Phase.CLOSED, Phase.REVEALED)
        found = [
            account
            for round_ in sorted(self._store.rounds.values(), key=lambda round_: -round_.id)
            if (round_.code == ref if ref else round_.phase in in_play)
            for account in (*(seat.account for seat in round_.seats), *(one.account for one in round_.organisers))
            if (account.platform, account.user) == (platform, user)
        ]
        return list(dict.fromkeys(found))

    async def met(self, accounts: Sequence[Account]) -> Set[Account]:
        seats = [seat for round_ in self._store.rounds.values() for seat in round_.seats]
        asked = {seat.account for seat in seats if seat.asked_at and seat.way is Way.PRIVATE}
        return asked.intersection(accounts)

    async def change(self, id: RoundId, act: ActId | None, rule: Rule, now: datetime) -> ChangeResult:
        store = self._store
        before = store.round_of(id)
        if act and (done := store.acts.get(act)):
            outcome = unpack_outcome(done.outcome) if done.outcome else rule(before).outcome
            return ChangeResult(outcome=outcome, round_=before, is_new=False)
        with store.transaction():
            decision = rule(before)
            after = store.decide(before, decision, now)
            self._note(act, id, decision.outcome, now)
        return ChangeResult(outcome=decision.outcome, round_=after, is_new=True)

    async def change_seat(
        self, ref: RoundCode, account: Account, act: ActId, rule: SeatRule, now: datetime
    ) -> SeatChangeResult:
        store = self._store
        round_, seat = store.seat_of(ref, account)
        if done := store.acts.get(act):
            outcome = unpack_outcome(done.outcome) if done.outcome else rule(round_.header, seat).outcome
            return SeatChangeResult(outcome=outcome, is_new=False)
        decision = rule(round_.header, seat)
        after = decision.seat or seat
        if after != seat:
            after = replace(after, revision=seat.revision + 1)
        if decision.destroy_words:
            store.destroy_words(seat)
            after = replace(after, replied_at=None, drafted_at=None)
        store.put_seat(round_.id, after)
        if after != seat:
            store.touch_live(round_.id, seat)
        store.owe(round_, decision.owed, now)
        store.touch(round_.id, status=decision.touch_status)
        self._note(act, round_.id, decision.outcome, now)
        return SeatChangeResult(outcome=decision.outcome, is_new=True, erased=decision.destroy_words)

    def _note(self, act: ActId | None, id_: RoundId, outcome: Outcome, now: datetime) -> None:
        if act:
            self._store.acts[act] = Done(round_id=id_, at=now, outcome=pack_outcome(outcome))

    async def bookmark(self, id: RoundId, account: Account) -> Bookmark | None:
        return self._store.readings.get((id, account))

    async def turn_to(self, id: RoundId, account: Account, position: int) -> None:
        known = self._store.readings.get((id, account), Bookmark())
        self._store.readings[id, account] = replace(known, position=position)

    async def read_all(self, id: RoundId, account: Account, rule: HeardRule, now: datetime) -> bool:
        store = self._store
        before = store.round_of(id)
        known = store.readings.get((id, account), Bookmark())
        if known.is_done:
            return False
        with store.transaction():
            store.readings[id, account] = replace(known, is_done=True)
            readers = {who for (of, who), one in store.readings.items() if of == id and one.is_done}
            store.decide(before, rule(before, readers.__contains__), now)
        return True

    async def due(self, now: datetime, limit: int) -> Sequence[RoundId]:
        due = [(round_.due_at, round_.id) for round_ in self._store.rounds.values() if round_.due_at]
        return [id_ for at, id_ in sorted(due) if at <= now][:limit]

    async def next_due(self) -> datetime | None:
        return min((round_.due_at for round_ in self._store.rounds.values() if round_.due_at), default=None)

    async def put_off(self, id: RoundId, until: datetime, now: datetime) -> None:
        round_ = self._store.rounds.get(id)
        if round_ and round_.due_at and round_.due_at <= now:
            self._store.rounds[id] = replace(round_, due_at=until)

    async def close(self, ids: Sequence[RoundId], now: datetime) -> Sequence[RoundId]:
        closed = [
            round_
            for round_ in (self._store.rounds.get(id_) for id_ in ids)
            if round_ and round_.phase in sources_of(Phase.CLOSED)
            if round_.closes_at and round_.closes_at + GRACE <= now
        ]
        for round_ in closed:
            shut = replace(move(round_, Phase.CLOSED), closed_at=now, version=round_.version + 1)
            self._store.save(shut)
            self._store.drop_pointless(round_.id)
            self._store.touch(round_.id, every=True)
        return [round_.id for round_ in closed]

    async def beat(self, now: datetime, listening: Collection[str] = ()) -> None:
        self._store.alive_at = now
        self._store.heard_at |= dict.fromkeys(listening, now)

    async def last_heard(self, platform: str) -> datetime | None:
        return self._store.heard_at.get(platform)

    async def last_beat(self) -> datetime | None:
        return self._store.alive_at

    async def over_since(self, before: datetime, limit: int) -> Sequence[RoundId]:
        over = (Phase.ENDED, Phase.CANCELLED)
        rounds = self._store.rounds.values()
        found = [each.id for each in rounds if each.phase in over and each.ends_at and each.ends_at < before]
        return sorted(found)[:limit]

    async def idle_drafts(self, before: datetime, limit: int) -> Sequence[RoundId]:
        store = self._store
        busy = {done.round_id for done in store.acts.values() if done.at and done.at >= before}
        drafts = (each for each in store.rounds.values() if each.phase is Phase.DRAFT and each.opening_at is None)
        return sorted(each.id for each in drafts if each.created_at < before and each.id not in busy)[:limit]

    async def in_play(self) -> Sequence[RoundId]:
        phases = (Phase.COLLECTING, Phase.CLOSED, Phase.REVEALED)
        return sorted(each.id for each in self._store.rounds.values() if each.phase in phases)

    async def closing_between(self, since: datetime, until: datetime) -> Sequence[RoundId]:
        closing = [
            (round_.closes_at, round_.id)
            for round_ in self._store.rounds.values()
            if round_.phase is Phase.COLLECTING and round_.closes_at and round_.closes_at < until
        ]
        return [id_ for _, id_ in sorted(closing)]


class MemoryReplies:
    """The port `Replies`."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    async def keep(
        self,
        ref: RoundCode,
        account: Account,
        act: Act,
        answers: Answers,
        rule: KeepRule,
        *,
        boxes: Set[str] | None = None,
    ) -> Held:
        store = self._store
        round_, seat = store.seat_of(ref, account)
        assert seat.id is not None
        before = self._goes_on_from(round_, seat)
        if done := store.acts.get(act.id):
            held = replace(self._held_before(done), closes_at=round_.closes_at)
            return replace(held, answers=before or Answers(), is_long=is_long(before or Answers()))
        whole = merged(before, answers, boxes)
        kind = rule(round_.header, seat, whole)
        kinds = store.kinds_of(seat)
        if kind in DRAFTS and boxes is not None and (whole == before if before else says_nothing(whole)):
            store.acts[act.id] = Done(round_id=round_.id, seat_id=seat.id, kind=kind, revision=seat.revision)
            kept = Held(kind=kind, is_first=False, answers=whole, changed=False, is_long=is_long(whole))
            return replace(kept, closes_at=round_.closes_at)
        answers = whole
        is_first = seat.replied_at is None if kind in ("draft", "reply") else "late" not in kinds
        for other in DRAFTS_OF[kind]:
            store.words.pop((seat.id, other), None)
        is_sealed = kind in ("reply", "late")
        words = Words(revision=seat.revision + 1, answers=answers, receipt=new_receipt() if is_sealed else None)
        store.words[seat.id, kind] = words
        after = replace(seat, revision=words.revision, drafted_at=None if is_sealed else act.at)
        if kind == "reply":
            after = replace(after, replied_at=act.at, declined_at=None)
            store.touch_live(round_.id, seat)
            store.touch(round_.id, status=is_first)
        if kind == "draft" and seat.replied_at is None:
            store.touch_live(round_.id, seat, is_urgent=False)
        store.put_seat(round_.id, after)
        if kind == "late" and round_.phase is Phase.REVEALED:
            store.hurry(round_.id, act.at)
        store.acts[act.id] = Done(
            round_id=round_.id, seat_id=seat.id, kind=kind, revision=words.revision, is_first=is_first
        )
        kept = Held(kind=kind, receipt=words.receipt, is_first=is_first, answers=whole)
        return replace(kept, is_long=is_long(whole, words.receipt), closes_at=round_.closes_at)

    def _goes_on_from(self, round_: Round, seat: Seat) -> Answers | None:
        kinds = self._store.kinds_of(seat)
        kind = goes_on_from(round_.phase, {kind: words.revision for kind, words in kinds.items()})
        return kinds[kind].answers if kind else None

    def _held_before(self, done: Done) -> Held:
        if done.kind is None or done.seat_id is None:
            raise Closed()
        words = self._store.words.get((done.seat_id, done.kind))
        receipt = words.receipt if words and words.revision == done.revision else None
        return Held(kind=done.kind, receipt=receipt, is_first=done.is_first)

    async def own(self, ref: RoundCode, account: Account) -> Own | None:
        seat = self._store.round_of(ref).seat_of(account)
        kinds = self._store.kinds_of(seat) if seat else {}
        if not kinds:
            return None
        kind = max(kinds, key=lambda kind: kinds[kind].revision)
        receipt = next((words.receipt for words in kinds.values() if words.receipt), None)
        words = kinds[kind]
        is_large = is_long(words.answers, words.receipt)
        return Own(answers=words.answers, kind=kind, receipt=receipt, is_long=is_large)

    async def boxes_kept(self, ref: RoundCode, account: Account) -> int:
        own = await self.own(ref, account)
        return boxes_filled(own.answers) if own and own.kind == "draft" else 0

    async def holds(self, ref: RoundCode, account: Account, receipt: Receipt) -> bool:
        seat = self._store.round_of(ref).seat_of(account)
        kinds = self._store.kinds_of(seat) if seat else {}
        asked = read_receipt(receipt)
        voices = self._store.perspectives.get(self._store.round_of(ref).id, ())
        opens = any(asked and commitment(asked, voice.answers) == voice.commitment for voice in voices)
        return asked is not None and (opens or any(words.receipt == asked for words in kinds.values()))

    async def withdraw(self, ref: RoundCode, account: Account, act: Act, revision: int) -> Erased:
        store = self._store
        round_, seat = store.seat_of(ref, account)
        if done := store.acts.get(act.id):
            return Erased(what=done.kind or "done", is_final=True, found=done.kind not in (None, "changed"))
        kinds = store.kinds_of(seat)
        if kinds and seat.revision != revision:
            store.acts[act.id] = Done(round_id=round_.id, kind="changed")
            return Erased(what="changed", is_final=True, found=False)
        what = next((kind for kind in ("reply", "late", *kinds) if kind in kinds), None)
        if what or (round_.phase in (Phase.COLLECTING, Phase.CLOSED) and not round_.prepared_at):
            store.acts[act.id] = Done(round_id=round_.id, kind=what)
        if what is None:
            return Erased(what="nothing", is_final=True, found=False)
        store.destroy_words(seat)
        taken = replace(agreed(seat), replied_at=None, drafted_at=None, revision=seat.revision + 1)
        store.put_seat(round_.id, taken)
        if round_.phase is Phase.COLLECTING:
            store.touch_live(round_.id, seat)
        store.touch(round_.id, status=what == "reply")
        return Erased(what=what, is_final=True)

    async def has_signed(self, ref: RoundCode, account: Account) -> bool:
        round_ = self._store.round_of(ref)
        seat = round_.seat_of(account)
        voices = self._store.perspectives.get(round_.id, ())
        return seat is not None and any(voice.seat_id == seat.id and voice.is_readable for voice in voices)

    async def take_down(
        self, ref: RoundCode, by: Account | Receipt, owed: TakenDown, now: datetime, act: ActId | None = None
    ) -> Erased:
        store = self._store
        round_ = store.round_of(ref)
        if not round_.prepared_at:
            raise Sealed(code=ref)
        if act and isinstance(by, Account):
            if done := store.acts.get(act):
                return Erased(what="perspective", is_final=True, found=done.kind is not None)
            store.acts[act] = Done(round_id=round_.id)
        seat = round_.seat_of(by) if isinstance(by, Account) else None
        asked = None if isinstance(by, Account) else read_receipt(by)
        at = now if isinstance(by, Account) else datetime.combine(now.astimezone(UTC).date(), time(), UTC)
        for voice in store.perspectives.get(round_.id, ()):
            mine = seat is not None and voice.seat_id == seat.id
            if voice.withdrawn_at or not (mine or (asked and commitment(asked, voice.answers) == voice.commitment)):
                continue
            stub = replace(voice, answers=Answers(), withdrawn_at=at, name=None, seat_id=None, requests=())
            voices = store.perspectives[round_.id]
            with store.transaction():
                store.perspectives[round_.id] = tuple(stub if one is voice else one for one in voices)
                store.touch(round_.id, self._requested(round_, voice))
                store.owe(round_, owed(round_, stub, self._standing(round_)), now)
            if act and isinstance(by, Account):
                store.acts[act] = Done(round_id=round_.id, kind="perspective")
            return Erased(what="perspective", is_final=True)
        return Erased(what="perspective", is_final=True, found=False)

    async def hide(self, ref: RoundCode, position: int, reason: str, owed: TakenDown, now: datetime) -> bool:
        store = self._store
        round_ = store.round_of(ref)
        if round_.phase not in (Phase.REVEALED, Phase.ENDED):
            raise Sealed(code=ref)
        voices = store.perspectives.get(round_.id, ())
        voice = next((one for one in voices if one.position == position and one.is_readable), None)
        if voice is None:
            return False
        stub = replace(voice, answers=Answers(), hidden=reason, name=None, seat_id=None, requests=())
        with store.transaction():
            store.perspectives[round_.id] = tuple(stub if one is voice else one for one in voices)
            store.touch(round_.id, self._requested(round_, voice))
            store.owe(round_, owed(round_, stub, self._standing(round_)), now)
        return True

    async def ask_to_hide(
        self, ref: RoundCode, position: int, reason: str, owed: RequestsOwed, now: datetime, act: ActId
    ) -> bool:
        store = self._store
        round_ = store.round_of(ref)
        if round_.phase not in READABLE:
            raise Sealed(code=ref)
        if act in store.acts:
            return True
        voices = store.perspectives.get(round_.id, ())
        voice = next((one for one in voices if one.position == position and one.is_readable), None)
        if voice is None or len(voice.requests) >= MOST_REQUESTS:
            return False
        asked = replace(voice, requests=(*voice.requests, reason))
        due = owed(replace(round_, seats=()))
        with store.transaction():
            store.perspectives[round_.id] = tuple(asked if one is voice else one for one in voices)
            store.owe(round_, due, now)
            store.touch(round_.id, [one.key for one in due])
            store.acts[act] = Done(round_id=round_.id, at=day(now))
        return True

    def _requested(self, round_: Round, voice: Perspective) -> list[str]:
        """The cards that tell of requests about a voice which has any."""
        kinds = (one.owed for one in self._store.of_round(round_.id) if one.owed.kind is MessageKind.HIDING)
        return [owed.key for owed in kinds if voice.requests]

    def _standing(self, round_: Round) -> dict[str, Page | None]:
        kinds = (MessageKind.PAGE, MessageKind.LATE_PAGE, MessageKind.CONTRASTS, MessageKind.REPORT)
        return {
            one.owed.key: None if one.owed.kind is MessageKind.REPORT else page_of(unpack_args(one.owed.args))
            for one in self._store.of_round(round_.id)
            if one.owed.kind in kinds and one.owed.op is not Op.AMEND
            if one.state not in (State.DROPPED, State.GIVEN_UP)
            if one.owed.kind is not MessageKind.REPORT or one.attempt > 0
        }

    async def find(self, ref: RoundCode, receipt: Receipt) -> Perspective | None:
        asked = read_receipt(receipt)
        voices = await self.perspectives(self._store.round_of(ref).id)
        found = (voice for voice in voices if asked and commitment(asked, voice.answers) == voice.commitment)
        return next(found, None)

    async def prepare(self, id: RoundId, plan: Plan, now: datetime) -> bool:
        store = self._store
        before = store.round_of(id)
        if before.prepared_at or before.phase is not Phase.CLOSED:
            return False
        with store.transaction():
            replied = [seat for seat in before.seats if "reply" in store.kinds_of(seat)]
            arranged = plan(before, [_opened(seat, store.kinds_of(seat)["reply"]) for seat in replied])
            round_ = replace(arranged.round_, prepared_at=arranged.round_.prepared_at or now)
            for seat in before.seats:
                self._close_seat(id, seat, now)
            self._arrange(before, replace(arranged, round_=round_), now)
            store.cut(id, now)
        return True

    def _close_seat(self, id_: RoundId, seat: Seat, now: datetime) -> None:
        store = self._store
        kinds = store.kinds_of(seat)
        store.destroy_words(seat)
        draft = kinds.get("late_draft") or (None if "reply" in kinds else kinds.get("draft"))
        kept = {"late": kinds.get("late"), "late_draft": draft}
        for revision, (kind, words) in enumerate((kind, words) for kind, words in kept.items() if words):
            assert seat.id is not None
            store.words[seat.id, kind] = replace(words, revision=revision)
        store.put_seat(id_, replace(seat, drafted_at=day(now) if draft else None))

    def _arrange(self, before: Round, arranged: Arranged, now: datetime) -> None:
        store = self._store
        voices = (*store.perspectives.get(before.id, ()), *arranged.perspectives)
        store.perspectives[before.id] = tuple(sorted(voices, key=lambda voice: voice.position))
        seats = store.rounds[before.id].seats
        after = store.save(replace(arranged.round_, seats=seats, version=before.version + 1))
        store.owe(after, arranged.owed, now)
        store.touch(after.id, arranged.touch, every=after.phase is not before.phase)

    async def plan_again(self, id: RoundId, plan: PlanAgain, now: datetime) -> bool:
        store = self._store
        before = store.round_of(id)
        if before.phase is not Phase.CLOSED or not before.prepared_at:
            return False
        with store.transaction():
            self._arrange(before, plan(before, store.perspectives.get(id, ())), now)
        return True

    async def voices(self, id: RoundId, positions: Sequence[int]) -> Sequence[Perspective]:
        return [voice for voice in self._voices(id) if voice.position in positions]

    async def perspectives(self, id: RoundId) -> Sequence[Perspective]:
        return [replace(voice, requests=()) for voice in self._voices(id)]

    def _voices(self, id: RoundId) -> Sequence[Perspective]:
        if self._store.round_of(id).phase not in READABLE:
            raise Sealed(id=id)
        return self._store.perspectives.get(id, ())

    async def release_late(
        self, id: RoundId, plan: Callable[[Round, Sequence[Opened]], Arranged], now: datetime, *, signed: bool
    ) -> int:
        store = self._store
        before = store.round_of(id)
        if before.phase not in READABLE:
            return 0
        named = before.attribution is Attribution.NAMED
        late = [
            _opened(seat, words)
            for seat in before.seats
            if (words := store.kinds_of(seat).get("late"))
            if (named or words.answers.sign) == signed
        ]
        if not late and signed:
            return 0
        with store.transaction():
            arranged = plan(before, late)
            is_over = arranged.round_.phase is Phase.ENDED
            for seat in before.seats if is_over else [one.seat for one in late]:
                store.destroy_words(seat)
                store.put_seat(id, replace(seat, drafted_at=None))
            self._arrange(before, arranged, now)
            if not signed:
                store.cut(id, now)
        return len(late)

    async def destroy(self, id: RoundId) -> Erased:
        store = self._store
        round_ = store.rounds.pop(id, None)
        for message in store.of_round(id):
            del store.messages[message.id]
        for act, done in list(store.acts.items()):
            if done.round_id == id:
                del store.acts[act]
        for seat in round_.seats if round_ else ():
            store.destroy_words(seat)
        store.perspectives.pop(id, None)
        for key in [key for key in store.readings if key[0] == id]:
            del store.readings[key]
        return Erased(what="round", is_final=True, found=round_ is not None)

    async def erase(self, whom: PersonId | Account, now: datetime) -> Erased:
        store = self._store
        person = store.people.get(whom) if isinstance(whom, Account) else whom
        theirs = {account for account, known in store.people.items() if known == person}
        found = bool(theirs)
        for account in theirs or ({whom} if isinstance(whom, Account) else set()):
            for key in [key for key in store.readings if key[1] == account]:
                del store.readings[key]
                found = True
            found |= store.secrets.pop(account.zone_key, None) is not None
            names = self._names_of(account)
            for round_ in list(store.rounds.values()):
                found |= self._erase_from(round_, account, names, now)
            for act, done in list(store.acts.items()):
                if is_told_of(done.outcome, account, names):
                    store.acts[act] = replace(done, outcome=None)
        for account in theirs:
            del store.people[account]
        return Erased(what="person", is_final=True, found=found)

    def _names_of(self, account: Account) -> set[str]:
        rounds = self._store.rounds.values()
        known = {seat.name for round_ in rounds for seat in round_.seats if seat.account == account}
        return known.union(*(names_in(round_.setup, account) for round_ in rounds))

    def _erase_from(self, round_: Round, account: Account, names: set[str], now: datetime) -> bool:
        store = self._store
        seats = {seat.id for seat in round_.seats if seat.account == account}
        for message in store.of_round(round_.id):
            told = is_told_of(message.owed.args, account, names) or is_key_of(message.owed.key, account)
            if message.seat_id in seats or message.owed.to.lane == _lane(account) or told:
                del store.messages[message.id]
        for seat in round_.seats:
            if seat.id in seats:
                store.destroy_words(seat)
        day = datetime.combine(now.astimezone(UTC).date(), time(), UTC)
        store.perspectives[round_.id] = tuple(
            replace(voice, answers=Answers(), withdrawn_at=day, name=None, seat_id=None, requests=())
            if voice.seat_id in seats and voice.seat_id is not None
            else voice
            for voice in store.perspectives.get(round_.id, ())
        )
        store.rounds[round_.id] = replace(
            round_,
            setup=setup_without(round_.setup, account, names),
            venues=tuple(replace(venue, told=reach_without(venue.told, account)) for venue in round_.venues),
            seats=tuple(seat for seat in round_.seats if seat.account != account),
            organisers=tuple(one for one in round_.organisers if one.account != account),
        )
        return store.rounds[round_.id] != round_

    async def scrub(self) -> bool:
        return True


class MemoryOutbox:
    """The port `Outbox`."""

    def __init__(self, store: MemoryStore, settings: RoundSettings | None = None) -> None:
        self._store = store
        self._settings = settings or RoundSettings()

    async def ready(self, now: datetime, busy: Set[str], limit: int = 100) -> Sequence[Message]:
        store = self._store
        found = [
            head
            for lane, messages in self._lanes().items()
            if lane not in busy and (head := _head(messages, now))
            if head.after is None or store.messages[head.after].state is State.SENT
        ]
        found.sort(key=lambda message: (message.not_before, message.id))
        return [store.message(message) for message in found[:limit]]

    def _lanes(self) -> dict[str, list[Stored]]:
        lanes: dict[str, list[Stored]] = {}
        for message in self._store.messages.values():
            if message.state in UNFINISHED:
                lanes.setdefault(message.lane, []).append(message)
        return lanes

    async def claim(self, id: MessageId, attempt: int, now: datetime) -> Message | None:
        store = self._store
        stored = store.messages.get(id)
        if stored is None or stored.attempt != attempt or stored.state is not State.OWED:
            return None
        message = store.message(stored)
        if not still_wanted(message.header, message.seat, message.kind):
            store.put(stored, state=State.DROPPED)
            store.drop_after(id)
            return None
        if begins_reveal(message.header, message.kind):
            round_ = store.rounds[stored.round_id]
            store.save(replace(round_, revealing_at=now, version=round_.version + 1))
            store.touch(round_.id, status=True)
        stored = store.messages[id]
        shown = stored.wanted
        if stored.owed.kind in TAKE_OVER and stored.owed.kind is not MessageKind.QUESTION:
            live = store.live(stored)
            shown = live.wanted if live else 0
        return store.message(store.put(stored, state=State.SENDING, attempt=attempt + 1, tried_at=now, shown=shown))

    async def finish(self, id: MessageId, attempt: int, result: Result, now: datetime) -> bool:
        store = self._store
        stored = store.messages.get(id)
        if stored is None or stored.attempt != attempt or stored.state is not State.SENDING:
            return False
        with store.transaction():
            match result:
                case Sent(posted=posted):
                    store.put(stored, state=State.SENT, posted=posted, not_before=now)
                    store.stands(stored, posted, now)
                    if stored.owed.kind is MessageKind.ANNOUNCEMENT:
                        self._decide(stored.round_id, lambda round_: announced(round_, now, self._settings), now)
                    if stored.owed.kind is MessageKind.HEADLINE:
                        self._stands(stored.round_id, now)
                    if stored.owed.kind is MessageKind.HEADLINE_DONE:
                        self._decide(stored.round_id, completed, now)
                case Again(not_before=not_before):
                    store.put(stored, state=State.OWED, not_before=not_before)
                case GaveUp() | Refusal():
                    self._refused(stored, result, now)
        return True

    def _refused(self, stored: Stored, result: GaveUp | Refusal, now: datetime) -> None:
        store, reason, lane = self._store, result.reason, stored.owed.to.lane
        opening = stored.owed.kind is MessageKind.ANNOUNCEMENT
        gone = opening or isinstance(result, GaveUp)
        store.put(stored, state=State.GIVEN_UP if gone else State.STUCK, reason=reason)
        if gone:
            store.drop_after(stored.id)
        if opening:
            self._decide(stored.round_id, lambda round_: announcement_refused(round_, reason), now)
        if stored.owed.kind is MessageKind.HEADLINE:
            self._decide(stored.round_id, lambda round_: refused(round_, lane, reason, now), now)
        if stored.seat_id is not None:
            if rule := not_delivered(stored.seat_id, result, now):
                self._decide(stored.round_id, rule, now)
                store.touch(stored.round_id, status=True)
        elif reason == Unreachable.DM_CLOSED:
            self._decide(stored.round_id, lambda round_: organiser_dm_closed(round_, lane, now), now)
        elif isinstance(result, GaveUp) and result.why in GONE:
            self._decide(stored.round_id, lambda round_: organiser_left(round_, lane, now), now)

    async def pass_on(self, id: MessageId, attempt: int, result: Result, now: datetime) -> Message | None:
        if not await self.finish(id, attempt, result, now):
            return None
        lane = self._store.messages[id].lane
        ready = await self.ready(now, self._lanes().keys() - {lane})
        return await self.claim(ready[0].id, ready[0].attempt, now) if ready else None

    def _stands(self, id_: RoundId, now: datetime) -> None:
        before = self._store.rounds[id_]
        self._decide(id_, lambda round_: stands(round_, now), now)
        if before.phase is Phase.CLOSED and any("late" in self._store.kinds_of(seat) for seat in before.seats):
            self._store.hurry(id_, now)

    def _decide(self, id_: RoundId, rule: Rule, now: datetime) -> None:
        before = self._store.rounds[id_]
        try:
            decision = rule(before)
        except NotAllowed:
            return
        self._store.decide(before, decision, now)

    async def step(self, id: MessageId, attempt: int, step: Step) -> None:
        stored = self._store.messages.get(id)
        if stored and stored.attempt == attempt and stored.state is State.SENDING:
            self._store.put(stored, step=step)

    async def wake(self, workspace: Workspace, now: datetime) -> Sequence[RoundId]:
        store = self._store
        there = [
            stored
            for stored in store.messages.values()
            if (stored.owed.to.platform, stored.owed.to.workspace) == (workspace.platform, workspace.id)
        ]
        for stored in there:
            is_tried = stored.state is State.OWED and stored.attempt > 0
            if (is_tried or stored.is_stale) and stored.not_before > now:
                store.put(stored, not_before=now)
        owing = (store.messages[stored.id] for stored in there if stored.state in (State.OWED, State.SENDING))
        return sorted({stored.round_id for stored in owing if stored.not_before <= now})

    async def asked_since(self, since: datetime) -> Sequence[tuple[Address, datetime]]:
        sent = [one for one in self._store.messages.values() if one.state is State.SENT]
        asked = [(one.owed.to, one.tried_at) for one in sent if one.owed.kind is MessageKind.QUESTION and one.tried_at]
        return sorted(((to, at) for to, at in asked if at >= since), key=lambda one: one[1])

    async def orphans(self) -> Sequence[Message]:
        store = self._store
        return [store.message(stored) for stored in store.messages.values() if stored.state is State.SENDING]

    async def next_ready(self, now: datetime) -> datetime | None:
        waiting = [
            message
            for message in self._store.messages.values()
            if (message.state is State.OWED or message.is_stale) and message.not_before > now
        ]
        return min((message.not_before for message in waiting), default=None)

    async def cards(self, now: datetime, full: Set[Workspace] = frozenset(), limit: int = 100) -> Sequence[CardDue]:
        stale = [
            stored
            for stored in self._store.messages.values()
            if stored.is_stale and stored.not_before <= now
            if not stored.is_bulk or _workspace(stored) not in full
        ]
        stale.sort(key=lambda stored: (stored.is_bulk, stored.not_before, stored.id))
        return [self._due(stored) for stored in stale[:limit]]

    def _due(self, stored: Stored) -> CardDue:
        message = self._store.message(stored)
        if stored.wanted > stored.shown:
            return CardDue(message=message, wanted=stored.wanted, is_bulk=stored.is_bulk)
        older = replace(message, posted=stored.older[0], args={**message.args, "is_older": True})
        return CardDue(message=older, wanted=stored.wanted, is_older=True, is_bulk=stored.is_bulk)

    async def shown(self, id: MessageId, wanted: int, not_before: datetime) -> None:
        stored = self._store.messages.get(id)
        if stored and stored.shown <= wanted <= stored.wanted:
            is_urgent = stored.is_urgent and stored.wanted > wanted
            self._store.put(stored, shown=wanted, not_before=not_before, is_urgent=is_urgent)

    async def pointed(self, id: MessageId, older: Posted) -> None:
        if stored := self._store.messages.get(id):
            self._store.put(stored, older=tuple(one for one in stored.older if one != older))

    async def moved(self, id: RoundId, was: Posted, to: Posted) -> None:
        for stored in self._store.of_round(id):
            if stored.posted == was:
                self._store.put(stored, posted=to)

    async def touch_cards(self, id: RoundId) -> None:
        self._store.touch(id, every=True)


class MemoryVault:
    """The port `Vault`."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    async def put(self, key: str, secret: bytes) -> None:
        self._store.secrets[key] = secret

    async def get(self, key: str) -> bytes | None:
        return self._store.secrets.get(key)

    async def delete(self, key: str) -> None:
        self._store.secrets.pop(key, None)


def _opened(seat: Seat, words: Words) -> Opened:
    nonce = words.receipt or Receipt("")
    return Opened(seat=seat, answers=words.answers, nonce=nonce, commitment=commitment(nonce, words.answers))


def _head(lane: Sequence[Stored], now: datetime) -> Stored | None:
    """The next message of a lane; None while one is in flight or waits for a retry."""
    if any(one.state is not State.OWED or (one.attempt > 0 and one.not_before > now) for one in lane):
        return None
    return next((one for one in lane if one.not_before <= now), None)


def _workspace(stored: Stored) -> Workspace:
    return Workspace(platform=stored.owed.to.platform, id=stored.owed.to.workspace)


def _lane(account: Account) -> str:
    return f"{account.platform}:{account.workspace}/@{account.user}"

"""Replies in the database: the only door to words."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, update

from bot.acts import Act
from bot.answers import Answers, Receipt
from bot.errors import Closed, Sealed, UnknownRound
from bot.people import Account, PersonId
from bot.ports import Erased, Held, KeepRule, Own, RequestsOwed, TakenDown
from bot.reveal import Arranged, Opened, Plan, PlanAgain, commitment
from bot.rounds import ActId, Header, Perspective, Phase, Round, RoundCode, RoundId, Seat, SeatId
from bot.rules.answering import boxes_filled, goes_on_from, merged, says_nothing
from storage.database import rows
from storage.database import tables as t
from storage.database.database import Database
from storage.database.prepared import Prepared
from storage.database.rows import Row
from storage.outbox import enqueueing, live_messages
from storage.rounds import acts, loading
from storage.rounds.acts import Done, act_key
from storage.words import envelopes, erasing, preparing, requesting, withdrawing
from storage.words.envelopes import Envelopes
from storage.words.ledger import REPLACED, note
from storage.words.seal import Seal, is_long, new_receipt, read_receipt

SEALED_KINDS: Final = ("reply", "late")

HELD: Final = Prepared(
    update(t.seat)
    .where(t.seat.c.id == bindparam("seat"), t.seat.c.revision == bindparam("was"))
    .values(
        revision=bindparam("becomes"),
        replied_at=bindparam("replied"),
        declined_at=bindparam("declined"),
        drafted_at=bindparam("drafted"),
        wrapped=bindparam("key"),
        key_version=bindparam("version"),
    )
)
RELEASE: Final = (
    update(t.round_)
    .where(t.round_.c.id == bindparam("round"), t.round_.c.due_at > bindparam("now"))
    .values(due_at=bindparam("now"))
)
"""The alarm must look whether it is signed: signed late replies come out at once."""

DRAFTS: Final = ("draft", "late_draft")
DRAFTS_OF: Final = {"reply": DRAFTS, "late": DRAFTS, "late_draft": ("draft",), "draft": ("late_draft",)}
"""What goes when words of this kind are kept."""


class SqlReplies:
    """The port `Replies`."""

    def __init__(self, database: Database, seal: Seal) -> None:
        self._database = database
        self._seal = seal
        self._sealed = Envelopes(seal)

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
        return await self._database.write(
            lambda db: self._keep(db, ref, account, act, answers, rule, boxes), is_small=True
        )

    def _keep(
        self,
        connection: Connection,
        ref: RoundCode,
        account: Account,
        act: Act,
        page: Answers,
        rule: KeepRule,
        boxes: Set[str] | None,
    ) -> Held:
        asked = {"code": ref, "act": act_key(act.id), **loading.account_of(account)}
        row = loading.HEADER_SEAT_AND_ACT.one(connection, asked)
        if row is None:
            raise UnknownRound(code=ref)
        header, seat = rows.header(row), rows.seat(row)
        if row.act_id is not None:
            return self._held_before(connection, header, row, acts.opened(act.id, header.id, row.act_done))
        # a whole form needs no look at what it replaces
        before = self._goes_on_from(connection, header, row) if boxes is not None and row.wrapped else None
        whole = merged(before, page, boxes)
        kind = rule(header, seat, whole)
        is_same = kind in DRAFTS and boxes is not None and (whole == before if before else says_nothing(whole))
        is_first = not is_same and self._make_room(connection, seat, kind)
        revision = seat.revision + (not is_same)
        acts.note_own_act(connection, act.id, header.id, Done(kind=kind, revision=revision, is_first=is_first))
        if is_same:
            kept = Held(kind=kind, is_first=False, answers=whole, changed=False, is_long=is_long(whole))
            return replace(kept, closes_at=header.closes_at)
        receipt = self._put(connection, header, seat, row, kind, act.at, whole)
        if kind in SEALED_KINDS and not is_first:  # from a backup, what was replaced is not to be published
            note(connection, what=REPLACED, seat=SeatId(row.seat_id), revision=seat.revision + 1)
        if kind == "reply":
            live_messages.touch(connection, header.id, seat.id)
        if kind == "draft" and seat.replied_at is None:
            live_messages.touch_later(connection, header.id, seat.id)
        if kind == "reply" and is_first:
            enqueueing.TOUCH_STATUS.run(connection, {"round": header.id})
        if kind == "late" and header.phase is Phase.REVEALED:
            connection.execute(RELEASE, {"round": header.id, "now": act.at})
        kept = Held(kind=kind, receipt=receipt, is_first=is_first, answers=whole, is_long=is_long(whole, receipt))
        return replace(kept, closes_at=header.closes_at)

    def _goes_on_from(self, connection: Connection, header: Header, row: Row) -> Answers | None:
        found = self._sealed.of_seat(connection, SeatId(row.seat_id))
        kind = goes_on_from(header.phase, {kind: revision for kind, (revision, _) in found.items()})
        return found[kind][1][0] if kind else None

    def _make_room(self, connection: Connection, seat: Seat, kind: str) -> bool:
        """Destroys the drafts that these words replace. True when this seat had not replied before."""
        if seat.drafted_at is not None:
            for other in DRAFTS_OF[kind]:
                envelopes.DELETE.run(connection, {"seat": seat.id, "of_kind": other})
        if kind in ("draft", "reply"):
            return seat.replied_at is None
        return "late" not in connection.execute(envelopes.KINDS, {"seat": seat.id}).scalars().all()

    def _put(
        self,
        connection: Connection,
        header: Header,
        seat: Seat,
        row: Row,
        kind: str,
        at: datetime,
        answers: Answers,
    ) -> Receipt | None:
        seat_id, revision = SeatId(row.seat_id), seat.revision + 1
        is_sealed = kind in SEALED_KINDS
        receipt = new_receipt() if is_sealed else None
        key, wrapped = self._sealed.key_of(header.id, seat_id, row)
        self._sealed.put(connection, key, (header.id, seat_id, kind, revision), answers, receipt)
        HELD.run(
            connection,
            {
                "seat": seat_id,
                "was": seat.revision,
                "becomes": revision,
                # a late one is told by its envelope: an unsigned one must leave nothing in its seat
                "replied": at if kind == "reply" else seat.replied_at,
                "declined": None if kind == "reply" else seat.declined_at,
                "drafted": None if is_sealed else at,
                "key": wrapped.key,
                "version": wrapped.version,
            },
        )
        return receipt

    def _held_before(self, connection: Connection, header: Header, row: Row, done: Done) -> Held:
        """The receipt is shown again only while it is that of the words that are kept."""
        found = self._sealed.of_seat(connection, row.seat_id)
        base = goes_on_from(header.phase, {kind: revised for kind, (revised, _) in found.items()})
        if done.kind is None:
            done = _as_it_stands(header, base, found)
        assert done.kind is not None  # noqa: S101 - for the type checker
        revision, (_, receipt) = found.get(done.kind, (0, (None, None)))
        answers, newest = found[base][1] if base else (Answers(), None)
        return Held(
            kind=done.kind,
            receipt=receipt if revision == done.revision else None,
            is_first=done.is_first,
            answers=answers,
            is_long=is_long(answers, newest),
            closes_at=header.closes_at,
        )

    async def own(self, ref: RoundCode, account: Account) -> Own | None:
        """`receipt` is that of the sealed words, also where `answers` are a draft that is newer."""
        found = await self._database.read(lambda db: self._of(db, ref, account))
        if not found:
            return None
        kind = max(found, key=lambda kind: found[kind][0])
        receipts = [receipt for _, (_, receipt) in found.values() if receipt]
        answers, receipt = found[kind][1]
        is_large = is_long(answers, receipt)
        return Own(answers=answers, kind=kind, receipt=receipts[0] if receipts else None, is_long=is_large)

    async def boxes_kept(self, ref: RoundCode, account: Account) -> int:
        own = await self.own(ref, account)
        return boxes_filled(own.answers) if own and own.kind == "draft" else 0

    async def holds(self, ref: RoundCode, account: Account, receipt: Receipt) -> bool:
        asked = read_receipt(receipt)

        def look(connection: Connection) -> bool:
            if any(held == asked for _, (_, held) in self._of(connection, ref, account).values()):
                return True
            # once prepared they are in no envelope: a reveal may wait for days
            rows = envelopes.PERSPECTIVES.all(connection, {"round": loading.id_of(connection, ref)})
            voices = map(self._sealed.perspective, rows)
            return any(asked and commitment(asked, voice.answers) == voice.commitment for voice in voices)

        return asked is not None and await self._database.read(look)

    def _of(self, connection: Connection, ref: RoundCode, account: Account) -> dict[str, tuple[int, envelopes.Words]]:
        _, seat, _ = loading.header_and_seat(connection, ref, account)
        return {} if seat is None or seat.id is None else self._sealed.of_seat(connection, seat.id)

    async def withdraw(self, ref: RoundCode, account: Account, act: Act, revision: int) -> Erased:
        return await self._finally(lambda db: withdrawing.withdraw(db, self._sealed, ref, account, act, revision))

    async def has_signed(self, ref: RoundCode, account: Account) -> bool:
        return await self._database.read(lambda db: withdrawing.has_signed(db, ref, account))

    async def take_down(
        self, ref: RoundCode, by: Account | Receipt, owed: TakenDown, now: datetime, act: ActId | None = None
    ) -> Erased:
        return await self._finally(lambda db: withdrawing.take_down(db, self._sealed, ref, by, owed, now, act))

    async def hide(self, ref: RoundCode, position: int, reason: str, owed: TakenDown, now: datetime) -> bool:
        done = await self._database.write(
            lambda db: withdrawing.hide(db, self._sealed, ref, position, reason, owed, now)
        )
        if done:
            await self._database.scrub()
        return done

    async def ask_to_hide(
        self, ref: RoundCode, position: int, reason: str, owed: RequestsOwed, now: datetime, act: ActId
    ) -> bool:
        return await self._database.write(
            lambda db: requesting.ask_to_hide(db, self._seal, ref, position, reason, owed, now, act)
        )

    async def find(self, ref: RoundCode, receipt: Receipt) -> Perspective | None:
        asked = read_receipt(receipt)
        perspectives = await self._database.read(lambda db: self._read(db, loading.id_of(db, ref)))
        if asked is None:
            return None
        return next((one for one in perspectives if commitment(asked, one.answers) == one.commitment), None)

    async def prepare(self, id: RoundId, plan: Plan, now: datetime) -> bool:
        # others' words are taken in meanwhile: of a thousand replies this is as long as all the writing
        looked = await self._database.read(lambda db: preparing.look(db, self._sealed, id, plan))
        done = await self._database.write(lambda db: preparing.prepare(db, self._sealed, id, plan, now, looked))
        if done:
            await self._database.scrub()
        return done

    async def plan_again(self, id: RoundId, plan: PlanAgain, now: datetime) -> bool:
        return await self._database.write(lambda db: preparing.plan_again(db, self._sealed, id, plan, now))

    async def voices(self, id: RoundId, positions: Sequence[int]) -> Sequence[Perspective]:
        return await self._database.read(lambda db: self._read(db, id, positions))

    async def perspectives(self, id: RoundId) -> Sequence[Perspective]:
        return await self._database.read(lambda db: self._read(db, id))

    def _read(self, connection: Connection, id_: RoundId, positions: Sequence[int] | None = None) -> list[Perspective]:
        of = loading.PHASE.one(connection, {"id": id_})
        if of is None:
            raise UnknownRound(id=id_)
        if not of.phase.is_open:
            raise Sealed(id=id_)
        if positions is None:
            return [self._sealed.perspective(row) for row in envelopes.PERSPECTIVES.all(connection, {"round": id_})]
        between = {"round": id_, "first": min(positions, default=0), "last": max(positions, default=-1)}
        found = envelopes.VOICES.all(connection, between)
        reasons = requesting.of_round(connection, self._seal, id_)
        voices = [self._sealed.perspective(row) for row in found if row.position in positions]
        return [replace(voice, requests=reasons.get(voice.position, ())) for voice in voices]

    async def release_late(
        self, id: RoundId, plan: Callable[[Round, Sequence[Opened]], Arranged], now: datetime, *, signed: bool
    ) -> int:
        count = await self._database.write(
            lambda db: preparing.release_late(db, self._sealed, id, plan, now, signed=signed)
        )
        if count:
            await self._database.scrub()
        return count

    async def destroy(self, id: RoundId) -> Erased:
        return await self._finally(lambda db: erasing.destroy(db, id))

    async def erase(self, whom: PersonId | Account, now: datetime) -> Erased:
        return await self._finally(lambda db: erasing.erase(db, whom, now))

    async def scrub(self) -> bool:
        return await self._database.scrub()

    async def _finally(self, work: Callable[[Connection], Erased]) -> Erased:
        erased = await self._database.write(work)
        if not erased.found:
            return replace(erased, is_final=True)
        return replace(erased, is_final=await self._database.scrub())


def _as_it_stands(header: Header, base: str | None, found: dict[str, tuple[int, envelopes.Words]]) -> Done:
    """What an act did is not known: an older release noted it, or the close blanked it.

    Raises Closed after the close.
    """
    if base is None or header.phase is not Phase.COLLECTING:
        raise Closed(code=header.code)
    return Done(kind=base, revision=found[base][0])

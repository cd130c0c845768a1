"""The stores under test: in a database file, and in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from bot.acts import Act, Said
from bot.answers import Answers, Seen
from bot.messages import MessageKind, Page, Part, Posted, Sent, args_of, line
from bot.people import Account
from bot.ports import Erased, KeepRule, Outbox, Replies, Rounds, Vault
from bot.reveal import Arranged, Opened, root_of
from bot.rounds import Header, Perspective, Phase, Round, RoundCode, Seat, Statement
from bot.rules.moves import GRACE, Decision, Rule
from bot.settings import RoundSettings
from storage.database.database import Database
from storage.migrations import migrate
from storage.outbox.store import SqlOutbox
from storage.rounds.store import SqlRounds
from storage.words.seal import Seal
from storage.words.store import SqlReplies
from storage.words.vault import SqlVault
from tests.builders import CHANNEL, DAY, NOON, act, collecting, draft, owed
from tests.fakes import MemoryOutbox, MemoryReplies, MemoryRounds, MemoryStore, MemoryVault

WAY_TO = {
    phase: (Phase.COLLECTING, Phase.CLOSED, Phase.REVEALED, Phase.ENDED)[: n + 1]
    for n, phase in enumerate((Phase.COLLECTING, Phase.CLOSED, Phase.REVEALED, Phase.ENDED))
}
"""The moves by which a draft comes there."""

DONE = Said(content=(line("said.done"),))
CLOSE = NOON + 3 * DAY + GRACE


@dataclass(frozen=True, kw_only=True)
class Stores:
    rounds: Rounds
    replies: Replies
    outbox: Outbox
    vault: Vault

    async def keep_round(self, round_: Round, *owes: object) -> Round:
        """Stores a round as it is, through the port."""
        made = await self.rounds.start(draft(round_.code), act())
        first, *later = WAY_TO.get(round_.phase, (round_.phase,))
        wanted = replace(round_, id=made.id, code=made.code, phase=first)
        kept = (await self.rounds.change(made.id, None, deciding(wanted, *owes), NOON)).round_
        for phase in later:
            kept = (await self.rounds.change(made.id, None, deciding(replace(kept, phase=phase)), NOON)).round_
        return kept

    async def closed(self, *seats: Seat, **changes: Any) -> Round:
        round_ = await self.keep_round(collecting(*seats, **changes))
        await self.rounds.close([round_.id], CLOSE)
        return await self.rounds.get(round_.id)

    async def take_back(self, code: RoundCode, who: Account, press: Act) -> Erased:
        """Somebody who was asked, and agrees at once."""
        found = await self.rounds.seat(code, who)
        return await self.replies.withdraw(code, who, press, found[1].revision if found else 0)

    async def reveal(self, round_: Round) -> Round:
        """Prepares and opens a closed round."""
        await self.replies.prepare(round_.id, arrange, CLOSE)
        head = next(
            message for message in await self.outbox.ready(CLOSE, set()) if message.kind is MessageKind.HEADLINE
        )
        await self.deliver(head.id, CLOSE)
        return await self.rounds.get(round_.id)

    async def deliver(self, id: object, now: datetime = NOON) -> Posted:
        ready = {message.id: message for message in await self.outbox.ready(now, set())}
        message = await self.outbox.claim(ready[id].id, ready[id].attempt, now)  # type: ignore[index]
        assert message is not None
        posted = Posted(place="C1", id=f"post-{message.id}")
        assert await self.outbox.finish(message.id, message.attempt, Sent(posted=posted), now)
        return posted

    async def show_all(self, now: datetime) -> None:
        """All cards are up to date."""
        while dues := await self.outbox.cards(now):
            for due in dues:
                if due.is_older and due.message.posted:
                    await self.outbox.pointed(due.message.id, due.message.posted)
                else:
                    await self.outbox.shown(due.message.id, due.wanted, now)

    async def deliver_all(self, now: datetime) -> None:
        """What is no longer wanted is dropped on the way."""
        while heads := await self.outbox.ready(now, set()):
            for head in heads:
                if message := await self.outbox.claim(head.id, head.attempt, now):
                    sent = Sent(posted=Posted(place="C1", id=f"post-{message.id}"))
                    await self.outbox.finish(message.id, message.attempt, sent, now)


def deciding(round_: Round | None = None, *owes: object, **more: object) -> Rule:
    return lambda _: Decision(outcome=DONE, round_=round_, owed=owes, **more)  # type: ignore[arg-type]


def kept_as(kind: str) -> KeepRule:
    def rule(header: Header, seat: Seat, whole: Answers) -> str:
        return kind

    return rule


def arrange(round_: Round, opened: Sequence[Opened], start: int = 0, seen: Seen | None = None) -> Arranged:
    """As plain as can be: by commitment."""
    ordered = sorted(opened, key=lambda one: one.commitment)
    signed = [one.answers.sign for one in ordered]
    perspectives = tuple(
        Perspective(
            id=f"{round_.id}-{start + at}-{one.commitment[:8]}",
            position=start + at,
            group=one.seat.group,
            name=one.seat.name if signs else None,
            seat_id=one.seat.id if signs else None,
            answers=one.answers,
            commitment=one.commitment,
            seen=seen,
        )
        for at, (one, signs) in enumerate(zip(ordered, signed, strict=True))
    )
    root = root_of(one.commitment for one in ordered)
    if seen:
        return Arranged(perspectives=perspectives, owed=(), round_=round_)
    head = owed(f"{round_.code}:headline:0", MessageKind.HEADLINE)
    cut = args_of(Page(kind=MessageKind.PAGE, title=line("x"), parts=(Part(voice=0),)))
    page = owed(f"{round_.code}:page:0", MessageKind.PAGE, after=head.key, in_thread=True, args=cut)
    return Arranged(
        perspectives=perspectives,
        owed=(head, page) if opened else (head,),
        round_=replace(round_, root=root, statement=Statement(groups=())),
    )


def memory_stores(settings: RoundSettings | None = None) -> Stores:
    store = MemoryStore()
    return Stores(
        rounds=MemoryRounds(store),
        replies=MemoryReplies(store),
        outbox=MemoryOutbox(store, settings),
        vault=MemoryVault(store),
    )


@pytest.fixture(params=["sql", "memory"])
async def stores(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stores]:
    if request.param == "memory":
        yield memory_stores()
        return
    async with sql_stores(tmp_path / "test.db") as (stores, _):
        yield stores


@cache
def migrated() -> bytes:
    """An empty database of this release, made once."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "empty.db"
        migrate(f"sqlite:///{file}")
        return file.read_bytes()


KEYS = {1: b"k" * 32}


class sql_stores:  # noqa: N801 - reads as what it gives
    """`async with sql_stores(file) as (stores, database)`."""

    def __init__(self, file: Path, keys: dict[int, bytes] = KEYS, *, new: bool = True) -> None:
        self._file = file
        self._new = new
        self._keys = keys

    async def __aenter__(self) -> tuple[Stores, Database]:
        if self._new:
            self._file.write_bytes(migrated())
        self._database = Database(f"sqlite:///{self._file}")
        seal = Seal(self._keys)
        return (
            Stores(
                rounds=SqlRounds(self._database, Random(1)),
                replies=SqlReplies(self._database, seal),
                outbox=SqlOutbox(self._database, RoundSettings()),
                vault=SqlVault(self._database, seal),
            ),
            self._database,
        )

    async def __aexit__(self, *_: object) -> None:
        await self._database.close()


__all__ = ["CHANNEL", "Stores", "stores"]

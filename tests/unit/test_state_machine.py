"""Any order of acts, repeats, clock jumps, crashes and failures of the chat: what must hold, holds after every step."""

from __future__ import annotations

import asyncio
import os
import re
import sqlite3
from collections import Counter
from collections.abc import Coroutine
from contextlib import AsyncExitStack, closing
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from bot import commands
from bot.acts import (
    Act,
    Add,
    AgreeReveal,
    Answer,
    Cancel,
    Check,
    ChooseVenue,
    CloseRound,
    Confirm,
    Decline,
    Extend,
    Home,
    MoveChoice,
    Moved,
    New,
    OpenRound,
    Outcome,
    Preview,
    Refused,
    Rehearse,
    Remind,
    Remove,
    Retry,
    Said,
    SaveSetup,
    ShowForm,
    Snooze,
    Status,
    StopReminders,
    Withdraw,
    Write,
)
from bot.answers import Answers, Level, Receipt
from bot.compose import status_of
from bot.messages import Line, MessageKind, Post, State, post_key
from bot.people import Address, Reach, Standing, Why
from bot.rounds import ChangeKind, Phase, Round, RoundCode
from bot.rules import schedule
from bot.rules.moves import MOVES, REVEALING
from storage.database import tables as t
from storage.database.database import Database
from storage.words import restoring
from storage.words.ledger import REPLACED
from storage.words.seal import Seal
from tests.builders import HERE, NOON, PLATFORM
from tests.contract.stores import KEYS, Stores, sql_stores
from tests.fake_platform import Fault, Load
from tests.fakes import MemoryStore
from tests.world import SETUP, Cut, World, account_of, key_of, memory_stores, words_of

T = TypeVar("T")

WORD = re.compile(r"word-(\d+)-")
SEATED = ("lea", "fay", "finn", "cal", "cara")
LATECOMERS = ("zoe", "zed")
STRANGERS = ("stan", "far@X")
WRITERS = st.sampled_from(SEATED + LATECOMERS)
ANYBODY = st.sampled_from((*SEATED, *LATECOMERS, *STRANGERS, "olga"))
RUNNERS = st.sampled_from(("olga", "olga", "olga", "olga", "otto", "otto", "lea", *STRANGERS))
LENGTHS = {"in 5 days": timedelta(days=5), "in 3 hours": timedelta(hours=3), "in 20 minutes": timedelta(minutes=20)}
RIGHT_AND_WRONG: list[dict[str, str]] = [
    {},
    {"closes_at": "soonish"},
    {"closes_at": "in 1 minute"},
    {"citizens": ""},
    {"leaders": "lea cal"},
    {"frontline": "robo"},
    {"channel": "elsewhere"},
    {"service": ""},
    {"time_zone": "Mars/Base"},
    {"proposal": "x" * 3001},
]
FAULTS = [fault for fault in Fault if not fault.startswith("cut")]
CUTS = [fault for fault in Fault if fault.startswith("cut")]
UNFINISHED = (State.OWED, State.SENDING, State.STUCK)
NEVER_DROPPED = (
    MessageKind.HEADLINE,
    MessageKind.PAGE,
    MessageKind.CONTRASTS,
    MessageKind.REPORT,
    MessageKind.LATE_PAGE,
)
OVER = (Phase.ENDED, Phase.CANCELLED)
UNHEARD_FOR_AT_MOST = timedelta(minutes=15)
BACKUP_KEEP = timedelta(days=30)
SAME_ANSWER = (
    *(Write, Withdraw, Decline, Snooze, StopReminders),
    *(OpenRound, Extend, CloseRound, Cancel, Remind, Add, Remove, AgreeReveal, ChooseVenue, Moved),
)


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A message as it is stored, whatever the store."""

    key: str
    kind: MessageKind
    state: State
    reason: str | None
    to: Address


@dataclass(kw_only=True)
class Word:
    """Something that somebody wrote once, and what became of it."""

    n: int
    user: str
    text: str
    fate: str = ""  # draft, reply, late_draft, late, published; "": it was never kept, or is destroyed
    box: str = "personal"
    is_signed: bool = False  # once it is published
    pages: set[MessageKind] = field(default_factory=set)  # on which it is published: in time, late, or both
    receipt: Receipt | None = None
    gone_at: int | None = None  # number of the sighting from which on nobody may see it


@dataclass(frozen=True, kw_only=True)
class Filled:
    """A form as it is kept: box -> what stands in it."""

    boxes: dict[str, Word]
    sign: bool = False


@dataclass(kw_only=True)
class Place:
    """What one person has in the round, as they were told."""

    group: str = ""
    counted: str = ""  # the group they were first asked as
    moving_to: str | None = None  # has sealed, and is asked whether the answer moves, too
    asks: int = 0
    is_here: bool = False
    has_declined: bool = False
    kept: dict[str, Filled] = field(default_factory=dict)  # kind -> form; the newest comes last


@dataclass(frozen=True, kw_only=True)
class Sighting:
    words: frozenset[int]
    at: datetime
    what: str


def is_running(machine: Rounds) -> bool:
    return machine.world.is_up and machine.last_phase not in (Phase.DRAFT, Phase.CANCELLED)


def is_open(machine: Rounds) -> bool:
    return machine.world.is_up and machine.last_phase is Phase.COLLECTING


class Rounds(RuleBasedStateMachine):
    """On stores in memory. One round at a time, its people, and a model of what they were told."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.closing = AsyncExitStack()
        self.stores = self.loop.run_until_complete(self.make_stores())
        self.world = World(self.stores)
        self.world.platform.outgoing = self.see
        self.world.platform.places["quiet"] = Reach(name="quiet", readers=12, is_public=False)
        self.code = RoundCode("")
        self.earlier: list[RoundCode] = []
        self.places: dict[str, Place] = {}
        self.words: list[Word] = []
        self.sightings: list[Sighting] = []
        self.seen_before = 0  # of them, in rounds before this one
        self.done: list[tuple[Act, Outcome, int]] = []
        self.epoch = 0  # counts what blanks acts: prepare, cancel
        self.last_phase = Phase.DRAFT
        self.is_prepared = False
        self.gone_since: list[tuple[str, tuple[str, ...]]] = []  # since the backup: whose words, of which kinds
        self.once: frozenset[str] = frozenset()  # keys that the backup knew: what was sent by then or since stands once
        self.posts_before = 0  # the others are counted from the restore on
        self.run(self.world.start())

    async def make_stores(self) -> Stores:
        stores, self.memory = memory_stores()
        return stores

    async def letters(self) -> list[Letter]:
        return [
            Letter(key=m.owed.key, kind=m.owed.kind, state=m.state, reason=m.reason, to=m.owed.to)
            for m in self.memory.messages.values()
        ]

    async def snapshot(self) -> object:
        """All that an act could change. How far its messages have come is the courier's."""
        store: MemoryStore = self.memory
        owed = sorted(message.owed.key for message in store.messages.values())
        return (dict(store.rounds), dict(store.words), dict(store.perspectives), owed, list(store.audits))

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    # doing

    def press(self, kind: type[Act], user: str, *, code: RoundCode | None = None, **more: Any) -> Outcome:
        act = self.world.act(kind, user, code=code or self.code, **more)
        outcome = self.run(self.world.service.do(act))
        self.done.append((act, outcome, self.epoch))
        self.check_shown(outcome, user)
        self.follow_up()
        return outcome

    def follow_up(self) -> None:
        """All that follows. A cut takes the bot down."""
        try:
            self.run(self.world.settle())
        except Cut:
            self.run(self.world.crash())
        self.take_stock()

    def see(self, load: Load, to: Address) -> None:
        words = frozenset(int(n) for n in WORD.findall(words_of(load)))
        what = load.kind.value if isinstance(load, Post) else "file"
        self.sightings.append(Sighting(words=words, at=self.world.clock.now(), what=what))

    def check_shown(self, outcome: Outcome, user: str) -> None:
        for n in WORD.findall(words_of(outcome)):
            word = self.words[int(n)]
            assert word.user == user, f"{user} is shown words of {word.user}"
            assert word.fate, f"{user} is shown destroyed words"

    def destroy(self, *words: Word) -> None:
        for word in words:
            word.fate, word.gone_at = "", len(self.sightings)

    def clear(self, user: str, *kinds: str) -> None:
        place = self.places[user]
        if not kinds and place.moving_to:  # nothing sealed is left that could stay
            place.group, place.moving_to = place.moving_to, None
        for kind in [kind for kind in place.kept if not kinds or kind in kinds]:
            self.drop(place.kept.pop(kind), place)

    def drop(self, form: Filled, place: Place) -> None:
        """A page that was copied from a reply into a draft stays with the reply."""
        left = [word for other in place.kept.values() for word in other.boxes.values()]
        self.destroy(*(word for word in form.boxes.values() if word not in left and word.fate != "published"))

    def publish(self, form: Filled, page: MessageKind) -> None:
        is_named = self.last_round().attribution == "named"
        for word in form.boxes.values():
            word.fate, word.is_signed = "published", form.sign or is_named
            word.pages.add(page)

    def place(self, user: str) -> Place:
        return self.places.setdefault(user, Place())

    def keep(self, word: Word, kind: str, *replaces: str, sign: bool, page: frozenset[str] | None = None) -> None:
        """A page changes its boxes; what stands in the others is that of the newest form that is kept."""
        place = self.places[word.user]
        before = self.newest(place, may_be_sealed=self.last_phase is Phase.COLLECTING) if page else None
        boxes = {box: old for box, old in (before.boxes if before else {}).items() if page and box not in page}
        if word.text:
            boxes[word.box] = word
        sign = sign if before is None or page is None or "sign" in page else before.sign
        old = [place.kept.pop(each) for each in (kind, *replaces) if each in place.kept]
        place.kept[kind] = Filled(boxes=boxes, sign=sign)
        word.fate = kind
        for form in old:
            self.drop(form, place)

    def newest(self, place: Place, *, may_be_sealed: bool = True) -> Filled | None:
        """A page goes on from a sealed form only until the close: later, words beside it would tell whose it is."""
        forms = [form for kind, form in place.kept.items() if may_be_sealed or kind != "reply"]
        return forms[-1] if forms else None

    # what the clock did

    def take_stock(self) -> None:
        if not self.code:
            return
        round_ = self.run(self.world.round_(self.code))
        if round_.phase is not Phase.DRAFT and not self.places:
            for seat in round_.seats:
                self.places[seat.account.user] = Place(group=seat.group, counted=seat.group, asks=1, is_here=True)
        if round_.prepared_at and not self.is_prepared:
            self.is_prepared = True
            self.epoch += 1
            self.prepared(round_)
        if round_.phase is Phase.ENDED:
            self.epoch += self.last_phase is not Phase.ENDED
            for user in self.places:
                if late := self.places[user].kept.pop("late", None):
                    self.publish(late, MessageKind.LATE_PAGE)
                self.clear(user)
        elif round_.phase is Phase.REVEALED:
            self.released(round_)

    def prepared(self, round_: Round) -> None:
        counts, places = round_.statement.groups if round_.statement else (), self.places.values()
        assert counts  # small groups are counted together
        assert sum(count.asked for count in counts) == len(places), counts
        assert sum(count.replied for count in counts) == sum("reply" in place.kept for place in places), counts
        assert sum(count.declined for count in counts) == sum(place.has_declined for place in places), counts
        for place in self.places.values():
            reply, draft = place.kept.pop("reply", None), place.kept.pop("draft", None)
            if reply:
                self.publish(reply, MessageKind.PAGE)
            if draft and (reply or round_.phase is Phase.ENDED):
                self.drop(draft, place)
            elif draft:
                place.kept["late_draft"] = draft

    def released(self, round_: Round) -> None:
        """Signed late ones come out at once; where the bot died in the middle of the reveal, once it is back."""
        for user, place in self.places.items():
            late = place.kept.get("late")
            if late and (late.sign or round_.attribution == "named") and not self.waits_for_the_bot(user):
                self.publish(place.kept.pop("late"), MessageKind.LATE_PAGE)
                if "late_draft" in place.kept:
                    self.drop(place.kept.pop("late_draft"), place)

    def waits_for_the_bot(self, user: str) -> bool:
        return not self.world.is_up and self.run(self.stores.replies.own(self.code, account_of(user))) is not None

    # setting up

    @initialize(
        attribution=st.sampled_from(["group", "named"]),
        length=st.sampled_from(list(LENGTHS)),
        opens=st.sampled_from([True, True, True, True, False]),
        writers=st.lists(st.sampled_from(SEATED), max_size=4, unique=True),
    )
    def begin(self, attribution: str, length: str, opens: bool, writers: list[str]) -> None:
        shown = self.press(New, "olga", service="Repairs online")
        assert isinstance(shown, ShowForm)
        self.code = shown.form.code
        fields = {**SETUP, "attribution": attribution, "closes_at": length, "co_organiser": "otto"}
        for page in ("what", "who", "when"):
            self.press(SaveSetup, "olga", page=page, fields=_page(fields, page))
        self.press(Preview, "olga")
        if opens:
            self.press(OpenRound, "olga")
            self.only_known_moves()
            for writer in writers:
                self.write(writer, "reply", "signed" if writer in ("cal", "fay") else "")

    @precondition(lambda self: self.world.is_up and self.last_phase is Phase.DRAFT)
    @rule(user=RUNNERS, page=st.sampled_from(["what", "who", "when"]), change=st.sampled_from(RIGHT_AND_WRONG))
    def save_a_page(self, user: str, page: str, change: dict[str, str]) -> None:
        self.press(SaveSetup, user, page=page, fields=_page({**SETUP, **change}, page))

    @precondition(lambda self: self.world.is_up and self.last_phase is Phase.DRAFT)
    @rule(user=RUNNERS, kind=st.sampled_from([Preview, Rehearse, OpenRound]))
    def go_on(self, user: str, kind: type[Act]) -> None:
        self.press(kind, user)

    @precondition(lambda self: self.world.is_up and self.last_phase is Phase.DRAFT)
    @rule()
    def put_right_and_open(self) -> None:
        for page in ("what", "who", "when"):
            if self.world.is_up:
                self.press(SaveSetup, "olga", page=page, fields=_page(SETUP, page))
        if self.world.is_up:
            self.press(OpenRound, "olga")

    @precondition(lambda self: self.world.is_up and self.last_phase in OVER)
    @rule(
        user=st.sampled_from(["gus", "stan", "olga"]),
        writers=st.lists(st.sampled_from(SEATED), max_size=4, unique=True),
    )
    def next_round(self, user: str, writers: list[str]) -> None:
        if user != "olga":
            is_guest = user == "gus"
            outcome = self.press(New, user, actor={"standing": Standing.GUEST if is_guest else Standing.MEMBER})
            assert (key_of(outcome) == "refused.guest") == is_guest
            return
        self.world.platform.faults.clear()
        self.world.platform.closed.clear()
        self.last_phase, self.is_prepared = Phase.DRAFT, False
        for place in self.places:
            self.clear(place)
        for word in self.words:
            word.fate = word.fate and "old"
        self.earlier.append(self.code)
        self.places, self.code, self.seen_before = {}, RoundCode(""), len(self.sightings)
        self.begin("group", "in 3 hours", True, writers)

    # answering

    @precondition(is_running)
    @rule(
        user=WRITERS,
        kind=st.sampled_from(["reply", "reply", "draft"]),
        shape=st.sampled_from(["", "signed"]),
        page=st.sampled_from(["", "", "personal", "barriers"]),
    )
    def somebody_writes(self, user: str, kind: str, shape: str, page: str) -> None:
        self.write(user, kind, shape, page=page, is_last=kind == "reply")

    @precondition(is_running)
    @rule(
        user=WRITERS,
        kind=st.sampled_from(["reply", "late", "late_draft"]),
        shape=st.sampled_from(["", "signed", "long", "empty"]),
    )
    def somebody_writes_oddly(self, user: str, kind: str, shape: str) -> None:
        self.write(user, kind, shape)

    @precondition(is_running)
    @rule(
        user=WRITERS,
        boxes=st.permutations([level.value for level in Level]).flatmap(
            lambda boxes: st.integers(2, len(boxes)).map(lambda count: boxes[:count])
        ),
        waits=st.lists(st.sampled_from([0, 0, 1, 2, 5, 90]), min_size=3, max_size=3),
        last_off=st.sampled_from([None, None, -1, 0, 1, 4, 6, 60]),
        shape=st.sampled_from(["", "signed"]),
        late=st.booleans(),
    )
    def a_form_a_page_at_a_time(
        self, user: str, boxes: list[str], waits: list[int], last_off: int | None, shape: str, late: bool
    ) -> None:
        """The clock moves between pages. `last_off`: seconds from the deadline to the last page."""
        *pages, last = boxes
        closes_at = self.last_round().closes_at
        if last_off is not None and self.last_phase is Phase.COLLECTING and closes_at:
            self.pass_until(closes_at + timedelta(seconds=last_off) - timedelta(seconds=sum(waits[: len(pages)])))
        for box, wait in zip(pages, waits, strict=False):
            if not self.world.is_up:
                return
            self.write(user, "late_draft" if late else "draft", "", page=box)
            self.pass_until(self.world.clock.now() + timedelta(seconds=wait))
        if self.world.is_up:
            self.write(user, "late" if late else "reply", shape, page=last, is_last=True)

    def pass_until(self, at: datetime) -> None:
        if at <= self.world.clock.now() or not self.world.is_up:
            return
        try:
            self.run(self.world.pass_until(at))
        except Cut:
            self.run(self.world.crash())
        self.take_stock()
        self.only_known_moves()

    def write(self, user: str, kind: str, shape: str, *, page: str = "", is_last: bool = False) -> None:
        """`page`: the box that is on it. How one is shown stands on the last page."""
        n, seal = len(self.words), not kind.endswith("draft") or shape == "empty"
        text = f"word-{n}- of {user}\n*as* <typed> & {'x' * 3000 if shape == 'long' else shape}"
        word = Word(n=n, user=user, text="" if shape == "empty" else text, box=page or "personal")
        self.words.append(word)
        typed: dict[str, Any] = {word.box: word.text, "sign": shape == "signed"}
        answers = Answers(**typed)
        late = kind.startswith("late") and self.last_phase is not Phase.COLLECTING
        boxes = frozenset({page, "sign"} if is_last else {page}) if page else None
        act = self.world.act(Write, user, code=self.code, answers=answers, boxes=boxes, seal=seal, late=late)
        word.fate = "typed"
        outcome = self.run(self.world.service.do(act))
        self.done.append((act, outcome, self.epoch))
        self.note_written(word, outcome, seal, answers.sign, boxes)
        self.check_shown(outcome, user)
        self.follow_up()

    def note_written(self, word: Word, outcome: Outcome, seal: bool, sign: bool, page: frozenset[str] | None) -> None:
        is_open = self.last_phase is Phase.COLLECTING and not self.is_past_deadline()
        draft = ("draft", ()) if is_open else ("late_draft", ("draft",))
        kind, replaces = {
            "said.held": ("reply", ("draft",)),
            "said.draft": draft,
            "form": draft,  # of a page the form is shown again
            "refused.kept_as_draft": draft,
            "said.kept_late": ("late_draft", ("draft",)),
            "said.late_held": ("late", ("late_draft", "draft")),
        }.get(key_of(outcome), ("", ()))
        if not kind:
            self.destroy(word)
            return
        if kind == "reply" and "reply" in self.places[word.user].kept:
            self.gone_since.append((word.user, (REPLACED,)))
        self.keep(word, kind, *replaces, sign=sign, page=page)
        if kind == "reply":
            assert seal
            assert is_open
            self.places[word.user].has_declined = False
        if kind in ("reply", "late"):
            assert isinstance(outcome, Said)
            for each in self.places[word.user].kept[kind].boxes.values():
                each.receipt = outcome.receipt

    def is_past_deadline(self) -> bool:
        closes_at = self.run(self.world.round_(self.code)).closes_at
        return closes_at is None or self.world.clock.now() >= closes_at

    @precondition(is_running)
    @rule(user=ANYBODY, late=st.booleans())
    def ask_for_the_form(self, user: str, late: bool) -> None:
        outcome = self.press(Answer, user, late=late)
        assert user in self.places or not isinstance(outcome, ShowForm)

    @precondition(is_running)
    @rule(user=ANYBODY, by=st.sampled_from(["", "newest", "old", "other"]))
    def take_back(self, user: str, by: str) -> None:
        receipt = self.receipt(user, by)
        before = self.places.get(user)
        outcome = self.run_agreed(Withdraw, user, receipt=receipt or "")
        match key_of(outcome):
            case "said.destroyed" | "said.being_destroyed":
                assert by != "other" or not receipt
                assert before
                self.clear(user)
                self.gone_since.append((user, ()))
            case "said.taken_down":
                self.taken_down(user, receipt)
            case _:
                pass
        self.follow_up()

    def taken_down(self, user: str, receipt: Receipt | None) -> None:
        if not receipt:
            signed = [one for one in self.words if one.user == user and one.fate == "published" and one.is_signed]
            receipt = signed[0].receipt
        words = [word for word in self.words if word.receipt == receipt and word.fate == "published"]
        assert words
        for word in words:
            word.pages.pop()
        self.destroy(*(word for word in words if not word.pages))

    def receipt(self, user: str, by: str) -> Receipt | None:
        sealed = [word for word in self.words if word.receipt and word.fate != "old"]
        sealed = [word for word in sealed if (word.user == user) == (by != "other")]
        if by == "newest":
            sealed = [word for word in sealed if word.fate]
        elif by == "old":
            sealed = [word for word in sealed if not word.fate]
        elif by == "other" and not self.is_prepared:
            sealed = [word for word in sealed if word.fate]
        elif by == "other":
            sealed = []  # whoever has the receipt of published words may take them down: it is a key
        return sealed[-1].receipt if sealed and by else None

    def run_act(self, kind: type[Act], user: str, **more: Any) -> Outcome:
        act = self.world.act(kind, user, code=self.code, **more)
        outcome = self.run(self.world.service.do(act))
        self.done.append((act, outcome, self.epoch))
        self.check_shown(outcome, user)
        return outcome

    def run_agreed(self, kind: type[Act], user: str, **more: Any) -> Outcome:
        """Asked first, where something would go."""
        asked = self.run_act(kind, user, **more)
        if not isinstance(asked, Confirm):
            return asked
        told = self.world.act(Home, user)
        act = commands.pressed(asked.yes.id, id=told.id, actor=told.actor, at=told.at)
        assert not isinstance(act, Refused)
        outcome = self.run(self.world.service.do(act))
        self.done.append((act, outcome, self.epoch))
        self.check_shown(outcome, user)
        return outcome

    @precondition(is_running)
    @rule(user=ANYBODY, by=st.sampled_from(["", "newest", "old", "other"]))
    def check(self, user: str, by: str) -> None:
        receipt = self.receipt(user, by)
        outcome = self.press(Check, user, receipt=receipt or "")
        if receipt and by == "newest" and self.places.get(user):
            assert isinstance(outcome, Said), key_of(outcome)

    @precondition(is_running)
    @rule(
        user=ANYBODY,
        kind=st.sampled_from([Decline, StopReminders, Snooze]),
        choice=st.sampled_from(["", "3h", "tomorrow"]),
    )
    def be_left_alone(self, user: str, kind: type[Act], choice: str) -> None:
        before = self.places[user].kept if user in self.places else {}
        outcome = self.run_agreed(kind, user, **({"choice": choice} if kind is Snooze else {}))
        if key_of(outcome) == "said.declined_destroyed":
            assert before
            self.clear(user)
            self.gone_since.append((user, ()))
        if key_of(outcome).startswith("said.declined"):
            self.places[user].has_declined = True
        self.follow_up()

    # running

    @precondition(is_open)
    @rule(user=RUNNERS, who=WRITERS, group=st.sampled_from(["citizens", "frontline", "leaders", "leaders", "nobodies"]))
    def add(self, user: str, who: str, group: str) -> None:
        cast = self.run(self.world.platform.people(HERE, [who]))
        told = self.told(MessageKind.CAST_CHANGED)
        outcome = self.run_act(Add, user, group=group, people=(who,), cast=cast)
        if key_of(outcome) == "said.added":
            place = self.place(who)
            place.asks += 1
            place.is_here, place.counted = True, place.counted or group
            place.moving_to = group if "reply" in place.kept and group != place.group else None
            if "reply" not in place.kept:
                place.group = group
            assert self.told(MessageKind.CAST_CHANGED) == told + 1
        self.follow_up()

    @precondition(is_open)
    @rule(user=RUNNERS, who=WRITERS)
    def remove(self, user: str, who: str) -> None:
        told = self.told(MessageKind.CAST_CHANGED), self.told(MessageKind.REMOVED)
        if key_of(self.run_act(Remove, user, person=who)) == "said.removed":
            self.clear(who, "draft", "late_draft")  # what was sealed stays
            self.gone_since.append((who, ("draft", "late_draft")))
            self.places[who].is_here, self.places[who].moving_to = False, None
            assert (self.told(MessageKind.CAST_CHANGED), self.told(MessageKind.REMOVED)) == (told[0] + 1, told[1] + 1)
        self.follow_up()

    @precondition(is_open)
    @rule(
        user=st.sampled_from(SEATED),
        kind=st.sampled_from(["reply", "reply", "draft"]),
        group=st.sampled_from(["citizens", "frontline", "leaders"]),
        choice=st.sampled_from([*MoveChoice, None]),
    )
    def somebody_who_wrote_is_moved(self, user: str, kind: str, group: str, choice: MoveChoice | None) -> None:
        """Whoever has sealed is moved by their own press only."""
        self.write(user, kind, "")
        if self.world.is_up and self.last_round().phase is Phase.COLLECTING:
            self.add("olga", user, group)
        if self.world.is_up and choice:
            self.agree_to_move(user, choice)

    @precondition(is_open)
    @rule(user=WRITERS, choice=st.sampled_from(MoveChoice))
    def agree_to_move(self, user: str, choice: MoveChoice) -> None:
        place = self.places.get(user)
        outcome = self.run_act(Moved, user, choice=choice)
        if key_of(outcome) in ("said.moved.yes", "said.moved.stay"):
            assert place
            assert place.moving_to
            place.group = place.moving_to if choice is MoveChoice.YES else place.group
            place.moving_to = None
        self.follow_up()

    def told(self, kind: MessageKind) -> int:
        return sum(letter.kind is kind for letter in self.run(self.letters()))

    @precondition(is_running)
    @rule(
        user=RUNNERS,
        when=st.sampled_from(["in 6 days", "in 7 days", "in 4 hours", "in 50 hours", "in 10 minutes", "soonish", ""]),
        sure=st.booleans(),
    )
    def extend(self, user: str, when: str, sure: bool) -> None:
        asks = self.press(Extend, user, when=when)
        if sure and self.world.is_up and key_of(asks) == "confirm.extend":
            until = asks.yes.argument.removeprefix("extend:")  # type: ignore[union-attr]
            told = self.told(MessageKind.DEADLINE_MOVED)
            outcome = self.run_act(Extend, user, when=until, confirmed=True)
            everybody = [s for s in self.last_round().seats if s.is_here and not s.declined_at and not s.unreachable]
            if key_of(outcome) == "said.extended":
                letters = [letter for letter in self.run(self.letters()) if letter.kind is MessageKind.DEADLINE_MOVED]
                assert len(letters) == told + len(everybody), (told, letters)
            self.follow_up()

    @precondition(lambda self: self.world.is_up)
    @rule(user=RUNNERS, kind=st.sampled_from([CloseRound, CloseRound, CloseRound, Cancel]), confirmed=st.booleans())
    def finish_by_hand(self, user: str, kind: type[Act], confirmed: bool) -> None:
        was = self.last_phase
        outcome = self.run_act(kind, user, confirmed=confirmed)
        if key_of(outcome) == "said.cancelled" and was is not Phase.CANCELLED:
            self.epoch += 1
            self.destroy(*(word for word in self.words if word.fate != "old"))
            for place in self.places.values():
                place.kept.clear()
        self.follow_up()

    @precondition(is_running)
    @rule(user=RUNNERS, kind=st.sampled_from([Remind, Status, AgreeReveal, Retry]))
    def look_after(self, user: str, kind: type[Act]) -> None:
        outcome = self.press(kind, user)
        if user not in ("olga", "otto"):
            assert key_of(outcome).startswith(("refused.", "error."))

    @precondition(is_open)
    @rule(outsiders=st.sampled_from([3, 3, 0]))
    def others_may_read_in_the_channel(self, outsiders: int) -> None:
        places = self.world.platform.places
        places["repairs"] = replace(places["repairs"], outsiders=outsiders)

    @precondition(is_running)
    @rule(archived=st.sampled_from([True, True, False]))
    def the_channel_is_archived_or_open_again(self, archived: bool) -> None:
        self.world.platform.closed = {"repairs": "archived"} if archived else {}

    @precondition(lambda self: self.world.is_up and self.last_phase not in OVER)
    @rule(user=WRITERS, why=st.sampled_from([Why.REFUSED, Why.DEACTIVATED, None]))
    def somebody_cannot_be_reached_or_can_again(self, user: str, why: Why | None) -> None:
        """Their account is closed, or they take no messages of the bot."""
        self.world.platform.missing.pop(user, None)
        if why:
            self.world.platform.missing[user] = why

    @precondition(is_open)
    @rule(wider=st.booleans())
    def the_reveal_has_to_wait(self, wider: bool) -> None:
        if wider:
            self.others_may_read_in_the_channel(3)
        else:
            self.the_channel_is_archived_or_open_again(True)
        self.to_the_deadline(6)

    @precondition(lambda self: self.world.is_up and self.last_phase in (Phase.CLOSED, Phase.REVEALED))
    @rule(user=RUNNERS, channel=st.sampled_from(["quiet", "quiet", "repairs", ""]))
    def choose_another_channel(self, user: str, channel: str) -> None:
        reach = self.world.platform.places.get(channel)
        outcome = self.press(ChooseVenue, user, channel=channel, reach=reach)
        if key_of(outcome) == "said.venue":
            assert user in ("olga", "otto")
            assert channel == "quiet"
            assert channel in {venue.address.channel for venue in self.last_round().venues}

    # repeats

    @precondition(lambda self: self.world.is_up and bool(self.done))
    @rule(back=st.integers(min_value=1, max_value=12))
    def repeat(self, back: int) -> None:
        act, first, epoch = self.done[-min(back, len(self.done))]
        if isinstance(act, Withdraw) and act.receipt and epoch != self.epoch:
            return  # it leaves no trace of an act, and a receipt that was nobody's business may be a key by now
        before = self.run(self.snapshot())
        again = self.run(self.world.service.do(act))
        assert self.run(self.snapshot()) == before, f"{type(act).__name__} again did something"
        self.check_shown(again, act.actor.account.user)
        is_look = isinstance(first, ShowForm) or (isinstance(act, Withdraw) and act.agreed is None)
        if isinstance(act, SAME_ANSWER) and not is_look and epoch == self.epoch:
            assert key_of(again) == key_of(first), f"{type(act).__name__}: {key_of(first)}, then {key_of(again)}"
        self.follow_up()

    # time, crashes, failures

    @precondition(lambda self: self.world.is_up)
    @rule(length=st.sampled_from([timedelta(seconds=6), timedelta(minutes=3), timedelta(hours=1), timedelta(days=1)]))
    def time_passes(self, length: timedelta) -> None:
        try:
            self.run(self.world.pass_time(length))
        except Cut:
            self.run(self.world.crash())
        self.take_stock()

    @precondition(lambda self: self.world.is_up and self.last_phase is Phase.COLLECTING)
    @rule(off=st.sampled_from([-60, -1, 0, 1, 4]))
    def to_the_deadline(self, off: int) -> None:
        closes_at = self.run(self.world.round_(self.code)).closes_at
        assert closes_at
        at = closes_at + timedelta(seconds=off)
        if at > self.world.clock.now():
            try:
                self.run(self.world.pass_until(at))
            except Cut:
                self.run(self.world.crash())
            self.take_stock()

    @precondition(lambda self: self.world.is_up)
    @rule(length=st.sampled_from([timedelta(hours=2), timedelta(days=3), timedelta(days=9)]))
    def the_clock_jumps(self, length: timedelta) -> None:
        self.world.clock.set(self.world.clock.now() + length)
        self.follow_up()
        self.run(self.world.waking.beat(self.world.clock.now()))

    @precondition(lambda self: self.world.is_up)
    @rule(length=st.sampled_from([timedelta(seconds=40), timedelta(minutes=12), timedelta(hours=2)]))
    def the_chat_passes_nothing_on(self, length: timedelta) -> None:
        """For a while; nobody can answer, and nothing closes."""
        before, lost_at = self.run(self.world.round_(self.code)), self.world.clock.now()
        self.world.deaf.add(PLATFORM)
        self.run(self.world.waking.heed(lost_at))
        now = lost_at + length
        self.world.clock.set(now)
        self.world.deaf.clear()
        self.run(self.world.waking.heed(now))
        moved = self.run(self.world.round_(self.code))
        if before.phase is Phase.COLLECTING:
            is_away = length > schedule.BLIP
            assert moved.closes_at == (_after_downtime(before, lost_at, now) if is_away else before.closes_at)
        self.follow_up()

    @precondition(is_open)
    @rule(length=st.sampled_from([timedelta(minutes=3), timedelta(minutes=14), timedelta(minutes=40)]))
    def the_chat_passes_nothing_on_around_the_deadline(self, length: timedelta) -> None:
        """From a minute before it. Nothing closes meanwhile, for 15 minutes at most."""
        self.to_the_deadline(-60)
        if not is_open(self) or self.last_round().phase is not Phase.COLLECTING:
            return
        before, lost_at = self.last_round(), self.world.clock.now()
        self.world.deaf.add(PLATFORM)
        self.run(self.world.waking.heed(lost_at))
        self.pass_until(lost_at + length)
        is_held = length < UNHEARD_FOR_AT_MOST
        if self.world.is_up:
            during = self.last_round()
            assert (during.phase is Phase.COLLECTING) == is_held
            self.world.deaf.clear()
            self.run(self.world.waking.heed(self.world.clock.now()))
            if is_held:
                moved = self.last_round()
                assert moved.closes_at == _after_downtime(before, lost_at, self.world.clock.now())
            self.follow_up()
        self.world.deaf.clear()

    @rule(fault=st.sampled_from(FAULTS), nth=st.integers(min_value=1, max_value=4))
    def the_chat_will_fail(self, fault: Fault, nth: int) -> None:
        self.world.platform.fail(fault, nth)

    @precondition(lambda self: self.world.is_up)
    @rule(fault=st.sampled_from(CUTS), nth=st.integers(min_value=1, max_value=4))
    def the_bot_will_die(self, fault: Fault, nth: int) -> None:
        self.world.platform.fail(fault, nth)

    @precondition(lambda self: self.world.is_up)
    @rule(gracefully=st.booleans())
    def go_down(self, gracefully: bool) -> None:
        self.run(self.world.stop() if gracefully else self.world.crash())

    @precondition(lambda self: not self.world.is_up)
    @rule(after=st.sampled_from([timedelta(0), timedelta(seconds=40), timedelta(minutes=12), timedelta(days=2)]))
    def come_back(self, after: timedelta) -> None:
        self.world.clock.set(self.world.clock.now() + after)
        before = self.run(self.world.round_(self.code))
        away_since = self.run(self.stores.rounds.last_heard(PLATFORM))
        self.run(self.world.start())
        now = self.world.clock.now()
        moved = self.run(self.world.round_(self.code))
        if before.phase is Phase.COLLECTING:
            assert moved.closes_at == _after_downtime(before, away_since, now)
        self.follow_up()

    # what must hold

    @invariant()
    def what_must_hold(self) -> None:
        if self.code:
            self.only_known_moves()
            self.words_are_seen_after_the_reveal_only_and_never_once_they_are_destroyed()
            self.everybody_has_what_they_were_told_is_kept()
            self.nothing_is_posted_twice()
            self.everybody_is_asked_once_for_each_time_they_were_brought_in()
            self.counts_are_true()
            self.everybody_is_in_the_group_that_they_agreed_to()
            self.nothing_is_open_before_a_headline_stands()

    def only_known_moves(self) -> None:
        phase = self.last_round().phase
        assert phase in _reachable(self.last_phase), f"{self.last_phase} -> {phase}"
        self.last_phase = phase

    def words_are_seen_after_the_reveal_only_and_never_once_they_are_destroyed(self) -> None:
        revealed_at = self.last_round().revealed_at
        for n, sighting in enumerate(self.sightings):
            for word in (self.words[n] for n in sighting.words):
                assert word.gone_at is None or n < word.gone_at, f"{sighting.what} shows destroyed words"
                if n >= self.seen_before and word.fate != "old":
                    assert revealed_at, f"{sighting.what} shows words before the reveal"
                    assert sighting.at >= revealed_at

    def nothing_is_open_before_a_headline_stands(self) -> None:
        if self.last_round().revealed_at:
            headlines = {
                post_key(letter.key)
                for letter in self.run(self.letters())
                if letter.kind is MessageKind.HEADLINE and letter.key.startswith(self.code)
            }
            assert any(post.key in headlines for post in self.world.platform.posts), "revealed, and no headline stands"

    def everybody_has_what_they_were_told_is_kept(self) -> None:
        for user, place in self.places.items():
            own = self.run(self.stores.replies.own(self.code, account_of(user)))
            newest = self.newest(place)
            assert (own is None) == (newest is None), f"{user} was told {list(place.kept)}, and has {own}"
            if own and newest:
                has = {level.value: own.answers.of(level) for level in Level if own.answers.of(level)}
                told = {box: word.text for box, word in newest.boxes.items()}
                assert has == told, f"{user} has {has}, and was told {told}"

    def nothing_is_posted_twice(self) -> None:
        once = {post_key(key) for key in self.once}
        posts = self.world.platform.posts
        counted = [post for n, post in enumerate(posts) if n >= self.posts_before or post.key in once]
        twice = [key for key, n in Counter(post.key for post in counted).items() if n > 1]
        assert not twice

    def everybody_is_asked_once_for_each_time_they_were_brought_in(self) -> None:
        letters = self.run(self.letters())
        asked = Counter(
            letter.to.user
            for letter in letters
            if letter.kind is MessageKind.QUESTION and letter.key.startswith(self.code)
        )
        for user, place in self.places.items():
            assert asked[user] == place.asks, f"{user} was asked {asked[user]} times, brought in {place.asks} times"
        posts = Counter(post.key for post in self.world.platform.posts[self.posts_before :])
        for letter in letters:
            if letter.state in (State.DROPPED, State.GIVEN_UP):
                assert posts[post_key(letter.key)] == 0, f"{letter.key} stands, and counts as {letter.state}"
                # a report that the chat refuses in every format is given up: nothing waits for a file
                is_refused_file = letter.kind is MessageKind.REPORT and letter.state is State.GIVEN_UP
                may_go = is_refused_file or letter.kind not in NEVER_DROPPED or self.last_phase is Phase.CANCELLED
                assert may_go, letter.key
            if letter.state in (State.GIVEN_UP, State.STUCK):
                assert letter.reason

    def everybody_is_in_the_group_that_they_agreed_to(self) -> None:
        if self.last_phase is Phase.COLLECTING:
            seats = {seat.account.user: (seat.group, seat.moving_to) for seat in self.last_round().seats}
            places = {user: (place.group, place.moving_to) for user, place in self.places.items()}
            assert seats == places, (seats, places)

    def counts_are_true(self) -> None:
        """What the status card says, against what people did and what stands before their eyes."""
        round_ = self.last_round()
        if not round_.opened_at or round_.statement or round_.phase is not Phase.COLLECTING:
            return
        letters = [letter for letter in self.run(self.letters()) if letter.kind is MessageKind.QUESTION]
        stands = {post.key for post in self.world.platform.posts}
        here = [letter for letter in letters if letter.key.startswith(self.code)]
        settled = all(letter.state not in UNFINISHED for letter in here)
        asked = {letter.to.user for letter in here if post_key(letter.key) in stands}
        lost = {seat.account.user for seat in round_.seats if seat.unreachable}  # they are named instead
        for told in _counts(round_):
            names = str(told.facts.get("group") or told.facts.get("groups") or "").split("\n")
            if told.key == "status.uncounted":
                assert told.facts["asked"] == len(self.places)
                continue
            places = {user: place for user, place in self.places.items() if place.counted in names}
            replied = {user for user, place in places.items() if "reply" in place.kept}
            declined = {user for user, place in places.items() if place.has_declined}
            reached = {user for user in places if user in asked} | replied | declined
            assert told.facts["asked"] == len(places), names
            assert told.facts["replied"] == len(replied), names
            assert told.facts["declined"] == len(declined), names
            assert told.facts["reached"] == len(reached - lost) or not settled, f"{told.facts}, {reached}"

    # the end

    def teardown(self) -> None:
        try:
            if self.code:
                self.come_to_an_end()
        finally:
            if self.world.is_up:
                self.run(self.world.crash())
            self.run(self.closing.aclose())
            self.loop.run_until_complete(self.loop.shutdown_default_executor())
            self.loop.close()

    def come_to_an_end(self) -> None:
        """The chat works again; time passes until nothing is to come."""
        self.world.platform.faults.clear()
        self.world.platform.closed.clear()
        if not self.world.is_up:
            self.run(self.world.start())
            self.take_stock()
        for _ in range(200):
            for code in (*self.earlier, self.code):  # a channel that stands still does so for every round
                self.run(self.world.service.do(self.world.act(Retry, "olga", code=code)))
            self.run(self.world.service.do(self.world.act(AgreeReveal, "olga", code=self.code)))
            next_at = self.run(self.world.settle())
            self.take_stock()
            if next_at is not None:
                self.world.clock.set(next_at)
            elif not self.last_round().held_back_at:
                break
        letters = self.run(self.letters())
        assert not (left := [(letter.key, letter.state) for letter in letters if letter.state in UNFINISHED]), left
        assert self.last_round().phase in (Phase.DRAFT, *OVER)
        self.what_must_hold()
        self.every_voice_stands_once()

    def last_round(self) -> Round:
        return self.run(self.world.round_(self.code))

    def every_voice_stands_once(self) -> None:
        """Whoever changes an answer over the deadline hands in the whole of it late.

        Words that they had sent in time stand in both voices then, once in each."""
        pages = {
            post_key(letter.key): letter.kind
            for letter in self.run(self.letters())
            if letter.kind in (MessageKind.PAGE, MessageKind.LATE_PAGE)
        }
        shown = [(pages[post.key], post.load) for post in self.world.platform.posts if post.key in pages]
        for word in self.words:
            # barriers stand as a list: line by line
            lines = [line.strip() for line in word.text.split("\n")]
            standing = [kind for kind, load in shown if all(line in words_of(load) for line in lines)]
            if word.fate == "published":
                told = f"{word.text!r} stands {len(standing)} times"
                assert len(standing) == len(word.pages) == len(set(standing)), told
            elif word.fate != "old":
                everywhere = [post for post in self.world.platform.posts if f"word-{word.n}-" in words_of(post.load)]
                assert not everywhere


@dataclass(frozen=True, kw_only=True)
class Backup:
    """A copy of the database file, and the model of that moment."""

    file: Path
    code: RoundCode
    at: datetime
    places: dict[str, Place]
    fates: list[str]
    receipts: list[Receipt | None]
    done: int
    epoch: int
    phase: Phase
    keys: frozenset[str]  # of the messages that it holds


class RoundsInAFile(Rounds):
    """The same on a database, which can be restored from a backup."""

    backup: Backup | None = None

    async def make_stores(self) -> Stores:
        self.folder = Path(self.closing.enter_context(TemporaryDirectory()))
        self.closing.push_async_callback(lambda: self.database.close())
        return await self.opened(new=True)

    async def opened(self, *, new: bool) -> Stores:
        stores, self.database = await sql_stores(self.folder / "test.db", new=new).__aenter__()
        key_file, now = self.folder / "test.key", self.world.clock.now() if hasattr(self, "world") else NOON
        self.was_restored = await restoring.open_ledger(self.database, Seal(KEYS), key_file, now, BACKUP_KEEP)
        return stores

    @precondition(lambda self: is_open(self) and not self.is_prepared)
    @rule()
    def the_database_is_backed_up(self) -> None:
        self.run(self.world.waking.beat(self.world.clock.now()))
        file = self.folder / "test.backup"
        file.unlink(missing_ok=True)
        with closing(sqlite3.connect(self.folder / "test.db")) as here, closing(sqlite3.connect(file)) as there:
            here.backup(there)
        self.gone_since.clear()
        self.backup = Backup(
            file=file,
            code=self.code,
            at=self.world.clock.now(),
            places=deepcopy(self.places, {id(word): word for word in self.words}),
            fates=[word.fate for word in self.words],
            receipts=[word.receipt for word in self.words],
            done=len(self.done),
            epoch=self.epoch,
            phase=self.last_phase,
            keys=frozenset(letter.key for letter in self.run(self.letters())),
        )

    @precondition(
        lambda self: (
            self.backup is not None
            and self.backup.code == self.code
            and self.last_phase in (Phase.COLLECTING, Phase.CANCELLED)
        )
    )
    @rule(after=st.sampled_from([timedelta(seconds=40), timedelta(minutes=12), timedelta(hours=3)]))
    def the_backup_is_restored(self, after: timedelta) -> None:
        """What was done since is forgotten, and what was destroyed since is destroyed again. Nothing is sent twice."""
        assert self.backup
        if self.world.is_up:
            self.pass_until(self.world.clock.now() + timedelta(seconds=40))  # it says that it lives
            self.only_known_moves()
            if self.last_phase not in (Phase.COLLECTING, Phase.CANCELLED):
                return
        self.restore(after)

    def restore(self, after: timedelta) -> None:
        assert self.backup
        stood = self.revealing_keys()
        if self.world.is_up:
            self.run(self.world.waking.beat(self.world.clock.now()))
            self.run(self.world.crash())
        last_beat = self.database.ledger.last_beat() if self.database.ledger else None
        if not last_beat or last_beat <= self.backup.at:
            return  # it died within a heartbeat of the backup: nothing tells that there was a later moment
        self.world.clock.set(self.world.clock.now() + after)
        self.run(self.database.close())
        for left in self.folder.glob("test.db*"):
            left.unlink()
        self.backup.file.rename(self.folder / "test.db")
        self.world.stores = self.stores = self.run(self.restored())
        self.take_the_model_back(self.backup)
        self.once |= stood
        self.backup = None
        self.run(self.world.start())
        self.follow_up()

    @precondition(is_open)
    @rule(after=st.sampled_from([timedelta(seconds=40), timedelta(hours=3)]))
    def a_backup_from_before_the_reveal_is_restored(self, after: timedelta) -> None:
        """What was published is prepared again, found where it stands, and posted nowhere else."""
        self.the_database_is_backed_up()
        self.to_the_deadline(60)
        self.only_known_moves()
        if self.world.is_up and self.last_phase is Phase.REVEALED:
            self.restore(after)

    @precondition(is_open)
    @rule(
        user=st.sampled_from(SEATED),
        does=st.sampled_from(
            [
                ("takes back", "reply"),
                ("says no", "reply"),
                ("seals anew", "reply"),
                ("is taken off", "draft"),
                ("is reminded", ""),
            ]
        ),
        after=st.sampled_from([timedelta(seconds=40), timedelta(minutes=12)]),
    )
    def something_happens_between_backup_and_restore(self, user: str, does: tuple[str, str], after: timedelta) -> None:
        what, kind = does
        if kind:
            self.write(user, kind, "")
        else:  # the backup finds the reminders owed, and they are sent after it
            self.world.platform.fail(Fault.LATER_ALL)
            self.press(Remind, "olga")
        if not is_open(self) or self.last_round().phase is not Phase.COLLECTING:
            return
        self.the_database_is_backed_up()
        match what:
            case "takes back":
                self.take_back(user, "")
            case "seals anew":
                self.write(user, "reply", "signed")
            case "says no":
                self.be_left_alone(user, Decline, "")
            case "is taken off":
                self.remove("olga", user)
            case _:
                self.pass_until(self.world.clock.now() + timedelta(seconds=10))
        self.only_known_moves()
        if self.last_phase is Phase.COLLECTING:
            self.the_backup_is_restored(after)

    def revealing_keys(self) -> frozenset[str]:
        """Of what stands of the reveal: it is found in the channel, and not posted again."""
        posts = {post.key for post in self.world.platform.posts}
        letters = self.run(self.letters())
        return frozenset(one.key for one in letters if one.kind in REVEALING and post_key(one.key) in posts)

    async def restored(self) -> Stores:
        stores = await self.opened(new=False)
        assert self.was_restored
        return stores

    def take_the_model_back(self, then: Backup) -> None:
        was_cancelled = self.last_phase is Phase.CANCELLED
        self.places, self.epoch = then.places, then.epoch
        del self.done[then.done :]
        for n, word in enumerate(self.words):
            known = n < len(then.fates)
            word.fate, word.receipt = (then.fates[n], then.receipts[n]) if known else ("", None)
            word.gone_at = None if word.fate else len(self.sightings)
        for user, kinds in self.gone_since:
            if user in self.places and kinds == (REPLACED,):
                self.unseal(self.places[user])
            elif user in self.places:
                self.clear(user, *kinds)
        self.last_phase, self.is_prepared = then.phase, False
        if was_cancelled:
            for user in self.places:
                self.clear(user)
        self.once = then.keys
        self.posts_before = len(self.world.platform.posts)

    def unseal(self, place: Place) -> None:
        """What was sealed anew since is its writer's draft; a draft that is there is newer than what was sealed."""
        if reply := place.kept.pop("reply", None):
            if "draft" in place.kept:
                self.drop(reply, place)
            else:
                place.kept["draft"] = reply

    async def letters(self) -> list[Letter]:
        database: Database = self.database
        rows = await database.read(lambda db: db.execute(select(t.message)).all())
        return [
            Letter(
                key=row.key,
                kind=row.kind,
                state=row.state,
                reason=row.reason,
                to=Address(platform=row.platform, workspace=row.workspace, channel=row.channel, user=row.user),
            )
            for row in rows
        ]

    async def snapshot(self) -> object:
        tables = (t.round_, t.seat, t.envelope, t.perspective, t.audit)
        database: Database = self.database
        return await database.read(
            lambda db: (
                [db.execute(select(table)).all() for table in tables],
                _states(db.execute(select(t.message)).all()),
            )
        )


def _counts(round_: Round) -> list[Line]:
    keys = ("status.group", "status.together", "status.uncounted")
    return [part for part in status_of(round_).content if isinstance(part, Line) and part.key in keys]


def _states(rows: Any) -> list[tuple[Any, ...]]:
    return [(row.id, row.key, row.state, row.attempt) for row in rows]


def _page(fields: dict[str, str], page: str) -> dict[str, tuple[str, ...]]:
    on = {
        "what": ("service", "proposal", "stage"),
        "who": ("leaders", "frontline", "citizens"),
        "when": ("channel", "closes_at", "time_zone", "attribution", "co_organiser"),
    }[page]
    return {name: tuple(fields[name].split()) if page == "who" else (fields[name],) for name in on if name in fields}


def _reachable(phase: Phase) -> set[Phase]:
    found = {phase}
    for to in MOVES[phase]:
        found |= _reachable(to)
    return found


def _after_downtime(round_: Round, away_since: datetime | None, ready: datetime) -> datetime | None:
    """Down in the last 30 minutes (or the last tenth) moves the deadline to ready + 15 minutes (or that tenth)."""
    closes_at, opened_at = round_.closes_at, round_.opened_at
    assert away_since
    assert closes_at
    assert opened_at
    tenth = (closes_at - opened_at) / 10
    was_away = away_since < closes_at and ready > closes_at - min(timedelta(minutes=30), tenth)
    is_final = any(change.kind is ChangeKind.CLOSED_EARLY for change in round_.changes)
    if is_final or not was_away or round_.moved_for_downtime == 2:
        return closes_at
    return max(closes_at, ready + min(timedelta(minutes=15), tenth))


IN_CI = settings(
    max_examples=int(os.environ.get("COPRODUCE_EXAMPLES", "100")),
    stateful_step_count=40,
    deadline=None,
    derandomize="COPRODUCE_EXAMPLES" not in os.environ,
    database=None,
    print_blob=False,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("machine", [Rounds, RoundsInAFile])
def test_whatever_happens_in_whatever_order_what_must_hold_holds(machine: type[Rounds]) -> None:
    few = settings(IN_CI, max_examples=max(1, IN_CI.max_examples // 16))
    run_state_machine_as_test(machine, settings=few if machine is RoundsInAFile else IN_CI)

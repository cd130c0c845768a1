"""Who may do what: every verb, button and form, tried by people they are not meant for, in every phase.

The tables say what is allowed. All else must be refused with one sentence, show nobody's words, and change nothing.
The verbs come from the code, so that a new one fails here until it has a row.
"""

from __future__ import annotations

import asyncio
import sqlite3
import tomllib
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from bot import commands
from bot.acts import Act, Actor, Confirm, FormKind, Outcome, Refused, Said, ShowForm
from bot.messages import Post
from bot.people import Standing
from bot.rounds import ActId, Phase, RoundCode
from bot.service.doing import do
from tests.contract.stores import sql_stores
from tests.fake_platform import Load, members
from tests.saying import TEXTS, settled
from tests.world import PEOPLE, World, account_of, words_of

ROOT = Path(__file__).parents[2]
FIVE_DAYS = timedelta(days=5, minutes=1)
NO_RECEIPT = "K7QD-3M9X-TT2A-9WPE"

PHASES = (Phase.DRAFT, Phase.COLLECTING, Phase.CLOSED, Phase.REVEALED)
RUNNING = PHASES[1:]

ROLES = {
    "co-organiser": ("otto", Standing.MEMBER),
    "stakeholder": ("cal", Standing.MEMBER),
    "onlooker": ("zoe", Standing.MEMBER),  # reads the channel, and was not asked
    "guest": ("gwen", Standing.GUEST),
    "admin": ("ada", Standing.ADMIN),
    "stranger": ("far@X", Standing.ADMIN),  # an admin of another workspace
}
EVERYBODY = frozenset(ROLES)
ORGANISES = frozenset({"co-organiser"})
ASKED = frozenset({"stakeholder"})
NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class May:
    """Who may do it, and in which phases. What is asked first, or shown as a form, is allowed."""

    who: frozenset[str]
    when: tuple[Phase, ...] = PHASES


COLLECTING, CLOSED, REVEALED = ((phase,) for phase in RUNNING)
LOOKS = May(who=EVERYBODY)
BEGINS = May(who=EVERYBODY - {"guest"})
SETS_UP = May(who=ORGANISES, when=(Phase.DRAFT,))
RUNS = May(who=ORGANISES)
RUNS_COLLECTING = May(who=ORGANISES, when=COLLECTING)
RUNS_REVEALED = May(who=ORGANISES, when=REVEALED)
ENDS = May(who=ORGANISES, when=(*COLLECTING, *REVEALED))
TAKES_PART = May(who=ASKED, when=RUNNING)
TAKES_PART_COLLECTING = May(who=ASKED, when=COLLECTING)
READS = May(who=EVERYBODY - {"stranger"}, when=REVEALED)  # the button stands in the channel, before all who read it
TAKES_PART_REVEALED = May(who=ASKED, when=REVEALED)
NEVER = May(who=NOBODY)

TYPED = {
    "home": LOOKS,
    "help": LOOKS,
    "list": LOOKS,
    "new": BEGINS,
    "answer": TAKES_PART,
    "check": TAKES_PART,
    "withdraw": TAKES_PART,
    "status": RUNS,
    "remind": RUNS_COLLECTING,
    "extend": RUNS_COLLECTING,
    "close": ENDS,
    "cancel": May(who=ORGANISES, when=(Phase.DRAFT, *COLLECTING)),
    "add": RUNS_COLLECTING,
    "remove": RUNS_COLLECTING,
    "share": RUNS,
    "hide": RUNS_REVEALED,
    "export": RUNS_REVEALED,
}
BEHIND = {
    "extend": "in 9 days",
    "add": "citizens <@zed>",
    "remove": "<@fay>",
    "share": "<@zed>",
    "hide": "C1 it names somebody",
    "new": "Mine",
}
"""What stands behind a typed verb and its round."""

PRESSED = {
    "zone": NEVER,  # the adapter's own, where a chat tells no time zone: to the engine it says nothing
    "confirm:hide": NEVER,  # likewise: the adapter makes the form of it, with the reason that was typed
    "again": NEVER,  # likewise: it opens a form as the button does that its argument names
    **{verb: may for verb, may in TYPED.items() if verb not in ("add", "remove", "share")},
    "late": TAKES_PART,
    "receipt": TAKES_PART_COLLECTING,
    "decline": TAKES_PART_COLLECTING,
    "snooze": TAKES_PART_COLLECTING,
    "stop": TAKES_PART,
    "wrong": TAKES_PART_COLLECTING,
    **dict.fromkeys(("move", "moved"), NEVER),  # without an argument; with one: `test_moving`
    "more": TAKES_PART,
    "read": READS,
    "heard": READS,
    "hiding": TAKES_PART_REVEALED,
    "setup": SETS_UP,
    "preview": SETS_UP,
    "rehearse": SETS_UP,
    "replace": SETS_UP,
    "open": May(who=ORGANISES, when=(Phase.DRAFT, *COLLECTING)),  # pressed twice it opens once
    "without": May(who=ORGANISES, when=(Phase.DRAFT, *COLLECTING)),
    "retry": RUNS,
    "venue": May(who=ORGANISES, when=CLOSED),
    "confirm:close": ENDS,
    "confirm:cancel": May(who=ORGANISES, when=(Phase.DRAFT, *COLLECTING)),
    "confirm:extend": RUNS_COLLECTING,
    "confirm:reveal": RUNS,
    "confirm:decline": TAKES_PART_COLLECTING,
    "confirm:wrong": TAKES_PART_COLLECTING,
    "confirm:new": NEVER,  # it names no round
    "confirm:withdraw": TAKES_PART_COLLECTING,
    **dict.fromkeys(commands.LATER_BUTTONS, NEVER),
}
FORGED = (
    *(f"confirm:withdraw:{what}" for what in ("0", "1", "999", "late:0", "late:1", "voice")),
    *(f"confirm:decline:{revision}" for revision in (0, 1, 999)),
    *("confirm:extend:2027-01-01T12:00:00+00:00", "confirm:extend:soon", "confirm:extend:2027-01-01", "confirm:reveal"),
    *("confirm:hide:C1", "confirm:open", "confirm:", f"withdraw:{NO_RECEIPT}", f"check:{NO_RECEIPT}", "receipt:cara"),
    *("hide:C1", "hide:L1", "hiding:C1", "answer:cara", "snooze:3h", "snooze:never", "setup:who", "late:cara"),
    *("read:0", "read:1", "read:999", "read:-1", "read:cara", "read:٣", "read:just", "heard:all"),
    *commands.LATER_BUTTONS,
)
"""Arguments that somebody could write into a button of their own."""

FILLED = {
    FormKind.SETUP: SETS_UP,
    FormKind.ANSWER: TAKES_PART,
    FormKind.RECEIPT: LOOKS,  # it leads home, whoever sends it
    FormKind.RECEIPT_CHECK: NEVER,  # with a receipt that is nobody's
    FormKind.RECEIPT_WITHDRAW: NEVER,
    FormKind.EXTEND: RUNS_COLLECTING,
    FormKind.HIDE: RUNS_REVEALED,
    FormKind.HIDING: TAKES_PART_REVEALED,
    FormKind.VENUE: NEVER,  # the channel is one that the bot does not see
}
FIELDS = {
    "service": "Mine now",
    "personal": "Let me in",
    "sign": "name",
    "receipt": NO_RECEIPT,
    "closes_at": "in 9 days",
    "voice": "C1",
    "reason": "It names somebody",
    "channel": "elsewhere",
}
PAGES = {FormKind.SETUP: ("what", "who", "forged"), FormKind.ANSWER: ("", "late"), FormKind.HIDE: ("", "C1", "forged")}

SPECIAL = {
    # a snooze that is none of ours, a time that is none, a revision that never was: refused whoever sends it
    **dict.fromkeys(("snooze:never", "confirm:extend:soon", "confirm:extend:2027-01-01", "confirm:hide:C1"), NEVER),
    **dict.fromkeys(("confirm:open", "confirm:", "confirm:decline:0", "confirm:decline:999"), NEVER),
    **dict.fromkeys(("confirm:withdraw:999", "confirm:withdraw:0", "confirm:withdraw:voice"), NEVER),
    **dict.fromkeys(("confirm:withdraw:late:0", "confirm:withdraw:late:1"), NEVER),
    f"withdraw:{NO_RECEIPT}": May(who=ASKED, when=(*CLOSED, *REVEALED)),  # a form in which it can be put right
    f"check:{NO_RECEIPT}": NEVER,
    **dict.fromkeys(("read:-1", "read:cara", "read:٣"), NEVER),
}


@dataclass(frozen=True, kw_only=True)
class Attempt:
    name: str
    may: May
    make: Callable[[RoundCode, ActId, Actor, World], Act | Refused] = field(repr=False)

    def is_allowed(self, role: str, phase: Phase) -> bool:
        return role in self.may.who and phase in self.may.when


def attempts() -> Iterator[Attempt]:
    for verb in commands.VERBS:
        yield _typing(verb, f"{verb} {{code}} {BEHIND.get(verb, '')}" if verb != "new" else "new Mine", verb)
        if verb in ("status", "remind", "export", "answer", "check"):
            yield _typing(f"{verb} of whatever round", verb, verb)
    for id in sorted({*shown(), *FORGED, *(row for row in PRESSED if ":" not in row)}):
        yield _pressing(id)
    for kind in FormKind:
        for page in PAGES.get(kind, ("",)):
            yield _filling(kind, page)


def _typing(name: str, text: str, verb: str) -> Attempt:
    def make(code: RoundCode, id: ActId, actor: Actor, world: World) -> Act | Refused:
        found = commands.typed(text.format(code=code), id=id, actor=actor, at=world.clock.now(), channel="repairs")
        return settled(found)

    return Attempt(name=f"typed {name}", may=TYPED[verb], make=make)


def _pressing(id: str) -> Attempt:
    """`id` without `coproduce` and code: `confirm:close`."""
    verb, _, argument = id.partition(":")

    def make(code: RoundCode, act: ActId, actor: Actor, world: World) -> Act | Refused:
        control = f"coproduce:{verb}:{code}" + (f":{argument}" if argument else "")
        return commands.pressed(control, id=act, actor=actor, at=world.clock.now())

    return Attempt(name=f"pressed {id}", may=SPECIAL.get(id) or PRESSED[_row(id)], make=make)


def _row(id: str) -> str:
    verb, _, argument = id.partition(":")
    return f"confirm:{argument.partition(':')[0]}" if verb == "confirm" else verb


def _filling(kind: FormKind, page: str) -> Attempt:
    def make(code: RoundCode, id: ActId, actor: Actor, world: World) -> Act | Refused:
        fields = {name: (value,) for name, value in FIELDS.items()}
        return commands.filled(kind, code, page, fields, id=id, actor=actor, at=world.clock.now())

    return Attempt(name=f"filled {kind}:{page}", may=SPECIAL.get(f"{kind}:{page}") or FILLED[kind], make=make)


# rounds in each phase -----------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A round as it lies on the disk, and when."""

    code: RoundCode
    rows: bytes
    world_is_at: timedelta
    shown: frozenset[str]  # controls, without `coproduce` and code


@cache
def kept(phase: Phase) -> Kept:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "played.db"
        code, at, seen = asyncio.run(_play(phase, file))
        return Kept(code=code, rows=file.read_bytes(), world_is_at=at, shown=seen)


@pytest.fixture(scope="module", autouse=True)
def played() -> None:
    """Before any event loop runs: each round needs one of its own."""
    for phase in PHASES:
        kept(phase)


async def _play(phase: Phase, file: Path) -> tuple[RoundCode, timedelta, frozenset[str]]:
    seen: set[str] = set()
    async with sql_stores(file) as (stores, _):
        world = World(stores)
        _people(world)
        world.platform.outgoing = lambda load, to: seen.update(_of_load(load))
        started = world.clock.now()
        await world.start()
        code = await (world.draft if phase is Phase.DRAFT else world.open)(citizens="cal cara", co_organiser="otto")
        if phase is not Phase.DRAFT:
            for one in ("cal", "cara", "fay", "lea"):
                await world.write(one, code, f"words of {one}", sign=one == "lea")
        if phase is Phase.CLOSED:
            world.platform.closed["repairs"] = "archived"
        if phase in (Phase.CLOSED, Phase.REVEALED):
            await world.pass_time(FIVE_DAYS)
        assert (await world.round_(code)).phase is phase
        assert (await world.round_(code)).is_run_by(account_of("otto"))
        seen |= await _asked_for(world, code)
        await world.stop()
        at = world.clock.now() - started
    return code, at, frozenset(seen)


async def _asked_for(world: World, code: RoundCode) -> set[str]:
    """The buttons of what people are shown at once: those who may do something are asked first, or get a choice."""
    found: set[str] = set()
    for user in ("olga", "cal"):
        for id in ("status", "answer", "withdraw", "decline", "close", "cancel", "snooze", "receipt", "more", "retry"):
            act = _pressing(id).make(code, ActId(f"{user}-{id}"), _actor(user, Standing.MEMBER), world)
            assert isinstance(act, Act)
            found |= _of_outcome(await do(world.service, world.platform, act))
    return found


def _of_load(load: Load) -> set[str]:
    return _short(control.id for control in load.controls) if isinstance(load, Post) else set()


def _of_outcome(outcome: Outcome) -> set[str]:
    match outcome:
        case Confirm(yes=yes):
            return _short([yes.id])
        case Said(controls=controls) | Refused(controls=controls):
            return _short(control.id for control in controls)
        case ShowForm():
            return set()


def _short(ids: Iterable[str]) -> set[str]:
    """`coproduce:snooze:R-7F3K:3h` -> `snooze:3h`."""
    parts = (id.split(":", 3) for id in ids)
    return {":".join([verb, *argument]) for _, verb, _, *argument in parts}


@cache
def shown() -> frozenset[str]:
    """Every control that any of these rounds shows to anybody."""
    return frozenset().union(*(kept(phase).shown for phase in PHASES))


def _people(world: World) -> None:
    world.platform.members |= dict(members("gwen", "ada"))
    place = world.platform.places["repairs"]
    assert set(PEOPLE) <= place.members


def _actor(user: str, standing: Standing) -> Actor:
    return Actor(account=account_of(user), name=user.split("@")[0].title(), standing=standing)


@asynccontextmanager
async def a_world(phase: Phase, folder: Path) -> AsyncIterator[tuple[World, Path]]:
    """The round as it was kept. Nothing is delivered: what is owed is seen in the rows."""
    file = folder / "tried.db"
    file.write_bytes(kept(phase).rows)
    async with sql_stores(file, new=False) as (stores, _):
        world = World(stores)
        _people(world)
        world.clock.set(world.clock.now() + kept(phase).world_is_at)
        await world.start()
        await world.stop()
        yield world, file


def rows_of(file: Path) -> list[str]:
    """All that is stored, but the acts: a refusal is noted, so that a repeat gets the same answer."""
    with closing(sqlite3.connect(file)) as database:
        return [row for row in database.iterdump() if not row.startswith('INSERT INTO "act"')]


# the matrix ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("phase", PHASES, ids=str)
@pytest.mark.parametrize("role", ROLES)
async def test_only_who_may_can_and_nobody_else_changes_or_learns_anything(
    role: str, phase: Phase, tmp_path: Path
) -> None:
    wrong: list[str] = []
    waiting = list(enumerate(attempts()))
    while waiting:  # until something changed a round stays as it is: then the next one is tried in a fresh one
        folder = tmp_path / str(len(waiting))
        folder.mkdir()
        async with a_world(phase, folder) as (world, file):
            before = after = rows_of(file)
            while waiting and after == before:
                n, attempt = waiting.pop(0)
                act = attempt.make(kept(phase).code, ActId(f"try-{n}"), _actor(*ROLES[role]), world)
                outcome = await do(world.service, world.platform, act)
                after = rows_of(file)
                if attempt.is_allowed(role, phase):
                    wrong += [f"{attempt.name}: refused: {_key(outcome)}"] if isinstance(outcome, Refused) else []
                else:
                    wrong += [f"{attempt.name}: {why}" for why in _wrong_with(outcome, before, after)]
                if role not in ("co-organiser", "stakeholder") and "Repairs online" in words_of(outcome):
                    wrong.append(f"{attempt.name}: tells of the round")
    assert not wrong, "\n".join(wrong)


def _wrong_with(outcome: Outcome, before: list[str], after: list[str]) -> Iterator[str]:
    if isinstance(outcome, Confirm) and "guessed" in str(_key(outcome)):  # an offer: its button is tried, too
        if before != after:
            yield "changes something before it is agreed to"
        return
    if not isinstance(outcome, Refused):
        yield f"allowed: {_key(outcome)}"
        return
    if outcome.because.key == "error.unexpected":
        yield "fails"
    if not TEXTS.line(outcome.because, outcome.locale, outcome.tz).strip():
        yield "says nothing"
    if any(one != outcome.because for one in outcome.fields.values()) and outcome.because.key != "refused.setup":
        yield f"says more than one sentence: {outcome.fields}"
    if "words of" in words_of(outcome):
        yield "shows words"
    if before != after:
        changed = [row[:100] for row in after if row not in before]
        yield f"changes something: {changed}"


def _key(outcome: Outcome) -> str:
    match outcome:
        case Refused(because=because):
            return because.key
        case ShowForm(form=form):
            return f"form {form.kind}"
        case Said(content=content) | Confirm(content=content):
            return str(content[0])
    raise AssertionError(outcome)


def test_every_verb_and_button_and_form_has_a_row() -> None:
    catalogue = tomllib.loads((ROOT / "bot/locales/en.toml").read_text(encoding="utf-8"))
    labelled = {verb for verb in catalogue["control"] if verb != "confirm"}
    agreed = {f"confirm:{verb}" for verb in catalogue["control"]["confirm"] if verb != "label"}
    assert set(TYPED) == set(commands.VERBS)
    assert (labelled | agreed) <= set(PRESSED)
    assert set(FILLED) == set(FormKind)
    assert {_row(id) for id in shown()} <= set(PRESSED)

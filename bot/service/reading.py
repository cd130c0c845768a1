"""Use cases of reading the answers one at a time, privately. No word is read before the headline stands."""

from __future__ import annotations

from collections.abc import Sequence

from bot import compose
from bot.acts import Act, HaveRead, Outcome, Read, Refused, Said
from bot.errors import NotAllowed, UnknownRound
from bot.messages import Control, Line, control, line
from bot.people import Account
from bot.ports import Bookmark
from bot.reveal import labels, one_at_a_time
from bot.rounds import Perspective, Phase, Round, Seat
from bot.rules import revealing
from bot.rules.answering import is_before, no_seat
from bot.service.dependencies import Dependencies

Voices = Sequence[Perspective]


async def read(deps: Dependencies, act: Read) -> Outcome:
    """One voice: that of the button, else the one at which this reader stopped."""
    round_, seat, voices = await _voices(deps, act)
    if not voices:
        return Refused(because=line("refused.nothing_to_read"))
    account = act.actor.account
    bookmark = await deps.rounds.bookmark(round_.id, account)
    is_first = bookmark is None and act.voice is None and not act.is_agreed
    if is_first and seat is not None and await _may_go_first(deps, act, round_, seat):
        choices = (control("late", round_.code), control("read", round_.code, "just"))
        return Said(content=(line("said.can_go_first"),), controls=choices)
    n = _index(voices, act.voice, bookmark)
    await deps.rounds.turn_to(round_.id, account, voices[n].position)
    return _page(round_, voices, n)


async def have_read(deps: Dependencies, act: HaveRead) -> Outcome:
    """Counted once a person, and never named."""
    round_, _, voices = await _voices(deps, act)
    if not voices:
        return Refused(because=line("refused.nothing_to_read"))
    await deps.rounds.read_all(round_.id, act.actor.account, revealing.heard, act.at)
    deps.woken()
    return Said(content=(line("said.heard"), *_places(round_)))


async def _may_go_first(deps: Dependencies, act: Read, round_: Round, seat: Seat) -> bool:
    """Could they still hand in a late answer? Nobody knows any more who answered in time: these are asked, too."""
    are_taken = round_.ends_at is None or is_before(deps.arrived_at(act), round_.ends_at)
    if not seat.is_here or round_.phase is not Phase.REVEALED or not are_taken:
        return False
    account = act.actor.account
    own = await deps.replies.own(round_.code, account)
    is_in = own is not None and own.kind in ("reply", "late")
    return not is_in and not await deps.replies.has_signed(round_.code, account)


async def _voices(deps: Dependencies, act: Act) -> tuple[Round, Seat | None, Voices]:
    """A round whose answers are open, one's own seat, and the voices in the order of this reader.

    Raises NotAllowed, UnknownRound.
    """
    account = act.actor.account
    code = act.code or (await deps.mine(act, or_removed=True)).round_.code
    try:  # nobody else's seat is needed
        own = await deps.rounds.own_seat(code, account)
        round_, seat = own.round_, own.seat
    except (NotAllowed, UnknownRound):
        round_, seat = await deps.rounds.get(code), None
    if seat is None and not round_.is_run_by(account):
        _must_be_reader(round_, account)
    revealing.must_be_open(round_)
    if seat is not None and not seat.is_here and not round_.is_at_home(account):
        raise NotAllowed(why="removed")
    voices = await deps.replies.perspectives(round_.id)
    return round_, seat, one_at_a_time(round_, voices, seat.group if seat else None)


def _must_be_reader(round_: Round, account: Account) -> None:
    """Somebody who was not asked: the button stands in the channel, so whoever presses it can read there.

    Only accounts of the round's own workspace, and not before the reveal: until then they learn nothing of the round.
    """
    if not round_.is_at_home(account):
        raise UnknownRound(code=round_.code)
    if not round_.phase.is_open:
        raise no_seat(round_, account)


def _index(voices: Voices, wanted: int | None, bookmark: Bookmark | None) -> int:
    """Which voice is shown. Whoever has read all, and stopped at the last one, begins again."""
    places = {voice.position: n for n, voice in enumerate(voices)}
    if wanted is not None:
        return places.get(wanted, 0)
    n = places.get(bookmark.position, 0) if bookmark and bookmark.position is not None else 0
    return 0 if bookmark and bookmark.is_done and n == len(voices) - 1 else n


def _page(round_: Round, voices: Voices, n: int) -> Said:
    merged = round_.statement.merged if round_.statement else {}
    label = labels(voices, merged)[voices[n].position]
    head = line("said.read", n=n + 1, count=len(voices))
    shown = compose.one_voice(round_, voices[n], label)
    foot: tuple[Line, ...] = (line("said.read.last"), *_places(round_)) if n == len(voices) - 1 else ()
    return Said(content=(head, *shown, *foot), controls=tuple(_controls(round_, voices, n)), is_page=True)


def _controls(round_: Round, voices: Voices, n: int) -> list[Control]:
    def turn(to: int, wording: str) -> Control:
        return control("read", round_.code, str(voices[to].position), wording)

    found = [turn(n - 1, "back")] if n > 0 else []
    is_last = n == len(voices) - 1
    return [*found, control("heard", round_.code) if is_last else turn(n + 1, "next")]


def _places(round_: Round) -> tuple[Line, ...]:
    """Where all answers stand, and people talk."""
    return tuple(line("said.read.place", channel=venue.place) for venue in round_.venues)

"""Slack as a `Chat`: the double and the bot in this process, joined by real HTTP and real sockets."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

import pytest

from adapters.playground.chat.hands import Hands as ClockHands
from adapters.playground.clock import MovableClock
from adapters.slack import listeners
from bot.settings import DeliverySettings, RoundSettings
from bot.text import Texts
from coproduce.app import open_storage
from coproduce.config import Settings
from tests.contract.chat import CAST, NOT_THERE, PLACE, START, Answered, Fault, Seen, Sheet, says, shows_receipt
from tests.contract.made_before import made_before, storage_in
from tests.slack import delivery, filling, reading, workspace
from tests.slack.bot import SlackBot
from tests.slack.double import TO_READERS, SlackDouble
from tests.slack.faults import Fault as Struck
from tests.slack.faults import How
from tests.slack.workspace import BOT_USER, Appeared, Json, Message, View

WORDS = frozenset({"personal", "others", "intentions", "barriers"})
MOST_PAGES = 10

FAULTS: Mapping[Fault, tuple[How, str]] = {
    Fault.REJECT: (How.ERROR, "invalid_blocks"),
    Fault.UNREACHABLE: (How.ERROR, "messages_tab_disabled"),
    Fault.LATER: (How.RATE_LIMITED, ""),
    Fault.LOSE_ANSWER: (How.RESET_AFTER, ""),
    Fault.LOSE_POST: (How.RESET_BEFORE, ""),
}


class TheBot(Protocol):
    """In this process, or another."""

    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    async def finish(self) -> None: ...
    async def idle(self) -> datetime | None: ...
    async def is_revealed(self, code: str) -> bool: ...


class SlackChat:
    def __init__(self, folder: Path, rounds: RoundSettings, mode: str, cast: Mapping[str, str] = CAST) -> None:
        self._settings = Settings(storage=storage_in(folder), rounds=rounds)
        made_before(folder)
        self._rounds = rounds
        self._mode = mode
        self._cast = cast
        self._clock = MovableClock()
        self._texts = Texts.load()
        self._filling: filling.Filling
        self._twice: set[str] = set()
        self.times = 2  # that what comes twice arrives
        self._learned: dict[str, str] = {}
        self.kinds: Mapping[str, str] = self._learned  # post key -> kind: what the bot knows, and Slack does not
        self.double = SlackDouble(self._clock.now)

    async def start(self) -> None:
        self._show(START)
        self._filling = filling.Filling(self.double.workspace, self._clock.now)
        self.double.before_call = self._before_call
        for number, (name, standing) in enumerate(self._cast.items()):
            self.double.workspace.add_person(
                f"U{number:03d}{name.replace(' ', '')[:3].upper()}", name, **_STANDINGS[standing]
            )
        there = [self.id(name) for name in self._cast if name not in NOT_THERE]
        self.double.workspace.add_channel("C0PLACE", PLACE, there)
        self.double.workspace.current = "C0PLACE"
        await self.double.start()
        await self._start_bot()

    async def stop(self) -> None:
        await self._stop_bot()
        await self.double.stop()

    async def _start_bot(self) -> None:
        self._kept = await open_storage(self._settings, self.now)
        self.bot: TheBot = SlackBot(
            self._kept,
            self._clock,
            self._texts,
            self.double,
            mode=self._mode,
            rounds=self._rounds,
            delivery=DeliverySettings(),
            kinds=self._learned,
        )
        await self.bot.start()

    async def _stop_bot(self) -> None:
        await self.bot.stop()
        await self._kept.close()

    def id(self, person: str) -> str:
        return self.double.workspace.person_named(person).id

    # hands

    async def command(self, person: str, text: str) -> Answered:
        user, channel = self.id(person), self.double.workspace.current
        self._leave(user)
        written = re.sub(r"@(\w+ \w+|\w+)", self._mention, text)
        return await self._hand(person, lambda: self.double.hands.command(user, written, channel))

    async def press(self, person: str, control: str, argument: str | None = None) -> Answered:
        user = self.id(person)
        id, place = self._button(user, control, argument)
        if isinstance(place, Message):
            self._leave(user)
        return await self._hand(person, lambda: self.double.hands.press(user, id, place))

    pages = len(WORDS)

    async def fill(
        self, person: str, fields: Mapping[str, str | Sequence[str]], *, each_page_takes: timedelta = timedelta()
    ) -> Answered:
        user, twice = self.id(person), person in self._twice
        for _ in range(MOST_PAGES):
            view = self._fill_page(user, fields)
            if lacking := self._filling.lacks(view):
                view.errors = dict.fromkeys(lacking, "Please complete this required field.")
                return self._sheet(view)
            if each_page_takes:
                await self.pass_until(self.now + each_page_takes)
            before = view.hash
            self._twice |= {person} if twice else set()
            shown = await self._hand(person, lambda: self.double.hands.submit(user), answers_by_turning=True)
            is_form = isinstance(shown, Sheet) and not shown.errors and not shows_receipt(shown)
            is_next_page = is_form and view.hash != before
            if not is_next_page:
                return shown
        raise AssertionError("a form without an end")

    async def leaf(self, person: str) -> Sheet:
        """Turns the pages, as a person who reads the whole form before writing."""
        user = self.id(person)
        whole = await self.form(person)
        assert whole is not None
        while not self._is_last_page(user):
            self._fill_page(user, {})
            shown = await self._hand(person, lambda: self.double.hands.submit(user), answers_by_turning=True)
            assert isinstance(shown, Sheet), shown
            whole = Sheet(
                title=whole.title,
                notes=f"{whole.notes}\n{shown.notes}",
                values={**whole.values, **shown.values},
                labels={**whole.labels, **shown.labels},
                errors={},
            )
        return whole

    async def begin(self, person: str, fields: Mapping[str, str]) -> None:
        user = self.id(person)
        self._fill_page(user, fields)
        await self._hand(person, lambda: self.double.hands.submit(user), answers_by_turning=True)
        self._leave(user)

    async def type(self, person: str, text: str) -> Answered:
        user = self.id(person)
        self._leave(user)
        return await self._hand(person, lambda: self.double.hands.type(user, text))

    async def twice(self, person: str) -> None:
        self._twice.add(person)

    def takes(self, box: str, words: str | Sequence[str]) -> bool:
        return filling.has_room_for(box, words, self.now)

    def _fill_page(self, user: str, fields: Mapping[str, str | Sequence[str]]) -> View:
        view = self.double.workspace.top(user)
        assert view is not None, f"no form is open before {user}"
        for name, words in fields.items():
            if name not in reading.inputs_of(view):
                continue
            self._filling.fill(view, name, [words] if isinstance(words, str) else words)
            if name in WORDS:
                self.double.seal.keep(str(words), user, _code_in(view))
        self._filling.complete(view)
        return view

    def _is_last_page(self, user: str) -> bool:
        view = self.double.workspace.top(user)
        return view is None or not says(view.body["submit"]["text"], "window.save_next")

    def _mention(self, found: re.Match[str]) -> str:
        person = self.double.workspace.person_named(found[1])
        return f"<@{person.id}|{person.name.lower().replace(' ', '.')}>"

    def _leave(self, user: str) -> None:
        """Closes the forms of a person who does something else."""
        self.double.workspace.stack(user).clear()

    def _button(self, user: str, control: str, argument: str | None) -> tuple[str, Message | View]:
        """The newest button that this person sees; or one by its id, as in an old message."""
        places: list[tuple[Sequence[Json], Message | View]] = [
            (message.blocks, message) for message in self.double.workspace.seen_by(user)
        ]
        places += [(view.body["blocks"], view) for view in self.double.workspace.stack(user)[-1:]]
        for blocks, place in reversed(places):
            for id in reading.controls_of(blocks):
                parts = id.split(":", 3)
                if id == control or (parts[1] == control and argument in (None, parts[3] if len(parts) > 3 else "")):
                    return id, place
        assert ":" in control, f"{user} sees no button {control}"
        button: Json = {"type": "button", "action_id": control, "text": {"type": "plain_text", "text": "…"}}
        blocks = [{"type": "actions", "elements": [button]}]
        return control, Message(ts="1.000000", channel=self.double.workspace.im(user).id, user=BOT_USER, blocks=blocks)

    async def _hand(
        self, person: str, act: Callable[[], Awaitable[object]], *, answers_by_turning: bool = False
    ) -> Answered:
        """One act, and what it is answered with."""
        place, user = self.double.workspace, self.id(person)
        if person in self._twice:
            self._twice.remove(person)
            self.double.hands.copies = self.times
        mark = len(place.appeared)
        await act()
        await self.bot.finish()
        await place.wait_until(lambda: bool(self._answers(user, mark)))
        answers = self._answers(user, mark)
        top = place.top(user)
        if answers_by_turning and not answers and top:
            return self._sheet(top)
        assert answers, f"{person} was shown nothing; calls: {[call.method for call in self.double.calls[-5:]]}"
        return self._of(answers)

    def _of(self, answers: Sequence[Appeared]) -> Answered:
        if answers[-1].view:
            return self._of_view(answers[-1].view)
        seen = [self._seen(one.message) for one in answers if one.message]
        return Seen(
            place=seen[0].place,
            text="\n".join(one.text for one in seen),
            controls=tuple(id for one in seen for id in one.controls),
        )

    def _answers(self, user: str, mark: int) -> list[Appeared]:
        """What was shown to this person since then in answer to an act: ephemeral messages and forms."""
        return [one for one in self.double.workspace.appeared[mark:] if one.user == user and self._is_answer(one)]

    def _is_answer(self, one: Appeared) -> bool:
        if one.view:
            is_open = one.view in self.double.workspace.stack(one.user)
            return is_open and not says("\n".join(reading.lines_of(one.view.body["blocks"])), "window.loading")
        assert one.message is not None
        return one.message.user == BOT_USER and not self._kind(one.message)

    def _of_view(self, view: View) -> Answered:
        if reading.inputs_of(view):
            return self._sheet(view)
        blocks = view.body["blocks"]
        text = "\n".join(reading.lines_of(blocks))
        return Seen(place="inbox", text=self._named(text), controls=reading.controls_of(blocks))

    # eyes

    def seen(self, person: str) -> Sequence[Seen]:
        """Only messages of the bot."""
        standing = self.double.workspace.seen_by(self.id(person))
        return [self._seen(message) for message in standing if message.user == BOT_USER]

    def _seen(self, message: Message) -> Seen:
        here = self.double.workspace
        return Seen(
            place="inbox" if here.conversations[message.channel].is_im else "channel",
            text=self._named(reading.text_of(message)),
            controls=reading.controls_of(message.blocks),
            kind=self._kind(message),
            is_in_thread=message.thread_ts is not None,
            files=tuple(here.files[id].name for id in message.files if id in here.files),
        )

    def _sheet(self, view: View) -> Sheet:
        sheet = reading.sheet_of(view)
        return replace(sheet, notes=self._named(sheet.notes))

    def _named(self, text: str) -> str:
        """Each reader sees a channel under the name that it has now."""
        known = self.double.workspace.conversations
        return re.sub(r"#(C0\w+)", lambda found: f"#{known[found[1]].name}" if found[1] in known else found[0], text)

    def _kind(self, message: Message) -> str | None:
        """Of a message that was owed; the report comes as files, without a mark."""
        return "report" if message.files else self.kinds.get(_key_in(message.metadata))

    async def form(self, person: str) -> Sheet | None:
        view = self.double.workspace.top(self.id(person))
        return self._sheet(view) if view and reading.inputs_of(view) else None

    # the world

    async def fault(self, fault: Fault, nth: int = 1, *, kind: str | None = None, person: str | None = None) -> None:
        how, error = FAULTS[fault]
        places = (self.id(person), self.double.workspace.im(self.id(person)).id) if person else ()

        def concerns(args: Json) -> bool:
            of_kind = kind is None or self.kinds.get(_key_in(args.get("metadata"))) == kind
            return of_kind and (not places or args.get("channel") in places)

        self.double.faults.add(
            Struck(method="chat.postMessage", how=how, nth=nth, error=error, retry_after=60, concerns=concerns)
        )

    async def change_place(
        self,
        *,
        is_public: bool | None = None,
        lets_bot_in: bool | None = None,
        is_archived: bool | None = None,
    ) -> None:
        place = self.double.workspace.conversations["C0PLACE"]
        if is_public is not None:
            place.is_private = not is_public
            place.has_bot = True
        if lets_bot_in is not None:
            place.refuses = "" if lets_bot_in else "restricted_action_read_only_channel"
        if is_archived is not None:
            place.is_archived = is_archived

    async def rename_place(self, name: str, *, was: str = PLACE) -> None:
        self.double.workspace.channel_named(was).name = name

    async def add_place(self, name: str, people: Sequence[str], *, is_public: bool = False) -> None:
        there = [self.id(one) for one in people]
        self.double.workspace.add_channel(f"C0{name.upper()}", name, there, is_private=not is_public)

    async def restart(self, *, away: timedelta = timedelta()) -> None:
        await self._stop_bot()
        self._show(self.now + away)
        await self._start_bot()
        await self.settle()

    async def pass_time(self, time: timedelta) -> None:
        await self.pass_until(self.now + time)
        await self.settle()

    async def pass_until(self, end: datetime) -> None:
        """As `pass_time`, but stops exactly at `end`."""
        while True:
            next_at = await self._idle()
            if self.now >= end:
                break
            self._show(min(end, next_at) if next_at and next_at > self.now else end)

    async def settle(self) -> None:
        await self._idle()

    @property
    def now(self) -> datetime:
        return self._clock.now()

    def _show(self, at: datetime) -> None:
        self._clock.show(ClockHands(stopped_at=at))

    async def _idle(self) -> datetime | None:
        await self.bot.finish()
        return await self.bot.idle()

    async def _before_call(self, method: str, args: Json) -> None:
        """A round is revealed when its file says so; until then its words are sealed."""
        if method not in TO_READERS and method != "upload":
            return
        if not any(self.double.seal.leaks(args)):
            return
        for code in self.double.seal.marks():
            if code and await self.bot.is_revealed(code):
                self.double.seal.open(code)


_STANDINGS: Mapping[str, Mapping[str, bool]] = {
    "member": {},
    "guest": {"is_guest": True},
    "bot": {"is_bot": True},
    "deactivated": {"is_deleted": True},
    "stranger": {"is_stranger": True},
}


def _key_in(metadata: Json | None) -> str:
    payload = (metadata or {}).get("event_payload") or {}
    return str(next(iter(payload.values()), ""))


def _code_in(view: View) -> str:
    """Which round a form belongs to, wherever the bot carries that. Within a receipt, `R-` follows another sign."""
    found = re.search(r"(?<![0-9A-Z])R-[2-9A-HJ-NP-Z]{4,6}", str(view.body))
    return found[0] if found else ""


@asynccontextmanager
async def slack(
    folder: Path, mode: str, rounds: RoundSettings | None = None, cast: Mapping[str, str] = CAST
) -> AsyncIterator[SlackChat]:
    """Fails the test if the bot did anything that Slack forbids."""
    with pytest.MonkeyPatch.context() as patch:
        patience = 10.0  # a busy machine is no fault of the bot; `test_staying_up` holds it to the real seconds
        patch.setattr(delivery, "ACK_WITHIN", 1.5 * patience)
        patch.setattr(listeners, "WITHIN", patience)
        patch.setattr(workspace, "TRIGGER_LIVES", patience)
        chat = SlackChat(folder, rounds or RoundSettings(time_zone="UTC"), mode, cast)
        await chat.start()
        try:
            yield chat
        finally:
            await chat.stop()
    assert not chat.double.violations, "\n".join(chat.double.violations)

"""Discord as a `Chat`: the double and the bot in this process, joined by real REST and a real gateway."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import pytest

from adapters.discord import calls, listeners
from adapters.discord.panel import PARTS
from adapters.discord.platform import DiscordPlatform
from adapters.playground.chat.hands import Hands as ClockHands
from adapters.playground.clock import MovableClock
from bot.settings import DeliverySettings, RoundSettings
from bot.text import Texts
from coproduce.app import open_storage
from coproduce.config import Settings
from tests.contract.chat import CAST, NOT_THERE, PLACE, START, Answered, Fault, Seen, Sheet, says
from tests.contract.made_before import made_before, storage_in
from tests.discord import filling, interacting, reading, rules
from tests.discord.bot import DiscordBot
from tests.discord.double import DiscordDouble
from tests.discord.faults import Fault as Struck
from tests.discord.faults import How
from tests.discord.permissions import SEND_MESSAGES
from tests.discord.slash import Slash, as_slash
from tests.discord.world import BOT, EVERYONE, Appeared, Form, Json, Message

WORDS = frozenset({"personal", "others", "intentions", "barriers"})
POST = "POST /channels/{}/messages"
CHANGES = ("POST", "PATCH")
MOST_CHOSEN = 25

AT_ONCE = 100_000
"""Calls that the bot may make within a second: more than any test sees."""

SURE = re.compile(r"coproduce:confirm:[^:]*:hide:\w+")
"""The button under a voice that is shown once more, with the reason that was given."""

FAULTS: Mapping[Fault, Mapping[str, Any]] = {
    Fault.REJECT: {"how": How.ERROR, "status": 400, "code": 50035},
    Fault.UNREACHABLE: {"how": How.ERROR, "status": 403, "code": 50278},
    Fault.LATER: {"how": How.RATE_LIMITED, "retry_after": 60},
    Fault.LOSE_ANSWER: {"how": How.RESET_AFTER},
    Fault.LOSE_POST: {"how": How.RESET_BEFORE},
}

_STANDINGS: Mapping[str, Mapping[str, bool]] = {
    "member": {},
    "guest": {},  # Discord has none
    "bot": {"is_bot": True},
    "deactivated": {"is_deleted": True, "is_member": False},
    "stranger": {"is_member": False},
}


class TheBot(Protocol):
    """In this process, or another."""

    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    async def finish(self) -> None: ...
    async def idle(self) -> datetime | None: ...
    async def is_revealed(self, code: str) -> bool: ...


class DiscordChat:
    def __init__(self, folder: Path, rounds: RoundSettings, cast: Mapping[str, str] = CAST, **settings: object) -> None:
        """`settings`: of the section `[discord]`."""
        self._settings = Settings(storage=storage_in(folder), rounds=rounds)
        made_before(folder)
        self._rounds = rounds
        self._discord = settings
        self._cast = cast
        self._clock = MovableClock()
        self._texts = Texts.load()
        self._twice: set[str] = set()
        self.times = 2  # that what comes twice arrives
        self._learned: dict[str, str] = {}
        self.kinds: Mapping[str, str] = self._learned  # nonce or message -> kind: what Discord does not know
        self._panels: dict[str, str] = {}  # what stood in the panel from which somebody opened a form
        self._notices: dict[str, str] = {}  # what stood above the form that is open before somebody
        self._before: dict[str, tuple[Message, str]] = {}  # the menu through which a late answer's form was opened
        self.double = DiscordDouble(self._clock.now)
        self.world = self.double.world

    async def start(self) -> None:
        self._show(START)
        self.double.before_call = self._before_call
        for name, standing in self._cast.items():
            self.world.add_person(name, **_STANDINGS[standing])
        self.world.current = self.world.add_channel(PLACE).id  # everybody in the server reads it
        await self.double.start()
        await self._start_bot()

    async def stop(self) -> None:
        await self._stop_bot()
        await self.double.stop()

    async def _start_bot(self) -> None:
        self._kept = await open_storage(self._settings, self.now)
        self.bot: TheBot = DiscordBot(
            self._kept,
            self._clock,
            self._texts,
            self.double.api_url,
            rounds=self._rounds,
            delivery=DeliverySettings(),
            kinds=self._learned,
            **self._discord,
        )
        await self.bot.start()

    async def _stop_bot(self) -> None:
        await self.bot.stop()
        await self._kept.close()

    def id(self, person: str) -> str:
        return self.world.person_named(person).id

    # hands

    async def command(self, person: str, text: str) -> Answered:
        """Typed as a subcommand with options; what its options have no room for is done by buttons and forms."""
        verb = text.split()[0] if text else "home"
        if (self._cast.get(person) == "guest" and verb == "new") or ("@Gus Guest" in text and verb == "share"):
            pytest.skip("Discord has no guests")
        user = self.id(person)
        self._leave(user)
        slash = as_slash(self.world, text or "home")
        if not slash.is_typable:
            return await self._by_button(person, slash)
        shown = await self._hand(person, lambda: self.double.hands.slash(user, slash.verb, slash.options))
        if slash.rest:
            assert isinstance(shown, Sheet) or slash.verb == "check", shown
            return await self._with_receipt(person, shown, slash.rest)
        return await self._led_on(person, shown, is_new=verb == "new")

    async def _by_button(self, person: str, slash: Slash) -> Answered:
        if slash.verb == "withdraw":
            shown = await self.press(person, f"coproduce:withdraw:{slash.code}")
            return await self._with_receipt(person, shown, slash.rest)
        argument = f":{slash.rest}" if slash.rest else ""
        return await self.press(person, f"coproduce:{slash.verb}:{slash.code}{argument}")

    async def _with_receipt(self, person: str, shown: Answered, receipt: str) -> Answered:
        if isinstance(shown, Sheet) and set(shown.values) == {"receipt"}:
            return await self.fill(person, {"receipt": receipt})
        return shown

    async def press(self, person: str, control: str, argument: str | None = None) -> Answered:
        user = self.id(person)
        self._leave(user)
        id, message = self._button(user, control, argument)
        return await self._led_on(person, await self._press(person, id, message))

    async def _press(self, person: str, id: str, message: Message) -> Answered:
        user, menu = self.id(person), reading.menu_of(message.components, id)
        if menu is not None:
            return await self._hand(person, lambda: self.double.hands.select(user, menu, message, [id]))
        return await self._hand(person, lambda: self.double.hands.press(user, id, message))

    async def _led_on(self, person: str, shown: Answered, *, is_new: bool = False) -> Answered:
        """From the notices to the form, and from the panel to its first form: nobody stops on the way."""
        if not isinstance(shown, Seen):
            return shown
        user = self.id(person)
        if is_new and says(shown, "said.carry_on"):
            return shown
        parts = [id for id in shown.controls if re.fullmatch(r"coproduce:setup:[^:]*:what", id)]
        writes = [id for id in shown.controls if ":write" in id]
        if not (parts or writes):
            return shown
        id, message = self._button(user, (writes or parts)[0], None)
        if writes and (menu := reading.menu_of(message.components, id)):
            self._before[user] = (message, menu)
        sheet = await self._press(person, id, message)
        if writes and isinstance(sheet, Sheet):
            self._notices[user] = shown.text
            return self._sheet(self.world.forms[user])
        return sheet

    pages = 1

    async def fill(
        self, person: str, fields: Mapping[str, str | Sequence[str]], *, each_page_takes: timedelta = timedelta()
    ) -> Answered:
        user = self.id(person)
        if user not in self.world.forms:
            await self.press(person, "answer")  # a form that was refused has closed
        if user in self._before and isinstance(seen := fields.get("seen"), str):
            await self._choose_before(person, seen)
        form = self.world.forms[user]
        if form.body["custom_id"].startswith("coproduce:setup:"):
            return await self._set_up(person, fields)
        shown = await self._send(person, fields, each_page_takes)
        sure = [id for id in shown.controls if SURE.fullmatch(id)] if isinstance(shown, Seen) else []
        return await self.press(person, sure[0]) if sure else shown

    async def _choose_before(self, person: str, seen: str) -> None:
        """What is asked before a late answer's form."""
        message, menu = self._before[self.id(person)]
        value = next(id for id in reading.controls_of(message.components) if id.endswith(f":write:{seen}"))
        self.world.forms.pop(self.id(person))
        await self._hand(person, lambda: self.double.hands.select(self.id(person), menu, message, [value]))

    async def _send(
        self, person: str, fields: Mapping[str, str | Sequence[str]], takes: timedelta = timedelta()
    ) -> Answered:
        """One form, filled in."""
        user, twice = self.id(person), person in self._twice
        form = self.world.forms[user]
        for name, words in fields.items():
            if name not in reading.boxes_of(form):
                continue
            values = [words] if isinstance(words, str) else list(words)
            filling.fill(self.world, form, name, values[:MOST_CHOSEN])
            if name in WORDS:
                self.double.seal.keep(str(words), user, _code_in(form))
        if lacking := filling.lacks(form):
            sheet = self._sheet(form)
            return replace(sheet, errors=dict.fromkeys(lacking, "This field is required."))
        if takes:
            await self.pass_until(self.now + takes)
        self._twice |= {person} if twice else set()
        return await self._hand(person, lambda: self.double.hands.submit(user))

    async def _set_up(self, person: str, fields: Mapping[str, str | Sequence[str]]) -> Answered:
        """One form after the other, as the panel leads; then the deadline is agreed to, and the preview asked for."""
        user = self.id(person)
        visited = set()
        while True:
            form = self.world.forms[user]
            visited.add(form.body["custom_id"].split(":")[3])
            shown = await self._send(person, fields)
            if not isinstance(shown, Seen):
                return shown
            if not await self._open_next(person, shown, fields, visited):
                break
        shown = await self._add_more(person, shown, fields)
        for verb in (":closes:", "coproduce:preview:"):
            assert isinstance(shown, Seen), shown
            if ids := [id for id in shown.controls if verb in id]:
                shown = await self._press(person, *self._button(user, ids[0], None))
        return await self._to_errors(person, shown)

    async def _open_next(
        self, person: str, panel: Seen, fields: Mapping[str, str | Sequence[str]], visited: set[str]
    ) -> bool:
        """Opens the next part that has boxes for these fields, as its button's words say."""
        for id in panel.controls:
            found = re.fullmatch(r"coproduce:setup:[^:]*:(\w+)", id)
            if found and found[1] not in visited and set(PARTS.get(found[1], ())) & set(fields):
                await self._press(person, *self._button(self.id(person), id, None))
                return True
        return False

    async def _add_more(self, person: str, panel: Answered, fields: Mapping[str, str | Sequence[str]]) -> Answered:
        """A select holds 25: the others are added by a form of their own, as often as needed."""
        left = {name: list(one)[MOST_CHOSEN:] for name, one in fields.items() if not isinstance(one, str)}
        while any(left.values()) and isinstance(panel, Seen):
            more = next(id for id in panel.controls if id.endswith(":more"))
            await self._press(person, *self._button(self.id(person), more, None))
            panel = await self._send(person, left)
            left = {name: one[MOST_CHOSEN:] for name, one in left.items()}
        return panel

    async def _to_errors(self, person: str, shown: Answered) -> Answered:
        """Where a part is wrong, its form is opened again: what was typed stands there, with the reason."""
        if not isinstance(shown, Seen):
            return shown
        self._panels[self.id(person)] = shown.text
        for id in shown.controls:
            found = re.fullmatch(r"coproduce:setup:[^:]*:(\w+)", id)
            if found is None or found[1] not in PARTS:
                continue
            sheet = await self._press(person, *self._button(self.id(person), id, None))
            if isinstance(sheet, Sheet) and sheet.errors:
                return sheet
            self._leave(self.id(person))
        return shown

    async def leaf(self, person: str) -> Sheet:
        """The whole answer stands in one form."""
        sheet = await self.form(person)
        assert sheet is not None
        return sheet

    async def begin(self, person: str, fields: Mapping[str, str]) -> None:
        """Written and closed: Discord tells nobody, so nothing can be kept."""
        self._leave(self.id(person))

    async def type(self, person: str, text: str) -> Answered:
        user = self.id(person)
        self._leave(user)
        return await self._hand(person, lambda: self.double.hands.type(user, text))

    async def twice(self, person: str) -> None:
        self._twice.add(person)

    def takes(self, box: str, words: str | Sequence[str]) -> bool:
        return filling.has_room_for(box, words)

    def _leave(self, user: str) -> None:
        """Closes the form of a person who does something else."""
        self.double.hands.close(user)
        self._notices.pop(user, None)
        self._before.pop(user, None)

    def _button(self, user: str, control: str, argument: str | None) -> tuple[str, Message]:
        """The newest button that this person sees; or one by its id, as in an old message."""
        for message in self._newest_first(user):
            for id in reading.controls_of(message.components):
                parts = id.split(":", 3)
                if id == control or (parts[1] == control and argument in (None, parts[3] if len(parts) > 3 else "")):
                    return id, message
        assert ":" in control, f"{user} sees no button {control}"
        button: Json = {"type": rules.BUTTON, "style": 2, "custom_id": control, "label": "…", "id": 2}
        inbox = self.world.conversation(user).id
        is_known = any(one.channel == inbox for one in self.world.messages)
        old = Message(id="1", channel=inbox if is_known else self.world.current, author=BOT, content="…", born=START)
        old.components = [{"type": rules.ROW, "id": 1, "components": [button]}]
        return control, old

    def _newest_first(self, user: str) -> list[Message]:
        """By when each came before their eyes, anew or changed."""
        came = {id(one.message): n for n, one in enumerate(self.world.appeared) if one.user == user and one.message}
        return sorted(self.world.seen_by(user), key=lambda message: came.get(id(message), -1), reverse=True)

    async def _hand(self, person: str, act: Callable[[], Awaitable[object]]) -> Answered:
        """One act, and what it is answered with."""
        user = self.id(person)
        if person in self._twice:
            self._twice.remove(person)
            self.double.hands.copies = self.times
        mark = len(self.world.appeared)
        await act()
        await self.bot.finish()
        await self.world.wait_until(lambda: bool(self._answers(user, mark)))
        answers = self._answers(user, mark)
        told = [f"{call.request} {call.answer}" for call in self.double.calls[-5:]]
        assert answers, f"{person} was shown nothing; calls: {told}; {self.double.violations}"
        return self._of(answers)

    def _of(self, answers: Sequence[Appeared]) -> Answered:
        if answers[-1].form:
            return self._sheet(answers[-1].form)
        messages = list({id(one.message): one.message for one in answers if one.message}.values())
        seen = [self._seen(message) for message in messages]
        text = "\n".join(one.text for one in seen)
        controls = tuple(id for one in seen for id in one.controls)
        is_notice = any(":write" in id for id in controls)  # the form that it leads to is what people want
        if not is_notice and (receipts := rules.receipts_in(text)):
            return Sheet(title="", notes=text, values={"receipt": (receipts[0],)}, labels={"receipt": ""}, errors={})
        return Seen(place=seen[0].place, text=text, controls=controls)

    def _answers(self, user: str, mark: int) -> list[Appeared]:
        """What was shown to this person since then in answer to an act: private messages and forms."""
        return [one for one in self.world.appeared[mark:] if one.user == user and self._is_answer(one)]

    def _is_answer(self, one: Appeared) -> bool:
        if one.form:
            return self.world.forms.get(one.user) is one.form
        message = one.message
        assert message is not None
        if message.author != BOT or message.flags & rules.LOADING:
            return False
        return bool(message.only_for) or (self._is_private(message) and not self._kind(message))

    def _is_private(self, message: Message) -> bool:
        channel = self.world.channels.get(message.channel)
        return channel is not None and bool(channel.recipient)

    # eyes

    def seen(self, person: str) -> Sequence[Seen]:
        """Only messages of the bot that stand: private answers vanish when Discord is opened anew."""
        standing = self.world.seen_by(self.id(person))
        return [self._seen(one) for one in standing if one.author == BOT and not one.type and not one.only_for]

    def _seen(self, message: Message) -> Seen:
        return Seen(
            place="inbox" if message.only_for or self._is_private(message) else "channel",
            text=reading.read(self.world, message.content),
            controls=reading.controls_of(message.components),
            kind=self._kind(message),
            is_in_thread=self.world.channels[message.channel].is_thread,
            files=tuple(one["filename"] for one in message.attachments),
        )

    def _kind(self, message: Message) -> str | None:
        """Of a message that was owed; the report comes as files."""
        if message.attachments:
            return "report"
        return self.kinds.get(message.nonce or "") or self.kinds.get(message.id)

    def _sheet(self, form: Form) -> Sheet:
        sheet = reading.sheet_of(self.world, form)
        lines = self._panels.get(form.user, "").split("\n")
        errors = {name: reading.whole(text, lines) for name, text in sheet.errors.items()}
        sheet = replace(sheet, errors=errors)
        notes = self._notices.get(form.user)
        return replace(sheet, notes=f"{notes}\n{sheet.notes}") if notes else sheet

    async def form(self, person: str) -> Sheet | None:
        form = self.world.forms.get(self.id(person))
        return self._sheet(form) if form else None

    # the world

    async def fault(self, fault: Fault, nth: int = 1, *, kind: str | None = None, person: str | None = None) -> None:
        place = self.world.conversation(self.id(person)).id if person else None

        def concerns(args: Json) -> bool:
            of_kind = kind is None or self.kinds.get(args.get("nonce") or "") == kind
            return of_kind and (place is None or args.get("channel") == place)

        self.double.faults.add(Struck(request=POST, nth=nth, concerns=concerns, **FAULTS[fault]))

    async def change_place(
        self,
        *,
        is_public: bool | None = None,
        lets_bot_in: bool | None = None,
        is_archived: bool | None = None,
    ) -> None:
        """A channel of Discord is not archived: it is deleted, or closed to the bot."""
        place = self.world.channel_named(PLACE)
        if is_public is not None:
            there = [self.id(name) for name in self._cast if name not in NOT_THERE]
            self.world.let_only(place, there)
            if is_public:
                place.overwrites = [one for one in place.overwrites if one["id"] != EVERYONE]
        for is_closed in (None if lets_bot_in is None else not lets_bot_in, is_archived):
            if is_closed is not None:
                change = self.world.deny if is_closed else self.world.allow_again
                change(place, BOT, SEND_MESSAGES)
        await self.double.happening.changed(place)

    async def rename_place(self, name: str, *, was: str = PLACE) -> None:
        place = self.world.channel_named(was)
        place.name = name
        await self.double.happening.changed(place)

    async def add_place(self, name: str, people: Sequence[str], *, is_public: bool = False) -> None:
        self.world.add_channel(name, None if is_public else [self.id(one) for one in people])

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

    async def _before_call(self, request: str, args: Json) -> None:
        """A round is revealed when its file says so; until then its words are sealed."""
        if not request.startswith(CHANGES) or not any(self.double.seal.leaks(rules.as_shown(args))):
            return
        for code in self.double.seal.marks():
            if code and await self.bot.is_revealed(code):
                self.double.seal.open(code)


def _code_in(form: Form) -> str:
    """Which round a form belongs to, wherever the bot carries that."""
    found = re.search(r"R-[2-9A-HJ-NP-Z]{4,6}", form.body["custom_id"])
    return found[0] if found else ""


@asynccontextmanager
async def discord(
    folder: Path,
    rounds: RoundSettings | None = None,
    cast: Mapping[str, str] = CAST,
    *,
    knows_everybody: bool = True,
    **settings: object,
) -> AsyncIterator[DiscordChat]:
    """Fails the test if the bot did anything that Discord forbids. `knows_everybody`: no conversation counts as new."""
    with pytest.MonkeyPatch.context() as patch:
        patience = 10.0  # a busy machine is no fault of the bot
        patch.setattr(interacting, "ANSWER_WITHIN", 1.5 * patience)
        patch.setattr(listeners, "PATIENCE", patience)
        patch.setattr(listeners, "COMPLETED_WITHIN", patience)
        # it is kept by the machine's clock, which no test can move; tests/discord_out/test_limits.py looks at it
        patch.setattr(calls, "A_SECOND", AT_ONCE)
        if knows_everybody:
            patch.setattr(DiscordPlatform, "pace", replace(DiscordPlatform.pace, new_conversations_an_hour=0))
        chat = DiscordChat(folder, rounds or RoundSettings(time_zone="UTC"), cast, **settings)
        await chat.start()
        try:
            yield chat
        finally:
            await chat.stop()
    assert not chat.double.violations, "\n".join(chat.double.violations)

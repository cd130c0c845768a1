"""The double of Discord, driven by plain discord.py: what works, and each strictness seen biting."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import discord
import pytest
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from tests.discord import interacting, permissions
from tests.discord.double import DiscordDouble
from tests.discord.faults import Fault, How
from tests.discord.world import DM, FORUM, GUILD, TOKEN, Channel, Json, Message, Person

NONE = discord.AllowedMentions.none()
POST = "POST /channels/{}/messages"
INTENTS = discord.Intents(guilds=True, members=True, dm_messages=True)


class Clock:
    def __init__(self) -> None:
        self.at = datetime(2026, 12, 1, 9, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def double(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[DiscordDouble]:
    made = DiscordDouble(clock.now)
    await made.start()
    monkeypatch.setattr(Route, "BASE", made.api_url)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(made.gateway.url))
    yield made
    await made.stop()


@pytest.fixture
def fay(double: DiscordDouble) -> Person:
    return double.world.add_person("Fay Hall")


@pytest.fixture
def cal(double: DiscordDouble) -> Person:
    return double.world.add_person("Cal Dunn")


@pytest.fixture
def place(double: DiscordDouble, fay: Person, cal: Person) -> Channel:
    made = double.world.add_channel("repairs", [fay.id, cal.id])
    double.world.current = made.id
    return made


async def until(seen: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not seen():  # noqa: ASYNC110 (nobody tells; it is looked at)
            await asyncio.sleep(0)


class Bot(discord.Client):
    """Answers a command privately, a press with a form, a form with its words' length."""

    def __init__(self, intents: discord.Intents = INTENTS) -> None:
        super().__init__(intents=intents, allowed_mentions=NONE, max_messages=None, chunk_guilds_at_startup=False)
        self.heard: list[str] = []
        self.interactions: list[discord.Interaction[Any]] = []
        self.error: BaseException | None = None
        self.waits = False  # with every answer
        self.tree = app_commands.CommandTree(self)
        group = app_commands.Group(name="coproduce", description="Rounds", guild_only=True)

        async def status(interaction: discord.Interaction, person: discord.Member, round: str = "") -> None:
            await interaction.response.send_message(f"{person.display_name} {round}", ephemeral=True)

        async def rounds(interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
            return [app_commands.Choice(name=f"{typed}: Repairs", value="R-7F3K")]

        command: Any = app_commands.Command(name="status", description="Who was reached", callback=status)
        command.autocomplete("round")(rounds)
        group.add_command(command)
        self.tree.add_command(group)

    async def setup_hook(self) -> None:
        await self.tree.sync()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Without the five seconds between two sessions."""

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        self.interactions.append(interaction)
        if self.waits:
            return
        if interaction.type is discord.InteractionType.component:
            modal = discord.ui.Modal(title="Answer", custom_id="coproduce:answer:R-7F3K:write")
            box: Any = discord.ui.TextInput(custom_id="personal", style=discord.TextStyle.long, required=False)
            who: Any = discord.ui.UserSelect(custom_id="who", max_values=25, required=False)
            modal.add_item(discord.ui.Label(text="For you", component=box))
            modal.add_item(discord.ui.Label(text="Who", component=who))
            await interaction.response.send_modal(modal)
        elif interaction.type is discord.InteractionType.modal_submit:
            data: Any = interaction.data
            boxes = [one["component"] for one in data["components"]]
            self.heard += [boxes[0]["value"], *boxes[1]["values"]]
            await interaction.response.send_message(f"held: {len(boxes[0]['value'])}", ephemeral=True)

    async def on_message(self, message: discord.Message) -> None:
        if self.user and message.author.id != self.user.id:
            self.heard.append(message.content)


@contextlib.asynccontextmanager
async def running(double: DiscordDouble, bot: Bot | None = None) -> AsyncIterator[Bot]:
    bot = bot or Bot()

    async def run() -> None:
        try:
            await bot.start(TOKEN)
        except Exception as no:
            bot.error = no

    task = asyncio.create_task(run())
    try:
        await double.gateway.until_connected()
        yield bot
    finally:
        await bot.close()
        await task


@pytest.fixture
async def bot(double: DiscordDouble, place: Channel) -> AsyncIterator[Bot]:
    async with running(double) as made:
        yield made
    assert made.error is None


@pytest.fixture
async def plain(double: DiscordDouble) -> AsyncIterator[discord.Client]:
    """Logged in, without a gateway."""
    client = discord.Client(intents=discord.Intents.none(), allowed_mentions=NONE)
    await client.login(TOKEN)
    yield client
    await client.close()


def button(id: str = "coproduce:answer:R-7F3K") -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    view.add_item(discord.ui.Button(label="Answer", custom_id=id))
    return view


async def post(client: discord.Client, channel: str, text: str = "Hello", **more: Any) -> discord.Message:
    place: Any = await client.fetch_channel(int(channel))
    message: discord.Message = await place.send(text, **more)
    return message


def shown(double: DiscordDouble, person: Person) -> list[Message]:
    return list(double.world.seen_by(person.id))


async def raw(client: discord.Client, method: str, path: str, body: object = None, **query: str) -> Any:
    return await client.http.request(Route(method, path), json=body, params=query)


# what works -----------------------------------------------------------------------------------------------------


async def test_a_command_with_a_resolved_person_is_answered_before_one_person(
    double: DiscordDouble, bot: Bot, fay: Person, cal: Person
) -> None:
    ack = await double.hands.slash(fay.id, "status", {"person": cal.id, "round": "R-7F3K"})
    assert not ack.is_missing
    assert [one.content for one in shown(double, fay)] == ["Cal Dunn R-7F3K"]
    assert not shown(double, cal)
    assert not double.violations


async def test_letters_are_offered_rounds(double: DiscordDouble, bot: Bot, fay: Person) -> None:
    offered = await double.hands.complete(fay.id, "status", "round", "Re")
    assert offered == [{"name": "Re: Repairs", "value": "R-7F3K"}]


async def test_a_form_opens_by_a_button_and_is_sent_with_its_labels(
    double: DiscordDouble, bot: Bot, place: Channel, fay: Person, cal: Person
) -> None:
    await post(bot, place.id, "Question", view=button())
    (question,) = shown(double, fay)
    await double.hands.press(fay.id, "coproduce:answer:R-7F3K", question)
    form = double.world.forms[fay.id]
    form.state = {"personal": {"value": "some words"}, "who": {"values": [cal.id]}}
    await double.hands.submit(fay.id)
    assert bot.heard == ["some words", cal.id]
    assert shown(double, fay)[-1].content == "held: 10"
    assert fay.id not in double.world.forms
    assert not double.violations


async def test_a_private_conversation_goes_both_ways(double: DiscordDouble, bot: Bot, fay: Person) -> None:
    user = await bot.fetch_user(int(fay.id))
    await user.send("Hello")
    await double.hands.type(fay.id, "hi there")
    await until(lambda: bot.heard)
    assert bot.heard == ["hi there"]
    assert [one.content for one in shown(double, fay)] == ["Hello", "hi there"]


async def test_a_thread_opens_from_a_message_and_is_read_page_by_page(
    double: DiscordDouble, plain: discord.Client, place: Channel, fay: Person
) -> None:
    headline = await post(plain, place.id, "Headline")
    thread = await headline.create_thread(name="Voices")
    for number in range(3):
        await thread.send(f"voice {number}")
    history = [one.content async for one in thread.history(limit=2)]
    assert history == ["voice 2", "voice 1"]
    assert [one.content for one in shown(double, fay) if one.content] == ["Headline", "voice 0", "voice 1", "voice 2"]
    with pytest.raises(discord.HTTPException, match="160004"):
        await headline.create_thread(name="Again")


async def test_a_forum_takes_a_post_and_no_message(
    double: DiscordDouble, plain: discord.Client, place: Channel
) -> None:
    forum = double.world.add_channel("forum", type=FORUM)
    told = await raw(
        plain,
        "POST",
        f"/channels/{forum.id}/threads",
        {"name": "Voices", "message": {"content": "Headline", "allowed_mentions": {"parse": []}}},
    )
    assert told["message"]["content"] == "Headline"
    with pytest.raises(discord.HTTPException, match="50008"):
        await plain.get_partial_messageable(int(forum.id)).send("Hello")


async def test_people_roles_and_members_are_looked_up(double: DiscordDouble, bot: Bot, fay: Person) -> None:
    role = double.world.add_role("Leaders", [fay.id])
    guild = await bot.fetch_guild(int(GUILD))
    members = [member async for member in guild.fetch_members(limit=None)]
    assert [one.display_name for one in members if one.get_role(int(role.id))] == ["Fay Hall"]
    await double.happening.leaves(fay.id)
    with pytest.raises(discord.NotFound, match="10007"):
        await guild.fetch_member(int(fay.id))


# strictness -----------------------------------------------------------------------------------------------------

WRONG: Sequence[tuple[Json, str]] = [
    ({"content": "x" * 2_001}, "2001 characters"),
    ({"content": " "}, "empty message"),
    ({"content": "Hello", "surprise": 1}, "unknown fields"),
    ({"content": "Hello", "nonce": "x" * 26}, "nonce"),
    ({"content": "Hello", "components": [{"type": 10, "content": "v2"}]}, "without their flag"),
    (
        {"content": "Hello", "components": [{"type": 1, "components": [{"type": 2, "style": 1, "label": "A"}]}]},
        "custom_id",
    ),
    (
        {
            "content": "Hello",
            "components": [{"type": 1, "components": [{"type": 2, "style": 1, "label": "A", "custom_id": "a"}] * 2}],
        },
        "custom_id twice",
    ),
    (
        {
            "content": "Hello",
            "components": [{"type": 1, "components": [{"type": 2, "style": 1, "label": "A" * 81, "custom_id": "a"}]}],
        },
        "label",
    ),
]


@pytest.mark.parametrize(("body", "wrong"), WRONG, ids=[wrong for _, wrong in WRONG])
async def test_what_discord_does_not_take_is_refused_and_told(
    double: DiscordDouble, plain: discord.Client, place: Channel, body: Json, wrong: str
) -> None:
    with pytest.raises(discord.HTTPException, match="50035"):
        await raw(plain, "POST", f"/channels/{place.id}/messages", {"allowed_mentions": {"parse": []}, **body})
    assert any(wrong in one for one in double.violations), double.violations
    assert not double.world.messages


async def test_what_this_bot_may_not_do_is_told(double: DiscordDouble, plain: discord.Client, place: Channel) -> None:
    double.seal.keep("something sealed by Fay", "1")
    await raw(plain, "POST", f"/channels/{place.id}/messages", {"content": "Hello <@1>"})
    await post(plain, place.id, "K7QD-3M9X-TT2A-9WPE")
    await post(plain, place.id, "well: something sealed by Fay")
    await post(plain, place.id, embed=discord.Embed(title="Hello"))
    message = await post(plain, place.id)
    await message.edit(content="", view=button())
    told = ("mentions", "a receipt", "sealed words", "embed", "words to none")
    assert len(double.violations) == len(told)
    assert all(any(one in violation for violation in double.violations) for one in told), double.violations


async def test_an_unknown_request_is_told(double: DiscordDouble, plain: discord.Client) -> None:
    with pytest.raises(discord.NotFound):
        await raw(plain, "GET", "/channels/1/surprises")
    assert double.violations


@pytest.mark.parametrize(
    ("form", "wrong"),
    [
        ({"title": "x" * 46}, "title"),
        ({"components": 6}, "6 parts"),
        ({"label": "x" * 46}, "label"),
        ({"value": "something sealed by Cal"}, "sealed words"),
    ],
)
async def test_a_form_that_discord_does_not_open_is_refused(
    double: DiscordDouble, bot: Bot, place: Channel, fay: Person, form: Json, wrong: str
) -> None:
    bot.waits = True
    double.seal.keep("something sealed by Cal", "2")
    await post(bot, place.id, view=button())
    acting = asyncio.create_task(double.hands.press(fay.id, "coproduce:answer:R-7F3K", shown(double, fay)[0]))
    await until(lambda: bot.interactions)
    box = {"type": 4, "style": 2, "custom_id": "a", "value": form.get("value", ""), "required": False}
    parts = [
        {"type": 18, "label": form.get("label", "For you"), "component": {**box, "custom_id": f"a{number}"}}
        for number in range(form.get("components", 1))
    ]
    interaction = bot.interactions[0]
    body = {"type": 9, "data": {"title": form.get("title", "Answer"), "custom_id": "c", "components": parts}}
    with pytest.raises(discord.HTTPException, match="50035"):
        await raw(bot, "POST", f"/interactions/{interaction.id}/{interaction.token}/callback", body)
    assert any(wrong in one for one in double.violations), double.violations
    await interaction.response.defer()
    await acting


async def test_no_interaction_is_answered_twice(
    double: DiscordDouble, bot: Bot, place: Channel, fay: Person, cal: Person
) -> None:
    await double.hands.slash(fay.id, "status", {"person": cal.id})
    interaction = bot.interactions[0]
    with pytest.raises(discord.HTTPException, match="40060"):
        await raw(bot, "POST", f"/interactions/{interaction.id}/{interaction.token}/callback", {"type": 5})
    assert double.violations


async def test_what_is_not_answered_in_three_seconds_is_lost(
    double: DiscordDouble, bot: Bot, place: Channel, fay: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interacting, "ANSWER_WITHIN", 0.05)
    bot.waits = True
    await post(bot, place.id, view=button())
    ack = await double.hands.press(fay.id, "coproduce:answer:R-7F3K", shown(double, fay)[0])
    assert ack.is_missing
    with pytest.raises(discord.NotFound, match="10062"):
        await bot.interactions[0].response.defer()
    assert double.violations


async def test_a_token_is_void_after_fifteen_minutes(
    double: DiscordDouble, bot: Bot, fay: Person, cal: Person, clock: Clock
) -> None:
    await double.hands.slash(fay.id, "status", {"person": cal.id})
    await bot.interactions[0].followup.send("more", ephemeral=True)
    assert not double.violations
    clock.at += timedelta(minutes=16)
    with pytest.raises(discord.HTTPException, match="50027"):
        await bot.interactions[0].followup.send("more", ephemeral=True)
    assert double.violations


async def test_the_same_nonce_stands_once_within_its_window(
    double: DiscordDouble, plain: discord.Client, place: Channel, clock: Clock
) -> None:
    body = {"content": "Hello", "nonce": "n1", "enforce_nonce": True, "allowed_mentions": {"parse": []}}
    first = await raw(plain, "POST", f"/channels/{place.id}/messages", body)
    again = await raw(plain, "POST", f"/channels/{place.id}/messages", body)
    assert again["id"] == first["id"]
    assert again["nonce"] == "n1"
    (standing,) = await raw(plain, "GET", f"/channels/{place.id}/messages")
    assert "nonce" not in standing  # Discord does not keep it
    clock.at += timedelta(minutes=10)
    later = await raw(plain, "POST", f"/channels/{place.id}/messages", body)
    assert later["id"] != first["id"]


async def test_who_takes_no_messages_is_refused_only_when_it_is_sent(
    double: DiscordDouble, plain: discord.Client, fay: Person
) -> None:
    user = await plain.fetch_user(int(fay.id))
    fay.takes_messages = False
    with pytest.raises(discord.Forbidden, match="50007"):
        await user.send("Hello")
    fay.takes_messages, fay.is_member = True, False
    with pytest.raises(discord.Forbidden, match="50278"):
        await user.send("Hello")
    assert next(one for one in double.world.channels.values() if one.type == DM).recipient == fay.id


async def test_new_conversations_run_out(
    double: DiscordDouble, plain: discord.Client, fay: Person, cal: Person
) -> None:
    double.world.new_conversations = 1
    await (await plain.fetch_user(int(fay.id))).send("Hello")
    await (await plain.fetch_user(int(fay.id))).send("Hello")  # that one stands
    with pytest.raises(discord.Forbidden, match="40003"):
        await (await plain.fetch_user(int(cal.id))).send("Hello")


@pytest.mark.parametrize(
    ("denied", "code"), [(permissions.VIEW_CHANNEL, "50001"), (permissions.SEND_MESSAGES, "50013")]
)
async def test_permissions_are_computed(
    double: DiscordDouble, plain: discord.Client, place: Channel, denied: int, code: str
) -> None:
    double.world.deny(place, double.world.person_named("coproduce").id, denied)
    with pytest.raises(discord.Forbidden, match=code):
        await post(plain, place.id)


async def test_an_archived_thread_takes_words_but_no_edit(
    double: DiscordDouble, plain: discord.Client, place: Channel
) -> None:
    thread = await (await post(plain, place.id)).create_thread(name="Voices")
    voice = await thread.send("voice")
    known = double.world.channels[str(thread.id)]
    await double.happening.archives(known)
    with pytest.raises(discord.HTTPException, match="50083"):
        await voice.edit(content="other")
    await thread.send("another")
    assert not known.is_archived
    await double.happening.archives(known, locks=True)
    with pytest.raises(discord.HTTPException, match="50083"):
        await thread.send("another")


async def test_old_messages_are_edited_a_few_times_only(
    double: DiscordDouble, plain: discord.Client, place: Channel, clock: Clock
) -> None:
    double.world.old_edits = 0
    message = await post(plain, place.id)
    await message.edit(content="young")
    clock.at += timedelta(hours=2)
    plain.http.max_ratelimit_timeout = 30.0
    with pytest.raises(discord.RateLimited):
        await raw(
            plain,
            "PATCH",
            f"/channels/{place.id}/messages/{message.id}",
            {"content": "old", "allowed_mentions": {"parse": []}},
        )


# pace and faults --------------------------------------------------------------------------------------------------


async def test_a_bucket_is_told_in_headers_and_enforced(
    double: DiscordDouble, plain: discord.Client, place: Channel
) -> None:
    double.buckets.limits[POST] = (2, 0.2)
    for _ in range(5):
        await post(plain, place.id)
    assert [call.answer for call in double.calls_of(POST)] == ["200"] * 5  # discord.py keeps to the headers
    double.buckets.limits[POST] = (1, 60.0)
    plain.http.max_ratelimit_timeout = 30.0
    await asyncio.gather(post(plain, place.id), return_exceptions=True)
    assert double.calls_of(POST)[-1].answer == "429"
    assert double.invalid == 1


async def test_more_than_fifty_requests_in_a_second_are_refused_and_told(
    double: DiscordDouble, plain: discord.Client, place: Channel
) -> None:
    double.buckets.per_second = 5
    await asyncio.gather(*(post(plain, place.id) for _ in range(6)))
    assert "429" in [call.answer for call in double.calls]
    assert double.violations


@pytest.mark.parametrize("how", [How.RATE_LIMITED, How.RATE_LIMITED_SHARED, How.RATE_LIMITED_GLOBALLY])
async def test_a_429_is_waited_for_and_tried_again(
    double: DiscordDouble, plain: discord.Client, place: Channel, how: How
) -> None:
    double.faults.add(Fault(request=POST, how=how, retry_after=0.01))
    await post(plain, place.id)
    assert [call.answer for call in double.calls_of(POST)] == [how.value, "200"]
    assert double.invalid == (0 if how is How.RATE_LIMITED_SHARED else 1)


@pytest.mark.parametrize(
    ("how", "stands"),
    [
        (How.BANNED, False),
        (How.UNAVAILABLE, False),
        (How.UNAVAILABLE_AFTER, True),
        (How.RESET_BEFORE, False),
        (How.RESET_AFTER, True),
    ],
)
async def test_a_fault_reaches_discord_py_as_an_error(
    double: DiscordDouble, plain: discord.Client, place: Channel, how: How, *, stands: bool
) -> None:
    double.faults.add(Fault(request=POST, how=how))
    with pytest.raises((discord.HTTPException, OSError, aiohttp.ClientError)):
        await post(plain, place.id)
    assert bool(double.world.messages) is stands


# the gateway ----------------------------------------------------------------------------------------------------


async def test_a_dropped_connection_is_resumed_with_what_it_missed(
    double: DiscordDouble, bot: Bot, fay: Person, cal: Person
) -> None:
    await double.gateway.cut()
    acting = asyncio.create_task(double.hands.slash(fay.id, "status", {"person": cal.id}))
    await double.gateway.until_resumed()
    assert not (await acting).is_missing
    assert double.gateway.identified == 1
    assert not double.violations


async def test_a_refused_resume_begins_a_new_session(double: DiscordDouble, bot: Bot, fay: Person, cal: Person) -> None:
    double.gateway.refuses_resume = True
    await double.gateway.reconnect()
    await double.gateway.until_identified(2)
    assert not (await double.hands.slash(fay.id, "status", {"person": cal.id})).is_missing


async def test_an_intent_that_is_not_granted_ends_the_connection(double: DiscordDouble) -> None:
    double.world.has_members_intent = False
    bot = Bot()
    with pytest.raises(discord.PrivilegedIntentsRequired):
        await bot.start(TOKEN)
    await bot.close()


async def test_a_revoked_token_ends_it_with_4004(double: DiscordDouble, place: Channel) -> None:
    async with running(double) as bot:
        await double.revoke()
        await until(lambda: bot.error)
    assert isinstance(bot.error, discord.ConnectionClosed)
    assert bot.error.code == 4004


async def test_the_same_interaction_comes_twice(double: DiscordDouble, bot: Bot, place: Channel, fay: Person) -> None:
    await post(bot, place.id, view=button())
    double.hands.copies = 2
    await double.hands.press(fay.id, "coproduce:answer:R-7F3K", shown(double, fay)[0])
    await until(lambda: len(bot.interactions) == 2)
    assert bot.interactions[0].id == bot.interactions[1].id
    assert not double.violations

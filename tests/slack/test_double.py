"""The double of Slack, driven by the plain SDK: what works, and each strictness seen biting."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack import delivery
from tests.slack.double import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, SlackDouble
from tests.slack.faults import Fault, How
from tests.slack.workspace import Json

TITLE = {"type": "plain_text", "text": "Form"}
BOX: Json = {
    "type": "input",
    "block_id": "personal",
    "label": {"type": "plain_text", "text": "What?"},
    "element": {"type": "plain_text_input", "action_id": "personal"},
}
FORM: Json = {"type": "modal", "title": TITLE, "submit": TITLE, "blocks": [BOX]}
BUTTON: Json = {
    "type": "button",
    "action_id": "coproduce:answer:R-7F3K",
    "text": {"type": "plain_text", "text": "Answer"},
}


@pytest.fixture
async def double() -> AsyncIterator[SlackDouble]:
    made = SlackDouble()
    made.workspace.add_person("U1", "Fay Hall")
    made.workspace.add_person("U2", "Cal Dunn")
    made.workspace.add_channel("C1", "repairs", ["U1", "U2"])
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
def client(double: SlackDouble) -> AsyncWebClient:
    return AsyncWebClient(BOT_TOKEN, base_url=double.api_url, retry_handlers=[])


def bolt(client: AsyncWebClient) -> AsyncApp:
    """A small bot that opens a form and takes it."""
    app = AsyncApp(client=client, signing_secret=SIGNING_SECRET, process_before_response=True)

    async def command(ack: Any, body: Json) -> None:
        if body["text"] == "form":
            await client.views_open(trigger_id=body["trigger_id"], view=FORM)
            await ack()
        elif body["text"] == "slow":
            await asyncio.sleep(0.2)
            await ack()
        else:
            await ack(f"You said {body['text']}")

    async def submitted(ack: Any, view: Json) -> None:
        value = view["state"]["values"]["personal"]["personal"]["value"]
        if value == "empty":
            await ack(response_action="errors", errors={"personal": "Too little."})
        elif value == "more":
            await ack(response_action="update", view=FORM)
        else:
            await ack()

    async def pressed(ack: Any, respond: Any) -> None:
        await respond("Only you see this")
        await ack()

    async def typed(event: Json, say: Any) -> None:
        await say(f"Heard at {event['ts']}")

    app.command("/coproduce")(command)
    app.view({"type": "view_submission", "callback_id": ""})(submitted)
    app.action("coproduce:answer:R-7F3K")(pressed)
    app.event("message")(typed)
    return app


@pytest.fixture(params=["socket", "http"])
async def reached(request: pytest.FixtureRequest, double: SlackDouble, client: AsyncWebClient) -> AsyncIterator[None]:
    app = bolt(client)
    if request.param == "socket":
        handler = AsyncSocketModeHandler(app, APP_TOKEN)
        await handler.connect_async()  # type: ignore[no-untyped-call]
        yield
        await handler.close_async()  # type: ignore[no-untyped-call]
        return

    async def take(asked: web.Request) -> web.Response:
        headers: dict[str, str | Sequence[str]] = {name: [value] for name, value in asked.headers.items()}
        answer = await app.async_dispatch(AsyncBoltRequest(body=await asked.text(), headers=headers))
        content = answer.headers.get("content-type", ["text/plain"])[0].split(";")[0]
        return web.Response(status=answer.status, text=answer.body, content_type=content)

    server = web.Application()
    server.router.add_post("/slack/events", take)
    runner = web.AppRunner(server, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    await double.call_at(f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events")
    yield
    await double.hang_up()
    await runner.cleanup()


def fill(double: SlackDouble, user: str, words: str) -> None:
    view = double.workspace.top(user)
    assert view is not None
    view.state["personal"] = {"personal": {"type": "plain_text_input", "value": words}}


# what works -----------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("reached")
async def test_a_command_is_answered_before_one_person(double: SlackDouble) -> None:
    await double.hands.command("U1", "hello", "C1")
    (seen,) = double.workspace.seen_by("U1")
    assert seen.text == "You said hello"
    assert not double.workspace.seen_by("U2")
    assert not double.violations


@pytest.mark.usefixtures("reached")
async def test_a_form_opens_is_refused_turned_and_closed_by_acknowledgements(double: SlackDouble) -> None:
    await double.hands.command("U1", "form", "C1")
    fill(double, "U1", "empty")
    await double.hands.submit("U1")
    view = double.workspace.top("U1")
    assert view is not None
    assert view.errors == {"personal": "Too little."}
    fill(double, "U1", "more")
    await double.hands.submit("U1")
    assert view.state["personal"]["personal"]["value"] == "more"  # a box that stays keeps what was filled in
    assert not view.errors
    fill(double, "U1", "enough")
    await double.hands.submit("U1")
    assert double.workspace.top("U1") is None
    assert not double.violations


@pytest.mark.usefixtures("reached")
async def test_a_press_is_answered_at_its_own_address(double: SlackDouble, client: AsyncWebClient) -> None:
    await client.chat_postMessage(channel="U1", text="Asked", blocks=[{"type": "actions", "elements": [BUTTON]}])
    (asked,) = double.workspace.seen_by("U1")
    await double.hands.press("U1", BUTTON["action_id"], asked)
    assert double.workspace.seen_by("U1")[-1].text == "Only you see this"
    assert not double.violations


@pytest.mark.usefixtures("reached")
async def test_what_is_typed_reaches_the_bot_as_an_event(double: SlackDouble) -> None:
    await double.hands.type("U1", "hello")
    assert double.workspace.seen_by("U1")[-1].text.startswith("Heard at")


@pytest.mark.usefixtures("reached")
async def test_what_is_delivered_three_times_reaches_the_bot_three_times(double: SlackDouble) -> None:
    double.hands.copies = 3
    await double.hands.type("U1", "hello")
    assert len(double.calls_of("chat.postMessage")) == 3


async def test_a_post_is_found_by_its_metadata(double: SlackDouble, client: AsyncWebClient) -> None:
    mark = {"event_type": "x", "event_payload": {"id": "k1"}}
    posted = await client.chat_postMessage(channel="U1", text="One", metadata=mark)
    history = await client.conversations_history(channel=posted["channel"], include_all_metadata=True)
    assert history["messages"][0]["metadata"] == mark
    plain = await client.conversations_history(channel=posted["channel"])
    assert "metadata" not in plain["messages"][0]


async def test_lists_come_in_pages(double: SlackDouble, client: AsyncWebClient) -> None:
    first = await client.conversations_members(channel="C1", limit=2)
    assert first["members"] == ["U1", "U2"]
    rest = await client.conversations_members(channel="C1", limit=2, cursor=first["response_metadata"]["next_cursor"])
    assert rest["members"] == ["U0BOT"]
    assert not rest["response_metadata"]["next_cursor"]


async def test_a_file_goes_up_in_three_steps(double: SlackDouble, client: AsyncWebClient) -> None:
    await client.files_upload_v2(channel="C1", filename="report.md", content="All that was said", title="Report")
    (seen,) = double.workspace.seen_by("U1")
    (file,) = seen.files
    assert double.workspace.files[file].content == b"All that was said"
    assert not double.violations


async def test_a_reply_to_a_thread_that_is_not_there_lands_in_the_channel(
    double: SlackDouble, client: AsyncWebClient
) -> None:
    posted = await client.chat_postMessage(channel="C1", text="One", thread_ts="1.000000")
    assert "thread_ts" not in posted["message"]


@pytest.mark.parametrize(
    ("person", "error"),
    [
        ({"is_deleted": True}, "user_disabled"),
        ({"is_bot": True}, "cannot_dm_bot"),
        ({"is_stranger": True}, "user_not_visible"),
    ],
)
async def test_who_cannot_be_written_to_is_told_by_name(
    double: SlackDouble, client: AsyncWebClient, person: dict[str, bool], error: str
) -> None:
    double.workspace.add_person("U3", "Dee Gone", **person)
    with pytest.raises(SlackApiError, match=error):
        await client.conversations_open(users="U3")


async def test_a_token_that_was_revoked_opens_nothing(double: SlackDouble, client: AsyncWebClient) -> None:
    double.revoked = True
    with pytest.raises(SlackApiError, match="token_revoked"):
        await client.auth_test()


# what goes wrong on demand --------------------------------------------------------------------------------------


async def test_the_second_call_meets_a_limit(double: SlackDouble, client: AsyncWebClient) -> None:
    double.faults.add(Fault(method="chat.postMessage", how=How.RATE_LIMITED, nth=2, retry_after=7))
    await client.chat_postMessage(channel="C1", text="One")
    with pytest.raises(SlackApiError) as limited:
        await client.chat_postMessage(channel="C1", text="Two")
    assert limited.value.response.status_code == 429
    assert limited.value.response.headers["Retry-After"] == "7"
    assert [one.text for one in double.workspace.messages] == ["One"]


@pytest.mark.parametrize(
    ("how", "stands"),
    [
        (How.RESET_BEFORE, False),
        (How.RESET_AFTER, True),
        (How.SERVER_ERROR, False),
        (How.SERVER_ERROR_AFTER, True),
        (How.FATAL_AFTER, True),
    ],
)
async def test_an_answer_is_lost_before_or_after_it_was_done(
    double: SlackDouble, client: AsyncWebClient, how: How, stands: bool
) -> None:
    double.faults.add(Fault(method="chat.postMessage", how=how))
    with pytest.raises((SlackApiError, aiohttp.ClientError)):
        await client.chat_postMessage(channel="C1", text="One")
    assert len(double.workspace.messages) == stands


async def test_the_sdk_itself_doubles_a_post_whose_answer_is_lost(double: SlackDouble) -> None:
    """Why blind retries are off in the bot: this is what the double is there to catch."""
    client = AsyncWebClient(BOT_TOKEN, base_url=double.api_url)
    double.faults.add(Fault(method="chat.postMessage", how=How.RESET_AFTER))
    await client.chat_postMessage(channel="C1", text="One")
    assert len(double.workspace.messages) == 2


async def test_a_socket_that_breaks_is_made_anew(double: SlackDouble, client: AsyncWebClient) -> None:
    handler = AsyncSocketModeHandler(bolt(client), APP_TOKEN, ping_interval=0.1)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    await double.sockets.cut()
    await double.hands.command("U1", "hello", "C1")
    assert double.sockets.accepted == 2
    await double.sockets.disconnect("refresh_requested")
    await double.sockets.accepted_at_least(3)
    await handler.close_async()  # type: ignore[no-untyped-call]
    assert not double.violations


async def test_an_address_of_a_socket_is_good_for_one_handshake(double: SlackDouble) -> None:
    app = AsyncWebClient(APP_TOKEN, base_url=double.api_url)
    url = (await app.apps_connections_open(app_token=APP_TOKEN))["url"]
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(url) as ws:
            assert (await ws.receive_json())["type"] == "hello"
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(url)


# what it does not let pass --------------------------------------------------------------------------------------

Does = Callable[[AsyncWebClient], Awaitable[object]]


def post(**told: Any) -> Does:
    return lambda client: client.chat_postMessage(**{"channel": "C1", "text": "x", **told})


def section(text: Json, **more: Any) -> Json:
    return {"type": "section", "text": text, **more}


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


@pytest.mark.parametrize(
    ("does", "says"),
    [
        (lambda client: client.api_call("chat.postMassage", json={"channel": "C1"}), "unknown method"),
        (post(client_msg_id="1"), "unknown arguments"),
        (lambda client: client.api_call("chat.update", json={"channel": "C1", "text": "x"}), "missing"),
        (lambda client: client.api_call("conversations.open", json={}), "one of users and channel"),
        (post(text="x" * 4_001), "at most 4000"),
        (post(text="<!channel> look"), "acts"),
        (post(text="ask <@U1>"), "acts"),
        (post(text="this & that"), "not escaped"),
        (post(text="a < b"), "not escaped"),
        (post(link_names=True), "make words act"),
        (
            lambda client: client.api_call("chat.postMessage", json={"channel": "C1", "blocks": [section(plain("y"))]}),
            "screen readers",
        ),
        (post(blocks=[section(plain("x" * 3_001))]), "1 to 3000"),
        (post(blocks=[section(plain("<" * 751))]), "1 to 3000"),
        (post(blocks=[section(plain(""))]), "1 to 3000"),
        (post(blocks=[section({"type": "mrkdwn", "text": "<!here>"})]), "acts"),
        (post(blocks=[section(plain("y"), sparkles=True)]), "unknown"),
        (post(blocks=[section(plain("y"))] * 51), "at most 50"),
        (post(blocks=[section(plain("y" * 2_900))] * 5), "msg_blocks_too_long"),
        (post(blocks=[section(plain("y"), block_id="a")] * 2), "stands twice"),
        (post(blocks=[{"type": "actions", "elements": [BUTTON, BUTTON]}]), "stands twice"),
        (post(blocks=[{"type": "actions", "elements": [{**BUTTON, "text": plain("x" * 76)}]}]), "1 to 75"),
        (post(blocks=[section({"type": "plain_text", "text": "y"}, fields=[plain("z" * 2_001)])]), "1 to 2000"),
        (post(blocks=[{"type": "header", "text": plain("x" * 151)}]), "1 to 150"),
        (post(blocks=[BOX]), "an input in a message"),
        (post(text="Fay says: sealed words"), "before the reveal"),
        (post(blocks=[section(plain("Fay says: sealed words"))]), "before the reveal"),
        (
            post(metadata={"event_type": "x", "event_payload": {"w": "Fay says: sealed words"}}),
            "before the reveal",
        ),
        (
            lambda client: client.chat_postEphemeral(channel="C1", user="U1", text="Fay says: sealed words"),
            "before the reveal",
        ),
        (
            lambda client: client.files_upload_v2(channel="C1", filename="a.md", content="Fay says: sealed words"),
            "before the reveal",
        ),
    ],
)
async def test_what_slack_would_not_take_is_a_violation(
    double: SlackDouble, client: AsyncWebClient, does: Does, says: str
) -> None:
    double.seal.keep("Fay says: sealed words", "U1")
    with contextlib.suppress(SlackApiError):
        await does(client)
    assert says in "\n".join(double.violations)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"title": plain("x" * 25)}, "1 to 24"),
        ({"blocks": [{**BOX, "label": plain("x" * 2_001)}]}, "1 to 2000"),
        (
            {"blocks": [{**BOX, "element": {"type": "plain_text_input", "action_id": "a", "max_length": 3_001}}]},
            "max_length",
        ),
        (
            {
                "blocks": [
                    {
                        **BOX,
                        "element": {
                            "type": "plain_text_input",
                            "action_id": "a",
                            "max_length": 3,
                            "initial_value": "four",
                        },
                    }
                ]
            },
            "initial_value",
        ),
        ({"private_metadata": "x" * 3_001}, "private_metadata over 3000"),
        ({"private_metadata": "Fay says: sealed words"}, "before the reveal"),
        ({"blocks": [section(plain("y"))] * 101}, "at most 100"),
        ({"color": "blue"}, "unknown"),
        (
            {
                "blocks": [
                    {
                        **BOX,
                        "element": {"type": "radio_buttons", "action_id": "a", "options": [{"text": plain("x")}] * 11},
                    }
                ]
            },
            "1 to 10",
        ),
        ({"blocks": [{**BOX, "element": {**BOX["element"], "initial_value": "Cal says: sealed too"}}]}, "of U2"),
    ],
)
async def test_a_form_that_slack_would_not_take_is_a_violation(
    double: SlackDouble, client: AsyncWebClient, change: Json, says: str
) -> None:
    double.seal.keep("Fay says: sealed words", "U1")
    double.seal.keep("Cal says: sealed too", "U2")
    trigger = double.workspace.new_trigger("U1")
    with pytest.raises(SlackApiError):
        await client.views_open(trigger_id=trigger, view={**FORM, **change})
    assert says in "\n".join(double.violations)


async def test_a_form_needs_a_button_that_sends_it(double: SlackDouble, client: AsyncWebClient) -> None:
    view = {name: value for name, value in FORM.items() if name != "submit"}
    with pytest.raises(SlackApiError):
        await client.views_open(trigger_id=double.workspace.new_trigger("U1"), view=view)
    assert "without submit" in "\n".join(double.violations)


async def test_own_words_may_stand_in_ones_own_form(double: SlackDouble, client: AsyncWebClient) -> None:
    double.seal.keep("Fay says: sealed words", "U1")
    element: Json = {"type": "plain_text_input", "action_id": "personal", "initial_value": "Fay says: sealed words"}
    view = {**FORM, "blocks": [{**BOX, "element": element}]}
    await client.views_open(trigger_id=double.workspace.new_trigger("U1"), view=view)
    assert not double.violations


async def test_a_trigger_opens_one_form_and_not_for_long(
    double: SlackDouble, client: AsyncWebClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    trigger = double.workspace.new_trigger("U1")
    await client.views_open(trigger_id=trigger, view=FORM)
    with pytest.raises(SlackApiError, match="exchanged_trigger_id"):
        await client.views_open(trigger_id=trigger, view=FORM)
    monkeypatch.setattr("tests.slack.workspace.TRIGGER_LIVES", -1.0)
    with pytest.raises(SlackApiError, match="expired_trigger_id"):
        await client.views_open(trigger_id=double.workspace.new_trigger("U1"), view=FORM)
    assert len(double.violations) == 2


async def test_a_form_that_changed_meanwhile_is_not_overwritten(double: SlackDouble, client: AsyncWebClient) -> None:
    opened = await client.views_open(trigger_id=double.workspace.new_trigger("U1"), view=FORM)
    old = opened["view"]["hash"]
    await client.views_update(view_id=opened["view"]["id"], view=FORM)
    with pytest.raises(SlackApiError, match="hash_conflict"):
        await client.views_update(view_id=opened["view"]["id"], view=FORM, hash=old)


async def test_three_forms_lie_on_each_other_and_no_more(double: SlackDouble, client: AsyncWebClient) -> None:
    await client.views_open(trigger_id=double.workspace.new_trigger("U1"), view=FORM)
    for _ in range(2):
        await client.views_push(trigger_id=double.workspace.new_trigger("U1"), view=FORM)
    with pytest.raises(SlackApiError, match="push_limit_reached"):
        await client.views_push(trigger_id=double.workspace.new_trigger("U1"), view=FORM)


@pytest.mark.usefixtures("reached")
async def test_an_acknowledgement_that_comes_late_is_a_violation(
    double: SlackDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "ACK_WITHIN", 0.1)
    ack = await double.hands.command("U1", "slow", "C1")
    assert ack.is_missing
    assert "late ack" in "\n".join(double.violations)


async def test_an_address_to_respond_at_is_used_five_times(double: SlackDouble) -> None:
    url = f"{double.url}/response/{double.workspace.new_response_url('U1', 'C1')}"
    async with aiohttp.ClientSession() as session:
        answers = [(await session.post(url, json={"text": "x"})).status for _ in range(6)]
    assert answers == [200] * 5 + [404]
    assert "used_url" in "\n".join(double.violations)


async def test_an_answer_for_one_person_does_not_go_to_all(double: SlackDouble) -> None:
    url = f"{double.url}/response/{double.workspace.new_response_url('U1', 'C1')}"
    async with aiohttp.ClientSession() as session:
        await session.post(url, json={"text": "x", "response_type": "in_channel"})
    assert "read by all" in "\n".join(double.violations)


async def test_anything_else_on_this_host_is_a_violation(double: SlackDouble) -> None:
    async with aiohttp.ClientSession() as session:
        await session.get(f"{double.url}/oauth/v2/authorize")
    assert "Slack has nothing there" in "\n".join(double.violations)


async def test_a_forged_signature_is_refused_by_bolt(double: SlackDouble, client: AsyncWebClient) -> None:
    app = bolt(client)
    sender = delivery.HttpDelivery("http://127.0.0.1:9", "another-secret")
    body, headers = sender.request("events_api", {"type": "event_callback", "event": {"type": "message"}})
    answer = await app.async_dispatch(
        AsyncBoltRequest(body=body, headers={name: [value] for name, value in headers.items()})
    )
    await sender.close()
    assert answer.status == 401
    assert json.loads(answer.body)["error"]

"""Where somebody sees what their press came to, and what is taken in no more once the bot is stopping."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, cast

import pytest
from aiohttp import ClientSession, web
from pydantic import SecretStr
from slack_bolt.async_app import AsyncAck, AsyncApp

from adapters.slack import answering
from adapters.slack.answering import NextPage
from adapters.slack.calls import Calls
from adapters.slack.connection import _Handler
from adapters.slack.files import Uploads
from adapters.slack.listeners import Listeners
from adapters.slack.modals import Place
from adapters.slack.platform import SlackPlatform
from adapters.slack.responder import Asked, Responder
from adapters.slack.settings import SlackSettings
from adapters.slack.users import SlackUsers
from adapters.slack.workspace import SlackWorkspace
from bot.acts import Act, Field, FieldKind, Form, FormKind, Outcome, Refused, Said, ShowForm, Write
from bot.errors import Later, Unknown
from bot.messages import File, Passage, line
from bot.people import Account, Workspace
from bot.rounds import ActId, RoundCode
from bot.service.in_flight import InFlight
from bot.text import Texts
from tests.builders import NOON, actor
from tests.contract.chat import says
from tests.unit.couriers import StoppedClock
from tests.unit.slack_telling import Json, Telling

URL = "https://hooks.example.org/1"
CODE = RoundCode("R-7F3K")
FIELD = Field(name="personal", kind=FieldKind.TEXT, label=Passage(text="How?"), values=("As it was",))
FORM = Form(kind=FormKind.ANSWER, code=CODE, fields=(FIELD,), title=line("window.title"), submit=line("window.close"))


class Answer:
    def __init__(self, status: int, headers: Mapping[str, str]) -> None:
        self.status = status
        self.headers = headers

    async def __aenter__(self) -> Answer:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None: ...


class Posting:
    """An HTTP session that answers every post alike."""

    def __init__(self, status: int = 200, **headers: str) -> None:
        self.posted: list[Json] = []
        self._answer = Answer(status, {name.replace("_", "-"): value for name, value in headers.items()})

    def post(self, url: str, *, json: Json | None = None, data: bytes = b"") -> Answer:
        self.posted.append(json or {"data": data})
        return self._answer


class Slack:
    def __init__(self, session: Posting | None = None, **answers: Sequence[Json]) -> None:
        clock, texts = StoppedClock(), Texts.load()
        self.client = Telling({method.replace("_", ".", 1): told for method, told in answers.items()})
        self.session = session or Posting()
        self.client.session = cast("ClientSession", self.session)
        self.calls = Calls(self.client, clock)
        self.calls.workspace = Workspace(platform="slack", id="T1")
        people = SlackUsers(self.calls, clock)
        platform = SlackPlatform(self.calls, people, texts, "U0BOT")
        self.showing = Responder(self.calls, platform, people, texts, clock)
        self.work, self.acts = InFlight(), list[Act]()
        self.listeners = Listeners(self, platform, people, self.showing, clock, self.work)

    async def do(self, act: Act) -> Outcome:
        self.acts.append(act)
        return Said(content=(Passage(text="Yes"),))

    async def is_of(self, account: Account, code: RoundCode) -> bool:
        return False

    async def accounts(self, platform: str, user: str, code: RoundCode | None = None) -> Sequence[Account]:
        return ()


# where it is shown ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_ephemeral", [True, False])
async def test_a_long_word_takes_the_place_of_what_was_pressed_with_its_first_message_only(is_ephemeral: bool) -> None:
    slack = Slack()
    long = Said(content=tuple(Passage(text="word " * 500) for _ in range(8)))
    await slack.showing.show(long, Asked(id="1", user="U1", response_url=URL, is_ephemeral=is_ephemeral))
    replaces = [told["replace_original"] for told in slack.session.posted]
    assert len(replaces) > 1
    assert replaces == [is_ephemeral, *[False] * (len(replaces) - 1)]


async def test_whoever_waited_too_long_for_a_form_is_told_so() -> None:
    slack = Slack(views_open=[{"error": "expired_trigger_id"}])
    await slack.showing.show(ShowForm(form=FORM), Asked(id="1", user="U1", trigger="t", response_url=URL))
    (told,) = slack.session.posted
    assert says(told["text"], "window.too_late")


# what is an act, and what is none -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "count"),
    [({}, 1), ({"subtype": "message_changed"}, 0), ({"bot_id": "B1"}, 0), ({"channel_type": "group"}, 0)],
)
async def test_only_what_a_person_types_to_the_bot_is_answered(more: Json, count: int) -> None:
    slack = Slack(
        users_info=[{"user": {"id": "U1", "name": "ann", "team_id": "T1"}}],
        conversations_open=[{"channel": {"id": "D1"}}],
        conversations_history=[{"messages": []}],
        chat_postMessage=[{"channel": "D1", "ts": "1.0"}],
    )
    event = {"type": "message", "user": "U1", "text": "Hello", "channel": "D1", "channel_type": "im", **more}
    ack = AsyncAck()  # type: ignore[no-untyped-call]
    await slack.listeners.typed(ack, {"event": event, "event_id": "Ev1"})
    await slack.work.finish(5)
    assert len(slack.acts) == count


@pytest.mark.parametrize(("step", "seals"), [(0, False), (3, True)])
async def test_nothing_stands_between_a_page_and_the_disk(step: int, seals: bool) -> None:
    acts: list[Act | Refused] = []

    async def do(act: Act | Refused) -> Outcome:
        acts.append(act)
        return ShowForm(form=FORM)

    turned = await answering.turn(
        Place(kind="answer", code=CODE, step=step, steps=4),
        {"personal": ("As it was",)},
        id=ActId("1"),
        actor=actor(),
        at=NOON,
        do=do,
    )
    (page,) = acts
    assert isinstance(page, Write)
    assert page.boxes == frozenset({"personal"})
    assert (page.answers.personal, page.seal) == ("As it was", seals)
    assert isinstance(turned, NextPage) is not seals


# files ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("status", "raised"), [(429, Later), (500, Unknown), (503, Unknown)])
async def test_what_the_place_for_uploads_answers_means_the_same_as_anywhere(
    status: int, raised: type[Exception]
) -> None:
    slack = Slack(Posting(status, Retry_After="7"), files_getUploadURLExternal=[{"upload_url": URL, "file_id": "F1"}])
    file = File(name="a.md", media_type="text/markdown", content=b"x", title=line("window.title"))
    with pytest.raises(raised) as caught:
        await Uploads(calls=slack.calls, texts=Texts.load()).next([file], None)
    assert getattr(caught.value, "after", 7) == 7


# stopping -------------------------------------------------------------------------------------------------------


async def test_what_comes_over_a_socket_while_the_bot_stops_is_left_to_the_next() -> None:
    work = InFlight()
    work.is_stopping = True
    handler = _Handler.__new__(_Handler)
    handler._in_flight, handler.app = work, cast("AsyncApp", None)  # whoever used it would fail
    await handler.handle(cast("Any", None), cast("Any", None))


async def test_a_request_while_the_bot_stops_is_turned_away_and_slack_sends_it_again() -> None:
    settings = SlackSettings(mode="http", bot_token=SecretStr("xoxb-1"), signing_secret=SecretStr("s"))
    workspace = SlackWorkspace(settings, Texts.load(), StoppedClock())
    workspace._app = cast("AsyncApp", object())  # whoever used it would fail
    workspace._in_flight.is_stopping = True
    answer = await workspace.take(cast("web.Request", None))
    assert answer.status == 503

"""Shows the outcome of an act: in a modal, in an ephemeral message, or in the conversation with the bot."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import aiohttp

from adapters.slack import modals, setting_up, views
from adapters.slack.calls import NAME, Calls, Failed
from adapters.slack.platform import SlackPlatform
from adapters.slack.users import SlackUsers
from adapters.slack.views import Json
from bot.acts import Confirm, FormKind, Outcome, Refused, Said, ShowForm
from bot.errors import CoproduceError, DeliveryError, where
from bot.messages import PostKey, line, post_key
from bot.people import Address
from bot.ports import Clock
from bot.text import Texts

log = logging.getLogger(__name__)

FOR_GROUPS = 0.5
"""Seconds for which a page of the set-up waits for the list of user groups."""

REDELIVERED = timedelta(minutes=10)
"""Seconds after the start in which Slack may redeliver what an earlier process answered: its last retry comes within
six minutes (docs.slack.dev/apis/events-api)."""

_TOO_LATE = frozenset({"expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id", "trigger_expired"})
_CLOSED = frozenset({"not_found", "hash_conflict"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One press, and how it can be answered. `trigger` opens one modal within three seconds."""

    id: str
    user: str
    name: str = ""
    trigger: str = ""
    response_url: str = field(default="", repr=False)
    is_ephemeral: bool = False  # pressed in a word that only they see: what comes next takes its place
    view: str = ""  # the window it was pressed in


class Responder:
    def __init__(self, calls: Calls, platform: SlackPlatform, people: SlackUsers, texts: Texts, clock: Clock) -> None:
        self._calls = calls
        self._platform = platform
        self._people = people
        self._texts = texts
        self._clock = clock
        self._began = clock.now()

    async def open_loading(self, asked: Asked) -> str:
        """Opens a loading window and returns its id; empty if none could be opened."""
        try:
            return await self._open(asked, modals.loading(self._texts, self._people.locale(asked.user)))
        except DeliveryError as error:
            self._note(asked, error)
            return ""

    async def show(self, outcome: Outcome, asked: Asked, loading: str = "") -> None:
        """Never raises: an outcome that cannot be shown is logged; the person can use Home."""
        window = loading or asked.view
        try:
            if isinstance(outcome, ShowForm) or (isinstance(outcome, Said) and (outcome.receipt or outcome.is_page)):
                is_open = await self._in_window(await self.view(outcome), asked, window)
                if not is_open and asked.response_url:
                    late = Refused(because=line("window.too_late"), locale=outcome.locale, tz=outcome.tz)
                    await self._by_url(late, asked)
            elif window or not asked.response_url:
                await self._word(outcome, asked, window)
            else:
                await self._by_url(outcome, asked)
        except Exception as error:
            self._note(asked, error)

    async def replace(self, asked: Asked, outcome: Outcome, step: int = 0) -> None:
        """Replaces a form by its outcome after the submission was acknowledged with an error. Never raises."""
        try:
            await self._in_window(await self.view(outcome, step), asked, asked.view)
        except Exception as error:
            self._note(asked, error)

    async def view(self, outcome: Outcome, step: int = 0) -> Json:
        """The outcome as a modal view. A receipt is shown in a modal only: chats keep messages."""
        return await self.form(outcome, step) if isinstance(outcome, ShowForm) else self.word(outcome)

    async def form(self, shown: ShowForm, step: int = 0) -> Json:
        groups = modals.NO_GROUPS
        if shown.form.kind is FormKind.SETUP and setting_up.page_of(shown.form.page) == "who":
            chosen = {id_ for box in shown.form.fields for id_ in setting_up.groups_of(box.values)}
            names = await self._people.groups.at_hand(FOR_GROUPS, lambda names: chosen <= names.keys())
            groups = modals.Groups(names=names)
        return modals.form(shown, self._texts, step=step, groups=groups)

    def word(self, outcome: Said | Refused | Confirm) -> Json:
        return modals.word(outcome, self._texts)

    def errors(self, refused: Refused, names: tuple[str, ...]) -> dict[str, str]:
        return modals.errors(refused, names, self._texts)

    async def tell(self, outcome: Said | Refused | Confirm, asked: Asked) -> None:
        """Posts once, as an ordinary message, in the person's conversation with the bot. Never raises."""
        to = Address(platform=NAME, workspace=self._calls.workspace.id, user=asked.user)
        try:
            for n, told in enumerate(views.said(outcome, self._texts)):
                key = post_key(f"{asked.id}:{n}")
                if not await self._stands(to, key):
                    await self._platform.tell(told, to, key)
        except Exception as error:
            self._note(asked, error)

    async def _stands(self, to: Address, key: PostKey) -> bool:
        """Did an earlier process post it? If Slack cannot say, it is posted again rather than never."""
        now = self._clock.now()
        if now - self._began > REDELIVERED:
            return False
        with suppress(DeliveryError):
            return await self._platform.find(to, key, now - 2 * REDELIVERED) is not None
        return False

    async def home(self, outcome: Outcome, user: str) -> None:
        if not isinstance(outcome, ShowForm):
            await self._calls.call("views_publish", user_id=user, view=modals.home(outcome, self._texts))

    async def _word(self, outcome: Said | Refused | Confirm, asked: Asked, window: str) -> None:
        if window or asked.trigger:
            await self._in_window(self.word(outcome), asked, window)
        else:
            await self.tell(outcome, asked)

    async def _in_window(self, view: Json, asked: Asked, window: str) -> bool:
        """False: the trigger had expired. A window that its reader closed meanwhile is not opened again."""
        if not window:
            return bool(await self._open(asked, view))
        with suppress(Failed):
            await self._calls.call("views_update", may_fail=_CLOSED, view_id=window, view=view)
        return True

    async def _open(self, asked: Asked, view: Json) -> str:
        try:
            told = await self._calls.call("views_open", may_fail=_TOO_LATE, trigger_id=asked.trigger, view=view)
        except Failed as failed:
            log.warning("window_too_late", extra={"act": asked.id, "reason": failed.code})
            return ""
        opened: Mapping[str, Any] = told["view"]
        return str(opened["id"])

    async def _by_url(self, outcome: Said | Refused | Confirm, asked: Asked) -> None:
        """An ephemeral message by `response_url`: at most five for one press, within half an hour."""
        session = self._calls.client.session
        if session is None:
            return
        for n, told in enumerate(views.said(outcome, self._texts)):
            body: Json = {
                "response_type": "ephemeral",
                "replace_original": asked.is_ephemeral and n == 0,
                **told.arguments,
            }
            try:
                async with session.post(asked.response_url, json=body) as answer:
                    if answer.status >= 400:
                        log.warning("word_not_shown", extra={"act": asked.id, "status": answer.status})
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                self._note(asked, error)

    def _note(self, asked: Asked, error: Exception) -> None:
        level = logging.WARNING if isinstance(error, CoproduceError) else logging.ERROR
        log.log(level, "not_shown", extra={"act": asked.id, "error": where(error)})

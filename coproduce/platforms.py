"""The platforms that the bot can serve: the one list, and what each adapter offers to the composition root."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from bot.messages import Line, Pace
from bot.people import Workspace
from coproduce.config import Settings

if TYPE_CHECKING:  # the command line lists the platforms, and loads nothing heavy for it
    from aiohttp import web

    from bot.ports import Clock, Platform, Service, Vault
    from bot.text import Texts

    Make = Callable[[Settings, Texts, Clock], "Adapter"]

Row = tuple[bool, Line]
"""Is it right, and the sentence that says so."""


class Adapter(Protocol):
    """One platform. Use: `enter`, then `listen`; `stop` ends intake, `leave` when the engine has stopped too.

    `checks`, `manifest` and `routes` work without `enter`.
    """

    @property
    def name(self) -> str:
        """Of `Account.platform`, and of its section in the configuration."""

    @property
    def pace(self) -> Pace:
        """That of the Platform which `enter` returns."""

    async def enter(self) -> Platform:
        """Logs in. May be repeated after an error.

        Raises Later and Unknown where the platform does not answer, and any other CoproduceError where it refuses us.
        """

    def when_let_in_again(self, returned: Callable[[Workspace], None]) -> None:
        """Call after `enter`. `returned` is called when a workspace that had thrown the bot out lets it in again."""

    async def listen(self, service: Service, vault: Vault) -> None:
        """Starts to take acts; returns when events arrive, or may arrive. From then on it reconnects by itself.

        `vault`: for what the adapter keeps itself.

        Retries until then; raises CoproduceError where that is of no use.
        """

    @property
    def is_listening(self) -> bool:
        """Do events arrive now? False before `listen`."""

    def routes(self) -> Sequence[web.RouteDef]:
        """What it needs of the HTTP server."""

    async def stop(self) -> None:
        """Takes no more acts, and finishes those in flight."""

    async def leave(self) -> None:
        """Logs out."""

    def checks(self, public_url: str) -> AsyncIterator[Row]:
        """One row for each thing that must be right before the bot runs. Changes nothing."""

    def manifest(self, public_url: str) -> tuple[str, Sequence[str]]:
        """What is pasted into the platform's developer console; and lines for whoever does so, with the reasons."""


def _slack(settings: Settings, texts: Texts, clock: Clock) -> Adapter:
    from adapters.slack.workspace import SlackWorkspace

    return SlackWorkspace(settings.slack, texts, clock)


def _discord(settings: Settings, texts: Texts, clock: Clock) -> Adapter:
    from adapters.discord.server import DiscordServer

    return DiscordServer(settings.discord, texts, clock)


PLATFORMS: Mapping[str, Make] = {"slack": _slack, "discord": _discord}
"""To make an adapter loads the platform's SDK, which takes about half a second."""


def adapter(name: str, settings: Settings, texts: Texts, clock: Clock) -> Adapter:
    """It words all that it shows as people read it there."""
    return PLATFORMS[name](settings, texts.on(name), clock)


def configured(settings: Settings, texts: Texts, clock: Clock) -> Sequence[Adapter]:
    """Those that the configuration names, in the order of the list."""
    return [adapter(name, settings, texts, clock) for name in PLATFORMS if settings.platforms[name].is_configured]

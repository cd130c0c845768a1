"""The gateway: a client of discord.py that no bad event ends, and that is started anew where it gave up."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import aiohttp
import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from adapters.discord.calls import NAME
from bot.errors import Later, Revoked, Unknown, where
from bot.people import Workspace

log = logging.getLogger(__name__)

PAUSES = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""Seconds between attempts. Identifying is limited to 1,000 a day (docs.discord.com/developers/events/gateway)."""

IDENTIFY_EVERY = 5.0
"""Seconds; Discord allows one identification in five (`max_concurrency`)."""

ANSWER_WITHIN = 10.0
"""Seconds for the gateway's address."""

CLOSE_WITHIN = 5.0

SDK_LOG = logging.getLogger("discord")
"""Silenced: its lines hold addresses with tokens, traces, and at DEBUG whole events. We log our own."""

Listener = Callable[..., Awaitable[None]]


def intents() -> discord.Intents:
    """What the gateway tells: servers, and messages in private conversations. No privileged intent."""
    wanted = discord.Intents.none()
    wanted.guilds = True
    wanted.dm_messages = True
    return wanted


class _Pace:
    """One identification in so many seconds; discord.py would sleep before each but the first."""

    def __init__(self) -> None:
        self._last = float("-inf")

    async def turn(self) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(max(0.0, self._last + IDENTIFY_EVERY - loop.time()))
        self._last = loop.time()


class _Client(discord.Client):
    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._pace = _Pace()

        self.is_leaving = False

    async def close(self) -> None:
        """discord.py closes the client after some close codes; calls must go on, and the connection is tried again."""
        if self.is_leaving:
            await super().close()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        await self._pace.turn()

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        """Prints no trace: what an event holds is people's own."""
        log.error("listener_failed", extra={"event_name": event_method})


class _ShardedClient(_Client, discord.AutoShardedClient):
    """With more connections than one."""


async def gateway(api_url: str, token: str) -> tuple[str, int]:
    """The gateway's address, and how many connections Discord recommends.

    Raises Revoked if the token is refused, Later and Unknown where Discord does not answer.
    """
    timeout = aiohttp.ClientTimeout(total=ANSWER_WITHIN)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(f"{api_url}/gateway/bot", headers={"Authorization": f"Bot {token}"}) as answer,
        ):
            if answer.status == 401:
                raise Revoked(Workspace(platform=NAME, id=""))
            if answer.status == 429 or answer.status >= 500:
                raise Later(float(answer.headers.get("Retry-After") or PAUSES[0]))
            told: Mapping[str, Any] = await answer.json(content_type=None)
            return str(told["url"]), int(told["shards"])
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError, KeyError):
        raise Unknown from None


class Connection:
    """Use: `open` logs in, `start` takes events, `stop` ends that, `close` ends all calls."""

    def __init__(self, token: str, api_url: str, shards: int, trace: aiohttp.TraceConfig) -> None:
        """`trace` sees every request."""
        SDK_LOG.setLevel(logging.CRITICAL + 1)
        self._token = token
        self._api_url = api_url
        self._shards = shards
        self._trace = trace
        self._made: _Client | None = None
        self._watching: asyncio.Task[None] | None = None
        self._connected = asyncio.Event()
        self._up: set[int] = set()

    @property
    def client(self) -> discord.Client:
        if self._made is None:
            raise RuntimeError("used before `open`")
        return self._made

    @property
    def is_connected(self) -> bool:
        return self._connected.is_set()

    async def open(self) -> discord.Client:
        """May be repeated. Raises as `gateway`."""
        Route.BASE = self._api_url
        address, recommended = await gateway(self._api_url, self._token)
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(address)
        await self.close()  # what an attempt before this one left
        self._made = _made(self._shards or recommended, self._trace)
        _guard(self._made)
        await self._login()
        return self._made

    async def start(self, **listeners: Listener) -> None:
        """Returns once events arrive; retries until then, and from then on reconnects by itself.

        `listeners`: name of an event of discord.py -> who takes it."""
        of_each = "shard_" if isinstance(self.client, discord.AutoShardedClient) else ""
        own = {"connect": self._heard, "resumed": self._heard, "disconnect": self._unheard}
        for name, listener in {**listeners, **{f"{of_each}{name}": each for name, each in own.items()}}.items():
            setattr(self.client, f"on_{name}", listener)
        self._watching = asyncio.create_task(self._watch())
        await self._connected.wait()

    async def stop(self) -> None:
        """Takes no more events; calls still work."""
        self._connected.clear()
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
        await self._hang_up()

    async def close(self) -> None:
        if self._made is not None:
            self._made.is_leaving = True
            await self._made.close()

    async def _login(self) -> None:
        try:
            await self.client.login(self._token)
        except discord.LoginFailure:
            raise Revoked(Workspace(platform=NAME, id="")) from None
        except (discord.HTTPException, aiohttp.ClientError, TimeoutError, OSError):
            raise Unknown from None

    async def _watch(self) -> None:
        """discord.py resumes by itself; it gives up after some close codes, or after a broken frame."""
        attempt = 0
        while True:
            try:
                await self.client.connect()
            except Exception as error:
                log.warning("gateway_lost", extra={"error": where(error)})
            attempt = 0 if self._connected.is_set() else attempt + 1
            self._connected.clear()
            self._up.clear()
            await self._hang_up()
            await asyncio.sleep(PAUSES[min(attempt, len(PAUSES) - 1)])

    async def _hang_up(self) -> None:
        """Discord then knows that nobody listens: who presses is told at once."""
        try:
            async with asyncio.timeout(CLOSE_WITHIN):
                await _close_sockets(self.client)
        except Exception as error:
            log.warning("gateway_not_closed", extra={"error": where(error)})

    async def _heard(self, shard: int = 0) -> None:
        """Events arrive when they do by every connection: each carries some of the servers."""
        self._up.add(shard)
        if len(self._up) >= (self.client.shard_count or 1):
            self._connected.set()

    async def _unheard(self, shard: int = 0) -> None:
        self._up.discard(shard)
        if self._connected.is_set():
            log.warning("gateway_down")
        self._connected.clear()


def _made(shards: int, trace: aiohttp.TraceConfig) -> _Client:
    """No cache of messages: what counts is asked for when it counts."""
    nobody = discord.AllowedMentions.none()
    if shards > 1:
        return _ShardedClient(
            intents=intents(), shard_count=shards, allowed_mentions=nobody, max_messages=None, http_trace=trace
        )
    return _Client(intents=intents(), allowed_mentions=nobody, max_messages=None, http_trace=trace)


def _guard(client: discord.Client) -> None:
    """One malformed event is left out; without this it would end the connection (Rapptz/discord.py#2429, #7649)."""
    parsers = client._connection.parsers
    for name, parse in list(parsers.items()):
        parsers[name] = _guarded(name, parse)


def _guarded(name: str, parse: Callable[[Any], None]) -> Callable[[Any], None]:
    def guarded(data: Any) -> None:
        try:
            parse(data)
        except Exception as error:
            log.error("event_left_out", extra={"event_name": name, "error": where(error)})

    return guarded


async def _close_sockets(client: discord.Client) -> None:
    if isinstance(client, discord.AutoShardedClient):
        for shard in client.shards.values():
            await shard.disconnect()
        return
    socket: DiscordWebSocket | None = client.ws
    if socket is not None and socket.open:
        await socket.close(code=1000)

"""Prometheus metrics, counted by wrapping ports. No label holds a name, a code, an id or words."""

from __future__ import annotations

import inspect
import platform
import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import Any, cast

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from bot.acts import Act, Moved, Outcome, Said
from bot.errors import DeliveryError
from bot.messages import Message, MessageId, MessageKind, Result, State
from bot.people import Account
from bot.ports import Outbox, Platform, Service
from bot.rounds import RoundCode

SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Of a call, up to the longest that is waited for."""

ENDED = {"Sent": "sent", "Again": "put_off", "GaveUp": "given_up", "Refusal": "refused"}


class Metrics:
    """Uses its own registry, so that two bots in one process do not share counters."""

    def __init__(self) -> None:
        self._registry = to = CollectorRegistry()
        ProcessCollector(registry=to)
        labels = {"version": version("coproduce"), "python": platform.python_version()}
        Gauge("coproduce_build_info", "Which release runs.", labels, registry=to).labels(**labels).set(1)
        self.messages = Counter(
            "coproduce_messages",
            "Attempts to deliver, by how they ended: sent, put_off, given_up, refused.",
            ("platform", "kind", "outcome"),
            registry=to,
        )
        self.calls = Histogram(
            "coproduce_platform_call_seconds",
            "Calls of a platform, by how they ended: ok, or what it answered.",
            ("platform", "call", "outcome"),
            buckets=SECONDS,
            registry=to,
        )
        self.acts = Counter(
            "coproduce_acts", "What people did, by what they were shown for it.", ("act", "outcome"), registry=to
        )
        self.held = Counter("coproduce_replies_held", 'How often somebody was told "held".', registry=to)
        self._waiting = Gauge(
            "coproduce_messages_waiting", "Due and not delivered, or stuck.", ("platform", "state", "kind"), registry=to
        )
        self._beat = Gauge("coproduce_last_beat_timestamp_seconds", "The newest sign of life kept.", registry=to)
        self._clock_off = Gauge(
            "coproduce_clock_off_seconds",
            "How far the machine's clock is ahead of the chats', while it is in doubt; else 0.",
            registry=to,
        )
        self._ready = Gauge("coproduce_ready", "1: ready; 0: not.", ("part",), registry=to)

    def text(
        self,
        *,
        ready: Mapping[str, bool],
        waiting: Mapping[tuple[str, State, MessageKind], int],
        beat: datetime | None,
        clock_off: timedelta | None = None,
    ) -> bytes:
        """All metrics in Prometheus' text format: counters so far, and gauges as given."""
        for part, is_ready in ready.items():
            self._ready.labels(part=part).set(is_ready)
        self._waiting.clear()
        for (name, state, kind), count in waiting.items():
            self._waiting.labels(platform=name, state=state.value, kind=kind.value).set(count)
        self._clock_off.set(clock_off.total_seconds() if clock_off else 0)
        if beat is not None:
            self._beat.set(beat.timestamp())
        return generate_latest(self._registry)

    def of_platform(self, port: Platform) -> Platform:
        return cast("Platform", _Timed(port, self.calls))

    def of_outbox(self, port: Outbox) -> Outbox:
        return cast("Outbox", _Counted(port, self.messages))

    def of_service(self, service: Service) -> Service:
        return _Served(service, self)


class _Timed:
    """A platform whose every call is timed."""

    def __init__(self, port: Platform, calls: Histogram) -> None:
        self._port = port
        self._calls = calls

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        return self._timed(name, found) if inspect.iscoroutinefunction(found) else found

    def _timed(self, name: str, call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def timed(*args: Any, **more: Any) -> Any:
            began, outcome = time.perf_counter(), "error"
            try:
                answer = await call(*args, **more)
                outcome = "ok"
            except DeliveryError as error:
                outcome = error.code
                raise
            finally:
                seconds = time.perf_counter() - began
                self._calls.labels(platform=self._port.name, call=name, outcome=outcome).observe(seconds)
            return answer

        return timed


class _Counted:
    """An outbox that counts the results of delivery attempts."""

    def __init__(self, port: Outbox, ended: Counter) -> None:
        self._port = port
        self._ended = ended
        self._under_way: dict[MessageId, tuple[str, MessageKind]] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)

    async def claim(self, id: MessageId, attempt: int, now: datetime) -> Message | None:
        return self._goes_out(await self._port.claim(id, attempt, now))

    async def orphans(self) -> Sequence[Message]:
        found = await self._port.orphans()
        for message in found:
            self._goes_out(message)
        return found

    async def finish(self, id: MessageId, attempt: int, result: Result, now: datetime) -> bool:
        is_ours = await self._port.finish(id, attempt, result, now)
        self._end(id, result)
        return is_ours

    async def pass_on(self, id: MessageId, attempt: int, result: Result, now: datetime) -> Message | None:
        following = await self._port.pass_on(id, attempt, result, now)
        self._end(id, result)
        return self._goes_out(following)

    def _goes_out(self, message: Message | None) -> Message | None:
        if message is not None:
            self._under_way[message.id] = message.to.platform, message.kind
        return message

    def _end(self, id: MessageId, result: Result) -> None:
        if known := self._under_way.pop(id, None):
            self._ended.labels(platform=known[0], kind=known[1].value, outcome=ENDED[type(result).__name__]).inc()


class _Served:
    """The service, counting its outcomes."""

    def __init__(self, service: Service, metrics: Metrics) -> None:
        self._service = service
        self._metrics = metrics

    async def is_of(self, account: Account, code: RoundCode) -> bool:
        return await self._service.is_of(account, code)

    async def accounts(self, platform: str, user: str, code: RoundCode | None = None) -> Sequence[Account]:
        return await self._service.accounts(platform, user, code)

    async def do(self, act: Act) -> Outcome:
        # an organiser who reads the figures must not learn that somebody whom they moved had an answer to move
        name, outcome = "answer" if isinstance(act, Moved) else _snake(act), "error"
        try:
            shown = await self._service.do(act)
            outcome = _snake(shown)
        finally:
            self._metrics.acts.labels(act=name, outcome=outcome).inc()
        if isinstance(shown, Said) and shown.receipt:
            self._metrics.held.inc()
        return shown


def _snake(told: object) -> str:
    """`ShowForm` as `show_form`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", type(told).__name__).lower()

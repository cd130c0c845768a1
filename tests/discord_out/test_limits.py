"""Discord's limits: every pause is kept to, nothing is lost or doubled, and Cloudflare's ban stays far away."""

from __future__ import annotations

import asyncio
import time

import pytest

from adapters.discord import calls, traffic
from bot.errors import DeliveryError, Later, Rejected, Revoked, Unknown
from tests.discord.faults import Fault, How
from tests.discord.world import GUILD
from tests.discord_out.outbound import EDIT, PAGE, START, WORKSPACE, Out, key, post, private


async def test_a_long_limit_of_one_conversation_holds_up_no_other(out: Out) -> None:
    out.double.faults.add(Fault(request=PAGE, how=How.RATE_LIMITED, retry_after=20))
    with pytest.raises(Later) as later:
        await out.platform.post(post(), out.channel, key())
    assert (later.value.after, later.value.scope) == (20, out.channel.lane)
    await out.platform.post(post(), private(out.fay), key())
    assert len(out.told(out.fay)) == 1


async def test_a_short_limit_is_waited_out_inside_the_call(out: Out) -> None:
    out.double.faults.add(Fault(request=PAGE, how=How.RATE_LIMITED, retry_after=0.05))
    await out.platform.post(post(), out.channel, key())
    assert len(out.standing(out.place.id)) == 1


@pytest.mark.parametrize("how", [How.RATE_LIMITED_GLOBALLY, How.BANNED])
async def test_a_global_limit_and_a_ban_of_cloudflare_are_a_pause_for_everything(out: Out, how: How) -> None:
    out.double.faults.add(Fault(request=PAGE, how=how, retry_after=30))
    with pytest.raises(Later) as later:
        await out.platform.post(post(), out.channel, key())
    assert later.value.scope == ""
    sent = len(out.double.calls)
    with pytest.raises(Later):
        await out.platform.post(post(), private(out.fay), key())
    assert len(out.double.calls) == sent, "nothing is sent during the pause"
    out.passes(seconds=31)
    await out.platform.post(post(), private(out.fay), key())


async def test_the_message_that_empties_a_bucket_is_reported_at_once(out: Out) -> None:
    out.double.buckets.limits[PAGE] = (1, 30.0)
    begun = time.monotonic()
    await out.platform.post(post(), out.channel, key())
    assert time.monotonic() - begun < 5
    with pytest.raises(Later) as later:
        await out.platform.post(post(), out.channel, key("next"))
    assert later.value.after > 20
    assert out.double.invalid <= 1


async def test_refused_requests_are_counted_and_stopped_far_below_the_ban(
    out: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(traffic, "MOST_REFUSED", 5)
    out.double.faults.add(Fault(request=PAGE, how=How.ERROR, status=403, code=50007, times=1_000))
    raised = [await _outcome(out, n) for n in range(20)]
    assert out.double.invalid == 5
    assert [type(one) for one in raised[5:]] == [Later] * 15
    out.double.faults.clear()
    out.passes(minutes=11)
    await out.platform.post(post(), private(out.fay), key())


async def _outcome(out: Out, n: int) -> BaseException:
    with pytest.raises(DeliveryError) as raised:
        await out.platform.post(post(), private(out.fay), key(str(n)))
    return raised.value


def test_limits_that_others_share_do_not_count_for_the_ban(out: Out) -> None:
    for _ in range(traffic.MOST_REFUSED):
        out.traffic.see(429, {"X-RateLimit-Scope": "shared", "Via": "1.1 google"})
    assert out.traffic.held <= 0


async def test_calls_keep_below_fifty_a_second(out: Out, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "A_SECOND", 5)
    made = calls.Calls(out.client, out.traffic, out.clock)
    begun = time.monotonic()
    await asyncio.gather(*(made.call("GET", "/users/@me") for _ in range(12)))
    assert time.monotonic() - begun > 1.9, "five at once, five a second later, two after that"


async def test_a_server_that_is_down_is_waited_for(out: Out) -> None:
    out.double.faults.add(Fault(request=PAGE, how=How.UNAVAILABLE))
    with pytest.raises(Unknown):
        await out.platform.post(post(), out.channel, key())
    await out.double.stop()
    for expected in ((Later, Unknown), Later):  # the first on a connection that was kept open
        with pytest.raises(expected):
            await out.platform.post(post(), out.channel, key())
    await out.double.start()


async def test_a_revoked_token_is_told_and_works_again_when_it_does(out: Out) -> None:
    returned: list[bool] = []
    out.calls.returned = lambda: returned.append(True)
    out.double.revoked = True
    with pytest.raises(Revoked) as revoked:
        await out.platform.post(post(), out.channel, key())
    assert revoked.value.workspace == WORKSPACE
    await out.calls.knock()
    assert not returned
    out.double.revoked = False
    await out.calls.knock()
    assert returned
    await out.platform.post(post(), out.channel, key())


async def test_being_put_out_of_the_server_is_told_as_revoked(out: Out) -> None:
    out.double.world.is_in = False
    with pytest.raises(Revoked) as revoked:
        await out.platform.post(post(), out.channel, key())
    assert revoked.value.workspace == WORKSPACE
    with pytest.raises(Revoked):
        await out.platform.people(WORKSPACE, [out.fay.id])
    out.double.world.is_in = True
    await out.platform.post(post(), out.channel, key())


async def test_an_edit_that_is_refused_for_its_age_behind_a_long_limit_is_known_as_that(out: Out) -> None:
    """Discord answers 429 with a code in its body, of which discord.py tells nothing."""
    posted = await out.platform.post(post("old"), out.channel, key())
    out.double.faults.add(Fault(request=EDIT, how=How.RATE_LIMITED, retry_after=30))
    with pytest.raises(Later):
        await out.platform.show(post("new"), posted, out.channel)


async def test_the_time_there_is_what_discords_answers_bear(out: Out) -> None:
    assert await out.platform.time_there() == START
    out.double.tells_time = False
    assert await out.platform.time_there() is None


async def test_no_exception_quotes_what_discord_answered(out: Out) -> None:
    out.double.faults.add(Fault(request=PAGE, how=How.ERROR, status=400, code=50035))
    with pytest.raises(Rejected) as raised:
        await out.platform.post(post("secret words"), out.channel, key())
    assert raised.value.__context__ is None
    assert GUILD not in str(raised.value)

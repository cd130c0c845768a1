"""Messages on Discord: posted once, found again, kept up to date, in threads that come and go."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adapters.discord import markup
from bot.compose.scene import why_refused
from bot.errors import Later, NoNewConversations, Rejected, Unknown, Unreachable, Unsearchable
from bot.messages import MessageKind, Post, control, line
from bot.rounds import RoundCode
from bot.text import Texts
from tests.discord.faults import Fault, How
from tests.discord.permissions import READ_MESSAGE_HISTORY
from tests.discord.world import BOT
from tests.discord_out.outbound import EDIT, OPEN, PAGE, START, Out, key, post, private

CODE = RoundCode("R-7F3K")


async def test_a_private_question_has_its_words_and_buttons(out: Out) -> None:
    posted = await out.platform.post(post("Tell *us*", control("answer", CODE)), private(out.fay), key())
    (message,) = out.told(out.fay)
    assert message.id == posted.id
    assert markup.read_out(message.content).endswith("\nTell *us*")
    assert message.components[0]["components"][0]["custom_id"] == "coproduce:answer:R-7F3K"


async def test_the_same_message_twice_stands_once(out: Out) -> None:
    first = await out.platform.post(post(), out.channel, key())
    assert await out.restarted().post(post(), out.channel, key()) == first
    assert len(out.standing(out.place.id)) == 1


QUESTION = post("asked", control("answer", CODE))


@pytest.mark.parametrize("what", [QUESTION, post("without a button")], ids=["buttons", "words"])
@pytest.mark.parametrize("how", [How.RESET_AFTER, How.UNAVAILABLE_AFTER])
async def test_a_message_whose_answer_was_lost_is_found_long_after_its_nonce_is_forgotten(
    out: Out, how: How, what: Post
) -> None:
    out.double.faults.add(Fault(request=PAGE, how=how))
    with pytest.raises(Unknown):
        await out.platform.post(what, private(out.fay), key())
    for n in range(120):
        await out.platform.post(post(f"another {n}", *what.controls), private(out.fay), key(f"another:{n}"))
    out.passes(days=1)
    found = await out.restarted().find(private(out.fay), key(), START, None, what)
    assert found is not None
    assert found.id == out.told(out.fay)[0].id
    never = post("never sent", *what.controls)
    assert await out.platform.find(private(out.fay), key("never sent"), START, None, never) is None


async def test_a_message_that_never_arrived_is_not_found(out: Out) -> None:
    out.double.faults.add(Fault(request=PAGE, how=How.RESET_BEFORE))
    with pytest.raises(Unknown):
        await out.platform.post(post(), out.channel, key())
    assert await out.platform.find(out.channel, key(), START, None, post()) is None


async def test_an_empty_history_is_no_proof_where_the_bot_may_not_read_it(out: Out) -> None:
    posted = await out.platform.post(post(), out.channel, key())
    out.double.world.deny(out.place, BOT, READ_MESSAGE_HISTORY)
    with pytest.raises(Later):
        await out.platform.find(out.channel, key(), START, None, post())
    out.double.world.allow_again(out.place, BOT, READ_MESSAGE_HISTORY)
    assert await out.platform.find(out.channel, key(), START, None, post()) == posted


async def test_a_message_that_went_out_plain_is_found_by_its_words(out: Out) -> None:
    shown = post("*words*", kind=MessageKind.PAGE)
    posted = await out.platform.post(replace(shown, is_plain=True), out.channel, key())
    assert await out.platform.find(out.channel, key(), START, None, shown) == posted


async def test_what_was_said_before_the_time_of_the_search_is_another_message(out: Out) -> None:
    await out.platform.post(post("said again"), out.channel, key("first"))
    out.passes(hours=1)
    assert await out.platform.find(out.channel, key(), out.clock.now(), None, post("said again")) is None


async def test_somebody_else_who_copies_a_message_is_not_taken_for_the_bot(out: Out) -> None:
    await out.platform.post(post(), out.channel, key())
    (message,) = out.standing(out.place.id)
    message.author = out.cal.id
    assert await out.platform.find(out.channel, key(), START, None, post()) is None


async def test_an_edited_message_is_still_found_also_after_a_restart(out: Out) -> None:
    posted = await out.platform.post(QUESTION, private(out.fay), key())
    await out.restarted().show(post("Held", control("answer", CODE)), posted, private(out.fay))
    assert "Held" in out.told(out.fay)[0].content
    assert await out.platform.find(private(out.fay), key(), START, None, QUESTION) == posted


async def test_where_nobody_knows_what_was_sent_a_search_cannot_tell(out: Out) -> None:
    with pytest.raises(Unsearchable):
        await out.platform.find(out.channel, key("lost"), START)


async def test_a_message_too_old_to_be_edited_is_posted_anew_with_its_buttons(out: Out) -> None:
    posted = await out.platform.post(QUESTION, private(out.fay), key())
    out.passes(hours=2)
    out.double.world.old_edits = 0
    moved = await out.platform.show(post("new", control("answer", CODE)), posted, private(out.fay))
    (message,) = out.told(out.fay)
    assert message.id == moved.id != posted.id
    assert "new" in message.content
    assert message.components
    assert await out.restarted().find(private(out.fay), key(), START, None, QUESTION) == moved


async def test_two_messages_too_old_to_be_edited_are_each_posted_anew(out: Out) -> None:
    posted = [await out.platform.post(post(f"old {n}"), out.channel, key(str(n))) for n in range(2)]
    out.passes(hours=2)
    out.double.world.old_edits = 0
    for n, at in enumerate(posted):
        await out.platform.show(post(f"new {n}"), at, out.channel)
    assert [one.content[-5:] for one in out.standing(out.place.id)] == ["new 0", "new 1"]


async def test_a_headline_too_old_to_be_edited_is_completed_in_its_thread(out: Out) -> None:
    headline = await out.platform.post(post("opening", kind=MessageKind.HEADLINE), out.channel, key())
    await out.platform.post(post("one", kind=MessageKind.PAGE), out.channel, key("page"), headline)
    out.passes(hours=2)
    out.double.world.old_edits = 0
    assert await out.platform.amend(headline, post("all", kind=MessageKind.HEADLINE_DONE), out.channel) == headline
    assert ["all" in one.content for one in out.standing(headline.id) if one.content][-1]


async def test_voices_stand_in_a_thread_under_the_headline_named_after_the_service(out: Out) -> None:
    headline = Post(
        kind=MessageKind.HEADLINE, content=(line("message.headline.opening", service="*Repairs*", count=2),)
    )
    root = await out.platform.post(headline, out.channel, key())
    for n in range(2):
        page = await out.platform.post(post(f"voice {n}", kind=MessageKind.PAGE), out.channel, key(f"page:{n}"), root)
        assert page.place == root.id
    thread = out.double.world.channels[root.id]
    assert thread.name == "*Repairs*"
    assert [one for one in out.standing(thread.id) if "voice" in one.content]
    assert len(out.double.calls_of("POST /channels/{}/messages/{}/threads")) == 1
    again = await out.restarted().post(post("voice 2", kind=MessageKind.PAGE), out.channel, key("page:2"), root)
    assert again.place == root.id
    assert (
        await out.platform.find(out.channel, key("page:2"), START, root, post("voice 2", kind=MessageKind.PAGE))
        == again
    )


async def test_a_voice_is_not_found_where_no_thread_was_opened(out: Out) -> None:
    root = await out.platform.post(post(kind=MessageKind.HEADLINE), out.channel, key())
    assert await out.platform.find(out.channel, key("page"), START, root, post()) is None


async def test_archived_threads_take_posts_edits_and_removals(out: Out) -> None:
    root = await out.platform.post(post(kind=MessageKind.HEADLINE), out.channel, key())
    page = await out.platform.post(post("voice", kind=MessageKind.PAGE), out.channel, key("page"), root)
    thread = out.double.world.channels[root.id]
    for step in range(3):
        await out.double.happening.archives(thread)
        match step:
            case 0:
                await out.platform.post(post("late", kind=MessageKind.LATE_PAGE), out.channel, key("late"), root)
            case 1:
                await out.platform.amend(page, post("taken down", kind=MessageKind.PAGE), out.channel)
            case _:
                await out.platform.amend(page, None, out.channel)
    read = [markup.read_out(one.content) for one in out.standing(thread.id) if one.content]
    assert any("late" in each for each in read)
    assert not any("voice" in each or "taken down" in each for each in read)


async def test_a_deleted_thread_is_opened_once_more(out: Out) -> None:
    root = await out.platform.post(post(kind=MessageKind.HEADLINE), out.channel, key())
    await out.platform.post(post("one", kind=MessageKind.PAGE), out.channel, key("1"), root)
    await out.double.happening.goes(out.double.world.channels[root.id])
    second = await out.platform.post(post("two", kind=MessageKind.PAGE), out.channel, key("2"), root)
    assert second.place == root.id


async def test_where_too_many_threads_are_open_the_reason_speaks_of_threads(out: Out) -> None:
    root = await out.platform.post(post(kind=MessageKind.HEADLINE), out.channel, key())
    out.double.faults.add(
        Fault(request="POST /channels/{}/messages/{}/threads", how=How.ERROR, status=400, code=160006)
    )
    with pytest.raises(Rejected) as refused:
        await out.platform.post(post("one", kind=MessageKind.PAGE), out.channel, key("1"), root)
    assert "threads" in Texts.load().line(why_refused(refused.value.reason))


async def test_a_thread_without_its_headline_is_refused(out: Out) -> None:
    root = await out.platform.post(post(kind=MessageKind.HEADLINE), out.channel, key())
    await out.platform.amend(root, None, out.channel)
    with pytest.raises(Rejected):
        await out.platform.post(post("one", kind=MessageKind.PAGE), out.channel, key("1"), root)


async def test_what_is_gone_is_no_error(out: Out) -> None:
    posted = await out.platform.post(post(), out.channel, key())
    await out.platform.amend(posted, None, out.channel)
    assert await out.platform.amend(posted, None, out.channel) == posted
    assert await out.platform.show(post("new"), posted, out.channel) == posted
    assert await out.restarted().show(post("new"), posted, out.channel) == posted


async def test_closed_conversations_are_that_persons_state(out: Out) -> None:
    out.fay.takes_messages = False
    with pytest.raises(Unreachable) as closed:
        await out.platform.post(post(), private(out.fay), key())
    assert closed.value.reason == "dm_closed"
    await out.double.happening.leaves(out.cal.id)
    with pytest.raises(Unreachable):
        await out.platform.post(post(), private(out.cal), key("cal"))


async def test_a_conversation_closed_midway_is_told_at_the_next_message(out: Out) -> None:
    await out.platform.post(post(), private(out.fay), key())
    out.fay.takes_messages = False
    with pytest.raises(Unreachable):
        await out.platform.post(post(), private(out.fay), key("reminder"))


async def test_too_many_new_conversations_hold_up_nobody_who_has_one(out: Out) -> None:
    await out.platform.post(post(), private(out.fay), key())
    out.double.faults.add(Fault(request=OPEN, how=How.ERROR, status=403, code=40003))
    with pytest.raises(NoNewConversations):
        await out.platform.post(post(), private(out.cal), key("cal"))
    await out.platform.post(post(), private(out.fay), key("fay"))


@pytest.mark.parametrize(
    ("request_", "code", "reason"),
    [(PAGE, 50013, "not_allowed"), (PAGE, 50001, "not_member"), (PAGE, 10003, "gone")],
)
async def test_a_channel_that_is_closed_to_the_bot_says_why(out: Out, request_: str, code: int, reason: str) -> None:
    out.double.faults.add(Fault(request=request_, how=How.ERROR, status=403, code=code, times=9))
    with pytest.raises(Unreachable) as closed:
        await out.platform.post(post(), out.channel, key())
    assert closed.value.reason == reason


async def test_an_edit_is_repeated_without_harm_after_its_answer_was_lost(out: Out) -> None:
    posted = await out.platform.post(post(), out.channel, key())
    out.double.faults.add(Fault(request=EDIT, how=How.RESET_AFTER))
    with pytest.raises(Unknown):
        await out.platform.show(post("new"), posted, out.channel)
    assert await out.platform.show(post("new"), posted, out.channel) == posted
    assert len(out.standing(out.place.id)) == 1

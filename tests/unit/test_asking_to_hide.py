"""Asking the organisers to hide a voice: what counts, what is refused, and that nothing tells who asks."""

from __future__ import annotations

from datetime import timedelta

from bot import commands
from bot.acts import Act, AskToHide, FormKind, Hide, Home, Outcome, Said, Share, ShowForm
from bot.forms import LONGEST_REQUEST
from bot.messages import MessageKind, Post
from bot.people import Cast, Why
from bot.rounds import RoundCode
from bot.service.requests import MOST_OPEN
from tests.fake_platform import members
from tests.world import World, key_of, words_of

DAYS = timedelta(days=5, minutes=1)
REASON = " It names *my* street \n"


async def revealed(world: World, **changes: str) -> RoundCode:
    code = await world.open(**changes)
    for one in ("cal", "cara", "fay", "finn", "lea"):
        await world.write(one, code, f"words of {one}")
    await world.pass_time(DAYS)
    return code


async def ask(world: World, user: str, code: RoundCode, voice: str, reason: str = REASON) -> Outcome:
    return await world.press(AskToHide, user, code=code, voice=voice, reason=reason, is_filled=True)


async def fill(world: World, user: str, code: RoundCode, form: ShowForm | None = None, **fields: str) -> Outcome:
    """The hide form as it was sent."""
    of = world.act(Home, user)
    given = {name: (value,) for name, value in fields.items()}
    page = form.form.page if form else ""
    act = commands.filled(FormKind.HIDE, code, page, given, id=of.id, actor=of.actor, at=of.at)
    assert isinstance(act, Act)
    outcome = await world.service.do(act)
    await world.settle()
    return outcome


async def test_every_organiser_reads_the_reason_whole_and_nothing_else_of_the_one_who_asks(world: World) -> None:
    code = await revealed(world, co_organiser="otto")
    assert key_of(await ask(world, "cal", code, "f 2")) == "said.hiding"
    for user in ("olga", "otto"):
        (card,) = world.inbox(user, MessageKind.HIDING)
        assert REASON in words_of(card.load)
        assert "cal" not in words_of(card.load).lower()
        assert isinstance(card.load, Post)
        assert [one.id for one in card.load.controls] == [f"coproduce:hide:{code}:F2"]
    assert not any("my* street" in words_of(one.load) for one in world.channel())


async def test_whoever_asks_it_looks_the_same(world: World) -> None:
    code = await revealed(world)
    first = await ask(world, "cal", code, "F1")
    again = await ask(world, "fay", code, "F1")
    once_more = await ask(world, "fay", code, "F1", "Another reason")
    assert first == again == once_more
    (card,) = world.inbox("olga", MessageKind.HIDING)
    assert words_of(card.load).count(REASON) == 2
    assert "Another reason" not in words_of(card.load)


async def test_the_same_submission_again_asks_once_also_after_a_restart(world: World) -> None:
    code = await revealed(world)
    act = world.act(AskToHide, "cal", code=code, voice="F1", reason=REASON, is_filled=True)
    first = await world.service.do(act)
    await world.settle()
    await world.stop()
    await world.start()
    assert await world.service.do(act) == first
    await world.settle()
    (card,) = world.inbox("olga", MessageKind.HIDING)
    assert words_of(card.load).count(REASON) == 1


async def test_one_person_has_only_so_many_requests_open(world: World) -> None:
    world.platform.members |= dict(members(*(f"c{n}" for n in range(MOST_OPEN))))
    code = await world.open(citizens=" ".join(f"c{n}" for n in range(MOST_OPEN)))
    for one in (*(f"c{n}" for n in range(MOST_OPEN)), "fay", "lea"):
        await world.write(one, code, f"words of {one}")
    await world.pass_time(DAYS)
    for n in range(MOST_OPEN):
        assert key_of(await ask(world, "fay", code, f"C{n + 1}")) == "said.hiding"
    assert key_of(await ask(world, "fay", code, "L1")) == "refused.hiding.too_many"
    assert key_of(await ask(world, "lea", code, "L1")) == "said.hiding"
    await world.press(Hide, "olga", code=code, voice="C1", reason="It names somebody")
    assert key_of(await ask(world, "fay", code, "L1")) == "said.hiding"


async def test_a_reason_longer_than_the_box_is_refused_and_none_too(world: World) -> None:
    code = await revealed(world)
    assert key_of(await ask(world, "cal", code, "F1", "x" * (LONGEST_REQUEST + 1))) == "refused.too_long"
    assert key_of(await ask(world, "cal", code, "F1", " \n")) == "refused.empty.hiding"
    assert key_of(await ask(world, "cal", code, " ")) == "refused.empty.voice"
    assert not world.inbox("olga", MessageKind.HIDING)


async def test_where_no_organiser_is_left_the_one_who_asks_reads_whom_to_ask(world: World) -> None:
    code = await revealed(world)
    world.platform.members.pop("olga")
    world.platform.missing["olga"] = Why.DEACTIVATED
    await world.waking.housekeeping(world.clock.now())
    assert key_of(await ask(world, "cal", code, "F1")) == "refused.hiding.nobody"


async def test_somebody_who_became_co_organiser_reads_the_next_request(world: World) -> None:
    code = await revealed(world)
    await ask(world, "cal", code, "F1")
    cast = Cast(found={"otto": (world.platform.members["otto"],)})
    assert isinstance(await world.press(Share, "olga", code=code, person="otto", cast=cast), Said)
    await ask(world, "fay", code, "F1", "Me too")
    (card,) = world.inbox("otto", MessageKind.HIDING)
    assert words_of(card.load).count(REASON) == 1
    assert "Me too" in words_of(card.load)


async def test_the_button_of_the_request_opens_a_form_that_shows_the_voice_before_it_hides(world: World) -> None:
    code = await revealed(world)
    of = world.act(Home, "olga")
    act = commands.pressed(f"coproduce:hide:{code}:F1", id=of.id, actor=of.actor, at=of.at)
    assert isinstance(act, Hide)
    shown = await world.service.do(act)
    assert isinstance(shown, ShowForm)
    assert [box.values for box in shown.form.fields] == [("F1",), ()]
    assert not any(box.error for box in shown.form.fields)
    asked = await fill(world, "olga", code, shown, voice="f1", reason="It names somebody")
    assert isinstance(asked, ShowForm)
    assert "form.hide.sure" in {getattr(note, "key", "") for note in asked.form.notes}
    other = await fill(world, "olga", code, asked, voice="F2", reason="It names somebody")
    assert isinstance(other, ShowForm)  # another voice than the one that was agreed to: it asks again
    hidden = await fill(world, "olga", code, other, voice="F2", reason="It names somebody")
    assert key_of(hidden) == "said.hidden"
    assert key_of(await ask(world, "cal", code, "F2")) == "refused.already_hidden"
    assert key_of(await ask(world, "cal", code, "F1")) == "said.hiding"

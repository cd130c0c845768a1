"""Files on Discord: together where they fit, each with a description, none lost for another, none twice."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from adapters.discord import files as uploads
from bot.errors import Rejected, Unknown
from bot.messages import File, MessageKind, Posted, Step, line
from tests.discord.faults import Fault, How
from tests.discord_out.outbound import PAGE, START, Out, key, post


def file(name: str, content: bytes = b"x", media_type: str = "text/html") -> File:
    return File(name=name, media_type=media_type, content=content, title=line("delivery.as_file"))


REPORT = (file("report.html"), file("report.csv", media_type="text/csv"), file("map.png", media_type="image/png"))


async def attached(
    out: Out, files: Sequence[File], thread: Posted | None = None, steps: list[Step] | None = None
) -> Posted:
    """As the courier does: step by step. `steps`: what was stored, to go on from."""
    stored = [] if steps is None else steps
    while True:
        came = await out.platform.attach(files, out.channel, key(), thread, stored[-1] if stored else None)
        if isinstance(came, Posted):
            return came
        stored.append(came)


def names(out: Out, channel: str) -> list[list[str]]:
    return [[one["filename"] for one in m.attachments] for m in out.standing(channel) if m.attachments]


async def test_files_stand_together_in_the_thread_each_with_its_description(out: Out) -> None:
    root = await out.platform.post(post(kind=MessageKind.HEADLINE), out.channel, key("root"))
    posted = await attached(out, REPORT, root)
    assert names(out, root.id) == [["report.html", "report.csv", "map.png"]]
    (message,) = [m for m in out.standing(root.id) if m.attachments]
    assert all(one["description"] for one in message.attachments)
    assert posted == Posted(place=root.id, id=message.id)


async def test_a_file_that_is_too_large_holds_up_no_other(out: Out, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "LARGEST_FILE", 100)
    posted = await attached(out, (REPORT[0], file("large.pdf", b"x" * 101), REPORT[1]))
    assert names(out, out.place.id) == [["report.html"], ["report.csv"]]
    assert [(one.name, one.reason) for one in posted.left_out] == [("large.pdf", "too_large")]


async def test_a_file_that_discord_refuses_holds_up_no_other(out: Out) -> None:
    out.double.faults.add(
        Fault(
            request=PAGE,
            how=How.ERROR,
            status=413,
            code=40005,
            times=9,
            concerns=lambda told: any(one["filename"] == "map.png" for one in told.get("attachments") or ()),
        )
    )
    posted = await attached(out, REPORT)
    assert names(out, out.place.id) == [["report.html"], ["report.csv"]]
    assert [(one.name, one.reason) for one in posted.left_out] == [("map.png", "too_large")]


async def test_where_every_file_is_refused_that_is_told(out: Out) -> None:
    out.double.faults.add(Fault(request=PAGE, how=How.ERROR, status=413, code=40005, times=9))
    with pytest.raises(Rejected) as refused:
        await attached(out, REPORT)
    assert refused.value.reason == "too_large"


@pytest.mark.parametrize("how", [How.RESET_AFTER, How.UNAVAILABLE_AFTER, How.RESET_BEFORE])
async def test_files_whose_answer_was_lost_stand_once(out: Out, how: How) -> None:
    out.double.faults.add(Fault(request=PAGE, how=how))
    with pytest.raises(Unknown):
        await attached(out, REPORT)
    out.restarted()
    await attached(out, REPORT)
    assert len(names(out, out.place.id)) == 1


async def test_files_whose_answer_was_lost_are_found_long_after(out: Out) -> None:
    posted = await attached(out, REPORT)
    out.passes(days=1)
    assert await out.restarted().find(out.channel, key(), START, None, REPORT) == posted
    assert await out.platform.find(out.channel, key(), START, None, REPORT[:1]) is None


async def test_more_than_a_message_takes_stand_in_several_and_all_of_them_can_be_removed(
    out: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "LARGEST_MESSAGE", 25)
    steps: list[Step] = []
    posted = await attached(out, [file(f"{n}.csv", b"x" * 10) for n in range(5)], steps=steps)
    assert names(out, out.place.id) == [["0.csv", "1.csv"], ["2.csv", "3.csv"], ["4.csv"]]
    assert len(steps) == 3, "each message is stored when it stands"
    await out.platform.amend(posted, None, out.channel)
    assert not out.standing(out.place.id)


async def test_an_empty_file_becomes_one_empty_line(out: Out) -> None:
    await attached(out, [file("empty.csv", b"")])
    (message,) = out.standing(out.place.id)
    assert [one["size"] for one in message.attachments] == [1]

"""What must be true of a round however often its bot was killed: by what people saw, and by what the database says."""

from __future__ import annotations

import base64
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from adapters.playground.chat.state import Entry, State
from tests.acceptance.killing_chat import ORGANISER, Scene
from tests.acceptance.killing_story import Promised, Story, words
from tests.contract.chat import says

ONCE = ("announcement", "headline_done", "report", "invitation")
"""In the channel, exactly once in a round with voices."""

NEVER = ("headline", "called_off", "not_opened", "stuck", "held_back", "cancelled")
"""In a round in which nothing but the bot's death went wrong."""

MOST_MOVES = 2


def problems(scene: Scene, story: Story, promised: Promised, database: Path) -> list[str]:
    """Sentences; none where every promise was kept."""
    return [
        *_asked(scene, story),
        *_channel(scene, story, promised),
        *_twice(scene),
        *_told(scene, story),
        *_voices(scene, promised),
        *_silence(scene, story, promised),
        *_kept(database),
    ]


def _asked(scene: Scene, story: Story) -> Iterator[str]:
    for person in story.everybody:
        yield from _exactly(1, scene.standing("question", person=person), f"{person} was asked")
    every = [one for one in scene.team.state.entries.values() if one.kind == "question"]
    yield from _exactly(len(story.everybody), every, "people were asked")


def _channel(scene: Scene, story: Story, promised: Promised) -> Iterator[str]:
    for kind in ONCE:
        yield from _exactly(1, scene.standing(kind), f"{kind} stands")
    for kind in NEVER:
        yield from _exactly(0, [one for one in scene.team.state.entries.values() if one.kind == kind], f"{kind} stands")
    yield from _exactly(len(promised.held), scene.standing("page"), "pages stand")
    yield from _exactly(len(promised.late), scene.standing("late_page"), "late pages stand")
    threads = [headline.id for headline in scene.standing("headline_done")]
    for entry in scene.standing("page", "contrasts", "report", "late_page"):
        if entry.thread not in threads:
            yield f"{entry.kind} does not stand in the thread of the headline"
    if story.has_contrasts and not scene.standing("contrasts"):
        yield "no contrasts stand"
    shared = [scene.team.state.uploads[file].name for entry in scene.standing("report") for file in entry.files]
    if len(shared) != 2 or len(set(shared)) != 2:
        yield f"the report was shared as {shared}"


def _twice(scene: Scene) -> Iterator[str]:
    """Everything that the bot posts bears a mark of its own; two posts with one mark are one message posted twice."""
    marks = Counter((entry.key, entry.kind) for entry in scene.team.state.entries.values() if entry.key)
    yield from (f"{kind} was posted {times} times" for (_, kind), times in marks.items() if times > 1)


def _told(scene: Scene, story: Story) -> Iterator[str]:
    """Privately: never twice."""
    for person in story.everybody:
        yield from _exactly(1, scene.standing("opened", person=person), f"{person} heard that the answers are open")
        if len(found := scene.standing("deadline_moved", person=person)) > MOST_MOVES:
            yield f"{person} heard {len(found)} times that the deadline moved"
    for kind, expected in (("reminder", story.reminded), ("nudge", story.nudged)):
        for person in story.everybody:
            found = scene.standing(kind, person=person)
            yield from _exactly(person in expected, found, f"{person} got the message {kind}")
    for kind in ("preview", "status"):
        yield from _exactly(1, scene.standing(kind, person=ORGANISER), f"the organiser got the card {kind}")


def _voices(scene: Scene, promised: Promised) -> Iterator[str]:
    pages = "\n".join(entry.text for entry in scene.standing("page"))
    late = "\n".join(entry.text for entry in scene.standing("late_page"))
    report = "\n".join(_files(scene.team.state))
    for held, shown in ((promised.held, pages), (promised.late, late)):
        for who, mark in held.items():
            for box, text in words(mark).items():
                if (times := shown.count(text)) != 1:
                    yield f"what {who} wrote in {box} ({mark}) stands {times} times"
    for who, mark in promised.held.items():
        if mark not in report:
            yield f"the words of {who} ({mark}) are not in the report"
    for who, said in promised.checked.items():
        if not says(said, "said.check.published"):
            yield f"the receipt of {who} is answered by {said}"
    if promised.checked.keys() != promised.held.keys():
        yield "not every receipt was checked"


def _silence(scene: Scene, story: Story, promised: Promised) -> Iterator[str]:
    """No word before the reveal; no word ever that was replaced, taken back or declined."""
    kept = {*promised.held.values(), *promised.late.values()}
    is_open = False
    for shown in scene.team.state.shown:
        is_open = is_open or shown.kind == "headline"
        for mark in story.marks:
            if mark in shown.text and not (is_open and mark in kept):
                yield f"{mark} was read in {shown.kind} by {shown.person or 'the channel'}"
    for text in _files(scene.team.state):
        yield from (f"{mark} is in a file" for mark in story.marks - kept if mark in text)


def _kept(database: Path) -> Iterator[str]:
    with closing(sqlite3.connect(database)) as kept:
        for phase, count in kept.execute("SELECT phase, count(*) FROM round GROUP BY phase"):
            if (phase, count) != ("ended", 1):
                yield f"{count} rounds are {phase}"
        for key, state in kept.execute("SELECT key, state FROM message WHERE state NOT IN ('sent', 'dropped')"):
            yield f"{key} is {state}"
        for (key,) in kept.execute("SELECT key FROM message WHERE is_card AND state = 'sent' AND wanted > shown"):
            yield f"{key} shows an old edition"
        if left := kept.execute("SELECT count(*) FROM envelope").fetchone()[0]:
            yield f"{left} envelopes are left"


def _files(state: State) -> Iterator[str]:
    for upload in state.uploads.values():
        yield base64.b64decode(upload.content).decode()


def _exactly(times: int, found: Sequence[Entry], what: str) -> Iterator[str]:
    if len(found) != times:
        yield f"{what} {len(found)} times"

"""What people are told is true of everything that can happen, and kind to whom it is about."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot import forms
from bot.compose import status_of
from bot.messages import Line, MessageKind, Post
from bot.people import Reach
from bot.rounds import Attribution, Change, ChangeKind, GroupCount, Phase, Round, Seat, Stage, Statement
from bot.rules import running
from tests.builders import DAY, HOUR, NOON, actor, seat, venue
from tests.unit.messages import TEXTS, a_round, read

CATALOGUE = tomllib.loads((Path(forms.__file__).parents[1] / "locales/en.toml").read_text(encoding="utf-8"))
ONE_WAY = "Only somebody who runs its server could look."


def _sentences(node: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for name, value in node.items():
        if isinstance(value, str):
            yield f"{above}{name}", value
        else:
            yield from _sentences(value, f"{above}{name}.")


def _form(round_: Round, of: Seat | None = None, *, size: int = 6, late: bool = False) -> str:
    shown = forms.answer_form(round_, of or round_.seats[0], None, group_size=size, late=late)
    return "\n".join(TEXTS.line(note) for note in shown.notes if not hasattr(note, "text"))


def _status(round_: Round) -> str:
    shown = status_of(round_)
    return TEXTS.post(Post(kind=MessageKind.STATUS, content=tuple(shown.content), controls=shown.controls)).text


def _statement(declined: int = 0, *changes: Change, replied: int = 2) -> str:
    counted = GroupCount(group="citizens", asked=5, reached=5, replied=replied, declined=declined)
    round_ = a_round(phase=Phase.REVEALED, statement=Statement(groups=(counted,), changes=changes))
    return read(MessageKind.HEADLINE_DONE, round_).text


# to choose not to answer is no vote -------------------------------------------------------------------------------


def test_whoever_does_not_want_to_answer_has_not_voted_on_the_plan() -> None:
    assert not [key for key, text in _sentences(CATALOGUE) if re.search(r"said no\b(?! thanks)", text, re.IGNORECASE)]
    assert "1 chose not to answer." in _statement(declined=1)
    nobody, one = (
        a_round(),
        a_round(*(seat(f"c{n}", "citizens", declined_at=NOON if not n else None) for n in range(4))),
    )
    assert "0 answered, 1 chose not to answer" in _status(one)
    assert "chose not" not in _status(nobody)
    assert "chose not" not in _statement()


# closing early ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("attribution", list(Attribution))
def test_before_they_write_people_know_that_the_organiser_can_close_it_sooner(attribution: Attribution) -> None:
    round_ = a_round(attribution=attribution)
    assert "Sam can close it sooner." in read(MessageKind.QUESTION, round_).text
    assert "Sam can close it sooner." in _form(round_)


def _asked_first(*seats: Seat, **changes: Any) -> str:
    decided = running.close_early(a_round(*seats, **changes), actor(), NOON + HOUR, confirmed=False)
    return "\n".join(TEXTS.line(each) for each in decided.outcome.content)  # type: ignore[union-attr,arg-type]


def _citizens(*, begun: int, missing: int = 4, all_: int = 6) -> tuple[Seat, ...]:
    states = [
        *[{"drafted_at": NOON}] * begun,
        *[{}] * (missing - begun),
        *[{"replied_at": NOON}] * (all_ - missing),
    ]
    return tuple(seat(f"c{n}", "citizens", **state) for n, state in enumerate(states))


@pytest.mark.parametrize(
    ("begun", "told"),
    [
        (0, "None of them has begun to write."),
        (1, "1 of them has begun to write and has not sent it."),
        (4, "4 of them have begun to write and have not sent it."),
    ],
)
def test_whoever_closes_early_reads_how_many_are_missing_and_how_many_of_them_have_begun(begun: int, told: str) -> None:
    asks = _asked_first(*_citizens(begun=begun))
    assert "4 people have not answered yet." in asks
    assert told in asks


def test_somebody_who_was_taken_off_does_not_change_how_many_have_begun() -> None:
    before = _citizens(begun=2)
    for gone in (0, 3):
        after = tuple(
            replace(each, removed_at=NOON, drafted_at=None) if n == gone else each for n, each in enumerate(before)
        )
        assert "of them" not in _asked_first(*after)


def test_where_so_few_could_answer_that_no_count_is_told_none_of_drafts_is() -> None:
    asks = _asked_first(*_citizens(begun=1, missing=2, all_=2))
    assert "of them" not in asks


@pytest.mark.parametrize(("begun", "is_told"), [(0, False), (2, True), (4, False)])
def test_where_the_missing_are_named_no_count_of_drafts_tells_of_each_of_them(begun: int, is_told: bool) -> None:
    asks = _asked_first(*_citizens(begun=begun), attribution=Attribution.NAMED)
    assert ("of them have begun" in asks) is is_told


def test_the_statement_says_how_many_were_missing_when_it_was_closed_early() -> None:
    early = Change(kind=ChangeKind.CLOSED_EARLY, at=NOON)
    assert "12:00. 2 people were still missing." in _statement(1, early)
    assert "1 person was still missing." in _statement(2, early)
    assert "Nobody was missing." in _statement(3, early)


@pytest.mark.parametrize("phase", [Phase.CLOSED, Phase.REVEALED])
def test_whoever_hears_of_an_early_close_only_at_the_reveal_reads_of_it_there(phase: Phase) -> None:
    """The news to those missing is forgotten at the close; after a kill just then this is all they get."""
    round_ = a_round(phase=phase, changes=(Change(kind=ChangeKind.CLOSED_EARLY, at=NOON),))
    told = read(MessageKind.QUESTION, round_, of=round_.seats[0], now=NOON + 3 * DAY).text
    assert "Sam has closed the round early" in told
    assert "answer before you read" in told or "answer before reading" in told


# one way to promise -----------------------------------------------------------------------------------------------

LEAVES_THE_SERVER_OUT = re.compile(
    r"\b(nobody|not even|no one)\b[^.]*\b(reads?|see|sees|seen|look)\b|destroyed unread|not be read by", re.IGNORECASE
)
ABOUT_SOMETHING_ELSE = {
    "refused.broken_character",  # half a character cannot be read
    "refused.nothing_to_read",  # nobody answered
    "play.wrong.unknown_key",  # a key of a script
}


def test_no_sentence_promises_more_than_the_bot_can_keep() -> None:
    found = [key for key, text in _sentences(CATALOGUE) if LEAVES_THE_SERVER_OUT.search(text)]
    assert set(found) <= ABOUT_SOMETHING_ELSE


def test_wherever_secrecy_is_promised_before_the_deadline_the_server_is_named_in_the_same_words() -> None:
    round_ = a_round()
    told = [
        read(MessageKind.QUESTION, round_).text,
        read(MessageKind.REMINDER, round_).text,
        read(MessageKind.QUESTION, round_, of=replace(round_.seats[0], replied_at=NOON)).text,
        read(MessageKind.ANNOUNCEMENT, round_).text,
        _form(round_),
        CATALOGUE["form"]["setup"]["note_when"],
        CATALOGUE["said"]["help"]["seal"],
    ]
    for text in told:
        assert re.search(r"[Tt]he bot shows \w+( \w+)? to nobody", text), text
        assert ONE_WAY in text


# readers ----------------------------------------------------------------------------------------------------------

OPEN_TO_ALL = "veryone in #ward-7 (10 people now), and anyone who joins later. Anybody in this workspace can."


@pytest.mark.parametrize("attribution", list(Attribution))
def test_writers_are_told_that_a_public_channel_has_more_readers_than_are_in_it_now(attribution: Attribution) -> None:
    reach = Reach(name="ward-7", readers=10, is_public=True)
    public = a_round(attribution=attribution, venues=(venue(told=reach),))
    private = replace(public, venues=(venue(told=replace(reach, is_public=False)),))
    for shown in (read(MessageKind.QUESTION, public).text, _form(public), _form(public, late=True)):
        assert OPEN_TO_ALL in shown
    for shown in (read(MessageKind.QUESTION, private).text, _form(private)):
        assert "veryone in #ward-7 (10 people now)." in shown
        assert "joins later" not in shown


# side by side ----------------------------------------------------------------------------------------------------


def test_what_stands_side_by_side_is_called_what_was_asked() -> None:
    """Frontline and leaders are asked of their team, so nothing of theirs is called words about citizens."""
    around = {
        CATALOGUE["question"][stage][group]["others"]["label"] for stage in Stage for group in ("frontline", "leaders")
    }
    assert all("your team" in label for label in around)
    facts = {"group": "frontline"}
    assert TEXTS.line(Line(key="page.column.of_others", facts=facts)) == "Frontline say of those around them"
    for key in ("themselves", "themselves_joined"):
        title = TEXTS.line(Line(key=f"page.contrast.{key}", facts={"group": "citizens"}))
        assert "say of themselves, and what each other group says of those around it" in title
        assert "means for" not in title


# leaders ----------------------------------------------------------------------------------------------------------


def test_a_lone_leader_knows_that_readers_will_know_them() -> None:
    round_ = a_round(seat("ann", "leaders"), *(seat(f"c{n}", "citizens") for n in range(4)))
    alone = "You are the only one of the leaders who is asked. Readers will know that it is you."
    assert alone in read(MessageKind.QUESTION, round_).text
    assert alone in _form(round_, size=1)
    assert alone not in _form(round_, size=2)

"""The method: three levels and the barriers, worded for each group and stage, short enough for every platform."""

from __future__ import annotations

from itertools import product

import pytest

from bot.answers import Level
from bot.questions import ASKED_AS, LONGEST_HINT, LONGEST_LABEL, hint_line, label_line, questions
from bot.rounds import Group, Question, Stage
from bot.text import Texts
from tests.builders import CITIZENS, FRONTLINE, LEADERS

GROUPS = (CITIZENS, FRONTLINE, LEADERS)


def asked(group: str, level: Level, stage: Stage = Stage.DESIGN, groups: tuple[Group, ...] = GROUPS) -> Question:
    found = questions(groups, stage, "en")
    return next(each for each in found if each.group == group and each.level is level)


def test_every_group_is_asked_all_four_in_order() -> None:
    found = questions(GROUPS, Stage.DESIGN, "en")
    assert [(each.group, each.level) for each in found] == list(product(("citizens", "frontline", "leaders"), Level))


@pytest.mark.parametrize("stage", list(Stage))
@pytest.mark.parametrize("leaders", ["leaders", "Board", "Directorate of Housing and Neighbourhood Services"])
def test_questions_fit_every_platform(stage: Stage, leaders: str) -> None:
    groups = (CITIZENS, FRONTLINE, Group(name=leaders, is_leaders=True, asks_as="leaders"))
    for each in questions(groups, stage, "en"):
        assert 0 < len(each.text) <= LONGEST_LABEL, each.text
        assert 0 < len(each.hint) <= LONGEST_HINT, each.hint
        assert "{" not in each.text + each.hint


def test_leaders_are_asked_for_their_reasons_and_others_for_their_beliefs() -> None:
    assert asked("leaders", Level.INTENTIONS).text == "What do you want from this?"
    assert asked("citizens", Level.INTENTIONS).text == "Why do you think the leaders want this?"
    assert asked("frontline", Level.INTENTIONS).text == "Why do you think the leaders want this?"


def test_leaders_are_called_by_the_name_of_their_group() -> None:
    groups = (CITIZENS, Group(name="Board", is_leaders=True, asks_as="leaders"))
    assert asked("citizens", Level.INTENTIONS, groups=groups).text == (
        "Why do you think the \u2068Board\u2069 want this?"
    )


def test_a_name_with_braces_is_only_a_name() -> None:
    groups = (CITIZENS, Group(name="{leaders}", is_leaders=True, asks_as="leaders"))
    assert (
        asked("citizens", Level.INTENTIONS, groups=groups).text
        == "Why do you think the \u2068{leaders}\u2069 want this?"
    )


def test_unknown_groups_are_asked_as_citizens() -> None:
    groups = (*GROUPS, Group(name="Night shift", asks_as="night owls"))
    assert asked("Night shift", Level.PERSONAL, groups=groups).text == asked("citizens", Level.PERSONAL).text


def test_level_two_keeps_the_frame_of_level_one() -> None:
    for stage, group in product(Stage, ("citizens", "frontline", "leaders")):
        frame = asked(group, Level.PERSONAL, stage).hint.split(". ", 1)[1].replace("you", "them")
        assert asked(group, Level.OTHERS, stage).hint.endswith(frame)


def test_each_stage_asks_in_its_own_tense() -> None:
    texts = {stage: asked("citizens", Level.PERSONAL, stage).text for stage in Stage}
    assert len(set(texts.values())) == len(Stage)


def test_an_unknown_language_is_asked_in_english() -> None:
    assert {each.locale for each in questions(GROUPS, Stage.DESIGN, "tlh-KX")} == {"en"}


@pytest.mark.parametrize("asks_as", ASKED_AS)
def test_the_rehearsal_says_the_same_as_the_frozen_question(asks_as: str) -> None:
    texts = Texts.load()
    group = next(each for each in GROUPS if each.asks_as == asks_as)
    for level in Level:
        assert texts.line(label_line(group, level, Stage.DESIGN, "leaders")) == asked(asks_as, level).text
        assert texts.line(hint_line(group, level, Stage.DESIGN)) == asked(asks_as, level).hint

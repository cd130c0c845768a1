"""Groups and voices are found however people write them, and never guessed."""

from __future__ import annotations

import pytest

from bot.answers import Answers, Seen
from bot.reveal import group_meant, voice_meant
from bot.rounds import Group, Perspective

GROUPS = tuple(Group(name=name) for name in ("leaders", "frontline", "citizens", "Ward staff", "Ward patients"))


@pytest.mark.parametrize(
    ("typed", "group"),
    [
        ("frontline", "frontline"),
        ("Frontline", "frontline"),
        ("FRONTLINE  workers", "frontline"),
        ("frontline worker", "frontline"),
        ("citizen", "citizens"),
        ("Leader", "leaders"),
        ("ward staff", "Ward staff"),
        ("Ward s", "Ward staff"),
        ("Ward", None),
        ("ci", None),
        ("tenants", None),
        ("", None),
    ],
)
def test_a_group_is_found_in_every_form_that_people_see(typed: str, group: str | None) -> None:
    assert group_meant(typed, GROUPS) == group


def voice(position: int, group: str | None, seen: Seen | None = None) -> Perspective:
    return Perspective(
        id=f"v{position}",
        position=position,
        group=group,
        name=None,
        seat_id=None,
        answers=Answers(personal="x"),
        commitment="c",
        seen=seen,
    )


def voices() -> list[Perspective]:
    of = ["citizens", "citizens", "frontline", "leaders"]
    return [*(voice(at, group) for at, group in enumerate(of)), voice(4, None, Seen.NONE)]


@pytest.mark.parametrize(
    ("typed", "position"),
    [
        ("C2", 1),
        ("c2", 1),
        ("c 2", 1),
        ("C-2", 1),
        ("Citizen 2 of 2", 1),
        ("citizens 2", 1),
        ("Frontline 1", 2),
        ("frontline worker 1 of 1", 2),
        ("Late answer 1", 4),
        ("LATE1", 4),
        ("C3", None),
        ("citizen", None),
        ("tenant 1", None),
        ("2", None),
        ("", None),
    ],
)
def test_a_voice_is_found_in_every_form_that_people_see(typed: str, position: int | None) -> None:
    assert voice_meant(typed, voices(), GROUPS[:3]) == position

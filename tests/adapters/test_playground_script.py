"""Scripts are read whole, and what is wrong with one is said with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.playground.playing import script
from adapters.playground.playing.script import Script, ScriptWrong
from bot.text import Texts

TEXTS = Texts.load()
HEAD = 'service = "Repairs"\ncloses_in = "20s"\n'
ANN = '[[people]]\nname = "Ann"\ngroup = "leaders"\nat = "2s"\npersonal = "Mine"\n'


def _read(folder: Path, text: str) -> Script:
    file = folder / "s.toml"
    file.write_text(text, encoding="utf-8")
    return script.read(file)


def _wrong(folder: Path, text: str) -> list[str]:
    with pytest.raises(ScriptWrong) as wrong:
        _read(folder, text)
    return [f"{problem.key}: {TEXTS.line(problem.line)}" for problem in wrong.value.problems]


def test_a_person_writes_edits_and_takes_back(tmp_path: Path) -> None:
    then = '{at = "9s", do = "withdraw"}, {at = "5s", do = "edit", personal = "New"}'
    text = f'barriers = ["a", "b"]\nsign = true\nthen = [{then}]'
    (ann,) = _read(tmp_path, HEAD + ANN + text).players
    assert [(deed.at.seconds, deed.do, dict(deed.boxes), deed.sign) for deed in ann.deeds] == [
        (2, "reply", {"personal": "Mine", "barriers": "a\nb"}, True),
        (5, "edit", {"personal": "New"}, None),
        (9, "withdraw", {}, None),
    ]


def test_somebody_without_a_time_never_answers(tmp_path: Path) -> None:
    (ann,) = _read(tmp_path, HEAD + ANN.replace('at = "2s"\n', "")).players
    assert not ann.deeds


def test_groups_may_have_any_name(tmp_path: Path) -> None:
    bob = ANN.replace("Ann", "Bob").replace("leaders", "night shift")
    assert _read(tmp_path, HEAD + ANN + bob).groups == {"leaders": ("Ann",), "night shift": ("Bob",)}


def test_a_reply_after_the_deadline_is_late(tmp_path: Path) -> None:
    assert not _read(tmp_path, HEAD + ANN).has_late_ones
    assert _read(tmp_path, HEAD + ANN.replace('"2s"', '"21s"')).has_late_ones


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD.replace("20s", "soon") + ANN, 'closes_in: expected a length such as "20s", "1m30s" or "2h"'),
        (HEAD, "people: expected one [[people]] section for each person who takes part"),
        (HEAD + ANN + ANN, "people[2].name: Ann is there twice; each person takes part once"),
        (HEAD + ANN.replace("group", "grupo"), "people[1].grupo: nobody reads this key; the nearest is `group`"),
        (HEAD + ANN.replace('"leaders"', '""'), "people[1].group: this must be there"),
        (HEAD + ANN + 'then = [{at = "5s", do = "shout"}]', "people[1].then[1].do: expected one of edit,"),
        (HEAD + ANN + 'then = "later"', 'people[1].then: expected a list such as [{ at = "5s"'),
        (HEAD + ANN + "barriers = 3", 'people[1].barriers: expected a list of texts, such as ["No time", "No signal"]'),
        (HEAD + ANN + 'sign = "yes"', "people[1].sign: expected true or false"),
        (HEAD + ANN + "others = 3", "people[1].others: expected a text in quotes"),
        (HEAD + 'stage = "dream"\n' + ANN, "stage: expected one of design, delivery and evaluation"),
        (HEAD + 'time_zone = "Mars"\n' + ANN, 'time_zone: expected a time zone such as "Europe/London"'),
        (HEAD + ANN.replace("leaders", "channel"), 'people[1].group: "channel" is the name of a box'),
        (HEAD + 'words = "none.jsonl"\n' + ANN, "words: "),
    ],
)  # fmt: skip
def test_each_mistake_is_named_with_its_place_and_what_is_expected(tmp_path: Path, text: str, said: str) -> None:
    assert any(one.startswith(said) for one in _wrong(tmp_path, text)), _wrong(tmp_path, text)


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    assert len(_wrong(tmp_path, 'closes_in = "x"\ncolour = "red"\n' + ANN)) == 3


def test_a_file_that_is_no_toml_is_refused_with_its_line(tmp_path: Path) -> None:
    (said,) = _wrong(tmp_path, 'service = "x" y')
    assert "line 1" in said


def _words(folder: Path, *lines: str) -> None:
    (folder / "w.jsonl").write_text("\n".join(lines), encoding="utf-8")


WORDS = HEAD + 'words = "w.jsonl"\n'


def test_words_from_a_file_fill_what_people_leave_out(tmp_path: Path) -> None:
    _words(
        tmp_path,
        '{"text": "א\\n one", "person_id": 7, "lang": "he"}',
        '{"text": "other", "person_id": 8}',
        *(f'{{"text": "more {n}", "person_id": 7}}' for n in range(4)),
    )
    rest = [ANN.replace("Ann", name).replace('personal = "Mine"\n', "") for name in ("Bob", "Cy")]
    ann, bob, cy = _read(tmp_path, WORDS + ANN + "".join(rest)).players
    assert dict(ann.deeds[0].boxes) == {"personal": "Mine"}
    assert dict(bob.deeds[0].boxes) == {
        "personal": "א\n one", "others": "more 0", "intentions": "more 1", "barriers": "more 2\nmore 3",
    }  # fmt: skip
    assert (bob.locale, cy.locale) == ("he", "en")
    assert dict(cy.deeds[0].boxes) == {"personal": "other"}


@pytest.mark.parametrize(
    ("line", "said"), [("{", "line 1: expected"), ('{"text": 3}', "line 1: expected"), ("", "words of 0 people")]
)  # fmt: skip
def test_a_words_file_that_does_not_fit_is_refused(tmp_path: Path, line: str, said: str) -> None:
    _words(tmp_path, line)
    assert any(said in one for one in _wrong(tmp_path, WORDS + ANN.replace('personal = "Mine"\n', "")))


@pytest.mark.parametrize("name", ["repairs-online", "ward"])
def test_the_examples_can_be_read(name: str) -> None:
    example = script.read(Path(__file__).parents[2] / "examples" / f"{name}.toml")
    assert {group: len(people) for group, people in example.groups.items()} == {
        "leaders": 2, "frontline": 4, "citizens": 3,
    }  # fmt: skip

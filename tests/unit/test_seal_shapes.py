"""Shapes: what comes back as it was, and what is never stored."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from bot.acts import Confirm, Field, FieldKind, Form, FormKind, Outcome, Refused, Said, ShowForm
from bot.answers import Answers, Receipt
from bot.messages import Control, MessageKind, Passage, Post, line
from bot.people import Account, Cast, Member, Missing, Reach, Standing, Why
from bot.rounds import Change, ChangeKind, GroupCount, Perspective, RoundCode, Statement
from bot.setups import LookedUp, Setup
from storage.database.serialization import pack, pack_args, pack_outcome, unpack, unpack_args, unpack_outcome
from tests.builders import NOON, answers

CODE = RoundCode("R-7F3K")
MEMBER = Member(
    account=Account(platform="play", workspace="T", user="ann"), name="Ann", standing=Standing.GUEST, tz="Asia/Tokyo"
)


@pytest.mark.parametrize(
    "value",
    [
        Setup(
            fields={"citizens": ("ann", "bob"), "decided": ()},
            edition=4,
            looked_up=LookedUp(
                of=4,
                cast={"$at": (MEMBER,), "citizens": ()},
                missing=(Missing(ref="x", name="X", why=Why.BOT),),
                reach=Reach(name="repairs", members=frozenset({"b", "a"})),
                twice=("Ann",),
            ),
        ),
        Statement(
            groups=(GroupCount(group="citizens", asked=4, reached=4, replied=3, declined=1),),
            changes=(Change(kind=ChangeKind.LATER, at=NOON, until=NOON + timedelta(days=1)),),
            merged={"frontline": "citizens", "$": ""},
        ),
        Cast(found={"ann": (MEMBER,)}),
    ],
)
def test_a_value_comes_back_as_it_was(value: object) -> None:
    kind = type(value)
    shape = pack(kind, value)
    assert unpack(kind, json.loads(json.dumps(shape))) == value


@pytest.mark.parametrize(
    "outcome",
    [
        Said(content=(line("said.opened", at=NOON, wait=timedelta(seconds=1.5), count=3, name="Ann"),)),
        Refused(because=line("refused.late"), fields={"closes_at": line("x")}, controls=(Control(verb="home"),)),
        Confirm(content=(line("confirm.close", missing=3),), yes=Control(verb="confirm", code=CODE, argument="close")),
    ],
)
def test_an_outcome_comes_back_as_it_was(outcome: Outcome) -> None:
    shape = pack_outcome(outcome)
    assert unpack_outcome(json.loads(json.dumps(shape))) == outcome


def test_an_outcome_says_which_it_is() -> None:
    assert pack_outcome(Said(content=())) == {"type": "said", "content": []}
    assert pack_outcome(Refused(because=line("x"))) == {"type": "refused", "because": {"key": "x"}}


def test_forms_receipts_and_words_are_never_stored() -> None:
    field = Field(name="personal", kind=FieldKind.TEXT, label=line("x"), values=("secret",))
    form = Form(kind=FormKind.ANSWER, code=CODE, fields=(field,), title=line("t"), submit=line("s"))
    assert pack_outcome(ShowForm(form=form)) is None
    assert pack_outcome(Said(content=(), receipt=Receipt("K7QD-3M9X-TT2A-9WPE"))) is None
    assert pack_outcome(Said(content=(Passage(text="secret"),))) is None


@pytest.mark.parametrize("words", [answers("secret"), Passage(text="secret"), object(), {"deep": [answers("secret")]}])
def test_words_are_no_args(words: object) -> None:
    with pytest.raises(TypeError) as caught:
        pack_args({"x": words})
    assert "secret" not in str(caught.value)
    assert not caught.value.__cause__


@pytest.mark.parametrize("words", [answers("secret"), Passage(text="secret"), Post(kind=MessageKind.PAGE, content=())])
def test_words_have_no_shape_whatever_they_are_called(words: object) -> None:
    for kind in (type(words), Reach, tuple[str, ...], dict[str, str]):
        with pytest.raises(TypeError) as caught:
            pack(kind, words)
        assert "secret" not in str(caught.value)
        assert not caught.value.__cause__


@pytest.mark.parametrize("kind", [Answers, Perspective, Passage, Post, ShowForm])
def test_no_kind_that_can_hold_words_has_a_shape(kind: type) -> None:
    for holder in (kind, tuple[kind, ...], dict[str, kind | None]):  # type: ignore[valid-type]
        with pytest.raises(TypeError):
            pack(holder, None)


def test_args_come_back_with_times() -> None:
    args = {"at": NOON, "wait": timedelta(hours=1), "parts": [["x", None, 1]], "n": 1, "none": None, "remove": True}
    assert unpack_args(json.loads(json.dumps(pack_args(args)))) == args


def test_a_text_that_looks_like_a_time_stays_a_text() -> None:
    args = {"name": NOON.isoformat(), "wait": "PT1H", "kind": {"type": "page"}}
    assert unpack_args(json.loads(json.dumps(pack_args(args)))) == args


def test_a_shape_of_another_release_is_read_as_far_as_it_goes() -> None:
    assert unpack(Reach, {"name": "x", "mood": "new"}) == Reach(name="x")
    newer = {"type": "said", "content": [{"key": "x", "mood": 1}], "new": 1}
    assert unpack_outcome(newer) == Said(content=(line("x"),))
    assert unpack(Setup, {}) == Setup()


def test_what_does_not_fit_is_refused_without_showing_it() -> None:
    with pytest.raises(ValueError, match="name") as caught:
        unpack(Reach, {"name": ["somebody"]})
    assert "somebody" not in str(caught.value)


def test_times_keep_their_zone() -> None:
    at = datetime(2026, 12, 1, tzinfo=UTC)
    assert unpack(datetime, pack(datetime, at)) == at

"""Shapes: what comes back as it was, and what is never stored."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.acts import Confirm, Field, FieldKind, Form, FormKind, Outcome, Refused, Said, ShowForm
from bot.messages import Control, Line, Passage, line
from bot.people import Account, Cast, Member, Missing, Reach, Standing, Why
from bot.rounds import Change, ChangeKind, GroupCount, LookedUp, Receipt, RoundCode, Setup, Statement
from storage.database.serialization import pack, pack_outcome, unpack, unpack_args, unpack_outcome
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
    assert unpack(type(value), pack(value)) == value


@pytest.mark.parametrize(
    "outcome",
    [
        Said(content=(line("said.opened", at=NOON, wait=timedelta(seconds=1.5), count=3, name="Ann"),)),
        Refused(because=line("refused.late"), fields={"closes_at": line("x")}, controls=(Control(verb="home"),)),
        Confirm(content=(line("confirm.close", missing=3),), yes=Control(verb="confirm", code=CODE, argument="close")),
    ],
)
def test_an_outcome_comes_back_as_it_was(outcome: Outcome) -> None:
    assert unpack_outcome(pack_outcome(outcome)) == outcome


def test_forms_receipts_and_words_are_never_stored() -> None:
    field = Field(name="personal", kind=FieldKind.TEXT, label=line("x"), values=("secret",))
    form = Form(kind=FormKind.ANSWER, code=CODE, fields=(field,), title=line("t"), submit=line("s"))
    assert pack_outcome(ShowForm(form=form)) is None
    assert pack_outcome(Said(content=(), receipt=Receipt("K7QD-3M9X-TT2A-9WPE"))) is None
    assert pack_outcome(Said(content=(Passage(text="secret"),))) is None


@pytest.mark.parametrize("words", [answers("secret"), Passage(text="secret"), object()])
def test_words_have_no_shape(words: object) -> None:
    with pytest.raises(TypeError) as caught:
        pack({"args": [words]})
    assert "secret" not in str(caught.value)


def test_args_come_back_with_times_and_lines() -> None:
    args = {"at": NOON, "wait": timedelta(hours=1), "lines": [line("x", at=NOON)], "n": 1, "none": None}
    assert unpack_args(pack(args)) == args


def test_a_shape_of_another_release_is_read_as_far_as_it_goes() -> None:
    shape = {"$": "Line", "key": "x", "facts": {}, "mood": "new"}
    assert unpack(Line, shape) == Line(key="x")
    assert unpack(Setup, {"$": "Setup"}) == Setup()


def test_times_keep_their_zone() -> None:
    assert unpack(datetime, pack(datetime(2026, 12, 1, tzinfo=UTC))) == datetime(2026, 12, 1, tzinfo=UTC)

"""For how long what was typed into a small form is kept."""

from __future__ import annotations

from datetime import timedelta

from adapters.discord import mistakes
from adapters.discord.forms import Place
from adapters.discord.mistakes import KEPT_FOR, Mistakes
from bot.acts import FormKind, Refused, Said
from bot.messages import line
from tests.builders import NOON

SENT = Place(kind=FormKind.RECEIPT_CHECK, code="R-7F3K")
REFUSED = Refused(because=line("refused.receipt_gone"))
TYPED = {"receipt": ("K7QD-3M9X-TT2A-9WPO",)}


def test_what_was_typed_is_kept_for_an_hour_and_no_longer() -> None:
    kept = Mistakes()
    kept.note("fay", SENT, TYPED, REFUSED, NOON)
    assert kept.of("fay", "check", "R-7F3K", NOON + KEPT_FOR / 2)
    assert kept.of("fay", "check", "R-7F3K", NOON + KEPT_FOR) is None
    assert not kept._kept


def test_nothing_of_it_stands_in_a_log_of_the_object() -> None:
    kept = Mistakes()
    kept.note("fay", SENT, TYPED, REFUSED, NOON)
    assert "K7QD" not in repr(kept.of("fay", "check", "R-7F3K", NOON))


def test_what_was_taken_is_kept_no_more_and_nothing_is_kept_of_an_answer() -> None:
    kept = Mistakes()
    kept.note("fay", SENT, TYPED, REFUSED, NOON)
    kept.note("fay", SENT, TYPED, Said(content=()), NOON + timedelta(minutes=1))
    kept.note("fay", Place(kind=FormKind.ANSWER, code="R-7F3K"), {"personal": ("words",)}, REFUSED, NOON)
    assert not kept._kept


def test_no_more_are_kept_than_a_limit() -> None:
    kept = Mistakes()
    for n in range(mistakes.MOST + 5):
        kept.note(f"u{n}", SENT, TYPED, REFUSED, NOON)
    assert len(kept._kept) == mistakes.MOST

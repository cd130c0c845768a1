"""The seal: what opens, what does not, and how receipts read."""

from __future__ import annotations

import stat
import zlib
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from bot.answers import LARGEST_ANSWER, Answers, Level, Receipt, Seen
from bot.errors import KeyMissing, KeyWrong
from storage.words import seal
from storage.words.seal import (
    ALPHABET,
    FORMAT,
    LONG,
    NONCE,
    SIZE,
    TAG,
    Seal,
    Wrapped,
    add_key,
    close,
    close_small,
    from_words,
    is_long,
    new_receipt,
    open_,
    open_small,
    read_key_file,
    read_key_list,
    read_receipt,
    words,
)

KEY = b"d" * 32
PLACE = "7|12|reply|1"
ANSWERS = Answers(personal="Whole words", others="", intentions="מה 😀", barriers="one\ntwo", sign=True, seen=Seen.SOME)


def test_words_open_at_the_place_they_were_sealed_for() -> None:
    receipt = new_receipt()
    sealed = close(KEY, words(ANSWERS, receipt), PLACE)
    assert from_words(open_(KEY, sealed, PLACE)) == (ANSWERS, receipt)


@given(st.text(st.characters(), max_size=50))
def test_any_text_comes_back_as_it_was(text: str) -> None:
    answers = Answers(personal=text, barriers=text)
    assert from_words(open_(KEY, close(KEY, words(answers), PLACE), PLACE)) == (answers, None)


@pytest.mark.parametrize("place", ["7|13|reply|1", "8|12|reply|1", "7|12|draft|1", "7|12|reply|2"])
def test_words_moved_to_another_place_do_not_open(place: str) -> None:
    with pytest.raises(KeyWrong):
        open_(KEY, close(KEY, b"words", PLACE), place)


def test_a_changed_bit_is_noticed() -> None:
    sealed = bytearray(close(KEY, b"words", PLACE))
    sealed[20] ^= 1
    with pytest.raises(KeyWrong):
        open_(KEY, bytes(sealed), PLACE)


def _full(alphabet: str) -> Answers:
    rng = Random(1)
    personal, others, intentions, barriers = ("".join(rng.choices(alphabet, k=LARGEST_ANSWER)) for _ in Level)
    return Answers(personal=personal, others=others, intentions=intentions, barriers=barriers)


CONTROL = "".join(map(chr, range(1, 9)))
WIDE = "".join(map(chr, range(0x20000, 0x2A000)))


def test_all_answers_have_one_size_and_very_long_ones_another() -> None:
    sizes = {len(close(KEY, words(Answers(personal="ab " * n)), PLACE)) for n in range(0, 1_000, 50)}
    assert sizes == {NONCE + SIZE + TAG}
    for alphabet in (WIDE, CONTROL):  # the most bytes that do not compress, and the most bytes
        full = _full(alphabet)
        sealed = close(KEY, words(full), PLACE)
        assert len(sealed) in (NONCE + SIZE + TAG, NONCE + LONG + TAG)
        assert is_long(full) is (len(sealed) > NONCE + SIZE + TAG)
        assert from_words(open_(KEY, sealed, PLACE)) == (full, None)
    assert is_long(_full(WIDE))
    assert not is_long(Answers(personal="word " * 2_000))


def _of_an_older_release(text: bytes) -> bytes:
    """Padded to the next power of two, and not compressed."""
    size = max(1_024, 1 << len(text).bit_length())
    return seal._close(AESGCM(KEY), (text + b"\x80").ljust(size, b"\0"), PLACE)


@pytest.mark.parametrize("text", ["x", "x" * 1_000, "x" * 2_500])
def test_words_of_an_older_release_open(text: str) -> None:
    old = _of_an_older_release(words(Answers(personal=text)))
    assert from_words(open_(KEY, old, PLACE)) == (Answers(personal=text), None)


@pytest.mark.parametrize("told", [0, 4, 6, 1 << 20])
def test_no_more_is_decompressed_than_was_sealed(told: int) -> None:
    text = FORMAT + told.to_bytes(4) + zlib.compress(b"words" if told < 99 else bytes(1 << 24))
    with pytest.raises(KeyWrong):
        open_(KEY, seal._close(AESGCM(KEY), text.ljust(SIZE, b"\0") if told < 99 else text, PLACE), PLACE)


def test_what_was_not_compressed_by_us_does_not_open() -> None:
    with pytest.raises(KeyWrong):
        open_(KEY, seal._close(AESGCM(KEY), FORMAT + bytes(SIZE), PLACE), PLACE)


@pytest.mark.parametrize("facts", [b"", b"[]", b"\0\x80\0", b"x" * 64])
def test_small_facts_open_as_they_were(facts: bytes) -> None:
    sealed = close_small(KEY, facts, PLACE)
    assert open_small(KEY, sealed, PLACE) == facts
    assert (len(sealed) - NONCE - TAG) % 64 == 0


def test_the_same_words_never_look_the_same() -> None:
    assert close(KEY, b"words", PLACE) != close(KEY, b"words", PLACE)


def test_a_data_key_opens_under_the_master_key_that_wrapped_it() -> None:
    seal = Seal({2: b"b" * 32, 1: b"a" * 32})
    key, wrapped = seal.new_key("7|12")
    assert wrapped.version == 2  # the first wraps
    assert seal.unwrap(wrapped, "7|12") == key
    with pytest.raises(KeyWrong):
        seal.unwrap(wrapped, "7|13")
    with pytest.raises(KeyMissing):
        Seal({1: b"a" * 32}).unwrap(wrapped, "7|12")
    with pytest.raises(KeyWrong):
        Seal({2: b"x" * 32}).unwrap(wrapped, "7|12")
    with pytest.raises(KeyMissing):
        Seal({})


def test_nothing_secret_shows_itself() -> None:
    assert "kkkk" not in repr(Wrapped(version=1, key=b"kkkk"))
    assert "Whole" not in repr(ANSWERS)
    assert b"".join(part for part in (KEY,) if part in repr(Seal({1: KEY})).encode()) == b""


def test_a_receipt_is_eighty_bits_that_can_be_read_out() -> None:
    receipts = {new_receipt() for _ in range(200)}
    assert len(receipts) == 200
    signs = "".join(receipts).replace("-", "")
    assert set(signs) == set(ALPHABET)
    assert len(ALPHABET) == 32
    assert not set("01IO") & set(ALPHABET)
    assert all([len(part) for part in one.split("-")] == [4, 4, 4, 4] for one in receipts)


@pytest.mark.parametrize("typed", ["K7QD-3M9X-TT2A-9WPE", "k7qd3m9xtt2a9wpe", " k7qd 3M9X tt2a–9wpe "])
def test_a_receipt_may_be_typed_carelessly(typed: str) -> None:
    assert read_receipt(typed) == Receipt("K7QD-3M9X-TT2A-9WPE")


@pytest.mark.parametrize("typed", ["", "K7QD-3M9X-TT2A", "K7QD-3M9X-TT2A-9WP0", "K7QD-3M9X-TT2A-9WPE-X", "ß" * 16])
def test_what_is_no_receipt_is_none(typed: str) -> None:
    assert read_receipt(typed) is None


def test_a_key_file_is_its_owners_alone_and_its_newest_key_wraps(tmp_path: Path) -> None:
    file = tmp_path / "coproduce.key"
    assert add_key(file) == 1
    assert add_key(file) == 2
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    keys = read_key_file(file)
    assert list(keys) == [2, 1]
    assert {len(key) for key in keys.values()} == {32}
    assert read_key_list(",".join(file.read_text().splitlines())) == keys


@pytest.mark.parametrize("text", ["1:short", "one:" + "A" * 44, "nonsense", "1:" + "A" * 40, "1:ü"])
def test_a_key_file_that_is_wrong_is_refused_by_line_and_shows_no_key(tmp_path: Path, text: str) -> None:
    file = tmp_path / "coproduce.key"
    file.write_text(text + "\n")
    with pytest.raises(KeyWrong) as caught:
        read_key_file(file)
    assert "A" * 40 not in str(caught.value) + repr(caught.value.facts)


def test_a_key_file_that_is_missing_is_told_from_one_that_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(KeyMissing):
        read_key_file(tmp_path / "none.key")


def test_answers_without_a_sign_stay_unsigned() -> None:
    answers, _ = from_words(words(replace(ANSWERS, sign=False, seen=None)))
    assert (answers.sign, answers.seen) == (False, None)

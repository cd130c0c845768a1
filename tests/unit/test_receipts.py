"""Receipts: eighty bits of chance, in signs that can be read out."""

from __future__ import annotations

from storage.words.seal import ALPHABET, new_receipt, read_receipt


def test_every_sign_of_a_receipt_is_drawn_from_all_of_the_alphabet() -> None:
    receipts = [new_receipt().replace("-", "") for _ in range(1_000)]
    drawn = [set(signs) for signs in zip(*receipts, strict=True)]
    assert len(drawn) == 16
    assert all(signs == set(ALPHABET) for signs in drawn)  # by chance otherwise: once in 10^11 runs


def test_no_sign_of_a_receipt_follows_from_another() -> None:
    receipts = [new_receipt().replace("-", "") for _ in range(4_000)]
    for one in range(16):
        for other in range(one):
            assert len({(each[one], each[other]) for each in receipts}) > 900  # of 1,024; about 1,003 by chance


def test_a_receipt_that_is_given_can_be_read_back() -> None:
    for receipt in (new_receipt() for _ in range(100)):
        assert read_receipt(receipt) == receipt
        assert read_receipt(receipt.lower().replace("-", " ")) == receipt

"""Text files that people write by hand: UTF-8, with or without the mark that some editors put first."""

from __future__ import annotations

from pathlib import Path

from bot.errors import NotUtf8


def read_utf8(file: Path) -> str:
    """Line ends become line feeds. Raises OSError; NotUtf8 with the line of the first sign that is something else."""
    content = file.read_bytes()
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise NotUtf8(file=str(file), line=content.count(b"\n", 0, error.start) + 1) from None


def trimmed(text: str) -> str:
    """Without what nobody sees at either end: blanks, line ends, the marks that come with copying."""
    return text.strip("\ufeff\u200b\u00a0 \t\r\n\f\v")


def one_word(secret: str) -> str:
    """Trimmed: it is often pasted with a line end. Raises ValueError where signs are inside that no secret has."""
    word = trimmed(secret)
    if not word.isascii() or any(sign.isspace() or not sign.isprintable() for sign in word):
        raise ValueError("expected one word of plain letters, digits and signs, as it is shown where you got it")
    return word

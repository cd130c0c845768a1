"""Words from a file: one statement a line, several of one person make one reply."""

from __future__ import annotations

import json
from pathlib import Path

from bot.utf8 import read_utf8

Reply = dict[str, str]
"""Boxes as a script's person has them, and `locale` where the file tells the language."""


def take_words(file: Path) -> list[Reply]:
    """One reply for each person of the file, in the order in which they first speak. Words are verbatim.

    The first statement goes to `personal`, further ones to `others`, `intentions`, and then all to `barriers`.
    Raises OSError, NotUtf8; ValueError with the number of the first line that is not as it should be.
    """
    said: dict[str, list[str]] = {}
    languages: dict[str, str] = {}
    for number, line in enumerate(read_utf8(file).split("\n"), 1):
        if line.strip():
            person, text, language = _read(line, number)
            said.setdefault(person, []).append(text)
            languages.setdefault(person, language)
    return [_reply(statements, languages[person]) for person, statements in said.items()]


def _read(line: str, number: int) -> tuple[str, str, str]:
    try:
        told = json.loads(line)
    except json.JSONDecodeError:
        raise ValueError(str(number)) from None
    if not isinstance(told, dict) or not isinstance(told.get("text"), str):
        raise ValueError(str(number))
    # without a person, each line is somebody of their own
    person, language = told.get("person_id"), told.get("lang")
    return str(person) if person is not None else f"line {number}", told["text"], str(language or "")


def _reply(statements: list[str], language: str) -> Reply:
    boxes = dict(zip(("personal", "others", "intentions"), statements, strict=False))
    if statements[3:]:
        boxes["barriers"] = "\n".join(statements[3:])
    return {**boxes, "locale": language} if language else boxes

"""A report for programs: JSON, and CSV that is safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

from bot.answers import Level
from bot.report.model import Report, Row, Voice
from bot.report.words import Words
from bot.text import Texts

_ACTING = ("=", "+", "-", "@", "\t", "\r", "\n", "'", "＝", "＋", "－", "＠")
"""Leading characters that make a spreadsheet evaluate a cell, and the apostrophe, so that escaping is reversible."""

_LONGEST_VALUE = 40
"""Characters of the longest date that a spreadsheet reads as one, day, month and hour written out."""

_WORD = re.compile(r"[^\W\d_]+")
BYTE_ORDER_MARK = "\ufeff"
"""By which Excel knows that the file is UTF-8."""


def as_json(report: Report, texts: Texts) -> str:
    """Words exactly as they were sealed."""
    say = Words(texts=texts, round_=report.round_)
    round_ = report.round_
    told: dict[str, Any] = {
        "code": round_.code,
        "service": round_.service,
        "stage": round_.stage.value,
        "proposal": round_.proposal,
        "decided": round_.decided,
        "still_open": round_.still_open,
        "next_steps": round_.next_steps,
        "attribution": round_.attribution.value,
        "made_at": report.made_at.isoformat(),
        "closed_at": round_.closed_at.isoformat() if round_.closed_at else None,
        "revealed_at": round_.revealed_at.isoformat() if round_.revealed_at else None,
        "statement": {
            "notes": [say(note) for note in report.notes],
            "groups": [_row(row, say) for row in report.rows],
            "changes": [say(change) for change in report.changes],
            "merged": dict(report.statement.merged),
        },
        "data": [say(told) for told in report.data],
        "voices": [_voice(voice, say) for voice in report.voices],
        "barriers": [
            {"group": section.group, "text": text, "named_by": code}
            for section, barriers in report.barriers
            for text, code in barriers
        ],
        "commitments": [digest for digest, _ in report.commitments],
        "root": report.root,
        "late_commitments": [digest for digest, _ in report.late_commitments],
    }
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"


def _row(row: Row, say: Words) -> dict[str, Any]:
    counts = {name: getattr(row, name) for name in ("asked", "reached", "replied", "signed", "declined", "late")}
    return {"group": say(row.group), **counts}


def _voice(voice: Voice, say: Words) -> dict[str, Any]:
    return {
        "code": voice.code,
        "label": say(voice.label),
        "group": voice.group,
        "name": voice.name,
        "status": voice.status,
        "stub": say(voice.stub) if voice.stub else None,
        "seen": voice.seen,
        "words": None if voice.stub else {level.value: voice.said(level) for level in voice.answers.covers},
        "commitment": voice.commitment,
    }


def as_csv(report: Report, texts: Texts) -> str:
    """One row a voice. What people typed has an apostrophe put before it where a spreadsheet could take it for a
    formula, a number, a date or a truth value, and where it begins with an apostrophe: take off one leading apostrophe,
    and every cell is exact (`docs/checking.md`)."""
    say = Words(texts=texts, round_=report.round_)
    out = io.StringIO(newline="")
    table = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    levels = [level.value for level in Level]
    table.writerow(["code", "label", "group", "name", "seen", "status", "stub", *levels, "commitment"])
    for voice in report.voices:
        stub = say(voice.stub) if voice.stub else ""
        words = [voice.said(level) for level in Level]
        label = f"'{told}" if _acts(told := say(voice.label)) else told
        who = [voice.code, label, inert(voice.group or ""), inert(voice.name or ""), voice.seen or "", voice.status]
        table.writerow([*who, *(inert(cell) for cell in (stub, *words)), voice.commitment])
    return BYTE_ORDER_MARK + out.getvalue()


def inert(cell: str) -> str:
    """With an apostrophe before it where a spreadsheet would make something else of it."""
    return f"'{cell}" if _acts(cell) or _is_a_value(cell) else cell


def _acts(cell: str) -> bool:
    bare = cell.lstrip().lstrip("\u200b\ufeff")
    return cell.startswith(_ACTING) or bare.startswith(_ACTING)


def _is_a_value(cell: str) -> bool:
    """Could it be read as a number, a date or a truth value, in some language? `007`, `3/4`, `1E5`, `4. Dez 2026`."""
    text = cell.strip()
    if text.lower() in ("true", "false"):
        return True
    words = _WORD.findall(text) if len(text) <= _LONGEST_VALUE and any(char.isdigit() for char in text) else [""] * 4
    return len(words) < 4 and sum(len(word) > 2 for word in words) < 3

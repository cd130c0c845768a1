"""A round as a report, and its formats: HTML and Markdown to read, CSV and JSON to work with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bot.messages import File, line
from bot.report.html import html
from bot.report.markdown import markdown
from bot.report.model import Report, Voice, report, stub
from bot.report.tables import as_csv, as_json
from bot.text import Texts

FORMATS: Mapping[str, tuple[str, Callable[[Report, Texts], str]]] = {
    "html": ("text/html", html),
    "md": ("text/markdown", markdown),
    "csv": ("text/csv", as_csv),
    "json": ("application/json", as_json),
}


def files(shown: Report, formats: Sequence[str], texts: Texts) -> tuple[File, ...]:
    """One file per format, in the order of `formats`. Raises KeyError for a format that is not in `FORMATS`."""
    return tuple(_file(shown, name, texts) for name in formats)


def _file(shown: Report, name: str, texts: Texts) -> File:
    media_type, render = FORMATS[name]
    content = render(shown, texts)
    return File(
        name=f"coproduce-{shown.round_.code}.{name}",
        media_type=media_type,
        # a lone surrogate cannot be encoded as UTF-8; it is written as its escape
        content=content.encode("utf-8", "backslashreplace"),
        title=line("report.title", service=shown.round_.service),
    )


__all__ = ["FORMATS", "Report", "Voice", "files", "report", "stub"]

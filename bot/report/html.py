"""A report as one HTML page: no script, no external resource; people's words are escaped, with their own direction."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files

from jinja2 import BaseLoader, Environment, StrictUndefined, TemplateNotFound
from markupsafe import Markup, escape

from bot.report.markdown import LIMITS, recipe
from bot.report.model import Report
from bot.report.words import Words, runs, spoken
from bot.text import Texts


class _Templates(BaseLoader):
    def get_source(self, environment: Environment, template: str) -> tuple[str, str | None, None]:
        found = files("bot") / "templates" / template
        if not found.is_file():
            raise TemplateNotFound(template)
        return found.read_text(encoding="utf-8"), None, None


@cache
def _environment() -> Environment:
    made = Environment(
        loader=_Templates(), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.filters["passage"] = passage
    return made


def words(text: str) -> Markup:
    """Escapes so that a parser gives back exactly these characters; a raw carriage return would be read as a line feed.

    HTML cannot contain U+0000: its control picture (U+2400) stands in its place.
    """
    return Markup(str(escape(text)).replace("\r", "&#13;").replace("\0", "\u2400"))  # noqa: S704 - escaped here


def passage(text: str, tag: str = "blockquote", language: str = "") -> Markup:
    """An element with `dir` and `lang` of these words. `language`: as their writer named it.

    Not a Jinja macro, for speed: a voice has ten of them.
    """
    language = language or spoken(text)
    told = f' lang="{escape(language)}"' if language else ""
    return Markup(f'<{tag} class="words" dir="{runs(text)}"{told}>{words(text)}</{tag}>')  # noqa: S704


def html(report: Report, texts: Texts) -> str:
    css = (files("bot") / "templates" / "report.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    return (
        _environment()
        .get_template("report.html")
        .render(
            report=report,
            languages=report.languages,
            round=report.round_,
            say=Words(texts=texts, round_=report.round_),
            language=texts.nearest(report.round_.locale),
            css=Markup(css),  # noqa: S704 - our own file
            css_digest=digest,
            recipe=recipe(),
            limits=LIMITS,
        )
    )

"""Wording: loads the catalogues and renders lines in the reader's language and time zone."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from babel import Locale, negotiate_locale
from babel.lists import format_list

from bot.acts import Confirm, Field, Form, Refused, Said, ShowForm
from bot.errors import CoproduceError
from bot.formats import date, formats, length, number, zone
from bot.isolates import isolated, unrepeated
from bot.messages import BY_CODE, Control, Fact, Line, MessageKind, Passage, Post
from bot.people import Place

Escape = Callable[[str], str]
"""Escapes a fact for one platform (a name such as `<!channel>`)."""

Moment = Callable[[datetime, str, str], str]
"""The platform's timestamp markup: (time, style, our wording as the fallback) -> markup. Styles: `formats.DATES`."""

Named = Callable[[Place], str]
"""The platform's own link to a channel, which shows the name that the channel has when it is read."""

TITLED = frozenset(
    {
        MessageKind.HEADLINE_DONE,
        MessageKind.HEADING,
        MessageKind.PAGE,
        MessageKind.LATE_PAGE,
        MessageKind.CONTRASTS,
        MessageKind.PREVIEW,
        MessageKind.STATUS,
    }
)
"""Kinds whose first line stands above the rest."""

NAMES = frozenset(
    {"channel", "contact", "group", "groups", "into", "known", "leaders", "name", "names", "organiser"}
    | {"other", "place", "reason", "responsible", "service", "typed"}
)
"""Slots that hold what somebody typed, or what a platform calls somebody or something: isolated in each sentence."""

_OF_GROUPS = frozenset({"group", "groups", "into", "known", "leaders", "other"})
"""Slots that hold groups. Only there our own words for a group are worded: a service may be called "frontline"."""

_NAMELESS = ("cli.", "error.", "play.wrong.", "when.")
"""Sentences about files, faults and times: what fills them is no name."""

HOUSE = "en"
"""The complete catalogue, and the fallback for sentences that are missing in another language."""

BEGINS = frozenset({"title", "voice"})
"""Forms of a group that begin a line: a name that was typed begins with a capital there."""

_SLOT = re.compile(r"(?P<mark>#?)\{(?P<name>\w+)(?::(?P<style>[\w-]+))?\}")
"""`mark`: what stands before the name of a channel is part of it."""


class Wordless(CoproduceError, KeyError):
    """A sentence is missing in the catalogue, or a fact is missing in the line."""

    code = "wordless"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """One paragraph. `is_theirs`: people's own words, to be shown in full and without active markup."""

    text: str = field(repr=False)
    is_theirs: bool = False
    heading: str = ""
    locale: str | None = None  # of people's words, where known


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    id: str
    verb: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Worded:
    """A message or an outcome, worded for one reader."""

    paragraphs: tuple[Paragraph, ...]
    buttons: tuple[Button, ...] = ()
    errors: Mapping[str, str] = field(default_factory=dict)  # of a refusal: field name -> what is wrong there
    locale: str = HOUSE

    @property
    def text(self) -> str:
        """All of it as plain lines, headings included."""
        lines = (part for one in self.paragraphs for part in (one.heading, one.text) if part)
        return "\n".join(lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class WordedField:
    """One field of a form; `field` has its name, kind, values and limits."""

    field: Field
    label: str
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()  # value, label
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WordedForm:
    form: Form
    title: str
    notes: tuple[Paragraph, ...]
    boxes: tuple[WordedField, ...]
    submit: str
    locale: str = HOUSE


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """The reader of a sentence: locale, time zone, and the escaping of their platform."""

    locale: Locale
    tz: tzinfo
    escape: Escape
    moment: Moment | None
    named: Named | None
    is_mixed: bool = True  # False: the sentence is one slot and nothing else, so there is nothing to isolate it from

    def name(self, text: str) -> str:
        return isolated(self.escape(text)) if self.is_mixed and text else self.escape(text)

    def place(self, place: Place) -> str:
        if self.named is None:
            return self.name(f"#{place.name}")
        return isolated(self.named(place)) if self.is_mixed else self.named(place)


class Texts:
    """All catalogues. An unknown locale falls back to English, an unknown time zone to UTC."""

    def __init__(self, catalogues: Mapping[str, Mapping[str, Any]], platform: str = "") -> None:
        self._catalogues = catalogues
        self._platform = platform
        self.languages = tuple(sorted(catalogues))
        self._entries: dict[tuple[str, str], str | Mapping[str, str]] = {}  # by sentence and language

    @classmethod
    @cache
    def load(cls) -> Texts:
        """The shipped catalogues, read once per process."""
        found = (entry for entry in (files("bot") / "locales").iterdir() if entry.name.endswith(".toml"))
        return cls({entry.name[:-5]: tomllib.loads(entry.read_text(encoding="utf-8")) for entry in found})

    def on(self, platform: str) -> Texts:
        """As read there: what stands below the platform's name in a catalogue comes before what stands elsewhere."""
        return Texts(self._catalogues, platform)

    def nearest(self, locale: str | None) -> str:
        """The catalogue for this locale: `de` for `de-AT`, `en` for an unknown one."""
        return _nearest(locale or HOUSE, self.languages)

    def formats(self, locale: str | None) -> Locale:
        """How dates, numbers and lists are written for this reader."""
        return formats(locale, self._catalogues[self.nearest(locale)]["format"])

    def line(
        self,
        line: Line,
        locale: str | None = None,
        tz: str = "UTC",
        *,
        escape: Escape = str,
        moment: Moment | None = None,
        named: Named | None = None,
    ) -> str:
        """Raises Wordless where the sentence or one of its facts is missing."""
        language = self.nearest(locale)
        reader = Reader(
            locale=self.formats(locale),
            tz=zone(tz),
            escape=escape,
            moment=moment,
            named=named,
        )
        return self._worded(line, language, reader)

    def label(self, control: Control, locale: str | None = None) -> str:
        """`control.<verb>`, or its `.<wording>` or `.<argument>` where the catalogue has one, else its `.label`."""
        language = self.nearest(locale)
        if control.wording == BY_CODE and control.code:
            return control.code
        named = control.wording or control.argument
        for key in (f"control.{control.verb}.{one}" for one in (named, named.partition(":")[0], "label")):
            found = self._find(key, language)
            if isinstance(found, str):
                before, slot, after = found.partition("{name}")
                return f"{before}{isolated(unrepeated(before, control.name))}{after}" if slot else found
        return str(self._entry(f"control.{control.verb}", language)).replace("{argument}", control.argument)

    def post(
        self, post: Post, *, escape: Escape = str, moment: Moment | None = None, named: Named | None = None
    ) -> Worded:
        say = _Voice(texts=self, locale=post.locale, tz=post.tz, escape=escape, moment=moment, named=named)
        return Worded(
            paragraphs=say.paragraphs(post.content),
            buttons=say.buttons(post.controls),
            locale=self.nearest(post.locale),
        )

    def outcome(
        self,
        outcome: Said | Refused | Confirm,
        *,
        escape: Escape = str,
        moment: Moment | None = None,
        named: Named | None = None,
    ) -> Worded:
        """Words the outcome for the person who acted."""
        say = _Voice(texts=self, locale=outcome.locale, tz=outcome.tz, escape=escape, moment=moment, named=named)
        content, controls, errors = _parts(outcome)
        return Worded(
            paragraphs=say.paragraphs(content),
            buttons=say.buttons(controls),
            errors={name: say.line(line) for name, line in errors.items()},
            locale=self.nearest(outcome.locale),
        )

    def form(
        self, shown: ShowForm, *, escape: Escape = str, moment: Moment | None = None, named: Named | None = None
    ) -> WordedForm:
        say = _Voice(texts=self, locale=shown.locale, tz=shown.tz, escape=escape, moment=moment, named=named)
        form = shown.form
        return WordedForm(
            form=form,
            title=say.line(form.title),
            notes=say.paragraphs(form.notes),
            boxes=tuple(say.box(box) for box in form.fields),
            submit=say.line(form.submit),
            locale=self.nearest(shown.locale),
        )

    def listed(self, items: tuple[str, ...], locale: str | None = None) -> str:
        """`a, b and c` in the reader's language."""
        return format_list(list(items), locale=self.formats(locale))

    # rendering of one sentence

    def _find(self, key: str, language: str) -> Any:
        spoken = (self._catalogues[language], self._catalogues[HOUSE])
        for catalogue in (each for all_ in spoken for each in (all_.get(self._platform), all_)):
            node: Any = catalogue
            for part in key.split("."):
                node = node.get(part) if isinstance(node, Mapping) else None
            if node is not None:
                return node
        return None

    def _entry(self, key: str, language: str) -> str | Mapping[str, str]:
        """Each is looked for once: the same sentences are said again and again."""
        if known := self._entries.get((key, language)):
            return known
        found = self._find(key, language)
        if isinstance(found, Mapping) and "text" in found:  # the key also has sub-keys
            found = found["text"]
        if isinstance(found, str) or (isinstance(found, Mapping) and "other" in found):
            self._entries[key, language] = found
            return found
        raise Wordless(key=key)

    def _worded(self, line: Line, language: str, reader: Reader) -> str:
        entry = self._entry(line.key, language)
        template = entry if isinstance(entry, str) else self._variant(line, entry, reader)
        if _SLOT.fullmatch(template) or line.key.startswith(_NAMELESS):
            reader = replace(reader, is_mixed=False)
        return _SLOT.sub(lambda slot: self._slot(slot, line, language, reader), template)

    def _variant(self, line: Line, entry: Mapping[str, str], reader: Reader) -> str:
        count = line.facts.get(name := entry.get("plural", "count"))
        if not isinstance(count, int):
            raise Wordless(key=line.key, fact=name)
        if count == 0 and "zero" in entry:
            return entry["zero"]
        return entry.get(reader.locale.plural_form(count), entry["other"])

    def _group_of(self, language: str) -> Mapping[str, Mapping[str, str]]:
        """Our own groups, each with its forms."""
        found: Mapping[str, Mapping[str, str]] = self._find("group", language)
        return found

    def _slot(self, slot: re.Match[str], line: Line, language: str, reader: Reader) -> str:
        mark, name, style = slot["mark"], slot["name"], slot["style"] or ""
        if name not in line.facts:
            raise Wordless(key=line.key, fact=name)
        fact: Fact = line.facts[name]
        if isinstance(fact, Place):
            return reader.place(fact)
        if isinstance(fact, str):
            shown = reader.name if name in NAMES else reader.escape
            group_of = self._group_of(language) if name in _OF_GROUPS else {}
            if name in _OF_GROUPS:
                fact = unrepeated(slot.string[: slot.start()], fact)
            return self._text(fact, style, language, reader, lambda text: shown(f"{mark}{text}"), group_of)
        return mark + _formatted(fact, style, reader)

    def _text(
        self,
        fact: str,
        style: str,
        language: str,
        reader: Reader,
        shown: Callable[[str], str],
        group_of: Mapping[str, Mapping[str, str]],
    ) -> str:
        """A text fact: as `shown`, never a template. A style may name a form of a group, or a table it stands in."""
        if style == "list":
            items = [self._text(item, "", language, reader, shown, group_of) for item in fact.split("\n")]
            return format_list(items, locale=reader.locale)
        if group := group_of.get(fact):
            return group[style or "other"]
        named = self._find(f"{style}.{fact}", language) if style else None
        return named if isinstance(named, str) else shown(_begun(fact) if style in BEGINS else fact)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Voice:
    """`Texts` bound to one reader."""

    texts: Texts
    locale: str
    tz: str
    escape: Escape
    moment: Moment | None
    named: Named | None

    def line(self, line: Line) -> str:
        return self.texts.line(line, self.locale, self.tz, escape=self.escape, moment=self.moment, named=self.named)

    def paragraph(self, part: Line | Passage) -> Paragraph:
        if isinstance(part, Line):
            return Paragraph(text=self.line(part))
        heading = self.line(part.heading) if part.heading else ""
        return Paragraph(text=part.text, is_theirs=True, heading=heading, locale=part.locale)

    def paragraphs(self, parts: tuple[Line | Passage, ...]) -> tuple[Paragraph, ...]:
        return tuple(self.paragraph(part) for part in parts)

    def buttons(self, controls: tuple[Control, ...]) -> tuple[Button, ...]:
        return tuple(Button(id=one.id, verb=one.verb, label=self.texts.label(one, self.locale)) for one in controls)

    def box(self, box: Field) -> WordedField:
        return WordedField(
            field=box,
            label=self.paragraph(box.label).text,
            hint=self.paragraph(box.hint).text if box.hint else "",
            choices=tuple((value, self.line(label)) for value, label in box.choices),
            error=self.line(box.error) if box.error else "",
        )


def _begun(name: str) -> str:
    first = name[:1].upper()
    return f"{first}{name[1:]}" if len(first) == 1 else name


def _parts(
    outcome: Said | Refused | Confirm,
) -> tuple[tuple[Line | Passage, ...], tuple[Control, ...], Mapping[str, Line]]:
    match outcome:
        case Said():
            return outcome.content, outcome.controls, {}
        case Refused():
            return (outcome.because,), outcome.controls, outcome.fields
        case Confirm():
            return outcome.content, (outcome.yes,), {}


def _formatted(fact: int | datetime | timedelta, style: str, reader: Reader) -> str:
    match fact:
        case datetime():
            written = date(fact, style, reader.locale, reader.tz)
            return reader.moment(fact, style, written) if reader.moment else written
        case timedelta():
            return length(fact, reader.locale)
        case int():
            return number(fact, reader.locale)


@lru_cache(maxsize=1_000)
def _nearest(locale: str, languages: tuple[str, ...]) -> str:
    return negotiate_locale([locale.replace("_", "-")], languages, sep="-") or HOUSE

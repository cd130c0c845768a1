"""The page's templates, filled for one person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from adapters.html.forms import Step, Submit, form_html
from adapters.html.prose import prose_html
from adapters.html.shapes import Choice, Sheet
from adapters.playground.chat.sheets import KEPT, OpenSheet
from adapters.playground.page.desk import ClockState, Due, Guide, Held
from adapters.playground.page.seen import SeenEntry, Sight, href
from adapters.playground.page.statics import Static
from bot.acts import FormKind
from bot.formats import direction
from bot.forms.setup import AFTER_PEOPLE, BEFORE_PEOPLE, NAMES_OF_GROUPS
from bot.messages import Fact, line
from bot.text import HOUSE, Texts


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenForm:
    """`html`: the `<form>` of the forms room."""

    id: str
    html: Markup
    title: Markup
    is_set_up: bool
    can_keep: bool


@dataclass(frozen=True, slots=True)
class Drawing:
    """What one person is shown, as HTML."""

    sight: Sight
    static: Static

    def page(self, chosen: str, guide: Guide, clock: ClockState, due: Sequence[Due]) -> str:
        sight = self.sight
        return self._filled(
            "page.html",
            me=sight.me,
            people=sight.people(),
            places=sight.places(),
            chosen=chosen,
            dialogs=self.dialog(sight.eyes.form),
            number=sight.eyes.number,
            clock=self._clock(clock, due),
            due=self._due(due),
            **self._steps(guide),
        )

    def entry(self, entry: SeenEntry) -> str:
        return self._filled("entry.html", entry=entry)

    def dialog(self, form: OpenSheet | None) -> Markup:
        """Of the form that is open; nothing where none is."""
        if form is None:
            return Markup("")
        sight, sheet = self.sight, form.sheet
        can_keep = sheet.kind in KEPT
        html = form_html(
            sheet,
            sight.reader,
            action=f"{href(sight.eyes.me.id)}/fill",
            texts=sight.texts,
            hidden={"form": form.id, "about": about(sheet)},
            options=self._options(),
            steps=self._parts(sheet) if sheet.kind == FormKind.SETUP else (),
            buttons=(self._keep(),) if can_keep else (),
        )
        seen = SeenForm(
            id=form.id,
            html=html,
            title=prose_html(sheet.title, sight.reader),
            is_set_up=sheet.kind == FormKind.SETUP,
            can_keep=can_keep,
        )
        return Markup(self._filled("dialog.html", form=seen))  # noqa: S704 - a template's

    def _keep(self) -> Submit:
        return Submit(name="do", value="keep", label=self.sight.worded(line("playground.form.keep")))

    def _parts(self, sheet: Sheet) -> tuple[Step, ...]:
        """The set-up in three parts, each with its own note."""
        last = (*AFTER_PEOPLE, *NAMES_OF_GROUPS)
        people = tuple(one.name for one in sheet.boxes if one.name not in (*BEFORE_PEOPLE, *last))
        parts = {"what": BEFORE_PEOPLE, "who": people, "when": last}
        notes = [(note,) for note in sheet.notes] if len(sheet.notes) == len(parts) else [()] * len(parts)
        return tuple(
            Step(name=name, title=self.sight.worded(line(f"window.setup.{name}")), boxes=boxes, notes=note)
            for (name, boxes), note in zip(parts.items(), notes, strict=True)
        )

    def people(self) -> str:
        return self._filled("people.html", people=self.sight.people())

    def places(self, chosen: str = "") -> str:
        return self._filled("places.html", places=self.sight.places(with_entries=False), chosen=chosen)

    def steps(self, guide: Guide) -> str:
        return self._filled("steps.html", **self._steps(guide))

    def clock(self, clock: ClockState, due: Sequence[Due]) -> str:
        return self._filled("clock.html", clock=self._clock(clock, due))

    def due(self, due: Sequence[Due]) -> str:
        return self._filled("due.html", due=self._due(due))

    def held(self, held: Held, words: str) -> str:
        return self._filled(
            "held.html",
            held={
                "tables": held.tables,
                "files": held.files,
                "note": self.sight.worded(held.note),
                "found": held.found,
            },
            words=words,
        )

    def _steps(self, guide: Guide) -> dict[str, Any]:
        me = self.sight.me.id
        steps = [
            {
                "name": one.name.value,
                "title": self.sight.worded(one.title),
                "text": self.sight.worded(one.text),
                "is_done": one.is_done,
                "is_next": one.is_next,
                "control": one.control,
                "href": href(one.person) if one.person not in ("", me) else "",
            }
            for one in guide.steps
        ]
        return {"steps": steps, "is_over": guide.is_over, "is_called_off": guide.is_called_off}

    def _clock(self, clock: ClockState, due: Sequence[Due]) -> dict[str, Any]:
        say = self.sight.say
        named = [say("clock.coming", what=one["text"], when=one["when_text"]) for one in self._due(due[:1])]
        return {
            "now": clock.now.isoformat(timespec="seconds"),
            "now_text": self.sight.text_time(clock.now, ""),
            "rate": clock.rate,
            "zone": self.sight.eyes.me.tz,
            "locale": str(self.sight.texts.formats(self.sight.eyes.me.locale)).replace("_", "-"),
            "is_running": clock.rate > 0,
            "next_text": "".join(named),
            "can_jump": clock.can_jump_to_deadline,
        }

    def _due(self, due: Sequence[Due]) -> list[dict[str, str]]:
        return [{"text": self.sight.worded(one.text), "when_text": self.sight.text_time(one.at, "")} for one in due]

    def _options(self) -> dict[str, tuple[Choice, ...]]:
        """Who and where can be picked."""
        eyes = self.sight.eyes
        return {
            "people": tuple(Choice(value=one.id, label=(one.name,)) for one in self.sight.people()),
            "channel": tuple(Choice(value=one.id, label=(f"#{one.name}",)) for one in eyes.channels.values()),
        }

    def _filled(self, name: str, **given: Any) -> str:
        sight = self.sight
        lang = sight.texts.nearest(sight.eyes.me.locale)
        given = {"lang": lang, "dir": direction(lang), **given}
        return _templates().get_template(name).render(t=sight.say, static=self.static.address, **given)


def about(sheet: Sheet) -> str:
    """Which form it is. It outlives the chat's own id, which goes with the chat's process."""
    return f"{sheet.kind}:{sheet.code}"


def stopped(texts: Texts, static: Static, what: str) -> str:
    """A page for whoever gets none. `what`: of `playground.stopped`."""

    def say(key: str, **facts: Fact) -> str:
        return texts.line(line(f"playground.{key}", **facts))

    given = {"lang": HOUSE, "dir": direction(HOUSE), "what": what}
    return _templates().get_template("stopped.html").render(t=say, static=static.address, **given)


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("adapters.playground.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

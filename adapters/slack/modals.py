"""Pure: forms as Slack's modal views, one page at a time, and reading back what was filled in."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from adapters.slack import setting_up
from adapters.slack.markup import (
    LONGEST_LABEL,
    LONGEST_OPTION,
    LONGEST_TITLE,
    escape,
    moment,
    named,
    shortened,
)
from adapters.slack.views import Json, buttons, in_view, lines, section, theirs
from bot.acts import Confirm, FieldKind, FormKind, Refused, Said, ShowForm
from bot.forms import ONE_PERSON, receipt_shown
from bot.messages import Line, control, line
from bot.setups import Fields
from bot.text import Paragraph, Texts, WordedField

CALLBACK = "coproduce"
"""The `callback_id` of every view of ours."""

NOT_ASKED = frozenset({"time_zone"})
"""Left out on Slack: the native picker uses the zone of the person who picks."""

BACK = "back"
"""Argument of `answer` in a page of an answer: the page is kept, and the one before is shown."""

EVERY_PAGE = frozenset({"form.answer.note_no_names", "form.answer.note_change"})
"""Notes that stand on each page of an answer; the others stand on its first."""

LONGEST_INPUT = 3_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Which page of which form a view is: its `private_metadata`, which is not secret and holds no words."""

    kind: str = ""
    code: str = ""
    page: str = ""
    step: int = 0  # of an answer: from 0
    steps: int = 1

    @property
    def is_last(self) -> bool:
        return self.step >= self.steps - 1

    def stored(self) -> str:
        return json.dumps([self.kind, self.code, self.page, self.step, self.steps])

    @classmethod
    def read(cls, stored: str) -> Place:
        """Parses `private_metadata`; an empty place if the view is not ours."""
        try:
            kind, code, page, step, steps = json.loads(stored)
            return cls(kind=str(kind), code=str(code), page=str(page), step=int(step), steps=int(steps))
        except (ValueError, TypeError):
            return cls()


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """The workspace's user groups, where it has any: id -> name."""

    names: Mapping[str, str] = field(default_factory=dict)


NO_GROUPS = Groups()


def form(shown: ShowForm, texts: Texts, *, step: int = 0, groups: Groups = NO_GROUPS) -> Json:
    """One page of a form. An answer has a page for each box; the last holds also how one is shown.

    [Back] stands at the foot: Slack knows one button that sends a view, and that one goes on.
    """
    if shown.form.kind is FormKind.SETUP:
        shown = replace(shown, form=setting_up.part(shown.form))
    worded = texts.form(shown)
    notes = texts.form(shown, escape=escape, moment=moment, named=named).notes
    is_answer = shown.form.kind is FormKind.ANSWER
    pages = _pages(worded.boxes) if is_answer else (worded.boxes,)
    step = min(step, len(pages) - 1)
    place = Place(kind=shown.form.kind.value, code=shown.form.code, page=shown.form.page, step=step, steps=len(pages))
    keys = tuple(note.key if isinstance(note, Line) else "" for note in shown.form.notes)
    kept = [note for note, key in zip(notes, keys, strict=True) if step == 0 or key in EVERY_PAGE]
    blocks = [*_heading(shown, texts, is_answer=is_answer), *_notes(kept)]
    for box in pages[step]:
        blocks += _input(box)
        if shown.form.kind is FormKind.SETUP:
            blocks += _user_groups(box, groups, texts, shown.locale)
    if step:
        back = control("answer", shown.form.code, BACK)
        button = {"type": "button", "action_id": back.id, "text": _plain(texts.label(back, shown.locale))}
        blocks.append({"type": "actions", "elements": [button]})
    say = _Words(texts, shown.locale)
    title = say("window.step", page=step + 1, pages=len(pages)) if is_answer else worded.title
    submit = worded.submit if place.is_last else say("window.save_next")
    return {**_view(title, blocks, say("window.close")), "submit": _plain(submit), "private_metadata": place.stored()}


def loading(texts: Texts, locale: str) -> Json:
    """A loading window: opened before the trigger expires, filled when the outcome is known."""
    say = _Words(texts, locale)
    return _view(say("window.title"), [section(say("window.loading"))], say("window.close"))


def word(outcome: Said | Refused | Confirm, texts: Texts) -> Json:
    """An outcome in the place of a form. A receipt is in a text box, from which phones can copy it."""
    if isinstance(outcome, Said) and outcome.receipt:
        shown = receipt_shown(outcome, outcome.receipt)
        view = form(ShowForm(form=shown, locale=outcome.locale, tz=outcome.tz), texts)
        return {**view, "blocks": [*view["blocks"], *buttons(outcome, texts)]}
    say = _Words(texts, outcome.locale)
    return _view(say("window.title"), in_view(outcome, texts), say("window.close"))


def home(outcome: Said | Refused | Confirm, texts: Texts) -> Json:
    return {"type": "home", "callback_id": CALLBACK, "blocks": in_view(outcome, texts)}


def errors(refused: Refused, names: Sequence[str], texts: Texts) -> dict[str, str]:
    """Field name -> error, for the boxes `names` of this page. An error of any other box is shown at the first."""
    worded = texts.outcome(refused)
    found = {name: text for name, text in worded.errors.items() if name in names}
    if not found and names:
        elsewhere = [text for text in dict.fromkeys(worded.errors.values()) if text != worded.paragraphs[0].text]
        found = {names[0]: " ".join([worded.paragraphs[0].text, *elsewhere])}
    return {name: shortened(text, LONGEST_LABEL) for name, text in found.items()}


def names_of(view: Mapping[str, object]) -> tuple[str, ...]:
    """The boxes of a view, in their order."""
    blocks = view.get("blocks")
    listed = blocks if isinstance(blocks, list) else []
    return tuple(str(block["block_id"]) for block in listed if block.get("type") == "input")


def filled(view: Mapping[str, object]) -> Fields:
    """What was filled in: field name -> values, as the engine takes them."""
    state = view.get("state")
    values = state.get("values", {}) if isinstance(state, dict) else {}
    return setting_up.joined(
        {str(name): _values(element) for name, elements in values.items() for element in list(elements.values())[:1]}
    )


def _values(element: Json) -> tuple[str, ...]:
    match element.get("type"):
        case "plain_text_input":
            return (element.get("value") or "",)
        case "radio_buttons":
            option = element.get("selected_option")
            return (option["value"],) if option else ()
        case "multi_users_select":
            return tuple(element.get("selected_users") or ())
        case "multi_external_select":
            return tuple(option["value"] for option in element.get("selected_options") or ())
        case "conversations_select":
            chosen = element.get("selected_conversation")
            return (chosen,) if chosen else ()
        case "datetimepicker":
            at = element.get("selected_date_time")
            return (datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),) if at else ()
        case _:
            return ()


class _Words:
    """The sentences under `window`, in one language."""

    def __init__(self, texts: Texts, locale: str) -> None:
        self._texts = texts
        self._locale = locale

    def __call__(self, key: str, **facts: int) -> str:
        return self._texts.line(line(key, **facts), self._locale)


def _pages(boxes: Sequence[WordedField]) -> tuple[tuple[WordedField, ...], ...]:
    """One page for each text box; choices are on the last page."""
    texts = [box for box in boxes if box.field.kind is FieldKind.TEXT]
    rest = tuple(box for box in boxes if box.field.kind is not FieldKind.TEXT)
    return (*((box,) for box in texts[:-1]), (*texts[-1:], *rest))


def _view(title: str, blocks: list[Json], close: str) -> Json:
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "title": _plain(shortened(title, LONGEST_TITLE)),
        "close": _plain(shortened(close, LONGEST_TITLE)),
        "blocks": blocks[:100],
    }


def _plain(text: str) -> Json:
    return {"type": "plain_text", "text": text, "emoji": False}


def _heading(shown: ShowForm, texts: Texts, *, is_answer: bool) -> Iterator[Json]:
    """The name of the service, which may be too long for a modal's title."""
    if is_answer:
        yield from theirs(texts.line(shown.form.title, shown.locale))


def _notes(notes: Sequence[Paragraph]) -> Iterator[Json]:
    ours = [note for note in notes if not note.is_theirs]
    yield from lines(ours)
    for note in notes:
        if note.is_theirs:
            yield from theirs(note.text)


def _input(box: WordedField) -> Iterator[Json]:
    """A box; a question that is too long for a label is shown in full above it."""
    name = box.field.name
    if name in NOT_ASKED:
        return
    if len(box.label) > LONGEST_LABEL:
        yield from theirs(box.label)
    if box.error:
        yield section(f"⚠ {escape(box.error)}")
    block: Json = {
        "type": "input",
        "block_id": name,
        "optional": box.field.optional,
        "label": _plain(shortened(box.label, LONGEST_LABEL)),
        "element": {**_element(box), "action_id": name},
    }
    if box.hint and box.field.kind is not FieldKind.TIME:  # its hint is for typing; here is a picker
        block["hint"] = _plain(shortened(box.hint, LONGEST_LABEL))
    yield block


def _element(box: WordedField) -> Json:
    values = [value for value in box.field.values if value]
    match box.field.kind:
        case FieldKind.LINE | FieldKind.TEXT:
            longest = min(box.field.longest, LONGEST_INPUT)
            element: Json = {
                "type": "plain_text_input",
                "multiline": box.field.kind is FieldKind.TEXT,
                "max_length": longest,
            }
            return {**element, "initial_value": values[0][:longest]} if values else element
        case FieldKind.CHOICE:
            options = [{"text": _plain(shortened(label, LONGEST_OPTION)), "value": v} for v, label in box.choices]
            chosen = [option for option in options if option["value"] in values]
            return {"type": "radio_buttons", "options": options, **({"initial_option": chosen[0]} if chosen else {})}
        case FieldKind.PEOPLE:
            people: Json = {"type": "multi_users_select"}
            if box.field.name in ONE_PERSON:
                people["max_selected_items"] = 1
            chosen_people = setting_up.people_of(box.field.values)
            return {**people, "initial_users": chosen_people} if chosen_people else people
        case FieldKind.CHANNEL:
            filter_ = {"include": ["public", "private"], "exclude_bot_users": True}
            channel: Json = {"type": "conversations_select", "filter": filter_}
            if values:
                return {**channel, "initial_conversation": values[0]}
            return {**channel, "default_to_current_conversation": True}
        case FieldKind.TIME:
            at = _read_time(values[0]) if values else None
            return {"type": "datetimepicker", **({"initial_date_time": at} if at else {})}


def _read_time(text: str) -> int | None:
    """Reads the time format of our own picker."""
    try:
        return int(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp())
    except ValueError:
        return None


def _user_groups(box: WordedField, groups: Groups, texts: Texts, locale: str) -> Iterator[Json]:
    """The user groups beside the people of a group. Only an external select can offer them.

    One that was chosen stands there by its id where its name is not known: what is not in the form counts as taken out.
    """
    name, chosen = f"{box.field.name}_groups", setting_up.groups_of(box.field.values)
    if name not in setting_up.GROUPS_OF or not (groups.names or chosen):
        return
    label = texts.line(line("window.user_groups.label", people=box.label), locale)
    element: Json = {"type": "multi_external_select", "action_id": name, "min_query_length": 0}
    if options := group_options([(id_, groups.names.get(id_, id_)) for id_ in chosen]):
        element["initial_options"] = options
    yield {
        "type": "input",
        "block_id": name,
        "optional": True,
        "label": _plain(shortened(label, LONGEST_LABEL)),
        "hint": _plain(texts.line(line("window.user_groups.hint"), locale)),
        "element": element,
    }


def group_options(found: Sequence[tuple[str, str]]) -> list[Json]:
    """What an external select offers: at most a hundred."""
    return [{"text": _plain(shortened(name, LONGEST_OPTION)), "value": id_} for id_, name in found[:100]]

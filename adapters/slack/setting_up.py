"""The set-up on Slack: a form of three pages, and user groups in boxes of their own beside the people of a group."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from adapters.slack.groups import is_group
from bot.acts import Act, Form, Outcome, Refused, SaveSetup, ShowForm
from bot.messages import line
from bot.rounds import GROUPS
from bot.service.doing import set_up
from bot.setups import Fields

PAGES = ("what", "who", "when")
"""Of the form, in order."""

WHAT = frozenset({"service", "proposal", "decided", "still_open", "stage"})
WHEN = frozenset({"channel", "closes_at", "time_zone", "attribution", "co_organiser", "contact", "next_steps"})

GROUPS_OF = {f"{name}_groups": name for name in GROUPS}
"""Box of user groups -> the box whose people stand beside it. To the engine both are people of one group."""

Do = Callable[[Act | Refused], Awaitable[Outcome]]


async def turn(page: SaveSetup, do: Do) -> Outcome:
    """Saves a page: then the next one; after the last the preview, or the first page on which something is wrong."""
    outcome = await do(page)
    if not isinstance(outcome, ShowForm):
        return outcome
    later = PAGES[PAGES.index(page_of(page.page)) + 1 :]
    if later:
        return _at(outcome, later[0])
    ended = await set_up(page, outcome, do)
    if not isinstance(ended, ShowForm):
        return ended
    wrong = {_page_with(box.name) for box in ended.form.fields if box.error}
    return _at(ended, next((name for name in PAGES if name in wrong), PAGES[0]))


def page_of(label: str) -> str:
    """The page that a label names: the first one, where it names none."""
    return label if label in PAGES else PAGES[0]


def part(form: Form) -> Form:
    """The page that the form's label names."""
    page = page_of(form.page)
    return replace(
        form,
        page=page,
        title=line(f"window.setup.{page}"),
        notes=(line(f"form.setup.note_{page}"),),
        fields=tuple(box for box in form.fields if _page_with(box.name) == page),
        submit=form.submit if page == PAGES[-1] else line("window.next"),
    )


def joined(fields: Fields) -> Fields:
    """People and user groups of one group as one list of references."""
    apart = {name: fields[name] for name in GROUPS_OF if name in fields}
    people = {GROUPS_OF[name]: (*fields.get(GROUPS_OF[name], ()), *groups) for name, groups in apart.items()}
    return {**{name: values for name, values in fields.items() if name not in apart}, **people}


def people_of(references: tuple[str, ...]) -> list[str]:
    return [ref for ref in references if ref and not is_group(ref)]


def groups_of(references: tuple[str, ...]) -> list[str]:
    return [ref for ref in references if is_group(ref)]


def _at(shown: ShowForm, page: str) -> ShowForm:
    return replace(shown, form=replace(shown.form, page=page))


def _page_with(name: str) -> str:
    if name in WHAT:
        return "what"
    return "when" if name in WHEN else "who"

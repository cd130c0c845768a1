"""How a person fills in Slack's boxes: what is picked where others type, and what the boxes leave no room for."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from tests.slack.reading import inputs_of, value_of
from tests.slack.workspace import Json, View, Workspace

LONGEST = 3_000
"""Characters of any text input."""

_WRITTEN = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d")
_AHEAD = re.compile(r"in (\d+) (second|minute|hour|day)s?")


def picked(words: str, now: datetime) -> datetime | None:
    """The moment that somebody picks who would write these words; None: no picker shows it."""
    if found := _AHEAD.fullmatch(words):
        return now + timedelta(**{f"{found[2]}s": int(found[1])})
    if _WRITTEN.fullmatch(words):
        return datetime.fromisoformat(words).replace(tzinfo=UTC)
    return now - timedelta(days=1) if words == "yesterday" else None


class Filling:
    def __init__(self, workspace: Workspace, now: Callable[[], datetime]) -> None:
        self._workspace = workspace
        self._now = now

    def fill(self, view: View, name: str, values: Sequence[str]) -> None:
        """Values as people name them: names of people and channels, words of a time."""
        element = inputs_of(view)[name]["element"]
        view.state[name] = {element["action_id"]: self._filled(element, list(values))}

    def complete(self, view: View) -> None:
        """Boxes that nobody touched are sent as they stand."""
        for name, block in inputs_of(view).items():
            element = block["element"]
            view.state.setdefault(name, {element["action_id"]: self._untouched(element)})

    def lacks(self, view: View) -> list[str]:
        """The required boxes that are empty: Slack's client would not submit the form."""
        empty = []
        for name, block in inputs_of(view).items():
            (told,) = view.state[name].values()
            filled = [value for key, value in told.items() if key != "type"]
            if not block.get("optional") and not any(filled):
                empty.append(name)
        return empty

    def _untouched(self, element: Json) -> Json:
        told = value_of(element)
        if element.get("default_to_current_conversation") and not told["selected_conversation"]:
            told["selected_conversation"] = self._workspace.current
        return told

    def _filled(self, element: Json, values: list[str]) -> Json:
        kind = element["type"]
        one = values[0] if values else ""
        match kind:
            case "plain_text_input":
                return {"type": kind, "value": one or None}
            case "radio_buttons" | "static_select":
                chosen = next((option for option in element["options"] if option["value"] == one), None)
                return {"type": kind, "selected_option": chosen}
            case "multi_users_select":
                people = [self._workspace.person_named(name).id for name in values if name]
                return {"type": kind, "selected_users": people}
            case "multi_external_select":
                options = [{"text": {"type": "plain_text", "text": value}, "value": value} for value in values]
                return {"type": kind, "selected_options": options}
            case "conversations_select":
                chosen = self._workspace.channel_named(one).id if one else None
                return {"type": kind, "selected_conversation": chosen}
            case "datetimepicker":
                at = picked(one, self._now()) if one else None
                assert at or not one, f"no picker shows {one!r}"
                return {"type": kind, "selected_date_time": int(at.timestamp()) if at else None}
            case _:
                raise AssertionError(f"nobody has filled in a {kind} yet")


def has_room_for(name: str, words: str | Sequence[str], now: datetime) -> bool:
    """Can a person bring this into the box at all? Slack's client keeps people from some mistakes."""
    if name == "time_zone":  # the picker knows the zone of whoever picks
        return False
    if not isinstance(words, str):  # people: a group may be left empty, because user groups may fill it
        return True
    if name == "closes_at":
        return picked(words, now) is not None
    return 1 <= len(words) <= LONGEST  # a box that must be filled is not sent empty

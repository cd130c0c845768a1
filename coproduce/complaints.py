"""What is wrong with a configuration, in sentences: where, what, and what is expected; never a value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError

Sections = Mapping[str, tuple[str, ...]]
"""The sections that this release knows, each with its keys."""

PREFIX = "COPRODUCE_"


class ConfigWrong(Exception):
    """The configuration cannot be used. One sentence a problem."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


def of_file(data: Mapping[str, Any], file: Path, known: Sections) -> Iterator[str]:
    """Names in the file that nobody reads."""
    for section, keys in data.items():
        if section not in known:
            what = f"section [{section}]" if isinstance(keys, dict) else f"key `{section}`"
            yield f"{file}: there is no {what}; {_nearest(section, known, '[{}]')}"
        elif not isinstance(keys, dict):
            yield f"{file}: {section} is a section: write [{section}] on a line, and its keys below it"
        else:
            yield from (
                _unknown_key(f"{file}: [{section}] ", section, key, known) for key in keys if key not in known[section]
            )


def of_environment(names: Iterable[str], known: Sections) -> Iterator[str]:
    """Variables that look like ours and that nobody reads. `COPRODUCE_KEY` and the tests' own are none."""
    every = {f"{PREFIX}{section}__{key}".upper() for section, keys in known.items() for key in keys}
    for name in sorted(names):
        rest = name.upper().removeprefix(PREFIX)
        section, _, key = rest.lower().partition("_")
        if rest == name.upper() or (section not in known and "__" not in rest):
            continue
        if name.upper() not in every and key:
            yield f"{name}: coproduce reads no such variable; {_nearest(name.upper(), every, '{}')}"


def of_values(error: ValidationError, file: Path | None, environment: Iterable[str]) -> Iterator[str]:
    """Values that are not as expected."""
    given = {name.upper() for name in environment}
    for problem in error.errors(include_url=False, include_input=False):
        section, *rest = (str(part) for part in problem["loc"])
        key = rest[0] if rest else ""
        variable = f"{PREFIX}{section}__{key}".upper()
        place = variable if variable in given or file is None else f"{file}: [{section}] {key}"
        yield f"{place}: {_expected(problem['type'], problem.get('ctx', {}), problem['msg'])}"


def _unknown_key(place: str, section: str, key: str, known: Sections) -> str:
    near = get_close_matches(key, known[section], n=1)
    home = next((other for other, keys in known.items() if key in keys), None)
    if home and not near:
        return f"{place}{key}: this key belongs to the section [{home}]"
    return f"{place}{key}: there is no such key; {_nearest(key, known[section], '{}')}"


def _nearest(name: str, known: Iterable[str], form: str) -> str:
    near = get_close_matches(name, list(known), n=1)
    if near:
        return f"the nearest known one is {form.format(near[0])}"
    return f"known are {', '.join(form.format(one) for one in sorted(known))}"


def _expected(kind: str, facts: Mapping[str, Any], otherwise: str) -> str:
    match kind:
        case "value_error":
            return str(facts["error"])
        case "literal_error" | "enum":
            return f"expected {facts['expected']}"
        case "less_than_equal":
            return f"expected a number of at most {facts['le']}"
        case "greater_than_equal":
            return f"expected a number of at least {facts['ge']}"
        case "int_parsing" | "int_type" | "int_from_float":
            return "expected a whole number"
        case "string_type" | "path_type":
            return 'expected a text in quotes, such as "this"'
        case _:
            return otherwise

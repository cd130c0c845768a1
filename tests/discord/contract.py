"""Discord's own API description, where it is at hand: which requests exist, and what they may hold."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, validators
from jsonschema.exceptions import ValidationError

Json = dict[str, Any]

_PUBLISHED = Path(__file__).parents[3] / "shared" / "platforms" / "discord-openapi.json"
"""Cut down from Discord's repository. It is no part of this project: where it is missing, our own rules must do."""


ALWAYS_SENT = frozenset({"tts"})
"""By discord.py, whatever the request takes."""


@cache
def published() -> Mapping[str, Any] | None:
    if not _PUBLISHED.exists():
        return None
    told: Json = json.loads(_PUBLISHED.read_text(encoding="utf-8"))
    told["components"]["schemas"]["SnowflakeType"] = {
        "anyOf": [told["components"]["schemas"]["SnowflakeType"], {"type": "integer", "minimum": 0}]
    }  # Discord takes both, and discord.py sends some as numbers
    return told


@cache
def _templates() -> tuple[tuple[re.Pattern[str], str], ...]:
    paths = (published() or {"paths": {}})["paths"]
    exact_first = sorted(paths, key=lambda path: path.count("{"))
    return tuple((re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), path) for path in exact_first)


@cache
def _validator(schema: str) -> Any:
    """By the schema's text, since a schema itself has no hash."""
    told = published()
    assert told is not None
    return _Quick({**json.loads(schema), "components": told["components"]})


def _one_of(validator: Any, branches: list[Json], instance: object, schema: Json) -> Iterator[ValidationError]:
    """Of parts that are told apart by their `type`, only the one that it has is looked at: the others cannot fit."""
    if isinstance(instance, dict) and "type" in instance:
        fitting = [one for one in branches if (types := _types_of(one)) is None or instance["type"] in types]
        if len(fitting) == 1:
            yield from validator.descend(instance, fitting[0])
            return
    elif all(set(one) == {"const"} for one in branches):
        branches = [{"enum": [one["const"] for one in branches]}]
    yield from Draft202012Validator.VALIDATORS["oneOf"](validator, branches, instance, schema)


def _types_of(schema: Json) -> list[object] | None:
    """None: any."""
    if reference := schema.get("$ref"):
        schema = (published() or {})["components"]["schemas"][reference.rpartition("/")[2]]
    types: list[object] | None = schema.get("properties", {}).get("type", {}).get("enum")
    return types


def _reference(validator: Any, reference: str, instance: object, schema: Json) -> Iterator[ValidationError]:
    """All of Discord's references are to its list of schemas."""
    schemas: Mapping[str, Json] = (published() or {})["components"]["schemas"]
    yield from validator.descend(instance, schemas[reference.rpartition("/")[2]])


_Quick = validators.extend(Draft202012Validator, {"oneOf": _one_of, "$ref": _reference})

_made: dict[int, Any] = {}
"""Schema's identity -> its validator, which holds the schema: its identity is never another's."""


def _descend(
    validator: Any, instance: object, schema: object, path: object = None, schema_path: object = None, **_: object
) -> Iterator[ValidationError]:
    """As jsonschema's own, which makes a validator anew at each step into a part: most of what a call here cost."""
    made = _made.get(id(schema)) or _made.setdefault(id(schema), _Quick(schema))
    for error in made.iter_errors(instance):
        if path is not None:
            error.path.appendleft(path)
        if schema_path is not None:
            error.schema_path.appendleft(schema_path)
        yield error


_Quick.descend = _descend


def wrong_call(method: str, path: str, query: Mapping[str, str], body: object) -> Iterator[str]:
    told = published()
    if told is None:
        return
    found = next((template for pattern, template in _templates() if pattern.fullmatch(path)), None)
    operation = told["paths"].get(found, {}).get(method.lower())
    if operation is None:
        yield f"{method} {path}: Discord's description knows no such request"
        return
    where = f"{method} {found}"
    yield from _wrong_query(where, operation, query)
    content = operation.get("requestBody", {}).get("content", {})
    if not content:
        if body:
            yield f"{where}: takes no body"
        return
    if body is not None:
        yield from _wrong_body(where, content["application/json"]["schema"], body)


def _wrong_query(where: str, operation: Json, query: Mapping[str, str]) -> Iterator[str]:
    known = {parameter["name"]: parameter["schema"] for parameter in operation.get("parameters", ())}
    if unknown := set(query) - set(known):
        yield f"{where}: unknown parameters {sorted(unknown)}"
    limit = query.get("limit")
    if limit is not None and "limit" in known:
        least, most = known["limit"].get("minimum", 0), known["limit"].get("maximum", 10**9)
        if not limit.isdigit() or not least <= int(limit) <= most:
            yield f"{where}: limit is {limit}, not {least} to {most}"


def _wrong_body(where: str, schema: Json, body: object) -> Iterator[str]:
    error = _telling(next(iter(_validator(json.dumps(schema)).iter_errors(body)), None))
    if error is not None:
        yield f"{where}: {error.json_path}: {error.message[:300]}"
    known = _known_fields(schema)
    if known and isinstance(body, dict) and (unknown := set(body) - known - ALWAYS_SENT):
        yield f"{where}: unknown fields {sorted(unknown)}"


def _telling(error: ValidationError | None) -> ValidationError | None:
    """Of alternatives, what is wrong in the one whose `type` it has."""
    while error is not None and error.context:
        of_another = {one.schema_path[0] for one in error.context if list(one.path) == ["type"]}
        rest = [one for one in error.context if one.schema_path[0] not in of_another]
        if not rest:
            break
        error = max(rest, key=lambda one: len(one.path))
    return error


def _known_fields(schema: Json) -> set[str]:
    """The schemas let unknown fields pass; Discord drops them, which is never what a bot means."""
    told = published()
    assert told is not None
    if reference := schema.get("$ref"):
        return _known_fields(told["components"]["schemas"][reference.rpartition("/")[2]])
    known = set(schema.get("properties", ()))
    for one in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())):
        known |= _known_fields(one)
    return known

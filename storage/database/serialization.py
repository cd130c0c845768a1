"""Frozen values as JSON and back. A shape holds no words: what people wrote is refused here."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime, timedelta
from enum import Enum
from functools import cache, partial
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from bot import acts, messages, people, rounds
from bot.acts import Outcome, Said, ShowForm
from bot.messages import Passage, Post
from bot.rounds import Answers, Perspective

T = TypeVar("T")

Json = Any
Maker = Callable[[Json], Any]

CLASS, AT, FOR = "$", "$at", "$for"
"""The marks of a dataclass, a datetime and a timedelta where the type alone does not tell."""

PLAIN = frozenset({str, int, type(None), bool, float})
"""What is its own shape: looked at first, for args are read and written by the thousand."""

WORDS = (Answers, Perspective, Passage, Post, ShowForm)


def pack(value: object) -> Json:
    """Raises TypeError for words, and for what has no shape."""
    match value:
        case Enum():
            return value.value
        case None | str() | int() | float():
            return value
        case datetime():
            return {AT: value.isoformat()}
        case timedelta():
            return {FOR: value.total_seconds()}
        case Mapping():
            return {str(key): item if type(item) in PLAIN else pack(item) for key, item in value.items()}
        case list() | tuple():
            return [item if type(item) in PLAIN else pack(item) for item in value]
        case frozenset() | set():
            return sorted(pack(item) for item in value)
        case _ if is_dataclass(value) and not isinstance(value, WORDS):
            return {CLASS: type(value).__name__} | {
                part.name: pack(held)
                for part in fields(value)
                if (held := getattr(value, part.name)) != part.default or part.default is MISSING
            }
        case _:
            raise TypeError(f"{type(value).__name__} is not stored in a shape")


def unpack(kind: type[T], shape: Json) -> T:
    """The value that `pack` was given. `kind` may be any hint that stands at a field of ours."""
    made: T = _made(kind, shape)
    return made


def pack_outcome(outcome: Outcome) -> Json | None:
    """None for what is never stored: a form, a receipt, words. A repeated act has it worked out anew."""
    if isinstance(outcome, ShowForm) or (isinstance(outcome, Said) and outcome.receipt):
        return None
    try:
        return pack(outcome)
    except TypeError:
        return None


def unpack_outcome(shape: Json) -> Outcome:
    made: Outcome = _free(shape)
    return made


def pack_args(args: Mapping[str, Any]) -> Json:
    return pack(args)


def unpack_args(shape: Json) -> Mapping[str, Any]:
    return {name: _free(item) for name, item in shape.items()}


def _made(hint: Any, shape: Json) -> Any:
    return None if shape is None else _maker(hint)(shape)


@cache
def _maker(hint: Any) -> Maker:
    """Worked out once for each hint: a round is read far more often than there are hints."""
    hint = getattr(hint, "__supertype__", hint)  # NewType
    origin, inside = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        told = [arm for arm in inside if arm is not type(None)]
        return partial(_made, told[0]) if len(told) == 1 else _free
    if origin is tuple and len(inside) == 2 and inside[1] is Ellipsis:
        return lambda shape: tuple(_made(inside[0], item) for item in shape)
    if origin is tuple:
        return lambda shape: tuple(_made(arm, item) for arm, item in zip(inside, shape, strict=True))
    if origin is frozenset:
        return lambda shape: frozenset(_made(inside[0], item) for item in shape)
    if origin is not None and issubclass(origin, Mapping):
        return lambda shape: {key: _made(inside[1], item) for key, item in shape.items()}
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint
    if isinstance(hint, type) and is_dataclass(hint):
        return partial(_filled, hint)
    return _free


def _filled(kind: type, shape: Json) -> Any:
    """Names that this release does not know are left out; those that are absent have their default."""
    hints = _hints(kind)
    return kind(**{name: _made(hints[name], item) for name, item in shape.items() if name in hints})


def _free(shape: Json) -> Any:
    """By the marks alone."""
    match shape:
        case {"$at": str(at), **rest} if not rest:
            return datetime.fromisoformat(at)
        case {"$for": int() | float() as seconds, **rest} if not rest:
            return timedelta(seconds=seconds)
        case {"$": str(name)} if name in _known():
            return _filled(_known()[name], shape)
        case dict():
            return {key: item if type(item) in PLAIN else _free(item) for key, item in shape.items()}
        case list():
            return [item if type(item) in PLAIN else _free(item) for item in shape]
        case _:
            return shape


@cache
def _known() -> Mapping[str, type]:
    everything = {**vars(people), **vars(rounds), **vars(messages), **vars(acts)}
    return {name: kind for name, kind in everything.items() if isinstance(kind, type) and is_dataclass(kind)}


@cache
def _hints(kind: type) -> Mapping[str, Any]:
    return get_type_hints(kind)

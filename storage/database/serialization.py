"""Frozen values as JSON and back, by pydantic. What people wrote is never stored this way, and is refused here.

A typed value is stored without marks: whoever reads it knows its type. Where it may be one of several (an outcome, a
value among args), it carries a tag `type`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import cache
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    JsonValue,
    PlainSerializer,
    Tag,
    TypeAdapter,
    ValidationError,
)
from pydantic_core import PydanticSerializationError

from bot.acts import Confirm, Outcome, Refused, Said, ShowForm
from bot.answers import Answers
from bot.messages import Control, Line, Passage, Post
from bot.people import Place
from bot.rounds import Perspective

T = TypeVar("T")

Json = Any

WORDS: Final = (Answers, Perspective, Passage, Post, ShowForm)

TIME, LENGTH, PLACE, PLAIN = "time", "length", "place", "plain"


def pack(kind: Any, value: object) -> Json:
    """`kind` may be any hint that stands at a field of ours. What has its default is left out.

    Raises TypeError for words, and for what is not of this kind.
    """
    try:
        return _adapter(kind).dump_python(value, mode="json", exclude_defaults=True, warnings="error")
    except (PydanticSerializationError, AttributeError):  # its message shows the value
        raise TypeError(f"{type(value).__name__} is not stored as {kind}") from None


def unpack(kind: type[T], shape: Json) -> T:
    """The value that `pack` was given; None for None. Names that this release does not know are left out."""
    if shape is None:
        return None  # type: ignore[return-value]
    hint: Any = kind
    made: T = _checked(_adapter(hint).validate_python, shape)
    return made


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    adapter = TypeAdapter(kind)
    if words := next((cls for cls in _classes(adapter.core_schema) if cls in WORDS), None):
        raise TypeError(f"{words.__name__} is never stored")
    return adapter


def _classes(schema: object) -> Iterator[type]:
    """All that values of this schema may hold."""
    if isinstance(schema, Mapping):
        if isinstance(schema.get("cls"), type):
            yield schema["cls"]
        for part in schema.values():
            yield from _classes(part)
    elif isinstance(schema, list | tuple):
        for part in schema:
            yield from _classes(part)


def _checked(validate: Callable[[Json], Any], shape: Json) -> Any:
    try:
        return validate(shape)
    except ValidationError as error:  # its message shows the value
        places = ", ".join(".".join(map(str, one["loc"])) for one in error.errors(include_input=False))
        raise ValueError(f"not as it was stored: {places}") from None


# values that may be a time, a length, a place, or plain JSON ----------------------------------------------------------


def _kind_of(value: object) -> str:
    match value:
        case datetime() | {"type": "time"}:
            return TIME
        case timedelta() | {"type": "length"}:
            return LENGTH
        case Place() | {"type": "place"}:
            return PLACE
        case _:
            return PLAIN


def _untagged(value: Any) -> Any:
    """`{"type": "time", "is": …}`: what it is."""
    return value["is"] if isinstance(value, dict) else value


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


_Time = Annotated[
    datetime, BeforeValidator(_untagged), PlainSerializer(lambda at: {"type": TIME, "is": at.isoformat()})
]
_Length = Annotated[
    timedelta, BeforeValidator(_untagged), PlainSerializer(lambda wait: {"type": LENGTH, "is": wait.total_seconds()})
]
_Place = Annotated[
    Place, BeforeValidator(_untagged), PlainSerializer(lambda place: {"type": PLACE, "is": asdict(place)})
]
_Value = Annotated[
    Annotated[_Time, Tag(TIME)]
    | Annotated[_Length, Tag(LENGTH)]
    | Annotated[_Place, Tag(PLACE)]
    | Annotated[JsonValue, BeforeValidator(_listed), Tag(PLAIN)],
    Discriminator(_kind_of),
]
_ARGS: Final[TypeAdapter[dict[str, Any]]] = TypeAdapter(dict[str, _Value])


def pack_args(args: Mapping[str, Any]) -> Json:
    """Raises TypeError for words, and for what is no JSON."""
    try:
        return _ARGS.dump_python(_ARGS.validate_python(args), mode="json")
    except ValidationError as error:  # its message shows the value
        kinds = ", ".join(sorted({type(value).__name__ for value in args.values()}))
        raise TypeError(f"{error.error_count()} of {kinds} cannot be stored") from None


def unpack_args(shape: Json) -> Mapping[str, Any]:
    made: Mapping[str, Any] = _checked(_ARGS.validate_python, shape)
    return made


# outcomes -----------------------------------------------------------------------------------------------------


class _Stored(BaseModel):
    """Made of an outcome by its attributes. There is no field for words and receipts."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


class _StoredLine(_Stored):
    key: str
    facts: dict[str, _Value] = Field(default_factory=dict)

    def line(self) -> Line:
        return Line(key=self.key, facts=self.facts)  # type: ignore[arg-type]


class _StoredSaid(_Stored):
    type: Literal["said"] = "said"
    content: tuple[_StoredLine, ...]
    controls: tuple[Control, ...] = ()
    locale: str = "en"
    tz: str = "UTC"

    def outcome(self) -> Said:
        content = tuple(part.line() for part in self.content)
        return Said(content=content, controls=self.controls, locale=self.locale, tz=self.tz)


class _StoredRefused(_Stored):
    type: Literal["refused"] = "refused"
    because: _StoredLine
    fields_: dict[str, _StoredLine] = Field(default_factory=dict, alias="fields")
    controls: tuple[Control, ...] = ()
    locale: str = "en"
    tz: str = "UTC"

    def outcome(self) -> Refused:
        fields = {name: told.line() for name, told in self.fields_.items()}
        because = self.because.line()
        return Refused(because=because, fields=fields, controls=self.controls, locale=self.locale, tz=self.tz)


class _StoredConfirm(_Stored):
    type: Literal["confirm"] = "confirm"
    content: tuple[_StoredLine, ...]
    yes: Control
    locale: str = "en"
    tz: str = "UTC"

    def outcome(self) -> Confirm:
        content = tuple(part.line() for part in self.content)
        return Confirm(content=content, yes=self.yes, locale=self.locale, tz=self.tz)


_STORED_AS: Final[Mapping[type, type[_StoredSaid | _StoredRefused | _StoredConfirm]]] = {
    Said: _StoredSaid,
    Refused: _StoredRefused,
    Confirm: _StoredConfirm,
}
_OUTCOME: Final[TypeAdapter[Any]] = TypeAdapter(
    Annotated[_StoredSaid | _StoredRefused | _StoredConfirm, Field(discriminator="type")]
)


def pack_outcome(outcome: Outcome) -> Json | None:
    """None for what is never stored: a form, a receipt, words. A repeated act has it worked out anew."""
    stored = _STORED_AS.get(type(outcome))
    if stored is None or (isinstance(outcome, Said) and outcome.receipt):
        return None
    try:
        made = stored.model_validate(outcome)
    except ValidationError:
        return None
    return {"type": made.type, **made.model_dump(mode="json", by_alias=True, exclude_defaults=True)}


def unpack_outcome(shape: Json) -> Outcome:
    made: Outcome = _checked(_OUTCOME.validate_python, shape).outcome()
    return made

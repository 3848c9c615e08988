"""The field types that curves are made of: numbers, quantities, durations, and lists of them.

Each is an annotated type with a reader that raises `SpecError` relative to the value, and a place in the
JSON Schema. This file knows nothing of curves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, TypeAlias, TypeVar

from pydantic import Field, PlainSerializer, PlainValidator, WithJsonSchema

from unisched.duration import Duration
from unisched.errors import Problem, SpecError
from unisched.formulas.expression import Expression
from unisched.spec.model import Model
from unisched.spec.number import fault, read_number, read_whole, shown
from unisched.spec.paths import inside
from unisched.spec.problems import LISTED
from unisched.steps import index_of

__all__ = [
    "Absolute", "Count", "FromZero", "LengthField", "Number", "PeriodField", "Points", "PositionsField",
    "PositiveNumber", "Quantities", "Quantity", "ShiftField", "SpanField", "StrideField", "TotalField", "plain",
    "read_count", "read_each", "read_quantity", "read_total", "reference",
]  # fmt: skip

T = TypeVar("T")

REFERENCE: Final = "x-unisched-def"


def reference(name: str) -> WithJsonSchema:
    """Give the mark that `schema` turns into a `$ref` to the definition `name`."""
    return WithJsonSchema({REFERENCE: name})


def plain(value: Any) -> Any:
    """Give a field's value as JSON data: durations and formulas as written, tuples as lists."""
    match value:
        case Duration():
            return value.to_json()
        case Absolute():
            return {"absolute": value.absolute}
        case Expression():
            return value.text
        case tuple():
            return [plain(item) for item in value]
        case Mapping():
            return {key: plain(item) for key, item in value.items()}
        case _:
            return value


def read_each(values: object, read: Callable[[object], T]) -> tuple[T, ...]:
    """Read a list of at least one item; raise `SpecError` with the first problems of its items."""
    if not isinstance(values, list | tuple):
        raise fault("type.list", f"{shown(values)} is no list", "Give a list in [ ].")
    if not values:
        raise fault("seq.empty", "the list is empty", "Give at least one item.")
    found: list[T] = []
    problems: list[Problem] = []
    for index, value in enumerate(values):
        try:
            found.append(read(value))
        except SpecError as error:
            problems.extend(inside(error, index))
        if len(problems) >= LISTED:
            break
    if problems:
        raise SpecError(*problems[:LISTED])
    return tuple(found)


def _positive(value: object) -> float:
    number = read_number(value)
    if number <= 0:
        raise fault("number.range", f"{number!r} is not above 0", "Give a number above 0.")
    return number


def _from_zero(value: object) -> float:
    number = read_number(value)
    if number < 0:
        raise fault("number.range", f"{number!r} is below 0", "Give a number from 0.")
    return number


Number: TypeAlias = Annotated[float, PlainValidator(read_number), reference("Number")]
"""A finite float64; decimal text is accepted."""

PositiveNumber: TypeAlias = Annotated[float, PlainValidator(_positive), reference("PositiveNumber")]
"""A finite float64 above 0."""

FromZero: TypeAlias = Annotated[float, PlainValidator(_from_zero), reference("FromZero")]
"""A finite float64 from 0 on."""


class Absolute(Model):
    """A value that no base scales."""

    examples = ({"absolute": 1e-5},)
    absolute: Number = Field(description="The value, whatever the base of the entry.")


def read_quantity(value: object) -> float | Absolute:
    """Give a number, or an `Absolute` for `{"absolute": x}`."""
    if isinstance(value, float):
        return read_number(value)
    if isinstance(value, Absolute):
        return value
    if isinstance(value, Mapping):
        return Absolute(**_text_keys(value))
    return read_number(value)


def _text_keys(value: Mapping[Any, Any]) -> dict[str, Any]:
    for key in value:
        if not isinstance(key, str):
            raise fault("type.key", f"the key {shown(key)} is no text", "Keys are texts.")
    return dict(value)


Quantity: TypeAlias = Annotated[
    float | Absolute, PlainValidator(read_quantity), PlainSerializer(plain, return_type=Any), reference("Quantity")
]
"""A number, a factor where the entry has a base; or `{"absolute": x}`, which no base scales."""


def _quantities(value: object) -> tuple[float | Absolute, ...]:
    return read_each(value, read_quantity)


Quantities: TypeAlias = Annotated[
    tuple[float | Absolute, ...],
    PlainValidator(_quantities),
    PlainSerializer(plain, return_type=Any),
    reference("Quantities"),
]


def _duration(value: object) -> Duration:
    if value is None:
        raise fault("type.null", "null is no duration", 'Give a duration such as 1000 or "10 epochs".')
    return Duration.parse(value)


def _span(value: object) -> Duration:
    duration = _duration(value)
    if duration.unit == "rest":
        raise fault("duration.rest", "'rest' stands only for the duration of a curve", "Give a length.")
    return duration


def _length(value: object) -> Duration:
    duration = _duration(value)
    return duration if duration.unit == "rest" else _stride(duration)


def _stride(value: object) -> Duration:
    duration = _span(value)
    if not duration.amount:
        raise fault("number.range", f"'{duration}' is no length", "Give a length above 0.")
    return duration


def read_total(value: object) -> Duration:
    """Give the length of a run: steps, epochs, samples or tokens, above 0."""
    duration = _stride(value)
    if duration.unit == "%":
        raise fault("duration.unit", f"'{duration}' has nothing to be a percentage of",
                    "Give the total in steps, epochs, samples or tokens.")  # fmt: skip
    return duration


def read_count(value: object) -> int:
    """Give a whole number of at least 1 that a float64 holds exactly."""
    number = read_whole(value)
    if not 1 <= number <= 2**53:
        raise fault("number.range", f"{shown(number)} is not from 1 to 2**53", "Give a whole number of at least 1.")
    return number


LengthField: TypeAlias = Annotated[
    Duration, PlainValidator(_length), PlainSerializer(plain, return_type=Any), reference("Length")
]
"""A duration above 0, or `rest`."""

SpanField: TypeAlias = Annotated[
    Duration, PlainValidator(_span), PlainSerializer(plain, return_type=Any), reference("Span")
]
"""A duration from 0 on, not `rest`."""

StrideField: TypeAlias = Annotated[
    Duration, PlainValidator(_stride), PlainSerializer(plain, return_type=Any), reference("Stride")
]
"""A duration above 0, not `rest`."""

TotalField: TypeAlias = Annotated[
    Duration, PlainValidator(read_total), PlainSerializer(plain, return_type=Any), reference("Total")
]
"""A duration above 0, neither `rest` nor a percentage."""

Count: TypeAlias = Annotated[int, PlainValidator(read_count), reference("Count")]
"""A whole number of at least 1."""


def _point(value: object) -> tuple[Duration, float | Absolute]:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise fault("type.point", f"{shown(value)} is no pair", "Give [position, value].")
    problems: list[Problem] = []
    position = _read_or_note(_span, value[0], 0, problems)
    quantity = _read_or_note(read_quantity, value[1], 1, problems)
    if position is None or quantity is None:
        raise SpecError(*problems)
    return position, quantity


def _read_or_note(read: Callable[[object], T], value: object, index: int, problems: list[Problem]) -> T | None:
    try:
        return read(value)
    except SpecError as error:
        problems.extend(inside(error, index))
        return None


def _points(value: object) -> tuple[tuple[Duration, float | Absolute], ...]:
    return read_each(value, _point)


Points: TypeAlias = Annotated[
    tuple[tuple[Duration, float | Absolute], ...],
    PlainValidator(_points),
    PlainSerializer(plain, return_type=Any),
    reference("Points"),
]
"""Pairs of position and value."""


def _period(value: object) -> Duration | tuple[Duration, ...]:
    return read_each(value, _stride) if isinstance(value, list | tuple) else _stride(value)


PeriodField: TypeAlias = Annotated[
    Duration | tuple[Duration, ...],
    PlainValidator(_period),
    PlainSerializer(plain, return_type=Any),
    reference("Period"),
]
"""The length of every cycle, or of each."""


def _positions(value: object) -> tuple[Duration, ...]:
    return read_each(value, _span)


PositionsField: TypeAlias = Annotated[
    tuple[Duration, ...],
    PlainValidator(_positions),
    PlainSerializer(plain, return_type=Any),
    reference("Positions"),
]
"""Positions from the start of a curve, each a duration from 0 on."""


def _shift(value: object) -> Duration | int:
    steps = index_of(value)
    if steps is not None and steps < 0:
        if steps < -(10**30):
            raise fault("number.range", f"{shown(steps)} is beyond any run", "Give a shorter shift.")
        return steps
    return _span(value)


ShiftField: TypeAlias = Annotated[
    Duration | int, PlainValidator(_shift), PlainSerializer(plain, return_type=Any), reference("Shift")
]
"""A duration ahead, or a negative int of steps back."""

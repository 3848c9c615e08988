"""The document: schedules for hyperparameters, their changes for param groups, and the clock.

This file says what a document may hold; `loading` reads one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated, Any, Final, Literal, TypeAlias, TypeVar

from pydantic import (
    AfterValidator,
    Field,
    GetJsonSchemaHandler,
    PlainSerializer,
    PlainValidator,
    model_serializer,
    model_validator,
)
from pydantic_core import CoreSchema

from unisched.errors import Problem, SpecError, shorten
from unisched.markup import preformatted
from unisched.spec.canonical import document_data, functions
from unisched.spec.containers import plain_containers
from unisched.spec.curve import AnyCurve, CurveField, read_curve
from unisched.spec.embedding import alone, embedded, is_alone
from unisched.spec.limits import examine, measure
from unisched.spec.lone import drives, is_lone, parted, seen_alone
from unisched.spec.mapping import FrozenMapping
from unisched.spec.model import Model
from unisched.spec.names import check_hyperparameter, check_name, check_words, names_a_schedule
from unisched.spec.number import fault, is_boolean, read_number, shown
from unisched.spec.paths import inside
from unisched.spec.problems import LISTED
from unisched.spec.schema import assembled
from unisched.spec.values import Count, TotalField, read_count, reference

__all__ = ["BasedEntry", "Dated", "Entry", "GroupEntry", "Scale", "Spec", "read_pace"]

T = TypeVar("T")

VERSION = 1
_WIDEST: Final = 400
_VERSIONS: Final = re.compile(r"([0-9]{1,9})(?:\.[0-9]+)*")


def _read_base(value: object) -> float | Literal["optimizer"]:
    if value == "optimizer" and isinstance(value, str):
        return "optimizer"
    try:
        return read_number(value)
    except SpecError as error:
        if isinstance(value, str) and error.code == "type.number":
            raise fault("base.unknown", f"{shown(value)} is no base", 'Give a number or "optimizer".') from None
        raise


Base: TypeAlias = Annotated[float | Literal["optimizer"], PlainValidator(_read_base), reference("Base")]
Origin: TypeAlias = Literal["start", "birth"]


class BasedEntry(Model):
    """A curve that is a factor of a base: a number, or what the optimizer was given."""

    examples = (
        {"base": "optimizer", "curve": {"kind": "warmup_linear", "peak": 1, "warmup": "3%"}},
        {"base": 0.1, "curve": {"kind": "cosine", "start": 1, "end": {"absolute": 1e-5}}},
    )
    base: Base = Field(description='What the curve multiplies: a number, or "optimizer" for each group\'s own value.')
    curve: CurveField = Field(description="The curve, whose values are factors of the base.")


class Scale(Model):
    """A factor on the finished value of the document's entry, floors included."""

    examples = ({"scale": 0.1}, {"scale": {"kind": "linear", "start": 0, "end": 1, "duration": 100}, "from": "birth"})
    scale: CurveField = Field(description="What the finished value is multiplied by at each step: a number or a curve.")
    from_: Origin = Field(
        default="start", alias="from", description="Count both from the start of the run, or from the group's birth."
    )


class Dated(Model):
    """A curve of a param group that says from which step it counts, with or without a base."""

    examples = (
        {"from": "birth", "curve": {"kind": "warmup_linear", "peak": 0.001, "warmup": 100}},
        {"from": "start", "base": 0.1, "curve": {"kind": "cosine", "start": 1, "end": 0}},
    )
    from_: Origin = Field(alias="from", description="Count from the start of the run, or from the group's birth.")
    base: Base | None = Field(default=None, description="What the curve multiplies, as in an entry with a base.")
    curve: CurveField = Field(description="The curve; its values are factors where there is a base.")

    @property
    def entry(self) -> Entry:
        """The entry without its date."""
        return self.curve if self.base is None else BasedEntry(base=self.base, curve=self.curve)


Entry: TypeAlias = AnyCurve | BasedEntry
GroupEntry: TypeAlias = AnyCurve | BasedEntry | Scale | Dated

NO_GROUPS: Mapping[str, Mapping[str, GroupEntry]] = FrozenMapping({})


def _read_entry(value: object) -> Entry:
    if isinstance(value, BasedEntry):
        return value
    if isinstance(value, Dated) or (isinstance(value, Mapping) and "from" in value and "kind" not in value):
        raise fault("from.place", "'from' stands in groups only", "Leave it out: schedules count from the start.")
    if isinstance(value, Mapping) and "kind" not in value and ("base" in value or "curve" in value):
        return BasedEntry(**{check_name(key): item for key, item in value.items()})
    if isinstance(value, Scale) or (isinstance(value, Mapping) and "scale" in value and "kind" not in value):
        raise fault("scale.place", "'scale' stands in groups only", 'Use {"base": ..., "curve": ...}.')
    return read_curve(value)


def _read_group_entry(value: object) -> GroupEntry:
    if isinstance(value, Scale):
        return value
    if isinstance(value, Mapping) and "scale" in value and "kind" not in value:
        return Scale(**{check_name(key): item for key, item in value.items()})
    if isinstance(value, Mapping) and "from" in value:
        if "kind" in value:
            raise fault("from.place", "'from' stands beside a curve, not in it", 'Use {"from": ..., "curve": ...}.')
        value = Dated(**{check_name(key): item for key, item in value.items()})
    if isinstance(value, Dated):
        return value.entry if value.from_ == "start" else value
    return _read_entry(value)


def _read_mapping(value: object, name: Callable[[object], str], read: Callable[[object], T]) -> FrozenMapping[T]:
    if not isinstance(value, Mapping):
        raise fault("type.null" if value is None else "type.object", f"{shown(value)} is no object",
                    'Give an object, such as {"learning_rate": ...}.')  # fmt: skip
    found: dict[str, T] = {}
    problems: list[Problem] = []
    for key, item in value.items():
        try:
            name(key)
            found[key] = read(item)
        except SpecError as error:
            problems.extend(inside(error, key if isinstance(key, str) else shown(key)))
        if len(problems) >= LISTED:
            break
    if problems:
        raise SpecError(*problems[:LISTED])
    return FrozenMapping(found)


def _read_schedules(value: object) -> FrozenMapping[Entry]:
    schedules = _read_mapping(value, check_hyperparameter, _read_entry)
    if not schedules:
        raise fault("seq.empty", "there is no schedule", 'Add one, such as "learning_rate".')
    return schedules


def _read_group(value: object) -> FrozenMapping[GroupEntry]:
    return _read_mapping(value, check_hyperparameter, _read_group_entry)


def _read_groups(value: object) -> FrozenMapping[FrozenMapping[GroupEntry]]:
    return _read_mapping(value, check_name, _read_group)


def _read_version(value: object) -> int:
    if _is_newer(value):
        raise fault("version.too_new", f"the document is of version {shown(value)}; this release reads {VERSION}",
                    "Upgrade unisched.")  # fmt: skip
    if isinstance(value, int) and not is_boolean(value) and value == VERSION:
        return VERSION
    raise fault("version.invalid", f"{shown(value)} is no version", f"Write {VERSION}.")


def _is_newer(value: object) -> bool:
    """Tell whether `value` names a later version, even as it is not written here: 2.0, "2", "2.1"."""
    if isinstance(value, str):
        written = _VERSIONS.fullmatch(value)
        return written is not None and int(written[1]) > VERSION
    return isinstance(value, int | float) and not is_boolean(value) and value > VERSION


def _thaw(mapping: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _thaw(item) if isinstance(item, Mapping) else item for key, item in mapping.items()}


def read_pace(value: object) -> int | str:
    """Give a whole number of at least 1, or the name of a schedule; raise `SpecError` for anything else."""
    if names_a_schedule(value):
        return check_hyperparameter(value)
    return read_count(value)


Pace: TypeAlias = Annotated[int | str, PlainValidator(read_pace), reference("Pace")]
Words: TypeAlias = Annotated[str, AfterValidator(check_words)]
Text: TypeAlias = Annotated[str, AfterValidator(partial(check_words, allowed="\n\t"))]
Version: TypeAlias = Annotated[Literal[1], PlainValidator(_read_version), reference("Version")]
Schedules: TypeAlias = Annotated[
    Mapping[str, Entry],
    PlainValidator(_read_schedules),
    PlainSerializer(_thaw, return_type=Any),
    reference("Schedules"),
]
Groups: TypeAlias = Annotated[
    Mapping[str, Mapping[str, GroupEntry]],
    PlainValidator(_read_groups),
    PlainSerializer(_thaw, return_type=Any),
    reference("Groups"),
]


class Spec(Model):
    """A schedule document, validated and frozen.

    Wrong data raises `SpecError` with a JSON path. Schedules and groups are sorted by name: their order means
    nothing, and equal documents are equal, have one hash and one canonical text. Fields with `kind` or `curve` are
    those of an entry, and it is the document. As a field of another pydantic model it takes what its constructor takes.

    >>> spec = Spec(schedules={"learning_rate": {"kind": "linear", "start": 1, "end": 0}}, total=100)
    >>> spec.to_json()
    '{"unisched": 1, "total": 100, "schedules": {"learning_rate": {"kind": "linear", "start": 1.0, "end": 0.0}}}'
    """

    examples = (
        {"$schema": "./unisched.schema.json", "unisched": 1, "name": "imagenet",
         "description": "ResNet-50 on ImageNet, 256 images an update.",
         "total": "90 epochs", "after": "hold", "steps_per_epoch": 5004, "samples_per_step": 256,
         "schedules": {"learning_rate": {"kind": "warmup_cosine", "peak": 0.1, "warmup": "5 epochs"},
                       "weight_decay": 1e-4},
         "groups": {"no_decay": {"weight_decay": 0}}},
        {"total": "2B tokens", "tokens_per_step": 524288,
         "schedules": {"learning_rate": {"kind": "wsd", "peak": 3e-4, "warmup": 200, "decay": "20%"}},
         "groups": {"embedding*": {"learning_rate": {"scale": 0.1}}}},
    )  # fmt: skip
    unisched: Version = Field(default=1, description="The version of the format.")
    schema_: str | None = Field(
        default=None, alias="$schema", description="Where the JSON Schema of documents lies, for editors."
    )
    name: Words | None = Field(default=None, description="A name for people.")
    description: Text | None = Field(default=None, description="What the document is for.")
    after: Literal["hold", "error"] | None = Field(
        default=None, description="Past the total: hold every value, or raise. Without it, curves go on as they do."
    )
    total: TotalField | None = Field(default=None, description="The length of the run, as a duration.")
    steps_per_epoch: Count | None = Field(default=None, description="Optimizer updates an epoch, not batches.")
    samples_per_step: Pace | None = Field(
        default=None,
        description="Samples an optimizer update, over all processes and micro-batches, or the schedule they follow.",
    )
    tokens_per_step: Pace | None = Field(
        default=None,
        description="Tokens an optimizer update, over all processes and micro-batches, or the schedule they follow.",
    )
    schedules: Schedules = Field(description="From hyperparameter to its curve, with or without a base.")
    groups: Groups = Field(
        default=NO_GROUPS,
        description="From the name of a param group, or a glob, to what differs there.",
    )

    def __init__(self, /, **data: Any) -> None:
        given = plain_containers(data)
        if not is_lone(given):
            super().__init__(**given)
            return
        entry, beside = parted(given)
        try:
            super().__init__(schedules=dict.fromkeys(drives(entry), entry), **beside)
        except SpecError as error:
            raise SpecError(*seen_alone(error.problems, type(self).model_fields)) from None

    @model_validator(mode="before")
    @classmethod
    def _within_limits(cls, data: Any) -> Any:
        examine(data)
        return data

    @model_validator(mode="after")
    def _can_be_written(self) -> Spec:
        measure(self)
        return self

    @model_serializer
    def _written(self) -> dict[str, Any]:
        return document_data(self)

    def to_json(self) -> str:
        """Give the canonical JSON text: one line, defaults left out, `load` gives an equal `Spec` back.

        Raises `SpecError` where a Python function stands for a curve.
        """
        return json.dumps(document_data(self), allow_nan=False)

    def __str__(self) -> str:
        """Give the document as JSON, laid out; where Python functions stand in it, their names."""
        if self.functions:
            return f"a document of {', '.join(self.schedules)} with Python functions: {', '.join(self.functions)}"
        return json.dumps(document_data(self), indent=2, ensure_ascii=False)

    def __repr__(self) -> str:
        """Give the shortest form on one line, cut in the middle where it is long."""
        if self.functions:
            return f"Spec({self})"
        return f"Spec({shorten(json.dumps(document_data(self), ensure_ascii=False), _WIDEST)})"

    def _repr_html_(self) -> str:
        """Give what notebooks show: the document as JSON, laid out."""
        return preformatted(str(self))

    @property
    def functions(self) -> tuple[str, ...]:
        """The names of the Python functions that stand for curves: a document with one has no JSON text."""
        return tuple(name for _, name in functions(self))

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """Give the JSON Schema (2020-12) of everything that `load` accepts as a document."""
        with alone():
            return assembled(Spec, (BasedEntry, Scale, Dated))

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        # A model of somebody else's is described: what stands in it has to bring its own definitions.
        return handler(core_schema) if is_alone() else embedded(cls.json_schema())

"""A whole document as a program: its clock, entries, bases and groups, and the checks on finished values."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from unisched import ir, normalise
from unisched.duration import LAST_STEP, Clock, Duration, whole
from unisched.errors import BindingError, Problem, SpecError, nearest, shorten
from unisched.ir import Assignment, Body, Target, Value
from unisched.lint import Note
from unisched.lowering.compose import lower_curve
from unisched.lowering.place import Place, fault, placed
from unisched.lowering.ranges import out_of_range
from unisched.program import Program
from unisched.spec import Spec
from unisched.spec.combinators import (
    ClipCurve,
    ProductCurve,
    RepeatCurve,
    SequenceCurve,
    ShiftCurve,
    StairCurve,
    SumCurve,
)
from unisched.spec.curves import PiecewiseCurve
from unisched.spec.document import BasedEntry, Scale
from unisched.spec.grammar import AnyCurve
from unisched.spec.number import shown
from unisched.spec.values import Absolute
from unisched.steps import index_of

__all__ = ["lower"]

Entry = AnyCurve | BasedEntry
Bases = float | Mapping[str, float] | None

_LARGEST: Final = int(sys.float_info.max)


@dataclass(slots=True)
class _Values:
    """The values met so far, each once."""

    clock: Clock
    after_hold: bool
    notes: list[Note] = field(default_factory=list)
    index: dict[Value, int] = field(default_factory=dict)

    def add(self, value: Value, path: str) -> int:
        total = self.clock.total
        with placed(path):
            ended = normalise.hold(value, total) if self.after_hold and total is not None else value
        return self.index.setdefault(ended, len(self.index))

    def place(self, path: str) -> Place:
        total = self.clock.total
        return Place(path=path, clock=self.clock, notes=self.notes, length=total, of=total)


def lower(
    spec: Spec,
    *,
    total: int | str | None = None,
    steps_per_epoch: int | None = None,
    samples_per_step: int | None = None,
    tokens_per_step: int | None = None,
    base: Bases = None,
) -> Program:
    """Give the program of a validated document; arguments override the clock it carries."""
    pace = {
        "steps_per_epoch": steps_per_epoch,
        "samples_per_step": samples_per_step,
        "tokens_per_step": tokens_per_step,
    }
    clock = _clock(spec, total, pace)
    if spec.after is not None and clock.total is None:
        raise fault("length.missing", "after", f"after is {spec.after!r}, and there is no total", "Add a total.")
    values = _Values(clock=clock, after_hold=spec.after == "hold")
    bases = _bases(base, spec)
    assignments = tuple(_assignments(spec, values, bases))
    body = Body(values=tuple(values.index), assignments=assignments, horizon=clock.total,
                after="error" if spec.after == "error" else "continue")  # fmt: skip
    program = Program(spec=spec, clock=clock, body=body, notes=tuple(dict.fromkeys(values.notes)))
    problems: list[Problem] = []
    for assignment in assignments:
        with placed(program.place(assignment.target)):
            problems += out_of_range(program, assignment)
    if problems:
        raise SpecError(*problems)
    return program


def _assignments(spec: Spec, values: _Values, bases: Bases) -> Iterator[Assignment]:
    defaults: dict[str, Value] = {}
    for name, entry in spec.schedules.items():
        place = values.place(f"schedules.{name}")
        defaults[name] = _entry(entry, place, _base(bases, name))
        yield Assignment(target=Target(name), value=values.add(defaults[name], place.path))
    for group, entries in spec.groups.items():
        for name, given in entries.items():
            target = Target(name, group)
            place = values.place(f"groups[{_quoted(group)}].{name}")
            if not isinstance(given, Scale):
                value = _entry(given, place, _base(bases, name))
                yield Assignment(target=target, value=values.add(value, place.path))
                continue
            if name not in defaults:
                raise fault(
                    "groups.scale", place.path, f"scales {name!r}, which has no schedule", f"Add schedules.{name}."
                )
            factor = lower_curve(given.scale, place.inside("scale"))
            match factor:
                case ir.Track(curves=(ir.Constant(value=number),)):
                    yield Assignment(target=target, value=values.add(defaults[name], place.path), scale=number)
                case _:
                    scaled = normalise.combine("product", [defaults[name], factor])
                    yield Assignment(target=target, value=values.add(scaled, place.path))


def _entry(entry: Entry, place: Place, base: float | None) -> Value:
    if not isinstance(entry, BasedEntry):
        return lower_curve(entry, place)
    inside = place.inside("curve")
    known = base if entry.base == "optimizer" else entry.base
    if any(_absolutes(entry.curve)):
        value = lower_curve(entry.curve, replace(inside, units="based"))
    else:
        value = normalise.combine("product", [normalise.base(), lower_curve(entry.curve, inside)])
    with placed(place.path):
        return value if known is None else normalise.bound(value, float(known))


def _absolutes(curve: AnyCurve) -> Iterator[bool]:
    """Tell of each value in a curve whether it is absolute."""
    match curve:
        case SequenceCurve(parts=inner) | ProductCurve(curves=inner) | SumCurve(curves=inner):
            for part in inner:
                yield from _absolutes(part)
        case ClipCurve():
            for bound in (curve.curve, curve.minimum, curve.maximum):
                yield from () if bound is None else _absolutes(bound)
        case RepeatCurve(curve=shown) | StairCurve(curve=shown) | ShiftCurve(curve=shown):
            yield from _absolutes(shown)
        case PiecewiseCurve():
            yield from (isinstance(value, Absolute) for value in _levels(curve))
        case _:
            yield from (isinstance(getattr(curve, name, None), Absolute) for name in ("start", "end", "value"))


def _levels(curve: PiecewiseCurve) -> Iterator[object]:
    yield from (value for _, value in curve.points or ())
    yield from curve.values or ()


def _clock(spec: Spec, total: int | str | None, pace: Mapping[str, int | None]) -> Clock:
    clock = Clock(
        **{name: getattr(spec, name) if given is None else _count(given, name) for name, given in pace.items()}
    )
    length = spec.total if total is None else _total(total)
    if length is None:
        return clock
    if length.unit in ("%", "rest"):
        raise fault("duration.total", "total", f"'{length}' is a part of a whole, and total is the whole",
                    "Give steps, epochs, samples or tokens.")  # fmt: skip
    steps = whole(clock.steps(length, None, "total"))
    if not 1 <= steps <= LAST_STEP:
        raise fault("number.range", "total", f"'{length}' is {steps} steps", "Give a total from 1 to 2^53 steps.")
    return replace(clock, total=steps)


def _count(given: object, name: str) -> int:
    number = index_of(given)
    if number is None or not 1 <= number <= LAST_STEP:
        raise fault(
            "number.range", name, f"{shorten(repr(given))} is not a whole number from 1", "Give a positive int."
        )
    return number


def _total(given: int | str) -> Duration:
    try:
        return Duration.parse(given)
    except SpecError as error:
        raise SpecError(*(problem.at("total") for problem in error.problems)) from None


def _bases(base: Bases, spec: Spec) -> Bases:
    scheduled = {*spec.schedules, *(name for entries in spec.groups.values() for name in entries)}
    for name in base if isinstance(base, Mapping) else ():
        if name not in scheduled:
            way_out = f"Choose among {', '.join(sorted(scheduled))}.{nearest(str(name), scheduled)}"
            raise BindingError(Problem("base.name", "base", f"{shorten(repr(name))} is not scheduled", way_out))
    given: list[object] = list(base.values()) if isinstance(base, Mapping) else [] if base is None else [base]
    for given_number in given:
        number = given_number if isinstance(given_number, float) else index_of(given_number)
        if number is None and not isinstance(given_number, bool) and hasattr(given_number, "__float__"):
            raise BindingError(Problem("base.type", "base", f"{shown(given_number)} is neither an int nor a float64",
                                       "Pass float(x) to take its float64 value."))  # fmt: skip
        if number is None or not abs(number) <= _LARGEST:
            raise BindingError(Problem("base.type", "base", f"{shorten(repr(given_number))} is not a finite number",
                                       "Pass the value that the optimizer would have."))  # fmt: skip
    return base


def _base(bases: Bases, hyperparameter: str) -> float | None:
    return bases.get(hyperparameter) if isinstance(bases, Mapping) else bases


def _quoted(group: str) -> str:
    return '"' + group.replace("\\", "\\\\").replace('"', '\\"') + '"'

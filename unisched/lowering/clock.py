"""The clock of a document: its total in steps, its paces, and the schedules that set a pace which changes.

Arguments override what the document carries. No curve is lowered here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Literal, NamedTuple, TypeAlias

from unisched.batch_ramp import BatchRamp
from unisched.duration import LAST_STEP, Clock, Duration, Unit, whole
from unisched.errors import SpecError, nearest
from unisched.lowering.place import fault
from unisched.spec import Spec
from unisched.spec.curves import PiecewiseCurve
from unisched.spec.names import names_a_schedule
from unisched.spec.number import shown
from unisched.steps import index_of

__all__ = ["Timing", "timing"]

Counted: TypeAlias = Literal["samples", "tokens"]


class Timing(NamedTuple):
    """The clock in effect, what its total is counted in, and the schedules that belong to it."""

    clock: Clock
    unit: Unit
    schedules: frozenset[str]


def timing(spec: Spec, total: int | str | None, steps_per_epoch: int | None, pace: Mapping[Counted, object]) -> Timing:
    """Give the clock of a document under the arguments of `compile`; raise `SpecError` for what is no clock."""
    epoch = spec.steps_per_epoch if steps_per_epoch is None else _count(steps_per_epoch, "steps_per_epoch")
    written: dict[Counted, int | str | None] = {"samples": spec.samples_per_step, "tokens": spec.tokens_per_step}
    given = {unit: written[unit] if pace[unit] is None else _pace(pace[unit], unit) for unit in pace}
    clock = Clock(
        steps_per_epoch=epoch,
        samples_per_step=_known(spec, "samples", given["samples"]),
        tokens_per_step=_known(spec, "tokens", given["tokens"]),
    )
    named = frozenset(name for name in (*written.values(), *given.values()) if isinstance(name, str))
    length = spec.total if total is None else _total(total)
    if length is None:
        return Timing(clock, "steps", named)
    unit: Unit = length.unit if length.unit in ("samples", "tokens") else "steps"
    return Timing(replace(clock, total=_steps(length, clock)), unit, named)


def _steps(length: Duration, clock: Clock) -> int:
    if length.unit in ("%", "rest"):
        raise fault("duration.total", "total", f"'{length}' is a part of a whole, and total is the whole",
                    "Give steps, epochs, samples or tokens.")  # fmt: skip
    steps = whole(clock.steps(length, None, "total"))
    if not 1 <= steps <= LAST_STEP:
        raise fault("number.range", "total", f"'{length}' is {steps} steps", "Give a total from 1 to 2^53 steps.")
    return steps


def _count(given: object, name: str) -> int:
    number = index_of(given)
    if number is None or not 1 <= number <= LAST_STEP:
        raise fault("number.range", name, f"{shown(given)} is not a whole number from 1", "Give a positive int.")
    return number


def _pace(given: object, unit: Counted) -> int | str:
    return given if names_a_schedule(given) else _count(given, f"{unit}_per_step")


def _total(given: int | str) -> Duration:
    try:
        return Duration.parse(given)
    except SpecError as error:
        raise SpecError(*(problem.at("total") for problem in error.problems)) from None


def _known(spec: Spec, unit: Counted, given: int | str | None) -> int | BatchRamp | None:
    return _ramp(spec, unit, given) if isinstance(given, str) else given


def _ramp(spec: Spec, unit: Counted, schedule: str) -> BatchRamp:
    """Give the batch ramp that a schedule describes: each point stands where so many samples or tokens are used up."""
    starts: list[int] = []
    counts: list[int] = []
    before = 0  # consumed before the last start
    for path, position, value in _points(spec, unit, schedule):
        exact = position.amount
        if position.unit != "steps" and starts:
            exact = starts[-1] + (position.amount - before) / counts[-1]
        at = whole(exact) if starts else 0
        if at > LAST_STEP:
            raise fault("duration.range", path, f"stands at step {at}, past 2^53", "Move it; no counter gets there.")
        if starts and at <= starts[-1]:
            raise fault("piecewise.order", path, f"stands at step {at}, not after step {starts[-1]}",
                        "Give points in increasing order, at least one step apart.")  # fmt: skip
        before += (at - starts[-1]) * counts[-1] if starts else 0
        starts.append(at)
        counts.append(value)
    return BatchRamp(schedule=schedule, starts=tuple(starts), counts=tuple(counts))


def _points(spec: Spec, unit: Counted, schedule: str) -> Iterator[tuple[str, Duration, int]]:
    field, curve, place = f"{unit}_per_step", spec.schedules.get(schedule), f"schedules.{schedule}"
    if curve is None:
        known = f"Schedules are {', '.join(spec.schedules)}."
        raise fault("ref.undefined", field, f"there is no schedule {shown(schedule)}",
                    nearest(schedule, spec.schedules).strip() or known)  # fmt: skip
    if not isinstance(curve, PiecewiseCurve) or curve.interpolation != "previous" or curve.duration is not None:
        raise fault("ramp.kind", place, f"{field} names this schedule, and it is no batch ramp",
                    'Write it as piecewise with "interpolation": "previous", without base and duration.')  # fmt: skip
    for name, position, value in _written(curve):
        path = f"{place}.{name}"
        if position.unit not in ("steps", unit):
            raise fault("ramp.unit", path, f"'{position}' is in neither steps nor {unit}, which this schedule paces",
                        "Give it in one of the two.")  # fmt: skip
        if not isinstance(value, float) or not value.is_integer() or not 1 <= value <= LAST_STEP:
            raise fault("ramp.value", path, f"{shown(value)} is not a whole number from 1",
                        f"Give how many {unit} an update takes.")  # fmt: skip
        yield path, position, int(value)


def _written(curve: PiecewiseCurve) -> Iterator[tuple[str, Duration, object]]:
    for index, (position, value) in enumerate(curve.points or ()):
        yield f"points[{index}]", position, value
    if curve.values is not None and curve.every is not None:
        for index, value in enumerate(curve.values):
            yield f"values[{index}]", Duration(curve.every.amount * index, curve.every.unit), value

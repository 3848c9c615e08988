"""Whether two programs agree up to a step: first by what they are made of, then value by value.

Values that are made of the same rows are equal at every step. Others are compared at both sides of every boundary
and at steps spread between them, with `==`. What metrics move is compared for several factors that they may have
reached: a controller is known by what it does and when it observes, wherever it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

from unisched import ir, normalise
from unisched.errors import StepError
from unisched.ir import Assignment, Combine, Controller, Signal, Target, Track, Value, exchanged
from unisched.program import Program
from unisched.sampling import sides

__all__ = ["Departure", "departures", "structure"]

_Key: TypeAlias = tuple[Controller, tuple[tuple[int, int], ...]]

_SPREAD: Final = 1000


@dataclass(frozen=True, slots=True)
class Departure:
    """A target that is not the same before some step: where it is first seen to differ, and both values there.

    `step` is `None` where it differs in what it is made of: a metric decides it, or it is not scheduled at all.
    """

    target: Target
    step: int | None
    old: float | None = None
    new: float | None = None

    def __str__(self) -> str:
        if self.step is None:
            return "is not made of the same curves and controllers"
        was, now = ("nothing" if value is None else repr(value) for value in (self.old, self.new))
        return f"was {was} at step {self.step}, is {now}"


def departures(old: Program, new: Program, stop: int, base: Mapping[str, float]) -> list[Departure]:
    """Give each target of `old` that `new` does not schedule in the same way before step `stop`.

    `base` is what the optimizer gave, by hyperparameter, where it is known.
    """
    before = {assignment.target: assignment for assignment in old.body.assignments}
    after = {assignment.target: assignment for assignment in new.body.assignments}
    found: list[Departure] = []
    for target, assignment in before.items():
        if target not in after or after[target].born != assignment.born:
            found.append(Departure(target, None))
            continue
        if stop == 0 or _same(old, assignment, new, after[target], stop):
            continue
        departure = _departure(old, new, target, stop, base.get(target.hyperparameter))
        if departure is not None:
            found.append(departure)
    return found


def structure(value: Value, controllers: Sequence[Controller], stop: int | None = None) -> Any:
    """Give what a value is made of up to step `stop`: equal things have equal values, under equal metrics."""
    numbers = {index: _settings(controller) for index, controller in enumerate(controllers)}
    kept = value if stop is None else _before(value, stop)
    signals = [numbers[curve.index] for _, curve in ir.rows(kept) if isinstance(curve, Signal)]
    return exchanged(kept, lambda curve: replace(curve, index=0) if isinstance(curve, Signal) else curve), signals


def _same(old: Program, was: Assignment, new: Program, now: Assignment, stop: int) -> bool:
    before, after = old.body.values[was.value], new.body.values[now.value]
    return was.scale == now.scale and structure(before, old.controllers, stop) == structure(
        after, new.controllers, stop)  # fmt: skip


def _departure(old: Program, new: Program, target: Target, stop: int, base: float | None) -> Departure | None:
    if old.needs_base(target) != new.needs_base(target) and base is None:
        return Departure(target, None)
    given, steps = 1.0 if base is None else base, _steps(old, new, target, stop)
    for reached in _reached(old, new, stop):
        was, now = (
            program.function(*target, base=given, factors=[reached.get(key, 1.0) for key in _keys(program, stop)])
            for program in (old, new)
        )
        for step in steps:
            before, after = _at(was, step), _at(now, step)
            if before != after:
                is_moved = old.needs_metric(target) or new.needs_metric(target)
                return Departure(target, None) if is_moved else Departure(target, step, before, after)
    return None


def _reached(old: Program, new: Program, stop: int) -> list[dict[_Key, float]]:
    """Give what controllers that observe before `stop` may have reached: several factors for each, all apart."""
    keys = list(dict.fromkeys(key for program in (old, new) for key in _keys(program, stop) if key[1]))
    shares = [(index + 1) / (len(keys) + 1) for index in range(len(keys))]
    made = [[1.0] * len(keys), shares, [1.0 - share / 2 for share in shares], [share / 1000 for share in shares]]
    return [dict(zip(keys, factors, strict=True)) for factors in (made if keys else made[:1])]


def _keys(program: Program, stop: int) -> list[_Key]:
    """Give by what each controller is known: what it does, and when it observes before step `stop`."""
    shown = (
        tuple((first, min(last or stop, stop)) for first, last in windows if first < stop)
        for windows in program.windows
    )  # fmt: skip
    return [(_settings(controller), windows) for controller, windows in zip(program.controllers, shown, strict=True)]


def _at(function: Callable[[int], float], step: int) -> float | None:
    try:
        return function(step)
    except StepError:  # past the total of a document with "after": "error"
        return None


def _steps(old: Program, new: Program, target: Target, stop: int) -> list[int]:
    found = {step * stop // _SPREAD for step in range(_SPREAD)}
    for program in (old, new):
        value = next(program.body.values[a.value] for a in program.body.assignments if a.target == target)
        for side in sides(value, program.total):
            found |= {side - 1, side, side + 1}
    return sorted(step for step in found if 0 <= step < stop)


def _before(value: Value, stop: int) -> Value:
    """Give the value without what begins at `stop` or later, and without operands that change nothing till then."""
    if isinstance(value, Combine):
        return normalise.combine(value.op, [_before(part, stop) for part in value.parts])
    kept = [(start, curve) for start, curve in zip(value.starts, value.curves, strict=True) if start < stop]
    rows = kept or [(0, value.curves[0])]
    return Track(starts=tuple(start for start, _ in rows), curves=tuple(curve for _, curve in rows))


def _settings(controller: Controller) -> Controller:
    """Give what a controller does, wherever its memory is kept."""
    return replace(controller, place="")

"""What the curves of a document are worth at a step, in the units in which their entries write values.

Under a base these are factors, also where a floor is absolute: the finished value over the base. What depends on a
metric is worth what it has reached by the state.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ulp
from typing import Any, Final

from unisched.compilation import Compilation
from unisched.errors import Problem, SpecError
from unisched.ir import Target, Value
from unisched.program import Program
from unisched.replanning.entries import curve_of, gives_factors
from unisched.sampling import sides
from unisched.spec import Spec
from unisched.spec.document import BasedEntry, Dated, GroupEntry, Scale
from unisched.targets import place, scheduled

__all__ = ["Levels", "levels"]

_CLOSE: Final = 4
"""How many units in the last place two values may lie apart that are one."""

_SPREAD: Final = 4096


@dataclass(frozen=True, kw_only=True)
class Levels:
    """The curves of a document, before every base, and what of each base is known."""

    program: Program
    based: frozenset[Target]
    bases: Mapping[Target, float]
    factors: tuple[float, ...]

    def is_absolute(self, target: Target, step: int) -> bool:
        """Tell whether the curve, of an entry whose numbers are factors of a base, is there absolute, also in part."""
        if target not in self.based:
            return False
        return self._under(target, step, 2.0) != 2 * self._under(target, step, 1.0)

    def is_moved(self, target: Target, step: int) -> bool:
        """Tell whether a metric moves the curve at `step` or later."""
        shown = (self.program.windows[index] for index in self.program.moved_by(target))
        return any(stop is None or stop > step for windows in shown for _, stop in windows)

    def meets(self, other: Levels, target: Target, step: int) -> bool:
        """Tell whether both are worth the same, but for the last bits, whatever the base."""
        pairs = [(self._under(target, step, base), other._under(target, step, base)) for base in (1.0, 2.0)]
        return all(abs(a - b) <= _CLOSE * ulp(a) for a, b in pairs)

    def at(self, target: Target, step: int) -> float:
        """Give what the entry's curve is worth; raise `SpecError` where only the optimizer could tell."""
        if not self.is_absolute(target, step):
            return self._under(target, step, 1.0)
        base = self.bases.get(target)
        if not base:
            raise SpecError(Problem("replan.base", place(target), "is absolute there, in part at least, and the "
                                    "optimizer's value, of which a tail would be a factor, is not known",
                                    "Pass base=, or the state of the run; a tail may also leave its start out."
                                    ))  # fmt: skip
        return self._under(target, step, base) / base

    def is_known(self, target: Target, step: int) -> bool:
        """Tell whether `at` can tell what the entry's curve is worth."""
        return bool(self.bases.get(target)) or not self.is_absolute(target, step)

    def between(self, target: Target, first: int, last: int) -> Iterator[tuple[int, float]]:
        """Give steps from `first` to `last`, the sides of boundaries and some spread, and what the curve is worth."""
        base = self.bases.get(target) or 1.0
        function = self.program.function(*target, base=base, factors=self.factors)
        steps = {first + (last - first) * share // _SPREAD for share in range(_SPREAD + 1)}
        for value in self._values(target):
            steps.update(step for step in sides(value, self.program.total) if first <= step <= last)
        return ((step, function(step) / base) for step in sorted(steps))

    def _values(self, target: Target) -> Iterator[Value]:
        body = self.program.body
        return (body.values[found.value] for found in body.assignments if found.target == target)

    def _under(self, target: Target, step: int, base: float) -> float:
        return self.program.function(*target, base=base, factors=self.factors)(step)


def levels(
    compiled: Compilation, spec: Spec, base: Mapping[str, float], factors: Mapping[str, float] | None = None
) -> Levels:
    """Give the levels of `spec` under the clock of a compilation.

    `base` is what the optimizer gave, `factors` what the controllers have reached, by place; 1 where nothing is said.
    """
    bare = Spec(**_fields(spec))
    program = Compilation(spec=bare, arguments=compiled.arguments, unit=compiled.unit).program({})
    reached = [(factors or {}).get(_written(controller.place, spec), 1.0) for controller in program.controllers]
    bases = ((target, _base(entry, base.get(target.hyperparameter))) for target, entry in scheduled(spec).items())
    based = frozenset(target for target, entry in scheduled(spec).items() if _is_based(entry))
    return Levels(program=program, based=based, bases={target: known for target, known in bases if known is not None},
                  factors=tuple(reached))  # fmt: skip


def _fields(spec: Spec) -> dict[str, Any]:
    groups = {group: {name: _bare(entry) for name, entry in found.items()} for group, found in spec.groups.items()}
    kept = {"total": spec.total, "steps_per_epoch": spec.steps_per_epoch, "samples_per_step": spec.samples_per_step,
            "tokens_per_step": spec.tokens_per_step, "after": "hold" if spec.after == "hold" else None}  # fmt: skip
    return {**{name: value for name, value in kept.items() if value is not None}, "groups": groups,
            "schedules": {name: _bare(entry) for name, entry in spec.schedules.items()}}  # fmt: skip


def _bare(entry: GroupEntry) -> GroupEntry:
    """Give an entry over a base that is left open: a factor of 1 gives its curve."""
    match entry:
        case Scale(scale=curve):
            return BasedEntry(base="optimizer", curve=curve)
        case BasedEntry(curve=curve) | Dated(base=float() | "optimizer", curve=curve):
            return BasedEntry(base="optimizer", curve=curve)
        case Dated(curve=curve):
            return curve
        case _:
            return entry


def _is_based(entry: GroupEntry) -> bool:
    """Tell whether the numbers of an entry are factors of a base; those of a scale are of finished values."""
    match entry:
        case Scale():
            return False
        case BasedEntry() | Dated(base=float() | "optimizer"):
            return True
        case _:
            return gives_factors(curve_of(entry))


def _base(entry: GroupEntry, given: float | None) -> float | None:
    match entry:
        case BasedEntry(base=float() as base) | Dated(base=float() as base):
            return base
        case _:
            return given


def _written(path: str, spec: Spec) -> str:
    """Give the path in the document of what stands at `path` where the scale of a group is an entry of its own."""
    for target, entry in scheduled(spec).items():
        start = place(target)
        if isinstance(entry, Scale) and path.startswith(f"{start}.curve"):
            return f"{start}.scale{path.removeprefix(start).removeprefix('.curve')}"
    return path

"""What metrics have brought about in each param group: the factors of the program's controllers.

Groups that were given other values meet the bounds of a plateau elsewhere, so each set of bases has factors of its own.
What a metric means is the core's business.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from unisched.plugin import (
    BindingError,
    Controller,
    Greedy,
    Plateau,
    Problem,
    Program,
    Target,
    memory,
    rules,
    watching,
)
from unisched_torch.slot import Group, Slot, number

__all__ = ["Reached"]

_Bases: TypeAlias = tuple[float | None, ...]
_MOST_DROPS: Final = 2**31


class Reached:
    """The factors for each of the groups, in lists that keep their identity and that functions read.

    `followed` are the targets of each group; `observed` gives the memories after a metric, as `watching.Listener.after`
    does. A drop is one where it lowers the largest base among the groups that read the plateau; groups of a smaller
    base feel those only that are drops for them too, as in torch's own class.
    """

    def __init__(self, program: Program, groups: Sequence[Group], followed: Sequence[Mapping[str, Target]]) -> None:
        self._program = program
        reads = [{index for target in targets.values() for index in program.moved_by(target)} for targets in followed]
        given = [tuple(_base(program, group, controller) for controller in program.controllers) for group in groups]
        self._largest = [
            _largest(controller, _of_readers(index, given, reads))
            for index, controller in enumerate(program.controllers)
        ]
        keys = [_only(bases, read) for bases, read in zip(given, reads, strict=True)]
        self._factors = {bases: [1.0] * len(bases) for bases in keys}
        self._limits = {bases: self._limits_of(bases) for bases in self._factors}
        self._by_group = [self._factors[bases] for bases in keys]
        self.observed = watching.Listener(program.body, program.windows, self._largest).after
        self._marks: list[object] = []

    def by(self, index: int) -> list[float]:
        """Give the factors of a group, by controller."""
        return self._by_group[index]

    def put(self, memories: Sequence[memory.Memory]) -> bool:
        """Put every factor at what it is by the memories; tell whether one has moved."""
        marks: list[object] = [remembered.mark for remembered in memories]
        if marks == self._marks:
            return False
        self._marks = marks
        before = [list(factors) for factors in self._factors.values()]
        for bases, factors in self._factors.items():
            factors[:] = map(_factor, self._program.controllers, memories, bases, self._limits[bases])
        return before != [*self._factors.values()]

    def _limits_of(self, bases: _Bases) -> list[int | None]:
        return list(map(_limit, self._program.controllers, bases, self._largest))


def _base(program: Program, group: Group, controller: Controller) -> float | None:
    if controller.base is not None or not controller.is_absolute:
        return controller.base
    key = Slot.of(program.owner(controller) or "").initial
    return number(group[key]) if key in group else None


def _of_readers(index: int, given: Sequence[_Bases], reads: Sequence[set[int]]) -> list[float | None]:
    """Give the bases of the groups that read a controller; of all groups while those that will are yet to come."""
    found = [bases[index] for bases, read in zip(given, reads, strict=True) if index in read]
    return found or [bases[index] for bases in given]


def _largest(controller: Controller, bases: Sequence[float | None]) -> float | None:
    found = {base for base in bases if base is not None}
    if controller.is_absolute and not found:
        raise BindingError(Problem("base.missing", controller.place, "is bounded by values, and its base is not known",
                                   "Keep the entry it stands in, or pass base= to unisched.compile."))  # fmt: skip
    if len(found) > 1 and isinstance(controller, Greedy):
        raise BindingError(Problem("feedback.bases", controller.place, "has bounds that are values, and the param "
                                   f"groups were given {', '.join(map(repr, sorted(found)))}",
                                   "Give the groups one value, or entries of their own."))  # fmt: skip
    return max(found, default=None)


def _only(bases: _Bases, read: set[int]) -> _Bases:
    return tuple(base if index in read else None for index, base in enumerate(bases))


def _limit(controller: Controller, base: float | None, largest: float | None) -> int | None:
    """Give the number of drops after which there is none any more for `base`, though there is for the largest."""
    if not isinstance(controller, Plateau) or not controller.is_absolute or base is None or base == largest:
        return None
    return bisect_left(
        range(_MOST_DROPS), True, key=lambda drops: not rules.lowers(controller, drops, base, rules.HOST)
    )


def _factor(controller: Controller, remembered: memory.Memory, base: float | None, limit: int | None) -> float:
    if limit is not None and isinstance(remembered, memory.PlateauMemory):
        remembered = remembered._replace(drops=min(remembered.drops, limit))
    return float(rules.factor(controller, remembered, 1.0 if base is None else base, rules.HOST))

"""The targets that read one value of a program: evaluated together, for they differ by a base or a scale only."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from unisched.plugin import Program, Target

__all__ = ["Family"]


class Family:
    """The different readers of one value, in the order in which they came.

    `factors` are what metrics have brought about for all of them, where the value depends on that.
    """

    def __init__(self, factors: Sequence[float] | None) -> None:
        self._factors = factors
        self._places: dict[tuple[float, float | None], int] = {}
        self._targets: list[Target] = []
        self._bases: list[float] = []
        self._lone: Callable[[int], float] | None = None

    def __len__(self) -> int:
        return len(self._targets)

    def place(self, target: Target, scale: float, base: float | None) -> int:
        """Give the place of a reader; those of one scale and base are one."""
        place = self._places.setdefault((scale, base), len(self._targets))
        if place == len(self._targets):
            self._targets.append(target)
            if base is not None:
                self._bases.append(base)
        return place

    def function(self, program: Program) -> Callable[[int], list[float]]:
        """Give the values of all readers as a function of the step."""
        if len(self) == 1:
            value = self.lone(program)
            return lambda step: [value(step)]
        return program.spread(self._targets, self._bases or None, self._factors)

    def lone(self, program: Program) -> Callable[[int], float]:
        """Give the value of the first reader as a function of the step."""
        if self._lone is None:
            (name, group), base = self._targets[0], next(iter(self._bases), None)
            self._lone = program.function(name, group, base=base, factors=self._factors)
        return self._lone

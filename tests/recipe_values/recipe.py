"""What is due of one document of docs/recipes: its values from the source's own formula, and who must refuse it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from recipe_values.textbook import Real

__all__ = ["BASED", "FEEDBACK", "GROUPS", "OTHER_NAMES", "Recipe", "Target", "merged", "rate"]

Worth: TypeAlias = Callable[[int], Real]
Refusals: TypeAlias = Mapping[str, frozenset[str]]
"""From "backend, form" to the codes of every reason that it has to refuse a document."""

RATE_ONLY = ("keras, schedule", "keras, callback")
OF_THE_STEP = ("keras, schedule", "numpy, function", "optax, schedules")
OBSERVING = ("keras, callback", "keras, optimizer", "numpy, scheduler", "optax, stateful")


def _each(forms: Sequence[str], code: str) -> Refusals:
    return dict.fromkeys(forms, frozenset({code}))


OTHER_NAMES = _each(RATE_ONLY, "backend.hyperparameter")
"""Hyperparameters beside the learning rate: Keras has no schedules for them."""

GROUPS = _each((*RATE_ONLY, "keras, optimizer"), "backend.groups")
"""Param groups: a Keras optimizer has none."""

BASED = _each((*OF_THE_STEP, *OBSERVING), "backend.optimizer_base")
"""Factors of the optimizer's own rate: only torch hands an optimizer over. All carry it once the base is given."""

FEEDBACK = _each(OF_THE_STEP, "backend.feedback")
"""Values that answer a metric: a function of the step has none."""


def merged(*refusals: Refusals) -> Refusals:
    """Give all reasons together."""
    forms = dict.fromkeys(form for each in refusals for form in each)
    return {form: frozenset().union(*(each.get(form, frozenset()) for each in refusals)) for form in forms}


@dataclass(frozen=True, kw_only=True)
class Target:
    """One hyperparameter in one param group (none: a group that nothing names), and what it is worth at a step."""

    worth: Worth
    hyperparameter: str = "learning_rate"
    group: str | None = None

    def __str__(self) -> str:
        return self.hyperparameter if self.group is None else f"{self.hyperparameter} of {self.group}"


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """The values of a document.

    `marks` are its boundaries and `total` its length, in steps and worked out by hand. `base` is what the
    optimizer was given, where values are factors of it; `worth` includes it. `ulps` is the tolerance in float64,
    with `why` where it is not 4. `refusals` is complete: what is not in it must be carried. `batches` is
    the batch ramp that the document's clock runs on. Without `beyond` nothing is said of what comes after the total.
    Without targets the document compiles, and its values wait for a metric.
    """

    targets: Sequence[Target]
    marks: Sequence[int]
    total: int | None = None
    base: float | None = None
    ulps: float = 4.0
    why: str = ""
    refusals: Refusals = field(default_factory=dict)
    batches: Sequence[tuple[int, int]] = ()
    beyond: bool = True

    def steps(self, name: str) -> list[int]:
        """Give the steps to look at: the first, around each boundary, between two, some at random, the last and on."""
        ends = [] if self.total is None else [self.total]
        marks = sorted({*self.marks, *ends})
        middles = [(a + b) // 2 for a, b in zip([0, *marks], marks, strict=False)]
        thirds = [(2 * a + b) // 3 for a, b in zip([0, *marks], marks, strict=False)]
        random = [
            int(hashlib.sha256(f"{name} {i}".encode()).hexdigest(), 16) % (marks[-1] if marks else 1000)
            for i in range(9)
        ]
        wanted = {0, 1, 2, 3, *middles, *thirds, *random, *(mark + by for mark in marks for by in range(-2, 3))}
        wanted |= {end + 1000 for end in ends}
        last = self.total if self.total is not None and not self.beyond else max(wanted)
        return sorted(step for step in wanted if 0 <= step <= last)


def rate(worth: Worth, *, base: float | None = None, **more: Any) -> Recipe:
    """Give a recipe of one learning rate; with a `base`, `worth` is a factor of it."""
    scaled = worth if base is None else lambda k: base * worth(k)
    return Recipe(targets=[Target(worth=scaled)], base=base, **{"refusals": BASED if base else {}, **more})

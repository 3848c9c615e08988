"""The schedulers inside schedulers: which may stand there, and the curve of each as a part of the whole.

A scheduler of values and one of factors of the optimizer's rate go together as factors, where values are absolute.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

from unisched.dialects.ignite.handler import Handler
from unisched.dialects.ignite.units import absolute
from unisched.duration import Clock
from unisched.errors import SpecError
from unisched.spec.curve import AnyCurve
from unisched.spec.dialect import DialectCurve, IntervalCurve
from unisched.spec.number import fault

__all__ = ["AsInside", "Gives", "check", "curves_of", "is_torch"]

Gives: TypeAlias = Literal["value", "factor"]

_NOT_OF_GROUPS: Final = (
    "ignite.LambdaStateScheduler", "ignite.PiecewiseLinearStateScheduler", "ignite.ExpStateScheduler",
    "ignite.StepStateScheduler", "ignite.MultiStepStateScheduler", "ignite.EMAHandler", "ignite.BatchSizeScheduler",
    "ignite.FastaiLRFinder", "ignite.ParamGroupScheduler",
)  # fmt: skip


class AsInside:
    """What a scheduler with others inside gives: asked of the class, either; of an instance, as they decide."""

    def __get__(self, scheduler: object, owner: type) -> str:
        return "value or factor" if scheduler is None else str(getattr(scheduler, "decided")())  # noqa: B009


def is_torch(child: AnyCurve) -> bool:
    """Tell whether a curve is a scheduler of torch."""
    return isinstance(child, DialectCurve) and child.kind.startswith("torch.")


def check(child: AnyCurve, path: str, *, torch: bool = False) -> None:
    """Raise `SpecError` at `path` where a curve is no scheduler that ignite's would step."""
    fits = is_torch(child) if torch else isinstance(child, Handler) and child.kind not in _NOT_OF_GROUPS
    if not fits or not isinstance(child, IntervalCurve):
        wanted = "torch's schedulers" if torch else "ignite's schedulers of param groups"
        raise fault("ignite.child", f"{child.kind} cannot stand here", f"Give one of {wanted}.", path)
    if child.duration is not None:
        raise fault("field.conflict", "a scheduler in another one has no length of its own", "Leave it out.",
                    f"{path}.duration")  # fmt: skip
    if child.interval != "step":
        raise fault("field.conflict", "is called by the scheduler it stands in", "Give that one the interval.",
                    f"{path}.interval")  # fmt: skip


def curves_of(child: AnyCurve, path: str, clock: Clock, shown_for: int | None, gives: Gives) -> Mapping[str, AnyCurve]:
    """Give the curves of a child in a whole that gives `gives`; raise `SpecError` with the child's place."""
    if not isinstance(child, DialectCurve):
        return {"learning_rate": child}
    try:
        found = child.curves(clock, shown_for) if isinstance(child, Handler) else child.expand(clock)
        marked = gives == "factor" and child.gives == "value"
        return {name: absolute(one) for name, one in found.items()} if marked else found
    except SpecError as error:
        raise SpecError(*(problem.at(f"{path}.{problem.path}" if problem.path else path)
                          for problem in error.problems)) from None  # fmt: skip

"""What a scheduler gives at its first event, as far as its arguments say it: where a warm-up has to lead."""

from __future__ import annotations

import math
from typing import Any, Final

from unisched.dialects.ignite.children import is_torch
from unisched.dialects.ignite.combined import ConcatScheduler
from unisched.dialects.ignite.cyclical import CyclicalScheduler
from unisched.dialects.ignite.piecewise import PiecewiseLinear
from unisched.dialects.ignite.wrapped import LRScheduler
from unisched.formulas import evaluation as formula
from unisched.formulas.expression import Expression
from unisched.formulas.tree import Binary, Integer, Number, Step, Tree
from unisched.spec.curve import AnyCurve, CallableCurve

__all__ = ["first_factor", "first_value", "sets_the_rate"]

_NOTHING_YET: Final = Binary("/", Step(), Integer(1))
_AT_FIRST: Final[dict[str, Tree]] = {
    "step": Step(), "epoch": _NOTHING_YET, "samples": Step(), "tokens": Step(), "pi": Number(math.pi),
}  # fmt: skip


def sets_the_rate(child: AnyCurve) -> bool:
    """Tell whether a scheduler's first value is the rate that the optimizer has when the warm-up is made."""
    if isinstance(child, ConcatScheduler):
        return sets_the_rate(child.schedulers[0])
    return is_torch(child) or isinstance(child, LRScheduler)


def first_value(child: AnyCurve) -> float | None:
    """Give the first value of a scheduler that gives values; `None` for one that gives factors.

    `None` too for a warm-up: ignite compares a list of it, one value a param group, and finds no number equal to it.
    """
    match child:
        case CyclicalScheduler(start_value=value):
            return value
        case PiecewiseLinear():
            return child.first()
        case ConcatScheduler(schedulers=schedulers):
            return first_value(schedulers[0])
        case LRScheduler(lr_scheduler=inner):
            return first_value(inner)
    arguments = vars(child)
    match child.kind:
        case "torch.CyclicLR":
            return float(arguments["base_lr"])
        case "torch.OneCycleLR":
            return float(arguments["max_lr"] / arguments["div_factor"])
    return None


def first_factor(child: AnyCurve) -> float:
    """Give the first factor of a scheduler that gives factors of the optimizer's rate."""
    match child:
        case ConcatScheduler(schedulers=schedulers):
            return first_factor(schedulers[0])
        case LRScheduler(lr_scheduler=inner):
            return first_factor(inner)
    arguments = vars(child)
    match child.kind:
        case "torch.LinearLR":
            return float(arguments["start_factor"])
        case "torch.ConstantLR":
            return float(arguments["factor"])
        case "torch.MultiStepLR":
            return float(arguments["gamma"] ** sum(at.amount == 0 for at in arguments["milestones"]))
        case "torch.LambdaLR":
            return _at_first(arguments["lr_lambda"])
    return 1.0


def _at_first(function: Any) -> float:
    match function:
        case CallableCurve(function=called):
            return float(called(0))
        case Expression():
            return float(formula.host(function.bind(_AT_FIRST))(0))
        case _:
            return 1.0

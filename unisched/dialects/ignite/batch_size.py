"""BatchSizeScheduler: whole numbers from 1, by a function of the event."""

from __future__ import annotations

import math
from typing import Final, Literal

from pydantic import Field, model_validator

from unisched.dialects.functions import curve_of
from unisched.dialects.ignite.functions import EventFunction
from unisched.dialects.ignite.handler import Handler
from unisched.duration import Clock
from unisched.formulas import evaluation as formula
from unisched.formulas.expression import Expression
from unisched.formulas.tree import Binary, Choice, Integer, Number, Step, Tree, Unary
from unisched.spec.curve import AnyCurve
from unisched.spec.number import fault

__all__ = ["BatchSizeScheduler"]

_NAMES: Final[dict[str, Tree]] = {"step": Step(), "pi": Number(math.pi)}
_LOOKED_AT: Final = 4096


class BatchSizeScheduler(Handler):
    """scheduler_fn(t): a whole number from 1."""

    kind: Literal["ignite.BatchSizeScheduler"] = "ignite.BatchSizeScheduler"
    examples = ({"kind": "ignite.BatchSizeScheduler", "scheduler_fn": "64 * (1 + step // 3000)"},)
    scheduler_fn: EventFunction = Field(
        description="The size: a formula of whole numbers in step or, in Python, a function of the event."
    )

    @model_validator(mode="after")
    def _counts(self) -> BatchSizeScheduler:
        if isinstance(self.scheduler_fn, Expression) and not _is_whole(self.scheduler_fn.bind(_NAMES)):
            raise fault("ignite.batch_size", f"{self.scheduler_fn.text!r} is no whole number by its form, and "
                        "ignite refuses any other", "Use whole numbers with + - * // % or floor.",
                        "scheduler_fn")  # fmt: skip
        return self

    def drives(self) -> tuple[str, ...]:
        """Give the batch size."""
        return ("batch_size",)

    def laid(self, clock: Clock, shown_for: int | None) -> AnyCurve:
        """Give the function; raise `SpecError` where it is seen to fall below 1."""
        if isinstance(self.scheduler_fn, Expression):
            size = formula.host(self.scheduler_fn.bind(_NAMES))
            last = (shown_for or _LOOKED_AT) - 1
            for step in sorted({*range(min(last + 1, _LOOKED_AT)), last}):
                if size(step) < 1:
                    raise fault("number.range", f"the batch size is {size(step):g} at step {step}",
                                "Keep it at 1 or more.", "scheduler_fn")  # fmt: skip
        return curve_of(self.scheduler_fn)


def _is_whole(tree: Tree) -> bool:
    """Tell whether Python would give an int, whatever the step."""
    match tree:
        case Integer() | Step() | Unary(op="floor" | "ceil" | "round"):
            return True
        case Unary(op="-" | "abs", operand=operand):
            return _is_whole(operand)
        case Binary(op="+" | "-" | "*" | "//" | "%" | "min" | "max", left=left, right=right):
            return _is_whole(left) and _is_whole(right)
        case Binary(op="**", left=left, right=Integer(value=exponent)):
            return _is_whole(left) and exponent >= 0
        case Choice(then=then, otherwise=otherwise):
            return _is_whole(then) and _is_whole(otherwise)
        case _:
            return False

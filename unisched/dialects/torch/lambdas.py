"""LambdaLR and MultiplicativeLR: the factor, or the step from each to the next, as a formula or a Python function."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Final, Literal, TypeAlias

from pydantic import Field, PlainValidator, model_validator

from unisched.dialects.functions import Function, curve_of, formula_of
from unisched.dialects.torch.arguments import alone
from unisched.dialects.torch.factor import FactorCurve
from unisched.duration import Clock
from unisched.formulas.expression import Expression
from unisched.spec.curve import AnyCurve, CallableCurve, read_curve
from unisched.spec.dialect import Quirk, curve
from unisched.spec.number import fault

__all__ = ["LambdaLR", "MultiplicativeLR"]

_EPOCH: Final = re.compile(r"\bepoch\b")


def _lambda(value: object) -> Expression | CallableCurve:
    alone(value)
    if isinstance(value, CallableCurve):
        return value
    if callable(value):
        return _function(value)
    formula = formula_of(value)
    if formula.bounded:
        raise fault("torch.formula", "progress and length are nothing torch knows of", "Write it in step and epoch.")
    return formula.expression


def _function(value: object) -> CallableCurve:
    function = read_curve(value)
    if not isinstance(function, CallableCurve):
        raise fault("torch.formula", "a class is no function of the step", "Give a formula, or a function.")
    return function


Lambda: TypeAlias = Annotated[Function, PlainValidator(_lambda)]


class LambdaLR(FactorCurve):
    """base · lr_lambda(t)."""

    kind: Literal["torch.LambdaLR"] = "torch.LambdaLR"
    examples = ({"kind": "torch.LambdaLR", "lr_lambda": "0.95 ** epoch"},)
    chainable: ClassVar[bool] = False
    lr_lambda: Lambda = Field(description="The factor: a formula in step and epoch; in Python, also a function.")

    def expand(self, clock: Clock) -> Mapping[str, AnyCurve]:
        """Give the curve this stands for."""
        return {"learning_rate": curve_of(self.lr_lambda)}


class MultiplicativeLR(FactorCurve):
    """base · lr_lambda(1) · … · lr_lambda(t)."""

    kind: Literal["torch.MultiplicativeLR"] = "torch.MultiplicativeLR"
    examples = ({"kind": "torch.MultiplicativeLR", "lr_lambda": "0.999 if step < 5000 else 1"},)
    restarts: ClassVar[bool] = False
    lr_lambda: Lambda = Field(
        description="The factor from the step before: a formula in step or, in Python, a function of the step."
    )

    @model_validator(mode="after")
    def _counts_what_it_is_stepped_by(self) -> MultiplicativeLR:
        known = {"step", "epoch", "pi"} if self.interval == "epoch" else {"step", "pi"}
        if isinstance(self.lr_lambda, Expression) and not self.lr_lambda.names <= known:
            strange = min(self.lr_lambda.names - known)
            raise fault("torch.formula", f"{strange!r} is not what the scheduler is stepped by", 'Write it in step; '
                        'for epochs give "interval": "epoch".', "lr_lambda")  # fmt: skip
        return self

    def expand(self, clock: Clock) -> Mapping[str, AnyCurve]:
        """Give the curve this stands for: a table as long as the run, or a function."""
        if isinstance(self.lr_lambda, CallableCurve):
            return {"learning_rate": curve(_Product(self.lr_lambda.function))}
        if clock.total is None:
            raise fault("length.missing", "the product is a table as long as the run, and there is no total",
                        "Add a total.", "lr_lambda")  # fmt: skip
        factor = _EPOCH.sub("step", self.lr_lambda.text)
        product = {"kind": "recurrence", "start": 1, "next": f"value * ({factor})", "duration": clock.total}
        return {"learning_rate": curve(product)}

    def quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Give the quirk that the first factor is never asked for."""
        yield from super().quirks(clock)
        yield Quirk("torch.first_factor", "lr_lambda(0) is never used; the first update has the initial rate")


@dataclass(frozen=True, slots=True)
class _Product:
    """The product of function(1) to function(t), which remembers what it has found."""

    function: Callable[[int], float]
    found: list[float] = field(default_factory=lambda: [1.0], compare=False, repr=False)

    def __call__(self, step: int) -> float:
        while len(self.found) <= step:
            self.found.append(self.found[-1] * self.function(len(self.found)))
        return self.found[step]

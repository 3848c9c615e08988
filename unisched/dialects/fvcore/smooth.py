"""fvcore's closed forms: constant, linear, cosine, exponential and polynomial in the progress."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Literal

from pydantic import Field

from unisched.dialects.fvcore.progress import Progress
from unisched.dialects.fvcore.schedule import ParamScheduler
from unisched.dialects.pieces import in_order
from unisched.duration import Duration
from unisched.spec.curve import AnyCurve
from unisched.spec.dialect import Quirk, WaveCurve, curve
from unisched.spec.number import fault
from unisched.spec.values import FromZero, Number, PositiveNumber

__all__ = [
    "ConstantParamScheduler", "CosineParamScheduler", "ExponentialParamScheduler", "LinearParamScheduler",
    "PolynomialDecayParamScheduler",
]  # fmt: skip

_START = "The value at the start."
_END = "The value at the end of the run, one step after its last."


class ConstantParamScheduler(ParamScheduler):
    """`value`, whatever the progress."""

    kind: Literal["fvcore.ConstantParamScheduler"] = "fvcore.ConstantParamScheduler"
    examples = ({"kind": "fvcore.ConstantParamScheduler", "value": 0.1, "num_steps": 9000},)
    value: Number = Field(description="The value.")

    def laid(self, progress: Progress) -> AnyCurve:
        """Give the constant."""
        return curve(self.value)

    def own_quirks(self, progress: Progress) -> Iterable[Quirk]:
        """Name the end of the run, at which fvcore raises."""
        if progress.beyond():
            yield Quirk(
                "fvcore.end", f"fvcore raises from step {progress.end()} on, where x is 1; here the value holds"
            )


class LinearParamScheduler(ParamScheduler):
    """end·x + start·(1 − x)."""

    kind: Literal["fvcore.LinearParamScheduler"] = "fvcore.LinearParamScheduler"
    examples = ({"kind": "fvcore.LinearParamScheduler", "start_value": 0.001, "end_value": 0.1, "num_steps": 9000},)
    start_value: Number = Field(description=_START)
    end_value: Number = Field(description=_END)

    def laid(self, progress: Progress) -> AnyCurve:
        """Give the line, and its continuation where the run goes on."""
        first, last = self.start_value, self.end_value
        ramp = _falling(first, last, progress, lambda x: _mixed(first, last, x))
        beyond = progress.beyond()
        if beyond is None:
            return in_order((progress.end(), ramp), then=curve(last))
        near, far = (_mixed(first, last, progress.exactly(step)) for step in beyond)
        ahead = curve({"kind": "linear", "start": near, "end": far})
        return in_order((progress.end(), ramp), (beyond[1] - beyond[0], ahead), then=curve(far))

    def own_quirks(self, progress: Progress) -> Iterable[Quirk]:
        """Name the line that goes on."""
        if progress.beyond() and self.start_value != self.end_value:
            yield Quirk("fvcore.end", f"the line does not stop at end_value: from step {progress.end()} on it goes on")


class CosineParamScheduler(ParamScheduler):
    """end + ½·(start − end)·(1 + cos(πx))."""

    kind: Literal["fvcore.CosineParamScheduler"] = "fvcore.CosineParamScheduler"
    examples = ({"kind": "fvcore.CosineParamScheduler", "start_value": 0.1, "end_value": 0.0001, "num_steps": 9000},)
    start_value: Number = Field(description=_START)
    end_value: Number = Field(description=_END)

    def laid(self, progress: Progress) -> AnyCurve:
        """Give the wave, which turns back at its end."""
        span = progress.span
        return WaveCurve(start=self.start_value, end=self.end_value, span=span, shape="cosine", wrap="bounce",
                         offset=progress.start * span % (2 * span))  # fmt: skip

    def own_quirks(self, progress: Progress) -> Iterable[Quirk]:
        """Name the wave that turns back."""
        if progress.beyond() and self.start_value != self.end_value:
            yield Quirk("fvcore.end", f"the wave turns back: from step {progress.end()} on it returns to start_value")


class ExponentialParamScheduler(ParamScheduler):
    """start·decay^x: `decay` is the factor over the whole run."""

    kind: Literal["fvcore.ExponentialParamScheduler"] = "fvcore.ExponentialParamScheduler"
    examples = ({"kind": "fvcore.ExponentialParamScheduler", "start_value": 2.0, "decay": 0.02, "num_steps": 9000},)
    start_value: Number = Field(description=_START)
    decay: PositiveNumber = Field(description="The factor over the whole run.")

    def laid(self, progress: Progress) -> AnyCurve:
        """Give the geometric curve, which goes on past the end."""
        start = self.start_value * self.decay ** float(progress.start) if progress.start else self.start_value
        steps = math.ceil(progress.span)
        rate = self.decay if steps == progress.span else self.decay ** float(steps / progress.span)
        return curve({
            "kind": "exponential", "start": start, "rate": rate, "every": Duration(Fraction(steps), "steps"),
        })  # fmt: skip


class PolynomialDecayParamScheduler(ParamScheduler):
    """base·(1 − x)^power, to 0 at the end."""

    kind: Literal["fvcore.PolynomialDecayParamScheduler"] = "fvcore.PolynomialDecayParamScheduler"
    examples = ({"kind": "fvcore.PolynomialDecayParamScheduler", "base_value": 0.1, "power": 0.9, "num_steps": 9000},)
    base_value: Number = Field(description=_START)
    power: FromZero = Field(description="The exponent of what is left to go.")

    def laid(self, progress: Progress) -> AnyCurve:
        """Give the decay, and what a whole power makes of a negative rest."""
        if self.power == 0:
            return curve(self.base_value)
        fall = _falling(self.base_value, 0.0, progress, self._value, self.power)
        beyond = progress.beyond()
        if beyond is None or not self.power.is_integer():
            return in_order((progress.end(), fall), then=curve(0.0))
        span, far = progress.span, progress.exactly(beyond[1])
        ahead = WaveCurve(start=0.0, end=self._value(far), span=(far - 1) * span, warp=self.power,
                          offset=(progress.exactly(beyond[0]) - 1) * span)  # fmt: skip
        return in_order((progress.end(), fall), (beyond[1] - beyond[0], ahead), then=curve(ahead.end))

    def own_quirks(self, progress: Progress) -> Iterable[Quirk]:
        """Name what is past the end."""
        if not progress.beyond() or self.power == 0:
            return
        said = "grows again" if self.power.is_integer() else "is a complex number; here it stays 0"
        yield Quirk("fvcore.end", f"past step {progress.end()}, where x is 1, fvcore's value {said}")

    def _value(self, x: Fraction) -> float:
        try:
            powered: float = float(1 - x) ** self.power
        except OverflowError:
            raise fault("range.overflow", f"the power {self.power!r} of {float(x - 1):.6g} is above the float range",
                        "Let the run end with the schedule, or lower the power.", "power") from None  # fmt: skip
        return self.base_value * powered


def _mixed(first: float, last: float, x: Fraction) -> float:
    return float(Fraction(last) * x + Fraction(first) * (1 - x))


def _falling(
    first: float, last: float, progress: Progress, value: Callable[[Fraction], float], power: float = 1.0
) -> WaveCurve:
    """Give the ramp from `first` to `last`; a part that the slack begins early starts from before `first`."""
    start, span = progress.start, progress.span
    if start >= 0:
        return WaveCurve(start=first, end=last, span=span, offset=start * span, power=power)
    return WaveCurve(start=value(start), end=last, span=(1 - start) * span, power=power)

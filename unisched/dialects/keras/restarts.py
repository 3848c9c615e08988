"""Down half a cosine wave again and again, over cycles that grow: Keras's CosineDecayRestarts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from itertools import islice
from typing import Final, Literal, NamedTuple

from pydantic import Field

from unisched.dialects.keras.waves import Piece, laid_out
from unisched.dialects.rounding import product
from unisched.duration import Clock
from unisched.spec.curve import AnyCurve
from unisched.spec.dialect import DialectCurve, Quirk, WaveCurve, curve
from unisched.spec.number import fault
from unisched.spec.values import FromZero, Number, PositiveNumber, StrideField

__all__ = ["CosineDecayRestarts"]

_LAST_STEP: Final = 2**31 - 1
"""The last step of Keras's counter, but on TensorFlow."""

_MOST_CYCLES: Final = 4096
_LONGEST_RATIO: Final = 2**17
"""The most bits of the exact place of a restart."""

_GRAIN: Final = 2**64
"""Places of restarts are rounded up to this part of a step, which leaves the step that a cycle begins at as it is."""


class _Cycle(NamedTuple):
    begin: Fraction
    length: Fraction


class CosineDecayRestarts(DialectCurve):
    """initial·((1 − alpha)·m_mul^i·(1 + cos πu) / 2 + alpha) at u, from 0 up to 1, of cycle i.

    Cycle i lasts first_decay_steps · t_mul^i steps, which need not be whole, with t_mul as the decimal written.
    """

    kind: Literal["keras.CosineDecayRestarts"] = "keras.CosineDecayRestarts"
    examples = (
        {
            "kind": "keras.CosineDecayRestarts",
            "initial_learning_rate": 0.1,
            "first_decay_steps": 1000,
            "t_mul": 2.0,
            "m_mul": 0.9,
            "alpha": 0.01,
        },
    )
    initial_learning_rate: Number = Field(description="The value at step 0.")
    first_decay_steps: StrideField = Field(description="The length of the first cycle.")
    t_mul: PositiveNumber = Field(default=2.0, description="Each cycle is so many times as long as the one before.")
    m_mul: FromZero = Field(default=1.0, description="Each cycle is so many times as high as the one before it.")
    alpha: Number = Field(default=0.0, description="The end of every cycle, as a fraction of initial_learning_rate.")

    def expand(self, clock: Clock) -> Mapping[str, AnyCurve]:
        """Give the curve this stands for."""
        first = self.steps(clock, self.first_decay_steps, "first_decay_steps")
        if self.m_mul == 0:
            return {"learning_rate": laid_out([self._fall(0, _Cycle(Fraction(0), first))])}
        if self.t_mul == 1:
            return {"learning_rate": self._alike(clock, first)}
        cycles = self._cycles(clock, first)
        return {"learning_rate": laid_out([self._fall(index, cycle) for index, cycle in enumerate(cycles)])}

    def quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Name the floor that does not shrink, the restarts that Keras misplaces, and where the cycles end."""
        if self.alpha and self.m_mul != 1:
            yield Quirk("keras.alpha_floor", "m_mul moves the peaks, not the floor of alpha · initial_learning_rate")
        if self.t_mul != 1 and self.m_mul:
            yield Quirk("keras.misplaced_restart", "Keras finds its cycle by a logarithm in float32, and gives the end "
                        "of the cycle before at some restarts; here all restart on time")  # fmt: skip
            last = self._cycles(clock, self.steps(clock, self.first_decay_steps, "first_decay_steps"))[-1]
            if sum(last) <= _LAST_STEP:
                yield Quirk("keras.last_cycle", f"the cycles that are laid out end at step {math.ceil(sum(last))}, not "
                            "before the total; the value holds from there")  # fmt: skip

    def _fall(self, index: int, cycle: _Cycle) -> Piece:
        alpha = Fraction(self.alpha)
        peak = (1 - alpha) * Fraction(self._height(index)) + alpha
        return Piece(product(self.initial_learning_rate, peak, field="m_mul"), self._floor, *cycle, "cosine")

    def _height(self, index: int) -> float:
        try:
            return float(self.m_mul**index)
        except OverflowError:
            raise fault("range.overflow", f"{self.m_mul!r}**{index}, the height of a cycle, is above the float range",
                        "Give a smaller one.", "m_mul") from None  # fmt: skip

    def _alike(self, clock: Clock, length: Fraction) -> AnyCurve:
        if self.m_mul == 1:
            return self._wave(self.initial_learning_rate, self._floor, length)
        height = product(self.initial_learning_rate, 1 - Fraction(self.alpha), field="alpha")
        wave = self._wave(height, 0.0, length)
        every = self.whole(clock, self.first_decay_steps, "first_decay_steps")
        peaks = {"kind": "exponential", "start": 1, "rate": self.m_mul, "every": every, "staircase": True}
        cycles = {"kind": "product", "curves": [wave, peaks]}
        return curve({"kind": "sum", "curves": [self._floor, cycles]})

    def _cycles(self, clock: Clock, first: Fraction) -> list[_Cycle]:
        """Give the cycles up to the last step there is, or to the total where they are too many."""
        factor = Fraction(repr(self.t_mul))
        last = _LAST_STEP if factor > 1 else self._last_before_nan(clock, first / (1 - factor))
        most = min(_MOST_CYCLES, _LONGEST_RATIO // max(factor.numerator, factor.denominator).bit_length())
        cycles: list[_Cycle] = []
        for cycle in islice(_geometric(first, factor), most):
            if cycle.begin > last:
                return cycles
            cycles.append(cycle)
        end = sum(cycles[-1])
        if end <= last and (clock.total is None or end < clock.total):
            raise fault("program.too_large", f"{most} cycles, no two alike, end at step {math.ceil(end)}",
                        "Give a longer first_decay_steps, a t_mul with fewer digits, or 1.", "t_mul")  # fmt: skip
        return cycles

    def _last_before_nan(self, clock: Clock, horizon: Fraction) -> int:
        """Give the last step of a run in which all cycles, ever shorter, come to an end."""
        if clock.total is None or clock.total - 1 >= horizon:
            raise fault("keras.horizon", f"with t_mul {self.t_mul!r} all cycles together last {float(horizon):.6g} "
                        "steps, and Keras gives NaN from there on", "Give a total within them, or a t_mul from 1.",
                        "t_mul")  # fmt: skip
        return clock.total - 1

    @staticmethod
    def _wave(start: float, end: float, length: Fraction) -> WaveCurve:
        return WaveCurve(start=start, end=end, span=length, shape="cosine", wrap="restart")

    @property
    def _floor(self) -> float:
        return product(self.initial_learning_rate, self.alpha, field="alpha")


def _geometric(first: Fraction, factor: Fraction) -> Iterator[_Cycle]:
    """Give where each cycle begins, rounded up, and how long it is: first · factor^i, to the grain."""
    unit, n, m = first.denominator, factor.numerator, factor.denominator
    # In whole numbers: cycle i begins at passed / scale, and lasts length / scale.
    passed, length, scale = 0, first.numerator, unit
    while True:
        yield _Cycle(Fraction(-(-passed * _GRAIN // scale), _GRAIN), Fraction(-(-length * _GRAIN // scale), _GRAIN))
        passed, length, scale = (passed + length) * m, length * n, scale * m

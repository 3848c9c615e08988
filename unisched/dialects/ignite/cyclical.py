"""LinearCyclicalScheduler and CosineAnnealingScheduler: cycles whose length, start and end are multiplied.

Lengths are truncated to whole events each time, so growth is laid out cycle by cycle, as far as the run goes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Final, Literal, NamedTuple

from pydantic import Field, model_validator

from unisched.dialects.ignite.handler import NamedHandler
from unisched.dialects.pieces import in_order
from unisched.duration import LAST_STEP, NOTHING, Clock
from unisched.spec.curve import AnyCurve
from unisched.spec.dialect import Quirk, WaveCurve, curve
from unisched.spec.number import fault
from unisched.spec.values import Number, PositiveNumber, SpanField, StrideField

__all__ = ["CosineAnnealingScheduler", "LinearCyclicalScheduler"]

_MOST_CYCLES: Final = 4_000


class _Cycle(NamedTuple):
    """A cycle: `size` steps from `start` to `end`, then `warmup` steps from there to the start of the next one."""

    size: int
    warmup: int
    start: float
    end: float
    following: float


class CyclicalScheduler(NamedHandler):
    """Cycles, one after another."""

    start_value: Number = Field(description="The value at the start of the first cycle.")
    end_value: Number = Field(description="The value a cycle goes to.")
    cycle_size: StrideField = Field(description="The length of the first cycle, at least 2.")
    cycle_mult: PositiveNumber = Field(default=1.0, description="Each cycle is so many times as long, truncated.")
    start_value_mult: PositiveNumber = Field(
        default=1.0, description="What start_value is multiplied by from cycle to cycle."
    )
    end_value_mult: PositiveNumber = Field(
        default=1.0, description="What end_value is multiplied by from cycle to cycle."
    )
    warmup_duration: SpanField = Field(
        default=NOTHING, description="The length of the first way back from the end of a cycle to the next start."
    )

    @model_validator(mode="after")
    def _lasts_two_events(self) -> CyclicalScheduler:
        if self.cycle_size.unit == "steps" and self.cycle_size.amount < 2:
            self._size(Clock())
        return self

    def laid(self, clock: Clock, shown_for: int | None) -> AnyCurve:
        """Give the cycles: over and over where they are alike, else one by one."""
        first = next(self._cycles(clock))
        if self._alike(first):
            return self._over_and_over(first)
        pieces: list[tuple[int, AnyCurve]] = []
        for cycle in self._shown(clock, shown_for):
            pieces.append((cycle.size, self._cycle(cycle)))
            pieces.append((cycle.warmup, _line(cycle.end, cycle.following, cycle.warmup)))
        return in_order(*pieces, then=curve(cycle.following))

    def own_quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Name the lengths that were truncated."""
        first, second = next(self._cycles(clock)), int(self._size(clock) * self.cycle_mult)
        exact = first.size * self.cycle_mult
        if exact != second:
            yield Quirk("ignite.truncated", f"lengths are truncated every time: a cycle of {first.size} events is "
                        f"followed by one of {second}, not {exact:.6g}")  # fmt: skip

    def _cycle(self, cycle: _Cycle) -> AnyCurve:
        raise NotImplementedError

    def _size(self, clock: Clock) -> int:
        size = self.whole(clock, self.cycle_size, "cycle_size")
        if size < 2:
            raise fault("number.range", f"a cycle of {size} events", "Give at least 2.", "cycle_size")
        return size

    def _alike(self, cycle: _Cycle) -> bool:
        grown = int(cycle.size * self.cycle_mult), int(cycle.warmup * self.cycle_mult)
        return grown == (cycle.size, cycle.warmup) and self.start_value_mult == self.end_value_mult == 1

    def _over_and_over(self, cycle: _Cycle) -> AnyCurve:
        if not cycle.warmup:
            return self._cycle(cycle)
        both = in_order((cycle.size, self._cycle(cycle)), then=_line(cycle.end, cycle.following, cycle.warmup))
        return curve({"kind": "repeat", "curve": both, "period": cycle.size + cycle.warmup})

    def _shown(self, clock: Clock, shown_for: int | None) -> Iterator[_Cycle]:
        """Give the cycles that begin while they are shown; raise `SpecError` where they end before, or are too many."""
        begun = 0
        for index, cycle in enumerate(self._cycles(clock)):
            if begun >= (LAST_STEP if shown_for is None else shown_for):
                return
            if cycle.size == 0:
                raise fault("ignite.cycle", f"at event {begun} a cycle has no event left, and ignite divides by zero",
                            "Give 1 or more, or end the run before.", "cycle_mult")  # fmt: skip
            if index == _MOST_CYCLES:
                raise fault("program.too_large", f"more than {_MOST_CYCLES} cycles that are not alike",
                            "Give a total, or longer cycles.", "cycle_size")  # fmt: skip
            if not all(map(math.isfinite, cycle)):
                raise fault("range.overflow", f"the values of cycle {index} are above the float range",
                            "Give smaller multipliers, or a total.", "start_value_mult")  # fmt: skip
            yield cycle
            begun += cycle.size + cycle.warmup

    def _cycles(self, clock: Clock) -> Iterator[_Cycle]:
        size, start, end = self._size(clock), self.start_value, self.end_value
        warmup = self.whole(clock, self.warmup_duration, "warmup_duration")
        while True:
            following = start * self.start_value_mult
            yield _Cycle(size, warmup, start, end, following)
            size, warmup = int(size * self.cycle_mult), int(warmup * self.cycle_mult)
            start, end = following, end * self.end_value_mult


class LinearCyclicalScheduler(CyclicalScheduler):
    """end + (start − end)·2·|u/c − ½| at event u of a cycle of c; monotonic: start + (end − start)·u/c."""

    kind: Literal["ignite.LinearCyclicalScheduler"] = "ignite.LinearCyclicalScheduler"
    examples = (
        {
            "kind": "ignite.LinearCyclicalScheduler",
            "param_name": "lr",
            "start_value": 0.001,
            "end_value": 0.1,
            "cycle_size": 2000,
            "cycle_mult": 1.5,
            "start_value_mult": 1.0,
            "end_value_mult": 0.9,
        },
        {
            "kind": "ignite.LinearCyclicalScheduler",
            "param_name": "lr",
            "start_value": 0.1,
            "end_value": 0,
            "cycle_size": 2000,
            "monotonic": True,
            "warmup_duration": 100,
        },
    )
    monotonic: bool = Field(default=False, description="Whether a cycle goes to end_value only, and not back.")

    @model_validator(mode="after")
    def _one_way_back(self) -> LinearCyclicalScheduler:
        if self.warmup_duration.amount and not self.monotonic:
            raise fault("field.conflict", "a cycle that goes back itself has no warm-up", "Leave it out, or give "
                        '"monotonic": true.', "warmup_duration")  # fmt: skip
        return self

    def own_quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Name the middle of the cycle, too."""
        yield from super().own_quirks(clock)
        size = self._size(clock)
        if self.monotonic and not self.warmup_duration.amount:
            yield _jump(size)
        elif not self.monotonic and size % 2:
            yield Quirk(
                "ignite.middle", f"end_value is in the middle of the cycle, at event {size / 2:g}: no update has it"
            )

    def _cycle(self, cycle: _Cycle) -> AnyCurve:
        if self.monotonic:
            return WaveCurve(start=cycle.start, end=cycle.end, span=Fraction(cycle.size), wrap="restart")
        return WaveCurve(start=cycle.start, end=cycle.end, span=Fraction(cycle.size, 2), wrap="bounce")


class CosineAnnealingScheduler(CyclicalScheduler):
    """start + (end − start)/2·(1 − cos(πu/c)) at event u of a cycle of c."""

    kind: Literal["ignite.CosineAnnealingScheduler"] = "ignite.CosineAnnealingScheduler"
    examples = (
        {
            "kind": "ignite.CosineAnnealingScheduler",
            "param_name": "lr",
            "start_value": 0.1,
            "end_value": 0.001,
            "cycle_size": 2000,
            "cycle_mult": 1.5,
            "start_value_mult": 1.0,
            "end_value_mult": 0.9,
            "warmup_duration": 100,
        },
    )

    def own_quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Name the end that no update has, too."""
        yield from super().own_quirks(clock)
        if not self.warmup_duration.amount:
            yield _jump(self._size(clock))

    def _cycle(self, cycle: _Cycle) -> AnyCurve:
        return WaveCurve(start=cycle.start, end=cycle.end, span=Fraction(cycle.size), shape="cosine", wrap="restart")


def _jump(size: int) -> Quirk:
    return Quirk("ignite.jump", f"end_value is never reached: at event {size} the value jumps to the next start")


def _line(start: float, end: float, steps: int) -> AnyCurve:
    return curve({"kind": "linear", "start": start, "end": end, "duration": steps}) if steps else curve(end)

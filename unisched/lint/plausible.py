"""Which values no known run has: bounds with their reasons, far outside what papers and code bases use.

The reasons stand in full, with where they come from, on the page of the rule. Works on a body and its samples.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from unisched import ir, targets
from unisched.ir import Assignment, Body, Target, Value
from unisched.lint.extents import extent
from unisched.lint.note import Note
from unisched.sampling import reads

__all__ = ["Samples", "beyond_bounds", "overshoots", "tiny_factors"]

Samples: TypeAlias = Sequence[Mapping[int, float]]
"""For each value of a body, what it is at the steps that are looked at."""


_HIGHEST: Final[Mapping[str, float]] = {
    "beta1": 0.99999, "epsilon": 1.0, "learning_rate": 100.0, "momentum": 0.99999, "weight_decay": 100.0,
}  # fmt: skip
_LOWEST_PEAK: Final = 1e-10
"""An update of Adam is about the rate, and a float32 weight of 0.01 does not feel less than 3e-10."""
_TINY: Final = 0.02
"""A factor of the whole optimizer's rate is that of a fine-tuned backbone at the least; rates are below this."""
_MOST_PAIRS: Final = 64
"""The most pairs of curves that are multiplied step by step."""


def beyond_bounds(body: Body, samples: Samples) -> Iterator[Note]:
    """Tell every target with a value that no known run has."""
    peaks = [max(seen, key=seen.__getitem__, default=0) for seen in samples]
    for assignment in body.assignments:
        name, value = assignment.target.hyperparameter, body.values[assignment.value]
        if name not in _HIGHEST or ir.needs_base(value):
            continue
        path, step = targets.place(assignment.target), peaks[assignment.value]
        highest = samples[assignment.value].get(step, 0.0) * assignment.scale
        if highest > _HIGHEST[name]:
            yield Note("value.implausible", path, f"at step {step} the value is {highest!r}, and no known run goes "
                       f"above {_HIGHEST[name]:g}")  # fmt: skip
        elif name == "learning_rate" and assignment.scale == 1 and _is_tiny(value, highest, body.horizon):
            yield Note("value.implausible", path, f"the value never goes above {highest!r}, which moves no float32 "
                       "weight of 0.01")  # fmt: skip


def _is_tiny(value: Value, highest: float, total: int | None) -> bool:
    return 0 < highest < _LOWEST_PEAK and extent(value, stop=total).high < _LOWEST_PEAK


def tiny_factors(body: Body) -> Iterator[Note]:
    """Tell where the learning rate is a factor of the optimizer's, and as small as a rate."""
    for assignment in body.assignments:
        value = body.values[assignment.value]
        if assignment.target != Target("learning_rate") or not ir.needs_base(value):
            continue
        highest = extent(ir.bind(value, 1.0), stop=body.horizon).high
        if 0 < highest < _TINY:
            yield Note("factor.tiny", targets.place(assignment.target), "this is a factor of the optimizer's rate, and "
                       f"never above {highest!r}; write factors up to 1, or leave the base out")  # fmt: skip


def overshoots(body: Body, samples: Samples) -> Iterator[Note]:
    """Tell where an update would shrink weights to nothing, or past it: learning rate times weight decay from 1 on."""
    decays = {a.target.group: a for a in body.assignments if a.target.hyperparameter == "weight_decay"}
    rates = {a.target.group: a for a in body.assignments if a.target.hyperparameter == "learning_rate"}
    highest = [max(seen.values(), default=0.0) for seen in samples]
    told: set[tuple[int, int]] = set()
    for group in dict.fromkeys([*decays, *rates]):
        decay, rate = decays.get(group, decays.get(None)), rates.get(group, rates.get(None))
        if decay is None or rate is None or (decay.value, rate.value) in told:
            continue
        if any(ir.needs_base(body.values[one.value]) for one in (decay, rate)):
            continue
        most = highest[rate.value] * rate.scale * highest[decay.value] * decay.scale
        if most >= 1 and len(told) < _MOST_PAIRS:
            told.add((decay.value, rate.value))
            yield from _overshoot(body, rate, decay, samples)


def _overshoot(body: Body, rate: Assignment, decay: Assignment, samples: Samples) -> Iterator[Note]:
    of_rate, of_decay = (reads(body.values[one.value]) for one in (rate, decay))
    steps = sorted({*samples[rate.value], *samples[decay.value]})
    for step in (step for step in steps if body.horizon is None or step < body.horizon):
        product = of_rate(step) * rate.scale * of_decay(step) * decay.scale
        if product >= 1:
            yield Note("decay.overshoots", targets.place(decay.target), f"at step {step} learning rate times weight "
                       f"decay is {product:.6g}, so decay alone would take all of a weight, or turn it; give less of "
                       "either")  # fmt: skip
            return

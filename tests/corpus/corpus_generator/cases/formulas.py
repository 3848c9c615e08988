"""Curves written as text: one rounded operation after another, in the order written."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from corpus_generator.case import Case, rate
from corpus_generator.leaves import linear
from corpus_generator.operations import exp, log, raised, sin, tanh

__all__ = ["CASES"]


def _formula(expression: str) -> dict[str, object]:
    return {"kind": "formula", "expression": expression}


def _from(start: float, count: int, following: Callable[[float, int], float]) -> list[float]:
    values = [start]
    for step in range(1, count + 1):
        values.append(following(values[-1], step))
    return values


def _held(values: Sequence[float]) -> Callable[[int], float]:
    return lambda k: values[min(k, len(values) - 1)]


_SHRINKING = _held(_from(0.1, 1000, lambda value, _: value * 0.999))
_SETTLING = _held(_from(0.3, 900, lambda value, step: value * 0.99 + 1e-5 * step))
_TWO_WAYS = _held(_from(1.0, 400, lambda value, _: value - 0.01 if value > 0.5 else value * 0.9))
_ROOTS = _held(_from(0.01, 60, lambda value, _: math.sqrt(value * 0.9)))

CASES: Sequence[Case] = (
    rate("formula_of_the_step", "an integer quotient is a whole number, not a float rounded down",
         _formula("0.1 * 0.95 ** (step // 10)"), lambda k: 0.1 * raised(0.95, k // 10), marks=[10, 490], total=1000,
         far=False),
    rate("formula_of_a_warmup", "step counts from 0, and a quotient of integers is rounded once",
         _formula("3e-4 * min((step + 1) / 97, 1)"), lambda k: 3e-4 * min((k + 1) / 97, 1.0), marks=[96], total=300),
    rate("formula_of_progress", "a formula of progress ends with its place, and holds there",
         _formula("0.3 * (1 - progress) ** 0.9"), lambda k: 0.3 * raised(1 - min(k, 700) / 700, 0.9), marks=[350],
         total=700),
    rate("formula_of_length", "length is that of the place in steps",
         _formula("0.1 * (length - step) / length"), lambda k: 0.1 * (700 - min(k, 700)) / 700, marks=[350], total=700),
    rate("formula_of_epochs", "an epoch is a fraction inside it",
         _formula("0.1 * exp(-0.05 * epoch)"), lambda k: 0.1 * exp(-0.05 * (k / 13)), marks=[13, 26], total=390,
         steps_per_epoch=13, far=False),
    rate("formula_with_a_choice", "each side of an else holds on its own side of the boundary",
         _formula("0.1 if step < 100 else 0.1 * sqrt(100 / step)"),
         lambda k: 0.1 if k < 100 else 0.1 * math.sqrt(100 / k), marks=[100], total=1000),
    rate("formula_of_a_sawtooth", "a remainder of integers is one",
         _formula("0.1 * (1 - step % 49 / 49)"), lambda k: 0.1 * (1 - (k % 49) / 49), marks=[49, 98, 490], total=1000),
    rate("formula_of_functions", "logarithm, sine and hyperbolic tangent are rounded each",
         _formula("0.1 * tanh((step + 1) / 200) + 0.01 * sin(step / 30) + 0.001 * log(step + 2)"),
         lambda k: 0.1 * tanh((k + 1) / 200) + 0.01 * sin(k / 30) + 0.001 * log(float(k + 2)), marks=[200], total=1000,
         far=False),
    rate("formula_in_a_sequence", "a formula counts from the start of its part",
         {"kind": "sequence", "parts": [{"kind": "linear", "start": 0.0, "end": 0.1, "duration": 41},
                                        _formula("0.1 / (1 + step / 100)")]},
         lambda k: linear(k, 41, 0.0, 0.1) if k < 41 else 0.1 / (1 + (k - 41) / 100), marks=[41], total=500),
    rate("formula_in_cycles", "a formula counts from the start of its cycle, and progress is that of the cycle",
         {"kind": "repeat", "period": 60, "curve": _formula("0.1 * (1 - progress) ** 2")},
         lambda k: 0.1 * ((1 - (k % 60) / 60) * (1 - (k % 60) / 60)) if k < 600 else 0.0, marks=[60, 120], total=600),
    rate("recurrence_of_a_factor", "a recurrence rounds at each step, unlike the power that it stands for",
         {"kind": "recurrence", "start": 0.1, "next": "value * 0.999"}, _SHRINKING, marks=[500], total=1000),
    rate("recurrence_after_a_warmup", "a recurrence starts from what the part before reached, at step 0 of its own",
         {"kind": "sequence", "parts": [{"kind": "linear", "start": 0.0, "end": 0.3, "duration": 100},
                                        {"kind": "recurrence", "next": "value * 0.99 + 1e-5 * step"}]},
         lambda k: linear(k, 100, 0.0, 0.3) if k < 100 else _SETTLING(k - 100), marks=[100], total=1000),
    rate("recurrence_with_a_choice", "the value before decides",
         {"kind": "recurrence", "start": 1, "next": "value - 0.01 if value > 0.5 else value * 0.9"}, _TWO_WAYS,
         marks=[50, 51], total=400),
    rate("recurrence_cut_by_its_duration", "past its duration a recurrence holds its last value",
         {"kind": "recurrence", "start": 0.01, "next": "sqrt(value * 0.9)", "duration": 60}, _ROOTS, marks=[60],
         total=200),
)  # fmt: skip

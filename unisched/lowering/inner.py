"""What only dialects expand to, as rows: tables, curves times a factor, and the greedy rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from unisched import normalise
from unisched.ir import Greedy, Phase, Signal, Value
from unisched.lowering.place import Place, fault
from unisched.spec.grammar import AnyCurve
from unisched.spec.inner import GreedyCurve, ScaledCurve, TableCurve

__all__ = ["Lower", "greedy_leaf", "lower_scaled", "table_leaf"]

Lower: TypeAlias = Callable[[AnyCurve, Place], Value]
"""How any curve is lowered at its place: `compose` knows, which knows this module."""


def table_leaf(curve: TableCurve, place: Place) -> Value:
    """Give the values one after another, factors of the base where there is one."""
    return place.scaled(normalise.table(curve.values, Phase.of(span=1, wrap="free")))


def lower_scaled(curve: ScaledCurve, place: Place, lower: Lower) -> Value:
    """Give the curve, absolute values and all, times the factor."""
    value = lower(curve.curve, place.through("curve"))
    return normalise.combine("product", [value, lower(curve.by, replace(place.through("by"), units="factor"))])


def greedy_leaf(curve: GreedyCurve, place: Place) -> Value:
    """Give the factor of a controller of its own, of the base where there is one."""
    if place.cycle:
        raise fault("feedback.repeat", place.path, "greedy stands in a repeat, and what it has observed does not start "
                    "over with the cycle", "Multiply the repeat by it, in a product.")  # fmt: skip
    greedy = Greedy(
        monitor=curve.monitor, mode=curve.mode, factor=curve.factor, patience=curve.patience,
        threshold=curve.threshold, threshold_mode=curve.threshold_mode, cooldown=curve.cooldown, warmup=curve.warmup,
        minimum=curve.minimum, maximum=curve.maximum, eps=curve.eps, smooth=curve.smooth, window=curve.window,
        reset=curve.reset,
    )  # fmt: skip
    return place.scaled(normalise.single(Signal(index=place.controller(greedy))))

"""What a metric moves, as rows: a signal in the timeline, and the controller that it comes from."""

from __future__ import annotations

from dataclasses import replace

from unisched import normalise
from unisched.ir import Controller, Greedy, Plateau, Signal, Value
from unisched.lowering.place import Place, fault
from unisched.spec.feedback import PlateauCurve, StallCurve
from unisched.spec.inner import GreedyCurve

__all__ = ["greedy_leaf", "plateau_leaf"]


def plateau_leaf(curve: PlateauCurve, place: Place) -> Value:
    """Give the factor of a controller of its own, of the base where there is one."""
    plateau = Plateau(
        monitor=curve.monitor, mode=curve.mode, factor=curve.factor, patience=curve.patience,
        threshold=curve.threshold, threshold_mode=curve.threshold_mode, cooldown=curve.cooldown,
        minimum=curve.minimum, rule=curve.rule,
    )  # fmt: skip
    if isinstance(curve, StallCurve):
        plateau = replace(plateau, floor=curve.floor, eps=curve.eps, atol=curve.atol, accumulation=curve.accumulation)
    return _moved_by(plateau, "plateau", place)


def greedy_leaf(curve: GreedyCurve, place: Place) -> Value:
    """Give the factor of a controller of its own, of the base where there is one."""
    greedy = Greedy(
        monitor=curve.monitor, mode=curve.mode, factor=curve.factor, patience=curve.patience,
        threshold=curve.threshold, threshold_mode=curve.threshold_mode, cooldown=curve.cooldown, warmup=curve.warmup,
        minimum=curve.minimum, maximum=curve.maximum, eps=curve.eps, smooth=curve.smooth, window=curve.window,
        reset=curve.reset,
    )  # fmt: skip
    return _moved_by(greedy, "greedy", place)


def _moved_by(controller: Controller, kind: str, place: Place) -> Value:
    if place.cycle:
        raise fault("feedback.repeat", place.path, f"{kind} stands in a repeat, and what it has observed does not "
                    "start over with the cycle", "Multiply the repeat by it, in a product.")  # fmt: skip
    return place.scaled(normalise.single(Signal(index=place.controller(controller))))

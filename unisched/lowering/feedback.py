"""What a metric moves, as rows: a signal in the timeline, and the controller that it comes from."""

from __future__ import annotations

from dataclasses import replace

from unisched import normalise
from unisched.ir import Plateau, Signal, Value
from unisched.lowering.place import Place, fault
from unisched.spec.feedback import PlateauCurve, StallCurve

__all__ = ["plateau_leaf"]


def plateau_leaf(curve: PlateauCurve, place: Place) -> Value:
    """Give the factor of a controller of its own, of the base where there is one."""
    if place.cycle:
        raise fault("feedback.repeat", place.path, "plateau stands in a repeat, and what it has observed does not "
                    "start over with the cycle", "Multiply the repeat by it, in a product.")  # fmt: skip
    plateau = Plateau(
        monitor=curve.monitor, mode=curve.mode, factor=curve.factor, patience=curve.patience,
        threshold=curve.threshold, threshold_mode=curve.threshold_mode, cooldown=curve.cooldown,
        minimum=curve.minimum, rule=curve.rule,
    )  # fmt: skip
    if isinstance(curve, StallCurve):
        plateau = replace(plateau, eps=curve.eps, atol=curve.atol, accumulation=curve.accumulation)
    return place.scaled(normalise.single(Signal(index=place.controller(plateau))))

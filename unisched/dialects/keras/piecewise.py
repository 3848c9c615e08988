"""One value after another, each up to and with its boundary: Keras's PiecewiseConstantDecay."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from pydantic import Field, model_validator

from unisched.dialects.ranges import Numbers
from unisched.duration import Clock
from unisched.spec.curve import AnyCurve
from unisched.spec.dialect import DialectCurve, Quirk, curve
from unisched.spec.number import fault
from unisched.spec.values import PositionsField

__all__ = ["PiecewiseConstantDecay"]


class PiecewiseConstantDecay(DialectCurve):
    """values[i] for boundaries[i − 1] < t ≤ boundaries[i]."""

    kind: Literal["keras.PiecewiseConstantDecay"] = "keras.PiecewiseConstantDecay"
    examples = ({"kind": "keras.PiecewiseConstantDecay", "boundaries": [3000, 6000], "values": [0.1, 0.01, 0.001]},)
    boundaries: PositionsField = Field(description="The last step of each value but the last, in increasing order.")
    values: Numbers = Field(description="The values: one more than boundaries.")

    @model_validator(mode="after")
    def _a_value_each(self) -> PiecewiseConstantDecay:
        given, needed = len(self.values), len(self.boundaries) + 1
        if given != needed:
            raise fault("keras.values", f"{given} values for {needed - 1} boundaries", f"Give {needed}.", "values")
        return self

    def expand(self, clock: Clock) -> Mapping[str, AnyCurve]:
        """Give the curve this stands for."""
        points: list[tuple[int, float]] = [(0, self.values[0])]
        for index, (boundary, value) in enumerate(zip(self.boundaries, self.values[1:], strict=True)):
            field = f"boundaries[{index}]"
            after = self.whole(clock, boundary, field) + 1
            if after <= points[-1][0]:
                raise fault("sequence.order", f"stands at step {after - 1}, not after the one before; Keras would add "
                            "values up", "Give boundaries in increasing order.", field)  # fmt: skip
            points.append((after, value))
        return {"learning_rate": curve({"kind": "piecewise", "interpolation": "previous", "points": points})}

    def quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Name the side that boundaries are on."""
        yield Quirk("keras.left_boundary", "at a boundary the value before still holds; the next begins a step later")

"""What turns metrics into a factor: state machines by their rule and settings. Frozen data; nothing observes here.

A controller's memory is not a function of the step, so it stands apart from the curves, which read its factor
through `Signal`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from unisched.invariant import require, require_value

__all__ = ["MOST_SMOOTHED", "Controller", "Greedy", "Mode", "Plateau", "Rule", "ThresholdMode"]

Mode: TypeAlias = Literal["min", "max"]
Rule: TypeAlias = Literal["torch", "keras", "optax"]
ThresholdMode: TypeAlias = Literal["rel", "abs"]

MOST_SMOOTHED: Final = 10_000
"""The longest mean that the greedy rule keeps; a saved state holds all of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plateau:
    """A factor of 1, times `factor` whenever the metric stalls for longer than `patience`, never below `minimum`.

    The rule says what counts as a stall. `floor` and torch's `eps` are absolute: `base` times the factor is never
    lowered below the one, nor by the other or less. In optax `atol` joins a relative threshold, and `accumulation`
    metrics make one observation, their mean. `place` is where the document has it; its memory is kept under that.
    """

    monitor: str
    mode: Mode = "min"
    factor: float = 0.1
    patience: int = 10
    threshold: float = 1e-4
    threshold_mode: ThresholdMode = "rel"
    cooldown: int = 0
    minimum: float = 0.0
    rule: Rule = "torch"
    floor: float = 0.0
    eps: float = 0.0
    atol: float = 0.0
    accumulation: int = 1
    place: str = ""
    base: float | None = None

    def __post_init__(self) -> None:
        _require_stalls(self.monitor, self.factor, self.patience, self.threshold, self.cooldown)
        _require_from_zero("minimum", self.minimum)
        _require_from_zero("floor", self.floor)
        _require_from_zero("eps", self.eps)
        _require_from_zero("atol", self.atol)
        require(self.accumulation >= 1, f"accumulation {self.accumulation} is not from 1")
        require(self.rule == "torch" or self.eps == 0, "only torch has an eps")
        require(self.rule == "optax" or (self.atol == 0 and self.accumulation == 1), "only optax accumulates")

    @property
    def is_absolute(self) -> bool:
        """Whether it has to know what its factor multiplies."""
        return self.floor > 0 or self.eps > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Greedy:
    """A value raised by 1 / `factor` while the metric improves and lowered by `factor` while it does not.

    The rule and the defaults of Transformers: `minimum` and `maximum` bound the value, `warmup` and `cooldown` are
    pauses after a raise and a cut, `smooth` takes the mean of `window` metrics, and after `reset` cuts at the
    minimum all starts over. `place` is where the document has it, `base` the value it starts from.
    """

    monitor: str
    mode: Mode = "min"
    factor: float = 0.95
    patience: int = 10
    threshold: float = 1e-6
    threshold_mode: ThresholdMode = "abs"
    cooldown: int = 0
    warmup: int = 0
    minimum: float = 1e-3
    maximum: float = 1.0
    eps: float = 1e-8
    smooth: bool = False
    window: int = 50
    reset: int = 500
    place: str = ""
    base: float | None = None

    def __post_init__(self) -> None:
        _require_stalls(self.monitor, self.factor, self.patience, self.threshold, self.cooldown)
        _require_from_zero("minimum", self.minimum)
        _require_from_zero("eps", self.eps)
        require_value(self.maximum)
        require(self.minimum <= self.maximum, f"minimum {self.minimum} is above maximum {self.maximum}")
        require(self.warmup >= 0, f"warmup {self.warmup} is not from 0")
        require(self.window >= 1, f"window {self.window} is not from 1")
        require(not self.smooth or self.window <= MOST_SMOOTHED, f"window {self.window} is above {MOST_SMOOTHED}")
        require(self.reset >= 0, f"reset {self.reset} is not from 0")

    @property
    def is_absolute(self) -> bool:
        """Whether it has to know what its factor multiplies: its bounds are those of the value."""
        return True


Controller: TypeAlias = Plateau | Greedy


def _require_stalls(monitor: str, factor: float, patience: int, threshold: float, cooldown: int) -> None:
    require(monitor != "", "a controller watches a metric by name")
    require_value(factor)
    require(0 < factor < 1, f"factor {factor} is not between 0 and 1")
    require(type(patience) is int and patience >= 0, f"patience {patience} is not a whole number from 0")
    _require_from_zero("threshold", threshold)
    require(type(cooldown) is int and cooldown >= 0, f"cooldown {cooldown} is not a whole number from 0")


def _require_from_zero(name: str, number: float) -> None:
    require_value(number)
    require(math.isfinite(number) and number >= 0, f"{name} {number} is not from 0")

"""The leaves of the intermediate representation: what one row of a timeline may be, folds apart.

Frozen nodes with their invariants; no value is computed here, and nothing here knows the spec.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from unisched.formulas.tree import Tree
from unisched.invariant import require, require_value, require_values
from unisched.phase import LARGEST_POSITION, Phase

__all__ = [
    "MOST_VALUES", "Base", "Constant", "Exponential", "External", "Formula", "Noise", "Power", "Ramp",
    "Shape", "Signal", "Table",
]  # fmt: skip

Shape: TypeAlias = Literal["linear", "cosine"]

MOST_VALUES: Final = 1_000_000
_LARGEST_SEED: Final = 2**63 - 1
_LARGEST_DEVIATION: Final = 1e300


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant:
    """The same value at every step."""

    value: float

    def __post_init__(self) -> None:
        require_value(self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """The value that the optimizer gave the param group; a number takes its place before evaluation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ramp:
    """From `start` to `end`: start·y + end·x with weights from the phase by warp, shape and power.

    With u = p / span: u ← u^warp; linear y = 1 - u, cosine y = (1 + cos πu) / 2; then y ← y^power, x = 1 - y,
    or, mirrored, x ← x^power, y = 1 - x.
    """

    start: float
    end: float
    phase: Phase
    shape: Shape = "linear"
    power: float = 1.0
    mirror: bool = False
    warp: float = 1.0

    def __post_init__(self) -> None:
        require_value(self.start)
        require_value(self.end)
        require(math.isfinite(self.power) and self.power > 0, f"power {self.power} is not above 0")
        require(math.isfinite(self.warp) and self.warp > 0, f"warp {self.warp} is not above 0")
        require(self.start != self.end, "a ramp that goes nowhere is a constant")
        require(self.phase.wrap != "free", "a ramp has an end")
        require(not self.mirror or self.power != 1.0, "a mirror without a power changes nothing")
        require(self.warp == 1.0 or self.phase.wrap == "hold", "a warped ramp neither restarts nor bounces")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exponential:
    """Geometric: value · (to / of)^u, u = p / span, with u ← u^warp where it has an end."""

    value: float
    to: float
    of: float
    phase: Phase
    warp: float = 1.0

    def __post_init__(self) -> None:
        require_value(self.value)
        require(0 < self.to < math.inf and 0 < self.of < math.inf, f"ratio {self.to} / {self.of} is not above 0")
        require(self.to != self.of, "an exponential that goes nowhere is a constant")
        require(self.phase.wrap in ("hold", "free"), "an exponential neither restarts nor bounces")
        require(math.isfinite(self.warp) and self.warp > 0, f"warp {self.warp} is not above 0")
        require(self.warp == 1.0 or self.phase.wrap == "hold", "a warped exponential has an end")


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """Inverse power: value · ((span + p) / span)^-exponent; inverse square root and inverse time."""

    value: float
    exponent: float
    phase: Phase

    def __post_init__(self) -> None:
        require_value(self.value)
        require(math.isfinite(self.exponent) and self.exponent > 0, f"exponent {self.exponent} is not above 0")
        require(self.phase.wrap in ("hold", "free"), "a power decay neither restarts nor bounces")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Values one after another, one for each whole part of the position; past the last, that one.

    With `linear`, straight lines from each to the next.
    """

    values: tuple[float, ...]
    phase: Phase
    linear: bool = False

    def __post_init__(self) -> None:
        require(1 <= len(self.values) <= MOST_VALUES, f"a table has 1 to {MOST_VALUES} values, not {len(self.values)}")
        require_values(self.values)
        _require_free(self.phase)

    def read_at(self, phase: Phase) -> Table:
        """Give the table under another phase, at no cost for its values, which are good already."""
        _require_free(phase)
        moved = copy(self)
        object.__setattr__(moved, "phase", phase)
        return moved


def _require_free(phase: Phase) -> None:
    require(phase.wrap == "free", "a table neither holds nor starts over")


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """What a formula gives at the step plus `offset`: float64 arithmetic as written."""

    tree: Tree
    offset: int = 0

    def __post_init__(self) -> None:
        require(0 <= self.offset <= LARGEST_POSITION, f"offset {self.offset} is not within 0 and 2^62")


@dataclass(frozen=True, slots=True, kw_only=True)
class External:
    """What a Python function gives at the step plus `offset`; it runs on the host only, and has no JSON form."""

    function: Callable[[int], float]
    name: str
    offset: int = 0

    def __post_init__(self) -> None:
        require(callable(self.function), "an external curve is a Python callable")
        require(0 <= self.offset <= LARGEST_POSITION, f"offset {self.offset} is not within 0 and 2^62")


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """A random factor 1 + x, x = std·z held to ±limit, z normal by `seed` and the whole part of the position."""

    std: float
    seed: int
    phase: Phase
    limit: float | None = None

    def __post_init__(self) -> None:
        require_value(self.std)
        require(0 < self.std <= _LARGEST_DEVIATION, f"std {self.std} is not above 0 and up to 1e300")
        require(
            type(self.seed) is int and 0 <= self.seed <= _LARGEST_SEED, f"seed {self.seed} is not within 0 and 2^63"
        )
        require(self.phase.wrap == "free", "noise goes on; a cycle of noise is a fold")
        if self.limit is not None:
            require_value(self.limit)
            require(self.limit > 0, f"limit {self.limit} is not above 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """The factor that the controller with this index has reached; `held`, what it was when its part ended."""

    index: int
    held: bool = False

    def __post_init__(self) -> None:
        require(type(self.index) is int and self.index >= 0, f"{self.index!r} is no index of a controller")

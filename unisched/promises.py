"""What a form promises, how far a value is from it, and the report on all forms. Knows no backend and runs nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal, TypeAlias

import numpy as np

from unisched.ir import Target
from unisched.markup import preformatted
from unisched.single import SMALLEST_FLOAT32, float32
from unisched.targets import short

__all__ = ["PROMISED", "Outcome", "ParityReport", "ParityRow", "distance", "is_beyond"]

PROMISED: Final[Mapping[str, float]] = {"float64": 8.0, "float32": 0.0}
"""The largest distance in ulp by precision: no float32 bit may differ from the exact value, rounded once."""

Outcome: TypeAlias = Literal["measured", "refused", "not installed", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParityRow:
    """The worst value of one target in one form, and how many of its values are beyond what the form promises.

    Where the `outcome` is another than "measured", `refusal` says why there is no value: the form cannot carry the
    program, its framework is not installed, or it failed.
    """

    backend: str
    form: str = ""
    outcome: Outcome = "measured"
    target: Target | None = None
    precision: Literal["float64", "float32"] = "float64"
    ulp: float = 0.0
    step: int = 0
    value: float = math.nan
    reference: float = math.nan
    values: int = 0
    beyond: int = 0
    refusal: str = ""

    @property
    def kept(self) -> bool:
        """Whether no value is beyond the promise."""
        return self.outcome == "measured" and not self.beyond

    def to_data(self) -> dict[str, Any]:
        """Give the row as JSON data; what is no finite number is null."""
        numbers = {name: _finite(getattr(self, name)) for name in ("ulp", "value", "reference")}
        target = None if self.target is None else self.target._asdict()
        return {**asdict(self), **numbers, "target": target, "kept": self.kept}

    def __str__(self) -> str:
        where = f"{self.backend:<8} {self.form:<10}"
        if self.refusal:
            return f"{where} {self.outcome}: {self.refusal}"
        name = short(self.target or Target(""))
        if not self.ulp and self.kept:
            return f"{where} {name:<24} {self.ulp:8.2f} ulp of {self.precision}: all {self.values} values, to the bit"
        far = f"{self.ulp:8.2f} ulp of {self.precision} at step {self.step}"
        wrong = "" if self.kept else f"; {self.beyond} of {self.values} values are beyond {_promise(self.precision)}"
        return f"{where} {name:<24} {far}: {self.value!r}, exactly {self.reference!r}{wrong}"


@dataclass(frozen=True, slots=True)
class ParityReport:
    """One row for each form and target, and the ranges of steps that were run."""

    rows: tuple[ParityRow, ...]
    steps: tuple[range, ...] = ()

    @property
    def worst(self) -> dict[str, float]:
        """Give the largest distance in ulp by backend."""
        found: dict[str, float] = {}
        for row in self.measured:
            found[row.backend] = max(found.get(row.backend, 0.0), row.ulp)
        return found

    @property
    def measured(self) -> tuple[ParityRow, ...]:
        """Give the rows that hold values."""
        return tuple(row for row in self.rows if row.outcome == "measured")

    @property
    def kept(self) -> bool:
        """Whether every value that was measured is within its form's promise."""
        return all(row.kept for row in self.measured)

    def _repr_html_(self) -> str:
        """Give what notebooks show: the report."""
        return preformatted(str(self))

    def to_data(self) -> dict[str, Any]:
        """Give the report as JSON data."""
        steps = [[window.start, window.stop] for window in self.steps]
        rows = [row.to_data() for row in self.rows]
        return {"kept": self.kept, "verdict": self.verdict, "steps": steps, "rows": rows}

    @property
    def verdict(self) -> str:
        """Say in one line whether the promises hold."""
        if not self.measured:
            return "nothing was measured"
        broken = dict.fromkeys(f"{row.backend}, {row.form}" for row in self.measured if not row.kept)
        if broken:
            return f"beyond its promise: {'; '.join(broken)}"
        kinds = [name for name in ("float32", "float64") if any(row.precision == name for row in self.measured)]
        return f"every promise is kept: {' and '.join(f'{name} {_kept(name)}' for name in kinds)}"

    def __str__(self) -> str:
        count = sum(map(len, self.steps))
        windows = ", ".join(f"[{window.start}, {window.stop})" for window in self.steps)
        return "\n".join([*map(str, self.rows), f"steps {windows}: {count} in all", self.verdict])


def distance(value: float, reference: float, precision: str) -> float:
    """Give how far `value` is from `reference` in ulp of `precision`; float32 holds nothing below 2^-126.

    What is no number is infinitely far.
    """
    if not math.isfinite(value):
        return math.inf
    if precision == "float64":
        unit = math.ulp(reference) if reference else math.ulp(0.0)
        return abs(value - reference) / unit
    rounded = float32(reference)
    unit = float(np.spacing(np.float32(abs(rounded)))) if rounded else SMALLEST_FLOAT32
    return abs(value - rounded) / unit


def is_beyond(reference: float, ulp: float, precision: str) -> bool:
    """Tell whether a value breaks its promise; eight steps around zero are still not zero."""
    return ulp > (PROMISED[precision] if reference else 0.0)


def _promise(precision: str) -> str:
    return f"{PROMISED[precision]:g} ulp" if PROMISED[precision] else "the nearest float32"


def _kept(precision: str) -> str:
    return f"within {PROMISED[precision]:g} ulp" if PROMISED[precision] else "to the bit"


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None

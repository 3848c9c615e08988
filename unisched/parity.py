"""How far each backend is from the exact values, measured in its framework's own loop.

Values come from `replay`, the reference from exact integer arithmetic; distances are in ulp of the precision
the form promises. A form that cannot carry the program is listed with its reasons, never left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from unisched import registry
from unisched.backend import Form, obstacles
from unisched.ir import Target
from unisched.program import Program
from unisched.verbs import Source, compile

__all__ = ["ParityReport", "ParityRow", "distance", "parity"]

SMALLEST_FLOAT32 = 2.0**-126


@dataclass(frozen=True, slots=True, kw_only=True)
class ParityRow:
    """The worst value of one target in one form, or, with `refusal`, why the form carries nothing."""

    backend: str
    form: str
    target: Target | None = None
    ulp: float = 0.0
    step: int = 0
    value: float = math.nan
    reference: float = math.nan
    refusal: str = ""

    def __str__(self) -> str:
        where = f"{self.backend:<8} {self.form:<10}"
        if self.refusal:
            return f"{where} refused: {self.refusal}"
        target = self.target or Target("")
        name = target.hyperparameter if target.group is None else f"{target.hyperparameter} [{target.group}]"
        return f"{where} {name:<24} {self.ulp:8.2f} ulp at step {self.step}: {self.value!r}, exactly {self.reference!r}"


@dataclass(frozen=True, slots=True)
class ParityReport:
    """One row for each form and target."""

    rows: tuple[ParityRow, ...]

    @property
    def worst(self) -> dict[str, float]:
        """Give the largest distance in ulp by backend."""
        found: dict[str, float] = {}
        for row in self.rows:
            if not row.refusal:
                found[row.backend] = max(found.get(row.backend, 0.0), row.ulp)
        return found

    def __str__(self) -> str:
        return "\n".join(map(str, self.rows))


def parity(
    spec: Source | Program,
    backends: Sequence[str] | None = None,
    *,
    steps: range | None = None,
    metrics: Mapping[int, float] | None = None,
    **clock: Any,
) -> ParityReport:
    """Give the distance of every backend from the exact values, from the frameworks' own loops.

    `backends` are names, all installed ones if left out; `steps` the range to run, the whole program (at most
    2000 steps) if left out; `clock` the keyword arguments of `compile`.

    >>> report = parity({"kind": "cosine", "start": 1, "end": 0}, ["numpy"], total=50)
    >>> report.worst["numpy"] < 8
    True
    """
    program = spec if isinstance(spec, Program) else compile(spec, **clock)
    window = range(_stop(program)) if steps is None else steps
    rows = [
        row
        for name in (registry.names() if backends is None else backends)
        for form_name, form in registry.backend(name).forms.items()
        for row in _rows(name, form_name, form, program, window, metrics or {})
    ]
    return ParityReport(tuple(rows))


def _stop(program: Program) -> int:
    end = program.total or 1000
    return min(end if program.body.after == "error" else end + 5, 2000)


def distance(value: float, reference: float, precision: str) -> float:
    """Give how far `value` is from `reference` in ulp of `precision`; float32 holds nothing below 2^-126."""
    if precision == "float64":
        unit = math.ulp(reference) if reference else math.ulp(0.0)
        return abs(value - reference) / unit
    rounded = float(np.float32(0.0 if abs(reference) < SMALLEST_FLOAT32 else reference))
    unit = float(np.spacing(np.float32(abs(rounded)))) if rounded else SMALLEST_FLOAT32
    return abs(value - rounded) / unit


def _rows(
    name: str, form_name: str, form: Form, program: Program, steps: range, metrics: Mapping[int, float]
) -> Iterator[ParityRow]:
    reasons = [fault for _, fault, _ in obstacles(form, program, {})]
    if reasons:
        yield ParityRow(backend=name, form=form_name, refusal="; ".join(reasons))
        return
    replayed = form.replay(program, program.start().at(steps.start), steps.stop, metrics)
    for target in program.targets:
        used = replayed.values[target]
        exact = [program(step, *target, exact=True) for step in range(steps.start, steps.stop)]
        far = [distance(value, reference, form.capabilities.precision)
               for value, reference in zip(used, exact, strict=True)]  # fmt: skip
        worst = max(range(len(far)), key=far.__getitem__)
        yield ParityRow(backend=name, form=form_name, target=target, ulp=far[worst], step=steps.start + worst,
                        value=used[worst], reference=exact[worst])  # fmt: skip

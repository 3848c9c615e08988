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
from unisched.backend import Form, Replay, obstacles
from unisched.errors import BindingError, PluginError, Problem, UnischedError, shorten
from unisched.ir import Target
from unisched.lint import SMALLEST_FLOAT32
from unisched.program import Program
from unisched.verbs import Source, program_of
from unisched.watching import Metric

__all__ = ["ParityReport", "ParityRow", "distance", "parity"]


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
    metrics: Mapping[int, Metric] | None = None,
    **clock: Any,
) -> ParityReport:
    """Give the distance of every backend from the exact values, from the frameworks' own loops.

    `backends` are names, all installed ones if left out; `steps` the range to run, without gaps, the whole program
    (at most 2000 steps) if left out; `metrics` what is observed before which update; `clock` the keyword arguments of
    `compile`. Raises `BindingError` for arguments that do not fit, `StepError` for what is no metric that the program
    watches, `PluginError` where a backend cannot be loaded or its `replay` fails.

    >>> report = parity({"kind": "cosine", "start": 1, "end": 0}, ["numpy"], total=50)
    >>> report.worst["numpy"] < 8
    True
    """
    program = program_of(spec, **clock)
    window = range(_stop(program)) if steps is None else _checked(steps)
    fed = {step: metric for step, metric in (metrics or {}).items() if step in window}
    exact = program.observed(fed) if fed or program.controllers else program
    rows = [
        row
        for name in (registry.names() if backends is None else _listed(backends))
        for form_name, form in registry.backend(name).forms.items()
        for row in _rows(name, form_name, form, program, window, fed, exact)
    ]
    return ParityReport(tuple(rows))


def _checked(steps: object) -> range:
    if isinstance(steps, range) and steps.step == 1 and 0 <= steps.start < steps.stop:
        return steps
    raise BindingError(Problem("binding.steps", "", f"steps is {shorten(repr(steps))}, not a range of steps in a row",
                               "Pass a range with a step in it, such as range(0, 100)."))  # fmt: skip


def _listed(backends: object) -> Sequence[str]:
    if isinstance(backends, Sequence) and not isinstance(backends, str):
        return backends
    raise BindingError(Problem("binding.type", "", f"backends is {shorten(repr(backends))}, not a list of names",
                               'Pass a list, such as ["numpy"], or leave it out for all.'))  # fmt: skip


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
    name: str,
    form_name: str,
    form: Form,
    program: Program,
    steps: range,
    metrics: Mapping[int, Metric],
    exactly: Program,
) -> Iterator[ParityRow]:
    reasons = [fault for _, fault, _ in obstacles(form, program, {})]
    if reasons:
        yield ParityRow(backend=name, form=form_name, refusal="; ".join(reasons))
        return
    replayed = _replayed(name, form_name, form, program, steps, metrics)
    for target, used in replayed.items():
        exact = [exactly(step, *target, exact=True) for step in range(steps.start, steps.stop)]
        far = [distance(value, reference, form.capabilities.precision)
               for value, reference in zip(used, exact, strict=True)]  # fmt: skip
        worst = max(range(len(far)), key=far.__getitem__)
        yield ParityRow(backend=name, form=form_name, target=target, ulp=far[worst], step=steps.start + worst,
                        value=used[worst], reference=exact[worst])  # fmt: skip


def _replayed(
    name: str, form_name: str, form: Form, program: Program, steps: range, metrics: Mapping[int, Metric]
) -> Mapping[Target, Sequence[float]]:
    """Give what the form's own loop used, by target, one float for each step."""
    try:
        replayed = form.replay(program, program.start().at(steps.start), steps.stop, metrics)
    except UnischedError:
        raise
    except Exception as error:
        raise _failed(name, form_name, f"{type(error).__name__}: {error}",
                      "This is a fault of the plugin; the cause is attached.") from error  # fmt: skip
    if not isinstance(replayed, Replay):
        raise _failed(name, form_name, f"replay gave {shorten(repr(replayed))}", "It gives a unisched.plugin.Replay.")
    used: dict[Target, Sequence[float]] = {}
    for target in program.targets:
        try:
            used[target] = [float(value) for value in replayed.values[target]]
        except (KeyError, TypeError, ValueError) as error:
            raise _failed(name, form_name, f"replay gave no values of {tuple(target)}",
                          "replay gives a list of floats for each target of the program.") from error  # fmt: skip
        if len(used[target]) != len(steps):
            raise _failed(name, form_name, f"replay gave {len(used[target])} values of {tuple(target)}",
                          f"{len(steps)} steps were asked for.")  # fmt: skip
    return used


def _failed(backend: str, form: str, reason: str, remedy: str) -> PluginError:
    fault = f"backend {backend!r}, form {form!r} failed: {shorten(reason, 400)}"
    return PluginError(Problem("plugin.replay_failed", "", fault, remedy))

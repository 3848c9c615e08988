"""How far each backend is from the exact values, measured in its framework's own loop.

Values come from `replay`, the reference from exact integer arithmetic; distances are in ulp of the precision
the form promises. A form that cannot carry the program is listed with its reasons, never left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from unisched import registry
from unisched.backend import Form, Replay, obstacles
from unisched.errors import BindingError, PluginError, Problem, UnischedError, shorten
from unisched.ir import Target
from unisched.metric import Metric
from unisched.program import Program
from unisched.promises import ParityReport, ParityRow, distance, is_beyond
from unisched.steps import checked_range
from unisched.stretches import stretches
from unisched.verbs import Source, program_of

__all__ = ["ParityReport", "ParityRow", "Trial", "distance", "parity", "trial"]


def parity(
    spec: Source | Program,
    backends: Sequence[str] | None = None,
    *,
    steps: range | None = None,
    metrics: Mapping[int, Metric] | None = None,
    **clock: Any,
) -> ParityReport:
    """Give the distance of every backend from the exact values, from the frameworks' own loops.

    `backends` are names, all installed ones if left out; `steps` the range to run, without gaps. If that is left out,
    the whole program is run, or of one above 2000 steps the first, the last and those around every boundary. `metrics`
    is what is observed before which update; `clock` the keyword arguments of `compile`. Raises `BindingError` for
    arguments that do not fit, `StepError` for what is no metric that the program watches, `PluginError` where a backend
    cannot be loaded or its `replay` fails.

    >>> report = parity({"kind": "cosine", "start": 1, "end": 0}, ["numpy"], total=50)
    >>> report.worst["numpy"] < 8, report.steps
    (True, (range(0, 55),))
    """
    tried = trial(spec, steps=steps, metrics=metrics, **clock)
    names = registry.names() if backends is None else _listed(backends)
    return ParityReport(tuple(row for name in names for row in tried.rows(name)), tried.steps)


def trial(
    spec: Source | Program, *, steps: range | None = None, metrics: Mapping[int, Metric] | None = None, **clock: Any
) -> Trial:
    """Give what a backend is put through, under the arguments of `parity`, one backend after the other."""
    program = program_of(spec, **clock)
    windows = stretches(program, metrics or ()) if steps is None else (checked_range(steps),)
    fed = {step: metric for step, metric in (metrics or {}).items() if any(step in window for window in windows)}
    return Trial(program, program.observed(fed) if fed or program.controllers else program, windows, fed)


@dataclass(frozen=True, slots=True)
class Trial:
    """A program, the same as it runs under a log, the ranges of steps to run, and the log."""

    program: Program
    exactly: Program
    steps: tuple[range, ...]
    metrics: Mapping[int, Metric]
    _known: dict[Target, list[float]] = field(default_factory=dict, repr=False, compare=False)

    def rows(self, backend: str) -> list[ParityRow]:
        """Give one row for each form and target of a backend; raises as `parity` does."""
        forms = registry.backend(backend).forms
        return [row for name, form in forms.items() for row in self._rows(backend, name, form)]

    def _rows(self, name: str, form_name: str, form: Form) -> Iterator[ParityRow]:
        reasons = [fault for _, fault, _ in obstacles(form, self.program, {})]
        if reasons:
            yield ParityRow(backend=name, form=form_name, outcome="refused", refusal="; ".join(reasons))
            return
        legs = [_replayed(name, form_name, form, self.program, window, self.metrics) for window in self.steps]
        precision = form.capabilities.precision
        steps = [step for window in self.steps for step in window]
        for target in self.program.targets:
            exact, used = self._exact(target), [value for leg in legs for value in leg[target]]
            far = [distance(*pair, precision) for pair in zip(used, exact, strict=True)]
            beyond = [is_beyond(exactly, ulp, precision) for exactly, ulp in zip(exact, far, strict=True)]
            worst = max(range(len(far)), key=list(zip(beyond, far, strict=True)).__getitem__)
            yield ParityRow(backend=name, form=form_name, target=target, precision=precision, ulp=far[worst],
                            step=steps[worst], value=used[worst], reference=exact[worst], values=len(used),
                            beyond=sum(beyond))  # fmt: skip

    def _exact(self, target: Target) -> list[float]:
        if target not in self._known:
            self._known[target] = [self.exactly(step, *target, exact=True) for window in self.steps for step in window]
        return self._known[target]


def _listed(backends: object) -> Sequence[str]:
    if isinstance(backends, Sequence) and not isinstance(backends, str):
        return backends
    raise BindingError(Problem("binding.type", "", f"backends is {shorten(repr(backends))}, not a list of names",
                               'Pass a list, such as ["numpy"], or leave it out for all.'))  # fmt: skip


def _replayed(
    name: str, form_name: str, form: Form, program: Program, steps: range, metrics: Mapping[int, Metric]
) -> Mapping[Target, Sequence[float]]:
    """Give what the form's own loop used, by target, one float for each step."""
    fed = {step: metric for step, metric in metrics.items() if step in steps}
    try:
        replayed = form.replay(program, program.start().at(steps.start), steps.stop, fed)
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

"""How a form must behave whatever the case, one function a rule: it raises `AssertionError`, or the rule holds.

Emissions are kept apart, the program and the interpreter are left alone, and what is claimed is proved.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Any, Final

from unisched.backend import Backend, Form
from unisched.ir import Target
from unisched.metric import Metric
from unisched.program import Program
from unisched.single import float32
from unisched.state import State
from unisched.testing import legs
from unisched.testing.checks import agrees, carried
from unisched.testing.corpus import Case, Expected, Run
from unisched.testing.door import emitted, required
from unisched.testing.environment import SETTLING, changed_by, settling
from unisched.testing.faults import Placed, about, fail, require
from unisched.testing.reasons import reasons
from unisched.testing.tolerance import fault

__all__ = [
    "emits_what_it_replays",
    "keeps_emissions_apart",
    "leaves_the_interpreter_alone",
    "leaves_the_program_alone",
    "proves_what_it_claims",
]

__tracebackhide__ = True

_SHORT: Final = 6
_FEW: Final = 12
_NEAR: Final = 1e-3


def keeps_emissions_apart(name: str, backend: Backend, form_name: str, corpus: Sequence[Case]) -> None:
    """Replays of two programs in turn, and objects emitted between them, do not influence each other.

    No object is emitted twice, unless it is a value: one that is hashed and compared by what it holds.
    """
    place, form = about(name, form_name), backend.forms[form_name]
    cases = _two_of(form, corpus)
    (one, at_one), (other, at_other) = ((case.runs[0], about(name, form_name, case)) for case in cases)
    held = [_emit(name, backend, form_name, program, 0) for program in (one.program, one.program, other.program)]
    if held[0] is not None:
        require(held[0] is not held[1] or _is_value(held[0]), f"{place}: emit gave one object twice")
        require(held[0] is not held[2], f"{place}: emit gave one object for two programs")
    alone = _values(at_one, form, one, 0)
    begun = _values(at_other, form, other, _SHORT)
    _emit(name, backend, form_name, one.program, _SHORT)
    require(_values(at_one, form, one, 0) == alone, f"{place}: a run gives other values after another run was replayed")
    _emit(name, backend, form_name, other.program, 0)
    again = _values(at_other, form, other, _SHORT)
    require(again == begun, f"{place}: a run gives other values after another one began")
    for moved in _moving(form, corpus, 2):
        span = legs.span(form, moved).opening
        with Placed(place):
            first, second = (legs.replayed(form, moved.program, moved.start(), span.stop, moved.observed(span)).values
                             for _ in range(2))  # fmt: skip
        require(first == second, f"{place}: a run gives other values after it was replayed with metrics")


def emits_what_it_replays(name: str, backend: Backend, form_name: str, corpus: Sequence[Case]) -> None:
    """Where the native object is a function of the step, it gives the exact values, which `replay` reports."""
    form = backend.forms[form_name]
    if required(form):
        return
    for case in corpus:
        if not (case.plain and carried(form, case)):
            continue
        (expected,) = case.runs[0].expected
        due = list(expected.values.items())[:_FEW]
        used = _called(emitted(name, backend, form_name, case.program), [step for step, _ in due])
        if used is None:
            return
        wrong = [(step, text) for value, (step, exact) in zip(used, due, strict=True)
                 if (text := fault(value, exact, form.capabilities.precision))]  # fmt: skip
        if wrong:
            step, text = wrong[0]
            fail(f"{about(name, form_name, case)}: what emit gave, called with step {step}: {text}")


def leaves_the_program_alone(name: str, backend: Backend, form_name: str, corpus: Sequence[Case]) -> None:
    """A program is the same, and gives the same values, after `emit` and `replay`."""
    for case in _richest(backend.forms[form_name], corpus):
        program, before = case.compiled(), _face(case.compiled())
        place, base = about(name, form_name, case), case.runs[0].base
        _emit(name, backend, form_name, program, 0)
        require(_face(program) == before, f"{place}: emit changed the program")
        start, metrics = replace(program.start(), base=dict(base)), case.runs[0].observed(range(_SHORT))
        with Placed(place):
            legs.replayed(backend.forms[form_name], program, start, _SHORT, metrics)
        require(_face(program) == before, f"{place}: replay changed the program")


def leaves_the_interpreter_alone(name: str, backend: Backend, form_name: str, corpus: Sequence[Case]) -> None:
    """Settings that everybody shares are the same after `emit` and `replay`."""
    form = backend.forms[form_name]
    for case in _two_of(form, corpus):
        place, run = about(name, form_name, case), case.runs[0]
        changes = changed_by(partial(_emit, name, backend, form_name, run.program, 0))
        require(not changes, f"{place}: emit changed the interpreter: {'; '.join(changes)}")
        with settling():
            changes = changed_by(partial(_values, place, form, run, 0), *SETTLING)
        changes += changed_by(partial(_values, place, form, run, 0))
        require(not changes, f"{place}: replay changed the interpreter: {'; '.join(changes)}")


def proves_what_it_claims(name: str, backend: Backend, form_name: str, corpus: Sequence[Case]) -> None:
    """Each capability that the form claims is used by a case that agrees."""
    place, form = about(name, form_name), backend.forms[form_name]
    for claim, run in _claims(form, corpus):
        if run is None:
            fail(f"{place}: claims {claim}, which no case of the corpus exercises in this form")
        agrees(f"{place}: claims {claim}", form, run, legs.opening)
        if run.base and claim == "optimizer_base":
            _brings_its_base(f"{place}: claims {claim}", form, run)


def _brings_its_base(place: str, form: Form, run: Run) -> None:
    """What an optimizer of its own gave is in the state: after a resume nothing else knows it."""
    with Placed(place):
        leg = legs.replayed(form, run.program, replace(run.start(), base={}), _SHORT, run.observed(range(_SHORT)))
    due = {target.hyperparameter for target in run.program.targets if run.program.needs_base(target)}
    lost = sorted(due - State.from_json(leg.state).base.keys())
    require(not lost, f"{place}: the state after a replay has no base of {', '.join(lost)}, which its optimizer gave")


def _claims(form: Form, corpus: Sequence[Case]) -> Iterator[tuple[str, Run | None]]:
    able = form.capabilities
    runs = [run for case in corpus if carried(form, case) for run in case.runs]
    names = {"weight_decay"} if able.hyperparameters is None else able.hyperparameters - {"learning_rate"}
    for name in sorted(names):
        yield f"the hyperparameter {name!r}", _first(_of(name, form, corpus))
    if able.groups:
        yield "groups", _first(run for run in runs if run.program.groups)
    if able.optimizer_base:
        yield "optimizer_base", _first(run for run in runs if run.base)
    if able.feedback:
        yield "feedback", _first(_moving(form, corpus, 1))
    yield f"precision {able.precision}", _first(run for run in runs if _needs_float64(run.expected))


def _of(name: str, form: Form, corpus: Iterable[Case]) -> Iterator[Run]:
    """Give the runs of a hyperparameter: of whole cases, and of that hyperparameter of cases that hold more."""
    for case in corpus:
        for run in case.runs:
            if name not in run.program.hyperparameters:
                continue
            if not reasons(form.capabilities, run.program):
                yield run
            alone = run.program.select(name)
            if not reasons(form.capabilities, alone):
                due = tuple(e for e in run.expected if e.hyperparameter == name)
                yield Run(program=alone, base=run.base, expected=due, births=run.births,
                          metrics=_watched(run.metrics, alone.monitors))  # fmt: skip


def _watched(metrics: Mapping[int, Metric], monitors: Sequence[str]) -> Mapping[int, Metric]:
    """Give what of a log a program watches that is a part of the one it was made for."""
    by_name = {step: metric if isinstance(metric, Mapping) else dict.fromkeys(monitors, metric)
               for step, metric in metrics.items()}  # fmt: skip
    kept = {step: {name: metric[name] for name in monitors if name in metric} for step, metric in by_name.items()}
    return {step: metric for step, metric in kept.items() if metric}


def _moving(form: Form, corpus: Iterable[Case], most: int) -> Iterator[Run]:
    """Give runs that metrics move within their opening, one a case."""
    return islice((case.runs[0] for case in corpus if carried(form, case) and _is_moved(form, case.runs[0])), most)


def _is_moved(form: Form, run: Run) -> bool:
    if not run.metrics:
        return False
    still, opening = run.program.observed({}), legs.span(form, run).opening
    return any(
        not math.isclose(value(step), exact, rel_tol=_NEAR)
        for e in run.expected
        for value in [still.function(e.hyperparameter, e.group, base=run.base.get(e.hyperparameter))]
        for step, exact in e.values.items()
        if step in opening
    )


def _needs_float64(expected: Iterable[Expected]) -> bool:
    return any(float32(exact) != exact for e in expected for exact in e.values.values())


def _two_of(form: Form, corpus: Sequence[Case]) -> tuple[Case, Case]:
    plain = [case for case in corpus if case.plain and carried(form, case)]
    if len(plain) < 2:
        fail("fewer than two plain cases are carried")
    return plain[0], plain[-1]


def _richest(form: Form, corpus: Sequence[Case]) -> tuple[Case, ...]:
    held = sorted((case for case in corpus if carried(form, case)), key=lambda case: len(case.program.targets))
    return (held[0], held[-1]) if held else ()


def _values(place: str, form: Form, run: Run, start: int) -> Mapping[Target, Sequence[float]]:
    with Placed(place):
        return legs.replayed(form, run.program, run.start().at(start), start + _SHORT).values


def _emit(name: str, backend: Backend, form: str, program: Program, step: int) -> object:
    """Emit, where that needs nothing of the framework: a binding that is required only `replay` can supply."""
    if required(backend.forms[form]):
        return None
    native = emitted(name, backend, form, program, state=program.start().at(step))
    require(native is not None, f"{about(name, form)}: emit gave None")
    return native


def _is_value(native: object) -> bool:
    return type(native).__hash__ not in (None, object.__hash__)


def _called(native: Any, steps: Sequence[int]) -> list[float] | None:
    """Give what the native object, or what it makes, says of steps; `None` where neither is a function of a step."""
    try:
        return [float(native(step)) for step in steps]
    except TypeError:
        pass
    try:
        made = native()
        return [float(made(step)) for step in steps]
    except TypeError:
        return None


def _face(program: Program) -> tuple[object, ...]:
    text = program.to_json()
    alone = [t for t in program.targets if not program.needs_base(t) and not program.needs_metric(t)]
    values = [program(step, *target) for target in alone for step in range(_SHORT)]
    return text, program.fingerprint, program.clock, program.notes, values


def _first(runs: Iterable[Run]) -> Run | None:
    return next(iter(runs), None)

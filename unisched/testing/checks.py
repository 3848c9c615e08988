"""What a backend must hold to in each case of the corpus, one function a rule: it raises, or the rule holds.

The checks take a backend as a value, so that they can be tried on one that is wrong on purpose. They know
capabilities, never products.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from unisched.backend import Backend, Form
from unisched.errors import StepError
from unisched.testing import legs
from unisched.testing.corpus import Case, Run
from unisched.testing.door import NUMPY, scheduler
from unisched.testing.faults import Placed, about, fail, require
from unisched.testing.legs import Leg
from unisched.testing.reasons import reasons
from unisched.testing.refusal import codes, is_let_in, is_refused

__all__ = [
    "agrees",
    "agrees_or_is_refused",
    "agrees_with_the_base_as_argument",
    "carried",
    "continues_from_its_own_state",
    "ends_with_the_program",
    "passes_states_to_and_from_numpy",
]

__tracebackhide__ = True

_Replayed: TypeAlias = Callable[[Form, Run], Leg]


def agrees_or_is_refused(name: str, backend: Backend, form_name: str, case: Case) -> None:
    """From the start of the run the case agrees with the exact values, or the core refuses it for every reason."""
    place, form = about(name, form_name, case), backend.forms[form_name]
    why = reasons(form.capabilities, case.program)
    # A counter has the length it has; every other reason to refuse a plain case is a backend that does not do its job.
    idle = [reason for reason in why if reason.code != "backend.step_range"]
    require(not (idle and case.plain), f"{place}: a plain case would be refused, for {codes(idle)}")
    if why:
        is_refused(place, name, backend, form_name, case.program)
        return
    is_let_in(place, name, backend, form_name, case.program)
    for run in case.runs:
        agrees(f"{place}, from the start", form, run, legs.opening)


def continues_from_its_own_state(name: str, backend: Backend, form_name: str, case: Case) -> None:
    """The run is cut, its state handed through JSON text, and it goes on as if it had not been cut."""
    form = backend.forms[form_name]
    for run in case.runs:
        cut = legs.span(form, run).continued.start
        place = f"{about(name, form_name, case)}, continued from its own state at step {cut}"
        agrees(place, form, run, legs.continued)


def passes_states_to_and_from_numpy(name: str, backend: Backend, form_name: str, case: Case) -> None:
    """A state of numpy's scheduler starts the run at its step, and numpy goes on from the state that comes back."""
    form = backend.forms[form_name]
    for run in case.runs:
        window = legs.span(form, run).ahead
        place = f"{about(name, form_name, case)}, continued from the state of {NUMPY} at step {window.start}"
        agrees(place, form, run, legs.ahead)
        if run.base:
            continue
        native = scheduler(run.program, legs.ahead(form, run).state)
        reached = native.state().step
        require(reached == window.stop, f"{place}: {NUMPY} got its state at step {window.stop}, stands at {reached}")
        if run.metrics:
            cut = legs.span(form, run).continued.start
            back = f"{about(name, form_name, case)}, continued by {NUMPY} from its state at step {cut}"
            agrees(back, form, run, legs.continued_by_numpy)


def agrees_with_the_base_as_argument(name: str, backend: Backend, form_name: str, case: Case) -> None:
    """What is a factor of the optimizer's value agrees, or is refused, also where `compile` was given the value."""
    place, form = about(name, form_name, case), backend.forms[form_name]
    for run in case.bound:
        if reasons(form.capabilities, run.program):
            is_refused(place, name, backend, form_name, run.program)
            continue
        is_let_in(place, name, backend, form_name, run.program)
        agrees(f"{place}, with its base as an argument", form, run, legs.opening)


def ends_with_the_program(name: str, backend: Backend, form_name: str, case: Case) -> None:
    """Where the document says `"after": "error"`, the last update runs, and one more raises `StepError`."""
    place, form, program = about(name, form_name, case), backend.forms[form_name], case.program
    if reasons(form.capabilities, program):
        is_refused(place, name, backend, form_name, program)
        return
    end = program.total or 0
    state, metrics = program.start().at(end - 2), case.runs[0].observed(range(end - 2, end))
    with Placed(place):
        legs.replayed(form, program, state, end, metrics)
    try:
        form.replay(program, state, end + 2, metrics)
    except StepError:
        return
    fail(f"{place}: no StepError from updates past step {end}, where the program ends")


def carried(form: Form, case: Case) -> bool:
    """Tell whether the form's capabilities carry the case."""
    return not reasons(form.capabilities, case.program)


def agrees(place: str, form: Form, run: Run, leg: _Replayed) -> None:
    """One leg of a run agrees with the exact values."""
    with Placed(place):
        found = legs.differences(leg(form, run), run, form.capabilities.precision)
    require(not found, "\n    ".join([f"{place}:", *found]))

"""What a backend must hold to, one function a rule: it raises `AssertionError`, or the rule holds.

The checks take a backend as a value, so that they can be tried on one that is wrong on purpose. They know
capabilities, never products.
"""

from __future__ import annotations

from dataclasses import replace
from inspect import signature
from typing import Any, NoReturn

from unisched.backend import CONTRACT, Backend, Capabilities, Form
from unisched.errors import StepError, UnsupportedError
from unisched.program import Program
from unisched.state import State
from unisched.testing import legs
from unisched.testing.corpus import Case, Run
from unisched.testing.door import NUMPY, emitted, required, scheduler, watched
from unisched.testing.reasons import reasons

__all__ = [
    "agrees_or_is_refused",
    "agrees_with_the_base_as_argument",
    "carried",
    "continues_from_its_own_state",
    "ends_with_the_program",
    "is_well_formed",
    "passes_states_to_and_from_numpy",
]


def is_well_formed(name: str, backend: Backend) -> None:
    """Contract, forms, signatures and capabilities are what the contract says."""
    if backend.contract != CONTRACT:
        _fail(f"backend {name!r} speaks contract {backend.contract!r}, this kit speaks {CONTRACT}")
    if not backend.forms:
        _fail(f"backend {name!r} has no forms")
    for form_name, form in backend.forms.items():
        about = f"backend {name!r}, form {form_name!r}"
        if not isinstance(form, Form) or not form_name.isidentifier():
            _fail(f"{about} is not a name with a Form")
        _takes(f"{about}: emit", form.emit, 2)
        _takes(f"{about}: replay", form.replay, 4)
        _is_able(f"{about}: capabilities", form.capabilities)


def agrees_or_is_refused(name: str, backend: Backend, form_name: str, case: Case) -> None:
    """From the start of the run the case agrees with the exact values, or the core refuses it for every reason."""
    about, form = _about(name, form_name, case), backend.forms[form_name]
    why = reasons(form.capabilities, case.program)
    if why and case.plain:
        _fail(f"{about}: a plain case is refused, for {_codes(why)}")
    if why:
        _is_refused(about, name, backend, form_name, case.program)
        return
    _is_let_in(about, name, backend, form_name, case.program)
    for run in case.runs:
        _agrees(f"{about}: from the start", form, run, legs.opening)


def continues_from_its_own_state(name: str, backend: Backend, form_name: str, case: Case) -> None:
    """The run cut near its middle, the state handed on through JSON text, goes on as if it had not been cut."""
    about, form = _about(name, form_name, case), backend.forms[form_name]
    for run in case.runs:
        cut = legs.span(form, run).continued.start
        _agrees(f"{about}: continued from its own state at step {cut}", form, run, legs.continued)


def passes_states_to_and_from_numpy(name: str, backend: Backend, form_name: str, case: Case) -> None:
    """A state of numpy's scheduler starts the run at its step, and numpy goes on from the state that comes back."""
    about, form = _about(name, form_name, case), backend.forms[form_name]
    for run in case.runs:
        window = legs.span(form, run).ahead
        _agrees(f"{about}: continued from the state of {NUMPY} at step {window.start}", form, run, legs.ahead)
        if run.base or (run.program.body.after == "error" and window.stop >= (run.program.total or 0)):
            continue
        native = scheduler(run.program, legs.ahead(form, run).state)
        got = {target: native.value(*target) for target in run.program.targets}
        if native.state().step != window.stop or got != run.program.at(window.stop):
            _fail(f"{about}: {NUMPY}, given the state at step {window.stop}, stands at step {native.state().step}")


def agrees_with_the_base_as_argument(name: str, backend: Backend, form_name: str, case: Case) -> None:
    """What is a factor of the optimizer's value agrees, or is refused, also where `compile` was given the value."""
    about, form = _about(name, form_name, case), backend.forms[form_name]
    for run in case.bound:
        if reasons(form.capabilities, run.program):
            _is_refused(about, name, backend, form_name, run.program)
            continue
        _is_let_in(about, name, backend, form_name, run.program)
        _agrees(f"{about}: with its base as argument", form, run, legs.opening)


def ends_with_the_program(name: str, backend: Backend, form_name: str, case: Case) -> None:
    """Where the document says `"after": "error"`, the last update runs and the next one raises `StepError`."""
    about, form = _about(name, form_name, case), backend.forms[form_name]
    program = case.program
    end = program.total or 0
    if reasons(form.capabilities, program):
        _is_refused(about, name, backend, form_name, program)
        return
    legs.replayed(form, program, program.start().at(end - 2), end)
    try:
        form.replay(program, program.start().at(end - 2), end + 2, {})
    except StepError:
        return
    _fail(f"{about}: a run past step {end}, where the program ends, raised no StepError")


def carried(form: Form, case: Case) -> bool:
    """Tell whether the form's capabilities carry the case."""
    return not reasons(form.capabilities, case.program)


def _agrees(about: str, form: Form, run: Run, leg: Any) -> None:
    __tracebackhide__ = True
    try:
        found = legs.differences(leg(form, run), run, form.capabilities.precision)
    except Exception as error:
        error.add_note(about)
        raise
    if found:
        _fail("\n    ".join([about, *found]))


def _is_let_in(about: str, name: str, backend: Backend, form_name: str, program: Program) -> None:
    __tracebackhide__ = True
    bindings = dict.fromkeys(required(backend.forms[form_name]), object())
    try:
        emitted(name, watched(backend, form_name, lambda: None), form_name, program, **bindings)
    except UnsupportedError as error:
        _fail(f"{about}: refused, though its capabilities carry it: {error}")


def _is_refused(about: str, name: str, backend: Backend, form_name: str, program: Program) -> None:
    __tracebackhide__ = True
    built: list[bool] = []
    spied = watched(backend, form_name, lambda: built.append(True))
    bindings = dict.fromkeys(required(backend.forms[form_name]), object())
    try:
        emitted(name, spied, form_name, program, **bindings)
    except UnsupportedError as error:
        given = error
    else:
        _fail(f"{about}: not refused, though its capabilities do not carry it")
    due = reasons(backend.forms[form_name].capabilities, program)
    codes = {problem.code for problem in given.problems}
    if codes != {reason.code for reason in due}:
        _fail(f"{about}: refused for {', '.join(sorted(codes))}, due are {_codes(due)}")
    unsaid = [reason.place for reason in due if reason.place not in str(given)]
    if unsaid:
        _fail(f"{about}: the refusal does not name {', '.join(unsaid)}: {given}")
    if built:
        _fail(f"{about}: refused after emit was called")


def _takes(about: str, function: Any, count: int) -> None:
    try:
        signature(function).bind(*range(count), **dict.fromkeys(_keywords(function), None))
    except (TypeError, ValueError) as error:
        _fail(f"{about} does not take {count} positional arguments ({error})")


def _keywords(function: Any) -> list[str]:
    return [p.name for p in signature(function).parameters.values() if p.kind is p.KEYWORD_ONLY]


def _is_able(about: str, able: Capabilities) -> None:
    if not isinstance(able, Capabilities):
        _fail(f"{about} are no Capabilities")
    if able.hyperparameters is not None and not all(isinstance(n, str) for n in able.hyperparameters):
        _fail(f"{about}: hyperparameters are names")
    if able.precision not in ("float64", "float32"):
        _fail(f"{about}: precision {able.precision!r} is neither float64 nor float32")
    if not isinstance(able.last_step, int) or able.last_step < 2**15:
        _fail(f"{about}: last_step {able.last_step!r} holds no run")


def _about(name: str, form_name: str, case: Case) -> str:
    return f"backend {name!r}, form {form_name!r}, case {case.name!r} ({case.why})"


def _codes(why: Any) -> str:
    return ", ".join(sorted({reason.code for reason in why}))


def _fail(text: str) -> NoReturn:
    __tracebackhide__ = True
    raise AssertionError(text)

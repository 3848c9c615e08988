"""What a backend is, and whether one of its forms can take a program.

Two functions and one value: no class to inherit, no registration, no validation in the plugin. All checks
happen here, before `emit` is called, and every reason is named at once. This file knows no framework.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal, NamedTuple

from unisched.errors import BindingError, Problem, UnsupportedError, nearest, shorten
from unisched.ir import Target
from unisched.metric import Metric
from unisched.program import Program
from unisched.single import SMALLEST_FLOAT32
from unisched.state import State

__all__ = ["CONTRACT", "Backend", "Capabilities", "Form", "Replay", "check_binding", "check_program", "obstacles"]

CONTRACT: Final = 1
_FLOAT32_ENDS: Final = 2.0**128 - 2.0**103
"""From here on the nearest float32 is an infinity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a form can carry; what is not said is the cautious answer.

    `hyperparameters`: names it can schedule, `None` for any. `groups`: different schedules in one object.
    `feedback`: metrics. `optimizer_base`: it knows the value each param group was given. `host`: it evaluates
    in Python. `precision`: of the values it hands on. `last_step`: the largest count its framework can hold.

    >>> able = Capabilities(hyperparameters=None, groups=True)
    >>> able.optimizer_base, able.precision
    (False, 'float64')
    """

    hyperparameters: frozenset[str] | None = frozenset({"learning_rate"})
    groups: bool = False
    feedback: bool = False
    optimizer_base: bool = False
    host: bool = True
    precision: Literal["float64", "float32"] = "float64"
    last_step: int = 2**63 - 1


class Replay(NamedTuple):
    """What a framework's own loop did: the values it used, step by step, and the state at the end.

    >>> import unisched
    >>> program = unisched.compile({"kind": "linear", "start": 1, "end": 0}, total=4)
    >>> done = Replay({Target("learning_rate"): [1.0, 0.75]}, program.start().at(2))
    >>> done.values[Target("learning_rate")][1], done.state.step
    (0.75, 2)
    """

    values: Mapping[Target, Sequence[float]]
    state: State


@dataclass(frozen=True)
class Form:
    """One native object a backend can make.

    `emit(program, state, /, *, <named bindings>)` gives the native object, standing at `state.step`.
    `replay(program, state, stop, metrics, /)` emits, drives the framework's own loop from `state.step` to
    `stop`, feeding `metrics[k]` before update k, and gives the values that loop used and the state it reached.

    >>> def emit(program, state, /, *, optimizer, warm=True): ...
    >>> def replay(program, state, stop, metrics, /): ...
    >>> Form(emit, replay).takes
    ('optimizer', 'warm')
    """

    emit: Callable[..., object]
    replay: Callable[[Program, State, int, Mapping[int, Metric]], Replay]
    capabilities: Capabilities = Capabilities()

    @cached_property
    def takes(self) -> tuple[str, ...]:
        """Give the names of the bindings: the keyword arguments of `emit`."""
        return tuple(p.name for p in self._keywords)

    @cached_property
    def needed(self) -> tuple[str, ...]:
        """Give the names of the bindings that have no default."""
        return tuple(p.name for p in self._keywords if p.default is p.empty)

    @property
    def _keywords(self) -> list[inspect.Parameter]:
        return [p for p in inspect.signature(self.emit).parameters.values() if p.kind is p.KEYWORD_ONLY]


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """A framework: its forms by name, the first being the default, under a contract number.

    >>> def emit(program, state, /): return program.function()
    >>> def replay(program, state, stop, metrics, /):
    ...     rate = emit(program, state)
    ...     used = [rate(step) for step in range(state.step, stop)]
    ...     return Replay({Target("learning_rate"): used}, state.at(stop))
    >>> list(Backend(contract=1, forms={"function": Form(emit, replay)}).forms)
    ['function']
    """

    contract: int
    forms: Mapping[str, Form]


def check_binding(
    name: str, form_name: str, form: Form, binding: Mapping[str, Any], besides: Sequence[str] = ()
) -> None:
    """Raise `BindingError` where `binding` does not fit the form's signature.

    `besides` are the caller's own arguments, one of which a wrong name may have meant.
    """
    problems = [_unknown(name, form_name, key, form.takes, besides) for key in binding if key not in form.takes]
    problems += [
        Problem("binding.missing", "", f"backend {name!r}, form {form_name!r} needs {key!r}", f"Pass {key}=.")
        for key in form.needed
        if key not in binding
    ]
    if problems:
        raise BindingError(*problems)


def check_program(name: str, backend: Backend, form_name: str, program: Program, binding: Mapping[str, Any]) -> None:
    """Raise `UnsupportedError` with every reason why the form cannot carry the program, and the form that can."""
    form = backend.forms[form_name]
    found = list(obstacles(form, program, binding))
    if not found:
        return
    able = [n for n, other in backend.forms.items() if not any(obstacles(other, program, {}))]
    place = f"backend {name!r}, form {form_name!r}"
    raise UnsupportedError(*(
        Problem(code, "", f"{place} {fault}", f'Use form="{able[0]}".' if able else remedy)
        for code, fault, remedy in found
    ))  # fmt: skip


def obstacles(form: Form, program: Program, binding: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Give each reason why `form` cannot carry `program`: a code, the fault and a way out."""
    able = form.capabilities
    chosen = binding.get("group")
    names = able.hyperparameters
    foreign = [t for t in program.targets if names is not None and t.hyperparameter not in names]
    if foreign:
        fault = f"carries {_words(sorted(names or ()))} only: {_words(program.place(t) for t in foreign)}"
        yield "backend.hyperparameter", fault, f"Leave them out with program.select({_quoted(names or ())})."
    if program.groups and not able.groups and "group" not in form.takes:
        yield "backend.groups", f"has no param groups: {_words(map(repr, program.groups))}", "Take the groups out."
    if program.groups and not able.groups and "group" in form.takes and "group" not in binding:
        fault = f"carries one group at a time: {_words(map(repr, program.groups))}"
        yield "backend.groups", fault, "Pass group= with one of them, or group=None for all others."
    if isinstance(chosen, str) and not program.follows(chosen):
        yield (
            "backend.groups",
            f"was asked for group {shorten(repr(chosen))}, which the program does not name",
            (f"Groups are {_words(map(repr, program.groups)) or 'none'}.{nearest(chosen, program.groups)}"),
        )
    based = [t for t in program.targets if program.needs_base(t)]
    if based and not able.optimizer_base:
        fault = f"does not know what the optimizer gave: {_words(program.place(t) for t in based)}"
        yield "backend.optimizer_base", fault, "Pass base= with the value, to compile or build."
    moved = [t for t in program.targets if program.needs_metric(t)]
    if moved and not able.feedback:
        fault = f"carries no feedback: {_words(program.place(t) for t in moved)} depends on a metric"
        yield "backend.feedback", fault, "Schedule it without plateau."
    foreign_code = [t for t in program.targets if program.needs_python(t)]
    if foreign_code and not able.host:
        fault = f"runs no Python inside a compiled step: {_words(program.place(t) for t in foreign_code)}"
        yield "backend.callable", fault, "Write the function as a formula."
    if program.body.after == "error" and not able.host:
        yield "backend.after", 'cannot raise inside a compiled step: after is "error"', 'Write "after": "hold".'
    if (program.total or 0) > able.last_step:
        fault = f"counts to {able.last_step}, and the program lasts {program.total} steps"
        yield "backend.step_range", fault, "Shorten total."
    if able.precision == "float32":
        yield from _too_small(program)
        yield from _too_large(program)


def _too_small(program: Program) -> Iterator[tuple[str, str, str]]:
    for target in program.targets:
        if program.needs_base(target):
            continue
        peak = program.peak(target)
        if 0 < peak < SMALLEST_FLOAT32:
            fault = f"holds float32, where the whole schedule is zero: {program.place(target)} peaks at {peak!r}"
            yield "backend.underflows", fault, "Scale the hyperparameter up."


def _too_large(program: Program) -> Iterator[tuple[str, str, str]]:
    for target in program.targets:
        if program.needs_base(target):
            continue
        peak = program.peak(target)
        if peak >= _FLOAT32_ENDS:
            fault = f"holds float32, which ends at 3.4e38: {program.place(target)} reaches {peak!r}"
            yield "backend.overflows", fault, "Scale the hyperparameter down, or bound it with clip."


def _unknown(name: str, form_name: str, key: str, takes: Sequence[str], besides: Sequence[str]) -> Problem:
    meant = nearest(key, (*takes, *besides))
    nothing = meant.strip() or "Leave it out, or name the backend that takes it."
    remedy = f"It takes {_words(takes)}.{meant}" if takes else nothing
    return Problem("binding.unknown", "", f"backend {name!r}, form {form_name!r} takes no {shorten(repr(key))}", remedy)


def _words(items: Iterable[object]) -> str:
    return ", ".join(map(str, items))


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in sorted(names))

"""The straight line: load, compile, emit; build is the three in one.

Values flow one way. All checks stand here or below, before a plugin is called, so that nothing is half-built.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, TypeAlias

from unisched import registry
from unisched.backend import Backend, check_binding, check_program
from unisched.batch_ramp import BatchRamp
from unisched.errors import BindingError, PluginError, Problem, StateError, UnischedError, nearest, shorten
from unisched.lowering import lower
from unisched.program import Program
from unisched.spec import Spec, load
from unisched.state import State, differences

__all__ = ["Source", "backends", "build", "compile", "emit", "load", "program_of", "resume"]

Source: TypeAlias = str | os.PathLike[str] | Mapping[str, Any] | Spec | Callable[[int], float]
StateSource: TypeAlias = State | Mapping[str, Any] | str | os.PathLike[str]

_CLOCK: Final = ("total", "steps_per_epoch", "samples_per_step", "tokens_per_step", "base")
_EMITTED: Final = ("form", "state", "strict")


def compile(
    spec: Source,
    *,
    total: int | str | None = None,
    steps_per_epoch: int | None = None,
    samples_per_step: int | str | None = None,
    tokens_per_step: int | str | None = None,
    base: float | Mapping[str, float] | None = None,
) -> Program:
    """Give the program of a document: whole steps, absolute values, ready to call, print or emit.

    The clock arguments override the document's; a pace may name a schedule of the document, a batch ramp. `base`
    is the value behind `"base": "optimizer"` where there is no optimizer, one for all hyperparameters or by name.
    Raises `SpecError` with the JSON path of each fault.

    >>> program = compile({"kind": "linear", "start": 1, "end": 0}, total=4)
    >>> [program(step) for step in range(6)]
    [1.0, 0.75, 0.5, 0.25, 0.0, 0.0]
    """
    return lower(load(spec), total=total, steps_per_epoch=steps_per_epoch, samples_per_step=samples_per_step,
                 tokens_per_step=tokens_per_step, base=base)  # fmt: skip


def emit(
    program: Program,
    backend: str = "numpy",
    *,
    form: str | None = None,
    state: StateSource | None = None,
    strict: bool = True,
    **binding: Any,
) -> Any:
    """Give the framework's own object for a program; what comes back depends on backend, form and binding only.

    `state` continues an earlier run: a `State`, its JSON text or object, or a file of it; without `strict` even
    that of another document, at its step. `binding` is what the form takes, such as `optimizer`. Raises
    `UnsupportedError` with every reason where the form cannot carry the program, `BindingError` for an unknown
    argument, `StateError` for another run's state, `PluginError` for what is wrong with the plugin.

    >>> rate = emit(compile({"kind": "linear", "start": 1, "end": 0}, total=4))
    >>> rate(1)
    0.75
    """
    if not isinstance(program, Program):
        raise BindingError(Problem("binding.type", "", f"emit takes a Program, not {shorten(repr(program))}",
                                   "Compile first, or call build."))  # fmt: skip
    plugin = registry.backend(backend)
    name = _form(backend, plugin, form)
    if "strict" in plugin.forms[name].takes:
        binding["strict"] = strict
    check_binding(backend, name, plugin.forms[name], binding, _EMITTED)
    check_program(backend, plugin, name, program, binding)
    continued = resume(program, state, strict=strict)
    try:
        native = plugin.forms[name].emit(program, continued, **binding)
    except UnischedError:
        raise
    except Exception as error:
        raise _failed(backend, name, f"{type(error).__name__}: {error}",
                      "This is a fault of the plugin or of an argument; the cause is attached.") from error  # fmt: skip
    if native is None:
        raise _failed(backend, name, "it gave None", "This is a fault of the plugin: emit gives the native object.")
    return native


def build(
    spec: Source | Program,
    backend: str = "numpy",
    *,
    total: int | str | None = None,
    steps_per_epoch: int | None = None,
    samples_per_step: int | str | None = None,
    tokens_per_step: int | str | None = None,
    base: float | Mapping[str, float] | None = None,
    form: str | None = None,
    state: StateSource | None = None,
    strict: bool = True,
    **binding: Any,
) -> Any:
    """Give the framework's own object for a document: `emit(compile(load(spec), …), backend, …)`.

    >>> schedule = build({"kind": "warmup_linear", "peak": 1, "warmup": 2}, total=4)
    >>> [schedule(step) for step in range(5)]
    [0.0, 0.5, 1.0, 0.5, 0.0]
    """
    clock = {"total": total, "steps_per_epoch": steps_per_epoch, "samples_per_step": samples_per_step,
             "tokens_per_step": tokens_per_step, "base": base}  # fmt: skip
    document = spec if isinstance(spec, Program) else load(spec)
    if binding:  # a clock argument that is misspelt ends here, and compiling would miss its clock
        plugin = registry.backend(backend)
        name = _form(backend, plugin, form)
        check_binding(backend, name, plugin.forms[name], binding, _CLOCK + _EMITTED)
    return emit(program_of(document, **clock), backend, form=form, state=state, strict=strict, **binding)


def backends() -> tuple[str, ...]:
    """Give the names of the installed backends, sorted; imports none of them.

    >>> "numpy" in backends()
    True
    """
    return registry.names()


def program_of(spec: Source | Program, **clock: Any) -> Program:
    """Give the program of a document under the arguments of `compile` that are not `None`; of a program, itself.

    Raises `BindingError` where a compiled program is given a clock, and for arguments that `compile` has not.

    >>> program = program_of({"kind": "linear", "start": 1, "end": 0}, total=4, base=None)
    >>> program_of(program) is program
    True
    """
    unknown = [name for name in clock if name not in _CLOCK]
    if unknown:
        raise BindingError(*(
            Problem("binding.unknown", "", f"compile takes no {shorten(repr(name))}",
                    f"It takes {', '.join(_CLOCK)}.{nearest(name, _CLOCK)}")
            for name in unknown
        ))  # fmt: skip
    given = {name: value for name, value in clock.items() if value is not None}
    if not isinstance(spec, Program):
        return compile(spec, **given)
    if given:
        raise BindingError(Problem("binding.compiled", "", f"a compiled program has its clock: {', '.join(given)}",
                                   "Pass the document, or leave these out."))  # fmt: skip
    return spec


def resume(program: Program, state: StateSource | None, *, strict: bool = True) -> State:
    """Give the state a run of `program` starts from; raise `StateError` where `state` is of another program.

    Without `strict` the step is kept and the new program followed.
    """
    if state is None:
        return program.start()
    given = state if isinstance(state, State) else State.from_json(_state_text(state))
    start = program.start().at(given.step)
    if given.fingerprint == program.fingerprint:
        return replace(given, clock=start.clock, spec=start.spec)
    if given.base and _is_bound_to(program, given):
        return replace(start, step=given.step, carry=given.carry, driven_by=given.driven_by)
    if not strict:
        return start
    changed = "; ".join(differences(given, program.start())) or _rebased(given)
    raise StateError(Problem("state.spec_mismatch", "state", changed,
                             "Compile what it was saved with, or pass strict=False to keep the step and follow the "
                             "new curve."))  # fmt: skip


def _rebased(state: State) -> str:
    """Say what differs where document and clock are the same: the base, or what neither says."""
    was = ", ".join(f"{name} of {base!r}" for name, base in state.base.items())
    return f"it was a factor of a {was}, and is one of another base" if was else "its values differ"


def _is_bound_to(program: Program, state: State) -> bool:
    """Tell whether the program is that of the state, with the optimizer's values that the state holds as its base."""
    clock = program.clock
    paces = {name: pace.schedule if isinstance(pace := getattr(clock, name), BatchRamp) else pace
             for name in ("samples_per_step", "tokens_per_step")}  # fmt: skip
    given: dict[str, Any] = {"total": clock.total, "steps_per_epoch": clock.steps_per_epoch, **paces}
    try:
        bound = lower(program.spec, base=dict(state.base), **given)
    except UnischedError:  # what the state holds is no base of this document
        return False
    return (lower(program.spec, **given).fingerprint, bound.fingerprint) == (state.fingerprint, program.fingerprint)


def _state_text(state: Mapping[str, Any] | str | os.PathLike[str]) -> str | Mapping[str, Any]:
    if isinstance(state, Mapping):
        return state
    if isinstance(state, str) and state.lstrip().startswith("{"):
        return state
    if not isinstance(state, str | os.PathLike):
        raise StateError(Problem("state.type", "state", f"{shorten(repr(state))} is no state",
                                 "Pass a State, its JSON text or object, or the path of a file of it."))  # fmt: skip
    try:
        return Path(state).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise StateError(Problem("file.unreadable", "state", f"{shorten(str(state))} cannot be read ({error})",
                                 "Pass the state's JSON text, or the path of a file of it.")) from None  # fmt: skip


def _form(backend: str, plugin: Backend, form: object) -> str:
    if form is None:
        return next(iter(plugin.forms))
    if isinstance(form, str) and form in plugin.forms:
        return form
    raise BindingError(Problem("form.unknown", "", f"backend {backend!r} has no form {shorten(repr(form))}",
                               f"Forms are {', '.join(plugin.forms)}.{nearest(str(form), plugin.forms)}"))  # fmt: skip


def _failed(backend: str, form: str, reason: str, remedy: str) -> PluginError:
    fault = f"backend {backend!r}, form {form!r} failed: {shorten(reason, 400)}"
    return PluginError(Problem("plugin.emit_failed", "", fault, remedy))

"""The straight line: load, compile, emit; build is the three in one.

Values flow one way. All checks stand here or below, before a plugin is called, so that nothing is half-built.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final, TypeAlias

from unisched import registry, watching
from unisched.backend import Backend, check_binding, check_program
from unisched.compilation import rebased
from unisched.errors import BindingError, PluginError, Problem, SpecError, StateError, UnischedError, nearest, shorten
from unisched.lowering import lower
from unisched.program import Program
from unisched.spec import Spec, load
from unisched.spec.files import decode, naming, read_file
from unisched.state import State, differences, other_metrics

__all__ = ["Source", "StateSource", "backends", "build", "compile", "emit", "load", "program_of", "resume", "state_of"]

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
    that of another document, at its step. It brings what the optimizer gave where the form has none. `binding` is
    what the form takes, such as `optimizer`. Raises `UnsupportedError` with every reason where the form cannot carry
    the program, `BindingError` for an unknown argument, `StateError` for another run's state, `PluginError` for what
    is wrong with the plugin.

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
    given = None if state is None else state_of(state)
    if given is not None and not plugin.forms[name].capabilities.optimizer_base:
        program = _on_the_base_of(given, program)
    check_program(backend, plugin, name, program, binding)
    continued = resume(program, given, strict=strict)
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

    Without `strict` the step, the births of groups and what the controllers of `program` can read of their memory are
    kept, unless they watch another metric now, and the new program followed.
    """
    if state is None:
        return program.start()
    given = state_of(state)
    start = program.start().at(given.step)
    if given.fingerprint == program.fingerprint or _is_of_another_base(program, given):
        watching.recalled(program.body, given.feedback)  # no form has to know memories to refuse damaged ones
        kept = start.base or given.base
        return replace(given, clock=start.clock, spec=start.spec, fingerprint=start.fingerprint, base=kept)
    if not strict:
        known = watching.readable(program.body, given.feedback)
        others = other_metrics(given, start)
        feedback = {place: memory for place, memory in known.items() if place not in others}
        forgotten = ", ".join(place for place in given.feedback if place not in feedback)
        if forgotten:
            warnings.warn(f"What was observed at {forgotten} is forgotten: nothing in the new document goes on with "
                          "it. After a re-plan unisched.adopt takes it over.", UserWarning, stacklevel=3)  # fmt: skip
        return replace(start, births=given.births, feedback=feedback)
    differing = differences(given, program.start())
    changed = shorten("; ".join(differing), 500) or _another_base(given)
    raise StateError(Problem(
        "state.spec_mismatch", "state", f"{changed} ({len(differing)} fields)" if len(differing) > 1 else changed,
        "Compile what it was saved with, or re-plan the run with unisched.replan and take the state over with "
        "unisched.adopt, or build with strict=False to keep the step and follow the new curve."))  # fmt: skip


def state_of(state: StateSource) -> State:
    """Give the state itself, or that of a JSON text, of its object, or of a file; raise `StateError` for others.

    >>> start = compile({"kind": "constant", "value": 0.1}).start()
    >>> state_of(start.to_json()) == state_of(start)
    True
    """
    if isinstance(state, State):
        return state.checked()
    if isinstance(state, Mapping) or (isinstance(state, str) and state.lstrip().startswith("{")):
        return State.from_json(state)
    return _from_file(state)


def _another_base(state: State) -> str:
    """Say what differs where document and clock are the same: the base, or what neither says."""
    was = ", ".join(f"{name} of {base!r}" for name, base in state.base.items())
    return f"it was a factor of a {was}, and is one of another base" if was else "its values differ"


def _is_of_another_base(program: Program, state: State) -> bool:
    """Tell whether the state is of this program, and only one of the two was told what the optimizer gives.

    What the optimizer gives is compared with what the state holds by whoever knows the optimizer.
    """
    if not state.base:
        return False
    plain, bound = rebased(program, {}), rebased(program, state.base)
    known = () if plain is None or bound is None else (plain.fingerprint, bound.fingerprint)
    return state.fingerprint in known and program.fingerprint in known


def _on_the_base_of(state: State, program: Program) -> Program:
    """Give the program with what the optimizer gave, by the state, where it is the same run and needs that."""
    needed = {target.hyperparameter for target in program.targets if program.needs_base(target)}
    base = {name: value for name, value in state.base.items() if name in needed}
    bound = rebased(program, base) if base else None
    is_same_run = state.fingerprint == program.fingerprint or _is_of_another_base(program, state)
    return program if bound is None or not is_same_run else bound


def _from_file(path: str | os.PathLike[str]) -> State:
    if not isinstance(path, str | os.PathLike):
        raise StateError(Problem("state.type", "state", f"{shorten(repr(path))} is no state",
                                 "Pass a State, its JSON text or object, or the path of a file of it."))  # fmt: skip
    try:
        text = decode(read_file(os.fspath(path)), "json")
    except SpecError as error:
        remedy = "Pass the state's JSON text, or the path of a file of it."
        raise StateError(*(replace(p, path="state", remedy=remedy) for p in error.problems)) from None
    with naming(path):
        return State.from_json(text)


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

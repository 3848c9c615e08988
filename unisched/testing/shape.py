"""Whether a value that calls itself a backend has the shape of one: contract, forms, signatures, capabilities."""

from __future__ import annotations

from collections.abc import Callable
from inspect import Parameter, signature
from typing import Any, Final

from unisched.backend import CONTRACT, Backend, Capabilities, Form
from unisched.testing.faults import about, fail, require

__all__ = ["is_well_formed"]

__tracebackhide__ = True

SHORTEST_COUNT: Final = 2**15


def is_well_formed(name: str, backend: Backend) -> None:
    """Contract, forms, signatures and capabilities are what the contract says."""
    require(isinstance(backend, Backend), f"backend {name!r} is {backend!r}, not a Backend")
    require(backend.contract == CONTRACT,
            f"backend {name!r} speaks contract {backend.contract!r}, this kit speaks {CONTRACT}")  # fmt: skip
    require(bool(backend.forms), f"backend {name!r} has no forms")
    for form_name, form in backend.forms.items():
        place = about(name, form_name)
        require(isinstance(form, Form), f"{place} is {form!r}, not a Form")
        _takes(f"{place}: emit(program, state, /, *, ...)", form.emit, 2)
        _takes(f"{place}: replay(program, state, stop, metrics, /)", form.replay, 4)
        _is_able(f"{place}: capabilities", form.capabilities)


def _takes(place: str, function: Callable[..., object], count: int) -> None:
    require(callable(function), f"{place} is {function!r}, not a function")
    parameters = signature(function).parameters.values()
    bindings = [p.name for p in parameters if p.kind is Parameter.KEYWORD_ONLY]
    try:
        signature(function).bind(*range(count), **dict.fromkeys(bindings))
    except TypeError as error:
        fail(f"{place} has another signature ({error})")
    others = [p.name for p in parameters if p.kind is not Parameter.KEYWORD_ONLY]
    require(len(others) == count, f"{place} has the parameters {', '.join(others)}; bindings are keyword-only")


def _is_able(place: str, able: Any) -> None:
    if not isinstance(able, Capabilities):
        fail(f"{place} are {able!r}")
    names = able.hyperparameters
    require(names is None or {type(name) for name in names} <= {str},
            f"{place}: hyperparameters is {names!r}, neither None nor a frozenset of names")  # fmt: skip
    require(able.precision in ("float64", "float32"), f"{place}: precision is {able.precision!r}")
    require(able.last_step >= SHORTEST_COUNT, f"{place}: last_step is {able.last_step!r}, too short for any run")

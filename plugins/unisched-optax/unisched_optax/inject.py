"""`inject`: schedules for any arguments of any optimizer factory of optax.

Works by `optax.inject_hyperparams`, which gets to see the scheduled arguments only: what is fixed is bound beforehand,
for it takes every callable for a schedule. Knows no program.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterator, Mapping
from inspect import Parameter, Signature
from typing import Any

import jax.numpy as jnp
import optax  # type: ignore[import-untyped]

from unisched.errors import nearest, shorten
from unisched.plugin import BindingError, Problem
from unisched_optax.precision import weak

__all__ = ["inject"]


def inject(
    factory: Callable[..., Any], schedules: Mapping[str, Callable[..., Any]], /, **fixed: Any
) -> optax.GradientTransformationExtraArgs:
    """Give the optimizer `factory(**fixed, **schedules)`, its schedules followed whatever arguments they are for.

    What each update used is in `opt_state.hyperparams` by argument name, as float32. The optimizer itself gets weakly
    typed numbers, as if they were Python's: parameters and states keep their dtypes, bfloat16 too. Raises
    `BindingError` for arguments that the factory has not, that it lacks, or that are given twice.

    >>> import unisched
    >>> spec = {"learning_rate": {"kind": "linear", "start": 1, "end": 0}, "beta1": 0.9}
    >>> optimizer = inject(optax.adam, unisched.build({"schedules": spec}, "optax", total=4), eps=1e-6)
    >>> opt_state = optimizer.init(jnp.ones(3))
    >>> {name: round(float(value), 6) for name, value in opt_state.hyperparams.items()}
    {'b1': 0.9, 'learning_rate': 1.0}
    """
    if not callable(factory):
        raise BindingError(_wrong("inject", f"{shorten(repr(factory))} makes no optimizer",
                                  "Pass a function of optax, such as optax.adamw."))  # fmt: skip
    if not isinstance(schedules, Mapping):
        raise BindingError(_wrong("inject", f"{shorten(repr(schedules))} are no schedules by argument name",
                                  'Pass what unisched.build(spec, "optax") gave.'))  # fmt: skip
    problems = list(_faults(factory, schedules, fixed))
    if problems:
        raise BindingError(*problems)

    def make(**scheduled: Any) -> Any:
        return factory(**fixed, **{name: weak(value) for name, value in scheduled.items()})

    # What inject_hyperparams reads the arguments from.
    make.__signature__ = Signature([Parameter(name, Parameter.KEYWORD_ONLY) for name in schedules])  # type: ignore[attr-defined]
    return optax.inject_hyperparams(make, hyperparam_dtype=jnp.float32)(**schedules)


def _faults(factory: Callable[..., Any], schedules: Collection[str], fixed: Collection[str]) -> Iterator[Problem]:
    name = getattr(factory, "__name__", None) or shorten(repr(factory))
    parameters = inspect.signature(factory).parameters.values()
    named = {p.name: p for p in parameters if p.kind in (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)}
    takes_any = any(p.kind is Parameter.VAR_KEYWORD for p in parameters)
    for given in () if takes_any else dict.fromkeys([*schedules, *fixed]):
        if given not in named:
            remedy = f"It takes {', '.join(named) or 'nothing'}.{nearest(str(given), named)}"
            yield Problem("binding.unknown", "", f"{name} takes no {shorten(repr(given))}", remedy)
    for given in schedules:
        if given in fixed:
            yield Problem("binding.twice", "", f"{given!r} of {name} is both scheduled and fixed", "Leave one out.")
    for parameter in named.values():
        if parameter.default is Parameter.empty and parameter.name not in (*schedules, *fixed):
            remedy = f"Schedule it, or pass {parameter.name}=."
            yield Problem("binding.missing", "", f"{name} needs {parameter.name!r}", remedy)


def _wrong(path: str, fault: str, remedy: str) -> Problem:
    return Problem("binding.type", path, fault, remedy)

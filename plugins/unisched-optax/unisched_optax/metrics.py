"""What counts as a metric in a compiled step: one number, or several by name, traced or not.

Knows the names that a program watches, nothing of rules or memories.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np

from unisched.errors import nearest, shorten
from unisched.plugin import Problem, Program, StepError

__all__ = ["read_metrics"]


def read_metrics(program: Program, given: Any) -> dict[str, Any]:
    """Give the metrics in `given` by name as float64 scalars, where 64-bit types are enabled.

    A bare number is the only metric that `program` watches. Raises `StepError` for a name that it does not watch,
    and for what is not one real number; while tracing too.
    """
    watched = program.monitors
    if not watched:
        raise _fault("metric.none", "nothing in this schedule watches a metric", "Leave the metric out.")
    if not isinstance(given, Mapping):
        if len(watched) > 1:
            raise _fault("metric.name", f"{', '.join(watched)} are watched, and the metric has no name",
                         f'Pass them by name, as in {{"{watched[0]}": 0.5}}.')  # fmt: skip
        return {watched[0]: _number(watched[0], given)}
    for name in given:
        if name not in watched:
            raise _fault("metric.name", f"no schedule watches {shorten(repr(name))}",
                         f"Watched is {', '.join(watched)}.{nearest(str(name), watched)}")  # fmt: skip
    return {name: _number(name, number) for name, number in given.items()}


def _number(name: str, given: Any) -> Any:
    shape, dtype = np.shape(given), getattr(given, "dtype", None)
    is_number = isinstance(given, int | float) and not isinstance(given, bool)
    if dtype is not None:
        is_number = jnp.issubdtype(dtype, jnp.floating) or jnp.issubdtype(dtype, jnp.integer)
    if not is_number:
        what = shorten(repr(given)) if dtype is None else f"of type {dtype}"
        raise _fault("metric.type", f"{name} is {what}, not one number", "Pass the value of a loss.")
    if shape:
        raise _fault("metric.type", f"{name} has the shape {shape}, and is not one number",
                     "Reduce it, with jnp.mean, over devices with jax.lax.pmean.")  # fmt: skip
    return jnp.asarray(given).astype(np.float64)


def _fault(code: str, fault: str, remedy: str) -> StepError:
    return StepError(Problem(code, "", fault, remedy))

"""What counts as a metric in a compiled step: one number, or several by name, traced or not.

Knows the names that a program watches, nothing of rules or memories.
"""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from unisched.errors import shorten
from unisched.plugin import Problem, Program, StepError, watching

__all__ = ["read_metrics"]


def read_metrics(program: Program, given: Any) -> dict[str, Any]:
    """Give the metrics in `given` by name as float64 scalars, where 64-bit types are enabled.

    A bare number is the only metric that `program` watches. Raises `StepError` for a name that it does not watch,
    and for what is not one real number; while tracing too.
    """
    return {name: _number(name, number) for name, number in watching.named(program.body, given).items()}


def _number(name: str, given: Any) -> Any:
    shape, dtype = np.shape(given), getattr(given, "dtype", None)
    is_number = isinstance(given, int | float) and not isinstance(given, bool)
    if dtype is not None:
        is_number = jnp.issubdtype(dtype, jnp.floating) or jnp.issubdtype(dtype, jnp.integer)
    if not is_number:
        what = shorten(repr(given)) if dtype is None else f"of type {dtype}"
        raise _fault(f"{name} is {what}, not one number", "Pass the value of a loss.")
    if shape:
        raise _fault(f"{name} has the shape {shape}, and is not one number",
                     "Reduce it, with jnp.mean, over devices with jax.lax.pmean.")  # fmt: skip
    try:
        return jnp.asarray(given).astype(np.float64) if dtype is not None else jnp.asarray(float(given))
    except (TypeError, OverflowError):  # a shape without a value, an integer that no float holds
        raise _fault(f"{name} is {shorten(repr(given))}, not one number", "Pass the value of a loss.") from None


def _fault(fault: str, remedy: str) -> StepError:
    return StepError(Problem("metric.type", "", fault, remedy))

"""What counts as a metric in a compiled step: one number, or several by name, traced or not.

Knows the names that a program watches, nothing of rules or memories.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from unisched.plugin import Problem, Program, StepError, one_number, watching

__all__ = ["read_metrics"]


def read_metrics(program: Program, given: Any) -> dict[str, Any]:
    """Give the metrics in `given` by name as float64 scalars, where 64-bit types are enabled.

    A bare number is the only metric that `program` watches. Raises `StepError` for a name that it does not watch,
    and for what is not one real number; while tracing too.
    """
    return {name: _number(name, number) for name, number in watching.named(program.body, given).items()}


def _number(name: str, given: Any) -> Any:
    if not isinstance(given, jax.Array):
        return jnp.asarray(one_number(given, name))
    if not (jnp.issubdtype(given.dtype, jnp.floating) or jnp.issubdtype(given.dtype, jnp.integer)):
        raise _fault(f"{name} is of type {given.dtype}, not one number", "Pass the value of a loss.")
    if given.size != 1:
        raise _fault(f"{name} has the shape {given.shape}, and is not one number",
                     "Reduce it, with jnp.mean, over devices with jax.lax.pmean.")  # fmt: skip
    return given.reshape(()).astype(np.float64)


def _fault(fault: str, remedy: str) -> StepError:
    return StepError(Problem("metric.type", "", fault, remedy))

"""Why no schedule of optax can be lifted: they are functions that keep their arguments to themselves."""

from __future__ import annotations

from typing import Any

from unisched.spec.dialect import Reading
from unisched.spec.number import fault

__all__ = ["lift"]


def lift(obj: Any) -> Reading | None:
    """Raise `SpecError` for a schedule or transformation of optax; give `None` for anything else."""
    if not callable(obj) and not callable(getattr(obj, "update", None)):
        return None
    name = getattr(obj, "__qualname__", type(obj).__qualname__).partition(".")[0]
    raise fault("lift.closure", f"what {name[:60]!r} made is a function that keeps its arguments to itself",
                f'Write the call as data: {{"kind": "optax.{name[:60]}", ...}}, with its arguments.')  # fmt: skip

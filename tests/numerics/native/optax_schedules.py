"""optax's own schedules: called, and in a compiled scan, as its optimizers call them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import jax.numpy as jnp
import numpy as np
import optax  # type: ignore[import-untyped]

from numerics.case import Case
from numerics.mode import Given, Mode
from numerics.modes.jax_loops import inside, scanned
from numerics.native.documents import native
from numerics.rows import by_case, padded

__all__ = ["MODES"]

EAGER: Final = "native optax, eager"
COMPILED: Final = "native optax, jit and scan"


def _built(case: Case) -> Callable[[Any], Any]:
    document = native(case, "optax")
    if document is None:
        raise LookupError(f"optax has no schedule for {case.name}")
    arguments = {key: value for key, value in document.items() if key != "kind"}
    if "boundaries_and_scales" in arguments:
        arguments["boundaries_and_scales"] = {
            int(at): scale for at, scale in arguments["boundaries_and_scales"].items()
        }
    schedule: Callable[[Any], Any] = getattr(optax, document["kind"].removeprefix("optax."))(**arguments)
    return schedule


def _eager(cases: Sequence[Case]) -> Given:
    return {EAGER: [_called(_built(case), case.steps.tolist()) for case in cases]}


def _called(schedule: Callable[[Any], Any], counts: Sequence[int]) -> Any:
    return np.array([schedule(jnp.asarray(count, jnp.int32)) for count in counts], np.float32)


def _compiled(cases: Sequence[Case]) -> Given:
    schedules = [_single(_built(case)) for case in cases]
    return {COMPILED: by_case(inside(scanned)(schedules, padded(cases)), cases)}


def _single(schedule: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda count: jnp.asarray(schedule(count), jnp.float32)


def _takes(case: Case) -> bool:
    return native(case, "optax") is not None


MODES: Final = (
    Mode(gives={EAGER: "float32"}, run=_eager, is_ours=False, takes=lambda case: case.kind.startswith("optax.")),
    Mode(gives={COMPILED: "float32"}, run=_compiled, is_ours=False, takes=_takes, batch=50, compiled=True),
)

"""Keras's own schedules on the engine of the process: called, and traced as that engine traces."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import keras
import numpy as np

from numerics.case import Case
from numerics.mode import Given, Mode
from numerics.native.documents import native
from numerics.rows import by_case, padded

__all__ = ["MODES"]

ENGINE: Final = keras.config.backend()
EAGER: Final = f"native keras {ENGINE}, eager"


def _built(case: Case) -> Callable[[Any], Any]:
    document = native(case, "keras")
    if document is None:
        raise LookupError(f"Keras has no schedule for {case.name}")
    arguments = {key: value for key, value in document.items() if key != "kind"}
    schedule: Callable[[Any], Any] = getattr(keras.optimizers.schedules, document["kind"].removeprefix("keras."))(
        **arguments
    )
    return schedule


def _eager(cases: Sequence[Case]) -> Given:
    return {
        EAGER: [np.array([_called(_built(case), step) for step in case.steps.tolist()], np.float32) for case in cases]
    }


def _called(schedule: Callable[[Any], Any], step: int) -> float:
    # Of the type that an optimizer counts in.
    count = keras.ops.convert_to_tensor(step, dtype="int64" if ENGINE == "tensorflow" else "int32")
    return float(keras.ops.convert_to_numpy(schedule(count)))


def _takes(case: Case) -> bool:
    return native(case, "keras") is not None


def _traced() -> tuple[Mode, ...]:
    match ENGINE:
        case "jax":
            from numerics.modes.jax_loops import inside, scanned

            return (_compiled("native keras jax, jit", inside(scanned)),)
        case "tensorflow":
            from numerics.modes.keras_on_tensorflow import looped

            return (
                _compiled("native keras tensorflow, graph", lambda made, steps: looped(made, steps, xla=False)),
                _compiled("native keras tensorflow, XLA", lambda made, steps: looped(made, steps, xla=True)),
            )
        case _:
            return ()


def _compiled(name: str, evaluate: Callable[[Sequence[Callable[[Any], Any]], Any], Any]) -> Mode:
    def run(cases: Sequence[Case]) -> Given:
        schedules = [_single(_built(case)) for case in cases]
        return {name: by_case(evaluate(schedules, padded(cases)), cases)}

    return Mode(gives={name: "float32"}, run=run, is_ours=False, takes=_takes, batch=25, compiled=True)


def _single(schedule: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda count: keras.ops.cast(schedule(count), "float32")


MODES: Final = (
    Mode(gives={EAGER: "float32"}, run=_eager, is_ours=False, takes=lambda case: case.kind.startswith("keras.")),
    *_traced(),
)

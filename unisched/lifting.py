"""From a live scheduler of another library to a document: the way in for a run that exists.

Which attributes hold the arguments is each dialect's to know; no library is imported here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from unisched.errors import Problem, SpecError
from unisched.spec import Spec, load
from unisched.spec.dialects import lifted, names
from unisched.state import State
from unisched.verbs import compile

__all__ = ["Lifted", "lift"]


class Lifted(NamedTuple):
    """A live scheduler as data: its schedule, and the state from which a scheduler of any backend goes on."""

    spec: Spec
    state: State

    def __str__(self) -> str:
        """Give the document as JSON, and the step at which the run stands."""
        return f"{self.spec}\nat step {self.state.step}"


def lift(obj: object, *, total: int | str | None = None, steps_per_epoch: int | None = None) -> Lifted:
    """Give the document and state of a live scheduler, or of a schedule that Keras serialized.

    The schedule comes back under its own name, as a dialect's kind; the state stands at the scheduler's step. The
    clock arguments are those of `compile`, for a schedule that counts epochs or lasts as long as the run.
    Raises `SpecError` with code `lift.unknown` for an object of no dialect, and `lift.closure` for one whose
    meaning is code.

    >>> config = {"initial_learning_rate": 0.1, "decay_steps": 100}
    >>> lifted = lift({"module": "keras.optimizers.schedules", "class_name": "CosineDecay", "config": config})
    >>> lifted.spec.schedules["learning_rate"].kind, lifted.state.step
    ('keras.CosineDecay', 0)
    """
    found = lifted(obj)
    if found is None:
        kind = f"{type(obj).__module__}.{type(obj).__qualname__}"
        raise SpecError(Problem("lift.unknown", "", f"no dialect knows a {kind} (dialects: {', '.join(names())})",
                                "Write the schedule as a document."))  # fmt: skip
    spec = load(found.document)
    program = compile(spec, total=total, steps_per_epoch=steps_per_epoch)
    base = dict(found.base) if any(map(program.needs_base, program.targets)) else {}
    return Lifted(spec, replace(program.start().at(found.step), base=base))

"""What was asked for: the step of a change, and where it was written what is wrong with the new document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from unisched.duration import LAST_STEP
from unisched.errors import SpecError
from unisched.running import Running
from unisched.spec.number import fault, shown
from unisched.steps import index_of
from unisched.targets import stands_in

__all__ = ["as_asked_for", "step_of"]


@contextmanager
def as_asked_for(asked: Mapping[str, str]) -> Iterator[None]:
    """Give what is wrong in the new document the place where it was asked for."""
    try:
        yield
    except SpecError as error:
        problems = [
            problem.at(next((path + problem.path.removeprefix(new) for new, path in asked.items()
                             if stands_in(new, problem.path)), problem.path))
            for problem in error.problems
        ]  # fmt: skip
        raise SpecError(*problems) from error.__cause__


def step_of(at: int | None, what: Running) -> int:
    """Give the step of the change, that of the state unless one is asked for; raise `SpecError` where there is none."""
    if at is None:
        if what.state is None:
            raise fault("replan.at", "a document does not say where the run is", "Pass at=, or the run's state.", "at")
        return what.state.step
    step = index_of(at)
    if step is None or not 0 <= step < LAST_STEP:
        raise fault("replan.at", f"{shown(at)} is no step of a run", "Give a whole number of updates, from 0.", "at")
    total = what.program.total
    if what.spec.after == "error" and total is not None and step > total:
        raise fault("replan.at", f"step {step} is past the total of {total}, where the document has no values",
                    f"Give a step up to {total}.", "at")  # fmt: skip
    return step

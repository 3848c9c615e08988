"""Replays of a case, cut into legs that hand the state on, and compared with exact values.

Each leg is replayed once and remembered: one leg's values answer one check, its state begins the next.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from unisched.backend import Form, Replay
from unisched.ir import Target
from unisched.metric import Metric
from unisched.program import Program
from unisched.single import float32
from unisched.state import State
from unisched.testing.corpus import Run
from unisched.testing.door import NUMPY, numpy, scheduler
from unisched.testing.faults import require
from unisched.testing.hints import hint
from unisched.testing.tolerance import Precision, fault
from unisched.testing.windows import Windows, windows

__all__ = ["Leg", "ahead", "continued", "continued_by_numpy", "differences", "opening", "replayed", "span", "used"]

__tracebackhide__ = True

REMEMBERED: Final = 4096
_APPROACH: Final = 3


@dataclass(frozen=True, slots=True)
class Leg:
    """What one replay showed: the values from step `start` on by target, and the state it reached, as JSON text."""

    start: int
    stop: int
    values: Mapping[Target, Sequence[float]]
    state: str


@lru_cache(REMEMBERED)
def span(form: Form, run: Run) -> Windows:
    """Give the windows in which `run` is replayed by `form`."""
    return windows(run.values, form.capabilities.last_step)


@lru_cache(REMEMBERED)
def opening(form: Form, run: Run) -> Leg:
    """Give the leg from the start of the run."""
    window = span(form, run).opening
    return replayed(form, run.program, run.start(), window.stop, run.observed(window))


@lru_cache(REMEMBERED)
def continued(form: Form, run: Run) -> Leg:
    """Give the leg that begins with the state that `opening` reached."""
    state, window = State.from_json(opening(form, run).state), span(form, run).continued
    return replayed(form, run.program, state, window.stop, run.observed(window))


@lru_cache(REMEMBERED)
def ahead(form: Form, run: Run) -> Leg:
    """Give the leg far ahead, which begins with a state of numpy's scheduler.

    numpy knows no optimizer: where values are factors of the optimizer's, the run's own state is moved there.
    """
    window = span(form, run).ahead
    if run.base:
        state = _moved(State.from_json(continued(form, run).state), run, window.start)
    else:
        state = State.from_json(_state_of_numpy(run, window.start))
    return replayed(form, run.program, state, window.stop, run.observed(window))


@lru_cache(REMEMBERED)
def continued_by_numpy(form: Form, run: Run) -> Leg:
    """Give the leg in which numpy goes on with the state that `opening` reached, in the precision of `form`."""
    state, window = State.from_json(opening(form, run).state), span(form, run).continued
    leg = replayed(numpy().forms["scheduler"], run.program, state, window.stop, run.observed(window))
    if form.capabilities.precision == "float64":
        return leg
    return replace(leg, values={target: tuple(map(float32, used)) for target, used in leg.values.items()})


def used(form: Form, run: Run, steps: Sequence[int]) -> Mapping[Target, Sequence[float]]:
    """Give what the legs show at these steps, by target; where none shows them, one more replay does."""
    legs = [opening(form, run), continued(form, run), ahead(form, run)]
    missing = [step for step in steps if not any(leg.start <= step < leg.stop for leg in legs)]
    if missing:
        state, window = _moved(run.start(), run, missing[0]), range(missing[0], missing[-1] + 1)
        legs.append(replayed(form, run.program, state, window.stop, run.observed(window)))
    at = [next((leg, step - leg.start) for leg in legs if leg.start <= step < leg.stop) for step in steps]
    return {target: [leg.values[target][place] for leg, place in at] for target in run.program.targets}


def replayed(
    form: Form, program: Program, state: State, stop: int, metrics: Mapping[int, Metric] = MappingProxyType({})
) -> Leg:
    """Give what `form` replays from `state` to `stop`, fed with `metrics`.

    Raises `AssertionError` for a replay of the wrong shape.
    """
    found = form.replay(program, state, stop, metrics)
    require(isinstance(found, Replay), f"replay gave {type(found).__name__}, not a Replay")
    due, given = set(program.targets), set(found.values)
    require(given == due, f"replay gave values of {_listed(given)}, due are {_listed(due)}")
    values = {target: tuple(map(float, used)) for target, used in found.values.items()}
    for target, used in values.items():
        require(len(used) == stop - state.step,
                f"replay from step {state.step} to {stop} gave {len(used)} values of {tuple(target)}")  # fmt: skip
    reached = found.state
    require(isinstance(reached, State), f"replay gave the state {reached!r}, not a State")
    require(reached.step == stop, f"the state after a replay to step {stop} stands at step {reached.step}")
    require(reached.fingerprint == program.fingerprint, "the state after a replay is of another program")
    return Leg(state.step, stop, values, reached.to_json())


def differences(leg: Leg, run: Run, precision: Precision) -> list[str]:
    """Give the first bad step of each target of `run` in `leg`, in words."""
    found: list[str] = []
    for expected in run.expected:
        used = leg.values[run.target(expected)]
        due = [(step, exact) for step, exact in expected.values.items() if leg.start <= step < leg.stop]
        wrong = ((step, fault(used[step - leg.start], exact, precision)) for step, exact in due)
        first = next(((step, text) for step, text in wrong if text), None)
        if first:
            step, text = first
            meant = hint(
                used[step - leg.start], step, expected.values, precision, leg.start, observed=bool(run.metrics)
            )
            found.append(f"{expected}, step {step}: {text}" + (f"\n      {meant}" if meant else ""))
    return found


def _moved(state: State, run: Run, step: int) -> State:
    """Give the state as it is at `step`, after what is observed until then."""
    for before, metric in sorted(run.observed(range(state.step, step)).items()):
        state = state.at(before).observe(run.program, metric)
    return state.at(step)


def _state_of_numpy(run: Run, step: int) -> str:
    begin = step - min(step, _APPROACH)
    native = scheduler(run.program, _moved(run.start(), run, begin).to_json())
    for reached in range(begin, step):
        if reached in run.metrics:
            native.observe(run.metrics[reached])
        native.step()
    text: str = native.state().to_json()
    require(State.from_json(text).step == step, f"the state of {NUMPY} does not stand at step {step}")
    return text


def _listed(targets: set[Target]) -> str:
    return ", ".join(sorted(str(tuple(target)) for target in targets)) or "nothing"

"""The Keras dialect against Keras on jax: its own schedules, under its own optimizer's counter and compiled.

Keras computes in float32. Two judges, therefore: our float64 is the closed form in 40 digits, to the 8 ulp that all
curves keep, on every backend; and Keras is within its own rounding of that, `BOUND` times 2^-24 of `reach`, but where
it is known to be wrong: NaN past the end of a compiled polynomial, stairs, stretches and restarts that begin late.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

import keras
import numpy as np
import pytest
from closed_forms.keras_forms import FORMS, closed
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from peers.harness import Worst, agree
from peers.keras_peer import BOUND, EPSILON, FLUSHED, REACH, Arguments, compiled, misjudged, reach, schedule, stepped

import unisched
from unisched.errors import SpecError

RATE = {"initial_learning_rate": 0.1}

GRID: Final[dict[str, list[Arguments]]] = {
    "ExponentialDecay": [
        {**RATE, "decay_steps": steps, "decay_rate": rate, "staircase": stairs}
        for steps, rate in ((1, 0.97), (41, 0.5), (7, 1.1), (7, 1.0)) for stairs in (False, True)
    ] + [{**RATE, "decay_steps": "2.5 steps", "decay_rate": 0.9}],
    "PiecewiseConstantDecay": [
        {"boundaries": [5, 20, 60], "values": [0.1, 0.05, 0.2, 0.0]}, {"boundaries": [0], "values": [0.1, 0.05]},
    ],
    "PolynomialDecay": [
        {**RATE, "decay_steps": steps, "end_learning_rate": end, "power": power, "cycle": cycle}
        for steps, end, power in ((20, 1e-4, 1.0), (3, 0.0, 0.5), (7, 0.2, 2.0), (1, 0.0, 1.0))
        for cycle in (False, True)
    ] + [{**RATE, "decay_steps": "7.5 steps"}],
    "InverseTimeDecay": [
        {**RATE, "decay_steps": steps, "decay_rate": rate, "staircase": stairs}
        for steps, rate in ((1, 0.5), (41, 3.0)) for stairs in (False, True)
    ] + [{**RATE, "decay_steps": "0.5 steps", "decay_rate": 0.25}],
    "CosineDecay": [
        {**RATE, "decay_steps": 30}, {**RATE, "decay_steps": 77, "alpha": 0.1}, {**RATE, "decay_steps": "30.5 steps"},
        {**RATE, "decay_steps": 40, "alpha": 0.1, "warmup_target": 0.5, "warmup_steps": 17},
        {**RATE, "decay_steps": 40, "warmup_target": 0.5}, {**RATE, "decay_steps": 40, "warmup_steps": 17},
    ],
    "CosineDecayRestarts": [
        {**RATE, "first_decay_steps": steps, "t_mul": stretch, "m_mul": height, "alpha": alpha}
        for steps, stretch, height, alpha in ((7, 2.0, 1.0, 0.0), (10, 1.0, 1.0, 0.1), (10, 1.5, 0.8, 0.1),
                                              (41, 1.0, 0.5, 0.1), (10, 1.1, 1.2, 0.0), (7, 2.0, 0.0, 0.1))
    ],
}  # fmt: skip
"""Arguments by kind, tried one and all."""

STEPS: Final = 90
rates, lengths = st.floats(1e-4, 1.0), st.integers(1, 70)
starts = st.sets(st.integers(0, 80), min_size=1, max_size=5).map(sorted)

STRATEGIES: Final[dict[str, st.SearchStrategy[Arguments]]] = {
    "ExponentialDecay": st.fixed_dictionaries(
        {"initial_learning_rate": rates, "decay_steps": lengths, "decay_rate": st.floats(0.2, 1.5),
         "staircase": st.booleans()}),
    "PiecewiseConstantDecay": starts.flatmap(lambda at: st.fixed_dictionaries(
        {"boundaries": st.just(at), "values": st.lists(rates, min_size=len(at) + 1, max_size=len(at) + 1)})),
    "PolynomialDecay": st.fixed_dictionaries(
        {"initial_learning_rate": rates, "decay_steps": lengths, "end_learning_rate": rates,
         "power": st.floats(0.3, 4.0), "cycle": st.booleans()}),
    "InverseTimeDecay": st.fixed_dictionaries(
        {"initial_learning_rate": rates, "decay_steps": lengths, "decay_rate": st.floats(0.0, 5.0),
         "staircase": st.booleans()}),
    "CosineDecay": st.fixed_dictionaries(
        {"initial_learning_rate": rates, "decay_steps": lengths, "alpha": st.floats(0.0, 1.0),
         "warmup_target": st.none() | rates, "warmup_steps": st.integers(0, 40)}),
    "CosineDecayRestarts": st.fixed_dictionaries(
        {"initial_learning_rate": rates, "first_decay_steps": lengths,
         "t_mul": st.integers(10, 30).map(lambda tenths: tenths / 10), "m_mul": st.floats(0.5, 1.5),
         "alpha": st.floats(0.0, 1.0)}),
}  # fmt: skip
"""Valid arguments by kind, drawn."""

REFUSED: Final[list[tuple[str, Arguments]]] = [
    ("ExponentialDecay", {**RATE, "decay_steps": 0, "decay_rate": 0.5}),
    ("PolynomialDecay", {**RATE, "decay_steps": -1}),
    ("InverseTimeDecay", {**RATE, "decay_steps": 0, "decay_rate": 0.5}),
    ("CosineDecay", {**RATE, "decay_steps": 0}),
    ("CosineDecayRestarts", {**RATE, "first_decay_steps": 0}),
    ("PiecewiseConstantDecay", {"boundaries": [5], "values": [0.1]}),
    ("PiecewiseConstantDecay", {"boundaries": [], "values": [0.1]}),
]
"""What Keras and we refuse."""

DECIDED: Final[list[tuple[str, Arguments, dict[int, float]]]] = [
    ("ExponentialDecay", {**RATE, "decay_steps": 2, "decay_rate": 0.0}, {0: 0.1, 1: 0.0}),
    ("ExponentialDecay", {**RATE, "decay_steps": 2, "decay_rate": -0.5}, {1: math.nan, 2: -0.05}),
    ("PolynomialDecay", {**RATE, "decay_steps": 4, "power": -1.0}, {4: math.inf}),
    ("InverseTimeDecay", {**RATE, "decay_steps": 1, "decay_rate": -0.5}, {2: math.inf, 4: -0.1}),
    ("PiecewiseConstantDecay", {"boundaries": [5, 3], "values": [1.0, 0.5, 0.1]}, {2: 1.0, 4: 1.1, 6: 0.1}),
    ("PiecewiseConstantDecay", {"boundaries": [5, 5], "values": [1.0, 0.5, 0.1]}, {5: 1.0, 6: 0.1}),
    ("PiecewiseConstantDecay", {"boundaries": [1.5], "values": [1.0, 0.5]}, {1: 1.0, 2: 0.5}),
    ("CosineDecay", {**RATE, "decay_steps": 4, "warmup_target": 0.2, "warmup_steps": -2}, {0: 0.1, 2: 0.0}),
    ("CosineDecayRestarts", {**RATE, "first_decay_steps": 8, "t_mul": 0.5}, {0: 0.1, 8: 0.1, 17: math.nan}),
    ("CosineDecayRestarts", {**RATE, "first_decay_steps": 4, "m_mul": -0.5}, {4: -0.05}),
]
"""What Keras takes and makes something else of, at some steps; we refuse it."""


def documents(table: Mapping[str, list[Arguments]]) -> list[Arguments]:
    return [{"kind": f"keras.{kind}", **arguments} for kind, sets in table.items() for arguments in sets]


FEWER: Final = 25
FIRST: Final = documents({kind: sets[:1] for kind, sets in GRID.items()})
"""One of each kind, which an optimizer really applies."""
EMITTED, EAGER, COMPILED = Worst(), Worst(), Worst()
MET: set[str] = set()


def compared(document: Arguments, *, applied: bool = False) -> None:
    """All our emissions against the closed form, and Keras's two ways against ours."""
    exact = [closed(document, step) for step in range(STEPS)]
    scale = document["initial_learning_rate"] if "t_mul" in document else 2.0**-1000
    within = 8.0 * max(1.0, document.get("power", 1) / 2)
    EMITTED.note(document["kind"], agree(document, exact, within=within, scale=scale))
    eager = STEPS if applied else FEWER
    EAGER.note(document["kind"], max(far(document, stepped(document, eager, applied=applied), exact[:eager])))
    COMPILED.note(document["kind"], max(far(document, compiled(document, STEPS), exact)))


def far(document: Arguments, peer: list[float], ours: list[float]) -> Iterator[float]:
    """How far Keras is from our values at each step, in roundings of its reach; more than its bound is an error."""
    for step, (theirs, value) in enumerate(zip(peer, ours, strict=True)):
        roundings = abs(theirs - value) / max(EPSILON * reach(document, step), FLUSHED)
        if roundings <= BOUND:
            yield roundings
            continue
        quirk = misjudged(document, step, theirs)
        assert quirk is not None, (document, step, theirs, value, roundings)
        MET.add(quirk)


@pytest.fixture(scope="module", autouse=True)
def report() -> Iterator[None]:
    yield
    print(f"\nours against the closed form, float64 ulp\n{EMITTED}\nKeras against ours, in 2^-24 of its reach\n{EAGER}")
    print(f"compiled\n{COMPILED}\nquirks met: {', '.join(sorted(MET))}")


def test_keras_runs_on_jax() -> None:
    assert keras.config.backend() == "jax"


@pytest.mark.parametrize("document", documents(GRID), ids=lambda document: document["kind"])
def test_the_grid_agrees(document: Arguments) -> None:
    compared(document, applied=document in FIRST)


@pytest.mark.parametrize("kind", STRATEGIES)
def test_drawn_arguments_agree(kind: str) -> None:
    # Every set is emitted on every backend: a failing one is shown as it was drawn, not made smaller.
    @settings(max_examples=8, phases=[Phase.generate])
    @given(STRATEGIES[kind])
    def agrees(arguments: Arguments) -> None:
        compared({"kind": f"keras.{kind}", **arguments})

    agrees()


@pytest.mark.parametrize(("kind", "arguments"), REFUSED)
def test_what_keras_refuses_is_refused(kind: str, arguments: Arguments) -> None:
    document = {"kind": f"keras.{kind}", **arguments}
    with pytest.raises((ValueError, IndexError)):
        schedule(document)(0)
    with pytest.raises(SpecError):
        unisched.compile(document)


@pytest.mark.parametrize(("kind", "arguments", "made"), DECIDED)
def test_what_keras_makes_something_else_of_is_refused(kind: str, arguments: Arguments, made: dict[int, float]) -> None:
    document = {"kind": f"keras.{kind}", **arguments}
    rates = stepped(document, max(made) + 1)
    assert {step: rates[step] for step in made} == pytest.approx(made, rel=1e-5, abs=1e-8, nan_ok=True)
    with pytest.raises(SpecError):
        unisched.compile(document, total=100)


# Where Keras is wrong, at places that are fixed here, and what holds instead.

WRONG: Final[list[tuple[str, Arguments, int, str]]] = [
    ("PolynomialDecay", {**RATE, "decay_steps": 3, "power": 0.5}, 3, "keras.nan_at_end"),
    ("ExponentialDecay", {**RATE, "decay_steps": 41, "decay_rate": 0.5, "staircase": True}, 41, "keras.late_stairs"),
    ("PolynomialDecay", {**RATE, "decay_steps": 7, "cycle": True}, 21, "keras.stretching_cycle"),
    ("CosineDecayRestarts", {**RATE, "first_decay_steps": 41, "t_mul": 1.0}, 41, "keras.misplaced_restart"),
    ("CosineDecayRestarts", {**RATE, "first_decay_steps": 10}, 81_910, "keras.misplaced_restart"),
    ("CosineDecayRestarts", {**RATE, "first_decay_steps": 1000, "t_mul": 1.1}, 2100, "keras.misplaced_restart"),
]


@pytest.mark.parametrize(("kind", "arguments", "step", "quirk"), WRONG)
def test_where_keras_is_wrong_the_closed_form_is_ours(kind: str, arguments: Arguments, step: int, quirk: str) -> None:
    document = {"kind": f"keras.{kind}", **arguments}
    (theirs,) = compiled(document, 1, start=step)
    exact = closed(document, step)
    assert not abs(theirs - exact) <= 0.1 * abs(exact) + 1e-6
    assert misjudged(document, step, theirs) == quirk
    assert abs(unisched.compile(document)(step) - exact) <= 8 * math.ulp(exact)


FAR_OUT: Final[list[tuple[Arguments, int, float]]] = [
    ({"kind": "keras.CosineDecay", **RATE, "decay_steps": 2**24 + 1001}, 2**24 + 1, 0.9),
    ({"kind": "keras.PolynomialDecay", **RATE, "decay_steps": 10**9, "end_learning_rate": 0.0}, 10**9 - 1, 0.9),
    ({"kind": "keras.ExponentialDecay", **RATE, "decay_steps": 1, "decay_rate": 0.999999}, 10**7, 0.1),
]


@pytest.mark.parametrize(("document", "step", "off"), FAR_OUT, ids=lambda value: str(value)[:40])
def test_far_out_the_closed_form_is_ours(document: Arguments, step: int, off: float) -> None:
    exact = closed(document, step)
    (theirs,) = compiled(document, 1, start=step)
    assert abs(theirs - exact) >= off * exact
    assert abs(unisched.compile(document)(step) - exact) <= 8 * math.ulp(exact)


@pytest.mark.parametrize(
    "document", [documents(GRID)[index] for index in (0, 9, 12, 22, 26, 33)], ids=lambda d: d["kind"]
)
def test_a_schedule_that_is_one_step_late_is_noticed(document: Arguments) -> None:
    late = [closed(document, max(step - 1, 0)) for step in range(STEPS)]
    with pytest.raises(AssertionError):
        list(far(document, stepped(document, STEPS), late))


def test_a_kind_for_every_schedule_of_keras() -> None:
    named = {name for name, found in vars(keras.optimizers.schedules).items() if isinstance(found, type)}
    assert {f"keras.{name}" for name in named - {"LearningRateSchedule"}} == set(REACH)
    assert set(FORMS) == {*REACH, "keras.WarmUpCosineDecayScheduler"}


# Lift.


@pytest.mark.parametrize(
    "document", documents({kind: sets[:1] for kind, sets in GRID.items()}), ids=lambda d: d["kind"]
)
def test_live_and_serialized_schedules_are_lifted(document: Arguments) -> None:
    live = schedule(document)
    serialized = json.loads(json.dumps(keras.optimizers.schedules.serialize(live)))
    spec = unisched.load(document)
    for found in (unisched.lift(live), unisched.lift(serialized)):
        assert (found.spec, found.state.step) == (spec, 0)
    assert unisched.load(serialized) == spec
    again = keras.optimizers.schedules.deserialize(serialized)
    assert unisched.lift(again).spec == spec


def test_lengths_that_are_floats_are_lifted() -> None:
    live = keras.optimizers.schedules.ExponentialDecay(np.float32(0.1), decay_steps=2.5, decay_rate=0.9)
    curve = unisched.lift(live).spec.schedules["learning_rate"]
    assert (curve.initial_learning_rate, float(curve.decay_steps.amount)) == (float(np.float32(0.1)), 2.5)


def test_a_whole_rate_is_not_lifted() -> None:
    """The example of Keras's own documentation: a warm-up from 0, which Keras computes in whole numbers."""
    live = keras.optimizers.schedules.CosineDecay(0, 1000, warmup_target=0.1, warmup_steps=1000)
    assert float(live(500)) == 0.0
    with pytest.raises(SpecError) as caught:
        unisched.lift(live)
    assert caught.value.code == "keras.integer_rate"


class Custom(keras.optimizers.schedules.CosineDecay):
    """A schedule of somebody's own."""


@pytest.mark.parametrize("obj", [Custom(0.1, 10), keras.optimizers.SGD(0.1), keras.callbacks.ReduceLROnPlateau()])
def test_what_is_no_schedule_of_keras_is_not_lifted(obj: Any) -> None:
    with pytest.raises(SpecError) as caught:
        unisched.lift(obj)
    assert caught.value.code == "lift.unknown"


# The callback that is pasted from project to project, from its description: set before a batch, counted after it.


def pasted(step: int, base: float, total: int, start: float, warmup: int, hold: int) -> float:
    if step > total:
        return 0.0
    if warmup > 0 and step < warmup:
        return (base - start) / warmup * step + start
    if hold > 0 and step <= warmup + hold:
        return base
    return float(0.5 * base * (1 + np.cos(np.pi * (step - warmup - hold) / float(total - warmup - hold))))


class Pasted(keras.callbacks.Callback):
    def __init__(self, *arguments: Any, step: int = 0) -> None:
        super().__init__()
        self.arguments, self.step, self.rates = arguments, step, list[float]()

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        self.rates.append(pasted(self.step, *self.arguments))
        self.model.optimizer.learning_rate = self.rates[-1]

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.step += 1


@pytest.mark.parametrize(("warmup", "hold", "begin"), [(0, 0, 0), (12, 5, 0), (12, 0, 7), (0, 9, 30)])
def test_the_pasted_callback_gives_our_values(warmup: int, hold: int, begin: int) -> None:
    callback = Pasted(0.1, 60, 0.004, warmup, hold, step=begin)
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.0), loss="mse")
    model.fit(np.zeros((70, 1)), np.zeros((70, 1)), batch_size=1, verbose=0, callbacks=[callback])
    document = {"kind": "keras.WarmUpCosineDecayScheduler", "learning_rate_base": 0.1, "total_steps": 60,
                "warmup_learning_rate": 0.004, "warmup_steps": warmup, "hold_base_rate_steps": hold,
                "global_step_init": begin}  # fmt: skip
    assert len(callback.rates) == 70
    # 1 + cos is a small difference of two numbers near 1: the callback is only as good as its base.
    agree(document, callback.rates, within=4.0, scale=0.1)
    agree(document, [closed(document, step) for step in range(70)], within=8.0, scale=2.0**-1000)

"""Feedback on every backend that carries it: one log of metrics, the same float32 bits, one memory handed around."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from itertools import combinations
from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np
import optax
import pytest
import torch
import unisched_optax
from unisched_keras import UnischedCallback

import unisched
from unisched import Program, State, registry
from unisched.backend import Form
from unisched.errors import StepError
from unisched.single import float32
from unisched.testing import Case, load_corpus
from unisched.testing.checks import carried
from unisched.testing.legs import opening, replayed

BACKENDS = ("numpy", "torch", "keras", "optax")
CASES = [case for case in load_corpus() if case.metrics and not case.is_based]
STALL: dict[str, Any] = {"kind": "plateau", "monitor": "loss", "factor": 0.5, "patience": 2, "cooldown": 1}
STRETCH = 13


def carrying(case: Case) -> dict[str, Form]:
    """Every form that carries the case, as "backend, form"."""
    return {
        f"{name}, {form}": found
        for name in BACKENDS
        for form, found in registry.backend(name).forms.items()
        if carried(found, case)
    }


def bits(values: Any) -> list[str]:
    return [float32(value).hex() for value in values]


def watching(name: str) -> tuple[str, Form]:
    """The first form of a backend that carries feedback."""
    return next((n, form) for n, form in registry.backend(name).forms.items() if form.capabilities.feedback)


@pytest.mark.parametrize("name", BACKENDS)
def test_every_backend_has_a_form_that_carries_feedback(name: str) -> None:
    assert watching(name)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_all_backends_hold_the_same_float32_bits_under_one_log(case: Case) -> None:
    able = carrying(case)
    assert len(able) >= 2
    for (one, left), (other, right) in combinations(able.items(), 2):
        first, second = opening(left, case.runs[0]), opening(right, case.runs[0])
        for target in first.values:
            pairs = zip(bits(first.values[target]), bits(second.values[target]), strict=False)
            assert all(a == b for a, b in pairs), f"{one} and {other} differ in {target} of case {case.name!r}"


HANDED: dict[str, Any] = {
    "a plateau after a warm-up": {
        "kind": "sequence",
        "parts": [
            {"kind": "linear", "start": 0, "end": 0.1, "duration": 9},
            {"kind": "product", "curves": [0.1, STALL]},
        ],
    },
    "Keras's rule under a cosine": {
        "kind": "product",
        "curves": [{"kind": "cosine", "start": 0.1, "end": 0.01, "duration": 80}, {**STALL, "rule": "keras"}],
    },
    "the greedy rule": {
        "base": 0.1,
        "curve": {"kind": "transformers.greedy", "monitor": "loss", "patience": 1, "factor": 0.5, "min_lr": 0.01},
    },
}


def log() -> Mapping[int, float]:
    levels = [0.5, 0.5, 0.25, 0.5, 0.5, 0.5, float("nan"), 0.25, 0.125, 0.125, 0.125]
    return {step: levels[index % len(levels)] for index, step in enumerate(range(0, 80, 2))}


def around(program: Program, metrics: Mapping[int, float]) -> list[str]:
    """The float32 bits of a run that goes from backend to backend, its state through JSON text."""
    text, used = program.start().to_json(), []
    for name in (*BACKENDS, "numpy"):
        state = State.from_json(text)
        stop = state.step + STRETCH
        fed = {step: metric for step, metric in metrics.items() if state.step <= step < stop}
        leg = replayed(watching(name)[1], program, state, stop, fed)
        used += [value for values in leg.values.values() for value in values]
        text = leg.state
    return bits(used)


@pytest.mark.parametrize("name", HANDED)
def test_one_memory_goes_around_all_backends(name: str) -> None:
    program = unisched.compile(HANDED[name])
    due = program.observed(log())
    found = around(program, log())
    assert found == bits(due(step) for step in range(len(found)))
    assert found != bits(program.observed({})(step) for step in range(len(found)))


@pytest.mark.parametrize("name", HANDED)
def test_parity_under_a_log_is_told_for_every_backend(name: str) -> None:
    report = unisched.parity(HANDED[name], BACKENDS, steps=range(40), metrics=log())
    measured = {row.backend for row in report.rows if not row.refusal}
    assert measured == {*BACKENDS}
    assert all(ulp <= 8 for ulp in report.worst.values()), str(report)


Door = tuple[Callable[[Any], object], Callable[[], State]]


def scheduler() -> Door:
    made: Any = unisched.build(STALL, form="scheduler")
    return made.observe, made.state


def of_torch() -> Any:
    return unisched.build(STALL, "torch", optimizer=torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1))


def torch_scheduler() -> Door:
    made = of_torch()
    return made.observe, made.state


def torch_port() -> Door:
    made = of_torch()
    return made.metric_port().step, made.state


def keras_callback() -> Door:
    made = UnischedCallback(STALL)
    return made.observe, made.state


def keras_optimizer() -> Door:
    made: Any = unisched.build(STALL, "keras", form="optimizer", optimizer=keras.optimizers.SGD(0.1))
    return made.observe, made.state


def optax_state() -> Door:
    schedules: Any = unisched.build(STALL, "optax", form="stateful")
    held = [unisched_optax.inject(optax.sgd, schedules).init(jnp.ones(1))]

    def observe(metric: Any) -> None:
        held[0] = unisched_optax.observe(held[0], schedules, metric)

    return observe, lambda: schedules.state(held[0])


DOORS = (scheduler, torch_scheduler, torch_port, keras_callback, keras_optimizer, optax_state)

METRICS: dict[str, tuple[Any, float]] = {
    "a float": (0.1, 0.1),
    "a huge int": (10**300, 1e300),
    "a Decimal": (Decimal("0.1"), 0.1),
    "numpy's float32": (np.float32(0.1), float(np.float32(0.1))),
    "numpy's array of one": (np.array([0.1]), 0.1),
    "a tensor": (torch.tensor(0.5), 0.5),
    "a tensor of one": (torch.tensor([0.5]), 0.5),
    "a tensor with a gradient": (torch.tensor(0.5, requires_grad=True), 0.5),
    "a tensor of one with a gradient": (torch.tensor([0.5], requires_grad=True), 0.5),
    "a tensor in bfloat16": (torch.tensor(0.1, dtype=torch.bfloat16), 0.10009765625),
    "an int tensor": (torch.tensor(3), 3.0),
    "JAX's array": (jnp.array(0.5), 0.5),
    "JAX's array of one": (jnp.array([0.5]), 0.5),
    "JAX's bfloat16": (jnp.array(0.1, jnp.bfloat16), 0.10009765625),
    "what no number is better than": (-float("inf"), -float("inf")),
}

NO_METRICS: dict[str, Any] = {
    "nothing": None, "text": "0.5", "a boolean": True, "a list": [0.5], "an int that no float holds": 10**400,
    "numpy's boolean": np.bool_(True), "numpy's text": np.array("0.5"), "a masked number": np.ma.masked,
    "a tensor of two": torch.ones(2), "a tensor of none": torch.ones(0), "a boolean tensor": torch.tensor(True),
    "a complex tensor": torch.tensor(0.5j), "a tensor without a value": torch.tensor(0.5, device="meta"),
    "JAX's array of two": jnp.ones(2), "JAX's boolean": jnp.array(True), "JAX's complex number": jnp.array(0.5j),
    "a shape": jax.ShapeDtypeStruct((), jnp.float32),
}  # fmt: skip


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("name", METRICS)
def test_one_number_of_any_library_is_a_metric_everywhere(name: str, door: Callable[[], Door]) -> None:
    (observe, state), (metric, number) = door(), METRICS[name]
    observe(metric)
    program = unisched.compile(STALL)
    assert state().feedback == program.start().observe(program, number).feedback


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("name", NO_METRICS)
def test_what_is_not_one_real_number_is_refused_everywhere_and_changes_nothing(
    name: str, door: Callable[[], Door]
) -> None:
    observe, state = door()
    with pytest.raises(StepError) as caught:
        observe(NO_METRICS[name])
    assert (caught.value.code, state().feedback) == ("metric.type", {})

"""The rules of feedback traced by JAX: a thousand random sequences of metrics in one compiled scan, against the host.

Memories are compared bit for bit; a factor is a power, which XLA rounds in its own way, so it may differ by an ulp.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from random import Random
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from unisched_optax.namespace import jax_namespace

from unisched.plugin import Controller, Greedy, Plateau, memory, rules

SEQUENCES, LENGTH, BASE = 1000, 24, 0.3
LEVELS = (0.1, 0.2, 0.3, -0.1, -0.2, 0.0, 0.5, 0.55, 0.049)
ODD = (math.nan, math.inf, -math.inf)


def controllers(random: Random) -> Iterator[Controller]:
    """Every rule in both threshold modes and both directions, the rest drawn."""
    for threshold_mode, mode in itertools.product(("rel", "abs"), ("min", "max")):
        common: dict[str, Any] = {
            "monitor": "m", "mode": mode, "threshold_mode": threshold_mode, "factor": random.choice([0.1, 0.5, 0.9]),
            "threshold": random.choice([0.0, 0.1, 1e-4]), "patience": random.randint(1, 3),
            "cooldown": random.randint(0, 3),
        }  # fmt: skip
        yield Plateau(rule="torch", eps=1e-8, floor=0.01, **common)
        yield Plateau(rule="keras", minimum=0.01, **common)
        yield Greedy(warmup=1, minimum=0.01, maximum=0.5, reset=2, smooth=threshold_mode == "rel", window=3, **common)
        if mode == "min":
            yield Plateau(rule="optax", atol=0.01, accumulation=2, minimum=0.01, **common)


CONTROLLERS = tuple(controllers(Random(5)))


def described(controller: Controller) -> str:
    name = controller.rule if isinstance(controller, Plateau) else "greedy"
    return f"{name}-{controller.mode}-{controller.threshold_mode}"


def sequences() -> Any:
    """Random metrics, one sequence a column: few levels over and over, and a little of what is no number."""
    random = Random(11)

    def metric() -> float:
        return random.choice(ODD) if random.random() < 0.02 else random.choice([*LEVELS, random.random()])

    return np.array([[metric() for _ in range(SEQUENCES)] for _ in range(LENGTH)])


METRICS = sequences()


def many(number: Any) -> Any:
    if isinstance(number, tuple):
        return tuple(map(many, number))
    return jnp.full(SEQUENCES, number, np.int64 if isinstance(number, int) else np.float64)


def traced(controller: Controller) -> tuple[Any, Any]:
    """The memories and the factors after all metrics, in one compiled scan."""
    begun = memory.start(controller)
    base = np.float64(BASE)

    @jax.jit
    def run(first: Any, metrics: Any) -> tuple[Any, Any]:
        def observe(remembered: Any, row: Any) -> tuple[Any, None]:
            after = rules.observed(controller, remembered, row, base, jax_namespace)
            shaped = jax.tree.map(
                lambda new, old: jnp.broadcast_to(new, old.shape).astype(old.dtype), after, remembered
            )
            return shaped, None

        last, _ = jax.lax.scan(observe, first, metrics)
        return last, rules.factor(controller, last, base, jax_namespace)

    with jax.enable_x64(True):
        return jax.tree.map(np.asarray, run(type(begun)(*map(many, begun)), METRICS))  # type: ignore[no-any-return]


def on_the_host(controller: Controller, metrics: list[float]) -> tuple[Any, float]:
    remembered: Any = memory.start(controller)
    for metric in metrics:
        remembered = rules.observed(controller, remembered, metric, BASE, rules.HOST)
    return remembered, rules.factor(controller, remembered, BASE, rules.HOST)


def flat(remembered: Any) -> list[Any]:
    return [number for value in remembered for number in (value if isinstance(value, tuple) else (value,))]


@pytest.mark.parametrize("controller", CONTROLLERS, ids=described)
def test_a_compiled_scan_remembers_the_bits_of_the_host(controller: Controller) -> None:
    last, factors = traced(controller)
    numbers = flat(last)
    apart, drops = 0.0, 0
    for column in range(SEQUENCES):
        due, factor = on_the_host(controller, METRICS[:, column].tolist())
        found = [repr(float(number[column])) for number in numbers]
        assert found == [repr(float(number)) for number in flat(due)], f"sequence {column}"
        assert np.float32(factors[column]) == np.float32(factor)
        apart = max(apart, abs(float(factors[column]) - factor) / math.ulp(factor))
        drops += factor != 1.0
    assert apart <= 1
    assert drops > SEQUENCES // 10

"""What a metric moves, against the classes that the rules are named after: 1 000 random sequences of metrics each.

Each peer is the library's own object, stepped as its own loop steps it. torch and Transformers compute in float64; a
drop of ours is a power where theirs is a product, so values agree within 1 ulp a drop. Keras holds the rate in float32.
"""

from __future__ import annotations

import functools
import itertools
import math
import operator
import random
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np
import optax
import pytest
import torch
from transformers.optimization import GreedyLR

import unisched
from unisched.numpy_backend import Scheduler

SEQUENCES = 1000
ODD = [math.nan, math.inf, -math.inf]
Step = Callable[[float], float]


def metrics(draw: random.Random) -> list[float]:
    """A sequence as training gives one: noise, a decay that slows down, a few levels over and over, a rare NaN."""
    length = draw.randint(1, 60)
    changes = (draw.choice([0.9, 0.99, 1.0, 1.0, 1.01, 0.9999]) for _ in range(length))
    match draw.randrange(3):
        case 0:
            values = [draw.random() for _ in range(length)]
        case 1:
            values = list(itertools.accumulate(changes, operator.mul))
        case _:
            values = [draw.choice([0.1, 0.2, 0.3, -0.1, -0.2, 0.0]) for _ in range(length)]
    # A first metric that is none Keras takes for the best of all; see docs/dialects/keras.md.
    return [values[0], *(draw.choice(ODD) if draw.random() < 0.02 else value for value in values[1:])]


def ours(document: Mapping[str, Any], base: float) -> Scheduler:
    scheduler: Scheduler = unisched.build(document, "numpy", form="scheduler", base=base)
    return scheduler


def common(draw: random.Random) -> dict[str, Any]:
    return {
        "mode": draw.choice(["min", "max"]), "patience": draw.randint(0, 4), "cooldown": draw.randint(0, 3),
        "factor": draw.choice([0.1, 0.5, 0.9, 0.95, 0.99]),
    }  # fmt: skip


def torch_case(draw: random.Random) -> tuple[dict[str, Any], float, Step]:
    fields = common(draw) | {
        "threshold": draw.choice([1e-4, 0.0, 0.1, 1.0, 2.5]), "threshold_mode": draw.choice(["rel", "abs"]),
        "min_lr": draw.choice([0.0, 0.0, 1e-3, 0.05]), "eps": draw.choice([1e-8, 0.0, 1e-3]),
    }  # fmt: skip
    rate = draw.choice([0.1, 1e-3, 0.3, 1e-7])
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=rate)
    peer = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, **fields)

    def step(metric: float) -> float:
        peer.step(metric)
        return float(optimizer.param_groups[0]["lr"])

    return {"kind": "torch.ReduceLROnPlateau", "monitor": "m", **fields}, rate, step


def transformers_case(draw: random.Random) -> tuple[dict[str, Any], float, Step]:
    fields = common(draw) | {
        "threshold": draw.choice([1e-6, 0.0, 0.1, 1.0, 2.5]), "threshold_mode": draw.choice(["rel", "abs"]),
        "warmup": draw.randint(0, 3), "min_lr": draw.choice([0.0, 1e-3, 0.05]), "max_lr": draw.choice([0.11, 0.5, 1.0]),
        "eps": draw.choice([1e-8, 0.0, 1e-3]), "smooth": draw.random() < 0.4, "window_size": draw.randint(1, 6),
        "reset_start": draw.choice([0, 1, 2, 500]),
    }  # fmt: skip
    rate = draw.choice([0.1, 1e-3, 0.3, 0.049])
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=rate)
    peer = GreedyLR(optimizer, **fields)

    def step(metric: float) -> float:
        peer.step(metric)
        return float(optimizer.param_groups[0]["lr"])

    return {"kind": "transformers.greedy", "monitor": "m", **fields}, rate, step


def keras_case(draw: random.Random) -> tuple[dict[str, Any], float, Step]:
    fields = common(draw) | {"min_delta": draw.choice([1e-4, 0.0, 0.1]), "min_lr": draw.choice([0.0, 0.0, 1e-3, 0.05])}
    rate = draw.choice([0.125, 0.25, 2.0**-10])
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(rate), "mse")
    peer = keras.callbacks.ReduceLROnPlateau(monitor="m", **fields)
    peer.set_model(model)
    peer.on_train_begin()
    epochs = itertools.count()

    def step(metric: float) -> float:
        peer.on_epoch_end(next(epochs), {"m": metric})
        return float(keras.ops.convert_to_numpy(model.optimizer.learning_rate))

    return {"kind": "keras.ReduceLROnPlateau", "monitor": "m", **fields}, rate, step


CASES: dict[str, tuple[Callable[[random.Random], tuple[dict[str, Any], float, Step]], float]] = {
    "torch.ReduceLROnPlateau": (torch_case, 2.0**-46),
    "transformers.GreedyLR": (transformers_case, 2.0**-52),
    "keras.callbacks.ReduceLROnPlateau": (keras_case, 2.0**-19),
}
"""The peer, and how far apart two values may be, as a part of the larger: the roundings of at most 60 products."""


def apart(mine: float, theirs: float) -> float:
    """Give the relative distance; what a float32 rate cannot hold is 0."""
    largest = max(abs(mine), abs(theirs))
    return abs(mine - theirs) / largest if largest >= 2.0**-126 else 0.0


def compared(name: str, sequences: int, spoil: Callable[[dict[str, Any]], dict[str, Any]] = dict) -> Iterator[float]:
    """Drive both side by side; give the relative distance after each observation."""
    case, _ = CASES[name]
    for seed in range(sequences):
        draw = random.Random(f"{name} {seed}")
        document, base, step = case(draw)
        scheduler = ours(spoil(document), base)
        for metric in metrics(draw):
            theirs = step(metric)
            scheduler.observe(metric)
            scheduler.step()
            yield apart(scheduler.value(), theirs)


@pytest.mark.parametrize("name", CASES)
def test_every_value_is_that_of_the_real_class_over_a_thousand_sequences(name: str) -> None:
    distances = list(compared(name, SEQUENCES))
    print(f"{name}: {len(distances)} observations, worst relative distance {max(distances):.3g}")
    assert max(distances) <= CASES[name][1]


@pytest.mark.parametrize("name", CASES)
def test_a_patience_of_two_more_is_noticed(name: str) -> None:
    assert max(compared(name, 20, more_patient)) > 1e-3


def more_patient(document: dict[str, Any]) -> dict[str, Any]:
    return {**document, "patience": document["patience"] + 2}


def test_every_scale_is_that_of_optax_over_a_thousand_sequences() -> None:
    distances = list(compared_with_optax(SEQUENCES))
    print(f"optax.contrib.reduce_on_plateau: {len(distances)} observations, worst distance {max(distances):.3g}")
    assert max(distances) <= 2.0**-46


def test_a_patience_of_two_more_than_that_of_optax_is_noticed() -> None:
    assert max(compared_with_optax(20, more_patient)) > 1e-3


def compared_with_optax(sequences: int, spoil: Callable[[dict[str, Any]], dict[str, Any]] = dict) -> Iterator[float]:
    """Run optax's transformation over each sequence, in float64; give the relative distance of ours."""
    for seed in range(sequences):
        draw = random.Random(f"optax {seed}")
        fields = {
            "factor": draw.choice([0.1, 0.5, 0.99]), "rtol": draw.choice([1e-4, 0.0, 0.1]), "atol": 0.01,
            "patience": draw.randint(1, 4), "cooldown": draw.randint(0, 3), "accumulation_size": draw.randint(1, 3),
            "min_scale": draw.choice([0.0, 0.0, 0.01]),
        }  # fmt: skip
        sequence = metrics(draw)
        scheduler = ours(spoil({"kind": "optax.reduce_on_plateau", "monitor": "m", **fields}), 1.0)
        for metric, theirs in zip(sequence, optax_scales(sequence, fields), strict=True):
            scheduler.observe(metric)
            yield abs(scheduler.value() - theirs) / theirs


def optax_scales(sequence: list[float], fields: Mapping[str, Any]) -> list[float]:
    padded = np.zeros(60)
    padded[: len(sequence)] = sequence
    with jax.enable_x64(True):
        return [float(scale) for scale in _scales(padded, **fields)][: len(sequence)]


@functools.partial(jax.jit, static_argnames=("factor", "rtol", "atol"))
def _scales(sequence: Any, **fields: Any) -> Any:
    transformation = optax.contrib.reduce_on_plateau(**fields)

    def update(state: Any, metric: Any) -> tuple[Any, Any]:
        scale, state = transformation.update(jnp.float64(1.0), state, value=metric)
        return state, scale

    return jax.lax.scan(update, transformation.init(jnp.float64(1.0)), sequence)[1]

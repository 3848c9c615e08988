"""What the tests share: documents, the engine's ways to compile, and a training loop that shows the rates used."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from typing import Any

import keras
import numpy as np
import pytest

import unisched

ENGINE = keras.config.backend()
DOCUMENTS: dict[str, dict[str, Any]] = {
    "constant": {"kind": "constant", "value": 0.1},
    "warm-up and cosine": {"kind": "warmup_cosine", "peak": 3e-4, "warmup": 41, "end": 1e-5},
    "warm-up, stable, decay": {"kind": "wsd", "peak": 1e-3, "warmup": 10, "decay": 40},
    "polynomial": {"kind": "polynomial", "start": 0.01, "end": 0, "power": 0.5, "duration": 100},
    "exponential stairs": {"kind": "exponential", "start": 0.1, "rate": 0.97, "every": 7, "staircase": True},
    "inverse square root": {"kind": "power_decay", "start": 0.1, "timescale": 41},
    "points": {"kind": "piecewise", "points": [[0, 0.1], [20, 0.3], [90, 0.07]], "interpolation": "linear"},
    "milestones": {"kind": "piecewise", "points": [[0, 0.1], [30, 0.01], [60, 0.001]], "interpolation": "previous"},
    "restarts": {"kind": "repeat", "curve": {"kind": "cosine", "start": 0.1, "end": 0.003}, "period": 33},
    "floor": {"kind": "clip", "curve": {"kind": "cosine", "start": 0.1, "end": 0}, "minimum": 0.007},
    "product": {"kind": "product", "curves": [{"kind": "warmup_linear", "peak": 0.1, "warmup": 30},
                                              {"kind": "exponential", "start": 1.3, "rate": 0.99}]},
    "below float32": {"kind": "exponential", "start": 1e-30, "rate": 0.7},
}  # fmt: skip
TOTAL = 120
RANDOM = 12


def pytest_configure(config: pytest.Config) -> None:
    # Torch's own code, when Keras exports a model on it.
    config.addinivalue_line("filterwarnings", "ignore:`torch.jit:DeprecationWarning")


def random_document(seed: int) -> dict[str, Any]:
    draw = random.Random(seed)

    def value() -> float:
        return draw.choice([0.1, 0.003, draw.random() + 1e-3, 10 ** -draw.uniform(1, 6)])

    def leaf(duration: int) -> dict[str, Any]:
        kind = draw.choice(["constant", "linear", "polynomial", "cosine", "exponential", "power_decay"])
        match kind:
            case "constant":
                return {"kind": kind, "value": value(), "duration": duration}
            case "power_decay":
                return {"kind": kind, "start": value(), "timescale": draw.randint(1, 60), "duration": duration}
            case _:
                power = {"power": draw.choice([0.5, 2, 3.3])} if kind == "polynomial" else {}
                return {"kind": kind, "start": value(), "end": value(), "duration": duration, **power}

    def timeline() -> dict[str, Any]:
        parts = [leaf(draw.randint(1, 41)) for _ in range(draw.randint(1, 6))]
        return {"kind": "sequence", "parts": parts} if len(parts) > 1 else parts[0]

    curve = timeline()
    match draw.randrange(4):
        case 0:
            return {"kind": "product", "curves": [curve, timeline()]}
        case 1:
            return {"kind": "stair", "curve": curve, "every": draw.randint(2, 9)}
        case 2:
            return {"kind": "repeat", "curve": curve, "period": 250, "times": 8}
    return curve


def float32_bits(values: Any) -> list[int]:
    """Give the bits of values as float32, magnitudes that devices flush being zero."""
    found = np.asarray(values, dtype=np.float64)
    found = np.where(np.abs(found) < 2.0**-126, 0.0, found)
    return [int(item) for item in found.astype(np.float32).view(np.uint32)]


def host_bits(program: unisched.Program, steps: Iterable[int]) -> list[int]:
    """Give the bits of the host's values, rounded to float32 by numpy."""
    function = program.function()
    return float32_bits([function(step) for step in steps])


def counter_of(step: int, dtype: str = "int32") -> Any:
    """Give a counter as an optimizer holds it."""
    if ENGINE == "jax":
        import jax

        with jax.enable_x64(True):
            return jax.numpy.asarray(step, dtype)
    return keras.ops.convert_to_tensor(np.asarray(step, dtype), dtype=dtype)


def compilers() -> dict[str, Callable[[Any], Callable[[Any], Any]]]:
    """Give, by name, what makes the engine compile a function of a counter."""
    match ENGINE:
        case "jax":
            import jax

            return {"jit": jax.jit}
        case "tensorflow":
            import tensorflow as tf

            return {"graph": tf.function, "xla": lambda function: tf.function(function, jit_compile=True)}
        case _:
            import torch

            def compiled(function: Any) -> Any:
                torch.compiler.reset()  # it gives up on code that it has compiled eight times
                return torch.compile(function, fullgraph=True, backend="eager")

            return {"dynamo": compiled}


def weight_per_batch(batches: int) -> tuple[Any, Any]:
    layer = keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros")
    return keras.Sequential([keras.Input((batches,)), layer]), np.eye(batches, dtype=np.float32)


def train(optimizer: Any, updates: int, callbacks: Iterable[Any] = (), **options: Any) -> list[float]:
    """Give the rates of so many updates by plain SGD: batch j moves weight j only, by its rate times 1 from 0."""
    model, inputs = weight_per_batch(updates)
    model.compile(optimizer, loss=lambda _, predicted: -predicted, **options)
    model.fit(inputs, np.zeros(updates), batch_size=1, shuffle=False, verbose=0, callbacks=list(callbacks))
    return moved_by(model)


def moved_by(model: Any) -> list[float]:
    return keras.ops.convert_to_numpy(model.layers[0].kernel)[:, 0].tolist()


@pytest.fixture(scope="session")
def engine() -> str:
    return ENGINE


@pytest.fixture(scope="session")
def programs() -> dict[str, unisched.Program]:
    found = {name: unisched.compile(document, total=TOTAL) for name, document in DOCUMENTS.items()}
    return found | {f"random {seed}": unisched.compile(random_document(seed)) for seed in range(RANDOM)}


@pytest.fixture(params=DOCUMENTS)
def program(request: pytest.FixtureRequest) -> unisched.Program:
    return unisched.compile(DOCUMENTS[request.param], total=TOTAL)


@pytest.fixture(params=compilers())
def compiler(request: pytest.FixtureRequest) -> Callable[[Any], Callable[[Any], Any]]:
    return compilers()[request.param]


@pytest.fixture(scope="session")
def bits() -> Callable[[Any], list[int]]:
    return float32_bits


@pytest.fixture(scope="session")
def expected_bits() -> Callable[[unisched.Program, Iterable[int]], list[int]]:
    return host_bits


@pytest.fixture(scope="session")
def counter() -> Callable[..., Any]:
    return counter_of


@pytest.fixture(scope="session")
def rates_used() -> Callable[..., list[float]]:
    return train


@pytest.fixture(scope="session")
def one_weight_per_batch() -> Callable[[int], tuple[Any, Any]]:
    return weight_per_batch


@pytest.fixture(scope="session")
def moved() -> Callable[[Any], list[float]]:
    return moved_by

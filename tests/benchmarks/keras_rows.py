"""Keras, on the engine that KERAS_BACKEND names: a schedule called eagerly, and a training step beside a constant."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import keras
import numpy as np

import unisched
from benchmarks.documents import PEAK, TOTAL, WARMUP, warmup_cosine
from benchmarks.growth import Points
from benchmarks.pairs import Call, Effort, Figure, Make, alike, compare

__all__ = ["GROWTHS", "PACKAGES", "ROWS"]

PACKAGES: Final = ("keras", "tensorflow-cpu", "tensorflow", "jax", "torch")

_MIDDLE: Final = TOTAL // 2
_PEER: Final = "keras.optimizers.schedules.CosineDecay"
_WIDTH: Final = 256
_BATCH: Final = 64

Schedule = Callable[[Any], Any]


def _ours() -> Schedule:
    schedule: Schedule = unisched.build(warmup_cosine(), "keras", total=TOTAL)
    return schedule


def _theirs() -> Schedule:
    schedule: Schedule = keras.optimizers.schedules.CosineDecay(
        0.0, TOTAL - WARMUP, warmup_target=PEAK, warmup_steps=WARMUP
    )
    return schedule


def _calling(schedule: Schedule, step: object) -> Make:
    if keras.config.backend() == "jax":
        return lambda calls: lambda: schedule(step).block_until_ready()
    return lambda calls: lambda: schedule(step)


def _eager(step: object, effort: Effort) -> list[Figure]:
    ours, theirs = _ours(), _theirs()
    ours_at, theirs_at = ([float(schedule(count)) for count in range(0, TOTAL, 50)] for schedule in (ours, theirs))
    alike(ours_at, theirs_at, relative=1e-4, absolute=1e-6)
    return compare(_calling(ours, step), {_PEER: _calling(theirs, step)}, effort)


def _counter(effort: Effort) -> list[Figure]:
    return _eager(keras.Variable(_MIDDLE, dtype="int32", trainable=False), effort)


def _int(effort: Effort) -> list[Figure]:
    return _eager(_MIDDLE, effort)


def _training(rate: Schedule | float) -> Make:
    """Give one `train_on_batch`, compiled where the engine compiles on any machine."""
    model = keras.Sequential([keras.Input((_WIDTH,)), keras.layers.Dense(_WIDTH, "tanh"), keras.layers.Dense(10)])
    is_compiled = keras.config.backend() != "torch"  # torch's own compiler asks for one of C++
    model.compile(keras.optimizers.SGD(rate), loss="mse", jit_compile=is_compiled)
    inputs, wanted = np.ones((_BATCH, _WIDTH), np.float32), np.ones((_BATCH, 10), np.float32)

    def call() -> object:
        return model.train_on_batch(inputs, wanted)

    def make(calls: int) -> Call:
        return call

    return make


def _train(effort: Effort) -> list[Figure]:
    constant, effort = _training(PEAK), effort.long()
    noise = compare(_training(PEAK), {"a constant rate, of another": constant}, effort)
    beside = {"a constant rate": constant, _PEER: _training(_theirs())}
    return [*compare(_training(_ours()), beside, effort), *({**figure, "is_noise": True} for figure in noise)]


ROWS: Final[Mapping[str, Callable[[Effort], list[Figure]]]] = {
    "eager call with the optimizer's counter": _counter,
    "eager call with an int": _int,
    "a training step": _train,
}
GROWTHS: Final[Mapping[str, Callable[[Effort], dict[str, Points]]]] = {}

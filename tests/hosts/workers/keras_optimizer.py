"""Trainings with the optimizer form: weight decay, momentum and betas read off weights and moments after each update.

Weights and moments are set anew after each update, so that each tells of one value only: 1 - x of an x between 0.5
and 1, which float32 holds exactly, or x itself.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import keras
import numpy as np
import unisched_keras

import unisched
from workers.documents import RATE, SEVERAL, TOTAL, bits
from workers.keras_model import batches, compiled, downhill, fit, one_weight_per_batch, rates

__all__ = ["TRAININGS"]

UPDATES: Final = 16


def built(spec: Mapping[str, Any], optimizer: Any, **binding: Any) -> Any:
    return unisched.build(spec, "keras", form="optimizer", optimizer=optimizer, total=TOTAL, **binding)


def only(name: str) -> dict[str, Any]:
    return {"schedules": {name: SEVERAL["schedules"].get(name, SEVERAL["schedules"]["beta1"])}}


class Reading(keras.callbacks.Callback):
    """After each update reads a variable, and sets variables to what the next update is to find."""

    def __init__(self, read: Callable[[Any], float], found: Callable[[Any], Mapping[Any, float]]) -> None:
        super().__init__()
        self._read, self._found, self.values = read, found, list[float]()

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        for variable, value in self._found(self.model):
            variable.assign(np.full(variable.shape, value, np.float32))

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.values.append(self._read(self.model))


def flat(_: Any, predicted: Any) -> Any:
    return 0.0 * predicted


def first(variable: Any) -> float:
    return float(np.asarray(keras.ops.convert_to_numpy(variable)).ravel()[0])


def weight(model: Any) -> Any:
    return model.layers[-1].kernel


# What is scheduled, the optimizer, its loss, what each update finds, and how its value is read afterwards.
READINGS: Final[dict[str, Any]] = {
    "weight_decay": (
        lambda: keras.optimizers.SGD(1.0, weight_decay=0.1), flat,
        lambda model: [(weight(model), 1.0)],
        lambda model: 1 - first(weight(model)),
    ),
    "momentum": (
        lambda: keras.optimizers.SGD(1.0, momentum=0.9), flat,
        lambda model: [(model.optimizer.momentums[0], 1.0)],
        lambda model: first(model.optimizer.momentums[0]),
    ),
    "beta1": (
        lambda: keras.optimizers.Adam(0.01), downhill,
        lambda model: [(model.optimizer._momentums[0], 0.0)],
        lambda model: 1 + first(model.optimizer._momentums[0]),
    ),
    "beta2": (
        lambda: keras.optimizers.Adam(0.01), downhill,
        lambda model: [(model.optimizer._velocities[0], 0.0)],
        lambda model: 1 - first(model.optimizer._velocities[0]),
    ),
}  # fmt: skip


def read(name: str, **options: Any) -> list[str]:
    make, loss, finds, reads = READINGS[name]
    model = one_weight_per_batch(1)
    model.compile(built(only(name), make()), loss, **options)
    model.optimizer.build(model.trainable_variables)
    reading = Reading(reads, finds)
    model.fit(np.ones((UPDATES, 1), np.float32), np.zeros((UPDATES, 1)), batch_size=1, verbose=0, callbacks=[reading])
    return bits(reading.values)


def set_by_hand(name: str) -> list[str]:
    """Keras alone: a callback sets the attribute of its own optimizer before each update."""
    make, loss, finds, reads = READINGS[name]
    model, value = one_weight_per_batch(1), unisched.compile(only(name), total=TOTAL).function(name)
    model.compile(make(), loss, jit_compile="auto")
    model.optimizer.build(model.trainable_variables)
    reading = Reading(reads, finds)

    def by_hand(batch: int, logs: Any) -> None:
        setattr(model.optimizer, name, value(batch))

    callbacks = [keras.callbacks.LambdaCallback(on_train_batch_begin=by_hand), reading]
    model.fit(np.ones((UPDATES, 1), np.float32), np.zeros((UPDATES, 1)), batch_size=1, verbose=0, callbacks=callbacks)
    return bits(reading.values)


def adamw() -> dict[str, Any]:
    """A line fitted with AdamW, all four hyperparameters moving; and half of it, saved, loaded and gone on with."""
    inputs = np.random.default_rng(3).normal(size=(UPDATES, 3)).astype(np.float32)
    targets = inputs.sum(axis=1, keepdims=True)

    def trained(model: Any, part: slice) -> Any:
        model.fit(inputs[part], targets[part], batch_size=1, shuffle=False, verbose=0)
        return model

    def fresh() -> Any:
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")])
        model.compile(built(SEVERAL, keras.optimizers.AdamW(epsilon=1e-6)), "mse", jit_compile=False)
        return model

    whole = trained(fresh(), slice(0, UPDATES))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.keras"
        trained(fresh(), slice(0, 7)).save(file)
        loaded = keras.models.load_model(file)
    step = unisched_keras.state(loaded.optimizer).step
    halves = trained(loaded, slice(7, UPDATES))
    return {
        "weights": [float(w) for w in keras.ops.convert_to_numpy(whole.layers[-1].kernel)[:, 0]],
        "in halves": [float(w) for w in keras.ops.convert_to_numpy(halves.layers[-1].kernel)[:, 0]],
        "loaded at": step,
        "class": type(loaded.optimizer).__name__,
    }


def accumulated() -> dict[str, Any]:
    """The optimizer knows how many micro-batches it gathers: it need not be told."""
    model = compiled(built(RATE, keras.optimizers.SGD(1.0, gradient_accumulation_steps=4)), 6, jit_compile="auto")
    fit(model, np.repeat(batches(6)[0], 4, axis=0))
    return {"rates": rates(model), "step": unisched_keras.state(model.optimizer).step}


def skipped() -> dict[str, Any]:
    keras.mixed_precision.set_global_policy("mixed_float16")
    try:
        model, inputs = compiled(built(RATE, keras.optimizers.SGD(1.0)), 9), batches(9)[0]
        inputs[2, 2] = inputs[5, 5] = np.inf
        fit(model, inputs)
    finally:
        keras.mixed_precision.set_global_policy("float32")
    return {"rates": rates(model), "step": unisched_keras.state(model.optimizer).step}


TRAININGS: Final[dict[str, Callable[[], Any]]] = {
    **{f"{name}, {way}": partial(read, name, **options)
       for name in READINGS
       for way, options in {"auto": {"jit_compile": "auto"}, "no jit": {"jit_compile": False}}.items()},
    "weight_decay, by hand": partial(set_by_hand, "weight_decay"),
    "adamw": adamw,
    "optimizer, accumulated": accumulated,
    "optimizer, skipped": skipped,
}  # fmt: skip

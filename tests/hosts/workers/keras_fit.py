"""Trainings by `fit`: every way to run the step, accumulation, skipped updates, groups, counters that are large."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

import keras
import numpy as np
import unisched_keras

import unisched
from workers.documents import GROUPED, RATE, TOTAL
from workers.keras_model import batches, compiled, downhill, fit, rates

__all__ = ["TRAININGS"]

LATE: Final = 2**24 + 1  # float32 holds no odd number from here on
STAIRS: Final = {"kind": "piecewise", "points": [[0, 0.5], *[[LATE + k, 0.5 / (k + 2)] for k in range(6)]],
                 "interpolation": "previous"}  # fmt: skip


def schedule(**binding: Any) -> Any:
    return unisched.build(RATE, "keras", total=TOTAL, **binding)


def sgd(**options: Any) -> Any:
    return keras.optimizers.SGD(schedule(), **options)


def run(**options: Any) -> dict[str, Any]:
    model = compiled(sgd(), 25, **options)
    fit(model, batches(25)[0])
    return {"rates": rates(model), "step": unisched_keras.state(model.optimizer).step}


def several_in_one_execution() -> Any:
    try:
        return run(steps_per_execution=5)
    except ValueError as error:
        return {"refused": str(error)}


def accumulation(told: int) -> dict[str, Any]:
    optimizer = keras.optimizers.SGD(schedule(gradient_accumulation_steps=told), gradient_accumulation_steps=4)
    model = compiled(optimizer, 6, jit_compile="auto")
    fit(model, np.repeat(batches(6)[0], 4, axis=0))
    try:
        step: Any = unisched_keras.state(optimizer).step
    except unisched.UnischedError as error:
        step = error.code
    return {"rates": rates(model), "step": step}


def two_fits() -> dict[str, Any]:
    model, inputs = compiled(sgd(), 12), batches(12)[0]
    fit(model, inputs[:5])
    between = unisched_keras.state(model.optimizer).step
    fit(model, inputs[5:])
    return {"rates": rates(model), "between": between, "step": unisched_keras.state(model.optimizer).step}


def evaluated_between_epochs() -> dict[str, Any]:
    """Validation and prediction are no updates."""
    model, inputs = compiled(sgd(), 8), batches(8)[0]
    for part in (inputs[:4], inputs[4:]):
        fit(model, part, validation_data=(inputs, batches(8)[1]))
        model.predict(inputs, verbose=0)
    return {"rates": rates(model), "step": unisched_keras.state(model.optimizer).step}


def unsized(*, told: bool) -> dict[str, Any]:
    """A generator of unknown length: Keras asks it for one batch too many, unless told how many steps an epoch has."""

    def pairs() -> Iterator[tuple[Any, Any]]:
        for row, target in zip(*batches(9), strict=True):
            yield row[None], target[None]

    model = compiled(sgd(), 9)
    with warnings.catch_warnings(record=True):
        model.fit(pairs(), verbose=0, shuffle=False, steps_per_epoch=9 if told else None)
    return {"rates": rates(model), "step": unisched_keras.state(model.optimizer).step}


def scaled_loss() -> dict[str, Any]:
    """Half precision: rows 2 and 5 overflow, and their updates are skipped."""
    keras.mixed_precision.set_global_policy("mixed_float16")
    try:
        model, inputs = compiled(sgd(), 9), batches(9)[0]
        inputs[2, 2] = inputs[5, 5] = np.inf
        fit(model, inputs)
    finally:
        keras.mixed_precision.set_global_policy("float32")
    optimizer = model.optimizer
    return {"rates": rates(model), "optimizer": type(optimizer).__name__,
            "step": unisched_keras.state(optimizer).step}  # fmt: skip


def grouped(pattern: str = ".*head.*") -> dict[str, Any]:
    """Two weights per batch, each moved by the optimizer of its own group."""
    inputs = keras.Input((10,))
    towers = [keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros", name=name)(inputs)
              for name in ("body", "head")]  # fmt: skip
    model = keras.Model(inputs, keras.layers.Add()(towers))
    of = {group: keras.optimizers.SGD(unisched.build(GROUPED, "keras", total=TOTAL, group=group))
          for group in (None, "head")}  # fmt: skip
    multi = keras.optimizers.MultiOptimizer(keras.optimizers.OptimizerMap(of[None], {pattern: of["head"]}))
    model.compile(multi, loss=downhill, jit_compile=False)
    fit(model, batches(10)[0])
    used = {layer: [float(w).hex() for w in keras.ops.convert_to_numpy(model.get_layer(layer).kernel)[:, 0]]
            for layer in ("body", "head")}  # fmt: skip
    return used | {"steps": [unisched_keras.state(inner).step for inner in multi.optimizers]}


def beyond_float32() -> dict[str, Any]:
    """The counter stands where float32 would round it to an even number."""
    optimizer = keras.optimizers.SGD(unisched.build(STAIRS, "keras"))
    model = compiled(optimizer, 6)
    optimizer.build(model.trainable_variables)
    optimizer.iterations.assign(LATE)
    fit(model, batches(6)[0])
    return {"rates": rates(model), "step": unisched_keras.state(optimizer).step}


TRAININGS: Final[dict[str, Callable[[], Any]]] = {
    "fit, jit": partial(run, jit_compile=True),
    "fit, no jit": partial(run, jit_compile=False),
    "fit, eager": partial(run, run_eagerly=True),
    "fit, five steps in one execution": several_in_one_execution,
    "accumulation, told": partial(accumulation, 4),
    "accumulation, not told": partial(accumulation, 1),
    "two fits": two_fits,
    "evaluation between": evaluated_between_epochs,
    "unsized": partial(unsized, told=False),
    "unsized, told": partial(unsized, told=True),
    "scaled loss": scaled_loss,
    "groups": grouped,
    "groups, pattern that misses": partial(grouped, "head"),
    "beyond float32": beyond_float32,
}

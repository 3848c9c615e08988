"""Trainings that stop, are saved and go on: the whole model, its weights alone, and the portable state beside them."""

from __future__ import annotations

import contextlib
import tempfile
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

import keras
import unisched_keras

import unisched
from workers.documents import RATE, TOTAL
from workers.keras_model import batches, compiled, downhill, fit, rates

__all__ = ["TRAININGS"]

STOP: Final = 7
UPDATES: Final = 16
EPOCH: Final = 6  # batches, where there are epochs
CUT: Final = EPOCH + 2


def built(state: Any = None, **options: Any) -> Any:
    rate = unisched.build(RATE, "keras", total=TOTAL, state=state)
    return compiled(keras.optimizers.SGD(rate, **options), UPDATES)


def until_stop(**options: Any) -> Any:
    model = built(**options)
    fit(model, batches(UPDATES)[0][:STOP])
    return model


def went_on(model: Any, **found: Any) -> dict[str, Any]:
    found["found"] = unisched_keras.state(model.optimizer).step
    fit(model, batches(UPDATES)[0][STOP:])
    return found | {"rates": rates(model)[STOP:], "step": unisched_keras.state(model.optimizer).step}


def whole_model() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.keras"
        until_stop().save(file)
        return went_on(keras.models.load_model(file, custom_objects={"downhill": downhill}))


def weights(*, slots: bool, builds: bool = False, carries_state: bool = False) -> dict[str, Any]:
    """Weights alone, into a new model, whose optimizer may be built before; the portable state may come beside them.

    With `slots` the optimizer keeps something for each weight, as all but plain SGD do: a momentum too small to see.
    """
    momentum = 1e-30 if slots else 0.0
    with tempfile.TemporaryDirectory() as folder:
        file, trained = Path(folder) / "model.weights.h5", until_stop(momentum=momentum)
        trained.save_weights(file)
        model = built(unisched_keras.state(trained.optimizer).to_json() if carries_state else None, momentum=momentum)
        if builds:
            model.optimizer.build(model.trainable_variables)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            model.load_weights(file)
        return went_on(model, warned=any("optimizer" in str(warning.message) for warning in caught))


class _CutError(Exception):
    """The end of a training that was not meant to end."""


class _Cut(keras.callbacks.Callback):
    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if unisched_keras.state(self.model.optimizer).step == CUT:
            raise _CutError


def backup_within_an_epoch(form: str) -> dict[str, Any]:
    """Three epochs, each over the same rows, backed up after every second batch, and cut in the second."""
    rows = batches(EPOCH)[0]

    def model() -> Any:
        if form == "schedule":
            return compiled(keras.optimizers.SGD(unisched.build(RATE, "keras", total=TOTAL), momentum=1e-30), EPOCH)
        plain = keras.optimizers.SGD(1.0, momentum=1e-30)
        return compiled(unisched.build(RATE, "keras", form="optimizer", optimizer=plain, total=TOTAL), EPOCH)

    with tempfile.TemporaryDirectory() as folder:
        with contextlib.suppress(_CutError):
            fit(model(), rows, [keras.callbacks.BackupAndRestore(folder, save_freq=2), _Cut()], epochs=3)
        again = model()
        fit(again, rows, [keras.callbacks.BackupAndRestore(folder, save_freq=2)], epochs=3)
    return {"weights": rates(again), "step": unisched_keras.state(again.optimizer).step}


TRAININGS: Final[dict[str, Callable[[], Any]]] = {
    "model, saved and loaded": whole_model,
    "weights, plain": partial(weights, slots=False),
    "weights, plain, and the state": partial(weights, slots=False, carries_state=True),
    "weights, slots": partial(weights, slots=True),
    "weights, slots, built before": partial(weights, slots=True, builds=True),
    "weights, slots, and the state": partial(weights, slots=True, carries_state=True),
    **{f"backup within an epoch, {form}": partial(backup_within_an_epoch, form) for form in ("schedule", "optimizer")},
}

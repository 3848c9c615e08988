"""Trainings under a plateau: what `fit` logs reaches the optimizer form and the callback form, and is in backups."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from typing import Any, Final

import keras
import numpy as np
import unisched_keras

import unisched
from workers.documents import PLATEAU, RATE, TOTAL
from workers.keras_model import batches, compiled, downhill, fit, rates

__all__ = ["TRAININGS"]

LENGTH: Final = 4  # batches in an epoch


def built(spec: Mapping[str, Any], **binding: Any) -> Any:
    optimizer = keras.optimizers.SGD(1.0)
    return unisched.build(spec, "keras", form="optimizer", optimizer=optimizer, total=TOTAL, **binding)


def plateau(**options: Any) -> dict[str, Any]:
    """Epochs whose validation gets worse all the time, heard of through `monitor`."""
    updates = LENGTH * 5
    optimizer = built(PLATEAU)
    model, inputs = compiled(optimizer, updates, **options), batches(updates)[0]
    losses: list[float] = []
    for epoch in range(5):
        part = inputs[LENGTH * epoch : LENGTH * (epoch + 1)]
        record = fit(model, part, [optimizer.monitor("val_loss")], validation_data=(-inputs, np.zeros((updates, 1))))
        losses += record.history["val_loss"]
    return {"rates": rates(model), "losses": losses, "state": unisched_keras.state(optimizer).to_json()}


def plateau_in_blocks() -> Any:
    try:
        return plateau(steps_per_execution=2, jit_compile="auto")
    except ValueError as error:
        return {"refused": str(error)}


def by_callback() -> dict[str, Any]:
    """The same with the callback form, the rate alone."""
    updates = LENGTH * 5
    ours = unisched.build(PLATEAU, "keras", form="callback", monitor="val_loss", total=TOTAL)
    model, inputs = compiled(keras.optimizers.SGD(1.0), updates), batches(updates)[0]
    losses: list[float] = []
    for epoch in range(5):
        part = inputs[LENGTH * epoch : LENGTH * (epoch + 1)]
        record = fit(model, part, [ours], validation_data=(-inputs, np.zeros((updates, 1))))
        losses += record.history["val_loss"]
    return {"rates": rates(model), "losses": losses, "state": ours.state().to_json()}


def grouped_with_plateau() -> dict[str, Any]:
    """Two inner optimizers, both of which are told; the rate of one falls with the metric, its decay and all."""
    spec = {"schedules": {"learning_rate": RATE},
            "groups": {"head": {"learning_rate": PLATEAU}}}  # fmt: skip
    towers_in = keras.Input((10,))
    towers = [keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros", name=name)(towers_in)
              for name in ("body", "head")]  # fmt: skip
    model = keras.Model(towers_in, keras.layers.Add()(towers))
    body, head = (built(spec, group=group) for group in (None, "head"))
    multi = keras.optimizers.MultiOptimizer(keras.optimizers.OptimizerMap(body, {".*head.*": head}))
    model.compile(multi, loss=downhill, jit_compile=False)
    inputs = batches(10)[0]
    for k in range(5):
        fit(model, inputs[2 * k : 2 * k + 2])
        head.observe(1.0 + k)
    return {layer: [float(w).hex() for w in keras.ops.convert_to_numpy(model.get_layer(layer).kernel)[:, 0]]
            for layer in ("body", "head")}  # fmt: skip


def heard_after_a_backup() -> dict[str, list[int]]:
    """By what stands first in the list, how many losses of the training were heard: in three epochs, and after four."""

    def heard(folder: str, epochs: int, *, backup_first: bool) -> int:
        optimizer = built(PLATEAU)
        backup = keras.callbacks.BackupAndRestore(folder, delete_checkpoint=False)
        callbacks = [backup, optimizer.monitor()] if backup_first else [optimizer.monitor(), backup]
        fit(compiled(optimizer, LENGTH), batches(LENGTH)[0], callbacks, epochs=epochs)
        (memory,) = optimizer.state().feedback.values()
        return int(memory["seen"])

    found = {}
    for name in ("monitor", "backup"):
        with tempfile.TemporaryDirectory() as folder:
            found[name] = [heard(folder, epochs, backup_first=name == "backup") for epochs in (3, 4)]
    return found


TRAININGS: Final[dict[str, Callable[[], Any]]] = {
    "plateau": plateau,
    "plateau, in blocks": plateau_in_blocks,
    "plateau, callback": by_callback,
    "optimizer, groups": grouped_with_plateau,
    "optimizer, heard": heard_after_a_backup,
}

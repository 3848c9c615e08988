"""Data parallelism of Keras over two devices of the host, on JAX and TensorFlow: writes what each update used as JSON.

One device has the row that moves weight j, twice as strong, and the other one that moves nothing: the gradient is the
mean.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Final

os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=2"

import keras
import numpy as np
import unisched_keras

import unisched
from workers.documents import PLATEAU, RATE, TOTAL
from workers.keras_model import batches, compiled, downhill, rates

__all__: list[str] = []

UPDATES: Final = 20
LENGTH: Final = 4  # batches in an epoch


def both_devices() -> Any:
    """Let Keras use both devices; give them, and the context that models are built in."""
    if keras.backend.backend() == "jax":
        shared = keras.distribution.DataParallel()
        keras.distribution.set_distribution(shared)
        return shared.device_mesh.devices.size, nullcontext()
    import tensorflow as tf

    halves = [tf.config.LogicalDeviceConfiguration()] * 2
    tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], halves)
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    return strategy.num_replicas_in_sync, strategy.scope()


DEVICES, SHARED = both_devices()


def built(form: str, spec: Any = RATE) -> Any:
    if form == "schedule":
        return compiled(keras.optimizers.SGD(unisched.build(spec, "keras", total=TOTAL)), UPDATES)
    plain = keras.optimizers.SGD(1.0)
    return compiled(unisched.build(spec, "keras", form="optimizer", optimizer=plain, total=TOTAL), UPDATES)


def trained(model: Any, start: int, stop: int, **options: Any) -> Any:
    inputs = 2 * np.repeat(batches(UPDATES)[0][start:stop], 2, axis=0)
    inputs[1::2] = 0
    return model.fit(inputs, np.zeros((len(inputs), 1)), batch_size=2, shuffle=False, verbose=0, **options)


def plain(form: str) -> dict[str, Any]:
    model = built(form)
    trained(model, 0, UPDATES)
    return {"rates": rates(model), "step": unisched_keras.state(model.optimizer).step}


def watching() -> dict[str, Any]:
    """A plateau that hears of the validation, saved and loaded in the middle."""
    model, losses = built("optimizer", PLATEAU), []
    for start in range(0, UPDATES, LENGTH):
        against = -2 * np.repeat(batches(UPDATES)[0], 2, axis=0), np.zeros((2 * UPDATES, 1))
        heard = [model.optimizer.monitor("val_loss")]
        losses += trained(model, start, start + LENGTH, callbacks=heard, validation_data=against).history["val_loss"]
        if start == 2 * LENGTH:
            with tempfile.TemporaryDirectory() as folder:
                model.save(Path(folder) / "model.keras")
                model = keras.models.load_model(Path(folder) / "model.keras", {"downhill": downhill})
    return {"rates": rates(model), "losses": losses}


if __name__ == "__main__":
    with SHARED:
        found = {"devices": DEVICES, "watching": watching()} | {form: plain(form) for form in ("schedule", "optimizer")}
    Path(sys.argv[1]).write_text(json.dumps(found), encoding="utf-8")

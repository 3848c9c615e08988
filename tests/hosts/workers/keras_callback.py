"""Trainings with the callback form, and what Keras's own callbacks do to an optimizer that has a schedule."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import keras
import unisched_keras

import unisched
from workers.documents import PLATEAU, RATE, TOTAL, bits
from workers.keras_model import batches, compiled, fit, rates

__all__ = ["TRAININGS"]


def callback() -> Any:
    return unisched.build(RATE, "keras", form="callback", total=TOTAL)


def recorded() -> dict[str, Any]:
    """Two calls of `fit`, two epochs each, one callback."""
    model, ours, inputs = compiled(keras.optimizers.SGD(0.1), 12), callback(), batches(12)[0]
    records = [fit(model, part, [ours]) for part in (inputs[:7], inputs[7:])]
    return {
        "rates": rates(model),
        "history": bits(ours.history["learning_rate"]),
        "logs": [bits(record.history["learning_rate"]) for record in records],
        "step": ours.state().step,
    }


def continued() -> dict[str, Any]:
    """The state goes to a fresh callback and a fresh optimizer, whose counter starts at 0."""
    first, inputs = callback(), batches(12)[0]
    fit(compiled(keras.optimizers.SGD(0.1), 12), inputs[:5], [first])
    model = compiled(keras.optimizers.SGD(0.1), 12)
    later = unisched.build(RATE, "keras", form="callback", total=TOTAL, state=first.state().to_json())
    fit(model, inputs[5:], [later])
    return {"rates": rates(model)[5:], "step": later.state().step}


def refusals() -> dict[str, list[Any]]:
    """By name, the error that training ended with and the updates made until then."""
    schedule = unisched.build(RATE, "keras", total=TOTAL)
    theirs = {
        "plateau": keras.callbacks.ReduceLROnPlateau(monitor="loss", patience=1, min_delta=1e9),
        "scheduler": keras.callbacks.LearningRateScheduler(lambda epoch: 0.1),
        "ours": callback(),
    }
    return {name: _refused(keras.optimizers.SGD(schedule), given) for name, given in theirs.items()}


def _refused(optimizer: Any, given: Any) -> list[Any]:
    model = compiled(optimizer, 4)
    try:
        fit(model, batches(4)[0], [given], epochs=6)
    except (TypeError, unisched.UnischedError) as error:
        return [type(error).__name__, unisched_keras.state(optimizer).step]
    return ["none", unisched_keras.state(optimizer).step]


def after_a_backup(spec: Any, *, is_first: bool) -> dict[str, Any]:
    """Two epochs, then two more in a new model: the counter comes from a backup, the callback from its state.

    The callback stands before the backup in the list, or after it.
    """
    name, rows = ("val_loss" if spec is PLATEAU else None), batches(6)[0]

    def trained(folder: str, epochs: int, state: str | None = None) -> Any:
        ours = unisched.build(spec, "keras", form="callback", total=TOTAL, state=state, monitor=name)
        backup = keras.callbacks.BackupAndRestore(folder, delete_checkpoint=False)
        fit(compiled(keras.optimizers.SGD(1.0), 6), rows, [ours, backup] if is_first else [backup, ours],
            epochs=epochs, validation_data=(-rows, batches(6)[1]))  # fmt: skip
        return ours

    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as other:
        begun = trained(folder, 2)
        on, whole = trained(folder, 4, begun.state().to_json()), trained(other, 4)
        try:
            refused = str(trained(folder, 6, begun.state().at(9).to_json()))
        except unisched.UnischedError as error:
            refused = error.code
    return {
        "went on": bits(on.history["learning_rate"]),
        "due": bits(whole.history["learning_rate"][12:]),
        "steps": [begun.state().step, on.state().step],
        "state of another step": refused,
    }


TRAININGS: Final[dict[str, Callable[[], Any]]] = {
    "callback, recorded": recorded,
    "callback, continued": continued,
    "callbacks on a schedule": refusals,
    **{f"{name}, {order}": partial(after_a_backup, spec, is_first=order == "first")
       for name, spec in {"rate": RATE, "plateau": PLATEAU}.items() for order in ("first", "last")},
}  # fmt: skip

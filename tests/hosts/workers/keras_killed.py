"""A training of several epochs that kills itself in the middle of one, and its restart.

Run as keras_killed FOLDER FORM [BATCH]. FORM is "schedule" or "optimizer", the latter under a plateau that hears of
the validation. With BATCH, counted over all epochs, it keeps what both ways back need, and dies after that batch.
Without, it goes on three times: by BackupAndRestore, from the file of ModelCheckpoint, and, for comparison, from the
beginning.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Final

import keras
import numpy as np
import unisched_keras  # noqa: F401 - its classes are found when a model is loaded
from dying import Journal, die

import unisched
from workers.documents import PLATEAU, RATE, TOTAL, bits
from workers.keras_model import compiled, downhill

__all__: list[str] = []

EPOCHS: Final = 5
LENGTH: Final = 6  # batches in an epoch
ROWS: Final = np.eye(LENGTH, dtype=np.float32)
NOTHING: Final = np.zeros((LENGTH, 1), np.float32)


class Record(keras.callbacks.Callback):
    """Writes all weights after each update; each update adds its rate to one weight."""

    def __init__(self, journal: Journal, last: int = -1) -> None:
        super().__init__()
        self._journal, self._last = journal, last

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        model = self.model
        weights = np.asarray(keras.ops.convert_to_numpy(model.layers[-1].kernel), np.float32)[:, 0]
        step = int(keras.ops.convert_to_numpy(model.optimizer.iterations))
        self._journal.write(step=step, weights=bits(weights.tolist()))
        if step == self._last:
            die()


class Training:
    """One form: its model, what is kept of it, and the callbacks that it needs."""

    def __init__(self, form: str, folder: Path) -> None:
        self.form, self.folder, self.file = form, folder, folder / f"{form}.keras"

    def model(self) -> Any:
        # An average of the weights makes slots, without which Keras would restore the counter in any case.
        if self.form == "schedule":
            optimizer = keras.optimizers.SGD(unisched.build(RATE, "keras", total=TOTAL), use_ema=True)
        else:
            optimizer = unisched.build(PLATEAU, "keras", form="optimizer", total=TOTAL,
                                       optimizer=keras.optimizers.SGD(1.0, use_ema=True))  # fmt: skip
        return compiled(optimizer, LENGTH)

    def saved(self) -> Any:
        return keras.models.load_model(self.file, custom_objects={"downhill": downhill})

    def backup(self) -> Any:
        return keras.callbacks.BackupAndRestore(str(self.folder / f"{self.form}-backup"))

    def fit(self, model: Any, journal: str, *keeping: Any, first: int = 0, last: int = -1) -> None:
        heard = [model.optimizer.monitor("val_loss")] if self.form == "optimizer" else []
        record = Record(Journal(self.folder / f"{self.form}-{journal}.jsonl"), last)
        # Downhill for the training is uphill for the validation, which gets worse from epoch to epoch.
        model.fit(ROWS, NOTHING, validation_data=(-ROWS, NOTHING), batch_size=1, shuffle=False, verbose=0,
                  epochs=EPOCHS, initial_epoch=first, callbacks=[*keeping, *heard, record])  # fmt: skip


def main() -> None:
    training = Training(sys.argv[2], Path(sys.argv[1]))
    if len(sys.argv) > 3:
        keeping = [training.backup(), keras.callbacks.ModelCheckpoint(str(training.file))]
        training.fit(training.model(), "killed", *keeping, last=int(sys.argv[3]))
    loaded = training.saved()
    epoch = int(keras.ops.convert_to_numpy(loaded.optimizer.iterations)) // LENGTH
    training.fit(training.model(), "backup", training.backup())
    training.fit(loaded, "file", first=epoch)
    training.fit(training.model(), "whole")


if __name__ == "__main__":
    main()

"""The Trainer of Transformers on two ranks: it takes its batches from the data of one."""

from __future__ import annotations

from pathlib import Path

from processes import asked, report
from small_training import weights
from test_trainer import paired, trained

trainer = paired(Path(asked()["folder"]), gathered=2, per_device_train_batch_size=2)
report({"rows": trained(trainer), "weights": weights(trainer.model)})
trainer.accelerator.end_training()

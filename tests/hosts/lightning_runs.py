"""What the tests of Lightning's Trainer share: a trainer, a loader that can be resumed, and a run that is taken up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import lightning
import pytest
from lightning.pytorch.callbacks import ModelCheckpoint
from small_training import batch
from torch import Tensor

__all__ = ["OF_LIGHTNING", "Batches", "trainer", "two_runs"]

OF_LIGHTNING: Final = [
    # Lightning asks torch for the parts of a tree in a way that torch calls deprecated.
    pytest.mark.filterwarnings("ignore:`isinstance\\(treespec, LeafSpec\\)` is deprecated"),
    # Advice about speed, which no test here is about.
    pytest.mark.filterwarnings("ignore:The .(train|val)_dataloader. does not have many workers"),
    # Two runs save side by side: a callback with another folder would not be the one that is resumed.
    pytest.mark.filterwarnings("ignore:Checkpoint directory .* exists and is not empty"),
]


class Batches:
    """So many batches an epoch; it can say where it stands, so that a checkpoint within an epoch goes on there."""

    def __init__(self, count: int) -> None:
        self._count, self._next = count, 0

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        self._next %= self._count
        while self._next < self._count:
            self._next += 1
            yield batch(self._next - 1)

    def state_dict(self) -> dict[str, Any]:
        return {"next": self._next}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._next = state["next"]


def trainer(folder: Path, epochs: int, **settings: Any) -> lightning.Trainer:
    plain: dict[str, Any] = {"logger": False, "enable_checkpointing": False, "devices": 1}
    return lightning.Trainer(
        max_epochs=epochs, accelerator="cpu", default_root_dir=folder, enable_progress_bar=False,
        enable_model_summary=False, **plain | settings,
    )  # fmt: skip


def two_runs(folder: Path, cut: int, **saving: Any) -> Iterator[tuple[ModelCheckpoint, Path | None]]:
    """Give, for a whole run and one that takes it up after `cut` updates, what saves it and where it begins."""
    for name, path in (("whole", None), ("again", folder / "saved" / f"whole-step={cut}.ckpt")):
        yield ModelCheckpoint(folder / "saved", filename=f"{name}-{{step}}", save_top_k=-1, **saving), path

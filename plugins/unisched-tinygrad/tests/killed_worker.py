"""A training under a plateau that is killed by SIGKILL at every moment it has, and goes on from its last checkpoint.

Run as killed_worker FOLDER. Each life is a fork of this process, which has imported tinygrad and computed nothing. Then
`whole` holds the same training, not killed. `used.jsonl` says what each update used, and the weights after it.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Final

import numpy as np
from tinygrad import Context, Tensor
from tinygrad.nn.optim import AdamW
from tinygrad.nn.state import get_state_dict, load_state_dict

import unisched

__all__ = ["LOSSES", "SPEC", "TOTAL", "train"]

TOTAL: Final = 6
PLACES: Final = ("begun", "half saved", "saved")
LOSSES: Final = [1.0, 0.5, 0.5, 0.5, 0.25, 0.25]
STALLS: Final = {"kind": "plateau", "monitor": "loss", "factor": 0.5, "patience": 1}
SPEC: Final = {
    "total": TOTAL,
    "schedules": {
        "learning_rate": {
            "base": "optimizer",
            "curve": {"kind": "product", "curves": [{"kind": "warmup_cosine", "peak": 1.0, "warmup": 2}, STALLS]},
        },
        "weight_decay": {"kind": "linear", "start": 0.5, "end": 0.0},
    },
}


def train(folder: Path, dies_at: str | None = None) -> None:
    """Go on from what is saved in `folder`, to the end or to the moment `dies_at`."""

    def moment(place: str, step: int) -> None:
        if dies_at == f"{place} {step}":
            os.kill(os.getpid(), signal.SIGKILL)

    checkpoint, unfinished = folder / "run.npz", folder / "unfinished"
    weight = Tensor([1.0, -2.0]).realize()
    optimizer = AdamW([weight], lr=0.1)
    scheduler = unisched.build(SPEC, "tinygrad", optimizer=optimizer)
    run = {"optimizer": optimizer, "scheduler": scheduler}
    if checkpoint.exists():
        with np.load(checkpoint) as saved:
            load_state_dict(run, {name: Tensor(saved[name]) for name in saved.files}, verbose=False)
    for step in range(scheduler.state().step, TOTAL):
        moment("begun", step)
        scheduler.observe(LOSSES[step])
        used = [optimizer.lr.item(), optimizer.wd.item()]
        weight.grad = Tensor([0.5, -1.0])
        with Context(TRAINING=1):
            optimizer.step()
        scheduler.step()
        with (folder / "used.jsonl").open("a") as lines:
            lines.write(json.dumps([step, used, weight.tolist()]) + "\n")
        with unfinished.open("wb") as file:
            np.savez(file, **{name: tensor.numpy() for name, tensor in get_state_dict(run).items()})
        whole = unfinished.read_bytes()
        unfinished.write_bytes(whole[: len(whole) // 2])
        moment("half saved", step)
        unfinished.write_bytes(whole)
        os.replace(unfinished, checkpoint)
        moment("saved", step)


def main() -> None:
    folder = Path(sys.argv[1])
    for life in [*(f"{place} {step}" for step in range(TOTAL) for place in PLACES), None]:
        child = os.fork()
        if not child:
            train(folder, life)
            os._exit(0)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if code != (-signal.SIGKILL if life else 0):
            raise SystemExit(f"{life}: ended with {code}")
    (folder / "whole").mkdir()
    train(folder / "whole")


if __name__ == "__main__":
    main()

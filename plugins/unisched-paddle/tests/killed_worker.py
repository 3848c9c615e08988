"""A training under a plateau that is killed by SIGKILL at every moment it has, and goes on from its last checkpoint.

Run as killed_worker FOLDER. Each life is a fork of this process, which has imported paddle and computed nothing. Then
`whole` holds the same training, not killed. `used.jsonl` says what each update used, and the weights after it.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any, Final

import paddle

import unisched

__all__ = ["LOSSES", "PLACES", "SPEC", "TOTAL", "train"]

TOTAL: Final = 6
PLACES: Final = ("begun", "half saved", "saved")
LOSSES: Final = [1.0, 0.5, 0.5, 0.5, 0.25, 0.25]
SPEC: Final = {
    "kind": "product",
    "curves": [
        {"kind": "warmup_cosine", "peak": 0.1, "warmup": 2},
        {"kind": "plateau", "monitor": "loss", "factor": 0.5, "patience": 1},
    ],
}


def train(folder: Path, dies_at: str | None = None) -> None:
    """Go on from what is saved in `folder`, to the end or to the moment `dies_at`."""

    def moment(place: str, step: int) -> None:
        if dies_at == f"{place} {step}":
            os.kill(os.getpid(), signal.SIGKILL)

    checkpoint, unfinished = folder / "run.pdparams", folder / "unfinished"
    paddle.seed(0)
    model = paddle.nn.Linear(3, 2)
    scheduler = unisched.build(SPEC, "paddle", total=TOTAL)
    optimizer = paddle.optimizer.AdamW(learning_rate=scheduler, parameters=model.parameters())
    if checkpoint.exists():
        saved: Any = paddle.load(str(checkpoint))
        model.set_state_dict(saved["model"])
        optimizer.set_state_dict(saved["optimizer"])
    for step in range(scheduler.last_epoch, TOTAL):
        moment("begun", step)
        scheduler.observe(LOSSES[step])
        used = optimizer.get_lr()
        model(paddle.ones([4, 3])).square().mean().backward()
        optimizer.step()
        optimizer.clear_grad()
        scheduler.step()
        with (folder / "used.jsonl").open("a") as lines:
            lines.write(json.dumps([step, used, model.weight.numpy().tobytes().hex()]) + "\n")
        paddle.save({"model": model.state_dict(), "optimizer": optimizer.state_dict()}, str(unfinished))
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

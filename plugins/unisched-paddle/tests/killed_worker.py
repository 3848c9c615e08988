"""A training that saves after each update, and dies without a word where it is told to."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import paddle

import unisched

SPEC = {"kind": "warmup_cosine", "peak": 0.1, "warmup": 5}


def main(folder: Path, dies_at: int | None = None) -> None:
    folder.mkdir(exist_ok=True)
    parameters, progress = str(folder / "run.pdparams"), str(folder / "run.pdopt")
    paddle.seed(0)
    model = paddle.nn.Linear(3, 2)
    scheduler = unisched.build(SPEC, "paddle", total=12)
    optimizer = paddle.optimizer.AdamW(learning_rate=scheduler, parameters=model.parameters())
    if Path(progress).exists():
        model.set_state_dict(paddle.load(parameters))
        optimizer.set_state_dict(paddle.load(progress))
    while scheduler.last_epoch < 12:
        model(paddle.ones([4, 3])).square().mean().backward()
        optimizer.step()
        optimizer.clear_grad()
        scheduler.step()
        paddle.save(model.state_dict(), parameters)
        paddle.save(optimizer.state_dict(), progress)
        if scheduler.last_epoch == dies_at:
            os._exit(9)
    np.save(folder / "end.npy", model.weight.numpy())


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))

"""A training with Flax and optax that kills itself, and its restart: flax_killed FOLDER KIND [UPDATE].

KIND is "linen" (a `TrainState`) or "nnx" (an `nnx.Optimizer`). Every few updates all of it goes into an orbax
`CheckpointManager`, the portable state beside it as JSON, and into a file of Flax's msgpack. With UPDATE it dies after
that update. Without, it goes on from each of them, from the portable state alone, and, for comparison, starts anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path
from typing import Any, Final

import flax.serialization
import jax
import jax.numpy as jnp
import numpy as np
import optax
import orbax.checkpoint as ocp
from dying import Journal, die
from unisched_optax import inject

import unisched
from workers.documents import RISING, TOTAL
from workers.linen_training import Linen
from workers.metrics import METRICS
from workers.nnx_training import Nnx

__all__: list[str] = []

UPDATES: Final = 30
EVERY: Final = 4


def scheduled(state: str | None = None) -> Any:
    return unisched.build(RISING, "optax", form="stateful", total=TOTAL, state=state)


def training(kind: str, schedules: Any) -> Any:
    return {"linen": Linen, "nnx": Nnx}[kind](inject(optax.adamw, schedules, eps=1e-6), schedules)


def batch(step: int) -> Any:
    return jax.random.normal(jax.random.key(step), (3, 4))


def write(journal: Journal, step: int, run: Any) -> None:
    used = {name: float(jnp.asarray(value)).hex() for name, value in run.opt_state.hyperparams.items()}
    weights = b"".join(np.asarray(leaf).tobytes() for leaf in jax.tree.leaves(run.tree))
    journal.write(step=step, used=used, all=hashlib.sha256(weights).hexdigest())


def train(run: Any, first: int, journal: Journal, schedules: Any, folder: Path | None = None, last: int = -1) -> None:
    manager = ocp.CheckpointManager(folder / "orbax") if folder else None
    for step in range(first, UPDATES):
        run.update(batch(step), METRICS[step])
        write(journal, step, run)
        if manager and folder and (step + 1) % EVERY == 0:
            save(manager, folder, step + 1, run, schedules.state(run.opt_state).to_json())
        if step + 1 == last:
            die()


def save(manager: Any, folder: Path, step: int, run: Any, state: str) -> None:
    items = {"train": ocp.args.StandardSave(run.tree), "schedule": ocp.args.JsonSave(json.loads(state))}
    manager.save(step, args=ocp.args.Composite(**items))  # in the background: what is not complete is not there
    for name, content in {"msgpack": flax.serialization.to_bytes(run.tree), "state.json": state.encode()}.items():
        (folder / "new").write_bytes(content)
        os.replace(folder / "new", folder / name)


def go_on(folder: Path, kind: str) -> None:
    manager = ocp.CheckpointManager(folder / "orbax")
    run, schedules = training(kind, scheduled()), scheduled()
    step = manager.latest_step()
    items = {"train": ocp.args.StandardRestore(run.tree), "schedule": ocp.args.JsonRestore()}
    restored = manager.restore(step, args=ocp.args.Composite(**items))
    run.tree = restored["train"]
    assert schedules.state(run.opt_state) == unisched.State.from_json(restored["schedule"])
    train(run, step, Journal(folder / "by-orbax.jsonl"), schedules)

    run = training(kind, scheduled())
    run.tree = flax.serialization.from_bytes(run.tree, (folder / "msgpack").read_bytes())
    train(run, schedules.state(run.opt_state).step, Journal(folder / "by-msgpack.jsonl"), schedules)

    text = (folder / "state.json").read_text()
    later = scheduled(text)
    train(training(kind, later), unisched.State.from_json(text).step, Journal(folder / "by-state.jsonl"), later)
    train(training(kind, scheduled()), 0, Journal(folder / "whole.jsonl"), schedules)


def main() -> None:
    folder, kind = Path(sys.argv[1]), sys.argv[2]
    if len(sys.argv) > 3:
        schedules = scheduled()
        train(training(kind, schedules), 0, Journal(folder / "killed.jsonl"), schedules, folder, int(sys.argv[3]))
    go_on(folder, kind)


if __name__ == "__main__":
    main()

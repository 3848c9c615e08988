"""Trains with optax alone, under a plateau, and saves every update: to be killed at any moment.

What is saved are the arrays of weights and optimizer, and the portable state beside them, which has to be theirs.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np
import optax
from killing import moment, note, saving
from unisched_optax import inject, observe

import unisched
from workers.documents import RISING, TOTAL
from workers.metrics import METRICS

__all__ = ["UPDATES", "train", "warm"]

UPDATES: Final = 6
FILE: Final = Path("checkpoint.npz")


def warm() -> None:
    """Import what a training imports only when it begins; JAX itself must not begin before a fork."""
    unisched.build(RISING, "optax", form="stateful", total=TOTAL)


def train() -> None:
    """Go on from what is saved in the current folder."""
    schedules = unisched.build(RISING, "optax", form="stateful", total=TOTAL)
    optimizer = inject(optax.adamw, schedules, eps=1e-6)

    @jax.jit
    def update(weights: Any, opt_state: Any, metric: Any) -> tuple[Any, Any]:
        opt_state = observe(opt_state, schedules, metric)
        updates, opt_state = optimizer.update(2 * weights, opt_state, weights)
        return optax.apply_updates(weights, updates), opt_state

    weights = jnp.asarray([1.0, -2.0, 0.5])
    run, begin = (weights, optimizer.init(weights)), 0
    if FILE.exists():
        saved = np.load(FILE)
        leaves = [jnp.asarray(saved[str(index)]) for index in range(len(jax.tree.leaves(run)))]
        run = jax.tree.unflatten(jax.tree.structure(run), leaves)
        portable = unisched.State.from_json(str(saved["state"]))
        if portable != schedules.state(run[1]):
            raise AssertionError(f"{portable} is not the state of the arrays beside it")
        begin = portable.step
    for step in range(begin, UPDATES):
        moment("begun", step)
        run = update(*run, METRICS[step])
        used = {name: float(value).hex() for name, value in run[1].hyperparams.items()}
        note(Path("used.jsonl"), step, [used, np.asarray(run[0]).tolist()])
        with saving(FILE, step) as path, path.open("wb") as file:
            arrays = {str(index): np.asarray(leaf) for index, leaf in enumerate(jax.tree.leaves(run))}
            np.savez(file, state=schedules.state(run[1]).to_json(), **arrays)
    Path("portable.json").write_text(json.dumps(schedules.state(run[1]).to_json()))


if __name__ == "__main__":
    train()

"""Trains with Keras from one step to another, as often as it is asked: a line of JSON in, a line of JSON out."""

from __future__ import annotations

import json
import sys
from typing import Any

import keras
import numpy as np
import unisched_keras

import unisched
from workers.documents import TOTAL
from workers.keras_model import compiled, rates

__all__: list[str] = []


def built(leg: dict[str, Any], form: str, group: str | None) -> Any:
    given = {"total": TOTAL, "state": leg["state"], "base": leg["base"], "form": form, "group": group}
    if form == "schedule":
        return keras.optimizers.SGD(unisched.build(leg["spec"], "keras", **given))
    return unisched.build(leg["spec"], "keras", optimizer=keras.optimizers.SGD(1.0), **given)


def trained(leg: dict[str, Any], group: str | None) -> tuple[list[str], str]:
    optimizer = built(leg, leg["form"], group)
    start, stop = unisched_keras.state(optimizer).step, leg["stop"]
    model = compiled(optimizer, stop - start)
    for step, row in zip(range(start, stop), np.eye(stop - start, dtype=np.float32), strict=True):
        if (metric := leg["metrics"].get(str(step))) is not None:
            optimizer.observe(metric)
        model.train_on_batch(row[None], np.zeros((1, 1), np.float32))
    return rates(model), unisched_keras.state(model.optimizer).to_json()


def answer(leg: dict[str, Any]) -> dict[str, Any]:
    ways = [trained(leg, group) for group in leg["groups"]]
    (state,) = {state for _, state in ways}
    return {"used": [used for used, _ in ways], "state": state}


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)

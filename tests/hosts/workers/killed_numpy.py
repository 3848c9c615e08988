"""Trains without a framework, saves after every update, and goes on from where it was: to be killed at any moment."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from killing import moment, note, saving

import unisched
from workers.documents import RISING
from workers.documents import TOTAL as UPDATES
from workers.metrics import METRICS

__all__ = ["UPDATES", "train", "warm"]

FILE: Final = Path("checkpoint.json")


def warm() -> None:
    """Import what a training imports only when it begins."""
    unisched.build(RISING, form="scheduler", total=UPDATES)


def train() -> None:
    """Go on from what is saved in the current folder."""
    saved = json.loads(FILE.read_text()) if FILE.exists() else {"weight": 1.0, "state": None}
    scheduler, weight = unisched.build(RISING, form="scheduler", total=UPDATES, state=saved["state"]), saved["weight"]
    for step in range(scheduler.state().step, UPDATES):
        moment("begun", step)
        scheduler.observe(METRICS[step])
        rate, decay = scheduler.value(), scheduler.value("weight_decay")
        weight -= rate * (2 * weight + decay * weight)
        note(Path("used.jsonl"), step, [rate, decay, weight])
        scheduler.step()
        with saving(FILE, step) as path:
            path.write_text(json.dumps({"weight": weight, "state": scheduler.state().to_json()}))


if __name__ == "__main__":
    train()

"""Trains without a framework, saves after every update, and goes on from where it was: to be killed at any moment."""

from __future__ import annotations

import json
from pathlib import Path

from killing import moment, note, saving

import unisched
from workers.documents import RISING, TOTAL
from workers.metrics import METRICS

FILE = Path("checkpoint.json")

saved = json.loads(FILE.read_text()) if FILE.exists() else {"weight": 1.0, "state": None}
scheduler, weight = unisched.build(RISING, form="scheduler", total=TOTAL, state=saved["state"]), saved["weight"]

for step in range(scheduler.state().step, TOTAL):
    moment("begun", step)
    scheduler.observe(METRICS[step])
    rate, decay = scheduler.value(), scheduler.value("weight_decay")
    weight -= rate * (2 * weight + decay * weight)
    note(Path("used.jsonl"), step, [rate, decay, weight])
    scheduler.step()
    with saving(FILE, step) as path:
        path.write_text(json.dumps({"weight": weight, "state": scheduler.state().to_json()}))

"""Trains some runs side by side, saves them after every update, and goes on from there: to be killed at any moment."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import torch
from killing import moment, note, saving
from small_training import TOTAL as UPDATES
from small_training import WATCHING, Net, Row, Used, batch, optimizer_of, weights

import unisched


class Run:
    """One model under one schedule, which is fed the loss where it watches one."""

    def __init__(self, spec: Any, driver: str) -> None:
        self.net = Net()
        self.scheduler = unisched.build(spec, "torch", optimizer=optimizer_of(self.net), total=UPDATES, driver=driver)
        self._used = Used(self.scheduler.optimizer)

    def update(self, step: int) -> Row:
        inputs, targets = batch(step)
        self.scheduler.optimizer.zero_grad()
        loss = (self.net(inputs) - targets).square().mean()
        loss.backward()
        self.scheduler.optimizer.step()
        self.scheduler.step()
        if self.scheduler.program.monitors:
            self.scheduler.observe(float(loss.detach()))
        return self._used.rows[-1]

    def state_dict(self) -> dict[str, Any]:
        return {"net": self.net.state_dict(), "optimizer": self.scheduler.optimizer.state_dict(),
                "scheduler": self.scheduler.state_dict()}  # fmt: skip

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        self.net.load_state_dict(saved["net"])
        self.scheduler.optimizer.load_state_dict(saved["optimizer"])
        self.scheduler.load_state_dict(saved["scheduler"])


def warm() -> None:
    """Import what a training imports only when it begins."""
    Run(WATCHING, "step")


def train(folder: Path, runs: dict[str, tuple[Any, str]]) -> None:
    """Go on from what is saved in `folder`; at the end the weights are there too."""
    made = {name: Run(spec, driver) for name, (spec, driver) in runs.items()}
    begin, file = 0, folder / "checkpoint.pt"
    if file.exists():
        saved = torch.load(file, weights_only=True)
        begin = saved["step"]
        for name, run in made.items():
            run.load_state_dict(saved["runs"][name])
    for step in range(begin, UPDATES):
        moment("begun", step)
        note(folder / "used.jsonl", step, {name: run.update(step) for name, run in made.items()})
        with saving(file, step) as path:
            torch.save({"step": step + 1, "runs": {name: run.state_dict() for name, run in made.items()}}, path)
    (folder / "weights.json").write_text(json.dumps({name: weights(run.net) for name, run in made.items()}))


if __name__ == "__main__":
    train(Path.cwd(), json.loads(sys.argv[1]))

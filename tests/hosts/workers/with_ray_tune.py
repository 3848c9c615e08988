"""Ray Tune: a search over what a schedule says, and a population whose peaks are changed while it trains."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import ray
import torch
from killing import note
from processes import asked, report
from ray import tune
from ray.tune import RunConfig, TuneConfig
from ray.tune.schedulers import PopulationBasedTraining
from small_training import TOTAL, Net, Used, optimizer_of, update

import unisched

PER_REPORT = 4
SPEC = {"kind": "warmup_cosine", "peak": 0.03, "warmup": 4}


def objective(config: dict[str, Any]) -> dict[str, Any]:
    net = Net()
    scheduler = unisched.build(config["schedule"], "torch", optimizer=optimizer_of(net), total=TOTAL)
    for step in range(TOTAL):
        update(net, scheduler.optimizer, step)
        scheduler.step()
    return {"loss": float(net(torch.ones(1, 4)).square()), "schedule": scheduler.program.spec.to_json()}


class Member(tune.Trainable):
    """One of a population; what each of its updates used goes to a file of its own."""

    def setup(self, config: dict[str, Any]) -> None:
        self._follow(config, None)

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        self._follow(new_config, None)
        return True

    def _follow(self, config: dict[str, Any], state: str | None) -> None:
        self.net = Net()
        self.scheduler = unisched.build(
            config["schedule"], "torch", optimizer=optimizer_of(self.net), total=TOTAL, state=state, strict=False
        )
        self.used = Used(self.scheduler.optimizer)

    def step(self) -> dict[str, Any]:
        for _ in range(PER_REPORT):
            step = self.scheduler.last_epoch
            update(self.net, self.scheduler.optimizer, step)
            self.scheduler.step()
            row = [self.config["schedule"]["peak"], self.used.rows[-1][0]]
            note(Path(self.config["folder"]) / f"{self.trial_id}.jsonl", step, row)
        peak = float(self.config["schedule"]["peak"])
        return {"score": peak, **self.scheduler.last_used()}

    def save_checkpoint(self, checkpoint_dir: str) -> None:
        Path(checkpoint_dir, "state.json").write_text(self.scheduler.state().to_json())

    def load_checkpoint(self, checkpoint: Any) -> None:
        self._follow(self.config, Path(checkpoint, "state.json").read_text())


def searched(folder: str) -> dict[str, Any]:
    space = {"schedule": {**SPEC, "peak": tune.loguniform(1e-3, 1e-1), "warmup": tune.randint(1, 8)}}
    tuner = tune.Tuner(
        objective,
        param_space=space,
        tune_config=TuneConfig(num_samples=2, metric="loss", mode="min", reuse_actors=True),
        run_config=RunConfig(name="search", storage_path=folder, verbose=0),
    )
    results = tuner.fit()
    best = results.get_best_result()
    return {
        "best": best.metrics["schedule"],
        "trials": [
            [result.config["schedule"], result.metrics["schedule"], result.metrics["loss"]] for result in results
        ],
        "least": best.metrics["loss"],
    }


def populated(folder: str) -> list[float]:
    peaks = [0.02, 0.08]
    population = PopulationBasedTraining(
        time_attr="training_iteration", perturbation_interval=2, synch=True,
        hyperparam_mutations={"schedule": {"peak": tune.loguniform(1e-3, 1e-1)}},
    )  # fmt: skip
    tuner = tune.Tuner(
        Member,
        param_space={"schedule": {**SPEC, "peak": tune.grid_search(peaks)}, "folder": folder},
        tune_config=TuneConfig(scheduler=population, metric="score", mode="max", reuse_actors=True),
        run_config=RunConfig(
            name="population", storage_path=folder, verbose=0, stop={"training_iteration": TOTAL // PER_REPORT}
        ),
    )
    return [float(result.metrics["lr-body"]) for result in tuner.fit()]


if __name__ == "__main__":
    os.environ |= {"RAY_AUTH_MODE": "disabled", "RAY_USAGE_STATS_ENABLED": "0", "RAY_prestart_worker_first_driver": "0"}
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    settings = asked()
    report({"search": searched(settings["folder"]), "population": populated(settings["folder"])})
    ray.shutdown()

"""Ray Train on two workers: one dies in the middle, and both are started again from the checkpoint last reported."""

from __future__ import annotations

import json
import os
import signal
import tempfile
from pathlib import Path
from typing import Any

import ray
import ray.train
import ray.train.torch
import torch
from killing import note
from processes import asked, report
from ray.train import Checkpoint, FailureConfig, RunConfig, ScalingConfig
from small_training import CUT, SPEC, TOTAL, Net, Used, optimizer_of, update, weights

import unisched

DIES = CUT + 3


def train(settings: dict[str, Any]) -> None:
    folder = Path(settings["folder"])
    rank, ranks = ray.train.get_context().get_world_rank(), ray.train.get_context().get_world_size()
    net = Net()
    model = ray.train.torch.prepare_model(net)
    scheduler = unisched.build(SPEC, "torch", optimizer=optimizer_of(net), total=TOTAL)
    begin, checkpoint = 0, ray.train.get_checkpoint()
    if checkpoint is not None:
        with checkpoint.as_directory() as place:
            saved = torch.load(Path(place) / "run.pt", weights_only=True)
        net.load_state_dict(saved["net"])
        scheduler.optimizer.load_state_dict(saved["optimizer"])
        scheduler.load_state_dict(saved["scheduler"])
        begin = scheduler.last_epoch
    used, died = Used(scheduler.optimizer), folder / "died"
    for step in range(begin, TOTAL):
        if step == DIES and rank == 1 and not died.exists():
            died.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        update(model, scheduler.optimizer, ranks * step + rank)
        scheduler.step()
        note(folder / f"used-{rank}.jsonl", step, used.rows[-1])
        if step + 1 in (CUT, TOTAL):
            with tempfile.TemporaryDirectory() as place:
                torch.save({"net": net.state_dict(), "optimizer": scheduler.optimizer.state_dict(),
                            "scheduler": scheduler.state_dict()}, Path(place) / "run.pt")  # fmt: skip
                ray.train.report({"begin": begin}, checkpoint=Checkpoint.from_directory(place) if rank == 0 else None)
        elif CUT <= step < DIES:
            ray.train.report({"begin": begin})  # waits until Ray has taken the report before
    (folder / f"weights-{rank}.json").write_text(json.dumps(weights(net)))


if __name__ == "__main__":
    # A cluster of this machine and this minute needs no token, which would stay in the home folder, and no processes
    # that wait for work.
    os.environ |= {"RAY_AUTH_MODE": "disabled", "RAY_USAGE_STATS_ENABLED": "0", "RAY_prestart_worker_first_driver": "0"}
    ray.init(num_cpus=3, include_dashboard=False, log_to_driver=False)
    trainer = ray.train.torch.TorchTrainer(
        train,
        train_loop_config={"folder": asked()["folder"]},
        torch_config=ray.train.torch.TorchConfig(backend="gloo"),
        scaling_config=ScalingConfig(num_workers=2, use_gpu=False),
        run_config=RunConfig(name="run", storage_path=asked()["folder"], failure_config=FailureConfig(max_failures=1)),
    )
    report(trainer.fit().metrics)
    ray.shutdown()

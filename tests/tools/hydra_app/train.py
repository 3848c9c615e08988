"""A training that Hydra configures; the schedule is a group of its configuration."""

from __future__ import annotations

from pathlib import Path

import hydra
import torch
from hydra.core.hydra_config import HydraConfig
from hydra.utils import instantiate
from omegaconf import DictConfig


@hydra.main(version_base=None, config_path="conf", config_name="config")
def train(config: DictConfig) -> None:
    net = torch.nn.Linear(3, 1)
    optimizer = torch.optim.AdamW(net.parameters())
    scheduler = instantiate(config.scheduler)(optimizer=optimizer)
    folder = Path(HydraConfig.get().runtime.output_dir)
    (folder / "schedule.json").write_text(scheduler.program.to_json())
    for _ in range(3):
        net(torch.ones(2, 3)).square().mean().backward()
        optimizer.step()
        scheduler.step()
        print(scheduler.last_used())


if __name__ == "__main__":
    train()

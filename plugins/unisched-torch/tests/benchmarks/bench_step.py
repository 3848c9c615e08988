"""Prints what one `step()` costs beside torch's own, by number of groups: run it by hand, on an idle machine."""

from __future__ import annotations

import statistics
import time
import warnings
from collections.abc import Callable, Mapping
from typing import Any, Final

import torch
from torch.optim import SGD, Optimizer
from torch.optim.lr_scheduler import LambdaLR, LRScheduler
from unisched_torch import UnischedLR

TOTAL: Final = 100_000
STEPS: Final = 400
ROUNDS: Final = 15
LINE: Final = {"kind": "linear", "start": 0.1, "end": 0}


def _optimizer(groups: int) -> Optimizer:
    return SGD([{"params": [torch.nn.Parameter(torch.zeros(1))], "name": f"g{n}"} for n in range(groups)], lr=0.1)


def _native(optimizer: Optimizer) -> LRScheduler:
    return LambdaLR(optimizer, lambda step: 1 - step / TOTAL)


def _one_schedule(optimizer: Optimizer) -> LRScheduler:
    return UnischedLR(optimizer, LINE, total=TOTAL)


def _a_scale_each(optimizer: Optimizer) -> LRScheduler:
    names = [group["name"] for group in optimizer.param_groups]
    scales: dict[str, Any] = {name: {"learning_rate": {"scale": 0.9**n}} for n, name in enumerate(names)}
    return UnischedLR(optimizer, {"schedules": {"learning_rate": LINE}, "groups": scales, "total": TOTAL})


def _two_scales(optimizer: Optimizer) -> LRScheduler:
    names = [group["name"] for group in optimizer.param_groups]
    scales: dict[str, Any] = {name: {"learning_rate": {"scale": 0.5 + n % 2}} for n, name in enumerate(names)}
    return UnischedLR(optimizer, {"schedules": {"learning_rate": LINE}, "groups": scales, "total": TOTAL})


MAKERS: Final[Mapping[str, Callable[[Optimizer], LRScheduler]]] = {
    "LambdaLR": _native,
    "one schedule for all": _one_schedule,
    "two scales": _two_scales,
    "a scale for each group": _a_scale_each,
}


def _microseconds(scheduler: LRScheduler) -> float:
    begin = time.perf_counter()
    for _ in range(STEPS):
        scheduler.step()
    return (time.perf_counter() - begin) / STEPS * 1e6


def main() -> None:
    """Print microseconds per step, the least and the median of all rounds."""
    warnings.simplefilter("ignore")  # no update is made between the steps
    for groups in (1, 10, 100):
        schedulers = {name: maker(_optimizer(groups)) for name, maker in MAKERS.items()}
        times: dict[str, list[float]] = {name: [] for name in schedulers}
        for _ in range(ROUNDS):
            for name, scheduler in schedulers.items():
                times[name].append(_microseconds(scheduler))
        for name, rounds in times.items():
            print(f"{groups:4} groups  {name:24} {min(rounds):8.1f} µs  {statistics.median(rounds):8.1f} µs")


if __name__ == "__main__":
    main()

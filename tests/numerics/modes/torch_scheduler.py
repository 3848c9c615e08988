"""torch's own loop: a `UnischedLR`, stepped after each update of its optimizer; over gaps it jumps.

One param group holds its rate as a float32 tensor, the other as a Python float.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import torch
from unisched_torch import UnischedLR

from numerics.case import Case
from numerics.mode import Given, Mode

__all__ = ["MODES"]


def _stretches(steps: Sequence[int]) -> Iterator[range]:
    """The steps as ranges without gaps."""
    first = 0
    for index, step in enumerate(steps):
        if index + 1 == len(steps) or steps[index + 1] != step + 1:
            yield range(steps[first], step + 1)
            first = index + 1


def _driven(case: Case) -> tuple[list[float], list[float]]:
    groups = [{"params": [torch.zeros(1)], "lr": torch.tensor(0.5)}, {"params": [torch.zeros(1)], "lr": 0.5}]
    optimizer = torch.optim.SGD(groups, lr=0.5)
    scheduler = UnischedLR(optimizer, case.program)
    tensors, floats = [], []
    for stretch in _stretches(case.steps.tolist()):
        _move(optimizer, scheduler, stretch.start)
        for step in stretch:
            if step > stretch.start:
                _move(optimizer, scheduler)
            held, number = (group["lr"] for group in optimizer.param_groups)
            tensors.append(float(held))
            floats.append(number)
    return tensors, floats


def _move(optimizer: torch.optim.Optimizer, scheduler: UnischedLR, step: int | None = None) -> None:
    """Make an update; go on from there, or, in torch's own way, from another step."""
    optimizer.step()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # torch deprecates the argument
        scheduler.step(step)


def _run(cases: Sequence[Case]) -> Given:
    both = [_driven(case) for case in cases]
    return {
        "torch, tensor rate": [np.array(tensors) for tensors, _ in both],
        "torch, float rate": [np.array(floats) for _, floats in both],
    }


MODES: Final = (Mode(gives={"torch, tensor rate": "float32", "torch, float rate": "float64"}, run=_run),)

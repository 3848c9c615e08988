"""What a schedule with a plateau is due to give, by torch's own `ReduceLROnPlateau`: the host's judge of feedback."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from workers.documents import FACTOR, PATIENCE, PLATEAU, RATE, THRESHOLD, TOTAL, bits

import unisched

__all__ = ["drops_by_torch", "due"]


def drops_by_torch(metrics: Sequence[float]) -> list[int]:
    """Give how often torch's class has lowered a rate after each metric, it being PLATEAU's."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer, factor=FACTOR, patience=PATIENCE, threshold=THRESHOLD, eps=0.0
    )
    drops = []
    for metric in metrics:
        plateau.step(metric)
        drops.append(round(math.log(plateau.get_last_lr()[0], FACTOR)))
    return drops


def due(metrics: Sequence[float | None]) -> list[str]:
    """Give the float32 bits of PLATEAU at each update, the metric at its place having been observed before it."""
    curve = unisched.compile(RATE, total=TOTAL).function()
    seen = [metric for metric in metrics if metric is not None]
    reached = iter(drops_by_torch(seen))
    drops, values = 0, []
    for step, metric in enumerate(metrics):
        drops = drops if metric is None else next(reached)
        values.append(curve(step) * FACTOR**drops)
    assert PLATEAU["curves"][0] is RATE
    return bits(values)

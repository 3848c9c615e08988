"""torch's StepLR(step_size=50, gamma=0.1) beside the same schedule as data, saved and loaded on the way.

python docs/examples/torch_step_lr.py
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import torch
from torch.optim.lr_scheduler import LRScheduler, StepLR

import unisched

__all__ = ["SPEC", "Row", "compare", "main"]

RATE = 0.1
STEPS = 160
SAVED_AT = 75
SHOWN = (0, 1, 49, 50, 51, 74, 75, 99, 100, 149, 150)

SPEC = {
    "base": "optimizer",
    "curve": {"kind": "exponential", "start": 1, "rate": 0.1, "every": 50, "staircase": True},
}

Pair: TypeAlias = tuple[torch.optim.Optimizer, LRScheduler]


class Row(NamedTuple):
    """A step, the rate its update used under each scheduler, and what `get_last_lr` said before it."""

    step: int
    used: tuple[float, float]
    last: tuple[float, float]


def sgd() -> torch.optim.Optimizer:
    return torch.optim.SGD([torch.nn.Parameter(torch.ones(3))], lr=RATE)


def pairs() -> tuple[Pair, Pair]:
    theirs, ours = sgd(), sgd()
    return (
        (theirs, StepLR(theirs, step_size=50, gamma=0.1)),
        (ours, unisched.build(SPEC, "torch", optimizer=ours)),
    )


def update(pair: Pair) -> tuple[float, float]:
    """Make one update; give the rate it used, and what the scheduler said the rate was."""
    optimizer, scheduler = pair
    group = optimizer.param_groups[0]
    weight = group["params"][0]
    weight.grad = weight.detach().clone()
    used, said = float(group["lr"]), float(scheduler.get_last_lr()[0])
    optimizer.step()
    scheduler.step()
    return used, said


def saved_and_loaded(pair: Pair, fresh: Pair) -> Pair:
    """Give a new optimizer and scheduler that go on where `pair` stands."""
    optimizer, scheduler = fresh
    optimizer.load_state_dict(pair[0].state_dict())
    scheduler.load_state_dict(pair[1].state_dict())
    return fresh


def compare(steps: int = STEPS, saved_at: int = SAVED_AT) -> list[Row]:
    theirs, ours = pairs()
    rows = []
    for step in range(steps):
        if step == saved_at:
            fresh = pairs()
            theirs, ours = saved_and_loaded(theirs, fresh[0]), saved_and_loaded(ours, fresh[1])
        (their_rate, they_said), (our_rate, we_said) = update(theirs), update(ours)
        rows.append(Row(step, (their_rate, our_rate), (they_said, we_said)))
    return rows


def main() -> None:
    rows = compare()
    print(f"{'step':>5}  {'StepLR':<24}{'unisched':<24}{'get_last_lr':<24}{'get_last_lr':<24}")
    for row in rows:
        if row.step in SHOWN:
            note = "  saved and loaded before this update" if row.step == SAVED_AT else ""
            print(f"{row.step:>5}  " + "".join(f"{rate!r:<24}" for rate in (*row.used, *row.last)) + note)
    print(f"largest difference in {STEPS} updates: {max(abs(a - b) for _, (a, b), _ in rows):.1e}")


if __name__ == "__main__":
    main()

"""Torch's own schedulers, each stepped in its own loop beside the document that says the same."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from torch.optim import Optimizer, lr_scheduler
from torch.optim.lr_scheduler import LRScheduler
from unisched_torch import UnischedLR

import unisched

STEPS = 250
STEP_LR = {
    "base": "optimizer",
    "curve": {"kind": "exponential", "start": 1, "rate": 0.1, "every": 50, "staircase": True},
}


def _warmup_cosine(optimizer: Optimizer) -> LRScheduler:
    warmup = lr_scheduler.LinearLR(optimizer, start_factor=0.01, total_iters=20)
    cosine = lr_scheduler.CosineAnnealingLR(optimizer, T_max=STEPS - 20, eta_min=1e-4)
    return lr_scheduler.SequentialLR(optimizer, [warmup, cosine], milestones=[20])


# Native scheduler, the equivalent curve as a factor of the optimizer's rate, relative difference allowed. Torch
# multiplies its way from step to step, so that its errors add up.
EQUIVALENTS: dict[str, tuple[Callable[[Optimizer], LRScheduler], dict[str, Any], float]] = {
    "StepLR": (lambda o: lr_scheduler.StepLR(o, step_size=50, gamma=0.1), STEP_LR["curve"], 1e-15),  # type: ignore[dict-item]
    "MultiStepLR": (
        lambda o: lr_scheduler.MultiStepLR(o, milestones=[30, 80], gamma=0.1),
        {"kind": "piecewise", "points": [[0, 1], [30, 0.1], [80, 0.01]], "interpolation": "previous"},
        1e-15,
    ),
    "ConstantLR": (
        lambda o: lr_scheduler.ConstantLR(o, factor=0.1, total_iters=40),
        {"kind": "piecewise", "points": [[0, 0.1], [40, 1]], "interpolation": "previous"},
        1e-15,
    ),
    "LinearLR": (
        lambda o: lr_scheduler.LinearLR(o, start_factor=0.25, end_factor=0.5, total_iters=60),
        {"kind": "linear", "start": 0.25, "end": 0.5, "duration": 60},
        1e-13,
    ),
    "ExponentialLR": (
        lambda o: lr_scheduler.ExponentialLR(o, gamma=0.97),
        {"kind": "exponential", "start": 1, "rate": 0.97},
        1e-13,
    ),
    "PolynomialLR": (
        lambda o: lr_scheduler.PolynomialLR(o, total_iters=100, power=2.0),
        {"kind": "polynomial", "start": 1, "end": 0, "power": 2, "duration": 100},
        1e-13,
    ),
    "CosineAnnealingLR": (
        lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=STEPS, eta_min=1e-4),
        {"kind": "cosine", "start": 1, "end": {"absolute": 1e-4}, "duration": STEPS},
        1e-12,
    ),
    "SequentialLR": (
        _warmup_cosine,
        {
            "kind": "sequence",
            "parts": [
                {"kind": "linear", "start": 0.01, "end": 1, "duration": 20},
                {"kind": "cosine", "end": {"absolute": 1e-4}, "duration": STEPS - 20},
            ],
        },
        1e-12,
    ),
}

Update = Callable[[Optimizer], None]


def rates(scheduler: LRScheduler, update: Update, steps: int) -> list[float]:
    """Train `steps` updates and give the rate that each of them has used."""
    used: list[float] = []
    for _ in range(steps):
        used.append(scheduler.optimizer.param_groups[0]["lr"])
        update(scheduler.optimizer)
        scheduler.step()
    return used


@pytest.mark.parametrize("name", EQUIVALENTS)
def test_the_equivalent_of_a_native_scheduler_gives_its_rates(
    name: str, make: Callable[..., Optimizer], update: Update
) -> None:
    native, curve, tolerance = EQUIVALENTS[name]
    expected = rates(native(make()), update, STEPS)
    given = rates(UnischedLR(make(), {"base": "optimizer", "curve": curve}), update, STEPS)
    assert given == pytest.approx(expected, rel=tolerance, abs=0)


def test_the_equivalent_of_step_lr_is_within_four_ulp_of_its_closed_form(
    make: Callable[..., Optimizer], update: Update
) -> None:
    for step, rate in enumerate(rates(UnischedLR(make(), STEP_LR), update, STEPS)):
        exact = 0.1 * 0.1 ** (step // 50)
        assert abs(rate - exact) <= 4 * math.ulp(exact)


def test_get_last_lr_agrees_with_step_lr_after_every_step(make: Callable[..., Optimizer], update: Update) -> None:
    native, ours = lr_scheduler.StepLR(make(), step_size=50, gamma=0.1), UnischedLR(make(), STEP_LR)
    for _ in range(STEPS):
        for scheduler in (native, ours):
            update(scheduler.optimizer)
            scheduler.step()
        assert ours.get_last_lr() == pytest.approx(native.get_last_lr(), rel=1e-15, abs=0)
        assert ours.last_epoch == native.last_epoch


def test_step_lr_and_its_equivalent_go_on_alike_from_their_saved_states(
    make: Callable[..., Optimizer], update: Update
) -> None:
    makers: list[Callable[[Optimizer], LRScheduler]] = [
        EQUIVALENTS["StepLR"][0],
        lambda optimizer: UnischedLR(optimizer, STEP_LR),
    ]
    resumed: list[list[float]] = []
    for maker in makers:
        first = maker(make())
        rates(first, update, 130)
        second = maker(make())
        second.optimizer.load_state_dict(first.optimizer.state_dict())
        second.load_state_dict(first.state_dict())
        resumed.append(rates(second, update, 120))
    assert resumed[1] == pytest.approx(resumed[0], rel=1e-15, abs=0)


def test_a_gradual_warmup_over_2500_steps_reaches_its_rate_and_stays(make: Callable[..., Optimizer]) -> None:
    spec = {
        "kind": "sequence",
        "parts": [
            {"kind": "linear", "start": 0, "end": 0.1, "duration": 2500},
            {"kind": "constant", "value": 0.1},
        ],
    }
    optimizer = make(foreach=False)
    optimizer.param_groups[0]["params"][0].sum().backward()
    given = rates(UnischedLR(optimizer, spec, total=15_000), lambda optimizer: optimizer.step(), 15_000)
    assert given == pytest.approx([0.1 * min(step / 2500, 1) for step in range(15_000)], rel=1e-15, abs=0)


def test_a_constant_warmup_jumps_at_its_last_step(make: Callable[..., Optimizer], update: Update) -> None:
    spec = {"kind": "piecewise", "points": [[0, 0.01], [25, 0.1]], "interpolation": "previous"}
    assert rates(UnischedLR(make(), spec), update, 30) == [0.01] * 25 + [0.1] * 5


def test_the_rates_are_those_of_the_compiled_program_bit_for_bit(
    make: Callable[..., Optimizer], update: Update
) -> None:
    program = unisched.compile({"kind": "warmup_cosine", "peak": 3e-4, "warmup": 10}, total=100)
    assert rates(UnischedLR(make(), program), update, 120) == [program(step) for step in range(120)]

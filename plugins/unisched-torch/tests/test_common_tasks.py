"""What people ask of param groups and clocks, as the page of torch has it, beside loops without a schedule."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.optim import SGD, Adam, AdamW, Optimizer, lr_scheduler
from unisched_torch import UnischedLR

Make = Callable[..., Optimizer]
Update = Callable[[Optimizer], None]

RATE = {"kind": "warmup_cosine", "peak": 1e-3, "warmup": 10}


def warmed(step: int, warmup: int = 10, total: int = 100, peak: float = 1e-3) -> float:
    if step < warmup:
        return peak * step / warmup
    return peak * (1 + math.cos(math.pi * (step - warmup) / (total - warmup))) / 2


def used(scheduler: UnischedLR, update: Update, steps: int, *keys: str) -> list[list[Any]]:
    """Train, and give what each update found in each group."""
    found: list[list[Any]] = []
    hook = scheduler.optimizer.register_step_pre_hook(
        lambda *_: found.append([group[key] for group in scheduler.optimizer.param_groups for key in keys])
    )
    for _ in range(steps):
        update(scheduler.optimizer)
        scheduler.step()
    hook.remove()
    return found


def test_rates_that_fall_from_layer_to_layer(make: Make, update: Update) -> None:
    scales = {f"layer.{depth}": 0.65 ** (11 - depth) for depth in range(12)}
    spec = {"schedules": {"learning_rate": RATE},
            "groups": {name: {"learning_rate": {"scale": scale}} for name, scale in scales.items()}}  # fmt: skip
    scheduler = UnischedLR(make(AdamW, tuple(scales)), spec, total=100)
    for step, rates in enumerate(used(scheduler, update, 100, "lr")):
        assert rates == pytest.approx([warmed(step) * scale for scale in scales.values()], rel=1e-12, abs=1e-18)


def test_no_weight_decay_for_some_and_a_scheduled_one_for_others(make: Make, update: Update) -> None:
    spec = {"schedules": {"learning_rate": RATE, "weight_decay": {"kind": "cosine", "start": 0.04, "end": 0.4}},
            "groups": {"no_decay": {"weight_decay": 0}}}  # fmt: skip
    scheduler = UnischedLR(make(AdamW, ("decay", "no_decay"), weight_decay=0.1), spec, total=100)
    for step, (decay, none) in enumerate(used(scheduler, update, 100, "weight_decay")):
        due = 0.04 + 0.36 * (1 - math.cos(math.pi * step / 100)) / 2
        assert (decay, none) == (pytest.approx(due, rel=1e-12), 0)


@pytest.mark.parametrize(("kind", "key"), [(SGD, "momentum"), (AdamW, "betas")])
def test_a_momentum_that_falls_while_the_rate_rises(make: Make, update: Update, kind: Any, key: str) -> None:
    spec = {"kind": "torch.OneCycleLR", "max_lr": 1.0, "total_steps": 50}
    settings = {"momentum": 0.9} if kind is SGD else {}
    scheduler = UnischedLR(make(kind, **settings), spec if kind is SGD else {**spec, "momentum": "beta1"})
    optimizer = make(kind, **settings)
    theirs = lr_scheduler.OneCycleLR(optimizer, 1.0, total_steps=50)
    for rate, momentum in used(scheduler, update, 50, "lr", key):
        group = optimizer.param_groups[0]
        assert (rate, momentum) == (pytest.approx(group["lr"], rel=1e-12), pytest.approx(group[key], rel=1e-12))
        update(optimizer)
        if theirs.last_epoch < 49:
            theirs.step()


def test_a_backbone_that_thaws_at_epoch_3_with_a_warm_up_of_its_own(make: Make, update: Update) -> None:
    own = {"kind": "warmup_cosine", "peak": 1e-3, "warmup": "1 epoch", "duration": "7 epochs"}
    spec = {"total": "10 epochs", "schedules": {"learning_rate": {"kind": "cosine", "start": 1e-2, "end": 0}},
            "groups": {"backbone": {"learning_rate": {"from": "birth", "curve": own}}}}  # fmt: skip
    scheduler = UnischedLR(make(AdamW, ("head",)), spec, steps_per_epoch=10)
    before = used(scheduler, update, 30, "lr")
    scheduler.optimizer.add_param_group({"params": [torch.nn.Parameter(torch.ones(2))], "name": "backbone", "lr": 0.0})
    after = used(scheduler, update, 70, "lr")
    heads = [rates[0] for rates in before + after]
    assert heads == pytest.approx([0.01 * (1 + math.cos(math.pi * step / 100)) / 2 for step in range(100)], rel=1e-12)
    # Its curve begins with the first step after it was added.
    assert [rates[1] for rates in after] == pytest.approx([0.0, *(warmed(k, 10, 70) for k in range(69))], abs=1e-18)


def test_two_optimizers_each_with_a_clock_of_its_own(make: Make, update: Update) -> None:
    spec = {"kind": "linear", "start": 2e-4, "end": 0}
    generator, critic = (UnischedLR(make(Adam, betas=(0.5, 0.999)), spec, total=total) for total in (20, 100))
    for step in range(20):
        rates = used(critic, update, 5, "lr")
        assert rates == [[pytest.approx(2e-4 * (1 - (5 * step + k) / 100))] for k in range(5)]
        assert used(generator, update, 1, "lr") == [[pytest.approx(2e-4 * (1 - step / 20))]]
    assert (generator.last_epoch, critic.last_epoch) == (20, 100)


def test_a_rate_that_falls_every_30_epochs(make: Make, update: Update) -> None:
    spec = {"kind": "torch.StepLR", "step_size": 30, "gamma": 0.1, "interval": "epoch"}
    scheduler = UnischedLR(make(SGD), spec, total="90 epochs", steps_per_epoch=4)
    theirs = lr_scheduler.StepLR(make(SGD), 30, 0.1)
    for _ in range(90):
        due = theirs.get_last_lr()
        assert used(scheduler, update, 4, "lr") == [[pytest.approx(due[0], rel=1e-15)]] * 4
        update(theirs.optimizer)
        theirs.step()


def test_batches_that_grow_with_the_tokens_seen(make: Make, update: Update) -> None:
    points = [[0, 4], ["250 tokens", 8], ["2800 tokens", 16]]
    batch = {"kind": "piecewise", "interpolation": "previous", "points": points}
    spec = {"tokens_per_step": "batch", "total": "3250 tokens",
            "schedules": {"batch": batch, "learning_rate": {**RATE, "warmup": "300 tokens"}}}  # fmt: skip
    scheduler = UnischedLR(make(AdamW), spec)
    size_at: Any = scheduler.program.clock.tokens_per_step
    seen = updates = 0
    while seen < 3250:
        tokens = size_at(scheduler.last_epoch)
        assert tokens == (4 if seen < 250 else 8 if seen < 2800 else 16)
        update(scheduler.optimizer)
        scheduler.advance(tokens=tokens)
        seen, updates = seen + tokens, updates + 1
    assert (updates, scheduler.last_epoch, scheduler.get_last_lr()) == (scheduler.program.total, updates, [0.0])


def test_betas_that_change(make: Make, update: Update) -> None:
    spec = {"schedules": {"beta1": {"kind": "linear", "start": 0.85, "end": 0.95},
                          "beta2": {"kind": "linear", "start": 0.95, "end": 0.999}}}  # fmt: skip
    scheduler = UnischedLR(make(AdamW), spec, total=50)
    for step, (betas,) in enumerate(used(scheduler, update, 50, "betas")):
        assert betas == pytest.approx((0.85 + 0.1 * step / 50, 0.95 + 0.049 * step / 50), rel=1e-12)

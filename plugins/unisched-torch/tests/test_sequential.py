"""Inside a `SequentialLR`: rates at the switches, and cuts anywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from torch.optim import Optimizer, lr_scheduler
from unisched_torch import UnischedLR

Make = Callable[..., Optimizer]
Train = Callable[[Any, int], list[float]]

DOWN = {"kind": "linear", "start": 1, "end": 0}
DOWN_WITH_MOMENTUM = {"schedules": {"learning_rate": DOWN, "momentum": {"kind": "linear", "start": 0.8, "end": 0.9}}}


def _ours_first(optimizer: Optimizer) -> lr_scheduler.SequentialLR:
    ours = UnischedLR(optimizer, {"kind": "linear", "start": 0, "end": 0.5}, total=5)
    return lr_scheduler.SequentialLR(optimizer, [ours, lr_scheduler.StepLR(optimizer, 4)], [5])


def _ours_second(optimizer: Optimizer) -> lr_scheduler.SequentialLR:
    warmup = lr_scheduler.LinearLR(optimizer, start_factor=0.2, total_iters=5)
    return lr_scheduler.SequentialLR(optimizer, [warmup, UnischedLR(optimizer, DOWN_WITH_MOMENTUM, total=10)], [5])


def _ours_twice(optimizer: Optimizer) -> lr_scheduler.SequentialLR:
    parts = [UnischedLR(optimizer, DOWN, total=5), UnischedLR(optimizer, DOWN_WITH_MOMENTUM, total=10)]
    return lr_scheduler.SequentialLR(optimizer, list(parts), [5])


def test_the_rate_is_right_at_the_switch_to_a_native_scheduler(make: Make, train: Train) -> None:
    used = train(_ours_first(make()), 12)
    assert used == pytest.approx([0, 0.1, 0.2, 0.3, 0.4, 0.1, 0.1, 0.1, 0.1, 0.01, 0.01, 0.01])


def test_all_hyperparameters_are_right_at_the_switch_from_a_native_scheduler(make: Make, train: Train) -> None:
    sequence = _ours_second(make(momentum=0.5))
    assert train(sequence, 6)[5] == 1.0
    assert sequence.optimizer.param_groups[0]["momentum"] == pytest.approx(0.81)
    assert sequence.get_last_lr() == [0.9]


@pytest.mark.parametrize("cut", [3, 5, 6, 11])
@pytest.mark.parametrize("maker", [_ours_first, _ours_second, _ours_twice])
def test_a_sequence_goes_on_as_if_it_had_not_been_cut(
    maker: Callable[[Optimizer], lr_scheduler.SequentialLR], cut: int, make: Make, train: Train
) -> None:
    whole = train(maker(make(momentum=0.5)), 14)
    first = maker(make(momentum=0.5))
    train(first, cut)
    for is_optimizer_first in (True, False):
        second = maker(make(momentum=0.5))
        if is_optimizer_first:
            second.optimizer.load_state_dict(first.optimizer.state_dict())
        second.load_state_dict(first.state_dict())
        if not is_optimizer_first:
            second.optimizer.load_state_dict(first.optimizer.state_dict())
        assert train(second, 14 - cut) == whole[cut:]


@pytest.mark.parametrize("cut", [3, 5, 7, 11])
@pytest.mark.parametrize("maker", [_ours_first, _ours_twice])
def test_a_part_that_has_finished_does_not_put_its_own_rate_back_on_loading(
    maker: Callable[[Optimizer], lr_scheduler.SequentialLR], cut: int, make: Make, train: Train
) -> None:
    whole = train(maker(make(momentum=0.5)), 14)
    first = maker(make(momentum=0.5))
    train(first, cut)
    second, third = maker(make(momentum=0.5)), maker(make(momentum=0.5))
    for old, new in ((first, second), (second, third)):
        new.optimizer.load_state_dict(old.optimizer.state_dict())
        new.load_state_dict(old.state_dict())
    assert train(second, 14 - cut) == whole[cut:]
    assert train(third, 14 - cut) == whole[cut:]

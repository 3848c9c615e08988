"""What a step asks of the device: to fill each scheduled tensor, and nothing that the host would have to wait for.

Every operation that torch dispatches is seen; without a gradient an update of these optimizers dispatches none itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.optim import SGD, AdamW, Optimizer, lr_scheduler
from torch.utils._python_dispatch import TorchDispatchMode
from unisched_torch import UnischedLR

STEPS = 5
LINE = {"kind": "linear", "start": 0.9, "end": 0.1}
READ = "aten._local_scalar_dense.default"  # what item(), float() and bool() of a tensor come to
FILL = "aten.fill_.Scalar"


class Dispatched(TorchDispatchMode):
    """Counts operations by name."""

    def __init__(self) -> None:
        super().__init__()
        self.names: Counter[str] = Counter()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func.namespace != "profiler":  # torch's own marks around each update
            self.names[str(func)] += 1
        return func(*args, **(kwargs or {}))


def dispatched(scheduler: Any, steps: int = STEPS) -> dict[str, int]:
    """The operations of some updates and steps, after two of each."""
    for step in range(steps + 2):
        if step == 2:
            counted = Dispatched()
            counted.__enter__()
        scheduler.optimizer.step()
        scheduler.step()
    counted.__exit__(None, None, None)
    return dict(counted.names)


def number(value: float = 0.1) -> torch.Tensor:
    return torch.tensor(value)


def optimizer(kind: type[Optimizer], groups: int, settings: Callable[[], dict[str, Any]]) -> Optimizer:
    return kind([{"params": [torch.nn.Parameter(torch.ones(1))], **settings()} for _ in range(groups)], foreach=False)


# The optimizer, its settings, what is scheduled, and how many tensors of each group that is.
HELD: dict[str, tuple[type[Optimizer], Callable[[], dict[str, Any]], str, int]] = {
    "a float rate": (SGD, lambda: {"lr": 0.1}, "learning_rate", 0),
    "a tensor rate": (SGD, lambda: {"lr": number()}, "learning_rate", 1),
    "a tensor rate that requires a gradient": (
        SGD, lambda: {"lr": number().requires_grad_()}, "learning_rate", 1),
    "a tensor rate, capturable": (AdamW, lambda: {"lr": number(), "capturable": True}, "learning_rate", 1),
    "a tensor rate and float betas": (AdamW, lambda: {"lr": number()}, "learning_rate beta1", 1),
    "tensors throughout": (
        AdamW, lambda: {"lr": number(), "betas": (number(0.9), number(0.99))}, "learning_rate beta1 beta2", 3),
    "a tensor rate that is not scheduled": (SGD, lambda: {"lr": number(), "weight_decay": 0.5}, "weight_decay", 0),
}  # fmt: skip


@pytest.mark.parametrize("driver", ["step", "optimizer"])
@pytest.mark.parametrize("groups", [1, 3])
@pytest.mark.parametrize(("kind", "settings", "names", "tensors"), HELD.values(), ids=HELD)
def test_a_step_fills_each_scheduled_tensor_once_and_reads_none(
    kind: type[Optimizer], settings: Callable[[], dict[str, Any]], names: str, tensors: int, groups: int, driver: Any
) -> None:
    spec = {"schedules": dict.fromkeys(names.split(), LINE)}
    scheduler = UnischedLR(optimizer(kind, groups, settings), spec, total=100, driver=driver)
    found = dispatched(scheduler)
    views = {"aten.detach.default"}  # of a tensor that requires a gradient: no work for the device
    copies = {"aten.detach.default", "aten.clone.default"} if names == "weight_decay" else set()
    assert found.get(FILL, 0) == tensors * groups * STEPS
    assert set(found) <= {FILL} | views | copies
    assert scheduler.last_epoch == STEPS + 2


@pytest.mark.parametrize("reads", [
    lambda scheduler: scheduler.get_last_lr()[0].item(),
    lambda scheduler: float(scheduler.optimizer.param_groups[0]["lr"]),
    lambda scheduler: scheduler.state_dict(),
])  # fmt: skip
def test_what_reads_a_tensor_is_seen(reads: Callable[[UnischedLR], Any]) -> None:
    scheduler = UnischedLR(optimizer(SGD, 1, HELD["a tensor rate"][1]), LINE, total=100)
    with Dispatched() as counted:
        reads(scheduler)
    assert counted.names[READ] >= 1


@pytest.mark.parametrize("native", [
    lambda given: lr_scheduler.LambdaLR(given, lambda step: 0.5),
    lambda given: lr_scheduler.CosineAnnealingLR(given, 10),
])  # fmt: skip
def test_torchs_own_schedulers_make_tensors_at_every_step(native: Callable[[Optimizer], Any]) -> None:
    found = dispatched(native(optimizer(SGD, 2, HELD["a tensor rate"][1])))
    assert found["aten.clone.default"] >= 2 * STEPS
    assert found["aten.mul.Tensor"] >= 2 * STEPS


def test_copies_of_tensor_rates_are_made_when_they_are_asked_for() -> None:
    scheduler = UnischedLR(optimizer(SGD, 2, HELD["a tensor rate"][1]), LINE, total=100)
    with Dispatched() as counted:
        shown = scheduler.get_last_lr()
    held = [group["lr"] for group in scheduler.optimizer.param_groups]
    assert READ not in counted.names
    assert [float(rate) for rate in shown] == [float(rate) for rate in held]
    assert not {rate.data_ptr() for rate in shown if isinstance(rate, torch.Tensor)} & {r.data_ptr() for r in held}

"""Updates that a CUDA graph replays: the rates are tensors on the device, which the schedule fills between replays."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.optim import SGD, Adam, AdamW, Optimizer
from unisched_torch import UnischedLR, updates

from unisched.errors import UnsupportedError

Make = Callable[..., Optimizer]

WARM = {"kind": "warmup_cosine", "peak": 0.1, "warmup": 3}
STEPS = 12

needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="CUDA graphs need a GPU, and torch finds none")


def on_device(kind: type[Optimizer], groups: int) -> Optimizer:
    held = [
        {"params": [torch.nn.Parameter(torch.full((4,), 1.0 + n, device="cuda"))],
         "lr": torch.tensor(0.1, device="cuda")} for n in range(groups)
    ]  # fmt: skip
    return kind(held, capturable=True)  # type: ignore[call-arg]


def gradients(optimizer: Optimizer) -> None:
    for group in optimizer.param_groups:
        for weight in group["params"]:
            weight.grad = torch.ones_like(weight)


def weights(optimizer: Optimizer) -> list[list[float]]:
    return [weight.tolist() for group in optimizer.param_groups for weight in group["params"]]


@needs_gpu
@pytest.mark.parametrize("groups", [1, 3])
@pytest.mark.parametrize("kind", [Adam, AdamW])
def test_a_replayed_update_uses_the_rate_of_its_step(kind: type[Optimizer], groups: int) -> None:
    plain, captured = (UnischedLR(on_device(kind, groups), WARM, total=STEPS) for _ in range(2))
    used: list[list[float]] = []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for scheduler in (plain, captured):
            gradients(scheduler.optimizer)
            stream: Any = torch.cuda.Stream()  # type: ignore[no-untyped-call]
            with torch.cuda.stream(stream):  # torch asks for updates before a capture, on a stream beside
                for _ in range(3):
                    scheduler.optimizer.step()
                    scheduler.step()
            torch.cuda.synchronize()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            captured.optimizer.step()
        for _ in range(STEPS - 3):
            graph.replay()
            plain.optimizer.step()
            used.append([float(group["lr"]) for group in captured.optimizer.param_groups])
            torch.testing.assert_close(weights(captured.optimizer), weights(plain.optimizer), rtol=0, atol=0)
            captured.step()
            plain.step()
    due = [float(torch.tensor(captured.program(step))) for step in range(3, STEPS)]
    assert used == [[rate] * groups for rate in due]


@needs_gpu
def test_a_schedule_that_the_optimizer_drives_is_refused_in_a_capture() -> None:
    scheduler = UnischedLR(on_device(AdamW, 1), WARM, total=STEPS, driver="optimizer")
    gradients(scheduler.optimizer)
    scheduler.optimizer.step()
    with pytest.raises(UnsupportedError, match="a CUDA graph replays"), torch.cuda.graph(torch.cuda.CUDAGraph()):
        scheduler.optimizer.step()


def test_a_capture_is_asked_of_torch_and_refused_where_the_optimizer_drives(make: Make, monkeypatch: Any) -> None:
    scheduler = UnischedLR(make(SGD), WARM, total=STEPS, driver="optimizer")
    scheduler.optimizer.step()
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_current_stream_capturing", lambda: True)
    assert updates.is_captured()
    with pytest.raises(UnsupportedError, match='"optimizer" would stand still'):
        scheduler.optimizer.step()
    assert scheduler.last_epoch == 1


@pytest.mark.parametrize(("capturable", "told"), [(True, 0), (False, 1)])
def test_steps_after_updates_that_nobody_saw_are_no_fault_where_they_may_be_replayed(
    make: Make, capturable: bool, told: int
) -> None:
    rate = torch.tensor(0.1)
    scheduler = UnischedLR(make(AdamW, lr=rate, capturable=capturable, foreach=False), WARM, total=STEPS)
    scheduler.optimizer.step()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(STEPS):
            scheduler.step()
    assert sum("made 1 updates" in str(warning.message) for warning in caught) == told
    assert (scheduler.last_epoch, float(rate)) == (STEPS, 0)


def test_updates_without_steps_are_a_fault_whether_or_not_they_may_be_replayed(make: Make) -> None:
    scheduler = UnischedLR(make(AdamW, lr=torch.tensor(0.1), capturable=True, foreach=False), WARM, total=STEPS)
    for _ in range(5):
        scheduler.optimizer.step()
    with pytest.warns(UserWarning, match="made 5 updates while its schedule made 1 steps"):
        scheduler.step()

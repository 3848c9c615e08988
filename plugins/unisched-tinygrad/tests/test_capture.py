"""TinyJit: a captured update sees each new rate, and nothing is written from inside of a capture."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tinygrad import Context, Tensor, TinyJit
from tinygrad.nn.optim import SGD, AdamW

import unisched
from unisched.plugin import BindingError, float32

SPEC = {"kind": "warmup_cosine", "peak": 0.1, "warmup": 3}
DECAYED = {"schedules": {"learning_rate": SPEC, "weight_decay": {"kind": "linear", "start": 0.5, "end": 0.0}}}


def test_a_captured_update_sees_each_rate_in_the_same_buffer(weight: Callable[[], Any]) -> None:
    parameter, entered = weight(), []
    optimizer = SGD([parameter])
    scheduler = unisched.build(SPEC, "tinygrad", total=10, optimizer=optimizer)
    buffer = optimizer.lr.uop.base.buffer

    @TinyJit
    def train() -> None:
        entered.append(len(entered))
        parameter.assign(Tensor.zeros(2)).realize()
        parameter.grad = Tensor([-1.0, -1.0])
        optimizer.step()

    program, used = unisched.compile(SPEC, total=10), []
    with Context(TRAINING=1):
        for _ in range(10):
            train()
            used.append(parameter.tolist())
            scheduler.step()
    assert used == [[float32(program(step))] * 2 for step in range(10)]
    assert entered == [0, 1]  # once as it is, once to be captured
    assert optimizer.lr.uop.base.buffer is buffer


def test_a_capture_made_after_the_build_sees_each_weight_decay(weight: Callable[[], Any]) -> None:
    optimizer = AdamW([weight()])
    scheduler = unisched.build(DECAYED, "tinygrad", total=8, optimizer=optimizer)

    @TinyJit
    def train() -> Any:
        optimizer.params[0].assign(Tensor.ones(2)).realize()
        optimizer.params[0].grad = Tensor.zeros(2)
        optimizer.step()
        return optimizer.params[0]

    program = unisched.compile(DECAYED, total=8)
    with Context(TRAINING=1):
        for step in range(8):
            rate, decay = program(step), program(step, "weight_decay")
            assert train().tolist()[0] == pytest.approx(1 - rate * decay, rel=1e-6)
            scheduler.step()


@pytest.mark.parametrize("call", ["build", "step", "observe"])
def test_what_would_be_frozen_by_a_capture_is_refused(call: str, weight: Callable[[], Any]) -> None:
    optimizer = SGD([weight()])
    scheduler = unisched.build(SPEC, "tinygrad", total=10, optimizer=optimizer)
    calls = {
        "build": lambda: unisched.build(SPEC, "tinygrad", total=10, optimizer=optimizer),
        "step": scheduler.step,
        "observe": lambda: scheduler.observe(0.5),
    }
    recorded = TinyJit(lambda: calls[call]() if recorded.cnt else None)
    recorded()  # the first call is not recorded
    with pytest.raises(BindingError, match=f"{call}.* inside of a function that TinyJit captures") as refused:
        recorded()
    assert [problem.code for problem in refused.value.problems] == ["tinygrad.capture"]
    assert scheduler.state().step == 0

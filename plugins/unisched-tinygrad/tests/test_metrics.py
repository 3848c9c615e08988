"""Tensors of one number are metrics, of any type that tinygrad holds and any shape; others are none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tinygrad import Tensor, dtypes
from tinygrad.nn.optim import SGD

import unisched
from unisched.plugin import StepError

STALLS = {"kind": "product", "curves": [0.5, {"kind": "plateau", "monitor": "loss", "factor": 0.5, "patience": 0}]}

METRICS: dict[str, Any] = {
    "a tensor of one": Tensor([1.0]),
    "one of two axes": Tensor([[1.0]]),
    "a computed one": (Tensor([0.5, 1.5]) * 1.0).mean(),
    "a double": Tensor([1.0], dtype=dtypes.double),
    "a short": Tensor([1], dtype=dtypes.short),
    "a long": Tensor([1], dtype=dtypes.long),
    "by name": {"loss": Tensor([1.0])},
}


@pytest.mark.parametrize("name", METRICS)
def test_the_next_update_feels_a_metric(name: str, weight: Callable[[], Any]) -> None:
    optimizer = SGD([weight()])
    scheduler = unisched.build(STALLS, "tinygrad", optimizer=optimizer)
    rates = []
    for _ in range(2):
        scheduler.observe(METRICS[name])
        rates.append(optimizer.lr.item())
    assert rates == [0.5, 0.25]


NO_METRICS: dict[str, Any] = {
    "a tensor of two": Tensor([1.0, 2.0]),
    "a tensor of none": Tensor.empty(0),
    "a boolean tensor": Tensor([True]),
    "a boolean": True,
    "text": "0.5",
    "nothing": None,
}


@pytest.mark.parametrize("name", NO_METRICS)
def test_what_is_not_one_number_is_refused_and_changes_nothing(name: str, weight: Callable[[], Any]) -> None:
    scheduler = unisched.build(STALLS, "tinygrad", optimizer=SGD([weight()]))
    with pytest.raises(StepError) as caught:
        scheduler.observe(NO_METRICS[name])
    assert (caught.value.code, scheduler.state().feedback) == ("metric.type", {})

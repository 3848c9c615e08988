"""How much work a step is: values are shared by whatever has one value, scale and base, and curves by all."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from torch.optim import SGD, Optimizer
from unisched_torch.binding import bind

import unisched

Make = Callable[..., Optimizer]

NAMES = ("a", "b", "c", "d")
LINE = {"kind": "linear", "start": 1, "end": 0}


@pytest.mark.parametrize(
    ("scales", "count"), [((2, 2, 2, 2), 1), ((2, 3, 2, 3), 2), ((2, 3, 4, 5), 4), ((1, 1, 1, 1), 1)]
)
def test_groups_of_one_scale_are_evaluated_once_a_step(make: Make, scales: tuple[int, ...], count: int) -> None:
    groups = {name: {"learning_rate": {"scale": scale}} for name, scale in zip(NAMES, scales, strict=True)}
    program = unisched.compile({"schedules": {"learning_rate": LINE}, "groups": groups}, total=10)
    optimizer = make(SGD, NAMES)
    binding = bind(program, optimizer, NAMES, memories=())
    binding.write(binding.values(5))
    assert (len(binding.tracks), len(binding.values(5))) == (1, count)
    assert [group["lr"] for group in optimizer.param_groups] == [0.5 * scale for scale in scales]


def test_groups_that_were_given_different_values_have_a_value_each_of_one_curve(make: Make) -> None:
    program = unisched.compile({"base": "optimizer", "curve": LINE}, total=10)
    optimizer = make(SGD, NAMES)
    optimizer.param_groups[2]["lr"] = 4.0
    binding = bind(program, optimizer, NAMES, memories=())
    binding.write(binding.values(5))
    assert (len(binding.tracks), len(binding.values(5))) == (1, 2)
    assert [group["lr"] for group in optimizer.param_groups] == [0.05, 0.05, 2.0, 0.05]

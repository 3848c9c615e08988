"""The proof that tinygrad uses the values is one: it sees what the captured updates did, not what was written."""

from __future__ import annotations

from typing import Any

import pytest
from tinygrad import Tensor
from unisched_tinygrad import scheduler
from unisched_tinygrad.replay import replay

import unisched
from unisched.plugin import Target

SPEC = {
    "schedules": {
        "learning_rate": {"kind": "linear", "start": 1.0, "end": 0.0},
        "beta1": {"kind": "linear", "start": 0.75, "end": 0.25},
    }
}
RATE, BETA = Target("learning_rate"), Target("beta1")


def replayed(*hyperparameters: str) -> Any:
    program = unisched.compile(SPEC, total=4).select(*hyperparameters)
    state = unisched.build(program, "numpy", form="scheduler").state()
    return replay(program, state, 4, {}).values


def put_another_buffer(tensor: Any, value: float) -> None:
    tensor.replace(Tensor([value], dtype=tensor.dtype, device=tensor.device).contiguous())


def test_it_gives_what_each_update_has_used() -> None:
    assert replayed("learning_rate") == {RATE: [1.0, 0.75, 0.5, 0.25]}
    assert replayed("learning_rate", "beta1") == {RATE: [1.0, 0.75, 0.5, 0.25], BETA: [0.75, 0.625, 0.5, 0.375]}


@pytest.mark.parametrize("hyperparameters", [("learning_rate",), ("learning_rate", "beta1")])
def test_it_shows_values_that_captured_updates_do_not_see(
    hyperparameters: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler, "_assign", put_another_buffer)
    assert replayed(*hyperparameters)[RATE] == [1.0, 0.75, 0.75, 0.75]

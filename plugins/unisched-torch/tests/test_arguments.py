"""The constructor's arguments and those of `advance` are checked as the core checks its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import unisched_torch
from torch.optim import Optimizer

import unisched
from unisched.errors import BindingError, StepError

Make = Callable[..., Optimizer]
LINE = {"kind": "linear", "start": 1, "end": 0}


@pytest.mark.parametrize("argument", ["total", "steps_per_epoch", "samples_per_step", "tokens_per_step"])
def test_a_compiled_program_takes_no_clock(make: Make, argument: str) -> None:
    given: dict[str, Any] = {argument: 5}
    with pytest.raises(BindingError, match=f"has its clock: {argument}") as raised:
        unisched_torch.UnischedLR(make(), unisched.compile(LINE, total=4), **given)
    assert raised.value.code == "binding.compiled"


@pytest.mark.parametrize(
    ("given", "code"),
    [({}, "step.advance"), ({"tokens": 1, "samples": 1}, "step.advance"), ({"samples": -1}, "step.advance"),
     ({"tokens": 1}, "units.missing")],
    ids=str,
)  # fmt: skip
def test_a_move_is_refused_with_the_codes_of_numpy(make: Make, given: dict[str, Any], code: str) -> None:
    scheduler = unisched_torch.UnischedLR(make(), LINE, total=4, samples_per_step=2)
    for move in (scheduler.advance, unisched.build(LINE, form="scheduler", total=4, samples_per_step=2).advance):
        with pytest.raises(StepError) as raised:
            move(**given)
        assert raised.value.code == code
    assert scheduler.last_epoch == 0


@pytest.mark.parametrize("names", [5, "abc", [1], {"a": 1}.values(), True], ids=repr)
def test_names_of_groups_are_a_list_of_texts(make: Make, names: Any) -> None:
    with pytest.raises(BindingError, match="not a list of names") as raised:
        unisched_torch.UnischedLR(make(), LINE, total=4, group_names=names)
    assert raised.value.code == "binding.group_names"


def test_a_misspelt_clock_is_named(make: Make) -> None:
    with pytest.raises(BindingError, match="Did you mean 'steps_per_epoch'"):
        unisched.build(LINE, "torch", optimizer=make(), step_per_epoch=3)

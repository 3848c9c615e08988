"""Somebody else writes what is scheduled: it is said at the first step, once, and never where it is as it should be."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable
from typing import Any

import pytest
from torch.optim import SGD, AdamW, Optimizer, lr_scheduler
from unisched_torch import UnischedLR

Make = Callable[..., Optimizer]
Update = Callable[[Optimizer], None]

DOWN = {"kind": "linear", "start": 1, "end": 0}
UP = {"kind": "linear", "start": 0, "end": 0.5}
WARM = {"kind": "warmup_linear", "peak": 1, "warmup": 4}


def ours(optimizer: Optimizer, spec: Any = DOWN, **options: Any) -> UnischedLR:
    return UnischedLR(optimizer, spec, total=100, **options)


def stepped(optimizer: Optimizer, update: Update, schedulers: list[Any]) -> list[str]:
    """Train with all schedulers at once, and give what was said."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        for _ in range(8):
            update(optimizer)
            for scheduler in schedulers:
                scheduler.step()
    return [str(warning.message) for warning in said]


# Who writes the rate, and how many of ours say that it is not theirs alone.
BESIDE: dict[str, tuple[Callable[[Optimizer], list[Any]], int]] = {
    "two of ours": (lambda o: [ours(o), ours(o, {**DOWN, "start": 0.5})], 2),
    "two of ours that begin alike": (lambda o: [ours(o, WARM), ours(o, {**WARM, "warmup": 3})], 1),
    "two of ours in a chain": (lambda o: [lr_scheduler.ChainedScheduler([ours(o), ours(o, {**UP, "start": 0.5})])], 2),
    "torch's, built before": (lambda o: [lr_scheduler.ExponentialLR(o, 0.5), ours(o)], 1),
    "torch's, built after": (lambda o: [ours(o), lr_scheduler.LinearLR(o)], 1),
    "two that the optimizer drives": (lambda o: [ours(o, driver="optimizer"), ours(o, WARM, driver="optimizer")], 2),
}  # fmt: skip


@pytest.mark.parametrize(("made", "told"), BESIDE.values(), ids=BESIDE)
def test_two_schedulers_of_one_number_are_pointed_out_once_each(
    make: Make, update: Update, made: Callable[[Optimizer], list[Any]], told: int
) -> None:
    optimizer = make(SGD)
    said = stepped(optimizer, update, made(optimizer))
    assert [message.startswith("lr of param group '0' is ") for message in said] == [True] * told


ALONE: dict[str, Callable[[Optimizer], list[Any]]] = {
    "one": lambda o: [ours(o)],
    "one that the optimizer drives": lambda o: [ours(o, driver="optimizer")],
    "each its own number": lambda o: [ours(o), ours(o, {"schedules": {"weight_decay": UP, "beta1": UP}})],
    "torch's at another number": lambda o: [lr_scheduler.ConstantLR(o, 1), ours(o, {"schedules": {"beta2": UP}})],
    "one after another": lambda o: [lr_scheduler.SequentialLR(o, [ours(o, WARM), ours(o, DOWN)], [4])],
    "one after torch's": lambda o: [lr_scheduler.SequentialLR(o, [lr_scheduler.LinearLR(o), ours(o)], [4])],
    "one before torch's": lambda o: [lr_scheduler.SequentialLR(o, [ours(o), lr_scheduler.LinearLR(o)], [4])],
    "in the place of another": lambda o: [ours(o), ours(o, {**DOWN, "start": 0.5})][1:],
}


@pytest.mark.filterwarnings("ignore:The epoch parameter")  # torch's own call where its sequence changes over
@pytest.mark.parametrize("made", ALONE.values(), ids=ALONE)
def test_what_is_as_it_should_be_is_done_in_silence(
    make: Make, update: Update, made: Callable[[Optimizer], list[Any]]
) -> None:
    optimizer = make(AdamW, ("body", "head"))
    assert [text for text in stepped(optimizer, update, made(optimizer)) if not text.startswith("The epoch")] == []


@pytest.mark.parametrize("act", ["load", "copy", "add", "replan"])
def test_what_a_run_goes_through_is_nobody_else(make: Make, update: Update, act: str) -> None:
    optimizer = make(AdamW, ("body",))
    scheduler = ours(optimizer)
    match act:
        case "load":
            optimizer.load_state_dict(copy.deepcopy(make(AdamW, ("body",), lr=7.0).state_dict()))
        case "copy":
            optimizer, scheduler = copy.deepcopy((optimizer, scheduler))
        case "add":
            optimizer.add_param_group({"params": make().param_groups[0]["params"], "lr": 7.0, "name": "late"})
        case _:
            scheduler = ours(optimizer, state=scheduler.state())
    # Torch's own schedulers say of a copied optimizer that it was changed.
    assert [text for text in stepped(optimizer, update, [scheduler]) if not text.startswith("Seems like")] == []
    assert scheduler.last_epoch == 8

"""A schedule stepped more or less often than its optimizer."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from torch.optim import Optimizer
from unisched_torch import UnischedLR

Make = Callable[..., Optimizer]
Update = Callable[[Optimizer], None]

DOWN = {"kind": "linear", "start": 1, "end": 0}


def out_of_pace(scheduler: UnischedLR, update: Update, order: str) -> None:
    for letter in order:
        if letter == "u":
            update(scheduler.optimizer)
        else:
            scheduler.step()


def test_stepping_more_often_than_the_optimizer_warns_once_with_both_counts(make: Make, update: Update) -> None:
    scheduler = UnischedLR(make(), DOWN, total=100)
    with pytest.warns(UserWarning, match="made 2 updates while its schedule made 4 steps") as caught:
        out_of_pace(scheduler, update, "uss" * 4)
    assert len(caught) == 1


def test_stepping_less_often_than_the_optimizer_warns_once_with_both_counts(make: Make, update: Update) -> None:
    scheduler = UnischedLR(make(), DOWN, total=100)
    with pytest.warns(UserWarning, match="made 8 updates while its schedule made 1 steps") as caught:
        out_of_pace(scheduler, update, "uuuuuuuus" * 2)
    assert len(caught) == 1

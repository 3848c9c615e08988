"""A schedule that watches a metric says once that none reached it, and a run that is told of its metrics is let be."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
import torch
from unisched_torch import UnischedLR

import unisched

STALL: dict[str, Any] = {"kind": "plateau", "monitor": "loss", "factor": 0.5, "patience": 0}
WATCHING: dict[str, Any] = {"kind": "product", "curves": [{"kind": "cosine", "start": 1, "end": 0.2}, STALL]}
WARM: dict[str, Any] = {"kind": "linear", "start": 0, "end": 1, "duration": "80%"}
LATE: dict[str, Any] = {"kind": "sequence", "parts": [WARM, STALL]}
TOTAL = 40


def scheduler(spec: dict[str, Any], **settings: Any) -> UnischedLR:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.5)
    return UnischedLR(optimizer, spec, **{"total": TOTAL, **settings})


def trained(scheduler: UnischedLR, told: set[int], stop: int = TOTAL, *, move: bool = True) -> list[str]:
    """Make updates until `stop`, telling the loss before those of `told`; give what was warned of."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        while scheduler.last_epoch < stop:
            if scheduler.last_epoch in told:
                scheduler.observe(0.5)
            scheduler.optimizer.step()
            if move:
                scheduler.step()
    return [str(each.message) for each in caught]


def test_a_run_that_is_told_nothing_warns_once_past_its_half() -> None:
    watching = scheduler(WATCHING)
    assert trained(watching, set(), TOTAL // 2 + 1) == []
    (said,) = trained(watching, set())
    assert "watches 'loss', and has observed none of it by step 22 of 40" in said


def test_so_does_one_that_its_optimizer_moves() -> None:
    assert len(trained(scheduler(WATCHING, driver="optimizer"), set(), move=False)) == 1


def test_so_does_one_that_moves_by_tokens() -> None:
    watching = scheduler(WATCHING, tokens_per_step=10)
    for _ in range(TOTAL // 2 + 1):
        watching.optimizer.step()
        watching.advance(tokens=10)
    with pytest.warns(UserWarning, match="has observed none of it"):
        watching.advance(tokens=10)


# the document, how it is built, and the updates that are told the loss
HEARD: dict[str, tuple[dict[str, Any], dict[str, Any], set[int]]] = {
    "at its first update": (WATCHING, {}, {0}),
    "at the end of its first half": (WATCHING, {}, {TOTAL // 2}),
    "that watches nothing": (WARM, {}, set()),
    "that watches from its last fifth on": (LATE, {}, set()),
    "without an end": (STALL, {"total": None}, set()),
    "of two updates": (WATCHING, {"total": 2}, set()),
}


@pytest.mark.parametrize("name", HEARD)
def test_nothing_is_said_of_a_run(name: str) -> None:
    spec, settings, told = HEARD[name]
    assert trained(scheduler(spec, **settings), told, settings.get("total") or TOTAL) == []


def test_nor_of_one_that_goes_on_with_what_it_was_told() -> None:
    first = scheduler(WATCHING)
    trained(first, {3}, 10)
    resumed = scheduler(WATCHING)
    resumed.load_state_dict(first.state_dict())
    assert trained(resumed, set()) == []


def test_the_values_are_those_of_a_run_without_the_warning() -> None:
    watching, plain = scheduler(WATCHING), unisched.compile(WATCHING["curves"][0], total=TOTAL)
    used = []
    for stop in range(1, TOTAL):
        trained(watching, set(), stop)
        used.append(watching.last_used()["lr"])
    assert used == [plain(step) for step in range(TOTAL - 1)]

"""Compiled optimizer steps: tensors keep one graph through the whole schedule, floats make torch compile again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch import nn
from torch._dynamo.utils import counters
from torch.optim import SGD, AdamW, Optimizer, lr_scheduler
from unisched_torch import UnischedLR

from unisched.errors import BindingError

# Torch's own code, the first time that it compiles an optimizer.
pytestmark = pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")

UPDATES = 12
LIMIT = 8  # of torch: then it falls back to eager code for good
BACKEND = "aot_eager"  # the first that settles which numbers are part of a graph; code is not generated
DOWN = {"kind": "linear", "start": 0.9, "end": 0.1}


@pytest.fixture(autouse=True)
def nothing_compiled_yet() -> Iterator[None]:
    torch._dynamo.reset()
    counters.clear()
    yield
    torch._dynamo.reset()


def scheduled(kind: type[Optimizer], names: str, driver: Any = "step", **settings: Any) -> UnischedLR:
    weights = [nn.Parameter(torch.ones(3)) for _ in range(2)]
    return UnischedLR(kind(weights, **settings), {"schedules": dict.fromkeys(names.split(), DOWN)}, total=100,
                      driver=driver)  # fmt: skip


def graphs(scheduler: Any, step: Callable[[], Any]) -> int:
    """Train with a compiled step, and give how many graphs torch has made."""
    for _ in range(UPDATES):
        for group in scheduler.optimizer.param_groups:
            for weight in group["params"]:
                weight.grad = torch.ones(3)
        step()
        scheduler.step()
    return int(counters["stats"]["unique_graphs"])


def compiled(scheduler: Any) -> Callable[[], Any]:
    return torch.compile(scheduler.optimizer.step, backend=BACKEND)


def number(value: float) -> torch.Tensor:
    return torch.tensor(value)


TENSORS: dict[str, tuple[type[Optimizer], str, Callable[[], dict[str, Any]]]] = {
    "SGD, rate": (SGD, "learning_rate", lambda: {"lr": number(0.1), "foreach": False}),
    "AdamW, rate": (AdamW, "learning_rate", lambda: {"lr": number(0.1), "foreach": False}),
    "AdamW, rate, capturable": (AdamW, "learning_rate", lambda: {"lr": number(0.1), "capturable": True}),
    "AdamW, betas": (AdamW, "beta1 beta2", lambda: {"betas": (number(0.9), number(0.99)), "foreach": False}),
    "AdamW, rate and betas": (
        AdamW, "learning_rate beta1",
        lambda: {"lr": number(0.1), "betas": (number(0.9), number(0.99)), "foreach": False},
    ),
}  # fmt: skip
FLOATS: dict[str, tuple[type[Optimizer], str, dict[str, Any], int]] = {
    "SGD, rate": (SGD, "learning_rate", {"lr": 0.1}, LIMIT),
    "SGD, weight decay": (SGD, "weight_decay", {"lr": 0.1, "weight_decay": 0.1}, LIMIT),
    "SGD, momentum": (SGD, "momentum", {"lr": 0.1, "momentum": 0.9}, 2),
    "AdamW, rate": (AdamW, "learning_rate", {}, 2),
    "AdamW, betas": (AdamW, "beta1", {}, LIMIT),
    "AdamW, weight decay": (AdamW, "weight_decay", {}, 2),
}


@pytest.mark.parametrize("driver", ["step", "optimizer"])
@pytest.mark.parametrize(("kind", "names", "settings"), TENSORS.values(), ids=TENSORS)
def test_a_step_over_scheduled_tensors_is_compiled_once(
    kind: type[Optimizer], names: str, settings: Callable[[], dict[str, Any]], driver: Any
) -> None:
    scheduler = scheduled(kind, names, driver, **settings())
    assert graphs(scheduler, compiled(scheduler)) == 1
    assert scheduler.last_epoch == UPDATES


@pytest.mark.filterwarnings("ignore:.*recompile_limit")
@pytest.mark.parametrize(("kind", "names", "settings", "least"), FLOATS.values(), ids=FLOATS)
def test_a_step_over_scheduled_floats_is_compiled_again(
    kind: type[Optimizer], names: str, settings: dict[str, Any], least: int
) -> None:
    scheduler = scheduled(kind, names, **settings)
    assert graphs(scheduler, compiled(scheduler)) >= least


@pytest.mark.parametrize("is_fed", [False, True])
def test_two_groups_with_tensors_of_their_own_are_compiled_once_whatever_a_metric_does(is_fed: bool) -> None:
    plateau = {"kind": "plateau", "monitor": "loss", "patience": 0, "factor": 0.5}
    spec = {
        "schedules": {"learning_rate": {"kind": "product", "curves": [DOWN, plateau]}, "beta1": DOWN},
        "groups": {"head": {"learning_rate": {"scale": 0.5}}},
    }
    groups = [
        {"params": [nn.Parameter(torch.ones(3))], "name": name, "lr": number(0.1), "betas": (number(0.9), number(0.99))}
        for name in ("body", "head")
    ]
    scheduler = UnischedLR(AdamW(groups, foreach=False), spec, total=100)
    step = compiled(scheduler)

    def fed() -> None:
        step()
        if is_fed:
            scheduler.observe(1.0)

    assert graphs(scheduler, fed) == 1
    body, head = (float(group["lr"]) for group in scheduler.optimizer.param_groups)
    drops = UPDATES - 1 if is_fed else 0
    assert (body, head) == (pytest.approx((0.9 - 0.8 * UPDATES / 100) * 0.5**drops), pytest.approx(body / 2))


def test_a_schedule_costs_no_graph_more_than_a_rate_that_stands_still() -> None:
    still = lr_scheduler.ConstantLR(SGD([nn.Parameter(torch.ones(3))], lr=number(0.1), foreach=False), 1)
    assert graphs(still, compiled(still)) == 1


def test_a_compiled_step_makes_the_updates_of_one_that_is_not() -> None:
    weights = []
    for is_compiled in (False, True):
        scheduler = scheduled(AdamW, "learning_rate beta1", lr=number(0.1), betas=(number(0.9), number(0.99)),
                              foreach=False)  # fmt: skip
        graphs(scheduler, compiled(scheduler) if is_compiled else scheduler.optimizer.step)
        weights.append(scheduler.optimizer.param_groups[0]["params"][0].detach())
    torch.testing.assert_close(*weights)
    assert float(weights[0][0]) != 1


@pytest.mark.parametrize("driver", ["step", "optimizer"])
def test_a_compiled_function_around_the_step_stays_at_one_graph_of_updates(driver: Any) -> None:
    scheduler = scheduled(SGD, "learning_rate", driver, lr=number(0.1), foreach=False)

    @torch.compile(backend=BACKEND)
    def train() -> None:
        scheduler.optimizer.step()

    assert graphs(scheduler, train) == 1
    assert scheduler.last_used() == {"lr": pytest.approx(0.9 - 0.8 * (UPDATES - 1) / 100)}


@pytest.mark.parametrize("driver", ["step", "optimizer"])
def test_nothing_is_traced_after_the_first_update(driver: Any) -> None:
    scheduler = scheduled(SGD, "learning_rate", driver, lr=number(0.1), foreach=False)
    step = compiled(scheduler)
    graphs(scheduler, step)
    traced = counters["frames"]["total"]
    graphs(scheduler, step)
    assert (counters["frames"]["total"], scheduler.last_epoch, traced > 0) == (traced, 2 * UPDATES, True)


def test_an_optimizer_whose_step_is_compiled_already_is_refused_with_the_order_that_works() -> None:
    optimizer = SGD([nn.Parameter(torch.ones(3))], lr=0.1)
    optimizer.step = torch.compile(optimizer.step, backend=BACKEND)  # type: ignore[method-assign]
    with pytest.raises(AttributeError, match="__func__"):
        lr_scheduler.ConstantLR(optimizer)
    with pytest.raises(BindingError, match=r"Build the scheduler first, then compile optimizer\.step"):
        UnischedLR(optimizer, DOWN, total=100)
    assert optimizer.param_groups[0]["lr"] == 0.1


def test_a_step_that_is_compiled_after_the_scheduler_is_built_may_replace_the_optimizers_own() -> None:
    scheduler = scheduled(SGD, "learning_rate", lr=number(0.1), foreach=False)
    optimizer = scheduler.optimizer
    optimizer.step = torch.compile(optimizer.step, backend=BACKEND)  # type: ignore[method-assign, assignment]
    assert graphs(scheduler, optimizer.step) == 1
    assert scheduler.last_epoch == UPDATES


def test_no_stepped_optimizer_compiles_as_a_full_graph_with_any_scheduler() -> None:
    optimizer = SGD([nn.Parameter(torch.ones(3))], lr=number(0.1), foreach=False)
    for scheduler in (lr_scheduler.ConstantLR(optimizer), UnischedLR(optimizer, DOWN, total=100)):
        step = torch.compile(scheduler.optimizer.step, backend=BACKEND, fullgraph=True)
        with pytest.raises(torch._dynamo.exc.Unsupported):
            graphs(scheduler, step)

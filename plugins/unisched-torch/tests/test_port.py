"""The port: a `ReduceLROnPlateau` by class, and nothing but the scheduler inside."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.optim import SGD, Optimizer
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau
from unisched_torch import MetricPort, UnischedLR

from unisched.errors import BindingError, StateError, StepError

Make = Callable[..., Optimizer]
Update = Callable[[Optimizer], None]

STALL: dict[str, Any] = {"kind": "plateau", "monitor": "loss", "factor": 0.5, "patience": 0}
TWO = {"kind": "product", "curves": [STALL, {**STALL, "monitor": "accuracy", "mode": "max", "factor": 0.1}]}
WARM = {"kind": "linear", "start": 0, "end": 1, "duration": 3}
SPEC = {"base": "optimizer", "curve": {"kind": "sequence", "parts": [WARM, STALL]}}


def test_hosts_that_ask_for_the_class_find_it_in_the_port_and_not_in_the_scheduler(make: Make) -> None:
    scheduler = UnischedLR(make(), SPEC)
    port = scheduler.metric_port()
    assert isinstance(port, ReduceLROnPlateau)
    assert isinstance(port, LRScheduler)
    assert not isinstance(scheduler, ReduceLROnPlateau)
    assert port.optimizer is scheduler.optimizer


def test_a_step_of_the_port_is_an_observation_and_no_step_of_the_schedule(make: Make) -> None:
    scheduler = UnischedLR(make(), {"base": "optimizer", "curve": STALL})
    port = scheduler.metric_port()
    for metric in (torch.tensor(0.5, requires_grad=True), 0.5):
        port.step(metric)
    assert (scheduler.last_epoch, port.last_epoch) == (0, 2)
    assert port.get_last_lr() == scheduler.get_last_lr() == [0.05]
    assert [kept["seen"] for kept in scheduler.state().feedback.values()] == [2]


def test_a_host_that_knows_the_port_only_trains_by_both(make: Make, update: Update) -> None:
    scheduler = UnischedLR(make(), SPEC, driver="optimizer")
    port = scheduler.metric_port()
    rates = []
    for _ in range(6):
        update(port.optimizer)
        rates.append(scheduler.last_used()["lr"])
        port.step(1.0)
    assert rates == pytest.approx([0, 0.1 / 3, 0.2 / 3, 0.1, 0.05, 0.025])


def test_a_host_that_feeds_each_evaluation_twice_is_noticed_once(make: Make, update: Update) -> None:
    scheduler = UnischedLR(make(), SPEC, driver="optimizer")
    port = scheduler.metric_port()

    def evaluate(metric: float, times: int) -> None:
        update(port.optimizer)
        for _ in range(times):
            port.step(metric)

    for times in (1, 2, 1):
        evaluate(1.0, times)
    with pytest.warns(UserWarning, match="loss was observed twice at step 2 and at step 4, .* do not prepare the port"):
        evaluate(0.5, 2)
    evaluate(0.25, 2)


@pytest.mark.parametrize("metric", [None, "0.5", True, [0.5], {"loss": 0.5}, torch.ones(2)], ids=repr)
def test_what_is_no_metric_is_a_step_error_and_is_not_counted(make: Make, metric: Any) -> None:
    scheduler = UnischedLR(make(), SPEC)
    port = scheduler.metric_port()
    before = scheduler.state_dict()
    with pytest.raises(StepError, match=r"loss is .*, not one number"):
        port.step(metric)
    assert (port.last_epoch, port.state_dict()) == (0, before)


def test_a_port_of_one_metric_among_several_feeds_that_one(make: Make) -> None:
    scheduler = UnischedLR(make(), {"base": "optimizer", "curve": TWO})
    loss, accuracy = scheduler.metric_port("loss"), scheduler.metric_port("accuracy")
    for _ in range(2):
        accuracy.step(0.5)
    assert scheduler.get_last_lr() == pytest.approx([0.01])
    for _ in range(2):
        loss.step(0.5)
    assert scheduler.get_last_lr() == pytest.approx([0.005])


@pytest.mark.parametrize(
    ("spec", "monitor", "message"),
    [
        (TWO, None, "no metric was named. Watched is loss, accuracy"),
        (TWO, "accurcy", "nothing watches 'accurcy'. Watched is loss, accuracy. Did you mean 'accuracy'?"),
        (STALL, "los", "nothing watches 'los'. Watched is loss. Did you mean 'loss'?"),
        (STALL, 3, "nothing watches 3. Watched is loss."),
        (1, None, "nothing in this schedule watches a metric. Step the scheduler itself: it needs no metric."),
    ],
)
def test_a_port_for_no_metric_is_refused(make: Make, spec: Any, monitor: Any, message: str) -> None:
    with pytest.raises(BindingError) as caught:
        UnischedLR(make(), {"base": "optimizer", "curve": spec}).metric_port(monitor)
    assert caught.value.code == "binding.monitor"
    assert message in str(caught.value)


def begun(make: Make, update: Update, *, is_stepped: bool = True) -> tuple[UnischedLR, MetricPort]:
    scheduler = UnischedLR(make(SGD, ("a", "b")), SPEC)
    port = scheduler.metric_port()
    if is_stepped:
        for metric in (1, 1, 1, 1, 2, 0.5):
            update(scheduler.optimizer)
            scheduler.step()
            port.step(metric)
    return scheduler, port


def test_both_save_the_same(make: Make, through_file: Callable[[Any], Any], update: Update) -> None:
    scheduler, port = begun(make, update)
    assert port.state_dict() == scheduler.state_dict() == through_file(port.state_dict())


LOADS = ("optimizer", "scheduler", "port")


@pytest.mark.parametrize(
    "order",
    [order for count in (1, 2, 3) for order in itertools.permutations(LOADS, count) if order != ("optimizer",)],
    ids=" > ".join,
)
def test_loading_either_or_both_in_any_order_is_the_same(
    make: Make, through_file: Callable[[Any], Any], update: Update, order: tuple[str, ...]
) -> None:
    scheduler, port = begun(make, update)
    first = {"optimizer": scheduler.optimizer, "scheduler": scheduler, "port": port}
    saved = through_file({name: each.state_dict() for name, each in first.items()})
    second, door = begun(make, update, is_stepped=False)
    loaders: dict[str, Any] = {"optimizer": second.optimizer, "scheduler": second, "port": door}
    for name in order:
        loaders[name].load_state_dict(saved[name])
    assert second.state_dict() == scheduler.state_dict()
    assert fed(second, door, update) == fed(scheduler, port, update)


def fed(scheduler: UnischedLR, port: MetricPort, update: Update) -> list[dict[str, float]]:
    used = []
    for metric in (0.5, 0.4, 0.4, 0.4):
        port.step(metric)
        update(scheduler.optimizer)
        used.append(scheduler.last_used())
        scheduler.step()
    return used


def test_a_run_without_the_state_of_either_is_another(make: Make, update: Update) -> None:
    scheduler, port = begun(make, update)
    second, door = begun(make, update, is_stepped=False)
    second.optimizer.load_state_dict(scheduler.optimizer.state_dict())
    assert fed(second, door, update) != fed(scheduler, port, update)


def test_the_state_of_torchs_own_plateau_is_refused(make: Make, update: Update) -> None:
    _, port = begun(make, update)
    with pytest.raises(StateError, match="is not from a UnischedLR"):
        port.load_state_dict(ReduceLROnPlateau(make()).state_dict())


@pytest.mark.parametrize("mode", ["min", "max"])
def test_what_users_read_off_torchs_plateau_is_read_off_the_port_under_the_same_names(make: Make, mode: str) -> None:
    fields: dict[str, Any] = {"mode": mode, "patience": 1, "cooldown": 2, "factor": 0.5}
    peer = ReduceLROnPlateau(make(), **fields)
    port = UnischedLR(make(), {"base": 0.1, "curve": {**STALL, **fields}}).metric_port()
    for metric in [None, 0.5, 0.6, 0.4, 0.4, 0.4, 0.4, 0.7, 0.7]:
        if metric is not None:
            peer.step(metric)
            port.step(metric)
        seen = (port.best, port.num_bad_epochs, port.cooldown_counter, port.in_cooldown, port.last_epoch)
        assert seen == (peer.best, peer.num_bad_epochs, peer.cooldown_counter, peer.in_cooldown, peer.last_epoch)

"""Metrics: what an observation changes, when, in which groups, and what is no metric."""

from __future__ import annotations

import copy
import math
import pickle
import threading
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch.optim import SGD, AdamW, Optimizer, lr_scheduler
from unisched_torch import UnischedLR

import unisched
from unisched.errors import BindingError, StepError

Make = Callable[..., Optimizer]
Update = Callable[[Optimizer], None]

STALL: dict[str, Any] = {"kind": "plateau", "monitor": "loss", "factor": 0.5, "patience": 0}
HALVED = {"base": "optimizer", "curve": STALL}
WARM = {"kind": "linear", "start": 0, "end": 1, "duration": 4}
WARM_THEN_STALL = {"base": "optimizer", "curve": {"kind": "sequence", "parts": [WARM, STALL]}}
GREEDY = {"kind": "transformers.greedy", "monitor": "loss", "patience": 0, "min_lr": 0.01, "factor": 0.5}


def rates(scheduler: UnischedLR) -> list[float]:
    return [group["lr"] for group in scheduler.optimizer.param_groups]


def used(scheduler: UnischedLR, update: Update, metrics: list[float | None]) -> list[float]:
    """Give the rate that each update used; a metric is observed before its update."""
    found = []
    for metric in metrics:
        if metric is not None:
            scheduler.observe(metric)
        update(scheduler.optimizer)
        found.append(scheduler.last_used()["lr"])
        scheduler.step()
    return found


def test_an_observation_is_felt_by_the_next_update_and_written_at_once(make: Make, update: Update) -> None:
    scheduler = UnischedLR(make(), HALVED)
    scheduler.observe(0.3)
    update(scheduler.optimizer)
    scheduler.step()
    scheduler.observe(0.4)
    assert (rates(scheduler), scheduler.get_last_lr(), scheduler.get_lr()) == ([0.05], [0.05], [0.05])
    assert scheduler.last_used() == {"lr": 0.1}
    update(scheduler.optimizer)
    assert scheduler.last_used() == {"lr": 0.05}
    assert scheduler.last_epoch == 1


def test_a_plateau_after_a_warm_up_observes_only_once_it_runs(make: Make, update: Update) -> None:
    scheduler = UnischedLR(make(), WARM_THEN_STALL)
    assert used(scheduler, update, [1, 1, 1, 1, 1, 1, 1, 0.5, 0.4]) == [
        0, 0.025, 0.05, 0.1 * 0.75, 0.1, 0.05, 0.025, 0.025, 0.025
    ]  # fmt: skip


def test_a_plateau_over_a_decay_multiplies_it(make: Make, update: Update) -> None:
    product = {"kind": "product", "curves": [{"kind": "cosine", "start": 0.2, "end": 0}, STALL]}
    program = unisched.compile(product, total=10)
    scheduler = UnischedLR(make(), program)
    metrics: list[float | None] = [1, None, 2, None, 1, 0.5, None, 0.7, None, None]
    log = {step: metric for step, metric in enumerate(metrics) if metric is not None}
    assert used(scheduler, update, metrics) == program.observed(log).values(0, 10).tolist()


def test_a_clip_around_a_plateau_bounds_the_value(make: Make, update: Update) -> None:
    spec = {"base": "optimizer", "curve": {"kind": "clip", "minimum": {"absolute": 0.03}, "curve": STALL}}
    assert used(UnischedLR(make(), spec), update, [1, 1, 1, 1]) == [0.1, 0.05, 0.03, 0.03]


def test_groups_share_a_plateau_scale_it_or_have_their_own(make: Make) -> None:
    groups = {"head": {"learning_rate": {"scale": 0.5}}, "neck": {"learning_rate": {**STALL, "monitor": "accuracy"}}}
    spec = {"schedules": {"learning_rate": STALL}, "groups": groups}
    scheduler = UnischedLR(make(SGD, ("body", "head", "neck")), spec)
    for metric in ({"loss": 1, "accuracy": 1}, {"loss": 1}):
        scheduler.observe(metric)
    assert rates(scheduler) == [0.5, 0.25, 1.0]
    scheduler.observe({"accuracy": 1})
    assert rates(scheduler) == [0.5, 0.25, 0.5]


def test_all_that_depends_on_a_metric_is_written_and_nothing_else(make: Make) -> None:
    decay = {"base": 0.1, "curve": {"kind": "follow", "schedule": "learning_rate"}}
    beta = {"kind": "product", "curves": [0.8, STALL]}
    spec = {"schedules": {"learning_rate": STALL, "beta1": beta, "weight_decay": decay}}
    scheduler = UnischedLR(make(AdamW), spec)
    group = scheduler.optimizer.param_groups[0]
    group["eps"] = 1e-3
    for _ in range(2):
        scheduler.observe(1)
    assert (group["lr"], group["betas"], group["weight_decay"], group["eps"]) == (0.5, (0.4, 0.999), 0.05, 1e-3)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_tensors_stay_the_tensors_they_are(make: Make, dtype: torch.dtype) -> None:
    rate, beta = torch.tensor(0.25, dtype=dtype), torch.tensor(0.5, dtype=dtype)
    optimizer = make(AdamW, lr=rate, betas=(beta, torch.tensor(0.999)), foreach=False, capturable=False)
    spec = {"schedules": {"learning_rate": HALVED, "beta1": HALVED}}
    scheduler = UnischedLR(optimizer, spec)
    for _ in range(2):
        scheduler.observe(1)
    group = optimizer.param_groups[0]
    assert group["lr"] is rate
    assert group["betas"][0] is beta
    assert (rate.item(), beta.item(), rate.dtype) == (0.125, 0.25, dtype)


@pytest.mark.parametrize(
    ("metrics", "drops"),
    [([math.nan] * 2, 2), ([1.0, math.nan, 0.5], 1), ([math.inf, 1.0, -math.inf, -math.inf], 2), ([0.0, -1.0], 0)],
    ids=repr,
)
def test_what_is_not_a_number_is_a_bad_observation_and_infinities_are_ordered(
    make: Make, metrics: list[float], drops: int
) -> None:
    scheduler = UnischedLR(make(), HALVED)
    native = lr_scheduler.ReduceLROnPlateau(make(), factor=0.5, patience=0)
    for metric in metrics:
        scheduler.observe(metric)
        native.step(metric)
    assert rates(scheduler) == [0.1 * 0.5**drops]
    assert rates(scheduler) == [group["lr"] for group in native.optimizer.param_groups]
    assert UnischedLR(make(), HALVED, state=scheduler.state().to_json()).state() == scheduler.state()


NUMBERS: dict[str, Callable[[], Any]] = {
    "an int": lambda: 2,
    "a float": lambda: 2.0,
    "numpy's float32": lambda: np.float32(2),
    "numpy's int64": lambda: np.int64(2),
    "an array of no dimension": lambda: np.array(2.0),
    "a tensor": lambda: torch.tensor(2.0),
    "a tensor that requires a gradient": lambda: torch.tensor(2.0, requires_grad=True),
    "a tensor of one element": lambda: torch.tensor([2.0]),
    "a bfloat16 tensor": lambda: torch.tensor(2, dtype=torch.bfloat16),
    "an integer tensor": lambda: torch.tensor(2),
    "a parameter": lambda: torch.nn.Parameter(torch.tensor(2.0)),
    "a mapping": lambda: {"loss": 2.0},
    "a mapping of tensors": lambda: {"loss": torch.tensor([2.0], requires_grad=True)},
}


@pytest.mark.parametrize("name", NUMBERS)
def test_every_form_of_a_number_is_a_metric_and_is_kept_as_a_plain_float(make: Make, name: str) -> None:
    scheduler = UnischedLR(make(), HALVED)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scheduler.observe(NUMBERS[name]())
    (kept,) = scheduler.state().feedback.values()
    assert (kept["best"], type(kept["best"])) == (2.0, float)


OTHERS: dict[str, Any] = {
    "True": True,
    "a boolean tensor": torch.tensor(True),
    "None": None,
    "a text": "0.5",
    "a list of one": [0.5],
    "a tensor of two": torch.ones(2),
    "a tensor of none": torch.ones(0),
    "a tensor without data": torch.ones((), device="meta"),
    "an array of two": np.ones(2),
    "a complex number": 1j,
    "a complex tensor": torch.tensor(1j),
    "an int beyond floats": 10**400,
    "an object": object(),
    "a function": abs,
    "a None by name": {"loss": None},
    "an unknown name": {"los": 0.5},
    "a name that is no text": {3: 0.5},
    "one good and one unknown": {"loss": 0.5, "los": 0.5},
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_metric_is_a_step_error_and_changes_nothing(make: Make, name: str) -> None:
    scheduler = UnischedLR(make(), HALVED)
    for _ in range(2):
        scheduler.observe(1)
    before = scheduler.state_dict()
    with pytest.raises(StepError) as caught:
        scheduler.observe(OTHERS[name])
    assert not isinstance(caught.value, TypeError)
    assert caught.value.code in ("metric.type", "metric.name")
    assert (scheduler.state_dict(), rates(scheduler)) == (before, [0.05])


def test_several_metrics_are_told_apart_by_name(make: Make) -> None:
    two = {"kind": "product", "curves": [STALL, {**STALL, "monitor": "accuracy", "mode": "max", "factor": 0.1}]}
    scheduler = UnischedLR(make(), {"base": "optimizer", "curve": two})
    with pytest.raises(StepError, match="loss, accuracy are watched, and the metric has no name"):
        scheduler.observe(1)
    for _ in range(2):
        scheduler.observe({"accuracy": 0.5})
    assert rates(scheduler) == pytest.approx([0.01])
    for _ in range(2):
        scheduler.observe({"loss": 1, "accuracy": 1})
    assert rates(scheduler) == pytest.approx([0.0005])


def test_a_schedule_that_watches_nothing_takes_no_metric(make: Make) -> None:
    with pytest.raises(StepError, match="nothing in this schedule watches a metric") as caught:
        UnischedLR(make(), {"kind": "linear", "start": 1, "end": 0}, total=4).observe(0.5)
    assert caught.value.code == "metric.none"


def test_the_optimizer_drives_and_an_observation_moves_no_step(make: Make, update: Update) -> None:
    scheduler = UnischedLR(make(), WARM_THEN_STALL, driver="optimizer")
    found = []
    for _ in range(7):
        scheduler.observe(1)
        update(scheduler.optimizer)
        scheduler.step()
        found.append(scheduler.last_used()["lr"])
    assert found == [0, 0.025, 0.05, 0.1 * 0.75, 0.1, 0.05, 0.025]


def test_the_optimizers_own_hook_may_observe(make: Make, update: Update) -> None:
    scheduler = UnischedLR(make(), HALVED, driver="optimizer")
    scheduler.optimizer.register_step_post_hook(lambda *_: scheduler.observe(1))
    found = []
    for _ in range(4):
        update(scheduler.optimizer)
        found.append(scheduler.last_used()["lr"])
    assert found == [0.1, 0.1, 0.05, 0.025]


def test_threads_that_observe_and_step_lose_nothing(make: Make) -> None:
    spec = {"base": "optimizer", "curve": {**STALL, "patience": 10**6}}
    scheduler = UnischedLR(make(), spec)
    begin = threading.Barrier(4)

    def work(act: Callable[[], None]) -> None:
        begin.wait()
        for _ in range(300):
            act()

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        acts = [lambda: scheduler.observe(1), scheduler.step] * 2
        threads = [threading.Thread(target=work, args=(act,)) for act in acts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    (kept,) = scheduler.state().feedback.values()
    assert (kept["seen"], kept["bad"], scheduler.last_epoch) == (600, 599, 600)


def test_after_the_last_step_of_a_run_the_last_value_feels_a_metric(make: Make, update: Update) -> None:
    scheduler = UnischedLR(make(), {"schedules": {"learning_rate": HALVED}, "total": 3, "after": "error"})
    assert used(scheduler, update, [1, None, None]) == [0.1] * 3
    scheduler.observe(1)
    assert (rates(scheduler), scheduler.last_epoch) == ([0.05], 3)
    with pytest.raises(StepError, match="3"):
        scheduler.optimizer.step()


def test_a_rate_that_was_set_by_hand_stays_until_the_next_step(make: Make, update: Update) -> None:
    scheduler = UnischedLR(make(), HALVED)
    scheduler.observe(1)
    scheduler.optimizer.param_groups[0]["lr"] = 7.0
    scheduler.observe(1)
    assert rates(scheduler) == [7.0]
    update(scheduler.optimizer)
    with pytest.warns(UserWarning, match=r"lr of param group '0' is 7\.0, where this schedule has put 0\.1"):
        scheduler.step()
    assert rates(scheduler) == [0.05]


def test_a_part_of_a_sequence_that_waits_remembers_and_writes_nothing(make: Make, update: Update) -> None:
    optimizer = make()
    warmup, waiting = lr_scheduler.LinearLR(optimizer, 0.5, total_iters=3), UnischedLR(optimizer, HALVED)
    sequence = lr_scheduler.SequentialLR(optimizer, [warmup, waiting], [3])
    found = []
    for _ in range(6):
        waiting.observe(1)
        found.append(optimizer.param_groups[0]["lr"])
        update(optimizer)
        sequence.step()
    warm = [0.05, 0.05 + 0.05 / 3, 0.05 + 0.1 / 3]
    assert found == pytest.approx([*warm, 0.1 * 0.5**3, 0.1 * 0.5**4, 0.1 * 0.5**5])


def test_a_part_of_a_sequence_that_has_ended_remembers_and_writes_nothing(make: Make, update: Update) -> None:
    optimizer = make()
    ended = UnischedLR(optimizer, HALVED)
    sequence = lr_scheduler.SequentialLR(optimizer, [ended, lr_scheduler.StepLR(optimizer, 4)], [3])
    found = []
    for _ in range(6):
        ended.observe(1)
        found.append(optimizer.param_groups[0]["lr"])
        update(optimizer)
        sequence.step()
    assert found == [0.1, 0.05, 0.025, 0.1, 0.1, 0.1]
    assert [kept["drops"] for kept in ended.state().feedback.values()] == [5]


def add(scheduler: UnischedLR, **fields: Any) -> None:
    scheduler.optimizer.add_param_group({"params": [torch.nn.Parameter(torch.ones(2))], **fields})


def test_a_late_group_takes_the_drops_so_far_from_its_first_step_on(make: Make, update: Update) -> None:
    scheduler = UnischedLR(make(), HALVED)
    for _ in range(2):
        scheduler.observe(1)
    add(scheduler, lr=0.8)
    update(scheduler.optimizer)
    assert scheduler.last_used() == {"lr": 0.05}
    scheduler.step()
    assert rates(scheduler) == [0.05, 0.4]


def test_an_observation_leaves_a_late_group_its_own_rate_until_its_first_step(make: Make, update: Update) -> None:
    scheduler = UnischedLR(make(weight_decay=0.5), {"schedules": {"learning_rate": HALVED, "weight_decay": STALL}})
    scheduler.observe(1)
    add(scheduler, lr=0.8, weight_decay=0.25)
    scheduler.observe(1)
    group = scheduler.optimizer.param_groups[1]
    assert (rates(scheduler), group["weight_decay"]) == ([0.05, 0.8], 0.25)
    assert len(scheduler.get_last_lr()) == 1
    update(scheduler.optimizer)
    assert scheduler.last_used() == {"lr": 0.05, "weight_decay": 0.5}
    scheduler.step()
    assert (rates(scheduler), group["weight_decay"]) == ([0.05, 0.4], 0.5)
    scheduler.observe(1)
    assert rates(scheduler) == [0.025, 0.2]


def test_a_plateau_that_waits_for_its_group_observes_already(make: Make, update: Update) -> None:
    own = {"kind": "torch.ReduceLROnPlateau", "monitor": "loss", "patience": 0}
    spec = {"schedules": {"learning_rate": 1}, "groups": {"late*": {"learning_rate": own}}}
    with pytest.warns(UserWarning, match=r"'late\*' of the schedule's groups fit no param group yet"):
        scheduler = UnischedLR(make(SGD, ("body",)), spec)
    for _ in range(2):
        scheduler.observe(1)
    add(scheduler, lr=0.5, name="late.0")
    update(scheduler.optimizer)
    scheduler.step()
    assert rates(scheduler) == [1.0, pytest.approx(0.05)]


def test_greedy_moves_groups_that_were_given_one_value(make: Make) -> None:
    scheduler = UnischedLR(make(SGD, ("body", "head")), GREEDY)
    for _ in range(3):
        scheduler.observe(1)
    assert rates(scheduler) == [0.05, 0.05]


def test_greedy_is_refused_where_the_groups_were_given_different_values(make: Make) -> None:
    optimizer = make(SGD, ("body", "head"))
    optimizer.param_groups[1]["lr"] = 0.2
    with pytest.raises(BindingError, match=r"the param groups were given 0\.1, 0\.2") as caught:
        UnischedLR(optimizer, GREEDY)
    assert (caught.value.code, caught.value.path) == ("feedback.bases", "schedules.learning_rate")
    assert "initial_lr" in optimizer.param_groups[0]  # as torch's own constructors leave it
    assert [group["lr"] for group in optimizer.param_groups] == [0.1, 0.2]


def test_a_late_group_of_another_value_is_a_step_error_under_greedy(make: Make, update: Update) -> None:
    scheduler = UnischedLR(make(), GREEDY)
    scheduler.observe(1)
    before = scheduler.state_dict()
    add(scheduler, lr=0.7)
    update(scheduler.optimizer)
    for act in (scheduler.step, lambda: scheduler.observe(1)):
        with pytest.raises(StepError, match="Give the groups one value, or entries of their own"):
            act()
    del scheduler.optimizer.param_groups[1]
    assert scheduler.state_dict() == before


def test_groups_that_greedy_does_not_move_may_have_any_value(make: Make) -> None:
    optimizer = make(SGD, ("body", "head"))
    optimizer.param_groups[1]["lr"] = 0.2
    rest = {"learning_rate": {"base": "optimizer", "curve": 1}}
    spec = {"schedules": rest, "groups": {"head": {"learning_rate": GREEDY}}}
    scheduler = UnischedLR(optimizer, spec)
    for _ in range(3):
        scheduler.observe(1)
    assert rates(scheduler) == [0.1, 0.1]


def test_a_bound_whose_base_nothing_says_is_refused_when_building(make: Make) -> None:
    spec = {"schedules": {"learning_rate": GREEDY, "weight_decay": {"kind": "follow", "schedule": "learning_rate"}}}
    with pytest.raises(BindingError, match="its base is not known") as caught:
        UnischedLR(make(weight_decay=0.1), unisched.compile(spec).select("weight_decay"))
    assert caught.value.code == "base.missing"


COPIES: dict[str, Callable[[Any], Any]] = {
    "deepcopy": copy.deepcopy,
    "pickle": lambda linked: pickle.loads(pickle.dumps(linked)),
}


@pytest.mark.parametrize("name", COPIES)
@pytest.mark.parametrize("driver", ["step", "optimizer"])
def test_a_copy_of_optimizer_scheduler_and_port_stays_linked_and_leaves_the_original_alone(
    make: Make, update: Update, name: str, driver: Any
) -> None:
    scheduler = UnischedLR(make(), HALVED, driver=driver)
    port = scheduler.metric_port()
    update(scheduler.optimizer)
    scheduler.step()
    for _ in range(2):
        port.step(1)
    optimizer, copied, door = COPIES[name]((scheduler.optimizer, scheduler, port))
    assert copied.optimizer is optimizer is door.optimizer
    assert door.scheduler is copied
    assert copied.state() == scheduler.state()
    door.step(1)
    update(optimizer)
    copied.step()
    assert (optimizer.param_groups[0]["lr"], copied.last_used(), copied.last_epoch) == (0.025, {"lr": 0.025}, 2)
    assert (rates(scheduler), scheduler.last_epoch) == ([0.05], 1)
    scheduler.observe(0.5)
    assert [kept["seen"] for each in (scheduler, copied) for kept in each.state().feedback.values()] == [3, 3]

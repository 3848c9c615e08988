"""How the scheduler behaves in the hands of others: SequentialLR, wrappers, copies, drivers, threads."""

from __future__ import annotations

import copy
import dataclasses
import gc
import pickle
import threading
import weakref
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.optim import SGD, Optimizer, lr_scheduler
from unisched_torch import SchedulerFactory, UnischedLR, backend

import unisched
from unisched.errors import BindingError, StepError, UnsupportedError

Make = Callable[..., Optimizer]
Update = Callable[[Optimizer], None]

DOWN = {"kind": "linear", "start": 1, "end": 0}
DOWN_WITH_MOMENTUM = {"schedules": {"learning_rate": DOWN, "momentum": {"kind": "linear", "start": 0.8, "end": 0.9}}}
FORM = backend.forms["scheduler"]


def trained(scheduler: Any, update: Update, steps: int, key: str = "lr") -> list[float]:
    used = []
    for _ in range(steps):
        used.append(scheduler.optimizer.param_groups[0][key])
        update(scheduler.optimizer)
        scheduler.step()
    return used


def _ours_first(optimizer: Optimizer) -> lr_scheduler.SequentialLR:
    ours = UnischedLR(optimizer, {"kind": "linear", "start": 0, "end": 0.5}, total=5)
    return lr_scheduler.SequentialLR(optimizer, [ours, lr_scheduler.StepLR(optimizer, 4)], [5])


def _ours_second(optimizer: Optimizer) -> lr_scheduler.SequentialLR:
    warmup = lr_scheduler.LinearLR(optimizer, start_factor=0.2, total_iters=5)
    return lr_scheduler.SequentialLR(optimizer, [warmup, UnischedLR(optimizer, DOWN_WITH_MOMENTUM, total=10)], [5])


def _ours_twice(optimizer: Optimizer) -> lr_scheduler.SequentialLR:
    parts = [UnischedLR(optimizer, DOWN, total=5), UnischedLR(optimizer, DOWN_WITH_MOMENTUM, total=10)]
    return lr_scheduler.SequentialLR(optimizer, list(parts), [5])


def test_the_rate_is_right_at_the_switch_to_a_native_scheduler(make: Make, update: Update) -> None:
    used = trained(_ours_first(make()), update, 12)
    assert used == pytest.approx([0, 0.1, 0.2, 0.3, 0.4, 0.1, 0.1, 0.1, 0.1, 0.01, 0.01, 0.01])


def test_all_hyperparameters_are_right_at_the_switch_from_a_native_scheduler(make: Make, update: Update) -> None:
    sequence = _ours_second(make(momentum=0.5))
    assert trained(sequence, update, 6)[5] == 1.0
    assert sequence.optimizer.param_groups[0]["momentum"] == pytest.approx(0.81)
    assert sequence.get_last_lr() == [0.9]


@pytest.mark.parametrize("cut", [3, 5, 6, 11])
@pytest.mark.parametrize("maker", [_ours_first, _ours_second, _ours_twice])
def test_a_sequence_goes_on_as_if_it_had_not_been_cut(
    maker: Callable[[Optimizer], lr_scheduler.SequentialLR], cut: int, make: Make, update: Update
) -> None:
    whole = trained(maker(make(momentum=0.5)), update, 14)
    first = maker(make(momentum=0.5))
    trained(first, update, cut)
    for is_optimizer_first in (True, False):
        second = maker(make(momentum=0.5))
        if is_optimizer_first:
            second.optimizer.load_state_dict(first.optimizer.state_dict())
        second.load_state_dict(first.state_dict())
        if not is_optimizer_first:
            second.optimizer.load_state_dict(first.optimizer.state_dict())
        assert trained(second, update, 14 - cut) == whole[cut:]


@pytest.mark.parametrize("cut", [3, 5, 7, 11])
@pytest.mark.parametrize("maker", [_ours_first, _ours_twice])
def test_a_part_that_has_finished_does_not_put_its_own_rate_back_on_loading(
    maker: Callable[[Optimizer], lr_scheduler.SequentialLR], cut: int, make: Make, update: Update
) -> None:
    whole = trained(maker(make(momentum=0.5)), update, 14)
    first = maker(make(momentum=0.5))
    trained(first, update, cut)
    second, third = maker(make(momentum=0.5)), maker(make(momentum=0.5))
    second.load_state_dict(first.state_dict())
    third.load_state_dict(second.state_dict())
    assert trained(second, update, 14 - cut) == whole[cut:]
    assert trained(third, update, 14 - cut) == whole[cut:]


def test_the_optimizer_drives_whatever_the_host_does_with_step(make: Make, update: Update) -> None:
    scheduler = UnischedLR(make(), DOWN, total=10, driver="optimizer")
    used = []
    for count in (0, 4, 1, 0, 2):
        used.append(scheduler.get_last_lr()[0])
        update(scheduler.optimizer)
        for _ in range(count):
            scheduler.step()
    assert used == [1.0, 0.9, 0.8, 0.7, 0.6]
    assert scheduler.last_epoch == 5
    assert scheduler.last_used() == {"lr": 0.6}


class Wrapper(Optimizer):
    """An optimizer by class only, as accelerate makes it of the one inside."""

    def __init__(self, optimizer: Optimizer) -> None:
        self.optimizer = optimizer

    @property
    def param_groups(self) -> list[dict[str, Any]]:  # type: ignore[override]
        return self.optimizer.param_groups

    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        self.optimizer.step()


def test_the_optimizer_drives_also_from_inside_a_wrapper(make: Make) -> None:
    wrapper = Wrapper(make())
    scheduler = UnischedLR(wrapper, DOWN, total=10, driver="optimizer")
    for _ in range(3):
        wrapper.step()
    assert (scheduler.last_epoch, wrapper.optimizer.param_groups[0]["lr"]) == (3, 0.7)


class Opaque(Optimizer):
    """An optimizer by class only, with nothing inside."""

    def __init__(self, groups: list[dict[str, Any]]) -> None:
        self.param_groups = groups


def test_an_optimizer_without_hooks_is_refused_before_anything_is_written(make: Make) -> None:
    optimizer = make()
    with pytest.raises(BindingError, match="Opaque takes no step hooks"):
        UnischedLR(Opaque(optimizer.param_groups), DOWN, total=10)
    assert optimizer.param_groups[0]["lr"] == 0.1


def test_a_driven_schedule_is_refused_as_the_first_part_of_a_sequence(make: Make) -> None:
    optimizer = make()
    driven = UnischedLR(optimizer, DOWN, total=10, driver="optimizer")
    with pytest.raises(UnsupportedError, match="cannot wait its turn"):
        lr_scheduler.SequentialLR(optimizer, [driven, lr_scheduler.StepLR(optimizer, 4)], [5])


def test_a_driven_schedule_is_refused_as_a_later_part_of_a_sequence(make: Make, update: Update) -> None:
    optimizer = make()
    driven = UnischedLR(optimizer, DOWN, total=10, driver="optimizer")
    lr_scheduler.SequentialLR(optimizer, [lr_scheduler.StepLR(optimizer, 4), driven], [5])
    with pytest.raises(UnsupportedError, match="cannot wait its turn"):
        update(optimizer)


def test_a_driven_schedule_cannot_be_advanced(make: Make) -> None:
    scheduler = UnischedLR(make(), DOWN, total=10, tokens_per_step=10, driver="optimizer")
    with pytest.raises(StepError, match="the optimizer moves this schedule"):
        scheduler.advance(tokens=10)


@pytest.mark.parametrize("driver", ["step", "optimizer"])
def test_the_optimizer_does_not_keep_the_scheduler_alive(make: Make, update: Update, driver: Any) -> None:
    optimizer = make()
    scheduler = weakref.ref(UnischedLR(optimizer, DOWN, total=10, driver=driver))
    gc.collect()
    assert scheduler() is None
    update(optimizer)


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


def test_a_copied_pair_stays_linked_and_leaves_the_original_alone(make: Make, update: Update) -> None:
    scheduler = UnischedLR(make(), DOWN, total=10)
    trained(scheduler, update, 2)
    optimizer, copied = copy.deepcopy((scheduler.optimizer, scheduler))
    assert copied.optimizer is optimizer
    assert trained(copied, update, 3) == [0.8, 0.7, 0.6]
    assert scheduler.optimizer.param_groups[0]["lr"] == 0.8


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda s: pickle.loads(pickle.dumps(s))], ids=["deepcopy", "pickle"])
def test_a_copy_of_a_driven_schedule_is_driven_by_the_copied_optimizer(
    make: Make, update: Update, copied: Callable[[UnischedLR], UnischedLR]
) -> None:
    scheduler = UnischedLR(make(), DOWN, total=10, driver="optimizer")
    update(scheduler.optimizer)
    other = copied(scheduler)
    update(other.optimizer)
    assert (scheduler.last_epoch, other.last_epoch) == (1, 2)
    assert other.optimizer.param_groups[0]["lr"] == 0.8


def test_an_exhausted_schedule_runs_to_its_last_update_and_then_raises(make: Make, update: Update) -> None:
    scheduler = UnischedLR(make(), {"schedules": {"learning_rate": DOWN}, "after": "error", "total": 4})
    assert trained(scheduler, update, 4) == [1.0, 0.75, 0.5, 0.25]
    with pytest.raises(StepError, match="step 4 is past the total of 4"):
        update(scheduler.optimizer)
    with pytest.raises(StepError, match="step 5 is past the total of 4"):
        scheduler.step()
    assert (scheduler.last_epoch, scheduler.get_last_lr()) == (4, [0.25])


@pytest.mark.parametrize("epoch", [-1, 1.5, True, "2"])
def test_a_step_that_is_no_step_is_refused(make: Make, update: Update, epoch: Any) -> None:
    scheduler = UnischedLR(make(), DOWN, total=4)
    update(scheduler.optimizer)
    with pytest.warns(UserWarning, match="epoch parameter"), pytest.raises(StepError):
        scheduler.step(epoch)
    assert scheduler.last_epoch == 0


def test_asking_for_the_rates_changes_nothing(make: Make, update: Update) -> None:
    scheduler = UnischedLR(make(), DOWN, total=4)
    trained(scheduler, update, 1)
    assert [scheduler.get_lr(), scheduler.get_lr(), scheduler.get_last_lr()] == [[0.75]] * 3


@pytest.mark.filterwarnings("ignore:The optimizer made", "ignore:Detected call")
def test_no_step_of_eight_threads_is_lost(make: Make) -> None:
    scheduler = UnischedLR(make(), DOWN, total=10_000)

    def step_on() -> None:
        for _ in range(500):
            scheduler.step()

    threads = [threading.Thread(target=step_on) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (scheduler.last_epoch, scheduler.get_last_lr()) == (4000, [0.6])


def test_hosts_find_no_trap_on_the_scheduler(make: Make) -> None:
    scheduler = UnischedLR(make(), DOWN, total=4)
    assert isinstance(scheduler, lr_scheduler.LRScheduler)
    assert not [name for name in ("__call__", "__len__", "total_steps", "_schedulers") if hasattr(scheduler, name)]


def test_without_an_optimizer_emit_gives_a_factory_that_pickles_and_compares() -> None:
    program, again = (unisched.compile(DOWN, total=4) for _ in range(2))
    other = unisched.compile(DOWN, total=5)
    factory = FORM.emit(program, program.start(), driver="optimizer")
    assert isinstance(factory, SchedulerFactory)
    assert pickle.loads(pickle.dumps(factory)) == factory == FORM.emit(again, again.start(), driver="optimizer")
    assert len({factory, FORM.emit(again, again.start(), driver="optimizer")}) == 1
    assert factory != FORM.emit(other, other.start(), driver="optimizer")


def test_a_factory_makes_the_scheduler_that_emit_would_have_made(make: Make, update: Update) -> None:
    program = unisched.compile(DOWN, total=4)
    scheduler = FORM.emit(program, program.start().at(2), group_names=["head"])(make())  # type: ignore[operator]
    assert isinstance(scheduler, UnischedLR)
    assert trained(scheduler, update, 3) == [0.5, 0.25, 0.0]


def test_a_replay_reads_what_the_updates_used_in_groups_of_their_own() -> None:
    spec = {
        "total": 8,
        "schedules": {"learning_rate": DOWN, "momentum": 0.9},
        "groups": {"a*": {"learning_rate": {"scale": 0.5}}, "a1": {"momentum": 0.1}, "[!x]?z": {"learning_rate": 3}},
    }
    program = unisched.compile(spec)
    replay = FORM.replay(program, program.start().at(2), 6, {})
    assert set(replay.values) == set(program.targets)
    for target, used in replay.values.items():
        assert list(used) == [program(step, *target) for step in range(2, 6)]
    assert replay.state == program.start().at(6)


def test_a_replay_gives_its_groups_the_base_of_the_state() -> None:
    program = unisched.compile({"base": "optimizer", "curve": DOWN}, total=4)
    based = unisched.compile({"base": "optimizer", "curve": DOWN}, total=4, base=0.3)
    replay = FORM.replay(program, dataclasses.replace(program.start(), base={"learning_rate": 0.3}), 4, {})
    ((_, used),) = replay.values.items()
    assert list(used) == [based(step) for step in range(4)]
    assert replay.state.base == {"learning_rate": 0.3}


def test_a_replay_finds_a_name_also_for_a_pattern_inside_another() -> None:
    spec = {"schedules": {"learning_rate": 1}, "groups": {"?": {"learning_rate": 2}, "[a-z]": {"learning_rate": 3}}}
    program = unisched.compile(spec)
    replay = FORM.replay(program, program.start(), 1, {})
    assert {target.group: list(used) for target, used in replay.values.items()} == {None: [1], "?": [2], "[a-z]": [3]}


def test_torch_parameters_train_under_a_scheduled_rate() -> None:
    weight = torch.nn.Parameter(torch.tensor(1.0))
    optimizer = SGD([weight], lr=5.0)
    spec = {"kind": "piecewise", "values": [0.5, 0.25], "every": 1, "interpolation": "previous"}
    scheduler = UnischedLR(optimizer, spec)
    for _ in range(2):
        optimizer.zero_grad()
        (weight * 1.0).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        scheduler.step()
    assert float(weight.detach()) == 0.25

"""Update k uses the value at step k: in every type, graph and compiled step, and inside paddle's wrappers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import paddle
import pytest

import unisched
from unisched.plugin import StepError, float32

SPEC = {"kind": "warmup_cosine", "peak": 0.1, "warmup": 5}
PROGRAM = unisched.compile(SPEC, total=20)
RATES = [PROGRAM(step) for step in range(21)]
ENDS = {"total": 3, "after": "error", "schedules": {"learning_rate": {"kind": "linear", "start": 1, "end": 0}}}
GROUPS = {
    "total": 10,
    "schedules": {"learning_rate": {"kind": "linear", "start": 0.5, "end": 0}},
    "groups": {"head*": {"learning_rate": 0.25}},
}


@pytest.fixture
def static() -> Iterator[None]:
    paddle.enable_static()
    yield
    paddle.disable_static()


@pytest.mark.parametrize(("dtype", "rounded"), [("float64", float), ("float32", float32)])
def test_the_rate_is_rounded_once_to_the_type_of_the_parameters(
    dtype: str, rounded: Callable[[float], float], weight: Any, update: Any
) -> None:
    scheduler, parameter = unisched.build(PROGRAM, "paddle"), weight(dtype)
    optimizer = paddle.optimizer.SGD(learning_rate=scheduler, parameters=[parameter])
    for step in range(20):
        assert optimizer.get_lr() == RATES[step]
        assert update(optimizer, parameter) == [rounded(RATES[step])]
        scheduler.step()


def test_it_is_a_scheduler_of_paddles() -> None:
    scheduler = unisched.build(PROGRAM, "paddle")
    assert isinstance(scheduler, paddle.optimizer.lr.LRScheduler)
    assert (scheduler.last_epoch, scheduler.last_lr, scheduler.base_lr) == (0, RATES[0], RATES[0])


def test_one_scheduler_moves_two_optimizers(weight: Any, update: Any) -> None:
    scheduler, weights = unisched.build(PROGRAM, "paddle"), [weight(), weight()]
    optimizers = [paddle.optimizer.SGD(learning_rate=scheduler, parameters=[each]) for each in weights]
    for step in range(6):
        used = [update(optimizer, each) for optimizer, each in zip(optimizers, weights, strict=True)]
        assert used == [[RATES[step]], [RATES[step]]]
        scheduler.step()


def test_a_param_groups_own_rate_is_a_factor_of_the_scheduled_one(weight: Any, update: Any) -> None:
    weights = [weight(), weight()]
    groups = [{"params": weights[:1]}, {"params": weights[1:], "learning_rate": 0.5}]
    scheduler = unisched.build(PROGRAM, "paddle")
    optimizer = paddle.optimizer.SGD(learning_rate=scheduler, parameters=groups)
    for step in range(6):
        assert update(optimizer, *weights) == [RATES[step], RATES[step] * 0.5]
        scheduler.step()


def test_each_group_of_a_document_has_an_optimizer_of_its_own(weight: Any, update: Any) -> None:
    weights = [weight(), weight()]
    schedulers = [unisched.build(GROUPS, "paddle", group=name) for name in (None, "head*")]
    optimizers = [
        paddle.optimizer.SGD(learning_rate=scheduler, parameters=[each])
        for scheduler, each in zip(schedulers, weights, strict=True)
    ]
    for step in range(4):
        used = [update(optimizer, each)[0] for optimizer, each in zip(optimizers, weights, strict=True)]
        assert used == [unisched.compile(GROUPS)(step), 0.25]
        for scheduler in schedulers:
            scheduler.step()


def test_the_update_past_the_end_raises_and_the_last_one_does_not(weight: Any, update: Any) -> None:
    scheduler, parameter = unisched.build(ENDS, "paddle"), weight()
    optimizer = paddle.optimizer.SGD(learning_rate=scheduler, parameters=[parameter])
    for _ in range(3):
        update(optimizer, parameter)
        scheduler.step()
    for _ in range(2):
        with pytest.raises(StepError, match="past the total"):
            update(optimizer, parameter)
    assert unisched.build(ENDS, "paddle", state=scheduler.state()).last_epoch == 3
    scheduler.step(1)
    assert scheduler() == 2 / 3


def test_a_compiled_update_uses_the_rate(weight: Any) -> None:
    scheduler, parameter = unisched.build(PROGRAM, "paddle"), weight()
    optimizer = paddle.optimizer.SGD(learning_rate=scheduler, parameters=[parameter])

    @paddle.jit.to_static(full_graph=False)
    def train() -> None:
        (-parameter).sum().backward()
        optimizer.step()
        optimizer.clear_grad()

    for step in range(8):
        parameter.set_value(np.zeros(1))
        train()
        assert float(parameter.numpy()[0]) == RATES[step]
        scheduler.step()


# Paddle's own, of every gradient in a static graph.
@pytest.mark.filterwarnings("ignore:Tensor do not have 'place' interface:UserWarning")
@pytest.mark.usefixtures("static")
def test_a_static_executor_uses_the_rate() -> None:
    program, startup = paddle.static.Program(), paddle.static.Program()
    with paddle.static.program_guard(program, startup):
        given = paddle.static.data("given", [1], "float64")
        initial = paddle.nn.initializer.Constant(0.0)
        held = paddle.static.create_parameter([1], "float64", default_initializer=initial)
        scheduler = unisched.build(PROGRAM, "paddle")
        paddle.optimizer.SGD(learning_rate=scheduler).minimize(-(given * held).sum())
    executor = paddle.static.Executor(paddle.CPUPlace())
    executor.run(startup)
    reached = 0.0
    for step in range(8):
        (found,) = executor.run(program, feed={"given": np.ones(1)}, fetch_list=[held])
        assert float(found[0]) == reached + RATES[step]
        reached = float(found[0])
        scheduler.step()


@pytest.mark.usefixtures("static")
def test_a_replay_leaves_a_static_graph_static() -> None:
    assert unisched.parity(PROGRAM, backends=["paddle"]).kept
    assert not paddle.in_dynamic_mode()


def test_a_replay_takes_no_name_of_the_users() -> None:
    with paddle.utils.unique_name.guard():
        assert unisched.parity(PROGRAM, backends=["paddle"]).kept
        assert paddle.utils.unique_name.generate("linear") == "linear_0"


def test_paddles_warmup_wraps_it_and_goes_on() -> None:
    def wrapped() -> Any:
        scheduler = unisched.build({"kind": "linear", "start": 0.125, "end": 0}, "paddle", total=10)
        return paddle.optimizer.lr.LinearWarmup(scheduler, warmup_steps=2, start_lr=0.0, end_lr=0.125)

    warmup, seen = wrapped(), []
    for _ in range(4):
        seen.append(warmup())
        warmup.step()
    assert seen == [0.0, 0.0625, 0.125, 0.1125]
    other = wrapped()
    with pytest.warns(UserWarning, match="unused values"):  # paddle's own, for every LinearWarmup
        other.set_state_dict(warmup.state_dict())
    for each in (other, warmup):
        each.step()
    assert other() == warmup()

"""A run that is cut and goes on equals one that was not, bit for bit: by states, by tinygrad's own, by pickle."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import pytest
from tinygrad import Tensor, dtypes
from tinygrad.nn.optim import SGD, AdamW
from tinygrad.nn.state import get_state_dict, load_state_dict

import unisched
from unisched.plugin import StateError, StepError

SPEC = {
    "total": 10,
    "schedules": {
        "learning_rate": {"base": "optimizer", "curve": {"kind": "warmup_cosine", "peak": 1.0, "warmup": 3}},
        "weight_decay": {"kind": "linear", "start": 0.5, "end": 0.0},
    },
}
STALL = {"kind": "product", "curves": [0.1, {"kind": "plateau", "monitor": "loss", "factor": 0.5, "patience": 0}]}


def run(optimizer: Any, scheduler: Any, update: Callable[..., None], updates: int) -> None:
    for _ in range(updates):
        update(optimizer)
        scheduler.step()


def tensors(optimizer: Any) -> dict[str, list[float]]:
    return {name: tensor.tolist() for name, tensor in get_state_dict(optimizer).items()}


def copied(found: dict[str, Any]) -> dict[str, Any]:
    return {name: tensor.clone().realize() for name, tensor in found.items()}


def test_a_state_resumes_as_if_there_had_been_no_cut(weight: Callable[[], Any], update: Callable[..., None]) -> None:
    first = AdamW([weight()], lr=0.01)
    scheduler = unisched.build(SPEC, "tinygrad", optimizer=first)
    run(first, scheduler, update, 5)
    held, state = copied(get_state_dict(first)), scheduler.state().to_json()
    run(first, scheduler, update, 4)
    second = AdamW([weight()], lr=0.01)
    resumed = unisched.build(SPEC, "tinygrad", optimizer=second, state=state)
    load_state_dict(second, held, verbose=False)
    run(second, resumed, update, 4)
    assert tensors(second) == tensors(first)
    assert resumed.state() == scheduler.state()


def test_a_state_goes_to_another_backend_and_back(weight: Callable[[], Any]) -> None:
    optimizer = SGD([weight()])
    elsewhere = unisched.build(STALL, "numpy", form="scheduler")
    for loss in (1.0, 1.0, 1.0):
        elsewhere.observe(loss)
        elsewhere.step()
    here = unisched.build(STALL, "tinygrad", optimizer=optimizer, state=elsewhere.state().to_json())
    assert (here.state().step, here.state().feedback) == (3, elsewhere.state().feedback)
    here.observe({"loss": Tensor([1.0])})
    elsewhere.observe(1.0)
    assert here.state().feedback == elsewhere.state().feedback
    assert optimizer.lr.item() == pytest.approx(elsewhere.value(), rel=1e-7)


def test_tinygrads_own_state_resumes(weight: Callable[[], Any], update: Callable[..., None]) -> None:
    first = AdamW([weight()], lr=0.01)
    scheduler = unisched.build(SPEC, "tinygrad", optimizer=first)
    run(first, scheduler, update, 5)
    held = copied(get_state_dict({"optimizer": first, "scheduler": scheduler}))
    assert [name for name in held if name.startswith("scheduler")] == ["scheduler.epoch_counter"]
    second = AdamW([weight()], lr=0.01)
    resumed = unisched.build(SPEC, "tinygrad", optimizer=second)
    load_state_dict({"optimizer": second, "scheduler": resumed}, held, verbose=False)
    assert resumed.state() == scheduler.state()
    for optimizer, following in ((first, scheduler), (second, resumed)):
        run(optimizer, following, update, 3)
    assert tensors(second) == tensors(first)


def test_a_counter_does_not_resume_what_watches_a_metric(weight: Callable[[], Any]) -> None:
    scheduler = unisched.build(STALL, "tinygrad", optimizer=SGD([weight()]))
    load_state_dict(scheduler, {"epoch_counter": Tensor([4], dtype=dtypes.int64)}, verbose=False)
    with pytest.raises(StateError, match="watches a metric") as refused:
        scheduler.step()
    assert [problem.code for problem in refused.value.problems] == ["tinygrad.counter"]


def test_a_pickled_scheduler_goes_on_with_the_optimizer_pickled_beside_it(
    weight: Callable[[], Any], update: Callable[..., None]
) -> None:
    first = AdamW([weight()], lr=0.01)
    scheduler = unisched.build(SPEC, "tinygrad", optimizer=first)
    run(first, scheduler, update, 5)
    second, again = pickle.loads(pickle.dumps((first, scheduler)))
    for optimizer, following in ((first, scheduler), (second, again)):
        run(optimizer, following, update, 4)
    assert tensors(second) == tensors(first)
    assert again.state() == scheduler.state()


def test_the_step_after_the_end_raises_and_not_the_one_before(
    weight: Callable[[], Any], update: Callable[..., None]
) -> None:
    spec = {"after": "error", "total": 2, "schedules": {"learning_rate": {"kind": "linear", "start": 1.0, "end": 0.0}}}
    optimizer = SGD([weight()])
    scheduler = unisched.build(spec, "tinygrad", optimizer=optimizer)
    run(optimizer, scheduler, update, 2)
    assert (scheduler.state().step, scheduler.epoch_counter.item()) == (2, 2)
    with pytest.raises(StepError):
        scheduler.step()
    again = pickle.loads(pickle.dumps(scheduler))
    with pytest.raises(StepError):
        again.step()


def test_it_moves_by_epochs_too(weight: Callable[[], Any]) -> None:
    optimizer = SGD([weight()])
    scheduler = unisched.build({"kind": "linear", "start": 1.0, "end": 0.0}, "tinygrad", total=8, steps_per_epoch=2,
                               optimizer=optimizer)  # fmt: skip
    scheduler.advance(epochs=1)
    assert (scheduler.state().step, optimizer.lr.item()) == (2, 0.75)

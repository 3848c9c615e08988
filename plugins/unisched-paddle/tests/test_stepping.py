"""How the scheduler is moved and fed: by updates, epochs and steps, in `Model.fit`, and by metrics of any type."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import paddle
import pytest

import unisched
from unisched.plugin import StepError

PROGRAM = unisched.compile({"kind": "warmup_cosine", "peak": 0.1, "warmup": 5}, total=20, steps_per_epoch=6)
STALLS = unisched.compile({
    "kind": "product",
    "curves": [0.1, {"kind": "plateau", "monitor": "loss", "factor": 0.5, "patience": 0}],
})  # fmt: skip


class Ones(paddle.io.Dataset):
    def __len__(self) -> int:
        return 24

    def __getitem__(self, index: int) -> Any:
        return np.ones(3, "float32"), np.ones(1, "float32")


# Paddle's own, of the batches that its loader hands to its Model.
@pytest.mark.filterwarnings("ignore:To copy construct from a tensor:UserWarning")
@pytest.mark.parametrize("by_epoch", [False, True])
def test_model_fit_moves_it_by_step_or_by_epoch_and_saves_it(by_epoch: bool, tmp_path: Path) -> None:
    network = paddle.nn.Linear(3, 1)
    scheduler = unisched.build(PROGRAM, "paddle", by_epoch=by_epoch)
    model = paddle.Model(network)
    model.prepare(paddle.optimizer.Adam(scheduler, parameters=network.parameters()), paddle.nn.MSELoss())
    callback = paddle.callbacks.LRScheduler(by_step=not by_epoch, by_epoch=by_epoch)
    model.fit(Ones(), batch_size=4, epochs=2, verbose=0, callbacks=callback)
    model.save(str(tmp_path / "model"))
    assert (scheduler.last_epoch, scheduler()) == (12, PROGRAM(12))
    scheduler.step(0)
    model.load(str(tmp_path / "model"))
    assert (scheduler.last_epoch, scheduler()) == (12, PROGRAM(12))


def test_an_epoch_is_as_many_steps_as_the_clock_says(capsys: pytest.CaptureFixture[str]) -> None:
    scheduler = unisched.build(PROGRAM, "paddle", by_epoch=True, verbose=True)
    scheduler.step()
    assert (scheduler.last_epoch, scheduler()) == (6, PROGRAM(6))
    assert capsys.readouterr().out.splitlines() == [
        f"Epoch {step}: UnischedLR set learning rate to {PROGRAM(step)}." for step in (0, 6)
    ]


def test_epochs_of_unknown_length_are_refused_before_the_first() -> None:
    with pytest.raises(StepError, match=r"epochs need steps_per_epoch, which is not known\. Pass steps_per_epoch="):
        unisched.build({"kind": "linear", "start": 1, "end": 0}, "paddle", total=20, by_epoch=True)


@pytest.mark.parametrize("step", [3, np.int64(3)])
def test_it_goes_to_any_step(step: Any) -> None:
    scheduler = unisched.build(PROGRAM, "paddle")
    scheduler.step(step)
    assert (scheduler.last_epoch, scheduler()) == (3, PROGRAM(3))


@pytest.mark.parametrize("given", [-1, 2.5, True, paddle.to_tensor(0.7)], ids=repr)
def test_what_is_no_step_is_refused(given: Any) -> None:
    scheduler = unisched.build(PROGRAM, "paddle")
    with pytest.raises(StepError):
        scheduler.step(given)
    assert scheduler.last_epoch == 0


LOSSES = {
    "a float": 1.0,
    "a tensor": paddle.to_tensor(1.0),
    "a tensor with an axis": paddle.to_tensor([1.0]),
    "a tensor with a gradient": paddle.to_tensor(1.0, stop_gradient=False),
    "a half": paddle.to_tensor(1.0, "bfloat16"),
    "an array": np.ones(1),
    "by name": {"loss": paddle.to_tensor(1.0)},
}


@pytest.mark.parametrize("name", LOSSES)
def test_the_next_update_feels_a_metric(name: str) -> None:
    scheduler = unisched.build(STALLS, "paddle")
    scheduler.observe(LOSSES[name])
    scheduler.step()
    assert scheduler() == 0.1
    scheduler.observe(LOSSES[name])
    assert (scheduler(), scheduler.last_epoch) == (0.05, 1)


@pytest.mark.parametrize("metric", [paddle.ones([2]), None, True, "x", {"los": 1.0}], ids=repr)
def test_what_is_no_metric_is_refused(metric: Any) -> None:
    scheduler = unisched.build(STALLS, "paddle")
    with pytest.raises(StepError):
        scheduler.observe(metric)
    assert scheduler.state().feedback == unisched.build(STALLS, "paddle").state().feedback

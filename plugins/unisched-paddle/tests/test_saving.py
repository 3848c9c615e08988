"""Paddle's own ways of saving carry the portable state: optimizers, models, files, copies, and a run that is killed."""

from __future__ import annotations

import copy
import pickle
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import paddle
import pytest
from paddle.utils import unique_name

import unisched
from unisched.plugin import StateError

PROGRAM = unisched.compile({"kind": "warmup_cosine", "peak": 0.1, "warmup": 5}, total=20)
STALLS = unisched.compile({
    "kind": "product",
    "curves": [0.1, {"kind": "plateau", "monitor": "loss", "factor": 0.5, "patience": 1}],
})  # fmt: skip
WORKER = Path(__file__).parent / "killed_worker.py"


def new(name: str) -> tuple[Any, Any, Any]:
    model, scheduler = paddle.nn.Linear(3, 2), unisched.build(PROGRAM, "paddle")
    made = getattr(paddle.optimizer, name)
    return model, made(learning_rate=scheduler, parameters=model.parameters()), scheduler


def train(model: Any, optimizer: Any, scheduler: Any, updates: int) -> None:
    for _ in range(updates):
        model(paddle.ones([4, 3])).square().mean().backward()
        optimizer.step()
        optimizer.clear_grad()
        scheduler.step()


@pytest.mark.parametrize("name", ["SGD", "Momentum", "Adam", "AdamW", "Adagrad", "RMSProp", "Lamb"])
def test_an_optimizers_checkpoint_is_enough(name: str, tmp_path: Path) -> None:
    paths = str(tmp_path / "a.pdparams"), str(tmp_path / "a.pdopt")
    # Paddle's checkpoints go by the names of parameters and moments, which count up in a process.
    with unique_name.guard():
        model, optimizer, scheduler = new(name)
        train(model, optimizer, scheduler, 7)
        for held, path in zip((model, optimizer), paths, strict=True):
            paddle.save(held.state_dict(), path)
        train(model, optimizer, scheduler, 5)
    with unique_name.guard():
        other, optimizer, again = new(name)
        for held, path in zip((other, optimizer), paths, strict=True):
            held.set_state_dict(paddle.load(path))
        assert again() == PROGRAM(7)
        train(other, optimizer, again, 5)
    assert again.state() == scheduler.state()
    assert (model.weight.numpy() == other.weight.numpy()).all()


def test_a_run_that_was_killed_ends_in_the_same_weights(tmp_path: Path) -> None:
    died = subprocess.run([sys.executable, str(WORKER), str(tmp_path / "cut"), "7"], timeout=120, check=False)
    assert died.returncode == 9
    train_on = runpy.run_path(str(WORKER))["main"]
    for folder in ("cut", "whole"):
        with unique_name.guard():
            train_on(tmp_path / folder)
    ends = [np.load(tmp_path / folder / "end.npy") for folder in ("cut", "whole")]
    assert ends[0].tobytes() == ends[1].tobytes()


def test_what_was_observed_is_in_the_state_dict() -> None:
    scheduler = unisched.build(STALLS, "paddle")
    for _ in range(2):
        scheduler.observe(1.0)
        scheduler.step()
    other = unisched.build(STALLS, "paddle")
    other.set_state_dict(scheduler.state_dict())
    for each in (other, scheduler):
        each.observe(1.0)
    assert other() == scheduler() == 0.05


def test_what_is_left_of_tokens_is_in_the_state_dict() -> None:
    program = unisched.compile({"kind": "linear", "start": 1, "end": 0}, total=20, tokens_per_step=10)
    scheduler, other = (unisched.build(program, "paddle") for _ in range(2))
    scheduler.advance(tokens=25)
    other.set_state_dict(scheduler.state_dict())
    other.advance(tokens=5)
    assert (scheduler.last_epoch, other.last_epoch, other()) == (2, 3, 0.85)


def test_a_state_of_numpy_goes_on_here_and_back() -> None:
    reference = unisched.build(PROGRAM, "numpy", form="scheduler")
    for _ in range(6):
        reference.step()
    scheduler = unisched.build(PROGRAM, "paddle", state=reference.state())
    scheduler.step()
    assert unisched.build(PROGRAM, "numpy", form="scheduler", state=scheduler.state()).value() == PROGRAM(7)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda given: pickle.loads(pickle.dumps(given))])
def test_a_copy_has_a_state_of_its_own(copied: Callable[[Any], Any]) -> None:
    scheduler = unisched.build(STALLS, "paddle")
    other = copied(scheduler)
    for _ in range(3):
        other.observe(1.0)
    other.step()
    assert (scheduler(), scheduler.last_epoch, other(), other.last_epoch) == (0.1, 0, 0.05, 1)


FOREIGN: dict[str, tuple[Callable[[Any], dict[str, Any]], str]] = {
    "of paddle's own scheduler": (
        lambda _: paddle.optimizer.lr.CosineAnnealingDecay(0.1, 20).state_dict(),
        "state_dict: it holds last_epoch, last_lr, and no state of unisched",
    ),
    "with another text": (lambda own: {**own, "unisched": "{}"}, "state"),
    "of another document": (lambda _: unisched.build(STALLS, "paddle").state_dict(), "state"),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_a_foreign_state_dict_is_refused_and_changes_nothing(name: str) -> None:
    scheduler, (foreign, said) = unisched.build(PROGRAM, "paddle"), FOREIGN[name]
    scheduler.step(3)
    with pytest.raises(StateError, match=said):
        scheduler.set_state_dict(foreign(scheduler.state_dict()))
    assert (scheduler.last_epoch, scheduler()) == (3, PROGRAM(3))


def test_another_document_is_followed_where_that_is_asked_for() -> None:
    held = unisched.build(PROGRAM, "paddle")
    held.step(7)
    other = unisched.build({"kind": "linear", "start": 1, "end": 0}, "paddle", total=10, strict=False)
    other.set_state_dict(held.state_dict())
    assert (other.last_epoch, other()) == (7, unisched.compile({"kind": "linear", "start": 1, "end": 0}, total=10)(7))

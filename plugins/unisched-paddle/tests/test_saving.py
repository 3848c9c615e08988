"""Paddle's own ways of saving carry the portable state: optimizers, models, files, copies, and a run that is killed."""

from __future__ import annotations

import copy
import json
import pickle
import runpy
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import paddle
import pytest
from paddle.optimizer.lr import LRScheduler
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


def test_a_run_that_is_killed_at_every_moment_has_the_rates_and_weights_of_one_that_is_not(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, str(WORKER), str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    cut, whole = ([json.loads(line) for line in (folder / "used.jsonl").read_text().splitlines()]
                  for folder in (tmp_path, tmp_path / "whole"))  # fmt: skip
    worker = runpy.run_path(str(WORKER))
    program = unisched.compile(worker["SPEC"], total=worker["TOTAL"]).observed(dict(enumerate(worker["LOSSES"])))
    assert [used for _, used, _ in whole] == [program(step) for step in range(worker["TOTAL"])]
    assert [step for step, *_ in cut] == [step for step in range(worker["TOTAL"]) for _ in range(2)]
    assert cut == [line for line in whole for _ in range(2)]  # it died half way through the save, and once more after


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


def test_a_group_counts_from_its_birth_in_the_state() -> None:
    late = {"from": "birth", "curve": {"kind": "linear", "start": 0.5, "end": 0.25, "duration": 4}}
    spec = {"schedules": {"learning_rate": 1.0}, "groups": {"late*": {"learning_rate": late}}}
    state = replace(unisched.compile(spec, total=20).start().at(3), births={"late1": 2})
    scheduler = unisched.build(spec, "paddle", total=20, group="late1", state=state)
    reference = unisched.build(spec, total=20, form="scheduler", state=state)
    other = unisched.build(spec, "paddle", total=20, group="late1")
    other.set_state_dict(scheduler.state_dict())
    assert (
        (scheduler(), other()) == (reference.value(group="late1"), reference.value(group="late1")) == (0.4375, 0.4375)
    )
    assert unisched.build(spec, "paddle", total=20, group="late*", state=state)() == 0.3125


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda given: pickle.loads(pickle.dumps(given))])
def test_a_copy_has_a_state_of_its_own(copied: Callable[[Any], Any]) -> None:
    scheduler = unisched.build(STALLS, "paddle")
    other = copied(scheduler)
    for _ in range(3):
        other.observe(1.0)
    other.step()
    assert (scheduler(), scheduler.last_epoch, other(), other.last_epoch) == (0.1, 0, 0.05, 1)


def test_what_is_saved_while_another_thread_trains_is_of_one_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    scheduler, others = unisched.build(PROGRAM, "paddle"), []
    native = LRScheduler.state_dict

    def saved(self: Any) -> Any:
        found = native(self)
        others.append(threading.Thread(target=scheduler.step))
        others[0].start()
        others[0].join(0.2)  # it waits for what is being saved, or has changed that
        return found

    monkeypatch.setattr(LRScheduler, "state_dict", saved)
    held = scheduler.state_dict()
    others[0].join()
    again = unisched.build(PROGRAM, "paddle")
    again.set_state_dict(held)
    assert (scheduler.last_epoch, again.last_epoch) == (1, 0)


FOREIGN: dict[str, tuple[Callable[[Any], Any], str]] = {
    "of paddle's own scheduler": (
        lambda _: paddle.optimizer.lr.CosineAnnealingDecay(0.1, 20).state_dict(),
        "state_dict: it holds last_epoch, last_lr, and no state of unisched",
    ),
    "with another text": (lambda own: {**own, "unisched": "{}"}, "state: this object is no state"),
    "with no text": (
        lambda own: {**own, "unisched": None},
        "state_dict: it holds last_epoch, last_lr, unisched, and no",
    ),
    "with a path": (lambda own: {**own, "unisched": "run.state.json"}, "state: this is not JSON"),
    "that is a list": (lambda own: [own], "state_dict: it holds nothing"),
    "of another step": (lambda own: {**own, "last_epoch": 4}, "state_dict: last_epoch is 4 at step 3"),
    "without a step": (lambda own: {"unisched": own["unisched"]}, "state_dict: last_epoch is None at step 3"),
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

"""A run that is cut and goes on equals one that was not, bit for bit: by states, by tinygrad's own, by pickle."""

from __future__ import annotations

import json
import pickle
import runpy
import subprocess
import sys
from collections.abc import Callable
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from tinygrad import Tensor
from tinygrad.nn.optim import SGD, AdamW, OptimizerGroup
from tinygrad.nn.state import get_state_dict, load_state_dict

import unisched
from unisched.plugin import StateError, StepError, float32

WORKER = Path(__file__).parent / "killed_worker.py"

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


def test_a_run_that_is_killed_at_every_moment_has_the_rates_and_weights_of_one_that_is_not(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, str(WORKER), str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    cut, whole = ([json.loads(line) for line in (folder / "used.jsonl").read_text().splitlines()]
                  for folder in (tmp_path, tmp_path / "whole"))  # fmt: skip
    worker = runpy.run_path(str(WORKER))
    program = unisched.compile(worker["SPEC"], base=0.1).observed(dict(enumerate(worker["LOSSES"])))
    due = [[float32(program(step, name)) for name in ("learning_rate", "weight_decay")] for step in range(len(whole))]
    assert [used for _, used, _ in whole] == due
    assert cut == [line for line in whole for _ in range(2)]  # it died half way through the save, and once more after


ORDERS = [
    order
    for order in permutations(("build scheduler", "load optimizer", "load scheduler"))
    if order.index("build scheduler") < order.index("load scheduler")
]


@pytest.mark.parametrize("order", ORDERS, ids=" - ".join)
def test_tinygrads_own_state_resumes_in_every_order(
    order: tuple[str, ...], weight: Callable[[], Any], update: Callable[..., None]
) -> None:
    # What each was given is not what it holds when it was loaded, and a state has one base for all.
    def made() -> Any:
        return OptimizerGroup(AdamW([weight()], lr=0.01), AdamW([weight()], lr=0.002))

    first = made()
    scheduler = unisched.build(SPEC, "tinygrad", optimizer=first)
    run(first, scheduler, update, 5)
    held = {"optimizer": copied(get_state_dict(first)), "scheduler": copied(get_state_dict(scheduler))}
    assert {name: tensor.shape for name, tensor in held["scheduler"].items()} == {"portable_state": (4096,)}
    built = {"optimizer": made()}
    for action, name in (action.split() for action in order):
        if action == "build":
            built[name] = unisched.build(SPEC, "tinygrad", optimizer=built["optimizer"])
        else:
            load_state_dict(built[name], held[name], verbose=False)
    assert built["scheduler"].state() == scheduler.state()
    for optimizer, following in ((first, scheduler), (built["optimizer"], built["scheduler"])):
        run(optimizer, following, update, 3)
    assert tensors(built["optimizer"]) == tensors(first)


def test_its_own_state_holds_what_was_observed_and_what_is_left_of_tokens(weight: Callable[[], Any]) -> None:
    def made() -> Any:
        return unisched.build(STALL, "tinygrad", tokens_per_step=10, optimizer=SGD([weight()]))

    first, second = made(), made()
    for _ in range(2):
        first.observe(1.0)
        first.advance(tokens=25)
    load_state_dict(second, copied(get_state_dict(first)), verbose=False)
    assert (second.state(), second.state().step, second.state().carry) == (first.state(), 5, 0)
    for scheduler in (first, second):
        scheduler.advance(tokens=5)
        scheduler.observe(1.0)
    assert second.state() == first.state()
    assert second.state().carry == 5


def test_all_states_of_a_program_are_of_one_length(weight: Callable[[], Any]) -> None:
    scheduler = unisched.build(STALL, "tinygrad", optimizer=SGD([weight()]))
    state = scheduler.state().at(2**62)
    far = unisched.build(STALL, "tinygrad", optimizer=SGD([weight()], lr=1 / 3), state=state)
    far.observe(1 / 7)
    assert far.portable_state.shape == scheduler.portable_state.shape == (4096,)
    load_state_dict(scheduler, get_state_dict(far), verbose=False)
    assert scheduler.state().step == 2**62


def test_the_state_of_another_document_is_refused_with_what_differs(weight: Callable[[], Any]) -> None:
    scheduler = unisched.build(STALL, "tinygrad", optimizer=SGD([weight()]))
    other = unisched.build({**STALL, "curves": [0.2, STALL["curves"][1]]}, "tinygrad", optimizer=SGD([weight()]))
    other.step()
    held = copied(get_state_dict(other))
    load_state_dict(scheduler, held, verbose=False)
    with pytest.raises(StateError, match=r"curves\[0\].* was 0\.2, is 0\.1.*unisched\.replan.*strict=False"):
        scheduler.step()
    lenient = unisched.build(STALL, "tinygrad", optimizer=SGD([weight()]), strict=False)
    load_state_dict(lenient, held, verbose=False)
    assert lenient.state().step == 1


def test_bytes_that_no_scheduler_wrote_are_refused_and_change_nothing(weight: Callable[[], Any]) -> None:
    optimizer = SGD([weight()])
    scheduler = unisched.build(STALL, "tinygrad", optimizer=optimizer)
    text = bytes(scheduler.portable_state.data())
    for damaged in (bytes(len(text)), text.replace(b'"step": 0', b'"step": 1'), text[:99].ljust(len(text))):
        load_state_dict(scheduler, {"portable_state": Tensor(damaged)}, verbose=False)
        for _ in range(2):
            with pytest.raises(StateError, match="not what a scheduler has put there") as refused:
                scheduler.step()
            assert [problem.code for problem in refused.value.problems] == ["tinygrad.state"]
        assert optimizer.lr.item() == float32(0.1)
    load_state_dict(scheduler, {"portable_state": Tensor(text)}, verbose=False)
    assert scheduler.state().step == 0


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
    assert scheduler.state().step == 2
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

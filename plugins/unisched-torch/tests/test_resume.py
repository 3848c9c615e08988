"""Saving and loading: the rest of a resumed run is the rest of the run that was not cut, bit for bit."""

from __future__ import annotations

import copy
import threading
import types
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.optim import SGD, AdamW, Optimizer, lr_scheduler
from unisched_torch import UnischedLR

import unisched
from unisched import State
from unisched.errors import BindingError, StateError, StepError
from unisched.plugin import watching

Make = Callable[..., Optimizer]
Update = Callable[[Optimizer], None]
Row = tuple[float, ...]

TOTAL, CUT = 60, 23
SPECS: dict[str, dict[str, Any]] = {
    "absolute values": {
        "schedules": {
            "learning_rate": {"kind": "warmup_cosine", "peak": 0.3, "warmup": 10},
            "weight_decay": {"kind": "linear", "start": 0.04, "end": 0.4},
        },
    },
    "factors of what the groups were given": {
        "schedules": {
            "learning_rate": {"base": "optimizer", "curve": {"kind": "warmup_cosine", "peak": 1, "warmup": 10}},
            "beta1": {"base": "optimizer", "curve": {"kind": "linear", "start": 1, "end": 0.9}},
        },
        "groups": {"head": {"learning_rate": {"scale": 0.1}}},
    },
}


def fresh(make: Make) -> Optimizer:
    optimizer = make(AdamW, ("body", "head"))
    optimizer.param_groups[1]["lr"] = 0.7
    return optimizer


def row(optimizer: Optimizer) -> Row:
    return tuple(
        value for group in optimizer.param_groups for value in (group["lr"], group["weight_decay"], *group["betas"])
    )


def trained(scheduler: UnischedLR, update: Update, steps: int) -> list[Row]:
    used = []
    for _ in range(steps):
        used.append(row(scheduler.optimizer))
        update(scheduler.optimizer)
        scheduler.step()
    return used


def _optimizer_then_scheduler(make: Make, spec: Any, saved: dict[str, Any]) -> UnischedLR:
    scheduler = UnischedLR(fresh(make), spec, total=TOTAL)
    scheduler.optimizer.load_state_dict(saved["optimizer"])
    scheduler.load_state_dict(saved["scheduler"])
    return scheduler


def _scheduler_then_optimizer(make: Make, spec: Any, saved: dict[str, Any]) -> UnischedLR:
    scheduler = UnischedLR(fresh(make), spec, total=TOTAL)
    scheduler.load_state_dict(saved["scheduler"])
    scheduler.optimizer.load_state_dict(saved["optimizer"])
    return scheduler


def _optimizer_before_building(make: Make, spec: Any, saved: dict[str, Any]) -> UnischedLR:
    optimizer = fresh(make)
    optimizer.load_state_dict(saved["optimizer"])
    scheduler = UnischedLR(optimizer, spec, total=TOTAL)
    scheduler.load_state_dict(saved["scheduler"])
    return scheduler


def _scheduler_only(make: Make, spec: Any, saved: dict[str, Any]) -> UnischedLR:
    scheduler = UnischedLR(fresh(make), spec, total=TOTAL)
    scheduler.load_state_dict(saved["scheduler"])
    return scheduler


def _last_epoch(make: Make, spec: Any, saved: dict[str, Any]) -> UnischedLR:
    optimizer = fresh(make)
    optimizer.load_state_dict(saved["optimizer"])
    return UnischedLR(optimizer, spec, total=TOTAL, last_epoch=CUT - 1)


def _portable_state(make: Make, spec: Any, saved: dict[str, Any]) -> UnischedLR:
    return UnischedLR(fresh(make), spec, total=TOTAL, state=saved["scheduler"]["unisched"])


def _portable_state_over_loaded_optimizer(make: Make, spec: Any, saved: dict[str, Any]) -> UnischedLR:
    optimizer = fresh(make)
    optimizer.load_state_dict(saved["optimizer"])
    return UnischedLR(optimizer, spec, total=TOTAL, state=State.from_json(saved["scheduler"]["unisched"]))


ORDERS = [
    _optimizer_then_scheduler, _scheduler_then_optimizer, _optimizer_before_building, _scheduler_only, _last_epoch,
    _portable_state, _portable_state_over_loaded_optimizer,
]  # fmt: skip


@pytest.mark.parametrize("spec", SPECS.values(), ids=list(SPECS))
@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.__name__.strip("_"))
def test_a_run_goes_on_as_if_it_had_not_been_cut_in_every_order_of_building_and_loading(
    through_file: Callable[[Any], Any],
    order: Callable[..., UnischedLR],
    spec: dict[str, Any],
    make: Make,
    update: Update,
) -> None:
    whole = trained(UnischedLR(fresh(make), spec, total=TOTAL), update, TOTAL)
    first = UnischedLR(fresh(make), spec, total=TOTAL)
    trained(first, update, CUT)
    saved = through_file({"optimizer": first.optimizer.state_dict(), "scheduler": first.state_dict()})
    resumed = order(make, spec, saved)
    assert resumed.last_epoch == CUT
    assert trained(resumed, update, TOTAL - CUT) == whole[CUT:]


@pytest.fixture
def saved(make: Make, update: Update) -> dict[str, Any]:
    scheduler = UnischedLR(make(), {"kind": "linear", "start": 1, "end": 0}, total=10)
    for _ in range(4):
        update(scheduler.optimizer)
        scheduler.step()
    return scheduler.state_dict()


def test_the_state_is_five_keys_of_plain_numbers_lists_and_text(saved: dict[str, Any]) -> None:
    assert {key: type(value) for key, value in saved.items()} == {
        "unisched": str, "last_epoch": int, "_step_count": int, "base_lrs": list, "_last_lr": list,
    }  # fmt: skip
    assert {type(value) for value in (*saved["base_lrs"], *saved["_last_lr"])} == {float}
    assert (saved["last_epoch"], saved["_step_count"], saved["_last_lr"]) == (4, 5, [0.6])


def test_the_state_holds_plain_numbers_also_where_the_optimizer_holds_tensors(make: Make) -> None:
    optimizer = make(SGD, lr=torch.tensor(0.1), foreach=False)
    state = UnischedLR(optimizer, {"kind": "constant", "value": 0.3}).state_dict()
    assert state["_last_lr"] == [0.3]
    assert type(state["base_lrs"][0]) is float


def test_loading_leaves_its_argument_as_it_was(make: Make, saved: dict[str, Any]) -> None:
    before = copy.deepcopy(saved)
    UnischedLR(make(), {"kind": "linear", "start": 1, "end": 0}, total=10).load_state_dict(saved)
    assert saved == before


def test_loading_writes_the_values_at_once(make: Make, saved: dict[str, Any]) -> None:
    scheduler = UnischedLR(make(), {"kind": "linear", "start": 1, "end": 0}, total=10)
    scheduler.load_state_dict(saved)
    assert scheduler.optimizer.param_groups[0]["lr"] == 0.6
    assert scheduler.get_last_lr() == [0.6]


def test_the_state_of_another_document_is_refused_with_what_differs(make: Make, saved: dict[str, Any]) -> None:
    scheduler = UnischedLR(make(), {"kind": "linear", "start": 1, "end": 0.5}, total=20)
    with pytest.raises(StateError) as caught:
        scheduler.load_state_dict(saved)
    message = str(caught.value)
    assert "total was 10, is 20" in message
    assert "end was 0" in message
    assert "strict=False" in message
    assert (scheduler.last_epoch, scheduler.optimizer.param_groups[0]["lr"]) == (0, 1.0)


def test_without_strict_the_step_is_kept_and_the_new_document_followed(make: Make, saved: dict[str, Any]) -> None:
    scheduler = UnischedLR(make(), {"kind": "linear", "start": 1, "end": 0}, total=20, strict=False)
    scheduler.load_state_dict(saved)
    assert (scheduler.last_epoch, scheduler.get_last_lr()) == (4, [0.8])


@pytest.mark.parametrize(
    "damage",
    [
        None, {}, [], {"unisched": None}, {"unisched": "{}"}, {"last_epoch": float("nan")},
        {"last_epoch": True}, {"last_epoch": 7}, {"_step_count": "x"}, {"_last_lr": None}, {"_last_lr": [float("nan")]},
        {"base_lrs": ["0.1"]},
    ],
    ids=repr,
)  # fmt: skip
def test_what_is_no_state_is_refused_and_changes_nothing(make: Make, saved: dict[str, Any], damage: Any) -> None:
    scheduler = UnischedLR(make(), {"kind": "linear", "start": 1, "end": 0}, total=10)
    with pytest.raises(StateError):
        scheduler.load_state_dict({**saved, **damage} if damage else damage)
    assert (scheduler.last_epoch, scheduler.optimizer.param_groups[0]["lr"]) == (0, 1.0)


def test_the_state_of_a_native_scheduler_is_refused(make: Make) -> None:
    native = lr_scheduler.StepLR(make(), 5)
    with pytest.raises(StateError, match="is not from a UnischedLR"):
        UnischedLR(make(), {"kind": "constant", "value": 1}).load_state_dict(native.state_dict())


def test_a_changed_rate_in_a_saved_state_never_reaches_the_optimizer(make: Make, saved: dict[str, Any]) -> None:
    scheduler = UnischedLR(make(), {"kind": "linear", "start": 1, "end": 0}, total=10)
    scheduler.load_state_dict({**saved, "_last_lr": [99.0]})
    assert scheduler.optimizer.param_groups[0]["lr"] == 1.0
    scheduler.optimizer.step()
    scheduler.step()
    assert scheduler.optimizer.param_groups[0]["lr"] == 0.5


def test_a_base_that_the_optimizer_has_lost_is_refused_with_last_epoch(make: Make) -> None:
    with pytest.raises(BindingError, match="has no 'initial_lr', of which the schedule is a factor"):
        UnischedLR(make(), {"base": "optimizer", "curve": 0.5}, last_epoch=3)


def test_the_portable_state_starts_the_numpy_backend(make: Make, update: Update) -> None:
    spec = {"kind": "linear", "start": 1, "end": 0}
    scheduler = UnischedLR(make(), spec, total=10)
    for _ in range(3):
        update(scheduler.optimizer)
        scheduler.step()
    assert unisched.build(spec, total=10, state=scheduler.state().to_json())(0) == scheduler.get_last_lr()[0]


def test_the_portable_state_says_what_the_groups_were_given(make: Make) -> None:
    scheduler = UnischedLR(make(lr=0.25), {"base": "optimizer", "curve": 0.5})
    assert scheduler.state().base == {"learning_rate": 0.25}


def test_advancing_by_tokens_keeps_the_remainder_also_through_a_checkpoint(make: Make) -> None:
    spec = {"kind": "linear", "start": 1, "end": 0}
    scheduler = UnischedLR(make(), spec, total=10, tokens_per_step=1000)
    scheduler.advance(tokens=2700)
    assert (scheduler.last_epoch, scheduler.get_last_lr(), scheduler.state().carry) == (2, [0.8], 700)
    resumed = UnischedLR(make(), spec, total=10, tokens_per_step=1000)
    resumed.load_state_dict(scheduler.state_dict())
    resumed.advance(tokens=300)
    assert (resumed.last_epoch, resumed.state().carry, resumed.state().driven_by) == (3, 0, "tokens")
    rebuilt = UnischedLR(make(), spec, total=10, tokens_per_step=1000, state=scheduler.state())
    rebuilt.advance(tokens=300)
    assert rebuilt.last_epoch == 3


@pytest.mark.parametrize(
    "given",
    [{}, {"tokens": 1, "samples": 1}, {"samples": 1}, {"tokens": -1}, {"tokens": 1.5}, {"tokens": True}],
    ids=repr,
)
def test_an_advance_that_says_nothing_clear_is_refused(make: Make, given: dict[str, Any]) -> None:
    scheduler = UnischedLR(make(), {"kind": "constant", "value": 1}, tokens_per_step=1000)
    with pytest.raises(StepError):
        scheduler.advance(**given)


@pytest.mark.parametrize("driver", ["step", "optimizer"])
def test_what_is_saved_while_another_thread_trains_is_of_one_moment(
    monkeypatch: pytest.MonkeyPatch, make: Make, update: Update, driver: Any
) -> None:
    spec = {"kind": "product", "curves": [0.5, {"kind": "plateau", "monitor": "loss", "factor": 0.5, "patience": 0}]}
    scheduler = UnischedLR(make(), spec, driver=driver)

    def training() -> None:
        scheduler.observe(1.0)
        update(scheduler.optimizer)
        scheduler.step()

    def written(*given: Any) -> Any:
        found = watching.written(*given)
        if not others:
            others.append(threading.Thread(target=training))
            others[0].start()
            others[0].join(0.2)  # it waits for what is being saved, or has changed that
        return found

    training()
    others: list[threading.Thread] = []
    monkeypatch.setattr(
        "unisched_torch.scheduler.watching", types.SimpleNamespace(**{**vars(watching), "written": written})
    )
    saved = scheduler.state_dict()
    others[0].join()
    assert scheduler.last_epoch == 2
    again = UnischedLR(make(), spec, driver=driver)
    again.load_state_dict(saved)
    assert (again.last_epoch, again.state().feedback["schedules.learning_rate.curves[1]"]["seen"]) == (1, 1)

"""What counts as a step: accumulated and skipped updates, epochs, and tokens of batches that grow."""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch.optim import SGD, AdamW, Optimizer, lr_scheduler
from unisched_torch import UnischedLR

import unisched
from unisched import State
from unisched.errors import StepError

Make = Callable[..., Optimizer]
Update = Callable[[Optimizer], None]

DOWN = {"kind": "linear", "start": 1, "end": 0}
INFINITE = float("inf")


def weight_of(optimizer: Optimizer) -> torch.Tensor:
    weight: torch.Tensor = optimizer.param_groups[0]["params"][0]
    return weight


# Accumulation


@pytest.mark.parametrize("driver", ["step", "optimizer"])
def test_accumulated_micro_batches_are_one_step(make: Make, driver: Any) -> None:
    optimizer = make(SGD)
    scheduler = UnischedLR(optimizer, DOWN, total=10, driver=driver)
    used = []
    for micro_batch in range(12):
        weight_of(optimizer).sum().backward()  # type: ignore[no-untyped-call]
        if micro_batch % 3 == 2:
            used.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            scheduler.step()
            optimizer.zero_grad()
    assert (used, scheduler.last_epoch) == ([1.0, 0.9, 0.8, 0.7], 4)


def accumulated(scheduler: UnischedLR, micro_batches: int) -> None:
    """Make every third micro-batch an update, and every one a step."""
    for micro_batch in range(micro_batches):
        weight_of(scheduler.optimizer).sum().backward()  # type: ignore[no-untyped-call]
        if micro_batch % 3 == 0:
            scheduler.optimizer.step()
            scheduler.optimizer.zero_grad()
        scheduler.step()


def test_a_step_for_each_micro_batch_is_noticed_once_with_both_counts(make: Make) -> None:
    scheduler = UnischedLR(make(SGD), DOWN, total=100)
    with pytest.warns(UserWarning, match="made 1 updates while its schedule made 3 steps") as caught:
        accumulated(scheduler, 12)
    assert len(caught) == 1


# Skipped updates of mixed precision


def scaled(scheduler: UnischedLR, gradients: list[float]) -> list[float]:
    """Train with torch's own scaler, which skips an update whose gradient is not finite; give the rate of each."""
    optimizer, scaler = scheduler.optimizer, torch.amp.GradScaler("cpu", init_scale=4.0)
    used: list[float] = []
    optimizer.register_step_pre_hook(lambda *_: used.append(optimizer.param_groups[0]["lr"]))
    for gradient in gradients:
        optimizer.zero_grad()
        scaler.scale((weight_of(optimizer) * gradient).sum()).backward()  # type: ignore[no-untyped-call]
        scaler.step(optimizer)
        scaler.update()
        scheduler.step()
    return used


SKIPS: dict[str, list[float]] = {
    "at first": [INFINITE, 1, 1, 1],
    "twice at first": [INFINITE, INFINITE, 1, 1],
    "now and then": [1, INFINITE, 1, INFINITE, 1, 1],
    "never": [1, 1, 1],
}


@pytest.mark.parametrize("gradients", SKIPS.values(), ids=SKIPS)
def test_a_skipped_update_does_not_move_a_schedule_that_the_optimizer_drives(
    make: Make, gradients: list[float]
) -> None:
    scheduler = UnischedLR(make(SGD), DOWN, total=10, driver="optimizer")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        used = scaled(scheduler, gradients)
    made = [gradient for gradient in gradients if gradient != INFINITE]
    assert (used, scheduler.last_epoch) == ([1.0, 0.9, 0.8, 0.7][: len(made)], len(made))


@pytest.mark.parametrize(
    ("gradients", "told"),
    [
        (SKIPS["never"], []),
        (SKIPS["now and then"], ["The optimizer made 2 updates while its schedule made 4 steps"]),
        # The first is torch's own, which has no way to know that the scaler skipped the update.
        (SKIPS["at first"], ["Detected call of `lr_scheduler.step()` before `optimizer.step()`"]),
        (
            SKIPS["twice at first"],
            [
                "Detected call of `lr_scheduler.step()` before `optimizer.step()`",
                "The optimizer made 0 updates while its schedule made 2 steps",
            ],
        ),
    ],
    ids=["never", "now and then", "at first", "twice at first"],
)
def test_a_schedule_that_is_stepped_over_skipped_updates_says_so_once(
    make: Make, gradients: list[float], told: list[str]
) -> None:
    scheduler = UnischedLR(make(SGD), DOWN, total=10)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        scaled(scheduler, gradients)
    assert [str(warning.message).startswith(text) for warning, text in zip(caught, told, strict=True)] == [True] * len(
        told
    )
    assert scheduler.last_epoch == len(gradients)


def test_a_step_is_made_where_the_scaler_says_that_the_update_was(make: Make) -> None:
    """The recipe for a loop of one's own: the scale falls where an update was skipped."""
    optimizer, scaler = make(SGD), torch.amp.GradScaler("cpu", init_scale=4.0)
    scheduler = UnischedLR(optimizer, DOWN, total=10)
    for gradient in SKIPS["now and then"]:
        optimizer.zero_grad()
        scaler.scale((weight_of(optimizer) * gradient).sum()).backward()  # type: ignore[no-untyped-call]
        scale = scaler.get_scale()
        scaler.step(optimizer)
        scaler.update()
        if scaler.get_scale() >= scale:
            scheduler.step()
    assert (scheduler.last_epoch, scheduler.last_used()) == (4, {"lr": 0.7})


# Epochs

PER_EPOCH = 4
BY_EPOCHS: dict[str, tuple[dict[str, Any], Callable[[Optimizer], Any]]] = {
    "StepLR": (
        {"kind": "torch.StepLR", "step_size": 2, "gamma": 0.5},
        lambda optimizer: lr_scheduler.StepLR(optimizer, 2, 0.5),
    ),
    "MultiStepLR": (
        {"kind": "torch.MultiStepLR", "milestones": [1, 4], "gamma": 0.5},
        lambda optimizer: lr_scheduler.MultiStepLR(optimizer, [1, 4], 0.5),
    ),
    "ExponentialLR": (
        {"kind": "torch.ExponentialLR", "gamma": 0.75},
        lambda optimizer: lr_scheduler.ExponentialLR(optimizer, 0.75),
    ),
    "CosineAnnealingLR": (
        {"kind": "torch.CosineAnnealingLR", "T_max": 6, "eta_min": 0.25},
        lambda optimizer: lr_scheduler.CosineAnnealingLR(optimizer, 6, 0.25),
    ),
}


def epochs(
    optimizer: Optimizer, update: Update, after_update: Callable[[], None], after_epoch: Callable[[], None]
) -> list[float]:
    """Train six epochs, and give the rate of each update."""
    used = []
    for _ in range(6):
        for _ in range(PER_EPOCH):
            used.append(float(optimizer.param_groups[0]["lr"]))
            update(optimizer)
            after_update()
        after_epoch()
    return used


def nothing() -> None:
    pass


@pytest.mark.parametrize(("curve", "native"), BY_EPOCHS.values(), ids=BY_EPOCHS)
@pytest.mark.parametrize("way", ["each update", "each epoch", "driven", "driven by a host that steps each epoch"])
def test_a_schedule_in_epochs_is_torchs_own_stepped_once_an_epoch(
    make: Make, update: Update, curve: dict[str, Any], native: Callable[[Optimizer], Any], way: str
) -> None:
    theirs = native(make(SGD, lr=0.5))
    due = epochs(theirs.optimizer, update, nothing, theirs.step)
    driver: Any = "optimizer" if way.startswith("driven") else "step"
    spec = {**curve, "interval": "epoch"}
    ours = UnischedLR(make(SGD, lr=0.5), spec, total="6 epochs", steps_per_epoch=PER_EPOCH, driver=driver)
    after: dict[str, tuple[Callable[[], None], Callable[[], None]]] = {
        "each update": (ours.step, nothing),
        "each epoch": (nothing, lambda: ours.advance(epochs=1)),
        "driven": (nothing, nothing),
        "driven by a host that steps each epoch": (nothing, ours.step),
    }
    assert epochs(ours.optimizer, update, *after[way]) == pytest.approx(due, rel=1e-15)
    assert (ours.last_epoch, len(set(due)) > 2) == (6 * PER_EPOCH, True)


def test_any_curve_changes_once_an_epoch_on_stairs_or_when_it_is_moved_by_epochs(make: Make, update: Update) -> None:
    settings: dict[str, Any] = {"total": "6 epochs", "steps_per_epoch": PER_EPOCH}
    stairs = UnischedLR(make(SGD), {"kind": "stair", "curve": DOWN, "every": "1 epoch"}, **settings)
    moved = UnischedLR(make(SGD), DOWN, **settings)
    used = epochs(stairs.optimizer, update, stairs.step, nothing)
    assert used == epochs(moved.optimizer, update, nothing, lambda: moved.advance(epochs=1))
    assert used[::PER_EPOCH] == pytest.approx([1 - epoch / 6 for epoch in range(6)])


def test_stepping_once_an_epoch_is_noticed_once_with_both_counts(make: Make, update: Update) -> None:
    scheduler = UnischedLR(make(SGD), DOWN, total="6 epochs", steps_per_epoch=PER_EPOCH)
    with pytest.warns(UserWarning, match="made 4 updates while its schedule made 1 steps") as caught:
        epochs(scheduler.optimizer, update, nothing, scheduler.step)
    assert len(caught) == 1


def test_epochs_need_to_know_how_long_one_is(make: Make) -> None:
    with pytest.raises(StepError, match="epochs need steps_per_epoch, which is not known"):
        UnischedLR(make(SGD), DOWN, total=4).advance(epochs=1)


# Tokens and samples of batches that grow, as in the training of Llama 3

RAMP = {"kind": "piecewise", "interpolation": "previous", "points": [[0, 4], ["40 tokens", 8], ["200 tokens", 16]]}
GROWING = {
    "total": "520 tokens",
    "tokens_per_step": "batch",
    "schedules": {
        "batch": RAMP,
        "learning_rate": {"kind": "warmup_cosine", "peak": 1, "warmup": "60 tokens"},
        "weight_decay": {"kind": "linear", "start": 0, "end": 0.5},
    },
}
STEPS = 50  # ten of 4, twenty of 8, twenty of 16


def batches() -> Iterator[int]:
    """How many tokens each update takes, counted by hand."""
    seen = 0
    while True:
        size = 4 if seen < 40 else 8 if seen < 200 else 16
        yield size
        seen += size


def groups_of(scheduler: UnischedLR) -> tuple[float, float]:
    group = scheduler.optimizer.param_groups[0]
    return group["lr"], group["weight_decay"]


def test_a_run_moved_by_the_tokens_of_each_update_is_the_run_stepped_by_updates(make: Make, update: Update) -> None:
    stepped, moved = (UnischedLR(make(AdamW), GROWING) for _ in range(2))
    assert stepped.program.total == STEPS
    for _, size in zip(range(STEPS + 5), batches(), strict=False):
        assert groups_of(moved) == groups_of(stepped)
        update(stepped.optimizer)
        stepped.step()
        update(moved.optimizer)
        moved.advance(tokens=size)
        assert (moved.last_epoch, moved.state().carry) == (stepped.last_epoch, 0)
    weights = [weight_of(scheduler.optimizer).detach() for scheduler in (stepped, moved)]
    assert torch.equal(*weights)


@pytest.mark.parametrize("seed", range(5))
def test_tokens_in_pieces_of_any_size_add_up_exactly_also_through_checkpoints(make: Make, seed: int) -> None:
    draw = random.Random(seed)
    scheduler, numpy = UnischedLR(make(AdamW), GROWING), unisched.build(GROWING, form="scheduler")
    sizes = [size for _, size in zip(range(1000), batches(), strict=False)]
    program, position, left = unisched.compile(GROWING), 0, 0
    for _ in range(60):
        tokens = draw.choice([0, 1, 3, 7, 50, 333])
        left += tokens
        while left >= sizes[position]:
            left -= sizes[position]
            position += 1
        scheduler.advance(tokens=tokens)
        numpy.advance(tokens=tokens)
        assert (scheduler.state().step, scheduler.state().carry) == (position, left)
        assert scheduler.state() == numpy.state() == State.from_json(scheduler.state().to_json())
        assert groups_of(scheduler) == (program(position), program(position, "weight_decay"))
        if draw.random() < 0.3:
            fresh = UnischedLR(make(AdamW), GROWING)
            fresh.load_state_dict(scheduler.state_dict())
            scheduler = fresh
        if draw.random() < 0.2:
            scheduler = UnischedLR(make(AdamW), GROWING, state=numpy.state().to_json())


def test_samples_move_as_tokens_do(make: Make) -> None:
    scheduler = UnischedLR(make(SGD), DOWN, total="320 samples", samples_per_step=32)
    scheduler.advance(samples=100)
    assert (scheduler.get_last_lr(), scheduler.state().carry, scheduler.state().driven_by) == ([0.7], 4, "samples")


def test_a_step_between_two_advances_counts_one_update_and_leaves_the_remainder(make: Make, update: Update) -> None:
    scheduler = UnischedLR(make(SGD), DOWN, total=20, tokens_per_step=10)
    scheduler.advance(tokens=25)
    update(scheduler.optimizer)
    scheduler.step()
    assert (scheduler.last_epoch, scheduler.state().carry) == (3, 5)
    scheduler.advance(tokens=5)
    assert (scheduler.last_epoch, scheduler.state().carry) == (4, 0)


def test_units_that_cannot_be_added_up_are_refused_and_change_nothing(make: Make) -> None:
    scheduler = UnischedLR(make(SGD), DOWN, total=20, tokens_per_step=10, samples_per_step=2, steps_per_epoch=3)
    scheduler.advance(tokens=25)
    with pytest.raises(StepError, match="5 tokens are carried, and samples are no tokens"):
        scheduler.advance(samples=4)
    assert (scheduler.last_epoch, scheduler.state().carry) == (2, 5)
    scheduler.advance(epochs=1)
    assert (scheduler.last_epoch, scheduler.state().carry) == (5, 5)
    scheduler.advance(tokens=5)
    scheduler.advance(samples=3)
    assert (scheduler.last_epoch, scheduler.state().carry, scheduler.state().driven_by) == (7, 1, "samples")


def test_past_the_end_of_an_exhausted_schedule_advance_raises_and_changes_nothing(make: Make) -> None:
    spec = {"schedules": {"learning_rate": DOWN}, "after": "error", "total": 4}
    scheduler = UnischedLR(make(SGD), spec, tokens_per_step=10)
    scheduler.advance(tokens=35)
    with pytest.raises(StepError, match="step 5 is past the total of 4"):
        scheduler.advance(tokens=20)
    assert (scheduler.last_epoch, scheduler.state().carry, scheduler.get_last_lr()) == (3, 5, [0.25])

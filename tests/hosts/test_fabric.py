"""Lightning Fabric: the schedule built before or after its setup, through it, and through its checkpoints."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lightning.fabric import Fabric
from small_training import CUT, SPEC, TOTAL, Net, Row, Used, batch, due, optimizer_of, weights
from unisched_torch import UnischedLR

import unisched

FABRIC = Fabric(accelerator="cpu", devices=1)


def before_setup() -> tuple[Any, Any, Any]:
    net = Net()
    scheduler = unisched.build(SPEC, "torch", optimizer=optimizer_of(net), total=TOTAL)
    return *FABRIC.setup(net, scheduler.optimizer), scheduler


def after_setup() -> tuple[Any, Any, Any]:
    net = Net()
    model, optimizer = FABRIC.setup(net, optimizer_of(net))
    return model, optimizer, unisched.build(SPEC, "torch", optimizer=optimizer, total=TOTAL)


def through_setup() -> tuple[Any, Any, Any]:
    net = Net()
    scheduler = unisched.build(SPEC, "torch", optimizer=optimizer_of(net), total=TOTAL)
    return FABRIC.setup(net, scheduler.optimizer, scheduler)


def driving() -> tuple[Any, Any, Any]:
    net = Net()
    model, optimizer = FABRIC.setup(net, optimizer_of(net))
    return model, optimizer, unisched.build(SPEC, "torch", optimizer=optimizer, total=TOTAL, driver="optimizer")


MAKERS = [before_setup, after_setup, through_setup, driving]


def trained(model: Any, optimizer: Any, scheduler: UnischedLR, steps: range) -> list[Row]:
    used = Used(optimizer.optimizer)
    for step in steps:
        inputs, targets = batch(step)
        optimizer.zero_grad()
        FABRIC.backward((model(inputs) - targets).square().mean())
        optimizer.step()
        scheduler.step()
    return list(used.rows)


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_every_update_uses_its_own_value(make: Any) -> None:
    assert trained(*make(), range(TOTAL)) == due()


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_a_checkpoint_goes_on_bit_for_bit(make: Any, tmp_path: Path) -> None:
    whole, optimizer, scheduler = make()
    trained(whole, optimizer, scheduler, range(CUT))
    FABRIC.save(tmp_path / "run.ckpt", {"model": whole, "optimizer": optimizer, "scheduler": scheduler})
    trained(whole, optimizer, scheduler, range(CUT, TOTAL))
    model, optimizer, scheduler = make()
    FABRIC.load(tmp_path / "run.ckpt", {"model": model, "optimizer": optimizer, "scheduler": scheduler},
                weights_only=True)  # fmt: skip
    assert trained(model, optimizer, scheduler, range(CUT, TOTAL)) == due()[CUT:]
    assert weights(model) == weights(whole)


def test_what_setup_gives_is_our_scheduler_still() -> None:
    assert isinstance(through_setup()[2], UnischedLR)

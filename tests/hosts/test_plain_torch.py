"""A loop of one's own: every update uses its value, and files go on where they stopped, in every order."""

from __future__ import annotations

import itertools
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from omegaconf import OmegaConf
from small_training import CUT, SPEC, TOTAL, Net, Row, Used, due, optimizer_of, update, weights
from unisched_torch import UnischedLR

import unisched


def trained(net: Net, scheduler: UnischedLR, start: int, stop: int) -> list[Row]:
    used = Used(scheduler.optimizer)
    for step in range(start, stop):
        update(net, scheduler.optimizer, step)
        scheduler.step()
    return used.rows


def begun() -> tuple[Net, UnischedLR]:
    net = Net()
    return net, unisched.build(SPEC, "torch", optimizer=optimizer_of(net), total=TOTAL)


def test_every_update_uses_its_own_value_of_every_hyperparameter_in_every_group() -> None:
    assert trained(*begun(), 0, TOTAL) == due()


def test_the_values_are_those_of_the_textbook() -> None:
    for step, (rate, decay, beta1, head, *_) in enumerate(trained(*begun(), 0, TOTAL)):
        ramp, fall = step / 4, math.cos(math.pi / 2 * (step - 4) / (TOTAL - 4)) ** 2
        assert rate == pytest.approx(0.03 * (ramp if step < 4 else fall), rel=1e-12)
        assert (decay, beta1) == pytest.approx((0.04 + 0.36 * step / TOTAL, 0.95 - 0.1 * step / TOTAL), rel=1e-12)
        assert head == pytest.approx(rate / 10, rel=1e-12)


def test_updates_that_gather_several_batches_count_once() -> None:
    net, scheduler = begun()
    used = Used(scheduler.optimizer)
    for micro in range(2 * TOTAL):
        net(torch.ones(1, 4)).sum().backward()
        if micro % 2:
            scheduler.optimizer.step()
            scheduler.optimizer.zero_grad()
            scheduler.step()
    assert used.rows == due()


def test_a_rate_that_is_changed_by_hand_lasts_for_one_update() -> None:
    net, scheduler = begun()
    used = Used(scheduler.optimizer)
    for step in range(6):
        if step == 3:
            scheduler.optimizer.param_groups[0]["lr"] = 9.0
        update(net, scheduler.optimizer, step)
        scheduler.step()
    assert [row[0] for row in used.rows] == [9.0 if step == 3 else row[0] for step, row in enumerate(due(6))]


def _orders() -> list[tuple[str, ...]]:
    """All orders in which what is loaded was built before."""
    actions = ("build optimizer", "build scheduler", "load optimizer", "load scheduler")
    return [
        order
        for order in itertools.permutations(actions)
        if order[0] == "build optimizer" and order.index("build scheduler") < order.index("load scheduler")
    ]


ORDERS = _orders()


@pytest.mark.parametrize("order", ORDERS, ids=" - ".join)
def test_files_go_on_bit_for_bit_in_every_order_of_building_and_loading(order: tuple[str, ...], tmp_path: Path) -> None:
    whole, scheduler = begun()
    trained(whole, scheduler, 0, TOTAL)
    first, scheduler = begun()
    trained(first, scheduler, 0, CUT)
    torch.save(scheduler.optimizer.state_dict(), tmp_path / "optimizer.pt")
    torch.save(scheduler.state_dict(), tmp_path / "scheduler.pt")
    net = Net()
    net.load_state_dict(first.state_dict())
    built: dict[str, Any] = {}
    for action, name in (action.split() for action in order):
        if action == "load":
            built[name].load_state_dict(torch.load(tmp_path / f"{name}.pt", weights_only=True))
        elif name == "optimizer":
            built[name] = optimizer_of(net)
        else:
            built[name] = unisched.build(SPEC, "torch", optimizer=built["optimizer"], total=TOTAL)
    assert trained(net, built["scheduler"], CUT, TOTAL) == due()[CUT:]
    assert weights(net) == weights(whole)


def test_a_document_of_omegaconf_is_taken_with_what_it_refers_to() -> None:
    schedules = {"learning_rate": 0.03, "weight_decay": "${schedules.learning_rate}"}
    document = OmegaConf.create({"schedules": schedules, "total": TOTAL})
    net = Net()
    scheduler = unisched.build(document, "torch", optimizer=optimizer_of(net))
    assert trained(net, scheduler, 0, 2) == 2 * [[0.03, 0.03, 0.9, 0.03, 0.03, 0.9]]


def test_numbers_of_numpy_are_in_no_file(tmp_path: Path) -> None:
    rise = {"kind": "warmup_cosine", "peak": np.float64(1.5), "warmup": np.int64(4)}
    plateau = {"kind": "plateau", "monitor": "loss", "patience": np.int64(1), "threshold": np.float64(0.01)}
    rate = {"base": "optimizer", "curve": {"kind": "product", "curves": [rise, plateau]}}
    document = {"schedules": {"learning_rate": rate, "weight_decay": np.float64(0.25)}}
    net = Net()
    optimizer = torch.optim.AdamW(net.parameters(), lr=np.float64(0.01))
    scheduler = unisched.build(document, "torch", optimizer=optimizer, total=np.int64(TOTAL))
    for step in range(CUT):
        scheduler.observe(np.float64(step))
        update(net, optimizer, step)
        scheduler.step()
    torch.save([optimizer.state_dict(), scheduler.state_dict()], tmp_path / "file.pt")
    torch.load(tmp_path / "file.pt", weights_only=True)
    assert torch.serialization.get_unsafe_globals_in_checkpoint(tmp_path / "file.pt") == []


@pytest.mark.parametrize("of", ["optimizer", "scheduler"])
def test_a_file_holds_nothing_but_plain_data(of: str, tmp_path: Path) -> None:
    net, scheduler = begun()
    trained(net, scheduler, 0, CUT)
    torch.save({"optimizer": scheduler.optimizer, "scheduler": scheduler}[of].state_dict(), tmp_path / "file.pt")
    torch.load(tmp_path / "file.pt", weights_only=True)
    unsafe = torch.serialization.get_unsafe_globals_in_checkpoint(tmp_path / "file.pt")
    assert unsafe == []

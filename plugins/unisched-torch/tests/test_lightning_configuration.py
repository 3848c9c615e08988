"""What `configure_optimizers` returns for a schedule, by what the schedule watches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from torch.optim import Optimizer
from torch.optim.lr_scheduler import ReduceLROnPlateau
from unisched_torch import MetricPort, UnischedLR, lightning

from unisched.errors import BindingError

Make = Callable[..., Optimizer]

LINE = {"kind": "linear", "start": 1, "end": 0}
STALL = {"kind": "plateau", "monitor": "loss"}
TWO = {"kind": "product", "curves": [STALL, {"kind": "plateau", "monitor": "accuracy", "mode": "max"}]}


def test_a_plain_schedule_is_one_entry_that_is_stepped_at_every_update(make: Make) -> None:
    scheduler = UnischedLR(make(), LINE, total=4)
    assert lightning(scheduler) == {
        "optimizer": scheduler.optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("spec", "monitor", "fed"),
    [
        (STALL, None, {"loss": "loss"}),
        (STALL, "val_loss", {"loss": "val_loss"}),
        (STALL, {"loss": "val/loss"}, {"loss": "val/loss"}),
        (TWO, None, {"loss": "loss", "accuracy": "accuracy"}),
        (TWO, {"accuracy": "val_acc"}, {"loss": "loss", "accuracy": "val_acc"}),
        (TWO, {"accuracy": "a", "loss": "b"}, {"loss": "b", "accuracy": "a"}),
        (TWO, {"accuracy": None}, {"loss": "loss"}),
    ],
)
def test_a_schedule_that_watches_metrics_has_a_port_for_each_under_the_name_it_is_logged_by(
    make: Make, spec: Any, monitor: Any, fed: dict[str, str]
) -> None:
    scheduler = UnischedLR(make(), spec)
    optimizers, entries = lightning(scheduler, monitor)
    assert optimizers == [scheduler.optimizer]
    assert entries[0] == {"scheduler": scheduler, "interval": "step"}
    ports: dict[str, str] = {}
    for entry in entries[1:]:
        port = entry["scheduler"]
        assert isinstance(port, MetricPort | ReduceLROnPlateau)
        assert port.scheduler is scheduler
        assert entry.keys() == {"scheduler", "monitor"}
        ports[port.monitor] = entry["monitor"]
    assert ports == fed


@pytest.mark.parametrize(
    ("spec", "monitor"),
    [
        (TWO, "val_loss"), (STALL, {"los": "val_loss"}), (STALL, 3), (STALL, ["loss"]), (STALL, {"loss": 3}),
        (1, "val_loss"), (1, {"loss": "val_loss"}),
    ],
    ids=str,
)  # fmt: skip
def test_a_monitor_that_fits_no_metric_is_refused(make: Make, spec: Any, monitor: Any) -> None:
    with pytest.raises(BindingError) as caught:
        lightning(UnischedLR(make(), {"base": "optimizer", "curve": spec}), monitor)
    assert caught.value.code == "binding.monitor"


def test_a_monitor_is_refused_for_a_schedule_that_watches_nothing(make: Make) -> None:
    with pytest.raises(BindingError, match=r"nothing in this schedule watches a metric\. Leave monitor= out"):
        lightning(UnischedLR(make(), LINE, total=4), "val_loss")


def test_what_is_no_scheduler_is_refused_with_what_to_pass(make: Make) -> None:
    with pytest.raises(BindingError, match="is no UnischedLR") as caught:
        lightning(ReduceLROnPlateau(make()))  # type: ignore[arg-type]
    assert caught.value.code == "binding.scheduler"

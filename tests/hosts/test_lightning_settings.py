"""Lightning's Trainer as people set it up: frequencies, half precision, several optimizers, callbacks of its own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from lightning.pytorch.callbacks import BackboneFinetuning, StochasticWeightAveraging
from lightning.pytorch.tuner import Tuner
from lightning_runs import OF_LIGHTNING, Batches, trainer
from small_training import SPEC, TOTAL, Row, Used, due
from test_lightning import EPOCHS, PER_EPOCH, RATE_ONLY, Module, fitted
from torch import Tensor
from torch.optim import SGD, AdamW
from torch.optim.swa_utils import SWALR

import unisched

pytestmark = OF_LIGHTNING


class Rare(Module):
    """The small model, its schedule stepped once in `frequency` steps or epochs."""

    def __init__(self, interval: str, frequency: int, **build: Any) -> None:
        super().__init__(interval, total=TOTAL, **build)
        self._frequency = frequency

    def configure_optimizers(self) -> Any:
        configuration = super().configure_optimizers()
        configuration["lr_scheduler"]["frequency"] = self._frequency
        return configuration


# By the interval, the frequency and the gathered batches: how many updates one step of the schedule lasts, and the
# counts that are pointed out. Lightning counts batches, from the beginning of each epoch.
RARE: dict[tuple[str, int, int], tuple[int, str]] = {
    ("step", 2, 1): (2, "made 4 updates while its schedule made 2 steps"),
    ("step", 3, 1): (3, "made 3 updates while its schedule made 1 steps"),
    ("step", 3, 2): (3, "made 3 updates while its schedule made 1 steps"),
    ("epoch", 1, 1): (PER_EPOCH, "made 8 updates while its schedule made 1 steps"),
    ("epoch", 2, 1): (2 * PER_EPOCH, "made 16 updates while its schedule made 1 steps"),
}


def reached(update: int, lasts: int) -> int:
    """Give the step of a schedule that is stepped after every so many updates of an epoch, or only between epochs."""
    epoch, within = divmod(update, PER_EPOCH)
    return update // lasts if lasts >= PER_EPOCH else epoch * (PER_EPOCH // lasts) + within // lasts


@pytest.mark.parametrize(("interval", "frequency", "gathered"), RARE)
def test_a_frequency_stretches_the_curve_and_is_noticed(
    tmp_path: Path, interval: str, frequency: int, gathered: int
) -> None:
    lasts, said = RARE[interval, frequency, gathered]
    with pytest.warns(UserWarning, match=said):
        module = fitted(tmp_path, Rare(interval, frequency), gathered * PER_EPOCH, accumulate_grad_batches=gathered)
    assert module.used == [due()[reached(update, lasts)] for update in range(TOTAL)]


@pytest.mark.parametrize(("interval", "frequency", "gathered"), RARE)
def test_a_frequency_does_no_harm_where_the_optimizer_drives(
    tmp_path: Path, interval: str, frequency: int, gathered: int
) -> None:
    module = Rare(interval, frequency, driver="optimizer")
    assert fitted(tmp_path, module, gathered * PER_EPOCH, accumulate_grad_batches=gathered).used == due()


def test_half_precision_clipped_gradients_and_batches_that_do_not_divide_an_epoch(tmp_path: Path) -> None:
    settings: dict[str, Any] = {"precision": "bf16-mixed", "gradient_clip_val": 0.1, "accumulate_grad_batches": 3}
    module = fitted(tmp_path, Module(total=TOTAL), count=3 * PER_EPOCH - 2, **settings)
    assert module.used == due()


def test_a_second_fit_begins_the_schedule_anew(tmp_path: Path) -> None:
    module = fitted(tmp_path, Module())
    assert fitted(tmp_path, module).used == due()


FALLING = {"kind": "linear", "start": 1, "end": 0}


class Pair(Module):
    """Two optimizers that the module updates by itself, each with a schedule of its own."""

    automatic_optimization = False

    def configure_optimizers(self) -> Any:
        body = AdamW([{"params": list(self.net.body.parameters()), "name": "body"}])
        head = SGD([{"params": list(self.net.head.parameters()), "name": "head"}], lr=0.1)
        self.both = [Used(optimizer, keys=("lr",)) for optimizer in (body, head)]
        build = {"total": TOTAL, **self._build}
        return [body, head], [
            unisched.build(RATE_ONLY, "torch", optimizer=body, **build),
            unisched.build(FALLING, "torch", optimizer=head, **build),
        ]

    def training_step(self, pair: tuple[Tensor, Tensor]) -> None:  # type: ignore[override]
        inputs, targets = pair
        optimizers, schedulers = self.optimizers(), self.lr_schedulers()
        for optimizer, scheduler in zip(optimizers, schedulers, strict=True):  # type: ignore[arg-type]
            optimizer.zero_grad()
            self.manual_backward((self.net(inputs) - targets).square().mean())
            optimizer.step()
            scheduler.step()


@pytest.mark.parametrize("driver", ["step", "optimizer"])
def test_two_optimizers_follow_a_schedule_each(tmp_path: Path, driver: str) -> None:
    module = Pair(driver=driver)
    fitted(tmp_path, module)
    body, head = ([row for (row,) in used.rows] for used in module.both)
    assert body == [row[0] for row in due()]
    falling = unisched.compile(FALLING, total=TOTAL)
    assert head == [falling(step) for step in range(TOTAL)]


BY_EPOCHS = pytest.mark.filterwarnings("ignore:SWA is currently only supported every epoch")  # of its own scheduler


class Kept(Module):
    """The same module, which keeps its schedule."""

    def configure_optimizers(self) -> Any:
        configuration = super().configure_optimizers()
        self.scheduler = configuration["lr_scheduler"]["scheduler"]
        return configuration


def averaged(folder: Path, module: Module) -> tuple[list[Row], Any]:
    callback = StochasticWeightAveraging(swa_lrs=0.5, swa_epoch_start=2, annealing_epochs=1)
    running = trainer(folder, EPOCHS, callbacks=[callback])
    running.fit(module, Batches(PER_EPOCH))
    return module.used, running.lr_scheduler_configs[0].scheduler


@BY_EPOCHS
@pytest.mark.parametrize("driver", ["step", "optimizer"])
def test_weight_averaging_replaces_the_schedule(tmp_path: Path, driver: str) -> None:
    used, stepped = averaged(tmp_path, Module(total=TOTAL, driver=driver))
    held = due()[PER_EPOCH]  # the step that was reached when the averaging began
    assert isinstance(stepped, SWALR)
    assert used == due()[: PER_EPOCH + 1] + [held] * (PER_EPOCH - 1) + [
        [0.5, *held[1:3], 0.5, *held[4:]] for _ in range(PER_EPOCH)
    ]


@BY_EPOCHS
def test_weight_averaging_does_not_reach_a_driven_schedule_that_the_module_keeps(tmp_path: Path) -> None:
    used, _ = averaged(tmp_path, Kept(total=TOTAL, driver="optimizer"))
    expected = due()
    begun = expected[2 * PER_EPOCH]
    expected[2 * PER_EPOCH] = [0.5, *begun[1:3], 0.5, *begun[4:]]  # for one update, as any rate set from outside
    assert used == expected


@pytest.mark.filterwarnings("ignore:`?weights_only`? was not set")  # by the tuner itself
@pytest.mark.filterwarnings("ignore:lr of param group 'body' is 1e-08, where this schedule has put 0.0")
@pytest.mark.parametrize("driver", ["step", "optimizer"])
def test_the_search_for_a_rate_tries_its_own_and_leaves_the_schedule_as_it_was(tmp_path: Path, driver: str) -> None:
    module = Module(total=TOTAL, driver=driver)
    module.lr = 0.1
    running = trainer(tmp_path, EPOCHS)
    found = Tuner(running).lr_find(module, Batches(PER_EPOCH), num_training=6, update_attr=False)
    assert found is not None
    assert [row[0] for row in module.used] == pytest.approx(found.results["lr"])
    running.fit(module, Batches(PER_EPOCH))
    assert module.used == due()


class Unfrozen(Module):
    """The body begins to train when Lightning adds it to the optimizer, as a param group of its own."""

    def __init__(self, driver: str) -> None:
        super().__init__(driver=driver)
        self.backbone = self.net.body
        self.rates: list[Sequence[float]] = []

    def configure_optimizers(self) -> Any:
        trained = [weight for weight in self.net.parameters() if weight.requires_grad]
        optimizer = AdamW(trained, lr=1e-3)
        optimizer.register_step_pre_hook(lambda *_: self.rates.append([g["lr"] for g in optimizer.param_groups]))
        scheduler = unisched.build(SPEC["schedules"]["learning_rate"], "torch", optimizer=optimizer, total=TOTAL,
                                   **self._build)  # fmt: skip
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}


@pytest.mark.parametrize("driver", ["step", "optimizer"])
def test_a_group_that_lightning_unfreezes_follows_from_the_next_step_on(tmp_path: Path, driver: str) -> None:
    module = Unfrozen(driver)
    unfreezing = BackboneFinetuning(unfreeze_backbone_at_epoch=1, backbone_initial_lr=1e-4, verbose=False)
    trainer(tmp_path, EPOCHS, callbacks=[unfreezing]).fit(module, Batches(PER_EPOCH))
    rates = [row[0] for row in due()]
    joint = [[rate, rate] for rate in rates]
    joint[PER_EPOCH] = [rates[PER_EPOCH], 1e-4]
    joint[2 * PER_EPOCH] = [rates[2 * PER_EPOCH], 2e-4]  # the callback doubles what it set, at each epoch
    assert module.rates == [[rate] for rate in rates[:PER_EPOCH]] + joint[PER_EPOCH:]

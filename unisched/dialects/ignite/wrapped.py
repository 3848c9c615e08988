"""LRScheduler and ReduceLROnPlateauScheduler: torch's schedulers behind ignite's.

What ignite's way of reading a torch scheduler breaks is refused; what it leaves as it is expands to torch's own kind.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Final, Literal

from pydantic import Field, model_validator

from unisched.dialects.ignite.children import AsInside, Gives, check, curves_of
from unisched.dialects.ignite.handler import Handler
from unisched.dialects.stall import TorchStall
from unisched.duration import Clock
from unisched.spec.curve import AnyCurve, CurveField
from unisched.spec.dialect import DialectCurve, Quirk
from unisched.spec.feedback import Metric
from unisched.spec.number import fault
from unisched.spec.values import FromZero

__all__ = ["LRScheduler", "ReduceLROnPlateauScheduler", "check_begins_anew"]

_AHEAD: Final = "is one factor ahead: the initial rate is never used"
_TWICE: Final = "has its first factor twice, for ever"
_NO_LR: Final = "raises NotImplementedError"
_BROKEN: Final = {
    "torch.MultiplicativeLR": _AHEAD,
    "torch.ExponentialLR": _AHEAD,
    "torch.ConstantLR": _TWICE,
    "torch.LinearLR": _TWICE,
    "torch.PolynomialLR": "is one factor ahead, of a longer polynomial",
    "torch.CosineAnnealingLR": "starts above the initial rate",
    "torch.CosineAnnealingWarmRestarts": "is one step ahead",
    "torch.SWALR": "never moves",
    "torch.SequentialLR": _NO_LR,
    "torch.ChainedScheduler": _NO_LR,
    "torch.ReduceLROnPlateau": "is never told a metric",
}
"""What comes of torch's schedulers behind ignite's wrapper, as of torch 2.13."""

_RECURSIVE: Final = ("torch.StepLR", "torch.MultiStepLR")


class LRScheduler(Handler):
    """What the torch scheduler gives at its own step t."""

    kind: Literal["ignite.LRScheduler"] = "ignite.LRScheduler"
    examples = ({"kind": "ignite.LRScheduler", "lr_scheduler": {"kind": "torch.StepLR", "step_size": 3000}},)
    gives: ClassVar[Any] = AsInside()
    lr_scheduler: CurveField = Field(
        description="A scheduler of torch that ignite reads right: LambdaLR, StepLR, MultiStepLR, CyclicLR, "
        "OneCycleLR.",
        examples=[{"kind": "torch.StepLR", "step_size": 3000}],
    )

    @model_validator(mode="after")
    def _read_right(self) -> LRScheduler:
        check(self.lr_scheduler, "lr_scheduler", torch=True)
        kind = self.lr_scheduler.kind
        broken = _BROKEN.get(kind)
        if kind == "torch.MultiStepLR" and any(at.amount == 0 for at in getattr(self.lr_scheduler, "milestones", ())):
            broken = "has the factor of milestone 0 twice"
        if broken is not None:
            raise fault(
                "ignite.wrapper", f"behind ignite's wrapper {kind} {broken}", f"Write {kind} itself.", "lr_scheduler"
            )
        return self

    def decided(self) -> Gives:
        """Give factors where the torch scheduler does."""
        return self.lr_scheduler.gives if isinstance(self.lr_scheduler, DialectCurve) else "value"

    def drives(self) -> tuple[str, ...]:
        """Give what the torch scheduler moves: momentum too where it does."""
        return self.lr_scheduler.drives() if isinstance(self.lr_scheduler, DialectCurve) else ("learning_rate",)

    def curves(self, clock: Clock, shown_for: int | None) -> Mapping[str, AnyCurve]:
        """Give the curves of the torch scheduler."""
        return curves_of(self.lr_scheduler, "lr_scheduler", clock, shown_for, self.decided())

    def own_quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Name the quirks of the torch scheduler."""
        return self.lr_scheduler.quirks(clock) if isinstance(self.lr_scheduler, DialectCurve) else ()


class ReduceLROnPlateauScheduler(Handler, TorchStall):
    """The optimizer's rate, times factor whenever the metric has not improved for more than `patience` observations."""

    kind: Literal["ignite.ReduceLROnPlateauScheduler"] = "ignite.ReduceLROnPlateauScheduler"
    examples = (
        {
            "kind": "ignite.ReduceLROnPlateauScheduler",
            "metric_name": "val_loss",
            "mode": "min",
            "factor": 0.5,
            "patience": 5,
            "threshold": 0.001,
            "threshold_mode": "rel",
            "cooldown": 2,
            "min_lr": 0,
            "eps": 1e-08,
        },
    )
    gives: ClassVar[Literal["value", "factor"]] = "factor"
    metric_name: Metric = Field(description="The metric of the engine's state to watch.")
    min_lr: FromZero = Field(default=0.0, description="Without effect: ignite replaces it by 0.")

    def laid(self, clock: Clock, shown_for: int | None) -> AnyCurve:
        """Give what torch's own kind stands for, without a floor."""
        return self.stalls(self.metric_name, floor=0.0)

    def own_quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Name the floor that is none, and torch's own quirks."""
        if self.min_lr:
            yield Quirk("ignite.min_lr", f"ignite replaces min_lr, {self.min_lr!r}, by 0 where it is given no param "
                        "group: there is no floor")  # fmt: skip
        yield from self.stall_quirks()


def check_begins_anew(child: AnyCurve, path: str) -> None:
    """Raise `SpecError` where a scheduler that comes after another would go on from whatever the rate is by then."""
    inner = child.lr_scheduler if isinstance(child, LRScheduler) else child
    if inner.kind in _RECURSIVE or isinstance(child, ReduceLROnPlateauScheduler):
        raise fault("ignite.wrapper", f"after another scheduler {inner.kind} goes on from what the rate is by then, "
                    "not from its own first value", "Put it first, or use plain kinds.", path)  # fmt: skip

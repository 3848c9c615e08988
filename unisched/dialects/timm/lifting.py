"""From a live scheduler of timm to data: its class names the kind, its attributes hold the arguments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from unisched.dialects.initial import with_initial_rate
from unisched.spec.dialect import Reading
from unisched.spec.number import fault

__all__ = ["lift"]

_COMMON: Final = ("warmup_t", "warmup_lr_init", "noise_range_t", "noise_pct", "noise_std", "noise_seed")
_CYCLES: Final = ("t_in_epochs", "t_initial", "lr_min", "cycle_mul", "cycle_decay", "cycle_limit", "warmup_prefix")
_STAIRS: Final = ("t_in_epochs", "decay_t", "decay_rate", "warmup_prefix")
_ARGUMENTS: Final[Mapping[str, Sequence[str]]] = {
    "CosineLRScheduler": (*_CYCLES, "k_decay"),
    "PolyLRScheduler": (*_CYCLES, "k_decay", "power"),
    "TanhLRScheduler": (*_CYCLES, "lb", "ub"),
    "StepLRScheduler": _STAIRS,
    "MultiStepLRScheduler": _STAIRS,
    "WSDLRScheduler": (
        "t_in_epochs", "t_initial", "decay_t", "lr_min", "stable_fn", "stable_timescale", "stable_power", "decay_fn",
        "decay_power", "decay_ratio",
    ),
    "PlateauLRScheduler": ("noise_type",),
}  # fmt: skip
_PLATEAU: Final = {"decay_rate": "factor", "patience_t": "patience", "threshold": "threshold",
                   "cooldown_t": "cooldown", "mode": "mode"}  # fmt: skip
_LENGTHS: Final = ("warmup_t", "t_initial", "noise_range_t")


def lift(obj: Any) -> Reading | None:
    """Give the document of a live scheduler, at step 0: timm is told the step with every call, and keeps none.

    Raises `SpecError` with code `lift.closure` where a function of the user's decays the rate.
    """
    name = type(obj).__name__
    if name not in _ARGUMENTS or not type(obj).__module__.startswith("timm.scheduler"):
        return None
    arguments = {field: _plain(field, getattr(obj, field)) for field in (*_COMMON, *_ARGUMENTS[name])}
    if callable(arguments.get("decay_fn")):
        raise fault("lift.closure", "decay_fn is a function, which is code", "Write the schedule as a document.")
    if name == "PlateauLRScheduler":
        arguments |= _plateau(obj.lr_scheduler)
    found = {field: value for field, value in arguments.items() if value is not None}
    return with_initial_rate(Reading({"kind": f"timm.{name}", **found}, 0), obj)


def _plateau(inner: Any) -> dict[str, Any]:
    floors = set(inner.min_lrs)
    if len(floors) > 1:
        raise fault("lift.groups", "its groups have different minimal rates", "Write the schedule as a document.")
    return {"lr_min": floors.pop(), **{field: getattr(inner, attribute) for field, attribute in _PLATEAU.items()}}


def _plain(field: str, value: Any) -> Any:
    """Give an attribute as a document has it: lengths that are whole as whole numbers, tuples as lists."""
    if isinstance(value, list | tuple):
        return [_plain(field, item) for item in value]
    return int(value) if field in _LENGTHS and isinstance(value, float) and value.is_integer() else value

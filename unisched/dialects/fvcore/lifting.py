"""A live fvcore schedule as data: its arguments, read from the object. It has no step."""

from __future__ import annotations

from typing import Any, Final

from unisched.spec.dialect import Reading

__all__ = ["lift"]

_ATTRIBUTES: Final = {
    "ConstantParamScheduler": {"value": "_value"},
    "LinearParamScheduler": {"start_value": "_start_value", "end_value": "_end_value"},
    "CosineParamScheduler": {"start_value": "_start_value", "end_value": "_end_value"},
    "ExponentialParamScheduler": {"start_value": "_start_value", "decay": "_decay"},
    "PolynomialDecayParamScheduler": {"base_value": "_base_value", "power": "_power"},
    "StepParamScheduler": {"values": "_param_schedule"},
    "StepWithFixedGammaParamScheduler": {
        "base_value": "base_value", "num_decays": "num_decays", "gamma": "gamma", "num_updates": "num_updates",
    },
    "MultiStepParamScheduler": {
        "values": "_param_schedule", "num_updates": "_num_updates", "milestones": "_milestones",
    },
    "CompositeParamScheduler": {
        "schedulers": "_schedulers", "lengths": "_lengths", "interval_scaling": "_interval_scaling",
    },
}  # fmt: skip


def lift(obj: Any) -> Reading | None:
    """Give the document of a schedule, at step 0; `None` for what is none of fvcore's."""
    name = type(obj).__name__
    if name not in _ATTRIBUTES:
        return None
    document: dict[str, Any] = {"kind": f"fvcore.{name}"}
    for argument, attribute in _ATTRIBUTES[name].items():
        document[argument] = _data(getattr(obj, attribute))
    if name == "StepParamScheduler":
        document["num_updates"] = len(document["values"])  # fvcore does not keep its own, nor use it
    return Reading(document, 0)


def _data(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_data(item) for item in value]
    inner = lift(value)
    return value if inner is None else dict(inner.document)

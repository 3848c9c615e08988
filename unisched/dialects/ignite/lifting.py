"""A live handler of ignite as data: its arguments, read from the object, and how often it was called.

Handlers forget arguments: cycles that grow overwrite them, functions are code. What is forgotten is said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from unisched.spec.dialect import Reading
from unisched.spec.dialects import lifted
from unisched.spec.number import fault

__all__ = ["lift"]

_CYCLICAL: Final = (
    "start_value", "end_value", "cycle_size", "cycle_mult", "start_value_mult", "end_value_mult", "warmup_duration",
)  # fmt: skip
_PLATEAU: Final = ("mode", "factor", "patience", "threshold", "threshold_mode", "cooldown", "eps")


def lift(obj: Any) -> Reading | None:
    """Give the document and step of a handler; `None` for what is none of ignite's schedulers.

    Raises `SpecError` for one whose values are code, or whose arguments are no longer what they were.
    """
    name = type(obj).__name__
    reader = _READERS.get(name)
    return None if reader is None else reader(obj, f"ignite.{name}")


def _child(obj: Any) -> Mapping[str, Any]:
    """Give the document of a handler inside another, from its own event 0."""
    if _has_changed(obj):
        raise fault("lift.state", "its cycles have grown, and what they were is lost",
                    "Lift it before its first cycle ends.")  # fmt: skip
    found = lift(obj)
    if found is None:
        raise fault("lift.closure", f"a {type(obj).__name__} is no scheduler with arguments", "Write it as a document.")
    return found.document


def _named(obj: Any, kind: str, *arguments: str) -> Reading:
    given = {name: getattr(obj, name) for name in arguments}
    return Reading({"kind": kind, "param_name": obj.param_name, **given}, int(obj.event_index))


def _arguments(*names: str) -> Callable[[Any, str], Reading]:
    return lambda obj, kind: _named(obj, kind, *names)


def _cyclical(obj: Any, kind: str) -> Reading:
    names = (*_CYCLICAL, "monotonic") if hasattr(obj, "monotonic") else _CYCLICAL
    found = _named(obj, kind, *names)
    if _has_changed(obj) and obj.event_index > obj.cycle_size:
        raise fault("lift.state", "on its way back to the next cycle, of which start_value is already that",
                    "Lift it once the cycle has begun.")  # fmt: skip
    done = 0 if _has_changed(obj) else obj.cycle * obj.total_cycle_size
    return found._replace(step=int(done + obj.event_index))


def _has_changed(obj: Any) -> bool:
    """Tell whether the arguments of a cyclical scheduler have been multiplied since it began."""
    factors = {getattr(obj, name, 1) for name in ("cycle_mult", "start_value_mult", "end_value_mult")}
    return factors != {1} and (obj.cycle > 0 or obj.event_index > obj.cycle_size)


def _piecewise(obj: Any, kind: str) -> Reading:
    pairs = [list(pair) for pair in zip(obj.milestones, obj.values, strict=True)]
    return Reading({"kind": kind, "param_name": obj.param_name, "milestones_values": pairs}, int(obj.event_index))


def _concat(obj: Any, kind: str) -> Reading:
    index, left = (getattr(obj, name) for name in ("_scheduler_index", "_current_duration"))
    durations = list(obj.durations)
    done = sum(durations[:index]) + [*durations, -1][index] - left
    first, *rest = obj.schedulers
    if type(first).__name__ == "ParamGroupScheduler":
        first = _alike(first)
        if len(rest) == 1 and type(rest[0]).__name__ == "LRScheduler":
            return Reading(_warmup(first, rest[0]), done)
    children = [_child(child) for child in (first, *rest)]
    return Reading({"kind": kind, "schedulers": children, "durations": durations}, done)


def _alike(group: Any) -> Any:
    """Give the one scheduler that all groups have."""
    found = [_child(scheduler) for scheduler in group.schedulers]
    if any(document != found[0] for document in found):
        raise fault("lift.groups", "its groups have different schedules", "Lift the scheduler of each group apart.")
    return group.schedulers[0]


def _warmup(line: Any, follows: Any) -> dict[str, Any]:
    """Give what create_lr_scheduler_with_warmup was told: a third milestone stands for a foreign end."""
    document = {
        "kind": "ignite.create_lr_scheduler_with_warmup", "lr_scheduler": _torch(follows),
        "warmup_start_value": line.values[0], "warmup_duration": line.milestones[1] + 1,
    }  # fmt: skip
    return document if len(line.milestones) == 2 else {**document, "warmup_end_value": line.values[1]}


def _torch(obj: Any) -> Mapping[str, Any]:
    inner = obj.lr_scheduler
    if type(inner).__name__ == "_CosineAnnealingWarmRestarts":  # which ignite moves by hand, so that torch's is nowhere
        restarts = vars(inner)["_lr_scheduler"]
        arguments = {"T_0": restarts.T_0, "T_mult": restarts.T_mult, "eta_min": restarts.eta_min}
        return {"kind": "torch.CosineAnnealingWarmRestarts", **arguments}
    found = lifted(inner)
    if found is None:
        raise fault("lift.closure", f"no dialect knows a {type(inner).__name__}", "Write it as a document.")
    return found.document


def _lr_scheduler(obj: Any, kind: str) -> Reading:
    return Reading({"kind": kind, "lr_scheduler": _torch(obj)}, int(obj.event_index))


def _groups(obj: Any, kind: str) -> Reading:
    found = [lift(scheduler) for scheduler in obj.schedulers]
    children = [_child(scheduler) for scheduler in obj.schedulers]
    if len({document.get("param_name", "lr") for document in children}) < len(children):
        raise fault("lift.groups", "its groups have different schedules", "Lift the scheduler of each group apart.")
    return Reading({"kind": kind, "schedulers": children, "names": list(obj.names)}, found[0].step if found[0] else 0)


def _plateau(obj: Any, kind: str) -> Reading:
    if obj.event_index:
        raise fault("lift.state", "it has seen metrics, which a step does not say", "Lift it before it is called.")
    inner = obj.scheduler
    return Reading(
        {"kind": kind, "metric_name": obj.metric_name, **{name: getattr(inner, name) for name in _PLATEAU}}, 0
    )


def _lambda(obj: Any, kind: str) -> Reading:
    if type(obj.lambda_obj).__name__ != "EMAWarmUp":
        return _closure(obj, kind)
    return Reading(_average(obj.lambda_obj), int(obj.event_index))


def _average(warmup: Any) -> dict[str, Any]:
    names = ("momentum", "momentum_warmup", "warmup_iters")
    return {"kind": "ignite.EMAHandler", **{name: getattr(warmup, name) for name in names}}


def _ema(obj: Any, kind: str) -> Reading:
    warmup = vars(obj)["_momentum_lambda_obj"]
    if warmup is None:
        return Reading({"kind": kind, "momentum": obj.momentum}, 0)
    scheduler = obj.momentum_scheduler
    return Reading(_average(warmup), 0 if scheduler is None else int(scheduler.event_index))


def _closure(obj: Any, kind: str) -> Reading:
    raise fault("lift.closure", f"the values of a {type(obj).__name__} are a function, which is code",
                f'Write the function as a formula: {{"kind": "{kind}", ...}}.')  # fmt: skip


_READERS: Final[dict[str, Callable[[Any, str], Reading]]] = {
    "LinearCyclicalScheduler": _cyclical,
    "CosineAnnealingScheduler": _cyclical,
    "PiecewiseLinear": _piecewise,
    "PiecewiseLinearStateScheduler": _piecewise,
    "ConcatScheduler": _concat,
    "ParamGroupScheduler": _groups,
    "LRScheduler": _lr_scheduler,
    "ReduceLROnPlateauScheduler": _plateau,
    "LambdaStateScheduler": _lambda,
    "ExpStateScheduler": _arguments("initial_value", "gamma"),
    "StepStateScheduler": _arguments("initial_value", "gamma", "step_size"),
    "MultiStepStateScheduler": _arguments("initial_value", "gamma", "milestones"),
    "EMAHandler": _ema,
    "BatchSizeScheduler": _closure,
}

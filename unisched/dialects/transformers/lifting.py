"""From a live scheduler of Transformers to data: torch's LambdaLR over a function with bound arguments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from unisched.dialects.initial import with_initial_rate
from unisched.spec.dialect import Reading
from unisched.spec.number import fault

__all__ = ["lift"]

_KINDS: Final = {
    "_get_constant_lambda": "constant",
    "_get_constant_schedule_with_warmup_lr_lambda": "constant_with_warmup",
    "_get_linear_schedule_with_warmup_lr_lambda": "linear",
    "_get_cosine_schedule_with_warmup_lr_lambda": "cosine",
    "_get_cosine_with_hard_restarts_schedule_with_warmup_lr_lambda": "cosine_with_restarts",
    "_get_polynomial_decay_schedule_with_warmup_lr_lambda": "polynomial",
    "_get_inverse_sqrt_schedule_lr_lambda": "inverse_sqrt",
    "_get_cosine_with_min_lr_schedule_with_warmup_lr_rate_lambda": "cosine_warmup_with_min_lr",
    "_get_wsd_scheduler_lambda": "warmup_stable_decay",
}
"""From the function behind a schedule, as of transformers 5, to its kind."""

_GREEDY: Final = {
    "mode": "mode", "factor": "factor", "patience": "patience", "threshold": "threshold",
    "threshold_mode": "threshold_mode", "cooldown": "cooldown", "warmup": "warmup", "eps": "eps", "smooth": "smooth",
    "window_size": "window_size", "reset_start": "reset_start_original",
}  # fmt: skip
"""From the arguments of GreedyLR to the attributes that hold them."""


def lift(obj: Any) -> Reading | None:
    """Give the document and step of a live scheduler; `None` for what is none of Transformers.

    Raises `SpecError` where the groups of a scheduler have different functions, or one of another release.
    """
    if type(obj).__name__ == "GreedyLR":
        return Reading({"kind": "transformers.greedy", **_greedy(obj)}, int(obj.last_epoch))
    functions = list(getattr(obj, "lr_lambdas", None) or ())
    if not functions:
        return None
    found = [(_name(function), dict(getattr(function, "keywords", None) or {})) for function in functions]
    if any(one != found[0] for one in found):
        raise fault("lift.groups", "its groups have different schedules", "Lift the scheduler of each group apart.")
    name, arguments = found[0]
    if name not in _KINDS:
        raise fault("lift.closure", f"its rate is the function {name}, which is code",
                    "Write the schedule as a document.")  # fmt: skip
    return with_initial_rate(Reading(_document(_KINDS[name], arguments), int(obj.last_epoch)), obj)


def _greedy(scheduler: Any) -> dict[str, Any]:
    arguments = {field: getattr(scheduler, attribute) for field, attribute in _GREEDY.items()}
    for field, bounds in (("min_lr", scheduler.min_lrs), ("max_lr", scheduler.max_lrs)):
        if len(set(bounds)) > 1:
            raise fault("lift.groups", f"its groups have different {field}", "Lift the scheduler of each group apart.")
        arguments[field] = bounds[0]
    return arguments


def _name(function: Any) -> str:
    inner = getattr(function, "func", function)
    return str(getattr(inner, "__name__", type(inner).__name__))


def _document(kind: str, bound: Mapping[str, Any]) -> dict[str, Any]:
    arguments = {name: _whole(value) for name, value in bound.items() if value is not None}
    if kind == "cosine" and "min_lr_rate" in arguments:
        kind = "cosine_with_min_lr"
    if kind == "warmup_stable_decay" and arguments["num_stable_steps"] < 0:
        stages = ("num_warmup_steps", "num_stable_steps", "num_decay_steps")
        arguments["num_training_steps"] = sum(arguments[stage] for stage in stages)
        del arguments["num_stable_steps"]
    return {"kind": f"transformers.{kind}", **arguments}


def _whole(value: Any) -> Any:
    """Give lengths as the whole numbers that they are."""
    return int(value) if isinstance(value, float) and value.is_integer() else value

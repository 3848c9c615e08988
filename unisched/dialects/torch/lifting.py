"""A live scheduler as data: its arguments, read from its attributes and its optimizer's param groups, and its step.

torch is not imported: what is not an attribute is found from what the arguments have become.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, Final, NoReturn

from unisched.dialects.initial import with_initial_rate
from unisched.dialects.torch.composites import ChainedScheduler, SequentialLR
from unisched.duration import Clock
from unisched.spec.dialect import Reading
from unisched.spec.number import fault

__all__ = ["lift"]

_PLAIN: Final[Mapping[str, tuple[str, ...]]] = {
    "StepLR": ("step_size", "gamma"),
    "ConstantLR": ("factor", "total_iters"),
    "LinearLR": ("start_factor", "end_factor", "total_iters"),
    "ExponentialLR": ("gamma",),
    "PolynomialLR": ("total_iters", "power"),
    "CosineAnnealingLR": ("T_max", "eta_min"),
}
"""What keeps its arguments under their own names."""

_LENGTHS: Final = ("step_size", "total_iters", "T_max")

_NEAR: Final = 4
"""How many floats beside a quotient may be the divisor that was given."""


def lift(obj: Any) -> Reading | None:
    """Give the document and step of a scheduler of torch; `None` for anything else.

    Raises `SpecError` for functions, for param groups that differ in more than their initial rates, and for what
    the attributes no longer tell.
    """
    name = type(obj).__name__
    if name in ("LambdaLR", "MultiplicativeLR"):
        return _function(obj, name)
    read = _plain if name in _PLAIN else _READERS.get(name)
    return None if read is None else with_initial_rate(read(obj), obj)


def _plain(obj: Any) -> Reading:
    name = type(obj).__name__
    return Reading(_document(name, {key: _argument(key, getattr(obj, key)) for key in _PLAIN[name]}), obj.last_epoch)


def _function(obj: Any, name: str) -> Reading | None:
    functions = [given.func if isinstance(given, partial) else given for given in obj.lr_lambdas]
    if any(str(getattr(function, "__module__", "")).startswith("transformers.") for function in functions):
        return None
    called = getattr(functions[0], "__qualname__", type(functions[0]).__qualname__)
    raise fault("lift.closure", f"{name} calls a Python function, {called[:60]}",
                "Write it as a formula of the step.")  # fmt: skip


def _multi_step(obj: Any) -> Reading:
    arguments = {"milestones": sorted(obj.milestones.elements()), "gamma": _number(obj.gamma)}
    return Reading(_document("MultiStepLR", arguments), obj.last_epoch)


def _warm_restarts(obj: Any) -> Reading:
    start, length = 0, obj.T_0
    while start + length <= obj.last_epoch:
        start, length = start + length, length * obj.T_mult
    if (obj.T_cur, obj.T_i) != (obj.last_epoch - start, length):
        _lost(f"it stands at {obj.T_cur} of {obj.T_i}, where step {obj.last_epoch} does not")
    return Reading(_restart_arguments(obj), obj.last_epoch)


def _restart_arguments(obj: Any) -> dict[str, Any]:
    arguments = {"T_0": obj.T_0, "T_mult": obj.T_mult, "eta_min": _number(obj.eta_min)}
    return _document("CosineAnnealingWarmRestarts", arguments)


def _chained(obj: Any) -> Reading:
    children = [_child(child) for child in obj._schedulers]  # noqa: SLF001  # torch keeps them nowhere else
    if len({child.step for child in children}) > 1:
        _lost(f"its schedulers stand at different steps, {sorted({child.step for child in children})}")
    document = _document("ChainedScheduler", {"schedulers": [child.document for child in children]})
    end = ChainedScheduler(**document).product_until(Clock())
    if end is not None and children[0].step > end:
        _lost(f"past step {end} torch no longer multiplies the factors")
    return Reading(document, children[0].step)


def _sequential(obj: Any) -> Reading:
    children = [_part(child) for child in obj._schedulers]  # noqa: SLF001  # as above
    milestones = {"milestones": list(obj._milestones)} if obj._milestones else {}  # noqa: SLF001  # as above
    document = _document("SequentialLR", {"schedulers": children, **milestones})
    SequentialLR(**document)
    return Reading(document, obj.last_epoch)


def _part(obj: Any) -> Mapping[str, Any]:
    # A scheduler whose turn has not come stands nowhere, and SWALR begins where the one before it ends.
    match type(obj).__name__:
        case "SWALR":
            return _swa_arguments(obj)
        case "CosineAnnealingWarmRestarts":
            return _restart_arguments(obj)
        case _:
            return _child(obj).document


def _child(obj: Any) -> Reading:
    found = lift(obj)
    if found is None:
        raise fault("lift.unknown", f"a {type(obj).__module__}.{type(obj).__qualname__} is none of torch's schedulers",
                    "Lift the others, and write it as a document.")  # fmt: skip
    return found


def _plateau(obj: Any) -> Reading:
    if obj.last_epoch:
        _lost(f"after {obj.last_epoch} observations it remembers a best one, which is no step")
    names = ("mode", "factor", "patience", "threshold", "threshold_mode", "cooldown", "eps")
    arguments = {name: _number(getattr(obj, name)) for name in names}
    return Reading(_document("ReduceLROnPlateau", {**arguments, "min_lr": _same("min_lr", obj.min_lrs)}), 0)


def _cyclic(obj: Any) -> Reading:
    if obj._scale_fn_custom is not None:  # noqa: SLF001  # torch keeps it nowhere else
        raise fault(
            "lift.closure", "CyclicLR scales by a Python function, scale_fn", "Write the schedule as a document."
        )
    total = obj.total_size
    up = round(obj.step_ratio * total)
    if not total.is_integer() or up / total != obj.step_ratio:
        _lost(f"its cycle of {total!r} steps is not of whole steps up and down")
    arguments = {
        "base_lr": _same("base_lr", obj.base_lrs), "max_lr": _same("max_lr", obj.max_lrs), "step_size_up": up,
        "step_size_down": int(total) - up, "mode": obj.mode, "gamma": _number(obj.gamma),
    }  # fmt: skip
    return Reading(_document("CyclicLR", {**arguments, **_momentum(obj)}), obj.last_epoch)


def _one_cycle(obj: Any) -> Reading:
    groups, phases, steps = obj.optimizer.param_groups, obj._schedule_phases, obj.total_steps  # noqa: SLF001  # as above
    high, first, last = (_same(key, [group[key] for group in groups]) for key in ("max_lr", "initial_lr", "min_lr"))
    ends = [phase["end_step"] for phase in phases[:-1]]
    arguments = {
        "max_lr": high, "total_steps": steps, "three_phase": len(phases) == 3,
        "anneal_strategy": obj._anneal_func_type,  # noqa: SLF001  # as above
        "pct_start": _near("pct_start", (ends[0] + 1) / steps, lambda share: share * steps - 1 == ends[0]
                           and (len(ends) == 1 or 2 * share * steps - 2 == ends[1])),
    }  # fmt: skip
    if high:
        arguments["div_factor"] = _near("div_factor", high / first, lambda by: high / by == first)
        arguments["final_div_factor"] = _near("final_div_factor", first / last, lambda by: first / by == last)
    return Reading(_document("OneCycleLR", {**arguments, **_momentum(obj)}), obj.last_epoch)


def _momentum(obj: Any) -> dict[str, Any]:
    if not obj.cycle_momentum:
        return {"cycle_momentum": False}
    groups = obj.optimizer.param_groups
    levels = {key: _same(key, [group[key] for group in groups]) for key in ("base_momentum", "max_momentum")}
    return {**levels, "momentum": "beta1" if obj.use_beta1 else "momentum"}


def _swa(obj: Any) -> Reading:
    document, step = _swa_arguments(obj), obj._step_count - 1  # noqa: SLF001  # it counts by this one
    alpha, end = obj.anneal_func(min(1, step / max(1, obj.anneal_epochs))), document["swa_lr"]
    rates = [_number(group["lr"]) for group in obj.optimizer.param_groups]
    starts = [end if alpha == 1 else (rate - alpha * end) / (1 - alpha) for rate in rates]
    return Reading({**document, "start": {"absolute": _same("start", starts)}}, step)


def _swa_arguments(obj: Any) -> dict[str, Any]:
    end = _same("swa_lr", [group["swa_lr"] for group in obj.optimizer.param_groups])
    strategy = obj._anneal_strategy  # noqa: SLF001  # torch keeps it nowhere else
    return _document("SWALR", {"swa_lr": end, "anneal_epochs": obj.anneal_epochs, "anneal_strategy": strategy})


_READERS: Final[Mapping[str, Callable[[Any], Reading]]] = {
    "MultiStepLR": _multi_step,
    "CosineAnnealingWarmRestarts": _warm_restarts,
    "ChainedScheduler": _chained,
    "SequentialLR": _sequential,
    "ReduceLROnPlateau": _plateau,
    "CyclicLR": _cyclic,
    "OneCycleLR": _one_cycle,
    "SWALR": _swa,
}


def _document(name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {"kind": f"torch.{name}", **arguments}


def _argument(name: str, value: Any) -> Any:
    # torch counts to 10.0 as well as to 10.
    whole = name in _LENGTHS and isinstance(value, float) and value.is_integer()
    return int(value) if whole else _number(value)


def _number(value: Any) -> Any:
    return value if isinstance(value, int | float | str) else float(value)


def _same(name: str, values: Iterable[Any]) -> Any:
    """Give what all param groups have; raise `SpecError` where they differ."""
    found = [_number(value) for value in values]
    if len(set(found)) > 1:
        raise fault("lift.groups", f"{name} differs among param groups: {', '.join(map(repr, found[:4]))}",
                    'Write a document, with an entry for each under "groups".')  # fmt: skip
    return found[0]


def _near(name: str, guess: float, fits: Callable[[float], bool]) -> float:
    """Give the float next to `guess` that leads to what is known; raise `SpecError` where none does."""
    found = next((value for value in _around(guess) if fits(value)), None)
    if found is None:
        _lost(f"no {name} leads to its numbers")
    return found


def _around(guess: float) -> Iterator[float]:
    below = above = guess
    yield guess
    for _ in range(_NEAR):
        below, above = math.nextafter(below, -math.inf), math.nextafter(above, math.inf)
        yield below
        yield above


def _lost(what: str) -> NoReturn:
    raise fault("lift.state", what, "Write the schedule as a document.")

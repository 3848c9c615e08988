"""What counts as a metric: one real number, or several by name. Knows names, and neither schedules nor rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

from unisched.errors import Problem, StepError, nearest, shorten

__all__ = ["Metric", "named", "numbers", "one_number"]

Metric: TypeAlias = float | Mapping[str, float]

_REAL: Final = ("float", "int", "double", "half", "long", "short", "char", "fp8")
"""What is in the names that libraries give to types of real numbers; tinygrad's are those of C."""


def numbers(watched: Sequence[str], metric: Metric) -> dict[str, float]:
    """Give each metric as a float, by the name under which it is watched; raise `StepError` for what is none."""
    if type(metric) is float and len(watched) == 1:
        return {watched[0]: metric}
    return {name: one_number(value, name) for name, value in named(watched, metric).items()}


def named(watched: Sequence[str], metric: Any) -> dict[str, Any]:
    """Give each metric by the name under which it is watched, whatever it is; a bare one is the only one.

    Raises `StepError` for a name that nothing watches, and for a metric without a name where several are watched.
    """
    if not watched:
        raise _stray("metric.none", "nothing in this schedule watches a metric", "Leave the metric out.")
    if not isinstance(metric, Mapping):
        if len(watched) > 1:
            raise _stray("metric.name", f"{', '.join(watched)} are watched, and the metric has no name",
                         f'Pass them by name, as in {{"{watched[0]}": 0.5}}.')  # fmt: skip
        return {watched[0]: metric}
    for name in metric:
        if name not in watched:
            raise _stray("metric.name", f"no schedule watches {shorten(repr(name))}",
                         f"Watched is {', '.join(watched)}.{nearest(str(name), watched)}")  # fmt: skip
    return dict(metric)


def one_number(value: Any, name: str) -> float:
    """Give the metric `name` as a float: any real number, and an array of one; raise `StepError` for what is none."""
    if _is_real(value):
        try:
            return float(_said(value))
        except (TypeError, ValueError, OverflowError, RuntimeError):  # without a value yet, too large for a float
            pass
    raise _stray("metric.type", f"{name} is {shorten(repr(value))}, not one number",
                 "Pass a float, already reduced over processes.")  # fmt: skip


def _is_real(value: Any) -> bool:
    dtype = getattr(value, "dtype", None)
    if dtype is None:
        return hasattr(value, "__float__") and not isinstance(value, bool)
    known = str(dtype)
    is_one = all(length == 1 for length in getattr(value, "shape", ()))
    is_masked = hasattr(value, "filled")  # numpy's masked arrays say 0, or NaN, of what they hide
    return is_one and not is_masked and any(kind in known for kind in _REAL)


def _said(value: Any) -> Any:
    # By item() an array says its one number whatever its axes; float() warns of some, and of gradients. Tensors of
    # TensorFlow and variables of Keras have none, but give an array.
    array = value if hasattr(value, "item") or not hasattr(value, "numpy") else value.numpy()
    return array.item() if hasattr(array, "item") else array


def _stray(code: str, fault: str, remedy: str) -> StepError:
    return StepError(Problem(code, "", fault, remedy))

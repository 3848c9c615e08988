"""How nearly every step is made: values of the step, into the groups that were bound, and nothing else.

One function holds all that is known of a binding beforehand, for what is looked up at each step is what a step costs.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TypeAlias

from unisched_torch.binding import Binding, Record
from unisched_torch.slot import Group

__all__ = ["Stride", "stride_of"]

Stride: TypeAlias = Callable[[list[Group], int], Record | None]


def stride_of(binding: Binding, listed: list[Group], special: Collection[int]) -> Stride:
    """Give the function that puts the values of a step into `listed`, the optimizer's own list of the bound groups.

    It gives what is in force then, or `None`, and has changed nothing, where other groups stand there now, and at the
    steps that are `special`; a group that is equal to the one that was bound, and in its place, is written like it.
    Raises `StepError` as `Binding.values` does.
    """
    stride = _over_all(binding, listed)
    if binding.lone is not None:
        stride = _over_one(binding, binding.lone, stride)
    if not special:
        return stride
    return lambda groups, step: None if step in special else stride(groups, step)


def _over_all(binding: Binding, listed: list[Group]) -> Stride:
    bound, labels, values_at, write = binding.groups, binding.labels, binding.values, binding.write

    def stride(groups: list[Group], step: int) -> Record | None:
        try:
            # `==` passes over what is the same at 1 ns a group, `is` takes 15.
            stands = groups is listed and groups == bound
        except (RuntimeError, ValueError):  # of arrays of many numbers, in other groups
            stands = False
        if not stands and not binding.fits(groups):
            return None
        values = values_at(step)
        return labels, values, write(values, groups)

    return stride


def _over_one(binding: Binding, rate: Callable[[int], float], otherwise: Stride) -> Stride:
    (bound,), labels = binding.groups, binding.labels

    def stride(groups: list[Group], step: int) -> Record | None:
        try:
            [group] = groups
        except ValueError:  # there are others by now
            return otherwise(groups, step)
        if group is not bound or type(group["lr"]) is not float:
            return otherwise(groups, step)
        group["lr"] = value = rate(step)
        values = (value,)
        return labels, values, values

    return stride

"""Whose learning rate stands in a param group: the schedule's, or one that another scheduler or a hand has put there.

What was not written by the schedule last is someone else's: the next part of a `SequentialLR`, for one. This file
knows no steps.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import Any

from torch import Tensor

from unisched_torch.binding import Binding
from unisched_torch.saved import Saved
from unisched_torch.slot import RATE, number

__all__ = ["are_own", "in_force", "leave_to_others", "warn_of_others"]


def warn_of_others(binding: Binding, values: Sequence[float]) -> None:
    """Warn where a group holds another number than that of `values` which was put there: somebody else writes it too.

    Numbers in tensors are not looked at, for to read one is to wait for its device.
    """
    for group, name, slots in zip(binding.groups, binding.names, binding.writes, strict=True):
        for slot, track in slots:
            held = slot.read(group) if slot.fault(group) is None else values[track]
            if not isinstance(held, Tensor) and held != values[track]:
                warnings.warn(f"{slot.label} of param group {name!r} is {held!r}, where this schedule has put "
                              f"{values[track]!r}: something else writes it too, and the last to write wins. Let one "
                              "scheduler have each hyperparameter; what acts together stands in one document, as a "
                              "product, a sequence or a plateau.", UserWarning, stacklevel=4)  # fmt: skip
                return


def are_own(binding: Binding, written: Sequence[Any]) -> bool:
    """Tell whether the groups that follow a learning rate hold what was `written` last; later groups do not count."""
    return all(
        number(group["lr"]) == float(own)
        for group, slots, own in zip(binding.groups, binding.writes, written, strict=False)
        if any(slot == RATE for slot, _ in slots)
    )


def in_force(binding: Binding, own: Sequence[Any], written: Sequence[Any]) -> list[float]:
    """Give the rate of each group, the schedule's `own` where nobody has put another there since it was `written`.

    A scheduler that has finished its part of a `SequentialLR` must not put its own rate back on loading.
    """
    held = [number(group["lr"]) for group in binding.groups]
    marks = [float(rate) for rate in written] + [math.nan] * (len(own) - len(written))
    return [
        float(mine) if here == mark or not math.isfinite(here) else here
        for mine, here, mark in zip(own, held, marks, strict=True)
    ]


def leave_to_others(binding: Binding, saved: Saved, written: Sequence[Any], held: Sequence[Any]) -> None:
    """Put back what the groups `held` before loading wrote its rates, where the saved rate was not the schedule's.

    It comes with the optimizer's own checkpoint, not from here. A group that has yet to follow the schedule goes on
    with the rate that it was given.
    """
    if len(saved.rates) != len(binding.groups):
        return
    for group, name, slots, rate, own, before in zip(
        binding.groups, binding.names, binding.writes, saved.rates, written, held, strict=True
    ):
        if rate != float(own) and any(slot == RATE for slot, _ in slots):
            is_given = saved.state.births.get(name, 0) > saved.state.step
            RATE.write(group, rate if is_given else float(before))

"""What `state_dict` holds: five flat keys of plain numbers, lists and texts, readable with `weights_only=True`.

The portable state, one text, has a checksum. What surrounds it is what torch's own schedulers keep under these names;
of it only the rate of a group that has yet to follow the schedule is ever written into an optimizer.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from unisched.errors import shorten
from unisched.plugin import Problem, State, StateError

__all__ = ["Saved"]


@dataclass(frozen=True, slots=True)
class Saved:
    """One saved scheduler; `last_epoch` is -1 for one that waits in a `SequentialLR`, else the state's step.

    `rates` are the learning rates that were in force, by whomever they were set, and `base_rates` what the groups
    were given.
    """

    state: State
    last_epoch: int
    step_count: int
    base_rates: list[float]
    rates: list[float]

    def to_dict(self) -> dict[str, Any]:
        """Give the five keys."""
        return {"unisched": self.state.to_json(), "last_epoch": self.last_epoch, "_step_count": self.step_count,
                "base_lrs": list(self.base_rates), "_last_lr": list(self.rates)}  # fmt: skip

    @classmethod
    def from_dict(cls, given: object) -> Saved:
        """Read what `to_dict` gave; raise `StateError` for anything else."""
        if not isinstance(given, Mapping) or not isinstance(given.get("unisched"), str):
            raise _fault("state.foreign", f"{shorten(repr(given))} is not from a UnischedLR",
                         "Load what its state_dict() gave, or build with state= from a portable state.")  # fmt: skip
        state = State.from_json(given["unisched"])
        last_epoch = _count(given, "last_epoch", -1)
        if max(last_epoch, 0) != state.step:
            raise _fault("state.damaged", f"last_epoch is {last_epoch} at step {state.step}",
                         "Go back to the last good checkpoint.")  # fmt: skip
        return cls(state, last_epoch, _count(given, "_step_count", 0), _rates(given, "base_lrs"),
                   _rates(given, "_last_lr"))  # fmt: skip


def _count(given: Mapping[str, Any], key: str, least: int) -> int:
    value = given.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise _fault("state.type", f"{key} is {shorten(repr(value))}, not a whole number from {least}",
                     "Go back to the last good checkpoint.")  # fmt: skip
    return int(value)


def _rates(given: Mapping[str, Any], key: str) -> list[float]:
    values = given.get(key)
    if not isinstance(values, list) or not all(isinstance(v, float) and math.isfinite(v) for v in values):
        raise _fault("state.type", f"{key} is {shorten(repr(values))}, not a list of finite floats",
                     "Go back to the last good checkpoint.")  # fmt: skip
    return values


def _fault(code: str, fault: str, remedy: str) -> StateError:
    return StateError(Problem(code, "state_dict", fault, remedy))

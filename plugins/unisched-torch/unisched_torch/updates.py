"""Which calls of an optimizer's `step` are updates: some engines make one update of several, and some of none.

This file knows nothing of schedules; what it is told are param groups and the rates that were written into them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from unisched.plugin import Problem, UnsupportedError
from unisched_torch.slot import Group

__all__ = ["ends_update", "is_captured", "is_part", "only_makes_room", "refuse_capture", "refuse_part"]


def only_makes_room(given: Mapping[str, Any], groups: Sequence[Group], written: Sequence[float]) -> bool:
    """Tell whether torch.distributed.checkpoint makes a fresh optimizer's state by a step, before it fills it.

    It calls `step` with these arguments `given` by name, at a rate of 0 in every group: its own zeros, not those that
    a schedule has `written`.
    """
    if given != {"closure": None}:
        return False
    own = [value for value in written if value == 0]
    return all(float(group["lr"]) == 0 and not any(group["lr"] is value for value in own) for group in groups)


def is_part(shown: Sequence[Group], bound: Sequence[Group]) -> bool:
    """Tell whether an engine lets its optimizer see only some of the groups: DeepSpeed's ZeRO does, one at a time."""
    return len(shown) < len(bound)


def ends_update(shown: Sequence[Group], bound: Sequence[Group]) -> bool:
    """Tell whether an update of the groups `shown` ends that of all."""
    return not is_part(shown, bound) or shown[-1] is bound[-1]


def is_captured() -> bool:
    """Tell whether a CUDA graph is being made of what runs now."""
    return torch.cuda.is_available() and torch.cuda.is_current_stream_capturing()


def refuse_capture() -> UnsupportedError:
    """Give the error for a schedule that the optimizer drives and whose updates a graph would replay."""
    fault = 'updates that a CUDA graph replays call nobody: driver="optimizer" would stand still'
    return UnsupportedError(Problem("torch.captured", "", fault,
                                    'Build it with driver="step", and step it after each replay.'))  # fmt: skip


def refuse_part() -> UnsupportedError:
    """Give the error for a schedule that the optimizer drives in such an engine."""
    fault = 'the engine updates the param groups one at a time: driver="optimizer" cannot tell where an update ends'
    return UnsupportedError(Problem("torch.partitioned", "", fault,
                                    'Build it with driver="step"; DeepSpeed steps what it is given.'))  # fmt: skip

"""Which calls of an optimizer's `step` are updates: some engines make one update of several, and some of none.

This file knows nothing of schedules; what it is told are param groups and the rates that were written into them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from unisched.plugin import Problem, UnsupportedError
from unisched_torch.slot import Group

__all__ = ["Parts", "is_captured", "only_makes_room", "refuse_capture", "refuse_part"]


class Parts:
    """Tells the parts of an update from whole ones: DeepSpeed's ZeRO calls `step` for some of the parameters at a time.

    Its stages 1 and 2 show one group, stage 3 shows all and puts a few of the parameters into one of them. A part that
    brings a parameter for the second time begins the next update.
    """

    def __init__(self, groups: Sequence[Group]) -> None:
        self._groups = len(groups)
        self._ends = groups[0]["params"], groups[-1]["params"]
        self._seen: set[int] = set()
        self._steps = 0

    def is_whole(self, shown: Sequence[Group]) -> bool:
        """Tell whether these are all groups, and hold what they held: the lists of the first and the last say it."""
        first, last = self._ends
        count = self._groups
        return len(shown) >= count and shown[0]["params"] is first and shown[count - 1]["params"] is last

    def begins(self, shown: Sequence[Group], steps: int) -> bool:
        """Tell whether this update is whole, or the first part of one, the schedule having made so many `steps`."""
        if self.is_whole(shown):
            return True
        now = {id(parameter) for group in shown for parameter in group["params"]}
        goes_on = steps == self._steps and bool(self._seen) and self._seen.isdisjoint(now)
        self._seen, self._steps = (self._seen | now if goes_on else now), steps
        return not goes_on

    def is_some(self, shown: Sequence[Group]) -> bool:
        """Tell whether some of the groups are not shown at all."""
        return len(shown) < self._groups


def only_makes_room(given: Mapping[str, Any], groups: Sequence[Group], written: Sequence[float]) -> bool:
    """Tell whether torch.distributed.checkpoint makes a fresh optimizer's state by a step, before it fills it.

    It calls `step` with these arguments `given` by name, at a rate of 0 in every group: its own zeros, not those that
    a schedule has `written`.
    """
    if given != {"closure": None}:
        return False
    own = [value for value in written if value == 0]
    return all(float(group["lr"]) == 0 and not any(group["lr"] is value for value in own) for group in groups)


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
    fault = 'the engine makes an update in parts: driver="optimizer" cannot tell where it ends'
    return UnsupportedError(Problem("torch.partitioned", "", fault,
                                    'Build it with driver="step"; DeepSpeed steps what it is given.'))  # fmt: skip

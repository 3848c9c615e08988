"""Whether a schedule keeps pace with its optimizer: two counts, and one warning when they part."""

from __future__ import annotations

import warnings

__all__ = ["Pace"]


class Pace:
    """Counts updates of the optimizer and moves of the schedule since both last stood side by side."""

    def __init__(self) -> None:
        self._updates = self._moves = 0
        self._has_warned = False

    def restart(self) -> None:
        """Begin anew: the schedule was put somewhere, and did not walk there."""
        self._updates = self._moves = 0

    def count_update(self) -> None:
        """Note one update of the optimizer."""
        self._updates += 1

    def count_move(self) -> None:
        """Note one move of the schedule; warn once where the two have parted."""
        self._moves += 1
        self.check()

    def check(self) -> None:
        """Warn once where the counts differ by more than one."""
        if self._has_warned or abs(self._updates - self._moves) <= 1:
            return
        self._has_warned = True
        warnings.warn(
            f"The optimizer made {self._updates} updates while its schedule made {self._moves} steps: a step of a "
            "schedule is one update. Call scheduler.step() once after each optimizer.step(); where a host calls it "
            "more or less often (accelerate steps a prepared scheduler once for each process, Lightning once an epoch "
            'unless told "interval": "step"), build with driver="optimizer" and do not prepare the scheduler.',
            UserWarning,
            stacklevel=3,
        )

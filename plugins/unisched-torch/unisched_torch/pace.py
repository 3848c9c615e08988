"""Whether a schedule keeps pace with its optimizer: two counts, and one warning when they part."""

from __future__ import annotations

import warnings

__all__ = ["Pace"]


class Pace:
    """Compares the updates of an optimizer with the moves of its schedule since both last stood side by side.

    `due` is what the schedule's own count would be if it had moved with every update: each update adds one. While it
    `rests`, nothing is too much or too little.
    """

    def __init__(self) -> None:
        self._start = 0
        self.due = 0
        self.rests = False
        self._has_warned = False

    def restart(self, count: int) -> None:
        """Begin anew at the schedule's `count`: it was put somewhere, and did not walk there."""
        self.due = self._start = count
        self.rests = False

    def rest(self) -> None:
        """Compare no more until the next restart."""
        self.rests = True

    def is_kept(self, count: int) -> bool:
        """Tell whether the schedule's `count` differs by no more than one from what is due, or nothing is compared."""
        return self.rests or -2 < count - self.due < 2

    def check(self, count: int) -> None:
        """Warn once where the schedule's `count` is out of pace."""
        if self.is_kept(count):
            return
        updates, has_warned = self.due - self._start, self._has_warned
        self._has_warned = True
        self.rest()
        if has_warned:
            return
        warnings.warn(
            f"The optimizer made {updates} updates while its schedule made {count - self._start} steps: "
            "a step of a schedule is one update. Call scheduler.step() once after each optimizer.step(); where a host "
            "calls it more or less often (accelerate steps a prepared scheduler once for each process, Lightning once "
            'an epoch unless told "interval": "step"), build with driver="optimizer" and do not prepare the scheduler. '
            "A loop of your own that moves it once an epoch calls advance(epochs=1) instead.",
            UserWarning,
            stacklevel=4,
        )

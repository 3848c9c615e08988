"""What all of fvcore's schedules share: a value for the progress of a run, whose length the caller knows.

Which value, each schedule says for itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pydantic import Field

from unisched.dialects.fvcore.progress import Progress, over
from unisched.duration import Clock
from unisched.errors import SpecError
from unisched.spec.curve import AnyCurve
from unisched.spec.dialect import IntervalCurve, Quirk
from unisched.spec.values import StrideField

__all__ = ["ParamScheduler"]


class ParamScheduler(IntervalCurve):
    """A value for every progress x = step / num_steps from 0 on, below 1."""

    num_steps: StrideField | None = Field(
        default=None, description="How many steps the progress counts; without it, the total."
    )

    def laid(self, progress: Progress) -> AnyCurve:
        """Give the curve over the progress, on a clock that begins where it does."""
        raise NotImplementedError

    def own_quirks(self, progress: Progress) -> Iterable[Quirk]:
        """Name what fvcore does with these arguments that its documentation does not say."""
        return ()

    def expand(self, clock: Clock) -> Mapping[str, AnyCurve]:
        """Give the curve this stands for."""
        return {"learning_rate": self.laid(self.progress(clock))}

    def quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Name the quirks, where the length of the run is known."""
        try:
            progress = self.progress(clock)
        except SpecError:
            return ()
        return self.own_quirks(progress)

    def progress(self, clock: Clock) -> Progress:
        """Give the progress of the run; raise `SpecError` where nothing says how long it is."""
        return over(self.total(clock, self.num_steps, "num_steps"), clock.total)

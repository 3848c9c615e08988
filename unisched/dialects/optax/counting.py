"""What all of optax's schedules share: a count of updates that begins at 0, in 32 bits.

No schedule is known here.
"""

from __future__ import annotations

from typing import Final

from unisched.duration import Clock, Duration
from unisched.spec.curve import AnyCurve
from unisched.spec.dialect import DialectCurve, curve
from unisched.spec.number import fault

__all__ = ["LAST_COUNT", "OptaxCurve", "held", "joined"]

LAST_COUNT: Final = 2**31 - 1
"""Where optax's counters stop."""


class OptaxCurve(DialectCurve):
    """A schedule of optax: a value for every count of updates."""

    def count(self, clock: Clock, duration: Duration, field: str, *, least: int = 0) -> int:
        """Give a length in whole updates that optax can count; raise `SpecError` at `field` where it cannot."""
        number = self.whole(clock, duration, field)
        if not least <= number <= LAST_COUNT:
            raise fault("number.range", f"'{duration}' is {number} updates, not {least} to 2^31 - 1",
                        "optax counts updates in 32 bits." if number else "Give at least one.", field)  # fmt: skip
        return number


def joined(*parts: AnyCurve | None) -> AnyCurve:
    """Give the parts one after another, those that are not there left out."""
    there = [part for part in parts if part is not None]
    return there[0] if len(there) == 1 else curve({"kind": "sequence", "parts": there})


def held(value: float, steps: int) -> AnyCurve | None:
    """Give a value for so many steps, or nothing for none."""
    return curve({"kind": "constant", "value": value, "duration": steps}) if steps else None

"""Where a curve stands at a step: integers only. No value is computed here."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, assert_never

from unisched.invariant import require

__all__ = ["LARGEST_POSITION", "Phase", "Wrap"]

Wrap: TypeAlias = Literal["hold", "restart", "bounce", "free"]

LARGEST_POSITION: Final = 2**62
_LARGEST_SPAN: Final = 2**53


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """Where a curve stands at local step t: an exact rational p / span, of integers only.

    `every` and `lead` hold the step on a stair, `rate` and `offset` scale it, `wrap` says what happens past
    the end: stay there, start over, turn back, or go on.
    """

    span: int
    rate: int = 1
    offset: int = 0
    every: int = 1
    lead: int = 0
    wrap: Wrap = "hold"

    def __post_init__(self) -> None:
        require(1 <= self.span <= _LARGEST_SPAN, f"span {self.span} is not within 1 and 2^53")
        require(1 <= self.rate <= LARGEST_POSITION, f"rate {self.rate} is not within 1 and 2^62")
        require(0 <= self.offset <= LARGEST_POSITION, f"offset {self.offset} is not within 0 and 2^62")
        require(self.every >= 1 and 0 <= self.lead < self.every, f"lead {self.lead} is not below every {self.every}")
        require(self.every <= LARGEST_POSITION, f"every {self.every} is above 2^62")
        require(self.every > 1 or math.gcd(self.rate, self.offset, self.span) == 1, "phase is not in lowest terms")
        if self.wrap in ("restart", "bounce"):
            require(self.offset < self.cycle, f"offset {self.offset} is not below the cycle of {self.cycle}")

    @classmethod
    def of(
        cls, *, span: int, rate: int = 1, offset: int = 0, every: int = 1, lead: int = 0, wrap: Wrap = "hold"
    ) -> Phase:
        """Give the phase in its one canonical form: reduced offset, lowest terms."""
        if wrap == "restart":
            offset %= span
        elif wrap == "bounce":
            offset %= 2 * span
        elif wrap == "hold":
            offset = min(offset, span)
        common = math.gcd(rate, offset, span) if every == 1 else 1
        return cls(span=span // common, rate=rate // common, offset=offset // common, every=every, lead=lead, wrap=wrap)

    @property
    def cycle(self) -> int:
        """The length after which a restart or bounce comes back to where it was, in units of 1 / span."""
        return 2 * self.span if self.wrap == "bounce" else self.span

    def position(self, step: int) -> int:
        """Give p, the numerator of the position p / span, at local step `step` >= 0."""
        local = step + self.lead
        q = self.rate * (local - local % self.every) + self.offset
        match self.wrap:
            case "hold":
                return min(q, self.span)
            case "restart":
                return q % self.span
            case "bounce":
                turned = q % (2 * self.span)
                return min(turned, 2 * self.span - turned)
            case "free":
                return q
            case _:
                assert_never(self.wrap)

    def reach(self, position: int) -> int:
        """Give the first local step from which a phase that goes on, or holds, stands at `position` or beyond.

        >>> Phase(span=10, every=4).reach(10)
        12
        """
        local = max(-((position - self.offset) // -self.rate), 0)
        return max(-(-local // self.every) * self.every - self.lead, 0)

    def shifted(self, by: int) -> Phase:
        """Give the phase that reads at step 0 what this one reads at step `by` >= 0."""
        stairs, lead = divmod(self.lead + by, self.every)
        return Phase.of(span=self.span, rate=self.rate, offset=self.offset + self.rate * stairs * self.every,
                        every=self.every, lead=lead, wrap=self.wrap)  # fmt: skip

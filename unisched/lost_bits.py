"""What rounding took from a quotient, an angle and a power: sums and products, so that floats and tensors share a text.

A power enlarges what its base has lost, so that three roundings before it are a dozen after it. Products are of halves
with few bits, hence exact, and a compiler that joins one with a sum into a single operation changes nothing. Only the
product that makes the halves must stay alone, and is the caller's. Knows no array library.
"""

from __future__ import annotations

from typing import Any, Final

from unisched.enclosure import half_pi

__all__ = ["LOW", "SPLIT", "complement", "quarter_turn", "remainder", "upper"]

SPLIT: Final = 2.0**27 + 1
"""A float times this, rounded, tells its upper half from its lower one."""
LOW: Final = 2**26
"""A whole number up to 2^53 is a multiple of this, with 27 bits, and what it leaves."""

_BITS: Final = 120
_HALF_PI: Final = half_pi(_BITS)
_HIGH: Final = (_HALF_PI >> (_BITS - 25)) / 2**25
_REST: Final = (_HALF_PI % 2 ** (_BITS - 25)) / 2**_BITS
_WHOLE: Final = _HALF_PI / 2**_BITS


def upper(values: Any, scaled: Any) -> Any:
    """Give the upper 26 bits of `values`, from their rounded product with `SPLIT`."""
    return scaled - (scaled - values)


def remainder(part: Any, quotient: Any, head: Any, high: Any, low: Any) -> Any:
    """Give part - quotient · (high + low), all of it, where the quotient is near part / (high + low).

    `head` is the upper half of the quotient, `low` what `high` leaves of the divisor, below `LOW`.

    >>> from fractions import Fraction
    >>> quotient = 2 / 3
    >>> remainder(2.0, quotient, upper(quotient, quotient * SPLIT), 0.0, 3.0) == 2 - 3 * Fraction(quotient)
    True
    """
    rest = quotient - head
    return part - head * high - head * low - rest * high - rest * low


def quarter_turn(part: Any, head: Any, tail: Any) -> tuple[Any, Any]:
    """Give the angle that is this part, and the tail that it lost, of a quarter of a turn: float64, and its tail.

    `head` is the upper half of the part.
    """
    high = head * _HIGH
    low = head * _REST + (part - head + tail) * _WHOLE
    angle = high + low
    return angle, low - (angle - high)


def complement(
    result: Any, result_log: Any, log: Any, heads: tuple[Any, Any], power: Any, lost: Any
) -> tuple[Any, Any]:
    """Give 1 - weight^power from `result`, which is near weight^power, and the tail of that, however near 1 either is.

    `log` and `result_log` are the logarithms of weight and result, `lost` is what the weight has lost, over it, and
    `heads` are the upper halves of the power and of `log`.
    """
    head, log_head = heads
    excess = (head * log_head - result_log) + ((power - head) * log + head * (log - log_head) + power * lost)
    rest, correction = 1.0 - result, -result * excess
    corrected = rest + correction
    return corrected, correction - (corrected - rest)

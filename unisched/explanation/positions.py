"""Where a curve stands at a step, as written mathematics: the phase of a curve, in the user's numbers.

Knows phases only.
"""

from __future__ import annotations

from fractions import Fraction
from typing import assert_never

from unisched.explanation.mathematics import Call, Remainder, Written, minus, number, over, plus, ratio, times
from unisched.phase import Phase

__all__ = ["count", "later", "position", "since"]


def later(step: Written, by: int) -> Written:
    """Give a step plus a whole number, which may be negative."""
    return minus(step, ratio(Fraction(-by))) if by < 0 else plus(step, ratio(Fraction(by)))


def since(step: Written, start: int, phase: Phase, ahead: int = 0) -> Written:
    """Give p / span of the phase plus `ahead`, at a step of the clock on which the curve begins at `start`."""
    match phase.wrap:
        case "hold" | "free":
            return _line(step, start, phase, ahead)
        case "restart":
            return over(_remainder(step, start, phase, phase.span), number(phase.span))
        case "bounce":
            turned = _remainder(step, start, phase, 2 * phase.span)
            away = Call("abs", (minus(turned, number(phase.span)),))
            return minus(number(1), over(away, number(phase.span)))
        case _:
            assert_never(phase.wrap)


def position(step: Written, start: int, phase: Phase) -> Written:
    """Give p of a phase that starts over: the step inside its cycle."""
    return _remainder(step, start, phase, phase.span)


def count(step: Written, start: int, phase: Phase) -> Written:
    """Give how many whole times the span has passed."""
    if phase.every > 1 and phase.offset == 0 and phase.rate * phase.every % phase.span == 0:
        stairs = phase.rate * phase.every // phase.span
        return times(number(stairs), _stairs(step, start, phase))
    passed = _line(step, start, phase, 0)
    is_whole = phase.every == 1 and phase.span == 1
    return passed if is_whole else Call("floor", (passed,))


def _line(step: Written, start: int, phase: Phase, ahead: int) -> Written:
    if phase.every > 1:
        offset = ratio(Fraction(phase.offset, phase.span) + ahead)
        return plus(_divided(_stairs(step, start, phase), Fraction(phase.span, phase.rate * phase.every)), offset)
    length = Fraction(phase.span, phase.rate)
    begun = Fraction(phase.offset, phase.rate) + ahead * length - start
    if begun.denominator == 1:
        return _divided(later(step, int(begun)), length)
    position = later(times(number(phase.rate), later(step, -start)), phase.offset + ahead * phase.span)
    return over(position, number(phase.span))


def _divided(steps: Written, length: Fraction) -> Written:
    if length.denominator == 1 or Fraction(repr(float(length))) == length:
        return over(steps, ratio(length))
    return over(times(number(length.denominator), steps), number(length.numerator))


def _remainder(step: Written, start: int, phase: Phase, cycle: int) -> Written:
    if phase.every > 1:
        q = later(times(number(phase.rate * phase.every), _stairs(step, start, phase)), phase.offset)
    elif phase.rate == 1:
        q = later(step, phase.offset - start)
    else:
        q = later(times(number(phase.rate), later(step, -start)), phase.offset)
    return Remainder(q, number(cycle)) if cycle > 1 else number(0)


def _stairs(step: Written, start: int, phase: Phase) -> Written:
    return Call("floor", (over(later(step, phase.lead - start), number(phase.every)),))

"""The real value of a curve at a step: rational where it is, else from mpmath, at 480 bits or as many as it takes.

Written from the meaning of the nodes in docs/meaning.md, with fractions for every position; no function of the
library is called. Where a value is rational it may lie midway between two floats, which no precision would tell.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

import mpmath  # type: ignore[import-untyped]

from exactness.rounding import nearest
from unisched.ir import Curve, Exponential, Fold, Phase, Power, Ramp, Table

__all__ = ["Real", "real"]

_FIRST_BITS = 480
_MOST_BITS = 60_000
_GUARD = 160
"""Bits that no formula here loses: spans up to 2^53 under a sine squared and a root."""

_LARGEST = 20_000
"""Bits of the largest power that is worked out; a rational of more is no float, and midway between none."""

_SQUARES = {Fraction(0): Fraction(0), Fraction(1, 3): Fraction(1, 4), Fraction(1, 2): Fraction(1, 2),
            Fraction(2, 3): Fraction(3, 4), Fraction(1): Fraction(1)}  # fmt: skip
"""sin² of a quarter turn times these: rational nowhere else (Niven)."""

Number = Any  # a Fraction, or a number of mpmath


class Real(NamedTuple):
    """The float nearest to a value, and the value itself to many more bits."""

    nearest: float
    value: Number


def real(curve: Curve, step: int) -> Real:
    """Give the value of a curve at a step."""
    match curve:
        case Fold(track=track, phase=phase):
            at = _position(phase, step)
            whole = int(at) if phase.wrap == "free" else int(at * phase.span)
            row = max(index for index, start in enumerate(track.starts) if start <= whole)
            return real(track.curves[row], whole - track.starts[row])
        case Ramp(start=start, end=end):
            return _settled(lambda: _ramp(curve, step), abs(Fraction(start)) + abs(Fraction(end)))
        case Exponential(value=value, to=to, of=of, warp=warp):
            u = _position(curve.phase, step)
            return _settled(lambda: _product(Fraction(value), _power(Fraction(to) / Fraction(of), _power(u, warp))))
        case Power(value=value, exponent=exponent):
            u = _position(curve.phase, step)
            return _settled(lambda: _product(Fraction(value), _power(1 + u, -Fraction(exponent))))
        case Table():
            exact = _table(curve, _position(curve.phase, step))
            return Real(nearest(exact), exact)
        case _:
            raise TypeError(f"no closed form: {curve!r}")


def _position(phase: Phase, step: int) -> Fraction:
    stairs = (step + phase.lead) // phase.every
    at = Fraction(phase.rate * stairs * phase.every + phase.offset, phase.span)
    if phase.wrap == "hold":
        return min(at, Fraction(1))
    if phase.wrap == "restart":
        return at - at.__floor__()
    if phase.wrap == "bounce":
        turned = at - 2 * (at / 2).__floor__()
        return min(turned, 2 - turned)
    return at


def _ramp(ramp: Ramp, step: int) -> Number:
    power, warp = Fraction(ramp.power), Fraction(ramp.warp)
    u = _position(ramp.phase, step)
    if ramp.shape == "linear" and ramp.mirror:
        across = _power(u, warp * power)
        return _mixed(ramp, _rest(across), across)
    u = _power(u, warp)
    across, back = (_square(u), _square(_rest(u))) if ramp.shape == "cosine" else (u, _rest(u))
    if ramp.mirror:
        across = _power(across, power)
        return _mixed(ramp, _rest(across), across)
    back = _power(back, power)
    return _mixed(ramp, back, _rest(back))


def _mixed(ramp: Ramp, back: Number, across: Number) -> Number:
    if isinstance(back, Fraction):
        return Fraction(ramp.start) * back + Fraction(ramp.end) * across
    return mpmath.mpf(ramp.start) * back + mpmath.mpf(ramp.end) * across


def _table(table: Table, at: Fraction) -> Fraction:
    index, last = int(at), len(table.values) - 1
    if index >= last:
        return Fraction(table.values[last])
    if not table.linear:
        return Fraction(table.values[index])
    left, right = map(Fraction, table.values[index : index + 2])
    return left + (right - left) * (at - index)


def _rest(weight: Number) -> Number:
    return 1 - weight


def _square(u: Number) -> Number:
    if isinstance(u, Fraction):
        if u in _SQUARES:
            return _SQUARES[u]
        u = _number(u)
    return mpmath.sin(mpmath.pi * u / 2) ** 2


def _product(factor: Fraction, number: Number) -> Number:
    return factor * number if isinstance(number, Fraction) else _number(factor) * number


def _power(base: Number, exponent: Number) -> Number:
    if isinstance(exponent, float):
        exponent = Fraction(exponent)
    if isinstance(base, Fraction) and isinstance(exponent, Fraction):
        known = _rational_power(base, exponent)
        if known is not None:
            return known
    return mpmath.power(*(_number(part) if isinstance(part, Fraction) else part for part in (base, exponent)))


def _rational_power(base: Fraction, exponent: Fraction) -> Fraction | None:
    if base in (0, 1) or exponent == 1:
        return base if exponent else Fraction(1)
    top, bottom = _root(base.numerator, exponent.denominator), _root(base.denominator, exponent.denominator)
    if top is None or bottom is None:
        return None
    if abs(exponent.numerator) * max(top, bottom).bit_length() > _LARGEST:
        return None
    return Fraction(top, bottom) ** exponent.numerator


def _root(number: int, degree: int) -> int | None:
    if number == 1 or degree == 1:
        return number
    if degree >= number.bit_length():
        return None
    with mpmath.workprec(number.bit_length() + 30):
        root = int(mpmath.nint(mpmath.root(number, degree)))
    return root if root**degree == number else None


def _number(exact: Fraction) -> Number:
    return mpmath.mpf(exact.numerator) / exact.denominator


def _settled(compute: Callable[[], Number], scale: Fraction | None = None) -> Real:
    """Give the rounding of what both ends of an error bound agree on; relative to `scale`, or to the value itself."""
    bits = _FIRST_BITS
    while bits <= _MOST_BITS:
        with mpmath.workprec(bits):
            value = compute()
            if isinstance(value, Fraction):
                return Real(nearest(value), value)
            exact = _exact(value)
            error = (abs(exact) if scale is None else scale) / 2 ** (bits - _GUARD)
        low, high = nearest(exact - error), nearest(exact + error)
        if low == high:
            return Real(low, value)
        bits *= 2
    raise ArithmeticError(f"{_MOST_BITS} bits do not tell which float is nearest")


def _exact(number: Any) -> Fraction:
    sign, mantissa, exponent, _ = number._mpf_
    mantissa = -int(mantissa) if sign else int(mantissa)
    # Beyond any float the exponent alone tells, and 2 to it would fill the memory.
    exponent = max(min(exponent, 8_000), -8_000 - int(mantissa).bit_length())
    return Fraction(mantissa << exponent) if exponent >= 0 else Fraction(mantissa, 1 << -exponent)

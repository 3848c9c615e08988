"""The weights of a ramp with a warp or a power: with what rounding took from each, for a power enlarges that.

Knows rows of a table; the library is an argument.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple, TypeAlias

from unisched.lost_bits import LOW, SPLIT, complement, quarter_turn, remainder, upper
from unisched.namespace import Namespace, Tensor
from unisched.table_rows import Rows

__all__ = ["Alone", "Bent", "Weights", "alone", "progress", "weights"]

Weights: TypeAlias = tuple[Tensor, Tensor]
Alone: TypeAlias = Callable[[Tensor], Tensor]
_NEGLIGIBLE: Final = 2.0**-60


class Bent(NamedTuple):
    """Two weights whose sum is 1, the nearer to 0 first, and what rounding took from it; `early`: it is the last's.

    `near` is rounded once more than `root` to the power `degree`.
    """

    near: Tensor
    far: Tensor
    tail: Tensor
    early: Tensor
    root: Tensor
    degree: Tensor

    def weights(self, xp: Namespace) -> Weights:
        """Give the weights of the last and the first value."""
        near = self.near + self.tail
        return xp.where(self.early, near, self.far), xp.where(self.early, self.far, near)


def progress(rows: Rows, xp: Namespace, part: Tensor, divisor: Tensor, apart: Alone) -> Bent:
    """Give how far the position is, from one end and from the other, warped where the row is."""
    rest, low = rows["span"] - part, xp.float(rows["span"] % xp.table(LOW))
    nearer, early = xp.float(xp.minimum(part, rest)), part <= rest
    near, far = nearer / divisor, xp.float(xp.maximum(part, rest)) / divisor
    tail = remainder(nearer, near, _upper(xp, near, apart), xp.float(rows["span"]) - low, low) / divisor
    even = _straight(xp, near, far, tail, early)
    if not rows.has("warped"):
        return even
    across, tail, back, back_tail = _powered(xp, even, early, rows["warp"], apart)
    early = across <= back
    near, far = xp.minimum(across, back), xp.maximum(across, back)
    return _flagged(rows, "warped", _straight(xp, near, far, xp.where(early, tail, back_tail), early), even)


def _straight(xp: Namespace, near: Tensor, far: Tensor, tail: Tensor, early: Tensor) -> Bent:
    return Bent(near, far, tail, early, near, xp.table(1.0))


def weights(rows: Rows, xp: Namespace, even: Bent, apart: Alone) -> Weights:
    """Give the weights of the last and the first value by shape and power."""
    bent = _flagged(rows, "cosine", _arc(xp, even, apart), even) if rows.has("cosine") else even
    across, back = bent.weights(xp)
    if not rows.has("powered"):
        return across, back
    is_near = rows.flagged("mirrored", bent.early, ~bent.early)
    powered, tail, rest, _ = _powered(xp, bent, is_near, rows["power"], apart)
    powered = powered + tail
    return (rows.flagged("powered", rows.flagged("mirrored", powered, rest), across),
            rows.flagged("powered", rows.flagged("mirrored", rest, powered), back))  # fmt: skip


def _flagged(rows: Rows, flag: str, then: Bent, otherwise: Bent) -> Bent:
    return Bent(*(rows.flagged(flag, left, right) for left, right in zip(then, otherwise, strict=True)))


def _arc(xp: Namespace, even: Bent, apart: Alone) -> Bent:
    """Give the weights of a cosine, and what the nearer one loses to the rounding of the angle."""
    angle, lost = quarter_turn(even.near, _upper(xp, even.near, apart), even.tail)
    sine, two = xp.sin(angle), xp.table(2.0)
    near = apart(sine * sine)
    far = xp.table(1.0) - near
    return Bent(near, far, two * lost * xp.sqrt(near * far), even.early, sine, two)


def _upper(xp: Namespace, values: Tensor, apart: Alone) -> Tensor:
    return upper(values, apart(values * xp.table(SPLIT)))


def alone(xp: Namespace, negative: Tensor, other: Tensor, product: Tensor) -> Tensor:
    """Keep a product from being joined with a sum that reads it, and so from being rounded here and not there.

    `other` is a number within 0 and 1 that no compiler knows: a sum with one that it knows it draws into the select.
    """
    return xp.where(negative, other, product)


def _powered(
    xp: Namespace, base: Bent, is_near: Tensor, power: Tensor, apart: Alone
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Give one of the weights to the power, and 1 minus that, each with its tail: with `pow` and `log` only."""
    zero, one = xp.table(0.0), xp.table(1.0)
    weight = xp.where(is_near, base.near, base.far)
    tail = xp.where(is_near, base.tail, one - base.far - base.near - base.tail)
    result = xp.power(xp.where(is_near, base.root, base.far), xp.where(is_near, power * base.degree, power))
    safe, safe_result = xp.where(weight > zero, weight, one), xp.where(result > xp.table(_NEGLIGIBLE), result, one)
    lost, log = tail / safe, xp.log(safe)
    heads = _upper(xp, power, apart), _upper(xp, log, apart)
    return result, result * (power * lost), *complement(result, xp.log(safe_result), log, heads, power, lost)

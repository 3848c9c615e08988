"""Numbers as people read them: seconds, bytes, counts, ratios, sizes."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["cost", "power", "quartiles", "rounded", "size"]

_SECONDS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))
_BYTES = ((1e6, "MB"), (1e3, "kB"), (1.0, "B"))


def cost(value: float, unit: str) -> str:
    """Give a cost with three digits and its unit.

    >>> cost(0.00123456, "s"), cost(80_000_000, "B"), cost(97, "operations")
    ('1.23 ms', '80.0 MB', '97')
    """
    scales = {"s": _SECONDS, "B": _BYTES}.get(unit)
    if scales is None:
        return f"{value:.0f}"
    scale, name = next((pair for pair in scales if value >= pair[0]), scales[-1])
    return f"{rounded(value / scale)} {name}"


def power(value: float) -> str:
    """Give an exponent with two decimals.

    >>> power(1.034), power(-0.001)
    ('1.03', '0.00')
    """
    return f"{round(value, 2) + 0.0:.2f}"


def quartiles(ratio: Sequence[float]) -> str:
    """Give a median, and the quartiles beside it where they differ from it.

    >>> quartiles([0.301, 0.31, 0.324]), quartiles([1.0, 1.0, 1.0])
    ('0.31 (0.30 – 0.32)', '1.00')
    """
    low, middle, high = map(_ratio, ratio)
    return middle if low == middle == high else f"{middle} ({low} – {high})"


def rounded(value: float) -> str:
    """Give a number with three digits.

    >>> rounded(1.2345), rounded(12.345), rounded(1234.5)
    ('1.23', '12.3', '1234')
    """
    return f"{value:.{max(0, 2 - len(str(int(value))) + 1)}f}"


def size(value: float) -> str:
    """Give a size, its thousands apart, or as a power of ten.

    >>> size(10_000), size(1e12)
    ('10 000', '10¹²')
    """
    if value >= 1e9:
        return "10" + str(len(str(int(value))) - 1).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{value:,.0f}".replace(",", " ")


def _ratio(value: float) -> str:
    return f"{value:.3f}" if value < 0.1 else f"{value:.2f}" if value < 100 else f"{value:.0f}"

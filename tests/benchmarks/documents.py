"""The documents that are measured, the same for every subject."""

from __future__ import annotations

from typing import Any, Final

__all__ = ["PEAK", "TOTAL", "WARMUP", "groups", "points", "rational", "segments", "three_phases", "warmup_cosine"]

PEAK: Final = 0.1
WARMUP: Final = 100
TOTAL: Final = 1000

_SHAPES: Final = ("linear", "cosine", "exponential")


def warmup_cosine(warmup: int = WARMUP) -> dict[str, Any]:
    """Give a line from 0 to the peak and a cosine to 0."""
    return {"kind": "warmup_cosine", "peak": PEAK, "warmup": warmup}


def three_phases(peak: float) -> dict[str, Any]:
    """Give a warm-up, a plateau and a cosine."""
    return {
        "kind": "sequence",
        "parts": [
            {"kind": "linear", "start": 0, "end": peak, "duration": 100},
            {"kind": "constant", "value": peak, "duration": 300},
            {"kind": "cosine", "start": peak, "end": 0},
        ],
    }


def segments(count: int, span: int = 10, shapes: int = 3) -> dict[str, Any]:
    """Give so many falls from 1 to a half, each so many steps long, the first so many of three shapes by turns."""
    kinds = (_SHAPES[index % shapes] for index in range(count))
    parts = [{"kind": kind, "start": 1.0, "end": 0.5, "duration": span} for kind in kinds]
    return {"kind": "sequence", "parts": parts} if count > 1 else parts[0]


def points(count: int) -> dict[str, Any]:
    """Give a table of so many values, all digits written."""
    values = [1 / (index + 3) for index in range(count)]
    return {"kind": "piecewise", "interpolation": "linear", "values": values, "every": 1}


def groups(count: int) -> dict[str, Any]:
    """Give a schedule, and so many param groups that scale it."""
    scales = {f"decoder.layer.{n}.attention": {"learning_rate": {"scale": 1 / (n + 2)}} for n in range(count)}
    return {"total": TOTAL, "schedules": {"learning_rate": warmup_cosine()}, "groups": scales}


def rational(terms: int) -> str:
    """Give a formula of so many terms, positive everywhere, in brackets that halve it."""
    return _sum([f"{0.1 + 1 / (index + 7)!r} / (step + {index + 1})" for index in range(terms)])


def _sum(terms: list[str]) -> str:
    if len(terms) == 1:
        return terms[0]
    half = len(terms) // 2
    return f"({_sum(terms[:half])} + {_sum(terms[half:])})"

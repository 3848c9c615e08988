"""A second opinion: textbook formulas in plain floats, written apart from the cases, that must come close.

They are too coarse to be the corpus (some cancel, all round at each operation), and fine enough to catch a
slip in a case: a boundary one step off, a share of the wrong length, a swapped start and end.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping

import numpy as np

from corpus_generator.case import Case, Target

__all__ = ["FORMULAS", "disagreements"]

TOLERANCE = 1e-12


def _half_wave(progress: float) -> float:
    return (1 + math.cos(math.pi * min(max(progress, 0.0), 1.0))) / 2


def _annealed(k: int, first: int, last: int, peak: float, end: float) -> float:
    return end + (peak - end) * _half_wave((k - first) / (last - first))


def _through(points: Iterable[tuple[int, float]]) -> Callable[[int], float]:
    positions, values = zip(*points, strict=True)
    return lambda k: float(np.interp(k, positions, values))


def _restarting(period: int, times: int, peak: float, end: float) -> Callable[[int], float]:
    last = period * times
    return lambda k: end if k >= last else _annealed(k % period, 0, period, peak, end)


def _accumulated(start: float, factor: float, every: int) -> Callable[[int], float]:
    def value(k: int) -> float:
        result = start
        for _ in range(k // every):
            result *= factor
        return result

    return value


FORMULAS: Mapping[str, Callable[[int], float]] = {
    "linear_to_zero": lambda k: max(0.1 - 0.1 * k / 1000, 0.0),
    "linear_between_floats": _through([(0, 3e-4), (997, 1e-5)]),
    "linear_warp_half": lambda k: 3e-4 * (1 - math.sqrt(min(k / 900, 1.0))),
    "polynomial_square": lambda k: 1e-4 + (0.1 - 1e-4) * (1 - min(k, 1000) / 1000) ** 2,
    "polynomial_three_halves_rising": lambda k: 0.3 - 0.3 * (1 - min(k, 10007) / 10007) ** 1.5,
    "cosine_to_zero": lambda k: _annealed(k, 0, 1000, 0.1, 0.0),
    "cosine_warped": lambda k: 1e-5 + (1e-3 - 1e-5) * _half_wave(min(k / 3000, 1.0) ** 1.5),
    "exponential_between": lambda k: math.exp(math.log(1e-3) + math.log(1e-3) * min(k, 1000) / 1000),
    "staircase_every_41": _accumulated(0.5, 0.9, 41),
    "staircase_every_97": _accumulated(0.5, 0.93, 97),
    "power_decay_inverse_root": lambda k: 0.1 * math.sqrt(1000 / (1000 + k)),
    "power_decay_inverse_time": lambda k: 0.3 / (1 + k / 37),
    "piecewise_linear_points": _through([(0, 0.01), (100, 0.5), (250, 0.5), (600, 0.05), (697, 0.0)]),
    "piecewise_linear_values": _through([(0, 0.1), (25, 0.4), (50, 0.2), (75, 0.3)]),
    "sequence_open_middle": lambda k: (
        _through([(0, 1e-5), (120, 3e-4)])(k) if k < 700 else _annealed(k, 700, 1000, 3e-4, 1e-6)
    ),
    "sequence_in_sequence": lambda k: (
        _through([(0, 0.0), (100, 0.1), (150, 0.06)])(k) if k < 300 else _annealed(k, 300, 1000, 0.06, 0.001)
    ),
    "sequence_tenths_of_1003": lambda k: 0.1 * min(k / 100, 1.0) * _half_wave((k - 351) / 652),
    "sequence_reached_by_rate": lambda k: 0.1 * 0.995 ** min(k, 500) * min(1.0, max(700 - k, 0) / 200),
    "repeat_counted": _restarting(100, 5, 0.1, 0.01),
    "repeat_quarters_of_50": lambda k: (
        0.9
        - 0.7
        * (k / 13 if k < 13 else (k - 13) / 12 if k < 25 else (k - 25) / 13 if k < 38 else min((k - 38) / 12, 1.0))
    ),
    "product_of_warmup_and_decay": lambda k: _through([(0, 0.001), (100, 1.0)])(k) * _annealed(k, 0, 1000, 0.1, 0.001),
    "shift_forward": lambda k: _annealed(k + 7, 0, 100, 0.1, 0.001),
    "stair_of_cosine_49": lambda k: _annealed(k - k % 49, 0, 4900, 0.1, 0.0),
    "units_tokens": _through([(0, 0.0), (29, 6e-4), (1716, 6e-4), (1907, 6e-5)]),
    "long_line": _through([(0, 1e-3), (999_999_937, 1e-5)]),
    "warmup_cosine": lambda k: 3e-4 * min(k / 100, 1.0) * _half_wave((k - 100) / 900),
    "wsd_linear_half": _through([(0, 0.3), (905, 0.3), (1005, 0.07)]),
    "base_number": lambda k: 0.1 * k / 30 if k < 30 else _annealed(k, 30, 300, 0.1, 0.001),
    "flax_warmup_cosine": lambda k: 0.1 * min(k / 6255, 1.0) * _half_wave((k - 6255) / 106335),
    "wsd_one_minus_sqrt": lambda k: 3e-4 * min(k / 2000, 1.0) * (1 - math.sqrt(min(max(k - 80000, 0) / 20000, 1.0))),
    "slanted_triangular": _through([(0, 3.125e-4), (100, 0.01), (1000, 3.125e-4)]),
    "torch_cyclic_lr_triangular2": lambda k: 1e-4 + 9.9e-3 * (1 - abs(k % 4000 / 2000 - 1)) / 2 ** (k // 4000),
}


def disagreements(cases: Iterable[Case]) -> list[str]:
    """Give a line for each value of the cases' first target that a formula of the same name contradicts."""
    return [
        f"{case.name}: {target.worth(step)!r} at step {step}, not {FORMULAS[case.name](step)!r}"
        for case in cases
        if case.name in FORMULAS
        for target in case.targets[:1]
        for step in case.steps()
        if not _close(case, target, step)
    ]


def _close(case: Case, target: Target, step: int) -> bool:
    scale = max(abs(target.worth(near)) for near in (0, *case.marks, *([case.total] if case.total else [])))
    return math.isclose(target.worth(step), FORMULAS[case.name](step), rel_tol=TOLERANCE, abs_tol=TOLERANCE * scale)

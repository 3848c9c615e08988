"""torch's schedulers from their documentation, the base being what the optimizer was given."""

from __future__ import annotations

from collections.abc import Mapping

from recipe_values.iterated import iterated
from recipe_values.recipe import BASED, FEEDBACK, OTHER_NAMES, Recipe, Target, merged, rate
from recipe_values.textbook import Real, cosine, cycle, held, line, real, triangle

__all__ = ["RECIPES"]

BASE = 0.3
THIRD = 0.3333333333333333

_MULTIPLIED = iterated(1.0, lambda value, number: value * real(0.9 if number % 2 else 1), 300)


def _cyclic(k: int) -> Real:
    index, local = cycle(k, *[4000] * 5)
    return real(1e-4) + real(9.9e-3) * real(0.5) ** index * triangle(local, 4000)


def _restarts(k: int) -> Real:
    index, local = cycle(k, 1000, 2000, 4000)
    return cosine(local, 1000 * 2**index, 0.1, 1e-4)


def _one_cycle(k: int) -> Real:
    start = real(0.1) / 25
    return cosine(k, 300, start, 0.1) if k < 300 else cosine(k - 300, 700, 0.1, start / 10000)


def _mirrored(k: int) -> Real:
    return cosine(k, 300, 0.95, 0.85) if k < 300 else cosine(k - 300, 700, 0.85, 0.95)


def _swa(k: int) -> Real:
    return cosine(k, 1000, 0.1, 0) if k < 750 else cosine(k - 750, 100, cosine(750, 1000, 0.1, 0), 0.02)


def _annealed(k: int) -> Real:
    left = cosine(k, 10000, 1, 0)
    return BASE * left + real(1e-5) * (1 - left)


RECIPES: Mapping[str, Recipe] = {
    "torch_lambda_lr": rate(lambda k: real(0.95) ** (k // 100), marks=[100, 200, 2900], total=3000, base=BASE),
    "torch_multiplicative_lr": rate(lambda k: _MULTIPLIED[k], marks=[100], total=200, base=BASE, beyond=False),
    "torch_step_lr": rate(lambda k: real(0.1) ** (k // 3000), marks=[3000, 6000], total=9000, base=BASE),
    "torch_multi_step_lr": rate(
        lambda k: held(k, (0, 1), (3000, 0.1), (6000, 0.01)), marks=[3000, 6000], total=9000, base=BASE
    ),
    "torch_constant_lr": rate(lambda k: held(k, (0, THIRD), (5, 1)), marks=[5], total=100, base=BASE),
    "torch_linear_lr": rate(lambda k: line(k, 5, THIRD, 1), marks=[5], total=100, base=BASE),
    "torch_exponential_lr": rate(lambda k: real(0.95) ** (k // 100), marks=[100, 9900], total=10000, base=BASE),
    "torch_polynomial_lr": rate(lambda k: line(k, 100, 1, 0) ** 2, marks=[50], total=100, base=BASE),
    "torch_cosine_annealing_lr": Recipe(
        targets=[Target(worth=_annealed)], marks=[5000], total=10000, base=BASE, refusals=BASED
    ),
    "torch_chained_scheduler": rate(
        lambda k: line(k, 20, 0.1, 1) * real(0.99) ** k, marks=[20], total=400, base=BASE
    ),
    "torch_sequential_lr": rate(
        lambda k: cosine(k, 100, 1, 0) if k < 60 else real(0.9) ** (k - 60), marks=[60], total=100, base=BASE
    ),
    "torch_reduce_lr_on_plateau": Recipe(
        targets=[], marks=[], total=1000, base=BASE, refusals=merged(BASED, FEEDBACK)
    ),
    "torch_cyclic_lr_triangular2": rate(_cyclic, marks=[2000, 4000, 6000, 8000, 16000], total=20000),
    "torch_cosine_annealing_warm_restarts": rate(_restarts, marks=[1000, 3000], total=7000),
    "torch_one_cycle_lr": Recipe(
        targets=[Target(worth=_one_cycle), Target(worth=_mirrored, hyperparameter="momentum")],
        marks=[300], total=1000, refusals=OTHER_NAMES,
    ),
    "torch_swa_lr": rate(_swa, marks=[750, 850], total=1000),
}  # fmt: skip

"""Cycles: restarts, triangles, ramps that come again."""

from __future__ import annotations

from collections.abc import Mapping

from recipe_values.recipe import OTHER_NAMES, Recipe, Target, rate
from recipe_values.textbook import Real, cosine, cycle, line, real, triangle

__all__ = ["RECIPES"]


def _sgdr(k: int) -> Real:
    index, local = cycle(k, 1000, 2000, 4000)
    warmup, peak = 50 * 2**index, real(0.1) * real(0.5) ** index
    return line(local, warmup, 0, peak) if local < warmup else cosine(local - warmup, 950 * 2**index, peak, 0)


def _keras_restarts(k: int) -> Real:
    index, local = cycle(min(k, 20000), 1000, 2000, 4000, 8000, 16000)
    return real(0.01) + real(0.8) ** index * cosine(local, 1000 * 2**index, 0.09, 0)


def _exp_range(k: int) -> Real:
    _, local = cycle(k, *[4000] * 5)
    return real(1e-4) + real(9.9e-3) * triangle(local, 4000) * real(0.9999) ** k


def _relora(k: int) -> Real:
    envelope = line(k, 500, 0, 5e-4) if k < 500 else cosine(k - 500, 19500, 5e-4, 5e-5)
    return envelope if k < 5000 else envelope * line(cycle(k - 5000, 5000, 5000, 5000)[1], 100, 0, 1)


def _kl_weight(k: int) -> Real:
    return line(cycle(k, *[10000] * 4)[1], 5000, 0, 1)


def _levanter(k: int) -> Real:
    index, local = cycle(k, 33, 34, 33)
    return cosine(local, (33, 34, 33)[index], 1e-3, 1e-4)


RECIPES: Mapping[str, Recipe] = {
    "sgdr": rate(_sgdr, marks=[50, 1000, 1100, 3000, 3200], total=7000),
    "keras_cosine_decay_restarts": rate(_keras_restarts, marks=[1000, 3000, 7000, 15000], total=20000),
    "cyclical_exp_range": rate(_exp_range, marks=[2000, 4000, 8000, 16000], total=20000),
    "relora": rate(_relora, marks=[500, 5000, 5100, 10000, 15000], total=20000),
    "cyclical_kl_weight": Recipe(
        targets=[Target(worth=_kl_weight, hyperparameter="beta")],
        marks=[5000, 10000, 20000, 30000, 35000], total=40000, refusals=OTHER_NAMES,
    ),
    "levanter_cycles": rate(_levanter, marks=[33, 67], total=100),
}  # fmt: skip

"""What fits nowhere else."""

from __future__ import annotations

from collections.abc import Mapping

from recipe_values.recipe import FEEDBACK, GROUPS, OTHER_NAMES, Recipe, Target, rate
from recipe_values.textbook import Real, cosine, geometric, line, real

__all__ = ["RECIPES"]

_FRACTAL = (1.03, 5.1, 1.4, 2.9)


def _adamc(k: int) -> Real:
    return line(k, 100, 0, 1) if k < 100 else cosine(k - 100, 9900, 1, 0)


def _rex(k: int) -> Real:
    left = 1 - min(real(k) / 1000, real(1))
    return real(0.1) * left / (real(0.5) + left / 2)


def _slanted(k: int) -> Real:
    return line(k, 100, 3.125e-4, 0.01) if k < 100 else line(k - 100, 900, 0.01, 3.125e-4)


def _muon(k: int) -> Real:
    return line(k, 300, 0.85, 0.95) if k < 4950 else line(k - 4950, 50, 0.95, 0.85)


def _staged(k: int) -> Real:
    warmup, length, peak, local = (20, 200, 1e-3, k) if k < 200 else (40, 400, 1e-4, k - 200)
    return line(local, warmup, 0, peak) if local < warmup else cosine(local - warmup, length - warmup, peak, 0)


RECIPES: Mapping[str, Recipe] = {
    "plateau_after_warmup": Recipe(targets=[], marks=[1000], total=10000, refusals=FEEDBACK),
    "adamc": Recipe(
        targets=[
            Target(worth=lambda k: real(3e-4) * _adamc(k)),
            Target(worth=lambda k: real(0.1) * _adamc(k), hyperparameter="weight_decay"),
        ],
        marks=[100], total=10000, refusals=OTHER_NAMES,
    ),
    "fractal_chebyshev": rate(
        lambda k: real(_FRACTAL[min(k, 479) // 10 % 4]), marks=[10, 20, 30, 40, 50, 440], total=480, base=0.02
    ),
    "rex": rate(_rex, marks=[500], total=1000),
    "range_test": rate(lambda k: geometric(k, 1000, 1e-7, 10), marks=[125, 500], total=1000),
    "slanted_triangular": rate(_slanted, marks=[100], total=1000),
    "muon_momentum": Recipe(
        targets=[Target(worth=_muon, hyperparameter="momentum")],
        marks=[300, 4950], total=5000, refusals=OTHER_NAMES,
    ),
    "backbone_at_a_tenth": Recipe(
        targets=[
            Target(worth=lambda k: cosine(k, 1000, 1e-3, 0)),
            Target(worth=lambda k: real(0.1) * cosine(k, 1000, 1e-3, 0), group="backbone.stem"),
            Target(worth=lambda k: line(k, 1000, 1e-3, 1e-4), group="head"),
        ],
        marks=[500], total=1000, refusals=GROUPS,
    ),
    "staged_fine_tuning": rate(_staged, marks=[20, 200, 240], total=600),
    "run_on_past_the_plan": rate(lambda k: real(0.1) * real(0.95) ** (real(k) / 10), marks=[10, 1190], total=1000),
}  # fmt: skip

"""Speech, and the transformer's own schedule."""

from __future__ import annotations

from collections.abc import Mapping

from recipe_values.recipe import Recipe, rate
from recipe_values.textbook import Real, geometric, line, real

__all__ = ["RECIPES"]


def _tri_stage(k: int) -> Real:
    return real(3e-5) * (line(k, 8000, 0.01, 1) if k < 40000 else geometric(k - 40000, 40000, 1, 0.05))


def _noam(k: int) -> Real:
    update = real(k + 1)
    return 2 * real(512) ** -0.5 * min(update**-0.5, update * real(4000) ** -1.5)


def _eden(k: int) -> Real:
    steps, epochs = real(k) / 7500, real(k // 1000) / real(3.5)
    return line(k, 500, 0.0225, 0.045) * (1 + steps**2) ** -0.25 * (1 + epochs**2) ** -0.25


RECIPES: Mapping[str, Recipe] = {
    "tri_stage": rate(_tri_stage, marks=[8000, 40000], total=80000),
    "noam": rate(_noam, marks=[3999, 4000], total=100000),
    "eden": rate(_eden, marks=[500, 1000, 2000], total=30000),
}

"""The four documents it began with."""

from __future__ import annotations

from collections.abc import Mapping

from recipe_values.iterated import iterated
from recipe_values.recipe import Recipe, rate
from recipe_values.textbook import Real, cosine, line, mp, real

__all__ = ["RECIPES"]


def _keras(k: int) -> Real:
    if k < 1500:
        return line(k, 1000, 0, 1e-3)
    return cosine(k - 1500, 8500, 1e-3, 0)


def _flax(k: int) -> Real:
    warmup, total = 5 * 1251, 90 * 1251
    return line(k, warmup, 0, 0.1) if k < warmup else cosine(k - warmup, total - warmup, 0.1, 0)


_POWERS = iterated(0.1, lambda value, _: value ** real(1.0001), 1500)
_SINES = iterated(0.1, lambda value, _: mp.sin(value), 1500)


def _power(k: int) -> Real:
    return line(k, 500, 0, 0.1) if k < 500 else _POWERS[k - 500]


def _sine(k: int) -> Real:
    return real(0.01) if k < 500 else _SINES[k - 500]


RECIPES: Mapping[str, Recipe] = {
    "keras_warmup_hold_cosine": rate(_keras, marks=[1000, 1500], total=10000),
    "flax_warmup_cosine": rate(_flax, marks=[6255], total=112590),
    "gradual_warmup_power": rate(_power, marks=[500], total=2000, beyond=False),
    "constant_warmup_sine": rate(_sine, marks=[500], total=2000, beyond=False),
}

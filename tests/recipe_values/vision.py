"""Vision: papers, and the code bases that train them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from recipe_values.recipe import BASED, GROUPS, OTHER_NAMES, Recipe, Target, merged, rate
from recipe_values.textbook import Real, cosine, held, line, mp, real

__all__ = ["RECIPES"]

PRIME = 2**31 - 1
DRAWS = "a draw is a logarithm under a root, times a sine"


def _dinov2(k: int) -> Real:
    return line(k, 12500, 0, 4e-3) if k < 12500 else cosine(k - 12500, 612500, 4e-3, 1e-6)


def _normal(seed: int, counter: int) -> Real:
    """Give the draw that the documentation describes: twelve Feistel rounds of fifth powers, then Box and Muller."""
    digest = hashlib.sha512(f"unisched-noise-1\n{seed}".encode()).digest()
    high, low = divmod(counter, PRIME)
    for at in range(0, 48, 4):
        key = int.from_bytes(digest[at : at + 4], "big") % PRIME
        high, low = low, (high + pow(low + key, 5, PRIME)) % PRIME
    return mp.sqrt(-2 * mp.log(real(high + 1) / 2**31)) * mp.cos(2 * mp.pi * real(low) / 2**31)


def _timm_noisy(k: int) -> Real:
    epoch = min(k, 3000) // 10
    held_over_the_epoch = cosine((real(epoch) / 300) ** real(1.5), 1, 1e-3, 1e-5)
    if not 1200 <= k < 2700:
        return held_over_the_epoch
    return held_over_the_epoch * (1 + max(min(_normal(42, epoch - 120), real(0.67)), -real(0.67)))


def _timm_masked(k: int) -> Real:
    return line(k, 500, 1e-6, 1e-3) if k < 500 else cosine(k, 10000, 1e-3, 0)


def _yolo(k: int) -> Real:
    return line(k, 30, 0, 0.01) * line(k // 10, 100, 1, 0.01)


def _detectron2(k: int) -> Real:
    return real(0.02) * line(k, 1000, 0.001, 1) * held(k, (0, 1), (60000, 0.1), (80000, 0.01))


def _goyal(k: int) -> Real:
    epoch = 5004
    if k < 30 * epoch:
        return line(k, 5 * epoch, 0.1, 0.8)
    return held(k, (30 * epoch, 0.08), (60 * epoch, 0.008), (80 * epoch, 0.0008))


def _mae(k: int) -> Real:
    return line(k, 50, 0, 1) if k < 50 else cosine(k - 50, 950, 1, 1e-3)


def _vit(k: int) -> Real:
    rise = line(k, 10000, 0, 1e-3) if k < 10000 else real(1e-3) / mp.sqrt(real(k) / 10000)
    return rise * line(max(k - 250000, 0), 50000, 1, 0)


RECIPES: Mapping[str, Recipe] = {
    "dinov2": Recipe(
        targets=[
            Target(worth=_dinov2),
            Target(worth=lambda k: cosine(k, 625000, 0.04, 0.4), hyperparameter="weight_decay"),
            Target(worth=lambda k: cosine(k, 625000, 0.992, 1), hyperparameter="teacher_momentum"),
            Target(worth=lambda k: line(k, 37500, 0.04, 0.07), hyperparameter="teacher_temperature"),
            Target(worth=lambda k: real(0.0798) * _dinov2(k), group="block_00"),
            Target(worth=lambda _: real(0), hyperparameter="weight_decay", group="no_decay_of_norms"),
            Target(worth=lambda k: held(k, (0, 0), (1250, 1)) * _dinov2(k), group="last_layer"),
        ],
        marks=[1250, 12500, 37500], total=625000, refusals=merged(OTHER_NAMES, GROUPS),
    ),
    "timm_cosine_k_decay_noise": rate(_timm_noisy, marks=[1200, 1210, 2690, 2700], total=3000, ulps=6, why=DRAWS),
    "timm_cosine_masked_warmup": rate(_timm_masked, marks=[500, 10000]),
    "yolo": Recipe(
        targets=[
            Target(worth=_yolo),
            Target(worth=lambda k: line(k, 30, 0.8, 0.937), hyperparameter="momentum"),
            Target(worth=lambda k: line(k, 30, 0.1, 0) + _yolo(k), group="bias"),
        ],
        marks=[10, 30, 990], total=1000, refusals=merged(OTHER_NAMES, GROUPS),
    ),
    "detectron2_multistep": rate(_detectron2, marks=[1000, 60000, 80000], total=90000),
    "resnet50_goyal": rate(_goyal, marks=[25020, 150120, 300240, 400320], total=450360),
    "mae_layer_decay": rate(_mae, marks=[50], total=1000, base=1e-4 * 0.75**12, refusals=BASED),
    "vit_rsqrt": rate(_vit, marks=[10000, 250000], total=300000),
}  # fmt: skip

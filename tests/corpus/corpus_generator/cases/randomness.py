"""Noise: which number holds when, how far it may go, and what a cycle or a group makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from corpus_generator.case import FAR, Case, Target, rate
from corpus_generator.leaves import cosine, linear
from corpus_generator.randomness import noise
from corpus_generator.rounding import whole

__all__ = ["CASES"]

_WIDEST = 2**63 - 1


def _factor(**fields: object) -> dict[str, object]:
    return {"kind": "noise", "std": 0.1, "seed": 42, **fields}


def _product(*curves: object) -> dict[str, object]:
    return {"kind": "product", "curves": list(curves)}


_STARTS = [whole(Fraction(5, 2) * j) for j in range(2000)]


def _stair(k: int) -> int:
    return max(j for j, start in enumerate(_STARTS) if start <= k)


CASES: Sequence[Case] = (
    rate("noise_alone", "another hash, another key for a seed, or another transform gives another factor",
         _factor(), lambda k: noise(k, 42, 0.1), marks=[500], total=1000),
    rate("noise_of_the_widest_seed", "a seed cut to 32 bits gives another stream",
         _factor(seed=_WIDEST), lambda k: noise(k, _WIDEST, 0.1), marks=[2**31 - 1], far=True),
    rate("noise_far_out", "a counter cut to 32 bits, or its high word left out, gives an earlier number",
         _factor(seed=7, std=0.02), lambda k: noise(k, 7, 0.02), marks=[FAR - 5, 10**9], far=True),
    rate("noise_within_a_limit", "a draw beyond the limit is held to it, not drawn again",
         _product({"kind": "cosine", "start": 0.1, "end": 0.001}, _factor(limit=0.1, every=7)),
         lambda k: cosine(k, 1000, 0.1, 0.001) * noise(k // 7, 42, 0.1, 0.1), marks=[7, 14, 700], total=1000),
    rate("noise_every_broken_length", "numbers change on rounded stairs, not at every second or third step",
         _product(0.1, _factor(every="2.5 steps")), lambda k: 0.1 * noise(_stair(k), 42, 0.1),
         marks=[3, 5, 8, 10], total=100, far=False),
    rate("noise_in_cycles", "each cycle draws the same numbers, from its own start",
         {"kind": "repeat", "period": 50, "curve": _product({"kind": "linear", "start": 0.1, "end": 0.01}, _factor())},
         lambda k: linear(k % 50, 50, 0.1, 0.01) * noise(k % 50, 42, 0.1) if k < 400
         else 0.01 * noise(50, 42, 0.1), marks=[50, 100], total=400),
    rate("noise_as_a_part", "noise counts from the start of its part",
         {"kind": "sequence", "parts": [{"kind": "linear", "start": 0.0, "end": 0.3, "duration": 100},
                                        _product(0.3, _factor(seed=1))]},
         lambda k: linear(k, 100, 0.0, 0.3) if k < 100 else 0.3 * noise(k - 100, 1, 0.1), marks=[100], total=300),
    Case(
        name="noise_in_two_groups", why="a group scales the drawn value; another seed is another stream",
        spec={"unisched": 1, "total": 200, "schedules": {"learning_rate": _product(0.1, _factor())},
              "groups": {"head": {"learning_rate": _product(0.1, _factor(seed=43))},
                         "body": {"learning_rate": {"scale": 0.5}}}},
        targets=[Target(worth=lambda k: 0.1 * noise(k, 42, 0.1)),
                 Target(worth=lambda k: 0.1 * noise(k, 43, 0.1), group="head"),
                 Target(worth=lambda k: 0.1 * noise(k, 42, 0.1) * 0.5, group="body")],
        marks=[100], total=200,
    ),
)  # fmt: skip

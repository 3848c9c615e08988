"""Open-ended decays: rates, staircases with awkward divisors, inverse powers."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from corpus_generator.case import Case, rate
from corpus_generator.leaves import power_decay, rate_decay
from corpus_generator.rounding import whole

__all__ = ["CASES"]


def _stairs(every: int, factor: float) -> Case:
    return rate(
        f"staircase_every_{every}",
        f"1/{every} is inexact: a product with the reciprocal drops one step late somewhere in 200 stairs",
        {"kind": "exponential", "start": 0.5, "rate": factor, "every": every, "staircase": True},
        lambda k: rate_decay(k, 0.5, factor, every, staircase=True),
        marks=[every * stair for stair in (1, 2, 3, 5, 6, 7, 12, 23, 29, 46, 58, 93, 199)],
        far=False,
    )


def _stair_number(k: int, every: Fraction) -> int:
    """Give the number of the stair that holds at k, where stair j begins at j times `every`, rounded half up."""
    number = int(k / every) + 1
    while whole(number * every) > k:
        number -= 1
    return number


CASES: Sequence[Case] = (
    rate(
        "staircase_broken_length",
        "the drop of 0.97 every 2.4 epochs: stairs of 3002.4 steps, each rounded by itself, and on past the total",
        {"kind": "exponential", "start": 0.016, "rate": 0.97, "every": "2.4 epochs", "staircase": True},
        lambda k: rate_decay(_stair_number(k, Fraction(30024, 10)), 0.016, 0.97),
        total=437850,
        marks=[3002, 6005, 9007, 12010, 15012, 18014, 300240],
        far=False,
        steps_per_epoch=1251,
    ),
    rate(
        "stair_broken_length",
        "a stair of 33.5 steps over a decay that goes on: multiples rounded half up, no last one",
        {"kind": "stair", "every": "33.5 steps", "curve": {"kind": "power_decay", "start": 0.1, "timescale": 10}},
        lambda k: power_decay(whole(_stair_number(k, Fraction(67, 2)) * Fraction(67, 2)), 0.1, 10),
        total=100,
        marks=[34, 67, 101, 134, 1005],
        far=False,
    ),
    rate(
        "staircase_shorter_than_a_step",
        "stairs of 0.6 steps: several may fall on one step, and the last of them holds",
        {"kind": "exponential", "start": 0.5, "rate": 0.9, "every": "0.6 steps", "staircase": True, "duration": 20},
        lambda k: rate_decay(_stair_number(min(k, 20), Fraction(3, 5)), 0.5, 0.9),
        total=30,
        marks=[20],
    ),
    rate(
        "exponential_rate_smooth",
        "a rate is not bounded by the total and goes on falling past it",
        {"kind": "exponential", "start": 0.1, "rate": 0.97, "every": 50},
        lambda k: rate_decay(k, 0.1, 0.97, 50),
        total=1000,
        marks=[50, 100],
        far=False,
    ),
    rate(
        "exponential_rate_default_every",
        "without `every` the rate is of one step",
        {"kind": "exponential", "start": 0.01, "rate": 0.999},
        lambda k: rate_decay(k, 0.01, 0.999),
        marks=[10, 1000],
        far=False,
    ),
    rate(
        "exponential_rate_fraction_of_epoch",
        "a smooth `every` of 0.3 epochs of 7 steps is 2.1 steps, not 2",
        {"kind": "exponential", "start": 0.2, "rate": 0.99, "every": "0.3 epochs"},
        lambda k: rate_decay(k, 0.2, 0.99, Fraction(21, 10)),
        total=700,
        marks=[21, 350],
        far=False,
        steps_per_epoch=7,
    ),
    rate(
        "exponential_growth_cut",
        "its own duration cuts a growing rate, which then holds",
        {"kind": "exponential", "start": 1e-5, "rate": 1.001, "duration": 5000},
        lambda k: rate_decay(min(k, 5000), 1e-5, 1.001),
        total=6000,
        marks=[5000],
    ),
    rate(
        "staircase_cut_between_stairs",
        "a staircase with a duration holds the stair it stands on at the cut",
        {"kind": "exponential", "start": 1.0, "rate": 0.7, "every": 30, "staircase": True, "duration": 100},
        lambda k: rate_decay(min(k, 100), 1.0, 0.7, 30, staircase=True),
        total=200,
        marks=[30, 60, 90, 100],
    ),
    _stairs(41, 0.9),
    _stairs(49, 0.7),
    _stairs(97, 0.93),
    rate(
        "power_decay_inverse_root",
        "inverse square root without a warm-up; at perfect squares the value is rational",
        {"kind": "power_decay", "start": 0.1, "timescale": 1000},
        lambda k: power_decay(k, 0.1, 1000),
        total=5000,
        marks=[1000, 3000],
    ),
    rate(
        "power_decay_inverse_time",
        "power one is inverse time decay, rational at every step",
        {"kind": "power_decay", "start": 0.3, "timescale": 37, "power": 1},
        lambda k: power_decay(k, 0.3, 37, 1.0),
        marks=[37, 111],
    ),
    rate(
        "power_decay_fractional_timescale",
        "a timescale of 1.5 epochs of 33 steps is 49.5 steps and is not rounded",
        {"kind": "power_decay", "start": 0.05, "timescale": "1.5 epochs", "power": 0.75},
        lambda k: power_decay(k, 0.05, Fraction(99, 2), 0.75),
        total=990,
        marks=[33, 99],
        steps_per_epoch=33,
    ),
    rate(
        "power_decay_cut",
        "its own duration stops an inverse power",
        {"kind": "power_decay", "start": 0.05, "timescale": 20, "power": 2, "duration": 60},
        lambda k: power_decay(min(k, 60), 0.05, 20, 2.0),
        total=100,
        marks=[60],
    ),
)

"""Random numbers that are a function of seed and counter: what they are, how they are spread, that none is related."""

from __future__ import annotations

import hashlib
import math
from random import Random

import mpmath  # type: ignore[import-untyped]
import numpy as np
import pytest

from unisched import noise
from unisched.evaluate import numpy_namespace as xp

PRIME = 2**31 - 1
COUNT = 100_000
SEEDS = (0, 1, 2, 3, 42, 2**31 - 1, 2**31, 2**32, 2**62, 2**63 - 1)
STARTS = (0, 10**6, PRIME - COUNT // 2, 2**32, 2**53, 2**62 - COUNT)
FAR = (0, 1, 2, PRIME - 1, PRIME, PRIME + 1, 2**32, 2**53, 2**61, PRIME**2 - 1, 2**62 - 1, 2**62)
PINNED = {
    (0, 0): (85995466, 1016518189),
    (42, 0): (1008515365, 1092102639),
    (42, 1): (2125735259, 1176274209),
    (2**63 - 1, 2**61): (869050333, 388351249),
}


def words(seed: int, counter: int, rounds: int = 12) -> tuple[int, int]:
    """The two words as the documents describe them, in one line a round."""
    digest = hashlib.sha512(f"unisched-noise-1\n{seed}".encode()).digest()
    left, right = divmod(counter, PRIME)
    left %= PRIME
    for index in range(rounds):
        key = int.from_bytes(digest[4 * index : 4 * index + 4], "big")
        left, right = right, (left + pow(right + key, 5, PRIME)) % PRIME
    return left, right


def undone(seed: int, pair: tuple[int, int]) -> int:
    """The counter that a pair comes from: the rounds backwards."""
    digest = hashlib.sha512(f"unisched-noise-1\n{seed}".encode()).digest()
    left, right = pair
    for index in reversed(range(12)):
        key = int.from_bytes(digest[4 * index : 4 * index + 4], "big")
        left, right = (right - pow(left + key, 5, PRIME)) % PRIME, left
    return left * PRIME + right


def draws(seed: int, start: int = 0, count: int = COUNT, rounds: int = 12) -> np.ndarray:
    """Standard normal numbers of successive counters."""
    keys = [np.int64(key) for key in noise.keys(seed)[:rounds]]
    factors = noise.traced(xp, np.float64(1.0), np.float64(1e300), keys, np.arange(start, start + count))
    return np.asarray(factors) - 1.0


def moments_off(z: np.ndarray) -> list[str]:
    """Which of the first four moments are further than five deviations from those of a normal distribution."""
    n = len(z)
    found = {
        "mean": z.mean() * n**0.5,
        "variance": (z.var() - 1) * (n / 2) ** 0.5,
        "skewness": (z**3).mean() * (n / 15) ** 0.5,
        "kurtosis": ((z**4).mean() - 3) * (n / 96) ** 0.5,
    }
    return [name for name, deviations in found.items() if abs(deviations) > 5]


def kolmogorov(z: np.ndarray) -> float:
    """The largest distance from the normal distribution, times the root of the count: 1.95 is one in a thousand."""
    expected = np.array([math.erfc(-value / 2**0.5) / 2 for value in np.sort(z)])
    steps = np.arange(len(z) + 1) / len(z)
    return float(max(np.max(steps[1:] - expected), np.max(expected - steps[:-1])) * len(z) ** 0.5)


def correlation(one: np.ndarray, other: np.ndarray) -> float:
    """The correlation in deviations from none."""
    return float(np.mean(one * other) * len(one) ** 0.5)


def exact_factor(std: float, limit: float | None, seed: int, counter: int) -> float:
    first, second = words(seed, counter)
    with mpmath.workprec(300):
        x = mpmath.sqrt(-2 * mpmath.log(mpmath.mpf(first + 1) / 2**31)) * mpmath.cos(2 * mpmath.pi * second / 2**31)
        x *= mpmath.mpf(std)
        bounded = x if limit is None else min(max(x, -mpmath.mpf(limit)), mpmath.mpf(limit))
        return float(1 + bounded)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_words_are_those_of_the_description_for_every_counter_up_to_2_to_the_62(seed: int) -> None:
    random = Random(seed)
    for counter in (*FAR, *(random.randrange(2**62) for _ in range(200))):
        assert noise.hashed(noise.keys(seed), counter) == words(seed, counter)


@pytest.mark.parametrize("place", PINNED)
def test_the_words_of_a_seed_never_change(place: tuple[int, int]) -> None:
    assert words(*place) == PINNED[place]


@pytest.mark.parametrize("seed", SEEDS)
def test_every_counter_can_be_told_from_its_words_so_no_two_share_them(seed: int) -> None:
    random = Random(seed)
    for counter in (*FAR[:10], *(random.randrange(PRIME**2) for _ in range(200))):
        assert undone(seed, noise.hashed(noise.keys(seed), counter)) == counter


def test_the_keys_of_all_seeds_differ() -> None:
    seeds = [*range(1000), *(2**bit for bit in range(10, 63)), 2**63 - 1]
    assert len({noise.keys(seed) for seed in seeds}) == len(seeds)


@pytest.mark.parametrize("limit", [None, 0.05, 1e-4, 2.0])
@pytest.mark.parametrize("std", [0.1, 1.0, 1e-9, 5.0])
def test_the_exact_factor_is_the_float_nearest_to_its_real_value(std: float, limit: float | None) -> None:
    random = Random(str((std, limit)))
    for _ in range(25):
        seed, counter = random.randrange(2**63), random.choice([random.randrange(1000), random.randrange(2**61)])
        assert noise.exact(std, limit, seed, counter) == exact_factor(std, limit, seed, counter)


@pytest.mark.parametrize("limit", [None, 0.15])
def test_the_fast_factor_is_within_two_last_places_of_one(limit: float | None) -> None:
    fast = noise.host(0.1, limit, 42)
    assert max(abs(fast(k) - noise.exact(0.1, limit, 42, k)) for k in (*range(500), *FAR)) <= 2 * math.ulp(1.0)


@pytest.mark.parametrize("start", STARTS)
def test_traced_factors_are_those_of_the_host_however_far_the_counter(start: int) -> None:
    keys = [np.int64(key) for key in noise.keys(7)]
    with np.errstate(all="raise"):
        traced = noise.traced(xp, np.float64(0.1), np.float64(0.25), keys, np.arange(start, start + 500))
    host = [noise.host(0.1, 0.25, 7)(counter) for counter in range(start, start + 500)]
    assert np.abs(traced - host).max() <= 2 * math.ulp(1.0)


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("seed", SEEDS[:4])
def test_the_numbers_are_normal(seed: int, start: int) -> None:
    z = draws(seed, start)
    assert moments_off(z) == []
    assert kolmogorov(z) < 1.95
    assert np.abs(z).max() < noise.FURTHEST


@pytest.mark.parametrize("lag", [1, 2, 3, 7, 31, 100, 1024, 4096])
def test_numbers_at_any_distance_are_unrelated(lag: int) -> None:
    for seed in SEEDS[:4]:
        z = draws(seed)
        assert abs(correlation(z[lag:], z[:-lag])) < 5
        assert abs(correlation(z[lag:] ** 2 - 1, z[:-lag] ** 2 - 1)) < 2 * 5


def test_numbers_whose_counters_differ_in_the_high_word_alone_are_unrelated() -> None:
    streams = [draws(42, high * PRIME) for high in range(6)]
    assert all(abs(correlation(a, b)) < 5 for i, a in enumerate(streams) for b in streams[:i])


def test_neighbouring_seeds_are_unrelated_at_any_shift() -> None:
    streams = [draws(seed, count=20_000) for seed in (*range(12), *(2**bit for bit in (20, 31, 32, 40, 62)))]
    for i, one in enumerate(streams):
        for other in streams[:i]:
            assert max(abs(correlation(one[by:], other[: len(other) - by])) for by in (0, 1, 2, 5)) < 5.5


def test_both_words_are_even_and_the_one_says_nothing_of_the_other() -> None:
    pairs = np.array([noise.hashed(noise.keys(3), counter) for counter in range(40_000)])
    bins = pairs * 16 // PRIME
    counts = np.bincount(bins[:, 0] * 16 + bins[:, 1], minlength=256)
    chi_squared = float(((counts - 156.25) ** 2 / 156.25).sum())
    assert 150 < chi_squared < 370  # 255 expected; each bound is five deviations away


def test_a_hash_of_one_round_is_caught() -> None:
    z = draws(3, rounds=1)
    assert moments_off(z) != []
    assert kolmogorov(z) > 1.95


def test_a_shifted_stream_is_caught() -> None:
    z = draws(3)
    assert abs(correlation(z[5:], z[:-5])) < 5 < abs(correlation(z[5:], draws(3, 5)[:-5]))

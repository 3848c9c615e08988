"""The kind `noise`: what it takes, which number holds when, and where no value can be handed on from it."""

from __future__ import annotations

import hashlib
import json
import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import unisched
from unisched.errors import SpecError

PRIME = 2**31 - 1
PATH = "schedules.learning_rate"


def z(seed: int, counter: int) -> float:
    """The random number of a seed and a counter, from the description."""
    digest = hashlib.sha512(f"unisched-noise-1\n{seed}".encode()).digest()
    left, right = divmod(counter, PRIME)
    for at in range(0, 48, 4):
        key = int.from_bytes(digest[at : at + 4], "big")
        left, right = right, (left + pow(right + key, 5, PRIME)) % PRIME
    return math.sqrt(-2 * math.log((left + 1) / 2**31)) * math.cos(2 * math.pi * right / 2**31)


def near(values: Any, expected: Any) -> bool:
    return bool(np.allclose(values, expected, rtol=1e-13, atol=0))


def noise(**fields: Any) -> dict[str, Any]:
    return {"kind": "noise", "std": 0.1, "seed": 42, **fields}


def test_the_factor_at_step_k_is_that_of_counter_k() -> None:
    program = unisched.compile(noise())
    assert near(program(np.arange(100)), [1 + 0.1 * z(42, k) for k in range(100)])
    assert near([program(10**12), program(2**53)], [1 + 0.1 * z(42, 10**12), 1 + 0.1 * z(42, 2**53)])


def test_a_limit_holds_the_factor_on_both_sides() -> None:
    values = unisched.compile(noise(limit=0.05))(np.arange(500))
    assert near(values, [1 + min(max(0.1 * z(42, k), -0.05), 0.05) for k in range(500)])
    assert {values.min(), values.max()} == {0.95, 1.05}


@pytest.mark.parametrize(
    ("every", "steps"),
    [(1, "1"), (7, "7"), ("2.5 steps", "5/2"), ("0.1 epochs", "7/10"), ("2 epochs", "14"), ("10%", "10")],
)
def test_each_number_holds_for_every_rounded_half_up(every: Any, steps: str) -> None:
    program = unisched.compile(noise(every=every), total=100, steps_per_epoch=7)
    starts = [int(j * Fraction(steps) + Fraction(1, 2)) for j in range(200)]
    expected = [1 + 0.1 * z(42, max(j for j, start in enumerate(starts) if start <= k)) for k in range(100)]
    assert near(program(np.arange(100)), expected)


def test_seeds_are_different_streams_and_a_seed_is_the_same_one_each_time() -> None:
    def values(seed: int) -> list[float]:
        return list(unisched.compile(noise(seed=seed)).values(0, 50))

    assert values(1) == values(1)
    assert not set(values(1)) & set(values(2))
    assert not set(values(0)) & set(values(2**63 - 1))


def test_noise_is_a_factor_in_a_product_of_the_base_and_alone() -> None:
    factor = unisched.compile(noise())
    product = unisched.compile({"kind": "product", "curves": [0.5, noise()]})
    based = unisched.compile({"base": 0.5, "curve": noise()})
    mixed = unisched.compile({"base": 0.5, "curve": {"kind": "clip", "curve": noise(), "minimum": {"absolute": 0.45}}})
    for step in range(50):
        assert product(step) == based(step) == 0.5 * factor(step)
        assert mixed(step) == max(0.5 * factor(step), 0.45)


def test_a_cycle_of_noise_draws_the_same_numbers_each_time() -> None:
    program = unisched.compile({"kind": "repeat", "period": 10, "curve": noise()}, total=100)
    assert program(3) == program(13) == program(93) == unisched.compile(noise())(3)


def test_noise_starts_with_its_part_and_holds_where_it_is_cut() -> None:
    program = unisched.compile({"kind": "sequence", "parts": [
        {"kind": "constant", "value": 1, "duration": 5}, noise(duration=10)]}, total=100)  # fmt: skip
    plain = unisched.compile(noise())
    assert [program(k) for k in (5, 9, 14)] == [plain(0), plain(4), plain(9)]
    assert program(15) == program(10**6) == plain(10)
    held = unisched.compile({"total": 20, "after": "hold", "schedules": {"learning_rate": noise()}})
    assert held(19) != held(20) == held(1000) == plain(20)


def test_noise_without_deviation_is_one() -> None:
    assert unisched.compile(noise(std=0)).body == unisched.compile({"kind": "constant", "value": 1}).body


def test_noise_comes_back_from_its_json_with_its_defaults() -> None:
    spec = unisched.load(noise())
    assert unisched.load(json.loads(spec.to_json())) == spec
    curve: Any = spec.schedules["learning_rate"]
    assert (curve.std, curve.limit, curve.seed, curve.every.to_json()) == (0.1, None, 42, 1)
    program = unisched.compile(noise(limit=0.2, every="3 steps"))
    assert unisched.Program.from_json(program.to_json()) == program


REFUSED: dict[str, tuple[dict[str, Any], str, str]] = {
    "no seed": ({"kind": "noise", "std": 0.1}, "seed", "field.missing"),
    "no deviation": ({"kind": "noise", "seed": 1}, "std", "field.missing"),
    "a seed below 0": (noise(seed=-1), "seed", "number.range"),
    "a seed above 63 bits": (noise(seed=2**63), "seed", "number.range"),
    "a seed that is a float": (noise(seed=1.0), "seed", "type.float_for_int"),
    "a seed that is a boolean": (noise(seed=True), "seed", "type.bool"),
    "a seed that is text": (noise(seed="1"), "seed", "type.integer"),
    "a deviation below 0": (noise(std=-0.1), "std", "number.range"),
    "a deviation beyond all floats": (noise(std=1e301), "std", "number.range"),
    "a deviation that is NaN": (noise(std=math.nan), "std", "number.not_finite"),
    "a limit of 0": (noise(limit=0), "limit", "number.range"),
    "a limit below 0": (noise(limit=-0.5), "limit", "number.range"),
    "no time at all": (noise(every=0), "every", "number.range"),
    "a field of another kind": (noise(patience=3), "patience", "field.unknown"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_noise_does_not_take_is_refused_at_its_place(name: str) -> None:
    document, field, code = REFUSED[name]
    with pytest.raises(SpecError) as caught:
        unisched.compile(document, total=100)
    assert (caught.value.code, caught.value.path.rsplit(".", 1)[-1]) == (code, field)


@pytest.mark.parametrize("before", [noise(duration=10), {"kind": "product", "duration": 10, "curves": [0.1, noise()]},
                                    {"kind": "repeat", "period": 5, "times": 2, "curve": noise()}],
                         ids=["noise", "a product", "cycles"])  # fmt: skip
def test_no_part_takes_its_start_from_noise(before: dict[str, Any]) -> None:
    with pytest.raises(SpecError, match="drawn at random") as caught:
        unisched.compile({"kind": "sequence", "parts": [before, {"kind": "linear", "end": 0}]}, total=100)
    assert caught.value.code == "joint.noise"


def test_a_part_after_a_settled_one_after_noise_may_take_its_start() -> None:
    parts = [noise(duration=10), {"kind": "constant", "value": 0.5, "duration": 5}, {"kind": "linear", "end": 0}]
    assert unisched.compile({"kind": "sequence", "parts": parts}, total=100)(15) == 0.5


def test_noise_that_leaves_the_range_of_a_hyperparameter_is_refused() -> None:
    with pytest.raises(SpecError, match="must be 0 or more") as caught:
        unisched.compile({"kind": "product", "curves": [0.1, noise(std=2)]}, total=1000)
    assert caught.value.code == "number.range"
    assert unisched.compile({"kind": "product", "curves": [0.1, noise(std=2, limit=1)]}, total=1000)(3) >= 0


@pytest.mark.parametrize("every", [1, "3 epochs"])
def test_noise_that_leaves_the_range_is_refused_where_the_end_of_the_run_is_not_known(every: Any) -> None:
    with pytest.raises(SpecError, match=r"learning_rate is -\S+ at step \d+; it must be 0 or more") as caught:
        unisched.compile(noise(std=0.5, every=every), steps_per_epoch=1000)
    assert caught.value.code == "number.range"
    assert unisched.compile(noise(std=0.5, limit=0.9, every=every), steps_per_epoch=1000).total is None


def test_noise_beside_a_formula_is_drawn_where_the_formula_has_a_value_only() -> None:
    ends = {"kind": "product", "curves": [noise(), {"kind": "formula", "expression": "1 / (9 - step)"}]}
    assert unisched.compile(ends)(3) > 0

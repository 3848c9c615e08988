"""Key values against sums and extremes that are worked out here, by brute force and in closed form."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from typing import Any

import mpmath
import pytest

from unisched import Program, compile
from unisched.errors import StepError
from unisched.explanation.values import sentences
from unisched.key_values import MOST_STEPS, KeyValues, finding

LONG = 2 * MOST_STEPS
NOISY = {"kind": "product", "curves": [{"kind": "cosine", "start": 0.1, "end": 0},
                                       {"kind": "noise", "std": 0.2, "seed": 3, "limit": 0.5}]}  # fmt: skip

SHORT: dict[str, Any] = {
    "a line": {"kind": "linear", "start": 0.1, "end": 0.3},
    "a warm-up and a cosine": {"kind": "warmup_cosine", "peak": 0.1, "warmup": 30},
    "a hump inside a sum": {"kind": "sum", "curves": [{"kind": "cosine", "start": 0.1, "end": 0},
                                                      {"kind": "linear", "start": 0, "end": 0.15}]},
    "a dip inside a product": {"kind": "product", "curves": [{"kind": "cosine", "start": 1, "end": 0.1},
                                                             {"kind": "exponential", "start": 0.1, "rate": 1.01}]},
    "noise": NOISY,
    "a formula": {"kind": "formula", "expression": "0.2 + 0.1 * sin(step / 17) * (1 - progress)"},
    "a wide cycle": {"kind": "repeat", "period": 170, "curve": {"kind": "sequence", "parts": [
        {"kind": "cosine", "start": 0, "end": 0.3, "duration": "63%"}, {"kind": "linear", "end": 0.1}]}},
    "losing height": {"kind": "sgdr", "peak": 0.1, "period": 40, "warmup": 3, "end": 0.01, "scale": 0.9},
    "stairs": {"kind": "stair", "every": 13, "curve": {"kind": "cosine", "start": 0.1, "end": 0.2}},
    "a table": {"kind": "recurrence", "start": 0.1, "next": "value * 0.9 + 0.01 * sin(step)**2"},
    "a growth held down": {"kind": "clip", "curve": {"kind": "exponential", "start": 0.01, "rate": 1.1},
                           "maximum": 0.33},
}  # fmt: skip


def key_values(document: Any, **clock: Any) -> KeyValues:
    return compile(document, **clock).key_values()[0]


def exactly(program: Program, step: int) -> float:
    return float(program(step, *program.targets[0], exact=True))


@pytest.mark.parametrize("name", SHORT)
@pytest.mark.parametrize("total", [200, 301])
def test_extremes_are_those_of_every_exact_value(name: str, total: int) -> None:
    program = compile(SHORT[name], total=total)
    (found,) = program.key_values()
    values = [exactly(program, step) for step in range(total)]
    assert found.is_searched
    assert (found.peak.value, found.peak.moment.step) == (max(values), values.index(max(values)))
    assert (found.minimum.value, found.minimum.moment.step) == (min(values), values.index(min(values)))
    assert (found.first.value, found.last and found.last.value) == (values[0], values[-1])
    assert found.area is not None
    assert found.average is not None
    assert not found.area.is_about
    assert math.isclose(found.area.value, math.fsum(values), rel_tol=1e-14)
    assert math.isclose(found.average.value, math.fsum(values) / total, rel_tol=1e-14)


def test_a_spread_of_steps_may_miss_the_highest_and_says_that_it_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    program = compile(NOISY, total=301)
    (true,) = program.key_values()
    monkeypatch.setattr(finding, "MOST_STEPS", 300)
    monkeypatch.setattr(finding, "_SPREAD", 29)
    (found,) = program.key_values()
    assert (true.is_searched, found.is_searched) == (True, False)
    assert found.peak.value < true.peak.value
    assert found.area is None or found.area.is_about
    assert "seen among the boundaries and a spread of all 301 steps" in " ".join(sentences(found))


def test_a_run_of_one_step_has_one_value() -> None:
    found = key_values({"kind": "linear", "start": 0.3, "end": 0}, total=1)
    assert {found.first.value, found.peak.value, found.minimum.value} == {0.3}
    assert found.last == found.first


def cosine_sum(total: int, peak: float) -> Any:
    """Half a cosine wave from a peak to 0: all but the first pair up, to the half of it each."""
    return mpmath.mpf(peak) * (total + 1) / 2


CLOSED: list[tuple[str, Any, int, Any]] = [
    ("a constant", 0.1, 10**12, Fraction(0.1) * 10**12),
    ("a line", {"kind": "linear", "start": 0.1, "end": 0}, 10**12, Fraction(0.1) * (10**12 + 1) / 2),
    ("a line that is shifted", {"kind": "shift", "by": 10, "curve": {"kind": "linear", "start": 100, "end": 0,
     "duration": 100}}, 200, Fraction(sum(range(91)))),
    ("a line and a hold", {"kind": "linear", "start": 10, "end": 0.5, "duration": 19}, 100,
     sum(Fraction(10) - Fraction(step, 2) for step in range(19)) + Fraction(81, 2)),
    ("steps", {"kind": "piecewise", "points": [[0, 0.3], [7, 0.1]], "interpolation": "previous"}, 20,
     7 * Fraction(0.3) + 13 * Fraction(0.1)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "document", "total", "expected"), CLOSED, ids=[case[0] for case in CLOSED])
def test_lines_and_constants_are_summed_as_fractions(name: str, document: Any, total: int, expected: Fraction) -> None:
    found = key_values({"schedules": {"x": document}, "total": total})
    assert found.area is not None
    assert (found.area.value, found.area.is_about) == (float(expected), False)


def test_a_cosine_is_summed_to_the_last_digits() -> None:
    found = key_values({"kind": "cosine", "start": 0.1, "end": 0}, total=99_999)
    assert found.area is not None
    assert math.isclose(found.area.value, float(cosine_sum(99_999, 0.1)), rel_tol=1e-14)


def test_a_geometric_decay_is_summed_to_the_last_digits() -> None:
    found = key_values({"kind": "exponential", "start": 0.1, "rate": 0.999}, total=5000)
    rate = mpmath.mpf(0.999)
    assert found.area is not None
    assert math.isclose(found.area.value, float(mpmath.mpf(0.1) * (1 - rate**5000) / (1 - rate)), rel_tol=1e-13)


def test_a_run_too_long_to_add_up_is_told_as_about() -> None:
    found = key_values({"kind": "warmup_cosine", "peak": 0.1, "warmup": "1%"}, total=LONG)
    warmup = LONG // 100 + (LONG % 100 >= 50)
    expected = mpmath.mpf(0.1) * (warmup - 1) / 2 + cosine_sum(LONG - warmup, 0.1)
    assert not found.is_searched
    assert found.area is not None
    assert found.area.is_about
    assert math.isclose(found.area.value, float(expected), rel_tol=1e-6)
    assert (found.peak.value, found.peak.moment.step) == (0.1, warmup)
    assert found.last is not None
    assert found.last.moment.step == LONG - 1


def test_of_a_curve_that_turns_between_the_steps_of_a_spread_no_sum_is_told() -> None:
    found = key_values({"kind": "exponential", "start": 1, "rate": 0.9}, total=2**53 - 1)  # whose sum is 10
    assert (found.area, found.average, found.is_searched) == (None, None, False)


def test_boundaries_have_both_their_sides() -> None:
    document = {"kind": "sequence", "parts": [{"kind": "linear", "start": 0, "end": 1, "duration": 10},
                                              {"kind": "constant", "value": 5.0, "duration": 10},
                                              {"kind": "cosine", "start": 1, "end": 0}]}  # fmt: skip
    found = key_values(document, total=40)
    assert [(b.moment.step, b.before, b.value) for b in found.boundaries] == [(10, 0.9, 5.0), (20, 5.0, 1.0)]


def test_a_ramp_that_comes_to_rest_has_a_boundary_there() -> None:
    found = key_values({"kind": "linear", "start": 1, "end": 0, "duration": 4}, total=10)
    assert [(b.moment.step, b.before, b.value) for b in found.boundaries] == [(4, 0.25, 0.0)]


PAST: list[tuple[Any, int | None]] = [
    ({"kind": "linear", "start": 1, "end": 0}, 40),
    ({"kind": "linear", "start": 1, "end": 0, "duration": 10}, 10),
    ({"kind": "constant", "value": 0.1}, 0),
    ({"kind": "exponential", "start": 1, "rate": 0.9}, None),
    ({"kind": "product", "curves": [{"kind": "linear", "start": 1, "end": 0},
                                    {"kind": "exponential", "start": 1, "rate": 0.9}]}, 40),
    ({"kind": "product", "curves": [{"kind": "linear", "start": 2, "end": 1},
                                    {"kind": "exponential", "start": 1, "rate": 0.9}]}, None),
    ({"kind": "recurrence", "start": 1.0, "next": "value / 2"}, 40),
    ({"kind": "plateau", "monitor": "loss"}, None),
    ({"schedules": {"learning_rate": {"kind": "plateau", "monitor": "loss"}}, "after": "hold"}, 40),
]  # fmt: skip


@pytest.mark.parametrize(("document", "held"), PAST)
def test_the_step_is_known_from_which_nothing_changes(document: Any, held: int | None) -> None:
    program = compile(document, total=40)
    (found,) = program.key_values()
    assert found.held_from == held
    if held is not None and not found.of_metric:
        assert {exactly(program, step) for step in (held, held + 1, 1000, 10**9)} == {exactly(program, held)}


def test_past_an_end_that_raises_there_is_no_value() -> None:
    program = compile({"schedules": {"learning_rate": {"kind": "linear", "start": 1, "end": 0}}, "after": "error"},
                      total=10)  # fmt: skip
    (found,) = program.key_values()
    assert (found.past, found.ends) == (None, True)
    with pytest.raises(StepError):
        program(10)


def test_moments_are_told_in_the_units_that_the_clock_knows() -> None:
    found = key_values({"kind": "warmup_linear", "peak": 0.1, "warmup": 10}, total=40, steps_per_epoch=4,
                       tokens_per_step=512, samples_per_step=8)  # fmt: skip
    moment = found.peak.moment
    counts = (Fraction(5, 2), Fraction(80), Fraction(5120))
    assert (moment.step, (moment.epoch, moment.samples, moment.tokens)) == (10, counts)


def test_along_a_batch_ramp_an_average_is_taken_over_tokens_too() -> None:
    document = {"total": 20, "tokens_per_step": "batch", "schedules": {
        "batch": {"kind": "piecewise", "points": [[0, 10], [10, 30]], "interpolation": "previous"},
        "learning_rate": {"kind": "piecewise", "points": [[0, 0.1], [10, 0.5]], "interpolation": "previous"},
    }}  # fmt: skip
    found = key_values(document)
    assert found.average is not None
    assert math.isclose(found.average.value, 0.3, rel_tol=1e-15)
    assert found.by_tokens is not None
    assert math.isclose(found.by_tokens, (10 * 0.1 + 30 * 0.5) / 40, rel_tol=1e-15)


@pytest.mark.parametrize(("kind", "total"), [("linear", 100), ("cosine", 100), ("cosine", LONG)])
def test_a_sum_above_every_float_is_none_and_nothing_else_is_lost(kind: str, total: int) -> None:
    document = {"total": total, "tokens_per_step": "batch", "schedules": {
        "batch": {"kind": "piecewise", "points": [[0, 10], [50, 30]], "interpolation": "previous"},
        "learning_rate": {"kind": kind, "start": 1e300, "end": 1.7e308},
    }}  # fmt: skip
    found = compile(document).key_values()[-1]
    assert (found.area, found.average, found.by_tokens) == (None, None, None)
    assert (found.first.value, found.past and found.past.value) == (1e300, 1.7e308)
    json.dumps(found.to_data(), allow_nan=False)


def test_a_group_has_its_scaled_values() -> None:
    document = {"schedules": {"learning_rate": {"kind": "cosine", "start": 0.1, "end": 0}},
                "groups": {"head": {"learning_rate": {"scale": 0.1}}}}  # fmt: skip
    program = compile(document, total=10)
    _, found = program.key_values()
    assert found.target.group == "head"
    assert found.peak.value == program(0, group="head", exact=True)
    assert found.area is not None
    assert math.isclose(found.area.value, float(cosine_sum(10, 0.01)), rel_tol=1e-14)


def test_factors_of_the_optimizers_value_and_of_metrics_are_told_as_such() -> None:
    of_base = key_values({"base": "optimizer", "curve": {"kind": "linear", "start": 1, "end": 0}}, total=10)
    of_metric = key_values({"kind": "plateau", "monitor": "loss"}, total=10)
    assert (of_base.of_base, of_base.of_metric, of_base.peak.value) == (True, False, 1.0)
    assert (of_metric.of_base, of_metric.of_metric, of_metric.peak.value) == (False, True, 1.0)


def test_an_open_ended_program_is_looked_at_as_far_as_it_turns() -> None:
    found = key_values({"kind": "inverse_sqrt", "peak": 0.1, "warmup": 1000})
    assert (found.steps, found.peak.value, found.peak.moment.step) == (2000, 0.1, 1000)
    assert (found.last, found.area, found.average, found.past, found.held_from) == (None, None, None, None, None)


def test_key_values_are_data() -> None:
    found = key_values({"kind": "warmup_cosine", "peak": 0.1, "warmup": 10}, total=40, steps_per_epoch=4)
    data = json.loads(json.dumps(found.to_data(), allow_nan=False))
    assert data["peak"] == {"step": 10, "epoch": 2.5, "value": 0.1}
    assert data["area"] == {"value": found.area and found.area.value, "about": False}
    assert data["past_the_end"] == {"step": 40, "epoch": 10, "value": 0.0}

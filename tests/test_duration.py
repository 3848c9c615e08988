"""Durations: what is read, what is refused, and that writing one loses nothing."""

from __future__ import annotations

from enum import IntEnum
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unisched.duration import Clock, Duration, whole
from unisched.errors import SpecError


class Length(IntEnum):
    SHORT = 7


def label(value: object) -> str:
    return repr(value)[:40] if isinstance(value, str | float) else type(value).__name__


READ = [
    (0, "0 steps"),
    (1000, "1000 steps"),
    (Length.SHORT, "7 steps"),
    (np.int64(7), "7 steps"),
    ("1000 steps", "1000 steps"),
    ("1step", "1 step"),
    ("1.5k steps", "1500 steps"),
    ("  10 epochs ", "10 epochs"),
    ("1epoch", "1 epoch"),
    ("2.50 epochs", "2.5 epochs"),
    ("5%", "5%"),
    ("12.5 %", "12.5%"),
    ("1.5e9 tokens", "1500000000 tokens"),
    ("1.5B tokens", "1500000000 tokens"),
    ("14.8T tokens", "14800000000000 tokens"),
    ("2M samples", "2000000 samples"),
    ("+3 steps", "3 steps"),
    (" rest ", "rest"),
    ("1e-30 epochs", "0.000000000000000000000000000001 epochs"),
]

REFUSED = [
    (True, "type.bool"),
    (np.bool_(True), "type.bool"),
    (1.0, "duration.unit"),
    (2.5, "duration.unit"),
    (1e300, "duration.unit"),
    (float("nan"), "duration.unit"),
    (float("inf"), "duration.unit"),
    (None, "duration.type"),
    ([1], "duration.type"),
    (-1, "number.range"),
    (-(10**5000), "number.range"),
    (10**5000, "number.range"),
    ("-5 steps", "number.range"),
    ("1e31 tokens", "number.range"),
    ("1e-31 epochs", "number.range"),
    ("1000", "duration.unit"),
    ("2k", "duration.unit"),
    ("10 epoks", "duration.unit"),
    ("3 hours", "duration.unit"),
    ("3G tokens", "duration.suffix"),
    ("", "duration.syntax"),
    ("rest\n", "duration.syntax"),
    ("5 steps\n", "duration.syntax"),
    ("nan steps", "duration.syntax"),
    (".5 epochs", "duration.syntax"),
    ("1_000 steps", "duration.syntax"),
    ("٣ steps", "duration.syntax"),
    ("1" * 101, "duration.syntax"),
]


@pytest.mark.parametrize(("written", "text"), READ, ids=label)
def test_a_duration_reads_and_writes_back(written: object, text: str) -> None:
    duration = Duration.parse(written)
    assert str(duration) == text
    assert Duration.parse(duration.to_json()) == duration


@pytest.mark.parametrize(("written", "code"), REFUSED, ids=label)
def test_what_is_no_duration_is_refused_with_its_code(written: object, code: str) -> None:
    with pytest.raises(SpecError) as caught:
        Duration.parse(written)
    assert caught.value.code == code
    assert len(str(caught.value)) < 500


def test_an_unknown_unit_names_the_nearest() -> None:
    with pytest.raises(SpecError, match=r"Did you mean 'epochs'\?"):
        Duration.parse("10 epoks")


def test_a_duration_that_no_text_can_hold_is_refused() -> None:
    with pytest.raises(SpecError, match="decimals"):
        Duration.parse(Duration(Fraction(1, 3), "epochs"))


@given(
    st.decimals(min_value=0, max_value=10**30, places=12, allow_nan=False, allow_infinity=False),
    st.sampled_from(["steps", "epochs", "samples", "tokens", "%"]),
)
def test_every_decimal_duration_survives_its_text(amount: object, unit: str) -> None:
    duration = Duration.parse(f"{amount:f} {unit}")
    assert Duration.parse(duration.to_json()) == duration
    assert Duration.parse(str(duration)) == duration


@given(st.integers(0, 10**12), st.integers(1, 10**6), st.integers(1, 10**6))
def test_a_clock_converts_exactly(amount: int, per_epoch: int, per_step: int) -> None:
    clock = Clock(steps_per_epoch=per_epoch, tokens_per_step=per_step)
    assert clock.steps(Duration(Fraction(amount), "epochs"), None, "") == amount * per_epoch
    assert clock.steps(Duration(Fraction(amount), "tokens"), None, "") == Fraction(amount, per_step)


def test_a_clock_names_what_it_does_not_know() -> None:
    with pytest.raises(SpecError) as caught:
        Clock().steps(Duration.parse("10 epochs"), None, "total")
    assert (caught.value.code, caught.value.path) == ("units.missing", "total")
    assert "steps_per_epoch" in str(caught.value)


@pytest.mark.parametrize(("steps", "rounded"), [("1/2", 1), ("3/2", 2), ("5/2", 3), ("49/100", 0), ("7", 7)])
def test_halves_round_up(steps: str, rounded: int) -> None:
    assert whole(Fraction(steps)) == rounded

"""`float32` rounds once, as the machine's own conversion does, and has nothing below the normal range."""

from __future__ import annotations

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unisched.plugin import float32

SMALLEST = 2.0**-126
LARGEST = (2.0 - 2.0**-23) * 2.0**127


def converted(value: float) -> float:
    """What the C conversion from double to float gives."""
    number: float = struct.unpack("<f", struct.pack("<f", value))[0]
    return number


@given(st.floats(SMALLEST, LARGEST) | st.floats(-LARGEST, -SMALLEST))
def test_a_number_of_the_normal_range_is_rounded_once(value: float) -> None:
    assert float32(value) == converted(value)


@pytest.mark.parametrize("value", [0.0, 5e-324, 1e-45, math.nextafter(SMALLEST, 0.0), -1e-40])
def test_what_is_below_the_normal_range_is_zero(value: float) -> None:
    assert float32(value) == 0.0


def test_the_smallest_normal_number_is_kept() -> None:
    assert float32(SMALLEST) == converted(SMALLEST) == SMALLEST


def test_what_is_no_number_is_not_made_one() -> None:
    assert math.isnan(float32(math.nan))

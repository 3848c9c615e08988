"""Values: the float32 bits of the host function in every way JAX can run a schedule, and float64 where it is on."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import unisched
from unisched.errors import StepError

TINY = {"kind": "linear", "start": 1e-37, "end": 1e-44, "duration": 40}
SPECS: dict[str, dict[str, Any]] = {
    "constant": {"kind": "constant", "value": 0.3},
    "linear to zero": {"kind": "linear", "start": 0.1, "end": 0, "duration": 41},
    "square root": {"kind": "polynomial", "start": 1e-3, "end": 0, "power": 0.5, "duration": 97},
    "powered and warped cosine": {"kind": "cosine", "start": 2, "end": 1e-5, "power": 1.7, "warp": 0.6, "duration": 77},
    "exponential": {"kind": "exponential", "start": 0.1, "end": 1e-6, "duration": 103},
    "staircase": {"kind": "exponential", "start": 0.1, "rate": 0.97, "every": 7, "staircase": True},
    "inverse root": {"kind": "power_decay", "start": 0.3, "timescale": 13},
    "milestones": {"kind": "piecewise", "points": [[0, 0.1], [30, 0.01], [60, 0.001]], "interpolation": "previous"},
    "warm-up and cosine": {"kind": "warmup_cosine", "peak": 3e-4, "warmup": 10, "end": 1e-6, "duration": 120},
    "cycles": {"kind": "repeat", "period": 29, "times": 4, "curve": {"kind": "sequence", "parts": [
        {"kind": "linear", "start": 0, "end": 1, "duration": 5}, {"kind": "cosine", "end": 0.1, "duration": 24}]}},
    "product": {"kind": "product", "curves": [{"kind": "linear", "start": 0, "end": 1, "duration": 9},
                                              {"kind": "power_decay", "start": 0.7, "timescale": 9}]},
    "below float32": TINY,
}  # fmt: skip
COUNTS = np.arange(130, dtype=np.int32)
MODES: dict[str, Callable[[Any, Any], Any]] = {
    "eager": lambda schedule, counts: [schedule(int(count)) for count in counts],
    "an array at once": lambda schedule, counts: schedule(counts),
    "jit": lambda schedule, counts: [value for f in [jax.jit(schedule)] for value in map(f, counts)],
    "jit of vmap": lambda schedule, counts: jax.jit(jax.vmap(schedule))(counts),
    "scan": lambda schedule, counts: jax.lax.scan(lambda carry, count: (carry, schedule(count)), 0, counts)[1],
}


def schedule_of(spec: dict[str, Any], **keywords: Any) -> Any:
    return unisched.build(spec, "optax", **keywords)


def host(schedules: Any, counts: Sequence[int] | np.ndarray) -> np.ndarray:
    """What the scalar function gives, in float64."""
    function = schedules.program.function()
    return np.array([function(int(count)) for count in counts])


def in_float32(values: np.ndarray) -> np.ndarray:
    return np.where(np.abs(values) < 2.0**-126, 0.0, values).astype(np.float32)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", SPECS)
def test_a_schedule_gives_the_float32_bits_of_the_host_function(name: str, mode: str) -> None:
    schedules = schedule_of(SPECS[name])
    values = np.asarray(MODES[mode](schedules, COUNTS))
    assert values.dtype == np.float32
    np.testing.assert_array_equal(values.view(np.int32), in_float32(host(schedules, COUNTS)).view(np.int32))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", SPECS)
def test_with_x64_on_a_schedule_stays_within_eight_ulp_of_exact_in_float64(name: str, mode: str) -> None:
    with jax.enable_x64(True):
        schedules = schedule_of(SPECS[name])
        values = np.asarray(MODES[mode](schedules, COUNTS))
    assert values.dtype == np.float64
    exact = [schedules.program(int(count), exact=True) for count in COUNTS]
    assert all(abs(value - true) <= 8 * math.ulp(true) for value, true in zip(values.tolist(), exact, strict=True))


@st.composite
def curves(draw: st.DrawFn, depth: int = 2) -> dict[str, Any]:
    value = st.floats(1e-6, 10, allow_subnormal=False)
    length = draw(st.integers(1, 60))
    kinds = ["linear", "cosine", "polynomial", "exponential", "power_decay"]
    match draw(st.sampled_from([*kinds, "sequence", "product", "stair", "repeat"] if depth else kinds)):
        case "sequence":
            parts = draw(st.lists(curves(depth=depth - 1), min_size=2, max_size=4))
            return {"kind": "sequence", "parts": [{"duration": draw(st.integers(1, 60)), **part} for part in parts]}
        case "product":
            return {"kind": "product", "duration": length,
                    "curves": [draw(curves(depth=0)) | {"duration": length} for _ in range(2)]}  # fmt: skip
        case "stair":
            return {"kind": "stair", "every": draw(st.integers(2, 9)), "curve": draw(curves(depth=0))}
        case "repeat":
            curve = draw(curves(depth=0)) | {"duration": length}
            return {"kind": "repeat", "period": length, "times": 3, "curve": curve}
        case "power_decay":
            return {"kind": "power_decay", "start": draw(value), "timescale": length, "duration": length}
        case kind:
            power = {"power": draw(st.sampled_from([0.5, 1.5, 2.0, 3.0]))} if kind == "polynomial" else {}
            return {"kind": kind, "start": draw(value), "end": draw(value), "duration": length} | power


@settings(max_examples=20, deadline=None, derandomize=True, database=None)
@given(curves())
def test_any_program_gives_the_bits_of_the_host_function_in_a_compiled_step(spec: dict[str, Any]) -> None:
    schedules = schedule_of(spec)
    values = np.asarray(MODES["jit of vmap"](schedules, COUNTS))
    np.testing.assert_array_equal(values.view(np.int32), in_float32(host(schedules, COUNTS)).view(np.int32))


def test_x64_from_the_environment_changes_the_precision_and_nothing_else() -> None:
    code = """
import jax, numpy as np, unisched
spec = {"kind": "warmup_cosine", "peak": 0.1, "warmup": 10}
schedules = unisched.build(spec, "optax", total=100)
counts = np.arange(110, dtype=np.int32)
values = jax.jit(jax.vmap(schedules))(counts)
assert values.dtype == np.float64 and values.weak_type, values.aval
assert schedules(3).dtype == np.float64 and schedules(3).weak_type
host = schedules.program(counts)
assert (abs(np.asarray(values) - host) <= 8 * np.spacing(host)).all()
assert (np.asarray(values).astype(np.float32) == host.astype(np.float32)).all()
"""
    environment = {**os.environ, "JAX_ENABLE_X64": "1"}
    command = [sys.executable, "-W", "error", "-c", code]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.int32, np.uint8, np.uint16, np.uint32])
def test_counts_of_every_integer_type_give_the_same_values(dtype: type[np.integer[Any]]) -> None:
    schedules = schedule_of(SPECS["warm-up and cosine"])
    counts = np.arange(120).astype(dtype)
    expected = in_float32(host(schedules, counts))
    np.testing.assert_array_equal(jax.jit(jax.vmap(schedules))(counts), expected)
    np.testing.assert_array_equal(schedules(counts), expected)


@pytest.mark.parametrize("dtype", [np.int64, np.uint64])
def test_with_x64_on_the_largest_64_bit_count_reads_the_held_value(dtype: type[np.integer[Any]]) -> None:
    with jax.enable_x64(True):
        schedules = schedule_of(SPECS["warm-up and cosine"])
        assert float(jax.jit(schedules)(dtype(np.iinfo(dtype).max))) == 1e-6


def test_an_unsigned_count_above_two_to_the_31_is_no_negative_one() -> None:
    schedules = schedule_of({"kind": "power_decay", "start": 1.0, "timescale": 3})
    count = np.uint32(3_000_000_000)
    expected = in_float32(host(schedules, [3_000_000_000]))[0]
    assert jax.jit(schedules)(count) == expected == schedules(count)


@pytest.mark.parametrize("step", [-1, -(2**31)])
def test_a_negative_step_reads_step_0(step: int) -> None:
    schedules = schedule_of({"kind": "warmup_linear", "peak": 1.0, "warmup": 7, "start": 0.25}, total=20)
    assert float(jax.jit(schedules)(jnp.int32(step))) == 0.25
    assert float(schedules(step)) == 0.25


def test_the_largest_count_of_optax_reads_the_held_value() -> None:
    schedules = schedule_of({"kind": "linear", "start": 1.0, "end": 0.125, "duration": 1000})
    assert float(jax.jit(schedules)(jnp.int32(2**31 - 1))) == 0.125


def test_a_run_that_goes_on_reads_its_offset_inside_the_schedule() -> None:
    spec = SPECS["warm-up and cosine"]
    fresh = schedule_of(spec)
    later = schedule_of(spec, state=fresh.program.start().at(37))
    expected = in_float32(host(fresh, COUNTS + 37))
    np.testing.assert_array_equal(jax.jit(jax.vmap(later))(COUNTS), expected)
    np.testing.assert_array_equal([later(int(count)) for count in COUNTS], expected)


@pytest.mark.parametrize("count", [1.0, np.float32(1), True, np.bool_(True), "1", None, jnp.asarray(1.0)])
def test_a_count_that_is_no_integer_is_refused(count: object) -> None:
    with pytest.raises(StepError, match="not a whole number"):
        schedule_of(SPECS["constant"])(count)


@pytest.mark.parametrize("count", [1.0, True])
def test_a_count_that_is_no_integer_is_refused_while_tracing(count: object) -> None:
    with pytest.raises(StepError, match="not a whole number"):
        jax.jit(schedule_of(SPECS["linear to zero"]))(count)

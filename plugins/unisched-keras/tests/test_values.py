"""The same float32 bits as the host's value rounded once, however the engine runs the schedule."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from unisched_keras import UnischedSchedule

import unisched
from unisched.errors import StepError

STEPS = [*range(130), 1000, 2**24 + 1, 2**31 - 1]


def test_an_eager_step_gives_the_bits_of_the_host_value(programs, counter, bits, expected_bits):
    for name, program in programs.items():
        schedule = UnischedSchedule(program)
        assert bits([float(schedule(counter(step))) for step in STEPS]) == expected_bits(program, STEPS), name


def test_a_python_int_gives_the_bits_of_the_host_value(programs, bits, expected_bits):
    for name, program in programs.items():
        schedule = UnischedSchedule(program)
        assert bits([float(schedule(step)) for step in STEPS]) == expected_bits(program, STEPS), name


def test_a_compiled_step_gives_the_bits_of_the_host_value(programs, compiler, counter, bits, expected_bits):
    for name, program in programs.items():
        compiled = compiler(UnischedSchedule(program).__call__)
        assert bits([float(compiled(counter(step))) for step in STEPS]) == expected_bits(program, STEPS), name


def test_a_compiled_schedule_that_starts_later_gives_the_bits_of_the_later_steps(
    programs, compiler, counter, bits, expected_bits
):
    for name, program in list(programs.items())[::6]:
        schedule = UnischedSchedule(program, state=program.start().at(77), gradient_accumulation_steps=3)
        compiled = compiler(schedule.__call__)
        expected = expected_bits(program, [77 + step // 3 for step in STEPS])
        assert bits([float(compiled(counter(step))) for step in STEPS]) == expected, name
        assert bits([float(schedule(counter(step))) for step in STEPS]) == expected, name


@pytest.mark.parametrize("dtype", ["int8", "int32", "int64", "uint8", "uint32"])
def test_counters_of_every_width_give_the_same_value(compiler, counter, dtype):
    schedule = UnischedSchedule({"kind": "linear", "start": 1.0, "end": 0.0}, total=128)
    assert float(compiler(schedule.__call__)(counter(96, dtype))) == 0.25
    assert float(schedule(counter(96, dtype))) == 0.25


@pytest.mark.parametrize("wrapped", [-1, -(2**31)])
@pytest.mark.parametrize("offset", [0, 50])
def test_a_counter_that_wrapped_gives_the_value_of_step_0(compiler, counter, wrapped, offset):
    program = unisched.compile({"kind": "linear", "start": 0.75, "end": 0.5}, total=100)
    schedule = UnischedSchedule(program, state=program.start().at(offset), gradient_accumulation_steps=2)
    assert float(compiler(schedule.__call__)(counter(wrapped))) == 0.75
    assert float(schedule(counter(wrapped))) == 0.75


def test_a_late_start_saturates_instead_of_wrapping(compiler, counter):
    program = unisched.compile({"kind": "linear", "start": 0.75, "end": 0.5}, total=100)
    schedule = UnischedSchedule(program, state=program.start().at(2**63 - 1))
    assert float(compiler(schedule.__call__)(counter(2**31 - 1))) == 0.5
    assert float(schedule(counter(2**31 - 1))) == 0.5


@pytest.mark.parametrize("floatx", ["float64", "float32", "bfloat16"])
def test_values_are_float32_whatever_the_default_float_is(compiler, counter, floatx):
    schedule = UnischedSchedule({"kind": "constant", "value": 0.1})
    before = keras.config.floatx()
    keras.config.set_floatx(floatx)
    try:
        values = [schedule(counter(3)), schedule(3), compiler(schedule.__call__)(counter(3))]
    finally:
        keras.config.set_floatx(before)
    assert [keras.backend.standardize_dtype(value.dtype) for value in values] == ["float32"] * 3
    assert {float(value) for value in values} == {float(np.float32(0.1))}


def test_a_value_is_a_scalar(compiler, counter):
    schedule = UnischedSchedule({"kind": "warmup_cosine", "peak": 1, "warmup": 5}, total=10)
    assert tuple(schedule(counter(3)).shape) == ()
    assert tuple(compiler(schedule.__call__)(counter(3)).shape) == ()


@pytest.mark.parametrize("step", [1.0, True, "1", None])
def test_a_step_that_is_no_whole_number_is_refused(step):
    with pytest.raises(StepError, match="not a whole number"):
        UnischedSchedule({"kind": "constant", "value": 0.1})(step)


def test_a_counter_that_is_no_whole_number_is_refused():
    with pytest.raises(StepError, match="not a whole number"):
        UnischedSchedule({"kind": "constant", "value": 0.1})(keras.ops.convert_to_tensor(1.5))


def test_a_compiled_counter_that_is_no_whole_number_is_refused(compiler):
    compiled = compiler(UnischedSchedule({"kind": "constant", "value": 0.1}).__call__)
    # TensorFlow and torch wrap what is raised while they trace.
    with pytest.raises(Exception, match="not a whole number"):
        compiled(keras.ops.convert_to_tensor(1.5))

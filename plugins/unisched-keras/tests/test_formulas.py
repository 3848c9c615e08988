"""Formulas and recurrences run inside the compiled step, with the float32 bits of the host."""

from __future__ import annotations

import pytest
from unisched_keras import UnischedSchedule

import unisched
from unisched.errors import UnsupportedError

TOTAL = 1_000_003
STEPS = [*range(60), 1000, 98_001, 500_000, TOTAL - 1]
FORMULAS = [
    "1 - (step / 1000003) ** 2",
    "0.3 + floor(step / 49) * 0.3 - step * 0.3 / 49",
    "(step * 0.1 - step // 10) * 3.0 * 7.0 / 3 / 7",
    "round(step / 2) - ceil(step / 3.5) + abs(50 - step) // 0.1",
    "1e-3 * exp(-step / 77) * (1 + sin(step / 10)) / 2",
    "0.5 * (1 + cos(pi * progress))",
    "tanh(step / 1e4) - tanh(step / 1e9)",
    "log(step) if step > 0 else 10 ** -epoch",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_compiled_formula_gives_the_bits_of_the_host(text, compiler, counter, bits, expected_bits):
    spec = {"kind": "formula", "expression": text}
    program = unisched.compile(spec, total=TOTAL, steps_per_epoch=TOTAL // 5, tokens_per_step=2**22)
    compiled = compiler(UnischedSchedule(program).__call__)
    assert bits([float(compiled(counter(step))) for step in STEPS]) == expected_bits(program, STEPS)


@pytest.mark.parametrize("text", ["value ** 1.0001", "sin(value)"])
def test_a_compiled_recurrence_gives_the_bits_of_the_host(text, compiler, counter, bits, expected_bits):
    warmup = {"kind": "linear", "start": 0, "end": 0.1, "duration": 500}
    program = unisched.compile(
        {"kind": "sequence", "parts": [warmup, {"kind": "recurrence", "next": text}]}, total=15_000
    )
    steps = [*range(0, 15_100, 97), 499, 500, 501, 14_999, 15_000]
    compiled = compiler(UnischedSchedule(program).__call__)
    assert bits([float(compiled(counter(step))) for step in steps]) == expected_bits(program, steps)


def test_a_python_function_is_refused_with_its_place():
    with pytest.raises(UnsupportedError, match=r"schedules\.learning_rate") as caught:
        unisched.build(lambda step: 0.1 / (step + 1), backend="keras")
    assert caught.value.code == "backend.callable"

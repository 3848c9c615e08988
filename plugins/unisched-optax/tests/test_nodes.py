"""Tables, noise and formulas, among curves of other kinds: the float32 bits of the host function, in every mode."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import unisched
from unisched.errors import UnsupportedError
from unisched.formulas.tree import Binary, Choice, Integer, Number, Step, Unary
from unisched.ir import Curve, Exponential, External, Fold, Formula, Noise, Phase, Ramp, Table, Track

FREE, SLOW = Phase(span=1, wrap="free"), Phase(span=7, rate=2, wrap="free")
STEP = Step()
TANH = Binary("*", Number(0.1), Unary("tanh", Binary("/", Binary("+", STEP, Integer(1)), Number(20.0))))
BENT = Choice(Binary("<", STEP, Integer(15)), Binary("*", STEP, Number(1e-3)),
              Unary("sqrt", Binary("/", Integer(1), Binary("-", STEP, Integer(3)))))  # fmt: skip
VALUES = tuple(0.1 * (1 + index) ** 0.3 for index in range(50))
CURVES: dict[str, Curve] = {
    "table": Table(values=VALUES, phase=SLOW),
    "lines": Table(values=VALUES[:9], phase=SLOW, linear=True),
    "long table": Table(values=VALUES * 200, phase=FREE),
    "noise": Noise(std=0.1, seed=42, phase=FREE),
    "bounded noise": Noise(std=0.1, seed=2**63 - 1, phase=Phase(span=3, wrap="free", every=2), limit=0.1),
    "formula": Formula(tree=TANH),
    "formula with a choice": Formula(tree=BENT, offset=5),
}
OTHERS: tuple[Curve, ...] = (
    Ramp(start=0.0, end=0.3, phase=Phase(span=11), shape="cosine"),
    Exponential(value=0.3, to=0.9, of=1.0, phase=Phase(span=5, wrap="free")),
)
COUNTS = np.arange(200, dtype=np.int32)
MODES: dict[str, Callable[[Any, Any], Any]] = {
    "eager": lambda schedule, counts: [schedule(int(count)) for count in counts],
    "jit": lambda schedule, counts: [value for f in [jax.jit(schedule)] for value in map(f, counts)],
    "vmap": lambda schedule, counts: jax.jit(jax.vmap(schedule))(counts),
    "scan": lambda schedule, counts: jax.lax.scan(lambda carry, count: (carry, schedule(count)), 0, counts)[1],
}


def program_of(*curves: Curve) -> unisched.Program:
    """A program of these curves, 20 steps each."""
    given = unisched.compile({"kind": "constant", "value": 0.1})
    track = Track(starts=tuple(range(0, 20 * len(curves), 20)), curves=curves)
    return replace(given, body=replace(given.body, values=(track,)))


INNER = (*OTHERS, CURVES["noise"], CURVES["table"], CURVES["formula"])
PROGRAMS = {name: program_of(curve) for name, curve in CURVES.items()} | {
    "all of them": program_of(*CURVES.values(), *OTHERS),
    "all of them in a cycle": program_of(
        Fold(track=Track(starts=(0, 3, 5, 9, 11), curves=INNER), phase=Phase(span=17, wrap="restart")),
        CURVES["bounded noise"], CURVES["lines"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_schedule_gives_the_float32_bits_of_the_host_function(name: str, mode: str) -> None:
    program = PROGRAMS[name]
    with jax.debug_nans(True), jax.debug_infs(True):
        values = np.asarray(MODES[mode](unisched.build(program, "optax"), COUNTS))
    expected = np.array([program(int(count)) for count in COUNTS]).astype(np.float32)
    np.testing.assert_array_equal(values.view(np.int32), expected.view(np.int32))


def lines_of(length: int) -> int:
    schedule = unisched.build(program_of(Table(values=VALUES * length, phase=FREE)), "optax")
    return len(jax.jit(schedule).lower(jnp.int32(3)).as_text().splitlines())


def test_the_graph_does_not_grow_with_the_length_of_a_table() -> None:
    assert lines_of(2) == lines_of(2000)


def test_a_python_function_is_refused_with_the_reason() -> None:
    call = program_of(External(function=float, name="mine"))
    with pytest.raises(UnsupportedError, match="no Python inside a compiled step: schedules") as caught:
        unisched.build(call, "optax")
    assert caught.value.code == "backend.callable"


def test_feedback_is_refused_with_the_path() -> None:
    document = {"kind": "product", "curves": [0.1, {"kind": "plateau", "monitor": "loss"}]}
    with pytest.raises(UnsupportedError, match=r"no feedback: schedules\.learning_rate depends on a metric") as caught:
        unisched.build(document, "optax")
    assert caught.value.code == "backend.feedback"

"""What a careful reader would ask about: remarks on values, at the step they are about, and none without reason."""

from __future__ import annotations

import pytest

from unisched import normalise
from unisched.formulas.tree import Binary, Integer, Step, Unary
from unisched.ir import Constant, Exponential, Formula, Phase, Ramp, Signal, Track, Value, constant
from unisched.lint import Note, notes
from unisched.sampling import samples

LR = "schedules.learning_rate"
UP = normalise.ramp(0.0, 1.0, Phase(span=10))
DOWN = normalise.ramp(1.0, 0.0, Phase(span=10), shape="cosine")
RATE = normalise.exponential(1.0, 0.5, 1.0, Phase(span=1, wrap="free"))
NOISE = normalise.noise(0.1, 7, Phase(span=1, wrap="free"))
TABLE = normalise.table([0.3, 0.1, 0.9, 0.5], Phase(span=10, wrap="free"))
LATE = normalise.sequence([(0, DOWN), (10, UP)])

NOTED: list[tuple[str, Value, str, int | None, list[str]]] = [
    ("a warm-up from zero", UP, LR, 20, ["value.zero_start"]),
    ("a warm-up from zero that is read once in 5 steps", normalise.stair(UP, 5), LR, 20, ["value.zero_start"]),
    ("a group that is frozen at first", normalise.sequence([(0, constant(0.0)), (5, constant(0.1))]), LR, 20, []),
    ("zero throughout", constant(0.0), LR, 20, []),
    ("zero at the start of another hyperparameter", UP, "schedules.weight_decay", 20, []),
    ("a line down", normalise.ramp(1.0, 0.0, Phase(span=10)), LR, 10, []),
    ("a line down long before the end", normalise.ramp(1.0, 0.0, Phase(span=10)), LR, 20, ["value.zero_end"]),
    ("a line down of another", normalise.ramp(1.0, 0.0, Phase(span=10)), "schedules.weight_decay", 20, []),
    ("a cosine down", DOWN, LR, 10, []),
    ("a cosine up", normalise.ramp(0.5, 1.0, Phase(span=10), shape="cosine"), LR, 20, ["curve.rises"]),
    ("a power up", normalise.ramp(0.5, 1.0, Phase(span=10), power=2.0), LR, 20, ["curve.rises"]),
    ("a power up of another", normalise.ramp(0.5, 1.0, Phase(span=10), power=2.0), "schedules.momentum", 20, []),
    ("a factor of the optimizer's rate that rises", normalise.combine(
        "product", [normalise.base(), normalise.ramp(0.5, 1.0, Phase(span=10), power=2.0)]), LR, 20, []),
    ("a plateau alone after a warm-up", normalise.sequence([(0, UP), (10, normalise.single(Signal(index=0)))]), LR, 20,
     ["value.zero_start", "feedback.bare"]),
    ("a plateau upon a rate", normalise.combine("product", [constant(0.1), normalise.single(Signal(index=0))]), LR, 20,
     []),
    ("a rate that goes on", RATE, LR, 20, ["total.goes_on"]),
    ("a rate without a total", RATE, LR, None, []),
    ("a rate that is held", normalise.hold(RATE, 20), LR, 20, []),
    ("a rate that dies out long before the end", RATE, LR, 10_000, ["value.dies_out"]),
    ("noise that goes on", NOISE, LR, 20, ["total.goes_on"]),
    ("noise on a curve that has ended at 0", normalise.combine("product", [DOWN, NOISE]), LR, 10, []),
    ("a metric that nothing has moved yet", normalise.combine("product", [DOWN, normalise.single(Signal(index=0))]),
     LR, 10, []),
    ("a table that has ended", TABLE, LR, 40, []),
    ("a formula that goes on", normalise.single(Formula(tree=Binary("/", Integer(1), Binary("+", Step(), Integer(1))))),
     LR, 20, ["total.goes_on"]),
    ("a formula that fails later", normalise.single(Formula(tree=Unary("sqrt", Binary("-", Integer(30), Step())))),
     LR, 20, ["total.goes_on"]),
    ("a value that float32 cannot hold", constant(1e-40), LR, 20, ["value.subnormal"]),
    ("a value at the limit of float32", constant(2.0**-126), LR, 20, []),
]  # fmt: skip


@pytest.mark.parametrize(("value", "path", "total", "codes"), [row[1:] for row in NOTED], ids=[row[0] for row in NOTED])
def test_it_is_noted(value: Value, path: str, total: int | None, codes: list[str]) -> None:
    assert [note.code for note in notes(value, path, total)] == codes


def test_a_note_names_the_step_and_reads_as_one_line() -> None:
    (note,) = notes(normalise.ramp(1.0, 1e-40, Phase(span=10)), LR, 20)
    assert "at step 10 the value 1e-40" in note.text
    assert str(note) == f"{LR}: {note.text} [U103 value.subnormal]"
    assert note == Note(note.code, note.path, note.text)


def test_samples_stand_on_both_sides_of_every_boundary_and_of_the_total() -> None:
    assert [step for step, _ in samples(LATE, 100)] == [0, 9, 10, 19, 20, 99, 100]
    assert dict(samples(LATE, None))[10] == 0.0


def test_samples_see_the_turn_of_a_ramp_inside_its_row() -> None:
    track = Track(starts=(0, 50), curves=(Ramp(start=0.0, end=1.0, phase=Phase(span=20)), Constant(value=0.5)))
    assert (20, 1.0) in list(samples(track, None))


def test_a_factor_is_sampled_for_a_base_of_1() -> None:
    assert dict(samples(normalise.combine("product", [normalise.base(), UP]), 20))[20] == 1.0


def test_samples_come_in_order_and_once_each() -> None:
    value = normalise.combine("sum", [LATE, single_step()])
    steps = [step for step, _ in samples(value, 10)]
    assert steps == sorted(set(steps))
    assert steps[0] == 0


def single_step() -> Value:
    return normalise.single(Exponential(value=1.0, to=0.5, of=1.0, phase=Phase(span=1)))


@pytest.mark.parametrize("clock", [{}, {"offset": 7}, {"rate": 3}, {"every": 4, "lead": 1}], ids=str)
def test_samples_of_a_table_meet_its_least_and_its_greatest_value(clock: dict[str, int]) -> None:
    value = normalise.table([0.3, 0.1, 0.9, 0.5], Phase(span=10, wrap="free", **clock))
    assert {0.1, 0.9, 0.5} <= {found for _, found in samples(value, None)}


def test_samples_of_a_table_in_a_cycle_meet_them_too() -> None:
    value = normalise.repeat(TABLE, 40)
    assert {0.1, 0.9} <= {found for _, found in samples(value, None)}

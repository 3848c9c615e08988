"""A value over an array of steps: the scalar function's, in whatever order, type and number the steps come."""

from __future__ import annotations

import math
import tracemalloc
from collections.abc import Callable, Sequence
from random import Random

import mpmath
import numpy as np
import pytest

from unisched import compile as compiled
from unisched.arrays import arrays
from unisched.errors import StepError
from unisched.evaluate import float32_view, numpy_namespace
from unisched.exact import value_at
from unisched.formulas.tree import Binary, Integer, Step, Unary
from unisched.ir import (
    Combine,
    Constant,
    Curve,
    Exponential,
    Fold,
    Formula,
    Noise,
    Phase,
    Power,
    Ramp,
    Table,
    Track,
    Value,
    constant,
)
from unisched.packing import LAST
from unisched.scalar import function

CHUNK = 2**15
MIB = 2**20
WORST = 8


def of(*curves: Curve, length: int = 1000) -> Track:
    return Track(starts=tuple(range(0, length * len(curves), length)), curves=curves)


def plain(span: int = 3000) -> list[Curve]:
    """Curves that take no logarithm: numpy has one of its own for some processors."""
    hold, free = Phase(span=span), Phase(span=span, wrap="free")
    return [
        Ramp(start=0.0, end=0.1, phase=hold),
        Ramp(start=0.1, end=3e-5, phase=hold, shape="cosine"),
        Exponential(value=0.1, to=0.5, of=1.0, phase=free),
        Power(value=0.3, exponent=0.5, phase=free),
        Table(values=(0.1, 0.3, 0.0, 1e-9), phase=free),
        Table(values=(0.1, 0.3, 0.0, 1e-9), phase=free, linear=True),
        Constant(value=0.7),
        Noise(std=0.1, seed=3, phase=Phase(span=1, wrap="free")),
        Formula(tree=Binary("/", Integer(1), Binary("+", Step(), Integer(3)))),
        Fold(track=of(*[Ramp(start=0.0, end=1.0, phase=Phase(span=700))] * 2, length=700),
             phase=Phase(span=900, wrap="restart")),
        Ramp(start=1.0, end=0.0, phase=Phase(span=1100, wrap="restart"), shape="cosine"),
        Ramp(start=1.0, end=0.0, phase=Phase(span=500, rate=3, offset=7, wrap="bounce")),
        Ramp(start=1.0, end=0.0, phase=Phase(span=3000, every=17, lead=5)),
    ]  # fmt: skip


def bent(span: int = 3000) -> list[Curve]:
    hold = Phase(span=span)
    return [
        Ramp(start=0.1, end=0.0, phase=hold, power=2.0),
        Ramp(start=0.0, end=0.1, phase=hold, power=0.5, mirror=True),
        Ramp(start=0.1, end=0.0, phase=hold, shape="cosine", power=1.5),
        Ramp(start=0.1, end=0.0, phase=hold, warp=0.7),
        Exponential(value=1.0, to=0.1, of=1.0, phase=hold, warp=2.0),
        Formula(tree=Unary("exp", Binary("*", Binary("%", Step(), Integer(7)), Integer(-1)))),
    ]


def cycle(*curves: Curve, length: int, span: int, wrap: str = "restart", rate: int = 1, every: int = 1) -> Track:
    phase = Phase.of(span=span, wrap=wrap, rate=rate, every=every)  # type: ignore[arg-type]
    return of(Fold(track=of(*curves, length=length), phase=phase))


PLAIN: dict[str, Value] = {
    **{f"{type(curve).__name__} {index}": of(curve) for index, curve in enumerate(plain())},
    "a warm-up and a cosine": of(plain(1000)[0], plain(199_000)[1]),
    "every kind in long rows": of(*plain(), length=4000),
    "every kind in short rows": of(*plain() * 40, length=37),
    "every kind in rows of one step": of(*plain() * 10, length=1),
    "more rows than are kept ready": of(*[Constant(value=index / 9) for index in range(300)], length=1200),
    "a short cycle": cycle(*plain(40)[:4], length=50, span=210),
    "a cycle longer than a chunk": cycle(*plain(9000)[:6], length=9000, span=60_001),
    "a cycle at another pace": cycle(*plain(40)[:4], length=50, span=2100, rate=3, every=5),
    "a stretched timeline": cycle(*plain(400)[:4], length=500, span=7, wrap="free", rate=2),
    "cycles in cycles": cycle(Fold(track=of(*plain(40)[:3], length=50), phase=Phase(span=170, wrap="restart")),
                              plain(900)[1], length=1700, span=3333),
    "a clip": Combine(op="maximum", parts=(
        Combine(op="minimum", parts=(of(*plain(), length=4000), constant(0.25))), constant(0.01))),
}  # fmt: skip
BENT: dict[str, Value] = {
    **{f"{type(curve).__name__} {index}": of(curve) for index, curve in enumerate(bent())},
    "bent curves in rows": of(*bent(), length=4000),
    "a product": Combine(op="product", parts=(of(*plain(), length=4000), of(*bent() * 9, length=300))),
}
VALUES = PLAIN | BENT

NEAR = np.arange(0, 60_000)
ORDERS: dict[str, np.ndarray] = {
    "contiguous": NEAR,
    "from somewhere on": NEAR + 123_457,
    "sorted with gaps": np.unique(np.random.default_rng(1).integers(0, 200_000, 40_000)),
    "with duplicates": np.repeat(NEAR[:20_000], 3),
    "reversed": NEAR[::-1],
    "random": np.random.default_rng(2).integers(0, 60_000, 40_000),
    "random and far": np.random.default_rng(3).integers(0, 2**40, 40_000),
    "rarely out of order": np.r_[NEAR[:40_000], 7, NEAR[40_000:]],
    "two axes": NEAR.reshape(300, 200).T,
    "every third": NEAR[1::3],
    "unsigned": NEAR.astype(np.uint64),
    "small": np.arange(128, dtype=np.int8),
    "alone": np.array([4001]),
    "none": NEAR[:0],
    "huge": np.array([2**31, 2**32 + 1, 2**53, 2**61]),
}


def float32_bits(values: np.ndarray) -> np.ndarray:
    return np.asarray(float32_view(values, numpy_namespace)).astype(np.float32).view(np.int32)


def ulps(found: np.ndarray, expected: np.ndarray) -> float:
    normal = np.abs(expected) > 1e-290
    return float(np.max(np.abs(found - expected)[normal] / np.spacing(np.abs(expected[normal])), initial=0.0))


def sample(steps: np.ndarray) -> np.ndarray:
    """Places in an array of steps: both ends, both sides of each chunk's and row's border, and some between."""
    size = steps.size
    edges = [0, 1, 36, 37, 38, 999, 1000, 1001, *range(3998, 4003), CHUNK - 1, CHUNK, CHUNK + 1, size - 2, size - 1]
    places = [place for place in edges if 0 <= place < size] + list(range(0, size, max(1, size // 150)))
    return np.unique(np.array(places, np.int64))


def distance(value: Value, steps: np.ndarray, evaluate: Callable[[np.ndarray], np.ndarray]) -> tuple[int, float]:
    """Give in how many float32 bits an evaluation differs from the scalar function, and by how many ulp of float64."""
    places, scalar = sample(steps), function(value)
    found = evaluate(steps)
    assert (found.shape, found.dtype) == (steps.shape, np.dtype(np.float64))
    expected = np.array([scalar(step) for step in steps.ravel()[places].tolist()])
    here = found.ravel()[places]
    return int((float32_bits(here) != float32_bits(expected)).sum()), ulps(here, expected)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("name", VALUES)
def test_steps_in_any_order_give_the_scalar_function_s_float32_bits_and_float64_within_2_ulp(
    name: str, order: str
) -> None:
    off, ulp = distance(VALUES[name], ORDERS[order], arrays(VALUES[name]))
    assert off == 0
    assert ulp <= (2 if name in PLAIN else WORST)


@pytest.mark.parametrize("order", ["contiguous", "reversed", "random"])
def test_lines_levels_and_inverse_powers_have_the_scalar_function_s_float64_bits(order: str) -> None:
    curves = [curve for curve in plain() if isinstance(curve, Constant | Table | Power)]
    value = of(
        *curves, *[curve for curve in plain() if isinstance(curve, Ramp) and curve.shape == "linear"], length=999
    )
    assert distance(value, ORDERS[order], arrays(value)) == (0, 0.0)


LATE: dict[str, Callable[[Value], Callable[[np.ndarray], np.ndarray]]] = {
    "a step late": lambda value: lambda steps: arrays(value)(np.maximum(steps - 1, 0)),
    "a row late": lambda value: lambda steps: arrays(value)(np.maximum(steps - (steps % 4000 == 0), 0)),
    "in float32": lambda value: lambda steps: arrays(value)(steps).astype(np.float32).astype(np.float64),
}  # fmt: skip


@pytest.mark.parametrize("how", LATE)
def test_a_wrong_evaluation_is_seen(how: str) -> None:
    value = VALUES["every kind in long rows"]
    off, ulp = distance(value, NEAR, LATE[how](value))
    assert ulp > 1000
    assert off > 0 or how == "in float32"


@pytest.mark.parametrize("name", VALUES)
def test_a_value_does_not_depend_on_the_steps_around_it(name: str) -> None:
    evaluate, mixing = arrays(VALUES[name]), np.random.default_rng(4)
    whole = evaluate(NEAR)
    order = mixing.permutation(NEAR.size)
    assert (evaluate(NEAR[order]) == whole[order]).all()
    for begin, end in ((0, 1), (3990, 4010), (CHUNK - 5, CHUNK + 5), (17, 50_000)):
        assert (evaluate(NEAR[begin:end]) == whole[begin:end]).all()
    assert (evaluate(NEAR[::999]) == whole[::999]).all()


@pytest.mark.parametrize("name", VALUES)
def test_values_over_arrays_are_close_to_the_exact_ones(name: str) -> None:
    value = VALUES[name]
    places = np.array(sorted(Random(5).sample(range(60_000), 60)))
    expected = np.array([value_at(value, step) for step in places.tolist()])
    found = arrays(value)(NEAR)[places]
    assert (float32_bits(found) == float32_bits(expected)).all()
    assert ulps(found, expected) <= WORST


@pytest.mark.parametrize("total", [100_000, 10**7, 10**12])
def test_a_long_schedule_is_close_to_the_curve_in_many_digits(total: int) -> None:
    program = compiled({"kind": "warmup_cosine", "peak": 0.1, "warmup": 1000}, total=total)
    places = [1, 500, 999, 1000, 1001, total // 3, total // 2, total - 2, total - 1, total, total + 1]
    found = program(np.array(places))
    with mpmath.workprec(300):
        expected = [by_definition(step, total) for step in places]
    assert ulps(found, np.array(expected)) <= WORST
    assert (float32_bits(found) == float32_bits(np.array(expected))).all()
    assert found[-2:].tolist() == [0.0, 0.0]


def by_definition(step: int, total: int) -> float:
    if step < 1000:
        return float(mpmath.mpf(0.1) * step / 1000)
    across = mpmath.mpf(min(step, total) - 1000) / (total - 1000)
    return float(mpmath.mpf(0.1) * (1 + mpmath.cos(mpmath.pi * across)) / 2) if across < 1 else 0.0


@pytest.mark.parametrize("name", VALUES)
def test_ends_and_borders_are_exact(name: str) -> None:
    value = VALUES[name]
    track = value if isinstance(value, Track) else of(Constant(value=1.0))
    starts = np.array(track.starts[: 2 * CHUNK // 10])
    scalar, found = function(track), arrays(track)(np.arange(int(starts[-1]) + 2))
    assert np.isfinite(found).all()
    assert found[starts].tolist() == [scalar(start) for start in starts.tolist()]


def test_a_step_past_64_bits_in_a_cycle_at_a_quick_pace_saturates_as_in_traced_text() -> None:
    value = cycle(*plain(40)[:4], length=50, span=2101, rate=2**40)
    found = arrays(value)(np.array([0, 5, 2**21, LAST]))
    assert found[:3].tolist() == arrays(value)(np.array([0, 5, 2**21])).tolist()
    assert found[:3].tolist() == [function(value)(step) for step in (0, 5, 2**21)]
    assert math.isfinite(found[3])


@pytest.mark.parametrize("place", [0, 5, CHUNK, 2 * CHUNK + 9])
def test_a_growth_past_the_float_range_names_its_step_wherever_it_stands(place: int) -> None:
    growth = Exponential(value=1.0, to=2.0, of=1.0, phase=Phase(span=1, wrap="free"))
    value = Track(starts=(0, 10), curves=(Constant(value=1.0), growth))
    steps = np.zeros(3 * CHUNK, np.int64)
    steps[place] = 5010
    with pytest.raises(StepError, match="step 5010 "):
        arrays(value)(steps)


@pytest.mark.parametrize("kind", [bool, np.float32, np.complex128, object])
def test_steps_that_are_no_whole_numbers_are_refused(kind: type) -> None:
    with pytest.raises(StepError, match="no whole numbers") as caught:
        arrays(constant(1.0))(np.zeros(3, kind))
    assert caught.value.code == "step.type"


def peak_of(run: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        run()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "name", ["a warm-up and a cosine", "every kind in short rows", "cycles in cycles", "a product"]
)
def test_little_memory_is_taken_besides_the_result(name: str) -> None:
    steps, evaluate = np.arange(2_000_000), arrays(VALUES[name])
    assert peak_of(lambda: evaluate(steps)) < steps.nbytes + 8 * MIB
    assert peak_of(lambda: np.cos(steps) + np.sin(steps)) > steps.nbytes + 8 * MIB


def test_a_program_prepares_its_arrays_once_and_stays_what_it_was() -> None:
    spec = {"schedules": {"learning_rate": {"kind": "linear", "start": 1, "end": 0}, "momentum": 0.9}}
    program, fresh = compiled(spec, total=40), compiled(spec, total=40)
    first = program(np.arange(50))
    prepared = dict(program._evaluators.arrays)
    assert program(np.arange(50)).tolist() == first.tolist()
    assert program._evaluators.arrays == prepared
    assert program(np.arange(3), "momentum").tolist() == [0.9] * 3
    assert program == fresh
    assert hash(program) == hash(fresh)


def test_the_values_that_were_given_out_are_the_caller_s_own() -> None:
    groups = {"head": {"learning_rate": {"scale": 0.5}}}
    document = {"schedules": {"learning_rate": {"kind": "linear", "start": 1, "end": 0}}, "groups": groups}
    program = compiled(document, total=4)
    for group in (None, "head"):
        whole = program(np.arange(4), group=group)
        kept = whole.tolist()
        whole[:] = 7.0
        assert program(np.arange(4), group=group).tolist() == kept


def levels(numbers: Sequence[float]) -> Value:
    return cycle(*[Constant(value=number) for number in numbers], length=3, span=10)


def test_a_cycle_kept_as_a_table_is_not_the_caller_s_to_change() -> None:
    evaluate = arrays(levels([0.1, 0.2, 0.3]))
    evaluate(np.arange(30))[:] = 9.0
    assert evaluate(np.arange(12)).tolist() == [0.1] * 3 + [0.2] * 3 + [0.3] * 4 + [0.1] * 2


def test_calls_keep_no_more_than_the_first_did() -> None:
    parts = [{"kind": "recurrence", "start": 1 + i, "next": "0.999 * value", "duration": 1200} for i in range(100)]
    program, steps = compiled({"kind": "sequence", "parts": parts}), np.arange(1200 * 100)
    program(steps)
    tracemalloc.start()
    try:
        program(steps)
        kept, _ = tracemalloc.get_traced_memory()
        for _ in range(3):
            program(steps)
        assert tracemalloc.get_traced_memory()[0] < kept + 200_000
    finally:
        tracemalloc.stop()

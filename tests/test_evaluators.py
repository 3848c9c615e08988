"""The closed set of curves x every wrap x every evaluator: scalar, arrays and traced agree with exact."""

from __future__ import annotations

import math
import sys
import typing
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from functools import reduce
from random import Random

import numpy as np
import pytest

from unisched.arrays import arrays
from unisched.errors import BindingError, SpecError, StepError, UnsupportedError
from unisched.evaluate import float32_view, numpy_namespace, traced
from unisched.exact import curve_at, value_at
from unisched.formulas.tree import Binary, Choice, Integer, Number, Step, Unary
from unisched.ir import (
    OPERATIONS,
    Base,
    Combine,
    Constant,
    Curve,
    Exponential,
    External,
    Fold,
    Formula,
    Noise,
    Operator,
    Phase,
    Power,
    Ramp,
    Shape,
    Signal,
    Table,
    Track,
    Value,
    Wrap,
    constant,
    rows,
)
from unisched.namespace import Namespace
from unisched.packing import LAST, pack
from unisched.scalar import function

WORST = 8
WRAPS: tuple[Wrap, ...] = typing.get_args(Wrap)
SHAPES: tuple[Shape, ...] = typing.get_args(Shape)
OPERATORS: tuple[Operator, ...] = typing.get_args(Operator)
SPANS = (1, 3, 7, 41, 1000, 10**9 + 7)
EDGES = ((0.0, 3e-4), (3e-4, 0.0), (5e-7, 2.0))
WALLS = (2**24, 2**24 + 1, 2**31 - 2, 2**31 - 1)
RANDOM_VALUES = 60

BODY = Track(
    starts=(0, 3, 40),
    curves=(
        Ramp(start=0.0, end=1.0, phase=Phase(span=3)),
        Ramp(start=1.0, end=0.0, phase=Phase(span=30), shape="cosine"),
        Exponential(value=0.5, to=0.9, of=1.0, phase=Phase(span=5, wrap="free")),
    ),
)


def phases(wrap: Wrap, span: int) -> Iterator[Phase]:
    yield Phase.of(span=span, wrap=wrap)
    yield Phase.of(span=span, wrap=wrap, rate=3, offset=span // 3)
    yield Phase.of(span=span, wrap=wrap, every=5, lead=2)
    yield Phase.of(span=span, wrap=wrap, rate=2, offset=1, every=41)


def constants(phase: Phase) -> Iterator[Curve]:
    yield Constant(value=1.0 / phase.span)


def ramps(phase: Phase) -> Iterator[Curve]:
    for shape in SHAPES:
        for start, end in EDGES:
            yield Ramp(start=start, end=end, phase=phase, shape=shape)
            for power in (0.5, 1.5, 2.0):
                yield Ramp(start=start, end=end, phase=phase, shape=shape, power=power)
                yield Ramp(start=start, end=end, phase=phase, shape=shape, power=power, mirror=True)
            if phase.wrap == "hold":
                yield Ramp(start=start, end=end, phase=phase, shape=shape, warp=0.7)
                yield Ramp(start=start, end=end, phase=phase, shape=shape, warp=2.0)
        if phase.wrap == "hold":
            yield Ramp(start=1.0, end=0.0, phase=phase, shape=shape, warp=1.5, power=1.5)


def exponentials(phase: Phase) -> Iterator[Curve]:
    yield Exponential(value=3e-4, to=0.1, of=1.0, phase=phase)
    yield Exponential(value=1.0, to=0.997, of=1.3, phase=phase)
    if phase.wrap == "hold":
        yield Exponential(value=1.0, to=1e-30, of=1.0, phase=phase)
        yield Exponential(value=1e-3, to=2.0, of=1e-3, phase=phase)
        yield Exponential(value=1.0, to=0.1, of=1.0, phase=phase, warp=2.0)
        yield Exponential(value=1.0, to=0.1, of=1.0, phase=phase, warp=0.5)


def powers(phase: Phase) -> Iterator[Curve]:
    for exponent in (0.5, 1.0, 2.0, 0.77):
        yield Power(value=3e-4, exponent=exponent, phase=phase)


def tables(phase: Phase) -> Iterator[Curve]:
    for linear in (False, True):
        yield Table(values=LEVELS, phase=phase, linear=linear)
        yield Table(values=(0.3,), phase=phase, linear=linear)
        yield Table(values=(0.1, 0.0), phase=phase, linear=linear)


def formulas(phase: Phase) -> Iterator[Curve]:
    for tree in TREES:
        yield Formula(tree=tree, offset=phase.offset)


def noises(phase: Phase) -> Iterator[Curve]:
    yield Noise(std=0.1, seed=42, phase=phase)
    yield Noise(std=0.1, seed=43, limit=0.05, phase=phase)
    yield Noise(std=1e-9, seed=2**63 - 1, phase=phase)


def folds(phase: Phase) -> Iterator[Curve]:
    yield Fold(track=BODY, phase=phase)
    twice = Track(starts=(0, 2), curves=(Constant(value=0.25), Fold(track=BODY, phase=Phase(span=11, wrap="restart"))))
    yield Fold(track=twice, phase=phase)


STEP = Step()
TREES = (
    Binary("/", Integer(1), Binary("+", STEP, Integer(3))),
    Choice(Binary("<", STEP, Integer(40)), Binary("*", STEP, Number(1e-3)),
           Unary("sqrt", Binary("+", STEP, Integer(1)))),
    Unary("exp", Binary("*", Binary("%", STEP, Integer(7)), Number(-0.3))),
    Binary("**", Binary("+", STEP, Number(1.5)), Number(-0.7)),
)  # fmt: skip
LEVELS = (0.1, 0.3, 0.2, 0.0, 1e-9, 0.7, 3e-4, 1.0)
EXAMPLES: dict[type, tuple[Callable[[Phase], Iterator[Curve]], tuple[Wrap, ...]]] = {
    Constant: (constants, WRAPS),
    Ramp: (ramps, ("hold", "restart", "bounce")),
    Exponential: (exponentials, ("hold", "free")),
    Power: (powers, ("hold", "free")),
    Table: (tables, ("free",)),
    Formula: (formulas, WRAPS),
    Noise: (noises, ("free",)),
    Fold: (folds, ("free", "restart")),
}
ELSEWHERE = {Base, External, Signal}
"""The curves that need more than the step, or more than an array library: each has tests of its own below."""
CURVES = [curve for curve in typing.get_args(Curve) if curve not in ELSEWHERE]
CASES = [(curve, wrap, span) for curve in CURVES for wrap in EXAMPLES[curve][1] for span in SPANS]


def examples(curve: type, wrap: Wrap, span: int) -> Iterator[Track]:
    make, _ = EXAMPLES[curve]
    for phase in phases(wrap, span):
        for example in make(phase):
            yield Track(starts=(0,), curves=(example,))


def steps_around(value: Value, random: Random) -> list[int]:
    """Give steps at, next to and between the boundaries of a value, and far past its end."""
    edges = {0, *WALLS}
    for start, curve in rows(value):
        length = getattr(getattr(curve, "phase", None), "span", 0)
        edges |= {start, start + length, start + 2 * length, start + length // 2, start + length // 3}
    near = {edge + by for edge in edges for by in (-2, -1, 0, 1, 2)}
    between = {random.randint(0, 4 * max(edges - set(WALLS)) + 9) for _ in range(6)}
    return sorted(step for step in near | between if 0 <= step < 2**31)


def ulps(left: np.ndarray, right: np.ndarray) -> float:
    """Give the largest distance in units of the last place of `right`; subnormal ones count as equal."""
    normal = np.abs(right) > 1e-290
    return float(np.max(np.abs(left - right)[normal] / np.spacing(np.abs(right[normal]) / 2) / 2, initial=0.0))


def float32_bits(values: np.ndarray) -> np.ndarray:
    return np.asarray(float32_view(values, numpy_namespace)).astype(np.float32).view(np.int32)


def evaluations(value: Value, steps: list[int]) -> dict[str, np.ndarray]:
    scalar, trace = function(value), traced(value, numpy_namespace)
    return {
        "exact": np.array([value_at(value, step) for step in steps]),
        "scalar": np.array([scalar(step) for step in steps]),
        "arrays": arrays(value)(np.array(steps)),
        "traced": np.array([trace(np.array(step)) for step in steps[::7]]),
    }


def test_every_curve_of_the_closed_set_has_examples() -> None:
    assert set(EXAMPLES) == set(typing.get_args(Curve)) - ELSEWHERE


@pytest.mark.parametrize("curve", EXAMPLES)
def test_every_wrap_that_a_curve_allows_has_examples(curve: type) -> None:
    for wrap in set(WRAPS) - set(EXAMPLES[curve][1]):
        with pytest.raises(SpecError) as caught:
            list(examples(curve, wrap, 7))
        assert caught.value.code == "ir.invariant"


@pytest.mark.parametrize(("curve", "wrap", "span"), CASES)
def test_every_evaluator_gives_the_same_float32_bits_and_float64_within_8_ulp(
    curve: type, wrap: Wrap, span: int
) -> None:
    random = Random(span)
    for value in examples(curve, wrap, span):
        found = evaluations(value, steps_around(value, random))
        found["exact, some"] = found["exact"][::7]
        for name, reference in (("scalar", "exact"), ("arrays", "exact"), ("traced", "exact, some")):
            assert ulps(found[name], found[reference]) <= WORST, (name, value)
            assert (float32_bits(found[name]) == float32_bits(found[reference])).all(), (name, value)


def bent(start: float, end: float, span: int, shape: Shape, **exponents: float) -> Ramp:
    mirror = exponents.pop("mirror", 0.0) > 0
    return Ramp(start=start, end=end, phase=Phase(span=span), shape=shape, mirror=mirror, **exponents)


WHERE_ROUNDINGS_ADD_UP: dict[str, tuple[Curve, int]] = {
    "a cosine squared": (bent(0.0003, 0.0, 2234656, "cosine", power=2.0), 2234269),
    "a cosine squared, mirrored": (bent(0.0, 1.5931919140681952, 4155, "cosine", power=2.0, mirror=1.0), 696),
    "a cosine near its middle": (
        bent(1.740576554150448, 0.00038090446864353836, 155495, "cosine", power=1.9), 77421),
    "a cosine of a compiler that joins products and sums": (
        bent(1.46396628992987, 0.0, 1163003108, "cosine", power=1.75), 556176037),
    "a warped cosine": (bent(1.2834109870521697, 0.0, 275562835554, "cosine", warp=0.9), 275560461504),
    "a warped polynomial": (bent(1.6333158185491887, 0.0, 393216, "linear", power=1.99, warp=1.99), 389906),
    "a warped exponential": (
        Exponential(value=1.5637848645146075, to=0.01, of=1.0, phase=Phase(span=5081256233), warp=0.75), 2349419530),
}  # fmt: skip
"""The worst of millions of points, for a formula that rounds quotients and angles before it raises them to a power."""


@pytest.mark.parametrize("name", WHERE_ROUNDINGS_ADD_UP)
def test_where_the_roundings_of_a_curve_add_up_every_evaluator_is_within_6_ulp(name: str) -> None:
    curve, step = WHERE_ROUNDINGS_ADD_UP[name]
    found = evaluations(Track(starts=(0,), curves=(curve,)), [step])
    assert max(ulps(found[way], found["exact"]) for way in ("scalar", "arrays", "traced")) <= 6


def extreme(value: float, rate: float) -> Exponential:
    return Exponential(value=value, to=rate, of=1.0, phase=Phase(span=1, wrap="free"))


def between(start: float, end: float, span: int = 100) -> Exponential:
    return Exponential(value=start, to=end, of=abs(start), phase=Phase(span=span))


SMALLEST, LARGEST = math.ulp(0.0), sys.float_info.max
EXTREMES: dict[str, tuple[Curve, tuple[int, ...]]] = {
    "rise over the whole range": (between(1e-200, 1e200), (1, 50, 99, 100)),
    "rise to the largest float": (between(1e-300, LARGEST), (5, 50, 99, 100, 101)),
    "rise from the smallest float": (between(SMALLEST, LARGEST), (40, 70, 99, 100, 101)),
    "rise in one step": (between(1e-200, LARGEST, 1), (1, 2)),
    "fall over the whole range": (between(LARGEST, 1e-280), (1, 50, 99, 100)),
    "steep growth": (extreme(1e-300, 10.0), (309, 310, 311, 400, 600, 608)),
    "steep growth below zero": (extreme(-1e-300, 10.0), (310, 608)),
    "growth from a subnormal number": (extreme(SMALLEST, 10.0), (50, 310, 400, 631)),
    "steep decay": (extreme(1e300, 0.1), (308, 320, 400, 580)),
    "leaps": (extreme(1e-300, 1e30), (1, 11, 20)),
    "a warp": (
        Exponential(value=1e308, to=1e-200, of=1e308, phase=Phase(span=100), warp=1.0 + 2.0**-52), (1, 50, 99)),
    "an inverse power": (Power(value=1e300, exponent=100.0, phase=Phase(span=1, wrap="free")), (1, 9_999, 99_999)),
}  # fmt: skip


@pytest.mark.parametrize("name", EXTREMES)
def test_a_curve_is_right_wherever_its_value_is_a_float_however_extreme_its_factors(name: str) -> None:
    curve, steps = EXTREMES[name]
    value = Track(starts=(0,), curves=(curve,))
    worst = 1000 if name in ("a warp", "an inverse power") else WORST
    found = evaluations(value, list(steps))
    assert np.abs(found["exact"]).min() > 1e-290
    assert max(ulps(found[name], found["exact"]) for name in ("scalar", "arrays")) <= worst
    with np.errstate(divide="raise", over="raise", invalid="raise"):
        assert ulps(traced(value, numpy_namespace)(np.array(steps)), found["exact"]) <= worst


@pytest.mark.parametrize("name", ["steep growth", "steep growth below zero", "growth from a subnormal number", "leaps"])
def test_a_growth_past_the_float_range_is_refused_on_the_host_and_the_largest_float_in_traced_text(name: str) -> None:
    value = Track(starts=(0,), curves=(EXTREMES[name][0],))
    sign = math.copysign(1.0, function(value)(0))
    for step in (700, 10**9, LAST):
        with pytest.raises(StepError, match=str(step)):
            function(value)(step)
        with pytest.raises(StepError, match=str(step)):
            arrays(value)(np.array([0, step]))
        assert traced(value, numpy_namespace)(np.array(step)) == sign * LARGEST


def test_a_growth_past_the_float_range_is_no_number_even_where_a_factor_is_small() -> None:
    value = Combine(op="product", parts=(Track(starts=(0,), curves=(extreme(1.0, 10.0),)), constant(1e-30)))
    for evaluate in (function(value), lambda step: value_at(value, step), lambda step: arrays(value)(np.array(step))):
        with pytest.raises(StepError, match="step 400 "):
            evaluate(400)


def any_curve(random: Random, depth: int) -> Curve:
    kind = random.choice([curve for curve in CURVES if depth or curve is not Fold])
    make, wraps = EXAMPLES[kind]
    phase = random.choice(list(phases(random.choice(wraps), random.choice(SPANS))))
    if kind is Fold:
        return Fold(track=any_track(random, depth - 1), phase=phase)
    return random.choice(list(make(phase)))


def any_track(random: Random, depth: int) -> Track:
    lengths = [random.choice([1, 2, 50, 3000]) for _ in range(random.choice([0, 1, 2, 6]))]
    starts = tuple(sum(lengths[:index]) for index in range(len(lengths) + 1))
    return Track(starts=starts, curves=tuple(any_curve(random, depth) for _ in starts))


def any_value(random: Random, depth: int = 2) -> Value:
    if depth == 0 or random.random() < 0.5:
        return any_track(random, depth)
    op = random.choice(OPERATORS)
    return Combine(op=op, parts=(any_track(random, depth), any_value(random, depth - 1), any_track(random, 0)))


@pytest.mark.parametrize("seed", range(RANDOM_VALUES))
def test_timelines_folds_and_operators_keep_the_float32_bits(seed: int) -> None:
    random = Random(seed)
    value = any_value(random)
    found = evaluations(value, steps_around(value, random))
    bits = float32_bits(found["exact"])
    assert (float32_bits(found["scalar"]) == bits).all()
    assert (float32_bits(found["arrays"]) == bits).all()
    assert (float32_bits(found["traced"]) == bits[::7]).all()


@pytest.mark.parametrize("op", OPERATORS)
def test_any_number_of_operands_is_taken_from_the_left(op: Operator) -> None:
    ramps = [Ramp(start=0.95 + index % 101 / 1000, end=2.0, phase=Phase(span=7000)) for index in range(2000)]
    parts = tuple(Track(starts=(0,), curves=(ramp,)) for ramp in ramps)
    value = Combine(op=op, parts=parts)
    steps = np.arange(9)
    expected = [reduce(OPERATIONS[op], (function(part)(step) for part in parts)) for step in steps.tolist()]
    assert [function(value)(step) for step in steps.tolist()] == expected
    assert arrays(value)(steps).astype(np.float32).tolist() == np.float32(expected).tolist()
    assert [value_at(value, step) for step in steps.tolist()] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("seed", range(0, RANDOM_VALUES, 10))
def test_a_negative_step_reads_step_0_in_traced_text(seed: int) -> None:
    value = any_value(Random(seed))
    at = traced(value, numpy_namespace)(np.array([-1, -(2**31), -(2**63)]))
    assert (at == function(value)(0)).all()


@pytest.mark.parametrize("seed", range(0, RANDOM_VALUES, 10))
def test_no_branch_divides_by_zero_overflows_or_is_undefined(seed: int) -> None:
    value = any_value(Random(seed))
    with np.errstate(divide="raise", over="raise", invalid="raise"):
        result = traced(value, numpy_namespace)(np.array([-(2**63), -1, 0, 1, 2**31, 2**62, 2**63 - 1]))
    assert np.isfinite(result).all()


@pytest.mark.parametrize("wrap", ["hold", "restart", "bounce"])
@pytest.mark.parametrize("rate", [1, 3, 2**20, 2**44 + 1, 2**61])
def test_phases_saturate_instead_of_leaving_64_bits(wrap: Wrap, rate: int) -> None:
    phase = Phase.of(span=3**7, rate=rate, offset=5, every=7, lead=3, wrap=wrap)
    value = Track(starts=(0,), curves=(Ramp(start=1.0, end=0.0, phase=phase),))
    steps = np.array([0, 1, 3, 4, 100, 2**31 - 1])
    expected = [function(value)(int(step)) for step in steps]
    assert (arrays(value)(steps) == expected).all()
    assert 0.0 <= arrays(value)(np.array([2**63 - 1]))[0] <= 1.0


def test_a_decay_ends_at_exactly_its_end() -> None:
    for shape in SHAPES:
        for span in range(1, 200):
            value = Track(
                starts=(0,), curves=(Ramp(start=0.3, end=0.0, phase=Phase(span=span), shape=shape, power=0.5),)
            )
            assert arrays(value)(np.array([span, span + 1, LAST])).tolist() == [0.0, 0.0, 0.0]
            assert [function(value)(step) for step in (span, span + 1, 10**15, 10**40)] == [0.0] * 4


@pytest.mark.parametrize("name", ["int8", "uint8", "int16", "int32", "uint32", "int64", "uint64"])
def test_arrays_take_steps_of_every_integer_type_and_shape(name: str) -> None:
    value = Track(starts=(0, 40), curves=(Constant(value=1.0), Ramp(start=1.0, end=0.0, phase=Phase(span=60))))
    steps = np.arange(120).astype(name).reshape(2, 3, 20)
    result = arrays(value)(steps)
    assert (result.shape, result.dtype) == (steps.shape, np.dtype(np.float64))
    assert result.ravel().tolist() == [function(value)(step) for step in range(120)]


def test_arrays_are_cut_into_chunks_without_a_seam() -> None:
    value = any_value(Random(5))
    steps = np.arange(40_000)
    whole = arrays(value)(steps)
    assert (whole[16_380:16_390] == arrays(value)(steps[16_380:16_390])).all()
    assert arrays(value)(steps[:0]).shape == (0,)
    assert arrays(value)(np.array(7)).shape == ()


def test_steps_beyond_64_bits_read_the_last_one() -> None:
    value = any_value(Random(3))
    assert arrays(value)(np.array([2**64 - 1], np.uint64)) == arrays(value)(np.array([LAST]))


def test_arrays_ignore_how_numpy_is_set_to_treat_underflow() -> None:
    value = Track(starts=(0,), curves=(Exponential(value=1.0, to=0.5, of=1.0, phase=Phase(span=1, wrap="free")),))
    with np.errstate(all="raise"):
        assert arrays(value)(np.array([1, 10_000])).tolist() == [0.5, 0.0]


@pytest.mark.parametrize("name", EXTREMES)
def test_extreme_curves_over_arrays_do_not_raise_however_numpy_is_set(name: str) -> None:
    curve, steps = EXTREMES[name]
    mixed_with_others = Track(starts=(0, 1000), curves=(curve, Ramp(start=1.0, end=0.0, phase=Phase(span=9))))
    inside = np.array([0, *steps, 1000, 1003, LAST])
    with np.errstate(all="raise"):
        found = arrays(mixed_with_others)(inside)
    assert np.isfinite(found).all()
    assert found.tolist() == arrays(mixed_with_others)(inside).tolist()


def test_arrays_refuse_steps_that_are_no_integers() -> None:
    with pytest.raises(StepError, match="float64"):
        arrays(constant(1.0))(np.array([1.0]))


@pytest.mark.parametrize("evaluate", [value_at, lambda value, step: function(value)(step)])
def test_a_growth_above_the_float_range_is_an_error_on_the_host(evaluate: Callable[[Value, int], float]) -> None:
    value = Track(starts=(0,), curves=(Exponential(value=1.0, to=2.0, of=1.0, phase=Phase(span=1, wrap="free")),))
    with pytest.raises(StepError, match="5000"):
        evaluate(value, 5000)
    with pytest.raises(StepError, match="5000"):
        arrays(value)(np.array([3, 5000]))
    clipped = Combine(op="minimum", parts=(value, constant(4.0)))
    assert evaluate(clipped, 10**400) == 4.0
    assert arrays(clipped)(np.array([1, 5000])).tolist() == [2.0, 4.0]


def test_a_sum_above_the_float_range_is_an_error_on_the_host() -> None:
    rise = Track(starts=(0,), curves=(Ramp(start=0.0, end=1.5e308, phase=Phase(span=3)),))
    value = Combine(op="sum", parts=(constant(1.5e308), rise))
    for evaluate in (function(value), lambda step: value_at(value, step), lambda step: arrays(value)(np.array(step))):
        with pytest.raises(StepError, match="step 3 "):
            evaluate(3)


@pytest.mark.parametrize(
    "evaluate", [function, arrays, lambda value: traced(value, numpy_namespace), lambda value: value_at(value, 0)]
)
def test_a_value_that_needs_a_base_asks_for_it(evaluate: Callable[[Value], object]) -> None:
    with pytest.raises(BindingError, match="base=") as caught:
        evaluate(Track(starts=(0,), curves=(Base(),)))
    assert caught.value.code == "base.missing"


EVALUATORS: dict[str, Callable[[Value], object]] = {
    "exact": lambda value: value_at(value, 7),
    "scalar": function,
    "arrays": arrays,
}


@pytest.mark.parametrize("name", EVALUATORS)
def test_a_value_that_depends_on_a_metric_is_refused_where_there_are_no_factors(name: str) -> None:
    signal = Track(starts=(0, 5), curves=(Constant(value=1.0), Signal(index=0)))
    for value in (signal, Track(starts=(0,), curves=(Fold(track=signal, phase=Phase(span=9, wrap="restart")),))):
        with pytest.raises(UnsupportedError, match=r"depends on a metric, .* program\.observed") as caught:
            EVALUATORS[name](value)
        assert caught.value.code == "feedback.unsupported"


def hyperbola(step: int) -> float:
    return 1 / (step + 3)


def test_a_python_function_gives_the_same_bits_to_every_evaluator_on_the_host() -> None:
    call = External(function=hyperbola, name="hyperbola", offset=2)
    body = Track(starts=(0, 4), curves=(Ramp(start=0.0, end=1.0, phase=Phase(span=4)), call))
    value = Track(starts=(0, 20), curves=(Fold(track=body, phase=Phase(span=9, wrap="restart")), call))
    expected = [k % 9 / 4 if k % 9 < 4 else 1 / (k % 9 + 1) for k in range(20)] + [1 / (k - 15) for k in range(20, 50)]
    assert [function(value)(step) for step in range(50)] == expected
    assert [value_at(value, step) for step in range(50)] == expected
    assert arrays(value)(np.arange(50).reshape(5, 10)).ravel().tolist() == expected
    assert arrays(value)(np.array([2**64 - 1], np.uint64)) == function(value)(LAST)


def test_a_python_function_is_not_traced() -> None:
    with pytest.raises(UnsupportedError, match="hyperbola is a Python function") as caught:
        traced(Track(starts=(0,), curves=(External(function=hyperbola, name="hyperbola"),)), numpy_namespace)
    assert caught.value.code == "backend.callable"


@pytest.mark.parametrize(
    "given",
    [None, "0.1", float("nan"), float("inf"), True, 1j, [0.1], 10**400, np.float32(0.1), np.array([0.1, 0.2])],
    ids=repr,
)
def test_what_a_python_function_gives_is_a_finite_number_or_an_error_that_names_the_step(given: object) -> None:
    call = External(function=lambda _: given, name="mine")  # type: ignore[arg-type, return-value]
    for evaluate in (lambda: function(Track(starts=(0,), curves=(call,)))(7), lambda: curve_at(call, 7)):
        with pytest.raises(StepError, match="mine has no value at step 7") as caught:
            evaluate()
        assert caught.value.code == "step.callable"


@pytest.mark.parametrize("given", [0.5, np.float64(0.5), 1, np.int64(1)], ids=repr)
def test_a_python_function_may_give_a_float64_or_a_whole_number(given: float) -> None:
    value = Track(starts=(0,), curves=(External(function=lambda _: given, name="mine"),))
    assert function(value)(7) == float(given)
    assert type(function(value)(7)) is float


def test_a_python_function_that_fails_is_an_error_that_no_host_swallows() -> None:
    value = Track(starts=(0,), curves=(External(function=lambda step: step / "x", name="mine"),))  # type: ignore[operator]
    with pytest.raises(StepError, match=r"mine has no value at step 3 \(TypeError: .*\)") as caught:
        function(value)(3)
    assert isinstance(caught.value.__cause__, TypeError)


@pytest.mark.parametrize("linear", [False, True])
def test_a_table_holds_its_last_value_however_far(linear: bool) -> None:
    value = Track(starts=(0,), curves=(Table(values=LEVELS, phase=Phase(span=2**50, wrap="free"), linear=linear),))
    steps = [2**50 * 7, 2**50 * 7 + 1, 2**61, LAST]
    assert [function(value)(step) for step in steps] == [1.0] * 4
    assert [value_at(value, step) for step in steps] == [1.0] * 4
    assert arrays(value)(np.array(steps)).tolist() == [1.0] * 4


def test_lines_between_the_values_of_a_table_are_the_floats_nearest_to_them() -> None:
    random, span = Random(4), 97
    curve = Table(values=LEVELS, phase=Phase(span=span, wrap="free"), linear=True)
    for _ in range(200):
        index, part = random.randrange(len(LEVELS) - 1), random.randrange(span)
        left, right = Fraction(LEVELS[index]), Fraction(LEVELS[index + 1])
        assert curve_at(curve, index * span + part) == float(left + (right - left) * part / span)


@pytest.mark.parametrize("rate", [1, 3, 2**20, 2**44 + 1])
def test_noise_is_the_same_at_the_largest_counters(rate: int) -> None:
    curve = Noise(std=0.1, seed=5, phase=Phase(span=2, rate=rate, offset=1, wrap="free"))
    value = Track(starts=(0,), curves=(curve,))
    steps = [step for step in (0, 1, 2, 3, 2**31, 2**40, 2**53, 2**62 // rate - 1) if rate * step + 1 < 2**62]
    exact = np.array([value_at(value, step) for step in steps])
    assert ulps(arrays(value)(np.array(steps)), exact) <= WORST
    assert ulps(np.array([function(value)(step) for step in steps]), exact) <= WORST


class Counting:
    """A namespace that counts the operations asked of it."""

    def __init__(self) -> None:
        self.operations = 0

    def __getattr__(self, name: str) -> Callable[..., object]:
        self.operations += 1
        return typing.cast("Callable[..., object]", getattr(numpy_namespace, name))


def operations(value: Value) -> int:
    counting = Counting()
    traced(value, typing.cast("Namespace", counting))(np.array([0, 1]))
    return counting.operations


def mixed(count: int) -> Track:
    phase, free = Phase(span=9), Phase(span=9, wrap="free")
    kinds: list[Curve] = [
        Ramp(start=1.0, end=0.0, phase=phase),
        Ramp(start=0.0, end=1.0, phase=phase, shape="cosine", power=2.0),
        Exponential(value=1.0, to=0.5, of=1.0, phase=free),
        Power(value=1.0, exponent=0.5, phase=free),
        Fold(track=BODY, phase=Phase(span=5, wrap="restart")),
        Noise(std=0.1, seed=count % 7, phase=free),
        Formula(tree=TREES[0]),
    ]
    tables = [Table(values=(0.5, 0.1 * index, 0.2), phase=free, linear=index % 3 == 0) for index in range(count)]
    curves = tuple(tables[index] if index % 8 == 7 else kinds[index % 8] for index in range(count))
    return Track(starts=tuple(range(0, 10 * count, 10)), curves=curves)


def test_the_traced_text_does_not_grow_with_the_number_of_rows() -> None:
    assert operations(mixed(32)) == operations(mixed(1000))


def test_the_traced_text_does_not_grow_with_the_length_of_a_table() -> None:
    def table(count: int) -> Track:
        values = tuple(1 / (index + 1) for index in range(count))
        return Track(starts=(0,), curves=(Table(values=values, phase=Phase(span=1, wrap="free")),))

    assert operations(table(10)) == operations(table(100_000)) < 25


def test_equal_tables_and_equal_formulas_are_held_once() -> None:
    free = Phase(span=3, wrap="free")
    table = Table(values=LEVELS, phase=free)
    kinds = (table, Formula(tree=TREES[0]), replace(table, linear=True), Formula(tree=TREES[1]),
             Formula(tree=TREES[0], offset=9), replace(table, values=LEVELS[1:]))  # fmt: skip
    packed = pack(Track(starts=tuple(range(0, 60, 10)), curves=kinds))
    assert packed.values == [*LEVELS, *LEVELS[1:]]
    assert [tree for tree, _ in packed.formulas] == [TREES[0], TREES[1]]


def test_a_formula_is_read_where_it_has_a_value_only() -> None:
    falls = Formula(tree=Unary("log", Binary("-", Integer(100), STEP)), offset=90)
    grows = Formula(tree=Unary("sqrt", Binary("-", STEP, Integer(50))), offset=60)
    value = Track(starts=(0, 5, 1000), curves=(falls, grows, Noise(std=0.1, seed=1, phase=Phase(span=1, wrap="free"))))
    steps = np.array([0, 4, 5, 999, 1000, 10**9])
    with np.errstate(all="raise", under="ignore"):
        found = traced(value, numpy_namespace)(steps)
    assert ulps(found, np.array([value_at(value, int(step)) for step in steps])) <= WORST


def test_a_lone_row_is_traced_without_a_search() -> None:
    lone = Track(starts=(0,), curves=(Ramp(start=1.0, end=0.0, phase=Phase(span=9)),))
    after = Ramp(start=0.5, end=0.25, phase=Phase(span=9))
    assert operations(lone) < operations(Track(starts=(0, 9), curves=(*lone.curves, after))) / 1.3


def test_ramps_that_divide_by_row_need_no_select_on_the_sign() -> None:
    long, short = (Ramp(start=0.0, end=1.0, phase=Phase(span=span), shape="cosine") for span in (9, 5))
    alike, apart = (Track(starts=(0, 9), curves=(long, other)) for other in (replace(long, end=0.5), short))
    assert operations(apart) < operations(alike)
    steps = np.array([-(2**62), -1, 0])
    for value in (alike, apart):
        assert traced(value, numpy_namespace)(steps).tolist() == [0.0] * 3


def test_the_float32_view_has_no_subnormals() -> None:
    values = np.array([2.0**-126, 2.0**-127, -(2.0**-127), -(2.0**-126), 0.0, 1e-300, 1.0])
    expected = [2.0**-126, 0.0, 0.0, -(2.0**-126), 0.0, 0.0, 1.0]
    assert np.asarray(float32_view(values, numpy_namespace)).tolist() == expected


def test_the_scalar_function_holds_at_any_int() -> None:
    value = Track(starts=(0, 100), curves=(Constant(value=1.0), Ramp(start=1.0, end=0.25, phase=Phase(span=9))))
    assert [function(value)(step) for step in (10**15, 2**62, 10**400)] == [0.25] * 3
    wave = Track(starts=(0,), curves=(Ramp(start=1.0, end=0.0, phase=Phase(span=10, wrap="bounce")),))
    assert function(wave)(20 * 10**30 + 3) == function(wave)(3)


def test_a_wrong_formula_is_caught() -> None:
    value = Track(starts=(0,), curves=(Ramp(start=1.0, end=0.0, phase=Phase(span=1000), shape="cosine"),))
    steps = range(900, 1000)
    naive = np.array([(1 + math.cos(math.pi * step / 1000)) / 2 for step in steps])
    assert ulps(naive, np.array([value_at(value, step) for step in steps])) > WORST

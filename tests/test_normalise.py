"""The laws of the normal form: any nesting equals its naive evaluation, step by step and bit for bit."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from random import Random

import pytest
from hypothesis import given, settings
from strategies import EXPONENTS, FORMULAS, LEVELS, OPERATORS, SHAPES, seeds

from unisched import normalise
from unisched.errors import SpecError
from unisched.exact import curve_at, value_at
from unisched.ir import (
    Base,
    Combine,
    Constant,
    Curve,
    Exponential,
    External,
    Fold,
    Formula,
    Noise,
    Phase,
    Power,
    Ramp,
    Signal,
    Table,
    Track,
    Value,
    bind,
    constant,
    rows,
)
from unisched.normalise import combine, hold, repeat, sequence, shift, single, stair

DEEPEST = 4
STEPS = range(90)
FOLDS: dict[str, Callable[[float, float], float]] = {
    "product": operator.mul, "sum": operator.add, "minimum": min, "maximum": max,
}  # fmt: skip


def _hyperbola(step: int) -> float:
    return 1 / (step + 3)


LINE = normalise.ramp(0.0, 1.0, Phase(span=10))
DOWN = normalise.ramp(1.0, 0.25, Phase(span=20), shape="cosine")
RATE = normalise.exponential(1.0, 0.5, 1.0, Phase(span=7, wrap="free"))
DECAY = normalise.power(1.0, 0.5, Phase(span=9, wrap="free"))
PAIR = sequence([(0, LINE), (10, DOWN)])
PARTS = {"line": LINE, "cosine": DOWN, "rate": RATE, "decay": DECAY, "pair": PAIR, "half": constant(0.5),
         "table": normalise.table(LEVELS, Phase(span=3, wrap="free")), "formula": single(Formula(tree=FORMULAS[0])),
         "noise": normalise.noise(0.1, 7, Phase(span=4, wrap="free")),
         "function": single(External(function=_hyperbola, name="hyperbola"))}  # fmt: skip
TREES = {**PARTS, "product": combine("product", [PAIR, RATE]), "cycle": repeat(PAIR, 25),
         "stairs": stair(PAIR, 3)}  # fmt: skip


@dataclass(frozen=True)
class Tree:
    """A normal form, the function that the words describe, and how many leaves and cuts it was made from."""

    value: Value
    at: Callable[[int], float]
    size: int
    words: str


def leaf(random: Random) -> Tree:
    def numbers() -> tuple[float, float]:
        start, end = random.sample(LEVELS, 2)
        return start, end

    def phase(*wraps: str) -> Phase:
        return Phase.of(span=random.randint(1, 20), wrap=random.choice(wraps))  # type: ignore[arg-type]

    start, end = numbers()
    curves: list[Curve] = [
        Constant(value=start),
        Ramp(start=start, end=end, phase=phase("hold", "restart", "bounce")),
        Ramp(start=start, end=end, phase=phase("hold"), shape=random.choice(SHAPES)),
        Ramp(start=start, end=end, phase=phase("hold"), power=random.choice(EXPONENTS)),
        Exponential(value=start, to=0.5, of=1.0, phase=phase("hold", "free")),
        Power(value=start, exponent=0.5, phase=phase("free")),
        Table(values=(*LEVELS[:4], start, end), phase=phase("free"), linear=random.random() < 0.5),
        Noise(std=0.1, seed=random.randrange(3), phase=phase("free")),
        Formula(tree=random.choice(FORMULAS)),
        External(function=_hyperbola, name="hyperbola"),
    ]
    curve = random.choice(curves)
    return Tree(single(curve), lambda step: curve_at(curve, step), 1, repr(curve))


def tree(random: Random, depth: int) -> Tree:
    if depth == 0 or random.random() < 0.15:
        return leaf(random)
    made: list[Callable[[Random, int], Tree]] = [in_sequence, combined, shifted, on_stairs, repeated, held]
    return random.choice(made)(random, depth - 1)


def in_sequence(random: Random, depth: int) -> Tree:
    parts = [tree(random, depth) for _ in range(random.randint(1, 3))]
    starts = [0, *sorted(random.randint(0, 40) for _ in parts[1:])]

    def naive(step: int) -> float:
        index = max(i for i, start in enumerate(starts) if start <= step)
        return parts[index].at(step - starts[index])

    value = sequence([(start, part.value) for start, part in zip(starts, parts, strict=True)])
    return Tree(value, naive, sum(p.size for p in parts), f"sequence({starts}, {[p.words for p in parts]})")


def combined(random: Random, depth: int) -> Tree:
    op, parts = random.choice(OPERATORS), [tree(random, depth) for _ in range(random.randint(1, 3))]

    def naive(step: int) -> float:
        return reduce(FOLDS[op], [part.at(step) for part in parts])

    return Tree(combine(op, [p.value for p in parts]), naive, sum(p.size for p in parts),
                f"{op}({[p.words for p in parts]})")  # fmt: skip


def shifted(random: Random, depth: int) -> Tree:
    inner, by = tree(random, depth), random.randint(-25, 25)
    return Tree(shift(inner.value, by), lambda step: inner.at(max(step + by, 0)), inner.size + 1,
                f"shift({inner.words}, {by})")  # fmt: skip


def on_stairs(random: Random, depth: int) -> Tree:
    inner, every = tree(random, depth), random.choice([1, 2, 3, 5, 6, 12])
    return Tree(stair(inner.value, every), lambda step: inner.at(step // every * every), inner.size,
                f"stair({inner.words}, {every})")  # fmt: skip


def repeated(random: Random, depth: int) -> Tree:
    inner, period = tree(random, depth), random.randint(1, 30)
    end = random.choice([None, random.randint(1, 80)])

    def naive(step: int) -> float:
        return inner.at(step % period if end is None or step < end else end % period or period)

    return Tree(repeat(inner.value, period, end), naive, inner.size + 1, f"repeat({inner.words}, {period}, {end})")


def held(random: Random, depth: int) -> Tree:
    inner, at = tree(random, depth), random.randint(0, 40)
    return Tree(hold(inner.value, at), lambda step: inner.at(min(step, at)), inner.size + 1,
                f"hold({inner.words}, {at})")  # fmt: skip


def widest(value: Value) -> int:
    return max(map(widest, value.parts)) if isinstance(value, Combine) else sum(1 for _ in rows(value))


@settings(max_examples=250)
@given(seeds())
def test_the_normal_form_equals_the_naive_evaluation_of_the_tree(random: Random) -> None:
    found = tree(random, DEEPEST)
    for step in STEPS:
        assert (value_at(found.value, step) + 0.0).hex() == (found.at(step) + 0.0).hex(), (step, found.words)


@settings(max_examples=250)
@given(seeds())
def test_a_timeline_has_no_more_rows_than_the_tree_has_leaves_and_cuts(random: Random) -> None:
    found = tree(random, DEEPEST)
    assert widest(found.value) <= 3 * found.size, found.words


@settings(max_examples=100)
@given(seeds())
def test_what_is_in_normal_form_stays_as_it_is(random: Random) -> None:
    value = tree(random, DEEPEST).value
    assert sequence([(0, value)]) == value
    assert shift(value, 0) == value
    assert stair(value, 1) == value
    for op in OPERATORS:
        assert combine(op, [value]) == value


@pytest.mark.parametrize("name", TREES)
@pytest.mark.parametrize(("first", "second"), [(0, 0), (1, 2), (5, 20), (13, 0), (40, 40)])
def test_two_shifts_forward_are_one(name: str, first: int, second: int) -> None:
    value = TREES[name]
    assert shift(shift(value, first), second) == shift(value, first + second)


@pytest.mark.parametrize("name", TREES)
def test_a_shift_back_and_forward_is_none(name: str) -> None:
    assert shift(shift(TREES[name], -7), 7) == TREES[name]


@pytest.mark.parametrize("middle", PARTS)
def test_a_sequence_in_a_sequence_is_flat(middle: str) -> None:
    a, b, c = LINE, PARTS[middle], DOWN
    flat = sequence([(0, a), (12, b), (30, c)])
    assert sequence([(0, sequence([(0, a), (12, b)])), (30, c)]) == flat
    assert sequence([(0, a), (12, sequence([(0, b), (18, c)]))]) == flat


def test_empty_and_unreachable_parts_disappear() -> None:
    assert sequence([(0, RATE), (0, LINE), (10, DECAY), (10, DOWN)]) == PAIR
    assert sequence([(0, PAIR), (5, LINE)]) == sequence([(0, LINE), (5, LINE)])


def test_a_hold_after_a_finished_ramp_disappears_only_where_it_changes_nothing() -> None:
    assert sequence([(0, LINE), (10, constant(1.0))]) == LINE
    assert sequence([(0, LINE), (15, constant(1.0))]) == LINE
    assert sequence([(0, LINE), (9, constant(1.0))]) != LINE
    assert sequence([(0, LINE), (10, constant(0.5))]) != LINE


def test_equal_neighbours_merge_and_so_do_rows_that_go_on() -> None:
    assert sequence([(0, constant(0.5)), (3, constant(0.5)), (8, constant(0.5))]) == constant(0.5)
    for name, value in TREES.items():
        assert sequence([(0, value), (4, shift(value, 4)), (11, shift(value, 11))]) == value, name


def test_a_ramp_that_goes_nowhere_is_a_constant_without_a_sign_on_zero() -> None:
    assert normalise.ramp(0.5, 0.5, Phase(span=3)) == constant(0.5)
    assert normalise.ramp(-0.0, 0.0, Phase(span=3)) == constant(0.0)
    assert normalise.exponential(0.5, 2.0, 2.0, Phase(span=3, wrap="free")) == constant(0.5)
    assert normalise.ramp(-0.0, 1.0, Phase(span=3)) == normalise.ramp(0.0, 1.0, Phase(span=3))


def test_a_line_over_its_period_restarts_and_needs_no_fold() -> None:
    assert repeat(LINE, 10) == single(Ramp(start=0.0, end=1.0, phase=Phase(span=10, wrap="restart")))
    assert repeat(constant(0.5), 10) == constant(0.5)
    assert isinstance(repeat(LINE, 9), Track)
    assert [type(curve) for _, curve in rows(repeat(LINE, 9))] == [Fold, Ramp]


@pytest.mark.parametrize("times", [2, 10**3, 10**9, 10**15])
def test_cycles_cost_the_same_rows_however_many(times: int) -> None:
    value = repeat(PAIR, 30, 30 * times)
    assert sum(1 for _ in rows(value)) == 4
    assert value_at(value, 30 * times - 1) == value_at(PAIR, 29)
    assert value_at(value, 30 * times) == value_at(PAIR, 30)


def test_stairs_raise_the_starts_of_rows_to_whole_stairs() -> None:
    assert isinstance(PAIR, Track)
    raised = stair(PAIR, 7)
    assert isinstance(raised, Track)
    assert raised.starts == (0, 14)
    assert stair(constant(0.5), 7) == constant(0.5)
    assert stair(stair(PAIR, 3), 3) == stair(PAIR, 3)
    assert stair(stair(LINE, 3), 6) == stair(LINE, 6)
    assert stair(stair(LINE, 6), 3) == stair(LINE, 6)


def test_a_table_says_its_last_value_once_and_is_a_constant_where_it_says_nothing_else() -> None:
    free = Phase(span=3, wrap="free")
    assert normalise.table([0.1, 0.2, 0.2, 0.2], free) == normalise.table([0.1, 0.2], free)
    assert normalise.table([0.2, 0.1, 0.2], free) != normalise.table([0.2, 0.1], free)
    assert normalise.table([0.3, 0.3], free, linear=True) == normalise.table([0.3], free) == constant(0.3)
    assert normalise.table([0.1, -0.0], free) == normalise.table([0.1, 0.0], free)
    assert shift(normalise.table([0.1, 0.2], free), 3) == constant(0.2)
    assert shift(normalise.table([0.1, 0.2], free), 2) != constant(0.2)


def test_noise_without_deviation_is_one() -> None:
    assert normalise.noise(0.0, 7, Phase(span=1, wrap="free")) == constant(1.0)


def test_a_formula_moves_by_its_offset_and_stands_on_stairs_and_in_cycles_by_a_fold() -> None:
    formula = single(Formula(tree=FORMULAS[0]))
    assert shift(formula, 7) == single(Formula(tree=FORMULAS[0], offset=7))
    for folded in (stair(formula, 5), repeat(formula, 5)):
        assert [type(curve) for _, curve in rows(folded)] == [Fold, Formula]


def test_a_signal_is_what_it_is_on_any_clock_and_stays_what_it_was_where_it_is_held() -> None:
    signal = single(Signal(index=2))
    assert shift(signal, 7) == signal
    assert sequence([(0, signal), (5, signal)]) == signal
    assert hold(signal, 10) == sequence([(0, signal), (10, single(Signal(index=2, held=True)))])
    assert hold(hold(signal, 10), 20) == hold(signal, 10)


@pytest.mark.parametrize("op", ["product", "sum"])
def test_a_neutral_operand_disappears(op: str) -> None:
    neutral = constant({"product": 1.0, "sum": 0.0}[op])
    assert combine(op, [neutral, LINE, neutral]) == LINE  # type: ignore[arg-type]
    assert combine(op, [neutral, neutral]) == neutral  # type: ignore[arg-type]


def test_leading_constants_fold_and_later_ones_stay() -> None:
    assert combine("product", [constant(0.1), constant(0.2), LINE]) == combine("product", [constant(0.1 * 0.2), LINE])
    late = combine("product", [LINE, constant(0.1), constant(0.2)])
    assert isinstance(late, Combine)
    assert len(late.parts) == 3


def test_an_operator_is_flat_on_the_left_and_nested_on_the_right() -> None:
    left = combine("product", [combine("product", [LINE, RATE]), DECAY])
    right = combine("product", [LINE, combine("product", [RATE, DECAY])])
    assert left == Combine(op="product", parts=(LINE, RATE, DECAY))
    assert right == Combine(op="product", parts=(LINE, Combine(op="product", parts=(RATE, DECAY))))


@pytest.mark.parametrize("op", ["minimum", "maximum"])
def test_a_bound_met_twice_counts_once(op: str) -> None:
    assert combine(op, [LINE, RATE, LINE]) == Combine(op=op, parts=(LINE, RATE))  # type: ignore[arg-type]
    assert combine(op, [LINE, LINE]) == LINE  # type: ignore[arg-type]


def test_an_operator_in_one_part_is_lifted_over_the_whole_sequence() -> None:
    value = sequence([(0, LINE), (10, combine("product", [RATE, DECAY]))])
    assert isinstance(value, Combine)
    assert value.op == "product"
    assert value.parts[1] == sequence([(0, constant(1.0)), (10, DECAY)])


@pytest.mark.parametrize("op", ["product", "sum"])
def test_constants_that_leave_the_float_range_are_refused(op: str) -> None:
    with pytest.raises(SpecError) as raised:
        combine(op, [constant(1.5e308), constant(1.5e308)])  # type: ignore[arg-type]
    assert raised.value.code == "range.overflow"


@settings(max_examples=60)
@given(seeds())
def test_a_number_in_the_place_of_the_base_gives_the_bits_of_the_bound_tree(random: Random) -> None:
    value = combine("product", [single(Base()), tree(random, 2).value])
    known = normalise.bound(value, 0.1)
    for step in STEPS:
        assert value_at(known, step) == value_at(bind(value, 0.1), step)

"""The nodes of the intermediate representation: what they refuse to be, and what a phase reads at a step."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import bodies, phases

from unisched.errors import SpecError
from unisched.formulas.tree import Step
from unisched.ir import (
    MOST_ROWS,
    MOST_VALUES,
    Assignment,
    Base,
    Body,
    Combine,
    Constant,
    Exponential,
    External,
    Fold,
    Formula,
    Greedy,
    Noise,
    Phase,
    Plateau,
    Power,
    Ramp,
    Signal,
    Table,
    Target,
    Track,
    bind,
    constant,
    externals,
    needs_base,
    rows,
    tracks,
)

NAN, INF = float("nan"), float("inf")
HOLD, FREE = Phase(span=10), Phase(span=10, wrap="free")
RESTART, BOUNCE = Phase(span=10, wrap="restart"), Phase(span=10, wrap="bounce")
RAMP = Ramp(start=0.0, end=1.0, phase=HOLD)
RATE = Exponential(value=1.0, to=0.5, of=1.0, phase=FREE)
DECAY = Power(value=1.0, exponent=0.5, phase=FREE)
TABLE = Table(values=(0.5, 0.25), phase=FREE)
NOISE = Noise(std=0.1, seed=7, phase=FREE)
SIGNAL = Track(starts=(0,), curves=(Signal(index=0),))
PLATEAU = Plateau(monitor="loss")
GREEDY = Greedy(monitor="loss")
ONE = constant(1.0)
TWICE = Combine(op="product", parts=(ONE, constant(2.0)))
ENTRY = Assignment(target=Target("learning_rate"), value=0)
NODES = [HOLD, Constant(value=1.0), Base(), RAMP, RATE, DECAY, TABLE, NOISE,
         Formula(tree=Step()), External(function=float, name="float"), Signal(index=0), PLATEAU, GREEDY,
         Fold(track=ONE, phase=RESTART), ONE, TWICE, ENTRY,
         Body(values=(ONE,), assignments=(ENTRY,))]  # fmt: skip

REFUSED: dict[str, Callable[[], object]] = {
    "an empty phase": lambda: Phase(span=0),
    "a span above 2^53": lambda: Phase(span=2**53 + 1),
    "a rate of 0": lambda: Phase(span=3, rate=0),
    "a rate above 2^62": lambda: Phase(span=3, rate=2**62 + 1),
    "a negative offset": lambda: Phase(span=3, offset=-1),
    "an offset above 2^62": lambda: Phase(span=3, offset=2**62 + 1, wrap="free"),
    "stairs of 0": lambda: Phase(span=3, every=0),
    "stairs above 2^62": lambda: Phase(span=3, every=2**62 + 1),
    "a negative lead": lambda: Phase(span=3, every=2, lead=-1),
    "a lead of a whole stair": lambda: Phase(span=3, every=2, lead=2),
    "a lead without stairs": lambda: Phase(span=3, lead=1),
    "a phase not in lowest terms": lambda: Phase(span=4, rate=2),
    "an offset of a whole restart": lambda: Phase(span=3, offset=3, wrap="restart"),
    "an offset of a whole bounce": lambda: Phase(span=3, offset=7, wrap="bounce"),
    "a constant that is an int": lambda: Constant(value=1),
    "a constant that is a boolean": lambda: Constant(value=True),
    "a constant that is text": lambda: Constant(value="1"),  # type: ignore[arg-type]
    "a constant that is NaN": lambda: Constant(value=NAN),
    "a constant that is infinite": lambda: Constant(value=INF),
    "a constant of -0.0": lambda: Constant(value=-0.0),
    "a ramp from NaN": lambda: dataclasses.replace(RAMP, start=NAN),
    "a ramp to infinity": lambda: dataclasses.replace(RAMP, end=-INF),
    "a ramp from -0.0": lambda: dataclasses.replace(RAMP, start=-0.0),
    "a ramp that goes nowhere": lambda: dataclasses.replace(RAMP, end=0.0),
    "a ramp of power 0": lambda: dataclasses.replace(RAMP, power=0.0),
    "a ramp of infinite power": lambda: dataclasses.replace(RAMP, power=INF),
    "a ramp of warp 0": lambda: dataclasses.replace(RAMP, warp=0.0),
    "a ramp of warp NaN": lambda: dataclasses.replace(RAMP, warp=NAN),
    "a ramp without an end": lambda: dataclasses.replace(RAMP, phase=FREE),
    "a mirror without a power": lambda: dataclasses.replace(RAMP, mirror=True),
    "a warped ramp that restarts": lambda: dataclasses.replace(RAMP, warp=2.0, phase=RESTART),
    "a warped ramp that bounces": lambda: dataclasses.replace(RAMP, warp=2.0, phase=BOUNCE),
    "an exponential of NaN": lambda: dataclasses.replace(RATE, value=NAN),
    "an exponential to 0": lambda: dataclasses.replace(RATE, to=0.0),
    "an exponential of a negative": lambda: dataclasses.replace(RATE, of=-1.0),
    "an exponential to infinity": lambda: dataclasses.replace(RATE, to=INF),
    "an exponential that goes nowhere": lambda: dataclasses.replace(RATE, to=1.0),
    "an exponential that restarts": lambda: dataclasses.replace(RATE, phase=RESTART),
    "an exponential of warp 0": lambda: dataclasses.replace(RATE, phase=HOLD, warp=0.0),
    "a warped exponential without an end": lambda: dataclasses.replace(RATE, warp=2.0),
    "a power decay of NaN": lambda: dataclasses.replace(DECAY, value=NAN),
    "a power decay of exponent 0": lambda: dataclasses.replace(DECAY, exponent=0.0),
    "a power decay of infinite exponent": lambda: dataclasses.replace(DECAY, exponent=INF),
    "a power decay that bounces": lambda: dataclasses.replace(DECAY, phase=BOUNCE),
    "a table without values": lambda: dataclasses.replace(TABLE, values=()),
    "a table of ints": lambda: dataclasses.replace(TABLE, values=(1, 2)),
    "a table with NaN": lambda: dataclasses.replace(TABLE, values=(1.0, NAN)),
    "a table with -0.0": lambda: dataclasses.replace(TABLE, values=(1.0, -0.0)),
    "a table beyond the limit": lambda: dataclasses.replace(TABLE, values=(0.5,) * (MOST_VALUES + 1)),
    "a table that holds": lambda: dataclasses.replace(TABLE, phase=HOLD),
    "a table that starts over": lambda: dataclasses.replace(TABLE, phase=RESTART),
    "a formula before its start": lambda: Formula(tree=Step(), offset=-1),
    "a formula beyond 2^62": lambda: Formula(tree=Step(), offset=2**62 + 1),
    "an external curve that is no function": lambda: External(function=0.1, name="x"),  # type: ignore[arg-type]
    "an external curve before its start": lambda: External(function=float, name="float", offset=-1),
    "noise without deviation": lambda: dataclasses.replace(NOISE, std=0.0),
    "noise of a negative deviation": lambda: dataclasses.replace(NOISE, std=-0.1),
    "noise beyond 1e300": lambda: dataclasses.replace(NOISE, std=1e301),
    "noise of a negative seed": lambda: dataclasses.replace(NOISE, seed=-1),
    "noise of a seed above 63 bits": lambda: dataclasses.replace(NOISE, seed=2**63),
    "noise of a seed that is a float": lambda: dataclasses.replace(NOISE, seed=1.0),  # type: ignore[arg-type]
    "noise with no room": lambda: dataclasses.replace(NOISE, limit=0.0),
    "noise that holds": lambda: dataclasses.replace(NOISE, phase=HOLD),
    "a signal from before the first controller": lambda: Signal(index=-1),
    "a signal from no controller": lambda: Body(values=(SIGNAL,), assignments=()),
    "a plateau of no metric": lambda: Plateau(monitor=""),
    "a plateau that raises": lambda: dataclasses.replace(PLATEAU, factor=1.5),
    "a plateau that does nothing": lambda: dataclasses.replace(PLATEAU, factor=1.0),
    "a plateau down to 0": lambda: dataclasses.replace(PLATEAU, factor=0.0),
    "a plateau without patience": lambda: dataclasses.replace(PLATEAU, patience=-1),
    "a plateau of half a patience": lambda: dataclasses.replace(PLATEAU, patience=0.5),  # type: ignore[arg-type]
    "a plateau of a negative threshold": lambda: dataclasses.replace(PLATEAU, threshold=-1e-4),
    "a plateau of an infinite threshold": lambda: dataclasses.replace(PLATEAU, threshold=INF),
    "a plateau of a negative cooldown": lambda: dataclasses.replace(PLATEAU, cooldown=-1),
    "a plateau below 0": lambda: dataclasses.replace(PLATEAU, minimum=-0.1),
    "a plateau that takes no value for one": lambda: dataclasses.replace(PLATEAU, rule="optax", accumulation=0),
    "an eps that is not torch's": lambda: dataclasses.replace(PLATEAU, rule="keras", eps=1e-8),
    "an accumulation that is not optax's": lambda: dataclasses.replace(PLATEAU, accumulation=2),
    "a second threshold that is not optax's": lambda: dataclasses.replace(PLATEAU, atol=0.1),
    "greed upside down": lambda: dataclasses.replace(GREEDY, minimum=2.0),
    "greed over no window": lambda: dataclasses.replace(GREEDY, window=0),
    "greed that raises by cutting": lambda: dataclasses.replace(GREEDY, factor=1.1),
    "greed with a negative warmup": lambda: dataclasses.replace(GREEDY, warmup=-1),
    "greed with a negative reset": lambda: dataclasses.replace(GREEDY, reset=-1),
    "a fold that holds": lambda: Fold(track=ONE, phase=HOLD),
    "a fold that bounces": lambda: Fold(track=ONE, phase=BOUNCE),
    "a timeline without rows": lambda: Track(starts=(), curves=()),
    "a timeline with a start too many": lambda: Track(starts=(0, 1), curves=(RAMP,)),
    "a timeline that starts late": lambda: Track(starts=(1,), curves=(RAMP,)),
    "a timeline with a start twice": lambda: Track(starts=(0, 5, 5), curves=(RAMP, RATE, DECAY)),
    "a timeline out of order": lambda: Track(starts=(0, 5, 4), curves=(RAMP, RATE, DECAY)),
    "a row above 2^62": lambda: Track(starts=(0, 2**62 + 1), curves=(RAMP, RATE)),
    "an operator of one": lambda: Combine(op="sum", parts=(ONE,)),
    "an operator that repeats itself on the left": lambda: Combine(op="product", parts=(TWICE, ONE)),
    "a scale that is an int": lambda: Assignment(target=Target("momentum"), value=0, scale=2),
    "a scale that is NaN": lambda: Assignment(target=Target("momentum"), value=0, scale=NAN),
    "a target without a value": lambda: Body(values=(), assignments=(ENTRY,)),
    "a target of value -1": lambda: Body(values=(ONE,), assignments=(dataclasses.replace(ENTRY, value=-1),)),
    "a target assigned twice": lambda: Body(values=(ONE,), assignments=(ENTRY, ENTRY)),
    "an end without a horizon": lambda: Body(values=(ONE,), assignments=(ENTRY,), after="error"),
}


def naive_position(phase: Phase, step: int) -> Fraction:
    """The position in units of the span, read off the words rather than computed with the remainders of ints."""
    standing = max(s for s in range(step + phase.lead + 1) if s % phase.every == 0)
    u = Fraction(phase.rate * standing + phase.offset, phase.span)
    match phase.wrap:
        case "hold":
            return min(u, Fraction(1))
        case "restart":
            return u - (u.numerator // u.denominator)
        case "bounce":
            turn = u.numerator // u.denominator
            return u - turn if turn % 2 == 0 else 1 - (u - turn)
        case "free":
            return u


@pytest.mark.parametrize("case", REFUSED)
def test_an_impossible_node_is_never_built(case: str) -> None:
    with pytest.raises(SpecError) as raised:
        REFUSED[case]()
    assert raised.value.code == "ir.invariant"


def test_a_right_hand_operand_may_repeat_the_operator() -> None:
    assert Combine(op="product", parts=(ONE, TWICE)).parts[1] == TWICE


def test_a_body_holds_at_most_ten_thousand_rows_over_all_values() -> None:
    def lines(count: int) -> Track:
        return Track(starts=tuple(range(count)), curves=tuple(Constant(value=float(i)) for i in range(count)))

    full = (lines(MOST_ROWS - 1), constant(0.5))
    assert len(Body(values=full, assignments=()).values) == 2
    with pytest.raises(SpecError, match="10001 rows, more than 10000") as raised:
        Body(values=(*full, constant(0.25)), assignments=())
    assert raised.value.code == "program.too_large"


def test_the_rows_inside_a_fold_count_as_well() -> None:
    inner = Track(starts=tuple(range(MOST_ROWS)), curves=tuple(Constant(value=float(i)) for i in range(MOST_ROWS)))
    with pytest.raises(SpecError) as raised:
        Body(values=(Track(starts=(0,), curves=(Fold(track=inner, phase=RESTART),)),), assignments=())
    assert raised.value.code == "program.too_large"


def test_a_table_counts_as_one_row_and_all_tables_together_have_a_limit() -> None:
    def table(*values: float) -> Track:
        return Track(starts=(0,), curves=(Table(values=values, phase=FREE),))

    half, rest = (0.5,) * (MOST_VALUES // 2), (0.25,) * (MOST_VALUES // 2)
    assert sum(1 for _ in rows(table(*half))) == 1
    assert len(Body(values=(table(*half), table(*rest)), assignments=()).values) == 2
    with pytest.raises(SpecError, match="1000001 values, more than 1000000") as raised:
        Body(values=(table(*half), table(*rest), table(0.5)), assignments=())
    assert raised.value.code == "program.too_large"


def test_the_python_functions_in_a_value_are_told_by_name() -> None:
    call = Track(starts=(0,), curves=(External(function=float, name="mine"),))
    folded = Track(starts=(0,), curves=(Fold(track=call, phase=RESTART),))
    assert externals(Combine(op="product", parts=(ONE, folded, call))) == ("mine",)
    assert externals(ONE) == ()


@given(phases(), st.integers(0, 400))
def test_a_position_is_the_one_that_fractions_give(phase: Phase, step: int) -> None:
    assert Fraction(phase.position(step), phase.span) == naive_position(phase, step)


@given(phases(), st.integers(0, 100), st.integers(0, 100))
def test_a_shifted_phase_reads_what_the_phase_reads_later(phase: Phase, by: int, step: int) -> None:
    shifted = phase.shifted(by)
    assert Fraction(shifted.position(step), shifted.span) == Fraction(phase.position(step + by), phase.span)


@given(phases(), st.integers(0, 100), st.integers(0, 100))
def test_two_shifts_are_one(phase: Phase, first: int, second: int) -> None:
    assert phase.shifted(first).shifted(second) == phase.shifted(first + second)


@given(phases())
def test_the_canonical_form_is_its_own(phase: Phase) -> None:
    assert Phase.of(**{f.name: getattr(phase, f.name) for f in dataclasses.fields(phase)}) == phase


def test_positions_are_exact_at_any_height() -> None:
    phase = Phase(span=2**53, rate=3, wrap="restart")
    assert phase.position(2**62 + 1) == 3 * (2**62 + 1) % 2**53


@pytest.mark.parametrize("node", NODES, ids=lambda node: type(node).__name__)
def test_a_node_is_frozen_slotted_and_hashable(node: Any) -> None:
    fields = dataclasses.fields(node)
    assert hash(node) == hash(dataclasses.replace(node))
    assert not hasattr(node, "__dict__")
    with pytest.raises((dataclasses.FrozenInstanceError, TypeError)):
        setattr(node, fields[0].name if fields else "value", 1)


@given(bodies())
def test_equal_bodies_have_equal_hashes(body: Body) -> None:
    again = dataclasses.replace(body)
    assert again == body
    assert hash(again) == hash(body)


def test_a_row_is_found_with_its_own_clock() -> None:
    track = Track(starts=(0, 5, 9), curves=(RAMP, RATE, DECAY))
    found = [track.row(step) for step in (0, 4, 5, 8, 9, 10**18)]
    assert found == [(RAMP, 0), (RAMP, 4), (RATE, 0), (RATE, 3), (DECAY, 0), (DECAY, 10**18 - 9)]


def test_timelines_come_from_left_to_right_and_rows_from_inside_folds() -> None:
    fold = Track(starts=(0,), curves=(Fold(track=Track(starts=(0, 3), curves=(RAMP, RATE)), phase=RESTART),))
    value = Combine(op="sum", parts=(ONE, Combine(op="product", parts=(fold, constant(2.0)))))
    assert list(tracks(value)) == [ONE, fold, constant(2.0)]
    assert [start for start, _ in rows(value)] == [0, 0, 0, 3, 0]


def test_a_base_is_bound_wherever_it_stands() -> None:
    based = Track(starts=(0,), curves=(Base(),))
    folded = Track(starts=(0,), curves=(Fold(track=based, phase=RESTART),))
    value = Combine(op="product", parts=(based, folded, ONE))
    assert needs_base(value)
    bound = bind(value, 0.5)
    assert not needs_base(bound)
    assert [curve for _, curve in rows(bound)].count(Constant(value=0.5)) == 2


def test_a_negative_zero_is_bound_as_zero() -> None:
    assert bind(Track(starts=(0,), curves=(Base(),)), -0.0) == constant(0.0)

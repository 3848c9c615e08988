"""Several targets of one value, evaluated together: the bits, and the errors, of each evaluated alone."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from strategies import LEVELS, OPERATORS, bodies

import unisched
from unisched import scalar
from unisched.errors import BindingError, SpecError, StepError
from unisched.ir import (
    Base,
    Body,
    Combine,
    Constant,
    Curve,
    Signal,
    Track,
    Value,
    bind,
    constant,
    exchanged,
    needs_base,
)
from unisched.program import Target

BASE = Track(starts=(0,), curves=(Base(),))
BASES = [0.1, 3e-4, 7.25, -0.0, 0.0, 1e300, -2.0]
STEPS = [0, 1, 2, 7, 40, 1000, 2**40]
FACTORS = [0.5, 0.25, 1.5]


def outcome(evaluate: Callable[[], Any]) -> Any:
    """The bits of what came out, or what was raised."""
    try:
        found = evaluate()
    except StepError as error:
        return str(error)
    return [number.hex() for number in found]


def based(value: Value) -> list[Value]:
    """A value made to depend on the base, in every way in which it can."""

    def leaf(curve: Curve) -> Curve:
        return Base() if isinstance(curve, Constant) else curve

    inside = exchanged(value, leaf)
    beside: list[Value] = [Combine(op=op, parts=(BASE, value)) for op in OPERATORS]
    after: list[Value] = [Combine(op=op, parts=(Combine(op="product", parts=(BASE, value)), constant(level)))
                          for op in OPERATORS[1:] for level in LEVELS[:3]]  # fmt: skip
    last: list[Value] = [Combine(op="sum", parts=(constant(0.5), Combine(op="product", parts=(BASE, value))))]
    return [*([inside] if needs_base(inside) else []), *beside, *after, *last]


@settings(max_examples=60, deadline=None)
@given(bodies())
def test_a_value_spread_over_bases_has_the_bits_that_it_has_for_each(body: Body) -> None:
    random = Random(0)
    for value in body.values:
        for wide in based(value):
            bases = random.sample(BASES, 4)
            spread = scalar.spread(wide, bases, FACTORS)
            alone = [scalar.function(bind(wide, base), FACTORS) for base in bases]
            for step in STEPS:
                assert outcome(lambda: spread(step)) == outcome(lambda: [one(step) for one in alone])  # noqa: B023


def test_the_comparison_notices_a_wrong_bit_and_an_error_that_is_not_raised() -> None:
    assert outcome(lambda: [0.1 + 0.2]) != outcome(lambda: [0.3])
    wide = Combine(op="product", parts=(BASE, constant(1e300)))
    assert "above the float range" in outcome(lambda: scalar.spread(wide, [1.0, 1e300])(0))


@pytest.mark.parametrize("base", [float("nan"), float("inf")])
def test_a_base_that_is_no_number_is_refused_as_it_is_alone(base: float) -> None:
    with pytest.raises(SpecError) as alone:
        scalar.function(bind(BASE, base))
    with pytest.raises(SpecError) as spread:
        scalar.spread(BASE, [1.0, base])
    assert str(spread.value) == str(alone.value)


SCALED: dict[str, Any] = {
    "total": 10,
    "schedules": {"learning_rate": {"base": "optimizer", "curve": {"kind": "cosine", "start": 1, "end": 0.1}}},
    "groups": {f"g{index}": {"learning_rate": {"scale": 1 / (index + 3)}} for index in range(5)},
}


def test_targets_of_one_value_and_several_scales_have_the_bits_of_each() -> None:
    program = unisched.compile(SCALED)
    bases = [0.3 * (index + 1) for index in range(len(program.targets))]
    alone = [program.function(*target, base=base) for target, base in zip(program.targets, bases, strict=True)]
    together = program.spread(program.targets, bases)
    for step in range(12):
        assert outcome(lambda: together(step)) == outcome(lambda: [one(step) for one in alone])  # noqa: B023


def test_targets_without_a_base_and_of_several_scales_have_the_bits_of_each() -> None:
    program = unisched.compile(SCALED, base={"learning_rate": 0.7})
    together = program.spread(program.targets)
    assert together(3) == [program(3, *target) for target in program.targets]


def test_an_end_is_an_end_for_all() -> None:
    program = unisched.compile({**SCALED, "after": "error"})
    together = program.spread(program.targets[:2], [1.0, 2.0])
    assert len(together(9)) == 2
    with pytest.raises(StepError, match="step 10 is past the total of 10"):
        together(10)


def test_what_metrics_have_reached_is_read_anew_at_each_step() -> None:
    value = Combine(op="product", parts=(BASE, Track(starts=(0,), curves=(Signal(index=0, held=False),))))
    factors = [1.0]
    spread = scalar.spread(value, [0.5, 2.0], factors)
    before = spread(3)
    factors[0] = 0.5
    assert (before, spread(3)) == ([0.5, 2.0], [0.25, 1.0])


def test_targets_of_two_values_are_evaluated_each() -> None:
    two = {"learning_rate": {"kind": "linear", "start": 1, "end": 0}, "momentum": 0.9}
    program = unisched.compile({"total": 5, "schedules": two})
    assert program.spread(program.targets)(1) == [0.8, 0.9]


BASED = {"base": "optimizer", "curve": {"kind": "linear", "start": 1, "end": 0}}


def test_bases_and_targets_are_of_one_number() -> None:
    program = unisched.compile(BASED, total=4)
    with pytest.raises(BindingError, match="2 bases for 1 targets"):
        program.spread(program.targets, [0.2, 0.4])


def test_what_cannot_be_read_is_refused_as_it_is_for_one_target() -> None:
    program = unisched.compile(BASED, total=4)
    with pytest.raises(BindingError, match="'momentum' is not scheduled"):
        program.spread([Target("momentum")], [0.2])
    with pytest.raises(BindingError, match=r"learning_rate: is a factor of the optimizer's own value"):
        program.spread(program.targets)
    assert program.spread([])(3) == []

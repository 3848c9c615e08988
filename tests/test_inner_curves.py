"""What dialects alone expand to: tables, curves times a factor, the greedy rule, and waves of any rational length."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any, Final

import mpmath
import pytest

import unisched
from unisched.errors import SpecError, UnsupportedError
from unisched.ir import Greedy, tracks
from unisched.lowering.leaves import wave_leaf
from unisched.lowering.place import Place
from unisched.plugin import Clock, Dialect, DialectCurve, WaveCurve, curve
from unisched.scalar import function
from unisched.spec import dialects
from unisched.spec.inner import GreedyCurve, ScaledCurve, TableCurve

LINE: Final = {"kind": "linear", "start": 1, "end": {"absolute": 0.5}, "duration": 4}


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], unisched.Program]:
    """Compile what a dialect's only kind expands to, upon a base of 2."""

    def of(shown: Any) -> unisched.Program:
        class Shown(DialectCurve):
            """Whatever is shown."""

            kind: str = "shown.Kind"
            gives = "factor"

            def expand(self, clock: Clock) -> Any:
                return {"learning_rate": shown}

        installed = dialects.dialect
        found = Dialect(contract=1, kinds=(Shown,))
        monkeypatch.setattr(dialects, "dialect", lambda name: found if name == "shown" else installed(name))
        return unisched.compile({"kind": "shown.Kind"}, base=2.0)

    return of


def test_a_table_is_a_factor_and_holds_its_last_value(compiled: Callable[[Any], unisched.Program]) -> None:
    program = compiled(TableCurve(values=(1.0, 0.5, 0.25)))
    assert [program(step) for step in range(5)] == [2.0, 1.0, 0.5, 0.5, 0.5]


def test_a_factor_multiplies_absolute_values_too(compiled: Callable[[Any], unisched.Program]) -> None:
    program = compiled(ScaledCurve(curve=curve(LINE), by=TableCurve(values=(1.0, 2.0, 3.0))))
    assert [program(step) for step in range(6)] == [2.0, 2 * 1.625, 3 * 1.25, 3 * 0.875, 1.5, 1.5]


def test_a_product_still_refuses_absolute_values() -> None:
    with pytest.raises(SpecError) as caught:
        unisched.compile({"kind": "product", "curves": [LINE, 2]}, base=2.0)
    assert caught.value.code == "absolute.product"


def test_the_greedy_rule_is_a_controller_that_knows_its_base_and_no_function_of_the_step(
    compiled: Callable[[Any], unisched.Program],
) -> None:
    program = compiled(GreedyCurve(monitor="loss", patience=3, window=9))
    settings = Greedy(monitor="loss", patience=3, window=9, place="schedules.learning_rate", base=2.0)
    assert program.body.controllers == (settings,)
    with pytest.raises(UnsupportedError, match="depends on a metric"):
        program(0)


@pytest.mark.parametrize("offset", [Fraction(0), Fraction(7), Fraction(1, 3)])
@pytest.mark.parametrize("span", [Fraction(10**6) / Fraction(0.1), Fraction(100, 7), Fraction(1000) / Fraction(0.7)])
def test_a_wave_of_any_length_keeps_its_phase(span: Fraction, offset: Fraction) -> None:
    wave = WaveCurve(start=1.0, end=0.0, span=span, offset=offset, wrap="bounce", shape="cosine")
    value = wave_leaf(wave, Place(path="", clock=Clock(), notes=[]))
    assert len(list(tracks(value))) == 1
    evaluate, context = function(value), mpmath.mp.clone()
    context.dps = 60
    for step in (0, 1, 2, 99, 12_345):
        across = (offset + step) / span
        exact = (1 + context.cos(context.pi * context.mpf(across.numerator) / across.denominator)) / 2
        assert abs(evaluate(step) - float(exact)) <= 4 * math.ulp(1.0)

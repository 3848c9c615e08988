"""Formulas, recurrences and Python functions as curves: their clocks, lengths, bases, errors and values."""

from __future__ import annotations

import copy
import functools
import math
import pickle
from collections.abc import Callable
from typing import Any

import mpmath  # type: ignore[import-untyped]
import numpy as np
import pytest

import unisched
from unisched.backend import Capabilities, Form, obstacles
from unisched.errors import SpecError, StepError
from unisched.ir import MOST_VALUES
from unisched.namespace import numpy_namespace

CLOCK = {"steps_per_epoch": 7, "samples_per_step": 256, "tokens_per_step": 4096}
WARMUP, LAST = 500, 15_000


def formula(text: str, **fields: Any) -> dict[str, Any]:
    return {"kind": "formula", "expression": text, **fields}


def recurrence(text: str, **fields: Any) -> dict[str, Any]:
    return {"kind": "recurrence", "next": text, **fields}


def sequence(*parts: Any) -> dict[str, Any]:
    return {"kind": "sequence", "parts": list(parts)}


VALUES: list[tuple[str, Callable[[int], float]]] = [
    ("step", float),
    ("epoch", lambda k: k / 7),
    ("samples", lambda k: 256.0 * k),
    ("tokens", lambda k: 4096.0 * k),
    ("progress", lambda k: k / 100),
    ("length", lambda _: 100.0),
    ("pi", lambda _: math.pi),
    ("0.1 / sqrt(step + 1)", lambda k: 0.1 / math.sqrt(k + 1)),
    ("0.1 * 0.95 ** epoch", lambda k: 0.1 * 0.95 ** (k / 7)),
    ("0.1 * 0.5 ** floor(epoch / 2)", lambda k: 0.1 * 0.5 ** (k // 14)),
    ("1e-3 * min(tokens / 1e5, 1)", lambda k: 1e-3 * min(4096 * k / 1e5, 1)),
    ("1 - progress if progress > 0.8 else 0.2", lambda k: 1 - k / 100 if k > 80 else 0.2),
    ("length - step", lambda k: 100.0 - k),
    ("samples // 1000", lambda k: float(256 * k // 1000)),
]


@pytest.mark.parametrize(("text", "expected"), VALUES)
def test_a_formula_counts_from_the_start_of_its_curve(text: str, expected: Callable[[int], float]) -> None:
    alone = unisched.compile(formula(text), total=100, **CLOCK)
    part = unisched.compile(
        sequence({"kind": "constant", "value": 1, "duration": 13}, formula(text)), total=113, **CLOCK
    )
    for step in range(100):
        assert alone(step) == part(step + 13) == pytest.approx(expected(step), rel=4e-16, abs=0)
    np.testing.assert_array_equal(alone.values(0, 100), part.values(13, 113))


@pytest.mark.parametrize(("text", "bounded"), [("step", False), ("progress", True), ("step / length", True)])
def test_a_formula_ends_where_it_asks_for_a_length_and_goes_on_where_it_does_not(text: str, bounded: bool) -> None:
    program = unisched.compile(formula(text), total=10)
    assert program(10) == (1.0 if bounded else 10.0)
    assert program(25) == (1.0 if bounded else 25.0)
    assert unisched.compile(formula(text, duration=10))(25) == (1.0 if bounded else 10.0)


def test_a_formula_that_asks_for_a_length_must_have_one() -> None:
    for text in ("progress", "length"):
        with pytest.raises(SpecError) as caught:
            unisched.compile(formula(text))
        assert caught.value.code == "length.missing"
    assert unisched.compile(formula("step"))(3) == 3.0


@pytest.mark.parametrize(
    ("name", "pace"), [("epoch", "steps_per_epoch"), ("samples", "samples_per_step"), ("tokens", "tokens_per_step")]
)
def test_a_formula_in_a_unit_needs_its_pace(name: str, pace: str) -> None:
    with pytest.raises(SpecError, match=pace) as caught:
        unisched.compile(formula(name))
    assert (caught.value.code, caught.value.path) == ("units.missing", "schedules.learning_rate.expression")


def ramped(text: str, **fields: Any) -> dict[str, Any]:
    ramp = {"kind": "piecewise", "points": [[0, 10], [7, 20], [20, 64]], "interpolation": "previous"}
    return {
        "schedules": {"learning_rate": formula(text, **fields), "batch": ramp},
        "samples_per_step": "batch",
        "total": 50,
    }


def sizes(step: int) -> int:
    return sum(10 if k < 7 else 20 if k < 20 else 64 for k in range(step))


def test_under_a_batch_ramp_samples_count_what_the_run_has_seen() -> None:
    program = unisched.compile(ramped("samples"))
    assert [program(step) for step in range(60)] == [float(sizes(step)) for step in range(60)]
    assert program.values(0, 60).tolist() == [float(sizes(step)) for step in range(60)]


def test_under_a_batch_ramp_progress_counts_in_the_unit_of_the_length() -> None:
    program = unisched.compile(ramped("progress", duration="714 samples"))
    assert sizes(26) == 714
    assert [program(step) for step in range(40)] == [min(sizes(step), 714) / 714 for step in range(40)]


def test_a_formula_is_a_factor_of_its_base() -> None:
    based = {
        "base": 0.25,
        "curve": sequence({"kind": "linear", "start": 0, "end": 1, "duration": 4}, formula("1 / (step + 3)")),
    }
    program = unisched.compile(based, total=20)
    assert [program(step) for step in (2, 4, 7)] == [0.125, 0.25 * (1 / 3), 0.25 * (1 / 6)]
    waiting = unisched.compile({**based, "base": "optimizer"}, total=20)
    assert waiting.function(base=0.5)(4) == 0.5 * (1 / 3)


def test_formulas_stand_in_every_combinator() -> None:
    cycle = {"kind": "repeat", "period": 10, "curve": formula("1 - progress")}
    program = unisched.compile({"kind": "product", "curves": [cycle, formula("0.9 ** epoch")]}, total=100, **CLOCK)
    for step in (0, 3, 10, 47, 99):
        assert program(step) == pytest.approx((1 - step % 10 / 10) * 0.9 ** (step / 7), rel=1e-15)
    stairs = unisched.compile({"kind": "stair", "every": 4, "curve": formula("step")}, total=100)
    assert stairs.values(0, 9).tolist() == [0, 0, 0, 0, 4, 4, 4, 4, 8]
    shifted = unisched.compile({"kind": "shift", "by": 3, "curve": formula("step")}, total=100)
    assert shifted(4) == 7.0
    clipped = unisched.compile({"kind": "clip", "maximum": formula("step"), "curve": 5}, total=100)
    assert [clipped(step) for step in (2, 9)] == [2.0, 5.0]


def test_the_part_after_a_formula_continues_from_what_it_reached() -> None:
    program = unisched.compile(sequence(formula("0.5 ** step", duration=3), {"kind": "linear", "end": 0}), total=7)
    assert [program(step) for step in (2, 3, 5, 7)] == [0.25, 0.125, 0.0625, 0.0]


BAD = [
    ("1 / (step - 5)", "expr.division", "step 5"),
    ("1 / (step - 16000)", "expr.division", "step 16000"),
    ("1 / (1000000 - step)", "expr.division", "step 1000000"),
    ("log(step)", "expr.domain", "step 0"),
    ("sqrt(999000 - step)", "expr.domain", "step 9990"),
    ("exp(step)", "expr.not_finite", "step 710"),
    ("1 / (1 - progress)", "expr.division", "step 1000000"),
    ("1 / (length - 1000000)", "expr.division", "column 3"),
]


@pytest.mark.parametrize(("text", "code", "words"), BAD)
def test_a_formula_without_a_value_in_its_range_is_refused_with_the_step(text: str, code: str, words: str) -> None:
    with pytest.raises(SpecError, match=words) as caught:
        unisched.compile(formula(text), total=1_000_000)
    assert (caught.value.code, caught.value.path) == (code, "schedules.learning_rate.expression")


def test_past_its_range_a_formula_raises_at_the_step_where_it_has_no_value() -> None:
    program = unisched.compile(formula("exp(step)"), total=100)
    assert program(100) == math.exp(100)
    for ask in (lambda: program(800), lambda: program(np.array([3, 800])), lambda: program(800, exact=True)):
        with pytest.raises(StepError, match="step 800") as caught:
            ask()
        assert caught.value.code == "expr.not_finite"


@pytest.mark.parametrize(
    ("text", "code"),
    [("0.5 * (1 + cos(pi * progress))", "formula.cancels"), ("(cos(pi * progress) + 1.0) / 2", "formula.cancels"),
     ("0.1 + 0.2", "formula.constant")],
)  # fmt: skip
def test_lint_points_at_what_another_kind_says_better(text: str, code: str) -> None:
    program = unisched.compile(formula(text), total=100)
    assert code in [note.code for note in program.lint()]
    assert code not in [note.code for note in unisched.compile(formula("1 - progress"), total=100).lint()]


# recurrences

DECAYS: dict[str, tuple[dict[str, Any], str, Callable[[float], float], Callable[[Any], Any]]] = {
    "a power after a linear warm-up": (
        {"kind": "linear", "start": 0, "end": 0.1, "duration": WARMUP}, "value ** 1.0001",
        lambda v: math.pow(v, 1.0001), lambda v: v ** mpmath.mpf(1.0001)),
    "a sine after a constant warm-up": (
        {"kind": "constant", "value": 0.1, "duration": WARMUP}, "sin(value)", math.sin, mpmath.sin),
}  # fmt: skip


@pytest.mark.parametrize("name", DECAYS)
def test_a_recurrence_repeats_what_python_computes_bit_for_bit(name: str) -> None:
    warmup, text, following, _ = DECAYS[name]
    program = unisched.compile(sequence(warmup, recurrence(text)), total=LAST)
    value, values = 0.1, []
    for _ in range(WARMUP, LAST):
        values.append(value)
        value = following(value)
    assert [program(step) for step in range(WARMUP, LAST)] == values
    assert program.values(WARMUP, LAST).tolist() == values
    assert program(LAST + 10**9) == value


@pytest.mark.parametrize(("name", "most"), list(zip(DECAYS, (64, 96), strict=True)))
def test_a_recurrence_drifts_from_the_true_one_by_no_more_than_its_own_roundings(name: str, most: int) -> None:
    warmup, text, _, following = DECAYS[name]
    program = unisched.compile(sequence(warmup, recurrence(text)), total=LAST)
    worst = 0.0
    with mpmath.workprec(120):
        value = mpmath.mpf(0.1)
        for step in range(WARMUP, LAST):
            found = program(step)
            worst = max(worst, float(abs(found - value)) / math.ulp(found))
            value = following(value)
    assert 0 < worst < most


def test_a_recurrence_from_a_start_of_its_own_knows_its_step() -> None:
    program = unisched.compile(recurrence("value * step / 10", start=2), total=5)
    expected = [2.0, 0.2, 0.04, 0.012, 0.0048, 0.0024, 0.0024]
    assert [program(step) for step in range(7)] == pytest.approx(expected, rel=1e-15)


def test_a_recurrence_is_a_factor_of_its_base() -> None:
    halves = recurrence("value / 2")
    warmup = {"kind": "linear", "start": 0, "end": 1, "duration": 2}
    program = unisched.compile({"base": 0.1, "curve": sequence(warmup, halves)}, total=9)
    assert [program(step) for step in (1, 2, 3, 4)] == [0.05, 0.1, 0.05, 0.025]
    with pytest.raises(SpecError) as caught:
        unisched.compile({"base": 0.1, "curve": {**halves, "start": {"absolute": 1e-3}}}, total=9)
    assert (caught.value.code, caught.value.path) == ("absolute.recurrence", "schedules.learning_rate.curve.start")


def test_a_recurrence_ends_with_its_place_its_duration_or_an_error() -> None:
    program = unisched.compile(sequence(recurrence("value / 2", start=1, duration=3), 7), total=9)
    assert program.values(0, 5).tolist() == [1, 0.5, 0.25, 7, 7]
    assert unisched.compile(recurrence("value / 2", start=1, duration=3))(10) == 0.125
    for spec, code in [(recurrence("value", start=1), "length.missing"), (recurrence("value"), "joint.missing")]:
        with pytest.raises(SpecError) as caught:
            unisched.compile(spec, total=None if "start" in spec else 5)
        assert caught.value.code == code


def test_a_recurrence_longer_than_a_table_may_be_is_refused_and_the_longest_is_not() -> None:
    with pytest.raises(SpecError, match="1000001 values, more than 1000000") as caught:
        unisched.compile(recurrence("value", start=1), total=MOST_VALUES)
    assert caught.value.code == "table.too_long"
    assert unisched.compile(recurrence("value + 1", start=0), total=MOST_VALUES - 1)(10**7) == MOST_VALUES - 1


def test_recurrences_with_more_values_than_any_program_are_refused_before_they_are_worked_out() -> None:
    long = [recurrence("value + 1", start=index, duration=900_000) for index in range(30)]
    with pytest.raises(SpecError) as caught:
        unisched.compile(sequence(*long))
    assert caught.value.code == "program.too_large"
    assert caught.value.path == "schedules.learning_rate.parts[4]"


@pytest.mark.parametrize(
    ("text", "code", "step"),
    [
        ("value * value", "expr.not_finite", 10),
        ("sqrt(1 - value)", "expr.domain", 1),
        ("1 / (value - 2)", "expr.division", 1),
    ],
)
def test_a_recurrence_without_a_value_is_refused_with_the_step(text: str, code: str, step: int) -> None:
    with pytest.raises(SpecError, match=f"at step {step} ") as caught:
        unisched.compile(recurrence(text, start=2), total=100)
    assert (caught.value.code, caught.value.path) == (code, "schedules.learning_rate.next")


def test_traced_a_recurrence_is_its_table() -> None:
    program = unisched.compile(
        sequence({"kind": "constant", "value": 0.1, "duration": 3}, recurrence("sin(value)")), total=50
    )
    steps = np.arange(60)
    assert program.traced(numpy_namespace)(steps).tolist() == [program(step) for step in range(60)]


# Python functions


def decay(step: int) -> float:
    return 0.1 * 0.5**step


class Halving:
    """A callable that has a hash."""

    def __call__(self, step: int) -> float:
        return decay(step)

    def of(self, step: int) -> float:
        return decay(step)


class Unhashable:
    __hash__ = None  # type: ignore[assignment]

    def __call__(self, step: int) -> float:
        return decay(step)


HALVING = Halving()


@pytest.mark.parametrize("function", [decay, HALVING, HALVING.of, functools.partial(decay), lambda step: 0.1 / 2**step])
def test_a_python_function_stands_wherever_a_curve_may(function: Callable[[int], float]) -> None:
    assert unisched.build(function)(3) == 0.0125
    program = unisched.compile(
        {"schedules": {"learning_rate": sequence({"kind": "constant", "value": 1, "duration": 2}, function),
                       "momentum": {"base": 2.0, "curve": function}},
         "groups": {"head": {"learning_rate": {"scale": function}}}}
    )  # fmt: skip
    assert [program(step) for step in (1, 2, 5)] == [1.0, 0.1, 0.0125]
    assert program(3, "momentum") == 0.025
    assert program(2, "learning_rate", "head") == 0.1 * 0.025
    assert program.values(0, 4).tolist() == [1.0, 1.0, 0.1, 0.05]


def test_a_python_function_has_no_json() -> None:
    spec = unisched.load({"schedules": {"momentum": {"kind": "clip", "minimum": 0, "curve": decay}}})
    for write in (spec.to_json, unisched.compile(spec).to_json):
        with pytest.raises(SpecError) as caught:
            write()
        assert (caught.value.code, caught.value.path) == ("spec.callable", "schedules.momentum.curve")


def test_specs_with_python_functions_are_equal_where_the_functions_are_the_same() -> None:
    assert unisched.load(decay) == unisched.load(decay)
    assert hash(unisched.load(decay)) == hash(unisched.load(decay))
    assert unisched.load(decay) != unisched.load(HALVING)
    first, second = unisched.compile(decay), unisched.compile(decay)
    assert (first, first.fingerprint) == (second, second.fingerprint)
    assert first.fingerprint != unisched.compile(HALVING).fingerprint


def test_a_program_with_a_python_function_copies_and_pickles_where_the_function_does() -> None:
    program = unisched.compile(decay, total=9)
    assert pickle.loads(pickle.dumps(program)) == program == copy.deepcopy(program)
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickle.dumps(unisched.compile(lambda step: step / 2))


def test_the_state_of_a_program_with_a_python_function_holds_no_document() -> None:
    program = unisched.compile(decay, total=9)
    state = program.start().at(4)
    assert state.spec is None
    again = type(state).from_json(state.to_json())
    scheduler = unisched.emit(program, form="scheduler", state=again)
    assert (again.step, scheduler.value()) == (4, decay(4))


def test_a_backend_that_traces_refuses_a_python_function_with_its_place() -> None:
    program = unisched.compile(decay)
    for host, codes in [(True, []), (False, ["backend.callable"])]:
        form = Form(print, print, Capabilities(host=host))  # type: ignore[arg-type]
        found = list(obstacles(form, program, {}))
        assert [code for code, _, _ in found] == codes
        assert all("schedules.learning_rate" in fault for _, fault, _ in found)


def failing(step: int) -> Any:
    if step == 3:
        raise KeyError("no third step")
    return {4: "0.1", 5: math.nan, 6: math.inf, 7: None, 8: 10**400, 9: 1}.get(step, 0.1)


@pytest.mark.parametrize("step", [3, 4, 5, 6, 7, 8])
def test_a_python_function_that_fails_is_an_error_at_its_step(step: int) -> None:
    program = unisched.compile(failing)
    asking = (
        lambda: program(step),
        lambda: program(np.array([step])),
        lambda: program(step, exact=True),
    )
    for ask in asking:
        with pytest.raises(StepError, match=f"failing has no value at step {step}") as caught:
            ask()
        assert caught.value.code == "step.callable"
        assert isinstance(caught.value.__cause__, KeyError) == (step == 3)
    assert program(9) == 1.0


def test_a_python_function_that_fails_within_the_total_is_refused_when_compiled() -> None:
    with pytest.raises(SpecError, match="at step 3") as caught:
        unisched.compile(failing, total=50)
    assert (caught.value.code, caught.value.path) == ("step.callable", "schedules.learning_rate")
    with pytest.raises(SpecError, match="at step 3") as caught:
        unisched.compile(sequence({"kind": "clip", "minimum": 0, "curve": failing, "duration": 3}, 0.5))
    assert (caught.value.code, caught.value.path) == ("step.callable", "schedules.learning_rate.parts[0]")
    assert isinstance(caught.value.__cause__, KeyError)


@pytest.mark.parametrize("given", [Halving, Unhashable(), float])
def test_a_class_or_a_callable_without_a_hash_is_no_curve(given: object) -> None:
    with pytest.raises(SpecError) as caught:
        unisched.load({"schedules": {"learning_rate": given}})
    assert caught.value.code in {"type.callable", "type.number"}


def test_documents_name_no_python_functions() -> None:
    with pytest.raises(SpecError) as caught:
        unisched.load({"kind": "callable", "function": decay})
    assert caught.value.code == "kind.unknown"

"""What is refused at compile: with a stable code, at its JSON path, in a short message, and at once."""

from __future__ import annotations

import math
import pickle
import time
import traceback
from collections.abc import Mapping
from typing import Any

import pytest

from unisched import compile
from unisched.errors import BindingError, SpecError, UnischedError

LR = "schedules.learning_rate"
LONGEST_MESSAGE = 2000
A_HANG = 20.0  # seconds of CPU that no refusal takes on any machine, busy or watched by coverage


def linear(start: Any, end: Any, duration: Any = None) -> dict[str, Any]:
    given = {"kind": "linear", "start": start, "end": end, "duration": duration}
    return {key: value for key, value in given.items() if value is not None}


def seq(*parts: Any, **more: Any) -> dict[str, Any]:
    return {"kind": "sequence", "parts": list(parts), **more}


def repeat(curve: Any, **more: Any) -> dict[str, Any]:
    return {"kind": "repeat", "curve": curve, **more}


def points(*pairs: Any, how: str = "linear", **more: Any) -> dict[str, Any]:
    return {"kind": "piecewise", "points": [list(pair) for pair in pairs], "interpolation": how, **more}


def entry(**given: Any) -> dict[str, Any]:
    return {"schedules": {"learning_rate": given}}


def other(name: str, given: Any) -> dict[str, Any]:
    return {"schedules": {name: given}}


def halved(times: int) -> dict[str, Any]:
    """Give cycles inside cycles, two of each, which are as many rows as nothing can hold."""
    return repeat(halved(times - 1) if times > 1 else DOWN, times=2)


DOWN = linear(1, 0)
GROWTH = {"kind": "exponential", "start": 1, "rate": 2}
DECAY = {"kind": "power_decay", "start": 1, "timescale": 10}
WSD = {"kind": "wsd", "peak": 1, "warmup": 10, "decay": 10}
THOUSAND = {"total": 1000}

# Each row: the document, the arguments of compile, the code, the path, and words that the message must hold.
FAULTS: list[tuple[Mapping[str, Any], dict[str, Any], str, str, str]] = [
    # too long for the place
    (linear(1, 0, 1001), THOUSAND, "duration.too_long", f"{LR}.duration",
     "1001 steps end at 1001, past the total of 1000"),
    (seq(linear(0, 1, 100), linear(1, 0, 950)), THOUSAND, "duration.too_long", f"{LR}.parts[1].duration",
     "950 steps end at 1050, past the total of 1000"),
    (seq(linear(0, 1, "60%"), linear(1, 0, "50%")), THOUSAND, "duration.too_long", f"{LR}.parts[1].duration", "1100"),
    (seq(seq(linear(0, 1, 30), duration=20), DOWN), THOUSAND, "duration.too_long", f"{LR}.parts[0].parts[0].duration",
     "the 20 steps of"),
    (seq(seq(linear(0, 1, 600), linear(1, 0, 500))), THOUSAND, "duration.too_long", f"{LR}.parts[0]", "1100"),
    (repeat(linear(1, 0, 30), period=20), THOUSAND, "duration.too_long", f"{LR}.curve.duration", "the cycle"),
    (repeat(DOWN, period=300, times=4), THOUSAND, "duration.too_long", LR, "1200"),
    (WSD | {"warmup": 2000}, THOUSAND, "duration.too_long", f"{LR}.warmup", "past the total of 1000"),
    # nothing left
    (seq(linear(0, 1, 1000), DOWN), THOUSAND, "sequence.full", f"{LR}.parts[1]", "1000 steps leave nothing"),
    (seq(linear(0, 1, 600), linear(1, 0), linear(0, 1, 400)), THOUSAND, "sequence.full", f"{LR}.parts[1]",
     "600 + 400 = 1000 steps leave nothing of the total of 1000"),
    (WSD | {"warmup": 990}, THOUSAND, "sequence.full", LR, "990 + 10 = 1000"),
    (seq(DOWN, linear(0, 1)), THOUSAND, "sequence.open", f"{LR}.parts[1]", "parts[0] and parts[1]"),
    (seq(linear(1, 0, "rest"), linear(0, 1, "rest")), THOUSAND, "sequence.open", f"{LR}.parts[1]", "have no length"),
    # rounds to nothing, is nothing, is too much
    (seq(linear(0, 1, "0.01%"), DOWN), THOUSAND, "duration.vanishes", f"{LR}.parts[0].duration", "'0.05%'"),
    (seq(linear(0, 1, "0.4 steps"), DOWN), THOUSAND, "duration.vanishes", f"{LR}.parts[0].duration", "'0.5 steps'"),
    (seq(*[linear(0, 1, "0.5 steps")] * 3), {}, "duration.vanishes", f"{LR}.parts[1]", "rounds to none"),
    (repeat(DOWN, period="0.3 steps"), THOUSAND, "duration.vanishes", f"{LR}.period", "shortest that does not"),
    (repeat(DOWN, times=2000), THOUSAND, "duration.vanishes", LR, "cycle 1"),
    ({"kind": "stair", "every": "0.1 steps", "curve": DOWN}, THOUSAND, "duration.vanishes", f"{LR}.every",
     "rounds to none"),
    (repeat(DOWN, period=2**53, times=10**9), {}, "duration.range", LR, "past 2^53"),
    (seq(*[linear(1, 0, 2**53)] * 3), {}, "duration.range", f"{LR}.parts[1]", "past 2^53"),
    (GROWTH | {"rate": 0.5, "every": "0.000000000000000000001 steps"}, {}, "duration.range", f"{LR}.every", "ratio"),
    (GROWTH | {"rate": 0.5, "every": "2 epochs"}, {"steps_per_epoch": 2**53}, "duration.range", f"{LR}.every", "ratio"),
    (DECAY | {"timescale": "10.00000000000000000001 steps"}, {}, "duration.range", f"{LR}.timescale", "ratio"),
    (DECAY | {"power": 0}, {}, "number.range", f"{LR}.power", "above 0"),
    (DECAY | {"power": -1}, {}, "number.range", f"{LR}.power", "above 0"),
    # the clock does not say
    (linear(1, 0, "3 epochs"), {}, "units.missing", f"{LR}.duration", "steps_per_epoch"),
    (seq(linear(0, 1, "1M samples"), DOWN), THOUSAND, "units.missing", f"{LR}.parts[0].duration", "samples_per_step"),
    (seq(linear(0, 1, "1B tokens"), DOWN), THOUSAND, "units.missing", f"{LR}.parts[0].duration", "tokens_per_step"),
    (linear(1, 0, "50%"), {}, "units.missing", f"{LR}.duration", "total"),
    (points([0, 1], ["2 epochs", 0]), {}, "units.missing", f"{LR}.points[1][0]", "steps_per_epoch"),
    (GROWTH | {"rate": 0.5, "every": "1 epoch"}, {}, "units.missing", f"{LR}.every", "steps_per_epoch"),
    ({"kind": "shift", "by": "1 epoch", "curve": DOWN}, THOUSAND, "units.missing", f"{LR}.by", "steps_per_epoch"),
    (DOWN, {"total": "10 epochs"}, "units.missing", "total", "steps_per_epoch"),
    (DOWN, {}, "length.missing", LR, "Add a duration, or a total"),
    (seq(DOWN, linear(0, 1, 5)), {}, "length.missing", f"{LR}.parts[0]", "the whole has no length"),
    (seq(linear(0, 1, 5), DOWN), {}, "length.missing", f"{LR}.parts[1]", "needs a length"),
    (repeat(DOWN, times=3), {}, "length.missing", LR, "divides a length"),
    (entry(**DOWN) | {"after": "hold"}, {}, "length.missing", "after", "no total"),
    (entry(**GROWTH) | {"after": "error"}, {}, "length.missing", "after", "no total"),
    # joints
    ({"kind": "cosine", "end": 0}, THOUSAND, "joint.missing", f"{LR}.start", "no part stands before"),
    (seq({"kind": "constant", "duration": 5}, DOWN), THOUSAND, "joint.missing", f"{LR}.parts[0].value", "Give value"),
    (seq(linear(0, 1, 5), repeat({"kind": "linear", "end": 0}, period=10)), THOUSAND, "joint.missing",
     f"{LR}.parts[1].curve.start", "left out"),
    (entry(base="optimizer", curve=seq(
        {"kind": "clip", "curve": linear(1, 0.5), "minimum": {"absolute": 0.1}, "duration": 5}, {"kind": "linear",
            "end": 0})),
     THOUSAND, "joint.base", f"{LR}.curve.parts[0]", "Give the next part its start"),
    # points
    (points([5, 1], [5, 0]), THOUSAND, "piecewise.order", f"{LR}.points[1]", "not after step 5"),
    (points(["10%", 1], [50, 0]), THOUSAND, "piecewise.order", f"{LR}.points[1]", "not after step 100"),
    (points(["1.2 steps", 1], ["1.4 steps", 0]), THOUSAND, "piecewise.order", f"{LR}.points[1]", "one step apart"),
    (points([0, 1], [1500, 0], how="previous"), THOUSAND, "piecewise.beyond", f"{LR}.points[1]",
     "past the total of 1000"),
    (points([0, 1], [20, 0], how="previous", duration=10), THOUSAND, "piecewise.beyond", f"{LR}.points[1]", "step 20"),
    # values that cannot be
    (entry(kind="exponential", start=0, end=1), THOUSAND, "number.range", f"{LR}.start", "above 0"),
    (seq(linear(1, 0, 5), {"kind": "exponential", "end": 1}), THOUSAND, "exponential.ends", f"{LR}.parts[1]",
     "above 0"),
    (entry(base=0.1, curve={"kind": "exponential", "start": 1, "end": {"absolute": 0.5}}), THOUSAND, "exponential.ends",
     f"{LR}.curve", "both factors or both absolute"),
    (entry(base=0.1, curve={"kind": "product", "curves": [0.5, {"kind": "linear", "start": 1,
     "end": {"absolute": 0}}]}),
     THOUSAND, "absolute.product", f"{LR}.curve.curves[1]", "Take it out of the product"),
    # cycles and rows
    (repeat(DOWN, period=10, stretch=1.0001), {}, "repeat.endless", LR, "Give times, a duration or total"),
    (repeat(DOWN, period="10.5 steps"), {}, "repeat.endless", LR, "need an end"),
    (repeat(DOWN, period="10.5 steps"), {"total": 10**6}, "program.too_large", LR, "more than 10000"),
    (repeat(DOWN, period=10, stretch=0.5), THOUSAND, "program.too_large", LR, "more than"),
    (repeat(DOWN, period=1000, stretch=1.0000000000000002), {"total": 10**6}, "program.too_large", LR, "more than"),
    (repeat(DOWN, times=10**9), {"total": 10**9}, "program.too_large", f"{LR}.times", "1000000000 cycles"),
    (repeat(DOWN, period=10, stretch=2, times=10**9), {}, "program.too_large", f"{LR}.times", "cycles"),
    (repeat(repeat(repeat(DOWN, period=1000, times=10**9), period=10**12, times=10**9), period=10**15, times=10**9),
     {}, "duration.range", LR, "past 2^53"),
    (repeat(repeat(repeat(DOWN, times=10**9), times=10**9), times=10**9), {"total": 10**12}, "program.too_large",
     f"{LR}.times", "cycles"),
    (halved(30), {"total": 2**53 - 1}, "program.too_large", LR + 29 * ".curve", "more than 10000 rows"),
    ({"kind": "sum", "curves": [linear(0, index + 1) for index in range(9000)]}, THOUSAND, "program.too_large", LR,
     "more than 256 curves are combined at once"),
    (seq(*[float(i % 2) for i in range(2)], duration=1), THOUSAND, "sequence.open", f"{LR}.parts[1]", "no length"),
    # ranges
    ({"kind": "sum", "curves": [{"kind": "polynomial", "start": 1, "end": 0.2, "power": 4}, linear(-0.9, 0)]},
     {"total": 100}, "number.range", LR, "at step 5"),
    ({"kind": "repeat", "period": 8, "curve": points([0, 1], [4, -1], [8, 1])}, {}, "number.range", LR, "0 or more"),
    ({"kind": "shift", "by": 10**29, "curve": DOWN}, THOUSAND, "duration.range", f"{LR}.by", "more than 2^53"),
    (other("momentum", GROWTH | {"start": 0.5, "rate": 1.01}), {}, "range.overflow", "schedules.momentum", "inf"),
    (other("momentum", 1.0), {}, "number.range", "schedules.momentum", "momentum is 1.0 at step 0"),
    (other("momentum", linear(0.9, 1)), THOUSAND, "number.range", "schedules.momentum", "1.0 at step 1000"),
    (other("beta1", 1), {}, "number.range", "schedules.beta1", "below 1"),
    (other("beta2", -0.1), {}, "number.range", "schedules.beta2", "from 0"),
    (other("epsilon", 0), {}, "number.range", "schedules.epsilon", "above 0"),
    (other("weight_decay", -1), {}, "number.range", "schedules.weight_decay", "0 or more"),
    (linear(0.1, -0.1), THOUSAND, "number.range", LR, "learning_rate is -0.0998 at step 999"),
    ({"schedules": {"learning_rate": 0.1}, "groups": {"a": {"learning_rate": {"scale": -1}}}}, {}, "number.range",
     'groups["a"].learning_rate', "-0.1"),
    (GROWTH, {"total": 5000}, "range.overflow", LR, "step 4999"),
    (entry(**GROWTH) | {"after": "hold"}, {"total": 5000}, "range.overflow", LR, "step 5000"),
    (seq(GROWTH | {"duration": 2000}, DOWN), {"total": 5000}, "range.overflow", f"{LR}.parts[0]", "step 2000"),
    ({"kind": "sum", "curves": [1.5e308, 1.5e308]}, {}, "range.overflow", LR, "the sum of 1.5e+308 and 1.5e+308"),
    ({"kind": "sum", "curves": [linear(0, 1.5e308), linear(0, 1.5e308)]}, THOUSAND, "range.overflow", LR, "step 600"),
    (entry(base=1e308, curve=100), {}, "range.overflow", LR, "above the float range"),
    ({"schedules": {"learning_rate": 1e300}, "groups": {"a": {"learning_rate": {"scale": 1e10}}}}, {},
     "range.overflow", 'groups["a"].learning_rate', "inf"),
    # groups
    ({"schedules": {"x": 1}, "groups": {"a": {"learning_rate": {"scale": 0.1}}}}, {}, "groups.scale",
     'groups["a"].learning_rate', "has no schedule"),
    ({"schedules": {"learning_rate": 0.1}, "groups": {'a"\\b': {"learning_rate": {"scale": -1}}}}, {}, "number.range",
     'groups["a\\"\\\\b"].learning_rate', "-0.1"),
    # arguments of compile
    (DOWN, {"total": 0}, "number.range", "total", "from 1 to 2^53"),
    (DOWN, {"total": -5}, "number.range", "total", "negative"),
    (DOWN, {"total": 2**53 + 1}, "number.range", "total", "2^53"),
    (DOWN, {"total": 10**40}, "number.range", "total", "beyond any run"),
    (DOWN, {"total": True}, "type.bool", "total", "boolean"),
    (DOWN, {"total": 100.0}, "duration.unit", "total", "Write 100"),
    (DOWN, {"total": math.nan}, "duration.unit", "total", "nan"),
    (DOWN, {"total": "100"}, "duration.unit", "total", "no unit"),
    (DOWN, {"total": "soon"}, "duration.syntax", "total", "is not a duration"),
    (DOWN, {"total": "10%"}, "duration.total", "total", "total is the whole"),
    (DOWN, {"total": "rest"}, "duration.total", "total", "total is the whole"),
    (DOWN, {"total": [1]}, "duration.type", "total", "list"),
    *[
        (DOWN, {"total": 10, name: wrong}, "number.range", name, "is not a whole number from 1")
        for name in ("steps_per_epoch", "samples_per_step", "tokens_per_step")
        for wrong in (0, -1, 1.0, True, "5", 2**53 + 1)
    ],
]  # fmt: skip

BASES = [True, "0.1", [0.1], math.nan, math.inf, 10**400, {"learning_rate": "0.1"}, {"learning_rate": None}]


def case(row: tuple[Any, ...]) -> str:
    return f"{row[2]} at {row[3].removeprefix('schedules.')}"


@pytest.mark.parametrize(("document", "clock", "code", "path", "words"), FAULTS, ids=map(case, FAULTS))
def test_it_is_refused(document: Mapping[str, Any], clock: dict[str, Any], code: str, path: str, words: str) -> None:
    began = time.process_time()
    with pytest.raises(SpecError) as raised:
        compile(document, **clock)
    error = raised.value
    assert (error.code, error.path) == (code, path)
    assert words in str(error)
    assert time.process_time() - began < A_HANG
    well_formed(error)


def well_formed(error: UnischedError) -> None:
    """The message names place, fault and remedy, is short, quotes no traceback, and survives a pickle."""
    for problem in error.problems:
        assert problem.code
        assert problem.path
        assert problem.fault
        assert problem.remedy[-1] in ".?"
    assert str(error).startswith(error.problems[0].path[:80])
    assert len(str(error)) < LONGEST_MESSAGE
    assert "Traceback" not in str(error)
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), again.problems, str(again)) == (type(error), error.problems, str(error))


@pytest.mark.parametrize("base", BASES, ids=repr)
def test_a_base_is_a_finite_number(base: Any) -> None:
    with pytest.raises(BindingError) as raised:
        compile(entry(base="optimizer", curve=DOWN), total=10, base=base)
    assert (raised.value.code, raised.value.path) == ("base.type", "base")
    well_formed(raised.value)


def test_the_shortest_duration_that_the_message_names_is_accepted() -> None:
    for duration, shortest in (("0.01%", "0.05%"), ("0.4 steps", "0.5 steps"), ("0.001 epochs", "0.005 epochs")):
        with pytest.raises(SpecError, match=f"'{shortest}'"):
            compile(seq(linear(0, 1, duration), DOWN), total=1000, steps_per_epoch=100)
        assert compile(seq(linear(0, 1, shortest), DOWN), total=1000, steps_per_epoch=100).total == 1000


def test_every_value_out_of_range_is_named_at_once() -> None:
    schedules = {"learning_rate": -1, "momentum": 2, "epsilon": 0, "weight_decay": 0.1}
    with pytest.raises(SpecError) as raised:
        compile({"schedules": schedules})
    assert [p.path for p in raised.value.problems] == [
        "schedules.epsilon", "schedules.learning_rate", "schedules.momentum",
    ]  # fmt: skip


def test_hundreds_of_faults_make_a_short_message() -> None:
    with pytest.raises(SpecError) as raised:
        compile({"schedules": {"beta1": 0.5}, "groups": {f"g{i}": {"momentum": 2} for i in range(500)}})
    assert len(raised.value.problems) == 500
    assert len(str(raised.value)) < LONGEST_MESSAGE
    assert "more." in str(raised.value)


def test_an_error_has_no_hidden_cause_to_print() -> None:
    with pytest.raises(SpecError) as raised:
        compile(GROWTH, total=5000)
    assert "During handling" not in "".join(traceback.format_exception(raised.value))


def test_ten_thousand_parts_compile_and_one_more_does_not() -> None:
    parts = [linear(0.1, 0.2 + i % 7, 3) if i % 2 else {"kind": "cosine", "start": 1, "end": 0.5, "duration": 2}
             for i in range(10_000)]  # fmt: skip
    program = compile(seq(*parts))
    assert program(4999 * 5 + 2, exact=True) == 0.1
    with pytest.raises(SpecError) as raised:
        compile(seq(*parts, linear(0, 1, 5)))
    assert raised.value.code == "program.too_large"


def test_a_billion_cycles_are_exact_to_the_last_step() -> None:
    cycle = seq(linear(0, 1, 100), linear(1, 0))
    program = compile(repeat(cycle, period=1000, times=10**9))
    assert len(program.to_json()) < 2000
    last = 10**12 - 1
    assert program(last, exact=True) == float.fromhex((1 / 900).hex())
    assert program(last) == program(999)
    assert program(last + 1) == 0.0
    assert program(last + 10**15) == 0.0


def test_a_base_for_what_is_not_scheduled_is_refused_with_the_nearest_name() -> None:
    document = {"base": "optimizer", "curve": {"kind": "linear", "start": 1, "end": 0}}
    with pytest.raises(BindingError, match=r"'learning_rat' is not scheduled.*Did you mean 'learning_rate'") as caught:
        compile(document, total=10, base={"learning_rat": 0.1})
    assert caught.value.code == "base.name"

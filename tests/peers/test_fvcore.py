"""The fvcore dialect against fvcore: its own callables at where = step / steps.

Two judges: all our emissions are the closed form in 40 digits, to 4 ulp; and fvcore is within its own rounding of
that. Stairs and parts are fvcore's to the step, in runs of up to a billion steps.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from itertools import pairwise
from typing import Any, Final

import pytest
from closed_forms.fvcore_forms import KINDS, closed, form, largest
from fvcore.common import param_scheduler
from hypothesis import given, settings
from hypothesis import strategies as st
from peers.harness import Worst, agree

import unisched
from unisched.dialects.fvcore import dialect
from unisched.errors import SpecError
from unisched.spec.kinds import kind_of

ULPS: Final = 4.0
STEPS: Final = 48
LONG: Final = (10**5, 10**6, 10**7, 10**8, 10**9)
WORST: Final = Worst()

Arguments = dict[str, Any]


def document(kind: str, **arguments: Any) -> Arguments:
    return {"kind": f"fvcore.{kind}", **arguments}


CONSTANT: Final = document("ConstantParamScheduler", value=0.42)
LINE: Final = document("LinearParamScheduler", start_value=0.0, end_value=0.42)
COSINE: Final = document("CosineParamScheduler", start_value=0.42, end_value=1e-4)
EXPONENTIAL: Final = document("ExponentialParamScheduler", start_value=2.0, decay=0.02)
POWER: Final = document("PolynomialDecayParamScheduler", base_value=0.1, power=0.9)
STAIRS: Final = document("StepParamScheduler", num_updates=STEPS, values=[0.1, 0.01, 0.001, 0.0001])
MILESTONES: Final = document("MultiStepParamScheduler", values=[1, 0.1, 0.01], milestones=[30, 60, 90])


def composite(schedulers: list[Arguments], lengths: list[float], scaling: list[str] | None = None) -> Arguments:
    return document("CompositeParamScheduler", schedulers=schedulers, lengths=lengths,
                    interval_scaling=scaling or ["rescaled"] * len(schedulers))  # fmt: skip


GRID: Final[dict[str, list[Arguments]]] = {
    "ConstantParamScheduler": [CONSTANT, document("ConstantParamScheduler", value=0)],
    "LinearParamScheduler": [
        LINE, document("LinearParamScheduler", start_value=0.0001, end_value=0.01),
        document("LinearParamScheduler", start_value=1, end_value=0),
        document("LinearParamScheduler", start_value=0.3, end_value=0.3),
    ],
    "CosineParamScheduler": [
        COSINE, document("CosineParamScheduler", start_value=0, end_value=1),
        document("CosineParamScheduler", start_value=0.1, end_value=0.0),
    ],
    "ExponentialParamScheduler": [
        EXPONENTIAL, document("ExponentialParamScheduler", start_value=0.1, decay=1e-6),
        document("ExponentialParamScheduler", start_value=0.1, decay=3.0),
        document("ExponentialParamScheduler", start_value=0.1, decay=1),
    ],
    "PolynomialDecayParamScheduler": [
        POWER, document("PolynomialDecayParamScheduler", base_value=0.1, power=2),
        document("PolynomialDecayParamScheduler", base_value=0.1, power=1),
        document("PolynomialDecayParamScheduler", base_value=0.1, power=0),
    ],
    "StepParamScheduler": [
        STAIRS, document("StepParamScheduler", num_updates=0.5, values=[0.3]),
        document("StepParamScheduler", num_updates=7, values=[k / 100 for k in range(1, 100)]),
        document("StepParamScheduler", num_updates=90, values=[0.3, 0.2, 0.1]),
    ],
    "StepWithFixedGammaParamScheduler": [
        document("StepWithFixedGammaParamScheduler", base_value=0.1, gamma=0.1, num_decays=3, num_updates=120),
        document("StepWithFixedGammaParamScheduler", base_value=2, gamma=0.9, num_decays=40, num_updates=STEPS),
        document("StepWithFixedGammaParamScheduler", base_value=0.1, gamma=2.5, num_decays=1, num_updates=1),
    ],
    "MultiStepParamScheduler": [
        MILESTONES, document("MultiStepParamScheduler", values=[1, 0.1, 0.01], num_updates=90, milestones=[30, 60]),
        document("MultiStepParamScheduler", values=[1, 0.1, 0.01], num_updates=90),
        document("MultiStepParamScheduler", values=[0.4], num_updates=3),
        document("MultiStepParamScheduler", values=[0.1, 0.01, 0.001, 0.0001], milestones=[3, 4, 80, 120]),
    ],
    "CompositeParamScheduler": [
        composite([CONSTANT, COSINE], [0.3, 0.7]),
        composite([LINE, COSINE], [0.1, 0.9], ["rescaled", "fixed"]),
        composite([LINE, COSINE, POWER], [0.25, 0.25, 0.5], ["fixed", "fixed", "fixed"]),
        composite([EXPONENTIAL, STAIRS, MILESTONES], [0.2, 0.4, 0.4]),
        composite([composite([LINE, EXPONENTIAL], [0.3, 0.7]), composite([STAIRS, COSINE], [0.5, 0.5])], [0.35, 0.65]),
        composite([LINE, COSINE], [0.3, 0.6995]),
        composite([COSINE], [1.0]),
        composite([CONSTANT] * 10, [0.1] * 10),
    ],
}  # fmt: skip

numbers = st.one_of(st.sampled_from([0.0, 0.1, 1.0]), st.floats(1e-6, 10))
above = st.one_of(st.sampled_from([0.1, 1.0, 2.0]), st.floats(1e-6, 10))


def drawn(kind: str, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Arguments]:
    return st.fixed_dictionaries({"kind": st.just(f"fvcore.{kind}"), **fields})


LEAVES: Final[dict[str, st.SearchStrategy[Arguments]]] = {
    "ConstantParamScheduler": drawn("ConstantParamScheduler", value=numbers),
    "LinearParamScheduler": drawn("LinearParamScheduler", start_value=numbers, end_value=numbers),
    "CosineParamScheduler": drawn("CosineParamScheduler", start_value=numbers, end_value=numbers),
    "ExponentialParamScheduler": drawn("ExponentialParamScheduler", start_value=numbers, decay=above),
    "PolynomialDecayParamScheduler": drawn(
        "PolynomialDecayParamScheduler", base_value=numbers, power=st.one_of(st.floats(0.1, 5), st.integers(0, 5))
    ),
    "StepParamScheduler": drawn(
        "StepParamScheduler", num_updates=above, values=st.lists(numbers, min_size=1, max_size=60)
    ),
    "StepWithFixedGammaParamScheduler": drawn(
        "StepWithFixedGammaParamScheduler", base_value=above, gamma=st.floats(0.1, 2), num_decays=st.integers(1, 60),
        num_updates=st.integers(1, 100),
    ),
    "MultiStepParamScheduler": st.lists(st.integers(1, 99), unique=True, max_size=20).flatmap(
        lambda milestones: drawn(
            "MultiStepParamScheduler", milestones=st.just(sorted(milestones)), num_updates=st.just(100),
            values=st.lists(numbers, min_size=len(milestones) + 1, max_size=len(milestones) + 1),
        )
    ),
}  # fmt: skip


def composites(children: st.SearchStrategy[Arguments]) -> st.SearchStrategy[Arguments]:
    def laid_out(cuts: list[int]) -> st.SearchStrategy[Arguments]:
        ends = [0, *sorted(cuts), 20]
        lengths = [(last - first) / 20 for first, last in pairwise(ends)]
        return drawn("CompositeParamScheduler", lengths=st.just(lengths),
                     schedulers=st.lists(children, min_size=len(lengths), max_size=len(lengths)),
                     interval_scaling=st.lists(st.sampled_from(["rescaled", "fixed"]), min_size=len(lengths),
                                               max_size=len(lengths)))  # fmt: skip

    return st.lists(st.integers(1, 19), unique=True, max_size=3).flatmap(laid_out)


STRATEGIES: Final = {
    **LEAVES,
    "CompositeParamScheduler": composites(st.one_of(*LEAVES.values(), composites(st.one_of(*LEAVES.values())))),
}  # fmt: skip

REFUSED: Final[list[tuple[Arguments, str]]] = [
    (document("StepParamScheduler", num_updates=0, values=[1.0]), "num_updates"),
    (document("StepParamScheduler", num_updates=3, values=[]), "values"),
    (document("StepWithFixedGammaParamScheduler", base_value=0, gamma=1, num_decays=1, num_updates=1), "base_value"),
    (document("StepWithFixedGammaParamScheduler", base_value=1, gamma=0, num_decays=1, num_updates=1), "gamma"),
    (document("StepWithFixedGammaParamScheduler", base_value=1, gamma=1, num_decays=0, num_updates=1), "num_decays"),
    (document("StepWithFixedGammaParamScheduler", base_value=1, gamma=1, num_decays=1, num_updates=0), "num_updates"),
    (document("MultiStepParamScheduler", values=[1, 2]), "num_updates"),
    (document("MultiStepParamScheduler", values=[1, 2], milestones=[3]), "milestones"),
    (document("MultiStepParamScheduler", values=[1, 2], milestones=[3, 4], num_updates=9), "milestones"),
    (document("MultiStepParamScheduler", values=[1, 2, 3], milestones=[1, 2], num_updates=2), "num_updates"),
    (document("MultiStepParamScheduler", values=[1, 2, 3], milestones=[5, 4], num_updates=9), "milestones"),
    (document("MultiStepParamScheduler", values=[1, 2, 3], milestones=[4, 9], num_updates=9), "milestones"),
    (document("MultiStepParamScheduler", values=[1, 2, 3], num_updates=4), "num_updates"),
    (composite([CONSTANT], [0.5, 0.5]), "lengths"),
    (composite([], []), "schedulers"),
    (composite([CONSTANT, LINE], [0.5, 0.4]), "lengths"),
    (composite([CONSTANT, LINE], [0.5, 0.5], ["rescaled", "stretched"]), "interval_scaling[1]"),
]
"""What both sides refuse, and where we do."""

DECIDED: Final[list[tuple[Arguments, str]]] = [
    (document("PolynomialDecayParamScheduler", base_value=1, power=-1), "power"),
    (document("ExponentialParamScheduler", start_value=1, decay=0), "decay"),
    (document("ExponentialParamScheduler", start_value=1, decay=-0.5), "decay"),
    (composite([CONSTANT, LINE], [0.5, 0.5], ["rescaled"]), "interval_scaling"),
    (composite([CONSTANT, LINE], [0.5, 0.5], ["rescaled"] * 3), "interval_scaling"),
    (composite([CONSTANT, LINE], [0.0, 1.0]), "lengths[0]"),
    (composite([CONSTANT, LINE, LINE], [0.9, -0.1, 0.2]), "lengths[1]"),
]
"""What fvcore takes and then stumbles over, or drops, and where we refuse it."""


# The peer


def build(given: Mapping[str, Any]) -> Any:
    arguments = {name: value for name, value in given.items() if name != "kind"}
    if "schedulers" in arguments:
        arguments["schedulers"] = [build(inner) for inner in arguments["schedulers"]]
        arguments["lengths"] = list(arguments["lengths"])  # fvcore changes the list it is given
    return getattr(param_scheduler, given["kind"].removeprefix("fvcore."))(**arguments)


def within_its_rounding(given: Mapping[str, Any], step: int, steps: int, value: float, shortest: float) -> bool:
    """Tell whether fvcore's value is what its closed form gives at a progress a few roundings away."""
    at, exact = step / steps, Fraction(step, steps)
    here = form(given, at, exact)
    if abs(value - here) <= 8 * math.ulp(largest(given)):
        return True
    turn = Fraction(1, 2**50) / Fraction(shortest)
    near, far = form(given, at, exact - turn), form(given, at, exact + turn)
    bound = abs(near - here) + abs(far - here) + 8 * math.ulp(largest(given))
    return bool(abs(value - here) <= bound)


def shortest_of(given: Mapping[str, Any]) -> float:
    """The share of the run that the shortest part has, however deep."""
    if "schedulers" not in given:
        return 1.0
    return min(length * shortest_of(inner) for length, inner in zip(given["lengths"], given["schedulers"], strict=True))


def compare(given: Mapping[str, Any], steps: int, backends: tuple[str, ...]) -> None:
    scheduler, shortest = build(given), shortest_of(given)
    exact = [closed(given, step, steps) for step in range(steps)]
    for step in range(steps):
        value = scheduler(step / steps)
        assert within_its_rounding(given, step, steps, value, shortest), (given, step, value, exact[step])
    scale = largest(given)
    WORST.note(given["kind"], agree(given, [float(value) for value in exact], total=steps, scale=scale, within=ULPS,
                                    backends=backends))  # fmt: skip


@pytest.mark.parametrize("kind", GRID)
def test_every_backend_gives_what_fvcore_gives(kind: str) -> None:
    for found in GRID[kind]:
        for steps in (1, 7, STEPS):
            compare(found, steps, ("numpy", "torch", "keras", "optax") if steps == STEPS else ("numpy",))


@pytest.mark.parametrize("kind", STRATEGIES)
def test_any_arguments_give_what_fvcore_gives(kind: str) -> None:
    @settings(max_examples=40)
    @given(STRATEGIES[kind], st.integers(1, 40))
    def hold(drawn_document: Arguments, steps: int) -> None:
        compare(drawn_document, steps, ("numpy",))

    hold()


STEPPED: Final = [
    document("StepParamScheduler", num_updates=1, values=[0.5, 0.4, 0.3]),
    document("StepWithFixedGammaParamScheduler", base_value=0.1, gamma=0.5, num_decays=7, num_updates=1),
    document("MultiStepParamScheduler", values=[1, 0.5], num_updates=2),
    document("MultiStepParamScheduler", values=[1, 0.5, 0.25], num_updates=7, milestones=[3, 6]),
    composite([CONSTANT, document("ConstantParamScheduler", value=0.3)], [0.3, 0.7]),
    composite([STAIRS, MILESTONES], [0.25, 0.75]),
    composite([STAIRS, MILESTONES], [0.25, 0.75], ["fixed", "rescaled"]),
]


@pytest.mark.parametrize("steps", LONG)
@pytest.mark.parametrize("given", STEPPED, ids=range(len(STEPPED)))
def test_stairs_of_long_runs_are_where_fvcore_has_them(given: Arguments, steps: int) -> None:
    scheduler = build(given)
    program = unisched.compile(given, total=steps)
    starts = [start for start in program.body.values[0].starts if start]
    assert starts
    for start in starts:
        assert program(start - 1) == scheduler((start - 1) / steps)
        assert program(start) == scheduler(start / steps) != program(start - 1)
    grid = [steps * share // 997 for share in range(990)]
    assert [program(step) for step in grid] == [scheduler(step / steps) for step in grid]


@pytest.mark.parametrize(("steps", "early"), [(10**5, 0), (10**6, 1), (10**7, 10), (10**8, 100), (10**9, 1000)])
def test_a_milestone_of_a_long_run_is_early(steps: int, early: int) -> None:
    given = document("MultiStepParamScheduler", values=[1.0, 0.5], num_updates=steps)
    program = unisched.compile(given, total=steps)
    assert program.body.values[0].starts == (0, steps // 2 - early)
    assert ("fvcore.early" in {note.code for note in program.notes}) == (early > 0)


RISING: Final = document("LinearParamScheduler", start_value=0.1, end_value=0.42)


@pytest.mark.parametrize("given", [RISING, COSINE, EXPONENTIAL, POWER], ids=lambda given: given["kind"])
def test_a_part_that_begins_early_is_a_little_before_its_start(given: Arguments) -> None:
    steps = 10**7
    whole = composite([CONSTANT, given], [0.5, 0.5])
    scheduler, program = build(whole), unisched.compile(whole, total=steps)
    start = program.body.values[0].starts[1]
    assert start < steps // 2
    assert "fvcore.early" in {note.code for note in program.notes}
    for step in (*range(start, start + 20), *range(steps // 2, steps, 310_007)):
        assert abs(program(step) - closed(whole, step, steps)) <= ULPS * math.ulp(largest(whole))
        assert within_its_rounding(whole, step, steps, scheduler(step / steps), 0.5)


def test_a_line_from_0_that_begins_early_is_below_0_there_and_refused_here() -> None:
    whole = composite([CONSTANT, LINE], [0.5, 0.5])
    assert build(whole)(0.5 - 5e-7) < 0
    with pytest.raises(SpecError, match="it must be 0 or more"):
        unisched.compile(whole, total=10**7)


def test_the_last_step_of_a_long_run_of_stairs_is_an_error_there_and_holds_here() -> None:
    given = document("StepParamScheduler", num_updates=10**6, values=[0.2, 0.1])
    with pytest.raises(IndexError):
        build(given)((10**6 - 1) / 10**6)
    program = unisched.compile(given, total=10**6)
    assert program(10**6 - 1) == 0.1
    assert "fvcore.last_step" in {note.code for note in program.notes}
    assert "fvcore.last_step" not in {note.code for note in unisched.compile(given, total=10**5).notes}


SMOOTH: Final = [
    LINE, COSINE, EXPONENTIAL, document("PolynomialDecayParamScheduler", base_value=0.1, power=2),
    composite([CONSTANT, LINE], [0.4, 0.6]), composite([CONSTANT, COSINE], [0.4, 0.6], ["rescaled", "fixed"]),
]  # fmt: skip


@pytest.mark.parametrize("given", SMOOTH, ids=range(len(SMOOTH)))
def test_past_the_end_a_curve_goes_on_as_it_does_there(given: Arguments) -> None:
    scheduler, program = build(given), unisched.compile({**given, "num_steps": 20}, total=50)
    for step in range(50):
        assert abs(program(step) - scheduler(step / 20)) <= 16 * math.ulp(
            max(abs(scheduler(step / 20)), largest(given))
        )


ENDING: Final = [CONSTANT, STAIRS, MILESTONES, GRID["StepWithFixedGammaParamScheduler"][0]]


@pytest.mark.parametrize("given", ENDING, ids=range(len(ENDING)))
def test_what_raises_past_the_end_holds_here_and_says_so(given: Arguments) -> None:
    with pytest.raises((RuntimeError, IndexError)):
        build(given)(1.05)
    program = unisched.compile({**given, "num_steps": 20}, total=50)
    assert {program(step) for step in range(19, 60)} == {build(given)(19 / 20)}
    assert {"fvcore.end", "fvcore.last_step"} & {note.code for note in program.notes}


def test_a_power_that_is_no_whole_number_is_complex_past_the_end_and_0_here() -> None:
    assert isinstance(build(POWER)(1.5), complex)
    program = unisched.compile({**POWER, "num_steps": 20}, total=50)
    assert program(30) == 0.0
    assert "fvcore.end" in {note.code for note in program.notes}


def test_an_epochwise_schedule_is_one_of_epochs() -> None:
    program = unisched.compile({**COSINE, "interval": "epoch"}, total="7 epochs", steps_per_epoch=5)
    expected = [float(closed(COSINE, step // 5, 7)) for step in range(35)]
    assert [program(step) for step in range(35)] == pytest.approx(expected, rel=1e-15)


def faulty(given: Mapping[str, Any]) -> str:
    with pytest.raises(SpecError) as caught:
        unisched.compile(given, total=STEPS)
    return caught.value.path


@pytest.mark.parametrize(("given", "path"), REFUSED)
def test_what_fvcore_refuses_is_refused_at_its_field(given: Arguments, path: str) -> None:
    with pytest.raises((ValueError, TypeError)):
        build(given)
    assert faulty(given) == path


@pytest.mark.parametrize(("given", "path"), DECIDED)
def test_what_fvcore_stumbles_over_is_refused_at_its_field(given: Arguments, path: str) -> None:
    build(given)
    assert faulty(given) == path


@pytest.mark.parametrize("kind", KINDS)
def test_a_live_schedule_comes_back_as_its_document(kind: str) -> None:
    assert dialect.lift is not None
    for found in GRID[kind]:
        lifted = dialect.lift(build(found))
        assert lifted is not None
        assert lifted.step == 0
        program, lifted_program = (unisched.compile(one, total=STEPS) for one in (found, lifted.document))
        assert program.body == lifted_program.body


def test_every_kind_is_compared() -> None:
    assert {kind_of(model) for model in dialect.kinds} == {f"fvcore.{kind}" for kind in KINDS}
    assert set(GRID) == set(STRATEGIES) == set(KINDS)


@pytest.mark.parametrize("wrong", [
    {**COSINE, "end_value": 1.0001e-4}, {**COSINE, "num_steps": STEPS + 1}, LINE,
    composite([COSINE, CONSTANT], [0.98, 0.02]),
])  # fmt: skip
def test_another_schedule_is_told_apart(wrong: Arguments) -> None:
    expected = [float(closed(COSINE, step, STEPS)) for step in range(STEPS)]
    agree(COSINE, expected, total=STEPS, backends=())
    with pytest.raises(AssertionError):
        agree(wrong, expected, total=STEPS, backends=())


def test_what_was_found() -> None:
    assert set(WORST.errors) == {f"fvcore.{kind}" for kind in KINDS}
    print(f"\n{WORST}")

"""The backends against each other, each in its framework's own loop, all in one process.

Values are compared in float32, which every backend promises to the bit. Runs where all plugins are installed: the
nox session of this name sees to that, and there a missing one is a failure.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise

import pytest
from coexisting import BACKENDS, MISSING, only_where_all_are_installed

from unisched import State, registry
from unisched.agreement import distance
from unisched.backend import Form
from unisched.single import float32
from unisched.testing import Case, load_corpus
from unisched.testing.checks import carried
from unisched.testing.legs import Leg, opening, replayed

CORPUS = load_corpus()
# Each case alone is compared with the exact values by the kit; here a share of them, of every theme, is enough.
CHOSEN = [case for case in CORPUS if not (case.is_based or case.metrics)][::9]
RING = ["numpy", *reversed(BACKENDS), "numpy"]
AROUND = ["warmup_cosine", "sequence_jumps", "piecewise_previous_values", "repeat_of_sequence", "stair_of_epochs"]
STRETCH = 20

pytestmark = only_where_all_are_installed


def forms() -> dict[str, Form]:
    """Every form of every backend, as "backend, form"."""
    return {f"{name}, {form}": found for name in RING[:-1] for form, found in registry.backend(name).forms.items()}


def compared(left: Leg, right: Leg) -> Iterator[str]:
    """The first step of each target at which two replays differ in float32."""
    for target in left.values:
        both = zip(left.values[target], right.values[target], strict=False)
        differing = (f"{target}, step {step}: {a!r} and {b!r}" for step, (a, b) in enumerate(both, left.start)
                     if float32(a).hex() != float32(b).hex())  # fmt: skip
        yield from [text for text in [next(differing, None)] if text]


def test_every_plugin_of_this_repository_is_installed() -> None:
    assert MISSING == []


@pytest.mark.parametrize("case", CHOSEN, ids=lambda case: case.name)
def test_all_backends_hold_the_same_float32_bits(case: Case) -> None:
    able = {name: form for name, form in forms().items() if carried(form, case)}
    assert len(able) >= 3
    for (one, left), (other, right) in combinations(able.items(), 2):
        found = list(compared(opening(left, case.runs[0]), opening(right, case.runs[0])))
        assert not found, f"{one} and {other} differ in case {case.name!r}: {'; '.join(found)}"


@pytest.mark.parametrize("name", AROUND)
def test_a_run_is_handed_around_all_backends_through_json(name: str) -> None:
    (case,) = [case for case in CORPUS if case.name == name]
    program = case.program
    text = program.start().at(90).to_json()
    for backend in RING:
        form = next(iter(registry.backend(backend).forms.values()))
        state = State.from_json(text)
        leg = replayed(form, program, state, state.step + STRETCH)
        ((target, used),) = leg.values.items()
        due = [program(step, *target, exact=True) for step in range(leg.start, leg.stop)]
        assert [float32(value).hex() for value in used] == [float32(value).hex() for value in due], backend
        text = leg.state
    assert State.from_json(text) == program.start().at(90 + STRETCH * len(RING))


def test_the_ring_joins_every_backend_to_the_next() -> None:
    assert {name for pair in pairwise(RING) for name in pair} == {"numpy", *BACKENDS}


def test_the_worst_distance_of_each_backend_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    worst: dict[str, float] = {}
    for name, form in forms().items():
        for run in (case.runs[0] for case in CHOSEN if carried(form, case)):
            leg = opening(form, run)
            far = [
                distance(leg.values[run.target(expected)][step], exact, form.capabilities.precision)
                for expected in run.expected
                for step, exact in expected.values.items()
                if step < leg.stop
            ]
            worst[name] = max(worst.get(name, 0.0), *far)
    with capsys.disabled():
        print("", *(f"{name}: {ulp:.2f} ulp at most" for name, ulp in worst.items()), sep="\n")
    assert all(ulp <= 8 for ulp in worst.values())
    assert all(worst[name] == 0 for name, form in forms().items() if form.capabilities.precision == "float32")

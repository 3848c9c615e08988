"""The numerics harness itself: it draws every kind, looks where it matters, adds up, and notices one wrong bit."""

from __future__ import annotations

import pickle
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random
from typing import Any

import numpy as np
import pytest
from numerics import documents, named
from numerics.case import Case, random_cases
from numerics.comparison import compared, due
from numerics.documents import drawn, kind_of
from numerics.engines import ENGINES
from numerics.mode import Mode
from numerics.modes import host
from numerics.modes.host import single
from numerics.page import render
from numerics.plot import digest
from numerics.plot import drawn as picture
from numerics.processes import finished
from numerics.steps import LAST, chosen
from numerics.summary import broken, result_of, summed
from numerics.tally import Tally, tally_of
from numerics.work import evaluated, main

import unisched
from unisched.errors import BindingError, Problem, UnsupportedError

CASES = [*random_cases(range(40), 64)]
LINE = unisched.compile({"kind": "linear", "start": 1, "end": 0}, total=40)


def case_of(document: dict[str, Any], total: int = 40) -> Case:
    (case,) = named.written("a case", "a kind", "a source", unisched.compile(document, total=total), 64)
    return case


def line() -> Case:
    return case_of({"kind": "linear", "start": 1, "end": 0})


def test_a_seed_gives_one_document_and_every_kind_is_the_outermost_of_some() -> None:
    assert drawn(7) == drawn(7) != drawn(8)
    kinds = {kind_of(drawn(seed)) for seed in range(600)}
    named = {"decay": "exponential", "boundaries": "sequence"}
    assert kinds >= {named.get(k, k) for k in (*documents.LEAVES, *documents.NAMED, *documents.COMBINATORS)}


def test_most_documents_have_room_for_what_they_ask_for() -> None:
    assert len(CASES) >= 30
    assert sum(len(case.steps) == 64 for case in CASES) >= 20


def test_steps_lie_on_both_sides_of_boundaries_and_of_the_end_and_reach_the_last_one() -> None:
    parts = [{"kind": "linear", "start": 0, "end": 1, "duration": 1000}, {"kind": "cosine", "end": 0}]
    program = unisched.compile({"kind": "sequence", "parts": parts}, total=10**7)
    (value,) = program.body.values
    steps = chosen(value, program.total, 64, Random(1)).tolist()
    assert len(steps) == 64
    assert {0, 998, 999, 1000, 1001, 1002, 10**7 - 1, 10**7, LAST} <= {*steps}
    assert sum(10**7 - 100 <= step < 10**7 - 1 for step in steps) >= 5


def test_the_edges_of_stairs_and_cycles_are_found_far_out() -> None:
    curve = {"kind": "repeat", "period": 41, "curve": {"kind": "wsd", "peak": 1, "warmup": 3, "decay": 7}}
    (value,) = unisched.compile(curve).body.values
    steps = chosen(value, 10**6, 64, Random(1)).tolist()
    far = [step for step in steps if step > 100 * 41]
    assert {step % 41 for step in far} >= {0, 40}
    assert {step % 41 for step in far} & {3, 34}


def test_host_modes_give_every_bit_and_stay_near() -> None:
    for mode in host.MODES:
        for name, result in evaluated(mode, CASES).items():
            assert result["faults"] == [], name
            assert sum(tally_of(data).values for data in result["kinds"].values()) == sum(len(c.steps) for c in CASES)


def wrong(change: Callable[[Any], Any]) -> Mode:
    """The honest values, with a change."""

    def run(cases: Sequence[Case]) -> dict[str, Any]:
        return {"wrong": [change(single(case.program(case.steps)).copy()) for case in cases]}

    return Mode(gives={"wrong": "float32"}, run=run)


def at(index: int, value: float) -> Callable[[Any], Any]:
    def change(values: Any) -> Any:
        values[index] = value
        return values

    return change


def next_bit(values: Any) -> Any:
    values[3] = np.nextafter(values[3], np.float32(1))
    return values


def a_step_late(values: Any) -> Any:
    values[1:] = values[:-1].copy()
    return values


SABOTAGES: dict[str, tuple[Callable[[Any], Any], dict[str, int]]] = {
    "one bit": (next_bit, {"differing": 1}),
    "not a number": (at(5, np.nan), {"differing": 1, "nan": 1, "nan_cases": 1}),
    "below zero": (at(-1, -1e-9), {"differing": 1, "negative": 1, "negative_cases": 1, "outside": 1, "not_zero": 1}),
    "minus zero": (at(-1, -0.0), {"differing": 1}),
    "above the maximum": (at(0, 1.5), {"differing": 1, "outside": 1}),
    "not zero at the end": (at(-1, 1e-30), {"differing": 1, "not_zero": 1}),
}


@pytest.mark.parametrize("name", SABOTAGES)
def test_one_wrong_value_is_counted_and_named_so_that_it_can_be_seen_again(name: str) -> None:
    change, expected = SABOTAGES[name]
    case = line()
    result = evaluated(wrong(change), [case])["wrong"]
    found = tally_of(result["kinds"]["a kind"])
    assert {key: getattr(found, key) for key in expected} == expected
    assert found.differing == 1
    (fault,) = result["faults"]
    index = np.flatnonzero(change(single(case.exact)).view(np.int32) != single(case.exact).view(np.int32))[0]
    shown = [due(case.exact, "float32")[index].hex(), case.exact[index].hex()]
    for part in ("a case", f"step {case.steps[index]}:", *shown, "a source"):
        assert part in fault


def test_values_of_the_step_before_are_counted_as_late_and_those_of_the_next_as_early() -> None:
    case = line()
    late = compared(case, a_step_late(single(case.exact)), "float32")
    assert late.late >= 25
    assert (late.early, late.misplaced_cases) == (0, 1)
    early = compared(case, np.roll(single(case.exact), -1), "float32")
    assert early.early >= 25


def test_float64_may_be_8_ulp_away_for_each_curve_and_no_farther() -> None:
    case = line()
    for ulp, count in ((8, 0), (9, 1)):
        values = case.exact.copy()
        values[4] += ulp * np.spacing(values[4])
        mode = Mode(gives={"near": "float64"}, run=lambda cases, values=values: {"near": [values]})
        result = evaluated(mode, [case])["near"]
        assert len(result["faults"]) == count
        assert tally_of(result["kinds"]["a kind"]).worst == ulp
    assert case.curves == 1
    curves = [{"kind": kind, "start": 1, "end": 0} for kind in ("linear", "cosine")]
    assert case_of({"kind": "product", "curves": curves}).curves == 2
    assert (case.most_ulp, case_of({"kind": "product", "curves": curves}).most_ulp) == (8, 16)
    assert case_of({"kind": "cosine", "start": 1, "end": 0, "power": 2}).most_ulp == 8


def test_what_a_mode_refuses_is_counted_and_what_fails_otherwise_fails() -> None:
    def refuse(cases: Sequence[Case]) -> dict[str, Any]:
        if any(case.name == "refused" for case in cases):
            raise UnsupportedError(Problem("backend.groups", "", "no", "No."))
        return {"some": [single(case.exact) for case in cases]}

    def fail(cases: Sequence[Case]) -> dict[str, Any]:
        raise BindingError(Problem("binding.type", "", "no", "No."))

    cases = [line(), replace(line(), name="refused"), line()]
    found = tally_of(evaluated(Mode(gives={"some": "float32"}, run=refuse), cases)["some"]["kinds"]["a kind"])
    assert (found.refused, found.cases, found.differing) == (1, 2, 0)
    with pytest.raises(BindingError):
        evaluated(Mode(gives={"some": "float32"}, run=fail), cases)


def test_a_mode_that_drops_a_value_fails() -> None:
    with pytest.raises(ValueError, match=r"a case: .* values for .* steps"):
        evaluated(wrong(lambda values: values[:-1]), [line()])


def test_tallies_add_up_through_json() -> None:
    left = Tally(values=3, differing=1, worst=2.5, ulps={0: 2, 3: 1})
    right = Tally(values=2, nan=1, worst=1.0, ulps={0: 1, 1: 1})
    both = left + right
    assert both == Tally(values=5, differing=1, nan=1, worst=2.5, ulps={0: 3, 1: 1, 3: 1})
    assert tally_of(both.to_json()) == both
    assert (both.median, (right + Tally(values=3, ulps={7: 3})).median) == (0, 7)


def test_a_run_of_the_host_gives_a_page_and_a_picture(tmp_path: Any) -> None:
    for part in ("random", "native"):
        (tmp_path / f"{part}-0000.cases").write_bytes(pickle.dumps(CASES))
        (tmp_path / f"{part}.count").write_text(str(len(CASES)))
    main("host", tmp_path, ["random", "native"], thorough=False)
    results = summed(tmp_path, seed=0, steps=64)
    assert broken(results) == []
    values = sum(len(case.steps) for case in CASES)
    assert result_of(results["modes"]["python, cast"], part="random").values == values
    assert f"| python, cast | {len(CASES)} |" in render(results)
    assert digest(results) in picture(results)


def test_every_engine_names_modules_that_are_there() -> None:
    folder = named.RECIPES.parents[1] / "tests" / "numerics"
    for engine in ENGINES.values():
        for module in (*engine.ours, *engine.natives):
            assert (folder / f"{module.replace('.', '/')}.py").is_file()


@pytest.mark.parametrize(("ends", "processes", "code"), [
    ([("a", -6), ("b", -6), ("c", 0)], 3, 0), ([("a", -6), ("a", -11)], 2, -11), ([("a", 1)], 1, 1),
], ids=["goes on", "writes nothing more", "fails by itself"])  # fmt: skip
def test_a_process_that_is_ended_is_followed_by_another_while_they_write(
    ends: list[tuple[str, int]], processes: int, code: int, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = iter(ends)

    def run(*_: Any, **__: Any) -> subprocess.CompletedProcess[bytes]:
        name, returncode = next(made)
        (tmp_path / f"{name}.host.way.json").touch()
        return subprocess.CompletedProcess([], returncode)

    monkeypatch.setattr(subprocess, "run", run)
    assert (finished("host", tmp_path, []), len(ends) - len([*made])) == (code, processes)

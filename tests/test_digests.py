"""The digests of the corpus: the same whatever evaluates it, on every processor; one bit changed names the case."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from sabotage import HONEST, Metrics, acme, changed

from unisched import Program, State, registry
from unisched.backend import Backend, Form, Replay
from unisched.testing import digests, load_corpus
from unisched.testing.__main__ import main
from unisched.testing.digests import digest, due, evaluated, gives_the_digests, published
from unisched.testing.processors import differing, switched_off
from unisched.testing.tolerance import Precision
from unisched.testing.windows import COUNTED

CORPUS = load_corpus()
SOME = ("linear_to_zero", "warmup_cosine", "weight_decay_and_momentum")
FEW = [case for case in CORPUS if case.name in SOME or case.name.startswith("wsd")]
PRECISIONS: tuple[Precision, ...] = ("float32", "float64")
NUMPY = registry.backend("numpy")


@pytest.mark.parametrize("precision", PRECISIONS)
def test_the_exact_values_have_the_digests_that_lie_beside_them(precision: Precision) -> None:
    found = due(CORPUS, precision)
    assert {name: found.cases[name] for name in found.cases} == {
        name: value for (name, of), value in published().items() if of == precision and name in found.cases
    }
    assert (found.total, found.common) == (published()["all", precision], published()["common", precision])


def test_every_case_has_a_digest_and_nothing_else_has() -> None:
    names = {case.name for case in CORPUS} | {"all", "common"}
    assert set(published()) == {(name, precision) for name in names for precision in PRECISIONS}


def test_the_common_cases_are_the_plain_ones_that_32_bits_count() -> None:
    longest = {case.name for case in CORPUS if (case.program.total or 0) > COUNTED}
    assert set(digests.common()) == {case.name for case in CORPUS if case.plain} - longest
    assert longest
    assert len(digests.common()) > 200


@pytest.mark.parametrize("precision", PRECISIONS)
def test_the_exact_evaluator_gives_the_digest(precision: Precision) -> None:
    found = evaluated(CORPUS, precision, exact=True)
    assert found.differing(precision) == []
    assert found.total == published()["all", precision]


def test_the_host_function_gives_the_digest_of_float32() -> None:
    assert evaluated(CORPUS, exact=False).total == published()["all", "float32"]


def test_the_host_function_does_not_give_the_digest_of_float64() -> None:
    assert len(evaluated(CORPUS, "float64", exact=False).differing("float64")) > 50


@pytest.mark.parametrize("form", NUMPY.forms)
def test_a_backend_gives_the_digest_of_every_case_that_it_carries(form: str) -> None:
    found = digest("numpy", form)
    assert len(found.cases) > len(digests.common())
    assert found.differing() == []
    assert found.common == published()["common", "float32"]


def flips_a_bit(case: str) -> Form:
    """numpy's form with the last bit of float32 changed in the value of step 1 of one case."""
    program = next(known.program for known in CORPUS if known.name == case)

    def off(used: list[float]) -> list[float]:
        first, second, *others = used
        return [first, float(np.nextafter(np.float32(second), np.float32(0))), *others]

    sabotaged = changed(off)

    def replay(asked: Program, state: State, stop: int, metrics: Metrics, /) -> Replay:
        form = sabotaged if asked == program and state.step == 0 else HONEST
        return form.replay(asked, state, stop, metrics)

    return replace(HONEST, replay=replay)


@pytest.mark.parametrize("case", SOME)
def test_one_bit_changed_changes_the_digest_and_names_the_case(case: str) -> None:
    with pytest.raises(AssertionError, match=rf"another digest in 1 of \d+ cases: {case}$"):
        gives_the_digests("acme", acme(flips_a_bit(case)), "only", FEW)


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    backend = Backend(contract=1, forms={"only": flips_a_bit("warmup_cosine")})
    monkeypatch.setattr(registry, "backend", lambda _: backend)


def test_the_command_fails_and_names_the_case_that_differs(installed: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["acme"]) == 1
    exact, single, wrong = capsys.readouterr().out.splitlines()
    assert published()["all", "float64"] in exact
    assert published()["common", "float32"] in single
    assert published()["common", "float32"] not in wrong
    assert wrong.endswith("247 cases agree, not warmup_cosine")


def test_a_form_is_not_asked_for_steps_that_it_cannot_count_to() -> None:
    short = replace(HONEST, capabilities=replace(HONEST.capabilities, last_step=2**15))
    far = next(case for case in CORPUS if case.name == "longest_cosine")
    assert (digests.counted(short, far), digests.counted(HONEST, far)) == (False, True)
    gives_the_digests("acme", acme(short), "only", [far, *FEW])


SWITCHES = {
    "numpy": ["NPY_DISABLE_CPU_FEATURES"],
    "the C library": ["GLIBC_TUNABLES"],
    "both": ["NPY_DISABLE_CPU_FEATURES", "GLIBC_TUNABLES"],
}


@pytest.mark.parametrize("library", SWITCHES)
def test_the_digests_are_the_same_without_special_features_of_the_processor(library: str) -> None:
    lesser = {name: switched_off()[name] for name in SWITCHES[library]}
    command = [sys.executable, "-m", "unisched.testing", "numpy"]
    done = subprocess.run(command, env={**os.environ, **lesser}, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count(published()["common", "float32"]) == 1 + len(NUMPY.forms)
    assert done.stdout.count(published()["all", "float64"]) == 1


def test_the_features_are_switched_off() -> None:
    program = "from unisched.testing.processors import found_by_numpy; print(found_by_numpy())"
    lesser = {**os.environ, **switched_off()}
    done = subprocess.run([sys.executable, "-c", program], env=lesser, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_backend_that_does_not_run_on_a_lesser_processor_fails() -> None:
    with pytest.raises(AssertionError, match="backend 'none' does not run on a lesser processor"):
        differing("none", {})

"""The documents and the numpy loop of docs/examples: they load, compile, and do what independent formulas say."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import unisched
from unisched.errors import SpecError

EXAMPLES = Path(__file__).parents[1] / "docs" / "examples"
DOCUMENTS = sorted(EXAMPLES.glob("*.json"))

EPOCHS = {"steps_per_epoch": 100}
RUN = {"total": 20_000}
CLOCKS: dict[str, dict[str, Any]] = {
    "fractal_chebyshev": EPOCHS,
    "keras_cosine_decay_restarts": RUN,
    "torch_cosine_annealing_lr": EPOCHS,
    "torch_cosine_annealing_warm_restarts": RUN | EPOCHS,
    "torch_exponential_lr": EPOCHS,
    "torch_multi_step_lr": EPOCHS,
    "torch_step_lr": EPOCHS,
}
"""The clock that a document waits for; all others bring theirs, or need none."""

STEPS = 15_000
WARMUPS: dict[str, Callable[[int], float]] = {
    "gradual_warmup": lambda step: 0.1 * min(step, 2500) / 2500,
    "constant_warmup": lambda step: 0.01 if step < 2500 else 0.1,
}


def numpy_loop() -> ModuleType:
    spec = importlib.util.spec_from_file_location("numpy_loop", EXAMPLES / "numpy_loop.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_there_are_as_many_documents_as_the_folder_is_known_to_hold() -> None:
    assert len(DOCUMENTS) >= 33
    assert {*CLOCKS, *WARMUPS} <= {path.stem for path in DOCUMENTS}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_every_example_compiles_under_the_clock_it_waits_for(path: Path) -> None:
    program = unisched.compile(path, **CLOCKS.get(path.stem, {}))
    assert program.targets
    assert str(program).startswith(("total", "open-ended"))


@pytest.mark.parametrize("name", CLOCKS)
def test_an_example_that_waits_for_its_clock_says_so(name: str) -> None:
    with pytest.raises(SpecError) as caught:
        unisched.compile(EXAMPLES / f"{name}.json")
    assert {problem.code for problem in caught.value.problems} <= {"units.missing", "length.missing", "repeat.endless"}


@pytest.mark.parametrize("name", WARMUPS)
def test_the_numpy_loop_uses_the_rates_of_the_formula_in_each_of_its_steps(name: str) -> None:
    run = numpy_loop().train(EXAMPLES / f"{name}.json")
    formula = [WARMUPS[name](step) for step in range(STEPS)]
    assert run.rates.shape == (STEPS,)
    np.testing.assert_allclose(run.rates, formula, rtol=4e-16, atol=0)


@pytest.mark.parametrize("name", WARMUPS)
def test_the_numpy_loop_learns(name: str) -> None:
    run = numpy_loop().train(EXAMPLES / f"{name}.json")
    assert run.losses[:10].mean() > 1
    assert run.losses[-1000:].mean() < 0.02
    assert np.abs(run.weights - numpy_loop().TRUE_WEIGHTS).max() < 0.05


def test_the_numpy_loop_prints_its_rates_and_draws_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    drawn = tmp_path / "rates.png"
    document = str(EXAMPLES / "constant_warmup.json")
    monkeypatch.setattr(sys, "argv", ["numpy_loop.py", document, "--plot", str(drawn)])
    numpy_loop().main()
    rows = dict(line.split()[:2] for line in capsys.readouterr().out.splitlines()[1:7])
    assert rows == {"0": "0.01", "1": "0.01", "1250": "0.01", "2499": "0.01", "2500": "0.1", "14999": "0.1"}
    assert drawn.read_bytes().startswith(b"\x89PNG")

"""Killed with SIGKILL at every moment it has, in forks: before each update, half way through each save, and after it.

`test_killed` and `test_numpy_killed` do so at some moments, each time from a new process.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from killing import every_moment, noted
from plateaus import due as lowered
from test_killed import RUNS
from test_numpy_killed import due
from workers.documents import SEVERAL, TOTAL, host_bits
from workers.killed_optax import UPDATES
from workers.killed_torch import train
from workers.metrics import METRICS

import unisched

HERE = Path(__file__).parent
NAMES = {"weight_decay": "weight_decay", "beta1": "b1", "beta2": "b2"}


def killed_everywhere(folder: Path, backend: str, *arguments: str) -> list[Any]:
    """Give what each update used of a training of which each update began in one life, and was saved in another."""
    paths = [str(HERE), *filter(None, [os.environ.get("PYTHONPATH")])]
    variables = {"PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "1", "JAX_PLATFORMS": "cpu"}
    command = [sys.executable, "-Werror", "-m", "workers.killed_everywhere", backend, *arguments]
    done = subprocess.run(command, cwd=folder, env=os.environ | variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return noted(folder / "used.jsonl")


def test_the_moments_are_three_of_each_update() -> None:
    assert every_moment(2) == ["begun 0", "half saved 0", "saved 0", "begun 1", "half saved 1", "saved 1"]


def test_a_loop_without_a_framework_uses_the_values_of_one_that_is_not_killed(tmp_path: Path) -> None:
    used = killed_everywhere(tmp_path, "numpy")
    assert len(used) == TOTAL
    assert used == due()


def test_torch_uses_the_values_of_runs_that_are_not_killed_and_ends_with_their_weights(tmp_path: Path) -> None:
    folders = [tmp_path / "whole", tmp_path / "cut"]
    for folder in folders:
        folder.mkdir()
    train(folders[0], RUNS)
    assert killed_everywhere(folders[1], "torch", json.dumps(RUNS)) == noted(folders[0] / "used.jsonl")
    ended = [(folder / "weights.json").read_text() for folder in folders]
    assert ended[1] == ended[0]


def test_optax_uses_the_values_that_are_due_and_its_arrays_have_the_state_beside_them(tmp_path: Path) -> None:
    used = [row for row, _ in killed_everywhere(tmp_path, "optax")]
    columns = {NAMES[name]: host_bits(SEVERAL, range(UPDATES), name) for name in NAMES}
    columns["learning_rate"] = lowered(METRICS[:UPDATES])
    assert used == [{name: column[step] for name, column in columns.items()} for step in range(UPDATES)]
    state = unisched.State.from_json(json.loads((tmp_path / "portable.json").read_text()))
    assert state.step == UPDATES


def test_half_of_a_state_is_told_wherever_it_is_cut(tmp_path: Path) -> None:
    text, file = unisched.compile(SEVERAL, total=TOTAL).start().to_json(), tmp_path / "run.state.json"
    for length in range(len(text)):
        file.write_text(text[:length])
        with pytest.raises(unisched.UnischedError) as caught:
            unisched.build(SEVERAL, form="scheduler", total=TOTAL, state=file)
        assert (caught.value.code, caught.value.path) == ("state.damaged", "state")

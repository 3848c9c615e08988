"""Keras killed by SIGKILL in the middle of an epoch: it goes back to the end of the last one, every value the same.

An update adds its rate to one weight, so the weights after each are known from the host's values alone; what a
plateau has made of the validation, from torch's own class.
"""

from __future__ import annotations

import functools
import random
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dying import Journal, killed, went_on
from engines import AT_ONCE, ENGINES, environment
from plateaus import drops_by_torch
from workers.documents import FACTOR, RATE, TOTAL, bits

import unisched

LENGTH, EPOCHS = 6, 5
FORMS = ("schedule", "optimizer")
WAYS = ("whole", "killed", "backup", "file")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("killed")


def due(form: str) -> list[dict[str, Any]]:
    rate, weights = unisched.compile(RATE, total=TOTAL).function(), np.zeros(LENGTH, np.float32)
    lines: list[dict[str, Any]] = []
    losses: list[float] = []
    factor = 1.0
    for step in range(LENGTH * EPOCHS):
        if step and step % LENGTH == 0:
            losses.append(float(weights.mean()))
            factor = FACTOR ** drops_by_torch(losses)[-1] if form == "optimizer" else 1.0
        weights[step % LENGTH] += np.float32(rate(step) * factor)
        lines.append({"step": step + 1, "weights": bits(weights.tolist())})
    return lines


@functools.cache
def killings(folder: Path) -> dict[tuple[str, str], Future[int]]:
    return {(engine, form): AT_ONCE.submit(killing, engine, form, folder) for engine in ENGINES for form in FORMS}


def killing(engine: str, form: str, folder: Path) -> int:
    """Kill one and let it go on; give how many updates it had made."""
    last = random.Random(f"{engine} {form}").randint(2 * LENGTH + 1, LENGTH * (EPOCHS - 1) - 1)
    place = folder / engine
    place.mkdir(exist_ok=True)
    killed("keras_killed", str(place), form, str(last), environment=environment(engine))
    went_on("keras_killed", str(place), form, environment=environment(engine))
    return last


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("engine", ENGINES)
def test_a_killed_fit_goes_on_with_the_same_bits(engine: str, form: str, folder: Path) -> None:
    last = killings(folder)[engine, form].result()
    found = {way: Journal(folder / engine / f"{form}-{way}.jsonl").lines() for way in WAYS}
    lines, restored = due(form), (last - 1) // LENGTH * LENGTH  # an epoch ends after its last batch
    assert found == {"whole": lines, "killed": lines[:last], "backup": lines[restored:], "file": lines[restored:]}


def test_the_plateau_of_these_trainings_lowers_the_rate() -> None:
    assert due("optimizer") != due("schedule")

"""Keras over two devices of the host: `DataParallel` on JAX, `MirroredStrategy` on TensorFlow."""

from __future__ import annotations

import functools
import json
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from dying import went_on
from engines import AT_ONCE, environment
from plateaus import due
from workers.documents import RATE, host_bits

ENGINES = ("jax", "tensorflow")
UPDATES, LENGTH = 20, 4

pytestmark = pytest.mark.parametrize("engine", ENGINES)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("distributed")


@functools.cache
def running(folder: Path) -> dict[str, Future[dict[str, Any]]]:
    return {engine: AT_ONCE.submit(run, engine, folder / f"{engine}.json") for engine in ENGINES}


def run(engine: str, file: Path) -> dict[str, Any]:
    went_on("keras_distributed", str(file), environment=environment(engine))
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    assert found["devices"] == 2
    return found


@pytest.mark.parametrize("form", ["schedule", "optimizer"])
def test_every_update_uses_its_own_value(engine: str, form: str, folder: Path) -> None:
    found = running(folder)[engine].result()[form]
    assert found == {"rates": host_bits(RATE, range(UPDATES)), "step": UPDATES}


def test_a_plateau_moves_both_devices_and_goes_on_from_a_file(engine: str, folder: Path) -> None:
    found = running(folder)[engine].result()["watching"]
    fed = [found["losses"][step // LENGTH - 1] if step and step % LENGTH == 0 else None for step in range(UPDATES)]
    assert found["rates"] == due(fed)
    assert found["rates"] != host_bits(RATE, range(UPDATES))

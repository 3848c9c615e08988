"""What the trainings of Keras gave, engine by engine. An engine is fixed when Keras is imported, so each has a process.

The first time that a training is asked for, each engine's process runs all of `workers/keras_trainings.py`.
"""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

__all__ = ["AT_ONCE", "ENGINES", "environment", "gave"]

HERE: Final = Path(__file__).parent
ENGINES: Final = ("jax", "tensorflow", "torch")
AT_ONCE: Final = ThreadPoolExecutor(2)
_LIMIT: Final = 1200.0  # seconds: no test is about time, this ends a run that hangs


def gave(engine: str, training: str) -> Any:
    """Give what the training reported; raise `AssertionError` with its traceback where it failed."""
    outcome = _running()[engine].result()[training]
    if "failed" in outcome:
        raise AssertionError(f"{training} on {engine}:\n{outcome['failed']}")
    return outcome["gave"]


def environment(engine: str) -> dict[str, str]:
    """Give the variables of a process in which Keras runs on `engine`."""
    return os.environ | {"KERAS_BACKEND": engine, "PYTHONPATH": str(HERE), "TF_CPP_MIN_LOG_LEVEL": "3",
                         "JAX_PLATFORMS": "cpu", "OMP_NUM_THREADS": "1"}  # fmt: skip


@functools.cache
def _running() -> dict[str, Future[Mapping[str, Mapping[str, Any]]]]:
    return {engine: AT_ONCE.submit(_outcomes, engine) for engine in ENGINES}


def _outcomes(engine: str) -> Mapping[str, Mapping[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "outcomes.json"
        _run(["workers.keras_trainings", str(file)], engine)
        outcomes: dict[str, dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
        return outcomes


def _run(arguments: Sequence[str], engine: str) -> None:
    done = subprocess.run([sys.executable, "-m", *arguments], env=environment(engine), capture_output=True, text=True,
                          check=False, timeout=_LIMIT)  # fmt: skip
    if done.returncode:
        raise AssertionError(f"{' '.join(arguments)} on {engine} ended with {done.returncode}:\n{done.stderr[-4000:]}")

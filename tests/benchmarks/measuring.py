"""Measures one subject in a process of its own and writes what it found as JSON: `python -m benchmarks.measuring`.

The rows that a subject has to give are those of `rows`; one that is missing is an error.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, Protocol

from benchmarks import machine
from benchmarks.growth import Points
from benchmarks.pairs import TRIAL, Effort, Figure
from benchmarks.rows import GROWTHS, ROWS

__all__ = ["main", "measure"]

_MODULES: Final = {"core": "core_rows", "torch": "torch_rows", "optax": "optax_rows"}


class Subject(Protocol):
    """What the file of a subject gives, by the names that `rows` has."""

    PACKAGES: tuple[str, ...]
    ROWS: Mapping[str, Callable[[Effort], list[Figure]]]
    GROWTHS: Mapping[str, Callable[[Effort], dict[str, Points]]]


def measure(subject: str, effort: Effort) -> dict[str, Any]:
    """Give all figures and curves of one subject, and the versions of what was measured."""
    module: Subject = importlib.import_module(f"benchmarks.{_MODULES.get(subject, 'keras_rows')}")
    gc.freeze()  # what a framework holds need not be looked through before each burst
    rows, growths = [], []
    for row in (row for row in ROWS if row.subject == subject):
        print(f"{subject}: {row.name}", file=sys.stderr, flush=True)
        rows.append({"subject": subject, "name": row.name, "figures": module.ROWS[row.name](effort)})
    for growth in (growth for growth in GROWTHS if growth.subject == subject):
        print(f"{subject}: {growth.name}, by {growth.axis}", file=sys.stderr, flush=True)
        curves = module.GROWTHS[growth.name](effort)
        growths.append({"subject": subject, "name": growth.name, "axis": growth.axis, "curves": curves})
    return {"packages": machine.versions(module.PACKAGES), "rows": rows, "growths": growths}


def main(subject: str, effort: str, path: str) -> None:
    """Measure with the effort "full" or "trial", and write the JSON to `path`."""
    # The peers warn of a scheduler that is stepped alone, and of counts that are converted.
    warnings.simplefilter("ignore")
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # and libraries make one thread each
    found = measure(subject, TRIAL if effort == "trial" else Effort())
    Path(path).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])

"""`python -m benchmarks [--trial] [--write] [subject ...]`: measures, each subject in its own process, and prints."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks import machine
from benchmarks.page import render, targets
from benchmarks.rows import ROWS, SUBJECTS
from benchmarks.verdict import Results, missed, steep

__all__ = ["collected", "main", "measured"]

_TESTS: Final = Path(__file__).parents[1]
_DOCS: Final = _TESTS.parent / "docs"
_RESULTS: Final = _DOCS / "performance.json"
# A compilation that is read from disk costs nothing, and would be no measure.
_DROPPED: Final = ("JAX_COMPILATION_CACHE_DIR", "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS")


def measured(subject: str, effort: str) -> dict[str, Any]:
    """Give what a process of its own measured of one subject."""
    environment = {name: value for name, value in os.environ.items() if name not in _DROPPED}
    environment |= {"PYTHONPATH": str(_TESTS), "JAX_PLATFORMS": "cpu", "TF_CPP_MIN_LOG_LEVEL": "2"}
    if subject.startswith("keras-"):
        environment["KERAS_BACKEND"] = subject.removeprefix("keras-")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "found.json"
        command = [sys.executable, "-m", "benchmarks.measuring", subject, effort, str(path)]
        subprocess.run(command, env=environment, check=True)
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return found


def collected(subjects: Sequence[str], effort: str) -> dict[str, Any]:
    """Give the results of all subjects as one object."""
    found = [measured(subject, effort) for subject in subjects]
    packages = {name: version for one in found for name, version in one["packages"].items()}
    return {
        "machine": machine.facts(),
        "packages": packages,
        "rows": [row for one in found for row in one["rows"]],
        "growths": [growth for one in found for growth in one["growths"]],
    }


def _write(results: Results) -> None:
    _RESULTS.write_text(json.dumps(results, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    (_DOCS / "performance.md").write_text(render(results), encoding="utf-8")
    from benchmarks.plots import drawn  # after what took so long is safe, for it needs matplotlib

    folder = _DOCS / "performance"
    folder.mkdir(exist_ok=True)
    for name, text in drawn(results).items():
        (folder / f"{name}.svg").write_text(text, encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what was asked for, all if nothing was, and print it; with `--write` make the page of it."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("subjects", nargs="*", metavar="subject",
                        help=f"{', '.join(SUBJECTS)}, or what several begin with; all where none is named")  # fmt: skip
    parser.add_argument("--trial", action="store_true", help="everything once, small: no figures, but nothing breaks")
    parser.add_argument("--write", action="store_true", help="make docs/performance.md, of all subjects")
    parser.add_argument("--redraw", action="store_true", help="make the page anew from docs/performance.json")
    given = parser.parse_args(arguments)
    if given.write and (given.subjects or given.trial):
        parser.error("the page is made of all subjects, measured in full")
    if given.redraw:
        return _write(json.loads(_RESULTS.read_text(encoding="utf-8")))
    strange = [name for name in given.subjects if not any(subject.startswith(name) for subject in SUBJECTS)]
    if strange:
        parser.error(f"no subject begins with {', '.join(strange)}: there are {', '.join(SUBJECTS)}")
    subjects = [one for one in SUBJECTS if one.startswith(tuple(given.subjects or [""]))]
    results = collected(subjects, "trial" if given.trial else "full")
    print(targets(results, (row for row in ROWS if row.subject in subjects)))
    for row in missed(results, subjects):
        print(f"missed: {row.subject}, {row.name}")
    if not given.trial:
        for growth in steep(results, subjects):
            print(f"grows too fast: {growth.subject}, {growth.name} by {growth.axis}")
    return _write(results) if given.write else None


if __name__ == "__main__":
    main()

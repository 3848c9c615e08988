"""What all processes have written, added up: plain data, from which the page is made."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterator, Mapping
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from numerics.tally import Tally, tally_of

__all__ = ["Results", "broken", "result_of", "summed"]

Results = Mapping[str, Any]
"""`parts`: cases by part. `modes`: by result `precision`, `is_ours` and `parts`, tallies by part and kind; `faults`."""

PACKAGES: Final = ("numpy", "torch", "jax", "jaxlib", "optax", "keras", "tensorflow-cpu")


def summed(folder: Path, *, seed: int, steps: int) -> Results:
    """Add up the results that lie in the folder; the order of files changes nothing."""
    modes: dict[str, Any] = {}
    for path in sorted(folder.glob("*.json")):
        part = path.name.partition("-")[0]
        for name, result in json.loads(path.read_text(encoding="utf-8")).items():
            mode = modes.setdefault(name, {"precision": result["precision"], "is_ours": result["is_ours"],
                                           "parts": {}, "faults": []})  # fmt: skip
            kinds = mode["parts"].setdefault(part, {})
            for kind, data in result["kinds"].items():
                kinds[kind] = (tally_of(kinds.get(kind, {"ulps": {}})) + tally_of(data)).to_json()
            mode["faults"] += result["faults"] if result["is_ours"] else []
    parts = {path.stem: int(path.read_text()) for path in sorted(folder.glob("*.count"))}
    return {"seed": seed, "steps": steps, "python": platform.python_version(), "versions": _versions(), "parts": parts,
            "modes": modes}  # fmt: skip


def _versions() -> dict[str, str]:
    """Give the versions of what is installed here: modes of the host alone need none of the frameworks."""
    found: dict[str, str] = {}
    for package in PACKAGES:
        with suppress(PackageNotFoundError):
            found[package] = version(package)
    return found


def result_of(mode: Mapping[str, Any], *, part: str | None = None, kind: str | None = None) -> Tally:
    """Give the sum of a mode's tallies, of one part, of one kind, or of all."""
    total = Tally()
    for data in _tallies(mode, part, kind):
        total += tally_of(data)
    return total


def _tallies(mode: Mapping[str, Any], part: str | None, kind: str | None) -> Iterator[Mapping[str, Any]]:
    for name, kinds in mode["parts"].items():
        if part in (None, name):
            yield from (data for of, data in kinds.items() if kind in (None, of))


def broken(results: Results) -> list[str]:
    """Give a line for each fault of ours: other bits in float32, too far away in float64, no number."""
    return [f"{name}: {fault}" for name, mode in results["modes"].items() for fault in mode["faults"]]

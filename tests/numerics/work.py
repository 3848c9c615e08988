"""One process of a report: takes chunks of cases in order, and writes what each mode makes of each.

A chunk that has been written is not done again, so a run that was stopped goes on where it was.
"""

from __future__ import annotations

import gc
import json
import pickle
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from zlib import crc32

from numerics.case import Case
from numerics.comparison import compared, faults
from numerics.engines import ENGINES
from numerics.mode import Mode
from numerics.tally import Tally
from unisched.errors import UnsupportedError

__all__ = ["MOST_FAULTS", "evaluated", "main"]

MOST_FAULTS = 5
SHARED_PARTS = ("random", "corpus", "stairs", "ends")
LENGTHY_PARTS = ("stairs", "ends")
LENGTHY_SHARE = 8


def evaluated(mode: Mode, cases: Sequence[Case]) -> dict[str, dict[str, Any]]:
    """By result: the tally of each kind, and the first faults."""
    tallies: dict[str, dict[str, Tally]] = {name: {} for name in mode.gives}
    found: dict[str, list[str]] = {name: [] for name in mode.gives}
    for case, name, got in _values(mode, cases):
        precision = mode.gives[name]
        tally = Tally(refused=1) if got is None else compared(case, got, precision)
        tallies[name][case.kind] = tallies[name].get(case.kind, Tally()) + tally
        if got is not None and len(found[name]) < MOST_FAULTS:
            found[name] += faults(case, got, precision, MOST_FAULTS - len(found[name]))
    return {
        name: {
            "precision": precision,
            "is_ours": mode.is_ours,
            "kinds": {kind: tally.to_json() for kind, tally in sorted(tallies[name].items())},
            "faults": found[name],
        }
        for name, precision in mode.gives.items()
    }


def _values(mode: Mode, cases: Sequence[Case]) -> Iterator[tuple[Case, str, Any]]:
    """The values of every case by every result; none where the mode refuses the case."""
    for start in range(0, len(cases), mode.batch):
        batch = cases[start : start + mode.batch]
        try:
            given = mode.run(batch)
        except UnsupportedError:
            if len(batch) == 1:
                yield from ((batch[0], name, None) for name in mode.gives)
            else:
                yield from (row for case in batch for row in _values(mode, [case]))
            continue
        for name, arrays in given.items():
            yield from ((case, name, got) for case, got in zip(batch, arrays, strict=True))


def _due(folder: Path, modes: Sequence[Mode], part: str, *, thorough: bool) -> Iterator[tuple[Mode, Path, bool]]:
    """What is to be done, in order: first of every mode the share that is enough, then, if asked for, the rest."""
    for is_rest in (False, True) if thorough else (False,):
        for chunk in sorted(folder.glob(f"{part}-*.cases")):
            yield from ((mode, chunk, is_rest) for mode in modes)


def _taken(mode: Mode, part: str, cases: Sequence[Case], *, is_rest: bool) -> list[Case]:
    share = mode.share if part in SHARED_PARTS else 1
    if part in LENGTHY_PARTS and mode.compiled and mode.is_ours:
        share *= LENGTHY_SHARE
    return [case for case in cases if mode.takes(case) and (crc32(case.name.encode()) % share > 0) == is_rest]


def main(engine: str, folder: Path, parts: Sequence[str], *, thorough: bool, ways: Sequence[str] = ()) -> None:
    """Evaluate all chunks of the parts in all modes of the engine, or in those of `ways`."""
    for part in parts:
        modes = [mode for mode in ENGINES[engine].modes(part) if not ways or mode.name in ways]
        _spare_the_collector()
        for mode, chunk, is_rest in _due(folder, modes, part, thorough=thorough):
            name = f"{engine}.{mode.name.replace(' ', '_')}{'.rest' if is_rest else ''}"
            target = chunk.with_suffix(f".{name}.json")
            if target.exists():
                continue
            result = evaluated(mode, _taken(mode, part, pickle.loads(chunk.read_bytes()), is_rest=is_rest))
            target.write_text(json.dumps(result), encoding="utf-8")
            wrong = [fault for given in result.values() for fault in given["faults"] if mode.is_ours]
            print(engine, chunk.stem, mode.name, "ok" if not wrong else "\n  ".join(["WRONG", *wrong]), flush=True)


def _spare_the_collector() -> None:
    """Look for garbage less often, and not among the frameworks' own objects: a tenth of the time of tracing."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3].split(","), thorough="--thorough" in sys.argv,
         ways=[way.removeprefix("--way=") for way in sys.argv if way.startswith("--way=")])  # fmt: skip

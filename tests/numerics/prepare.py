"""The parts of a report as chunks of cases on disk, exact values included, for the processes of all engines to read."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Final

from numerics import named
from numerics.case import Case, random_cases
from numerics.native import documents as native

__all__ = ["CHUNK", "PARTS", "Size", "prepared"]

CHUNK: Final = 250


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much is looked at: so many random specs at so many steps each.

    Of what is written down, and of the rows of stairs, `every` so-many-th case; of all `lengths` so-many-th ones.
    """

    specs: int
    steps: int
    seed: int = 0
    every: int = 1
    lengths: int = 1

    def thinned(self, cases: Iterator[Case]) -> Iterator[Case]:
        """Give every so-many-th of the cases."""
        return islice(cases, 0, None, self.every)

    def random(self) -> Iterator[Case]:
        """Give the random cases, a program for each."""
        seeds = range(self.seed, self.seed + 2 * self.specs)
        return islice(random_cases(seeds, self.steps), self.specs)


PARTS: Final[Mapping[str, Callable[[Size], Iterator[Case]]]] = {
    "native": lambda size: size.thinned(native.cases(2 * size.steps)),
    "corpus": lambda size: size.thinned(chain(named.corpus(), named.recipes(size.steps))),
    "long": lambda size: size.thinned(named.long_runs(8 * size.steps)),
    "random": Size.random,
    "rows": lambda size: named.rows_of_stairs(size.every),
    "stairs": lambda size: named.single_stairs(size.lengths),
    "ends": lambda size: named.ends(size.lengths),
}


def prepared(folder: Path, part: str, size: Size) -> int:
    """Write the chunks of a part; give the number of cases. What is there already is kept."""
    if (folder / f"{part}.count").exists():
        return int((folder / f"{part}.count").read_text())
    cases, count = PARTS[part](size), 0
    for index in range(10**6):
        chunk = [*islice(cases, CHUNK)]
        if not chunk:
            break
        count += len(chunk)
        (folder / f"{part}-{index:04}.cases").write_bytes(pickle.dumps(chunk))
    (folder / f"{part}.count").write_text(str(count))
    return count

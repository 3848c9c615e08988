"""Kills a training of one backend at every moment it has: killed_everywhere numpy, torch or optax [RUNS].

The framework is imported once, and each life of the training is a fork. RUNS, for torch, are its runs as JSON.
"""

from __future__ import annotations

import importlib
import json
import sys
from functools import partial
from pathlib import Path

from killing import every_moment, survive_in_forks

__all__: list[str] = []


def main() -> None:
    backend = sys.argv[1]
    training = importlib.import_module(f"workers.killed_{backend}")
    runs = [Path.cwd(), *map(json.loads, sys.argv[2:])] if backend == "torch" else []
    training.warm()
    survive_in_forks(partial(training.train, *runs), every_moment(training.UPDATES))


if __name__ == "__main__":
    main()

"""Builds a site from a folder, by the settings of this repository, as its own is built."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final, NamedTuple

__all__ = ["ROOT", "Built", "build"]

ROOT: Final = Path(__file__).parents[3]


class Built(NamedTuple):
    """How a build ended, what it warned of, and where its pages lie."""

    code: int
    warnings: str
    pages: Path


def build(source: Path, out: Path, **variables: str) -> Built:
    """Build `source`, every warning an error, under `variables` of the environment."""
    strict = ["-W", "--keep-going", "-n", "-q", "-b", "html", "-c", str(ROOT / "docs"), "-d", str(out / "trees")]
    done = subprocess.run([sys.executable, "-m", "sphinx", *strict, str(source), str(out / "html")],
                          env=os.environ | variables, text=True, encoding="utf-8",
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300, check=False)  # fmt: skip
    return Built(done.returncode, done.stdout, out / "html")

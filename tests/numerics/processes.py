"""The process of an engine, and the next where one is ended from outside."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from numerics.engines import ENGINES

__all__ = ["finished"]


def finished(engine: str, folder: Path, arguments: Sequence[str]) -> int:
    """Work for an engine until its process ends by itself, or is ended without having written anything; its code.

    XLA keeps all that it has compiled: after some five thousand documents of ours TensorFlow's has no memory maps left,
    and LLVM ends the process. A new one goes on where it was.
    """
    command = [sys.executable, "-m", "numerics.work", engine, *arguments]
    environment = os.environ | dict(ENGINES[engine].environment)
    while True:
        before = _written(folder, engine)
        code = subprocess.run(command, env=environment, check=False).returncode
        if code >= 0 or _written(folder, engine) == before:
            return code
        print(f"{engine} was ended by signal {-code}, and goes on", flush=True)


def _written(folder: Path, engine: str) -> int:
    return sum(1 for _ in folder.glob(f"*.{engine}.*.json"))

"""A training that ends itself by SIGKILL at one update, and the process that goes on by every way there is.

For frameworks that take seconds to start: one death and one start, where `killing` has many of both. The worker calls
`die`; what it did until then it has written into a `Journal`, line by line.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NoReturn

__all__ = ["Journal", "die", "killed", "went_on"]

HERE: Final = Path(__file__).parent
_LIMIT: Final = 900.0  # seconds: no test is about time, this ends a run that hangs


class Journal:
    """A file of one JSON object for each update, in the order in which they were made."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def write(self, **line: Any) -> None:
        """Append a line; it has left the process before this returns."""
        with self.file.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(line) + "\n")

    def lines(self) -> list[dict[str, Any]]:
        """Give all lines."""
        return [json.loads(line) for line in self.file.read_text(encoding="utf-8").splitlines()]


def die() -> NoReturn:
    """End this process by the signal that none can catch: nothing is flushed, closed or waited for."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("still alive")


def killed(worker: str, *arguments: str, environment: Mapping[str, str] = os.environ) -> None:
    """Run `workers/<worker>.py`, which must be killed; raise `AssertionError` if it ends in any other way."""
    _run(worker, arguments, environment, -signal.SIGKILL)


def went_on(worker: str, *arguments: str, environment: Mapping[str, str] = os.environ) -> None:
    """Run `workers/<worker>.py`, which must end by itself; raise `AssertionError` with what it printed if not."""
    _run(worker, arguments, environment, 0)


def _run(worker: str, arguments: tuple[str, ...], environment: Mapping[str, str], due: int) -> None:
    command = [sys.executable, "-m", f"workers.{worker}", *arguments]
    done = subprocess.run(command, env={**environment, "PYTHONPATH": str(HERE)}, capture_output=True, text=True,
                          check=False, timeout=_LIMIT)  # fmt: skip
    if done.returncode != due:
        raise AssertionError(f"{worker} ended with {done.returncode}, not {due}:\n{done.stderr[-4000:]}")

"""A question put to a fresh interpreter: a function of some module answers there, and its answer comes back.

Knows neither questions nor backends.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Final

__all__ = ["answer", "asked"]

__tracebackhide__ = True

_MARK: Final = "answer: "


def asked(
    module: str,
    *arguments: str,
    fails: str,
    patience: float,
    given: str = "",
    environment: Mapping[str, str] | None = None,
) -> list[str]:
    """Give what the function `answered` of a module gives to `answer`, with these arguments and `given` as its input.

    `environment` is put over this one's, `patience` is in seconds. Raises `AssertionError`, which says what `fails`,
    where no answer comes.
    """
    command = [sys.executable, "-c", f"from {module} import answered; answered()", *arguments]
    around = {**os.environ, **(environment or {})}
    done = subprocess.run(
        command, input=given, env=around, capture_output=True, text=True, timeout=patience, check=False
    )
    answers = [line for line in done.stdout.splitlines() if line.startswith(_MARK)]
    if done.returncode or not answers:
        raise AssertionError(f"{fails}:\n{done.stderr[-2000:]}")
    found: list[str] = json.loads(answers[-1].removeprefix(_MARK))
    return found


def answer(found: list[str]) -> None:
    """Give an answer, on a line of its own whatever was printed before."""
    sys.stdout.write(f"\n{_MARK}{json.dumps(found)}\n")

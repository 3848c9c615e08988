"""Kills a training with SIGKILL, again and again, and starts it anew: what is left has to be the run that was not cut.

`survive` is for the test, and starts a new process after each kill; `survive_in_forks` is for a script that has
imported its framework once, so that a run can be killed at every moment it has. `moment`, `saving` and `note` are for
the training, which goes on from its last checkpoint wherever it stands. This file knows no framework.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any, Final

__all__ = ["every_moment", "moment", "moments", "note", "noted", "saving", "survive", "survive_in_forks"]

_ASKS: Final = "UNISCHED_MOMENTS"
_PLACES: Final = ("begun", "half saved", "saved")
_DIES_AT: Final[set[str]] = set()


def moments(total: int, count: int, seed: int) -> list[str]:
    """Give moments at which to kill a run of `total` updates, in order: the first, the last, and `count` between."""
    draw = Random(seed)
    steps = sorted(draw.sample(range(1, total - 1), count))
    return ["begun 0", *(f"{draw.choice(_PLACES)} {step}" for step in steps), f"half saved {total - 1}"]


def every_moment(total: int) -> list[str]:
    """Give each moment of a run of `total` updates, in order."""
    return [f"{place} {step}" for step in range(total) for place in _PLACES]


def survive(command: Sequence[str], folder: Path, kills: Sequence[str], environment: Mapping[str, str]) -> None:
    """Run `command` in `folder` until it ends by itself: once for each of `kills`, a moment at which it is killed."""
    variables = {**os.environ, **environment, _ASKS: "1"}
    for run, end in enumerate([*kills, None]):
        log = (folder / f"run-{run}.txt").open("wb")
        child = subprocess.Popen(command, cwd=folder, env=variables, text=True, stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, stderr=log)  # fmt: skip
        with log, child:
            code = _watched(child, end)
        expected = 0 if end is None else -signal.SIGKILL
        assert code == expected, f"{end}: ended with {code}\n{(folder / f'run-{run}.txt').read_text()}"


def _watched(child: subprocess.Popen[str], end: str | None) -> int:
    assert child.stdin is not None
    assert child.stdout is not None
    for line in child.stdout:
        if line.rstrip("\n") == f"moment {end}":
            child.kill()
            break
        if line.startswith("moment "):
            child.stdin.write("on\n")
            child.stdin.flush()
    return child.wait()


def survive_in_forks(train: Callable[[], None], kills: Sequence[str]) -> None:
    """Call `train` in a fork of this process for each of `kills`, where the fork dies; and once more, to its end."""
    for end in [*kills, None]:
        child = os.fork()
        if not child:
            _DIES_AT.update([end] if end else [])
            train()
            os._exit(0)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if code != (-signal.SIGKILL if end else 0):
            raise AssertionError(f"{end}: ended with {code}")


def moment(place: str, step: int) -> None:
    """Say where the training stands, and wait for leave to go on, or for the end."""
    if f"{place} {step}" in _DIES_AT:
        os.kill(os.getpid(), signal.SIGKILL)
    if _ASKS in os.environ:
        print("moment", place, step, flush=True)
        sys.stdin.readline()


@contextmanager
def saving(file: Path, step: int) -> Iterator[Path]:
    """Give the path to save to, which takes the place of `file` in one stroke when all is written.

    Whoever dies before that leaves half of what was to be written.
    """
    unfinished = file.with_name(f"{file.name}.unfinished")
    yield unfinished
    whole = unfinished.read_bytes()
    unfinished.write_bytes(whole[: len(whole) // 2])
    moment("half saved", step)
    unfinished.write_bytes(whole)
    os.replace(unfinished, file)
    moment("saved", step)


def note(file: Path, step: int, used: Any) -> None:
    """Write down what the update `step` uses."""
    with file.open("a") as lines:
        lines.write(json.dumps([step, used]) + "\n")


def noted(file: Path) -> list[Any]:
    """Give what each update used; those that were made anew have to have used the same."""
    found: dict[int, Any] = {}
    for line in file.read_text().splitlines():
        step, used = json.loads(line)
        assert found.setdefault(step, used) == used, f"update {step} used {found[step]} and then {used}"
    assert list(found) == list(range(len(found)))
    return list(found.values())

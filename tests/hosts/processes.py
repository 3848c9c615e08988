"""Starts the processes of one distributed run, and brings back what each of them reports.

A worker is a script of the folder `workers`; its processes find each other as under torchrun, by environment
variables. The worker calls `asked` once for its settings and `report` once for its result.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

__all__ = ["asked", "launched", "report"]

HERE: Final = Path(__file__).parent
_RESULT: Final = "UNISCHED_RESULT"
_LIMIT: Final = 480.0  # seconds: no test is about time, this ends a run that hangs


def launched(
    worker: str, ranks: int, *, ignoring: Sequence[str] = (), killed: bool = False, **settings: Any
) -> list[Any]:
    """Run `workers/<worker>.py` on so many ranks; give what each reported last, or raise with what the ranks printed.

    Warnings are errors there too, but those of `ignoring`, in the form of Python's option -W. With `killed`, one rank
    has to kill itself; the others then end as under any launcher, killed too.
    """
    results = Path(settings["folder"])
    address = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(_free_port()), "WORLD_SIZE": str(ranks)}
    filters = [f"-Wignore{text}" for text in ignoring]
    command = [sys.executable, "-Werror", *filters, str(HERE / "workers" / f"{worker}.py"), json.dumps(settings)]
    files = [results / f"{worker}-{rank}-of-{ranks}.json" for rank in range(ranks)]
    outputs = [file.with_suffix(".txt") for file in files]
    running = [
        _started(command, address | {"RANK": str(rank), "LOCAL_RANK": str(rank), _RESULT: str(file)}, output)
        for rank, (file, output) in enumerate(zip(files, outputs, strict=True))
    ]
    if not (_one_is_killed(running) if killed else _all_end_well(running)):
        raise AssertionError("\n".join(f"{output.name}:\n{output.read_text()}" for output in outputs))
    return [json.loads(file.read_text()) for file in files]


def _all_end_well(running: Sequence[subprocess.Popen[bytes]]) -> bool:
    return all(code == 0 for code in _codes(running))


def _one_is_killed(running: Sequence[subprocess.Popen[bytes]]) -> bool:
    return -signal.SIGKILL in _codes(running)


def _codes(running: Sequence[subprocess.Popen[bytes]]) -> list[int | None]:
    # One rank that fails leaves the others waiting for it.
    try:
        end = time.monotonic() + _LIMIT
        while any(process.poll() is None for process in running) and time.monotonic() < end:
            if any(process.poll() for process in running):
                break
            time.sleep(0.05)
        return [process.poll() for process in running]
    finally:
        for process in running:
            process.kill()
            process.wait()


def _started(command: Sequence[str], variables: Mapping[str, str], output: Path) -> subprocess.Popen[bytes]:
    paths = os.pathsep.join([str(HERE), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = os.environ | variables | {"PYTHONPATH": paths, "OMP_NUM_THREADS": "1"}
    with output.open("wb") as stream:
        return subprocess.Popen(command, env=environment, cwd=output.parent, stdout=stream, stderr=subprocess.STDOUT)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def asked() -> dict[str, Any]:
    """Give the settings of this worker."""
    settings: dict[str, Any] = json.loads(sys.argv[1])
    return settings


def report(result: Any) -> None:
    """Hand the result of this rank back; floats stay exact."""
    Path(os.environ[_RESULT]).write_text(json.dumps(result))

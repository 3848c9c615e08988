"""The core beside numpy written by hand, and beside what it imports."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Mapping
from itertools import cycle
from typing import Any, Final

import numpy as np
import numpy.typing as npt

import unisched
from benchmarks.core_growths import GROWTHS
from benchmarks.documents import PEAK, TOTAL, WARMUP, three_phases, warmup_cosine
from benchmarks.pairs import Call, Effort, Figure, Make, alike, compare, counted, paired

__all__ = ["GROWTHS", "PACKAGES", "ROWS"]

PACKAGES: Final = ("numpy", "pydantic")

_STEPS: Final = 10_000_000
_DOCUMENTS: Final = 1000

Array = npt.NDArray[Any]


def _steady(call: Call) -> Make:
    return lambda calls: call


# arrays


def _everywhere(steps: Array, warmup: int, total: int) -> Array:
    rise = PEAK * steps / warmup
    return np.where(steps < warmup, rise, PEAK / 2 * (1 + np.cos(np.pi * (steps - warmup) / (total - warmup))))


def _in_two_slices(steps: Array, warmup: int, total: int) -> Array:
    values = np.empty(steps.shape)
    values[:warmup] = PEAK * steps[:warmup] / warmup
    values[warmup:] = PEAK / 2 * (1 + np.cos(np.pi * (steps[warmup:] - warmup) / (total - warmup)))
    return values


def _in_place(steps: Array, warmup: int, total: int) -> Array:
    values = np.empty(steps.shape)
    values[:warmup] = PEAK * steps[:warmup] / warmup
    tail = values[warmup:]
    np.subtract(steps[warmup:], warmup, out=tail)
    tail *= np.pi / (total - warmup)
    np.cos(tail, out=tail)
    tail += 1
    tail *= PEAK / 2
    return values


_BY_HAND: Final = {
    "np.where over all": _everywhere,
    "a slice for each phase": _in_two_slices,
    "slices, in place": _in_place,
}


def _arrays(effort: Effort) -> tuple[Call, dict[str, Call]]:
    total = 10_000 if effort.is_trial else _STEPS
    warmup = total // 100
    program = unisched.compile(warmup_cosine(warmup), total=total)
    steps = np.arange(total)
    by_hand = {name: lambda curve=curve: curve(steps, warmup, total) for name, curve in _BY_HAND.items()}
    for peer in by_hand.values():
        alike(program(steps), peer())
    return lambda: program(steps), by_hand


def _array_time(effort: Effort) -> list[Figure]:
    ours, by_hand = _arrays(effort)
    return compare(_steady(ours), {name: _steady(peer) for name, peer in by_hand.items()}, effort.few(11), calls=1)


def _array_memory(effort: Effort) -> list[Figure]:
    ours, by_hand = _arrays(effort)
    return [counted(name, _peak(ours), _peak(peer), "B") for name, peer in by_hand.items()]


def _peak(call: Call) -> float:
    call()
    tracemalloc.start()
    try:
        call()
        return float(tracemalloc.get_traced_memory()[1])
    finally:
        tracemalloc.stop()


# one step


def _plain(step: int) -> float:
    if step < WARMUP:
        return PEAK * step / WARMUP
    return 0.5 * PEAK * (1.0 + math.cos(math.pi * (step - WARMUP) / (TOTAL - WARMUP)))


def _host_step(effort: Effort) -> list[Figure]:
    value = unisched.compile(warmup_cosine(), total=TOTAL).function()
    alike([value(step) for step in range(TOTAL)], [_plain(step) for step in range(TOTAL)])

    def a_run(curve: Callable[[int], float]) -> Make:
        return lambda calls: lambda: [curve(step) for step in range(TOTAL)]

    figures = compare(a_run(value), {"a function of plain Python": a_run(_plain)}, effort)
    return [figure | {side: figure[side] / TOTAL for side in ("ours", "theirs")} for figure in figures]


# documents, and imports


def _three_phases(effort: Effort) -> list[Figure]:
    # Each text is another document, so that nothing can be remembered from the one before.
    texts = cycle([json.dumps(three_phases(peak)) for peak in np.linspace(0.01, 0.1, _DOCUMENTS).tolist()])
    parse = cycle([json.dumps(three_phases(peak)) for peak in np.linspace(0.01, 0.1, _DOCUMENTS).tolist()])
    ours = _steady(lambda: unisched.compile(next(texts), total=1000))
    return compare(ours, {"json.loads of the text": _steady(lambda: json.loads(next(parse)))}, effort)


_TIMED: Final = "import time; begin = time.process_time(); {}; print(time.process_time() - begin)"
_BENEATH: Final = "import numpy, pydantic"


def _in_a_new_process(statement: str) -> float:
    """Give the seconds that a statement takes in a Python that has just begun, without the begin."""
    ran = subprocess.run([sys.executable, "-c", _TIMED.format(statement)], capture_output=True, check=True, text=True)
    return float(ran.stdout)


def _beside_numpy_and_pydantic(statement: str, effort: Effort) -> list[Figure]:
    def ours() -> float:
        return _in_a_new_process(statement)

    def beneath() -> float:
        return _in_a_new_process(_BENEATH)

    ours(), beneath()
    return [paired(_BENEATH, ours, beneath, effort.few(21).pairs)]


def _import(effort: Effort) -> list[Figure]:
    return _beside_numpy_and_pydantic("import unisched", effort)


def _first(effort: Effort) -> list[Figure]:
    return _beside_numpy_and_pydantic(f"import unisched; unisched.compile({three_phases(PEAK)!r}, total=1000)", effort)


ROWS: Final[Mapping[str, Callable[[Effort], list[Figure]]]] = {
    "numpy, 10⁷ contiguous steps, time": _array_time,
    "numpy, 10⁷ contiguous steps, peak memory": _array_memory,
    "a step on the host, warm-up and cosine": _host_step,
    "load and compile three phases": _three_phases,
    "import unisched": _import,
    "import unisched and compile the first document": _first,
}

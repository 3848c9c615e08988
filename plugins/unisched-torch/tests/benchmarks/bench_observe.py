"""Prints what one `observe()` costs beside torch's own plateau and beside `step()`, in processor time: run by hand."""

from __future__ import annotations

import statistics
import time
import warnings
from collections.abc import Callable, Mapping
from typing import Final

import torch
from torch.optim import SGD, Optimizer
from torch.optim.lr_scheduler import ReduceLROnPlateau
from unisched_torch import UnischedLR

OBSERVATIONS: Final = 1000
ROUNDS: Final = 15
LINE: Final = {"kind": "linear", "start": 1, "end": 0}
TORCH: Final = {"kind": "torch.ReduceLROnPlateau", "monitor": "loss"}
Call = Callable[[int], None]


def _optimizer(groups: int) -> Optimizer:
    return SGD([{"params": [torch.nn.Parameter(torch.zeros(1))]} for _ in range(groups)], lr=0.1)


def _native(groups: int) -> Call:
    scheduler = ReduceLROnPlateau(_optimizer(groups))
    return lambda index: scheduler.step(1 / (index + 1))


def _observing(document: Mapping[str, object]) -> Callable[[int], Call]:
    def made(groups: int) -> Call:
        scheduler = UnischedLR(_optimizer(groups), document)
        return lambda index: scheduler.observe(1 / (index + 1))

    return made


def _dropping(groups: int) -> Call:
    stall = {"kind": "plateau", "monitor": "loss", "patience": 0, "factor": 0.999}
    scheduler = UnischedLR(_optimizer(groups), {"base": "optimizer", "curve": stall})
    return lambda index: scheduler.observe(1.0)


def _stepping(groups: int) -> Call:
    scheduler = UnischedLR(_optimizer(groups), {"base": "optimizer", "curve": LINE}, total=10**6)
    return lambda index: scheduler.step()


MAKERS: Final[Mapping[str, Callable[[int], Call]]] = {
    "ReduceLROnPlateau.step": _native,
    "step": _stepping,
    "observe, torch's plateau": _observing(TORCH),
    "observe, a drop each time": _dropping,
    "observe, greedy": _observing({"kind": "transformers.greedy", "monitor": "loss"}),
    "observe, greedy, mean of 50": _observing({"kind": "transformers.greedy", "monitor": "loss", "smooth": True}),
}


def _microseconds(call: Call) -> float:
    begin = time.process_time()
    for index in range(OBSERVATIONS):
        call(index)
    return (time.process_time() - begin) / OBSERVATIONS * 1e6


def main() -> None:
    """Print microseconds per call, the least and the median of all rounds, and the least beside torch's own."""
    warnings.simplefilter("ignore")  # no update is made between the calls
    for groups in (1, 10, 100):
        calls = {name: maker(groups) for name, maker in MAKERS.items()}
        times: dict[str, list[float]] = {name: [] for name in calls}
        for _ in range(ROUNDS):
            for name, call in calls.items():
                times[name].append(_microseconds(call))
        native = min(times["ReduceLROnPlateau.step"])
        for name, rounds in times.items():
            least, median = min(rounds), statistics.median(rounds)
            print(f"{groups:4} groups  {name:28} {least:8.1f} µs  {median:8.1f} µs  {least / native:6.1f}")


if __name__ == "__main__":
    main()

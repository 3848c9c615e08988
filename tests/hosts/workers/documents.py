"""The schedules that the hosts train with, and their values as float32 bits. No framework is imported here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np

import unisched

__all__ = [
    "FACTOR",
    "GROUPED",
    "PATIENCE",
    "PLATEAU",
    "RATE",
    "RISING",
    "SEVERAL",
    "THRESHOLD",
    "TOTAL",
    "bits",
    "host_bits",
]

TOTAL: Final = 40
RATE: Final[Mapping[str, Any]] = {"kind": "warmup_cosine", "peak": 0.01, "warmup": 7, "end": 1e-5}
GROUPED: Final[Mapping[str, Any]] = {
    "schedules": {"learning_rate": RATE},
    "groups": {"head": {"learning_rate": {"kind": "linear", "start": 0.3, "end": 0.01}}},
}
# Weight decays and momenta from 0.5 to 1: there 1 - x is exact in float32, and so can be read off a weight.
SEVERAL: Final[Mapping[str, Any]] = {
    "schedules": {
        "learning_rate": RATE,
        "weight_decay": {"kind": "linear", "start": 0.9, "end": 0.55},
        "beta1": {"kind": "cosine", "start": 0.95, "end": 0.6},
        "beta2": {"kind": "linear", "start": 0.99, "end": 0.9},
    }
}
# A product of a curve and a factor that falls with the loss, by the rule and the patience of torch.
FACTOR, PATIENCE, THRESHOLD = 0.7, 1, 0.0123
PLATEAU: Final[Mapping[str, Any]] = {
    "kind": "product",
    "curves": [RATE, {"kind": "plateau", "monitor": "loss", "factor": FACTOR, "patience": PATIENCE,
                      "threshold": THRESHOLD}],
}  # fmt: skip
# The same under a plateau, beside hyperparameters that watch nothing.
RISING: Final[Mapping[str, Any]] = {"schedules": {**SEVERAL["schedules"], "learning_rate": PLATEAU}}


def bits(values: Iterable[float]) -> list[str]:
    """Give values, each rounded once to float32, as text that holds every bit."""
    return [float(np.float32(value)).hex() for value in values]


def host_bits(spec: Mapping[str, Any], steps: Iterable[int], target: str = "learning_rate",
              group: str | None = None) -> list[str]:  # fmt: skip
    """Give the host's values at `steps` as such texts."""
    function = unisched.compile(spec, total=TOTAL).function(target, group)
    return bits(function(step) for step in steps)

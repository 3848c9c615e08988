"""Small documents that show what each kind does: by kind, one curve or several side by side, 1000 steps long."""

from __future__ import annotations

import math
from typing import Any, Final

__all__ = ["LOSSES", "SHOWN", "TOTAL"]

TOTAL: Final = 1000

_FALL: Final = {"kind": "cosine", "start": 1, "end": 0}
_POINTS: Final = [[100, 0.2], [400, 1], [700, 0.5], [900, 0.1]]
_RAMPS: Final = {
    "kind": "sequence",
    "parts": [{"kind": "linear", "start": 0, "end": 1, "duration": 150}, {"kind": "constant"},
              {"kind": "cosine", "end": 0, "duration": 400}],
}  # fmt: skip


def _alone(kind: str, **fields: Any) -> dict[str, dict[str, Any]]:
    return {kind: {"kind": kind, **fields}}


def _each(kind: str, name: str, *values: Any, **fields: Any) -> dict[str, dict[str, Any]]:
    return {f"{name} {value}": {"kind": kind, name: value, **fields} for value in values}


SHOWN: Final[dict[str, dict[str, dict[str, Any]]]] = {
    "constant": _alone("constant", value=1),
    "linear": _each("linear", "warp", 0.5, 1, 2, start=1, end=0),
    "polynomial": _each("polynomial", "power", 0.5, 1, 2, 4, start=1, end=0),
    "cosine": _each("cosine", "power", 0.5, 1, 2, start=1, end=0),
    "exponential": {
        "from start to end": {"kind": "exponential", "start": 1, "end": 0.02},
        "by a rate, on stairs": {"kind": "exponential", "start": 1, "rate": 0.6, "every": 150, "staircase": True},
    },
    "power_decay": _each("power_decay", "power", 0.5, 1, 2, start=1, timescale=100),
    "piecewise": {
        name: {"kind": "piecewise", "interpolation": name, "points": _POINTS}
        for name in ("previous", "linear", "cosine")
    },
    "sequence": {"sequence": _RAMPS},
    "product": {
        "a warm-up": {"kind": "linear", "start": 0, "end": 1, "duration": 200},
        "a decay": {"kind": "exponential", "start": 1, "end": 0.1},
        "their product": {"kind": "product", "curves": [{"kind": "linear", "start": 0, "end": 1, "duration": 200},
                                                        {"kind": "exponential", "start": 1, "end": 0.1}]},
    },
    "sum": {
        "a line": {"kind": "linear", "start": 0.6, "end": 0.1},
        "a wave": {"kind": "triangular", "start": 0, "peak": 0.3, "period": 200},
        "their sum": {"kind": "sum", "curves": [{"kind": "linear", "start": 0.6, "end": 0.1},
                                                {"kind": "triangular", "start": 0, "peak": 0.3, "period": 200}]},
    },
    "clip": {
        "the curve": _FALL,
        "from 0.2 to 0.8": {"kind": "clip", "curve": _FALL, "minimum": 0.2, "maximum": 0.8},
    },
    "repeat": {
        "period 200": {"kind": "repeat", "period": 200, "curve": _FALL},
        "stretch 2, scale 0.5": {"kind": "repeat", "period": 140, "stretch": 2, "scale": 0.5, "curve": _FALL},
    },
    "stair": {"the curve": _FALL, "every 100": {"kind": "stair", "every": 100, "curve": _FALL}},
    "shift": {"the curve": _RAMPS, "by 100": {"kind": "shift", "by": 100, "curve": _RAMPS}},
    "window": {
        "the curve over 1000 steps": _FALL,
        "over 2000, from 500 on": {"kind": "window", "curve": _FALL, "length": 2000, "offset": 500},
    },
    "formula": {
        "1 / sqrt(1 + step / 50)": {"kind": "formula", "expression": "1 / sqrt(1 + step / 50)"},
        "0.5 + 0.3 * sin(6 * pi * progress)": {"kind": "formula", "expression": "0.5 + 0.3 * sin(6 * pi * progress)"},
    },
    "recurrence": {
        "value * 0.995 + 0.001": {"kind": "recurrence", "start": 1, "next": "value * 0.995 + 0.001"},
        "sin(value)": {"kind": "recurrence", "start": 1, "next": "sin(value)"},
    },
    "follow": {
        "beta": _FALL,
        "half of beta": {"schedules": {
            "learning_rate": {"kind": "product", "curves": [0.5, {"kind": "follow", "schedule": "beta"}]},
            "beta": _FALL,
        }},
    },
    "plateau": _alone("plateau", monitor="loss", factor=0.5, patience=5),
    "noise": {
        "a cosine": _FALL,
        "with noise": {"kind": "product", "curves": [_FALL, {"kind": "noise", "std": 0.1, "seed": 7, "every": 10}]},
    },
    "warmup_cosine": _alone("warmup_cosine", peak=1, warmup=100),
    "warmup_linear": _alone("warmup_linear", peak=1, warmup=100),
    "wsd": _each("wsd", "shape", "1-sqrt", "linear", "cosine", peak=1, warmup=100, decay=400),
    "inverse_sqrt": _alone("inverse_sqrt", peak=1, warmup=100),
    "noam": _alone("noam", model_size=512, warmup=200),
    "one_cycle": _alone("one_cycle", peak=1),
    "triangular": _each("triangular", "scale", 1, 0.5, start=0.1, peak=1, period=250),
    "sgdr": {
        "period 200": {"kind": "sgdr", "peak": 1, "period": 200},
        "stretch 2, scale 0.7, warm-up": {"kind": "sgdr", "peak": 1, "period": 140, "stretch": 2, "scale": 0.7,
                                          "warmup": "20%"},
    },
    "rex": _alone("rex", peak=1, warmup=100),
}  # fmt: skip

LOSSES: Final = {step: round(0.4 + 2 * math.exp(-step / 60), 2) for step in range(0, TOTAL, 20)}
"""What is observed where a picture needs a metric."""

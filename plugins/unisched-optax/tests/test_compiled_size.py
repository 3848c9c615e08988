"""The compiled text of a schedule: one kernel where there are few rows, and no longer for a thousand than for ten."""

from __future__ import annotations

import re
from typing import Any

import jax
import numpy as np

import unisched

KINDS: tuple[dict[str, Any], ...] = (
    {"kind": "linear", "end": 0.5}, {"kind": "cosine", "end": 0.5}, {"kind": "exponential", "end": 0.5},
    {"kind": "polynomial", "end": 0.5, "power": 1.7}, {"kind": "power_decay", "timescale": 7},
)  # fmt: skip


def lowered(spec: dict[str, Any], **clock: int) -> Any:
    return jax.jit(unisched.build(spec, "optax", **clock)).lower(np.int32(0))


def operations(rows: int) -> int:
    parts = [KINDS[index % len(KINDS)] | {"start": 1.0, "duration": 10} for index in range(rows)]
    return len(re.findall(r" = \"?stablehlo\.", lowered({"kind": "sequence", "parts": parts}).as_text()))


def test_the_text_has_as_many_operations_for_a_thousand_rows_of_all_kinds_as_for_ten() -> None:
    assert 100 < operations(10) == operations(100) == operations(1000)


def test_a_warm_up_and_a_cosine_are_one_kernel() -> None:
    compiled = lowered({"kind": "warmup_cosine", "peak": 0.1, "warmup": 100}, total=1000).compile().as_text()
    assert len(re.findall(r" fusion\(", compiled)) == 1

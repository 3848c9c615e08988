"""Prints what each evaluator costs, beside a plain Python cosine: run it by hand, on an idle machine."""

from __future__ import annotations

import math
import timeit
from collections.abc import Callable
from random import Random

import numpy as np

from unisched.evaluate import arrays
from unisched.exact import value_at
from unisched.ir import Combine, Constant, Exponential, Fold, Phase, Power, Ramp, Track, Value
from unisched.scalar import function

CALLS = 10_000
TOTAL = 1_000_000


def lone(curve: Constant | Ramp | Exponential | Power | Fold) -> Track:
    return Track(starts=(0,), curves=(curve,))


WARMUP_COSINE = Track(
    starts=(0, 2000),
    curves=(
        Ramp(start=0.0, end=1e-3, phase=Phase(span=2000)),
        Ramp(start=1e-3, end=0.0, phase=Phase(span=TOTAL - 2000), shape="cosine"),
    ),
)
SPAN = Phase(span=TOTAL)
FREE = Phase(span=1000, wrap="free")
MIXED = (
    Ramp(start=1.0, end=0.0, phase=Phase(span=999)),
    Ramp(start=1.0, end=0.0, phase=Phase(span=999), shape="cosine"),
    Exponential(value=1.0, to=0.97, of=1.0, phase=FREE),
    Power(value=1.0, exponent=0.5, phase=FREE),
    Constant(value=0.5),
)
VALUES: dict[str, Value] = {
    "constant": lone(Constant(value=0.1)),
    "linear": lone(Ramp(start=1.0, end=0.0, phase=SPAN)),
    "warm-up + cosine": WARMUP_COSINE,
    "polynomial": lone(Ramp(start=1.0, end=0.0, phase=SPAN, power=1.7)),
    "warped cosine": lone(Ramp(start=1.0, end=0.0, phase=SPAN, shape="cosine", warp=1.7)),
    "exponential": lone(Exponential(value=1.0, to=0.97, of=1.0, phase=FREE)),
    "inverse square root": lone(Power(value=1.0, exponent=0.5, phase=FREE)),
    "restarts": lone(Ramp(start=1.0, end=0.0, phase=Phase(span=1000, wrap="restart"), shape="cosine")),
    "cycle of two parts": lone(Fold(track=WARMUP_COSINE, phase=Phase(span=TOTAL // 10, wrap="restart"))),
    "product": Combine(op="product", parts=(WARMUP_COSINE, WARMUP_COSINE)),
    "1 000 mixed rows": Track(starts=tuple(range(0, TOTAL, 1000)), curves=tuple(MIXED[i % 5] for i in range(1000))),
}


def plain(step: int) -> float:
    return 0.5 * (1.0 + math.cos(math.pi * step / TOTAL))


def per_call(evaluate: Callable[[int], float], steps: list[int]) -> float:
    return min(timeit.repeat(lambda: [evaluate(step) for step in steps], number=1, repeat=7)) / len(steps)


def main() -> None:
    steps = Random(0).choices(range(TOTAL), k=CALLS)
    batch = np.array(Random(1).choices(range(TOTAL), k=200_000))
    unit = per_call(plain, steps)
    print(f"one plain Python cosine: {unit * 1e6:.3f} µs; all figures below are multiples of it")
    print(f"{'':>22}{'scalar':>10}{'arrays':>10}{'exact':>10}")
    for name, value in VALUES.items():
        scalar = per_call(function(value), steps)
        exact = per_call(lambda step, value=value: value_at(value, step), steps[:500])  # type: ignore[misc]
        evaluate = arrays(value)
        array = min(timeit.repeat(lambda evaluate=evaluate: evaluate(batch), number=1, repeat=3)) / batch.size  # type: ignore[misc]
        print(f"{name:>22}{scalar / unit:>10.2f}{array / unit:>10.2f}{exact / unit:>10.1f}")


if __name__ == "__main__":
    main()

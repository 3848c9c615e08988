"""Batches that grow: lengths and progress in tokens or samples, counted update by update."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from corpus_generator.case import Case, Target, Worth
from corpus_generator.leaves import cosine, geometric, linear, power_decay, rate_decay

__all__ = ["CASES"]


def _consumed(k: int, pieces: Sequence[tuple[int, int]]) -> int:
    """Give how many are consumed before update k, where `pieces` say from which step on an update takes how many."""
    ends = [start for start, _ in pieces[1:]] + [k]
    return sum(batch * (min(k, end) - start) for (start, batch), end in zip(pieces, ends, strict=True) if start < k)


# 32 a step to 1600 tokens (step 50), 64 to 8000 (step 150), then 128: 20800 tokens are used up at step 250.
_DOUBLING = ((0, 32), (50, 64), (150, 128))
# 3 a step to 100 tokens (step 33.3, so 33), 7 to 500 (33 + 401/7 = 90.3, so 90), then 11.
_ODD = ((0, 3), (33, 7), (90, 11))


def _doubling(k: int) -> int:
    return _consumed(k, _DOUBLING)


def _odd(k: int) -> int:
    return _consumed(k, _ODD)


def _warmup_cosine(k: int) -> float:
    up = 31  # 1000 tokens end at step 31.25
    if k < up:
        return linear(_doubling(k), _doubling(up), 0.0, 0.3)
    return cosine(_doubling(k) - _doubling(up), _doubling(250) - _doubling(up), 0.3, 0.01)


def _last_tokens(k: int) -> float:
    if k < 33:  # in steps
        return linear(k, 33, 0.0, 0.1)
    if k < 115:  # total 130; the last 170 tokens are 15.45 updates of 11
        return 0.1
    return cosine(_odd(k) - _odd(115), _odd(130) - _odd(115), 0.1, 0.001)


def _odd_bounds(k: int) -> float:
    first, second = 27, 69  # 80 tokens end at 26.67, 350 at 33 + 251/7 = 68.86
    if k < first:
        return geometric(_odd(k), _odd(first), 1e-4, 0.1)
    if k < second:
        return linear(_odd(k) - _odd(first), _odd(second) - _odd(first), 0.1, 0.07)
    return linear(min(k, 130) - second, 130 - second, 0.07, 0.0)


def _rate_per_tokens(k: int) -> float:
    return rate_decay(_odd(k), 0.3, 0.9, 100)


def _inverse_root(k: int) -> float:
    return power_decay(_odd(k), 0.3, 64)


def _cycles(k: int) -> float:
    ends = [0, 56, 88, 119, 150]  # 2000 tokens end at 50 + 400/64 = 56.25, 4000 at 87.5, 6000 at 118.75, 8000 at 150
    for start, end in pairwise(ends):
        if k < end:
            return cosine(_doubling(k) - _doubling(start), _doubling(end) - _doubling(start), 0.2, 0.02)
    return 0.02


def _case(name: str, why: str, curve: Any, worth: Worth, *, ramp: Sequence[Sequence[Any]], marks: Sequence[int],
          total: int | None, written: Any = None, unit: str = "tokens") -> Case:  # fmt: skip
    batch = {"kind": "piecewise", "interpolation": "previous", "points": [list(point) for point in ramp]}
    top: Mapping[str, Any] = {} if total is None else {"total": written or total}
    spec = {"unisched": 1, **top, f"{unit}_per_step": "batch", "schedules": {"batch": batch, "learning_rate": curve}}
    return Case(name=name, why=why, spec=spec, targets=[Target(worth=worth)], marks=marks, total=total, plain=True)


_DOUBLING_TOKENS = ((0, 32), ("1600 tokens", 64), ("8000 tokens", 128))
_ODD_TOKENS = ((0, 3), ("100 tokens", 7), ("500 tokens", 11))

CASES: Sequence[Case] = (
    _case(
        "ramp_warmup_cosine",
        "both parts advance by tokens, over two changes of the batch",
        {
            "kind": "sequence",
            "boundaries": ["1k tokens"],
            "parts": [{"kind": "linear", "start": 0, "end": 0.3}, {"kind": "cosine", "end": 0.01}],
        },
        _warmup_cosine,
        ramp=_DOUBLING_TOKENS,
        marks=[31, 50, 150],
        total=250,
        written="20800 tokens",
    ),
    _case(
        "ramp_last_tokens",
        "a length in samples at the end is as many steps as it takes there, not at the start",
        {
            "kind": "sequence",
            "parts": [
                {"kind": "linear", "start": 0, "end": 0.1, "duration": 33},
                {"kind": "constant"},
                {"kind": "cosine", "end": 0.001, "duration": "170 samples"},
            ],
        },
        _last_tokens,
        ramp=((0, 3), ("100 samples", 7), ("500 samples", 11)),
        marks=[33, 90, 115],
        total=130,
        unit="samples",
    ),
    _case(
        "ramp_odd_boundaries",
        "boundaries and changes of the batch that fall between two steps, and a last part in steps",
        {
            "kind": "sequence",
            "boundaries": ["80 tokens", "350 tokens"],
            "parts": [
                {"kind": "exponential", "start": 1e-4, "end": 0.1},
                {"kind": "linear", "end": 0.07},
                {"kind": "linear", "end": 0},
            ],
        },
        _odd_bounds,
        ramp=_ODD_TOKENS,
        marks=[27, 33, 69, 90],
        total=130,
    ),
    _case(
        "ramp_rate_per_tokens",
        "a rate per so many tokens goes on at the last pace",
        {"kind": "exponential", "start": 0.3, "rate": 0.9, "every": "100 tokens", "duration": 5000},
        lambda k: _rate_per_tokens(min(k, 5000)),
        ramp=_ODD_TOKENS,
        marks=[33, 90, 5000],
        total=6000,
    ),
    _case(
        "ramp_inverse_root",
        "a timescale in tokens, without an end",
        {"kind": "power_decay", "start": 0.3, "timescale": "64 tokens"},
        _inverse_root,
        ramp=_ODD_TOKENS,
        marks=[33, 90],
        total=None,
    ),
    _case(
        "ramp_cycles",
        "cycles of as many tokens are fewer and fewer steps, each rounded from the sum of all before",
        {"kind": "repeat", "period": "2k tokens", "times": 4, "curve": {"kind": "cosine", "start": 0.2, "end": 0.02}},
        _cycles,
        ramp=_DOUBLING_TOKENS,
        marks=[50, 56, 88, 119, 150],
        total=250,
    ),
)

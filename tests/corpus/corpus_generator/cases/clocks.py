"""Shifts and stairs: the same curves read at other steps, alone and in each other."""

from __future__ import annotations

from collections.abc import Sequence

from corpus_generator.case import Case, rate
from corpus_generator.cycles import cycle_of
from corpus_generator.leaves import cosine, linear, polynomial, rate_decay

__all__ = ["CASES"]


def _stair_of_cosine(every: int, total: int, why: str) -> Case:
    return rate(
        f"stair_of_cosine_{every}",
        why,
        {"kind": "stair", "every": every, "curve": {"kind": "cosine", "start": 0.1, "end": 0}},
        lambda k: cosine(k // every * every, total, 0.1, 0.0),
        total=total,
        marks=[every * stair for stair in (1, 2, 3, 6, 7, 14, 23, 29, 46, 55, 58, 92)],
    )


def _cycles(k: int) -> float:
    _, local, length = cycle_of(k, [50, 100, 150])
    return cosine(local, length, 0.1, 0.01)


def _parts(k: int) -> float:
    if k < 25:
        return linear(k, 25, 0.0, 0.1)
    if k < 28:
        return 0.5
    if k < 108:
        return cosine(k - 28, 80, 0.1, 0.02)
    return linear(k - 108, 92, 0.3, 0.0)


_PARTS = {
    "kind": "sequence",
    "parts": [
        {"kind": "linear", "start": 0, "end": 0.1, "duration": 25},
        {"kind": "constant", "value": 0.5, "duration": 3},
        {"kind": "cosine", "start": 0.1, "end": 0.02, "duration": 80},
        {"kind": "linear", "start": 0.3, "end": 0},
    ],
}


def _stair_as_part(k: int) -> float:
    if k < 7:
        return linear(k, 7, 0.0, 0.3)
    local = k - 7
    return linear(local // 10 * 10, 50, 0.3, 0.1)


def _cycles_of_stairs(k: int) -> float:
    _, local, length = cycle_of(k, [40, 80, 120])
    return cosine(local // 8 * 8, length, 0.2, 0.04)


def _first_update_not_wasted(k: int) -> float:
    if k < 50:
        return linear(k + 1, 50, 0.0, 0.1)
    return polynomial(k - 50, 150, 0.1, 0.001, exponent=2.0)


def _delayed_part(k: int) -> float:
    if k < 100:
        return linear(max(k - 30, 0), 100, 0.2, 0.05)
    return cosine(k - 100, 100, linear(70, 100, 0.2, 0.05), 0.0)


CASES: Sequence[Case] = (
    rate(
        "shift_forward",
        "a shift by 7 reads 7 steps ahead: the end comes 7 steps early",
        {"kind": "shift", "by": 7, "curve": {"kind": "cosine", "start": 0.1, "end": 0.001}},
        lambda k: cosine(k + 7, 100, 0.1, 0.001),
        total=100,
        marks=[93],
    ),
    rate(
        "shift_back",
        "a shift by -7 waits 7 steps at the start, never reads before it",
        {"kind": "shift", "by": -7, "curve": {"kind": "linear", "start": 0.1, "end": 0.001, "duration": 100}},
        lambda k: linear(max(k - 7, 0), 100, 0.1, 0.001),
        marks=[7, 107],
    ),
    rate(
        "shift_by_epochs",
        "a shift may be a duration: one and a half epochs of 33 steps are 50",
        {"kind": "shift", "by": "1.5 epochs", "curve": {"kind": "exponential", "start": 0.1, "rate": 0.99}},
        lambda k: rate_decay(k + 50, 0.1, 0.99),
        total=330,
        marks=[33, 50],
        far=False,
        steps_per_epoch=33,
    ),
    rate(
        "shift_of_repeat",
        "every cycle moves, and the hold after the last",
        {
            "kind": "shift",
            "by": 13,
            "curve": {
                "kind": "repeat",
                "period": 50,
                "times": 3,
                "curve": {"kind": "cosine", "start": 0.1, "end": 0.01},
            },
        },
        lambda k: _cycles(k + 13),
        marks=[37, 87, 137],
    ),
    rate(
        "shift_of_sequence_forward",
        "a shift past the first parts drops them",
        {"kind": "shift", "by": 26, "curve": _PARTS},
        lambda k: _parts(k + 26),
        total=200,
        marks=[2, 82, 174],
    ),
    rate(
        "shift_of_sequence_back",
        "a shift back holds the first part's first value, then all boundaries come later",
        {"kind": "shift", "by": -40, "curve": {**_PARTS, "duration": 150}},
        lambda k: _parts_of_150(max(k - 40, 0)),
        marks=[40, 65, 68, 148, 190],
    ),
    rate(
        "shift_back_over_forward",
        "a shift back around a shift forward waits at the value 10 steps in: they do not add up to 7",
        {
            "kind": "shift",
            "by": -3,
            "curve": {
                "kind": "shift",
                "by": 10,
                "curve": {"kind": "linear", "start": 0.3, "end": 0.01, "duration": 100},
            },
        },
        lambda k: linear(max(k - 3, 0) + 10, 100, 0.3, 0.01),
        marks=[3, 93],
    ),
    rate(
        "shift_warmup_part",
        "a warm-up read one step ahead does not waste its first update; the next part continues from its peak",
        {
            "kind": "sequence",
            "parts": [
                {"kind": "shift", "by": 1, "curve": {"kind": "linear", "start": 0, "end": 0.1, "duration": 50}},
                {"kind": "polynomial", "end": 0.001, "power": 2},
            ],
        },
        _first_update_not_wasted,
        total=200,
        marks=[49, 50],
    ),
    rate(
        "shift_back_part",
        "a delayed ramp is cut by the boundary, and the next part starts from the value there",
        {
            "kind": "sequence",
            "parts": [
                {
                    "kind": "shift",
                    "by": -30,
                    "duration": 100,
                    "curve": {"kind": "linear", "start": 0.2, "end": 0.05, "duration": 100},
                },
                {"kind": "cosine", "end": 0},
            ],
        },
        _delayed_part,
        total=200,
        marks=[30, 100],
    ),
    _stair_of_cosine(41, 4100, "a stair changes exactly at multiples of 41, whose reciprocal is inexact"),
    _stair_of_cosine(49, 4900, "a stair changes exactly at multiples of 49, the classic 49 * (1/49) < 1"),
    _stair_of_cosine(97, 9700, "a stair changes exactly at multiples of 97"),
    rate(
        "stair_of_epochs",
        "an epoch-wise curve in a step loop: constant within each epoch",
        {"kind": "stair", "every": "1 epoch", "curve": {"kind": "linear", "start": 0.1, "end": 0.001}},
        lambda k: linear(k // 37 * 37, 370, 0.1, 0.001),
        marks=[37, 74, 185, 333],
        total=370,
        written="10 epochs",
        steps_per_epoch=37,
    ),
    rate(
        "stair_of_sequence",
        "a part that lives only between two stairs is never seen",
        {"kind": "stair", "every": 10, "curve": _PARTS},
        lambda k: _parts(k // 10 * 10),
        total=200,
        marks=[20, 30, 40, 100, 110, 120],
    ),
    rate(
        "stair_of_repeat",
        "stairs on the outer clock meet cycles of another length: 20 against 50",
        {
            "kind": "stair",
            "every": 20,
            "curve": {"kind": "repeat", "period": 50, "curve": {"kind": "linear", "start": 0.5, "end": 0.1}},
        },
        lambda k: linear(k // 20 * 20 % 50, 50, 0.5, 0.1),
        marks=[20, 40, 60, 80, 100, 1000],
    ),
    rate(
        "stair_of_stair",
        "stairs of 10 over stairs of 25: both round down, one after the other",
        {
            "kind": "stair",
            "every": 10,
            "curve": {
                "kind": "stair",
                "every": 25,
                "curve": {"kind": "exponential", "start": 0.1, "rate": 0.99},
            },
        },
        lambda k: rate_decay(k // 10 * 10 // 25 * 25, 0.1, 0.99),
        marks=[25, 30, 50, 75, 80, 100],
        far=False,
    ),
    rate(
        "stair_as_part",
        "stairs count from the start of their part, not from step 0",
        {
            "kind": "sequence",
            "parts": [
                {"kind": "linear", "start": 0, "end": 0.3, "duration": 7},
                {
                    "kind": "stair",
                    "every": 10,
                    "curve": {"kind": "linear", "start": 0.3, "end": 0.1},
                },
            ],
        },
        _stair_as_part,
        total=57,
        marks=[7, 17, 27, 47],
    ),
    rate(
        "stair_in_repeat",
        "stairs within each cycle start over with it",
        {
            "kind": "repeat",
            "period": 40,
            "times": 3,
            "curve": {"kind": "stair", "every": 8, "curve": {"kind": "cosine", "start": 0.2, "end": 0.04}},
        },
        _cycles_of_stairs,
        marks=[8, 16, 32, 40, 48, 80, 88, 120],
    ),
    rate(
        "shift_of_stair",
        "a shift around a stair moves the stairs",
        {
            "kind": "shift",
            "by": 3,
            "curve": {
                "kind": "stair",
                "every": 10,
                "curve": {"kind": "linear", "start": 0.4, "end": 0.1, "duration": 100},
            },
        },
        lambda k: linear((k + 3) // 10 * 10, 100, 0.4, 0.1),
        marks=[7, 17, 57, 97],
    ),
    rate(
        "stair_of_shift",
        "a stair around a shift does not move the stairs, only what is read on them",
        {
            "kind": "stair",
            "every": 10,
            "curve": {
                "kind": "shift",
                "by": 3,
                "curve": {"kind": "linear", "start": 0.4, "end": 0.1, "duration": 100},
            },
        },
        lambda k: linear(k // 10 * 10 + 3, 100, 0.4, 0.1),
        marks=[10, 50, 90],
        total=100,
        far=False,
    ),
)


def _parts_of_150(k: int) -> float:
    return _parts(k) if k < 108 else linear(k - 108, 42, 0.3, 0.0)

"""Products and sums: one float64 operation an operand, in the order written."""

from __future__ import annotations

from collections.abc import Sequence

from corpus_generator.case import Case, rate
from corpus_generator.leaves import cosine, linear, rate_decay

__all__ = ["CASES"]


def _first_sequence(k: int) -> float:
    if k < 100:
        return linear(k, 100, 0.0, 1.0)
    if k < 300:
        return 0.5
    return cosine(k - 300, 200, 0.9, 0.1)


def _second_sequence(k: int) -> float:
    if k < 150:
        return 0.3
    if k < 300:
        return rate_decay(k - 150, 0.2, 0.99)
    return linear(k - 300, 200, rate_decay(150, 0.2, 0.99), 0.01)


def _product_then_line(k: int) -> float:
    if k < 200:
        return _product_part(k)
    return linear(k - 200, 100, _product_part(200), 0.0)


def _product_part(k: int) -> float:
    return linear(k, 50, 0.0, 1.0) * rate_decay(k, 0.1, 0.99)


def _sum_among_parts(k: int) -> float:
    if k < 40:
        return linear(k, 40, 0.1, 0.7)
    if k < 100:
        return 0.1 + linear(k - 40, 60, 0.2, 0.03)
    return cosine(k - 100, 50, 0.6, 0.05)


CASES: Sequence[Case] = (
    rate(
        "product_of_warmup_and_decay",
        "the shorter operand of a product holds its end while the longer goes on",
        {
            "kind": "product",
            "curves": [
                {"kind": "linear", "start": 0.001, "end": 1, "duration": 100},
                {"kind": "cosine", "start": 0.1, "end": 0.001},
            ],
        },
        lambda k: linear(k, 100, 0.001, 1.0) * cosine(k, 1000, 0.1, 0.001),
        total=1000,
        marks=[100],
    ),
    rate(
        "product_from_the_left",
        "four operands are multiplied from the left, each product rounded",
        {
            "kind": "product",
            "curves": [
                0.1,
                {"kind": "linear", "start": 0.7, "end": 0.3},
                0.3,
                {"kind": "cosine", "start": 0.9, "end": 0.1},
            ],
        },
        lambda k: 0.1 * linear(k, 200, 0.7, 0.3) * 0.3 * cosine(k, 200, 0.9, 0.1),
        total=200,
        marks=[],
    ),
    rate(
        "product_nested_on_the_right",
        "a product inside a product keeps its own order",
        {
            "kind": "product",
            "curves": [
                0.1,
                {
                    "kind": "product",
                    "curves": [
                        {"kind": "linear", "start": 0.7, "end": 0.3},
                        {"kind": "exponential", "start": 0.3, "rate": 0.99},
                    ],
                },
            ],
        },
        lambda k: 0.1 * (linear(k, 200, 0.7, 0.3) * rate_decay(k, 0.3, 0.99)),
        total=200,
        marks=[],
        far=False,
    ),
    rate(
        "product_of_sequences",
        "jumps in either operand, in both at once, and a continuing join",
        {
            "kind": "product",
            "curves": [
                {
                    "kind": "sequence",
                    "parts": [
                        {"kind": "linear", "start": 0, "end": 1, "duration": 100},
                        {"kind": "constant", "value": 0.5, "duration": 200},
                        {"kind": "cosine", "start": 0.9, "end": 0.1},
                    ],
                },
                {
                    "kind": "sequence",
                    "parts": [
                        {"kind": "constant", "value": 0.3, "duration": 150},
                        {"kind": "exponential", "start": 0.2, "rate": 0.99, "duration": 150},
                        {"kind": "linear", "end": 0.01},
                    ],
                },
            ],
        },
        lambda k: _first_sequence(k) * _second_sequence(k),
        total=500,
        marks=[100, 150, 300],
    ),
    rate(
        "product_then_line",
        "a left-out start after a product is the product's own rounded value",
        {
            "kind": "sequence",
            "parts": [
                {
                    "kind": "product",
                    "duration": 200,
                    "curves": [
                        {"kind": "linear", "start": 0, "end": 1, "duration": 50},
                        {"kind": "exponential", "start": 0.1, "rate": 0.99},
                    ],
                },
                {"kind": "linear", "end": 0, "duration": 100},
            ],
        },
        _product_then_line,
        total=300,
        marks=[50, 200],
    ),
    rate(
        "sum_from_the_left",
        "three operands are added from the left, each sum rounded",
        {
            "kind": "sum",
            "curves": [
                0.1,
                {"kind": "linear", "start": 0.02, "end": 0.003},
                {"kind": "cosine", "start": 0.0007, "end": 0},
            ],
        },
        lambda k: 0.1 + linear(k, 300, 0.02, 0.003) + cosine(k, 300, 0.0007, 0.0),
        total=300,
        marks=[100, 150, 200],
    ),
    rate(
        "sum_nested_on_the_right",
        "a + (b + c) is not (a + b) + c",
        {
            "kind": "sum",
            "curves": [
                0.1,
                {
                    "kind": "sum",
                    "curves": [
                        {"kind": "linear", "start": 0.2, "end": 0.03},
                        {"kind": "cosine", "start": 0.3, "end": 0.07},
                    ],
                },
            ],
        },
        lambda k: 0.1 + (linear(k, 110, 0.2, 0.03) + cosine(k, 110, 0.3, 0.07)),
        total=110,
        marks=[],
    ),
    rate(
        "sum_among_parts",
        "a sum in one part of a sequence leaves the bits of the others alone",
        {
            "kind": "sequence",
            "parts": [
                {"kind": "linear", "start": 0.1, "end": 0.7, "duration": 40},
                {"kind": "sum", "duration": 60, "curves": [0.1, {"kind": "linear", "start": 0.2, "end": 0.03}]},
                {"kind": "cosine", "start": 0.6, "end": 0.05, "duration": 50},
            ],
        },
        _sum_among_parts,
        marks=[40, 100, 150],
    ),
)

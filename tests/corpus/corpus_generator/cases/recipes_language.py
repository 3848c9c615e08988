"""Schedules of published language models, and of fine-tuning and pre-training in general."""

from __future__ import annotations

from collections.abc import Sequence

from corpus_generator.case import Case, Target
from corpus_generator.cases.recipes import document, full
from corpus_generator.cycles import cycle_of
from corpus_generator.leaves import cosine, geometric, held, linear

__all__ = ["CASES"]


def _keras(k: int) -> float:
    if k < 7880:
        return linear(k, 7880, 4e-6, 1e-4)
    if k < 7885:
        return 1e-4
    return cosine(k - 7885, 31515, 1e-4, 0.0)


def _flax(k: int) -> float:
    if k < 6255:
        return linear(k, 6255, 0.0, 0.1)
    return cosine(k - 6255, 106335, 0.1, 0.0)


def _wsd(k: int) -> float:
    if k < 2000:
        return linear(k, 2000, 0.0, 3e-4)
    if k < 80000:
        return 3e-4
    return linear(k - 80000, 20000, 3e-4, 0.0, warp=0.5)


def _wsd_s(k: int) -> float:
    index, local, length = cycle_of(k, [2980, 5960, 11921])
    decay = (2682, 2682, 5365)[index]
    stable = 3e-4 if local < decay else linear(local - decay, length - decay, 3e-4, 3e-5)
    return linear(k, 250, 0.0, 1.0) * stable


def _straight_to_zero(k: int) -> float:
    if k < 1000:
        return linear(k + 1, 1000, 0.0, 1e-3)
    return linear(k - 1000, 9000, 1e-3, 0.0)


def _deepseek(k: int) -> float:
    return linear(k, 2000, 0.0, 1.0) * held(k, [(0, 3.2e-4), (169542, 1.0112e-4), (190735, 3.195392e-5)])


def _fine_tuning(k: int) -> float:
    return linear(k, 1, 0.0, 1.0) if k < 1 else linear(k - 1, 39, 1.0, 0.0)


def _tri_stage(k: int) -> float:
    if k < 8000:
        return linear(k, 8000, 0.01, 1.0)
    if k < 40000:
        return 1.0
    return geometric(k - 40000, 40000, 1.0, 0.05)


CASES: Sequence[Case] = (
    full(
        "keras_warmup_hold_cosine",
        "Linear warm-up, a hold at the peak, then cosine to zero: 12 608 samples in batches of 16",
        "three parts, two of which continue where the one before stopped",
        _keras,
        marks=[7880, 7885],
        total=39400,
        content={
            "total": "50 epochs",
            "steps_per_epoch": 788,
            "schedules": {
                "learning_rate": {
                    "kind": "sequence",
                    "parts": [
                        {"kind": "linear", "start": 4e-6, "end": 1e-4, "duration": "10 epochs"},
                        {"kind": "constant", "duration": 5},
                        {"kind": "cosine", "end": 0},
                    ],
                }
            },
        },
    ),
    full(
        "flax_warmup_cosine",
        "Warm-up epochs, then cosine over the remaining epochs",
        "epochs of 1251 steps: 6255 of warm-up in 112590",
        _flax,
        marks=[6255],
        total=112590,
        content={
            "total": "90 epochs",
            "steps_per_epoch": 1251,
            "schedules": {"learning_rate": {"kind": "warmup_cosine", "peak": 0.1, "warmup": "5 epochs"}},
        },
    ),
    full(
        "wsd_one_minus_sqrt",
        "Warm-up, stable, decay by one minus a square root over the last 20 percent",
        "the cooldown starts at step 80000 of 100000",
        _wsd,
        marks=[2000, 80000, 85000],
        total=100000,
        content={
            "total": 100000,
            "schedules": {
                "learning_rate": {"kind": "wsd", "peak": 3e-4, "warmup": 2000, "decay": "20%", "shape": "1-sqrt"}
            },
        },
    ),
    full(
        "wsd_s",
        "Stable and decay at 12.5B, 25B and 50B tokens, without warming up again",
        "cycles end at 2980.2, 5960.5 and 11920.9 steps; the last tenth of each decays",
        _wsd_s,
        marks=[250, 2682, 2980, 5662, 5960, 11325],
        total=11921,
        content={
            "total": "50B tokens",
            "tokens_per_step": 4194304,
            "schedules": {
                "learning_rate": {
                    "kind": "product",
                    "curves": [
                        {"kind": "linear", "start": 0, "end": 1, "duration": 250},
                        {
                            "kind": "repeat",
                            "period": ["12.5B tokens", "12.5B tokens", "25B tokens"],
                            "curve": {"kind": "wsd", "peak": 3e-4, "decay": "10%", "shape": "linear", "end": 3e-5},
                        },
                    ],
                }
            },
        },
    ),
    full(
        "straight_to_zero",
        "A tenth of warm-up whose first update is not wasted, then a line to zero",
        "a warm-up read one step ahead reaches its peak one step early and hands it on",
        _straight_to_zero,
        marks=[999, 1000],
        total=10000,
        content={
            "total": 10000,
            "schedules": {
                "learning_rate": {
                    "kind": "sequence",
                    "parts": [
                        {
                            "kind": "shift",
                            "by": 1,
                            "curve": {"kind": "linear", "start": 0, "end": 1e-3, "duration": "10%"},
                        },
                        {"kind": "linear", "end": 0},
                    ],
                }
            },
        },
    ),
    full(
        "deepseek_llm",
        "DeepSeek LLM: 2000 steps of warm-up, times 0.316 at 80 and at 90 percent",
        "2T tokens are 211927.7 steps: 80 percent of 211928 are 169542.4, 90 percent 190735.2",
        _deepseek,
        marks=[2000, 169542, 190735],
        total=211928,
        content={
            "total": "2T tokens",
            "tokens_per_step": 9437184,
            "schedules": {
                "learning_rate": {
                    "kind": "product",
                    "curves": [
                        {"kind": "linear", "start": 0, "end": 1, "duration": 2000},
                        {
                            "kind": "piecewise",
                            "interpolation": "previous",
                            "points": [[0, 3.2e-4], ["80%", 1.0112e-4], ["90%", 3.195392e-5]],
                        },
                    ],
                }
            },
        },
    ),
    Case(
        name="fine_tuning",
        why="3 percent of 40 steps are 1.2: one step of warm-up",
        spec=document(
            "fine_tuning",
            "Fine-tuning on 40 steps: 3 percent of warm-up, a line to zero, of the optimizer's own rate",
            total=40,
            schedules={
                "learning_rate": {
                    "base": "optimizer",
                    "curve": {"kind": "warmup_linear", "peak": 1, "warmup": "3%"},
                }
            },
        ),
        clock={"base": 5e-5},
        targets=[Target(worth=lambda k: 5e-5 * _fine_tuning(k))],
        marks=[1],
        total=40,
        example=True,
    ),
    full(
        "tri_stage",
        "Tri-stage of wav2vec 2.0: 10 percent up, 40 percent hold, 50 percent exponential to 5 percent",
        "a base times a curve whose decay is geometric",
        lambda k: 3e-5 * _tri_stage(k),
        marks=[8000, 40000],
        total=80000,
        content={
            "total": 80000,
            "schedules": {
                "learning_rate": {
                    "base": 3e-5,
                    "curve": {
                        "kind": "wsd",
                        "peak": 1,
                        "warmup": "10%",
                        "decay": "50%",
                        "shape": "exponential",
                        "start": 0.01,
                        "end": 0.05,
                    },
                }
            },
        },
    ),
)

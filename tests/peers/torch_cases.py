"""Arguments of torch's schedulers: a grid, strategies, what both sides refuse, and what is decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from closed_forms.torch_forms import FORMULAS
from hypothesis import strategies as st

__all__ = ["DECIDED", "GRID", "NOTED", "REFUSED", "STRATEGIES", "document"]

Arguments = Mapping[str, Any]


def document(kind: str, **arguments: Any) -> dict[str, Any]:
    return {"kind": f"torch.{kind}", **arguments}


EXPONENTIAL: Final = document("ExponentialLR", gamma=0.9)
WARMUP: Final = document("LinearLR", total_iters=4)
SWA: Final = document("SWALR", swa_lr=0.05, anneal_epochs=6)
CYCLES: Final = {"base_lr": 0.1, "max_lr": 1.0}

GRID: Final[Mapping[str, Sequence[Arguments]]] = {
    "LambdaLR": [{"lr_lambda": text} for text in FORMULAS],
    "MultiplicativeLR": [{"lr_lambda": "0.9"}, {"lr_lambda": "0.5 if step % 3 == 0 else 1.1"}],
    "StepLR": [{"step_size": 7}, {"step_size": 1, "gamma": 0.5}, {"step_size": 20, "gamma": 2.0},
               {"step_size": 3, "gamma": 0.0}, {"step_size": 100}],
    "MultiStepLR": [{"milestones": [5, 20]}, {"milestones": [30, 10, 10], "gamma": 0.5},
                    {"milestones": [0, 3], "gamma": 0.5},
                    {"milestones": [9], "gamma": 0.0}, {"milestones": [2, 4, 6], "gamma": 3.0}],
    "ConstantLR": [{}, {"factor": 0.1, "total_iters": 1}, {"factor": 1.0}, {"factor": 0.3, "total_iters": 100}],
    "LinearLR": [{}, {"start_factor": 1.0, "end_factor": 0.0, "total_iters": 30}, {"start_factor": 0.001},
                 {"start_factor": 0.7, "end_factor": 0.2, "total_iters": 1}, {"end_factor": 0.1, "total_iters": 100}],
    "ExponentialLR": [{"gamma": 0.9}, {"gamma": 1.0}, {"gamma": 1.1}, {"gamma": 0.0}, {"gamma": 0.999}],
    "PolynomialLR": [{}, {"total_iters": 30, "power": 2.0}, {"total_iters": 30, "power": 0.5}, {"power": 0.0},
                     {"total_iters": 1, "power": 3.0}, {"total_iters": 45, "power": 0.9}],
    "CosineAnnealingLR": [{"T_max": 20}, {"T_max": 20, "eta_min": 0.01}, {"T_max": 1}, {"T_max": 7, "eta_min": 0.9},
                          {"T_max": 100, "eta_min": 1e-5}],
    "ChainedScheduler": [
        {"schedulers": [WARMUP, EXPONENTIAL]}, {"schedulers": [EXPONENTIAL]},
        {"schedulers": [document("CosineAnnealingLR", T_max=60), document("StepLR", step_size=8, gamma=0.5), WARMUP]},
        {"schedulers": [document("ChainedScheduler", schedulers=[WARMUP, EXPONENTIAL]), document("ConstantLR")]},
        {"schedulers": [document("PolynomialLR", total_iters=40), document("MultiplicativeLR", lr_lambda="0.9"),
                        document("MultiStepLR", milestones=[6, 12])]},
    ],
    "SequentialLR": [
        {"schedulers": [WARMUP, EXPONENTIAL], "milestones": [4]}, {"schedulers": [EXPONENTIAL]},
        {"schedulers": [document("ConstantLR", factor=0.1, total_iters=20), WARMUP], "milestones": [10]},
        {"schedulers": [WARMUP, document("CosineAnnealingLR", T_max=20, eta_min=0.01), SWA], "milestones": [6, 30]},
        {"schedulers": [EXPONENTIAL, SWA], "milestones": [1]},
        {"schedulers": [SWA, document("CosineAnnealingWarmRestarts", T_0=5, T_mult=2)], "milestones": [12]},
        {"schedulers": [document("MultiplicativeLR", lr_lambda="0.9"), document("LambdaLR", lr_lambda="0.95 ** step")],
         "milestones": [9]},
        {"schedulers": [WARMUP, document("MultiStepLR", milestones=[0, 8]), document("StepLR", step_size=9)],
         "milestones": [3, 25]},
    ],
    "CyclicLR": [
        {**CYCLES, "step_size_up": 8}, {**CYCLES, "step_size_up": 3, "step_size_down": 10},
        {**CYCLES, "step_size_up": 5, "step_size_down": 0}, {"base_lr": 1.0, "max_lr": 0.2, "step_size_up": 4}, CYCLES,
        {**CYCLES, "step_size_up": 4, "step_size_down": 9, "mode": "triangular2", "momentum": "beta1"},
        {**CYCLES, "step_size_up": 6, "mode": "triangular2", "base_momentum": 0.5, "max_momentum": 0.95},
        {**CYCLES, "step_size_up": 7, "mode": "exp_range", "gamma": 0.98, "momentum": "beta1"},
        {**CYCLES, "step_size_up": 7, "step_size_down": 2, "mode": "exp_range", "gamma": 0.0},
        {**CYCLES, "step_size_up": 9, "mode": "exp_range", "cycle_momentum": False},
    ],
    "OneCycleLR": [
        {"max_lr": 1.0, "total_steps": 50}, {"max_lr": 0.1, "epochs": 6, "steps_per_epoch": 7, "momentum": "beta1"},
        {"max_lr": 1.0, "total_steps": 50, "anneal_strategy": "linear", "pct_start": 0.25},
        {"max_lr": 1.0, "total_steps": 47, "three_phase": True, "div_factor": 10.0, "final_div_factor": 100.0},
        {"max_lr": 1.0, "total_steps": 40, "three_phase": True, "anneal_strategy": "linear", "pct_start": 0.5},
        {"max_lr": 1.0, "total_steps": 30, "pct_start": 0.0, "cycle_momentum": False},
        {"max_lr": 0.5, "total_steps": 1},
        {"max_lr": 1.0, "total_steps": 80, "base_momentum": 0.5, "max_momentum": 0.9, "pct_start": 0.013},
    ],
    "CosineAnnealingWarmRestarts": [{"T_0": 10}, {"T_0": 4, "T_mult": 2}, {"T_0": 1, "T_mult": 3, "eta_min": 0.02},
                                    {"T_0": 7, "eta_min": 0.5}, {"T_0": 1}, {"T_0": 100, "T_mult": 5}],
    "SWALR": [{"swa_lr": 0.05}, {"swa_lr": 0.9, "anneal_epochs": 30, "anneal_strategy": "linear"},
              {"swa_lr": 0.05, "anneal_epochs": 0}, {"swa_lr": 0.0, "anneal_epochs": 1}],
}  # fmt: skip
"""Every kind but ReduceLROnPlateau, which a metric moves."""


LENGTHS = st.integers(1, 50)
GAMMAS = st.just(0.0) | st.floats(0.01, 1.5)
SHARES = st.floats(0.001, 1.0)
NOUGHTS = st.just(0.0) | st.floats(1e-6, 1.0)


def _fields(kind: str, optional: Mapping[str, Any] | None = None, **required: Any) -> Any:
    return st.fixed_dictionaries(required, optional=dict(optional or {})).map(lambda found: document(kind, **found))


_STEP = _fields("StepLR", {"gamma": GAMMAS}, step_size=LENGTHS)
_MULTI = _fields("MultiStepLR", {"gamma": GAMMAS}, milestones=st.lists(st.integers(0, 60), min_size=1, max_size=5))
_CONSTANT = _fields("ConstantLR", {"factor": SHARES, "total_iters": LENGTHS})
_LINEAR = _fields("LinearLR", {"start_factor": SHARES, "end_factor": NOUGHTS, "total_iters": LENGTHS})
_EXPONENTIAL = _fields("ExponentialLR", gamma=GAMMAS)
_POLYNOMIAL = _fields("PolynomialLR", {"total_iters": LENGTHS, "power": st.just(0.0) | st.floats(0.1, 4.0)})
_FLAT = _fields("CosineAnnealingLR", T_max=st.integers(60, 90))
_COSINE = _fields("CosineAnnealingLR", {"eta_min": NOUGHTS}, T_max=LENGTHS)
_RESTARTS = _fields("CosineAnnealingWarmRestarts", {"T_mult": st.integers(1, 4), "eta_min": NOUGHTS}, T_0=LENGTHS)
_LAMBDA = _fields("LambdaLR", lr_lambda=st.sampled_from(list(FORMULAS)))
_PRODUCT = _fields("MultiplicativeLR", lr_lambda=st.sampled_from(list(FORMULAS)))
_SWA = _fields("SWALR", {"anneal_epochs": st.integers(0, 30), "anneal_strategy": st.sampled_from(["cos", "linear"])},
               swa_lr=NOUGHTS)  # fmt: skip
_FACTORS = _STEP | _MULTI | _CONSTANT | _LINEAR | _EXPONENTIAL | _POLYNOMIAL | _FLAT
_ANEW = _STEP | _MULTI | _CONSTANT | _LINEAR | _EXPONENTIAL | _POLYNOMIAL | _COSINE | _RESTARTS | _LAMBDA


@st.composite
def _sequences(draw: st.DrawFn) -> Arguments:
    later = draw(st.lists(_ANEW, max_size=2)) + draw(st.lists(_SWA, max_size=1))
    size = len(later)
    marks = draw(st.lists(st.integers(1, 55), min_size=size, max_size=size, unique=True))
    milestones = {"milestones": sorted(marks)} if marks else {}
    return document("SequentialLR", schedulers=[draw(_ANEW | _PRODUCT), *later], **milestones)


@st.composite
def _one_cycles(draw: st.DrawFn) -> Arguments:
    steps = draw(st.integers(2, 80))
    three = draw(st.booleans())
    share = draw(st.floats(0.0, 0.5 if three else 0.95).filter(lambda share: share * steps != 1))
    return document(
        "OneCycleLR", max_lr=draw(st.floats(0.001, 2.0)), total_steps=steps, pct_start=share, three_phase=three,
        anneal_strategy=draw(st.sampled_from(["cos", "linear"])), div_factor=draw(st.floats(1.0, 100.0)),
        final_div_factor=draw(st.floats(1.0, 1e5)), base_momentum=draw(st.floats(0.1, 0.85)),
        max_momentum=draw(st.floats(0.86, 0.95)), momentum=draw(st.sampled_from(["momentum", "beta1"])),
    )  # fmt: skip


STRATEGIES: Final[Mapping[str, Any]] = {
    "LambdaLR": _LAMBDA,
    "MultiplicativeLR": _PRODUCT,
    "StepLR": _STEP,
    "MultiStepLR": _MULTI,
    "ConstantLR": _CONSTANT,
    "LinearLR": _LINEAR,
    "ExponentialLR": _EXPONENTIAL,
    "PolynomialLR": _POLYNOMIAL,
    "CosineAnnealingLR": _COSINE,
    "ChainedScheduler": _fields("ChainedScheduler", schedulers=st.lists(_FACTORS, min_size=1, max_size=3)),
    "SequentialLR": _sequences(),
    "CyclicLR": _fields(
        "CyclicLR",
        {"step_size_down": st.integers(0, 30), "gamma": st.floats(0.5, 1.0), "base_momentum": st.floats(0.1, 0.85)},
        base_lr=st.floats(0.001, 0.5), max_lr=st.floats(0.5, 2.0), step_size_up=LENGTHS,
        mode=st.sampled_from(["triangular", "triangular2", "exp_range"]),
        momentum=st.sampled_from(["momentum", "beta1"]),
    ),
    "OneCycleLR": _one_cycles(),
    "CosineAnnealingWarmRestarts": _RESTARTS,
    "SWALR": _SWA,
}  # fmt: skip

PLATEAU: Final = document("ReduceLROnPlateau")
CHAIN: Final = document("ChainedScheduler", schedulers=[WARMUP, EXPONENTIAL])
SEQUENCE: Final = document("SequentialLR", schedulers=[WARMUP, EXPONENTIAL], milestones=[4])

REFUSED: Final[Sequence[tuple[str, Arguments, str]]] = [
    ("ConstantLR", {"factor": 1.5}, "factor"),
    ("ConstantLR", {"factor": -0.1}, "factor"),
    ("ConstantLR", {"factor": 0.0}, "factor"),
    ("LinearLR", {"start_factor": 0.0}, "start_factor"),
    ("LinearLR", {"start_factor": 1.5}, "start_factor"),
    ("LinearLR", {"end_factor": -0.1}, "end_factor"),
    ("LinearLR", {"end_factor": 1.1}, "end_factor"),
    ("StepLR", {"step_size": 0}, "step_size"),
    ("PolynomialLR", {"power": -1.0}, "power"),
    ("CosineAnnealingLR", {"T_max": 0}, "T_max"),
    ("CosineAnnealingWarmRestarts", {"T_0": 0}, "T_0"),
    ("CosineAnnealingWarmRestarts", {"T_0": -1}, "T_0"),
    ("CosineAnnealingWarmRestarts", {"T_0": 2.5}, "T_0"),
    ("CosineAnnealingWarmRestarts", {"T_0": 5, "T_mult": 0}, "T_mult"),
    ("CosineAnnealingWarmRestarts", {"T_0": 5, "T_mult": 1.5}, "T_mult"),
    ("CosineAnnealingWarmRestarts", {"T_0": 5, "eta_min": "low"}, "eta_min"),
    ("OneCycleLR", {"max_lr": 1.0}, "total_steps"),
    ("OneCycleLR", {"max_lr": 1.0, "epochs": 3}, "steps_per_epoch"),
    ("OneCycleLR", {"max_lr": 1.0, "total_steps": 0}, "total_steps"),
    ("OneCycleLR", {"max_lr": 1.0, "total_steps": 10, "pct_start": 1.5}, "pct_start"),
    ("OneCycleLR", {"max_lr": 1.0, "total_steps": 10, "pct_start": -0.1}, "pct_start"),
    ("OneCycleLR", {"max_lr": 1.0, "total_steps": 10, "pct_start": 0.1}, "pct_start"),
    ("OneCycleLR", {"max_lr": 1.0, "total_steps": 10, "pct_start": 1.0}, "pct_start"),
    ("OneCycleLR", {"max_lr": 1.0, "total_steps": 10, "anneal_strategy": "exp"}, "anneal_strategy"),
    ("CyclicLR", {**CYCLES, "step_size_up": 0}, "step_size_up"),
    ("CyclicLR", {**CYCLES, "mode": "square"}, "mode"),
    ("SWALR", {"swa_lr": 0.1, "anneal_epochs": -1}, "anneal_epochs"),
    ("SWALR", {"swa_lr": 0.1, "anneal_epochs": 2.5}, "anneal_epochs"),
    ("SWALR", {"swa_lr": 0.1, "anneal_strategy": "exp"}, "anneal_strategy"),
    ("ReduceLROnPlateau", {"factor": 1.0}, "factor"),
    ("ReduceLROnPlateau", {"mode": "least"}, "mode"),
    ("ReduceLROnPlateau", {"threshold_mode": "ratio"}, "threshold_mode"),
    ("MultiplicativeLR", {"lr_lambda": 3}, "lr_lambda"),
    ("LambdaLR", {"lr_lambda": [abs, abs]}, "lr_lambda"),
    ("SWALR", {"swa_lr": [0.1, 0.2]}, "swa_lr"),
    ("CyclicLR", {"base_lr": [0.1, 0.2], "max_lr": 1.0}, "base_lr"),
    ("OneCycleLR", {"max_lr": [1.0, 2.0], "total_steps": 10}, "max_lr"),
    ("ReduceLROnPlateau", {"min_lr": [0.1, 0.2]}, "min_lr"),
    ("ChainedScheduler", {"schedulers": []}, "schedulers"),
    ("ChainedScheduler", {"schedulers": [PLATEAU]}, "schedulers[0]"),
    ("SequentialLR", {"schedulers": []}, "schedulers"),
    ("SequentialLR", {"schedulers": [WARMUP, PLATEAU], "milestones": [3]}, "schedulers[1]"),
    ("SequentialLR", {"schedulers": [WARMUP], "milestones": [3]}, "milestones"),
    ("SequentialLR", {"schedulers": [WARMUP, EXPONENTIAL], "milestones": [3, 5]}, "milestones"),
    ("SequentialLR", {"schedulers": [WARMUP, EXPONENTIAL]}, "milestones"),
    ("SequentialLR", {"schedulers": [EXPONENTIAL, CHAIN], "milestones": [3]}, "schedulers[1]"),
    ("SequentialLR", {"schedulers": [EXPONENTIAL, SEQUENCE], "milestones": [3]}, "schedulers[1]"),
]
"""Kind, arguments that torch refuses too, at the latest within 12 steps, and the field that we name."""

_HALF: Final = document("ExponentialLR", gamma=0.5)
_TWICE: Final = document("ChainedScheduler", schedulers=[_HALF, _HALF])
_FIVE: Final = document("MultiplicativeLR", lr_lambda=lambda _: 5.0)
_SLOW: Final = document("CosineAnnealingLR", T_max=40, eta_min=0.1)

DECIDED: Final[Sequence[tuple[Arguments, str, Sequence[float]]]] = [
    (document("ConstantLR", factor=0.5, total_iters=0), "total_iters", [0.5] * 6),
    (document("ConstantLR", factor=0.5, total_iters=2.5), "total_iters", [0.5] * 6),
    (document("LinearLR", start_factor=0.5, total_iters=0), "total_iters", [0.5] * 6),
    (document("LinearLR", start_factor=0.5, total_iters=2.5), "total_iters", [0.5, 0.7, 0.9, 0.9, 0.9]),
    (document("PolynomialLR", total_iters=0), "total_iters", [1.0] * 6),
    (document("StepLR", step_size=2.5, gamma=0.5), "step_size", [1, 1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.5, 0.25]),
    (document("StepLR", step_size=-3, gamma=0.5), "step_size", [1, 1, 1, 0.5, 0.5, 0.5, 0.25]),
    (document("StepLR", step_size=1, gamma=-0.5), "gamma", [1, -0.5, 0.25, -0.125]),
    (document("MultiStepLR", milestones=[2.5], gamma=0.5), "milestones[0]", [1.0] * 6),
    (document("MultiStepLR", milestones=[-2], gamma=0.5), "milestones[0]", [1.0] * 6),
    (document("CosineAnnealingLR", T_max=-4, eta_min=0.1), "T_max", [1.0, 0.868, 0.55, 0.232, 0.1]),
    (document("OneCycleLR", max_lr=1.0, total_steps=10, pct_start=0.6, three_phase=True), "pct_start",
     [0.04, 0.131675, 0.371672, 0.668328, 0.908325, 1.0, 0.908325, 0.668328, 0.371672, 0.131675]),
    (document("SequentialLR", schedulers=[_HALF, _HALF, WARMUP], milestones=[5, 3]), "milestones[1]",
     [1, 0.5, 0.25, 0.333, 0.5, 0.667, 0.833, 1, 1]),
    (document("SequentialLR", schedulers=[_HALF, WARMUP, _HALF], milestones=[3, 3]), "milestones[1]",
     [1, 0.5, 0.25, 1, 0.5, 0.25]),
    (document("SequentialLR", schedulers=[_HALF, _HALF], milestones=[2.5]), "milestones[0]", [1, 0.5, 0.25, 0.125]),
    (document("SequentialLR", schedulers=[WARMUP, _HALF], milestones=[0]), "milestones[0]", [1, 0.5, 0.25]),
    (document("SequentialLR", schedulers=[_HALF, _FIVE], milestones=[2]), "schedulers[1]", [1, 0.5, 2.5, 12.5]),
    (document("SequentialLR", schedulers=[_TWICE, WARMUP], milestones=[4]), "schedulers[0]", [0.25, 0.0625, 0.015625]),
    (document("SequentialLR", schedulers=[document("SequentialLR", schedulers=[_HALF, WARMUP], milestones=[3]), _HALF],
              milestones=[6]), "schedulers[0]", [0.5, 0.25, 0.333, 0.5, 0.667]),
    (document("SequentialLR", schedulers=[_HALF, document("OneCycleLR", max_lr=1.0, total_steps=20, div_factor=10.0)],
              milestones=[4]), "schedulers[1]", [0.1, 0.05, 0.025]),
    (document("ChainedScheduler", schedulers=[_HALF, document("LambdaLR", lr_lambda="0.9")]), "schedulers[1]",
     [0.9, 0.9, 0.9]),
    (document("ChainedScheduler", schedulers=[document("LambdaLR", lr_lambda="0.9"), _HALF]), "schedulers[0]",
     [0.9, 0.45, 0.45]),
    (document("ChainedScheduler", schedulers=[_HALF, _SLOW]), "schedulers[1].eta_min", [1.0, 0.4994, 0.2484]),
    (document("SequentialLR", schedulers=[document("SWALR", swa_lr=0.5), SWA], milestones=[9]),
     "schedulers[1]", [1.0, 0.9768, 0.9093]),
    (document("ReduceLROnPlateau", factor=-0.5), "factor", []),
]  # fmt: skip
"""What torch takes and mangles, the field at which we refuse it, and what torch gives for a base of 1."""

NOTED: Final[Sequence[tuple[Arguments, str]]] = [
    (document("MultiStepLR", milestones=[0, 3]), "torch.milestone_zero"),
    (document("MultiStepLR", milestones=[3, 3]), "torch.milestone_repeated"),
    (document("PolynomialLR", power=0), "torch.power_zero"),
    (document("CosineAnnealingLR", T_max=30), "torch.rebound"),
    (document("CosineAnnealingWarmRestarts", T_0=30), "torch.restart"),
    (document("CyclicLR", **CYCLES), "torch.owns_the_rate"),
    (document("CyclicLR", **CYCLES, mode="exp_range", gamma=0.9), "torch.exp_range"),
    (document("OneCycleLR", max_lr=1.0, total_steps=50), "torch.past_the_end"),
    (document("OneCycleLR", max_lr=1.0, total_steps=7), "torch.peak"),
    (document("OneCycleLR", max_lr=1.0, total_steps=50, anneal_strategy="linear"), "torch.past_the_end"),
    (document("SWALR", swa_lr=0.1), "torch.swa_start"),
    (document("MultiplicativeLR", lr_lambda="0.9"), "torch.first_factor"),
    (SEQUENCE, "torch.anew"),
    (document("SequentialLR", schedulers=[WARMUP, _SLOW], milestones=[4]), "torch.rebound"),
    (document("ChainedScheduler", schedulers=[WARMUP, document("CosineAnnealingLR", T_max=40)]), "torch.past_product"),
    (document("StepLR", step_size=1), "torch.interval"),
    (document("MultiStepLR", milestones=[1]), "torch.interval"),
    (document("ReduceLROnPlateau"), "torch.relative"),
    (document("ReduceLROnPlateau"), "torch.eps"),
]
"""Documents, for 100 updates in epochs of 10, and the quirk that they meet."""

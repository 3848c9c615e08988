"""Pairs of recipes of different libraries, and what is known of each pair: the same, off by one, another end.

The tests of the core ask whether `diff` says it, those of the peers whether the libraries' own numbers do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

__all__ = ["PAIRS", "STEPS", "Pair"]

Document = dict[str, Any]

STEPS: Final = 1000
WARMUP: Final = 100
PEAK: Final = 0.1


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two curves, what the optimizer gives, how much alike they are over 1000 steps, and where they are not.

    `later` and `factor` are how new comes of old in the range `moved`, or throughout.
    """

    old: Document
    new: Document
    likeness: str
    base: float | None = PEAK
    ranges: tuple[tuple[int, int | None], ...] | None = ()
    later: int = 0
    factor: float = 1.0
    moved: tuple[int, int] | None = None
    said: tuple[str, ...] = ()


def torch_warm(start_factor: float, total_iters: int) -> Document:
    return {
        "kind": "torch.SequentialLR", "milestones": [WARMUP],
        "schedulers": [{"kind": "torch.LinearLR", "start_factor": start_factor, "total_iters": total_iters},
                       {"kind": "torch.CosineAnnealingLR", "T_max": STEPS - WARMUP}],
    }  # fmt: skip


def hf(kind: str, **arguments: Any) -> Document:
    return {"kind": f"transformers.{kind}", "num_warmup_steps": WARMUP, "num_training_steps": STEPS, **arguments}


def keras_cosine(decay_steps: int) -> Document:
    return {"kind": "keras.CosineDecay", "initial_learning_rate": 0.0, "warmup_target": PEAK, "warmup_steps": WARMUP,
            "decay_steps": decay_steps}  # fmt: skip


OPTAX: Final[Document] = {
    "kind": "optax.warmup_cosine_decay_schedule", "init_value": 0, "peak_value": PEAK, "warmup_steps": WARMUP,
    "decay_steps": STEPS,
}  # fmt: skip
MILESTONES: Final[Document] = {"kind": "torch.MultiStepLR", "milestones": [300, 600]}
BOUNDARIES: Final[Document] = {
    "kind": "keras.PiecewiseConstantDecay", "boundaries": [300, 600], "values": [0.1, 0.01, 0.001],
}  # fmt: skip

PAIRS: Final[Mapping[str, Pair]] = {
    "transformers and optax, which stops at the end": Pair(
        old=hf("cosine"), new=OPTAX, likeness="past the end", ranges=((1001, None),),
        said=("learning_rate: the same up to the end; past it, differs in [1001, ...)",),
    ),
    "optax and Keras, whose decay comes after the warm-up": Pair(
        old=OPTAX, new=keras_cosine(STEPS - WARMUP), likeness="equal", said=("all values are equal",),
    ),
    "optax and Keras, the same decay_steps": Pair(
        old=OPTAX, new=keras_cosine(STEPS), likeness="different", ranges=((101, None),),
        said=("by up to 0.00955921 at step 711 (0.0233562 -> 0.0329154), from 0 at step 1000",
              "old stays at 0 from step 1000 on, new at 0 from 1100 on"),
    ),
    "a warm-up of torch that begins above 0, and one of transformers": Pair(
        old=torch_warm(0.01, WARMUP - 1), new=hf("cosine"), likeness="different", ranges=((0, 100),),
        later=1, moved=(0, 100), said=("in [0, 100) new is old one step later",),
    ),
    "another slope of the warm-up": Pair(
        old=torch_warm(0.01, WARMUP), new=hf("cosine"), likeness="different", ranges=((0, 100),),
        said=("by up to 0.001 at step 0 (0.001 -> 0), 100% of the old value at step 0",),
    ),
    "milestones of torch and boundaries of optax": Pair(
        old=MILESTONES, likeness="equal",
        new={"kind": "optax.piecewise_constant_schedule", "init_value": PEAK,
             "boundaries_and_scales": {"300": 0.1, "600": 0.1}},
    ),
    "milestones of torch and boundaries of Keras": Pair(
        old=MILESTONES, new=BOUNDARIES, likeness="different", ranges=((300, 301), (600, 601)), later=1,
        said=("new is old one step later", "elsewhere equal but for rounding"),
    ),
    "milestones of torch and of timm": Pair(
        old=MILESTONES, likeness="different", ranges=((299, 300), (599, 600)), later=-1,
        new={"kind": "timm.MultiStepLRScheduler", "decay_t": [300, 600], "decay_rate": 0.1, "t_in_epochs": False},
        said=("new is old one step earlier",),
    ),
    "milestones of torch without a base, and boundaries of Keras": Pair(
        old=MILESTONES, new=BOUNDARIES, base=None, likeness="different", ranges=None, later=1, factor=0.1,
        said=("new is old one step later, times 0.1",
              "old is a factor of what the optimizer gives, read for a value of 1: give its base"),
    ),
    "exponentials of torch and optax": Pair(
        old={"kind": "torch.ExponentialLR", "gamma": 0.99}, likeness="float32",
        new={"kind": "optax.exponential_decay", "init_value": PEAK, "transition_steps": 1, "decay_rate": 0.99},
        ranges=None,
        said=("learning_rate: equal in float32; in float64 apart by up to ",),
    ),
    "polynomials of torch and optax": Pair(
        old={"kind": "torch.PolynomialLR", "total_iters": STEPS, "power": 2.0}, likeness="equal",
        new={"kind": "optax.polynomial_schedule", "init_value": PEAK, "end_value": 0, "power": 2,
             "transition_steps": STEPS},
    ),
    "two cosines of transformers, one of which counts from 1": Pair(
        old=hf("cosine"), new=hf("cosine_warmup_with_min_lr", min_lr_rate=0.0), likeness="different",
        ranges=((0, None),), later=-1, said=("new is old one step earlier",),
    ),
    "a cosine of torch without a base, and one of optax": Pair(
        old={"kind": "torch.CosineAnnealingLR", "T_max": STEPS}, base=None, likeness="different", ranges=((0, 1000),),
        new={"kind": "optax.cosine_decay_schedule", "init_value": PEAK, "decay_steps": STEPS}, factor=0.1,
        said=("new is old times 0.1", "give its base"),
    ),
    "lines of transformers with another end": Pair(
        old=hf("linear"), new=hf("linear", num_training_steps=900), likeness="different", ranges=((101, 1000),),
        said=("by up to 0.0111111 at step 900 (0.0111111 -> 0), 100% of the old value at step 900",),
    ),
    "stairs of torch and of Keras": Pair(
        old={"kind": "torch.StepLR", "step_size": 128, "gamma": 0.5}, likeness="equal",
        new={"kind": "keras.ExponentialDecay", "initial_learning_rate": PEAK, "decay_steps": 128, "decay_rate": 0.5,
             "staircase": True},
    ),
    "lines of torch and of Keras": Pair(
        old={"kind": "torch.LinearLR", "start_factor": 1.0, "end_factor": 0.0, "total_iters": STEPS}, likeness="equal",
        new={"kind": "keras.PolynomialDecay", "initial_learning_rate": PEAK, "decay_steps": STEPS,
             "end_learning_rate": 0.0},
    ),
    "one cycle of torch and of optax": Pair(
        old={"kind": "torch.OneCycleLR", "max_lr": PEAK, "total_steps": STEPS}, likeness="different",
        new={"kind": "optax.cosine_onecycle_schedule", "peak_value": PEAK, "transition_steps": STEPS},
        ranges=((1, None),), later=1, moved=(300, 1000),
        said=("by up to 0.000291634 at step 193", "in [300, 1000) new is old one step later"),
    ),
    "cosines of torch and timm": Pair(
        old={"kind": "torch.CosineAnnealingLR", "T_max": STEPS}, likeness="past the end", ranges=((1001, None),),
        new={"kind": "timm.CosineLRScheduler", "t_initial": STEPS, "t_in_epochs": False},
    ),
}  # fmt: skip

"""Documents that name a framework's own schedule with its arguments, on horizons that people train for.

Our backends evaluate the same documents; the exact values are those of the formula that the framework states.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

import unisched
from numerics.case import Case
from numerics.named import written
from numerics.steps import LAST

__all__ = ["BASE", "DOCUMENTS", "cases", "native"]

Document = Mapping[str, Any]

BASE: Final = 3e-4
HORIZONS: Final = (1000, 100_000, 10_000_000)
STEPPED: Final = (1000, 20_000)


def _optax(total: int) -> Iterator[Document]:
    yield {"kind": "optax.constant_schedule", "value": BASE}
    yield {"kind": "optax.linear_schedule", "init_value": BASE, "end_value": 0.0, "transition_steps": total}
    yield {"kind": "optax.cosine_decay_schedule", "init_value": BASE, "decay_steps": total}
    yield {"kind": "optax.cosine_decay_schedule", "init_value": BASE, "decay_steps": total, "alpha": 0.1}
    yield {"kind": "optax.warmup_cosine_decay_schedule", "init_value": 0.0, "peak_value": BASE,
           "warmup_steps": total // 50, "decay_steps": total}  # fmt: skip
    for power in (2.0, 0.5, 0.9):
        yield {"kind": "optax.polynomial_schedule", "init_value": BASE, "end_value": 0.0, "power": power,
               "transition_steps": total - 1}  # fmt: skip
    for stairs in (False, True):
        yield {"kind": "optax.exponential_decay", "init_value": BASE, "transition_steps": total // 20 + 1,
               "decay_rate": 0.97, "staircase": stairs}  # fmt: skip
    yield {"kind": "optax.exponential_decay", "init_value": BASE, "transition_steps": 1, "decay_rate": 1 - 10 / total}
    yield {"kind": "optax.piecewise_constant_schedule", "init_value": BASE,
           "boundaries_and_scales": {str(total // 3): 0.1, str(2 * total // 3): 0.1}}  # fmt: skip
    yield {"kind": "optax.cosine_onecycle_schedule", "transition_steps": total, "peak_value": BASE}
    cycle = {"init_value": 0.0, "peak_value": BASE, "warmup_steps": total // 100, "decay_steps": total // 5}
    yield {"kind": "optax.sgdr_schedule", "cosine_kwargs": [cycle] * 5}


def _keras(total: int) -> Iterator[Document]:
    yield {"kind": "keras.CosineDecay", "initial_learning_rate": BASE, "decay_steps": total}
    yield {"kind": "keras.CosineDecay", "initial_learning_rate": BASE, "decay_steps": total, "alpha": 0.1}
    yield {"kind": "keras.CosineDecay", "initial_learning_rate": 0.0, "decay_steps": total - total // 50,
           "warmup_target": BASE, "warmup_steps": total // 50}  # fmt: skip
    for power in (1.0, 2.0, 0.5, 0.9):
        yield {"kind": "keras.PolynomialDecay", "initial_learning_rate": BASE, "decay_steps": total - 1,
               "end_learning_rate": 0.0, "power": power}  # fmt: skip
    for stairs in (False, True):
        yield {"kind": "keras.ExponentialDecay", "initial_learning_rate": BASE, "decay_steps": total // 20 + 1,
               "decay_rate": 0.97, "staircase": stairs}  # fmt: skip
    yield {
        "kind": "keras.InverseTimeDecay",
        "initial_learning_rate": BASE,
        "decay_steps": total // 20 + 1,
        "decay_rate": 0.5,
    }
    yield {"kind": "keras.PiecewiseConstantDecay", "boundaries": [total // 3, 2 * total // 3],
           "values": [BASE, BASE / 10, BASE / 100]}  # fmt: skip
    for stretch in (1.0, 2.0):
        yield {"kind": "keras.CosineDecayRestarts", "initial_learning_rate": BASE, "first_decay_steps": 1000,
               "t_mul": stretch, "alpha": 0.01}  # fmt: skip


def _torch(total: int) -> Iterator[Document]:
    yield {"kind": "torch.ConstantLR", "factor": 0.1, "total_iters": total // 2}
    yield {"kind": "torch.LinearLR", "start_factor": 1.0, "end_factor": 0.0, "total_iters": total}
    yield {"kind": "torch.CosineAnnealingLR", "T_max": total}
    yield {"kind": "torch.CosineAnnealingLR", "T_max": total // 10}
    yield {"kind": "torch.CosineAnnealingLR", "T_max": total, "eta_min": BASE / 10}
    for power in (2.0, 0.5, 0.9):
        yield {"kind": "torch.PolynomialLR", "total_iters": total, "power": power}
    yield {"kind": "torch.ExponentialLR", "gamma": 1 - 1 / total}
    yield {"kind": "torch.StepLR", "step_size": total // 20 + 1, "gamma": 0.97}
    yield {"kind": "torch.MultiStepLR", "milestones": [total // 3, 2 * total // 3]}
    yield {"kind": "torch.CosineAnnealingWarmRestarts", "T_0": total // 10}
    yield {"kind": "torch.CosineAnnealingWarmRestarts", "T_0": total // 31 + 1, "T_mult": 2}
    yield {"kind": "torch.OneCycleLR", "max_lr": BASE, "total_steps": total}


DOCUMENTS: Final[Mapping[str, Document]] = {
    f"{document['kind']}, {total} steps, {json.dumps(document)}": {**document, "_total": total}
    for write, totals in ((_optax, HORIZONS), (_keras, HORIZONS), (_torch, STEPPED))
    for total in totals
    for document in write(total)
}


def native(case: Case, framework: str) -> Document | None:
    """The framework's own schedule for a case: the one that it names, or the one of a staircase or decay of our own."""
    if case.kind in OWN:
        spelled = OWN[case.kind].get(framework)
        return spelled and spelled(json.loads(case.source))
    return json.loads(case.source) if case.kind.startswith(f"{framework}.") else None


def _optax_stairs(own: Document) -> Document:
    return {"kind": "optax.exponential_decay", "init_value": own["start"], "transition_steps": own["every"],
            "decay_rate": own["rate"], "staircase": True}  # fmt: skip


def _keras_stairs(own: Document) -> Document:
    return {"kind": "keras.ExponentialDecay", "initial_learning_rate": own["start"], "decay_steps": own["every"],
            "decay_rate": own["rate"], "staircase": True}  # fmt: skip


def _optax_decay(own: Document) -> Document:
    return {"kind": "optax.polynomial_schedule", "init_value": own["start"], "end_value": own["end"],
            "power": own["power"], "transition_steps": own["duration"]}  # fmt: skip


def _keras_decay(own: Document) -> Document:
    return {"kind": "keras.PolynomialDecay", "initial_learning_rate": own["start"], "end_learning_rate": own["end"],
            "power": own["power"], "decay_steps": own["duration"]}  # fmt: skip


OWN: Final[Mapping[str, Mapping[str, Callable[[Document], Document]]]] = {
    "stairs": {"optax": _optax_stairs, "keras": _keras_stairs},
    "ends": {"optax": _optax_decay, "keras": _keras_decay},
}


def cases(count: int) -> Iterator[Case]:
    """A case for each document, at so many steps; torch's within the run, for torch steps through all of them."""
    for name, document in DOCUMENTS.items():
        fields = {key: value for key, value in document.items() if key != "_total"}
        is_torch = document["kind"].startswith("torch.")
        program = unisched.compile(fields, total=document["_total"], base=BASE if is_torch else None)
        for case in written(name, document["kind"], json.dumps(fields), program, count):
            within = case.steps < (document["_total"] if is_torch else LAST)
            yield replace(case, steps=case.steps[within], exact=case.exact[within])

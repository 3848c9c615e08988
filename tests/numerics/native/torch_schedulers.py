"""torch's own schedulers, stepped from the start: on a rate that is a Python float, and on a float32 tensor."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import torch

from numerics.case import Case
from numerics.mode import Given, Mode
from numerics.native.documents import BASE, native

__all__ = ["MODES"]

FLOAT: Final = "native torch, float rate"
TENSOR: Final = "native torch, tensor rate"


def _stepped(case: Case, rate: Any) -> Any:
    document = native(case, "torch")
    if document is None:
        raise LookupError(f"torch has no scheduler for {case.name}")
    arguments = {key: value for key, value in document.items() if key != "kind"}
    # OneCycleLR moves the momentum too, and wants one.
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=rate, momentum=0.9)
    scheduler = getattr(torch.optim.lr_scheduler, document["kind"].removeprefix("torch."))(optimizer, **arguments)
    wanted, found = set(case.steps.tolist()), []
    for step in range(int(case.steps[-1]) + 1):
        if step in wanted:
            found.append(float(optimizer.param_groups[0]["lr"]))
        optimizer.step()
        if step < case.steps[-1]:
            scheduler.step()
    return np.array(found)


def _run(cases: Sequence[Case]) -> Given:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {
            FLOAT: [_stepped(case, BASE) for case in cases],
            TENSOR: [_stepped(case, torch.tensor(BASE)) for case in cases],
        }


MODES: Final = (
    Mode(gives={FLOAT: "float64", TENSOR: "float32"}, run=_run, is_ours=False,
         takes=lambda case: native(case, "torch") is not None),
)  # fmt: skip

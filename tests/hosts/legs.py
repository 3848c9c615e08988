"""One stretch of a run in one framework: from a portable state to a step, each update's values read off the training.

torch and numpy hold float64, the others float32: all are given as the bits of float32.
"""

from __future__ import annotations

import atexit
import functools
import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import jax.numpy as jnp
import optax
import torch
from engines import ENGINES, environment
from optax_training import jitted, rates, rows
from unisched_optax import inject, observe
from workers.documents import TOTAL, bits

import unisched

__all__ = ["HOSTS", "Case", "Leg"]

Used: TypeAlias = list[list[str]]
Leg: TypeAlias = Callable[["Case", str | None, int], tuple[Used, str]]


@dataclass(frozen=True)
class Case:
    """A document; what torch's optimizer is given, the base elsewhere; the metric before each step that has one."""

    spec: Mapping[str, Any]
    groups: Sequence[str | None] = (None,)
    base: float | None = None
    metrics: Mapping[int, float] = field(default_factory=dict)
    form: str = "schedule"


def start_of(state: str | None) -> int:
    return 0 if state is None else unisched.State.from_json(state).step


def by_torch(case: Case, state: str | None, stop: int) -> tuple[Used, str]:
    optimizer = torch.optim.SGD(
        [{"params": [torch.nn.Parameter(torch.zeros(1))], "name": group or "body"} for group in case.groups],
        lr=case.base or 1.0,
    )
    scheduler = unisched.build(case.spec, "torch", optimizer=optimizer, total=TOTAL, state=state)
    used: Used = [[] for _ in case.groups]
    for step in range(start_of(state), stop):
        if step in case.metrics:
            scheduler.observe(case.metrics[step])
        for values, group in zip(used, optimizer.param_groups, strict=True):
            values.extend(bits([group["lr"]]))
            group["params"][0].grad = torch.ones(1)
        optimizer.step()
        scheduler.step()
    return used, scheduler.state().to_json()


def by_numpy(case: Case, state: str | None, stop: int) -> tuple[Used, str]:
    scheduler = unisched.build(case.spec, "numpy", form="scheduler", total=TOTAL, state=state, base=case.base)
    used: Used = [[] for _ in case.groups]
    for step in range(start_of(state), stop):
        if step in case.metrics:
            scheduler.observe(case.metrics[step])
        for values, group in zip(used, case.groups, strict=True):
            values.extend(bits([scheduler.value(group=group)]))
        scheduler.step()
    return used, scheduler.state().to_json()


def by_optax(case: Case, state: str | None, stop: int) -> tuple[Used, str]:
    given = {"total": TOTAL, "state": state, "base": case.base}
    if case.metrics:
        return _by_optax_with_metrics(case, unisched.build(case.spec, "optax", form="stateful", **given), state, stop)
    schedules, used = unisched.build(case.spec, "optax", **given), []
    updates = stop - start_of(state)
    for group in case.groups:
        optimizer = optax.sgd(schedules if group is None else schedules.group(group))
        weights = jnp.zeros(updates)
        weights, opt_state = jitted(optimizer, weights, optimizer.init(weights), rows(updates))
        used.append(rates(weights))
    return used, schedules.state(opt_state).to_json()


def _by_optax_with_metrics(case: Case, schedules: Any, state: str | None, stop: int) -> tuple[Used, str]:
    start = start_of(state)
    optimizer, weights = inject(optax.sgd, schedules), jnp.zeros(stop - start)
    opt_state = optimizer.init(weights)
    for step, row in zip(range(start, stop), rows(stop - start), strict=True):
        if step in case.metrics:
            opt_state = observe(opt_state, schedules, case.metrics[step])
        weights, opt_state = _update(optimizer, weights, opt_state, row)
    return [rates(weights)], schedules.state(opt_state).to_json()


def _update(optimizer: Any, weights: Any, opt_state: Any, row: Any) -> tuple[Any, Any]:
    updates, opt_state = optimizer.update(-row, opt_state, weights)
    return optax.apply_updates(weights, updates), opt_state


def by_keras(engine: str, case: Case, state: str | None, stop: int) -> tuple[Used, str]:
    process = _keras(engine)
    asked = {"spec": case.spec, "groups": list(case.groups), "base": case.base, "metrics": case.metrics,
             "form": case.form, "state": state, "stop": stop}  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(asked) + "\n")
    process.stdin.flush()
    answer = json.loads(process.stdout.readline())
    return answer["used"], answer["state"]


@functools.cache
def _keras(engine: str) -> subprocess.Popen[str]:
    """Start Keras once for all legs on an engine: that takes longer than they do."""
    command = [sys.executable, "-m", "workers.keras_legs"]
    process = subprocess.Popen(command, env=environment(engine), text=True, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE)  # fmt: skip
    atexit.register(process.kill)
    return process


HOSTS: Final[dict[str, Leg]] = {
    "torch": by_torch,
    "numpy": by_numpy,
    "optax": by_optax,
    **{f"keras on {engine}": functools.partial(by_keras, engine) for engine in ENGINES},
}

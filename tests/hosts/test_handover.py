"""A run that is stopped in one framework goes on in the next, through the JSON of the portable state alone.

Each route visits torch, numpy, optax and Keras on its three engines in an order of its own, stops at steps of its own
and ends where it began; every update of it uses the value of the run that was never moved.
"""

from __future__ import annotations

import random
from typing import Any

import pytest
from legs import HOSTS, Case
from plateaus import due
from workers.documents import GROUPED, PLATEAU, RATE, TOTAL, bits, host_bits
from workers.metrics import METRICS

import unisched

FACTOR_OF_BASE = {"base": "optimizer", "curve": {"kind": "cosine", "start": 1.0, "end": 0.05}}
HEARD = {step: METRICS[step] for step in range(TOTAL) if step % 3 != 2}

CASES = {
    "one curve": Case(RATE),
    "groups": Case(GROUPED, groups=("head", None)),
    "a factor of the optimizer's rate": Case(FACTOR_OF_BASE, base=0.3),
    "a plateau": Case(PLATEAU, metrics=HEARD, form="optimizer"),
}


def due_of(name: str) -> list[list[str]]:
    case = CASES[name]
    if case.metrics:
        return [due([case.metrics.get(step) for step in range(TOTAL)])]
    if case.base:
        program = unisched.compile(case.spec, total=TOTAL, base=case.base)
        return [bits(program(step) for step in range(TOTAL))]
    return [host_bits(case.spec, range(TOTAL), group=group) for group in case.groups]


def route(seed: Any) -> list[tuple[str, int]]:
    """Give each host and the step at which the run leaves it."""
    draw = random.Random(str(seed))
    hosts = draw.sample(list(HOSTS), len(HOSTS))
    stops = sorted(draw.sample(range(2, TOTAL), len(hosts)))
    return list(zip([*hosts, hosts[0]], [*stops, TOTAL], strict=True))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", CASES)
def test_a_run_that_changes_its_framework_uses_the_values_of_one_that_does_not(name: str, seed: int) -> None:
    case, state = CASES[name], None
    used: list[list[str]] = [[] for _ in case.groups]
    for host, stop in route(f"{name} {seed}"):
        found, state = HOSTS[host](case, state, stop)
        for values, more in zip(used, found, strict=True):
            values.extend(more)
        assert unisched.State.from_json(state).step == stop
    assert used == due_of(name)


def test_a_step_that_is_lost_on_the_way_shows() -> None:
    found, state = HOSTS["torch"](CASES["one curve"], None, 5)
    late = unisched.State.from_json(state).at(4).to_json()
    assert HOSTS["optax"](CASES["one curve"], state, 9)[0][0] == host_bits(RATE, range(5, 9))
    assert HOSTS["optax"](CASES["one curve"], late, 8)[0][0] != host_bits(RATE, range(5, 9))
    assert found[0] == host_bits(RATE, range(5))

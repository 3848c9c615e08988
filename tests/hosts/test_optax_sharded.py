"""optax under `shard_map` on two devices of the host: every device uses the same values, and metrics are reduced first.

The devices exist only in a process that was started for them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from plateaus import drops_by_torch, due
from workers.documents import RATE, host_bits

from unisched import State

HERE = Path(__file__).parent
UPDATES = 20


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    environment = os.environ | {"PYTHONPATH": str(HERE), "JAX_PLATFORMS": "cpu"}
    done = subprocess.run([sys.executable, "-m", "workers.optax_sharded"], env=environment, capture_output=True,
                          text=True, check=True)  # fmt: skip
    outcomes: dict[str, Any] = json.loads(done.stdout)
    assert outcomes["devices"] == 2
    return outcomes


@pytest.mark.parametrize("way", ["auto", "explicit, placed"])
def test_every_update_uses_its_own_value_on_all_devices(found: dict[str, Any], way: str) -> None:
    assert found[way] == host_bits(RATE, range(UPDATES))


def test_a_mesh_with_explicit_axes_asks_for_inputs_that_were_placed(found: dict[str, Any]) -> None:
    assert "does not match the specs of the input" in found["explicit"]


def test_a_metric_that_was_reduced_over_devices_gives_all_the_same_rate(found: dict[str, Any]) -> None:
    metrics = [(1.0 + 1.0 / (k + 1)) / 2 for k in range(UPDATES)]
    rates = due(metrics)
    assert rates != host_bits(RATE, range(UPDATES))
    assert found["metric, reduced"]["used"] == [[rate, rate] for rate in rates]
    state = State.from_json(found["metric, reduced"]["state"])
    assert state.step == UPDATES
    assert [memory["drops"] for memory in state.feedback.values()] == drops_by_torch(metrics)[-1:]


def test_a_metric_of_one_device_is_refused_by_jax_before_devices_part(found: dict[str, Any]) -> None:
    assert "require replication which can't be statically inferred" in found["metric of one device"]


def test_with_the_check_of_jax_off_the_devices_part(found: dict[str, Any]) -> None:
    used = found["metric of one device, unchecked"]["used"]
    assert [first == second for first, second in used] != [True] * UPDATES

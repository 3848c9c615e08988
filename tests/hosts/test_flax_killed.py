"""Flax trainings under a plateau killed by SIGKILL: from orbax, from msgpack and from the portable state alone.

Each update's hyperparameters are read from the optimizer's state, and all weights and moments are compared.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from dying import Journal, killed, went_on
from plateaus import due
from workers.documents import SEVERAL, host_bits
from workers.metrics import METRICS

UPDATES, EVERY = 30, 4
NAMES = {"weight_decay": "weight_decay", "beta1": "b1", "beta2": "b2"}


def used() -> list[dict[str, Any]]:
    columns = {NAMES[name]: host_bits(SEVERAL, range(UPDATES), name) for name in NAMES}
    columns["learning_rate"] = due(METRICS[:UPDATES])
    return [{name: column[step] for name, column in columns.items()} for step in range(UPDATES)]


@pytest.mark.parametrize("kind", ["linen", "nnx"])
def test_a_killed_training_goes_on_with_the_same_bits(kind: str, tmp_path: Path) -> None:
    last = random.Random(kind).randint(2 * EVERY, UPDATES - 1)
    killed("flax_killed", str(tmp_path), kind, str(last))
    went_on("flax_killed", str(tmp_path), kind)
    whole = Journal(tmp_path / "whole.jsonl").lines()
    assert [(line["step"], line["used"]) for line in whole] == list(enumerate(used()))
    assert Journal(tmp_path / "killed.jsonl").lines() == whole[:last]

    by_orbax = Journal(tmp_path / "by-orbax.jsonl").lines()
    complete = by_orbax[0]["step"]  # the last save may not have been
    assert complete % EVERY == 0
    assert last - 2 * EVERY < complete <= last
    assert by_orbax == whole[complete:]

    saved = last // EVERY * EVERY
    assert Journal(tmp_path / "by-msgpack.jsonl").lines() == whole[saved:]
    by_state = Journal(tmp_path / "by-state.jsonl").lines()
    assert [(line["step"], line["used"]) for line in by_state] == list(enumerate(used()))[saved:]

"""optax and Keras show what an update used, or is about to use, to whatever keeps a log."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest
from other_frameworks import DOCUMENT, Log, fit, model, with_keras, with_optax
from training import TOTAL, due

import unisched

LOGGED = [
    {name: float(np.float32(due(name, "body")[step])) for name in ("learning_rate", "weight_decay")}
    for step in range(TOTAL)
]


@pytest.mark.parametrize("train", [with_optax, with_keras])
def test_a_log_has_the_single_precision_value_of_every_update(train: Callable[[Log], None]) -> None:
    found: dict[int, dict[str, float]] = {}
    train(lambda values, step: found.update({step: values}))
    assert list(found) == list(range(TOTAL))
    assert [list(row.values()) for row in found.values()] == [
        [pytest.approx(value, rel=4e-7, abs=1e-12) for value in row.values()] for row in LOGGED
    ]


def test_the_callback_of_keras_hands_the_rate_to_every_logger_behind_it(tmp_path: Path) -> None:
    rate = DOCUMENT["schedules"]["learning_rate"]
    schedule = unisched.build(rate, "keras", form="callback", total=TOTAL)
    fit(model(keras.optimizers.SGD(1.0)), [schedule, keras.callbacks.CSVLogger(tmp_path / "log.csv")])
    used = [row["learning_rate"] for row in LOGGED]
    assert schedule.history["learning_rate"] == pytest.approx(used, rel=4e-7, abs=1e-12)
    rows = list(csv.DictReader((tmp_path / "log.csv").read_text().splitlines()))
    assert [float(row["learning_rate"]) for row in rows] == pytest.approx(used[3::4], rel=4e-7, abs=1e-12)

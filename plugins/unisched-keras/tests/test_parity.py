"""Keras's own schedules and their documents give the same rates, to the float32 in which Keras computes."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from unisched_keras import UnischedSchedule

theirs = keras.optimizers.schedules
STEPS = sorted({*range(0, 260, 13), 1, 40, 41, 49, 50, 51, 63, 64, 65, 82, 119, 120, 121, 127, 128, 199, 200, 201})
PAIRS = {
    "cosine": (
        theirs.CosineDecay(0.1, 200, alpha=0.01),
        {"kind": "cosine", "start": 0.1, "end": 0.001, "duration": 200},
    ),
    # Keras counts decay_steps from the end of the warm-up.
    "warm-up and cosine": (
        theirs.CosineDecay(1e-3, 150, alpha=0.1, warmup_target=0.1, warmup_steps=50),
        {"kind": "warmup_cosine", "start": 1e-3, "peak": 0.1, "warmup": 50, "end": 0.01, "duration": 200},
    ),
    "exponential": (
        theirs.ExponentialDecay(0.1, 41, 0.9),
        {"kind": "exponential", "start": 0.1, "rate": 0.9, "every": 41},
    ),
    "stairs": (
        theirs.ExponentialDecay(0.1, 40, 0.9, staircase=True),
        {"kind": "exponential", "start": 0.1, "rate": 0.9, "every": 40, "staircase": True},
    ),
    "polynomial": (
        theirs.PolynomialDecay(0.1, 200, 0.001, power=2.0),
        {"kind": "polynomial", "start": 0.1, "end": 0.001, "power": 2, "duration": 200},
    ),
    # Keras still gives the old value at a boundary.
    "milestones": (
        theirs.PiecewiseConstantDecay([50, 120], [0.1, 0.01, 0.001]),
        {"kind": "piecewise", "points": [[0, 0.1], [51, 0.01], [121, 0.001]], "interpolation": "previous"},
    ),
    "inverse time": (
        theirs.InverseTimeDecay(0.1, 20, 0.5),
        {"kind": "power_decay", "start": 0.1, "timescale": 40, "power": 1},
    ),
    "restarts": (
        theirs.CosineDecayRestarts(0.1, 64, t_mul=1.0),
        {"kind": "repeat", "curve": {"kind": "cosine", "start": 0.1, "end": 0}, "period": 64},
    ),
}
# Keras rounds every operation to float32, on rates up to 0.1.
TOLERANCE = 4 * np.spacing(np.float32(0.1))


def rates(schedule, steps=STEPS):
    return np.array([float(schedule(keras.ops.convert_to_tensor(step, dtype="int32"))) for step in steps])


@pytest.mark.parametrize("name", PAIRS)
def test_keras_gives_the_same_rates(name):
    native, document = PAIRS[name]
    np.testing.assert_allclose(rates(UnischedSchedule(document)), rates(native), rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("name", PAIRS)
def test_a_shift_by_one_step_is_told_apart(name):
    native, document = PAIRS[name]
    late = rates(UnischedSchedule(document), [step + 1 for step in STEPS])
    assert np.abs(late - rates(native)).max() > 4 * TOLERANCE

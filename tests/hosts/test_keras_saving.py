"""Keras models that are saved and go on: what restores the optimizer's counter, and what does not.

`load_weights` restores the counter where the optimizer has as many variables as the file: of one with slots, only
after it was built. Where the counter comes back, the portable state must not be given as well: it would count twice.
"""

from __future__ import annotations

import numpy as np
import pytest
from engines import ENGINES, gave
from workers.documents import RATE, TOTAL, bits, host_bits

import unisched

pytestmark = pytest.mark.parametrize("engine", ENGINES)

ON = {"rates": host_bits(RATE, range(7, 16)), "found": 7, "step": 16}
ANEW = {"rates": host_bits(RATE, range(9)), "found": 0, "step": 9}
TWICE = {"rates": host_bits(RATE, range(14, 23)), "found": 14, "step": 23}


def test_a_model_that_was_saved_whole_goes_on(engine: str) -> None:
    assert gave(engine, "model, saved and loaded") == ON


@pytest.mark.parametrize(
    ("way", "due", "warned"),
    [
        ("weights, plain", ON, False),
        ("weights, plain, and the state", TWICE, False),
        ("weights, slots", ANEW, True),
        ("weights, slots, built before", ON, False),
        ("weights, slots, and the state", ON, True),
    ],
)
def test_weights_alone_go_on_where_the_counter_is_restored_or_the_state_given_but_not_both(
    engine: str, way: str, due: dict[str, object], warned: bool
) -> None:
    assert gave(engine, way) == due | {"warned": warned}


@pytest.mark.parametrize("form", ["schedule", "optimizer"])
def test_a_backup_within_an_epoch_goes_on_at_its_step_and_keras_begins_the_epoch_anew(engine: str, form: str) -> None:
    rate, weights = unisched.compile(RATE, total=TOTAL).function(), np.zeros(6, np.float32)
    rows = [*range(6), 0, 1, *range(6), *range(6)]  # cut after the second batch of the second epoch
    for step, row in enumerate(rows):
        weights[row] += np.float32(rate(step))
    assert gave(engine, f"backup within an epoch, {form}") == {"weights": bits(weights.tolist()), "step": len(rows)}

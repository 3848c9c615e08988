"""Keras `fit` on three engines: each update uses the host's value, rounded once, however the step is run.

What an update used is read from the weight that it alone has moved.

Traps of Keras, and where each is met:

    K1  schedules are handed the number of micro-batches     accumulated_micro_batches, below
    K2  setting the rate of an optimizer with a schedule     test_keras_callback.py
    K3  hyperparameters set during fit are ignored           test_keras_optimizer.py
    K4  a schedule's own variable is ignored on jax          test_keras_optimizer.py
    K5  hyperparameters that are variables cannot be saved   test_keras_optimizer.py
    K6  SGD asks Python whether its momentum is 0            test_keras_optimizer.py
    K7  callbacks see blocks of steps, and no length         a_generator_of_unknown_length, below, and worse;
                                                             test_callback.py of the plugin: several steps are refused
    K8  float32 loses whole numbers above 2**24              a_counter_beyond_float32, below
"""

from __future__ import annotations

import pytest
from engines import ENGINES, gave
from workers.documents import GROUPED, RATE, bits, host_bits

pytestmark = pytest.mark.parametrize("engine", ENGINES)

SKIPPED = (2, 5)


@pytest.mark.parametrize("way", ["jit", "no jit", "eager"])
def test_every_update_uses_its_own_value(engine: str, way: str) -> None:
    assert gave(engine, f"fit, {way}") == {"rates": host_bits(RATE, range(25)), "step": 25}


def test_several_steps_in_one_execution_use_the_same_values_or_are_refused_by_keras(engine: str) -> None:
    found = gave(engine, "fit, five steps in one execution")
    if engine == "torch":
        assert "must be 1 with the PyTorch backend" in found["refused"]
    else:
        assert found == {"rates": host_bits(RATE, range(25)), "step": 25}


def test_accumulated_micro_batches_are_one_update(engine: str) -> None:
    assert gave(engine, "accumulation, told") == {"rates": host_bits(RATE, range(6)), "step": 6}


def test_a_schedule_that_is_not_told_of_accumulation_runs_too_fast_and_gives_no_state(engine: str) -> None:
    found = gave(engine, "accumulation, not told")
    assert found == {"rates": host_bits(RATE, range(3, 24, 4)), "step": "keras.accumulation"}


def test_a_second_fit_goes_on(engine: str) -> None:
    assert gave(engine, "two fits") == {"rates": host_bits(RATE, range(12)), "between": 5, "step": 12}


def test_validation_and_prediction_are_no_updates(engine: str) -> None:
    assert gave(engine, "evaluation between") == {"rates": host_bits(RATE, range(8)), "step": 8}


def test_a_generator_of_unknown_length_moves_the_counter_of_tensorflow_once_too_often(engine: str) -> None:
    # Not with XLA. Outside it the counter moves beside the request for a batch that turns out not to be there.
    counted = 10 if engine == "tensorflow" else 9
    assert gave(engine, "unsized") == {"rates": host_bits(RATE, range(9)), "step": counted}
    assert gave(engine, "unsized, told") == {"rates": host_bits(RATE, range(9)), "step": 9}


def test_updates_that_overflow_in_half_precision_are_not_counted(engine: str) -> None:
    due = iter(host_bits(RATE, range(7)))
    rates = [bits([0.0])[0] if row in SKIPPED else next(due) for row in range(9)]
    assert gave(engine, "scaled loss") == {"rates": rates, "optimizer": "LossScaleOptimizer", "step": 7}


def test_each_inner_optimizer_follows_its_own_group(engine: str) -> None:
    found = gave(engine, "groups")
    assert found["body"] == host_bits(GROUPED, range(10))
    assert found["head"] == host_bits(GROUPED, range(10), group="head")
    assert found["steps"] == [10, 10]


def test_a_pattern_of_keras_that_matches_no_whole_path_leaves_the_group_to_the_default(engine: str) -> None:
    found = gave(engine, "groups, pattern that misses")
    assert found["head"] == found["body"] == host_bits(GROUPED, range(10))


def test_a_counter_beyond_float32_reads_the_right_one_of_neighbouring_steps(engine: str) -> None:
    found = gave(engine, "beyond float32")
    assert found == {"rates": bits(0.5 / (k + 2) for k in range(6)), "step": 2**24 + 7}

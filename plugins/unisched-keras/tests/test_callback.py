"""The callback sets the rate before every batch, in every way of running, and records what was used."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np
import pytest
from unisched_keras import UnischedCallback, UnischedSchedule

import unisched
from unisched import registry
from unisched.errors import BindingError, StepError

SPEC = {"kind": "warmup_cosine", "peak": 0.01, "warmup": 5, "end": 1e-5}
WAYS = {"jit": {"jit_compile": True}, "no jit": {"jit_compile": False}, "eager": {"run_eagerly": True}, "default": {}}


@pytest.fixture
def short() -> unisched.Program:
    return unisched.compile(SPEC, total=20)


@pytest.mark.parametrize("way", WAYS)
def test_fit_uses_and_records_the_bits_of_the_host_value(short, rates_used, bits, expected_bits, way):
    callback = UnischedCallback(short)
    used = rates_used(keras.optimizers.SGD(1.0), 25, [callback], **WAYS[way])
    assert bits(used) == expected_bits(short, range(25))
    assert bits(callback.history["learning_rate"]) == expected_bits(short, range(25))


def test_fit_uses_the_bits_of_the_host_value_for_every_kind_of_curve(program, rates_used, bits, expected_bits):
    callback = UnischedCallback(program)
    used = rates_used(keras.optimizers.SGD(1.0), 60, [callback])
    assert bits(used) == expected_bits(program, range(60))


def test_several_fits_continue_the_schedule_and_the_history(short, one_weight_per_batch, moved, bits, expected_bits):
    model, inputs = one_weight_per_batch(12)
    model.compile(keras.optimizers.SGD(0.1), loss=lambda _, predicted: -predicted)
    callback = UnischedCallback(short)
    for part in (slice(0, 5), slice(5, 12)):
        model.fit(
            inputs[part], np.zeros(len(inputs[part])), batch_size=1, shuffle=False, verbose=0, callbacks=[callback]
        )
    assert bits(moved(model)) == expected_bits(short, range(12))
    assert bits(callback.history["learning_rate"]) == expected_bits(short, range(12))
    assert callback.state() == short.start().at(12)


def test_a_new_callback_goes_on_where_the_optimizer_stands(short, one_weight_per_batch, moved, bits, expected_bits):
    model, inputs = one_weight_per_batch(12)
    model.compile(keras.optimizers.SGD(0.1), loss=lambda _, predicted: -predicted)
    for part in (slice(0, 5), slice(5, 12)):
        model.fit(inputs[part], np.zeros(len(inputs[part])), batch_size=1, shuffle=False, verbose=0,
                  callbacks=[UnischedCallback(short)])  # fmt: skip
    assert bits(moved(model)) == expected_bits(short, range(12))


def test_a_state_is_continued_by_a_fresh_optimizer(short, rates_used, bits, expected_bits):
    callback = UnischedCallback(short, state=short.start().at(7).to_json())
    assert bits(rates_used(keras.optimizers.SGD(1.0), 10, [callback])) == expected_bits(short, range(7, 17))
    assert callback.state() == short.start().at(17)


def test_accumulated_micro_batches_count_as_one_update(short, one_weight_per_batch, moved, bits, expected_bits):
    model, inputs = one_weight_per_batch(6)
    callback = UnischedCallback(short)
    model.compile(keras.optimizers.SGD(0.1, gradient_accumulation_steps=4), loss=lambda _, predicted: -predicted)
    model.fit(np.repeat(inputs, 4, axis=0), np.zeros(24), batch_size=1, shuffle=False, verbose=0, callbacks=[callback])
    assert bits(moved(model)) == expected_bits(short, range(6))
    assert bits(callback.history["learning_rate"]) == expected_bits(short, [k // 4 for k in range(24)])


def test_the_logs_of_an_epoch_hold_its_last_rate(short, one_weight_per_batch):
    model, inputs = one_weight_per_batch(4)
    model.compile(keras.optimizers.SGD(0.1), loss=lambda _, predicted: -predicted)
    logs = model.fit(
        inputs, np.zeros(4), batch_size=1, epochs=3, verbose=0, callbacks=[UnischedCallback(short)]
    ).history
    assert logs["learning_rate"] == [float(np.float32(short(step))) for step in (3, 7, 11)]


def test_an_optimizer_built_with_a_schedule_is_refused_when_training_begins(short, rates_used):
    with pytest.raises(BindingError, match="built without a float learning rate"):
        rates_used(keras.optimizers.SGD(UnischedSchedule(short)), 3, [UnischedCallback(short)])


def test_several_steps_in_one_execution_are_refused_before_any_is_trained(short, engine, rates_used):
    callback = UnischedCallback(short)
    # On torch, Keras itself refuses them.
    with pytest.raises(ValueError if engine == "torch" else BindingError, match="steps_per_execution=2"):
        rates_used(keras.optimizers.SGD(0.1), 4, [callback], steps_per_execution=2)
    assert callback.history["learning_rate"] == []


def test_training_past_the_end_of_a_schedule_that_must_not_end_raises(rates_used):
    program = unisched.compile({"after": "error", "total": 3, "schedules": {"learning_rate": 0.1}})
    callback = UnischedCallback(program)
    with pytest.raises(StepError, match="past the total of 3"):
        rates_used(keras.optimizers.SGD(1.0), 5, [callback])
    assert callback.history["learning_rate"] == [float(np.float32(0.1))] * 3


def test_a_group_has_its_own_rates(rates_used, bits):
    spec = {"schedules": {"learning_rate": SPEC}, "groups": {"head": {"learning_rate": {"scale": 0.5}}}}
    program = unisched.compile(spec, total=20)
    used = rates_used(keras.optimizers.SGD(1.0), 8, [UnischedCallback(program, group="head")])
    assert bits(used) == bits([program(step) * 0.5 for step in range(8)])


def test_a_rate_below_float32_is_zero(rates_used):
    used = rates_used(keras.optimizers.SGD(1.0), 2, [UnischedCallback({"kind": "piecewise", "interpolation": "previous",
                                                                       "points": [[0, 0.1], [1, 1e-40]]})])  # fmt: skip
    assert used == [float(np.float32(0.1)), 0.0]


def test_replays_in_threads_do_not_meet():
    programs = [unisched.compile({"kind": "constant", "value": value}, total=60) for value in (0.25, 0.5)]
    form = registry.backend("keras").forms["callback"]

    def used(program):
        (values,) = form.replay(program, program.start(), 60, {}).values.values()
        return set(values)

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(used, programs)) == [{0.25}, {0.5}]

"""Real training: every way of running it uses the rate of the host, bit for bit."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from unisched_keras import UnischedSchedule, state

import unisched

SPEC = {"kind": "warmup_cosine", "peak": 0.01, "warmup": 5, "end": 1e-5}
TOTAL = 20
WAYS = {"jit": {"jit_compile": True}, "no jit": {"jit_compile": False}, "eager": {"run_eagerly": True}, "default": {}}


@pytest.fixture
def short() -> unisched.Program:
    return unisched.compile(SPEC, total=TOTAL)


@pytest.mark.parametrize("way", WAYS)
def test_fit_uses_the_bits_of_the_host_value(short, rates_used, bits, expected_bits, way):
    used = rates_used(keras.optimizers.SGD(UnischedSchedule(short)), 25, **WAYS[way])
    assert bits(used) == expected_bits(short, range(25))


def test_fit_uses_the_bits_of_the_host_value_for_every_kind_of_curve(program, rates_used, bits, expected_bits):
    used = rates_used(keras.optimizers.SGD(UnischedSchedule(program)), 130)
    assert bits(used) == expected_bits(program, range(130))


def test_several_steps_in_one_execution_use_the_same_rates(short, engine, rates_used, bits, expected_bits):
    if engine == "torch":
        with pytest.raises(ValueError, match="steps_per_execution"):
            rates_used(keras.optimizers.SGD(UnischedSchedule(short)), 12, steps_per_execution=4)
        return
    used = rates_used(keras.optimizers.SGD(UnischedSchedule(short)), 12, steps_per_execution=4)
    assert bits(used) == expected_bits(short, range(12))


def test_a_schedule_that_continues_uses_the_later_rates(short, rates_used, bits, expected_bits):
    optimizer = keras.optimizers.SGD(UnischedSchedule(short, state=short.start().at(7)))
    assert bits(rates_used(optimizer, 10)) == expected_bits(short, range(7, 17))
    assert state(optimizer) == short.start().at(17)


def test_a_second_fit_continues(short, one_weight_per_batch, moved, bits, expected_bits):
    model, inputs = one_weight_per_batch(12)
    model.compile(keras.optimizers.SGD(UnischedSchedule(short)), loss=lambda _, predicted: -predicted)
    for part in (slice(0, 5), slice(5, 12)):
        model.fit(inputs[part], np.zeros(len(inputs[part])), batch_size=1, shuffle=False, verbose=0)
    assert bits(moved(model)) == expected_bits(short, range(12))
    assert state(model.optimizer).step == 12


def test_train_on_batch_uses_the_same_rates(short, one_weight_per_batch, moved, bits, expected_bits):
    model, inputs = one_weight_per_batch(9)
    model.compile(keras.optimizers.SGD(UnischedSchedule(short)), loss=lambda _, predicted: -predicted)
    for batch in inputs:
        model.train_on_batch(batch[None], np.zeros(1))
    assert bits(moved(model)) == expected_bits(short, range(9))


@pytest.mark.parametrize("way", ["jit", "no jit"])
def test_accumulated_micro_batches_count_as_one_update(short, one_weight_per_batch, moved, bits, expected_bits, way):
    model, inputs = one_weight_per_batch(6)
    schedule = UnischedSchedule(short, gradient_accumulation_steps=4)
    optimizer = keras.optimizers.SGD(schedule, gradient_accumulation_steps=4)
    model.compile(optimizer, loss=lambda _, predicted: -predicted, **WAYS[way])
    micro_batches = np.repeat(inputs, 4, axis=0)
    model.fit(micro_batches, np.zeros(24), batch_size=1, shuffle=False, verbose=0)
    assert bits(moved(model)) == expected_bits(short, range(6))
    assert state(optimizer).step == 6


@pytest.mark.parametrize("name", ["Adam", "AdamW", "RMSprop", "Lion"])
def test_other_optimizers_train_as_with_the_rates_set_by_hand(short, name):
    features = np.linspace(-1, 1, 24, dtype=np.float32).reshape(12, 2)

    def weights_after_training(rate, callbacks):
        layer = keras.layers.Dense(1, kernel_initializer="ones")
        model = keras.Sequential([keras.Input((2,)), layer])
        model.compile(getattr(keras.optimizers, name)(rate), loss="mse")
        model.fit(features, features.sum(1) ** 2, batch_size=1, shuffle=False, verbose=0, callbacks=callbacks)
        return np.concatenate([keras.ops.convert_to_numpy(weight).ravel() for weight in layer.weights])

    class ByHand(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            self.model.optimizer.learning_rate = short(batch)

    scheduled = weights_after_training(UnischedSchedule(short), [])
    by_hand = weights_after_training(0.5, [ByHand()])
    constant = weights_after_training(0.005, [])
    np.testing.assert_allclose(scheduled, by_hand, rtol=1e-6)
    assert not np.allclose(scheduled, constant, rtol=1e-4)


def test_each_inner_optimizer_follows_its_own_group(bits, one_weight_per_batch, moved):
    spec = {"schedules": {"learning_rate": SPEC}, "groups": {"head": {"learning_rate": {"scale": 0.5}}}}
    program = unisched.compile(spec, total=TOTAL)
    for group, scale in (("head", 0.5), (None, 1.0)):
        model, inputs = one_weight_per_batch(8)
        model.compile(keras.optimizers.SGD(UnischedSchedule(program, group=group)), loss=lambda _, y: -y)
        model.fit(inputs, np.zeros(8), batch_size=1, shuffle=False, verbose=0)
        host = [program(step) * scale for step in range(8)]
        assert bits(moved(model)) == bits(host)


def test_state_asks_for_a_schedule_of_ours():
    with pytest.raises(unisched.errors.BindingError, match="follows no UnischedSchedule"):
        state(keras.optimizers.SGD(0.1))


def test_state_notices_an_optimizer_that_accumulates_other_numbers_of_micro_batches(short):
    optimizer = keras.optimizers.SGD(UnischedSchedule(short), gradient_accumulation_steps=4)
    with pytest.raises(unisched.errors.BindingError, match="accumulates 4 micro-batches"):
        state(optimizer)


def test_state_looks_inside_an_optimizer_that_scales_the_loss(short):
    optimizer = keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(UnischedSchedule(short)))
    assert state(optimizer) == short.start()


def test_the_state_of_another_backend_is_continued_through_json(short):
    numpy_scheduler = unisched.emit(short, "numpy", form="scheduler")
    for _ in range(6):
        numpy_scheduler.step()
    schedule = UnischedSchedule(short, state=numpy_scheduler.state().to_json())
    assert float(schedule(0)) == float(np.float32(short(6)))


def test_rates_of_a_schedule_that_is_late_by_one_are_told_apart(short, rates_used, bits, expected_bits):
    class Late(UnischedSchedule):
        def __call__(self, step):
            return super().__call__(step - 1)

    used = rates_used(keras.optimizers.SGD(Late(short)), 12)
    assert bits(used) != expected_bits(short, range(12))

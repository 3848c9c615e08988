"""Real updates of scheduled optimizers: the values of the document, as numpy's own updates with them show."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np
import pytest
from unisched_keras import state

import unisched
from unisched import registry

TOTAL = 16
WAYS = {"jit": {"jit_compile": True}, "no jit": {"jit_compile": False}, "eager": {"run_eagerly": True}}
INPUTS = np.random.default_rng(7).normal(size=(TOTAL, 3)).astype(np.float32)
WANTED = (INPUTS @ np.array([[1.0], [-2.0], [0.5]], np.float32) + 3).astype(np.float32)
RATE = {"kind": "warmup_cosine", "peak": 0.1, "warmup": 4, "start": 0.02}
Update = Callable[[Mapping[str, float], int, np.ndarray[Any, Any], np.ndarray[Any, Any], dict[str, Any]], Any]


def build(spec: Any, optimizer: Any, **options: Any) -> Any:
    return unisched.build(spec, "keras", form="optimizer", total=TOTAL, optimizer=optimizer, **options)


def weights_after_training(optimizer: Any, passes: int = 1, **options: Any) -> np.ndarray[Any, Any]:
    layer = keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")
    model = keras.Sequential([keras.Input((3,)), layer])
    model.compile(optimizer, loss="mse", **options)
    model.fit(INPUTS, WANTED, batch_size=1, shuffle=False, verbose=0, epochs=passes)
    return keras.ops.convert_to_numpy(layer.kernel)


def numpys(spec: Any, update: Update, late: int = 0) -> np.ndarray[Any, Any]:
    """Give the weights after numpy's own updates, in float64, with the float32 values of the document."""
    program = unisched.compile(spec, total=TOTAL)
    weights, memory = np.ones((3, 1)), {}
    for step, (inputs, wanted) in enumerate(zip(INPUTS[:, None, :], WANTED[:, None, :], strict=True)):
        values = {name: float(np.float32(program(max(step - late, 0), name))) for name in program.hyperparameters}
        gradient = 2 * inputs.T @ (inputs @ weights - wanted)
        weights = update(values, step, gradient, weights, memory)
    return weights


def sgd(values, step, gradient, weights, memory):
    weights = weights * (1 - values.get("weight_decay", 0) * values["learning_rate"])
    memory["m"] = memory.get("m", 0) * values["momentum"] - values["learning_rate"] * gradient
    return weights + memory["m"]


def nesterov(values, step, gradient, weights, memory):
    memory["m"] = memory.get("m", 0) * values["momentum"] - values["learning_rate"] * gradient
    return weights + memory["m"] * values["momentum"] - values["learning_rate"] * gradient


def adamw(values, step, gradient, weights, memory):
    beta1, beta2 = values.get("beta1", 0.9), values.get("beta2", 0.999)
    weights = weights * (1 - values.get("weight_decay", 0) * values["learning_rate"])
    memory["m"] = memory.get("m", 0) * beta1 + (1 - beta1) * gradient
    memory["v"] = memory.get("v", 0) * beta2 + (1 - beta2) * gradient**2
    rate = values["learning_rate"] * np.sqrt(1 - beta2 ** (step + 1)) / (1 - beta1 ** (step + 1))
    return weights - rate * memory["m"] / (np.sqrt(memory["v"]) + values.get("epsilon", 1e-7))


def rmsprop(values, step, gradient, weights, memory):
    memory["v"] = memory.get("v", 0) * values["rho"] + (1 - values["rho"]) * gradient**2
    memory["g"] = memory.get("g", 0) * values["rho"] + (1 - values["rho"]) * gradient
    step_taken = values["learning_rate"] * gradient / np.sqrt(memory["v"] - memory["g"] ** 2 + values["epsilon"])
    memory["m"] = memory.get("m", 0) * values["momentum"] + step_taken
    return weights - memory["m"]


UP = {"kind": "linear", "start": 0, "end": 0.9}
CASES: dict[str, tuple[dict[str, Any], Callable[[], Any], Update]] = {
    "momentum of SGD, from 0": (
        {"learning_rate": {"kind": "linear", "start": 0.02, "end": 0.002}, "momentum": UP},
        lambda: keras.optimizers.SGD(0.5), sgd,
    ),
    "momentum of SGD, back to 0 and up again": (
        {"learning_rate": 0.01, "momentum": {"kind": "piecewise", "interpolation": "previous",
                                             "points": [[0, 0.9], [5, 0.0], [9, 0.7]]}},
        lambda: keras.optimizers.SGD(0.5, momentum=0.3), sgd,
    ),
    "momentum of Nesterov": (
        {"learning_rate": 0.01, "momentum": UP}, lambda: keras.optimizers.SGD(0.5, nesterov=True), nesterov,
    ),
    "weight decay of SGD, which was given none": (
        {"learning_rate": 0.02, "momentum": 0.5, "weight_decay": {"kind": "cosine", "start": 0.9, "end": 0}},
        lambda: keras.optimizers.SGD(0.5), sgd,
    ),
    "weight decay of AdamW": (
        {"learning_rate": RATE, "weight_decay": {"kind": "cosine", "start": 0.9, "end": 0}},
        lambda: keras.optimizers.AdamW(0.5, weight_decay=0.004), adamw,
    ),
    "betas and epsilon of Adam": (
        {"learning_rate": RATE, "beta1": {"kind": "linear", "start": 0.95, "end": 0.6}, "beta2":
         {"kind": "linear", "start": 0.9, "end": 0.99}, "epsilon": {"kind": "exponential", "start": 0.1, "end": 1e-6}},
        lambda: keras.optimizers.Adam(0.5), adamw,
    ),
    "rho, epsilon and momentum of RMSprop": (
        {"learning_rate": 0.01, "rho": {"kind": "linear", "start": 0.5, "end": 0.9}, "momentum": UP,
         "epsilon": {"kind": "linear", "start": 0.2, "end": 0.1}},
        lambda: keras.optimizers.RMSprop(0.5, centered=True), rmsprop,
    ),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", CASES)
def test_updates_are_those_of_numpy_with_the_values_of_the_document(name, way):
    schedules, optimizer, update = CASES[name]
    spec = {"schedules": schedules}
    trained = weights_after_training(build(spec, optimizer()), **WAYS[way])
    # In float32, one minus a power of beta is known to some 1e-4 at first.
    np.testing.assert_allclose(trained, numpys(spec, update), rtol=1e-4)


@pytest.mark.parametrize("name", CASES)
def test_values_that_are_late_by_one_update_are_told_apart(name):
    schedules, _, update = CASES[name]
    spec = {"schedules": schedules}
    assert not np.allclose(numpys(spec, update, late=1), numpys(spec, update), rtol=5e-3)


def everything_of(native: type) -> tuple[dict[str, float], Any]:
    """Give all that can be scheduled of a class, as constants, and the native optimizer with these values."""
    raised = {"momentum": 0.8} if native.__name__ in ("SGD", "RMSprop") else {}
    built = native(0.01, use_ema=True, weight_decay=0.02, **raised)
    values = {name: value for name, value in built.get_config().items() if isinstance(value, float)}
    for name in ("initial_accumulator_value",):
        values.pop(name, None)
    return values, built


@pytest.mark.parametrize(
    "name", [c for c in dir(keras.optimizers) if hasattr(getattr(keras.optimizers, c), "update_step")
             and c not in ("Optimizer", "LossScaleOptimizer", "MultiOptimizer")],
)  # fmt: skip
def test_every_optimizer_of_keras_trains_with_constants_as_it_does_without(name):
    native = getattr(keras.optimizers, name)
    values, built = everything_of(native)
    canonical = {"beta_1": "beta1", "beta_2": "beta2"}
    spec = {"schedules": {canonical.get(key, key): value for key, value in values.items()}}
    scheduled = build(spec, native(0.5, use_ema=True))
    assert isinstance(scheduled, native)
    assert isinstance(scheduled, type(native()))
    assert type(scheduled).__name__ == f"Scheduled{name}"
    moved = weights_after_training(built)
    assert np.abs(moved - 1).max() > 1e-6
    # In float32, 1 - beta is known to some 1e-5.
    np.testing.assert_allclose(weights_after_training(scheduled) - 1, moved - 1, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("way", [*WAYS, "default"])
def test_the_rate_of_each_update_has_the_bits_of_the_host_value(way, rates_used, bits, expected_bits):
    program = unisched.compile(RATE, total=TOTAL)
    used = rates_used(build(RATE, keras.optimizers.SGD(0.5)), 25, **WAYS.get(way, {}))
    assert bits(used) == expected_bits(program, range(25))


def test_the_rate_has_the_bits_of_the_host_value_for_every_kind_of_curve(program, rates_used, bits, expected_bits):
    optimizer = unisched.emit(program, "keras", form="optimizer", optimizer=keras.optimizers.SGD(0.5))
    assert bits(rates_used(optimizer, 130)) == expected_bits(program, range(130))


def test_several_steps_in_one_execution_use_the_same_values(engine, rates_used, bits, expected_bits):
    optimizer = build(RATE, keras.optimizers.SGD(0.5))
    if engine == "torch":
        with pytest.raises(ValueError, match="steps_per_execution"):
            rates_used(optimizer, 12, steps_per_execution=4)
        return
    used = rates_used(optimizer, 12, steps_per_execution=4)
    assert bits(used) == expected_bits(unisched.compile(RATE, total=TOTAL), range(12))


@pytest.mark.parametrize("way", ["jit", "no jit"])
def test_accumulated_micro_batches_count_as_one_update(one_weight_per_batch, moved, bits, expected_bits, way):
    model, inputs = one_weight_per_batch(6)
    optimizer = build(RATE, keras.optimizers.SGD(0.5, gradient_accumulation_steps=4))
    model.compile(optimizer, loss=lambda _, predicted: -predicted, **WAYS[way])
    model.fit(np.repeat(inputs, 4, axis=0), np.zeros(24), batch_size=1, shuffle=False, verbose=0)
    assert bits(moved(model)) == expected_bits(unisched.compile(RATE, total=TOTAL), range(6))
    assert optimizer.state().step == 6


def test_weight_decay_acts_once_for_accumulated_micro_batches():
    spec = {"schedules": {"learning_rate": 0.02, "momentum": 0.5, "weight_decay": UP}}
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")])
    model.compile(build(spec, keras.optimizers.SGD(0.5, gradient_accumulation_steps=2)), loss="mse")
    twice = [np.repeat(side, 2, axis=0) for side in (INPUTS, WANTED)]
    model.fit(*twice, batch_size=1, shuffle=False, verbose=0)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(model.layers[0].kernel), numpys(spec, sgd), rtol=2e-5)


def test_a_state_is_continued_by_a_fresh_optimizer(rates_used, bits, expected_bits):
    program = unisched.compile(RATE, total=TOTAL)
    optimizer = build(RATE, keras.optimizers.SGD(0.5), state=program.start().at(5).to_json())
    assert bits(rates_used(optimizer, 6)) == expected_bits(program, range(5, 11))
    assert optimizer.state() == program.start().at(11)


def test_a_second_fit_and_single_batches_go_on(one_weight_per_batch, moved, bits, expected_bits):
    model, inputs = one_weight_per_batch(12)
    model.compile(build(RATE, keras.optimizers.SGD(0.5)), loss=lambda _, predicted: -predicted)
    model.fit(inputs[:5], np.zeros(5), batch_size=1, shuffle=False, verbose=0)
    for batch in inputs[5:8]:
        model.train_on_batch(batch[None], np.zeros(1))
    model.fit(inputs[8:], np.zeros(4), batch_size=1, shuffle=False, verbose=0)
    assert bits(moved(model)) == expected_bits(unisched.compile(RATE, total=TOTAL), range(12))


def test_a_replay_shows_the_momentum_of_the_average_that_keras_keeps_of_the_weights(bits):
    program = unisched.compile({"schedules": {"learning_rate": RATE, "ema_momentum": UP}}, total=TOTAL)
    replayed = registry.backend("keras").forms["optimizer"].replay(program, program.start(), TOTAL, {})
    assert set(replayed.values) == set(program.targets)
    for target, used in replayed.values.items():
        assert bits(used) == bits([program(step, *target) for step in range(TOTAL)]), target


def test_one_hyperparameter_follows_another():
    twice = {"kind": "product", "curves": [2, {"kind": "follow", "schedule": "learning_rate"}]}
    rate = {"kind": "linear", "start": 0.1, "end": 0.01}
    spec = {"schedules": {"learning_rate": rate, "weight_decay": twice}}
    optimizer = build(spec, keras.optimizers.AdamW(0.5))
    np.testing.assert_allclose(weights_after_training(optimizer), numpys(spec, adamw), rtol=1e-4)
    assert optimizer.weight_decay == float(np.float32(0.02))


if hasattr(keras.optimizers, "MultiOptimizer"):  # which older releases do not have

    def test_each_inner_optimizer_follows_its_own_group():
        rates = {"schedules": {"learning_rate": RATE}, "groups": {"head": {"learning_rate": {"scale": 0.5}}}}
        body, head = (build(rates, keras.optimizers.SGD(0.5), group=group) for group in (None, "head"))
        chosen = keras.optimizers.MultiOptimizer(lambda variable: head if "head" in variable.path else body)
        layers = [
            keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros", name=name) for name in ("body", "head")
        ]
        entry = keras.Input((TOTAL,))
        model = keras.Model(entry, [layer(entry) for layer in layers])
        model.compile(chosen, loss=[lambda _, predicted: -predicted] * 2)
        model.fit(np.eye(TOTAL), [np.zeros(TOTAL)] * 2, batch_size=1, shuffle=False, verbose=0)
        program = unisched.compile(RATE, total=TOTAL)
        for layer, scale in zip(layers, (1.0, 0.5), strict=True):
            due = [float(np.float32(program(step) * scale)) for step in range(TOTAL)]
            assert keras.ops.convert_to_numpy(layer.kernel)[:, 0].tolist() == due
        assert body.state().step == head.state().step == TOTAL


def test_half_precision_scales_the_loss_and_counts_the_updates_that_are_made(one_weight_per_batch):
    keras.mixed_precision.set_global_policy("mixed_float16")
    try:
        optimizer = build({"schedules": {"learning_rate": RATE, "momentum": UP}}, keras.optimizers.SGD(0.5))
        model, inputs = one_weight_per_batch(8)
        model.compile(optimizer, loss="mse")
        model.fit(inputs, np.ones(8), batch_size=1, shuffle=False, verbose=0)
    finally:
        keras.mixed_precision.set_global_policy("float32")
    assert type(model.optimizer).__name__ == "LossScaleOptimizer"
    # The first scale of the loss may be too large, and such an update is none.
    made = state(model.optimizer).step
    assert 4 < made == int(optimizer.iterations)
    assert float(model.optimizer.learning_rate) == float(np.float32(unisched.compile(RATE, total=TOTAL)(made)))


def test_weights_that_were_excluded_from_weight_decay_stay_excluded():
    spec = {"schedules": {"learning_rate": 0.1, "weight_decay": 0.5}}
    native = keras.optimizers.SGD(0.5)
    native.exclude_from_weight_decay(var_names=["kernel"])
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, kernel_initializer="ones",
                                                                    bias_initializer="ones")])  # fmt: skip
    model.compile(build(spec, native), loss=lambda _, predicted: 0 * predicted)
    model.fit(INPUTS[:1], WANTED[:1], verbose=0)
    assert keras.ops.convert_to_numpy(model.layers[0].kernel).tolist() == [[1.0]] * 3
    assert keras.ops.convert_to_numpy(model.layers[0].bias).tolist() == [pytest.approx(0.95)]


def test_attributes_read_the_value_of_the_update_to_come():
    optimizer = build({"schedules": {"learning_rate": RATE, "momentum": UP}}, keras.optimizers.SGD(0.5, momentum=0.3))
    program = optimizer.program
    seen = []

    class Reading(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            held = self.model.optimizer
            seen.append((float(held.learning_rate), held.momentum))

    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile(optimizer, loss="mse")
    model.fit(INPUTS, WANTED, batch_size=1, verbose=0, callbacks=[Reading()])
    assert seen == [tuple(float(np.float32(program(step, name))) for name in ("learning_rate", "momentum"))
                    for step in range(TOTAL)]  # fmt: skip
    assert optimizer.get_config()["momentum"] == 0.3
    assert optimizer.get_config()["learning_rate"] == 0.5

"""What an optimizer cannot schedule is refused at once, and what it schedules cannot be set by others."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from unisched_keras import UnischedSchedule, scheduled

import unisched
from unisched.errors import BindingError, UnsupportedError

RATE = {"kind": "linear", "start": 0.1, "end": 0.01}


def build(spec, optimizer, **options):
    return unisched.build(spec, "keras", form="optimizer", total=10, optimizer=optimizer, **options)


def fit(optimizer, callbacks=(), epochs=3, **options):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(optimizer, loss="mse")
    model.fit(np.ones((4, 2)), np.ones(4), verbose=0, epochs=epochs, callbacks=list(callbacks), **options)
    return model


def test_all_that_an_optimizer_lacks_is_named_at_once_with_what_it_has():
    spec = {"schedules": {"learning_rate": RATE, "beta1": 0.9, "rho": 0.9, "momentun": 0.5, "nesterov": 1}}
    with pytest.raises(BindingError) as caught:
        build(spec, keras.optimizers.SGD(0.1))
    assert {problem.path for problem in caught.value.problems} == {
        "schedules.beta1", "schedules.rho", "schedules.momentun", "schedules.nesterov",
    }  # fmt: skip
    assert "SGD has no float 'beta_1'. It has learning_rate, momentum, weight_decay." in str(caught.value)
    assert "Did you mean 'momentum'?" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "optimizer", "reason"),
    [
        ("clipnorm", lambda: keras.optimizers.SGD(0.1, clipnorm=1.0), "when a step is compiled"),
        ("loss_scale_factor", lambda: keras.optimizers.SGD(0.1, loss_scale_factor=2.0), "before the optimizer sees it"),
        ("initial_accumulator_value", lambda: keras.optimizers.Adagrad(0.1), "when the optimizer is built"),
        ("ema_momentum", lambda: keras.optimizers.SGD(0.1), "without use_ema=True"),
    ],
)
def test_what_no_update_reads_is_refused_with_the_reason(name, optimizer, reason):
    with pytest.raises(BindingError, match=reason):
        build({"schedules": {name: 0.5}}, optimizer())


@pytest.mark.parametrize(
    ("optimizer", "reason"),
    [
        (lambda: "sgd", "no Keras optimizer"),
        (lambda: keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.1)), "wraps other optimizers"),
        *[
            (lambda wrapper=wrapper: wrapper(lambda _: keras.optimizers.SGD(0.1)), "wraps other optimizers")
            for wrapper in filter(None, [getattr(keras.optimizers, "MultiOptimizer", None)])  # not in older releases
        ],
        (lambda: build(RATE, keras.optimizers.SGD(0.1)), "follows a schedule already"),
        (lambda: keras.optimizers.SGD(UnischedSchedule(RATE, total=10)), "built with a schedule of its own"),
        (lambda: fit(keras.optimizers.SGD(0.1)).optimizer, "built for its weights"),
    ],
)
def test_optimizers_that_cannot_be_made_anew_are_refused(optimizer, reason):
    with pytest.raises(BindingError, match=reason):
        build(RATE, optimizer())


def test_an_optimizer_with_a_schedule_of_its_own_may_have_its_other_hyperparameters_scheduled(rates_used):
    native = keras.optimizers.SGD(UnischedSchedule(RATE, total=10))
    optimizer = build({"schedules": {"weight_decay": 0.0}}, native)
    assert rates_used(optimizer, 3) == [float(np.float32(unisched.compile(RATE, total=10)(k))) for k in range(3)]


def test_an_optimizer_is_needed():
    with pytest.raises(BindingError, match="needs 'optimizer'"):
        unisched.build(RATE, "keras", form="optimizer", total=10)


def test_a_factor_of_the_optimizers_own_value_needs_a_base():
    spec = {"schedules": {"weight_decay": {"base": "optimizer", "curve": RATE}}}
    with pytest.raises(UnsupportedError, match="Pass base="):
        build(spec, keras.optimizers.AdamW())
    assert build(spec, keras.optimizers.AdamW(), base=0.5).weight_decay == float(np.float32(0.05))


def test_an_end_that_must_raise_is_refused_with_the_form_that_can():
    with pytest.raises(UnsupportedError, match='Use form="callback"'):
        build({"after": "error", "schedules": {"learning_rate": RATE}}, keras.optimizers.SGD())


def test_groups_must_be_asked_for_one():
    spec = {"schedules": {"learning_rate": RATE}, "groups": {"head": {"learning_rate": 0.5}}}
    with pytest.raises(UnsupportedError, match="one group at a time: 'head'"):
        build(spec, keras.optimizers.SGD())
    assert float(build(spec, keras.optimizers.SGD(), group="head").learning_rate) == 0.5


@pytest.mark.parametrize(
    "callback",
    [
        lambda: keras.callbacks.LearningRateScheduler(lambda epoch: 0.1),
        lambda: keras.callbacks.ReduceLROnPlateau("loss", patience=1, min_delta=1e9),
    ],
)
def test_callbacks_of_keras_that_set_the_rate_are_told_that_it_is_scheduled(callback):
    with pytest.raises(BindingError, match="'learning_rate' of SGD follows its schedule"):
        fit(build(RATE, keras.optimizers.SGD(0.1)), [callback()])


@pytest.mark.parametrize("name", ["learning_rate", "weight_decay", "beta_1"])
def test_a_scheduled_attribute_cannot_be_set(name):
    optimizer = build({"schedules": {"learning_rate": RATE, "weight_decay": RATE, "beta1": 0.5}},
                      keras.optimizers.AdamW())  # fmt: skip
    before = float(getattr(optimizer, name))
    with pytest.raises(TypeError, match=f"'{name}' of AdamW follows its schedule, and was set to 0.25"):
        setattr(optimizer, name, 0.25)
    assert float(getattr(optimizer, name)) == before


def test_an_attribute_without_a_schedule_is_set_as_ever():
    optimizer = build({"schedules": {"weight_decay": RATE}}, keras.optimizers.AdamW(0.1))
    optimizer.learning_rate = 0.5
    optimizer.beta_1 = 0.25
    assert (float(optimizer.learning_rate), optimizer.beta_1) == (0.5, 0.25)


def test_setting_an_attribute_of_keras_in_a_running_fit_is_lost_on_two_engines(engine):
    """The trap that the form is for: Keras's own attributes are compiled into the step."""

    class Setting(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            self.model.optimizer.momentum = 0.9 if batch else 0.5

    def trained(callbacks):
        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, kernel_initializer="ones")])
        model.compile(keras.optimizers.SGD(0.01, momentum=0.5), loss="mse")
        model.fit(np.ones((6, 2)), np.zeros(6), batch_size=1, verbose=0, callbacks=callbacks)
        return keras.ops.convert_to_numpy(model.layers[0].kernel)

    assert np.array_equal(trained([Setting()]), trained([])) == (engine != "torch")


class Mine(keras.optimizers.SGD):
    """A user's optimizer, with a hyperparameter of its own."""

    def __init__(self, learning_rate=0.1, alpha=1.0, **kwargs):
        super().__init__(learning_rate, **kwargs)
        self.alpha = alpha

    def update_step(self, gradient, variable, learning_rate):
        super().update_step(gradient * self.alpha, variable, learning_rate)

    def get_config(self):
        return super().get_config() | {"alpha": self.alpha}


class Unknown(keras.optimizers.SGD):
    """A user's optimizer that nobody asked a scheduled class for."""


def test_an_optimizer_of_a_user_is_refused_with_the_call_that_it_needs():
    with pytest.raises(BindingError, match=r"Call unisched_keras\.scheduled\(Unknown\) where it is defined"):
        build(RATE, Unknown(0.1))


def test_an_optimizer_of_a_user_is_scheduled_once_its_class_is(rates_used):
    assert scheduled(Mine) is scheduled(Mine)
    optimizer = build({"schedules": {"alpha": {"kind": "linear", "start": 1, "end": 0}}}, Mine(0.5))
    assert isinstance(optimizer, Mine)
    assert rates_used(optimizer, 10) == [0.5 * float(np.float32(1 - step / 10)) for step in range(10)]

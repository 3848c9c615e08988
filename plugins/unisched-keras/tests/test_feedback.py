"""Metrics move the rate: in compiled steps as on the host, and as Keras's own plateau does."""

from __future__ import annotations

import math
import random
import warnings
from typing import Any

import keras
import numpy as np
import pytest
from unisched_keras import UnischedCallback, state
from unisched_keras.factors import factors_of, parts_of

import unisched
from unisched.errors import BindingError, StateError, StepError, UnsupportedError

WAYS = {"jit": {"jit_compile": True}, "no jit": {"jit_compile": False}, "eager": {"run_eagerly": True}}
PLATEAU = {"kind": "plateau", "monitor": "val_loss", "factor": 0.3, "patience": 2, "rule": "keras",
           "threshold_mode": "abs"}  # fmt: skip
SPEC = {"kind": "product", "curves": [{"kind": "cosine", "start": 0.1, "end": 0.01}, PLATEAU]}
TOTAL = 40
UNREAD = {"val_loss": None}
METRICS = [1.0, 0.9, 0.95, 0.91, 0.93, 0.5, 0.6, 0.6, 0.61, 0.4, 0.39, 0.41, 0.42, 0.43, 0.44, 0.45, 0.46]


def scheduled(spec: Any = SPEC, **options: Any) -> Any:
    return unisched.build(spec, "keras", form="optimizer", total=TOTAL, optimizer=keras.optimizers.SGD(0.1), **options)


def observed_program(metrics: dict[int, float], spec: Any = SPEC) -> unisched.Program:
    return unisched.compile(spec, total=TOTAL).observed(metrics)


class Observing(keras.callbacks.Callback):
    """Hands metrics by step to what takes them, each before its update."""

    def __init__(self, observing: Any, metrics: dict[int, Any]) -> None:
        super().__init__()
        self.observing, self.metrics, self.step = observing, metrics, 0

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        if self.step in self.metrics and self.model is not None:
            self.observing.observe(self.metrics[self.step])
        self.step += 1


class Score(keras.metrics.Metric):
    """A metric that gives what it was told."""

    def __init__(self) -> None:
        super().__init__(name="score")
        self.number = self.add_weight(shape=(), initializer="zeros", name="number")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take nothing from the data."""

    def reset_state(self) -> None:
        """Keep what was told before the validation began."""

    def result(self) -> Any:
        return self.number + 0.0


class Telling(keras.callbacks.Callback):
    """Tells the metric its next number when a validation begins."""

    def __init__(self, score: Score, numbers: list[float]) -> None:
        super().__init__()
        self.score, self.numbers = score, iter(numbers)

    def on_test_begin(self, logs: Any = None) -> None:
        self.score.number.assign(next(self.numbers))


def fit_with_scores(optimizer: Any, callbacks: list[Any], scores: list[float]) -> dict[str, list[float]]:
    """Train an epoch of two batches for each score, which its validation logs as `val_score`; give the history."""
    score = Score()
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    model.compile(optimizer, loss=lambda _, predicted: 0 * predicted, metrics=[score])
    ones = np.ones((2, 1), np.float32)
    return model.fit(ones, ones, batch_size=1, verbose=0, epochs=len(scores), validation_data=(ones, ones),
                     callbacks=[*callbacks, Telling(score, scores)]).history  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_every_update_has_the_bits_of_the_program_that_has_observed(way, rates_used, bits, expected_bits):
    metrics = {2 * k: metric for k, metric in enumerate(METRICS)}
    optimizer = scheduled()
    used = rates_used(optimizer, TOTAL, [Observing(optimizer, metrics)], **WAYS[way])
    assert bits(used) == expected_bits(observed_program(metrics), range(TOTAL))
    assert len(set(state(optimizer).feedback)) == 1
    reference = unisched.compile(SPEC, total=TOTAL).start()
    for step in range(TOTAL):
        if step in metrics:
            reference = reference.at(step).observe(unisched.compile(SPEC, total=TOTAL), metrics[step])
    assert optimizer.state() == reference.at(TOTAL)


def test_a_metric_that_comes_one_update_late_is_told_apart(rates_used, bits, expected_bits):
    metrics = {2 * k: metric for k, metric in enumerate(METRICS)}
    late = {step + 1: metric for step, metric in metrics.items()}
    optimizer = scheduled()
    used = rates_used(optimizer, TOTAL, [Observing(optimizer, late)])
    assert bits(used) != expected_bits(observed_program(metrics), range(TOTAL))


@pytest.mark.parametrize("order", ["first", "last"])
def test_the_callback_uses_the_same_rates_wherever_it_stands(order, rates_used, bits, expected_bits):
    metrics = {2 * k: metric for k, metric in enumerate(METRICS)}
    callback = UnischedCallback(SPEC, total=TOTAL, monitor=UNREAD)
    callbacks = [callback, Observing(callback, metrics)]
    used = rates_used(keras.optimizers.SGD(0.5), TOTAL, callbacks if order == "first" else callbacks[::-1])
    assert bits(used) == expected_bits(observed_program(metrics), range(TOTAL))
    assert bits(callback.history["learning_rate"]) == bits(used)


@pytest.mark.parametrize("seed", range(3))
def test_a_random_run_of_several_controllers_has_the_bits_of_the_host(seed, rates_used, bits, expected_bits):
    draw = random.Random(seed)
    rules = [("torch", "abs"), ("keras", "abs"), ("optax", "rel")]
    curves = [{"kind": "plateau", "monitor": name, "rule": rule, "threshold_mode": mode, "patience": draw.randint(1, 3),
               "factor": draw.uniform(0.1, 0.9), "cooldown": draw.randint(0, 2), "minimum": draw.choice([0, 1e-3])}
              for name, (rule, mode) in zip("aba", rules, strict=True)]  # fmt: skip
    late = {"kind": "sequence", "parts": [{"kind": "constant", "value": 0.7, "duration": 9}, curves[2]]}
    spec = {"kind": "product", "curves": [0.1, *curves[:2], late]}
    metrics = {step: {name: draw.choice([draw.random(), math.nan]) for name in draw.choice(["a", "b", "ab"])}
               for step in range(TOTAL) if draw.random() < 0.8}  # fmt: skip
    optimizer = scheduled(spec)
    used = rates_used(optimizer, TOTAL, [Observing(optimizer, metrics)])
    assert bits(used) == expected_bits(observed_program(metrics, spec), range(TOTAL))
    assert len(set(used)) > 3


@pytest.mark.parametrize("form", ["optimizer", "callback"])
@pytest.mark.parametrize("settings", [{}, {"cooldown": 2}, {"patience": 1}, {"min_lr": 0.004}, {"mode": "max"}])
def test_the_rates_of_a_fit_are_those_of_the_plateau_of_keras(form, settings):
    scores = METRICS if settings.get("mode") != "max" else [1 - metric for metric in METRICS]
    arguments = {"monitor": "val_score", "factor": 0.3, "patience": 2, "mode": "min", "min_delta": 1e-4} | settings
    native = keras.callbacks.ReduceLROnPlateau(**arguments)
    theirs = fit_with_scores(keras.optimizers.SGD(0.1), [native], scores)["learning_rate"]
    spec = {"kind": "keras.ReduceLROnPlateau", **arguments}
    if form == "callback":
        ours = UnischedCallback(spec, total=TOTAL, base=0.1)
        rates = fit_with_scores(keras.optimizers.SGD(0.5), [ours], scores)["learning_rate"]
    else:
        optimizer = scheduled(spec, base=0.1)
        recorded = Rates()
        fit_with_scores(optimizer, [optimizer.monitor(), recorded], scores)
        rates = recorded.rates
    np.testing.assert_allclose(rates, theirs, rtol=5e-7)
    assert len({rate for rate in theirs if rate < 0.1}) > 1


class Rates(keras.callbacks.Callback):
    """Writes down the rate at the end of each epoch's last batch, as Keras's plateau logs it."""

    def __init__(self) -> None:
        super().__init__()
        self.rates: list[float] = []

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        if batch == 0:
            self.rates.append(float(self.model.optimizer.learning_rate))


def test_the_metric_of_an_epoch_moves_the_first_batch_of_the_next():
    spec = {"kind": "plateau", "monitor": "val_score", "factor": 0.5, "patience": 1, "rule": "keras"}
    optimizer, recorded = scheduled(spec), Rates()
    fit_with_scores(optimizer, [recorded, optimizer.monitor()], [1.0, 2.0, 2.0, 0.5, 2.0])
    assert recorded.rates == [1.0, 1.0, 0.5, 0.25, 0.25]
    assert float(optimizer.learning_rate) == 0.125


def test_a_metric_has_another_name_in_the_logs():
    for monitor in ("val_score", {"val_loss": "val_score"}):
        optimizer = scheduled()
        fit_with_scores(optimizer, [optimizer.monitor(monitor)], METRICS)
        callback = UnischedCallback(SPEC, total=TOTAL, monitor=monitor)
        fit_with_scores(keras.optimizers.SGD(0.5), [callback], METRICS)
        assert optimizer.state() == callback.state()
        assert next(iter(callback.state().feedback.values()))["seen"] == len(METRICS)


@pytest.mark.parametrize("form", ["optimizer", "callback"])
def test_a_metric_that_is_not_logged_is_not_observed_which_is_said_once(form):
    optimizer = scheduled() if form == "optimizer" else keras.optimizers.SGD(0.5)
    watching = optimizer.monitor("val_accuracy") if form == "optimizer" else UnischedCallback(
        SPEC, total=TOTAL, monitor="val_accuracy")  # fmt: skip
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fit_with_scores(optimizer, [watching], METRICS[:3])
    said = [str(item.message) for item in caught if "watches" in str(item.message)]
    assert len(said) == 1
    assert "the schedule watches 'val_accuracy', which this epoch does not log (logged: " in said[0]
    assert (optimizer if form == "optimizer" else watching).state().feedback == {}


def test_a_metric_that_is_no_number_is_a_bad_one(rates_used):
    optimizer = scheduled({"kind": "plateau", "monitor": "loss", "factor": 0.5, "patience": 1})
    for metric in (1.0, math.nan, math.nan):
        optimizer.observe(metric)
    assert rates_used(optimizer, 2) == [0.5, 0.5]
    (memory,) = optimizer.state().feedback.values()
    assert (memory["best"], memory["drops"]) == (1.0, 1)


@pytest.mark.parametrize("metric", [{"los": 1.0}, "high", None, [1.0, 2.0]])
def test_what_is_no_metric_of_the_schedule_is_refused_and_changes_nothing(metric):
    optimizer, callback = scheduled(), UnischedCallback(SPEC, total=TOTAL)
    for watching in (optimizer, callback):
        before = watching.state()
        with pytest.raises(StepError):
            watching.observe(metric)
        assert watching.state() == before


@pytest.mark.parametrize("form", ["optimizer", "callback"])
def test_a_metric_of_several_numbers_is_refused_by_its_name(form):
    spec = {"kind": "plateau", "monitor": "f1_score", "factor": 0.5, "mode": "max"}
    optimizer = scheduled(spec) if form == "optimizer" else keras.optimizers.SGD(0.5)
    watching = optimizer.monitor() if form == "optimizer" else UnischedCallback(spec, total=TOTAL)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, activation="softmax")])
    model.compile(optimizer, "categorical_crossentropy", metrics=[keras.metrics.F1Score(average=None)])
    with pytest.raises(StepError, match=r"f1_score is (A|a)rray\(.*, not one number") as caught:
        model.fit(np.ones((3, 2)), np.eye(3), callbacks=[watching], verbose=0)
    assert caught.value.code == "metric.type"


OF_KERAS = {
    "a tensor": lambda: keras.ops.array(0.5),
    "a tensor of one": lambda: keras.ops.array([[0.5]]),
    "a variable": lambda: keras.Variable(0.5),
    "a variable of one": lambda: keras.Variable([0.5]),
}


@pytest.mark.parametrize("name", OF_KERAS)
def test_one_number_of_the_engine_is_a_metric_wherever_it_is_observed(name):
    spec = {"kind": "plateau", "monitor": "loss", "factor": 0.5}
    for observing in (scheduled(spec), UnischedCallback(spec, total=TOTAL), unisched.build(spec, form="scheduler")):
        observing.observe(OF_KERAS[name]())
        (memory,) = observing.state().feedback.values()
        assert memory["best"] == 0.5


def test_an_optimizer_that_watches_nothing_takes_no_metric():
    optimizer = scheduled({"kind": "constant", "value": 0.1})
    with pytest.raises(StepError, match="nothing in this schedule watches a metric"):
        optimizer.observe(1.0)
    with pytest.raises(BindingError, match="nothing in this schedule watches a metric"):
        optimizer.monitor("loss")
    with pytest.raises(BindingError, match="nothing in this schedule watches a metric"):
        UnischedCallback({"kind": "constant", "value": 0.1}, monitor="loss")


@pytest.mark.parametrize("form", ["optimizer", "callback"])
def test_what_a_mapping_leaves_out_has_its_own_name_and_what_it_maps_to_none_is_left_to_observe(form):
    watched = {"val_score": 1, "error": 2, "other": 3}
    spec = {"kind": "product", "curves": [{**PLATEAU, "monitor": name, "patience": n} for name, n in watched.items()]}
    optimizer = scheduled(spec) if form == "optimizer" else keras.optimizers.SGD(0.5)
    monitor = {"error": "val_score", "other": None}
    watching = optimizer.monitor(monitor) if form == "optimizer" else UnischedCallback(
        spec, total=TOTAL, monitor=monitor)  # fmt: skip
    fit_with_scores(optimizer, [watching], METRICS[:4])
    feedback = (optimizer if form == "optimizer" else watching).state().feedback
    path = "schedules.learning_rate.curves"
    assert {place: held["seen"] for place, held in feedback.items()} == {f"{path}[0]": 4, f"{path}[1]": 4}


def test_a_script_may_ask_for_the_monitor_of_a_schedule_that_watches_nothing():
    optimizer = scheduled({"kind": "constant", "value": 0.1})
    fit_with_scores(optimizer, [optimizer.monitor()], METRICS[:2])
    assert (optimizer.state().step, optimizer.state().feedback) == (4, {})


@pytest.mark.parametrize("monitor", [{"los": "val_loss"}, 3])
def test_a_monitor_that_the_schedule_does_not_know_is_refused(monitor):
    for build in (lambda: scheduled().monitor(monitor), lambda: UnischedCallback(SPEC, total=TOTAL, monitor=monitor)):
        with pytest.raises(BindingError):
            build()


def test_several_metrics_need_their_names():
    spec = {"kind": "product", "curves": [PLATEAU, {**PLATEAU, "monitor": "loss"}]}
    with pytest.raises(BindingError, match="val_loss, loss are watched"):
        scheduled(spec).monitor("val_score")


def test_the_schedule_form_is_refused_with_a_form_that_observes():
    with pytest.raises(UnsupportedError, match=r'no feedback: .* Use form="callback"'):
        unisched.build(SPEC, "keras", total=TOTAL)


def test_an_epoch_that_runs_on_jax_is_asked_for_through_its_model(engine):
    optimizer = scheduled({"kind": "plateau", "monitor": "loss"})
    said = []

    class Asking(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            try:
                optimizer.observe(1.0)
            except StateError as error:
                said.append(error.code)
            assert self.model is not None
            optimizer.observe(1.0)

    fit_with_scores(optimizer, [Asking()], [1.0])
    assert said == (["keras.running"] * 2 if engine == "jax" else [])
    (memory,) = optimizer.state().feedback.values()
    assert memory["seen"] == (2 if engine == "jax" else 4)


def test_a_bound_of_the_value_needs_the_base():
    spec = {"kind": "keras.ReduceLROnPlateau", "min_lr": 0.01}
    for build in (lambda: scheduled(spec), lambda: UnischedCallback(spec, total=TOTAL)):
        with pytest.raises((BindingError, UnsupportedError), match="base="):
            build()


def test_a_state_goes_through_json_to_other_backends_and_back(rates_used, bits, expected_bits):
    metrics = {2 * k: metric for k, metric in enumerate(METRICS)}
    first, second = 13, 26
    optimizer = scheduled()
    used = rates_used(optimizer, first, [Observing(optimizer, metrics)])
    between = unisched.build(SPEC, form="scheduler", total=TOTAL, state=optimizer.state().to_json())
    for step in range(first, second):
        if step in metrics:
            between.observe(metrics[step])
        used.append(between.value())
        between.step()
    text = between.state().to_json()
    for build in (
        lambda: scheduled(state=text),
        lambda: UnischedCallback(SPEC, total=TOTAL, state=text, monitor=UNREAD),
    ):
        watching = build()
        later = Observing(watching, {step - second: metric for step, metric in metrics.items()})
        is_callback = isinstance(watching, UnischedCallback)
        last = rates_used(keras.optimizers.SGD(0.5) if is_callback else watching, TOTAL - second,
                          [watching, later] if is_callback else [later])  # fmt: skip
        assert bits([*used, *last]) == expected_bits(observed_program(metrics), range(TOTAL))
        assert watching.state().step == TOTAL


def test_a_callback_goes_on_with_a_loaded_optimizer_and_its_state(tmp_path, one_weight_per_batch, moved, bits,
                                                                 expected_bits):  # fmt: skip
    metrics = {2 * k: metric for k, metric in enumerate(METRICS)}
    model, inputs = one_weight_per_batch(20)
    model.compile(keras.optimizers.SGD(0.5), loss="mean_absolute_error")
    callback = UnischedCallback(SPEC, total=TOTAL, monitor=UNREAD)
    model.fit(inputs[:9], np.full(9, 1e6), batch_size=1, shuffle=False, verbose=0,
              callbacks=[callback, Observing(callback, metrics)])  # fmt: skip
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    after = UnischedCallback(SPEC, total=TOTAL, monitor=UNREAD, state=callback.state().to_json())
    observing = Observing(after, metrics)
    observing.step = 9
    loaded.fit(inputs[9:], np.full(11, 1e6), batch_size=1, shuffle=False, verbose=0, callbacks=[after, observing])
    assert bits(moved(loaded)) == expected_bits(observed_program(metrics), range(20))


def test_the_state_of_another_schedule_is_refused():
    foreign = unisched.compile({**SPEC, "curves": [0.1, PLATEAU]}, total=TOTAL).start()
    with pytest.raises(StateError):
        scheduled(state=foreign)


def test_factors_are_kept_exactly_in_float32():
    draw = random.Random(4)
    factors = [0.0, 1.0, 0.1, *(0.3**k for k in range(60)), *(draw.random() * 2.0 ** -draw.uniform(0, 140)
                                                             for _ in range(2000)), 3e38, 2.0**-200]  # fmt: skip
    parts = parts_of(factors)
    assert parts.dtype == np.float32
    assert factors_of(parts) == factors
    assert factors_of(parts * np.array([1, 1, 0, 1], np.float32)) != factors  # two float32 would not do

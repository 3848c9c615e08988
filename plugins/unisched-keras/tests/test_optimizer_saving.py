"""Scheduled optimizers are saved and loaded as Keras's own are, feedback included, and their files hold data only."""

from __future__ import annotations

import copy
import json
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from unisched_keras import state
from unisched_keras.attributes import names_of

import unisched
from unisched.errors import BindingError, SpecError

TOTAL = 40
PLATEAU = {"kind": "plateau", "monitor": "val_loss", "factor": 0.3, "patience": 1, "rule": "keras"}
SPEC: dict[str, Any] = {
    "schedules": {
        "learning_rate": {"kind": "product", "curves": [{"kind": "cosine", "start": 0.1, "end": 0.01}, PLATEAU]},
        "weight_decay": {"kind": "linear", "start": 0.5, "end": 0},
        "momentum": {"kind": "linear", "start": 0, "end": 0.9},
    }
}
FEATURES = np.random.default_rng(3).normal(size=(6, 2)).astype(np.float32)
WANTED = FEATURES.sum(1, keepdims=True)
# The weights decay away from this optimum, so that the validation stalls.
VALIDATION = (FEATURES, 4 * WANTED)
ELSEWHERE = """
import sys, json
import keras, numpy, unisched_keras
{definition}
model = keras.models.load_model(sys.argv[1])
features = numpy.array(json.loads(sys.argv[2]), "float32")
before = unisched_keras.state(model.optimizer)
model.fit(features, features.sum(1, keepdims=True), batch_size=2, shuffle=False, verbose=0)
print(before.to_json())
print(*(value.hex() for value in keras.ops.convert_to_numpy(model.layers[0].kernel)[:, 0].tolist()))
"""


def scheduled(spec: Any = SPEC, native: Any = None, **options: Any) -> Any:
    native = keras.optimizers.SGD(0.5) if native is None else native
    return unisched.build(spec, "keras", form="optimizer", total=TOTAL, optimizer=native, **options)


def model_with(optimizer: Any) -> Any:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")])
    model.compile(optimizer, loss="mse")
    return model


def fit(model: Any, epochs: int, callbacks: Any = ()) -> None:
    model.fit(FEATURES, WANTED, batch_size=2, shuffle=False, verbose=0, epochs=epochs, validation_data=VALIDATION,
              callbacks=list(callbacks))  # fmt: skip


def kernel(model: Any) -> list[float]:
    return keras.ops.convert_to_numpy(model.layers[0].kernel)[:, 0].tolist()


@pytest.fixture
def trained() -> Any:
    model = model_with(scheduled())
    fit(model, 4, [model.optimizer.monitor()])
    (memory,) = state(model.optimizer).feedback.values()
    assert memory["drops"] > 0
    return model


def test_a_loaded_model_goes_on_with_the_same_values(trained, tmp_path):
    trained.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert type(loaded.optimizer) is type(trained.optimizer)
    assert state(loaded.optimizer) == state(trained.optimizer)
    for name in ("learning_rate", "momentum", "weight_decay"):
        assert float(getattr(loaded.optimizer, name)) == float(getattr(trained.optimizer, name))
    for model in (trained, loaded):
        fit(model, 3, [model.optimizer.monitor()])
    assert kernel(loaded) == kernel(trained)
    assert state(loaded.optimizer) == state(trained.optimizer)


def test_a_model_loaded_in_a_fresh_process_goes_on_with_the_same_values(trained, tmp_path):
    trained.save(tmp_path / "model.keras")
    before = state(trained.optimizer)
    found, weights = in_a_fresh_process(tmp_path / "model.keras", "")
    trained.fit(FEATURES, WANTED, batch_size=2, shuffle=False, verbose=0)
    assert unisched.State.from_json(found) == before
    assert weights.split() == [value.hex() for value in kernel(trained)]


def in_a_fresh_process(path: Path, definition: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE.format(definition=definition), str(path), json.dumps(FEATURES.tolist())],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-2:]


def test_an_optimizer_of_a_user_is_loaded_where_its_class_is_scheduled(tmp_path, monkeypatch):
    source = "import keras\nimport unisched_keras\nclass Doubled(keras.optimizers.SGD):\n    pass\n"
    (tmp_path / "own_optimizers.py").write_text(source + "unisched_keras.scheduled(Doubled)\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    import own_optimizers

    model = model_with(scheduled(native=own_optimizers.Doubled(0.5)))
    fit(model, 2, [model.optimizer.monitor()])
    model.save(tmp_path / "model.keras")
    definition = f"sys.path.insert(0, {str(tmp_path)!r})\nimport own_optimizers"
    found, _ = in_a_fresh_process(tmp_path / "model.keras", definition)
    assert unisched.State.from_json(found) == state(model.optimizer)


def test_a_saved_model_holds_data_only(trained, tmp_path):
    trained.save(tmp_path / "model.keras")
    with zipfile.ZipFile(tmp_path / "model.keras") as file:
        config = json.loads(file.read("config.json"))["compile_config"]["optimizer"]
        assert sorted(file.namelist()) == ["config.json", "metadata.json", "model.weights.h5"]
    assert config["registered_name"] == "unisched>ScheduledSGD"
    schedule = config["config"].pop("schedule")
    assert config["config"].keys() == keras.optimizers.SGD().get_config().keys()
    assert json.loads(schedule["program"])["spec"]["schedules"].keys() == SPEC["schedules"].keys()
    assert json.loads(schedule["start"])["step"] == 0
    assert schedule["group"] is None


def test_a_damaged_program_in_a_model_is_refused(trained):
    config = trained.optimizer.get_config()
    config["schedule"]["program"] = config["schedule"]["program"][:-9]
    with pytest.raises(SpecError):
        type(trained.optimizer).from_config(config)


def test_a_program_that_the_optimizer_of_a_model_cannot_follow_is_refused(trained):
    config = trained.optimizer.get_config()
    program = unisched.compile({"schedules": {"rho": 0.5}})
    config["schedule"] |= {"program": program.to_json(), "start": program.start().to_json()}
    with pytest.raises(BindingError, match="SGD has no float 'rho'"):
        type(trained.optimizer).from_config(config)


def test_the_config_gives_an_optimizer_that_starts_where_this_one_did():
    start = unisched.compile(SPEC, total=TOTAL).start().at(7)
    optimizer = scheduled(state=start.observe(unisched.compile(SPEC, total=TOTAL), 0.5))
    restored = keras.optimizers.deserialize(json.loads(json.dumps(keras.optimizers.serialize(optimizer))))
    assert restored.state() == optimizer.state()
    assert restored.get_config() == optimizer.get_config()


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda optimizer: pickle.loads(pickle.dumps(optimizer))])
def test_copies_stand_apart(duplicate):
    optimizer = scheduled()
    optimizer.observe(1.0)
    twin = duplicate(optimizer)
    assert type(twin) is type(optimizer)
    assert twin.state() == optimizer.state()
    twin.observe(2.0)
    twin.observe(2.0)
    assert float(twin.learning_rate) == float(np.float32(0.1 * 0.3**2))
    assert float(optimizer.learning_rate) == float(np.float32(0.1))


class Interrupting(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        if epoch == 4:
            raise KeyboardInterrupt


@pytest.mark.parametrize("order", ["backup first", "backup last"])
def test_a_backup_is_restored_with_all_that_was_observed(tmp_path, order):
    def run(folder: str, *others: Any) -> Any:
        model = model_with(scheduled())
        both = [keras.callbacks.BackupAndRestore(tmp_path / folder), model.optimizer.monitor()]
        fit(model, 8, [*(both if order == "backup first" else reversed(both)), *others])
        return model

    whole = run("whole")
    with pytest.raises(KeyboardInterrupt):
        run("cut", Interrupting())
    resumed = run("cut")
    assert kernel(resumed) == kernel(whole)
    assert state(resumed.optimizer) == state(whole.optimizer)
    (memory,) = state(resumed.optimizer).feedback.values()
    assert (memory["seen"], memory["drops"] > 1) == (8, True)


NATIVE = [
    name for name in dir(keras.optimizers)
    if hasattr(getattr(keras.optimizers, name), "update_step")
    and name not in ("Optimizer", "LossScaleOptimizer", "MultiOptimizer")
]  # fmt: skip
CANONICAL = {"beta_1": "beta1", "beta_2": "beta2"}


def falling(native: Any) -> dict[str, Any]:
    """Schedule all that an optimizer has: each number falls to half of what it is."""
    held = {name: getattr(native, name) for name in sorted(names_of(type(native))) if name != "ema_momentum"}
    numbers = {"learning_rate": 0.05, "weight_decay": 0.1}
    numbers |= {CANONICAL.get(name, name): value for name, value in held.items() if isinstance(value, float) and value}
    return {
        "schedules": {
            name: {"kind": "linear", "start": value, "end": value / 2, "duration": 8} for name, value in numbers.items()
        }
    }


def goes_on_after_a_file(model: Any, path: Path) -> None:
    model.fit(FEATURES, WANTED, batch_size=2, shuffle=False, verbose=0)
    model.save(path)
    loaded = keras.models.load_model(path)
    assert type(loaded.optimizer) is type(model.optimizer)
    before = kernel(model)
    for each in (model, loaded):
        each.fit(FEATURES, WANTED, batch_size=2, shuffle=False, verbose=0)
    assert kernel(loaded) == kernel(model) != before


@pytest.mark.parametrize("name", NATIVE)
def test_every_optimizer_of_keras_goes_on_from_a_file_with_all_of_its_schedules(name, tmp_path):
    native = getattr(keras.optimizers, name)(0.05)
    spec = falling(native)
    assert len(spec["schedules"]) >= 2
    model = model_with(scheduled(spec, native))
    goes_on_after_a_file(model, tmp_path / "model.keras")
    assert state(model.optimizer).step == 6
    program = unisched.compile(spec, total=TOTAL)
    for hyperparameter in spec["schedules"]:
        attribute = {ours: theirs for theirs, ours in CANONICAL.items()}.get(hyperparameter, hyperparameter)
        assert float(getattr(model.optimizer, attribute)) == float(np.float32(program(6, hyperparameter)))


if hasattr(keras.optimizers, "MultiOptimizer"):  # which older releases do not have

    def test_the_scheduled_optimizers_inside_a_multi_optimizer_go_on_from_a_file(tmp_path):
        spec = falling(keras.optimizers.AdamW(0.05)) | {"groups": {"head": {"learning_rate": {"scale": 0.5}}}}
        body, head = (scheduled(spec, keras.optimizers.AdamW(), group=group) for group in (None, "head"))
        chosen = keras.optimizers.OptimizerMap(body)
        chosen[".*head.*"] = head
        layers = [keras.layers.Dense(1, use_bias=False, kernel_initializer="ones", name=name) for name in ("a", "head")]
        model = keras.Sequential([keras.Input((2,)), *layers])
        model.compile(keras.optimizers.MultiOptimizer(chosen), loss="mse")
        goes_on_after_a_file(model, tmp_path / "model.keras")
        assert body.state().step == head.state().step == 6
        assert float(head.learning_rate) == pytest.approx(float(body.learning_rate) / 2)


def test_a_scheduled_optimizer_inside_one_that_scales_the_loss_goes_on_from_a_file(tmp_path):
    model = model_with(keras.optimizers.LossScaleOptimizer(scheduled(falling(keras.optimizers.SGD())), 8.0))
    goes_on_after_a_file(model, tmp_path / "model.keras")
    assert state(model.optimizer).step == 6

"""Saved with the model, loaded elsewhere: the same values, and nothing but data in the file."""

from __future__ import annotations

import copy
import json
import pickle
import subprocess
import sys
import zipfile

import keras
import numpy as np
import pytest
from unisched_keras import UnischedSchedule, state

import unisched
from unisched.errors import SpecError

SPEC = {"kind": "warmup_cosine", "peak": 0.01, "warmup": 5, "end": 1e-5}
ELSEWHERE = """
import sys
import keras, numpy, unisched_keras
model = keras.models.load_model(sys.argv[1])
print(unisched_keras.state(model.optimizer).step)
model.fit(numpy.eye(12, dtype="float32")[4:9], numpy.full(5, 1e6), batch_size=1, shuffle=False, verbose=0)
print(*(value.hex() for value in keras.ops.convert_to_numpy(model.layers[0].kernel)[4:9, 0].tolist()))
"""


@pytest.fixture
def short() -> unisched.Program:
    return unisched.compile(SPEC, total=40)


@pytest.fixture
def saved(tmp_path, short, one_weight_per_batch):
    model, inputs = one_weight_per_batch(12)
    model.compile(keras.optimizers.SGD(UnischedSchedule(short, state=short.start().at(3))), loss="mean_absolute_error")
    model.fit(inputs[:4], np.full(4, 1e6), batch_size=1, shuffle=False, verbose=0)
    model.save(tmp_path / "model.keras")
    return tmp_path / "model.keras"


def test_a_loaded_model_goes_on_with_the_same_rates(saved, short):
    model = keras.models.load_model(saved)
    assert state(model.optimizer) == short.start().at(7)
    assert float(model.optimizer.learning_rate) == float(np.float32(short(7)))


def test_a_model_loaded_in_a_fresh_process_goes_on_with_the_same_rates(saved, short):
    done = subprocess.run([sys.executable, "-c", ELSEWHERE, str(saved)], capture_output=True, text=True, check=True)
    step, rates = done.stdout.splitlines()[-2:]
    assert int(step) == 7
    assert rates.split() == [float(np.float32(short(step))).hex() for step in range(7, 12)]


def test_a_saved_model_holds_data_only(saved):
    with zipfile.ZipFile(saved) as file:
        config = json.loads(file.read("config.json"))
        assert sorted(file.namelist()) == ["config.json", "metadata.json", "model.weights.h5"]
    rate = config["compile_config"]["optimizer"]["config"]["learning_rate"]
    assert rate["registered_name"] == "unisched>UnischedSchedule"
    assert rate["config"].keys() == {"program", "offset", "births", "group", "gradient_accumulation_steps"}
    assert json.loads(rate["config"]["program"])["spec"]["schedules"]["learning_rate"]["kind"] == "warmup_cosine"


def test_a_damaged_program_in_a_model_is_refused():
    config = UnischedSchedule(SPEC, total=40).get_config()
    with pytest.raises(SpecError):
        UnischedSchedule.from_config(config | {"program": config["program"][:-9]})


def test_the_config_gives_an_equal_schedule(program, bits, expected_bits):
    schedule = UnischedSchedule(program, state=program.start().at(5), gradient_accumulation_steps=2)
    restored = UnischedSchedule.from_config(json.loads(json.dumps(schedule.get_config())))
    assert restored.get_config() == schedule.get_config()
    assert bits([float(restored(step)) for step in range(0, 40, 2)]) == expected_bits(program, range(5, 25))


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda schedule: pickle.loads(pickle.dumps(schedule))])
def test_copies_are_equal(short, duplicate):
    schedule = UnischedSchedule(short, state=short.start().at(5))
    assert duplicate(schedule).get_config() == schedule.get_config()
    assert float(duplicate(schedule)(3)) == float(schedule(3))


def test_the_config_of_an_optimizer_gives_one_with_the_same_rates(short):
    optimizer = keras.optimizers.AdamW(UnischedSchedule(short))
    restored = keras.optimizers.deserialize(keras.optimizers.serialize(optimizer))
    assert float(restored.learning_rate) == float(optimizer.learning_rate) == 0.0
    assert state(restored) == state(optimizer)


def test_a_group_is_kept():
    spec = {"schedules": {"learning_rate": SPEC}, "groups": {"head": {"learning_rate": {"scale": 0.5}}}}
    for group, rate in (("head", 0.005), (None, 0.01)):
        schedule = UnischedSchedule(spec, total=40, group=group)
        assert float(UnischedSchedule.from_config(schedule.get_config())(5)) == float(np.float32(rate))

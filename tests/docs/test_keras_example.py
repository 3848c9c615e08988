"""The documented example trains with the rates of the well-known callback that it replaces."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import unisched

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "keras_warmup_hold_cosine.py"
START, PEAK, HOLD = 4e-6, 1e-4, 5


@pytest.fixture(scope="module")
def example() -> ModuleType:
    spec = importlib.util.spec_from_file_location(EXAMPLE.stem, EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def warm_up_cosine_decay(step, steps_per_epoch):
    """The formula that people paste as `WarmUpCosineDecayScheduler`, in float64."""
    total, warmup = 50 * steps_per_epoch, 10 * steps_per_epoch
    rate = 0.5 * PEAK * (1 + np.cos(np.pi * (step - warmup - HOLD) / float(total - warmup - HOLD)))
    rate = np.where(step > warmup + HOLD, rate, PEAK)
    rate = np.where(step < warmup, (PEAK - START) / warmup * step + START, rate)
    return np.where(step > total, 0.0, rate)


def float32_ulps(found, expected):
    found, expected = np.asarray(found, np.float32), np.asarray(expected, np.float32)
    return (np.abs(found - expected) / np.spacing(np.maximum(expected, np.float32(1e-30)))).max()


def test_the_whole_schedule_is_the_formula():
    steps = np.arange(39_400)
    program = unisched.compile(EXAMPLE.with_suffix(".json"))
    assert program.total == len(steps) == 50 * 12_608 // 16
    assert float32_ulps(program(steps), warm_up_cosine_decay(steps, 788)) <= 1
    assert program(39_400) == program(50_000) == 0.0


def test_a_fit_of_all_epochs_uses_the_rates_of_the_formula(example):
    rates = example.train(samples=160).history["learning_rate"]
    assert len(rates) == 500
    assert float32_ulps(rates, warm_up_cosine_decay(np.arange(500), 10)) <= 1


def test_a_shift_by_one_step_is_told_apart():
    steps = np.arange(39_400)
    assert float32_ulps(warm_up_cosine_decay(steps + 1, 788), warm_up_cosine_decay(steps, 788)) > 10


def test_the_command_trains_on_every_sample_and_plots_the_rates(example, tmp_path, capsys):
    picture = tmp_path / "learning_rate.png"
    example.main([str(picture), "--epochs", "1"])
    assert capsys.readouterr().out.startswith("788 batches from 4e-06 over 1.36e-05 to 1.36e-05")
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size > 10_000

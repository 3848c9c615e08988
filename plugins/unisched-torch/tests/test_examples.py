"""The examples that use torch: warm-ups over 15 000 updates, any document in a loop, and StepLR beside its equal."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch

import unisched

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"

EPOCHS = ["--steps-per-epoch", "100"]
CLOCKS = {
    "fractal_chebyshev": EPOCHS,
    "keras_cosine_decay_restarts": ["--total", "20000"],
    "torch_cosine_annealing_lr": EPOCHS,
    "torch_cosine_annealing_warm_restarts": [*EPOCHS, "--total", "20000"],
    "torch_exponential_lr": EPOCHS,
    "torch_multi_step_lr": EPOCHS,
    "torch_step_lr": EPOCHS,
}

STEPS = 15_000
WARMUPS: dict[str, Callable[[int], float]] = {
    "gradual_warmup": lambda step: 0.1 * min(step, 2500) / 2500,
    "constant_warmup": lambda step: 0.01 if step < 2500 else 0.1,
}


def example(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def said(name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str:
    monkeypatch.setattr(sys, "argv", [f"{name}.py", *arguments])
    example(name).main()
    return capsys.readouterr().out


def used(text: str) -> dict[int, float]:
    """Give, by step, the learning rates of the rows that hold nothing else."""
    rows = (line.split("lr=") for line in text.splitlines() if "lr=" in line)
    return {int(step): float(rate) for step, rate in rows}


@pytest.mark.parametrize("name", WARMUPS)
def test_a_torch_optimizer_uses_the_warm_up_of_the_formula_in_each_of_15000_updates(name: str) -> None:
    weight = torch.nn.Parameter(torch.ones(1))
    optimizer = torch.optim.SGD([weight], lr=1.0)
    scheduler = unisched.build(EXAMPLES / f"{name}.json", "torch", optimizer=optimizer)
    rates = []
    for _ in range(STEPS):
        weight.grad = weight.detach() * 0.01
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    formula = [WARMUPS[name](step) for step in range(STEPS)]
    assert rates == pytest.approx(formula, rel=4e-16, abs=0)
    assert scheduler.last_epoch == STEPS


def test_the_loop_shows_each_side_of_every_boundary(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = said("torch_loop", capsys, monkeypatch, str(EXAMPLES / "wsd_one_minus_sqrt.json"), "--steps", "2")
    decay = {step: 3e-4 * (1 - ((step - 80_000) / 20_000) ** 0.5) for step in (80_000, 80_001, 99_998, 99_999)}
    warmup = {step: 3e-4 * step / 2000 for step in (0, 1, 1998, 1999)}
    held = dict.fromkeys((2000, 2001, 79_998, 79_999), 3e-4) | dict.fromkeys((100_000, 100_001), 0.0)
    assert used(text) == pytest.approx(warmup | held | decay, rel=1e-7)


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_the_loop_takes_every_example(
    path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = [str(path), "--steps", "1", *CLOCKS.get(path.stem, [])]
    assert "what each update used" in said("torch_loop", capsys, monkeypatch, *arguments)


def test_the_loop_tells_what_a_document_waits_for(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SystemExit, match="1"):
        said("torch_loop", capsys, monkeypatch, str(EXAMPLES / "torch_step_lr.json"))
    assert "needs steps_per_epoch" in capsys.readouterr().err


def test_step_lr_and_its_equal_agree_in_every_update_across_a_save_and_a_load() -> None:
    rows: list[Any] = example("torch_step_lr").compare(steps=160, saved_at=75)
    formula = [0.1 * 0.1 ** (step // 50) for step in range(160)]
    for values in (lambda row: row.used, lambda row: row.last):
        theirs, ours = zip(*map(values, rows), strict=True)
        assert theirs == pytest.approx(formula, rel=1e-15)
        assert ours == pytest.approx(theirs, rel=1e-15)


def test_step_lr_and_its_equal_are_printed_side_by_side(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = said("torch_step_lr", capsys, monkeypatch).splitlines()
    assert lines[0].split() == ["step", "StepLR", "unisched", "get_last_lr", "get_last_lr"]
    assert [line.split()[0] for line in lines if line.endswith("saved and loaded before this update")] == ["75"]

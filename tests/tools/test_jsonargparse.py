"""jsonargparse: a schedule from the command line or a YAML file, printed back as it was read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from command_line import train
from jsonargparse import ArgumentParser, auto_cli
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

import unisched

LONE = {"kind": "warmup_cosine", "peak": 0.1, "warmup": "25%"}
WHOLE = {"schedules": {"learning_rate": {"kind": "sequence", "parts": [
    {"kind": "linear", "start": 0, "end": 0.1, "duration": 2}, {"kind": "cosine", "start": 0.1, "end": 0},
]}}}  # fmt: skip
TOTAL = 8


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "schedule.json").write_text(json.dumps(LONE))
    (tmp_path / "lone.yaml").write_text(yaml.safe_dump({"schedule": LONE}))
    (tmp_path / "whole.yaml").write_text(yaml.safe_dump({"schedule": WHOLE}))
    (tmp_path / "short.yaml").write_text("schedule: {kind: warmup_cosine, peak: 1e-1, warmup: 25%}")


@pytest.mark.parametrize(
    ("arguments", "document"),
    [
        (["schedule.json"], LONE),
        ([json.dumps(LONE)], LONE),
        (["--config=lone.yaml"], LONE),
        (["--config=short.yaml"], LONE),
        (["--config=whole.yaml"], WHOLE),
        (["--config=lone.yaml", "--schedule.peak=0.2"], LONE | {"peak": 0.2}),
        (["--config=lone.yaml", "--schedule.warmup=3"], LONE | {"warmup": 3}),
        (["--config=lone.yaml", "--schedule.end=1e-3"], LONE | {"end": 1e-3}),
    ],
)
def test_a_schedule_is_read_overridden_and_used(arguments: list[str], document: dict[str, Any]) -> None:
    program = unisched.compile(document, total=TOTAL)
    options = [f"--schedule={arguments[0]}" if not arguments[0].startswith("--") else arguments[0], *arguments[1:]]
    used = auto_cli(train, args=[*options, f"--total={TOTAL}"], as_positional=False)
    assert used == [program(step) for step in range(TOTAL)]


def test_a_fault_is_that_of_the_document() -> None:
    with pytest.raises(unisched.UnischedError, match="Did you mean 'peak'"):
        auto_cli(train, args=["--config=lone.yaml", "--schedule.peek=1"], as_positional=False)


def test_the_configuration_that_is_printed_is_the_one_that_was_read() -> None:
    parser = ArgumentParser(exit_on_error=False)
    parser.add_argument("--config", action="config")
    parser.add_function_arguments(train)
    for name in ("lone.yaml", "whole.yaml"):
        parsed = parser.parse_args([f"--config={name}", "--total=8"])
        Path("printed.yaml").write_text(parser.dump(parsed))
        printed, read = (yaml.safe_load(Path(file).read_text()) for file in ("printed.yaml", name))
        assert printed["schedule"] == read["schedule"]
        assert parser.parse_args(["--config=printed.yaml"]).as_dict()["schedule"] == parsed.as_dict()["schedule"]


CLASS = "unisched_torch.UnischedLR"


@pytest.mark.parametrize("spec", [LONE, WHOLE, "schedule.json"])
def test_a_scheduler_is_named_by_its_class_and_gets_the_optimizer_later(spec: Any) -> None:
    parser = ArgumentParser(exit_on_error=False)
    parser.add_argument("--config", action="config")
    parser.add_argument("--scheduler", type=Callable[[Optimizer], LRScheduler])
    Path("class.yaml").write_text(yaml.safe_dump({
        "scheduler": {"class_path": CLASS, "init_args": {"spec": spec, "total": TOTAL, "driver": "optimizer"}},
    }))  # fmt: skip
    parsed = parser.parse_args(["--config=class.yaml"])
    Path("printed.yaml").write_text(parser.dump(parsed))
    again = parser.parse_args(["--config=printed.yaml"])
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    due = unisched.compile(LONE if isinstance(spec, str) else spec, total=TOTAL)
    for configuration in (parsed, again):
        assert parser.instantiate(configuration).scheduler(optimizer).program == due


def test_an_override_reaches_into_the_document_of_such_a_class() -> None:
    parser = ArgumentParser(exit_on_error=False)
    parser.add_argument("--scheduler", type=Callable[[Optimizer], LRScheduler])
    given = json.dumps({"class_path": CLASS, "init_args": {"spec": LONE, "total": TOTAL}})
    parsed = parser.parse_args([f"--scheduler={given}", "--scheduler.spec.peak=0.2", "--scheduler.total=20"])
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = parser.instantiate(parsed).scheduler(optimizer)
    assert scheduler.program == unisched.compile(LONE | {"peak": 0.2}, total=20)


def test_a_parameter_annotated_as_a_spec_takes_whole_documents() -> None:
    parser = ArgumentParser(exit_on_error=False)
    parser.add_argument("--config", action="config")
    parser.add_argument("--schedule", type=unisched.Spec)
    parsed = parser.instantiate(parser.parse_args(["--config=whole.yaml"]))
    assert parsed.schedule == unisched.load(WHOLE)

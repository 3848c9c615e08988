"""Hydra: a schedule as a group of the configuration, overridden and swept from the command line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hydra import compose, initialize_config_dir
from hydra.errors import ConfigCompositionException, InstantiationException
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import InterpolationKeyError

import unisched
from unisched import Program
from unisched.errors import SpecError

APP = Path(__file__).parent / "hydra_app"
COSINE = {"kind": "warmup_cosine", "peak": 0.1, "warmup": "5%"}


def composed(*overrides: str) -> DictConfig:
    with initialize_config_dir(str(APP / "conf"), version_base=None):
        return compose("config", list(overrides))


def rates(program: Program) -> list[float]:
    return [program(step) for step in range(100)]


def wsd(peak: float) -> dict[str, Any]:
    return {"kind": "sequence", "parts": [
        {"kind": "linear", "start": 0, "end": peak, "duration": "5%"}, {"kind": "constant", "value": peak},
        {"kind": "linear", "start": peak, "end": 0, "duration": "20%"},
    ]}  # fmt: skip


@pytest.mark.parametrize(
    ("overrides", "document", "total"),
    [
        ([], COSINE, 100),
        (["schedule=wsd"], wsd(0.1), 100),
        (["schedule=wsd", "peak=0.3"], wsd(0.3), 100),
        (["schedule.peak=0.2", "total=50"], COSINE | {"peak": 0.2}, 50),
        (["schedule.peak=3e-4", "schedule.warmup=10"], COSINE | {"peak": 3e-4, "warmup": 10}, 100),
        (["schedule.peak='3e-4'"], COSINE | {"peak": 3e-4}, 100),
        (["+schedule.end=0.01"], COSINE | {"end": 0.01}, 100),
    ],
)  # fmt: skip
def test_the_optimizer_is_given_later_and_follows_what_is_written(
    overrides: list[str], document: dict[str, Any], total: int
) -> None:
    later = instantiate(composed(*overrides).scheduler)
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = later(optimizer=optimizer)
    assert rates(scheduler.program) == rates(unisched.compile(document, total=total))


@pytest.mark.parametrize("convert", ["none", "partial", "object", "all"])
def test_each_way_in_which_hydra_hands_over_containers_is_taken(convert: str) -> None:
    node = composed("schedule=wsd").scheduler
    rate = instantiate(node, _partial_=False, _convert_=convert, backend="numpy")
    assert rate(np.arange(100)).tolist() == rates(unisched.compile(wsd(0.1), total=100))


def test_a_part_of_a_configuration_is_a_document_and_so_is_one_that_holds_lists() -> None:
    config = OmegaConf.create({"run": {"schedule": wsd(0.1), "groups": {"head": {"learning_rate": 0.2}}}, "lr": 0.1})
    assert unisched.load(config.run.schedule) == unisched.load(wsd(0.1))
    groups = {"head": {"learning_rate": 0.2}}
    document = {"schedules": {"learning_rate": config.run.schedule}, "groups": config.run.groups}
    assert unisched.load(document) == unisched.Spec(schedules={"learning_rate": wsd(0.1)}, groups=groups)
    assert unisched.Spec(**document) == unisched.load(document)


@pytest.mark.parametrize(
    ("document", "path", "fault"),
    [
        ({"kind": "linear", "start": "${nope}", "end": 0}, "start", "Interpolation key 'nope' not found"),
        ({"kind": "linear", "start": "???", "end": 0}, "start", "Missing mandatory value: schedule.start"),
        ({"schedules": wsd(0.1) | {"parts": [1, "${oc.env:NOPE_NOPE}"]}}, "schedules.parts[1]",
         "Environment variable 'NOPE_NOPE' not found"),
        ({"schedules": {"learning_rate": {"kind": "sequence", "parts": "${nope}"}}}, "schedules.learning_rate.parts",
         "Interpolation key 'nope' not found"),
    ],
)  # fmt: skip
def test_a_reference_that_leads_nowhere_is_an_error_with_a_path(document: Any, path: str, fault: str) -> None:
    config = OmegaConf.create({"schedule": document})
    with pytest.raises(SpecError) as caught:
        unisched.load(config.schedule)
    assert (caught.value.code, caught.value.path) == ("value.unreadable", path)
    assert fault in str(caught.value)
    assert str(caught.value).endswith("Give the configuration what this refers to, or leave it out.")


def test_hydra_itself_refuses_such_a_reference_before_it_calls() -> None:
    with pytest.raises(InterpolationKeyError, match="'nope' not found"):
        instantiate(composed("schedule.peak=${nope}").scheduler)


def test_an_unknown_field_is_refused_by_hydra_and_if_forced_by_the_document() -> None:
    with pytest.raises(ConfigCompositionException, match=r"Could not override 'schedule\.peek'"):
        composed("schedule.peek=1")
    with pytest.raises(InstantiationException, match="Error in call to target") as caught:
        instantiate(composed("+schedule.peek=1").scheduler, _partial_=False)
    assert isinstance(caught.value.__cause__, SpecError)
    assert "has no field 'peek'. Did you mean 'peak'?" in str(caught.value.__cause__)


def test_a_sweep_trains_with_every_schedule_and_leaves_each_beside_its_run(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "error", str(APP / "train.py"), "-m", "schedule=cosine,wsd", "peak=0.1,0.3"]
    done = subprocess.run([*command, f"hydra.sweep.dir={tmp_path}"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    left = [Program.from_json((tmp_path / str(job) / "schedule.json").read_text()) for job in range(4)]
    documents = [COSINE, COSINE | {"peak": 0.3}, wsd(0.1), wsd(0.3)]
    due = [unisched.compile(document, total=100) for document in documents]
    assert left == due
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    assert lines == [str({"lr": program(step)}) for program in due for step in range(3)]

"""pydantic and pydantic-settings: a schedule as a field of a user's own model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from settings import FromFile, Settings, Training

import unisched

LONE = {"kind": "warmup_cosine", "peak": 0.1, "warmup": 10}
WHOLE = {"schedules": {"learning_rate": LONE}, "total": 100}
WRONG = "peek: kind 'warmup_cosine' has no field 'peek'. Did you mean 'peak'?"


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "secrets").mkdir()
    (tmp_path / "schedule.json").write_text(json.dumps(LONE))


@pytest.mark.parametrize("document", [LONE, WHOLE])
def test_a_field_is_checked_printed_and_read_back(document: dict[str, Any]) -> None:
    training = Training(epochs=3, schedule=document)
    assert training.schedule == unisched.load(document)
    assert json.loads(training.model_dump_json())["schedule"] == json.loads(training.schedule.to_json())
    assert Training.model_validate_json(training.model_dump_json()) == training
    assert Training.model_validate(training.model_dump()) == training


def test_a_fault_is_shown_with_its_place_and_the_way_out() -> None:
    with pytest.raises(ValidationError) as caught:
        Training(epochs=3, schedule={"kind": "warmup_cosine", "peek": 0.1, "peak": 0.1, "warmup": 10})
    (error,) = caught.value.errors()
    assert error["loc"] == ("schedule",)
    assert error["msg"] == f"Value error, {WRONG} Fields: duration, peak, warmup, start, end."


@pytest.mark.parametrize(
    ("variables", "document"),
    [
        ({"RUN_SCHEDULE": json.dumps(LONE)}, LONE),
        ({"RUN_SCHEDULE": json.dumps(WHOLE)}, WHOLE),
        ({"RUN_SCHEDULE": json.dumps(LONE), "RUN_SCHEDULE__PEAK": "0.3"}, LONE | {"peak": 0.3}),
        ({"RUN_SCHEDULE": json.dumps(LONE), "RUN_SCHEDULE__WARMUP": "20 steps"}, LONE | {"warmup": 20}),
        ({"RUN_SCHEDULE": json.dumps(WHOLE), "RUN_SCHEDULE__TOTAL": "7 steps"}, WHOLE | {"total": 7}),
        ({"RUN_SCHEDULE__KIND": "warmup_cosine", "RUN_SCHEDULE__PEAK": "3e-4", "RUN_SCHEDULE__WARMUP": "5%"},
         {"kind": "warmup_cosine", "peak": 3e-4, "warmup": "5%"}),
    ],
)  # fmt: skip
def test_settings_read_a_document_and_parts_of_it_from_variables(
    variables: dict[str, str], document: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in variables.items():
        monkeypatch.setenv(name, text)
    assert Settings().schedule == unisched.load(document)


@pytest.mark.parametrize(
    ("part", "text", "fault"),
    [
        ("WARMUP", "20", "warmup: '20' has no unit."),
        ("PEAK", "high", "peak: 'high' is no number."),
        ("PEEK", "1", "has no field 'peek'."),
    ],
)
def test_a_variable_is_text_and_its_fault_is_shown(
    part: str, text: str, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUN_SCHEDULE", json.dumps(LONE))
    monkeypatch.setenv(f"RUN_SCHEDULE__{part}", text)
    with pytest.raises(ValidationError, match=fault):
        Settings()


@pytest.mark.parametrize("text", ["schedule.json", json.dumps(LONE)])
def test_settings_read_a_path_or_a_document_from_a_variable_a_dotenv_file_or_a_secret(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("secrets/run_schedule").write_text(f"{text}\n")
    assert FromFile().schedule == unisched.load(LONE)
    Path("secrets/run_schedule").write_text("not read")
    Path(".env").write_text(f"RUN_SCHEDULE='{text}'\n")
    assert FromFile().schedule == unisched.load(LONE)
    Path(".env").write_text("RUN_SCHEDULE='not read'\n")
    monkeypatch.setenv("RUN_SCHEDULE", text)
    assert FromFile().schedule == unisched.load(LONE)


def test_a_path_that_is_none_is_shown_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUN_SCHEDULE", "nope.json")
    with pytest.raises(ValidationError, match=r"'nope\.json' cannot be read: No such file"):
        FromFile()

"""A document as a field of somebody else's pydantic model: what it takes, prints, refuses, and says in JSON Schema."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pydantic
import pytest

import unisched
from unisched import Spec

LONE = {"kind": "warmup_cosine", "peak": 0.1, "warmup": 10}
WHOLE = {"schedules": {"learning_rate": LONE}, "total": "5 epochs", "steps_per_epoch": 20}
NESTED = {"kind": "sequence", "parts": [{"kind": "linear", "start": 0, "end": {"absolute": 1}, "duration": "5%"}, 0.1]}


class Training(pydantic.BaseModel):
    schedule: Spec
    later: Spec | None = None
    others: dict[str, Spec] = {}


@pytest.mark.parametrize("document", [LONE, WHOLE, NESTED, unisched.load(WHOLE)])
def test_a_field_takes_a_document_and_prints_it_so_that_it_reads_back(document: Any) -> None:
    training = Training(schedule=document, others={"head": document})
    assert training.schedule == training.others["head"] == unisched.load(document)
    assert training.model_dump()["schedule"] == json.loads(training.schedule.to_json())
    for again in (Training(**training.model_dump()), Training.model_validate_json(training.model_dump_json())):
        assert again == training


@pytest.mark.parametrize("document", [LONE, WHOLE, {"base": 0.1, "curve": LONE}])
def test_the_constructor_takes_what_load_takes(document: dict[str, Any]) -> None:
    assert Spec(**document) == unisched.load(document)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (LONE | {"peak": "high"}, "peak: 'high' is no number."),
        (LONE | {"total": 3}, "pass total as an argument."),
        ({"schedules": {"learning_rate": LONE | {"end": "low"}}}, "schedules.learning_rate.end: 'low' is no number."),
        ({"schedules": {}}, "schedules: there is no schedule."),
    ],
)
def test_a_fault_has_the_place_that_its_writer_sees(document: Any, message: str) -> None:
    with pytest.raises(pydantic.ValidationError) as caught:
        Training(schedule=document)
    (error,) = caught.value.errors()
    assert error["loc"] == ("schedule",)
    assert message in error["msg"]


@pytest.mark.parametrize("mode", ["validation", "serialization"])
def test_the_schema_of_the_model_tells_documents_from_others(mode: Any) -> None:
    schema = Training.model_json_schema(mode=mode)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for document in (LONE, WHOLE, NESTED):
        validator.validate({"schedule": document, "later": document, "others": {"head": document}})
    for document in (3, "a.json", LONE | {"peek": 1}, NESTED | {"parts": [LONE | {"peak": []}]}, {"schedules": {}}):
        for field in ({"schedule": document}, {"schedule": LONE, "others": {"head": document}}):
            assert not validator.is_valid(field)


def test_a_dataclass_of_pydantic_and_an_adapter_take_documents_too() -> None:
    @pydantic.dataclasses.dataclass
    class Run:
        schedule: Spec

    for made in (Run(schedule=LONE), pydantic.TypeAdapter(Run).validate_python({"schedule": LONE})):  # type: ignore[arg-type]
        assert made.schedule == unisched.load(LONE)


def test_the_schema_of_documents_alone_is_as_it_was() -> None:
    Training.model_json_schema()
    schema = Spec.json_schema()
    assert "$schema" in schema
    assert "$dynamicRef" not in json.dumps(schema)

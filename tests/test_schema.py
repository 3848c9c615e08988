"""The JSON Schema is one to work with in an editor: it explains every field, and marks a fault where it is."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any, Final

import jsonschema  # type: ignore[import-untyped, unused-ignore]
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from mutations import changed, changed_documents, documents, models
from schema_walk import fields, followed, lacking, wrong_examples

import unisched
from unisched.cli import main
from unisched.errors import SpecError
from unisched.spec import BasedEntry, Dated, Scale, Spec, load
from unisched.spec.hints import hinted
from unisched.spec.values import Absolute

SCHEMA: Final = Spec.json_schema()
VALIDATOR: Final = jsonschema.Draft202012Validator(SCHEMA)
MODELS: Final = models()
CLOCK: Final[dict[str, Any]] = {
    "total": 10000, "steps_per_epoch": 100, "samples_per_step": 32, "tokens_per_step": 4096, "base": 0.1,
}  # fmt: skip
FILE: Final = Path(__file__).parents[1] / "docs" / "schema" / "unisched-1.schema.json"


def loads(document: Any) -> bool:
    try:
        load(document)
    except SpecError:
        return False
    return True


def within(kind: str, curve: Any) -> dict[str, Any]:
    """Give a document with the curve; what follows another schedule has one to follow."""
    return {"schedules": {"learning_rate": 0.1, "momentum": curve}} if kind == "follow" else curve


def faults(document: Any) -> list[tuple[str, str]]:
    """Give the place and the keyword of each fault."""
    return [(error.json_path, str(error.validator)) for error in VALIDATOR.iter_errors(document)]


def test_it_is_a_schema_of_its_dialect() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.Draft202012Validator.check_schema(hinted(SCHEMA))


def test_every_object_and_field_has_a_description_examples_and_its_default() -> None:
    assert lacking(SCHEMA) == []
    assert len(list(fields(SCHEMA))) > 700


def test_every_example_and_default_fits_its_own_place() -> None:
    assert wrong_examples(SCHEMA) == []


def spoiled(where: tuple[str | int, ...], key: str, value: Any = None) -> dict[str, Any]:
    """Give the schema with one thing taken out, or put in the place of what was there."""
    schema = copy.deepcopy(SCHEMA)
    found = schema["$defs"]
    for step in where:
        found = found[step]
    if value is None:
        del found[key]
    else:
        found[key] = value
    return schema


@pytest.mark.parametrize(("where", "key", "value", "checker"), [
    (("cosine",), "description", None, lacking),
    (("torch.StepLR",), "examples", [], lacking),
    (("cosine", "properties", "end"), "description", None, lacking),
    (("cosine", "properties", "end"), "examples", [], lacking),
    (("cosine", "properties", "power"), "default", None, lacking),
    (("duration",), "description", "", lacking),
    (("EntryObject", "else", "then"), "properties", {"stray": {"examples": [1]}}, lacking),
    (("cosine", "properties", "end"), "examples", [True], wrong_examples),
    (("cosine", "properties", "power"), "default", -1, wrong_examples),
    (("wsd",), "examples", [{"kind": "wsd", "peak": 1}], wrong_examples),
    (("Spec", "properties", "groups"), "examples", [{"a": {"lr": 1}}], wrong_examples),
])  # fmt: skip
def test_what_is_missing_or_wrong_is_found(
    where: tuple[str, ...], key: str, value: Any, checker: Callable[[Any], list[str]]
) -> None:
    assert checker(spoiled(where, key, value)) != []


@pytest.mark.parametrize("kind", MODELS)
def test_every_example_of_a_kind_compiles(kind: str) -> None:
    assert MODELS[kind].examples
    for example in MODELS[kind].examples:
        assert example["kind"] == kind
        VALIDATOR.validate(within(kind, example))
        assert unisched.compile(within(kind, example), **CLOCK).targets


@pytest.mark.parametrize("kind", MODELS)
def test_every_example_of_a_field_loads_in_an_example_of_its_kind(kind: str) -> None:
    for name, field in SCHEMA["$defs"][kind]["properties"].items():
        for value in followed(SCHEMA, field)["examples"]:
            filled = [{**example, name: value} for example in MODELS[kind].examples]
            assert any(loads(within(kind, document)) for document in filled), (name, value)


@pytest.mark.parametrize("example", Spec.examples, ids=["epochs", "tokens"])
def test_the_examples_of_a_document_compile(example: Any) -> None:
    assert unisched.compile(example).total


@pytest.mark.parametrize("entry", [*BasedEntry.examples, *Scale.examples, *Dated.examples, *Absolute.examples], ids=str)
def test_the_examples_of_entries_load(entry: Any) -> None:
    document = {"schedules": {"learning_rate": 0.1}, "groups": {"head": {"learning_rate": entry}}}
    VALIDATOR.validate(document)
    assert load(document).groups["head"]


def test_every_kind_is_offered_with_what_it_is() -> None:
    offered = SCHEMA["$defs"]["Kind"]
    assert offered["enum"] == list(MODELS)
    assert offered["enumDescriptions"] == [SCHEMA["$defs"][kind]["description"] for kind in MODELS]
    assert [branch["if"]["properties"]["kind"]["const"] for branch in SCHEMA["$defs"]["Kinds"]["allOf"]] == list(MODELS)


def test_no_field_is_a_list_of_alternatives() -> None:
    """Of `anyOf` an editor can only say that nothing fits."""
    for path, name, field, _ in fields(SCHEMA):
        assert "anyOf" not in field, (path, name)
        assert "oneOf" not in field, (path, name)


LINEAR: Final = {"kind": "linear", "start": 0, "end": 1}
GROUPS: Final = {"schedules": {"learning_rate": 1}}
PLACES: Final[dict[str, tuple[Any, list[tuple[str, str]]]]] = {
    "a field no kind has": ({**LINEAR, "wrap": 2}, [("$", "additionalProperties")]),
    "one in a part": ({"kind": "sequence", "parts": [LINEAR, {**LINEAR, "duratoin": 5}]},
                      [("$.parts[1]", "additionalProperties")]),
    "a missing field": ({"kind": "sequence", "parts": [{"kind": "cosine"}]}, [("$.parts[0]", "required")]),
    "an unknown kind": ({"schedules": {"learning_rate": {"kind": "liner", "end": 1}}},
                        [("$.schedules.learning_rate.kind", "enum")]),
    "a wrong type": ({**LINEAR, "end": True}, [("$.end", "type")]),
    "a duration without a unit": ({**LINEAR, "duration": "10"}, [("$.duration", "pattern")]),
    "a length of nothing": ({**LINEAR, "duration": 0}, [("$.duration", "minimum")]),
    "rest where a length stands": ({"kind": "wsd", "peak": 1, "decay": "rest"}, [("$.decay", "pattern")]),
    "a choice there is not": ({"kind": "wsd", "peak": 1, "decay": 5, "shape": "lin"}, [("$.shape", "enum")]),
    "an abbreviation": ({"schedules": {"lr": 1}}, [("$.schedules", "pattern")]),
    "another spelling": ({"schedules": {"Weight-Decay": 1}}, [("$.schedules", "pattern")]),
    "a misspelt field of the document": ({**GROUPS, "totl": 5}, [("$", "additionalProperties")]),
    "a group's scale of no use": ({**GROUPS, "groups": {"a": {"learning_rate": {"scale": "much"}}}},
                                  [("$.groups.a.learning_rate.scale", "pattern")]),
    "a schema inside": ({"kind": "stair", "every": 2, "curve": {**LINEAR, "$schema": "x"}},
                        [("$.curve", "false schema")]),
    "nothing at all": ({}, [("$", "required")]),
}  # fmt: skip


@pytest.mark.parametrize("case", PLACES)
def test_a_fault_is_marked_once_and_at_its_place(case: str) -> None:
    document, expected = PLACES[case]
    assert not loads(document)
    found = [(path, "false schema" if keyword == "None" else keyword) for path, keyword in faults(document)]
    assert [(path.removesuffix("['$schema']").removesuffix(".$schema"), keyword) for path, keyword in found] == expected


@pytest.mark.parametrize("document", [
    {"$schema": "./unisched.schema.json", "kind": "cosine", "start": 1, "end": 0},
    {"$schema": "./unisched.schema.json", "base": "optimizer", "curve": LINEAR},
    {"$schema": "./unisched.schema.json", **GROUPS},
    {"module": "keras.optimizers.schedules", "class_name": "CosineDecay",
     "config": {"initial_learning_rate": 0.1, "decay_steps": 9}},
    {"schedules": {"learnable rate": 1, "lrs": 1, "momentum 2": {"kind": "constant", "value": None}}},
], ids=str)  # fmt: skip
def test_what_a_reader_might_doubt_is_accepted(document: Any) -> None:
    VALIDATOR.validate(document)
    assert load(document) == load(load(document).to_json())


def test_the_place_of_the_schema_is_kept() -> None:
    text = load({"$schema": "./here.json", "kind": "linear", "end": 1}).to_json()
    assert text.startswith('{"unisched": 1, "$schema": "./here.json", "schedules"')


@given(documents())
@settings(max_examples=60, deadline=None)
def test_what_loads_is_accepted(document: Any) -> None:
    assert loads(document)
    VALIDATOR.validate(document)


@given(changed_documents())
@settings(max_examples=150, deadline=None)
def test_what_is_refused_does_not_load(document: Any) -> None:
    assert VALIDATOR.is_valid(document) or not loads(document), document


def test_changes_break_documents_and_leave_some_whole() -> None:
    drawn = [changed(Random(seed)) for seed in range(120)]
    found = [(loads(document), VALIDATOR.is_valid(document)) for document in drawn]
    assert min(found.count((False, False)), found.count((True, True))) > 10
    assert (True, False) not in found


def run(*arguments: str) -> str:
    result = CliRunner().invoke(main, ["schema", *arguments])
    assert result.exit_code == 0, result.output
    return result.output


def test_the_file_in_the_docs_is_what_the_command_prints() -> None:
    assert FILE.read_text(encoding="utf-8") == run(), f"run: unisched schema --output docs/schema/{FILE.name}"


def test_the_command_says_how_an_editor_is_told(tmp_path: Path) -> None:
    said = run("--output", str(tmp_path / "mine.json"))
    assert json.loads((tmp_path / "mine.json").read_text(encoding="utf-8")) == SCHEMA
    assert '"$schema": "./mine.json",' in said
    assert "# yaml-language-server: $schema=./mine.json" in said
    assert "#:schema ./mine.json" in run("--toml", "-o", str(tmp_path / "mine.json"))


@pytest.mark.parametrize(("name", "first"), [
    ("a.json", '{"$schema": "./unisched.schema.json",\n"kind": "linear", "end": 1}'),
    ("a.yaml", "# yaml-language-server: $schema=./unisched.schema.json\nkind: linear\nend: 1\n"),
    ("b.yaml", "$schema: ./unisched.schema.json\nkind: linear\nend: 1\n"),
    ("a.toml", '#:schema ./unisched.toml.schema.json\nkind = "linear"\nend = 1\n'),
    ("b.toml", '"$schema" = "./unisched.schema.json"\nkind = "linear"\nend = 1\n'),
])  # fmt: skip
def test_a_document_that_names_its_schema_loads(name: str, first: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(first, encoding="utf-8")
    assert load(tmp_path / name).schedules == load({"kind": "linear", "end": 1}).schedules


def test_for_toml_all_fields_are_named_and_the_same_documents_are_accepted() -> None:
    flat = jsonschema.Draft202012Validator(hinted(SCHEMA))
    offered = hinted(SCHEMA)["$defs"]["EntryHints"]["properties"]
    assert {"kind", "peak", "warmup", "parts", "scale", "base"} <= set(offered)
    assert "wsd: " in offered["decay"]["description"] or "decay" in offered["decay"]["description"]
    for document, _ in PLACES.values():
        assert not flat.is_valid(document)
    for model in MODELS.values():
        assert all(flat.is_valid(example) for example in model.examples)


def test_it_stays_of_a_size_that_editors_read_at_once() -> None:
    assert len(json.dumps(SCHEMA)) < 500_000

"""The page on the document knows every kind, with its fields, their defaults and an example, and no other."""

from __future__ import annotations

import re
from typing import Any, Final

import pytest
from docpages.blocks import ROOT, blocks

import unisched
from unisched.duration import Duration
from unisched.spec import Spec
from unisched.spec.grammar import KINDS
from unisched.spec.names import CANONICAL

PAGE: Final = ROOT / "docs" / "spec.md"
TEXT: Final = PAGE.read_text(encoding="utf-8")
SECTIONS: Final = dict(re.findall(r"^### (.*)\n((?:(?!^#).*\n)*)", TEXT, re.MULTILINE))


def written_fields(kind: str) -> list[str]:
    """Give the fields of a kind as the page writes them: `end`, `start?` or `power=1`."""
    fields = KINDS[kind].model_fields
    return [_field(name, field) for name, field in fields.items() if name not in ("kind", "duration")]


def _field(name: str, field: Any) -> str:
    if field.is_required():
        return name
    if field.default is None:
        return f"{name}?"
    return f"{name}={_default(field.default)}"


def _default(value: object) -> str:
    match value:
        case Duration():
            return str(value.to_json())
        case bool():
            return str(value).lower()
        case float():
            return f"{value:g}"
        case _:
            return str(value)


def test_there_is_a_section_for_every_kind_and_for_no_other() -> None:
    assert list(SECTIONS) == list(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_section_lists_the_fields_of_its_kind(kind: str) -> None:
    line = re.search(r"Fields:\s+((?:`[^`]+`[,\s]*)+)\.", SECTIONS[kind])
    assert line is not None
    assert re.findall(r"`([^`]+)`", line[1]) == written_fields(kind)


@pytest.mark.parametrize("kind", KINDS)
def test_a_section_has_an_example_of_its_kind(kind: str) -> None:
    examples = re.findall(r"```json\n(.*?)```", SECTIONS[kind], re.DOTALL)
    entries = [unisched.load(text).schedules["learning_rate"] for text in examples]
    assert any(getattr(entry, "kind", None) == kind for entry in entries)


def test_every_field_of_the_document_is_explained() -> None:
    rows = re.findall(r"^\| (`.*?) \|", TEXT, re.MULTILINE)
    explained = {name for row in rows for name in re.findall(r"`([^`]+)`", row)}
    assert explained == {field.alias or name for name, field in Spec.model_fields.items()}


def test_every_canonical_hyperparameter_is_named() -> None:
    assert all(f"`{name}`" in TEXT for name in CANONICAL)


def test_most_examples_are_compiled() -> None:
    compiled = [block for block in blocks(PAGE) if block.language == "json" and block.marker != "fragment"]
    assert len(compiled) > len(KINDS)

"""The page on errors knows every code in the sources, no other, and quotes messages that the sources can give."""

from __future__ import annotations

import ast
import re
from typing import Final

import pytest
from docpages.blocks import ROOT
from docpages.codes import codes, read_rows, templates

from unisched import errors

CODES: Final = codes()
ROWS: Final = read_rows(ROOT / "docs" / "errors.md")
README: Final = (ROOT / "README.md").read_text(encoding="utf-8")


def can_come_from(message: str, patterns: set[str]) -> bool:
    return any(re.search(pattern, message) for pattern in patterns)


def test_every_code_has_one_row_and_every_row_a_code() -> None:
    assert sorted(code for code, _, _ in ROWS) == sorted(CODES)


@pytest.mark.parametrize(("code", "message"), [(code, message) for code, _, message in ROWS])
def test_a_message_is_one_that_the_source_of_its_code_can_give(code: str, message: str) -> None:
    assert can_come_from(message, CODES[code]), f"{code}: none of {sorted(CODES[code])}"


def test_a_message_with_other_words_is_found() -> None:
    function = ast.parse('def f(x):\n    raise fault("step.negative", f"step {x} is negative", "Steps count from 0.")')
    assert can_come_from("step -1 is negative. Steps count from 0.", templates(function))
    assert not can_come_from("step -1 is below nought", templates(function))


def test_every_class_of_errors_is_named() -> None:
    page = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    family = [name for name in errors.__all__ if name.endswith("Error")]
    assert [name for name in family if f"`{name}`" not in page and f"`unisched.{name}`" not in page] == []


@pytest.mark.parametrize("start", ["schedules.learning_rate.parts[1].duration", "backend 'torhc' is not installed"])
def test_the_messages_of_the_readme_are_such_messages(start: str) -> None:
    line = next(line for line in README.splitlines() if line.startswith(start))
    assert can_come_from(line, CODES["duration.too_long"] if start.startswith("sched") else CODES["plugin.unknown"])

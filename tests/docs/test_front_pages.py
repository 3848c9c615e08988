"""The pages that a stranger sees first leave nothing out: commands, words, examples."""

from __future__ import annotations

import re
from typing import Final

import pytest
from docpages.blocks import ROOT

import unisched
from unisched.commands import COMMANDS

TEXT: Final = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
GLOSSARY: Final = dict(re.findall(r"^### (.*)\n\n((?:.+\n)+)", TEXT, re.MULTILINE))
EXAMPLES: Final = (ROOT / "docs" / "examples" / "README.md").read_text(encoding="utf-8")
README: Final = (ROOT / "README.md").read_text(encoding="utf-8")
WORDS: Final = (
    "step", "epoch", "total", "duration", "schedule", "scheduler", "spec", "program", "track", "segment", "boundary",
    "curve", "warmup", "peak", "stable", "decay", "cooldown", "floor", "cycle", "restart", "hyperparameter",
    "param group", "compile", "emit", "replay", "backend", "plugin", "dialect", "capability", "conformance", "parity",
    "corpus", "state", "form", "place", "base", "quirk", "note", "ulp",
)  # fmt: skip


@pytest.mark.parametrize("word", WORDS)
def test_the_glossary_says_what_a_word_means(word: str) -> None:
    assert len(GLOSSARY[word]) > 20


def test_the_glossary_says_it_once() -> None:
    headings = re.findall(r"^### (.*)$", TEXT, re.MULTILINE)
    assert sorted(headings) == sorted(GLOSSARY)


@pytest.mark.parametrize("command", [command.name for command in COMMANDS])
def test_the_readme_names_every_command(command: str) -> None:
    assert f"`{command}`" in README


def test_every_example_is_listed_in_its_own_words() -> None:
    rows = dict(re.findall(r"^\| \[(\w+)\]\(\1\.json\) \| (.+) \|$", EXAMPLES, re.MULTILINE))
    described = {path.stem: unisched.load(path).description for path in (ROOT / "docs" / "examples").glob("*.json")}
    assert sorted(rows) == sorted(described)
    assert {name: rows[name] for name, text in described.items() if text} == {n: t for n, t in described.items() if t}


def test_every_script_among_the_examples_is_listed() -> None:
    scripts = {path.name for path in (ROOT / "docs" / "examples").glob("*.py")}
    assert set(re.findall(r"^\| \[(\w+\.py)\]\(\1\) \|", EXAMPLES, re.MULTILINE)) == scripts

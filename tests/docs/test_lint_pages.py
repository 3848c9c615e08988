"""Every rule of lint has a page, and every page is true: what it shows first is found, what it shows next is not."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest
from docpages.blocks import ROOT, Block, blocks
from docpages.rules_table import HEAD, table

import unisched
from unisched.lint import RULES, Rule
from unisched.lint.rule_page import page_text

PAGE: Final = ROOT / "docs" / "lint.md"
PAGES: Final = ROOT / "docs" / "lint"


def page_of(rule: Rule) -> Path:
    return PAGES / f"{rule.number}.md"


def shown(page: Path, language: str) -> list[Block]:
    return [block for block in blocks(page) if block.language == language]


def findings(text: str) -> list[str]:
    return [str(note) for note in unisched.compile(unisched.load(text)).lint()]


def test_the_table_of_rules_is_current() -> None:
    wanted = table(RULES)
    found = PAGE.read_text(encoding="utf-8").partition("<!-- rules -->\n\n")[2].partition("\n\n")[0]
    assert f"{found}\n" == wanted, f"put this into {PAGE.name}:\n{wanted}"


def test_a_table_of_fewer_rules_is_another_one() -> None:
    assert table(RULES[1:]) != table(RULES)
    assert table(()) == HEAD


def test_every_rule_has_a_page_and_every_page_a_rule() -> None:
    assert sorted(path.stem for path in PAGES.glob("*.md")) == [rule.number for rule in RULES]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.number)
def test_a_page_is_what_the_command_prints(rule: Rule) -> None:
    text = page_of(rule).read_text(encoding="utf-8")
    assert text == page_text(rule), "unisched/lint/pages holds the pages; docs/lint a copy of them"
    assert text.startswith(f"# {rule.number} {rule.code}\n")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.number)
def test_what_a_page_shows_first_is_found_by_its_rule_alone(rule: Rule) -> None:
    found = findings(shown(page_of(rule), "json")[0].text)
    assert found == shown(page_of(rule), "text")[0].text.splitlines()
    assert {re.findall(r"\[(U\d+) \S+\]$", line)[0] for line in found} == {rule.number}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.number)
def test_what_a_page_shows_next_leaves_nothing_to_find(rule: Rule) -> None:
    first, mended = shown(page_of(rule), "json")
    assert first.text != mended.text
    assert findings(mended.text) == []

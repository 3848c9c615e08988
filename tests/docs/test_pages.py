"""Every page does what it says: code runs, output is as shown, documents compile, links lead somewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest
from docpages import data_blocks, python_blocks, shell_blocks
from docpages.blocks import PAGES, ROOT, blocks
from docpages.links import dead_links

LANGUAGES: Final = {"console", "json", "python", "text", "toml", "yaml"}
EXPECTED: Final = {
    "README.md", "CONTRIBUTING.md", "docs/index.md", "docs/spec.md", "docs/meaning.md", "docs/numbers.md",
    "docs/backends.md", "docs/errors.md", "docs/plugins.md", "docs/resume.md", "docs/command_line.md",
    "docs/recipes.md", "docs/warmups-and-cooldowns.md", "docs/hosts.md", "docs/optax.md", "docs/feedback.md",
    "docs/torch.md", "docs/keras.md", "docs/performance.md", "docs/numerics.md",
}  # fmt: skip


def called(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def those_with(*languages: str) -> list[Path]:
    return [page for page in PAGES if any(block.language in languages for block in blocks(page))]


def test_the_pages_that_make_up_the_documentation_are_there() -> None:
    assert {called(page) for page in PAGES} >= EXPECTED


@pytest.mark.parametrize("page", PAGES, ids=called)
def test_every_block_is_of_a_language_that_is_checked(page: Path) -> None:
    assert {block.language for block in blocks(page)} <= LANGUAGES


# What the page of hosts shows needs hosts: tests/hosts runs it, and test_hosts_page.py sees that it is the same.
RUN_HERE: Final = [page for page in those_with("python") if called(page) != "docs/hosts.md"]


@pytest.mark.parametrize("page", RUN_HERE, ids=called)
def test_python_blocks_run_and_print_what_is_shown(page: Path) -> None:
    assert python_blocks.run(blocks(page)) > 0


@pytest.mark.parametrize("page", those_with("console"), ids=called)
def test_commands_print_what_is_shown(page: Path) -> None:
    assert shell_blocks.run(blocks(page)) >= (page.name == "command_line.md")


@pytest.mark.parametrize("page", those_with("json", "toml", "yaml"), ids=called)
def test_documents_compile(page: Path) -> None:
    assert data_blocks.run(blocks(page)) >= (page.name == "spec.md")


@pytest.mark.parametrize("page", PAGES, ids=called)
def test_links_lead_somewhere(page: Path) -> None:
    assert dead_links(page) == []

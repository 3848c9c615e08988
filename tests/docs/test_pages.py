"""Every page does what it says: code runs, output is as shown, documents compile, links lead somewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest
from docpages import data_blocks, python_blocks, shell_blocks, walk
from docpages.blocks import PAGES, ROOT, blocks
from docpages.folder import lay_out
from docpages.links import dead_links

LANGUAGES: Final = {"console", "json", "python", "text", "toml", "yaml"}
WALKED: Final = {"docs/writing-a-plugin.md": walk.LANGUAGES}
"""Pages that are run from the first block to the last, by a test file of their own."""
EXPECTED: Final = {
    "CONTRIBUTING.md", "README.md", "docs/api.md", "docs/backends.md", "docs/command_line.md", "docs/comparing.md",
    "docs/configuration.md", "docs/editors.md", "docs/errors.md", "docs/examples/README.md", "docs/feedback.md",
    "docs/glossary.md", "docs/hosts.md", "docs/index.md", "docs/keras.md", "docs/lint.md", "docs/logging.md",
    "docs/meaning.md", "docs/migrating/deepspeed.md", "docs/migrating/keras.md", "docs/migrating/optax.md",
    "docs/migrating/timm.md", "docs/migrating/torch.md", "docs/migrating/transformers.md", "docs/numbers.md",
    "docs/numerics.md", "docs/optax.md", "docs/performance.md", "docs/plotting.md", "docs/plugins.md",
    "docs/quickstart/keras.md",
    "docs/quickstart/numpy.md", "docs/quickstart/optax.md", "docs/quickstart/torch.md", "docs/recipes.md",
    "docs/resume.md", "docs/spec.md", "docs/torch.md", "docs/warmups-and-cooldowns.md", "docs/writing-a-plugin.md",
}  # fmt: skip


def called(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def those_with(*languages: str) -> list[Path]:
    chosen = (page for page in PAGES if called(page) not in WALKED)
    return [page for page in chosen if any(block.language in languages for block in blocks(page))]


def test_the_pages_that_make_up_the_documentation_are_there() -> None:
    assert {called(page) for page in PAGES} >= EXPECTED


@pytest.mark.parametrize("page", PAGES, ids=called)
def test_every_block_is_of_a_language_that_is_checked(page: Path) -> None:
    assert {block.language for block in blocks(page)} <= WALKED.get(called(page), LANGUAGES)


# What needs a host, a tool or a peer is run where that is installed: tests/hosts and tests/tools run what their pages
# show, and test_shown_pages.py sees that it is the same; test_migrating_pages.py, in tests/hosts and in tests/peers,
# runs the others as they stand. Paddle bears no TensorFlow before it, and tinygrad is tested alone too: the tests of
# their plugins run their pages.
ELSEWHERE: Final = {"docs/hosts.md", "docs/configuration.md", "docs/logging.md", "docs/migrating/deepspeed.md",
                    "docs/migrating/timm.md", "docs/migrating/transformers.md",
                    "plugins/unisched-paddle/README.md", "plugins/unisched-tinygrad/README.md"}  # fmt: skip
RUN_HERE: Final = [page for page in those_with("python") if called(page) not in ELSEWHERE]


@pytest.mark.parametrize("page", RUN_HERE, ids=called)
def test_python_blocks_run_and_print_what_is_shown(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay_out(tmp_path, blocks(page))
    monkeypatch.chdir(tmp_path)
    assert python_blocks.run(blocks(page)) > 0


@pytest.mark.parametrize("page", those_with("console"), ids=called)
def test_commands_print_what_is_shown(page: Path, tmp_path: Path) -> None:
    lay_out(tmp_path, blocks(page))
    assert shell_blocks.run(blocks(page), tmp_path) >= (page.name == "command_line.md")


@pytest.mark.parametrize("page", those_with("json", "toml", "yaml"), ids=called)
def test_documents_compile(page: Path) -> None:
    assert data_blocks.run(blocks(page)) >= (page.name == "spec.md")


@pytest.mark.parametrize("page", PAGES, ids=called)
def test_links_lead_somewhere(page: Path) -> None:
    assert dead_links(page) == []

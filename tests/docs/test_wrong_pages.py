"""What checks the pages finds each kind of fault in one."""

from __future__ import annotations

from pathlib import Path

import pytest
from docpages import data_blocks, python_blocks, shell_blocks
from docpages.blocks import blocks
from docpages.folder import lay_out
from docpages.links import dead_links

WRONG_PYTHON = {
    "an exception": "```python\n1 / 0\n```\n",
    "another output": "```python\nprint(1)\n```\n```text\n2\n```\n",
    "an output that is not shown": "```python\nprint(1)\n```\n\nProse.\n\n```text\n1\n```\n",
    "an output that is not given": "```python\nx = 1\n```\n```text\n1\n```\n",
    "a name of a later block": "```python\nx\n```\n```python\nx = 1\n```\n",
}
WRONG_COMMANDS = {
    "another output": "```console\n$ unisched --version\nunisched, version 0\n```\n",
    "a failure": "```console\n$ unisched validate no_such_file.json\n```\n",
    "another exit code": "```console\n$ unisched --version && echo $?\n7\n```\n",
    "a path that is not there": "```console\n$ python -m pip install -e plugins/unisched-nowhere\n```\n",
    "a program that nobody knows": "```console\n$ make docs\n```\n",
    "no command": "```console\nunisched show\n```\n",
}
WRONG_DOCUMENTS = {
    "an unknown kind": '```json\n{"kind": "wiggle"}\n```\n',
    "an open clock": '```json\n{"kind": "linear", "start": 1, "end": 0}\n```\n',
    "a fragment that is no JSON": "<!-- fragment -->\n```json\n{1}\n```\n",
    "a TOML text that is none": "```toml\n= 1\n```\n",
    "a document that says nothing": "```yaml\nschedules: {}\n```\n",
}


def page(folder: Path, text: str) -> Path:
    path = folder / "page.md"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("text", WRONG_PYTHON.values(), ids=WRONG_PYTHON)
def test_a_python_block_is_found_wrong_by(text: str, tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        python_blocks.run(blocks(page(tmp_path, text)))


@pytest.mark.parametrize("text", WRONG_COMMANDS.values(), ids=WRONG_COMMANDS)
def test_a_console_block_is_found_wrong_by(text: str, tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        shell_blocks.run(blocks(page(tmp_path, text)))


@pytest.mark.parametrize("text", WRONG_DOCUMENTS.values(), ids=WRONG_DOCUMENTS)
def test_a_document_is_found_wrong_by(text: str, tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        data_blocks.run(blocks(page(tmp_path, text)))


def test_a_fence_that_is_left_open_is_found(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="left open"):
        blocks(page(tmp_path, "```python\nx = 1\n"))


def test_links_that_lead_nowhere_are_found(tmp_path: Path) -> None:
    text = "# Here\n[a](nowhere.md) [b](#here) [c](#there) [d](https://example.org/)\n"
    assert dead_links(page(tmp_path, text)) == ["nowhere.md", "#there"]


def test_a_block_that_is_a_file_lies_where_the_page_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reads = '```python\nfrom pathlib import Path\n\nassert Path("given.json").read_text() == "7\\n"\n```\n'
    given = blocks(page(tmp_path, f"<!-- file: given.json -->\n```json\n7\n```\n{reads}"))
    (tmp_path / "run").mkdir()
    monkeypatch.chdir(tmp_path / "run")
    with pytest.raises(AssertionError, match=r"given\.json"):
        python_blocks.run(given)
    lay_out(tmp_path / "run", given)
    assert python_blocks.run(given) == 1
    assert Path("docs/examples/wsd_s.json").is_file()


def test_what_is_right_passes(tmp_path: Path) -> None:
    text = (
        '<!-- clock: {"total": 10} -->\n```python\nx = 2\nprint(x)\n```\n\n```text\n2\n```\n'
        '```json\n{"kind": "linear", "start": 1, "end": 0}\n```\n'
        "```console\n$ unisched validate docs/examples/tri_stage.json\ndocs/examples/tri_stage.json: valid\n"
        "$ echo $?\n0\n```\n"
    )
    found = blocks(page(tmp_path, text))
    assert (python_blocks.run(found), data_blocks.run(found), shell_blocks.run(found)) == (1, 1, 1)

"""A site with faults is not built: each kind of fault is seen, all in one small site, and one without any is built."""

from __future__ import annotations

from pathlib import Path

import pytest
from sitecheck.building import Built, build
from sitecheck.reading import dead, foreign, pages

FRONT = "# Front\n\n## Start\n\n| page | |\n|---|---|\n| [A page](page.md) | |\n| [API](api/sample.rst) | |\n"
API = "sample\n======\n\n.. automodule:: sample\n"

RIGHT = {
    "docs/index.md": FRONT,
    "docs/page.md": "# A page\n\n## A part\n\n[front](index.md), [here](#a-part), [data](data.json), `code`\n",
    "docs/data.json": "{}",
    "docs/api/sample.rst": API,
    "sample.py": (
        '"""A module."""\n\n__all__ = ["Thing", "double"]\n\n\nclass Thing:\n    """A thing."""\n\n'
        '    def half(self) -> float:\n        """Give `half` of a `Thing`."""\n\n\n'
        'def double(thing: "Thing") -> "Thing":\n    """Give twice the `Thing`."""\n'
    ),
}
WRONG = RIGHT | {
    "docs/page.md": (
        "# A page\n\n[page](nowhere.md) [heading](index.md#nowhere) [file](nowhere.json) [folder](api)\n\n"
        "![picture](nowhere.svg)\n\n```python\n1 $ 2\n```\n"
    ),
    "docs/unlisted.md": "# Nobody leads here\n",
    "sample.py": (
        '"""A module."""\n\n__all__ = ["Thing", "double", "triple"]\n\n\nclass Thing:\n    """A ``thing."""\n\n'
        "    def half(self) -> float: ...\n\n\n"
        "def double(thing): ...\n\n\n"
        'def triple(thing: "Nobody") -> None:\n    """Give three times the thing."""\n'
    ),
}
FAULTS = {
    "a page that is not there": "'nowhere.md'",
    "a heading that is not there": "'nowhere'",
    "a file that is not there": "'nowhere.json'",
    "a link to a folder": "'api'",
    "a picture that is not there": "nowhere.svg",
    "a page that no table lists": "unlisted.md: WARNING: document isn't included in any toctree",
    "a public function without a docstring": "public name without documentation: sample.double",
    "a public method without a docstring": "public name without documentation: sample.Thing.half",
    "a docstring that is not well-formed": "Inline literal start-string without end-string",
    "a type that is documented nowhere": "reference target not found: Nobody",
    "a block that is not of its language": "Lexing literal_block",
}


def built(folder: Path, files: dict[str, str]) -> Built:
    """Build the site of these files, among which are the modules that it documents."""
    source = folder / "source"
    for name, text in files.items():
        path = source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return build(source, folder, PYTHONPATH=str(source))


@pytest.fixture(scope="module")
def wrong(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("wrong")
    return built(folder, WRONG)


@pytest.mark.parametrize("said", FAULTS.values(), ids=FAULTS)
def test_the_build_fails_and_says(said: str, wrong: Built) -> None:
    assert wrong.code != 0
    assert said in wrong.warnings


def test_what_is_right_is_built_and_leads_somewhere(tmp_path: Path) -> None:
    done = built(tmp_path, RIGHT)
    assert (done.code, done.warnings) == (0, "")
    site = pages(done.pages)
    assert (list(dead(site)), list(foreign(site))) == ([], [])
    listed = site[(done.pages / "docs" / "page.html").resolve()].links
    assert {"index.html", "#", "api/sample.html"} <= set(listed)


def test_the_reader_of_pages_sees_what_is_dead_and_what_is_foreign(tmp_path: Path) -> None:
    text = '<p id="here"><a href="#here"><a href="#gone"><a href="gone.html"><img src="https://example.org/x.png">'
    (tmp_path / "page.html").write_text(text, encoding="utf-8")
    site = pages(tmp_path)
    assert sorted(dead(site)) == ["page.html: #gone", "page.html: gone.html"]
    assert list(foreign(site)) == ["page.html: https://example.org/x.png"]

"""What notebooks show: a picture and the phases where they are, words as words, and something in any case."""

from __future__ import annotations

import base64
import html.parser
import re
import sys
from typing import Any

import pytest

import unisched
from unisched import Program, compile
from unisched.markup import block, heading, items, preformatted

NASTY = "<script>alert(1)</script> & $x$"


class Shown(html.parser.HTMLParser):
    """The words that a reader sees, the pictures, and every tag."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.pictures: list[dict[str, str | None]] = []
        self.tags: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag == "img":
            self.pictures.append(dict(attrs))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def shown(value: Any) -> Shown:
    return Shown(value._repr_html_())


def program(**fields: Any) -> Program:
    return compile({"total": 100, "schedules": {"learning_rate": {"kind": "warmup_cosine", "peak": 0.1, "warmup": 10}}}
                   | fields)  # fmt: skip


def test_a_program_shows_its_name_its_picture_its_phases_and_its_notes() -> None:
    found = shown(program(name="demo", description="what it is for"))
    words = "\n".join(found.words)
    assert {"demo", "what it is for"} <= set(found.words)
    assert str(program()) in words
    assert all(str(note) in words for note in program().lint())
    (picture,) = found.pictures
    assert picture["alt"] == "learning_rate over steps, demo"
    svg = base64.b64decode(str(picture["src"]).removeprefix("data:image/svg+xml;base64,"))
    assert b"<svg" in svg
    assert b"cosine" in svg


def test_text_is_shown_where_nothing_else_can_be() -> None:
    bundle = program()._repr_mimebundle_()
    assert bundle["text/plain"] == str(program())
    assert bundle["text/html"] == program()._repr_html_()


def test_names_are_words_and_no_markup() -> None:
    found = shown(program(name=NASTY, description=NASTY, groups={NASTY: {"learning_rate": 0.5}}))
    assert "script" not in found.tags
    assert found.words.count(NASTY) == 2
    assert "script" in Shown(f"<p>{NASTY}</p>").tags  # the reader of this test would see it


def test_without_matplotlib_the_rest_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    found = shown(program(name="demo"))
    assert (found.pictures, found.words[0]) == ([], "demo")
    assert str(program()) in "\n".join(found.words)


def test_what_cannot_be_evaluated_is_said_and_the_rest_shown() -> None:
    def broken(step: int) -> float:
        return 1 / (77 - step)

    found = shown(compile(broken))
    assert any("no picture" in words for words in found.words)
    assert "pre" in found.tags


def test_nothing_has_a_colour_of_its_own() -> None:
    source = re.sub(r"src=\"[^\"]*\"", "", program(name="demo")._repr_html_())
    assert re.findall(r"#[0-9a-f]{3,6}\b|rgb|color: (?!inherit)", source) == []


def test_a_document_shows_itself_laid_out() -> None:
    spec = unisched.load({"kind": "linear", "start": 1, "end": 0})
    assert '"schedules": {\n    "learning_rate": {\n      "kind": "linear"' in "".join(shown(spec).words)


def test_a_document_with_a_python_function_is_shown_too() -> None:
    assert "pre" in shown(compile(lambda step: 1.0).spec).tags


def test_reports_show_what_they_print() -> None:
    line = {"kind": "linear", "start": 1, "end": 0, "duration": 4}
    for report in (unisched.diff(line, {**line, "end": 0.5}), unisched.parity(line, ["numpy"])):
        assert "".join(shown(report).words) == str(report)


def test_parts_that_are_empty_are_left_out() -> None:
    assert block(heading(""), items([]), preformatted("a < b")) == (
        '<div><pre style="background: none; color: inherit; line-height: 1.3; overflow-x: auto; white-space: pre">'
        "a &lt; b</pre></div>"
    )

"""Every kind of the language has a picture, of the programs that its documents are today, and the page shows it."""

from __future__ import annotations

from pathlib import Path

import pytest
from kind_pictures.documents import SHOWN
from kind_pictures.drawings import FOLDER, digest, drawn, stale

from unisched.spec.grammar import KINDS

PAGE = (Path(__file__).parents[1] / "docs" / "spec.md").read_text(encoding="utf-8")


def test_every_kind_has_a_picture_and_nothing_else_has() -> None:
    assert list(SHOWN) == list(KINDS)
    assert {path.stem for path in FOLDER.glob("*.svg")} == set(KINDS)


def test_the_pictures_are_those_of_the_programs_of_today() -> None:
    assert stale() == [], "draw them anew: PYTHONPATH=tests python -m kind_pictures"


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_shows_the_picture_in_the_section_of_its_kind(kind: str) -> None:
    section = PAGE.partition(f"\n### {kind}\n")[2].partition("\n#")[0]
    assert f"](pictures/kinds/{kind}.svg)" in section


def test_a_picture_of_another_program_would_be_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    before = digest("linear")
    monkeypatch.setitem(SHOWN, "linear", {"linear": {"kind": "linear", "start": 1, "end": 0.125}})
    assert digest("linear") != before
    assert stale() == ["linear"]


def test_what_is_drawn_bears_its_digest_and_reads_on_any_ground() -> None:
    svg = drawn("product")
    assert digest("product") in svg
    assert "their product" in svg
    assert "#ffffff" not in svg

"""The files of the corpus and of the examples as text, and what differs from the committed ones."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from corpus_generator import digests
from corpus_generator.cases import ALL
from corpus_generator.layout import text

__all__ = ["CORPUS", "DIGESTS", "EXAMPLES", "differing", "generated", "write"]

_ROOT = Path(__file__).resolve().parents[3]
CORPUS = _ROOT / "unisched" / "testing" / "corpus"
EXAMPLES = _ROOT / "docs" / "examples"
DIGESTS = CORPUS / "DIGESTS"


def generated() -> dict[Path, str]:
    """Give the text of every file: a case each, their digests, and a document for each case that is an example."""
    written = [case.to_json() for case in ALL]
    cases = {CORPUS / f"{case['name']}.json": text(case) for case in written}
    examples = {EXAMPLES / f"{case.name}.json": text(case.spec) for case in ALL if case.example}
    common = [case.name for case in ALL if case.plain and (case.total or 0) <= digests.COUNTED]
    return {**cases, DIGESTS: digests.text(written, common), **examples}


def differing(expected: Mapping[Path, str]) -> list[Path]:
    """Give the files that are missing or differ, and cases on disk that nothing generates."""
    wrong = [path for path, content in expected.items() if not path.is_file() or _read(path) != content]
    return sorted(wrong + [path for path in CORPUS.glob("*.json") if path not in expected])


def write(expected: Mapping[Path, str]) -> None:
    """Write every file, and remove cases that nothing generates any more."""
    for path in CORPUS.glob("*.json"):
        if path not in expected:
            path.unlink()
    for path, content in expected.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8", newline="\n")


def _read(path: Path) -> str:
    return path.read_bytes().decode("utf-8")

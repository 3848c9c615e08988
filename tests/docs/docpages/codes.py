"""Finds every code in the sources, and the texts of messages that stand near it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, TypeAlias

from docpages.blocks import ROOT

__all__ = ["DYNAMIC", "SOURCES", "codes", "templates"]

SOURCES: Final = sorted([*ROOT.glob("unisched/**/*.py"), *ROOT.glob("plugins/*/unisched_*/**/*.py")])
NO_CODES: Final = {
    "entry_points.txt", "pyproject.toml", "unisched.backends", "unisched.dialects", "unisched.drawing", "unisched.lint",
    "schedules.learning_rate", "spines.right", "spines.top",
}  # fmt: skip
DIALECTS: Final = {path.parent.name for path in (ROOT / "unisched" / "dialects").glob("*/__init__.py")}
DYNAMIC: Final = {"json.encoding", "toml.encoding", "yaml.encoding"}
"""Put together in `unisched/spec/files.py` from the name of the language."""

_CODE: Final = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")
_FEWEST_LETTERS: Final = 8

Scope: TypeAlias = ast.Module | ast.FunctionDef


def codes() -> dict[str, set[str]]:
    """Give each code with the patterns of all texts in the functions that name it."""
    found: dict[str, set[str]] = {code: _patterns_of("decode") for code in DYNAMIC}
    for path in SOURCES:
        if "testing" in path.relative_to(ROOT).parts:
            continue
        for scope, text in _constants(ast.parse(path.read_text(encoding="utf-8"))):
            if _CODE.fullmatch(text) and text not in NO_CODES and not _is_a_dialects(path, text):
                found.setdefault(text, set()).update(templates(scope))
    return found


def _is_a_dialects(path: Path, text: str) -> bool:
    """Tell whether a text is a kind, a quirk or an error of a dialect, which the dialect's own page explains."""
    return path.is_relative_to(ROOT / "unisched" / "dialects") and text.partition(".")[0] in DIALECTS


def templates(scope: ast.AST) -> set[str]:
    """Give the texts in `scope` as patterns, what is filled in being anything; short ones are left out."""
    return {pattern for node in ast.walk(scope) if (pattern := _pattern(node))}


def _patterns_of(function: str) -> set[str]:
    tree = ast.parse((ROOT / "unisched" / "spec" / "files.py").read_text(encoding="utf-8"))
    return {p for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == function
            for p in templates(node)}  # fmt: skip


def _constants(tree: ast.Module) -> Iterator[tuple[Scope, str]]:
    def visit(node: ast.AST, scope: Scope) -> Iterator[tuple[Scope, str]]:
        inner = node if isinstance(node, ast.FunctionDef) else scope
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield inner, node.value
        for child in ast.iter_child_nodes(node):
            yield from visit(child, inner)

    yield from visit(tree, tree)


def _pattern(node: ast.AST) -> str:
    match node:
        case ast.Constant(value=str(text)) if not _CODE.fullmatch(text):
            parts = [text]
        case ast.JoinedStr(values=values):
            parts = [str(v.value) if isinstance(v, ast.Constant) else "" for v in values]
        case _:
            return ""
    if sum(map(str.isalpha, "".join(parts))) < _FEWEST_LETTERS:
        return ""
    return ".*".join(map(re.escape, parts)) if len(parts) > 1 else re.escape(parts[0])


def read_rows(page: Path) -> list[tuple[str, str, str]]:
    """Give the code, the meaning and the message of each row of the page on errors."""
    return re.findall(r"^\| `([a-z]\S*\.\S*)` \| (.+?) \| `(.*)` \|$", page.read_text(encoding="utf-8"), re.MULTILINE)

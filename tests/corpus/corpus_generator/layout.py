"""Stable JSON text: what fits on a line stays on it, long lists of scalars are filled, all else is one a line."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["text"]

WIDTH = 110


def text(document: Mapping[str, Any]) -> str:
    """Give `document` as JSON text that ends in a newline and always looks the same.

    >>> text({"name": "short", "steps": [0, 1]})
    '{\\n  "name": "short",\\n  "steps": [0, 1]\\n}\\n'
    """
    return _object(document, 0) + "\n"


def _render(value: Any, depth: int, used: int) -> str:
    compact = json.dumps(value, ensure_ascii=False, allow_nan=False)
    if used + len(compact) <= WIDTH:
        return compact
    if isinstance(value, Mapping):
        return _object(value, depth)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return _filled(value, depth) if all(_scalar(item) for item in value) else _list(value, depth)
    return compact


def _object(value: Mapping[str, Any], depth: int) -> str:
    inner = "  " * (depth + 1)
    lines = []
    for key, item in value.items():
        head = f"{inner}{json.dumps(key)}: "
        lines.append(head + _render(item, depth + 1, len(head) + 1))
    return "{\n" + ",\n".join(lines) + "\n" + "  " * depth + "}"


def _list(value: Sequence[Any], depth: int) -> str:
    inner = "  " * (depth + 1)
    lines = [inner + _render(item, depth + 1, len(inner) + 1) for item in value]
    return "[\n" + ",\n".join(lines) + "\n" + "  " * depth + "]"


def _filled(value: Sequence[Any], depth: int) -> str:
    inner = "  " * (depth + 1)
    lines = [inner]
    for index, item in enumerate(value):
        word = json.dumps(item, ensure_ascii=False) + ("," if index < len(value) - 1 else "")
        if len(lines[-1]) + len(word) + 1 > WIDTH and lines[-1].strip():
            lines.append(inner)
        lines[-1] += word if not lines[-1].strip() else " " + word
    return "[\n" + "\n".join(lines) + "\n" + "  " * depth + "]"


def _scalar(value: Any) -> bool:
    return not isinstance(value, Mapping | list | tuple)

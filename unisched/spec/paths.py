"""JSON paths as people read them: `schedules.learning_rate.parts[1].duration`.

This file joins names and indices; it knows nothing of documents.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Final

from unisched.errors import Problem, SpecError, shorten

__all__ = ["inside", "join", "placed", "segment"]

_PLAIN: Final = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")


def segment(key: str | int) -> str:
    """Give one step of a path: `name`, `[3]`, or `["any other name"]`.

    >>> segment("lr"), segment(3), segment("no decay")
    ('lr', '[3]', '["no decay"]')
    """
    if isinstance(key, int):
        return f"[{key}]"
    return key if _PLAIN.fullmatch(key) else f"[{json.dumps(shorten(key, 60))}]"


def join(outer: str, inner: str) -> str:
    """Give the path of `inner` seen from where `outer` starts.

    >>> join("parts[1]", "end"), join("parts", "[1].end"), join("", "end")
    ('parts[1].end', 'parts[1].end', 'end')
    """
    if not outer or not inner:
        return outer or inner
    return f"{outer}{inner}" if inner.startswith("[") else f"{outer}.{inner}"


def placed(problems: Iterable[Problem], outer: str) -> tuple[Problem, ...]:
    """Give `problems` with their paths seen from where `outer` starts."""
    return tuple(problem.at(join(outer, problem.path)) for problem in problems)


def inside(error: SpecError, key: str | int) -> tuple[Problem, ...]:
    """Give the problems of a value that stands under `key`."""
    return placed(error.problems, segment(key))

"""A document that is one entry alone: of the learning rate, or of all that a dialect's kind schedules."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final

from unisched.errors import Problem
from unisched.spec.curve import read_curve
from unisched.spec.dialect import DialectCurve
from unisched.spec.limits import examine

__all__ = ["drives", "is_lone", "parted", "seen_alone"]

_ENTRY: Final = "schedules.learning_rate"
_FOR_EDITORS: Final = "$schema"


def is_lone(data: Mapping[Any, Any]) -> bool:
    """Tell whether `data` is an entry, and not a document with `schedules`."""
    return "kind" in data or "curve" in data or ("class_name" in data and "schedules" not in data)


def parted(data: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give the entry itself, and what stands beside it for editors."""
    entry = {key: value for key, value in data.items() if key != _FOR_EDITORS}
    return entry, {key: value for key, value in data.items() if key == _FOR_EDITORS}


def drives(data: Mapping[str, Any]) -> tuple[str, ...]:
    """Give the hyperparameters that a lone entry is for: a dialect's kind may schedule several."""
    kind = data.get("kind")
    if "curve" in data or not ("class_name" in data or (isinstance(kind, str) and "." in kind)):
        return ("learning_rate",)
    examine(data)
    curve = read_curve(data)
    return curve.drives() if isinstance(curve, DialectCurve) else ("learning_rate",)


def seen_alone(problems: Iterable[Problem], fields: Collection[str]) -> Iterator[Problem]:
    """Give the problems of a lone entry with the paths that its writer sees; `fields` are those of a document."""
    for problem in problems:
        path = problem.path.removeprefix(_ENTRY).removeprefix(".")
        if problem.code == "field.unknown" and path in fields:
            yield Problem(problem.code, path, problem.fault,
                          "A document with 'kind' or 'curve' is the learning rate alone: "
                          f"write it under schedules.learning_rate, or pass {path} as an argument.")  # fmt: skip
        else:
            yield problem.at(path)

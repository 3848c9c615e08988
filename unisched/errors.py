"""The exception family: every failure names the place, what was given, the rule, and the way out.

::

    UnischedError
    ├── SpecError         (ValueError)           the document, or what it would compile to
    ├── StateError        (ValueError)           a saved state that does not fit
    ├── StepError         (ValueError)           a step that is no step
    ├── UnsupportedError  (NotImplementedError)  a backend or form that cannot carry the program
    ├── BindingError      (TypeError)            an argument of compile, emit or build
    └── PluginError       (ImportError)          a backend or dialect that cannot be found or loaded

This file knows nothing of specs, backends or frameworks. Nothing raised while a run is under way is a
`TypeError`: DeepSpeed swallows those around `step`
(https://github.com/deepspeedai/DeepSpeed/blob/master/deepspeed/runtime/engine.py).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, replace

__all__ = [
    "BindingError",
    "PluginError",
    "Problem",
    "SpecError",
    "StateError",
    "StepError",
    "UnischedError",
    "UnsupportedError",
    "nearest",
    "shorten",
]

LISTED = 20
LONGEST = 2000


def shorten(text: str, limit: int = 120) -> str:
    """Give `text` with its middle cut out where it is longer than `limit` characters."""
    if len(text) <= limit:
        return text
    half = (limit - 3) // 2
    return f"{text[:half]}...{text[-half:]}"


def nearest(name: str, known: Iterable[str]) -> str:
    """Give " Did you mean 'x'?" for the known name closest to `name`, or nothing."""
    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f" Did you mean {found[0]!r}?" if found else ""


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault: a stable code, a JSON path, what was given against which rule, and the way out.

    >>> print(Problem("duration.unit", "total", "1000.0 is a float without a unit", "Write 1000."))
    total: 1000.0 is a float without a unit. Write 1000.
    """

    code: str
    path: str
    fault: str
    remedy: str

    def at(self, path: str) -> Problem:
        """Give the same problem at another place."""
        return replace(self, path=path)

    def __str__(self) -> str:
        place = f"{shorten(self.path, 200)}: " if self.path else ""
        return f"{place}{shorten(self.fault, 600)}. {shorten(self.remedy, 400)}"


class UnischedError(Exception):
    """The base of all errors raised on purpose; `problems` holds each fault, worst first.

    >>> import unisched
    >>> try:
    ...     unisched.load({"kind": "linear", "start": "high", "end": 0})
    ... except UnischedError as error:
    ...     print(error.code, error.path, len(error.problems))
    ...     print(error)
    type.number start 1
    start: 'high' is no number. Give a finite number such as 0.0003 or 3e-4.
    """

    def __init__(self, *problems: Problem) -> None:
        super().__init__(*problems)
        self.problems = problems

    @property
    def code(self) -> str:
        """The stable code of the first problem, such as `duration.unit`."""
        return self.problems[0].code

    @property
    def path(self) -> str:
        """The JSON path of the first problem; empty where the fault has no place in a document."""
        return self.problems[0].path

    def __str__(self) -> str:
        lines: list[str] = []
        for problem in self.problems[:LISTED]:
            line = str(problem)
            if sum(map(len, lines)) + len(line) > LONGEST - 100:
                break
            lines.append(line)
        left_out = len(self.problems) - len(lines)
        if left_out:
            lines.append(f"... and {left_out} more.")
        return "\n".join(lines)


class SpecError(UnischedError, ValueError):
    """The document is malformed, or says something that cannot be compiled."""


class StateError(UnischedError, ValueError):
    """A saved state is damaged, or belongs to another program."""


class StepError(UnischedError, ValueError):
    """A step is negative, is not a whole number, or lies where the program has no value."""


class UnsupportedError(UnischedError, NotImplementedError):
    """A backend or form cannot carry the program; every reason is listed."""


class BindingError(UnischedError, TypeError):
    """An argument is unknown, missing, or does not fit the others."""


class PluginError(UnischedError, ImportError):  # type: ignore[misc]  # ours is the JSON path, ImportError's a file
    """A plugin is not installed, is claimed twice, fails to load, or speaks another contract."""

"""Findings as text, and in the forms that other tools read: plain JSON, GitHub's annotations, SARIF 2.1.0.

Documents have no lines once they are read, so a finding names its JSON path and no line.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final
from urllib.parse import quote

from unisched.errors import Problem
from unisched.lint.note import Note
from unisched.lint.rules import RULES

__all__ = ["FORMATS", "Examined", "github", "plain", "sarif", "text"]

FORMATS: Final = ("text", "json", "github", "sarif")

_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"


@dataclass(frozen=True, slots=True)
class Examined:
    """A document that was looked at: what was found, or what is wrong with it, or what of the clock it waits for."""

    source: str
    notes: tuple[Note, ...] = ()
    problems: tuple[Problem, ...] = ()
    waits: str = ""


def text(documents: Sequence[Examined]) -> str:
    """Give a line for each finding, one for each document that was not looked at, and one that counts.

    >>> print(text([Examined("a.json", (Note("value.zero_start", "schedules.learning_rate", "0 at step 0"),))]))
    a.json: schedules.learning_rate: 0 at step 0 [U101 value.zero_start]
    1 finding in 1 of 1 document
    """
    lines = [f"{one.source}: {note}" for one in documents for note in one.notes]
    lines += [f"{one.source}: not looked at before the clock is known: {one.waits}" for one in documents if one.waits]
    count, touched = sum(len(one.notes) for one in documents), sum(bool(one.notes) for one in documents)
    found = f"{count} finding{'' if count == 1 else 's'} in {touched} of" if count else "nothing found in"
    return "\n".join([*lines, f"{found} {_counted(documents)}"])


def _counted(documents: Sequence[Examined]) -> str:
    """Give how many documents there are, and of how many nothing is known."""
    invalid, waiting = sum(bool(one.problems) for one in documents), sum(bool(one.waits) for one in documents)
    total = f"{len(documents)} document{'' if len(documents) == 1 else 's'}"
    unknown = [f"{invalid} invalid"] * bool(invalid) + [f"{waiting} not looked at"] * bool(waiting)
    return f"{total} ({', '.join(unknown)})" if unknown else total


def plain(documents: Sequence[Examined]) -> str:
    """Give one JSON object: by document its findings, its problems, and what it waits for."""
    return json.dumps({
        "clean": not any(one.notes or one.problems for one in documents),
        "documents": [
            {"source": one.source, "findings": [_data(note) for note in one.notes],
             "problems": [asdict(problem) for problem in one.problems], "waits": one.waits or None}
            for one in documents
        ],
    })  # fmt: skip


def github(documents: Iterable[Examined]) -> str:
    """Give an annotation for each finding and each problem, as GitHub's runners read them from standard output."""
    return "\n".join(line for one in documents for line in _annotations(one))


def sarif(documents: Iterable[Examined], version: str) -> str:
    """Give one run in the static analysis results interchange format; `version` is that of the tool."""
    rules = [{"id": rule.number, "name": rule.code, "shortDescription": {"text": rule.title},
              "fullDescription": {"text": rule.meaning}} for rule in RULES]  # fmt: skip
    driver = {"name": "unisched", "semanticVersion": version, "rules": rules}
    looked_at = list(documents)
    results = [_result(one.source, note) for one in looked_at for note in one.notes]
    notifications = [_notification(one.source, problem) for one in looked_at for problem in one.problems]
    invocation = {"executionSuccessful": not notifications, "toolExecutionNotifications": notifications}
    return json.dumps(
        {
            "$schema": _SCHEMA,
            "version": "2.1.0",
            "runs": [{"tool": {"driver": driver}, "invocations": [invocation], "results": results}],
        }
    )


def _notification(source: str, problem: Problem) -> dict[str, Any]:
    return {
        "level": "error",
        "message": {"text": f"{problem} [{problem.code}]"},
        "locations": [_location(source, problem.path)],
    }


def _location(source: str, path: str) -> dict[str, Any]:
    return {
        "physicalLocation": {"artifactLocation": {"uri": quote(source)}},
        "logicalLocations": [{"fullyQualifiedName": path}],
    }


def _data(note: Note) -> dict[str, str]:
    return {"rule": note.rule.number, "code": note.code, "title": note.rule.title, "path": note.path, "text": note.text}


def _annotations(document: Examined) -> Iterator[str]:
    file = _property(document.source)
    for note in document.notes:
        title = _property(f"{note.rule.number} {note.code}")
        yield f"::warning file={file},title={title}::{_escaped(f'{note.path}: {note.text}')}"
    for problem in document.problems:
        yield f"::error file={file},title={_property(problem.code)}::{_escaped(str(problem))}"


def _escaped(message: str) -> str:
    return message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    return _escaped(value).replace(":", "%3A").replace(",", "%2C")


def _result(source: str, note: Note) -> dict[str, Any]:
    return {
        "ruleId": note.rule.number,
        "level": "note",
        "message": {"text": f"{note.path}: {note.text} [{note.code}]"},
        "locations": [_location(source, note.path)],
    }  # fmt: skip

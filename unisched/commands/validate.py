"""`unisched validate`: whether documents are what they claim to be."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict
from typing import Any, Final

import click

from unisched.commands.help import Command, examples
from unisched.commands.shared import WAITING, clock_of, clock_options, json_option, read, spoken
from unisched.errors import Problem, UnischedError
from unisched.verbs import compile

__all__ = ["validate"]

_LONG: Final = 1.0
"""Seconds after which progress is worth a line."""


@click.command(
    cls=Command,
    short_help="Check documents.",
    epilog=examples(
        "unisched validate schedule.json",
        "unisched validate configs/*.yaml --total 10000",
        "unisched validate - --json < schedule.json",
        exits="Exit codes: 0 all are valid, 1 one is not, 2 wrong usage.",
    ),
)
@click.argument("sources", nargs=-1, required=True)
@clock_options
@json_option
def validate(sources: tuple[str, ...], as_json: bool, **clock: Any) -> None:
    """Check SOURCES (files, or - for JSON on stdin): each is read and laid out, and what is wrong is told by its place.

    A document that only waits for its clock, such as for the steps of an epoch, is valid.
    """
    began, results = time.monotonic(), []
    for number, source in enumerate(sources, 1):
        problems, waits = _problems(source, clock_of(clock))
        results.append({"source": source, "valid": not problems, "problems": [asdict(p) for p in problems]})
        if not as_json and problems:
            click.echo("\n".join(f"{source}: {problem}" for problem in problems), err=True)
        elif not as_json:
            click.echo(f"{source}: valid" + (f" ({waits})" if waits else ""))
        if time.monotonic() - began > _LONG and sys.stderr.isatty():
            click.echo(f"\r{number} of {len(sources)}", err=True, nl=number == len(sources))
    valid = all(result["valid"] for result in results)
    if as_json:
        click.echo(json.dumps({"valid": valid, "documents": results}))
    sys.exit(0 if valid else 1)


def _problems(source: str, clock: dict[str, Any]) -> tuple[tuple[Problem, ...], str]:
    try:
        compile(read(source), **clock)
    except UnischedError as error:
        if {problem.code for problem in error.problems} <= WAITING:
            return (), f"once the clock is known: {error.problems[0].fault}"
        return tuple(map(spoken, error.problems)), ""
    return (), ""

"""What the commands share: where a document comes from, the options of its clock, and how errors are told."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from typing import Any, Final

import click

from unisched.commands.help import ClockOption
from unisched.errors import Problem, SpecError, UnischedError
from unisched.spec import Spec, load
from unisched.spec.files import LARGEST, check_size, decode
from unisched.spec.json_text import read_json

__all__ = [
    "WAITING", "clock_of", "clock_options", "input_of", "json_option", "pace", "pace_options", "read", "reported",
    "spoken",
]  # fmt: skip

WAITING: Final = frozenset({"units.missing", "length.missing"})
"""The codes of a document that is not wrong, and waits for its clock."""

_READ: Final = f"{__name__}.read"

_LONGEST: Final = 100
"""The most digits that are read as a number of steps; no run has that many."""

_ARGUMENT: Final = re.compile(r"\b([a-z_]+)=(?:\"([^\"]*)\"|([0-9]+))?")
_CALLS: Final = ", to compile or build"

json_option: Final[Callable[[Any], Any]] = click.option(
    "--json", "as_json", is_flag=True, help="Write one JSON object."
)


def pace(text: str) -> int | str:
    """Give the number that a text says, or the text: the name of a schedule."""
    try:
        return int(text)
    except ValueError:
        return text


def clock_options(command: Any) -> Any:
    """Add the keyword arguments of `compile` to a command, under a heading of their own in one made by `Command`."""
    purpose = 'The length of the run, such as 10000 or "90 epochs".'
    return click.option("--total", cls=ClockOption, type=str, metavar="LENGTH", help=purpose)(pace_options(command))


def pace_options(command: Any) -> Any:
    """Add those of `clock_options` that are no length."""
    for name, kind, metavar, purpose in (
        ("base", float, "VALUE", 'What the optimizer gives, for entries with "base": "optimizer".'),
        ("tokens-per-step", pace, "N", "Tokens per optimizer update, or the name of a batch ramp's schedule."),
        ("samples-per-step", pace, "N", "Samples per optimizer update, or the name of a batch ramp's schedule."),
        ("steps-per-epoch", int, "N", "Optimizer updates per epoch."),
    ):
        command = click.option(f"--{name}", cls=ClockOption, type=kind, metavar=metavar, help=purpose)(command)
    return command


def read(source: str) -> Spec:
    """Give the document of a file, or, for `-`, that on standard input."""
    return load(input_of(source))


def input_of(source: str) -> str | Mapping[str, Any]:
    """Give the path of a file as it is, or, for `-`, the object that stands on standard input."""
    return _standard_input() if source == "-" else source


def _standard_input() -> Mapping[str, Any]:
    context = click.get_current_context()
    if context.meta.setdefault(_READ, False):
        raise click.UsageError("- stands twice, and standard input holds one document. Name a file for the other.")
    context.meta[_READ] = True
    if sys.stdin is None:  # it was closed, as by <&-
        raise click.UsageError("standard input is closed. Name a file.")
    content = sys.stdin.buffer.read(LARGEST + 1)
    check_size(len(content))
    document = read_json(decode(content, "json"))
    if not isinstance(document, Mapping):
        raise SpecError(Problem("spec.not_object", "", "standard input holds no object",
                                'Give an object, such as {"schedules": ...}.'))  # fmt: skip
    return document


def clock_of(options: dict[str, Any]) -> dict[str, Any]:
    """Give the options as arguments of the library: a total in digits is a number of steps."""
    total = options.get("total")
    if total is not None and total.isascii() and total.isdecimal() and len(total) < _LONGEST:
        return {**options, "total": int(total)}
    return options


def spoken(problem: Problem) -> Problem:
    """Give a problem as it is told on the command line: an argument that is an option here is named as that.

    A path that is called as its option is may be one of the document, and stays.
    """
    context = click.get_current_context()
    options = {option.name: max(option.opts, key=len) for option in context.command.params}
    renamed = {name: option for name, option in options.items() if option.strip("-").replace("-", "_") != name}

    def option(found: re.Match[str]) -> str:
        name, text, number = found.groups()
        return " ".join(filter(None, (options[name], text, number))) if name in options else found[0]

    told = replace(problem, path=renamed.get(problem.path, problem.path))
    remedy = _ARGUMENT.sub(option, problem.remedy)
    return told if remedy == problem.remedy else replace(told, remedy=remedy.replace(_CALLS, ""))


@contextmanager
def reported(as_json: bool, code: int = 1) -> Iterator[None]:
    """Turn our errors into lines on stderr, or one object on stdout, and an exit code."""
    try:
        yield
    except UnischedError as error:
        problems = [spoken(problem) for problem in error.problems]
        if as_json:
            click.echo(json.dumps({"problems": [asdict(problem) for problem in problems]}))
        else:
            # A note of the library's says in which file.
            notes = "".join(f"\n{note}" for note in getattr(error, "__notes__", ()))
            click.echo(f"error: {type(error)(*problems)}{notes}", err=True)
        sys.exit(code)

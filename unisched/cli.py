"""The command line: show, validate, replan, diff, backends, schema.

Exit codes: 0 fine, 1 something is wrong with the input or the output (errors on stderr, each with its JSON path), 2
wrong usage; diff says 0 for equal, 1 for different, 2 for anything wrong, as the tool of that name does.
`--json` writes for machines. Nothing is decided here; every line comes from the library.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, replace
from typing import Any, Final, TextIO

import click

from unisched import ir, registry
from unisched.command import clock_of, clock_options, read, reported
from unisched.discovery import Claim
from unisched.errors import BindingError, Problem, UnischedError
from unisched.metric_log import read_log
from unisched.plan_commands import diff, replan
from unisched.plot import text
from unisched.program import Program
from unisched.spec import Spec
from unisched.verbs import compile

__all__ = ["main"]

_WANTS_A_CLOCK: Final = frozenset({"units.missing", "length.missing"})
_LONG: Final = 1.0
"""Seconds after which progress is worth a line."""


class _Commands(click.Group):
    """The commands, ending in one line where the system refuses to write what they say, as on a full disk."""

    def main(self, *args: Any, **extra: Any) -> Any:
        try:
            return super().main(*args, **extra)
        except OSError as error:
            _let_go(sys.stdout)
            with suppress(OSError):
                place = "" if error.filename is None else f"{error.filename}: "
                click.echo(f"error: {place}{error.strerror or error}", err=True)
                sys.exit(1)
            _let_go(sys.stderr)
            sys.exit(1)


def _let_go(stream: TextIO) -> None:
    """Point a stream that cannot be written to nowhere, or the interpreter tries again as it ends."""
    with suppress(OSError, ValueError), open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), stream.fileno())


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="unisched-core")
def main() -> None:
    """Schedules for hyperparameters, written once as data."""


@main.command()
@click.argument("source")
@clock_options
@click.option("--at", "at", type=click.IntRange(0), multiple=True, help="Also print the values at this step.")
@click.option("--metrics", type=click.Path(), help="A log of metrics (.json or .csv), as if they were observed.")
@click.option("--plot/--no-plot", default=True, help="Whether to draw each schedule.")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object.")
def show(source: str, at: tuple[int, ...], metrics: str | None, plot: bool, as_json: bool, **clock: Any) -> None:
    """Compile SOURCE (a file, or - for JSON on stdin) and show its phases, curves and lints."""
    with reported(as_json):
        spec = read(source)
        program = compile(spec, **clock_of(clock))
        if metrics is not None:
            program = program.observed(read_log(metrics, program.monitors))
        if as_json:
            click.echo(json.dumps(_described(program, at), allow_nan=False))
            return
        click.echo("\n".join(line for line in (spec.name, spec.description) if line) or source)
        click.echo(str(program))
        if plot:
            _draw(program)
        for step in at:
            click.echo(f"step {step}: " + ", ".join(f"{title} {value!r}" for title, value in _values(program, step)))
        for note in program.lint():
            click.echo(f"note: {note}")


@main.command()
@click.argument("sources", nargs=-1, required=True)
@clock_options
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object.")
def validate(sources: tuple[str, ...], as_json: bool, **clock: Any) -> None:
    """Check SOURCES; a document that only waits for its clock is valid."""
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


@main.command()
@click.option("--load", "load_them", is_flag=True, help="Import each backend and list its forms.")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object.")
def backends(load_them: bool, as_json: bool) -> None:
    """List the installed backends; nothing is imported unless --load asks for it."""
    with reported(as_json):
        claims = sorted(registry.claims(), key=lambda claim: claim.name)
    rows = [_backend(claim, load_them) for claim in claims]
    refused = [f"{claim} claims {claim.name!r}, which is the core's; it is ignored" for claim in registry.refused()]
    if as_json:
        click.echo(json.dumps({"backends": rows, "refused": refused}))
    else:
        for row in rows:
            forms = f"  forms: {', '.join(row['forms'])}" if "forms" in row else ""
            click.echo(f"{row['name']:<12} {row['distribution']} {row['version']}{forms}")
    for line in [*(row["error"] for row in rows if "error" in row), *refused]:
        click.echo(f"warning: {line}", err=True)
    sys.exit(1 if any("error" in row for row in rows) else 0)


@main.command()
def schema() -> None:
    """Print the JSON Schema of documents."""
    click.echo(json.dumps(Spec.json_schema(), indent=2))


main.add_command(replan)
main.add_command(diff)


def _problems(source: str, clock: dict[str, Any]) -> tuple[tuple[Problem, ...], str]:
    try:
        compile(read(source), **clock)
    except UnischedError as error:
        if {problem.code for problem in error.problems} <= _WANTS_A_CLOCK:
            return (), f"once the clock is known: {error.problems[0].fault}"
        return error.problems, ""
    return (), ""


def _described(program: Program, at: tuple[int, ...]) -> dict[str, Any]:
    return {
        "name": program.spec.name,
        "clock": program.clock.to_data(),
        "fingerprint": program.fingerprint,
        "targets": [{"hyperparameter": target.hyperparameter, "group": target.group} for target in program.targets],
        "body": json.loads(program.to_json())["body"],
        "values": {step: dict(_values(program, step)) for step in at},
        "notes": [asdict(note) for note in program.lint()],
    }


def _values(program: Program, step: int) -> Iterator[tuple[str, float]]:
    """Give the exact values, which are the same text on every machine."""
    numbered = _numbered(program)
    for target in program.targets:
        title = target.hyperparameter if target.group is None else f"{target.hyperparameter} [{target.group}]"
        yield title, numbered(step, *target, exact=True)


def _numbered(program: Program) -> Program:
    """Give the program for a base of 1 where it would need the optimizer's."""
    if not any(map(program.needs_base, program.targets)):
        return program
    values = tuple(ir.bind(value, 1.0) for value in program.body.values)
    return replace(program, body=replace(program.body, values=values))


def _draw(program: Program) -> None:
    if any(map(program.needs_base, program.targets)):
        click.echo("\ndrawn for an optimizer's value of 1; pass --base for another")
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    for title, samples in program.drawn().items():
        try:
            drawing = text(title, samples)
            drawing.encode(encoding)
        except BindingError as error:
            click.echo(f"no plot: {error}", err=True)
            return
        except UnicodeEncodeError:
            click.echo(
                f"no plot: a terminal of encoding {encoding} cannot show it. Set PYTHONIOENCODING=utf-8.", err=True
            )
            return
        click.echo(f"\n{drawing}")


def _backend(claim: Claim, load_it: bool) -> dict[str, Any]:
    row: dict[str, Any] = {"name": claim.name, "distribution": claim.distribution, "version": claim.version}
    if load_it:
        try:
            row["forms"] = list(registry.backend(claim.name).forms)
        except UnischedError as error:
            row["error"] = str(error)
    return row

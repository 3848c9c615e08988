"""`unisched show`: the phases, curves, values and notes of one document, in the terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any

import click

from unisched import ir
from unisched.commands.shared import clock_of, clock_options, read, reported
from unisched.errors import BindingError
from unisched.metric_log import read_log
from unisched.plot import text
from unisched.program import Program
from unisched.verbs import compile

__all__ = ["show"]


@click.command()
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

"""`unisched show`: the phases, curves, values and notes of one document, in the terminal."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, replace
from textwrap import wrap
from typing import Any, Final

import click

from unisched import ir
from unisched.commands.help import Command, examples
from unisched.commands.metrics import metrics_option, observed
from unisched.commands.runs import run_in
from unisched.commands.shared import clock_options, json_option, reported
from unisched.commands.standing import marked, standing, standing_lines
from unisched.commands.terminal import fault, styled
from unisched.drawing import text
from unisched.errors import BindingError, StepError
from unisched.explanation.values import in_short
from unisched.program import Program
from unisched.state import State
from unisched.targets import short

__all__ = ["show"]

_RANGE: Final = re.compile(r"\[\d+, (?:\d+|\.\.\.)\)")
_WIDTH: Final = 78
_MOST_TARGETS: Final = 6


@click.command(
    cls=Command,
    short_help="Show phases, curves, key values and notes of a document.",
    epilog=examples(
        "unisched show schedule.json",
        "unisched show schedule.yaml --steps-per-epoch 500 --at 0 --at 1000",
        "unisched show schedule.json --no-plot",
        "unisched show run.state.json",
        "unisched show - --json < schedule.json",
    ),
)
@click.argument("source")
@clock_options
@click.option(
    "--at",
    "at",
    type=click.IntRange(0),
    multiple=True,
    metavar="STEP",
    help="Also print the exact values at this step; repeatable.",
)
@metrics_option()
@click.option("--plot/--no-plot", default=True, help="Whether to draw each schedule.")
@json_option
def show(source: str, at: tuple[int, ...], metrics: str | None, plot: bool, as_json: bool, **clock: Any) -> None:
    """Show the phases, curves, key values and notes of SOURCE (a file, or - for JSON on stdin).

    Of a state, which has its own clock, also where the run stands.
    """
    with reported(as_json):
        was, state = run_in(source, clock)
        spec = was.spec
        (program,) = observed([was], metrics)
        if as_json:
            stands = {} if state is None else {"run": standing(was, state)}
            click.echo(json.dumps({**_described(program, at), **stands}, allow_nan=False))
            return
        click.echo(styled(spec.name or (source if not spec.description else spec.description), bold=True))
        if spec.name and spec.description:
            click.echo(spec.description)
        if state is not None:
            click.echo("\n".join(standing_lines(was, state)) + "\n")
        click.echo(_table(program, state))
        if plot:
            _draw(program)
        _key_values(program)
        if at or program.lint():
            click.echo()
        for step in at:
            click.echo(f"step {step}: " + ", ".join(f"{title} {value!r}" for title, value in _values(program, step)))
        for note in program.lint():
            click.echo(styled(_wrapped(f"note: {note}"), fg="yellow"))


def _described(program: Program, at: tuple[int, ...]) -> dict[str, Any]:
    return {
        "name": program.spec.name,
        "clock": program.clock.to_data(),
        "fingerprint": program.fingerprint,
        "targets": [{"hyperparameter": target.hyperparameter, "group": target.group} for target in program.targets],
        "body": json.loads(program.to_json())["body"],
        "values": {step: dict(_values(program, step)) for step in at},
        "key_values": _key_data(program),
        "notes": [asdict(note) for note in program.lint()],
    }


def _key_data(program: Program) -> list[dict[str, Any]] | None:
    """Give the key values as data; `None` where a value leaves the float range."""
    try:
        return [found.to_data() for found in program.key_values()]
    except StepError:
        return None


def _table(program: Program, state: State | None) -> str:
    """Give the phase table, titles bold and ranges dim; where a run stands is marked."""
    first, *lines = str(program).split("\n")
    lines = lines if state is None else list(marked(lines, state.step))
    return "\n".join([first, *(_row(line) for line in lines)])


def _row(line: str) -> str:
    if line and not line.startswith(" "):
        return styled(line, bold=True)
    return _RANGE.sub(lambda found: styled(found[0], dim=True), line)


def _key_values(program: Program) -> None:
    """Write what stands out in each target, in a line or two."""
    try:
        found = program.key_values()
    except StepError as error:
        click.echo(f"no key values: {error}", err=True)
        return
    click.echo("\n" + styled("key values", bold=True))
    for values in found[:_MOST_TARGETS]:
        click.echo(f"  {short(values.target)}")
        for line in in_short(values):
            click.echo(_wrapped(line, "    "))
    if len(found) > _MOST_TARGETS:
        click.echo(f"  and {len(found) - _MOST_TARGETS} more: --json has them all")


def _wrapped(line: str, indent: str = "") -> str:
    return "\n".join(wrap(line, _WIDTH, initial_indent=indent, subsequent_indent=indent + "  ",
                          break_long_words=False, break_on_hyphens=False))  # fmt: skip


def _values(program: Program, step: int) -> Iterator[tuple[str, float]]:
    """Give the exact values, which are the same text on every machine."""
    numbered = _numbered(program)
    for target in program.targets:
        yield short(target), numbered(step, *target, exact=True)


def _numbered(program: Program) -> Program:
    """Give the program for a base of 1 where it would need the optimizer's."""
    if not any(map(program.needs_base, program.targets)):
        return program
    values = tuple(ir.bind(value, 1.0) for value in program.body.values)
    return replace(program, body=replace(program.body, values=values))


def _draw(program: Program) -> None:
    if any(map(program.needs_base, program.targets)):
        click.echo("\ndrawn for an optimizer's value of 1; pass --base for another")
    try:
        drawing = text(program.chart())
    except BindingError as error:
        click.echo(f"no plot: {error}", err=True)
        return
    wrong = fault(drawing)
    click.echo(f"no plot: {wrong}" if wrong else f"\n{drawing}", err=bool(wrong))

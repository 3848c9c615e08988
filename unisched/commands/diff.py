"""`unisched diff`: what differs between two documents or states, and whether anything does."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from typing import Any, Final

import click

from unisched.commands.help import ClockOption, Command, examples
from unisched.commands.metrics import metrics_option, observed
from unisched.commands.runs import program_in
from unisched.commands.shared import clock_options, json_option, pace, reported
from unisched.commands.steps import steps_in
from unisched.commands.terminal import fault, is_coloured, styled
from unisched.difference import Difference, Tolerance
from unisched.difference import diff as difference
from unisched.difference.overlay import overlay
from unisched.drawing import Chart, text, write

__all__ = ["diff"]

_CLOCK: Final = (
    ("base", float, "VALUE"), ("tokens-per-step", pace, "N"), ("samples-per-step", pace, "N"),
    ("steps-per-epoch", int, "N"), ("total", str, "LENGTH"),
)  # fmt: skip
_NEW: Final = "new_"


def _tolerance(text: str) -> float | str:
    """Give the number that a text says, or the text: whether it is a word that counts is for the library to say."""
    try:
        return float(text)
    except ValueError:
        return text


def _new_clock(command: Any) -> Any:
    """Add the options of the clock once more, for NEW alone."""
    for name, kind, metavar in _CLOCK:
        purpose = f"As --{name}, for NEW alone."
        command = click.option(f"--new-{name}", cls=ClockOption, type=kind, metavar=metavar, help=purpose)(command)
    return command


@click.command(
    cls=Command,
    short_help="Compare two documents or states, by fields and by values.",
    epilog=examples(
        "unisched diff old.json new.json",
        "unisched diff torch.json optax.json --values --base 0.1 --total 10000",
        "unisched diff a.json b.json --values --tolerance float32 --output overlay.png",
        "unisched diff schedule.json run.state.json --only learning_rate",
        exits="Exit codes: 0 the same, 1 different, 2 anything wrong.",
    ),
)
@click.argument("old")
@click.argument("new")
@click.option("--values", is_flag=True, help="Compare values alone, not the fields of the documents.")
@click.option("--only", metavar="NAME", multiple=True, help="Compare the values of this hyperparameter alone.")
@click.option("--tolerance", type=_tolerance, default="equal", metavar="float32|rounding|X", show_default=False,
              help="Take for the same what rounds to the same float32, what rounding alone moves, or what differs by "
              "no more than X times the largest value.")  # fmt: skip
@click.option("--steps", type=steps_in, metavar="A:B", help="Compare these steps only.")
@metrics_option("as if both observed them")
@click.option("--plot", "draw", is_flag=True, help="Draw both, and what is between them.")
@click.option("-o", "--output", type=click.Path(dir_okay=False),
              help="Draw that to this file: .png, .svg, .pdf or .html.")  # fmt: skip
@json_option
@clock_options
@_new_clock
def diff(
    old: str,
    new: str,
    tolerance: Tolerance,
    steps: range | None,
    metrics: str | None,
    draw: bool,
    output: str | None,
    as_json: bool,
    only: tuple[str, ...],
    values: bool,
    **clock: Any,
) -> None:
    """Compare OLD and NEW, documents or states in any dialects, by fields and by values.

    Values are compared as curves, whatever the documents' words: equal, equal in float32, equal but for rounding, or
    where and by how much they differ, and whether NEW is OLD a step later or times a number. The clock is that of
    documents; a state has its own.
    """
    if draw and as_json:
        raise click.UsageError(
            "--plot is for people and --json for machines. Leave one out, or name a file by --output."
        )
    with reported(as_json, code=2):
        ours = {name: value for name, value in clock.items() if not name.startswith(_NEW)}
        theirs = {name.removeprefix(_NEW): value for name, value in clock.items() if name.startswith(_NEW)}
        theirs = {**ours, **{name: value for name, value in theirs.items() if value is not None}}
        before, after = observed([program_in(old, ours), program_in(new, theirs)], metrics)
        found = difference(before, after, only=only, values=values, tolerance=tolerance, steps=steps)
        if draw or output is not None:
            was, now = (program.select(*only) if only else program for program in (before, after))
            chart = overlay(was, now, _labels(old, new), steps)
        if output is not None:
            write(chart, output)
        drawing = _drawn(chart) if draw else ""
    if as_json:
        click.echo(json.dumps(found.to_data(), allow_nan=False))
    else:
        click.echo("\n".join(_painted(found)))
        click.echo(drawing, nl=bool(drawing))
    sys.exit(1 if found else 0)


def _labels(old: str, new: str) -> tuple[str, str]:
    names = [os.path.basename(source) for source in (old, new)]
    return ("old", "new") if names[0] == names[1] or "-" in names else (names[0], names[1])


def _drawn(chart: Chart) -> str:
    drawing = "\n" + text(chart, colour=is_coloured())
    wrong = fault(drawing, "draw into a file with --output")
    if wrong:
        click.echo(f"no plot: {wrong}", err=True)
    return "" if wrong else drawing


def _painted(found: Difference) -> Iterator[str]:
    """Give the lines of the report, what was in red and what is in green; a terminal alone shows it."""
    for change in found.told:
        yield f"{change.path} was {styled(change.was, fg='red')}, is {styled(change.now, fg='green')}"
    for row, line in zip([*found.rows, None], found.verdicts(), strict=False):
        head, *rest = line.split("\n")
        yield "\n".join([styled(head, fg="green" if row is None else "red" if row.beyond else "yellow"), *rest])
    yield from _reason(found)


def _reason(found: Difference) -> Iterator[str]:
    """Give why the exit status says different where the values look the same."""
    if found.fields and found.same_values:
        yield "different, as the documents' fields differ: --values compares values alone"
    elif found and found.likeness in ("float32", "rounding"):
        yield f"different, as float64 differs: --tolerance {found.likeness} takes these for the same"

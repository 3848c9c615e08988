"""`unisched explain`: what a document means, in sentences and formulas."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import click

from unisched.commands.help import Command, examples
from unisched.commands.metrics import metrics_option, observed
from unisched.commands.runs import run_in
from unisched.commands.shared import clock_options, json_option, reported
from unisched.commands.standing import standing, standing_lines
from unisched.commands.terminal import fault, styled
from unisched.explanation import Explanation
from unisched.explanation.plain import ascii_of

__all__ = ["explain"]


@click.command(
    cls=Command,
    short_help="Say what a document means: sentences, formulas, key values.",
    epilog=examples(
        "unisched explain schedule.json",
        "unisched explain schedule.json --steps-per-epoch 500",
        "unisched explain schedule.json --brief",
        "unisched explain schedule.json --latex",
    ),
)
@click.argument("source")
@clock_options
@metrics_option()
@click.option("--latex", "as_latex", is_flag=True, help="Write the formulas in LaTeX.")
@click.option("--brief", "is_brief", is_flag=True, help="Phases in sentences, first, peak, last, average; no formulas.")
@json_option
def explain(source: str, metrics: str | None, as_latex: bool, is_brief: bool, as_json: bool, **clock: Any) -> None:
    """Say what SOURCE (a file, or - for JSON on stdin) means, in sentences.

    The formula of each phase with its numbers, the values that stand out, what holds past the end, what feedback
    does, its recipes and dialects written out in plain curves, and the notes of lint. Of a state, which has its own
    clock, also where the run stands.
    """
    if is_brief and (as_json or as_latex):
        raise click.UsageError("--brief is without formulas and data. Leave it out, or --latex and --json.")
    with reported(as_json):
        was, state = run_in(source, clock)
        (program,) = observed([was], metrics)
        explanation = program.explain()
        if as_json:
            stands = {} if state is None else {"run": standing(was, state)}
            click.echo(json.dumps({**explanation.to_data(), **stands}, allow_nan=False))
            return
        if state is not None:
            click.echo("\n".join(map(_shown, standing_lines(was, state))) + "\n")
        for line in _styled(explanation, as_latex=as_latex, is_brief=is_brief):
            click.echo(_shown(line))


def _styled(explanation: Explanation, *, as_latex: bool, is_brief: bool) -> Iterator[str]:
    """Give the lines, titles bold and notes yellow."""
    titles = {"In plain curves", "Feedback", "Notes", *(target.title for target in explanation.targets)}
    is_note = False
    for line in explanation.lines(as_latex=as_latex, is_brief=is_brief):
        is_note = line == "Notes" or (is_note and line.startswith(" "))
        if line in titles or (line and line == explanation.name):
            yield styled(line, bold=True)
        else:
            yield styled(line, fg="yellow") if is_note else line


def _shown(line: str) -> str:
    """Give a line in signs that the terminal has."""
    return ascii_of(line) if fault(line) else line

"""The commands that change and compare plans: replan, diff."""

from __future__ import annotations

import json
import math
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from unisched.command import clock_of, clock_options, reported, standard_input
from unisched.difference import DifferenceRow
from unisched.difference import diff as difference
from unisched.metric_log import read_log
from unisched.program import Program
from unisched.replanning import replan as replanned
from unisched.running import running, state_in
from unisched.spec import load
from unisched.spec.json_text import read_json
from unisched.verbs import compile

__all__ = ["diff", "replan"]


@click.command()
@click.argument("source")
@click.option("--at", "at", type=click.IntRange(0), help="The step of the change; of a state, its own unless given.")
@click.option("--total", type=str, help='The new length of the run, such as 10000 or "90 epochs".')
@click.option("--tail", type=str, help='What comes then, as JSON; "current" stands for the value there.')
@click.option("--join", type=click.Choice(["value", "jump"]), help="How the future meets the present, without a tail.")
@click.option("--output", type=click.Path(dir_okay=False), help="Write the document to this file, not to stdout.")
@click.option("--json", "as_json", is_flag=True, help="Write errors as one JSON object.")
def replan(source: str, tail: str | None, join: str | None, output: str | None, as_json: bool, **asked: Any) -> None:
    """Change the horizon of SOURCE (a document or a state): the past stays, the difference goes to stderr."""
    with reported(as_json):
        run = standard_input() if source == "-" else source
        given = {} if tail is None else {"tail": read_json(tail)}
        given |= {} if join is None else {"join": join}
        spec = replanned(run, **clock_of(asked), **given)
        text = json.dumps(json.loads(spec.to_json()), indent=2)
        click.echo(str(difference(running(run).program, spec)), err=True)
    if output is None:
        click.echo(text)
    else:
        Path(output).write_text(text + "\n", encoding="utf-8")


@click.command()
@click.argument("old")
@click.argument("new")
@clock_options
@click.option("--metrics", type=click.Path(), help="A log of metrics (.json or .csv), as if both observed them.")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object.")
def diff(old: str, new: str, metrics: str | None, as_json: bool, **clock: Any) -> None:
    """Compare OLD and NEW, documents or states, by fields and by values; exit 0 if equal, 1 if different, else 2."""
    with reported(as_json, code=2):
        found = difference(_observed(_program(old, clock), metrics), _observed(_program(new, clock), metrics))
    if as_json:
        fields = [{"path": c.path, "change": str(c)} for c in found.fields]
        click.echo(json.dumps({"fields": fields, "values": [_row(row) for row in found.rows]}, allow_nan=False))
    else:
        click.echo(str(found))
    sys.exit(1 if found else 0)


def _program(source: str, clock: dict[str, Any]) -> Program:
    """Give the program of a document, or of what was running by a state."""
    run = standard_input() if source == "-" else source
    return compile(load(run), **clock_of(clock)) if state_in(run) is None else running(run).program


def _observed(program: Program, metrics: str | None) -> Program:
    """Give the program as it runs under a log, where there is one and it watches something."""
    if metrics is None or not program.monitors:
        return program
    return program.observed(read_log(metrics, program.monitors))


def _row(row: DifferenceRow) -> dict[str, Any]:
    relative = row.relative if math.isfinite(row.relative) else None
    return {**asdict(row), "target": row.target._asdict(), "first": row.first, "relative": relative}

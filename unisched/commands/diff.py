"""`unisched diff`: what differs between two documents or states, and whether anything does."""

from __future__ import annotations

import json
import math
import sys
from dataclasses import asdict
from typing import Any

import click

from unisched.commands.shared import clock_of, clock_options, reported, standard_input
from unisched.difference import DifferenceRow
from unisched.difference import diff as difference
from unisched.metric_log import read_log
from unisched.program import Program
from unisched.running import running, state_in
from unisched.spec import load
from unisched.verbs import compile

__all__ = ["diff"]


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

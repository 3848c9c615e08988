"""`unisched replan`: another future for a run, the past as it was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from unisched.commands.help import Command, examples
from unisched.commands.shared import clock_of, input_of, reported
from unisched.difference import diff as difference
from unisched.replanning import replan as replanned
from unisched.running import running
from unisched.spec.json_text import read_json

__all__ = ["replan"]


@click.command(
    cls=Command,
    short_help="Change the length of a run that has begun.",
    epilog=examples(
        "unisched replan run.state.json --total 20000 --output longer.json",
        "unisched replan schedule.json --at 5000 --total 20000 --join value",
        """unisched replan schedule.json --at 5000 --tail '{"kind": "linear", "end": 0, "duration": 500}'""",
    ),
)
@click.argument("source")
@click.option("--at", "at", type=click.IntRange(0), metavar="STEP",
              help="The step of the change; of a state, its own unless given.")  # fmt: skip
@click.option("--total", type=str, metavar="LENGTH", help='The new length of the run, such as 10000 or "90 epochs".')
@click.option(
    "--tail", type=str, metavar="JSON", help='What comes then, as JSON; "current" stands for the value there.'
)
@click.option("--join", type=click.Choice(["value", "jump"]), help="How the future meets the present, without a tail.")
@click.option("-o", "--output", type=click.Path(dir_okay=False), help="Write the document to this file, not to stdout.")
@click.option("--json", "as_json", is_flag=True, help="Write errors as one JSON object.")
def replan(source: str, tail: str | None, join: str | None, output: str | None, as_json: bool, **asked: Any) -> None:
    """Change the length of the run of SOURCE, a document or a state (a file, or - for JSON on stdin).

    What is past stays as it was. The new document goes to stdout or to a file, what it changes to stderr.
    """
    with reported(as_json):
        run = input_of(source)
        given = {} if tail is None else {"tail": read_json(tail)}
        given |= {} if join is None else {"join": join}
        spec = replanned(run, **clock_of(asked), **given)
        text = json.dumps(json.loads(spec.to_json()), indent=2)
        click.echo(str(difference(running(run).program, spec)), err=True)
    if output is None:
        click.echo(text)
    else:
        Path(output).write_text(text + "\n", encoding="utf-8")

"""`unisched replan`: another future for a run, the past as it was."""

from __future__ import annotations

import json
from typing import Any

import click

from unisched.commands.help import Command, examples
from unisched.commands.shared import clock_of, input_of, pace_options, reported
from unisched.commands.whole_file import write_whole
from unisched.difference import diff as difference
from unisched.replanning import replan as replanned
from unisched.replanning.told import told
from unisched.running import Run, state_in
from unisched.spec.json_text import read_json
from unisched.verbs import compile

__all__ = ["replan"]


@click.command(
    cls=Command,
    short_help="Change the length of a run that has begun.",
    epilog=examples(
        "unisched replan run.state.json --total 20000 --output longer.json",
        "unisched replan schedule.json --at 5000 --total 20000 --join value",
        """unisched replan schedule.json --at 5000 --tail '{"kind": "linear", "end": 0, "duration": 500}'""",
        'unisched replan schedule.json --at 5000 --total "90 epochs" --steps-per-epoch 500',
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
@click.option("--old-total", metavar="LENGTH", help="The length of the run so far, where the document says none.")
@click.option("-o", "--output", type=click.Path(dir_okay=False), help="Write the document to this file, not to stdout.")
@click.option("--json", "as_json", is_flag=True, help="Write errors as one JSON object.")
@pace_options
def replan(
    source: str, at: int | None, total: str | None, tail: str | None, join: str | None, old_total: str | None,
    output: str | None, as_json: bool, **paces: Any,
) -> None:  # fmt: skip
    """Change the length of the run of SOURCE, a document or a state (a file, or - for JSON on stdin).

    What is past stays as it was. The new document goes to stdout or to a file, what it changes to stderr. A state
    knows its clock; options add what it does not know.
    """
    with reported(as_json):
        run = _run(source, old_total, paces)
        given = {} if tail is None else {"tail": read_json(tail)}
        given |= {} if join is None else {"join": join}
        spec = replanned(run, at=at, **clock_of({"total": total}), **given, **paces)
        text = json.dumps(json.loads(spec.to_json()), indent=2)
        old = told(run, **paces).program
        click.echo(str(difference(old, compile(spec, base=dict(old.base) or None))), err=True)
    if output is None:
        click.echo(text)
    else:
        write_whole(output, text + "\n")


def _run(source: str, old_total: str | None, paces: dict[str, Any]) -> Run:
    """Give the state or the document, and where its length so far is said here, the program."""
    run = input_of(source)
    if old_total is None:
        return run
    if state_in(run) is not None:
        raise click.UsageError("--old-total is for documents, and a state knows how long its run was. Leave it out.")
    return compile(run, **clock_of({**paces, "total": old_total}))

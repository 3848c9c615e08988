"""`unisched parity`: how far each framework, in its own loop, is from the exact values of a document."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import click

from unisched import registry
from unisched.agreement import Trial, trial
from unisched.commands.help import Command, examples
from unisched.commands.metrics import metrics_option
from unisched.commands.quiet import hushed
from unisched.commands.shared import clock_of, clock_options, json_option, read, reported
from unisched.commands.steps import steps_in
from unisched.commands.terminal import styled
from unisched.errors import UnischedError
from unisched.metric_log import read_log
from unisched.promises import Outcome, ParityReport, ParityRow
from unisched.verbs import compile

__all__ = ["parity"]

_OURS: Final = ("keras", "numpy", "optax", "torch")
_OUTCOMES: Final[Mapping[str, Outcome]] = {
    "plugin.unknown": "not installed", "backend.not_installed": "not installed", "base.missing": "refused",
}  # fmt: skip


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


@click.command(
    cls=Command,
    short_help="Run a document in the frameworks installed here, and compare.",
    epilog=examples(
        "unisched parity schedule.json",
        "unisched parity schedule.json --backends torch,optax --steps 0:5000",
        "unisched parity plateau.json --metrics validation_loss.csv --json",
        exits="Exit codes: 0 every promise is kept, 1 one is not, 2 something could not be run.",
    ),
)
@click.argument("source")
@click.option(
    "--backends",
    type=_names,
    metavar="NAMES",
    help="Backends to run, such as torch,optax; all that are installed unless given.",
)
@click.option("--steps", type=steps_in, metavar="A:B", help="Run these steps only.")
@metrics_option("to feed to each")
@json_option
@clock_options
def parity(
    source: str,
    backends: list[str] | None,
    steps: range | None,
    metrics: str | None,
    as_json: bool,
    **clock: Any,
) -> None:
    """Run SOURCE (a file, or - for JSON on stdin) in each framework's own loop and compare it with the exact values.

    Forms that hold float32 promise each value rounded once, to the bit; those that hold float64 promise 8 ulp. Of a run
    above 2000 steps the first, the last and those around every boundary are run, unless --steps says otherwise.
    """
    with reported(as_json, code=2):
        program = compile(read(source), **clock_of(clock))
        log = None if metrics is None else read_log(metrics, program.monitors)
        tried = trial(program, steps=steps, metrics=log)
        installed = registry.names()
    absent = [] if backends else [name for name in _OURS if name not in installed]
    rows = [*_measured(tried, backends or installed), *map(_absent, absent)]
    report = ParityReport(tuple(rows), tried.steps)
    click.echo(json.dumps(report.to_data(), allow_nan=False) if as_json else "\n".join(_painted(report)))
    sys.exit(_exit_code(report, is_asked_for=backends is not None))


def _measured(tried: Trial, names: Iterable[str]) -> Iterator[ParityRow]:
    """Give the rows of each backend; one that fails has a row that says so, and the others go on."""
    for name in names:
        _progress(f"running {name} ...")
        try:
            with hushed() as said:
                rows = tried.rows(name)
        except UnischedError as error:
            outcome = _OUTCOMES.get(error.code, "failed")
            rows = [ParityRow(backend=name, outcome=outcome, refusal=str(error))]
            click.echo(said() if outcome == "failed" else "", nl=False, err=True)
        except SystemExit as error:
            rows = [ParityRow(backend=name, outcome="failed", refusal=f"it asked Python to end: {error!r}")]
        _progress("")
        yield from rows


def _absent(name: str) -> ParityRow:
    remedy = f"python -m pip install unisched-{name}"
    return ParityRow(backend=name, outcome="not installed", refusal=remedy)


def _progress(text: str) -> None:
    """Write over the last line of a terminal: frameworks take seconds to start."""
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[K{text}", nl=False, err=True)


def _painted(report: ParityReport) -> Iterator[str]:
    *lines, verdict = str(report).split("\n")
    yield from lines
    yield styled(verdict, fg="green" if report.measured and report.kept else "red")


def _exit_code(report: ParityReport, *, is_asked_for: bool) -> int:
    wrong = {"failed", "not installed"} if is_asked_for else {"failed"}
    if not report.kept:
        return 1
    return 2 if not report.measured or any(row.outcome in wrong for row in report.rows) else 0

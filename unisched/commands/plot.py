"""`unisched plot`: schedules as pictures, interactive pages, or text in the terminal."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any, Final

import click

from unisched.commands.help import Command, examples
from unisched.commands.metrics import metrics_option, observed
from unisched.commands.runs import program_in
from unisched.commands.shared import clock_options, reported
from unisched.commands.terminal import fault, is_coloured
from unisched.drawing import Chart, overlaid, text, write
from unisched.drawing.chart import UNITS
from unisched.drawing.palette import PAPERS
from unisched.drawing.sampling import COLUMNS
from unisched.program import Program

__all__ = ["plot"]

_FINE: Final = 4 * COLUMNS
"""A page can be looked at closer than a picture."""
_PIXELS: Final = range(100, 10_001)


def _size(given: str) -> tuple[int, int]:
    """Read a width and a height."""
    found = re.fullmatch(r"([0-9]{1,5})[xX×]([0-9]{1,5})", given)
    if found is None or int(found[1]) not in _PIXELS or int(found[2]) not in _PIXELS:
        fault = f"{given!r} is no size in pixels, such as 1200x600, of {_PIXELS[0]} to {_PIXELS[-1]} each."
        raise click.BadParameter(fault)
    return int(found[1]), int(found[2])


@click.command(
    cls=Command,
    short_help="Draw documents: in the terminal, or into PNG, SVG, PDF or HTML.",
    epilog=examples(
        "unisched plot spec.json",
        "unisched plot spec.json --output curve.svg",
        "unisched plot old.json new.json --output both.html --by epoch --log",
    ),
)
@click.argument("sources", nargs=-1, required=True, metavar="SOURCES...")
@click.option("-o", "--output", type=click.Path(dir_okay=False), metavar="FILE",
              help="Draw into this file: .png, .svg, .pdf or .html.")  # fmt: skip
@click.option("--only", multiple=True, metavar="NAME", help="Draw this hyperparameter only; may be repeated.")
@click.option("--by", type=click.Choice(UNITS), default="step", help="What the horizontal axis counts.")
@click.option("--log", is_flag=True, help="Draw values on a logarithmic scale.")
@click.option("--from", "start", metavar="WHEN", help='Where to begin, such as 500 or "2 epochs".')
@click.option("--to", "stop", metavar="WHEN", help="Where to end.")
@click.option("--marks/--no-marks", default=True, help="Whether to mark where phases begin.")
@click.option("--theme", type=click.Choice(list(PAPERS)), default="auto", help="The colours of a file.")
@click.option("--size", type=_size, metavar="WxH", help="The pixels of a file, such as 1200x600.")
@metrics_option()
@click.option("--json", "as_json", is_flag=True, help="Write what is drawn as one JSON object.")
@clock_options
def plot(
    sources: tuple[str, ...], output: str | None, only: tuple[str, ...], metrics: str | None, as_json: bool, log: bool,
    marks: bool, theme: Any, size: tuple[int, int] | None, by: str, start: str | None, stop: str | None, **clock: Any,
) -> None:  # fmt: skip
    """Draw SOURCES (files of documents or states, or - for JSON on stdin) in the terminal, or into a file."""
    with reported(as_json):
        programs = _selected(_named({source: program_in(source, clock) for source in sources}), only)
        columns = _FINE if output is not None and output.lower().endswith(".html") else COLUMNS
        window: dict[str, Any] = {
            "start": _position(start) or 0,
            "stop": _position(stop),
            "columns": columns,
        }
        ran = zip(programs, observed(list(programs.values()), metrics), strict=True)
        charts = {name: program.chart(by, **window) for name, program in ran}
        chart = overlaid(charts) if len(charts) > 1 else next(iter(charts.values()))
        if output is not None:
            write(chart, output, log=log, marks=marks, theme=theme, size=size)
        if as_json:
            click.echo(json.dumps(chart.to_data(), allow_nan=False))
        elif output is None:
            _echo(chart, log=log)


def _named(programs: dict[str, Program]) -> dict[str, Program]:
    """Give the programs by what tells them apart and is shortest: their names, the names of their files, the paths."""
    stems = [Path(source).stem if source != "-" else "standard input" for source in programs]
    names = [program.spec.name or stem for program, stem in zip(programs.values(), stems, strict=True)]
    labels = next((given for given in (names, stems) if len(set(given)) == len(programs)), list(programs))
    return dict(zip(labels, programs.values(), strict=True))


def _selected(programs: dict[str, Program], only: tuple[str, ...]) -> dict[str, Program]:
    """Give the programs of these hyperparameters; those that have none of them are left out."""
    if not only:
        return programs
    scheduled = {name for program in programs.values() for name in program.hyperparameters}
    for name in only:
        if name not in scheduled:
            next(iter(programs.values())).select(name)
    known = {label: [name for name in only if name in program.hyperparameters] for label, program in programs.items()}
    return {label: programs[label].select(*names) for label, names in known.items() if names}


def _position(given: str | None) -> int | str | None:
    return int(given) if given is not None and given.isascii() and given.isdecimal() else given


def _echo(chart: Chart, *, log: bool) -> None:
    drawing = text(chart, log=log, colour=is_coloured())
    wrong = fault(drawing, "draw into a file with --output")
    if wrong:
        click.echo(f"error: {wrong}", err=True)
        sys.exit(1)
    click.echo(drawing)

"""`unisched lint`: what a careful reader would ask about documents, each question by the rule it is of."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from importlib.metadata import version
from typing import Any, Final

import click

from unisched.commands.help import Command, examples
from unisched.commands.shared import WAITING, clock_of, clock_options, read, spoken
from unisched.errors import BindingError, UnischedError
from unisched.lint import RULES
from unisched.lint.report import FORMATS, Examined, github, plain, sarif, text
from unisched.lint.rule_page import page_text
from unisched.lint.selection import Selection, rule_called, selection
from unisched.spec.dialects import names
from unisched.verbs import compile

__all__ = ["lint"]

_EXITS: Final = "Exit codes: 0 nothing found, 1 something found, 2 an invalid document or wrong usage."


@click.command(cls=Command, short_help="Ask what a careful reader would, by numbered rules.", epilog=examples(
    "unisched lint schedule.json", "unisched lint configs/*.yaml --ignore U101 --output-format github",
    "unisched lint --explain U101", exits=_EXITS))  # fmt: skip
@click.argument("sources", nargs=-1)
@clock_options
@click.option("--select", multiple=True, metavar="RULES", help='Only these, such as "U1,total.goes_on"; repeatable.')
@click.option("--ignore", multiple=True, metavar="RULES", help="All but these; wins over --select.")
@click.option("--rules", "list_them", is_flag=True, help="List the rules.")
@click.option("--explain", metavar="RULE", help="Print the page of one rule.")
@click.option("--output-format", "form", type=click.Choice(FORMATS), default="text", help="What to write.")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object: --output-format json.")
def lint(
    sources: tuple[str, ...],
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    list_them: bool,
    explain: str | None,
    form: str,
    as_json: bool,
    **clock: Any,
) -> None:
    """Look at SOURCES (files, or - for JSON on stdin) as a careful reader would, and tell what is worth a question.

    Every remark is by a rule with a number and a page of its own.
    """
    try:
        if explain is not None:
            click.echo(page_text(rule_called(explain)), nl=False)
            return
        chosen = selection(select, ignore, names())
    except BindingError as error:
        raise click.UsageError(str(error)) from None
    if list_them:
        click.echo(_listed(as_json or form == "json"))
        return
    if not sources:
        raise click.UsageError("Missing argument 'SOURCES...'.")
    documents = [_examined(source, clock_of(clock), chosen) for source in sources]
    _write(documents, "json" if as_json else form)
    sys.exit(2 if any(one.problems for one in documents) else 1 if any(one.notes for one in documents) else 0)


def _examined(source: str, clock: dict[str, Any], chosen: Selection) -> Examined:
    try:
        program = compile(read(source), **clock)
    except UnischedError as error:
        if {problem.code for problem in error.problems} <= WAITING:
            return Examined(source, waits=error.problems[0].fault)
        return Examined(source, problems=tuple(map(spoken, error.problems)))
    return Examined(source, notes=tuple(note for note in program.lint() if chosen.takes(note)))


def _write(documents: list[Examined], form: str) -> None:
    match form:
        case "json":
            click.echo(plain(documents))
            return
        case "sarif":
            click.echo(sarif(documents, version("unisched-core")))
        case "github":
            click.echo(github(documents))
            return
        case _:
            click.echo(text(documents))
    for one in documents:
        for problem in one.problems:
            click.echo(f"{one.source}: {problem}", err=True)


def _listed(as_json: bool) -> str:
    if as_json:
        return json.dumps([asdict(rule) for rule in RULES])
    width = max(len(rule.code) for rule in RULES)
    return "\n".join(f"{rule.number}  {rule.code:<{width}}  {rule.title}" for rule in RULES)

"""`unisched backends`: what is installed."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from unisched import registry
from unisched.commands.help import Command, examples
from unisched.commands.quiet import hushed
from unisched.commands.shared import json_option, reported
from unisched.discovery import Claim
from unisched.errors import UnischedError

__all__ = ["backends"]


@click.command(
    cls=Command,
    short_help="List the installed backends.",
    epilog=examples(
        "unisched backends",
        "unisched backends --load",
        exits="Exit codes: 0 fine, 1 one cannot be loaded, 2 wrong usage.",
    ),
)
@click.option("--load", "load_them", is_flag=True, help="Import each backend and list its forms.")
@json_option
def backends(load_them: bool, as_json: bool) -> None:
    """List the installed backends, and the distribution that each comes from.

    Nothing is imported unless --load asks for it. What a form is, such as a scheduler or a callback, the
    documentation of the backends says.
    """
    with reported(as_json):
        claims = sorted(registry.claims(), key=lambda claim: claim.name)
    rows = [_backend(claim, load_them) for claim in claims]
    refused = [f"{claim} claims {claim.name!r}, which is the core's; it is ignored" for claim in registry.refused()]
    if as_json:
        click.echo(json.dumps({"backends": rows, "refused": refused}))
    else:
        for row in rows:
            forms = f"  forms: {', '.join(row['forms'])}" if "forms" in row else ""
            click.echo(f"{row['name']:<12} {row['distribution']} {row['version']}{forms}")
    for line in [*(row["error"] for row in rows if "error" in row), *refused]:
        click.echo(f"warning: {line}", err=True)
    sys.exit(1 if any("error" in row for row in rows) else 0)


def _backend(claim: Claim, load_it: bool) -> dict[str, Any]:
    row: dict[str, Any] = {"name": claim.name, "distribution": claim.distribution, "version": claim.version}
    if load_it:
        try:
            with hushed():
                row["forms"] = list(registry.backend(claim.name).forms)
        except UnischedError as error:
            row["error"] = str(error)
    return row
